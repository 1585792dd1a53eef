/* SPDX-License-Identifier: MIT */
/*
 * A journal in a folder of its own, whose clock the test sets. Calls that must work
 * assert that they do.
 */
#pragma once

#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>

#include "appliance/base/error.h"
#include "appliance/station/journal.h"

#define JOURNAL_NOON G_GINT64_CONSTANT(1767268800) /* 2026-01-01T12:00:00Z */

struct journal_scene {
	char *folder;
	gint64 now_s;
	struct journal_options options;
	struct journal *journal; /* NULL: closed */
	char *notice;		 /* of the last open */
};

static inline gint64 journal_scene_now(gpointer data)
{
	return ((struct journal_scene *)data)->now_s;
}

/* As of a process that ends without a word; every run that was begun stays so. */
static inline void journal_scene_close(struct journal_scene *scene)
{
	g_clear_pointer(&scene->journal, journal_close);
	g_clear_pointer(&scene->notice, g_free);
}

static inline struct journal *journal_scene_open(struct journal_scene *scene)
{
	g_autoptr(GError) error = NULL;

	journal_scene_close(scene);
	scene->journal =
		journal_open(scene->folder, &scene->options, &scene->notice, &error);
	g_assert_no_error(error);
	g_assert_nonnull(scene->journal);
	return scene->journal;
}

/* In memory where there is such a folder: thousands of runs sync thousands of times. */
static inline char *journal_scene_folder(void)
{
	const char *base = g_access("/dev/shm", W_OK) == 0 ? "/dev/shm" : g_get_tmp_dir();
	char *folder = g_build_filename(base, "sixpin-journal-XXXXXX", NULL);

	g_assert_nonnull(g_mkdtemp(folder));
	return folder;
}

static inline struct journal_scene *journal_scene_new(void)
{
	struct journal_scene *scene = g_new0(struct journal_scene, 1);

	scene->folder = journal_scene_folder();
	scene->now_s = JOURNAL_NOON;
	scene->options = (struct journal_options){ .unix_s = journal_scene_now,
						   .unix_s_data = scene };
	journal_scene_open(scene);
	return scene;
}

static inline void journal_scene_empty(const char *folder)
{
	g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
	const char *name;

	while (dir && (name = g_dir_read_name(dir))) {
		g_autofree char *path = g_build_filename(folder, name, NULL);

		g_unlink(path);
	}
}

static inline void journal_scene_free(struct journal_scene *scene)
{
	journal_scene_close(scene);
	journal_scene_empty(scene->folder);
	g_rmdir(scene->folder);
	g_free(scene->folder);
	g_free(scene);
}

static inline void journal_scene_cleanup(struct journal_scene **scene)
{
	g_clear_pointer(scene, journal_scene_free);
}

#define journal_scene_autofree __attribute__((cleanup(journal_scene_cleanup)))

static inline char *journal_scene_path(const struct journal_scene *scene,
				       const char *name)
{
	return g_build_filename(scene->folder, name, NULL);
}

static inline bool journal_scene_has(const struct journal_scene *scene, const char *name)
{
	g_autofree char *path = journal_scene_path(scene, name);

	return g_file_test(path, G_FILE_TEST_EXISTS);
}

/* Fails with its error where that is wanted: run 0. */
static inline uint64_t journal_scene_try(struct journal_scene *scene, const char *job,
					 const struct run_claim *claim, char **serial,
					 GError **error)
{
	const struct run_start start = {
		.kind = job ? "run" : "write",
		.job = job,
		.who = "button",
		.claim = claim,
	};
	uint64_t run = 0;

	return journal_begin(scene->journal, &start, &run, serial, error) ? run : 0;
}

static inline uint64_t journal_scene_begin(struct journal_scene *scene, const char *job,
					   const struct run_claim *claim, char **serial)
{
	g_autoptr(GError) error = NULL;
	uint64_t run = journal_scene_try(scene, job, claim, serial, &error);

	g_assert_no_error(error);
	g_assert_cmpuint(run, >, 0);
	return run;
}

/* Begins, and gives the number that it took, which must be this. */
static inline uint64_t journal_scene_take(struct journal_scene *scene, const char *job,
					  const struct run_claim *claim,
					  const char *expected)
{
	g_autofree char *serial = NULL;
	uint64_t run = journal_scene_begin(scene, job, claim, &serial);

	g_assert_cmpstr(serial, ==, expected);
	return run;
}

static inline void journal_scene_finish(struct journal_scene *scene, uint64_t run,
					enum run_state state)
{
	const struct run_end end = {
		.state = state,
		.code = state == RUN_FAILED ? "VERIFY" : NULL,
		.message = state == RUN_FAILED ? "0x0000: expected 00, found FF" : NULL,
		.seconds = 1.5,
	};
	g_autoptr(GError) error = NULL;

	journal_finish(scene->journal, run, &end, &error);
	g_assert_no_error(error);
}

/* No run starts, with this text behind "no run can start: ". */
static inline void journal_scene_refused(struct journal_scene *scene, const char *job,
					 const struct run_claim *claim,
					 enum sixpin_error code, const char *text)
{
	g_autofree char *message = g_strconcat("no run can start: ", text, NULL);
	g_autofree char *serial = NULL;
	g_autoptr(GError) error = NULL;

	g_assert_cmpuint(journal_scene_try(scene, job, claim, &serial, &error), ==, 0);
	g_assert_error(error, SIXPIN_ERROR, (int)code);
	g_assert_cmpstr(error->message, ==, message);
	g_assert_null(serial);
}

/* What is told of a run, as GVariant's text. */
static inline char *journal_scene_fact(struct journal_scene *scene, uint64_t run,
				       const char *name)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GVariant) told = journal_run(scene->journal, run, &error);
	g_autoptr(GVariant) value = NULL;

	g_assert_no_error(error);
	value = g_variant_lookup_value(told, name, NULL);
	return value ? g_variant_print(value, FALSE) : NULL;
}

static inline void journal_scene_tells(struct journal_scene *scene, uint64_t run,
				       const char *name, const char *expected)
{
	g_autofree char *found = journal_scene_fact(scene, run, name);

	g_assert_cmpstr(found, ==, expected);
}

/* All notices, a line each. */
static inline char *journal_scene_notices(struct journal_scene *scene)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GVariant) notices = journal_notices(scene->journal, &error);
	g_autofree const char **texts = NULL;

	g_assert_no_error(error);
	texts = g_variant_get_strv(notices, NULL);
	return g_strjoinv("\n", (char **)texts);
}

/* Numbers of runs, as "3 2 1". */
static inline char *journal_scene_runs(struct journal_scene *scene,
				       const struct journal_filter *filter)
{
	g_autoptr(GString) text = g_string_new(NULL);
	g_autoptr(GError) error = NULL;
	g_autoptr(GVariant) runs = journal_runs(scene->journal, filter, &error);

	g_assert_no_error(error);
	for (gsize i = 0; i < g_variant_n_children(runs); i++) {
		g_autoptr(GVariant) row = g_variant_get_child_value(runs, i);
		guint64 run = 0;

		g_variant_lookup(row, "run", "t", &run);
		g_string_append_printf(text, "%s%" G_GUINT64_FORMAT, i ? " " : "", run);
	}
	return g_string_free(g_steal_pointer(&text), FALSE);
}
