/* SPDX-License-Identifier: MIT */
/* What else may be wired: a test stand, a second button, a buzzer. */
#include "tests/models/panel_scene.h"

#define SECOND 1000u /* in ms */

static struct panel_config usual(void)
{
	return (struct panel_config)PANEL_SCENE_CONFIG;
}

/* START, BUSY, PASS and FAIL of a test stand. */
static struct panel_config stand(void)
{
	struct panel_config config = usual();

	config.pass_pulse_ms = 200;
	config.fail_pulse_ms = 350;
	return config;
}

static struct panel_config with_buzzer(void)
{
	struct panel_config config = usual();

	config.buzzer = (struct panel_line){ true, { 24, false } };
	return config;
}

static enum panel_request press(struct panel_scene *scene, enum button_event event)
{
	return panel_scene_press(scene, PANEL_FIRST, event);
}

static enum panel_request press_second(struct panel_scene *scene, enum button_event event)
{
	return panel_scene_press(scene, PANEL_SECOND, event);
}

static void test_a_run_that_passes_on_a_stand(struct panel_scene *scene,
					      gconstpointer data)
{
	panel_scene_assert(scene, PANEL_IDLE, "----");
	g_assert_cmpint(press(scene, BUTTON_SHORT), ==, PANEL_ASKS_RUN);
	panel_scene_mark(scene);
	panel_scene_pass_ms(scene, 700);
	panel_scene_progress(scene, 60);
	panel_scene_pass_ms(scene, 3 * SECOND);
	panel_scene_passes(scene);
	panel_scene_pass_ms(scene, 600 * SECOND);

	panel_scene_assert_trace(scene, "0:B--- 3700:-P-- 3900:----");
	panel_scene_assert(scene, PANEL_IDLE, "----");
	g_assert_cmpuint(scene->n_looks, ==, 0);
	g_assert_true(panel_scene_sleeps(scene));
}

static void test_a_run_that_fails_on_a_stand(struct panel_scene *scene,
					     gconstpointer data)
{
	press(scene, BUTTON_SHORT);
	panel_scene_mark(scene);
	panel_scene_pass_us(scene, 1000500);
	panel_scene_fails(scene, 8);
	panel_scene_pass_ms(scene, 600 * SECOND);

	panel_scene_assert_trace(scene, "0:B--- 1000.500:--F- 1350.500:----");
	panel_scene_assert(scene, PANEL_IDLE, "----");
	g_assert_true(panel_scene_sleeps(scene));
}

/* A pulse is as long as it was said to be, whatever is pressed meanwhile. */
static void test_a_start_in_a_pulse_leaves_it_whole(struct panel_scene *scene,
						    gconstpointer data)
{
	press(scene, BUTTON_SHORT);
	panel_scene_passes(scene);
	panel_scene_mark(scene);
	panel_scene_pass_ms(scene, 50);
	press(scene, BUTTON_DOWN);
	panel_scene_pass_ms(scene, 30);
	g_assert_cmpint(press(scene, BUTTON_SHORT), ==, PANEL_ASKS_RUN);
	panel_scene_pass_ms(scene, 10 * SECOND);

	panel_scene_assert_trace(scene, "0:-P-- 80:BP-- 200:B---");
}

static void test_never_are_both_pulsed(struct panel_scene *scene, gconstpointer data)
{
	press(scene, BUTTON_SHORT);
	panel_scene_passes(scene);
	panel_scene_mark(scene);
	panel_scene_pass_ms(scene, 100);
	panel_scene_start(scene);
	panel_scene_fails(scene, 3);
	panel_scene_pass_ms(scene, 10 * SECOND);

	panel_scene_assert_trace(scene, "0:-P-- 100:BP-- 100:--F- 450:----");
}

static void test_a_stand_sees_nothing_but_runs(struct panel_scene *scene,
					       gconstpointer data)
{
	panel_logic_set_job(&scene->logic, false, scene->now_us);
	panel_scene_look(scene);
	panel_logic_show_interrupted(&scene->logic, scene->now_us);
	panel_scene_look(scene);
	panel_scene_choose(scene, 3);
	panel_scene_pair(scene, true);
	press(scene, BUTTON_DOWN);
	press(scene, BUTTON_HELD);
	press(scene, BUTTON_HELD_LONG);
	press(scene, BUTTON_LONG);

	panel_scene_assert_trace(scene, "0:----");
}

static void test_a_stand_cancels_with_busy_steady(struct panel_scene *scene,
						  gconstpointer data)
{
	press(scene, BUTTON_SHORT);
	panel_scene_mark(scene);
	g_assert_cmpint(press(scene, BUTTON_SHORT), ==, PANEL_ASKS_NOTHING);
	panel_scene_pass_ms(scene, 1 * SECOND);
	g_assert_cmpint(press(scene, BUTTON_SHORT), ==, PANEL_ASKS_CANCEL);
	panel_scene_fails(scene, 1);

	panel_scene_assert_trace(scene, "0:B--- 1000:--F-");
}

/* It must have its answer: START twice in a run does not make the next START deaf. */
static void test_a_stand_may_always_start(struct panel_scene *scene, gconstpointer data)
{
	press(scene, BUTTON_SHORT);
	press(scene, BUTTON_SHORT);
	panel_scene_passes(scene);

	g_assert_cmpint(press(scene, BUTTON_SHORT), ==, PANEL_ASKS_RUN);
}

static void test_a_stand_with_one_pulse(struct panel_scene *scene, gconstpointer data)
{
	press(scene, BUTTON_SHORT);
	panel_scene_fails(scene, 1);
	panel_scene_mark(scene);
	panel_scene_pass_ms(scene, 1800);
	panel_scene_assert_trace(scene, "0:--F- 250:---- 1750:--F-");

	panel_scene_start(scene);
	panel_scene_passes(scene);
	panel_scene_mark(scene);
	panel_scene_pass_ms(scene, 10 * SECOND);
	panel_scene_assert_trace(scene, "0:-P-- 200:----");
}

static void test_the_second_button_chooses_the_next_job(struct panel_scene *scene,
							gconstpointer data)
{
	panel_scene_fails(scene, 3);

	g_assert_cmpint(press_second(scene, BUTTON_DOWN), ==, PANEL_ASKS_NOTHING);
	panel_scene_assert(scene, PANEL_IDLE, "B---");
	g_assert_cmpint(press_second(scene, BUTTON_SHORT), ==, PANEL_ASKS_NEXT_JOB);
	g_assert_cmpint(press_second(scene, BUTTON_DOWN), ==, PANEL_ASKS_NOTHING);
	g_assert_cmpint(press_second(scene, BUTTON_HELD), ==, PANEL_ASKS_NOTHING);
	panel_scene_assert(scene, PANEL_IDLE, "B---");
	g_assert_cmpint(press_second(scene, BUTTON_HOLD), ==, PANEL_ASKS_NEXT_JOB);
	g_assert_cmpint(press_second(scene, BUTTON_LONG), ==, PANEL_ASKS_NEXT_JOB);
}

static void test_the_second_button_cancels(struct panel_scene *scene, gconstpointer data)
{
	panel_scene_start(scene);

	g_assert_cmpint(press_second(scene, BUTTON_SHORT), ==, PANEL_ASKS_NOTHING);
	panel_scene_assert(scene, PANEL_CONFIRM, "B-F-");
	g_assert_cmpint(press_second(scene, BUTTON_SHORT), ==, PANEL_ASKS_CANCEL);

	g_assert_cmpint(press_second(scene, BUTTON_SHORT), ==, PANEL_ASKS_NOTHING);
	panel_scene_pass_ms(scene, 3 * SECOND);
	panel_scene_assert(scene, PANEL_RUNNING, "B---");
	g_assert_cmpint(press_second(scene, BUTTON_SHORT), ==, PANEL_ASKS_NOTHING);
	g_assert_cmpint(press(scene, BUTTON_SHORT), ==, PANEL_ASKS_CANCEL);
}

static void test_one_beep_on_pass(struct panel_scene *scene, gconstpointer data)
{
	panel_scene_start(scene);
	panel_scene_passes(scene);
	panel_scene_mark(scene);
	panel_scene_pass_ms(scene, 30 * SECOND);

	panel_scene_assert_trace(scene, "0:-P-Z 100:-P--");
}

static void assert_beeps(struct panel_scene *scene, unsigned blinks, unsigned n_beeps)
{
	unsigned heard = 0;
	bool was_on = false;

	panel_scene_start(scene);
	panel_scene_fails(scene, blinks);
	for (unsigned ms = 0; ms < 20 * SECOND; ms++) {
		bool on = scene->lights[3] == 'Z';

		g_assert_cmpint(on, ==, ms < n_beeps * 800 && ms % 800 < 400);
		heard += on && !was_on;
		was_on = on;
		panel_scene_pass_ms(scene, 1);
	}
	g_assert_cmpuint(heard, ==, n_beeps);
}

static void test_up_to_3_beeps_on_fail(struct panel_scene *scene, gconstpointer data)
{
	assert_beeps(scene, 1, 1);
	assert_beeps(scene, 2, 2);
	assert_beeps(scene, 3, 3);
	assert_beeps(scene, 12, 3);
}

static void test_a_press_makes_it_silent(struct panel_scene *scene, gconstpointer data)
{
	panel_scene_start(scene);
	panel_scene_fails(scene, 3);
	panel_scene_mark(scene);
	panel_scene_pass_ms(scene, 100);
	press(scene, BUTTON_DOWN);
	panel_scene_pass_ms(scene, 10 * SECOND);

	panel_scene_assert_trace(scene, "0:--FZ 100:B---");
}

static void test_no_beeps_are_wanted(struct panel_scene *scene, gconstpointer data)
{
	panel_scene_passes(scene);
	panel_scene_assert(scene, PANEL_PASS, "-P--");

	panel_scene_fails(scene, 3);
	panel_scene_assert(scene, PANEL_FAIL, "--F-");
}

typedef void (*scene_test)(struct panel_scene *scene, gconstpointer data);

static void add(const char *path, const struct panel_config *config, scene_test test)
{
	g_autofree char *full = g_strconcat("/panel-stand/", path, NULL);

	g_test_add(full, struct panel_scene, config, panel_scene_set_up, test,
		   panel_scene_tear_down);
}

int main(int argc, char **argv)
{
	struct panel_config panel = usual(), pulses = stand(), one = stand(),
			    buzzer = with_buzzer(), silent = with_buzzer();

	one.fail_pulse_ms = 0;
	silent.buzzer_pass_ms = silent.buzzer_fail_ms = 0;
	g_test_init(&argc, &argv, NULL);
	add("passes", &pulses, test_a_run_that_passes_on_a_stand);
	add("fails", &pulses, test_a_run_that_fails_on_a_stand);
	add("whole-pulse", &pulses, test_a_start_in_a_pulse_leaves_it_whole);
	add("one-pulse-at-a-time", &pulses, test_never_are_both_pulsed);
	add("nothing-else", &pulses, test_a_stand_sees_nothing_but_runs);
	add("cancel", &pulses, test_a_stand_cancels_with_busy_steady);
	add("always-starts", &pulses, test_a_stand_may_always_start);
	add("one-pulse", &one, test_a_stand_with_one_pulse);
	add("second-next-job", &panel, test_the_second_button_chooses_the_next_job);
	add("second-cancels", &panel, test_the_second_button_cancels);
	add("beep", &buzzer, test_one_beep_on_pass);
	add("beeps", &buzzer, test_up_to_3_beeps_on_fail);
	add("hushed", &buzzer, test_a_press_makes_it_silent);
	add("silent", &silent, test_no_beeps_are_wanted);
	add("no-buzzer", &panel, test_no_beeps_are_wanted);
	return g_test_run();
}
