/* SPDX-License-Identifier: MIT */
/* Runs by local day, and what they come to since ever. */
#include "appliance/station/journal.h"

#include "tests/unit/station/journal_damage_scene.h"

/* Europe's rule in words of its own: no file of zones is needed. */
#define ZONE "CET-1CEST,M3.5.0,M10.5.0/3"

#define HOUR_S 3600
#define DAY_S  (24 * HOUR_S)

static void make_run(struct journal_scene *scene, const char *job, enum run_state state)
{
	journal_scene_finish(scene, journal_scene_begin(scene, job, NULL, NULL), state);
}

static void assert_days(struct journal_scene *scene, unsigned n_days, const char *job,
			const char *expected)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GVariant) days = journal_days(scene->journal, n_days, job, &error);
	g_autofree char *text = NULL;

	g_assert_no_error(error);
	text = g_variant_print(days, FALSE);
	g_assert_cmpstr(text, ==, expected);
}

#define DAY(day, passed, failed, interrupted)                              \
	"{'day': <'" day "'>, 'passed': <uint32 " #passed ">, 'failed': <" \
	"uint32 " #failed ">, 'interrupted': <uint32 " #interrupted ">}"

static void test_days_are_the_stations_own(void)
{
	journal_scene_autofree struct journal_scene *scene = journal_scene_new();

	/* 2026-01-01T22:59:59Z is a second before midnight. */
	scene->now_s = JOURNAL_NOON + 11 * HOUR_S - 1;
	make_run(scene, "a", RUN_PASSED);
	make_run(scene, "b", RUN_PASSED);
	make_run(scene, "a", RUN_FAILED);
	scene->now_s++;
	make_run(scene, "a", RUN_PASSED);
	assert_days(scene, 30, NULL,
		    "[" DAY("2026-01-02", 1, 0, 0) ", " DAY("2026-01-01", 2, 1, 0) "]");
	assert_days(scene, 1, NULL, "[" DAY("2026-01-02", 1, 0, 0) "]");
	assert_days(scene, 30, "b", "[" DAY("2026-01-01", 1, 0, 0) "]");
	assert_days(scene, 30, "none", "[]");
}

static void test_what_is_no_ended_run_of_a_job(void)
{
	journal_scene_autofree struct journal_scene *scene = journal_scene_new();

	journal_scene_begin(scene, "a", NULL, NULL);
	journal_scene_open(scene); /* interrupted */
	make_run(scene, NULL, RUN_PASSED);
	journal_scene_begin(scene, "a", NULL, NULL);
	assert_days(scene, 30, NULL, "[" DAY("2026-01-01", 0, 0, 1) "]");
}

/* Of those nobody knows the day; that the clock is not set now hides no other. */
static void test_a_clock_that_was_not_set(void)
{
	journal_scene_autofree struct journal_scene *scene = journal_scene_new();

	make_run(scene, "a", RUN_PASSED);
	scene->now_s = 1000;
	make_run(scene, "a", RUN_FAILED);
	assert_days(scene, 30, NULL, "[" DAY("2026-01-01", 1, 0, 0) "]");
	assert_days(scene, 366, NULL, "[" DAY("2026-01-01", 1, 0, 0) "]");
}

static void test_no_clock_was_ever_set(void)
{
	journal_scene_autofree struct journal_scene *scene = journal_scene_new();

	scene->now_s = 1000;
	assert_days(scene, 30, NULL, "[]");
	make_run(scene, "a", RUN_PASSED);
	assert_days(scene, 30, NULL, "[]");
}

/* 2026-03-29 has 23 hours, 2026-10-25 has 25. */
static void test_days_of_other_lengths(void)
{
	journal_scene_autofree struct journal_scene *scene = journal_scene_new();
	const gint64 march = G_GINT64_CONSTANT(1774738800);   /* 2026-03-29T00:00+01:00 */
	const gint64 october = G_GINT64_CONSTANT(1792879200); /* 2026-10-25T00:00+02:00 */

	scene->now_s = march;
	make_run(scene, "a", RUN_PASSED);
	scene->now_s = march + 23 * HOUR_S - 1;
	make_run(scene, "a", RUN_PASSED);
	scene->now_s = march + 23 * HOUR_S;
	make_run(scene, "a", RUN_FAILED);
	assert_days(scene, 2, NULL,
		    "[" DAY("2026-03-30", 0, 1, 0) ", " DAY("2026-03-29", 2, 0, 0) "]");
	scene->now_s = october + 25 * HOUR_S - 1;
	make_run(scene, "a", RUN_PASSED);
	scene->now_s = october + 25 * HOUR_S;
	make_run(scene, "a", RUN_FAILED);
	assert_days(scene, 2, NULL,
		    "[" DAY("2026-10-26", 0, 1, 0) ", " DAY("2026-10-25", 1, 0, 0) "]");
}

static void test_how_many_days(void)
{
	journal_scene_autofree struct journal_scene *scene = journal_scene_new();
	g_autoptr(GError) error = NULL;

	make_run(scene, "a", RUN_PASSED);
	scene->now_s += 365 * DAY_S;
	assert_days(scene, 365, NULL, "[]");
	assert_days(scene, 366, NULL, "[" DAY("2026-01-01", 1, 0, 0) "]");
	g_assert_null(journal_days(scene->journal, 367, NULL, &error));
	g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE);
	g_assert_cmpstr(error->message, ==, "367 days: expected 1 to 366");
	g_assert_null(journal_days(scene->journal, 0, NULL, NULL));
}

static void assert_totals(struct journal_scene *scene, const char *expected)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GVariant) totals = journal_totals(scene->journal, &error);
	g_autofree char *text = NULL;

	g_assert_no_error(error);
	text = g_variant_print(totals, FALSE);
	g_assert_cmpstr(text, ==, expected);
}

#define TOTAL(kind, job, state, runs, seconds)                                         \
	"{'kind': <'" kind "'>, 'job': <'" job "'>, 'state': <'" state "'>, 'runs': <" \
	"uint64 " #runs ">, 'seconds': <" #seconds ">}"

static void make_totals(struct journal_scene *scene)
{
	make_run(scene, "a", RUN_PASSED);
	make_run(scene, "a", RUN_PASSED);
	make_run(scene, "b", RUN_FAILED);
	make_run(scene, NULL, RUN_DONE);
	journal_scene_begin(scene, "a", NULL, NULL);
}

/* A run that is on is in none, for that number would get smaller. */
static void test_totals_outlive_rows(void)
{
	journal_scene_autofree struct journal_scene *scene = journal_scene_new();

	scene->options.keep_runs = 1;
	journal_scene_open(scene);
	make_totals(scene);
	assert_totals(scene, "[" TOTAL("run", "a", "passed", 2, 3.0) ", " TOTAL(
				     "run", "b", "failed", 1,
				     1.5) ", " TOTAL("write", "", "done", 1, 1.5) "]");
	journal_scene_open(scene);
	assert_totals(scene, "[" TOTAL("run", "a", "interrupted", 1, 0.0) ", " TOTAL(
				     "run", "a", "passed", 2,
				     3.0) ", " TOTAL("run", "b", "failed", 1,
						     1.5) ", " TOTAL("write", "", "done",
								     1, 1.5) "]");
}

/* What was on when it happened counts as interrupted: its row is not carried. */
static void test_totals_outlive_damage(void)
{
	journal_scene_autofree struct journal_scene *scene = journal_scene_new();

	make_totals(scene);
	journal_scene_close(scene);
	execute(scene, "DROP TABLE notice");
	journal_scene_open(scene);
	g_assert_nonnull(strstr(scene->notice, "its tables are not those of a journal"));
	g_assert_null(strstr(scene->notice, "anew"));
	assert_totals(scene, "[" TOTAL("run", "a", "interrupted", 1, 0.0) ", " TOTAL(
				     "run", "a", "passed", 2,
				     3.0) ", " TOTAL("run", "b", "failed", 1,
						     1.5) ", " TOTAL("write", "", "done",
								     1, 1.5) "]");
	make_run(scene, "a", RUN_PASSED);
	assert_totals(scene, "[" TOTAL("run", "a", "interrupted", 1, 0.0) ", " TOTAL(
				     "run", "a", "passed", 3,
				     4.5) ", " TOTAL("run", "b", "failed", 1,
						     1.5) ", " TOTAL("write", "", "done",
								     1, 1.5) "]");
}

/* Numbers that cannot be are not carried into what others add up. */
static void test_totals_that_cannot_be(void)
{
	journal_scene_autofree struct journal_scene *scene = journal_scene_new();

	make_totals(scene);
	journal_scene_close(scene);
	execute(scene, "DROP TABLE notice;"
		       "UPDATE counted SET runs = -5 WHERE job = 'b';"
		       "UPDATE counted SET state = 'frob' WHERE state = 'done';"
		       "UPDATE counted SET seconds = 9e999 WHERE state = 'passed'");
	journal_scene_open(scene);
	assert_totals(scene, "[" TOTAL("run", "a", "interrupted", 1, 0.0) "]");
}

int main(int argc, char **argv)
{
	g_setenv("TZ", ZONE, TRUE);
	g_test_init(&argc, &argv, NULL);
#define ADD(path, function) g_test_add_func("/journal/count/" path, function)
	ADD("days-are-the-stations-own", test_days_are_the_stations_own);
	ADD("what-is-no-ended-run-of-a-job", test_what_is_no_ended_run_of_a_job);
	ADD("a-clock-that-was-not-set", test_a_clock_that_was_not_set);
	ADD("no-clock-was-ever-set", test_no_clock_was_ever_set);
	ADD("days-of-other-lengths", test_days_of_other_lengths);
	ADD("how-many-days", test_how_many_days);
	ADD("totals-outlive-rows", test_totals_outlive_rows);
	ADD("totals-outlive-damage", test_totals_outlive_damage);
	ADD("totals-that-cannot-be", test_totals_that_cannot_be);
	return g_test_run();
}
