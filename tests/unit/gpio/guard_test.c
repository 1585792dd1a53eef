/* SPDX-License-Identifier: MIT */
/* The guard is this executable, started again: main() hands over as sixpin's does. */
#include "gpio/guard.h"

#include <fcntl.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "appliance/base/error.h"
#include "gpio/isp_port.h"
#include "gpio/virtual/board.h"
#include "tests/models/board_file.h"

#define LINE(n)	   ((uint64_t)1 << (n))
#define ISP_LINES  (LINE(BOARD_SCK) | LINE(BOARD_MOSI) | LINE(BOARD_RESET))
#define PATIENCE_S 10

/* GPIO22 is lit by a low level. */
static const struct line leds[] = { { 27, false }, { 22, true }, { 23, false } };
#define LED_LINES (LINE(27) | LINE(22) | LINE(23))

/* A board in a file, and how it is wired. */
struct scene {
	char *dir;
	char *path;
	char *chip;
	struct gpio_pins pins;
};

static void set_up(struct scene *scene, gconstpointer data)
{
	scene->dir = g_dir_make_tmp("sixpin-XXXXXX", NULL);
	scene->path = g_build_filename(scene->dir, "board", NULL);
	scene->chip =
		g_strdup_printf("virtual:ATmega328P,switched,state=%s", scene->path);
	scene->pins = GPIO_PINS_DEFAULT;
	g_assert_true(gpio_pins_parse("power=6,enable=5,sense=13", &scene->pins, NULL));
}

static void tear_down(struct scene *scene, gconstpointer data)
{
	g_unlink(scene->path);
	g_rmdir(scene->dir);
	g_free(scene->chip);
	g_free(scene->path);
	g_free(scene->dir);
}

/* Waits while somebody has the board. */
static uint64_t driven_lines(const struct scene *scene)
{
	gint64 until_us = g_get_monotonic_time() + PATIENCE_S * G_USEC_PER_SEC;
	struct virtual_board *board;
	uint64_t driven;

	while (!(board = virtual_board_open(scene->chip, NULL))) {
		g_assert_cmpint(g_get_monotonic_time(), <, until_us);
		g_usleep(1000);
	}
	driven = virtual_board_driven(board);
	virtual_board_close(board);
	return driven;
}

static void assert_made_safe_in_time(const struct scene *scene)
{
	gint64 until_us = g_get_monotonic_time() + PATIENCE_S * G_USEC_PER_SEC;

	while (driven_lines(scene) != 0) {
		g_assert_cmpint(g_get_monotonic_time(), <, until_us);
		g_usleep(10000);
	}
}

/* Connects, holds the target in reset, says so, and waits for its end. */
static void hold_reset(const struct scene *scene, const void *data, int ready_fd)
{
	struct isp_port *port = isp_port_open(scene->chip, &scene->pins, NULL);
	const bool *guarded = data;

	if (!port || (*guarded && !guard_start(scene->chip, &scene->pins, NULL)) ||
	    !isp_port_connect(port, NULL) || !isp_bitbang_reset(&port->bus, 150, NULL) ||
	    write(ready_fd, "", 1) != 1)
		_exit(1);
	for (;;)
		pause();
}

/* A process that does this until it is killed; its id. */
static pid_t start_process(const struct scene *scene,
			   void (*hold)(const struct scene *scene, const void *data,
					int ready_fd),
			   const void *data)
{
	int fds[2];
	char ready;
	pid_t child;

	g_assert_cmpint(pipe2(fds, O_CLOEXEC), ==, 0);
	child = fork();
	if (child == 0)
		hold(scene, data, fds[1]);
	close(fds[1]);
	g_assert_cmpint(read(fds[0], &ready, 1), ==, 1);
	close(fds[0]);
	return child;
}

static pid_t start_holder(const struct scene *scene, bool guarded)
{
	return start_process(scene, hold_reset, &guarded);
}

static void kill_holder(pid_t child)
{
	int status;

	g_assert_cmpint(kill(child, SIGKILL), ==, 0);
	g_assert_cmpint(waitpid(child, &status, 0), ==, child);
	g_assert_true(WIFSIGNALED(status));
}

/* What the guard is for: as on a kernel that keeps outputs. */
static void test_without_a_guard_a_killed_process_leaves_reset_low(struct scene *scene,
								   gconstpointer data)
{
	kill_holder(start_holder(scene, false));

	g_assert_cmphex(driven_lines(scene), ==,
			ISP_LINES | LINE(BOARD_POWER) | LINE(BOARD_ENABLE));
}

static void test_of_a_killed_process_the_guard_lets_all_lines_go(struct scene *scene,
								 gconstpointer data)
{
	kill_holder(start_holder(scene, true));

	assert_made_safe_in_time(scene);
}

static void test_a_dismissed_guard_touches_nothing(struct scene *scene,
						   gconstpointer data)
{
	g_autoptr(GError) error = NULL;
	struct guard *guard = guard_start(scene->chip, &scene->pins, &error);
	struct virtual_board *board;

	g_assert_no_error(error);
	board = virtual_board_open(scene->chip, NULL);
	virtual_board_drive(board, ISP_LINES, 0);
	virtual_board_close(board);
	guard_dismiss(guard);

	g_assert_cmphex(driven_lines(scene), ==, ISP_LINES);
}

static void test_no_guard_is_dismissed_as_well(struct scene *scene, gconstpointer data)
{
	guard_dismiss(NULL);
}

static void test_a_board_without_a_file_needs_none(struct scene *scene,
						   gconstpointer data)
{
	g_autoptr(GError) error = NULL;

	g_assert_null(guard_start("virtual:ATmega328P", &scene->pins, &error));
	g_assert_no_error(error);
}

/* What the header drives, and what is high of it. */
static uint64_t open_levels(const struct scene *scene, uint64_t *driven)
{
	struct virtual_board *board = virtual_board_open(scene->chip, NULL);
	uint64_t levels = virtual_board_levels(board);

	*driven = virtual_board_driven(board);
	virtual_board_close(board);
	return levels & *driven;
}

/* Lights all LEDs under a guard, says so, and waits for its end. */
static void hold_leds(const struct scene *scene, const void *data, int ready_fd)
{
	struct lines_request request = { .n_outputs = G_N_ELEMENTS(leds) };
	struct gpiochip *chip = gpiochip_open(scene->chip, NULL);
	const bool *guarded = data;
	struct lines *lines;

	memcpy(request.outputs, leds, sizeof(leds));
	lines = chip ? gpiochip_request(chip, &request, NULL) : NULL;
	if (!lines ||
	    (*guarded &&
	     !guard_lines_start(scene->chip, leds, G_N_ELEMENTS(leds), NULL)) ||
	    !lines_drive(lines, 7, NULL) || write(ready_fd, "", 1) != 1)
		_exit(1);
	for (;;)
		pause();
}

static void test_without_a_guard_leds_of_a_killed_process_stay_lit(struct scene *scene,
								   gconstpointer data)
{
	const bool guarded = false;
	uint64_t driven;

	kill_holder(start_process(scene, hold_leds, &guarded));

	g_assert_cmphex(open_levels(scene, &driven), ==, LINE(27) | LINE(23));
	g_assert_cmphex(driven, ==, LED_LINES);
}

static void test_of_a_killed_process_the_guard_puts_the_leds_out(struct scene *scene,
								 gconstpointer data)
{
	const bool guarded = true;

	kill_holder(start_process(scene, hold_leds, &guarded));

	assert_made_safe_in_time(scene);
}

static void test_a_dismissed_guard_leaves_leds_lit(struct scene *scene,
						   gconstpointer data)
{
	g_autoptr(GError) error = NULL;
	struct guard *guard =
		guard_lines_start(scene->chip, leds, G_N_ELEMENTS(leds), &error);
	struct virtual_board *board;

	g_assert_no_error(error);
	g_assert_nonnull(guard);
	board = virtual_board_open(scene->chip, NULL);
	virtual_board_drive(board, LED_LINES, LED_LINES);
	virtual_board_close(board);
	guard_dismiss(guard);

	g_assert_cmphex(driven_lines(scene), ==, LED_LINES);
}

static void test_no_outputs_need_no_guard(struct scene *scene, gconstpointer data)
{
	g_autoptr(GError) error = NULL;

	g_assert_null(guard_lines_start(scene->chip, leds, 0, &error));
	g_assert_no_error(error);
	g_assert_null(guard_lines_start("virtual:none", leds, 1, &error));
	g_assert_no_error(error);
}

/* As a process that was killed without a guard leaves a header that keeps its outputs. */
static void leave_all_driven(const struct scene *scene)
{
	struct virtual_board *board = virtual_board_open(scene->chip, NULL);

	virtual_board_drive(
		board, ISP_LINES | LED_LINES | LINE(BOARD_POWER) | LINE(BOARD_ENABLE),
		LED_LINES | LINE(BOARD_POWER) | LINE(BOARD_ENABLE));
	virtual_board_close(board);
}

static void test_release_does_it_at_once(struct scene *scene, gconstpointer data)
{
	g_autoptr(GError) error = NULL;

	leave_all_driven(scene);
	g_assert_true(guard_release(scene->chip, &scene->pins, leds, G_N_ELEMENTS(leds),
				    &error));
	g_assert_no_error(error);

	g_assert_cmphex(driven_lines(scene), ==, 0);
}

static void test_release_of_leds_or_of_pins_alone(struct scene *scene, gconstpointer data)
{
	leave_all_driven(scene);
	g_assert_true(guard_release(scene->chip, NULL, leds, G_N_ELEMENTS(leds), NULL));
	g_assert_cmphex(driven_lines(scene), ==,
			ISP_LINES | LINE(BOARD_POWER) | LINE(BOARD_ENABLE));
	g_assert_true(guard_release(scene->chip, &scene->pins, NULL, 0, NULL));

	g_assert_cmphex(driven_lines(scene), ==, 0);
}

static void test_leds_go_out_before_they_are_let_go(struct scene *scene,
						    gconstpointer data)
{
	struct board_file file;

	leave_all_driven(scene);
	g_assert_true(guard_release(scene->chip, NULL, leds, G_N_ELEMENTS(leds), NULL));

	g_assert_true(board_file_read(&file, scene->path));
	g_assert_cmphex(file.state->levels & LED_LINES, ==, LINE(22));
	board_file_clear(&file);
}

static void test_release_goes_on_after_a_failure(struct scene *scene, gconstpointer data)
{
	static const struct line too_far[] = { { 54, false } };
	struct gpio_pins beyond = GPIO_PINS_DEFAULT;
	g_autofree char *expected = g_strdup_printf(
		"could not put the LEDs out: %s has no line 54; its lines are 0 to 53",
		scene->chip);
	g_autoptr(GError) outputs_error = NULL, pins_error = NULL;

	leave_all_driven(scene);
	g_assert_false(
		guard_release(scene->chip, &scene->pins, too_far, 1, &outputs_error));
	g_assert_error(outputs_error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE);
	g_assert_cmpstr(outputs_error->message, ==, expected);
	g_assert_cmphex(driven_lines(scene), ==, LED_LINES);
	beyond.sck.offset = 54;
	g_assert_false(guard_release(scene->chip, &beyond, leds, G_N_ELEMENTS(leds),
				     &pins_error));
	g_assert_true(g_str_has_prefix(pins_error->message, "could not let RESET go: "));
	g_assert_cmphex(driven_lines(scene), ==, 0);
}

/* The guard as a program, at the end of its input; its exit status. */
static int run_guard(const char *const *arguments, char **errors)
{
	g_autoptr(GSubprocess) guard = NULL;
	g_autoptr(GError) error = NULL;

	guard = g_subprocess_newv(arguments, G_SUBPROCESS_FLAGS_STDERR_PIPE, &error);
	g_assert_no_error(error);
	g_subprocess_communicate_utf8(guard, NULL, NULL, NULL, errors, &error);
	g_assert_no_error(error);
	return g_subprocess_get_exit_status(guard);
}

static void test_the_end_of_its_input_is_its_sign(struct scene *scene, gconstpointer data)
{
	const char *const arguments[] = { "/proc/self/exe", GUARD_OPTION, scene->chip,
					  "sck=11", NULL };
	struct virtual_board *board = virtual_board_open(scene->chip, NULL);
	g_autofree char *errors = NULL;

	virtual_board_drive(board, ISP_LINES, 0);
	virtual_board_close(board);

	g_assert_cmpint(run_guard(arguments, &errors), ==, 0);
	g_assert_cmpstr(errors, ==, "");
	g_assert_cmphex(driven_lines(scene), ==, 0);
}

static void test_what_it_cannot_do_it_says(struct scene *scene, gconstpointer data)
{
	const char *const arguments[] = { "/proc/self/exe", GUARD_OPTION, scene->chip,
					  "sck=99", NULL };
	g_autofree char *errors = NULL;

	g_assert_cmpint(run_guard(arguments, &errors), ==, 2);
	g_assert_cmpstr(errors, ==,
			"sixpin-guard: could not let RESET go: sck=99: expected a GPIO "
			"line from 0 to 53, with a ~ before it if it is active low\n");
}

static void test_outputs_it_cannot_read(struct scene *scene, gconstpointer data)
{
	const char *const arguments[] = { "/proc/self/exe", GUARD_OPTION, scene->chip, "",
					  "27,~x",	    NULL };
	g_autofree char *errors = NULL;

	g_assert_cmpint(run_guard(arguments, &errors), ==, 2);
	g_assert_cmpstr(errors, ==,
			"sixpin-guard: could not put the LEDs out: \"27,~x\" are no "
			"outputs; expected up to 32 lines such as 27,~22\n");
}

static void test_a_wrong_number_of_arguments(struct scene *scene, gconstpointer data)
{
	const char *const arguments[] = { "/proc/self/exe", GUARD_OPTION, scene->chip,
					  NULL };
	g_autofree char *errors = NULL;

	g_assert_cmpint(run_guard(arguments, &errors), ==, 2);
}

static const struct {
	const char *path;
	void (*func)(struct scene *scene, gconstpointer data);
} tests[] = {
	{ "without-a-guard-a-killed-process-leaves-reset-low",
	  test_without_a_guard_a_killed_process_leaves_reset_low },
	{ "of-a-killed-process-the-guard-lets-all-lines-go",
	  test_of_a_killed_process_the_guard_lets_all_lines_go },
	{ "a-dismissed-guard-touches-nothing", test_a_dismissed_guard_touches_nothing },
	{ "no-guard-is-dismissed-as-well", test_no_guard_is_dismissed_as_well },
	{ "a-board-without-a-file-needs-none", test_a_board_without_a_file_needs_none },
	{ "the-end-of-its-input-is-its-sign", test_the_end_of_its_input_is_its_sign },
	{ "what-it-cannot-do-it-says", test_what_it_cannot_do_it_says },
	{ "without-a-guard-leds-of-a-killed-process-stay-lit",
	  test_without_a_guard_leds_of_a_killed_process_stay_lit },
	{ "of-a-killed-process-the-guard-puts-the-leds-out",
	  test_of_a_killed_process_the_guard_puts_the_leds_out },
	{ "a-dismissed-guard-leaves-leds-lit", test_a_dismissed_guard_leaves_leds_lit },
	{ "no-outputs-need-no-guard", test_no_outputs_need_no_guard },
	{ "release-does-it-at-once", test_release_does_it_at_once },
	{ "release-of-leds-or-of-pins-alone", test_release_of_leds_or_of_pins_alone },
	{ "leds-go-out-before-they-are-let-go", test_leds_go_out_before_they_are_let_go },
	{ "release-goes-on-after-a-failure", test_release_goes_on_after_a_failure },
	{ "outputs-it-cannot-read", test_outputs_it_cannot_read },
	{ "a-wrong-number-of-arguments", test_a_wrong_number_of_arguments },
};

int main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], GUARD_OPTION) == 0)
		return guard_main(argc, argv);
	g_test_init(&argc, &argv, NULL);
	for (unsigned i = 0; i < G_N_ELEMENTS(tests); i++) {
		g_autofree char *path = g_strdup_printf("/guard/%s", tests[i].path);

		g_test_add(path, struct scene, NULL, set_up, tests[i].func, tear_down);
	}
	return g_test_run();
}
