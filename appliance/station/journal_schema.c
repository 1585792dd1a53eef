/* SPDX-License-Identifier: MIT */
/* The tables and their indexes; what a page of history may filter by has an index that
 * also holds the other filters, so that rows are read only where all of them fit. */
#include "appliance/station/journal_schema.h"

#include "appliance/base/error.h"

#define APPLICATION_ID 0x5350784A /* "SPxJ" */
#define VERSION	       1

static const char tables[] =
	"CREATE TABLE run ("
	" run INTEGER PRIMARY KEY AUTOINCREMENT,"
	" state TEXT NOT NULL,"
	" kind TEXT NOT NULL,"
	" job TEXT,"
	" serial TEXT,"
	" reuse INTEGER NOT NULL,"
	" epoch INTEGER NOT NULL,"
	" started INTEGER NOT NULL,"
	" started_monotonic_us INTEGER NOT NULL,"
	" boot TEXT NOT NULL,"
	" seconds REAL,"
	" code TEXT,"
	" message TEXT,"
	" facts BLOB NOT NULL);"
	"CREATE INDEX run_job ON run (job, run, state, kind) WHERE job IS NOT NULL;"
	"CREATE INDEX run_kind ON run (kind, run, state, job);"
	"CREATE INDEX run_state ON run (state, run, kind, job);"
	"CREATE INDEX run_serial ON run (serial, run, state, kind, job)"
	" WHERE serial IS NOT NULL;"
	"CREATE INDEX run_started ON run (started, state, job);"
	/* No number is with two passed units, whatever else goes wrong. */
	"CREATE UNIQUE INDEX run_passed ON run (job, serial)"
	" WHERE state = 'passed' AND serial IS NOT NULL;"
	"CREATE TABLE job ("
	" job TEXT PRIMARY KEY,"
	" next TEXT NOT NULL DEFAULT '',"
	" failures INTEGER NOT NULL DEFAULT 0,"
	" refused_first TEXT,"
	" cleared INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;"
	"CREATE TABLE good ("
	" job TEXT, epoch INTEGER, units INTEGER NOT NULL,"
	" PRIMARY KEY (job, epoch)) WITHOUT ROWID;"
	"CREATE TABLE serial ("
	" job TEXT, serial TEXT, state TEXT NOT NULL, run INTEGER NOT NULL,"
	" PRIMARY KEY (job, serial)) WITHOUT ROWID;"
	"CREATE INDEX serial_back ON serial (job, length(serial), serial)"
	" WHERE state = 'back';"
	"CREATE TABLE counted ("
	" kind TEXT, job TEXT, state TEXT,"
	" runs INTEGER NOT NULL, seconds REAL NOT NULL,"
	" PRIMARY KEY (kind, job, state)) WITHOUT ROWID;"
	"CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;"
	"CREATE TABLE notice ("
	" id INTEGER PRIMARY KEY, file TEXT, text TEXT NOT NULL);"
	/* One row. rows: of the table run; lost: N of the database whose serial numbers
	 * are not all known, or 0. */
	"CREATE TABLE journal (rows INTEGER NOT NULL, lost INTEGER NOT NULL);"
	"INSERT INTO journal VALUES (0, 0);"
	"INSERT INTO sqlite_sequence VALUES ('run', 0);";

static gboolean execute(struct journal_db *db, const char *sql, GError **error)
{
	int code = sqlite3_exec(db->sql, sql, NULL, NULL, NULL);

	return code == SQLITE_OK || db_fail(db, code, error);
}

gboolean journal_schema_make(struct journal_db *db, GError **error)
{
	g_autofree char *head =
		g_strdup_printf("PRAGMA application_id = %d; PRAGMA user_version = %d;",
				APPLICATION_ID, VERSION);

	return execute(db, "PRAGMA journal_mode = WAL", error) &&
	       db_begin(db, DB_SYNCED, error) &&
	       db_end(db, execute(db, head, error) && execute(db, tables, error), error);
}

static gboolean check_head(struct journal_db *db, GError **error)
{
	gint64 id, version;

	if (!db_number(db, &id, NULL, error, "PRAGMA application_id", "") ||
	    !db_number(db, &version, NULL, error, "PRAGMA user_version", ""))
		return FALSE;
	if (id != APPLICATION_ID || version < 1)
		return db_fail_damaged(db, "it holds no journal", error);
	if (version == VERSION)
		return TRUE;
	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_STORE,
		    "%s: version %" G_GINT64_FORMAT
		    " of the journal, which a newer Sixpin "
		    "made, expected %d; install that again, or move the file away",
		    db->path, version, VERSION);
	return FALSE;
}

static gboolean schema_text(struct journal_db *db, char **text, GError **error)
{
	return db_text(
		db, text, error,
		"SELECT group_concat(type || name || tbl_name || coalesce(sql, ''),"
		" char(10)) FROM (SELECT * FROM sqlite_schema ORDER BY name)",
		"");
}

/* A letter that changed there would be an error of each statement, or not even that. */
static gboolean check_tables(struct journal_db *db, GError **error)
{
	struct journal_db fresh;
	g_autofree char *expected = NULL;
	g_autofree char *found = NULL;
	gboolean ok = db_open(&fresh, ":memory:", NULL, DB_CREATE, error) &&
		      execute(&fresh, tables, error) &&
		      schema_text(&fresh, &expected, error);

	db_close(&fresh);
	if (!ok || !schema_text(db, &found, error))
		return FALSE;
	return g_strcmp0(found, expected) == 0 ||
	       db_fail_damaged(db, "its tables are not those of a journal", error);
}

/* The small tables in full, the rest at both ends: the time that a start takes does not
 * grow with the runs. */
static gboolean check_content(struct journal_db *db, GError **error)
{
	static const char *const checks[] = {
		"PRAGMA quick_check('job')",	 "PRAGMA quick_check('good')",
		"PRAGMA quick_check('counted')", "PRAGMA quick_check('setting')",
		"PRAGMA quick_check('notice')",	 "PRAGMA quick_check('journal')",
	};

	for (unsigned i = 0; i < G_N_ELEMENTS(checks); i++) {
		g_autofree char *said = NULL;

		if (!db_text(db, &said, error, checks[i], ""))
			return FALSE;
		if (g_strcmp0(said, "ok") != 0)
			return db_fail_damaged(
				db, said ? g_strdelimit(said, "\n", ' ') : "no answer",
				error);
	}
	return TRUE;
}

static gboolean check_ends(struct journal_db *db, GError **error)
{
	static const char *const probes[] = {
		"SELECT count(*) FROM journal",
		"SELECT seq FROM sqlite_sequence WHERE name = 'run'",
		"SELECT max(run) FROM run",
		"SELECT min(run) FROM run",
		"SELECT count(*) FROM (SELECT 1 FROM serial LIMIT 1)",
		/* What was going on lately, by its index and by its rows. */
		"SELECT count(*) FROM run INDEXED BY run_state WHERE state = 'started'"
		" AND run > (SELECT max(run) - 64 FROM run)",
		"SELECT count(*) FROM run NOT INDEXED WHERE state = 'started'"
		" AND run > (SELECT max(run) - 64 FROM run)",
	};
	gint64 values[G_N_ELEMENTS(probes)];

	for (unsigned i = 0; i < G_N_ELEMENTS(probes); i++)
		if (!db_number(db, &values[i], NULL, error, probes[i], ""))
			return FALSE;
	if (values[0] != 1 || values[1] < values[2])
		return db_fail_damaged(db, "its counters contradict its runs", error);
	if (values[5] != values[6])
		return db_fail_damaged(db, "its index contradicts its runs", error);
	return TRUE;
}

gboolean journal_schema_check(struct journal_db *db, GError **error)
{
	return check_head(db, error) && check_tables(db, error) &&
	       check_content(db, error) && check_ends(db, error);
}
