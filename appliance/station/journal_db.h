/* SPDX-License-Identifier: MIT */
/*
 * One connection to a database of the station, for the files of the journal and of
 * access.db: statements that are kept, transactions, and SQLite's errors as ours. Not
 * locked: whoever has the connection has it alone.
 *
 * SIXPIN_ERROR_STORE names the path, what failed and the remedy. An error that means a
 * damaged database sets `damaged` and leaves the marker, which makes the next
 * journal_open set the database aside.
 */
#pragma once

#include <glib.h>
#include <sqlite3.h>
#include <stdbool.h>

struct journal_db {
	sqlite3 *sql;
	GHashTable *statements; /* SQL to sqlite3_stmt */
	char *path;
	char *folder;		    /* where the marker goes; NULL: nothing is marked */
	const char *damaged_remedy; /* what to do about a damaged one; static */
	gint damaged;		    /* atomic: others ask, too */
};

enum db_access {
	DB_READ,       /* nothing is written, by whomever */
	DB_READ_WRITE, /* of a database that is there */
	DB_CREATE,
};

enum db_sync {
	DB_SYNCED,     /* what was committed survives a power cut */
	DB_NOT_SYNCED, /* it comes onto the disk with the next that is */
};

enum db_step { DB_FAILED, DB_ROW, DB_DONE };

/* `folder` may be NULL. Until db_keeps_clean nothing is moved from the WAL into the
 * database, so that what is set aside is as it was found. db_close on every path. */
gboolean db_open(struct journal_db *db, const char *path, const char *folder,
		 enum db_access access, GError **error);
/* The same of a database that is not the journal. */
gboolean db_open_other(struct journal_db *db, const char *path, const char *folder,
		       enum db_access access, const char *damaged_remedy, GError **error);
void db_keeps_clean(struct journal_db *db);
void db_close(struct journal_db *db); /* one that is all zeros is allowed */

/*
 * Binds by letter: s (const char *, or NULL), i (gint64), d (double), b (GBytes *). The
 * statement belongs to the connection; no other of the same text may be in use. db_step
 * gives the next row; it lets the statement go when there is none or it fails; else
 * db_let_go does.
 */
sqlite3_stmt *db_query(struct journal_db *db, GError **error, const char *sql,
		       const char *letters, ...);
enum db_step db_step(struct journal_db *db, sqlite3_stmt *statement, GError **error);
void db_let_go(sqlite3_stmt *statement);

/* Statements without values that give no rows. */
gboolean db_execute(struct journal_db *db, const char *sql, GError **error);

/* A statement that gives no rows. */
gboolean db_run(struct journal_db *db, GError **error, const char *sql,
		const char *letters, ...);

/* The number in the first column of the first row; *found says whether there was one (may
 * be NULL: then *value is 0 where there is none). */
gboolean db_number(struct journal_db *db, gint64 *value, bool *found, GError **error,
		   const char *sql, const char *letters, ...);

/* The same of text; NULL where there is no row or no text. Free with g_free. */
gboolean db_text(struct journal_db *db, char **value, GError **error, const char *sql,
		 const char *letters, ...);

/* A column as UTF-8 whatever is on the disk; NULL where it is NULL. Free with g_free. */
char *db_column_text(sqlite3_stmt *statement, int column);

/* Both fail where the files of a database with a folder were taken away. */
gboolean db_begin(struct journal_db *db, enum db_sync sync, GError **error);

/* Commits where ok, else rolls back. TRUE where it has committed. */
gboolean db_end(struct journal_db *db, gboolean ok, GError **error);

/* Always FALSE. */
gboolean db_fail(struct journal_db *db, int code, GError **error);
gboolean db_fail_damaged(struct journal_db *db, const char *reason, GError **error);
