/* SPDX-License-Identifier: MIT */
/* access.db: making it, so that it is there whole or not at all, and looking whether it
 * is one. An empty file is no database of a station: it would have no users. */
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "appliance/base/error.h"
#include "appliance/station/access_state.h"
#include "appliance/station/journal_files.h"

#define FILE_MODE 0600
#define NEW_DB	  "access.new"

#define APPLICATION_ID 0x53507841 /* "SPxA" */
#define VERSION	       1

#define REMEDY_DAMAGED                                                                   \
	"nobody logs in until it is mended: stop sixpind, move the file and those with " \
	"-wal and -shm behind its name away, start sixpind, and claim the station anew " \
	"or add users with \"sixpin user add\""

static const char tables[] =
	"CREATE TABLE user ("
	" name TEXT PRIMARY KEY,"
	" role TEXT NOT NULL CHECK (role IN ('operator', 'engineer')),"
	" hash TEXT NOT NULL) WITHOUT ROWID;"
	"CREATE TABLE session ("
	" id TEXT PRIMARY KEY,"
	" hash BLOB NOT NULL,"
	" user TEXT NOT NULL REFERENCES user (name) ON DELETE CASCADE,"
	" peer TEXT NOT NULL,"
	" created_ms INTEGER NOT NULL,"
	" created_wall INTEGER NOT NULL,"
	" seen_ms INTEGER NOT NULL,"
	" seen_wall INTEGER NOT NULL) WITHOUT ROWID;"
	"CREATE INDEX session_user ON session (user);"
	/* One row: the station's time, and what it was counted from. */
	"CREATE TABLE time ("
	" station_ms INTEGER NOT NULL,"
	" wall_s INTEGER NOT NULL,"
	" up_ms INTEGER NOT NULL,"
	" boot TEXT NOT NULL);"
	"INSERT INTO time VALUES (0, 0, 0, '');";

static const char *const endings[] = { "", "-wal", "-shm", "-journal" };

static gboolean remove_files(const char *path, unsigned from, GError **error)
{
	for (unsigned i = from; i < G_N_ELEMENTS(endings); i++) {
		g_autofree char *name = g_strconcat(path, endings[i], NULL);

		if (unlink(name) != 0 && errno != ENOENT)
			return store_fail_errno(name, "it cannot be removed", error);
	}
	return TRUE;
}

/* Root makes it for whoever has the folder. SQLite gives files of its own the same. */
static gboolean make_private(const char *path, int folder, GError **error)
{
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, FILE_MODE);
	struct stat status;
	gboolean ok = fd >= 0 && fchmod(fd, FILE_MODE) == 0 &&
		      fstat(folder, &status) == 0 &&
		      (geteuid() != 0 || fchown(fd, status.st_uid, status.st_gid) == 0);

	if (!ok)
		store_fail_errno(path, "it cannot be made", error);
	if (fd >= 0)
		close(fd);
	return ok;
}

static gboolean fill(const char *path, GError **error)
{
	g_autofree char *head =
		g_strdup_printf("PRAGMA application_id = %d; PRAGMA user_version = %d;",
				APPLICATION_ID, VERSION);
	struct journal_db db = { 0 };
	gboolean ok =
		db_open_other(&db, path, NULL, DB_CREATE, REMEDY_DAMAGED, error) &&
		db_execute(&db, "PRAGMA journal_mode = WAL", error) &&
		db_begin(&db, DB_SYNCED, error) &&
		db_end(&db,
		       db_execute(&db, head, error) && db_execute(&db, tables, error),
		       error);

	if (ok)
		db_keeps_clean(&db);
	db_close(&db);
	return ok;
}

/* What lies about of a database that was moved away must not be taken for this one's. */
static gboolean put_in_place(const struct access *access, const char *fresh,
			     GError **error)
{
	if (!remove_files(access->path, 1, error))
		return FALSE;
	if (rename(fresh, access->path) != 0)
		return store_fail_errno(access->path, "it cannot be put in its place",
					error);
	return journal_sync_folder(access->folder, error);
}

static gboolean make(const struct access *access, int folder, GError **error)
{
	g_autofree char *fresh = journal_path(access->folder, NEW_DB);

	return remove_files(fresh, 0, error) && make_private(fresh, folder, error) &&
	       fill(fresh, error) && put_in_place(access, fresh, error);
}

static bool is_there(const struct access *access)
{
	struct stat status;

	return lstat(access->path, &status) == 0 || errno != ENOENT;
}

/* One process at a time; the second finds what the first has made. */
static gboolean make_once(const struct access *access, GError **error)
{
	int folder = open(access->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	gboolean ok;

	if (folder < 0)
		return store_fail_errno(access->folder, "the folder cannot be opened",
					error);
	if (flock(folder, LOCK_EX) != 0)
		ok = store_fail_errno(access->folder, "the folder cannot be locked",
				      error);
	else
		ok = is_there(access) || make(access, folder, error);
	close(folder);
	return ok;
}

static gboolean narrow(const struct access *access, GError **error)
{
	struct stat status;

	if (stat(access->path, &status) != 0)
		return store_fail_errno(access->path, "it cannot be opened", error);
	if (!S_ISREG(status.st_mode)) {
		g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_STORE, "%s: no file; %s",
			    access->path, REMEDY_DAMAGED);
		return FALSE;
	}
	if ((status.st_mode & 0077) && chmod(access->path, FILE_MODE) != 0)
		return store_fail_errno(access->path,
					"others may read it, and that cannot be changed",
					error);
	return TRUE;
}

static gboolean check_head(struct journal_db *db, GError **error)
{
	gint64 id, version;

	if (!db_number(db, &id, NULL, error, "PRAGMA application_id", "") ||
	    !db_number(db, &version, NULL, error, "PRAGMA user_version", ""))
		return FALSE;
	if (id != APPLICATION_ID || version < 1)
		return db_fail_damaged(db, "it holds no users of a station", error);
	if (version == VERSION)
		return TRUE;
	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_STORE,
		    "%s: version %" G_GINT64_FORMAT
		    ", which a newer Sixpin made, expected %d; install that again",
		    db->path, version, VERSION);
	return FALSE;
}

static gboolean check_content(struct journal_db *db, GError **error)
{
	static const char *const probes[] = {
		"SELECT count(*) FROM user",
		"SELECT count(*) FROM user WHERE role = 'engineer'",
		"SELECT count(*) FROM session",
		"SELECT count(*) FROM time",
	};
	gint64 values[G_N_ELEMENTS(probes)];
	g_autofree char *said = NULL;

	if (!db_text(db, &said, error, "PRAGMA integrity_check(1)", ""))
		return FALSE;
	if (g_strcmp0(said, "ok") != 0)
		return db_fail_damaged(db, said ? said : "nothing is checked", error);
	for (unsigned i = 0; i < G_N_ELEMENTS(probes); i++)
		if (!db_number(db, &values[i], NULL, error, probes[i], ""))
			return FALSE;
	return (values[3] == 1 && (values[0] == 0 || values[1] > 0)) ||
	       db_fail_damaged(db, "its tables contradict each other", error);
}

static gboolean check(struct journal_db *db, GError **error)
{
	g_autoptr(GError) found = NULL;

	if (!check_head(db, error))
		return FALSE;
	if (check_content(db, &found))
		return TRUE;
	/* A table that is missing is an error of the statement to SQLite. */
	if (!db->damaged && sqlite3_errcode(db->sql) == SQLITE_ERROR)
		return db_fail_damaged(db, sqlite3_errmsg(db->sql), error);
	g_propagate_error(error, g_steal_pointer(&found));
	return FALSE;
}

static gboolean load_time(struct access *access, GError **error)
{
	sqlite3_stmt *row =
		db_query(&access->read, error,
			 "SELECT station_ms, wall_s, up_ms, boot FROM time", "");
	g_autofree char *boot = NULL;

	if (!row || db_step(&access->read, row, error) != DB_ROW)
		return FALSE;
	boot = db_column_text(row, 3);
	access->anchor = (struct access_moment){
		.station_ms = sqlite3_column_int64(row, 0),
		.wall_s = sqlite3_column_int64(row, 1),
		.up_ms = sqlite3_column_int64(row, 2),
	};
	g_strlcpy(access->anchor.boot, boot ? boot : "", sizeof(access->anchor.boot));
	db_let_go(row);
	return TRUE;
}

static gboolean open_both(struct access *access, GError **error)
{
	if (!db_open_other(&access->write, access->path, NULL, DB_READ_WRITE,
			   REMEDY_DAMAGED, error) ||
	    !check(&access->write, error) ||
	    !db_execute(&access->write, "PRAGMA secure_delete = ON", error))
		return FALSE;
	db_keeps_clean(&access->write);
	return db_open_other(&access->read, access->path, NULL, DB_READ, REMEDY_DAMAGED,
			     error) &&
	       load_time(access, error);
}

gboolean access_open_file(struct access *access, GError **error)
{
	if ((is_there(access) || make_once(access, error)) && narrow(access, error) &&
	    open_both(access, error))
		return TRUE;
	db_close(&access->read);
	db_close(&access->write);
	return FALSE;
}
