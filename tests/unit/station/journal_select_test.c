/* SPDX-License-Identifier: MIT */
/* Pages of history: what filters select, and that none of them reads all rows. */
#include "appliance/station/journal.h"
#include "appliance/station/journal_select.h"

#include "tests/unit/station/journal_scene.h"

static void make(struct journal_scene *scene, const char *job, const char *serial,
		 enum run_state state)
{
	const char *list[] = { serial, NULL };
	const struct run_claim claim = { .has_serial = serial != NULL,
					 .serial_list = list,
					 .serial_reuse = true };
	uint64_t run = journal_scene_begin(scene, job, &claim, NULL);

	if (state != RUN_STARTED)
		journal_scene_finish(scene, run, state);
}

/* 1 a passed S1, 2 b failed S2, 3 b passed S2, 4 write done, 5 a failed, 6 a passed S2,
 * 7 a started */
static struct journal_scene *new_history(void)
{
	struct journal_scene *scene = journal_scene_new();

	make(scene, "a", "S1", RUN_PASSED);
	make(scene, "b", "S2", RUN_FAILED);
	make(scene, "b", "S2", RUN_PASSED);
	journal_scene_finish(scene, journal_scene_begin(scene, NULL, NULL, NULL),
			     RUN_DONE);
	make(scene, "a", NULL, RUN_FAILED);
	make(scene, "a", "S2", RUN_PASSED);
	make(scene, "a", NULL, RUN_STARTED);
	return scene;
}

static const struct {
	struct journal_filter filter;
	const char *runs;
} selections[] = {
	{ { 0 }, "7 6 5 4 3 2 1" },
	{ { .limit = 3 }, "7 6 5" },
	{ { .before = 4 }, "3 2 1" },
	{ { .before = 4, .limit = 1 }, "3" },
	{ { .before = 1 }, "" },
	{ { .before = G_MAXUINT64 }, "7 6 5 4 3 2 1" },
	{ { .job = "a" }, "7 6 5 1" },
	{ { .job = "a", .before = 6, .limit = 1 }, "5" },
	{ { .job = "nobody" }, "" },
	{ { .state = "passed" }, "6 3 1" },
	{ { .state = "started" }, "7" },
	{ { .state = "no state" }, "" },
	{ { .kind = "write" }, "4" },
	{ { .kind = "run", .limit = 2 }, "7 6" },
	{ { .serial = "S2" }, "6 3 2" },
	{ { .serial = "S2", .job = "b" }, "3 2" },
	{ { .serial = "S2", .state = "passed" }, "6 3" },
	{ { .serial = "S2", .state = "passed", .job = "b", .kind = "run" }, "3" },
	{ { .job = "a", .state = "failed" }, "5" },
	{ { .job = "a", .state = "passed" }, "6 1" },
	{ { .job = "a", .kind = "write" }, "" },
	{ { .kind = "write", .state = "done" }, "4" },
	{ { .kind = "run", .state = "failed", .before = 5 }, "2" },
};

static void test_what_filters_select(void)
{
	journal_scene_autofree struct journal_scene *scene = new_history();

	for (unsigned i = 0; i < G_N_ELEMENTS(selections); i++) {
		g_autofree char *runs = journal_scene_runs(scene, &selections[i].filter);

		g_assert_cmpstr(runs, ==, selections[i].runs);
	}
}

static void test_a_page_has_50(void)
{
	journal_scene_autofree struct journal_scene *scene = journal_scene_new();
	g_autoptr(GVariant) page = NULL;

	for (unsigned i = 0; i < 60; i++)
		journal_scene_begin(scene, NULL, NULL, NULL);
	page = journal_runs(scene->journal, &(struct journal_filter){ 0 }, NULL);

	g_assert_cmpuint(g_variant_n_children(page), ==, 50);
}

/* SQLite's own words on how it would do it. */
static char *plan_of(struct journal_db *db, const char *sql)
{
	g_autofree char *explain = g_strconcat("EXPLAIN QUERY PLAN ", sql, NULL);
	g_autoptr(GString) plan = g_string_new(NULL);
	g_autoptr(GError) error = NULL;
	sqlite3_stmt *rows = db_query(db, &error, explain, "");

	g_assert_no_error(error);
	while (db_step(db, rows, &error) == DB_ROW)
		g_string_append_printf(plan, "%s\n", sqlite3_column_text(rows, 3));
	g_assert_no_error(error);
	return g_string_free(g_steal_pointer(&plan), FALSE);
}

static void assert_no_scan(struct journal_db *db, const char *sql)
{
	g_autofree char *plan = plan_of(db, sql);

	if (!g_str_has_prefix(plan, "SEARCH run USING ") || strstr(plan, "SCAN") ||
	    strstr(plan, "TEMP B-TREE") || !strstr(plan, "<"))
		g_error("%s\n%s", sql, plan);
}

static void test_no_page_reads_all_rows(void)
{
	static const char *const states[] = { NULL, "passed", "failed" };
	journal_scene_autofree struct journal_scene *scene = new_history();
	g_autofree char *path = journal_scene_path(scene, "journal.db");
	struct journal_db db;

	g_assert_true(db_open(&db, path, NULL, DB_READ, NULL));
	for (unsigned bits = 0; bits < 24; bits++) {
		const struct journal_filter filter = {
			.job = bits & 1 ? "a" : NULL,
			.kind = bits & 2 ? "run" : NULL,
			.serial = bits & 4 ? "S1" : NULL,
			.state = states[bits / 8],
		};
		g_autofree char *newest = journal_select_sql(&filter);
		g_autofree char *oldest = journal_select_upwards_sql(&filter);

		assert_no_scan(&db, newest);
		assert_no_scan(&db, oldest);
	}
	db_close(&db);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/query/filters", test_what_filters_select);
	g_test_add_func("/query/page", test_a_page_has_50);
	g_test_add_func("/query/plans", test_no_page_reads_all_rows);
	return g_test_run();
}
