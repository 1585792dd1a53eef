/* SPDX-License-Identifier: MIT */
/* Opening and closing, the time, and transactions. */
#include "appliance/station/access.h"

#include <string.h>

#include "appliance/base/boot.h"
#include "appliance/base/error.h"
#include "appliance/station/access_state.h"
#include "appliance/station/journal_files.h"

/* Time is counted anew from here: what was rounded off does not add up. */
#define ANCHOR_MS 60000

/* That a session was used is written so often. */
#define KEEP_MS 60000

static const char *const role_names[] = {
	[ACCESS_NOBODY] = "nobody",
	[ACCESS_OPERATOR] = "operator",
	[ACCESS_ENGINEER] = "engineer",
};

const char *access_role_name(enum access_role role)
{
	return role_names[role];
}

gboolean access_role_find(const char *name, enum access_role *role, GError **error)
{
	for (unsigned i = ACCESS_OPERATOR; i <= ACCESS_ENGINEER; i++)
		if (strcmp(role_names[i], name) == 0) {
			*role = i;
			return TRUE;
		}
	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE,
		    "\"%s\" is no role; expected operator or engineer", name);
	return FALSE;
}

struct access *access_open(const char *folder, const struct access_options *options)
{
	struct access *access = g_new0(struct access, 1);

	access->folder = g_strdup(folder);
	access->path = journal_path(folder, ACCESS_DB);
	access->options = *options;
	if (!access->options.clock)
		access->options.clock = clock_monotonic();
	access->boot = options->boot ? g_strdup(options->boot) : boot_id();
	access->options.boot = access->boot;
	access->throttle = throttle_new(access->options.clock);
	access->seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	g_mutex_init(&access->hashing);
	g_mutex_init(&access->writing);
	g_mutex_init(&access->reading);
	return access;
}

void access_close(struct access *access)
{
	if (!access)
		return;
	if (access->is_open)
		access_keep(access, NULL);
	db_close(&access->read);
	db_close(&access->write);
	throttle_free(access->throttle);
	g_hash_table_unref(access->seen);
	g_mutex_clear(&access->hashing);
	g_mutex_clear(&access->writing);
	g_mutex_clear(&access->reading);
	g_free(access->folder);
	g_free(access->path);
	g_free(access->boot);
	g_free(access);
}

static struct access_moment read_clocks(const struct access *access)
{
	const struct access_options *options = &access->options;
	int64_t unix_s =
		options->unix_s ? options->unix_s(options->wall_clock) : clock_unix_s();
	struct access_moment now = {
		.wall_s = access_time_wall(unix_s),
		.up_ms = (int64_t)(clock_now_ns(options->clock) / 1000000),
	};

	g_strlcpy(now.boot, access->boot, sizeof(now.boot));
	return now;
}

struct access_moment access_now(struct access *access)
{
	struct access_moment now = read_clocks(access);
	int64_t passed_ms = access_time_since(&access->anchor, &now);

	now.station_ms = access->anchor.station_ms + passed_ms;
	if (passed_ms >= ANCHOR_MS)
		access->anchor = now;
	return now;
}

/* The moment from which time is counted; the wall's clock may be set later. */
static void settle(struct access *access)
{
	access->anchor = access_now(access);
	access->kept_ms = access->anchor.station_ms;
}

static gboolean open_now(struct access *access, GError **error)
{
	gboolean ok = TRUE;

	g_mutex_lock(&access->writing);
	g_mutex_lock(&access->reading);
	if (!access->is_open)
		ok = secret_init(error) && access_open_file(access, error);
	if (ok && !access->is_open) {
		settle(access);
		g_atomic_int_set(&access->is_open, true);
	}
	g_mutex_unlock(&access->reading);
	g_mutex_unlock(&access->writing);
	return ok;
}

gboolean access_ensure(struct access *access, GError **error)
{
	if (!g_atomic_int_get(&access->is_open))
		return open_now(access, error);
	if (!g_atomic_int_get(&access->write.damaged) &&
	    !g_atomic_int_get(&access->read.damaged))
		return TRUE;
	return db_fail_damaged(&access->read, "it is damaged", error);
}

gboolean access_check(struct access *access, GError **error)
{
	return access_ensure(access, error);
}

bool access_is_claimed(struct access *access)
{
	gint64 n_users = 1;
	gboolean ok;

	if (!access_ensure(access, NULL))
		return true;
	g_mutex_lock(&access->reading);
	ok = db_number(&access->read, &n_users, NULL, NULL, "SELECT count(*) FROM user",
		       "");
	g_mutex_unlock(&access->reading);
	return !ok || n_users > 0;
}

/* A copy: `reading` is not held while it is written. */
static GHashTable *copy_seen(struct access *access, struct access_moment *now)
{
	GHashTable *copy = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	GHashTableIter iter;
	gpointer id, seen;

	g_mutex_lock(&access->reading);
	*now = access_now(access);
	g_hash_table_iter_init(&iter, access->seen);
	while (g_hash_table_iter_next(&iter, &id, &seen))
		g_hash_table_insert(copy, g_strdup(id),
				    g_memdup2(seen, sizeof(struct access_seen)));
	g_mutex_unlock(&access->reading);
	return copy;
}

static gboolean write_seen(struct access *access, GHashTable *all, GError **error)
{
	GHashTableIter iter;
	gpointer id, data;

	g_hash_table_iter_init(&iter, all);
	while (g_hash_table_iter_next(&iter, &id, &data)) {
		const struct access_seen *seen = data;

		if (!db_run(&access->write, error,
			    "UPDATE session SET seen_ms = ?, seen_wall = ? WHERE id = ?",
			    "iis", seen->station_ms, seen->wall_s, (const char *)id))
			return FALSE;
	}
	return TRUE;
}

static gboolean remove_ended(struct access *access, const struct access_moment *now,
			     GError **error)
{
	const struct access_options *options = &access->options;

	if (!db_run(&access->write, error,
		    "DELETE FROM session WHERE seen_ms <= ? OR created_ms <= ?", "ii",
		    now->station_ms - (int64_t)options->session_idle_s * 1000,
		    now->station_ms - (int64_t)options->session_length_s * 1000))
		return FALSE;
	access->writing_ends |= sqlite3_changes(access->write.sql) > 0;
	return TRUE;
}

static gboolean write_time(struct access *access, const struct access_moment *now,
			   GError **error)
{
	return db_run(&access->write, error,
		      "UPDATE time SET station_ms = ?, wall_s = ?, up_ms = ?, boot = ?",
		      "iiis", now->station_ms, now->wall_s, now->up_ms, now->boot);
}

static void forget_seen(struct access *access, GHashTable *written,
			const struct access_moment *now)
{
	GHashTableIter iter;
	gpointer id, data;

	g_mutex_lock(&access->reading);
	access->kept_ms = now->station_ms;
	access->has_over = false;
	g_hash_table_iter_init(&iter, access->seen);
	while (g_hash_table_iter_next(&iter, &id, &data)) {
		const struct access_seen *known = g_hash_table_lookup(written, id);
		const struct access_seen *seen = data;

		if (known && known->station_ms == seen->station_ms)
			g_hash_table_iter_remove(&iter);
	}
	g_mutex_unlock(&access->reading);
}

/* First of all, so that what is decided then knows of it. */
static gboolean catch_up(struct access *access, GError **error)
{
	access->writing_ends = false;
	access->writing_seen = copy_seen(access, &access->began);
	return write_seen(access, access->writing_seen, error) &&
	       remove_ended(access, &access->began, error) &&
	       write_time(access, &access->began, error);
}

gboolean access_begin(struct access *access, enum db_sync sync, GError **error)
{
	if (!access_ensure(access, error))
		return FALSE;
	g_mutex_lock(&access->writing);
	if (!db_begin(&access->write, sync, error)) {
		g_mutex_unlock(&access->writing);
		return FALSE;
	}
	return catch_up(access, error) || access_end(access, FALSE, error);
}

gboolean access_end(struct access *access, gboolean ok, GError **error)
{
	ok = db_end(&access->write, ok, error);
	if (ok)
		forget_seen(access, access->writing_seen, &access->began);
	if (ok && access->writing_ends)
		g_atomic_int_inc(&access->changes);
	g_clear_pointer(&access->writing_seen, g_hash_table_unref);
	g_mutex_unlock(&access->writing);
	return ok;
}

/* Where somebody reads just now, it is done at the next time, or at the close. */
void access_forget(struct access *access)
{
	g_mutex_lock(&access->writing);
	sqlite3_wal_checkpoint_v2(access->write.sql, NULL, SQLITE_CHECKPOINT_TRUNCATE,
				  NULL, NULL);
	g_mutex_unlock(&access->writing);
}

bool access_is_due(struct access *access)
{
	bool due;

	if (!g_atomic_int_get(&access->is_open))
		return false;
	g_mutex_lock(&access->reading);
	due = access->has_over ||
	      (g_hash_table_size(access->seen) > 0 &&
	       access_now(access).station_ms >= access->kept_ms + KEEP_MS);
	g_mutex_unlock(&access->reading);
	return due;
}

unsigned access_changes(struct access *access)
{
	return (unsigned)g_atomic_int_get(&access->changes);
}

gboolean access_keep(struct access *access, GError **error)
{
	return access_begin(access, DB_NOT_SYNCED, error) &&
	       access_end(access, TRUE, error);
}
