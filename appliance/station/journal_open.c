/* SPDX-License-Identifier: MIT */
/* Opening and closing a journal; runs that were open before are over then. */
#include "appliance/station/journal.h"

#include "appliance/base/boot.h"
#include "appliance/base/error.h"
#include "appliance/station/journal_files.h"
#include "appliance/station/journal_recover.h"
#include "appliance/station/journal_schema.h"
#include "appliance/station/journal_state.h"

#include <unistd.h>

#define FOLDER_MODE 0755

static struct journal *new_journal(const char *folder)
{
	struct journal *journal = g_new0(struct journal, 1);

	journal->folder = g_strdup(folder);
	journal->boot = boot_id();
	journal->lock = -1;
	g_mutex_init(&journal->writing);
	g_mutex_init(&journal->reading);
	return journal;
}

static gboolean add_interrupted_notice(struct journal_db *db, gint64 run, GError **error)
{
	g_autofree char *job = NULL;
	g_autofree char *serial = NULL;
	g_autoptr(GString) text = g_string_new(NULL);

	if (!db_text(db, &job, error, "SELECT job FROM run WHERE run = ?", "i", run) ||
	    !db_text(db, &serial, error, "SELECT serial FROM run WHERE run = ?", "i",
		     run))
		return FALSE;
	g_string_printf(text, "run %" G_GINT64_FORMAT, run);
	if (job)
		g_string_append_printf(text, " of job %s", job);
	if (serial)
		g_string_append_printf(text, " with serial number %s", serial);
	g_string_append(text, " was interrupted: the program or the power ended in its "
			      "middle; look at that unit");
	return db_run(db, error, "INSERT INTO notice (file, text) VALUES (NULL, ?)", "s",
		      text->str);
}

static gboolean load_started(struct journal_db *db, GArray *runs, GError **error)
{
	sqlite3_stmt *rows =
		db_query(db, error,
			 "SELECT run FROM run WHERE state = 'started' ORDER BY run", "");
	enum db_step step = DB_FAILED;

	while (rows && (step = db_step(db, rows, error)) == DB_ROW) {
		gint64 run = sqlite3_column_int64(rows, 0);

		g_array_append_val(runs, run);
	}
	return step == DB_DONE;
}

/* An index that names a run which is not there, or not so, is of a damaged database. */
static gboolean check_started(struct journal_db *db, gint64 run, GError **error)
{
	gint64 n_rows;

	if (!db_number(db, &n_rows, NULL, error,
		       "SELECT count(*) FROM run NOT INDEXED"
		       " WHERE run = ? AND state = 'started'",
		       "i", run))
		return FALSE;
	return n_rows == 1 ||
	       db_fail_damaged(db, "its index contradicts its runs", error);
}

static gboolean interrupt(struct journal_db *db, const GArray *runs, GError **error)
{
	static const struct run_end end = { .state = RUN_INTERRUPTED, .seconds = -1 };

	if (!db_run(db, error, "DELETE FROM notice WHERE file IS NULL", ""))
		return FALSE;
	for (unsigned i = 0; i < runs->len; i++) {
		gint64 run = g_array_index(runs, gint64, i);

		if (!check_started(db, run, error) ||
		    !journal_end_run(db, (uint64_t)run, &end, error) ||
		    !add_interrupted_notice(db, run, error))
			return FALSE;
	}
	return TRUE;
}

/* Writes only where there is something to write. */
static gboolean interrupt_started(struct journal_db *db, GError **error)
{
	g_autoptr(GArray) runs = g_array_new(FALSE, FALSE, sizeof(gint64));
	gint64 n_notices;

	if (!load_started(db, runs, error) ||
	    !db_number(db, &n_notices, NULL, error,
		       "SELECT count(*) FROM notice WHERE file IS NULL", ""))
		return FALSE;
	if (runs->len == 0 && n_notices == 0)
		return TRUE;
	return db_begin(db, DB_SYNCED, error) &&
	       db_end(db, interrupt(db, runs, error), error);
}

static gboolean load_last_run(struct journal *journal, GError **error)
{
	gint64 run;

	if (!db_number(&journal->write, &run, NULL, error,
		       "SELECT seq FROM sqlite_sequence WHERE name = 'run'", ""))
		return FALSE;
	journal->last_run = (uint64_t)run;
	return TRUE;
}

static gboolean open_writing(struct journal *journal, char **notice, GError **error)
{
	g_autofree char *path = journal_path(journal->folder, JOURNAL_DB);

	if (g_mkdir_with_parents(journal->folder, FOLDER_MODE) != 0)
		return store_fail_errno(journal->folder, "the folder cannot be made",
					error);
	journal->lock = journal_lock(journal->folder, error);
	if (journal->lock < 0 ||
	    !journal_recover(&journal->write, journal->folder, notice, error) ||
	    !interrupt_started(&journal->write, error))
		return FALSE;
	journal->numbers = numbers_open(journal->folder, &journal->write, error);
	return journal->numbers &&
	       journal_reconcile(&journal->write, journal->folder, journal->numbers,
				 error) &&
	       load_last_run(journal, error) &&
	       db_open(&journal->read, path, journal->folder, DB_READ, error);
}

/* What one connection found damaged the other must not tidy up. */
static void shut(struct journal *journal)
{
	if (journal->read.damaged)
		journal->write.damaged = true;
	db_close(&journal->read);
	db_close(&journal->write);
	g_clear_pointer(&journal->numbers, numbers_close);
	if (journal->lock >= 0)
		close(journal->lock);
	journal->lock = -1;
}

/* Damage that shows only while runs are marked is marked itself then: the second time
 * sets the database aside. */
static gboolean open_undamaged(struct journal *journal, char **notice, GError **error)
{
	g_autoptr(GError) found = NULL;

	if (open_writing(journal, notice, &found))
		return TRUE;
	if (!g_atomic_int_get(&journal->write.damaged)) {
		g_propagate_error(error, g_steal_pointer(&found));
		return FALSE;
	}
	shut(journal);
	g_clear_pointer(notice, g_free);
	return open_writing(journal, notice, error);
}

struct journal *journal_open(const char *folder, const struct journal_options *options,
			     char **notice, GError **error)
{
	struct journal *journal = new_journal(folder);
	g_autofree char *said = NULL;

	journal->options = *options;
	if (notice)
		*notice = NULL;
	if (!open_undamaged(journal, &said, error)) {
		g_prefix_error(error, "the journal cannot be opened: ");
		journal_close(journal);
		return NULL;
	}
	if (notice)
		*notice = g_steal_pointer(&said);
	return journal;
}

static gboolean open_reading(struct journal *journal, GError **error)
{
	g_autofree char *path = journal_path(journal->folder, JOURNAL_DB);

	if (!g_file_test(path, G_FILE_TEST_EXISTS)) {
		g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_STORE,
			    "%s: there is no journal; name the folder of the station, or "
			    "make the first run",
			    path);
		return FALSE;
	}
	return db_open(&journal->read, path, NULL, DB_READ, error) &&
	       journal_schema_check(&journal->read, error);
}

struct journal *journal_open_reading(const char *folder, GError **error)
{
	struct journal *journal = new_journal(folder);

	if (open_reading(journal, error))
		return journal;
	g_prefix_error(error, "the journal cannot be opened: ");
	journal_close(journal);
	return NULL;
}

void journal_close(struct journal *journal)
{
	if (!journal)
		return;
	shut(journal);
	g_mutex_clear(&journal->writing);
	g_mutex_clear(&journal->reading);
	g_free(journal->folder);
	g_free(journal->boot);
	g_free(journal);
}
