/* SPDX-License-Identifier: MIT */
/* Selecting runs, for the journal's own files. */
#pragma once

#include "appliance/station/journal.h"
#include "appliance/station/journal_db.h"

/* The columns of journal_row_to_variant, newest first, of runs below ?1 and above ?2, ?3
 * of them at most; the filter's texts from ?4 on. Free with g_free. */
char *journal_select_sql(const struct journal_filter *filter);

/* The same, oldest first. */
char *journal_select_upwards_sql(const struct journal_filter *filter);

/* Bound to all of the filter's texts; limit -1: all. NULL on failure. */
sqlite3_stmt *journal_select(struct journal_db *db, const char *sql,
			     const struct journal_filter *filter, gint64 below,
			     gint64 above, gint64 limit, GError **error);

/* A run as it is told: a{sv}, floating. */
GVariant *journal_row_to_variant(sqlite3_stmt *row);
