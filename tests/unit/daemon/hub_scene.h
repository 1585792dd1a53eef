/* SPDX-License-Identifier: MIT */
/*
 * A hub on a virtual board, with a folder of its own and no bus. The test is its main
 * thread: news wait until it runs the main context.
 */
#pragma once

#include <glib/gstdio.h>
#include <string.h>

#include "appliance/base/error.h"
#include "appliance/daemon/hub.h"
#include "appliance/daemon/work.h"
#include "gpio/lines_backends.h"
#include "gpio/virtual/board.h"

#define HUB_HEX ":0400000001020304F2\n:00000001FF\n"
#define HUB_JOB "[job]\npart=ATmega328P\n[image app]\nfile=app.hex\n"

/* At which a work waits in its thread. */
struct gate {
	GMutex mutex;
	GCond cond;
	bool open;
};

struct hub_scene {
	char *folder;
	struct hub *hub;
	struct virtual_board *board;
	struct gate gate;
	unsigned n_done; /* works that are */
	bool left;
	GError *error; /* of the last one */
	JsonNode *root;
};

static inline struct hub *hub_scene_open(const struct hub_scene *scene)
{
	g_autofree char *text =
		g_strdup_printf("[station]\nname=test\nchip=virtual:ATmega328P\n"
				"[storage]\nfolder=%s\nmin-free=0\n",
				scene->folder);
	g_autoptr(GError) error = NULL;
	struct station_config *config =
		station_config_parse("x.conf", text, strlen(text), &error);
	struct hub *hub;

	g_assert_no_error(error);
	hub = hub_new(config, &error);
	g_assert_no_error(error);
	return hub;
}

static inline void hub_scene_wait(const bool *flag)
{
	while (!*flag)
		g_main_context_iteration(NULL, TRUE);
}

static inline void hub_scene_catch_up(void)
{
	while (g_main_context_iteration(NULL, FALSE))
		;
}

static inline void hub_scene_on_left(void *user)
{
	((struct hub_scene *)user)->left = true;
}

static inline void hub_scene_close(struct hub_scene *scene)
{
	hub_leave(scene->hub, hub_scene_on_left, scene);
	hub_scene_wait(&scene->left);
	g_assert_false(virtual_board_driven(scene->board) >> BOARD_RESET & 1);
	hub_free(scene->hub);
	scene->hub = NULL;
}

static inline void hub_scene_set_up(struct hub_scene *scene, gconstpointer unused)
{
	(void)unused;
	memset(scene, 0, sizeof(*scene));
	g_mutex_init(&scene->gate.mutex);
	g_cond_init(&scene->gate.cond);
	scene->folder = g_dir_make_tmp("sixpin-hub-XXXXXX", NULL);
	g_setenv("SIXPIN_STATE_DIR", scene->folder, TRUE);
	g_setenv("SIXPIN_CATALOGUE", "images/catalogue.conf", TRUE);
	scene->hub = hub_scene_open(scene);
	scene->board = gpiochip_virtual_board(scene->hub->chip);
}

static inline void hub_scene_remove(const char *path)
{
	GDir *folder = g_dir_open(path, 0, NULL);
	const char *name;

	while (folder && (name = g_dir_read_name(folder))) {
		g_autofree char *inside = g_build_filename(path, name, NULL);

		hub_scene_remove(inside);
	}
	if (folder)
		g_dir_close(folder);
	g_remove(path);
}

static inline void hub_scene_tear_down(struct hub_scene *scene, gconstpointer unused)
{
	(void)unused;
	if (scene->hub)
		hub_scene_close(scene);
	hub_scene_remove(scene->folder);
	g_free(scene->folder);
	g_clear_error(&scene->error);
	g_clear_pointer(&scene->root, json_node_unref);
	g_mutex_clear(&scene->gate.mutex);
	g_cond_clear(&scene->gate.cond);
}

static inline void hub_scene_on_done(struct work *work)
{
	struct hub_scene *scene = work->user;

	scene->n_done++;
	g_clear_error(&scene->error);
	g_clear_pointer(&scene->root, json_node_unref);
	scene->error = work->error ? g_error_copy(work->error) : NULL;
	scene->root = work->root ? json_node_ref(work->root) : NULL;
}

/* Words apart by blanks, as a client would call. */
static inline struct work *hub_scene_work(struct hub_scene *scene, const char *words)
{
	g_auto(GStrv) split = g_strsplit(words, " ", -1);
	struct work *work =
		work_new(scene->hub, "user 1 (tester)", (const char *const *)split);
	g_autoptr(GError) error = NULL;

	work_choose(work, &error);
	g_assert_no_error(error);
	work->done = hub_scene_on_done;
	work->user = scene;
	return work;
}

static inline void hub_scene_finish(struct hub_scene *scene, struct work *work)
{
	unsigned n_done = scene->n_done;
	g_autoptr(GError) error = NULL;

	hub_submit(scene->hub, work, &error);
	g_assert_no_error(error);
	while (scene->n_done == n_done)
		g_main_context_iteration(NULL, TRUE);
}

static inline void hub_scene_run(struct hub_scene *scene, const char *words)
{
	hub_scene_finish(scene, hub_scene_work(scene, words));
}

static inline gboolean hub_scene_wait_at_gate(struct work *work, struct call *call,
					      GError **error)
{
	struct gate *gate = &((struct hub_scene *)work->user)->gate;

	(void)call;
	(void)error;
	g_mutex_lock(&gate->mutex);
	while (!gate->open)
		g_cond_wait(&gate->cond, &gate->mutex);
	g_mutex_unlock(&gate->mutex);
	return TRUE;
}

static inline void hub_scene_open_gate(struct hub_scene *scene)
{
	g_mutex_lock(&scene->gate.mutex);
	scene->gate.open = true;
	g_cond_broadcast(&scene->gate.cond);
	g_mutex_unlock(&scene->gate.mutex);
}

/* Something that is done until hub_scene_open_gate. */
static inline struct work *hub_scene_occupy(struct hub_scene *scene,
					    enum command_place place)
{
	struct work *work =
		work_new_function(scene->hub, "user 1 (tester)", hub_scene_wait_at_gate);

	work->place = place;
	work->done = hub_scene_on_done;
	work->user = scene;
	g_assert_true(hub_submit(scene->hub, work, NULL));
	return work;
}

static inline void hub_scene_add_job(struct hub_scene *scene, const char *id)
{
	g_autoptr(GBytes) image = g_bytes_new_static(HUB_HEX, strlen(HUB_HEX));
	g_autoptr(GError) error = NULL;
	g_autofree char *digest = NULL;
	g_autofree char *text = NULL;

	store_add_image(scene->hub->store, "app.hex", image, true, &digest, &error);
	g_assert_no_error(error);
	text = g_strdup_printf(HUB_JOB "digest=%s\n", digest);
	store_put_job(scene->hub->store, id, text, true, &error);
	g_assert_no_error(error);
}
