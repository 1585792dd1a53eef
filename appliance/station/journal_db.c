/* SPDX-License-Identifier: MIT */
/* SQLite as the journal uses it: WAL, and synchronous FULL for all that counts. NORMAL
 * loses what was committed last; tests/e2e/power_cut.sh shows it. */
#include "appliance/station/journal_db.h"

#include "appliance/base/error.h"
#include "appliance/station/journal_files.h"

#include <string.h>
#include <unistd.h>

/* A checkpoint after 1 MiB; a WAL that grew beyond it beside a long reader is cut. */
#define SETTINGS                           \
	"PRAGMA busy_timeout = 5000;"      \
	"PRAGMA foreign_keys = ON;"        \
	"PRAGMA trusted_schema = OFF;"     \
	"PRAGMA cell_size_check = ON;"     \
	"PRAGMA cache_size = -256;"        \
	"PRAGMA wal_autocheckpoint = 256;" \
	"PRAGMA journal_size_limit = 1048576;"

static const struct {
	int code;
	const char *remedy;
} remedies[] = {
	{ SQLITE_FULL, STORE_REMEDY_SPACE },
	{ SQLITE_READONLY, STORE_REMEDY_ACCESS },
	{ SQLITE_CANTOPEN, STORE_REMEDY_ACCESS },
	{ SQLITE_PERM, STORE_REMEDY_ACCESS },
	{ SQLITE_BUSY, "another program holds it: let that end" },
	{ SQLITE_LOCKED, "another program holds it: let that end" },
	{ SQLITE_CORRUPT, STORE_REMEDY_DAMAGED },
	{ SQLITE_NOTADB, STORE_REMEDY_DAMAGED },
};

static const char *remedy_of(int code)
{
	for (unsigned i = 0; i < G_N_ELEMENTS(remedies); i++)
		if (remedies[i].code == (code & 0xFF))
			return remedies[i].remedy;
	return STORE_REMEDY_DISK;
}

static void mark_damaged(struct journal_db *db, const char *reason)
{
	if (!db->damaged && db->folder)
		journal_mark_damaged(db->folder, reason);
	g_atomic_int_set(&db->damaged, true);
}

gboolean db_fail_damaged(struct journal_db *db, const char *reason, GError **error)
{
	mark_damaged(db, reason);
	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_STORE, "%s: %s; %s", db->path,
		    reason, db->damaged_remedy);
	return FALSE;
}

gboolean db_fail(struct journal_db *db, int code, GError **error)
{
	const char *reason = db->sql ? sqlite3_errmsg(db->sql) : sqlite3_errstr(code);
	int system = db->sql ? sqlite3_system_errno(db->sql) : 0;
	int primary = code & 0xFF;

	if (primary == SQLITE_CORRUPT || primary == SQLITE_NOTADB)
		return db_fail_damaged(db, reason, error);
	if ((primary == SQLITE_IOERR || primary == SQLITE_CANTOPEN) && system)
		g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_STORE, "%s: %s (%s); %s",
			    db->path, reason, g_strerror(system), remedy_of(code));
	else
		g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_STORE, "%s: %s; %s",
			    db->path, reason, remedy_of(code));
	return FALSE;
}

gboolean db_execute(struct journal_db *db, const char *sql, GError **error)
{
	int code = sqlite3_exec(db->sql, sql, NULL, NULL, NULL);

	return code == SQLITE_OK || db_fail(db, code, error);
}

static void finalize(gpointer statement)
{
	sqlite3_finalize(statement);
}

/*
 * The first bytes (SQLite's file format, 1.3): its name, pages of 4096 bytes, WAL. SQLite
 * takes other values for a database that it may not write, or for one with a WAL that is
 * not its own, and removes the WAL of an empty one, which may be all that there is. Read
 * through SQLite: to open and close the file beside it would drop its locks.
 */
static gboolean check_head(struct journal_db *db, GError **error)
{
	static const char head[] = "SQLite format 3\0\x10\0\x02\x02";
	char found[sizeof(head) - 1] = "";
	sqlite3_int64 n_bytes = 0;
	sqlite3_file *file = NULL;
	int code =
		sqlite3_file_control(db->sql, "main", SQLITE_FCNTL_FILE_POINTER, &file);

	if (code == SQLITE_OK)
		code = file->pMethods->xFileSize(file, &n_bytes);
	if (code == SQLITE_OK && n_bytes >= (sqlite3_int64)sizeof(found))
		code = file->pMethods->xRead(file, found, sizeof(found), 0);
	if (code != SQLITE_OK)
		return db_fail(db, code, error);
	if (n_bytes == 0)
		return db_fail_damaged(db, "it is empty", error);
	return memcmp(found, head, sizeof(found)) == 0 ||
	       db_fail_damaged(db, "it does not begin as a database does", error);
}

gboolean db_open_other(struct journal_db *db, const char *path, const char *folder,
		       enum db_access access, const char *damaged_remedy, GError **error)
{
	static const int flags[] = {
		[DB_READ] = SQLITE_OPEN_READONLY,
		[DB_READ_WRITE] = SQLITE_OPEN_READWRITE,
		[DB_CREATE] = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE,
	};
	int code;

	*db = (struct journal_db){
		.path = g_strdup(path),
		.folder = g_strdup(folder),
		.damaged_remedy = damaged_remedy,
		.statements =
			g_hash_table_new_full(g_str_hash, g_str_equal, g_free, finalize),
	};
	code = sqlite3_open_v2(path, &db->sql, flags[access] | SQLITE_OPEN_NOMUTEX, NULL);
	if (code != SQLITE_OK)
		return db_fail(db, code, error);
	sqlite3_extended_result_codes(db->sql, 1);
	sqlite3_db_config(db->sql, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	return (access == DB_CREATE || check_head(db, error)) &&
	       db_execute(db, SETTINGS, error);
}

gboolean db_open(struct journal_db *db, const char *path, const char *folder,
		 enum db_access access, GError **error)
{
	return db_open_other(db, path, folder, access, STORE_REMEDY_DAMAGED, error);
}

void db_keeps_clean(struct journal_db *db)
{
	sqlite3_db_config(db->sql, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, NULL);
}

void db_close(struct journal_db *db)
{
	g_clear_pointer(&db->statements, g_hash_table_unref);
	if (db->sql && db->damaged)
		sqlite3_db_config(db->sql, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	sqlite3_close(db->sql);
	db->sql = NULL;
	g_clear_pointer(&db->path, g_free);
	g_clear_pointer(&db->folder, g_free);
}

static int bind(sqlite3_stmt *statement, int place, char letter, va_list *values)
{
	const char *text;
	gconstpointer data;
	GBytes *bytes;
	gsize n_bytes;

	switch (letter) {
	case 'i':
		return sqlite3_bind_int64(statement, place, va_arg(*values, gint64));
	case 'd':
		return sqlite3_bind_double(statement, place, va_arg(*values, double));
	case 'b':
		bytes = va_arg(*values, GBytes *);
		data = g_bytes_get_data(bytes, &n_bytes);
		return sqlite3_bind_blob64(statement, place, data ? data : "", n_bytes,
					   SQLITE_TRANSIENT);
	default:
		g_assert(letter == 's');
		text = va_arg(*values, const char *);
		return sqlite3_bind_text(statement, place, text, -1, SQLITE_TRANSIENT);
	}
}

static sqlite3_stmt *prepare(struct journal_db *db, const char *sql, GError **error)
{
	sqlite3_stmt *statement = g_hash_table_lookup(db->statements, sql);
	int code;

	if (statement)
		return statement;
	code = sqlite3_prepare_v3(db->sql, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement,
				  NULL);
	if (code != SQLITE_OK) {
		/* Our statements are right for our tables: the file has others. */
		if ((code & 0xFF) == SQLITE_ERROR)
			db_fail_damaged(db, sqlite3_errmsg(db->sql), error);
		else
			db_fail(db, code, error);
		return NULL;
	}
	g_hash_table_insert(db->statements, g_strdup(sql), statement);
	return statement;
}

static sqlite3_stmt *query(struct journal_db *db, GError **error, const char *sql,
			   const char *letters, va_list *values)
{
	sqlite3_stmt *statement = prepare(db, sql, error);
	int code;

	for (int place = 1; statement && letters[place - 1]; place++) {
		code = bind(statement, place, letters[place - 1], values);
		if (code != SQLITE_OK) {
			db_fail(db, code, error);
			db_let_go(statement);
			return NULL;
		}
	}
	return statement;
}

sqlite3_stmt *db_query(struct journal_db *db, GError **error, const char *sql,
		       const char *letters, ...)
{
	sqlite3_stmt *statement;
	va_list values;

	va_start(values, letters);
	statement = query(db, error, sql, letters, &values);
	va_end(values);
	return statement;
}

void db_let_go(sqlite3_stmt *statement)
{
	sqlite3_reset(statement);
	sqlite3_clear_bindings(statement);
}

enum db_step db_step(struct journal_db *db, sqlite3_stmt *statement, GError **error)
{
	int code = sqlite3_step(statement);

	if (code == SQLITE_ROW)
		return DB_ROW;
	if (code != SQLITE_DONE)
		db_fail(db, code, error);
	db_let_go(statement);
	return code == SQLITE_DONE ? DB_DONE : DB_FAILED;
}

gboolean db_run(struct journal_db *db, GError **error, const char *sql,
		const char *letters, ...)
{
	sqlite3_stmt *statement;
	va_list values;

	va_start(values, letters);
	statement = query(db, error, sql, letters, &values);
	va_end(values);
	return statement && db_step(db, statement, error) == DB_DONE;
}

gboolean db_number(struct journal_db *db, gint64 *value, bool *found, GError **error,
		   const char *sql, const char *letters, ...)
{
	sqlite3_stmt *statement;
	enum db_step step;
	va_list values;

	va_start(values, letters);
	statement = query(db, error, sql, letters, &values);
	va_end(values);
	*value = 0;
	step = statement ? db_step(db, statement, error) : DB_FAILED;
	if (found)
		*found = step == DB_ROW;
	if (step == DB_ROW) {
		*value = sqlite3_column_int64(statement, 0);
		db_let_go(statement);
	}
	return step != DB_FAILED;
}

char *db_column_text(sqlite3_stmt *statement, int column)
{
	const char *text = (const char *)sqlite3_column_text(statement, column);

	return text ? g_utf8_make_valid(text, -1) : NULL;
}

gboolean db_text(struct journal_db *db, char **value, GError **error, const char *sql,
		 const char *letters, ...)
{
	sqlite3_stmt *statement;
	enum db_step step;
	va_list values;

	va_start(values, letters);
	statement = query(db, error, sql, letters, &values);
	va_end(values);
	*value = NULL;
	step = statement ? db_step(db, statement, error) : DB_FAILED;
	if (step == DB_ROW) {
		*value = db_column_text(statement, 0);
		db_let_go(statement);
	}
	return step != DB_FAILED;
}

/* SQLite would write on in files that no name leads to any more, and lose all with its
 * last descriptor. */
static gboolean check_there(struct journal_db *db, GError **error)
{
	g_autofree char *wal = g_strconcat(db->path, "-wal", NULL);
	int has_moved = 0;

	if (!db->folder)
		return TRUE;
	sqlite3_file_control(db->sql, "main", SQLITE_FCNTL_HAS_MOVED, &has_moved);
	if (!has_moved && access(wal, F_OK) == 0)
		return TRUE;
	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_STORE,
		    "%s: it was removed or replaced while it was in use; put it back, "
		    "and start the program anew",
		    has_moved ? db->path : wal);
	return FALSE;
}

static void roll_back(struct journal_db *db)
{
	/* Many failures have rolled back already. */
	if (!sqlite3_get_autocommit(db->sql))
		sqlite3_exec(db->sql, "ROLLBACK", NULL, NULL, NULL);
}

gboolean db_begin(struct journal_db *db, enum db_sync sync, GError **error)
{
	/* A setting of the connection: each transaction says its own. */
	const char *sql = sync == DB_SYNCED
				  ? "PRAGMA synchronous = FULL; BEGIN IMMEDIATE"
				  : "PRAGMA synchronous = NORMAL; BEGIN IMMEDIATE";

	if (db_execute(db, sql, error) && check_there(db, error))
		return TRUE;
	roll_back(db);
	return FALSE;
}

gboolean db_end(struct journal_db *db, gboolean ok, GError **error)
{
	if (ok && db_execute(db, "COMMIT", error))
		return check_there(db, error);
	roll_back(db);
	return FALSE;
}
