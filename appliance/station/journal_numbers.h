/* SPDX-License-Identifier: MIT */
/*
 * journal.numbers: the second record of run numbers and serial numbers, for the journal's
 * own files. A text file, a line for each serial number that was ever taken, synced
 * before the database has it. When the database is damaged, or was put back from an old
 * copy, numbers go on from here.
 *
 *   digest TAB run TAB ceiling TAB job TAB serial
 *
 * The digest is that of the line before and the rest of this one, so that a line that was
 * changed or is missing shows. No run has a number above the ceiling; a line without a
 * job raises it, for 64 runs at once. job and serial are escaped as g_strescape does.
 */
#pragma once

#include "appliance/station/journal_db.h"

#include <stdint.h>

struct journal_numbers;

struct number_line {
	uint64_t run;
	uint64_t ceiling;
	const char *job; /* NULL: a line for the ceiling */
	const char *serial;
};

/* Each good line in order; FALSE from `each` ends it with its error. *whole: was it there
 * and were all lines good, but for the last, whose writing may have been cut short? */
typedef gboolean (*numbers_each)(const struct number_line *line, gpointer data,
				 GError **error);
gboolean numbers_read(const char *folder, numbers_each each, gpointer data, bool *whole,
		      GError **error);

/* Moves one that is not whole to journal-damaged.numbers: it may still tell a person
 * something. Not being there is no error. */
gboolean numbers_keep_damaged(const char *folder, GError **error);

/* Opens it, and takes the rest of a line away whose writing was cut short. One that is
 * missing or whose end is damaged is made anew of what the database knows; a damaged one
 * is kept as journal-damaged.numbers. numbers_close on every path. */
struct journal_numbers *numbers_open(const char *folder, struct journal_db *db,
				     GError **error);
void numbers_close(struct journal_numbers *numbers); /* NULL is allowed */

/* The highest run that it has a line of. */
uint64_t numbers_last_run(const struct journal_numbers *numbers);

/* Writes down, synced, that the run takes the number; serial NULL: none, and then it
 * writes only when the ceiling has to be raised. */
gboolean numbers_take(struct journal_numbers *numbers, uint64_t run, const char *job,
		      const char *serial, GError **error);
