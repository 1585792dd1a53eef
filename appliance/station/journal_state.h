/* SPDX-License-Identifier: MIT */
/* What a journal is inside, for the journal's own files. */
#pragma once

#include "appliance/station/journal.h"
#include "appliance/station/journal_db.h"
#include "appliance/station/journal_numbers.h"

/* Before 2024 the clock was not set: 2024-01-01T00:00:00Z. */
#define CLOCK_SET_FROM_S 1704067200

struct journal {
	char *folder;
	struct journal_options options;
	char *boot;
	int lock; /* -1: opened for reading */

	/* Each has its mutex, so that a page of history never waits for a sync. */
	GMutex writing;
	struct journal_db write;
	struct journal_numbers *numbers; /* with `writing` */
	uint64_t last_run;		 /* that was begun; with `writing` */
	GMutex reading;
	struct journal_db read;
};

/* Takes the writing connection, if there is one to write with. */
gboolean journal_lock_writing(struct journal *journal, GError **error);

/* What the journal goes by. */
gint64 journal_now_s(const struct journal *journal);

/* Adds to what runs of this kind, job (NULL: none) and state come to since ever. In a
 * transaction. */
gboolean journal_count(struct journal_db *db, const char *kind, const char *job,
		       const char *state, gint64 runs, double seconds, GError **error);

/* A builder's value, or NULL: the builder is used up either way. */
GVariant *journal_end_builder(GVariantBuilder *builder, gboolean ok);

/* How a run ended: its row, its number, the job's and the kind's counters. In a
 * transaction. seconds below 0: not known. */
gboolean journal_end_run(struct journal_db *db, uint64_t run, const struct run_end *end,
			 GError **error);

/* Rows that have ended and are too many or too old go, at most a hundred at once for
 * either reason. In a transaction. */
gboolean journal_forget_old(struct journal_db *db, const struct journal_options *options,
			    gint64 now_s, GError **error);
