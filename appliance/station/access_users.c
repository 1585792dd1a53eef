/* SPDX-License-Identifier: MIT */
/* Users: claiming a station, logging in, and who there is. */
#include <string.h>

#include "appliance/base/error.h"
#include "appliance/station/access_state.h"

#define WRONG	  "the name or the password is not right"
#define WRONG_OLD "the old password is not right"
#define NOBODY	  "this station has no users yet: open pairing at the box, then claim it"
#define CLAIMED \
	"this station was claimed already: log in, or have an engineer of it add you"
#define NO_ROLE	 "user %s: a new user needs a password and a role (operator or engineer)"
#define NO_FIRST "the first user of a station has to be an engineer"

static gboolean deny(const char *text, GError **error)
{
	g_set_error_literal(error, SIXPIN_ERROR, SIXPIN_ERROR_DENIED, text);
	return FALSE;
}

static gboolean count(struct access *access, const char *sql, gint64 *number,
		      GError **error)
{
	return db_number(&access->write, number, NULL, error, sql, "");
}

static gboolean check_new(const char *name, const char *password, const char *peer,
			  GError **error)
{
	return access_check_name(name, error) &&
	       access_check_password(name, password, error) &&
	       access_check_peer(peer, error);
}

static gboolean claim(struct access *access, const char *name, const char *hash,
		      const char *peer, struct access_session *session, char **token,
		      GError **error)
{
	gint64 n_users;

	if (!count(access, "SELECT count(*) FROM user", &n_users, error))
		return FALSE;
	if (n_users > 0)
		return deny(CLAIMED, error);
	return db_run(&access->write, error, "INSERT INTO user VALUES (?, 'engineer', ?)",
		      "ss", name, hash) &&
	       access_begin_session(access, name, ACCESS_ENGINEER, peer, session, token,
				    error);
}

/* What was to be answered when the transaction failed after all is nobody's. */
static gboolean end_login(struct access *access, gboolean ok,
			  struct access_session *session, char **token, GError **error)
{
	gboolean ended = access_end(access, ok, error);

	if (ended)
		return TRUE;
	if (ok) {
		g_clear_pointer(token, secret_free);
		access_session_clear(session);
	}
	return FALSE;
}

/* What other processes claim in the meantime is seen by the transaction. */
static gboolean claim_hashed(struct access *access, const char *name,
			     const char *password, const char *peer,
			     struct access_session *session, char **token, GError **error)
{
	g_autofree char *hash = NULL;

	if (!access_ensure(access, error))
		return FALSE;
	if (access_is_claimed(access))
		return deny(CLAIMED, error);
	hash = secret_hash_password(password, error);
	if (!hash || !access_begin(access, DB_SYNCED, error))
		return FALSE;
	return end_login(access, claim(access, name, hash, peer, session, token, error),
			 session, token, error);
}

gboolean access_claim(struct access *access, const char *name, const char *password,
		      const char *peer, struct access_session *session, char **token,
		      GError **error)
{
	gboolean ok;

	if (!check_new(name, password, peer, error))
		return FALSE;
	g_mutex_lock(&access->hashing);
	ok = claim_hashed(access, name, password, peer, session, token, error);
	g_mutex_unlock(&access->hashing);
	if (ok)
		access_forget(access);
	return ok;
}

/* NULL without an error: there is nobody of this name. */
static char *find_hash(struct access *access, const char *name, GError **error)
{
	char *hash = NULL;

	g_mutex_lock(&access->reading);
	db_text(&access->read, &hash, error, "SELECT hash FROM user WHERE name = ?", "s",
		name);
	g_mutex_unlock(&access->reading);
	return hash;
}

/* The user may be another one by now, or gone. */
static gboolean begin_session(struct access *access, const char *name, const char *hash,
			      const char *peer, struct access_session *session,
			      char **token, GError **error)
{
	g_autofree char *role_name = NULL;
	enum access_role role;

	if (!db_text(&access->write, &role_name, error,
		     "SELECT role FROM user WHERE name = ? AND hash = ?", "ss", name,
		     hash))
		return FALSE;
	if (!role_name)
		return deny(WRONG, error);
	return access_role_find(role_name, &role, error) &&
	       access_begin_session(access, name, role, peer, session, token, error);
}

static gboolean fail_wait(unsigned wait_s, GError **error)
{
	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_DENIED,
		    "too many logins have failed: wait %u s, then try again", wait_s);
	return FALSE;
}

/* Nobody's names and those that none can have take the same way. `wrong` is the text for
 * what is not right. */
static gboolean check_password(struct access *access, const char *name,
			       const char *password, const char *wrong, char **hash,
			       GError **error)
{
	unsigned wait_s = throttle_wait_s(access->throttle, name);
	g_autoptr(GError) failure = NULL;
	bool right = false;

	if (wait_s)
		return fail_wait(wait_s, error);
	*hash = find_hash(access, name, &failure);
	if (!failure && secret_check_password(*hash, password, &right, &failure) &&
	    right) {
		throttle_passed(access->throttle, name);
		return TRUE;
	}
	if (failure) {
		g_propagate_error(error, g_steal_pointer(&failure));
		return FALSE;
	}
	throttle_failed(access->throttle, name);
	return deny(wrong, error);
}

static gboolean login(struct access *access, const char *name, const char *password,
		      const char *peer, struct access_session *session, char **token,
		      GError **error)
{
	g_autofree char *hash = NULL;

	if (!check_password(access, name, password, WRONG, &hash, error) ||
	    !access_begin(access, DB_SYNCED, error))
		return FALSE;
	return end_login(access,
			 begin_session(access, name, hash, peer, session, token, error),
			 session, token, error);
}

/* Longer than anybody's: looked at as far as it could be right, and it is not. */
static const char *bounded(const char *password)
{
	return strlen(password) > ACCESS_PASSWORD_MOST ? "" : password;
}

gboolean access_login(struct access *access, const char *name, const char *password,
		      const char *peer, struct access_session *session, char **token,
		      GError **error)
{
	bool can_be = access_check_name(name, NULL);
	gboolean ok;

	if (!access_check_peer(peer, error) || !access_ensure(access, error))
		return FALSE;
	if (!access_is_claimed(access))
		return deny(NOBODY, error);
	g_mutex_lock(&access->hashing);
	ok = login(access, can_be ? name : "", bounded(password), peer, session, token,
		   error);
	g_mutex_unlock(&access->hashing);
	return ok;
}

static gboolean insert_user(struct access *access, const char *name, const char *hash,
			    enum access_role role, GError **error)
{
	gint64 n_users;

	if (!hash || role == ACCESS_NOBODY) {
		g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE, NO_ROLE, name);
		return FALSE;
	}
	if (!count(access, "SELECT count(*) FROM user", &n_users, error))
		return FALSE;
	if (n_users >= ACCESS_MAX_USERS) {
		g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE,
			    "a station has at most %d users; remove one first",
			    ACCESS_MAX_USERS);
		return FALSE;
	}
	if (n_users == 0 && role != ACCESS_ENGINEER) {
		g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE, NO_FIRST);
		return FALSE;
	}
	return db_run(&access->write, error, "INSERT INTO user VALUES (?, ?, ?)", "sss",
		      name, access_role_name(role), hash);
}

static gboolean check_engineers(struct access *access, const char *name, GError **error)
{
	gint64 n_engineers;

	if (!count(access, "SELECT count(*) FROM user WHERE role = 'engineer'",
		   &n_engineers, error))
		return FALSE;
	if (n_engineers > 0)
		return TRUE;
	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE,
		    "%s is the last engineer of this station: make another one first",
		    name);
	return FALSE;
}

static gboolean change_user(struct access *access, const char *name, const char *hash,
			    enum access_role role, GError **error)
{
	const char *role_name = role != ACCESS_NOBODY ? access_role_name(role) : NULL;

	if (!hash && !role_name) {
		g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE,
			    "user %s: expected another password, another role, or both",
			    name);
		return FALSE;
	}
	access->writing_ends = true;
	return db_run(&access->write, error,
		      "UPDATE user SET hash = coalesce(?, hash),"
		      " role = coalesce(?, role) WHERE name = ?",
		      "sss", hash, role_name, name) &&
	       db_run(&access->write, error, "DELETE FROM session WHERE user = ?", "s",
		      name) &&
	       check_engineers(access, name, error);
}

static gboolean is_user(struct access *access, const char *name, bool *is, GError **error)
{
	gint64 unused;

	return db_number(&access->write, &unused, is, error,
			 "SELECT 1 FROM user WHERE name = ?", "s", name);
}

static gboolean fail_missing(const char *name, GError **error)
{
	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE, "there is no user %s", name);
	return FALSE;
}

static gboolean put_user(struct access *access, const char *name, const char *hash,
			 enum access_role role, bool replace, GError **error)
{
	bool is_there;

	if (!is_user(access, name, &is_there, error))
		return FALSE;
	if (!is_there && replace && (!hash || role == ACCESS_NOBODY))
		return fail_missing(name, error);
	if (!is_there)
		return insert_user(access, name, hash, role, error);
	if (replace)
		return change_user(access, name, hash, role, error);
	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE,
		    "there is a user %s already: choose another name, or change that "
		    "one's password or role",
		    name);
	return FALSE;
}

static char *hash_alone(struct access *access, const char *password, GError **error)
{
	char *hash;

	g_mutex_lock(&access->hashing);
	hash = secret_hash_password(password, error);
	g_mutex_unlock(&access->hashing);
	return hash;
}

static gboolean change(struct access *access, gboolean ok, GError **error)
{
	if (!access_end(access, ok, error))
		return FALSE;
	access_forget(access);
	return TRUE;
}

gboolean access_put_user(struct access *access, const char *name, const char *password,
			 enum access_role role, bool replace, GError **error)
{
	g_autofree char *hash = NULL;

	if (!access_check_name(name, error) ||
	    (password && !access_check_password(name, password, error)) ||
	    !access_ensure(access, error))
		return FALSE;
	if (password && !(hash = hash_alone(access, password, error)))
		return FALSE;
	return access_begin(access, DB_SYNCED, error) &&
	       change(access, put_user(access, name, hash, role, replace, error), error);
}

/* Both may be others by now, or gone. */
static gboolean replace_hash(struct access *access, const struct access_session *session,
			     const char *old_hash, const char *hash, GError **error)
{
	gint64 unused;
	bool is_on;

	if (!db_number(&access->write, &unused, &is_on, error,
		       "SELECT 1 FROM session JOIN user ON name = user"
		       " WHERE id = ? AND name = ? AND user.hash = ?",
		       "sss", session->id, session->user, old_hash))
		return FALSE;
	if (!is_on)
		return deny(SESSION_OVER, error);
	access->writing_ends = true;
	return db_run(&access->write, error, "UPDATE user SET hash = ? WHERE name = ?",
		      "ss", hash, session->user) &&
	       db_run(&access->write, error,
		      "DELETE FROM session WHERE user = ? AND id <> ?", "ss",
		      session->user, session->id);
}

static gboolean set_password(struct access *access, const struct access_session *session,
			     const char *old, const char *password, GError **error)
{
	g_autofree char *old_hash = NULL;
	g_autofree char *hash = NULL;

	if (!check_password(access, session->user, bounded(old), WRONG_OLD, &old_hash,
			    error))
		return FALSE;
	hash = secret_hash_password(password, error);
	return hash && access_begin(access, DB_SYNCED, error) &&
	       change(access, replace_hash(access, session, old_hash, hash, error),
		      error);
}

gboolean access_set_password(struct access *access, const struct access_session *session,
			     const char *old, const char *password, GError **error)
{
	gboolean ok;

	if (!access_check_password(session->user, password, error) ||
	    !access_ensure(access, error))
		return FALSE;
	g_mutex_lock(&access->hashing);
	ok = set_password(access, session, old, password, error);
	g_mutex_unlock(&access->hashing);
	return ok;
}

static gboolean remove_user(struct access *access, const char *name, GError **error)
{
	bool is_there;

	if (!is_user(access, name, &is_there, error))
		return FALSE;
	if (!is_there)
		return fail_missing(name, error);
	access->writing_ends = true;
	return db_run(&access->write, error, "DELETE FROM user WHERE name = ?", "s",
		      name) &&
	       check_engineers(access, name, error);
}

gboolean access_remove_user(struct access *access, const char *name, GError **error)
{
	return access_check_name(name, error) && access_begin(access, DB_SYNCED, error) &&
	       change(access, remove_user(access, name, error), error);
}

static GVariant *describe_user(sqlite3_stmt *row)
{
	g_autofree char *name = db_column_text(row, 0);
	g_autofree char *role = db_column_text(row, 1);
	GVariantDict user;

	g_variant_dict_init(&user, NULL);
	g_variant_dict_insert(&user, "user", "s", name ? name : "");
	g_variant_dict_insert(&user, "role", "s", role ? role : "");
	g_variant_dict_insert(&user, "sessions", "u",
			      (guint32)sqlite3_column_int64(row, 2));
	return g_variant_dict_end(&user);
}

GVariant *access_list_users(struct access *access, GError **error)
{
	GVariantBuilder users;
	sqlite3_stmt *rows;
	enum db_step step = DB_FAILED;

	/* Also takes sessions away that are over. */
	if (!access_keep(access, error))
		return NULL;
	g_variant_builder_init(&users, G_VARIANT_TYPE("aa{sv}"));
	g_mutex_lock(&access->reading);
	rows = db_query(&access->read, error,
			"SELECT name, role, (SELECT count(*) FROM session"
			" WHERE session.user = name) FROM user ORDER BY name",
			"");
	while (rows && (step = db_step(&access->read, rows, error)) == DB_ROW)
		g_variant_builder_add_value(&users, describe_user(rows));
	g_mutex_unlock(&access->reading);
	if (step == DB_DONE)
		return g_variant_ref_sink(g_variant_builder_end(&users));
	g_variant_builder_clear(&users);
	return NULL;
}
