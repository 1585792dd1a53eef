/* SPDX-License-Identifier: MIT */
/* Lines of the genuine libgpiod: who holds them, which way they point, what they cost. */
#include <fcntl.h>
#include <linux/gpio.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "appliance/base/error.h"
#include "gpio/virtual/board.h"
#include "tests/models/gpiochip_scene.h"

#define LINE(n)	   ((uint64_t)1 << (n))
#define HOLD_LINES "--hold-lines"

enum { OUT_SCK = 1, OUT_MOSI = 2, OUT_RESET = 4 };
enum { IN_MISO = 1, IN_SENSE = 2 };

static const struct lines_request isp_lines = {
	.n_outputs = 3,
	.outputs = { { BOARD_SCK, false },
		     { BOARD_MOSI, false },
		     { BOARD_RESET, false } },
	.n_inputs = 2,
	.inputs = { { BOARD_MISO, false }, { BOARD_SENSE, false } },
};

static void assert_request_fails(struct gpiochip *chip, int code, const char *message)
{
	g_autoptr(GError) error = NULL;

	g_assert_null(gpiochip_request(chip, &isp_lines, &error));
	g_assert_error(error, SIXPIN_ERROR, code);
	g_assert_cmpstr(error->message, ==, message);
}

/* As the kernel's own drivers do it, without libgpiod. */
static int take_line(unsigned offset, const char *consumer)
{
	struct gpiohandle_request request = {
		.lineoffsets = { offset },
		.lines = 1,
		.flags = GPIOHANDLE_REQUEST_INPUT,
	};
	int chip = open(GPIOCHIP_PATH, O_RDWR | O_CLOEXEC);

	g_strlcpy(request.consumer_label, consumer, sizeof(request.consumer_label));
	g_assert_cmpint(ioctl(chip, GPIO_GET_LINEHANDLE_IOCTL, &request), ==, 0);
	close(chip);
	return request.fd;
}

static void test_busy_line_names_its_holder(struct gpiochip_scene *scene,
					    gconstpointer data)
{
	struct gpiochip *chip = gpiochip_scene_open(NULL);
	int holder = take_line(BOARD_SENSE, "spi0 CS0");

	(void)scene;
	(void)data;
	assert_request_fails(chip, SIXPIN_ERROR_BUSY,
			     "line 13 of " GPIOCHIP_NAME
			     " is in use by spi0 CS0; stop that program or "
			     "driver, or wire to another line");
	close(holder);
	lines_close(gpiochip_scene_request(chip, &isp_lines));
	gpiochip_close(chip);
}

static void test_own_line_is_not_given_twice(struct gpiochip_scene *scene,
					     gconstpointer data)
{
	struct gpiochip *chip = gpiochip_scene_open(NULL);
	struct lines *lines = gpiochip_scene_request(chip, &isp_lines);

	(void)scene;
	(void)data;
	assert_request_fails(chip, SIXPIN_ERROR_BUSY,
			     "line 11 of " GPIOCHIP_NAME
			     " is in use by sixpin; stop that program or "
			     "driver, or wire to another line");
	lines_close(lines);
	gpiochip_close(chip);
}

struct holder {
	GPid pid;
	int to;
	int from;
};

/* Comes back when the other process has the lines. */
static void holder_start(struct holder *holder)
{
	char self[] = "/proc/self/exe", what[] = HOLD_LINES;
	char *argv[] = { self, what, NULL };
	char ready = 0;

	g_assert_true(g_spawn_async_with_pipes(
		NULL, argv, NULL, G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL, &holder->pid,
		&holder->to, &holder->from, NULL, NULL));
	g_assert_cmpint(read(holder->from, &ready, 1), ==, 1);
	g_assert_cmpint(ready, ==, '+');
}

static void holder_stop(struct holder *holder)
{
	int status;

	close(holder->to);
	close(holder->from);
	g_assert_cmpint(waitpid(holder->pid, &status, 0), ==, holder->pid);
	g_assert_cmpint(status, ==, 0);
}

static void test_another_process_is_told_apart(struct gpiochip_scene *scene,
					       gconstpointer data)
{
	struct gpiochip *chip = gpiochip_scene_open(NULL);
	struct holder holder;

	(void)scene;
	(void)data;
	holder_start(&holder);
	assert_request_fails(chip, SIXPIN_ERROR_BUSY,
			     "line 11 of " GPIOCHIP_NAME
			     " is in use by sixpin; stop that program or "
			     "driver, or wire to another line");
	holder_stop(&holder);
	lines_close(gpiochip_scene_request(chip, &isp_lines));
	gpiochip_close(chip);
}

static void test_line_beyond_the_chip_is_refused(struct gpiochip_scene *scene,
						 gconstpointer data)
{
	const struct lines_request request = { .n_inputs = 1,
					       .inputs = { { 54, false } } };
	struct gpiochip *chip = gpiochip_scene_open(NULL);
	g_autoptr(GError) error = NULL;

	(void)scene;
	(void)data;
	g_assert_null(gpiochip_request(chip, &request, &error));
	g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE);
	g_assert_cmpstr(error->message, ==,
			GPIOCHIP_NAME " has no line 54; its lines are 0 to 53");
	gpiochip_close(chip);
}

#define ISP_OUTPUTS (LINE(BOARD_SCK) | LINE(BOARD_MOSI) | LINE(BOARD_RESET))

/* `data` is a setting of the scene, or NULL. */
static void test_outputs_drive_only_between_drive_and_release(
	struct gpiochip_scene *scene, gconstpointer data)
{
	struct gpiochip *chip = gpiochip_scene_open(NULL);
	struct lines *lines;

	if (data)
		g_setenv(data, "1", TRUE);
	lines = gpiochip_scene_request(chip, &isp_lines);
	gpiochip_scene_assert_header(scene, 0, 0);
	g_assert_true(lines_drive(lines, OUT_RESET, NULL));
	gpiochip_scene_assert_header(scene, ISP_OUTPUTS, LINE(BOARD_RESET));
	g_assert_true(lines_set(lines, OUT_MOSI | OUT_RESET, OUT_MOSI, NULL));
	gpiochip_scene_assert_header(scene, ISP_OUTPUTS, LINE(BOARD_MOSI));
	g_assert_true(lines_set(lines, OUT_SCK, OUT_SCK, NULL));
	gpiochip_scene_assert_header(scene, ISP_OUTPUTS,
				     LINE(BOARD_MOSI) | LINE(BOARD_SCK));
	g_assert_true(lines_release(lines, NULL));
	gpiochip_scene_assert_header(scene, 0, 0);
	g_assert_true(lines_release(lines, NULL));
	g_assert_true(lines_drive(lines, OUT_MOSI, NULL));
	gpiochip_scene_assert_header(scene, ISP_OUTPUTS, LINE(BOARD_MOSI));
	lines_close(lines);
	gpiochip_scene_assert_header(scene, 0, 0);
	gpiochip_close(chip);
}

static void test_set_on_released_outputs_fails(struct gpiochip_scene *scene,
					       gconstpointer data)
{
	struct gpiochip *chip = gpiochip_scene_open(NULL);
	struct lines *lines = gpiochip_scene_request(chip, &isp_lines);
	g_autoptr(GError) error = NULL;

	(void)data;
	g_assert_false(lines_set(lines, OUT_SCK, OUT_SCK, &error));
	g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_IO);
	g_assert_cmpstr(error->message, ==,
			"cannot set lines on " GPIOCHIP_NAME ": Operation not permitted");
	gpiochip_scene_assert_header(scene, 0, 0);
	lines_close(lines);
	gpiochip_close(chip);
}

static void test_a_call_of_ours_is_one_of_the_kernel(struct gpiochip_scene *scene,
						     gconstpointer data)
{
	struct gpiochip *chip = gpiochip_scene_open(NULL);
	struct lines *lines = gpiochip_scene_request(chip, &isp_lines);
	uint32_t levels;

	(void)data;
	lines_drive(lines, OUT_RESET, NULL);
	for (unsigned i = 0; i < 10; i++) {
		lines_set(lines, OUT_SCK | OUT_MOSI, i & 3, NULL);
		lines_get(lines, &levels, NULL);
	}
	g_assert_cmpuint(gpiochip_scene_count(scene, "set lines=11,10,25 errno=0"), ==,
			 10);
	g_assert_cmpuint(gpiochip_scene_count(scene, "get lines=9,13 errno=0"), ==, 10);
	g_assert_cmpuint(gpiochip_scene_count(scene, "configure lines=11,10,25 errno=0"),
			 ==, 1);
	g_assert_cmpuint(gpiochip_scene_count(scene, "request"), ==, 2);
	g_assert_cmpuint(gpiochip_scene_count(scene, ""), ==, 23);
	lines_close(lines);
	gpiochip_close(chip);
}

static const struct lines_request switch_lines = {
	.n_outputs = 1,
	.outputs = { { BOARD_POWER, false } },
	.n_inputs = 2,
	.inputs = { { BOARD_MISO, false }, { BOARD_SENSE, false } },
};

/* The power switch and the sense of power are the board's own loop from output to input.
 */
static void test_inputs_read_what_the_board_says(struct gpiochip_scene *scene,
						 gconstpointer data)
{
	struct gpiochip *chip = gpiochip_scene_open(NULL);
	struct lines *lines = gpiochip_scene_request(chip, &switch_lines);
	uint32_t levels;

	(void)scene;
	(void)data;
	lines_drive(lines, 0, NULL);
	g_assert_true(lines_get(lines, &levels, NULL));
	g_assert_cmphex(levels, ==, IN_MISO);
	lines_set(lines, 1, 1, NULL);
	g_assert_true(lines_get(lines, &levels, NULL));
	g_assert_cmphex(levels, ==, IN_MISO | IN_SENSE);
	lines_close(lines);
	gpiochip_close(chip);
}

static void test_active_low_lines_are_inverted(struct gpiochip_scene *scene,
					       gconstpointer data)
{
	struct lines_request request = switch_lines;
	struct gpiochip *chip = gpiochip_scene_open(NULL);
	struct lines *lines;
	uint32_t levels;

	(void)data;
	request.outputs[0].active_low = true;
	request.inputs[1].active_low = true;
	lines = gpiochip_scene_request(chip, &request);
	lines_drive(lines, 1, NULL);
	gpiochip_scene_assert_header(scene, LINE(BOARD_POWER), 0);
	lines_get(lines, &levels, NULL);
	g_assert_cmphex(levels, ==, IN_MISO | IN_SENSE);
	lines_set(lines, 1, 0, NULL);
	gpiochip_scene_assert_header(scene, LINE(BOARD_POWER), LINE(BOARD_POWER));
	lines_get(lines, &levels, NULL);
	g_assert_cmphex(levels, ==, IN_MISO);
	lines_close(lines);
	gpiochip_close(chip);
}

static void test_sets_of_one_direction(struct gpiochip_scene *scene, gconstpointer data)
{
	const struct lines_request led = { .n_outputs = 1, .outputs = { { 27, false } } };
	const struct lines_request button = { .n_inputs = 1, .inputs = { { 17, true } } };
	struct gpiochip *chip = gpiochip_scene_open(NULL);
	struct lines *outputs = gpiochip_scene_request(chip, &led);
	struct lines *inputs = gpiochip_scene_request(chip, &button);
	uint32_t levels;

	(void)data;
	g_assert_true(lines_drive(inputs, 0, NULL));
	g_assert_true(lines_drive(outputs, 1, NULL));
	gpiochip_scene_assert_header(scene, LINE(27), LINE(27));
	g_assert_true(lines_get(inputs, &levels, NULL));
	g_assert_cmphex(levels, ==, 1);
	lines_close(inputs);
	lines_close(outputs);
	gpiochip_scene_assert_header(scene, 0, 0);
	gpiochip_close(chip);
}

/* What the other process of test_another_process_is_told_apart does. */
static int hold_lines(void)
{
	struct gpiochip *chip = gpiochip_scene_open(NULL);
	struct lines *lines = gpiochip_scene_request(chip, &isp_lines);

	putchar('+');
	fflush(stdout);
	getchar();
	lines_close(lines);
	gpiochip_close(chip);
	return 0;
}

#define ADD(path, data, function)                                     \
	g_test_add("/lines-gpiod/" path, struct gpiochip_scene, data, \
		   gpiochip_scene_set_up, function, gpiochip_scene_tear_down)

static void add_tests(void)
{
	ADD("busy-line-names-its-holder", NULL, test_busy_line_names_its_holder);
	ADD("own-line-is-not-given-twice", NULL, test_own_line_is_not_given_twice);
	ADD("another-process-is-told-apart", NULL, test_another_process_is_told_apart);
	ADD("line-beyond-the-chip-is-refused", NULL,
	    test_line_beyond_the_chip_is_refused);
	ADD("outputs-drive/mainline-kernel", NULL,
	    test_outputs_drive_only_between_drive_and_release);
	ADD("outputs-drive/kernel-that-keeps-outputs", "SIXPIN_GPIOCHIP_KEEP",
	    test_outputs_drive_only_between_drive_and_release);
	ADD("outputs-drive/kernel-before-5.5", "SIXPIN_GPIOCHIP_OLD",
	    test_outputs_drive_only_between_drive_and_release);
	ADD("set-on-released-outputs-fails", NULL, test_set_on_released_outputs_fails);
	ADD("a-call-of-ours-is-one-of-the-kernel", NULL,
	    test_a_call_of_ours_is_one_of_the_kernel);
	ADD("inputs-read-what-the-board-says", NULL,
	    test_inputs_read_what_the_board_says);
	ADD("active-low-lines-are-inverted", NULL, test_active_low_lines_are_inverted);
	ADD("sets-of-one-direction", NULL, test_sets_of_one_direction);
}

int main(int argc, char **argv)
{
	gpiochip_scene_init(argv);
	if (argc > 1 && g_str_equal(argv[1], HOLD_LINES))
		return hold_lines();
	return gpiochip_scene_run(argc, argv, add_tests);
}
