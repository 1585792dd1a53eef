/* SPDX-License-Identifier: MIT */
/* A folder with a made-up catalogue and made-up files, for the tests of both. */
#pragma once

#include <glib/gstdio.h>
#include <string.h>

#include "appliance/base/error.h"
#include "images/catalogue.h"
#include "images/file.h"
#include "images/format.h"
#include "images/imports.h"

/* An entry's keys but for those that a test is about. */
#define ENTRY                                \
	"[loader]\n"                         \
	"title=A loader\n"                   \
	"kind=bootloader\n"                  \
	"part=ATmega32U4\n"                  \
	"fuses=low=5E,high=99,extended=F3\n" \
	"reset=HWBE\n"                       \
	"range=7000-7FFF\n"                  \
	"file=loader.hex\n"                  \
	"origin=here\n"
#define SHA256 "8bba6af6f482d40a4c538f656577d25f32a070a8abff874cc5ca217af6b322a7"

struct scene {
	char *folder;
	char *conf;
};

static void scene_set_up(struct scene *scene, gconstpointer unused)
{
	(void)unused;
	scene->folder = g_dir_make_tmp("sixpin-catalogue-XXXXXX", NULL);
	scene->conf = g_build_filename(scene->folder, "catalogue.conf", NULL);
	g_setenv("SIXPIN_STATE_DIR", scene->folder, TRUE);
}

static void remove_tree(const char *folder)
{
	g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
	const char *name;

	while (dir && (name = g_dir_read_name(dir))) {
		g_autofree char *path = g_build_filename(folder, name, NULL);

		if (g_file_test(path, G_FILE_TEST_IS_DIR))
			remove_tree(path);
		else
			g_assert_cmpint(g_remove(path), ==, 0);
	}
	g_assert_cmpint(g_rmdir(folder), ==, 0);
}

static void scene_tear_down(struct scene *scene, gconstpointer unused)
{
	(void)unused;
	remove_tree(scene->folder);
	g_free(scene->folder);
	g_free(scene->conf);
}

/* Path of a new file with this text; free with g_free. */
static inline char *scene_file(const struct scene *scene, const char *name,
			       const char *text)
{
	char *path = g_build_filename(scene->folder, name, NULL);

	g_assert_true(g_file_set_contents(path, text, -1, NULL));
	return path;
}

static inline struct catalogue *scene_load(const struct scene *scene, const char *text)
{
	g_autoptr(GError) error = NULL;
	struct catalogue *catalogue;

	g_assert_true(g_file_set_contents(scene->conf, text, -1, NULL));
	catalogue = catalogue_load(scene->conf, &error);
	g_assert_no_error(error);
	return catalogue;
}

/* `text` stands behind the path of the catalogue. */
static inline void scene_load_fails(const struct scene *scene, const char *conf,
				    const char *text)
{
	g_autofree char *message = g_strconcat(scene->conf, text, NULL);
	g_autoptr(GError) error = NULL;

	g_assert_true(g_file_set_contents(scene->conf, conf, -1, NULL));
	g_assert_null(catalogue_load(scene->conf, &error));
	g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE);
	g_assert_cmpstr(error->message, ==, message);
}
