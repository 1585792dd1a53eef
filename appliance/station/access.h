/* SPDX-License-Identifier: MIT */
/*
 * Who may do what at this station: its users, with their roles, and their sessions.
 * `access.db` in the station's folder (SQLite, mode 0600); of passwords there are
 * argon2id hashes in it, of tokens hashes, and nothing else. docs/access.md tells what is
 * promised.
 *
 * A station without users is unclaimed: access_claim makes the first one, and only the
 * first. From then on there is always an engineer. Whoever calls sees to it that only
 * somebody at the box can claim.
 *
 * Any thread may call at any time. Functions that take a password hash it, one at a time,
 * for some 20 to 200 ms: not in a thread that others wait for. access_find_session and
 * access_is_claimed wait for no disk.
 *
 * Errors: DENIED tells people no more than they need; STORE where the database cannot be
 * used, with the path and the remedy; then nobody comes in. USAGE for names, passwords
 * and what contradicts the users that there are. IO where memory lacks for a hash.
 * Neither a password nor a token is in any message.
 */
#pragma once

#include <gio/gio.h>
#include <stdbool.h>
#include <stdint.h>

#include "appliance/base/clock.h"
#include "appliance/station/access_words.h"

#define ACCESS_DB "access.db"

#define ACCESS_MAX_USERS    100
#define ACCESS_MAX_SESSIONS 16 /* of one user: a login above it ends the oldest */

struct access;

/* The order is that of what they may. */
enum access_role {
	ACCESS_NOBODY,
	ACCESS_OPERATOR, /* runs jobs, sees everything */
	ACCESS_ENGINEER, /* all */
};

struct access_options {
	uint64_t session_idle_s;
	uint64_t session_length_s;
	struct clock *clock;		     /* NULL: clock_monotonic */
	int64_t (*unix_s)(void *wall_clock); /* NULL: clock_unix_s */
	void *wall_clock;
	const char *boot; /* NULL: this boot's id */
};

struct access_session {
	char *id;
	char *user;
	char *peer; /* what the login said of where it came from; may be "" */
	enum access_role role;
	uint64_t seconds_left; /* until it ends if it is not used; at most */
};

/* "operator", "engineer"; static. */
const char *access_role_name(enum access_role role);

/* USAGE lists them. */
gboolean access_role_find(const char *name, enum access_role *role, GError **error);

/* Never fails: what is wrong with the database is each function's error, and is looked at
 * anew by the next one, until it is right. The folder has to exist. */
struct access *access_open(const char *folder, const struct access_options *options);
void access_close(struct access *access); /* NULL is allowed */

/* Can it be used? */
gboolean access_check(struct access *access, GError **error);

/* TRUE as well where it cannot be told: nobody claims then. */
bool access_is_claimed(struct access *access);

/* Makes the first user, an engineer, and logs in. DENIED where there are users, whoever
 * was first. As access_login else. */
gboolean access_claim(struct access *access, const char *name, const char *password,
		      const char *peer, struct access_session *session, char **token,
		      GError **error);

/* DENIED has one text for names and passwords that are wrong, and takes as long for
 * either; after failures another that says how long to wait, and nothing is hashed then.
 * *token is free with secret_free; *session with access_session_clear; set on success. */
gboolean access_login(struct access *access, const char *name, const char *password,
		      const char *peer, struct access_session *session, char **token,
		      GError **error);

/* Whose session it is; uses it. DENIED: over, or never begun. */
gboolean access_find_session(struct access *access, const char *token,
			     struct access_session *session, GError **error);
void access_session_clear(struct access_session *session);

gboolean access_logout(struct access *access, const char *token, GError **error);

/* Grows when sessions have ended, however, or a user is another one than before: what
 * somebody has remembered of tokens is to be asked for anew. Never before that is so. */
unsigned access_changes(struct access *access);

/* That sessions were used is written at times, and those that are over are taken away: is
 * it one, and do it. */
bool access_is_due(struct access *access);
gboolean access_keep(struct access *access, GError **error);

/* A new user, with password and role; or, with `replace`, another password, role or both
 * (NULL, ACCESS_NOBODY: as it is) of one who is there, which ends his sessions. USAGE: no
 * engineer would be left. */
gboolean access_put_user(struct access *access, const char *name, const char *password,
			 enum access_role role, bool replace, GError **error);

/* Another password of the session's user, who knows the old one: DENIED as access_login,
 * with the same waiting. The user's other sessions end. */
gboolean access_set_password(struct access *access, const struct access_session *session,
			     const char *old, const char *password, GError **error);
gboolean access_remove_user(struct access *access, const char *name, GError **error);

/* aa{sv}, by name: user (s), role (s), sessions (u). */
GVariant *access_list_users(struct access *access, GError **error);

/* aa{sv}, the newest first: id (s), user (s), role (s), peer (s), created and seen (x,
 * Unix time; 0: the clock was not set), seconds_left (t). */
GVariant *access_list_sessions(struct access *access, GError **error);

/* By its id. USAGE where there is none. */
gboolean access_end_session(struct access *access, const char *id, GError **error);
