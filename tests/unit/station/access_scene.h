/* SPDX-License-Identifier: MIT */
/* A station's users in a folder of their own, and clocks that a test sets. */
#pragma once

#include "appliance/station/access.h"

#include <glib/gstdio.h>
#include <string.h>

#include "appliance/base/error.h"
#include "appliance/station/access_secret.h"

#define ENGINEER "chief"
#define PASSWORD "korrekt pferd batterie"
#define OTHER	 "noch ein langes wort"
#define IDLE_S	 3600
#define LENGTH_S 86400
#define NOW_S	 1800000000 /* 2027 */

#define DB_DAMAGED_REMEDY                                                                \
	"nobody logs in until it is mended: stop sixpind, move the file and those with " \
	"-wal and -shm behind its name away, start sixpind, and claim the station anew " \
	"or add users with \"sixpin user add\""

struct scene {
	char *folder;
	char *path;
	struct virtual_clock clock;
	int64_t wall_s;
	const char *boot;
	struct access *access;
};

static inline int64_t scene_unix_s(void *wall_clock)
{
	return *(int64_t *)wall_clock;
}

static inline struct access *scene_open_another(struct scene *scene)
{
	const struct access_options options = {
		.session_idle_s = IDLE_S,
		.session_length_s = LENGTH_S,
		.clock = &scene->clock.clock,
		.unix_s = scene_unix_s,
		.wall_clock = &scene->wall_s,
		.boot = scene->boot,
	};

	return access_open(scene->folder, &options);
}

/* As the daemon does it: time counts from here. */
static inline void scene_open(struct scene *scene)
{
	scene->access = scene_open_another(scene);
	access_check(scene->access, NULL);
}

static inline void scene_close(struct scene *scene)
{
	g_clear_pointer(&scene->access, access_close);
}

static inline void scene_set_up(struct scene *scene, gconstpointer data)
{
	(void)data;
	scene->folder = g_dir_make_tmp("sixpin-access-XXXXXX", NULL);
	scene->path = g_build_filename(scene->folder, ACCESS_DB, NULL);
	virtual_clock_init(&scene->clock);
	scene->clock.now_ns = 60 * 1000000000ull;
	scene->wall_s = NOW_S;
	scene->boot = "first";
	scene_open(scene);
}

static inline void scene_tear_down(struct scene *scene, gconstpointer data)
{
	g_autoptr(GDir) folder = g_dir_open(scene->folder, 0, NULL);
	const char *name;

	(void)data;
	scene_close(scene);
	while ((name = g_dir_read_name(folder))) {
		g_autofree char *path = g_build_filename(scene->folder, name, NULL);

		g_unlink(path);
	}
	g_rmdir(scene->folder);
	g_free(scene->folder);
	g_free(scene->path);
}

/* Both clocks go on. */
static inline void scene_pass_s(struct scene *scene, int64_t s)
{
	scene->clock.now_ns += (uint64_t)s * 1000000000u;
	scene->wall_s += s;
}

/* Off for so long, by the clock on the wall; then up for a minute. */
static inline void scene_reboot(struct scene *scene, int64_t off_s, const char *boot)
{
	scene_close(scene);
	scene->clock.now_ns = 60 * 1000000000ull;
	scene->wall_s += off_s + 60;
	scene->boot = boot;
	scene_open(scene);
}

/* The token, or NULL. Free with secret_free. */
static inline char *scene_try_login(struct scene *scene, const char *name,
				    const char *password, GError **error)
{
	struct access_session session;
	char *token;

	if (!access_login(scene->access, name, password, "192.0.2.7", &session, &token,
			  error))
		return NULL;
	access_session_clear(&session);
	return token;
}

static inline char *scene_login(struct scene *scene, const char *name,
				const char *password)
{
	g_autoptr(GError) error = NULL;
	char *token = scene_try_login(scene, name, password, &error);

	g_assert_no_error(error);
	return token;
}

static inline char *scene_claim(struct scene *scene)
{
	g_autoptr(GError) error = NULL;
	struct access_session session;
	char *token;

	g_assert_true(access_claim(scene->access, ENGINEER, PASSWORD, "192.0.2.1",
				   &session, &token, &error));
	g_assert_no_error(error);
	access_session_clear(&session);
	return token;
}

static inline void scene_put(struct scene *scene, const char *name, const char *password,
			     enum access_role role, bool replace)
{
	g_autoptr(GError) error = NULL;

	g_assert_true(
		access_put_user(scene->access, name, password, role, replace, &error));
	g_assert_no_error(error);
}

/* Whose it is; NULL: over. Free with g_free. */
static inline char *scene_user_of(struct scene *scene, const char *token)
{
	g_autoptr(GError) error = NULL;
	struct access_session session;
	char *user;

	if (!access_find_session(scene->access, token, &session, &error)) {
		g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_DENIED);
		g_assert_cmpstr(error->message, ==, "the session is over: log in again");
		return NULL;
	}
	user = g_steal_pointer(&session.user);
	access_session_clear(&session);
	return user;
}

static inline void assert_is_on(struct scene *scene, const char *token)
{
	g_autofree char *user = scene_user_of(scene, token);

	g_assert_nonnull(user);
}

static inline void assert_is_over(struct scene *scene, const char *token)
{
	g_assert_null(scene_user_of(scene, token));
}

/* `call` sets `error`, which is freed. */
#define assert_fails(call, error, error_code, text)                  \
	do {                                                         \
		g_assert_false(call);                                \
		g_assert_error((error), SIXPIN_ERROR, (error_code)); \
		g_assert_cmpstr((error)->message, ==, (text));       \
		g_clear_error(&(error));                             \
	} while (0)
