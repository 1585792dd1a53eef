/* SPDX-License-Identifier: MIT */
/* Sessions: whose they are, and when they are over. */
#include "appliance/base/error.h"
#include "appliance/station/access_state.h"

#define COLUMNS                                                                      \
	"SELECT s.id, s.hash, s.user, u.role, s.peer, s.created_ms, s.created_wall," \
	" s.seen_ms, s.seen_wall FROM session s JOIN user u ON u.name = s.user"

enum column {
	COLUMN_ID,
	COLUMN_HASH,
	COLUMN_USER,
	COLUMN_ROLE,
	COLUMN_PEER,
	COLUMN_CREATED_MS,
	COLUMN_CREATED_WALL,
	COLUMN_SEEN_MS,
	COLUMN_SEEN_WALL,
};

void access_session_clear(struct access_session *session)
{
	g_clear_pointer(&session->id, g_free);
	g_clear_pointer(&session->user, g_free);
	g_clear_pointer(&session->peer, g_free);
}

static gboolean fail_over(GError **error)
{
	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_DENIED, SESSION_OVER);
	return FALSE;
}

/* The database knows of it a minute late. */
static struct access_seen seen_of(struct access *access, const char *id,
				  sqlite3_stmt *row)
{
	const struct access_seen *known = g_hash_table_lookup(access->seen, id);
	struct access_seen seen = { sqlite3_column_int64(row, COLUMN_SEEN_MS),
				    sqlite3_column_int64(row, COLUMN_SEEN_WALL) };

	return known && known->station_ms > seen.station_ms ? *known : seen;
}

/* Milliseconds; not above 0: it is over. */
static int64_t left_ms(const struct access_options *options, int64_t created_ms,
		       int64_t seen_ms, int64_t now_ms)
{
	int64_t idle = seen_ms + (int64_t)options->session_idle_s * 1000 - now_ms;
	int64_t length = created_ms + (int64_t)options->session_length_s * 1000 - now_ms;

	return MIN(idle, length);
}

static bool is_hash(sqlite3_stmt *row, const struct secret_token *token)
{
	return sqlite3_column_bytes(row, COLUMN_HASH) == SECRET_HASH_BYTES &&
	       secret_is_same(sqlite3_column_blob(row, COLUMN_HASH), token->hash);
}

static void use(struct access *access, const char *id, const struct access_moment *now)
{
	struct access_seen *seen = g_new(struct access_seen, 1);

	*seen = (struct access_seen){ now->station_ms, now->wall_s };
	g_hash_table_replace(access->seen, g_strdup(id), seen);
}

static gboolean take_row(struct access *access, sqlite3_stmt *row, const char *id,
			 struct access_session *session, GError **error)
{
	struct access_moment now = access_now(access);
	struct access_seen seen = seen_of(access, id, row);
	g_autofree char *role = db_column_text(row, COLUMN_ROLE);
	int64_t left =
		left_ms(&access->options, sqlite3_column_int64(row, COLUMN_CREATED_MS),
			seen.station_ms, now.station_ms);

	if (left <= 0) {
		access->has_over = true;
		return fail_over(error);
	}
	*session = (struct access_session){ .id = g_strdup(id) };
	if (!role || !access_role_find(role, &session->role, error)) {
		access_session_clear(session);
		return FALSE;
	}
	session->user = db_column_text(row, COLUMN_USER);
	session->peer = db_column_text(row, COLUMN_PEER);
	use(access, id, &now);
	left = left_ms(&access->options, sqlite3_column_int64(row, COLUMN_CREATED_MS),
		       now.station_ms, now.station_ms);
	session->seconds_left = (uint64_t)(left + 999) / 1000;
	return TRUE;
}

static gboolean find(struct access *access, const struct secret_token *token,
		     struct access_session *session, GError **error)
{
	sqlite3_stmt *row =
		db_query(&access->read, error, COLUMNS " WHERE s.id = ?", "s", token->id);
	enum db_step step = row ? db_step(&access->read, row, error) : DB_FAILED;
	gboolean ok;

	if (step != DB_ROW)
		return step == DB_DONE && fail_over(error);
	ok = is_hash(row, token) ? take_row(access, row, token->id, session, error)
				 : fail_over(error);
	db_let_go(row);
	return ok;
}

gboolean access_find_session(struct access *access, const char *text,
			     struct access_session *session, GError **error)
{
	struct secret_token token;
	gboolean ok;

	if (!access_ensure(access, error))
		return FALSE;
	if (!secret_read_token(text, &token))
		return fail_over(error);
	g_mutex_lock(&access->reading);
	ok = find(access, &token, session, error);
	g_mutex_unlock(&access->reading);
	return ok;
}

static gboolean end_oldest(struct access *access, const char *name, GError **error)
{
	if (!db_run(&access->write, error,
		    "DELETE FROM session WHERE id IN (SELECT id FROM session"
		    " WHERE user = ? ORDER BY seen_ms DESC, created_ms DESC"
		    " LIMIT -1 OFFSET ?)",
		    "si", name, (gint64)ACCESS_MAX_SESSIONS - 1))
		return FALSE;
	access->writing_ends |= sqlite3_changes(access->write.sql) > 0;
	return TRUE;
}

gboolean access_begin_session(struct access *access, const char *name,
			      enum access_role role, const char *peer,
			      struct access_session *session, char **token,
			      GError **error)
{
	const struct access_options *options = &access->options;
	struct secret_token made;
	char *text = secret_make_token(&made);
	g_autoptr(GBytes) hash = g_bytes_new(made.hash, sizeof(made.hash));
	struct access_moment now;

	g_mutex_lock(&access->reading);
	now = access_now(access);
	g_mutex_unlock(&access->reading);
	if (!end_oldest(access, name, error) ||
	    !db_run(&access->write, error,
		    "INSERT INTO session VALUES (?, ?, ?, ?, ?, ?, ?, ?)", "sbssiiii",
		    made.id, hash, name, peer, now.station_ms, now.wall_s, now.station_ms,
		    now.wall_s)) {
		secret_free(text);
		return FALSE;
	}
	*token = text;
	*session = (struct access_session){
		.id = g_strdup(made.id),
		.user = g_strdup(name),
		.peer = g_strdup(peer),
		.role = role,
		.seconds_left = MIN(options->session_idle_s, options->session_length_s),
	};
	return TRUE;
}

static gboolean remove_session(struct access *access, const char *id, GError **error)
{
	gboolean ok = db_run(&access->write, error, "DELETE FROM session WHERE id = ?",
			     "s", id);

	if (ok && sqlite3_changes(access->write.sql) == 0) {
		g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE,
			    "no session has this id; the list has those that are on");
		return FALSE;
	}
	access->writing_ends = true;
	return ok;
}

gboolean access_end_session(struct access *access, const char *id, GError **error)
{
	return access_begin(access, DB_SYNCED, error) &&
	       access_end(access, remove_session(access, id, error), error);
}

gboolean access_logout(struct access *access, const char *token, GError **error)
{
	struct access_session session;
	gboolean ok;

	if (!access_find_session(access, token, &session, error))
		return FALSE;
	ok = access_end_session(access, session.id, error);
	access_session_clear(&session);
	return ok;
}

static void insert_text(GVariantDict *facts, const char *name, sqlite3_stmt *row,
			enum column column)
{
	g_autofree char *text = db_column_text(row, column);

	g_variant_dict_insert(facts, name, "s", text ? text : "");
}

static GVariant *describe(struct access *access, sqlite3_stmt *row)
{
	g_autofree char *id = db_column_text(row, COLUMN_ID);
	struct access_seen seen = seen_of(access, id ? id : "", row);
	int64_t left =
		left_ms(&access->options, sqlite3_column_int64(row, COLUMN_CREATED_MS),
			seen.station_ms, access_now(access).station_ms);
	GVariantDict facts;

	g_variant_dict_init(&facts, NULL);
	insert_text(&facts, "id", row, COLUMN_ID);
	insert_text(&facts, "user", row, COLUMN_USER);
	insert_text(&facts, "role", row, COLUMN_ROLE);
	insert_text(&facts, "peer", row, COLUMN_PEER);
	g_variant_dict_insert(&facts, "created", "x",
			      (gint64)sqlite3_column_int64(row, COLUMN_CREATED_WALL));
	g_variant_dict_insert(&facts, "seen", "x", (gint64)seen.wall_s);
	g_variant_dict_insert(&facts, "seconds_left", "t",
			      (guint64)(MAX(left, 0) + 999) / 1000);
	return g_variant_dict_end(&facts);
}

GVariant *access_list_sessions(struct access *access, GError **error)
{
	GVariantBuilder sessions;
	sqlite3_stmt *rows;
	enum db_step step = DB_FAILED;

	/* Takes those away that are over. */
	if (!access_keep(access, error))
		return NULL;
	g_variant_builder_init(&sessions, G_VARIANT_TYPE("aa{sv}"));
	g_mutex_lock(&access->reading);
	rows = db_query(&access->read, error, COLUMNS " ORDER BY s.created_ms DESC, s.id",
			"");
	while (rows && (step = db_step(&access->read, rows, error)) == DB_ROW)
		g_variant_builder_add_value(&sessions, describe(access, rows));
	g_mutex_unlock(&access->reading);
	if (step == DB_DONE)
		return g_variant_ref_sink(g_variant_builder_end(&sessions));
	g_variant_builder_clear(&sessions);
	return NULL;
}
