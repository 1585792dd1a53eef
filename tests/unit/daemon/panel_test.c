/* SPDX-License-Identifier: MIT */
/* The panel on lines and the main loop; what it shows when is in panel_logic_test.c. */
#include "appliance/daemon/panel.h"

#include <string.h>

#include "appliance/base/error.h"
#include "gpio/lines_backends.h"
#include "gpio/virtual/board.h"
#include "tests/models/panel_chip.h"
#include "tests/models/panel_scene.h"

#define BUTTON (1u << 17)
#define SECOND (1u << 5)
#define BUSY   (1u << 27)
#define PASS   (1u << 22)
#define FAIL   (1u << 23)
#define BUZZER (1u << 24)
#define LEDS   (BUSY | PASS | FAIL)

struct scene {
	struct panel_config config;
	struct panel_chip *chip;
	struct panel *panel;
	GString *asked; /* "run " ... */
	enum panel_state state_at_run;
	bool fails_at_once;
	bool target_is_gone;
	unsigned n_changes;
};

static void on_run(void *user)
{
	struct scene *scene = user;

	g_string_append(scene->asked, "run ");
	scene->state_at_run = panel_get_state(scene->panel);
	if (scene->fails_at_once)
		panel_run_failed(scene->panel, 10);
}

static void on_cancel(void *user)
{
	g_string_append(((struct scene *)user)->asked, "cancel ");
}

static void on_next_job(void *user)
{
	struct scene *scene = user;

	g_string_append(scene->asked, "next ");
	panel_show_job(scene->panel, 2);
}

static void on_open_pairing(void *user)
{
	struct scene *scene = user;

	g_string_append(scene->asked, "pairing ");
	panel_show_pairing(scene->panel, true);
}

static bool on_target_gone(void *user)
{
	struct scene *scene = user;

	g_string_append(scene->asked, "gone? ");
	return scene->target_is_gone;
}

static void on_changed(void *user)
{
	((struct scene *)user)->n_changes++;
}

static const struct panel_actions actions = {
	.run = on_run,
	.cancel = on_cancel,
	.next_job = on_next_job,
	.open_pairing = on_open_pairing,
	.target_gone = on_target_gone,
	.changed = on_changed,
};

static void set_up(struct scene *scene, gconstpointer data)
{
	*scene = (struct scene){
		.config = PANEL_SCENE_CONFIG,
		.chip = panel_chip_new(true),
		.asked = g_string_new(NULL),
	};
}

static void open_panel(struct scene *scene)
{
	g_autoptr(GError) error = NULL;

	scene->panel = panel_open(&scene->config, panel_chip_get(scene->chip), &actions,
				  scene, &error);
	g_assert_no_error(error);
	g_assert_nonnull(scene->panel);
}

/* The chip asserts that it has all its lines back. */
static void tear_down(struct scene *scene, gconstpointer data)
{
	panel_close(scene->panel);
	g_assert_cmphex(panel_chip_driven(scene->chip), ==, 0);
	g_assert_cmphex(panel_chip_watched(scene->chip), ==, 0);
	g_assert_cmpint(panel_chip_sleep_ms(), ==, -1);
	gpiochip_close(panel_chip_get(scene->chip));
	g_string_free(scene->asked, TRUE);
}

static uint32_t levels(const struct scene *scene)
{
	return panel_chip_levels(scene->chip) & panel_chip_driven(scene->chip);
}

static uint64_t now_us(void)
{
	return clock_now_ns(clock_monotonic()) / 1000;
}

/* 100 ms, a second ago: no need to wait for it. */
static void push(struct scene *scene, unsigned offset)
{
	uint64_t time_us = now_us() - 1000000;

	panel_chip_move(scene->chip, offset, false, time_us);
	panel_chip_move(scene->chip, offset, true, time_us + 100000);
	while (g_main_context_iteration(NULL, FALSE))
		;
}

static void test_at_first_there_is_no_job(struct scene *scene, gconstpointer data)
{
	open_panel(scene);

	g_assert_cmphex(panel_chip_driven(scene->chip), ==, LEDS);
	g_assert_cmphex(levels(scene), ==, BUSY | FAIL);
	g_assert_cmpuint(panel_chip_n_sets(scene->chip), ==, 1);
	g_assert_cmphex(panel_chip_watched(scene->chip), ==, BUTTON);
	g_assert_cmpint(panel_get_state(scene->panel), ==, PANEL_NO_JOB);
	g_assert_cmpint(panel_chip_sleep_ms(), ==, -1);

	panel_set_job(scene->panel, true);

	g_assert_cmphex(levels(scene), ==, BUSY);
	g_assert_cmpint(panel_chip_sleep_ms(), ==, -1);
}

static void test_leds_that_are_lit_by_low(struct scene *scene, gconstpointer data)
{
	scene->config.busy.line.active_low = true;
	scene->config.pass.line.active_low = true;
	scene->config.fail.line.active_low = true;

	open_panel(scene);

	g_assert_cmphex(levels(scene), ==, PASS);
}

static void test_all_lights_are_set_at_once(struct scene *scene, gconstpointer data)
{
	open_panel(scene);
	panel_set_job(scene->panel, true);
	g_assert_cmpuint(panel_chip_n_sets(scene->chip), ==, 2);

	panel_run_started(scene->panel);
	panel_run_progress(scene->panel, 1);
	g_assert_cmpuint(panel_chip_n_sets(scene->chip), ==, 2);

	panel_run_passed(scene->panel);
	g_assert_cmphex(levels(scene), ==, PASS);
	g_assert_cmpuint(panel_chip_n_sets(scene->chip), ==, 3);
	panel_run_failed(scene->panel, 4);
	g_assert_cmphex(levels(scene), ==, FAIL);
	g_assert_cmpuint(panel_chip_n_sets(scene->chip), ==, 4);
	panel_show_interrupted(scene->panel);
	g_assert_cmphex(levels(scene), ==, BUSY);
	panel_show_pairing(scene->panel, true);
	g_assert_cmphex(levels(scene), ==, LEDS);
	panel_show_job(scene->panel, 3);
	g_assert_cmphex(levels(scene), ==, PASS);
}

static void test_a_press_runs_with_the_lights_on(struct scene *scene, gconstpointer data)
{
	open_panel(scene);
	panel_set_job(scene->panel, true);

	push(scene, 17);

	g_assert_cmpstr(scene->asked->str, ==, "run ");
	g_assert_cmpint(scene->state_at_run, ==, PANEL_RUNNING);
	g_assert_cmpint(panel_get_state(scene->panel), ==, PANEL_RUNNING);
	g_assert_cmpint(panel_chip_sleep_ms(), >=, 0);
	g_assert_cmpint(panel_chip_sleep_ms(), <=, 500);
}

static void test_a_run_that_fails_at_once(struct scene *scene, gconstpointer data)
{
	scene->fails_at_once = true;
	open_panel(scene);

	panel_press(scene->panel, BUTTON_SHORT);

	g_assert_cmpint(panel_get_state(scene->panel), ==, PANEL_FAIL);
	g_assert_cmphex(levels(scene), ==, FAIL);
}

static void test_all_that_a_panel_asks_for(struct scene *scene, gconstpointer data)
{
	open_panel(scene);
	panel_set_job(scene->panel, true);

	panel_press(scene->panel, BUTTON_HOLD);
	g_assert_cmpint(panel_get_state(scene->panel), ==, PANEL_CHOOSING);
	panel_press(scene->panel, BUTTON_LONG);
	g_assert_cmpint(panel_get_state(scene->panel), ==, PANEL_PAIRING);
	panel_press(scene->panel, BUTTON_SHORT);
	panel_press(scene->panel, BUTTON_SHORT);
	g_assert_cmpint(panel_get_state(scene->panel), ==, PANEL_CONFIRM);
	panel_press(scene->panel, BUTTON_SHORT);
	panel_run_done(scene->panel);

	g_assert_cmpstr(scene->asked->str, ==, "next pairing run cancel ");
}

static void test_the_second_button(struct scene *scene, gconstpointer data)
{
	scene->config.second_button = (struct panel_line){ true, { 5, true } };
	open_panel(scene);
	g_assert_cmphex(panel_chip_watched(scene->chip), ==, BUTTON | SECOND);

	push(scene, 5);

	g_assert_cmpstr(scene->asked->str, ==, "next ");
}

static void test_the_buzzer(struct scene *scene, gconstpointer data)
{
	scene->config.buzzer = (struct panel_line){ true, { 24, false } };
	open_panel(scene);
	g_assert_cmphex(panel_chip_driven(scene->chip), ==, LEDS | BUZZER);

	panel_run_passed(scene->panel);

	g_assert_cmphex(levels(scene), ==, PASS | BUZZER);
	g_assert_true(panel_get_lights(scene->panel).buzzer);
	g_assert_cmpint(panel_chip_sleep_ms(), >, 0);
	g_assert_cmpint(panel_chip_sleep_ms(), <=, 100);
}

static void wait_for_levels(struct scene *scene, uint32_t wanted)
{
	while (levels(scene) != wanted)
		g_main_context_iteration(NULL, TRUE);
}

static void test_a_pulse_takes_its_time(struct scene *scene, gconstpointer data)
{
	uint64_t begun_us;

	scene->config.pass_pulse_ms = 20;
	open_panel(scene);
	begun_us = now_us();
	panel_run_passed(scene->panel);
	g_assert_cmphex(levels(scene), ==, PASS);

	wait_for_levels(scene, 0);

	g_assert_cmpuint(now_us() - begun_us, >=, 20000);
	g_assert_cmpint(panel_chip_sleep_ms(), ==, -1);
}

static void test_it_looks_for_the_target(struct scene *scene, gconstpointer data)
{
	scene->target_is_gone = true;
	open_panel(scene);
	panel_set_job(scene->panel, true);
	panel_run_passed(scene->panel);
	g_assert_cmpstr(scene->asked->str, ==, "");
	g_assert_cmpint(panel_chip_sleep_ms(), >, 100);
	g_assert_cmpint(panel_chip_sleep_ms(), <=, 500);

	wait_for_levels(scene, BUSY);

	g_assert_cmpstr(scene->asked->str, ==, "gone? ");
	g_assert_cmpint(panel_chip_sleep_ms(), ==, -1);
}

static void test_changes_are_told_once(struct scene *scene, gconstpointer data)
{
	open_panel(scene);
	g_assert_cmpuint(scene->n_changes, ==, 1);

	panel_set_job(scene->panel, false);
	g_assert_cmpuint(scene->n_changes, ==, 1);
	panel_set_job(scene->panel, true);
	g_assert_cmpuint(scene->n_changes, ==, 2);
	/* The lights are the same, the state is not. */
	panel_run_started(scene->panel);
	g_assert_cmpuint(scene->n_changes, ==, 3);
	panel_run_progress(scene->panel, 0);
	g_assert_cmpuint(scene->n_changes, ==, 3);
}

static void test_nothing_is_wired(struct scene *scene, gconstpointer data)
{
	scene->config = (struct panel_config){ .pass_shown_s = 60 };
	open_panel(scene);
	panel_set_job(scene->panel, true);

	panel_press(scene->panel, BUTTON_SHORT);

	g_assert_cmpstr(scene->asked->str, ==, "run ");
	g_assert_true(panel_get_lights(scene->panel).busy);
	g_assert_cmphex(panel_chip_driven(scene->chip), ==, 0);
}

static void test_a_station_without_a_panel(struct scene *scene, gconstpointer data)
{
	panel_set_job(NULL, true);
	panel_run_started(NULL);
	panel_run_progress(NULL, 5);
	panel_run_passed(NULL);
	panel_run_failed(NULL, 2);
	panel_run_done(NULL);
	panel_show_interrupted(NULL);
	panel_show_job(NULL, 1);
	panel_show_pairing(NULL, true);
	panel_press(NULL, BUTTON_SHORT);

	g_assert_cmpint(panel_get_state(NULL), ==, PANEL_NO_JOB);
	g_assert_false(panel_get_lights(NULL).busy);
}

static void assert_not_opened(struct scene *scene, int code, const char *message)
{
	g_autoptr(GError) error = NULL;

	g_assert_null(panel_open(&scene->config, panel_chip_get(scene->chip), &actions,
				 scene, &error));
	g_assert_error(error, SIXPIN_ERROR, code);
	g_assert_cmpstr(error->message, ==, message);
}

static void test_a_light_that_is_taken(struct scene *scene, gconstpointer data)
{
	struct lines_request request = { .n_outputs = 1, .outputs = { { 22, false } } };
	struct lines *others =
		gpiochip_request(panel_chip_get(scene->chip), &request, NULL);

	assert_not_opened(scene, SIXPIN_ERROR_BUSY,
			  "panel: line 22 of panel-chip is in use by sixpin");

	lines_close(others);
}

static void test_a_button_that_is_a_light(struct scene *scene, gconstpointer data)
{
	scene->config.button.line.offset = 23;

	assert_not_opened(scene, SIXPIN_ERROR_BUSY,
			  "panel: button: line 23 of panel-chip is in use by sixpin");
}

static void test_edges_that_must_be_there(struct scene *scene, gconstpointer data)
{
	gpiochip_close(panel_chip_get(scene->chip));
	scene->chip = panel_chip_new(false);
	scene->config.input = PANEL_INPUT_EDGES;

	assert_not_opened(scene, SIXPIN_ERROR_IO,
			  "panel: button: panel-chip tells no edges of line 17; let the "
			  "button be polled");
}

static void test_polling(struct scene *scene, gconstpointer data)
{
	scene->config.input = PANEL_INPUT_POLLING;
	open_panel(scene);

	g_assert_cmpint(panel_chip_sleep_ms(), >=, 0);
	g_assert_cmpint(panel_chip_sleep_ms(), <=, (int)BUTTON_POLL_MS);
}

static void test_lights_that_fail_are_told_once(struct scene *scene, gconstpointer data)
{
	open_panel(scene);
	panel_chip_break_sets(scene->chip, true);
	g_test_expect_message(NULL, G_LOG_LEVEL_WARNING,
			      "the panel's lights do not follow: the model is broken");
	panel_set_job(scene->panel, true);
	panel_run_failed(scene->panel, 3);
	g_test_assert_expected_messages();
	g_assert_cmphex(levels(scene), ==, BUSY | FAIL);

	panel_chip_break_sets(scene->chip, false);
	panel_run_passed(scene->panel);

	g_assert_cmphex(levels(scene), ==, PASS);
}

static uint64_t lit_on(struct virtual_board *board)
{
	return virtual_board_get(board) & LEDS;
}

/* The real thing but for the kernel: as long as a press takes. */
static void test_a_press_on_the_virtual_board(struct scene *scene, gconstpointer data)
{
	struct gpiochip *chip = gpiochip_open("virtual:none", NULL);
	struct virtual_board *board = gpiochip_virtual_board(chip);

	scene->panel = panel_open(&scene->config, chip, &actions, scene, NULL);
	g_assert_nonnull(scene->panel);
	panel_run_failed(scene->panel, 3);
	g_assert_cmphex(lit_on(board), ==, FAIL);

	virtual_board_outside(board, 17, false);
	while (panel_get_state(scene->panel) == PANEL_FAIL)
		g_main_context_iteration(NULL, TRUE);
	g_assert_cmphex(lit_on(board), ==, BUSY | FAIL);
	virtual_board_release_outside(board, 17);
	while (scene->asked->len == 0)
		g_main_context_iteration(NULL, TRUE);

	g_assert_cmpstr(scene->asked->str, ==, "run ");
	g_assert_cmphex(lit_on(board), ==, BUSY);
	g_clear_pointer(&scene->panel, panel_close);
	g_assert_cmphex(lit_on(board), ==, 0);
	gpiochip_close(chip);
}

static void test_names_of_states(struct scene *scene, gconstpointer data)
{
	for (int a = 0; a < PANEL_N_STATES; a++) {
		g_assert_nonnull(panel_state_name(a));
		for (int b = 0; b < a; b++)
			g_assert_cmpstr(panel_state_name(a), !=, panel_state_name(b));
	}
	g_assert_cmpstr(panel_state_name(PANEL_IDLE), ==, "idle");
	g_assert_cmpstr(panel_state_name(PANEL_NO_JOB), ==, "no-job");
}

static void add(const char *path, void (*test)(struct scene *scene, gconstpointer data))
{
	g_autofree char *full = g_strconcat("/panel/", path, NULL);

	g_test_add(full, struct scene, NULL, set_up, test, tear_down);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	add("no-job", test_at_first_there_is_no_job);
	add("active-low", test_leds_that_are_lit_by_low);
	add("at-once", test_all_lights_are_set_at_once);
	add("press", test_a_press_runs_with_the_lights_on);
	add("fails-at-once", test_a_run_that_fails_at_once);
	add("asks", test_all_that_a_panel_asks_for);
	add("second-button", test_the_second_button);
	add("buzzer", test_the_buzzer);
	add("pulse", test_a_pulse_takes_its_time);
	add("target-gone", test_it_looks_for_the_target);
	add("changed", test_changes_are_told_once);
	add("nothing-wired", test_nothing_is_wired);
	add("no-panel", test_a_station_without_a_panel);
	add("light-taken", test_a_light_that_is_taken);
	add("button-is-light", test_a_button_that_is_a_light);
	add("must-have-edges", test_edges_that_must_be_there);
	add("polling", test_polling);
	add("lights-fail", test_lights_that_fail_are_told_once);
	add("virtual-board", test_a_press_on_the_virtual_board);
	add("names", test_names_of_states);
	return g_test_run();
}
