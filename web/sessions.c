/* SPDX-License-Identifier: MIT */
#include "web/sessions.h"

#define MAX_KNOWN 256

struct sessions {
	struct bus *bus;
	gint64 (*now_us)(void);
	GMutex mutex;
	GHashTable *known; /* token -> until when, in us */
	guint generation;  /* how often all was forgotten */
};

struct sessions *sessions_new(struct bus *bus, gint64 (*now_us)(void))
{
	struct sessions *sessions = g_new0(struct sessions, 1);

	sessions->bus = bus;
	sessions->now_us = now_us;
	g_mutex_init(&sessions->mutex);
	sessions->known = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	return sessions;
}

void sessions_free(struct sessions *sessions)
{
	g_hash_table_unref(sessions->known);
	g_mutex_clear(&sessions->mutex);
	g_free(sessions);
}

void sessions_forget(struct sessions *sessions)
{
	g_mutex_lock(&sessions->mutex);
	g_hash_table_remove_all(sessions->known);
	sessions->generation++;
	g_mutex_unlock(&sessions->mutex);
}

static bool is_known(struct sessions *sessions, const char *token, guint *generation)
{
	const gint64 *until_us;
	bool is;

	g_mutex_lock(&sessions->mutex);
	until_us = g_hash_table_lookup(sessions->known, token);
	is = until_us && *until_us > sessions->now_us();
	*generation = sessions->generation;
	g_mutex_unlock(&sessions->mutex);
	return is;
}

/* An answer that was on its way while all was forgotten is not news. */
static void remember(struct sessions *sessions, const char *token, guint generation,
		     gint64 asked_us)
{
	gint64 *until_us = g_new(gint64, 1);

	*until_us = asked_us + SESSIONS_KNOWN_S * G_USEC_PER_SEC;
	g_mutex_lock(&sessions->mutex);
	if (g_hash_table_size(sessions->known) >= MAX_KNOWN)
		g_hash_table_remove_all(sessions->known);
	if (generation == sessions->generation)
		g_hash_table_insert(sessions->known, g_strdup(token), until_us);
	else
		g_free(until_us);
	g_mutex_unlock(&sessions->mutex);
}

gboolean sessions_check(struct sessions *sessions, const char *token, GError **error)
{
	gint64 asked_us = sessions->now_us();
	GVariant *reply;
	guint generation;

	if (is_known(sessions, token, &generation))
		return TRUE;
	reply = bus_call(sessions->bus, "GetSession", NULL, NULL, token, NULL, NULL,
			 error);
	if (!reply)
		return FALSE;
	g_variant_unref(reply);
	remember(sessions, token, generation, asked_us);
	return TRUE;
}
