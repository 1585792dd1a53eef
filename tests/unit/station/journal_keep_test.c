/* SPDX-License-Identifier: MIT */
/* How long rows are kept, and what is counted since ever. */
#include "appliance/station/journal.h"

#include "tests/unit/station/journal_scene.h"

static void make_runs(struct journal_scene *scene, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		journal_scene_finish(scene, journal_scene_begin(scene, NULL, NULL, NULL),
				     RUN_DONE);
}

static void assert_runs(struct journal_scene *scene, const char *expected)
{
	g_autofree char *runs = journal_scene_runs(scene, &(struct journal_filter){ 0 });
	g_assert_cmpstr(runs, ==, expected);
}

static void test_old_rows_go_and_numbers_go_on(void)
{
	journal_scene_autofree struct journal_scene *scene = journal_scene_new();
	uint64_t open;
	scene->options.keep_runs = 3;
	journal_scene_open(scene);
	open = journal_scene_begin(scene, NULL, NULL, NULL);
	make_runs(scene, 5);
	assert_runs(scene, "6 5 1");
	journal_scene_finish(scene, open, RUN_DONE);
	assert_runs(scene, "6 5 1");
	make_runs(scene, 1);
	assert_runs(scene, "7 6 5");
	scene->options.keep_runs = 1;
	journal_scene_open(scene);
	make_runs(scene, 1);
	assert_runs(scene, "8");
	journal_scene_open(scene);
	make_runs(scene, 1);
	assert_runs(scene, "9");
}

static void test_rows_go_by_age(void)
{
	journal_scene_autofree struct journal_scene *scene = journal_scene_new();
	scene->options.keep_days = 2;
	journal_scene_open(scene);
	make_runs(scene, 1);
	scene->now_s = 1000; /* a clock that was not set has no age */
	make_runs(scene, 1);
	scene->now_s = JOURNAL_NOON + 900 * 86400; /* of the future */
	journal_scene_begin(scene, NULL, NULL, NULL);
	scene->now_s = JOURNAL_NOON + 2 * 86400;
	make_runs(scene, 1);
	assert_runs(scene, "4 3 2 1");
	scene->now_s++;
	make_runs(scene, 1);
	assert_runs(scene, "5 4 3 2");
	scene->now_s = 1000; /* without a clock nothing gets old */
	make_runs(scene, 1);
	assert_runs(scene, "6 5 4 3 2");
}

static void assert_counts(struct journal_scene *scene, const char *kind,
			  const char *expected)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GVariant) counts = journal_counts(scene->journal, kind, &error);
	g_autofree char *text = NULL;
	g_assert_no_error(error);
	text = g_variant_print(counts, FALSE);
	g_assert_cmpstr(text, ==, expected);
}

static void test_counts_are_since_ever(void)
{
	journal_scene_autofree struct journal_scene *scene = journal_scene_new();
	scene->options.keep_runs = 1;
	journal_scene_open(scene);
	make_runs(scene, 3);
	journal_scene_finish(scene, journal_scene_begin(scene, "a", NULL, NULL),
			     RUN_PASSED);
	journal_scene_finish(scene, journal_scene_begin(scene, "b", NULL, NULL),
			     RUN_FAILED);
	journal_scene_begin(scene, "a", NULL, NULL);
	journal_scene_open(scene);
	journal_scene_begin(scene, "a", NULL, NULL);
	assert_counts(scene, "write",
		      "{'started': 0, 'passed': 0, 'failed': 0, 'interrupted': 0,"
		      " 'done': 3}");
	assert_counts(scene, "run",
		      "{'started': 1, 'passed': 1, 'failed': 1, 'interrupted': 1,"
		      " 'done': 0}");
	assert_counts(scene, NULL,
		      "{'started': 1, 'passed': 1, 'failed': 1, 'interrupted': 1,"
		      " 'done': 3}");
	assert_counts(scene, "erase",
		      "{'started': 0, 'passed': 0, 'failed': 0, 'interrupted': 0,"
		      " 'done': 0}");
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/keep/keep/runs", test_old_rows_go_and_numbers_go_on);
	g_test_add_func("/keep/keep/days", test_rows_go_by_age);
	g_test_add_func("/keep/counts", test_counts_are_since_ever);
	return g_test_run();
}
