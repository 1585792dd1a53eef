/* SPDX-License-Identifier: MIT */
/* Edges come with times that are past: nothing here waits for a hold to pass. */
#include "gpio/button.h"

#include "appliance/base/error.h"
#include "tests/models/panel_chip.h"

#define LINE   17u
#define MS     1000u
#define SECOND 1000000u

struct scene {
	struct panel_chip *chip;
	struct button *button;
	GArray *events;
};

static void on_event(void *user, enum button_event event)
{
	struct scene *scene = user;

	g_array_append_val(scene->events, event);
}

static void set_up(struct scene *scene, bool has_edges)
{
	*scene = (struct scene){
		.chip = panel_chip_new(has_edges),
		.events = g_array_new(FALSE, FALSE, sizeof(enum button_event)),
	};
}

static void open_button(struct scene *scene, bool polls)
{
	g_autoptr(GError) error = NULL;

	scene->button =
		button_open(panel_chip_get(scene->chip), (struct line){ LINE, true },
			    polls, false, on_event, scene, &error);
	g_assert_no_error(error);
	g_assert_nonnull(scene->button);
}

static void tear_down(struct scene *scene)
{
	button_close(scene->button);
	g_array_unref(scene->events);
	gpiochip_close(panel_chip_get(scene->chip));
}

static uint64_t now_us(void)
{
	return clock_now_ns(clock_monotonic()) / 1000;
}

/* The contact pulls the line to ground. */
static void move(struct scene *scene, bool down, uint64_t time_us)
{
	panel_chip_move(scene->chip, LINE, !down, time_us);
}

static void press(struct scene *scene, uint64_t time_us, uint64_t held_us)
{
	for (unsigned i = 0; i < 3; i++) {
		move(scene, true, time_us + i * 2 * MS);
		move(scene, false, time_us + i * 2 * MS + 700);
	}
	move(scene, true, time_us + 7 * MS);
	move(scene, false, time_us + held_us);
	move(scene, true, time_us + held_us + 2 * MS);
	move(scene, false, time_us + held_us + 3 * MS);
}

static void let_run(void)
{
	while (g_main_context_iteration(NULL, FALSE))
		;
}

static void wait_for_events(const struct scene *scene, unsigned n_events)
{
	while (scene->events->len < n_events)
		g_main_context_iteration(NULL, TRUE);
}

static void assert_heard(const struct scene *scene, const enum button_event *events,
			 unsigned n_events)
{
	g_assert_cmpuint(scene->events->len, ==, n_events);
	for (unsigned i = 0; i < n_events; i++)
		g_assert_cmpint(g_array_index(scene->events, enum button_event, i), ==,
				events[i]);
}

#define ASSERT_HEARD(scene, ...)                                          \
	assert_heard(scene, (const enum button_event[]){ __VA_ARGS__ },   \
		     sizeof((const enum button_event[]){ __VA_ARGS__ }) / \
			     sizeof(enum button_event))

static void test_nothing_wakes_up_while_nothing_happens(void)
{
	struct scene scene;

	set_up(&scene, true);
	open_button(&scene, false);

	let_run();
	g_assert_false(button_polls(scene.button));
	g_assert_cmpint(panel_chip_sleep_ms(), ==, -1);

	press(&scene, now_us() - SECOND, 100 * MS);
	let_run();
	g_assert_cmpint(panel_chip_sleep_ms(), ==, -1);
	g_assert_cmpuint(panel_chip_n_gets(scene.chip), ==, 1);
	tear_down(&scene);
}

/* The main loop was busy through three presses of different length. */
static void test_edges_count_by_the_time_they_had(void)
{
	struct scene scene;
	uint64_t start_us = now_us() - 20 * SECOND;

	set_up(&scene, true);
	open_button(&scene, false);
	press(&scene, start_us, 100 * MS);
	press(&scene, start_us + SECOND, 4 * SECOND);
	press(&scene, start_us + 6 * SECOND, 11 * SECOND);

	let_run();

	ASSERT_HEARD(&scene, BUTTON_DOWN, BUTTON_SHORT, BUTTON_DOWN, BUTTON_HELD,
		     BUTTON_HOLD, BUTTON_DOWN, BUTTON_HELD, BUTTON_HELD_LONG,
		     BUTTON_LONG);
	tear_down(&scene);
}

static void test_a_press_counts_without_another_edge(void)
{
	struct scene scene;
	uint64_t closed_us;

	set_up(&scene, true);
	open_button(&scene, false);
	closed_us = now_us();
	move(&scene, true, closed_us);

	wait_for_events(&scene, 1);

	ASSERT_HEARD(&scene, BUTTON_DOWN);
	g_assert_cmpuint(now_us(), >=, closed_us + BUTTON_PRESS_US);
	g_assert_cmpint(panel_chip_sleep_ms(), >, 0);
	g_assert_cmpint(panel_chip_sleep_ms(), <=, 2981);
	tear_down(&scene);
}

/* A clock of another kind stamps them: they count when they are read. */
static void test_an_edge_of_the_future_is_one_of_now(void)
{
	struct scene scene;
	uint64_t closed_us;

	set_up(&scene, true);
	open_button(&scene, false);
	closed_us = now_us();
	move(&scene, true, closed_us + 1000ull * SECOND);

	wait_for_events(&scene, 1);

	ASSERT_HEARD(&scene, BUTTON_DOWN);
	g_assert_cmpuint(now_us(), >=, closed_us + BUTTON_PRESS_US);
	tear_down(&scene);
}

static void test_a_contact_that_is_stuck_is_no_press(void)
{
	struct scene scene;
	uint64_t start_us = now_us() - 10 * SECOND;

	set_up(&scene, true);
	move(&scene, true, 0);
	open_button(&scene, false);

	let_run();
	g_assert_cmpint(panel_chip_sleep_ms(), ==, -1);
	move(&scene, false, start_us);
	press(&scene, start_us + SECOND, 100 * MS);
	let_run();
	ASSERT_HEARD(&scene, BUTTON_DOWN, BUTTON_SHORT);
	tear_down(&scene);
}

static void test_a_chattering_contact_is_read_to_its_end(void)
{
	struct scene scene;
	uint64_t start_us = now_us() - 10 * SECOND;

	set_up(&scene, true);
	open_button(&scene, false);
	for (unsigned i = 0; i < 1000; i++)
		move(&scene, i % 2 == 0, start_us + i * 3 * MS);
	press(&scene, start_us + 4 * SECOND, 100 * MS);

	let_run();

	ASSERT_HEARD(&scene, BUTTON_DOWN, BUTTON_SHORT);
	tear_down(&scene);
}

/* Moves the contact when it was heard: however late polls come, the events are these. */
static void press_by_polls(struct scene *scene)
{
	move(scene, true, 0);
	wait_for_events(scene, 1);
	move(scene, false, 0);
	wait_for_events(scene, 2);
	ASSERT_HEARD(scene, BUTTON_DOWN, BUTTON_SHORT);
}

static void test_a_chip_without_edges_is_polled(void)
{
	struct scene scene;

	set_up(&scene, false);
	open_button(&scene, false);

	g_assert_true(button_polls(scene.button));
	g_assert_cmpint(panel_chip_sleep_ms(), <=, (int)BUTTON_POLL_MS);
	press_by_polls(&scene);
	g_assert_cmpuint(panel_chip_n_gets(scene.chip), >=, 1 + 6 + 2);
	tear_down(&scene);
}

static void test_a_chip_with_edges_is_polled_if_that_is_wanted(void)
{
	struct scene scene;

	set_up(&scene, true);
	open_button(&scene, true);

	g_assert_true(button_polls(scene.button));
	press_by_polls(&scene);
	tear_down(&scene);
}

static void assert_not_opened(struct scene *scene, bool must_have_edges, int code,
			      const char *message)
{
	g_autoptr(GError) error = NULL;

	g_assert_null(button_open(panel_chip_get(scene->chip),
				  (struct line){ LINE, true }, false, must_have_edges,
				  on_event, scene, &error));
	g_assert_error(error, SIXPIN_ERROR, code);
	g_assert_cmpstr(error->message, ==, message);
}

static void test_edges_that_must_be_there(void)
{
	struct scene scene;

	set_up(&scene, false);

	assert_not_opened(&scene, true, SIXPIN_ERROR_IO,
			  "button: panel-chip tells no edges of line 17; let the "
			  "button be polled");
	g_assert_cmphex(panel_chip_watched(scene.chip), ==, 0);
	tear_down(&scene);
}

static void test_a_line_that_is_taken(void)
{
	struct scene scene;

	set_up(&scene, true);
	open_button(&scene, false);

	assert_not_opened(&scene, false, SIXPIN_ERROR_BUSY,
			  "button: line 17 of panel-chip is in use by sixpin");
	tear_down(&scene);
}

static void test_a_line_that_cannot_be_read(void)
{
	struct scene scene;

	set_up(&scene, true);
	panel_chip_break_watches(scene.chip);

	assert_not_opened(&scene, false, SIXPIN_ERROR_IO, "button: the model is broken");
	g_assert_cmphex(panel_chip_watched(scene.chip), ==, 0);
	tear_down(&scene);
}

static void test_a_line_that_fails_later_is_told_once(void)
{
	struct scene scenes[2];

	for (unsigned i = 0; i < G_N_ELEMENTS(scenes); i++) {
		set_up(&scenes[i], true);
		open_button(&scenes[i], i == 1);
		panel_chip_break_watches(scenes[i].chip);
		g_test_expect_message(NULL, G_LOG_LEVEL_WARNING,
				      "the button on line 17 of panel-chip is not looked "
				      "at any more: the model is broken");
		move(&scenes[i], true, now_us());

		g_main_context_iteration(NULL, TRUE);

		let_run();
		g_test_assert_expected_messages();
		g_assert_cmpint(panel_chip_sleep_ms(), ==, -1);
		g_assert_cmpuint(scenes[i].events->len, ==, 0);
		tear_down(&scenes[i]);
	}
}

static void test_it_keeps_the_chip(void)
{
	struct scene scene;

	set_up(&scene, true);
	open_button(&scene, false);
	gpiochip_close(panel_chip_get(scene.chip));

	press(&scene, now_us() - SECOND, 100 * MS);
	let_run();

	ASSERT_HEARD(&scene, BUTTON_DOWN, BUTTON_SHORT);
	button_close(scene.button);
	g_array_unref(scene.events);
	g_assert_cmpint(panel_chip_sleep_ms(), ==, -1);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/button/no-wake-up",
			test_nothing_wakes_up_while_nothing_happens);
	g_test_add_func("/button/edges", test_edges_count_by_the_time_they_had);
	g_test_add_func("/button/deadline", test_a_press_counts_without_another_edge);
	g_test_add_func("/button/future", test_an_edge_of_the_future_is_one_of_now);
	g_test_add_func("/button/stuck", test_a_contact_that_is_stuck_is_no_press);
	g_test_add_func("/button/chatter", test_a_chattering_contact_is_read_to_its_end);
	g_test_add_func("/button/no-edges", test_a_chip_without_edges_is_polled);
	g_test_add_func("/button/polls",
			test_a_chip_with_edges_is_polled_if_that_is_wanted);
	g_test_add_func("/button/must-have-edges", test_edges_that_must_be_there);
	g_test_add_func("/button/taken", test_a_line_that_is_taken);
	g_test_add_func("/button/cannot-be-read", test_a_line_that_cannot_be_read);
	g_test_add_func("/button/fails-later", test_a_line_that_fails_later_is_told_once);
	g_test_add_func("/button/keeps-the-chip", test_it_keeps_the_chip);
	return g_test_run();
}
