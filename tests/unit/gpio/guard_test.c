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

#define LINE(n)	   ((uint64_t)1 << (n))
#define ISP_LINES  (LINE(BOARD_SCK) | LINE(BOARD_MOSI) | LINE(BOARD_RESET))
#define PATIENCE_S 10

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
static void hold_reset(const struct scene *scene, bool guarded, int ready_fd)
{
	struct isp_port *port = isp_port_open(scene->chip, &scene->pins, NULL);

	if (!port || (guarded && !guard_start(scene->chip, &scene->pins, NULL)) ||
	    !isp_port_connect(port, NULL) || !isp_bitbang_reset(&port->bus, 150, NULL) ||
	    write(ready_fd, "", 1) != 1)
		_exit(1);
	for (;;)
		pause();
}

/* A process that does so; its id. */
static pid_t start_holder(const struct scene *scene, bool guarded)
{
	int fds[2];
	char ready;
	pid_t child;

	g_assert_cmpint(pipe2(fds, O_CLOEXEC), ==, 0);
	child = fork();
	if (child == 0)
		hold_reset(scene, guarded, fds[1]);
	close(fds[1]);
	g_assert_cmpint(read(fds[0], &ready, 1), ==, 1);
	close(fds[0]);
	return child;
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
