/* SPDX-License-Identifier: MIT */
/*
 * The journal's files, for the journal's own files:
 *
 *   journal.db, -wal, -shm    the database; always a whole one, as it is made under
 *                             another name
 *   journal.numbers           the second record of what was given out (journal_numbers.h)
 *   journal-damaged.numbers   one of it that was damaged
 *   journal.lock              held by the process that writes; its number is in it
 *   journal.damaged           the marker: journal.db is to be set aside; its reason
 *   journal-damaged-N.db      what was set aside, with its -wal and -shm
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#define JOURNAL_DB	     "journal.db"
#define JOURNAL_NEW	     "journal.new"
#define JOURNAL_NUMBERS	     "journal.numbers"
#define JOURNAL_KEPT_NUMBERS "journal-damaged.numbers"
#define JOURNAL_LOCK	     "journal.lock"
#define JOURNAL_MARKER	     "journal.damaged"

#define STORE_REMEDY_SPACE  "free some space there, or move the folder to another disk"
#define STORE_REMEDY_ACCESS "make the folder and its files writable for this user"
#define STORE_REMEDY_DISK   "check the card or disk, and replace it if this comes again"
#define STORE_REMEDY_DAMAGED \
	"start the program anew: it sets the damaged journal aside and begins one"

/* In the folder. Free with g_free. */
char *journal_path(const char *folder, const char *name);

/* SIXPIN_ERROR_STORE: "PATH: what: reason of errno; remedy". Always FALSE. */
gboolean store_fail_errno(const char *path, const char *what, GError **error);

gboolean journal_sync_folder(const char *folder, GError **error);

/* A file with this content, whole or not at all, synced. */
gboolean journal_write_file(const char *folder, const char *name, const char *content,
			    gsize n_bytes, GError **error);

/* The descriptor whose close gives the lock back, or -1: BUSY names who has it. */
int journal_lock(const char *folder, GError **error);

/* As well as can be done: the disk may be full or failing. */
void journal_mark_damaged(const char *folder, const char *reason);

/* NULL where there is no marker. Free with g_free. */
char *journal_damage(const char *folder);

/* The highest N of what was set aside; 0: nothing. */
unsigned journal_last_set_aside(const char *folder);
char *journal_set_aside_name(unsigned number); /* free with g_free */

/* Moves the database aside, also the rest of one whose moving was cut short, and takes
 * the marker away. Nothing is there afterwards that a new database could meet. */
gboolean journal_set_aside(const char *folder, GError **error);
