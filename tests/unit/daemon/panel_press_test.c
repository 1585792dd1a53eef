/* SPDX-License-Identifier: MIT */
/* What presses ask for, and when they ask for nothing. */
#include "appliance/base/error.h"
#include "tests/models/panel_scene.h"

#define SECOND 1000u /* in ms */

static enum panel_request press(struct panel_scene *scene, enum button_event event)
{
	return panel_scene_press(scene, PANEL_FIRST, event);
}

static void test_a_press_starts_one_run(struct panel_scene *scene, gconstpointer data)
{
	g_assert_cmpint(press(scene, BUTTON_DOWN), ==, PANEL_ASKS_NOTHING);
	panel_scene_assert(scene, PANEL_IDLE, "B---");
	g_assert_cmpint(press(scene, BUTTON_SHORT), ==, PANEL_ASKS_RUN);
	panel_scene_assert(scene, PANEL_RUNNING, "B---");

	/* Again, before anybody has said that it was started. */
	press(scene, BUTTON_DOWN);
	g_assert_cmpint(press(scene, BUTTON_SHORT), ==, PANEL_ASKS_NOTHING);
	panel_scene_start(scene);
	panel_scene_assert(scene, PANEL_CONFIRM, "B-F-");
}

/* The station answers that there is no job; a test stand needs that answer, too. */
static void test_a_press_without_a_job_asks_for_a_run(struct panel_scene *scene,
						      gconstpointer data)
{
	panel_logic_set_job(&scene->logic, false, scene->now_us);

	g_assert_cmpint(press(scene, BUTTON_SHORT), ==, PANEL_ASKS_RUN);
	panel_scene_fails(scene, 12);
	panel_scene_assert(scene, PANEL_FAIL, "--F-");
	press(scene, BUTTON_DOWN);
	panel_scene_assert(scene, PANEL_NO_JOB, "B-F-");
}

static void test_a_second_press_cancels(struct panel_scene *scene, gconstpointer data)
{
	panel_scene_start(scene);
	g_assert_cmpint(press(scene, BUTTON_SHORT), ==, PANEL_ASKS_NOTHING);
	panel_scene_assert(scene, PANEL_CONFIRM, "B-F-");
	panel_scene_mark(scene);
	panel_scene_pass_us(scene, 2999999);
	panel_scene_assert_trace(scene, "0:B-F- 250:---- 500:B-F- 750:---- 1000:B-F- "
					"1250:---- 1500:B-F- 1750:---- 2000:B-F- "
					"2250:---- 2500:B-F- 2750:----");

	g_assert_cmpint(press(scene, BUTTON_SHORT), ==, PANEL_ASKS_CANCEL);

	panel_scene_assert(scene, PANEL_RUNNING, "B---");
	panel_scene_fails(scene, error_kind(SIXPIN_ERROR_CANCELLED)->blinks);
	panel_scene_assert(scene, PANEL_FAIL, "--F-");
	g_assert_cmpint(press(scene, BUTTON_SHORT), ==, PANEL_ASKS_RUN);
}

static void test_a_second_press_after_3_s_asks_again(struct panel_scene *scene,
						     gconstpointer data)
{
	panel_scene_start(scene);
	press(scene, BUTTON_SHORT);

	panel_scene_pass_ms(scene, 3 * SECOND);

	panel_scene_assert(scene, PANEL_RUNNING, "B---");
	g_assert_cmpint(press(scene, BUTTON_SHORT), ==, PANEL_ASKS_NOTHING);
	panel_scene_assert(scene, PANEL_CONFIRM, "B-F-");
}

/* Passed just before the second press: that press was for the run before. */
static void test_a_cancel_that_is_late_starts_nothing(struct panel_scene *scene,
						      gconstpointer data)
{
	panel_scene_start(scene);
	press(scene, BUTTON_SHORT);
	panel_scene_pass_ms(scene, 1 * SECOND);
	panel_scene_passes(scene);

	press(scene, BUTTON_DOWN);
	g_assert_cmpint(press(scene, BUTTON_SHORT), ==, PANEL_ASKS_NOTHING);
	g_assert_cmpint(press(scene, BUTTON_SHORT), ==, PANEL_ASKS_NOTHING);
	panel_scene_assert(scene, PANEL_PASS, "-P--");

	panel_scene_pass_ms(scene, 2 * SECOND);
	g_assert_cmpint(press(scene, BUTTON_SHORT), ==, PANEL_ASKS_RUN);
}

static void test_a_press_is_for_what_was_there_when_it_began(struct panel_scene *scene,
							     gconstpointer data)
{
	panel_scene_start(scene);
	press(scene, BUTTON_DOWN);
	panel_scene_passes(scene);
	press(scene, BUTTON_HELD);
	panel_scene_assert(scene, PANEL_PASS, "-P--");
	press(scene, BUTTON_HELD_LONG);
	panel_scene_assert(scene, PANEL_PASS, "-P--");
	g_assert_cmpint(press(scene, BUTTON_LONG), ==, PANEL_ASKS_NOTHING);
	panel_scene_assert(scene, PANEL_PASS, "-P--");

	press(scene, BUTTON_DOWN);
	panel_scene_start(scene); /* by somebody else */
	g_assert_cmpint(press(scene, BUTTON_SHORT), ==, PANEL_ASKS_NOTHING);
	panel_scene_assert(scene, PANEL_RUNNING, "B---");
}

static void test_pass_is_out_at_the_next_press(struct panel_scene *scene,
					       gconstpointer data)
{
	panel_scene_start(scene);
	panel_scene_passes(scene);

	press(scene, BUTTON_DOWN);
	panel_scene_assert(scene, PANEL_IDLE, "B---");
	g_assert_cmpint(press(scene, BUTTON_SHORT), ==, PANEL_ASKS_RUN);
	panel_scene_assert(scene, PANEL_RUNNING, "B---");

	/* One that came another way has no beginning. */
	panel_scene_passes(scene);
	g_assert_cmpint(press(scene, BUTTON_SHORT), ==, PANEL_ASKS_RUN);
	panel_scene_assert(scene, PANEL_RUNNING, "B---");
}

static void test_a_hold_chooses_the_next_job(struct panel_scene *scene,
					     gconstpointer data)
{
	press(scene, BUTTON_DOWN);
	panel_scene_assert(scene, PANEL_IDLE, "B---");
	g_assert_cmpint(press(scene, BUTTON_HELD), ==, PANEL_ASKS_NOTHING);
	panel_scene_assert(scene, PANEL_IDLE, "-P--");

	g_assert_cmpint(press(scene, BUTTON_HOLD), ==, PANEL_ASKS_NEXT_JOB);

	panel_scene_assert(scene, PANEL_IDLE, "B---");
	g_assert_true(panel_scene_sleeps(scene));
}

static void test_a_hold_of_10_s_opens_pairing_only(struct panel_scene *scene,
						   gconstpointer data)
{
	enum panel_request asked[4];

	asked[0] = press(scene, BUTTON_DOWN);
	asked[1] = press(scene, BUTTON_HELD);
	asked[2] = press(scene, BUTTON_HELD_LONG);
	panel_scene_assert(scene, PANEL_IDLE, "BPF-");
	g_assert_true(panel_scene_sleeps(scene));
	asked[3] = press(scene, BUTTON_LONG);

	for (unsigned i = 0; i < 3; i++)
		g_assert_cmpint(asked[i], ==, PANEL_ASKS_NOTHING);
	g_assert_cmpint(asked[3], ==, PANEL_ASKS_PAIRING);
	panel_scene_assert(scene, PANEL_IDLE, "B---");
}

static void test_holds_do_nothing_in_a_run(struct panel_scene *scene, gconstpointer data)
{
	panel_scene_start(scene);
	press(scene, BUTTON_DOWN);
	press(scene, BUTTON_HELD);
	panel_scene_assert(scene, PANEL_RUNNING, "B---");
	press(scene, BUTTON_HELD_LONG);
	panel_scene_assert(scene, PANEL_RUNNING, "B---");

	g_assert_cmpint(press(scene, BUTTON_LONG), ==, PANEL_ASKS_NOTHING);
	g_assert_cmpint(press(scene, BUTTON_HOLD), ==, PANEL_ASKS_NOTHING);
	panel_scene_assert(scene, PANEL_RUNNING, "B---");
}

/* One step of somebody who does whatever comes to mind, at any time. */
static void do_anything(struct panel_scene *scene, GRand *rand)
{
	enum panel_button button = (enum panel_button)g_rand_int_range(rand, 0, 2);
	enum button_event event = (enum button_event)g_rand_int_range(rand, 0, 7);
	unsigned number = (unsigned)g_rand_int_range(rand, 0, 13);
	bool was_running = scene->logic.running;
	enum panel_request asked;

	switch (g_rand_int_range(rand, 0, 12)) {
	case 0:
		panel_scene_start(scene);
		break;
	case 1:
		panel_scene_passes(scene);
		break;
	case 2:
		panel_scene_fails(scene, number);
		break;
	case 3:
		panel_scene_choose(scene, number);
		break;
	case 4:
		panel_scene_pair(scene, number & 1);
		break;
	case 5:
		panel_scene_progress(scene, number * 10);
		break;
	case 6:
		panel_logic_set_job(&scene->logic, number & 1, scene->now_us);
		panel_scene_look(scene);
		break;
	default:
		asked = panel_scene_press(scene, button, event);
		g_assert_true(asked != PANEL_ASKS_RUN || !was_running);
		g_assert_true(asked != PANEL_ASKS_CANCEL || was_running);
		g_assert_true(asked != PANEL_ASKS_RUN || scene->logic.running);
	}
}

/* panel_scene.c asserts that each wake-up had a reason, and comes before its time. */
static void test_whatever_happens_no_wake_up_is_idle(struct panel_scene *scene,
						     gconstpointer data)
{
	g_autoptr(GRand) rand = g_rand_new_with_seed(6);

	for (unsigned i = 0; i < 20000; i++) {
		do_anything(scene, rand);
		panel_scene_pass_us(scene, (uint64_t)g_rand_int_range(rand, 0, 3000000));
		if (scene->state == PANEL_IDLE || scene->state == PANEL_NO_JOB)
			g_assert_true(panel_scene_sleeps(scene));
		if (i % 100 == 0)
			panel_scene_mark(scene);
	}
}

static void add(const char *path,
		void (*test)(struct panel_scene *scene, gconstpointer data))
{
	g_autofree char *full = g_strconcat("/panel-press/", path, NULL);

	g_test_add(full, struct panel_scene, NULL, panel_scene_set_up, test,
		   panel_scene_tear_down);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	add("press", test_a_press_starts_one_run);
	add("no-job", test_a_press_without_a_job_asks_for_a_run);
	add("cancel", test_a_second_press_cancels);
	add("cancel-3-s", test_a_second_press_after_3_s_asks_again);
	add("cancel-late", test_a_cancel_that_is_late_starts_nothing);
	add("when-it-began", test_a_press_is_for_what_was_there_when_it_began);
	add("pass-press", test_pass_is_out_at_the_next_press);
	add("hold", test_a_hold_chooses_the_next_job);
	add("hold-10-s", test_a_hold_of_10_s_opens_pairing_only);
	add("hold-in-run", test_holds_do_nothing_in_a_run);
	add("anything", test_whatever_happens_no_wake_up_is_idle);
	return g_test_run();
}
