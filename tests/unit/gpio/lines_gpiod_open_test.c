/* SPDX-License-Identifier: MIT */
/* Which chip is opened, and what is said when there is none. */
#include "appliance/base/error.h"
#include "tests/models/gpiochip_scene.h"

#define TRY "; to try Sixpin without hardware, give --chip virtual:ATmega328P"

static void assert_open_fails(const char *spec, int code, const char *message)
{
	g_autoptr(GError) error = NULL;

	g_assert_null(gpiochip_open(spec, &error));
	g_assert_error(error, SIXPIN_ERROR, code);
	g_assert_cmpstr(error->message, ==, message);
}

static void test_opens_by_label_path_name_and_header(struct gpiochip_scene *scene,
						     gconstpointer data)
{
	static const char *const specs[] = { "pinctrl-bcm2711", GPIOCHIP_PATH,
					     "gpiochip4", NULL };

	(void)scene;
	(void)data;
	for (unsigned i = 0; i < G_N_ELEMENTS(specs); i++) {
		struct gpiochip *chip = gpiochip_scene_open(specs[i]);

		g_assert_cmpstr(chip->name, ==, GPIOCHIP_NAME);
		gpiochip_close(chip);
	}
}

static void test_header_of_every_board_is_known(struct gpiochip_scene *scene,
						gconstpointer data)
{
	static const char *const labels[] = { "pinctrl-bcm2835", "pinctrl-bcm2711",
					      "pinctrl-rp1" };
	const struct lines_request led = { .n_outputs = 1, .outputs = { { 27, false } } };

	(void)scene;
	(void)data;
	for (unsigned i = 0; i < G_N_ELEMENTS(labels); i++) {
		struct gpiochip *chip;
		struct lines *lines;

		g_setenv("SIXPIN_GPIOCHIP_LABEL", labels[i], TRUE);
		chip = gpiochip_scene_open(NULL);
		lines = gpiochip_scene_request(chip, &led);
		g_assert_cmpint(lines->edges_late, ==,
				g_str_equal(labels[i], "pinctrl-rp1"));
		lines_close(lines);
		gpiochip_close(chip);
	}
}

static void test_missing_chip_names_those_there_are(struct gpiochip_scene *scene,
						    gconstpointer data)
{
	(void)scene;
	(void)data;
	g_setenv("SIXPIN_GPIOCHIP_LABEL", "raspberrypi-exp-gpio", TRUE);
	assert_open_fails(
		"pinctrl-bcm2711", SIXPIN_ERROR_NO_PROGRAMMER,
		"there is no GPIO chip \"pinctrl-bcm2711\"; there are: " GPIOCHIP_PATH
		" (raspberrypi-exp-gpio)" TRY);
	assert_open_fails(
		"/dev/gpiochip0", SIXPIN_ERROR_NO_PROGRAMMER,
		"there is no GPIO chip \"/dev/gpiochip0\"; there are: " GPIOCHIP_PATH
		" (raspberrypi-exp-gpio)" TRY);
	assert_open_fails(
		NULL, SIXPIN_ERROR_NO_PROGRAMMER,
		"no GPIO chip here carries a Raspberry Pi's header; there are: " GPIOCHIP_PATH
		" (raspberrypi-exp-gpio)" TRY);
}

static void test_machine_without_chips_says_so(struct gpiochip_scene *scene,
					       gconstpointer data)
{
	(void)scene;
	(void)data;
	if (g_file_test("/sys/bus/gpio/devices", G_FILE_TEST_EXISTS)) {
		g_test_skip("this machine has GPIO chips");
		return;
	}
	g_unsetenv("SIXPIN_GPIOCHIP_BOARD");
	assert_open_fails(
		NULL, SIXPIN_ERROR_NO_PROGRAMMER,
		"no GPIO chip here carries a Raspberry Pi's header: this machine has "
		"no GPIO chips" TRY);
	assert_open_fails(
		"pinctrl-rp1", SIXPIN_ERROR_NO_PROGRAMMER,
		"there is no GPIO chip \"pinctrl-rp1\": this machine has no GPIO "
		"chips" TRY);
}

static void test_other_files_are_no_chips(struct gpiochip_scene *scene,
					  gconstpointer data)
{
	(void)scene;
	(void)data;
	assert_open_fails("/dev/null", SIXPIN_ERROR_NO_PROGRAMMER,
			  "there is no GPIO chip \"/dev/null\"; there are: " GPIOCHIP_PATH
			  " (pinctrl-bcm2711)" TRY);
}

static void test_forbidden_chip_names_the_remedy(struct gpiochip_scene *scene,
						 gconstpointer data)
{
	(void)scene;
	(void)data;
	g_setenv("SIXPIN_GPIOCHIP_DENY", "1", TRUE);
	assert_open_fails(
		GPIOCHIP_PATH, SIXPIN_ERROR_IO,
		"cannot open the GPIO chip " GPIOCHIP_PATH
		": Permission denied; join the group gpio (sudo usermod -aG gpio "
		"$USER, then log in again) or be root");
	assert_open_fails(
		NULL, SIXPIN_ERROR_IO,
		"cannot open the GPIO chip of the Raspberry Pi's header: Permission "
		"denied; join the group gpio (sudo usermod -aG gpio $USER, then log "
		"in again) or be root");
}

#define ADD(path, function)                                                \
	g_test_add("/lines-gpiod/open/" path, struct gpiochip_scene, NULL, \
		   gpiochip_scene_set_up, function, gpiochip_scene_tear_down)

static void add_tests(void)
{
	ADD("opens-by-label-path-name-and-header",
	    test_opens_by_label_path_name_and_header);
	ADD("header-of-every-board-is-known", test_header_of_every_board_is_known);
	ADD("missing-chip-names-those-there-are",
	    test_missing_chip_names_those_there_are);
	ADD("machine-without-chips-says-so", test_machine_without_chips_says_so);
	ADD("other-files-are-no-chips", test_other_files_are_no_chips);
	ADD("forbidden-chip-names-the-remedy", test_forbidden_chip_names_the_remedy);
}

int main(int argc, char **argv)
{
	gpiochip_scene_init(argv);
	return gpiochip_scene_run(argc, argv, add_tests);
}
