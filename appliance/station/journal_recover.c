/* SPDX-License-Identifier: MIT */
/*
 * A journal that can be relied on. A new database is made under another name, with all
 * that is known of numbers, and put into its place in one step; so journal.db is always a
 * whole one, and where it is missing the steps before that are done again.
 */
#include "appliance/station/journal_recover.h"

#include "appliance/base/error.h"
#include "appliance/station/journal_files.h"
#include "appliance/station/journal_schema.h"
#include "appliance/station/journal_state.h"

#include <errno.h>
#include <gio/gio.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* What a damaged database says beyond that of its last run is damage, too. */
#define MOST_RUNS_MORE 1000000

/* What is carried into a new database. */
struct carrying {
	struct journal_db *db;
	gint64 known_run; /* the highest that the database has; lines of it are no news */
	uint64_t highest; /* no run had a higher number */
	gint64 lost;	  /* as in the table journal */
	bool numbers_whole;
	bool jobs_whole; /* good units and failures in a row */
	bool totals_whole;
	bool settings_whole;
};

/* The number behind it; "end" behind the last; NULL where it is no number. */
static char *number_after(const char *serial)
{
	guint64 number;

	if (!g_ascii_string_to_unsigned(serial, 10, 0, G_MAXUINT64, &number, NULL))
		return NULL;
	return number == G_MAXUINT64 ? g_strdup("end")
				     : g_strdup_printf("%" G_GUINT64_FORMAT, number + 1);
}

static bool is_later(const char *next, const char *than)
{
	if (strcmp(than, "end") == 0)
		return false;
	if (strcmp(next, "end") == 0)
		return true;
	return strlen(next) != strlen(than) ? strlen(next) > strlen(than)
					    : strcmp(next, than) > 0;
}

static gboolean raise_counter(struct journal_db *db, const char *job, const char *next,
			      GError **error)
{
	g_autofree char *known = NULL;

	if (!db_run(db, error, "INSERT OR IGNORE INTO job (job) VALUES (?)", "s", job) ||
	    !db_text(db, &known, error, "SELECT next FROM job WHERE job = ?", "s", job))
		return FALSE;
	if (known && !is_later(next, known))
		return TRUE;
	return db_run(db, error, "UPDATE job SET next = ? WHERE job = ?", "ss", next,
		      job);
}

/* A number of which no more is known than that it was given out. */
static gboolean burn(struct journal_db *db, const char *job, const char *serial,
		     gint64 run, GError **error)
{
	g_autofree char *next = number_after(serial);

	return db_run(db, error,
		      "INSERT OR REPLACE INTO serial VALUES (?, ?, 'burnt', ?)", "ssi",
		      job, serial, run) &&
	       (!next || raise_counter(db, job, next, error));
}

static gboolean carry_line(const struct number_line *line, gpointer data, GError **error)
{
	struct carrying *carrying = data;

	carrying->highest = MAX(carrying->highest, line->ceiling);
	return !line->job || (gint64)line->run <= carrying->known_run ||
	       burn(carrying->db, line->job, line->serial, (gint64)line->run, error);
}

static gboolean carry_serial(struct carrying *carrying, sqlite3_stmt *row, GError **error)
{
	g_autofree char *job = db_column_text(row, 0);
	g_autofree char *serial = db_column_text(row, 1);

	return !job || !serial ||
	       burn(carrying->db, job, serial, sqlite3_column_int64(row, 2), error);
}

static gboolean carry_job(struct carrying *carrying, sqlite3_stmt *row, GError **error)
{
	g_autofree char *job = db_column_text(row, 0);
	g_autofree char *next = db_column_text(row, 1);
	g_autofree char *refused = db_column_text(row, 3);
	guint64 number;
	bool is_next = next && (strcmp(next, "end") == 0 ||
				g_ascii_string_to_unsigned(next, 10, 0, G_MAXUINT64,
							   &number, NULL));

	if (!job)
		return TRUE;
	return raise_counter(carrying->db, job, is_next ? next : "", error) &&
	       db_run(carrying->db, error,
		      "UPDATE job SET failures = ?, refused_first = ?, cleared = ?"
		      " WHERE job = ?",
		      "isis", sqlite3_column_int64(row, 2), refused,
		      sqlite3_column_int64(row, 4), job);
}

static gboolean carry_good(struct carrying *carrying, sqlite3_stmt *row, GError **error)
{
	g_autofree char *job = db_column_text(row, 0);

	return !job || db_run(carrying->db, error,
			      "INSERT OR REPLACE INTO good VALUES (?, ?, ?)", "sii", job,
			      sqlite3_column_int64(row, 1), sqlite3_column_int64(row, 2));
}

static gboolean carry_setting(struct carrying *carrying, sqlite3_stmt *row,
			      GError **error)
{
	g_autofree char *name = db_column_text(row, 0);
	g_autofree char *value = db_column_text(row, 1);

	return !name || !value ||
	       db_run(carrying->db, error, "INSERT OR REPLACE INTO setting VALUES (?, ?)",
		      "ss", name, value);
}

static bool is_total(sqlite3_stmt *row, const char *state)
{
	double seconds = sqlite3_column_double(row, 4);

	for (unsigned i = 0; i < RUN_N_STATES; i++)
		if (g_strcmp0(state, run_state_name(i)) == 0)
			return sqlite3_column_int64(row, 3) > 0 && seconds >= 0 &&
			       isfinite(seconds);
	return false;
}

/* What was on when it was damaged ends with it. */
static gboolean carry_total(struct carrying *carrying, sqlite3_stmt *row, GError **error)
{
	g_autofree char *kind = db_column_text(row, 0);
	g_autofree char *job = db_column_text(row, 1);
	g_autofree char *state = db_column_text(row, 2);
	bool is_on = g_strcmp0(state, run_state_name(RUN_STARTED)) == 0;

	return !kind || !is_total(row, state) ||
	       journal_count(carrying->db, kind, job,
			     is_on ? run_state_name(RUN_INTERRUPTED) : state,
			     sqlite3_column_int64(row, 3), sqlite3_column_double(row, 4),
			     error);
}

typedef gboolean (*carry_row)(struct carrying *carrying, sqlite3_stmt *row,
			      GError **error);

/* *whole: no row was refused. FALSE: the new database failed. */
static gboolean carry_table(struct carrying *carrying, struct journal_db *old,
			    const char *sql, carry_row carry, bool *whole, GError **error)
{
	sqlite3_stmt *rows = db_query(old, NULL, sql, "");
	enum db_step step = DB_FAILED;

	while (rows && (step = db_step(old, rows, NULL)) == DB_ROW) {
		if (!carry(carrying, rows, error)) {
			db_let_go(rows);
			return FALSE;
		}
	}
	*whole = step == DB_DONE;
	return TRUE;
}

static uint64_t highest_run(struct journal_db *old)
{
	static const char *const asks[] = {
		"SELECT max(run) FROM run",
		"SELECT seq FROM sqlite_sequence WHERE name = 'run'",
		"SELECT max(run) FROM serial",
	};
	gint64 highest = 0;

	for (unsigned i = 0; i < G_N_ELEMENTS(asks); i++) {
		gint64 run;

		if (db_number(old, &run, NULL, NULL, asks[i], "") && run < G_MAXINT64 / 2)
			highest = MAX(highest, run);
	}
	return (uint64_t)highest;
}

static gboolean carry_tables(struct carrying *carrying, struct journal_db *old,
			     GError **error)
{
	bool serials_whole, good_whole;
	gboolean ok =
		carry_table(carrying, old, "SELECT job, serial, run FROM serial",
			    carry_serial, &serials_whole, error) &&
		carry_table(carrying, old,
			    "SELECT job, next, failures, refused_first, cleared FROM job",
			    carry_job, &carrying->jobs_whole, error) &&
		carry_table(carrying, old, "SELECT job, epoch, units FROM good",
			    carry_good, &good_whole, error) &&
		carry_table(carrying, old,
			    "SELECT kind, job, state, runs, seconds FROM counted",
			    carry_total, &carrying->totals_whole, error) &&
		carry_table(carrying, old, "SELECT name, value FROM setting",
			    carry_setting, &carrying->settings_whole, error);

	if (ok)
		carrying->jobs_whole = carrying->jobs_whole && good_whole;
	return ok;
}

/* A loss of before that nobody has answered yet goes on. */
static void carry_lost(struct carrying *carrying, struct journal_db *old, bool is_open,
		       const char *folder)
{
	g_autofree char *kept = journal_path(folder, JOURNAL_KEPT_NUMBERS);
	bool found = false;

	if (is_open)
		db_number(old, &carrying->lost, &found, NULL, "SELECT lost FROM journal",
			  "");
	if (!found && g_file_test(kept, G_FILE_TEST_EXISTS))
		carrying->numbers_whole = false;
}

static gboolean carry_database(struct carrying *carrying, const char *folder,
			       const char *path, GError **error)
{
	struct journal_db old = { 0 };
	bool is_open = db_open(&old, path, NULL, DB_READ, NULL);
	gboolean ok = TRUE;
	uint64_t highest;

	carry_lost(carrying, &old, is_open, folder);
	if (is_open) {
		highest = highest_run(&old);
		if (!carrying->numbers_whole ||
		    highest < carrying->highest + MOST_RUNS_MORE)
			carrying->highest = MAX(carrying->highest, highest);
		ok = carry_tables(carrying, &old, error);
	}
	db_close(&old);
	return ok;
}

static char *describe(const struct carrying *carrying, gint64 n_serials, const char *name,
		      const char *reason)
{
	g_autoptr(GString) text = g_string_new(NULL);

	g_string_printf(text,
			"the journal was damaged (%s); it was set aside as %s, and a new "
			"one goes on from run %" G_GUINT64_FORMAT,
			reason, name, carrying->highest + 1);
	if (n_serials)
		g_string_append_printf(
			text,
			"; serial numbers given out before (%" G_GINT64_FORMAT
			") count as burnt, given back or not",
			n_serials);
	if (!carrying->numbers_whole)
		g_string_append(text,
				"; which serial numbers are used is not known in full: "
				"jobs that take them are refused until that is answered");
	if (!carrying->jobs_whole)
		g_string_append(text,
				"; good units and failures in a row are counted anew");
	if (!carrying->totals_whole)
		g_string_append(text, "; the totals of runs begin anew");
	if (!carrying->settings_whole)
		g_string_append(text, "; the selected job is forgotten");
	return g_string_free(g_steal_pointer(&text), FALSE);
}

static gboolean add_notice(struct journal_db *db, const char *file, const char *text,
			   GError **error)
{
	return db_run(db, error, "INSERT INTO notice (file, text) VALUES (?, ?)", "ss",
		      file, text);
}

static gboolean set_last_run(struct journal_db *db, uint64_t run, GError **error)
{
	return db_run(db, error, "UPDATE sqlite_sequence SET seq = ? WHERE name = 'run'",
		      "i", (gint64)run);
}

static gboolean fill_from_set_aside(struct carrying *carrying, const char *folder,
				    unsigned number, const char *reason, char **notice,
				    GError **error)
{
	g_autofree char *name = journal_set_aside_name(number);
	g_autofree char *path = journal_path(folder, name);
	gint64 n_serials, lost;

	if (!carry_database(carrying, folder, path, error) ||
	    !db_number(carrying->db, &n_serials, NULL, error,
		       "SELECT count(*) FROM serial", ""))
		return FALSE;
	lost = carrying->numbers_whole ? carrying->lost : (gint64)number;
	*notice = describe(carrying, n_serials, name, reason);
	return add_notice(carrying->db, name, *notice, error) &&
	       db_run(carrying->db, error, "UPDATE journal SET lost = ?", "i", lost);
}

/* Where there is journal.numbers alone, somebody took journal.db away: what it knows is
 * carried over without a word of damage. */
static gboolean fill(struct carrying *carrying, const char *folder, const char *reason,
		     char **notice, GError **error)
{
	unsigned number = journal_last_set_aside(folder);

	return numbers_read(folder, carry_line, carrying, &carrying->numbers_whole,
			    error) &&
	       (number == 0 ||
		fill_from_set_aside(carrying, folder, number, reason, notice, error)) &&
	       set_last_run(carrying->db, carrying->highest, error);
}

static gboolean remove_new(const char *folder, GError **error)
{
	static const char *const names[] = { JOURNAL_NEW "-wal", JOURNAL_NEW "-shm",
					     JOURNAL_NEW };

	for (unsigned i = 0; i < G_N_ELEMENTS(names); i++) {
		g_autofree char *path = journal_path(folder, names[i]);

		if (unlink(path) != 0 && errno != ENOENT)
			return store_fail_errno(path, "it cannot be removed", error);
	}
	return TRUE;
}

/* All of the WAL into the one file that gets the name. */
static gboolean into_one_file(struct journal_db *db, GError **error)
{
	gint64 is_busy;

	db_keeps_clean(db);
	if (!db_number(db, &is_busy, NULL, error, "PRAGMA wal_checkpoint(TRUNCATE)", ""))
		return FALSE;
	return !is_busy || db_fail(db, SQLITE_BUSY, error);
}

static gboolean make_new(const char *folder, const char *reason, char **notice,
			 GError **error)
{
	g_autofree char *fresh = journal_path(folder, JOURNAL_NEW);
	g_autofree char *path = journal_path(folder, JOURNAL_DB);
	struct journal_db db = { 0 };
	struct carrying carrying = { .db = &db };
	gboolean ok =
		remove_new(folder, error) &&
		db_open(&db, fresh, NULL, DB_CREATE, error) &&
		journal_schema_make(&db, error) && db_begin(&db, DB_SYNCED, error) &&
		db_end(&db, fill(&carrying, folder, reason, notice, error), error) &&
		into_one_file(&db, error);

	db_close(&db);
	if (ok && rename(fresh, path) != 0)
		ok = store_fail_errno(path, "it cannot be put into its place", error);
	return ok && journal_sync_folder(folder, error) &&
	       (carrying.numbers_whole || numbers_keep_damaged(folder, error));
}

static gboolean open_checked(struct journal_db *db, const char *path, const char *folder,
			     GError **error)
{
	if (!db_open(db, path, folder, DB_READ_WRITE, error) ||
	    !journal_schema_check(db, error))
		return FALSE;
	db_keeps_clean(db);
	return TRUE;
}

/* Why a new one is needed; NULL: it is open, or error is set. */
static char *find_damage(struct journal_db *db, const char *path, const char *folder,
			 GError **error)
{
	char *reason = journal_damage(folder);
	g_autoptr(GError) found = NULL;

	if (reason)
		return reason;
	if (!g_file_test(path, G_FILE_TEST_EXISTS))
		return g_strdup(JOURNAL_DB " was not there");
	if (open_checked(db, path, folder, &found))
		return NULL;
	if (db->damaged) {
		reason = journal_damage(folder);
		return reason ? reason : g_strdup(found->message);
	}
	g_propagate_error(error, g_steal_pointer(&found));
	return NULL;
}

gboolean journal_recover(struct journal_db *db, const char *folder, char **notice,
			 GError **error)
{
	g_autofree char *path = journal_path(folder, JOURNAL_DB);
	g_autofree char *reason = NULL;
	g_autoptr(GError) failure = NULL;

	*notice = NULL;
	reason = find_damage(db, path, folder, &failure);
	if (failure)
		g_propagate_error(error, g_steal_pointer(&failure));
	else if (!reason)
		return TRUE;
	db_close(db);
	*db = (struct journal_db){ 0 };
	if (reason && journal_set_aside(folder, error) &&
	    make_new(folder, reason, notice, error) &&
	    open_checked(db, path, folder, error))
		return TRUE;
	g_clear_pointer(notice, g_free);
	return FALSE;
}

/* One run more may be one whose start the power cut short; more than that is an old copy.
 */
static gboolean reconcile(struct journal_db *db, const char *folder, gint64 known_run,
			  uint64_t last_run, GError **error)
{
	struct carrying carrying = { .db = db, .known_run = known_run };
	bool is_copy = last_run > (uint64_t)known_run + 1;
	uint64_t highest;
	g_autofree char *text = NULL;

	if (!numbers_read(folder, carry_line, &carrying, &carrying.numbers_whole, error))
		return FALSE;
	if (!is_copy)
		return set_last_run(db, last_run, error);
	highest = MAX(carrying.highest, last_run);
	text = g_strdup_printf(JOURNAL_DB
			       " ends at run %" G_GINT64_FORMAT
			       ", as of an old copy, but " JOURNAL_NUMBERS
			       " knows later ones: runs go on from %" G_GUINT64_FORMAT
			       ", and serial numbers given out since "
			       "count as burnt",
			       known_run, highest + 1);
	return set_last_run(db, highest, error) && add_notice(db, NULL, text, error);
}

gboolean journal_reconcile(struct journal_db *db, const char *folder,
			   const struct journal_numbers *numbers, GError **error)
{
	uint64_t last_run = numbers_last_run(numbers);
	gint64 known_run;

	if (!db_number(db, &known_run, NULL, error,
		       "SELECT seq FROM sqlite_sequence WHERE name = 'run'", ""))
		return FALSE;
	if (last_run <= (uint64_t)known_run)
		return TRUE;
	return db_begin(db, DB_SYNCED, error) &&
	       db_end(db, reconcile(db, folder, known_run, last_run, error), error);
}
