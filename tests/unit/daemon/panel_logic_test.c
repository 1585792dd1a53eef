/* SPDX-License-Identifier: MIT */
/* What the panel shows, to the millisecond, and what presses ask for. */
#include "appliance/daemon/panel_logic.h"

#include "appliance/base/error.h"
#include "tests/models/panel_scene.h"

#define SECOND 1000u /* in ms */

static enum panel_request press(struct panel_scene *scene, enum button_event event)
{
	return panel_scene_press(scene, PANEL_FIRST, event);
}

static void test_at_rest_nothing_wakes_up(struct panel_scene *scene, gconstpointer data)
{
	panel_scene_assert(scene, PANEL_IDLE, "B---");
	g_assert_true(panel_scene_sleeps(scene));

	panel_logic_set_job(&scene->logic, false, scene->now_us);
	panel_scene_look(scene);
	panel_scene_assert(scene, PANEL_NO_JOB, "B-F-");
	g_assert_true(panel_scene_sleeps(scene));
}

static void test_busy_blinks_faster_with_progress(struct panel_scene *scene,
						  gconstpointer data)
{
	panel_scene_start(scene);
	panel_scene_mark(scene);
	panel_scene_pass_ms(scene, 2200);
	panel_scene_assert_trace(scene, "0:B--- 500:---- 1000:B--- 1500:---- 2000:B---");

	/* 8 Hz from the next blink on: this one ends as it began. */
	panel_scene_progress(scene, 100);
	panel_scene_mark(scene);
	panel_scene_pass_ms(scene, 1100);
	panel_scene_assert_trace(scene,
				 "0:B--- 300:---- 800:B--- 862:---- 925:B--- 987:---- "
				 "1050:B---");
	panel_scene_pass_ms(scene, 1000);
	panel_scene_mark(scene);
	g_assert_cmpuint(scene->now_us, ==, PANEL_SCENE_START_US + 4300000);
	panel_scene_pass_ms(scene, 1000 - 1);
	g_assert_cmpuint(scene->n_wake_ups, ==, 4 + 6 + 16 + 16);
}

static void test_progress_never_flickers(struct panel_scene *scene, gconstpointer data)
{
	g_autoptr(GRand) rand = g_rand_new_with_seed(7);
	uint64_t changed_us = scene->now_us;
	bool lit = true;

	panel_scene_start(scene);
	while (scene->logic.percent < 100) {
		panel_scene_pass_us(scene, (uint64_t)g_rand_int_range(rand, 1, 40000));
		if ((scene->lights[0] == 'B') != lit) {
			/* Within the 40 ms above. */
			g_assert_cmpuint(scene->now_us - changed_us, >, 62000 - 40000);
			g_assert_cmpuint(scene->now_us - changed_us, <, 500000 + 40000);
			changed_us = scene->now_us;
			lit = !lit;
		}
		if (g_rand_int_range(rand, 0, 4) == 0)
			panel_scene_progress(
				scene, scene->logic.percent +
					       (unsigned)g_rand_int_range(rand, 0, 2));
	}
	g_assert_cmpuint(scene->n_wake_ups, >, 100);
}

static void test_progress_that_is_too_much(struct panel_scene *scene, gconstpointer data)
{
	panel_scene_start(scene);

	panel_scene_progress(scene, 4000000000u);

	panel_scene_pass_ms(scene, 1000);
	panel_scene_mark(scene);
	panel_scene_pass_ms(scene, 130);
	panel_scene_assert_trace(scene, "0:B--- 62:---- 125:B---");
}

static void test_a_main_loop_that_is_late_begins_a_blink(struct panel_scene *scene,
							 gconstpointer data)
{
	panel_scene_start(scene);
	scene->now_us += 3300000;
	panel_scene_mark(scene);

	panel_scene_pass_ms(scene, 1000);

	panel_scene_assert_trace(scene, "0:B--- 500:---- 1000:B---");
}

static void test_pass_is_out_after_60_s(struct panel_scene *scene, gconstpointer data)
{
	panel_scene_start(scene);
	panel_scene_passes(scene);
	panel_scene_mark(scene);

	panel_scene_pass_us(scene, 59999999);
	panel_scene_assert(scene, PANEL_PASS, "-P--");
	panel_scene_pass_ms(scene, 60 * SECOND);

	panel_scene_assert_trace(scene, "0:-P-- 60000:B---");
	panel_scene_assert(scene, PANEL_IDLE, "B---");
	g_assert_cmpuint(scene->n_looks, ==, 119);
	g_assert_true(panel_scene_sleeps(scene));
}

static void test_pass_is_out_when_the_target_is_gone(struct panel_scene *scene,
						     gconstpointer data)
{
	panel_scene_start(scene);
	g_assert_cmpuint(scene->n_looks, ==, 0);
	panel_scene_passes(scene);
	panel_scene_mark(scene);
	panel_scene_pass_ms(scene, 1100);
	g_assert_cmpuint(scene->n_looks, ==, 2);

	scene->target_is_gone = true;
	panel_scene_pass_ms(scene, 10 * SECOND);

	panel_scene_assert_trace(scene, "0:-P-- 1500:B---");
	g_assert_cmpuint(scene->n_looks, ==, 3);
	g_assert_true(panel_scene_sleeps(scene));
}

static void test_nobody_looks_who_cannot_tell(struct panel_scene *scene,
					      gconstpointer data)
{
	scene->logic.looks = false;
	scene->target_is_gone = true;
	panel_scene_start(scene);
	panel_scene_passes(scene);
	scene->n_wake_ups = 0;

	panel_scene_pass_ms(scene, 60 * SECOND);

	g_assert_cmpuint(scene->n_wake_ups, ==, 1);
	g_assert_cmpuint(scene->n_looks, ==, 0);
	panel_scene_assert(scene, PANEL_IDLE, "B---");
}

static void assert_blinks(struct panel_scene *scene, unsigned blinks)
{
	g_autoptr(GString) trace = g_string_new(NULL);

	panel_scene_start(scene);
	panel_scene_pass_ms(scene, 700);
	panel_scene_fails(scene, blinks);
	panel_scene_mark(scene);
	for (unsigned i = 0; i < blinks; i++)
		g_string_append_printf(trace, "%u:--F- %u:---- ", i * 500, i * 500 + 250);
	g_string_append_printf(trace, "%u:--F-", blinks * 500 + 1250);

	panel_scene_pass_ms(scene, blinks * 500 + 1250);

	panel_scene_assert_trace(scene, trace->str);
	panel_scene_pass_ms(scene, 3600 * SECOND);
	g_assert_cmpint(scene->state, ==, PANEL_FAIL);
}

static void test_fail_blinks_each_cause(struct panel_scene *scene, gconstpointer data)
{
	for (int code = 0; code < SIXPIN_N_ERRORS; code++) {
		assert_blinks(scene, error_kind(code)->blinks);
		g_assert_cmpint(press(scene, BUTTON_SHORT), ==, PANEL_ASKS_RUN);
		panel_scene_assert(scene, PANEL_RUNNING, "B---");
	}
}

static void test_a_failure_after_another_begins_anew(struct panel_scene *scene,
						     gconstpointer data)
{
	panel_scene_fails(scene, 2);
	panel_scene_pass_ms(scene, 700);
	panel_scene_fails(scene, 1);
	panel_scene_mark(scene);

	panel_scene_pass_ms(scene, 2000);

	panel_scene_assert_trace(scene, "0:--F- 250:---- 1750:--F- 2000:----");
}

static void test_a_run_without_a_result(struct panel_scene *scene, gconstpointer data)
{
	panel_scene_start(scene);

	panel_logic_run_done(&scene->logic, scene->now_us);

	panel_scene_look(scene);
	panel_scene_assert(scene, PANEL_IDLE, "B---");
	g_assert_true(panel_scene_sleeps(scene));
}

/* Work that is no run, a reading for somebody, has ended: the failure is not seen to. */
static void test_what_is_no_run_leaves_a_failure(struct panel_scene *scene,
						 gconstpointer data)
{
	panel_scene_fails(scene, 2);
	panel_scene_pass_ms(scene, 100);

	panel_logic_run_done(&scene->logic, scene->now_us);

	panel_scene_mark(scene);
	panel_scene_assert(scene, PANEL_FAIL, "--F-");
	panel_scene_pass_ms(scene, 500);
	panel_scene_assert_trace(scene, "0:--F- 150:---- 400:--F-");
}

static void test_interrupted_blinks_in_turn(struct panel_scene *scene, gconstpointer data)
{
	panel_logic_show_interrupted(&scene->logic, scene->now_us);
	panel_scene_mark(scene);

	panel_scene_pass_ms(scene, 2000);

	panel_scene_assert_trace(scene, "0:B--- 500:--F- 1000:B--- 1500:--F- 2000:B---");
	panel_scene_pass_ms(scene, 3600 * SECOND);
	panel_scene_assert(scene, PANEL_INTERRUPTED, "B---");
	g_assert_cmpint(press(scene, BUTTON_SHORT), ==, PANEL_ASKS_RUN);
	panel_logic_show_interrupted(&scene->logic, scene->now_us);
	panel_scene_look(scene);
	panel_scene_assert(scene, PANEL_RUNNING, "B---");
}

static void test_a_job_is_counted_once(struct panel_scene *scene, gconstpointer data)
{
	panel_scene_choose(scene, 3);
	panel_scene_mark(scene);
	g_assert_cmpint(scene->state, ==, PANEL_CHOOSING);

	panel_scene_pass_ms(scene, 10 * SECOND);

	panel_scene_assert_trace(scene, "0:-P-- 250:---- 500:-P-- 750:---- 1000:-P-- "
					"1250:---- 2750:B---");
	g_assert_true(panel_scene_sleeps(scene));

	panel_scene_choose(scene, 9);
	g_assert_cmpint(press(scene, BUTTON_SHORT), ==, PANEL_ASKS_RUN);
	panel_scene_choose(scene, 9);
	panel_scene_assert(scene, PANEL_RUNNING, "B---");
}

static void test_the_next_job_is_counted_from_one(struct panel_scene *scene,
						  gconstpointer data)
{
	panel_scene_choose(scene, 3);
	panel_scene_pass_ms(scene, 600);
	panel_scene_choose(scene, 1);
	panel_scene_mark(scene);

	panel_scene_pass_ms(scene, 10 * SECOND);

	panel_scene_assert_trace(scene, "0:-P-- 250:---- 1750:B---");
	panel_scene_choose(scene, 0);
	panel_scene_assert(scene, PANEL_IDLE, "B---");
}

/* Somebody at the web page chose it: the failure has not been seen to yet. */
static void test_a_failure_is_back_after_a_job_was_shown(struct panel_scene *scene,
							 gconstpointer data)
{
	panel_scene_fails(scene, 2);
	panel_scene_pass_ms(scene, 300);
	panel_scene_choose(scene, 1);
	panel_scene_mark(scene);

	panel_scene_pass_ms(scene, 2300);

	panel_scene_assert_trace(scene, "0:-P-- 250:---- 1750:--F- 2000:---- 2250:--F-");
}

static void test_pairing_blinks_all(struct panel_scene *scene, gconstpointer data)
{
	panel_scene_pair(scene, true);
	panel_scene_mark(scene);
	panel_scene_pass_ms(scene, 1200);
	panel_scene_assert_trace(scene, "0:BPF- 500:---- 1000:BPF-");
	g_assert_cmpint(scene->state, ==, PANEL_PAIRING);

	panel_scene_pair(scene, false);

	panel_scene_assert(scene, PANEL_IDLE, "B---");
	g_assert_true(panel_scene_sleeps(scene));
}

static void test_a_result_while_pairing_is_open(struct panel_scene *scene,
						gconstpointer data)
{
	panel_scene_fails(scene, 2);
	panel_scene_pair(scene, true);
	g_assert_cmpint(scene->state, ==, PANEL_PAIRING);
	panel_scene_start(scene);
	panel_scene_assert(scene, PANEL_RUNNING, "B---");
	panel_scene_passes(scene);
	panel_scene_assert(scene, PANEL_PASS, "-P--");

	panel_scene_pass_ms(scene, 60 * SECOND);

	panel_scene_assert(scene, PANEL_PAIRING, "BPF-");
}

static void test_a_failure_is_back_after_pairing(struct panel_scene *scene,
						 gconstpointer data)
{
	panel_scene_fails(scene, 2);
	panel_scene_pair(scene, true);

	panel_scene_pair(scene, false);

	panel_scene_assert(scene, PANEL_FAIL, "--F-");
}

static void add(const char *path,
		void (*test)(struct panel_scene *scene, gconstpointer data))
{
	g_autofree char *full = g_strconcat("/panel-logic/", path, NULL);

	g_test_add(full, struct panel_scene, NULL, panel_scene_set_up, test,
		   panel_scene_tear_down);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	add("rest", test_at_rest_nothing_wakes_up);
	add("progress", test_busy_blinks_faster_with_progress);
	add("no-flicker", test_progress_never_flickers);
	add("too-much", test_progress_that_is_too_much);
	add("late", test_a_main_loop_that_is_late_begins_a_blink);
	add("pass-60-s", test_pass_is_out_after_60_s);
	add("pass-gone", test_pass_is_out_when_the_target_is_gone);
	add("pass-no-looks", test_nobody_looks_who_cannot_tell);
	add("fail", test_fail_blinks_each_cause);
	add("fail-again", test_a_failure_after_another_begins_anew);
	add("done", test_a_run_without_a_result);
	add("done-no-run", test_what_is_no_run_leaves_a_failure);
	add("interrupted", test_interrupted_blinks_in_turn);
	add("job", test_a_job_is_counted_once);
	add("next-job", test_the_next_job_is_counted_from_one);
	add("job-over-failure", test_a_failure_is_back_after_a_job_was_shown);
	add("pairing", test_pairing_blinks_all);
	add("pairing-result", test_a_result_while_pairing_is_open);
	add("pairing-failure", test_a_failure_is_back_after_pairing);
	return g_test_run();
}
