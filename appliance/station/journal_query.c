/* SPDX-License-Identifier: MIT */
/* What can be asked of a journal, and its small settings. All but settings use the
 * connection for reading. */
#include "appliance/base/error.h"
#include "appliance/station/journal_claim.h"
#include "appliance/station/journal_files.h"
#include "appliance/station/journal_select.h"
#include "appliance/station/journal_state.h"

#define RUNS_ON_A_PAGE 50

static gboolean collect_runs(struct journal_db *db, const struct journal_filter *filter,
			     GVariantBuilder *builder, GError **error)
{
	g_autofree char *sql = journal_select_sql(filter);
	gint64 below =
		filter->before ? (gint64)MIN(filter->before, G_MAXINT64) : G_MAXINT64;
	sqlite3_stmt *rows = journal_select(
		db, sql, filter, below, -1,
		filter->limit ? (gint64)filter->limit : RUNS_ON_A_PAGE, error);
	enum db_step step = DB_FAILED;

	while (rows && (step = db_step(db, rows, error)) == DB_ROW)
		g_variant_builder_add_value(builder, journal_row_to_variant(rows));
	return step == DB_DONE;
}

GVariant *journal_end_builder(GVariantBuilder *builder, gboolean ok)
{
	g_autoptr(GVariant) value = g_variant_ref_sink(g_variant_builder_end(builder));

	return ok ? g_steal_pointer(&value) : NULL;
}

GVariant *journal_runs(struct journal *journal, const struct journal_filter *filter,
		       GError **error)
{
	GVariantBuilder builder;
	gboolean ok;

	g_variant_builder_init(&builder, G_VARIANT_TYPE("aa{sv}"));
	g_mutex_lock(&journal->reading);
	ok = collect_runs(&journal->read, filter, &builder, error);
	g_mutex_unlock(&journal->reading);
	return journal_end_builder(&builder, ok);
}

static GVariant *load_run(struct journal_db *db, uint64_t run, GError **error)
{
	static const struct journal_filter all;
	g_autofree char *sql = journal_select_sql(&all);
	GVariant *told = NULL;
	sqlite3_stmt *row;
	enum db_step step;

	if (run == 0 || run >= G_MAXINT64) {
		step = DB_DONE;
	} else {
		row = journal_select(db, sql, &all, (gint64)run + 1, (gint64)run - 1, 1,
				     error);
		step = row ? db_step(db, row, error) : DB_FAILED;
		if (step == DB_ROW) {
			told = g_variant_ref_sink(journal_row_to_variant(row));
			db_let_go(row);
		}
	}
	if (step == DB_DONE)
		g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE,
			    "the journal has no run %" G_GUINT64_FORMAT, run);
	return told;
}

GVariant *journal_run(struct journal *journal, uint64_t run, GError **error)
{
	GVariant *told;

	g_mutex_lock(&journal->reading);
	told = load_run(&journal->read, run, error);
	g_mutex_unlock(&journal->reading);
	return told;
}

/* That there is no number left is a state of the job, not a failure. */
static gboolean add_next_serial(struct journal_db *db, const char *job,
				const struct run_claim *claim, GVariantBuilder *builder,
				GError **error)
{
	g_autoptr(GError) found = NULL;
	g_autofree char *serial = NULL;

	if (!claim->has_serial)
		return TRUE;
	serial = claim_next(db, job, claim, &found);
	if (serial)
		g_variant_builder_add(builder, "{sv}", "next_serial",
				      g_variant_new_string(serial));
	if (serial || g_error_matches(found, SIXPIN_ERROR, SIXPIN_ERROR_USAGE))
		return TRUE;
	g_propagate_error(error, g_steal_pointer(&found));
	return FALSE;
}

static gboolean collect_status(struct journal_db *db, const char *job,
			       const struct run_claim *claim, GVariantBuilder *builder,
			       GError **error)
{
	gint64 failures, passed, with_running;

	if (!db_number(db, &failures, NULL, error,
		       "SELECT failures FROM job WHERE job = ?", "s", job) ||
	    !claim_count_good(db, job, claim->limit_epoch, &passed, &with_running, error))
		return FALSE;
	g_variant_builder_add(builder, "{sv}", "good",
			      g_variant_new_uint64((guint64)passed));
	if (claim->good_units)
		g_variant_builder_add(
			builder, "{sv}", "left",
			g_variant_new_uint64(claim->good_units -
					     MIN((guint64)passed, claim->good_units)));
	g_variant_builder_add(builder, "{sv}", "failures_in_a_row",
			      g_variant_new_uint32((guint32)failures));
	return add_next_serial(db, job, claim, builder, error);
}

GVariant *journal_job_status(struct journal *journal, const char *job,
			     const struct run_claim *claim, GError **error)
{
	GVariantBuilder builder;
	gboolean ok;

	g_variant_builder_init(&builder, G_VARIANT_TYPE_VARDICT);
	g_mutex_lock(&journal->reading);
	ok = collect_status(&journal->read, job, claim, &builder, error);
	g_mutex_unlock(&journal->reading);
	return journal_end_builder(&builder, ok);
}

/* A refusal for numbers that are not known is answered only after it was shown. */
static gboolean reset_job(struct journal_db *db, const char *job, GError **error)
{
	return db_run(db, error, "INSERT OR IGNORE INTO job (job) VALUES (?)", "s",
		      job) &&
	       db_run(db, error,
		      "UPDATE job SET failures = 0, cleared = CASE"
		      " WHEN refused_first IS NULL THEN cleared"
		      " ELSE (SELECT lost FROM journal) END WHERE job = ?",
		      "s", job);
}

gboolean journal_reset_job(struct journal *journal, const char *job, GError **error)
{
	struct journal_db *db = &journal->write;
	gboolean ok;

	if (!journal_lock_writing(journal, error))
		return FALSE;
	ok = db_begin(db, DB_SYNCED, error) &&
	     db_end(db, reset_job(db, job, error), error);
	g_mutex_unlock(&journal->writing);
	return ok;
}

char *journal_get_setting(struct journal *journal, const char *name, GError **error)
{
	char *value = NULL;

	g_mutex_lock(&journal->reading);
	db_text(&journal->read, &value, error, "SELECT value FROM setting WHERE name = ?",
		"s", name);
	g_mutex_unlock(&journal->reading);
	return value;
}

static gboolean set_setting(struct journal_db *db, const char *name, const char *value,
			    GError **error)
{
	if (!value)
		return db_run(db, error, "DELETE FROM setting WHERE name = ?", "s", name);
	return db_run(db, error, "INSERT OR REPLACE INTO setting VALUES (?, ?)", "ss",
		      name, value);
}

gboolean journal_set_setting(struct journal *journal, const char *name, const char *value,
			     GError **error)
{
	struct journal_db *db = &journal->write;
	gboolean ok;

	if (!journal_lock_writing(journal, error))
		return FALSE;
	ok = db_begin(db, DB_SYNCED, error) &&
	     db_end(db, set_setting(db, name, value, error), error);
	g_mutex_unlock(&journal->writing);
	return ok;
}

/* What was set aside is told for as long as its file is there. */
static gboolean collect_notices(const struct journal *journal, struct journal_db *db,
				GVariantBuilder *builder, GError **error)
{
	sqlite3_stmt *rows =
		db_query(db, error, "SELECT file, text FROM notice ORDER BY id", "");
	enum db_step step = DB_FAILED;

	while (rows && (step = db_step(db, rows, error)) == DB_ROW) {
		g_autofree char *file = db_column_text(rows, 0);
		g_autofree char *path = file ? journal_path(journal->folder, file) : NULL;
		g_autofree char *text = db_column_text(rows, 1);

		if (text && (!path || g_file_test(path, G_FILE_TEST_EXISTS)))
			g_variant_builder_add(builder, "s", text);
	}
	return step == DB_DONE;
}

GVariant *journal_notices(struct journal *journal, GError **error)
{
	GVariantBuilder builder;
	gboolean ok;

	g_variant_builder_init(&builder, G_VARIANT_TYPE_STRING_ARRAY);
	g_mutex_lock(&journal->reading);
	ok = collect_notices(journal, &journal->read, &builder, error);
	g_mutex_unlock(&journal->reading);
	return journal_end_builder(&builder, ok);
}
