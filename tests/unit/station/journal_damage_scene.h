/* SPDX-License-Identifier: MIT */
/* A journal in use, whose files a test then changes behind its back. */
#pragma once

#include <sqlite3.h>

#include "tests/unit/station/journal_scene.h"

static const char *const list[] = { "A", "B", "C", "D", "E", NULL };

static const struct run_claim of_counter = { .has_serial = true,
					     .serial_first = 100,
					     .serial_step = 1,
					     .serial_last = 100000,
					     .good_units = 100000 };
static const struct run_claim of_list = { .has_serial = true,
					  .serial_list = list,
					  .serial_reuse = true };
/* Runs 1 to 5: 100 passed, A given back, 101 burnt, A passed, 102 held. */
static inline void use(struct journal_scene *scene)
{
	journal_scene_finish(scene,
			     journal_scene_take(scene, "count", &of_counter, "100"),
			     RUN_PASSED);
	journal_scene_finish(scene, journal_scene_take(scene, "list", &of_list, "A"),
			     RUN_FAILED);
	journal_scene_finish(scene,
			     journal_scene_take(scene, "count", &of_counter, "101"),
			     RUN_FAILED);
	journal_scene_finish(scene, journal_scene_take(scene, "list", &of_list, "A"),
			     RUN_PASSED);
	journal_scene_take(scene, "count", &of_counter, "102");
	g_assert_true(journal_set_setting(scene->journal, "selected-job", "count", NULL));
}

static inline void overwrite(const struct journal_scene *scene, const char *name,
			     const void *content, gsize n_bytes)
{
	g_autofree char *path = journal_scene_path(scene, name);
	g_autoptr(GError) error = NULL;
	g_file_set_contents(path, content, (gssize)n_bytes, &error);
	g_assert_no_error(error);
}

static inline char *content_of(const struct journal_scene *scene, const char *name,
			       gsize *n_bytes)
{
	g_autofree char *path = journal_scene_path(scene, name);
	g_autoptr(GError) error = NULL;
	char *content = NULL;
	g_file_get_contents(path, &content, n_bytes, &error);
	g_assert_no_error(error);
	return content;
}

static inline void remove_file(const struct journal_scene *scene, const char *name)
{
	g_autofree char *path = journal_scene_path(scene, name);
	g_assert_cmpint(g_unlink(path), ==, 0);
}

static inline void assert_goes_on(struct journal_scene *scene, uint64_t run)
{
	g_assert_cmpuint(journal_scene_take(scene, "count", &of_counter, "103"), ==, run);
	g_assert_cmpuint(journal_scene_take(scene, "list", &of_list, "B"), ==, run + 1);
}

static inline void execute(const struct journal_scene *scene, const char *sql)
{
	g_autofree char *path = journal_scene_path(scene, "journal.db");
	sqlite3 *db = NULL;
	g_assert_cmpint(sqlite3_open(path, &db), ==, SQLITE_OK);
	g_assert_cmpint(sqlite3_exec(db, sql, NULL, NULL, NULL), ==, SQLITE_OK);
	sqlite3_close(db);
}
