/* SPDX-License-Identifier: MIT */
/* The three steps of a run. */
#include "appliance/station/journal.h"

#include "appliance/base/clock.h"
#include "appliance/base/error.h"
#include "appliance/station/journal_claim.h"
#include "appliance/station/journal_facts.h"
#include "appliance/station/journal_files.h"
#include "appliance/station/journal_state.h"

#include <sys/statvfs.h>

gboolean journal_lock_writing(struct journal *journal, GError **error)
{
	if (journal->lock < 0) {
		g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_STORE,
			    "%s: this journal was opened for reading only; ask the "
			    "program that writes it",
			    journal->folder);
		return FALSE;
	}
	if (g_atomic_int_get(&journal->write.damaged) ||
	    g_atomic_int_get(&journal->read.damaged)) {
		g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_STORE,
			    "%s: it was found damaged; %s", journal->write.path,
			    STORE_REMEDY_DAMAGED);
		return FALSE;
	}
	g_mutex_lock(&journal->writing);
	return TRUE;
}

gint64 journal_now_s(const struct journal *journal)
{
	const struct journal_options *options = &journal->options;

	return options->unix_s ? options->unix_s(options->unix_s_data) : clock_unix_s();
}

static gboolean check_free(const struct journal *journal, GError **error)
{
	struct statvfs disk;
	guint64 n_bytes;

	if (statvfs(journal->folder, &disk) != 0)
		return store_fail_errno(journal->folder, "free space cannot be told",
					error);
	n_bytes = (guint64)disk.f_bavail * disk.f_frsize;
	if (n_bytes >= journal->options.min_free_bytes)
		return TRUE;
	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_STORE,
		    "%s: %" G_GUINT64_FORMAT " bytes are free there, and a run needs "
		    "%" G_GUINT64_FORMAT "; %s",
		    journal->folder, n_bytes, journal->options.min_free_bytes,
		    STORE_REMEDY_SPACE);
	return FALSE;
}

static GVariant *first_facts(const struct run_start *start)
{
	const struct {
		const char *name;
		const char *value;
	} texts[] = {
		{ "who", start->who },
		{ "words", start->words },
		{ "job_digest", start->job_digest },
		{ "programmer", start->programmer },
		{ "part", start->part },
	};
	GVariantBuilder builder;

	g_variant_builder_init(&builder, G_VARIANT_TYPE_VARDICT);
	for (unsigned i = 0; i < G_N_ELEMENTS(texts); i++)
		if (texts[i].value)
			g_variant_builder_add(&builder, "{sv}", texts[i].name,
					      g_variant_new_take_string(g_utf8_make_valid(
						      texts[i].value, -1)));
	if (start->images)
		g_variant_builder_add(&builder, "{sv}", "images", start->images);
	return g_variant_ref_sink(g_variant_builder_end(&builder));
}

static gboolean insert_row(struct journal *journal, const struct run_start *start,
			   const char *job, const char *serial, uint64_t *run,
			   GError **error)
{
	const struct run_claim *claim = start->claim;
	g_autoptr(GVariant) facts = first_facts(start);
	g_autoptr(GBytes) bytes = facts_to_bytes(facts);
	uint64_t now_us = clock_now_ns(clock_monotonic()) / 1000;

	if (!db_run(&journal->write, error,
		    "INSERT INTO run (state, kind, job, serial, reuse, epoch, started,"
		    " started_monotonic_us, boot, facts)"
		    " VALUES ('started', ?, ?, ?, ?, ?, ?, ?, ?, ?)",
		    "sssiiiisb", start->kind, job, serial,
		    (gint64)(claim && claim->serial_reuse),
		    claim ? (gint64)claim->limit_epoch : (gint64)0,
		    journal_now_s(journal), (gint64)now_us, journal->boot, bytes))
		return FALSE;
	*run = (uint64_t)sqlite3_last_insert_rowid(journal->write.sql);
	return db_run(&journal->write, error, "UPDATE journal SET rows = rows + 1", "");
}

static gboolean check_claim(struct journal_db *db, const struct run_start *start,
			    const char *job, bool *refused, GError **error)
{
	if (job &&
	    !db_run(db, error, "INSERT OR IGNORE INTO job (job) VALUES (?)", "s", job))
		return FALSE;
	if (!start->claim)
		return TRUE;
	if (job)
		return claim_check(db, job, start->claim, refused, error);
	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE,
		    "a run without a job has no limits and takes no serial numbers");
	return FALSE;
}

/* A database whose WAL index was spoilt while it was open may show an earlier state. */
static gboolean check_is_later(struct journal *journal, uint64_t run, GError **error)
{
	g_autofree char *why = NULL;

	if (run > journal->last_run)
		return TRUE;
	why = g_strdup_printf("run %" G_GUINT64_FORMAT
			      " comes after run %" G_GUINT64_FORMAT,
			      run, journal->last_run);
	return db_fail_damaged(&journal->write, why, error);
}

/* The number is written down in journal.numbers before the database has it. */
static gboolean start_run(struct journal *journal, const struct run_start *start,
			  uint64_t *run, char **serial, bool *refused, GError **error)
{
	g_autofree char *job = start->job ? g_utf8_make_valid(start->job, -1) : NULL;
	struct journal_db *db = &journal->write;

	if (!check_claim(db, start, job, refused, error))
		return FALSE;
	if (start->claim && start->claim->has_serial) {
		*serial = claim_next(db, job, start->claim, error);
		if (!*serial)
			return FALSE;
	}
	return insert_row(journal, start, job, *serial, run, error) &&
	       check_is_later(journal, *run, error) &&
	       (!*serial || claim_take(db, job, *serial, start->claim, *run, error)) &&
	       numbers_take(journal->numbers, *run, job, *serial, error) &&
	       journal_count(db, start->kind, job, "started", 1, 0, error);
}

/* A refusal that is to be remembered commits, although it is an error. */
static gboolean start_in_transaction(struct journal *journal,
				     const struct run_start *start, uint64_t *run,
				     char **serial, GError **error)
{
	bool refused = false;
	gboolean ok;

	if (!check_free(journal, error) || !db_begin(&journal->write, DB_SYNCED, error))
		return FALSE;
	ok = start_run(journal, start, run, serial, &refused, error);
	if (refused)
		db_end(&journal->write, TRUE, NULL);
	else
		ok = db_end(&journal->write, ok, error);
	if (ok)
		journal->last_run = *run;
	return ok;
}

gboolean journal_begin(struct journal *journal, const struct run_start *start,
		       uint64_t *run, char **serial, GError **error)
{
	/* Given back on every way out. */
	g_autoptr(GVariant) images G_GNUC_UNUSED =
		start->images ? g_variant_ref_sink(start->images) : NULL;
	g_autofree char *taken = NULL;
	gboolean ok;

	if (serial)
		*serial = NULL;
	if (!journal_lock_writing(journal, error)) {
		g_prefix_error(error, "no run can start: ");
		return FALSE;
	}
	ok = start_in_transaction(journal, start, run, &taken, error);
	g_mutex_unlock(&journal->writing);
	if (!ok)
		g_prefix_error(error, "no run can start: ");
	else if (serial)
		*serial = g_steal_pointer(&taken);
	return ok;
}

/* A row's facts, or NULL with an error where there is no such run. */
static GVariant *load_facts(struct journal_db *db, uint64_t run, GError **error)
{
	sqlite3_stmt *row = db_query(db, error, "SELECT facts FROM run WHERE run = ?",
				     "i", (gint64)run);
	enum db_step step = row ? db_step(db, row, error) : DB_FAILED;
	GVariant *facts = NULL;

	if (step == DB_ROW) {
		facts = facts_from_bytes(sqlite3_column_blob(row, 0),
					 (gsize)sqlite3_column_bytes(row, 0));
		db_let_go(row);
	}
	if (step == DB_DONE)
		g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_STORE,
			    "%s: there is no run %" G_GUINT64_FORMAT, db->path, run);
	return facts;
}

static gboolean add_facts(struct journal_db *db, uint64_t run, GVariant *facts,
			  GError **error)
{
	g_autoptr(GVariant) earlier = load_facts(db, run, error);
	g_autoptr(GVariant) merged = NULL;
	g_autoptr(GBytes) bytes = NULL;

	if (!earlier)
		return FALSE;
	merged = facts_merge(earlier, facts);
	bytes = facts_to_bytes(merged);
	return db_run(db, error, "UPDATE run SET facts = ? WHERE run = ?", "bi", bytes,
		      (gint64)run);
}

gboolean journal_add(struct journal *journal, uint64_t run, GVariant *facts,
		     GError **error)
{
	g_autoptr(GVariant) owned = g_variant_ref_sink(facts);
	gboolean ok;

	g_assert(g_variant_is_of_type(owned, G_VARIANT_TYPE_VARDICT));
	if (!journal_lock_writing(journal, error))
		return FALSE;
	ok = db_begin(&journal->write, DB_NOT_SYNCED, error) &&
	     db_end(&journal->write, add_facts(&journal->write, run, owned, error),
		    error);
	g_mutex_unlock(&journal->writing);
	return ok;
}

gboolean journal_finish(struct journal *journal, uint64_t run, const struct run_end *end,
			GError **error)
{
	g_autoptr(GVariant) facts = end->facts ? g_variant_ref_sink(end->facts) : NULL;
	struct journal_db *db = &journal->write;
	gboolean ok;

	g_assert(end->state != RUN_STARTED);
	if (!journal_lock_writing(journal, error)) {
		g_prefix_error(
			error,
			"the end of run %" G_GUINT64_FORMAT " is not recorded: ", run);
		return FALSE;
	}
	ok = db_begin(db, DB_SYNCED, error) &&
	     db_end(db,
		    journal_end_run(db, run, end, error) &&
			    (!facts || add_facts(db, run, facts, error)) &&
			    journal_forget_old(db, &journal->options,
					       journal_now_s(journal), error),
		    error);
	g_mutex_unlock(&journal->writing);
	if (!ok)
		g_prefix_error(
			error,
			"the end of run %" G_GUINT64_FORMAT " is not recorded: ", run);
	return ok;
}
