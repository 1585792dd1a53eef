/* SPDX-License-Identifier: MIT */
/* How long rows are kept. Numbers, counts and limits are no rows of runs: they stay. */
#include "appliance/station/journal_state.h"

#define DAY_S	     86400
#define ROWS_AT_ONCE 100

static gboolean count_removed(struct journal_db *db, GError **error)
{
	return db_run(db, error, "UPDATE journal SET rows = rows - ?", "i",
		      (gint64)sqlite3_changes(db->sql));
}

static gboolean forget_by_count(struct journal_db *db, guint64 keep_runs, GError **error)
{
	gint64 rows;

	if (!db_number(db, &rows, NULL, error, "SELECT rows FROM journal", ""))
		return FALSE;
	if ((guint64)MAX(rows, 0) <= keep_runs)
		return TRUE;
	return db_run(db, error,
		      "DELETE FROM run WHERE run IN (SELECT run FROM run"
		      " WHERE state <> 'started' ORDER BY run LIMIT ?)",
		      "i", (gint64)MIN((guint64)rows - keep_runs, ROWS_AT_ONCE)) &&
	       count_removed(db, error);
}

/* Rows of a clock that was not set have no age, and those of the future have none yet. */
static gboolean forget_by_age(struct journal_db *db, guint64 keep_days, gint64 now_s,
			      GError **error)
{
	gint64 days = (gint64)MIN(keep_days, G_MAXINT32);

	if (now_s < CLOCK_SET_FROM_S)
		return TRUE;
	return db_run(db, error,
		      "DELETE FROM run WHERE run IN ("
		      "SELECT run FROM run INDEXED BY run_started"
		      " WHERE started >= ? AND started < ? AND state <> 'started'"
		      " ORDER BY started LIMIT ?)",
		      "iii", (gint64)CLOCK_SET_FROM_S, now_s - days * DAY_S,
		      (gint64)ROWS_AT_ONCE) &&
	       count_removed(db, error);
}

gboolean journal_forget_old(struct journal_db *db, const struct journal_options *options,
			    gint64 now_s, GError **error)
{
	return (!options->keep_runs || forget_by_count(db, options->keep_runs, error)) &&
	       (!options->keep_days ||
		forget_by_age(db, options->keep_days, now_s, error));
}
