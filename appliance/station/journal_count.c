/* SPDX-License-Identifier: MIT */
/* What runs come to: since ever, which outlives their rows, and by day, which does not.
 */
#include <string.h>

#include "appliance/base/error.h"
#include "appliance/station/journal_state.h"

gboolean journal_count(struct journal_db *db, const char *kind, const char *job,
		       const char *state, gint64 runs, double seconds, GError **error)
{
	return db_run(db, error,
		      "INSERT INTO counted VALUES (?, ?, ?, ?, ?)"
		      " ON CONFLICT DO UPDATE SET runs = runs + excluded.runs,"
		      " seconds = seconds + excluded.seconds",
		      "sssid", kind, job ? job : "", state, runs, seconds);
}

static gboolean collect_counts(struct journal_db *db, const char *kind,
			       GVariantBuilder *builder, GError **error)
{
	for (enum run_state state = RUN_STARTED; state < RUN_N_STATES; state++) {
		const char *name = run_state_name(state);
		gint64 runs;

		if (!db_number(db, &runs, NULL, error,
			       "SELECT sum(runs) FROM counted"
			       " WHERE state = ?1 AND kind = coalesce(?2, kind)",
			       "ss", name, kind))
			return FALSE;
		g_variant_builder_add(builder, "{st}", name, (guint64)MAX(runs, 0));
	}
	return TRUE;
}

GVariant *journal_counts(struct journal *journal, const char *kind, GError **error)
{
	GVariantBuilder builder;
	gboolean ok;

	g_variant_builder_init(&builder, G_VARIANT_TYPE("a{st}"));
	g_mutex_lock(&journal->reading);
	ok = collect_counts(&journal->read, kind, &builder, error);
	g_mutex_unlock(&journal->reading);
	return journal_end_builder(&builder, ok);
}

static GVariant *describe_total(sqlite3_stmt *row)
{
	static const char *const names[] = { "kind", "job", "state" };
	GVariantBuilder total;

	g_variant_builder_init(&total, G_VARIANT_TYPE_VARDICT);
	for (int i = 0; i < (int)G_N_ELEMENTS(names); i++) {
		g_autofree char *text = db_column_text(row, i);

		g_variant_builder_add(&total, "{sv}", names[i],
				      g_variant_new_string(text ? text : ""));
	}
	g_variant_builder_add(
		&total, "{sv}", "runs",
		g_variant_new_uint64((guint64)sqlite3_column_int64(row, 3)));
	g_variant_builder_add(&total, "{sv}", "seconds",
			      g_variant_new_double(sqlite3_column_double(row, 4)));
	return g_variant_builder_end(&total);
}

/* Those that are on are not counted: that number would go down again. */
static gboolean collect_totals(struct journal_db *db, GVariantBuilder *builder,
			       GError **error)
{
	sqlite3_stmt *rows = db_query(db, error,
				      "SELECT kind, job, state, runs, seconds"
				      " FROM counted WHERE state <> 'started'"
				      " ORDER BY kind, job, state",
				      "");
	enum db_step step = DB_FAILED;

	while (rows && (step = db_step(db, rows, error)) == DB_ROW)
		g_variant_builder_add_value(builder, describe_total(rows));
	return step == DB_DONE;
}

GVariant *journal_totals(struct journal *journal, GError **error)
{
	GVariantBuilder builder;
	gboolean ok;

	g_variant_builder_init(&builder, G_VARIANT_TYPE("aa{sv}"));
	g_mutex_lock(&journal->reading);
	ok = collect_totals(&journal->read, &builder, error);
	g_mutex_unlock(&journal->reading);
	return journal_end_builder(&builder, ok);
}

/* The index alone answers: rows of runs are large. */
#define ENDED_RUNS                                                            \
	" FROM run INDEXED BY run_started WHERE started >= ? AND started < ?" \
	" AND job IS NOT NULL AND job = coalesce(?, job)"                     \
	" AND state IN ('passed', 'failed', 'interrupted')"

static void describe_day(sqlite3_stmt *row, GDateTime *day, GVariantBuilder *builder)
{
	static const char *const names[] = { "passed", "failed", "interrupted" };
	g_autofree char *text = g_date_time_format(day, "%Y-%m-%d");
	gint64 counts[G_N_ELEMENTS(names)], all = 0;
	GVariantBuilder facts;

	for (unsigned i = 0; i < G_N_ELEMENTS(names); i++)
		all += counts[i] = sqlite3_column_int64(row, (int)i);
	if (all == 0)
		return;
	g_variant_builder_init(&facts, G_VARIANT_TYPE_VARDICT);
	g_variant_builder_add(&facts, "{sv}", "day", g_variant_new_string(text));
	for (unsigned i = 0; i < G_N_ELEMENTS(names); i++)
		g_variant_builder_add(&facts, "{sv}", names[i],
				      g_variant_new_uint32((guint32)counts[i]));
	g_variant_builder_add_value(builder, g_variant_builder_end(&facts));
}

static gboolean collect_day(struct journal_db *db, GDateTime *day, const char *job,
			    GVariantBuilder *builder, GError **error)
{
	g_autoptr(GDateTime) next = g_date_time_add_days(day, 1);
	sqlite3_stmt *row =
		db_query(db, error,
			 "SELECT sum(state = 'passed'), sum(state = 'failed'),"
			 " sum(state = 'interrupted')" ENDED_RUNS,
			 "iis", MAX(g_date_time_to_unix(day), (gint64)CLOCK_SET_FROM_S),
			 g_date_time_to_unix(next), job);

	if (!row || db_step(db, row, error) != DB_ROW)
		return FALSE;
	describe_day(row, day, builder);
	db_let_go(row);
	return TRUE;
}

/* Of a clock that is not set, that of the newest run says which day it is. */
static gboolean find_today(struct journal *journal, GDateTime **today, GError **error)
{
	gint64 now_s = journal_now_s(journal);
	g_autoptr(GDateTime) now = NULL;

	if (now_s < CLOCK_SET_FROM_S && !db_number(&journal->read, &now_s, NULL, error,
						   "SELECT max(started) FROM run", ""))
		return FALSE;
	now = g_date_time_new_from_unix_local(now_s);
	*today = now ? g_date_time_new_local(g_date_time_get_year(now),
					     g_date_time_get_month(now),
					     g_date_time_get_day_of_month(now), 0, 0, 0)
		     : NULL;
	return TRUE;
}

static gboolean collect_days(struct journal *journal, unsigned n_days, const char *job,
			     GVariantBuilder *builder, GError **error)
{
	g_autoptr(GDateTime) today = NULL;

	if (!find_today(journal, &today, error))
		return FALSE;
	for (int i = 0; today && i < (int)n_days; i++) {
		g_autoptr(GDateTime) day = g_date_time_add_days(today, -i);

		if (!collect_day(&journal->read, day, job, builder, error))
			return FALSE;
	}
	return TRUE;
}

GVariant *journal_days(struct journal *journal, unsigned n_days, const char *job,
		       GError **error)
{
	GVariantBuilder builder;
	gboolean ok;

	if (n_days == 0 || n_days > JOURNAL_MAX_DAYS) {
		g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE,
			    "%u days: expected 1 to %d", n_days, JOURNAL_MAX_DAYS);
		return NULL;
	}
	g_variant_builder_init(&builder, G_VARIANT_TYPE("aa{sv}"));
	g_mutex_lock(&journal->reading);
	ok = collect_days(journal, n_days, job, &builder, error);
	g_mutex_unlock(&journal->reading);
	return journal_end_builder(&builder, ok);
}
