/* SPDX-License-Identifier: MIT */
#include "gpio/isp_port.h"

#include <string.h>

#include "appliance/base/error.h"
#include "gpio/lines_backends.h"
#include "gpio/virtual/avr_chip.h"
#include "gpio/virtual/board.h"
#include "tests/models/lines_recorder.h"

/* Of the control lines, power is bit 0 and enable bit 1. */
#define SWITCHED_PINS "power=6,enable=5,sense=13"
#define SWITCHED      "virtual:ATmega328P,ioctl=0,switched"
#define PLAIN	      "virtual:ATmega328P,ioctl=0"

/* A port whose calls are written down. */
struct scene {
	struct isp_port *port;
	struct lines_log log;
};

static void record(struct scene *scene)
{
	struct isp_port *port = scene->port;

	port->isp_lines = lines_recorder_new(port->isp_lines, "isp", &scene->log);
	port->bus.lines = port->isp_lines;
	port->bus.least_call_ns = 1; /* nothing to learn: fewer calls */
	if (port->control_lines)
		port->control_lines =
			lines_recorder_new(port->control_lines, "control", &scene->log);
}

static void open_scene(struct scene *scene, const char *chip, const char *pins_text)
{
	g_autoptr(GError) error = NULL;
	struct gpio_pins pins = GPIO_PINS_DEFAULT;

	if (*pins_text)
		gpio_pins_parse(pins_text, &pins, &error);
	g_assert_no_error(error);
	scene->log = (struct lines_log){ .text = g_string_new(NULL) };
	scene->port = isp_port_open(chip, &pins, &error);
	g_assert_no_error(error);
	record(scene);
}

static void close_scene(struct scene *scene)
{
	isp_port_close(scene->port);
	g_string_free(scene->log.text, TRUE);
}

static void forget(struct scene *scene)
{
	g_string_truncate(scene->log.text, 0);
}

static void assert_log(const struct scene *scene, const char *expected)
{
	g_assert_cmpstr(scene->log.text->str, ==, expected);
}

static uint64_t driven(const struct scene *scene)
{
	return virtual_board_driven(gpiochip_virtual_board(scene->port->chip));
}

static void test_opening_drives_nothing(void)
{
	struct scene scene;

	open_scene(&scene, SWITCHED, SWITCHED_PINS);

	assert_log(&scene, "");
	g_assert_cmphex(driven(&scene), ==, 0);
	close_scene(&scene);
}

static void test_power_settles_and_is_sensed_before_signals_pass(void)
{
	struct scene scene;

	open_scene(&scene, SWITCHED, SWITCHED_PINS);
	g_assert_true(isp_port_connect(scene.port, NULL));

	assert_log(&scene, "control drive 1 at 0 us\n"
			   "control get at 100000 us\n"
			   "control set 3 at 100000 us");
	g_assert_cmpuint(clock_now_ns(scene.port->isp_lines->clock), ==, 101000000);
	close_scene(&scene);
}

static void test_isp_lines_drive_after_all_that(void)
{
	struct scene scene;

	open_scene(&scene, SWITCHED, SWITCHED_PINS);
	g_assert_true(isp_port_connect(scene.port, NULL));
	forget(&scene);
	g_assert_true(isp_bitbang_reset(&scene.port->bus, 150, NULL));

	assert_log(&scene, "isp drive 4 at 101000 us\nisp set 0 at 101150 us");
	close_scene(&scene);
}

static void test_settling_times_are_those_of_the_pins(void)
{
	struct scene scene;

	open_scene(&scene, SWITCHED,
		   SWITCHED_PINS ",power_settle=5ms,enable_settle=300us");
	g_assert_true(isp_port_connect(scene.port, NULL));

	assert_log(&scene, "control drive 1 at 0 us\n"
			   "control get at 5000 us\n"
			   "control set 3 at 5000 us");
	g_assert_cmpuint(clock_now_ns(scene.port->isp_lines->clock), ==, 5300000);
	close_scene(&scene);
}

static void test_connected_again_it_does_nothing(void)
{
	struct scene scene;

	open_scene(&scene, SWITCHED, SWITCHED_PINS);
	g_assert_true(isp_port_connect(scene.port, NULL));
	forget(&scene);
	g_assert_true(isp_port_connect(scene.port, NULL));

	assert_log(&scene, "");
	close_scene(&scene);
}

static void test_inputs_come_before_the_cut_and_the_cut_before_off(void)
{
	struct scene scene;

	open_scene(&scene, SWITCHED, SWITCHED_PINS);
	g_assert_true(isp_port_connect(scene.port, NULL));
	forget(&scene);
	g_assert_true(isp_port_disconnect(scene.port, NULL));

	assert_log(&scene, "isp release at 101000 us\n"
			   "control drive 1 at 101000 us\n"
			   "control set 0 at 101000 us\n"
			   "control release at 101000 us");
	g_assert_cmphex(driven(&scene), ==, 0);
	close_scene(&scene);
}

static void test_disconnecting_works_for_what_another_process_left(void)
{
	struct scene scene;

	open_scene(&scene, SWITCHED, SWITCHED_PINS);
	g_assert_true(isp_port_disconnect(scene.port, NULL));

	assert_log(&scene, "isp release at 0 us\n"
			   "control drive 1 at 0 us\n"
			   "control set 0 at 0 us\n"
			   "control release at 0 us");
	close_scene(&scene);
}

static void test_connecting_again_does_all_of_it_again(void)
{
	struct scene scene;

	open_scene(&scene, SWITCHED, SWITCHED_PINS);
	g_assert_true(isp_port_connect(scene.port, NULL));
	g_assert_true(isp_port_disconnect(scene.port, NULL));
	forget(&scene);
	g_assert_true(isp_port_connect(scene.port, NULL));

	assert_log(&scene, "control drive 1 at 101000 us\n"
			   "control get at 201000 us\n"
			   "control set 3 at 201000 us");
	close_scene(&scene);
}

static void test_closing_disconnects(void)
{
	struct scene scene;

	open_scene(&scene, SWITCHED, SWITCHED_PINS);
	g_assert_true(isp_port_connect(scene.port, NULL));
	forget(&scene);
	isp_port_close(g_steal_pointer(&scene.port));

	assert_log(&scene, "isp release at 101000 us\n"
			   "control drive 1 at 101000 us\n"
			   "control set 0 at 101000 us\n"
			   "control release at 101000 us");
	close_scene(&scene);
}

static void test_active_low_control_lines(void)
{
	struct scene scene;

	open_scene(&scene, PLAIN, "power=~6,enable=~5");
	g_assert_true(isp_port_connect(scene.port, NULL));
	g_assert_true(isp_port_disconnect(scene.port, NULL));

	assert_log(&scene, "control drive 2 at 0 us\n"
			   "control set 0 at 100000 us\n"
			   "isp release at 101000 us\n"
			   "control drive 2 at 101000 us\n"
			   "control set 3 at 101000 us\n"
			   "control release at 101000 us");
	close_scene(&scene);
}

static void test_enable_alone(void)
{
	struct scene scene;

	open_scene(&scene, PLAIN, "enable=5");
	g_assert_true(isp_port_connect(scene.port, NULL));
	g_assert_true(isp_port_disconnect(scene.port, NULL));

	assert_log(&scene, "control drive 0 at 0 us\n"
			   "control set 1 at 0 us\n"
			   "isp release at 1000 us\n"
			   "control drive 0 at 1000 us\n"
			   "control set 0 at 1000 us\n"
			   "control release at 1000 us");
	close_scene(&scene);
}

static void test_sense_alone(void)
{
	struct scene scene;

	open_scene(&scene, PLAIN, "sense=13");
	g_assert_true(isp_port_connect(scene.port, NULL));
	g_assert_true(isp_port_disconnect(scene.port, NULL));

	assert_log(&scene, "control get at 0 us\nisp release at 0 us");
	close_scene(&scene);
}

static void test_without_control_lines_there_is_nothing_to_switch(void)
{
	struct scene scene;

	open_scene(&scene, PLAIN, "");
	g_assert_null(scene.port->control_lines);
	g_assert_true(isp_port_connect(scene.port, NULL));
	g_assert_true(isp_port_disconnect(scene.port, NULL));

	assert_log(&scene, "isp release at 0 us");
	close_scene(&scene);
}

static void assert_no_power(const char *chip, const char *pins, const char *message)
{
	g_autoptr(GError) error = NULL;
	struct scene scene;

	open_scene(&scene, chip, pins);

	g_assert_false(isp_port_connect(scene.port, &error));
	g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_NO_TARGET);
	g_assert_cmpstr(error->message, ==, message);
	g_assert_null(strstr(scene.log.text->str, "isp"));
	g_assert_null(strstr(scene.log.text->str, "control set"));
	close_scene(&scene);
}

static void test_a_target_without_power_is_refused_and_never_driven(void)
{
	assert_no_power(SWITCHED, "sense=13",
			"the target has no power: sense line 13 reads off");
	assert_no_power(SWITCHED, "sense=13,enable=5",
			"the target has no power: sense line 13 reads off");
}

static void test_a_target_that_power_does_not_reach_is_refused(void)
{
	assert_no_power(SWITCHED, "power=7,enable=5,sense=13",
			"the target has no power: sense line 13 reads off after power "
			"was switched on");
	assert_no_power(SWITCHED, "power=~6,enable=5,sense=13",
			"the target has no power: sense line 13 reads off after power "
			"was switched on");
}

/* What is refused for want of power is made safe all the same. */
static void test_a_refused_target_is_disconnected_like_any(void)
{
	struct scene scene;

	open_scene(&scene, SWITCHED, "power=7,enable=5,sense=13");
	g_assert_false(isp_port_connect(scene.port, NULL));
	forget(&scene);
	g_assert_true(isp_port_disconnect(scene.port, NULL));

	assert_log(&scene, "isp release at 100000 us\n"
			   "control drive 1 at 100000 us\n"
			   "control set 0 at 100000 us\n"
			   "control release at 100000 us");
	close_scene(&scene);
}

static void test_disconnecting_goes_on_after_a_failure_and_tells_it(void)
{
	static const char *const failing[] = { "isp release", "control drive",
					       "control set", "control release" };

	for (unsigned i = 0; i < G_N_ELEMENTS(failing); i++) {
		g_autofree char *message = g_strconcat(failing[i], " fails", NULL);
		g_autoptr(GError) error = NULL;
		struct scene scene;

		open_scene(&scene, SWITCHED, SWITCHED_PINS);
		g_assert_true(isp_port_connect(scene.port, NULL));
		scene.log.failing = failing[i];

		g_assert_false(isp_port_disconnect(scene.port, &error));
		g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_IO);
		g_assert_cmpstr(error->message, ==, message);
		g_assert_cmphex(driven(&scene), ==, 0);
		close_scene(&scene);
	}
}

static void test_connecting_ends_at_a_failure(void)
{
	static const char *const failing[] = { "control drive", "control get",
					       "control set" };

	for (unsigned i = 0; i < G_N_ELEMENTS(failing); i++) {
		g_autofree char *message = g_strconcat(failing[i], " fails", NULL);
		g_autoptr(GError) error = NULL;
		struct scene scene;

		open_scene(&scene, SWITCHED, SWITCHED_PINS);
		scene.log.failing = failing[i];

		g_assert_false(isp_port_connect(scene.port, &error));
		g_assert_cmpstr(error->message, ==, message);
		close_scene(&scene);
	}
}

static void assert_not_opened(const char *chip, const struct gpio_pins *pins,
			      const char *message)
{
	g_autoptr(GError) error = NULL;

	g_assert_null(isp_port_open(chip, pins, &error));
	g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE);
	g_assert_cmpstr(error->message, ==, message);
}

static void test_what_cannot_be_opened_says_why(void)
{
	struct gpio_pins pins = GPIO_PINS_DEFAULT;

	assert_not_opened("virtual:", &pins,
			  "\"virtual:\" names no part; try virtual:ATmega328P");
	pins.sck.offset = 60;
	assert_not_opened("virtual:none", &pins,
			  "virtual:none has no line 60; its lines are 0 to 53");
}

static void test_control_lines_that_cannot_be_had(void)
{
	struct gpio_pins pins = GPIO_PINS_DEFAULT;

	pins.has_sense = true;
	pins.sense.offset = 60;

	assert_not_opened("virtual:none", &pins,
			  "virtual:none has no line 60; its lines are 0 to 53");
}

static const struct {
	const char *path;
	GTestFunc func;
} tests[] = {
	{ "opening-drives-nothing", test_opening_drives_nothing },
	{ "power-settles-and-is-sensed-before-signals-pass",
	  test_power_settles_and_is_sensed_before_signals_pass },
	{ "isp-lines-drive-after-all-that", test_isp_lines_drive_after_all_that },
	{ "settling-times-are-those-of-the-pins",
	  test_settling_times_are_those_of_the_pins },
	{ "connected-again-it-does-nothing", test_connected_again_it_does_nothing },
	{ "inputs-come-before-the-cut-and-the-cut-before-off",
	  test_inputs_come_before_the_cut_and_the_cut_before_off },
	{ "disconnecting-works-for-what-another-process-left",
	  test_disconnecting_works_for_what_another_process_left },
	{ "connecting-again-does-all-of-it-again",
	  test_connecting_again_does_all_of_it_again },
	{ "closing-disconnects", test_closing_disconnects },
	{ "active-low-control-lines", test_active_low_control_lines },
	{ "enable-alone", test_enable_alone },
	{ "sense-alone", test_sense_alone },
	{ "without-control-lines-there-is-nothing-to-switch",
	  test_without_control_lines_there_is_nothing_to_switch },
	{ "a-target-without-power-is-refused-and-never-driven",
	  test_a_target_without_power_is_refused_and_never_driven },
	{ "a-target-that-power-does-not-reach-is-refused",
	  test_a_target_that_power_does_not_reach_is_refused },
	{ "a-refused-target-is-disconnected-like-any",
	  test_a_refused_target_is_disconnected_like_any },
	{ "disconnecting-goes-on-after-a-failure-and-tells-it",
	  test_disconnecting_goes_on_after_a_failure_and_tells_it },
	{ "connecting-ends-at-a-failure", test_connecting_ends_at_a_failure },
	{ "what-cannot-be-opened-says-why", test_what_cannot_be_opened_says_why },
	{ "control-lines-that-cannot-be-had", test_control_lines_that_cannot_be_had },
};

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (unsigned i = 0; i < G_N_ELEMENTS(tests); i++) {
		g_autofree char *path = g_strdup_printf("/isp-port/%s", tests[i].path);

		g_test_add_func(path, tests[i].func);
	}
	return g_test_run();
}
