/* SPDX-License-Identifier: MIT */
/* sixpin history --by-day. */
#include "tests/models/call_scene.h"

#include <string.h>

#define JOB "[job]\npart=ATmega328P\n[fuses]\nlow=62\n"

static char *today(void)
{
	g_autoptr(GDateTime) now = g_date_time_new_now_local();

	return g_date_time_format(now, "%Y-%m-%d");
}

/* Whatever the day is when midnight comes between. */
static void test_by_day(void)
{
	call_scene_auto struct call_scene scene;
	g_autofree char *before = today();
	g_autofree char *after = NULL;
	g_autofree char *expected = NULL;
	g_autofree char *or_else = NULL;
	JsonObject *day;

	call_scene_init(&scene, "ATmega328P");
	call_scene_job(&scene, "blink", JOB);
	call_scene_good(&scene, "run", "blink", NULL);
	call_scene_good(&scene, "history", "--by-day", NULL);
	after = today();
	expected = g_strdup_printf(
		"%s       1 passed       0 failed       0 interrupted\n", before);
	or_else = g_strdup_printf(
		"%s       1 passed       0 failed       0 interrupted\n", after);
	if (strcmp(scene.out->str, or_else) != 0)
		g_assert_cmpstr(scene.out->str, ==, expected);
	call_scene_good(&scene, "history", "--by-day", "--job=blink", "--days=2",
			"--json", NULL);
	day = json_array_get_object_element(
		json_object_get_array_member(call_scene_root(&scene), "days"), 0);
	g_assert_cmpint(json_object_get_int_member(day, "passed"), ==, 1);
	g_assert_cmpint(json_object_get_int_member(day, "failed"), ==, 0);
	g_assert_cmpint(json_object_get_int_member(day, "interrupted"), ==, 0);
}

static void test_by_day_without_runs(void)
{
	call_scene_auto struct call_scene scene;

	call_scene_init(&scene, "none");
	call_scene_good(&scene, "history", "--by-day", NULL);
	g_assert_cmpstr(scene.out->str, ==, "No runs of jobs.\n");
}

static void test_what_does_not_go_with_it(void)
{
	call_scene_auto struct call_scene scene;

	call_scene_init(&scene, "none");
	call_scene_bad(&scene, "history --by-day --state=failed", SIXPIN_ERROR_USAGE,
		       "--by-day goes with --days and --job alone");
	call_scene_bad(&scene, "history --by-day 12", SIXPIN_ERROR_USAGE,
		       "--by-day goes with --days and --job alone");
	call_scene_bad(&scene, "history --days=3", SIXPIN_ERROR_USAGE,
		       "--days goes with --by-day");
	call_scene_bad(&scene, "history --by-day --days=400", SIXPIN_ERROR_USAGE,
		       "400 days: expected 1 to 366");
	call_scene_bad(&scene, "history --by-day --days=-1", SIXPIN_ERROR_USAGE,
		       "0 days: expected 1 to 366");
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
#define ADD(path, function) g_test_add_func("/commands/history/" path, function)
	ADD("by-day", test_by_day);
	ADD("by-day-without-runs", test_by_day_without_runs);
	ADD("what-does-not-go-with-it", test_what_does_not_go_with_it);
	return g_test_run();
}
