/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "appliance/base/error.h"
#include "tests/models/target_scene.h"

#define FULL_SWING 0xF7 /* ATmega328P: crystal of 0.4 to 20 MHz */
#define LOW_POWER  0xFF /* crystal of 8 to 16 MHz */

static struct avr *work_with(struct target_scene *scene, const char *board, uint8_t low)
{
	target_scene_init(scene, board);
	memset(scene->cells->flash, 0x5A, 32768);
	memset(scene->cells->eeprom, 0xA5, 1024);
	target_scene_set_fuses(scene, low, 0xD9, 0xFF);
	return target_scene_work(scene);
}

/* What a rate that failed must not have done. */
static void assert_untouched(const struct target_scene *scene, uint8_t low)
{
	for (unsigned i = 0; i < 32768; i++)
		g_assert_cmphex(scene->cells->flash[i], ==, 0x5A);
	for (unsigned i = 0; i < 1024; i++)
		g_assert_cmphex(scene->cells->eeprom[i], ==, 0xA5);
	g_assert_cmphex(scene->cells->fuses[FUSE_LOW], ==, low);
	g_assert_cmphex(scene->cells->fuses[FUSE_HIGH], ==, 0xD9);
	g_assert_cmphex(scene->cells->lock, ==, 0xFF);
}

static void assert_rate(const char *board, uint8_t low, unsigned sck_hz)
{
	target_scene_auto struct target_scene scene;
	struct avr *avr = work_with(&scene, board, low);

	g_assert_true(avr_speed_up(avr, NULL));
	g_assert_cmpuint(avr->sck_hz, ==, sck_hz);
	g_assert_cmpuint(avr->recoveries, ==, 0);
	g_assert_cmpuint(scene.stats->sck_violations, ==, 0);
	assert_untouched(&scene, low);
}

static void test_8_mhz_internal(void)
{
	assert_rate("ATmega328P,ioctl=40,clock=0", 0xE2, 1900000);
}

static void test_1_mhz_internal(void)
{
	assert_rate("ATmega328P,ioctl=40,clock=0", 0x62, 237500);
}

static void test_16_mhz_crystal(void)
{
	assert_rate("ATmega328P,ioctl=40,clock=16M", LOW_POWER, 2666666);
}

static void test_128_khz_internal(void)
{
	target_scene_auto struct target_scene scene;
	struct avr *avr = work_with(&scene, "ATmega328P,ioctl=40,clock=0", 0xE3);

	g_assert_cmpuint(avr->sck_hz, ==, 25000);
	g_assert_true(avr_speed_up(avr, NULL));
	g_assert_cmpuint(avr->sck_hz, ==, 30400);
	assert_untouched(&scene, 0xE3);
}

static void assert_rate_with_board_said(const char *board, uint8_t low, uint32_t hz,
					unsigned sck_hz)
{
	target_scene_auto struct target_scene scene;
	struct avr *avr = work_with(&scene, board, low);

	avr->board = (struct avr_board_says){ true, CLOCK_CRYSTAL, hz };
	g_assert_true(avr_speed_up(avr, NULL));
	g_assert_cmpuint(avr->sck_hz, ==, sck_hz);
	g_assert_cmpuint(avr->recoveries, ==, 0);
	g_assert_cmpuint(scene.stats->sck_violations, ==, 0);
	assert_untouched(&scene, low);
}

static void test_a_board_that_is_said_is_not_tried_out(void)
{
	assert_rate_with_board_said("ATmega328P,ioctl=40,clock=8M", LOW_POWER, 8000000,
				    2000000);
	assert_rate_with_board_said("ATmega328P,ioctl=40,clock=16M", FULL_SWING, 16000000,
				    2666666);
	assert_rate_with_board_said("ATmega328P,ioctl=40,clock=1M", FULL_SWING, 1000000,
				    250000);
}

static void assert_steps_down(const char *board, uint8_t low, unsigned sck_hz)
{
	target_scene_auto struct target_scene scene;
	g_autoptr(GError) error = NULL;
	struct avr *avr = work_with(&scene, board, low);

	g_assert_true(avr_speed_up(avr, &error));
	g_assert_no_error(error);
	g_assert_cmpuint(avr->sck_hz, ==, sck_hz);
	g_assert_true(avr_check_signature(avr, NULL));
	assert_untouched(&scene, low);
}

static void test_a_slower_crystal_than_the_fuses_allow_steps_down(void)
{
	assert_steps_down("ATmega328P,ioctl=40,clock=8M", LOW_POWER, 1333333);
	assert_steps_down("ATmega328P,ioctl=40,clock=16M", FULL_SWING, 1666666);
	assert_steps_down("ATmega328P,ioctl=40,clock=1M", FULL_SWING, 208333);
}

static void test_bad_wires_at_every_rate_leave_the_slow_one(void)
{
	target_scene_auto struct target_scene scene;
	struct avr *avr = work_with(&scene, "ATmega328P,ioctl=40,clock=0", 0x62);

	scene.faults.miso_flip_at =
		scene.faults.n_gets + 8; /* in what is compared with */
	g_assert_true(avr_speed_up(avr, NULL));
	g_assert_cmpuint(avr->sck_hz, ==, 200000);
	g_assert_true(avr_check_signature(avr, NULL));
}

static void test_a_given_rate_is_kept(void)
{
	target_scene_auto struct target_scene scene;
	unsigned n_instructions;
	struct avr *avr;

	target_scene_init(&scene, "ATmega328P,ioctl=40");
	scene.settings.sck_hz = 123456;
	avr = target_scene_work(&scene);
	n_instructions = (unsigned)scene.stats->instructions;
	g_assert_true(avr_speed_up(avr, NULL));

	g_assert_cmpuint(avr->sck_hz, ==, 123456);
	g_assert_cmpuint(scene.stats->instructions, ==, n_instructions);
}

static void test_a_given_rate_that_is_too_fast_does_not_enter(void)
{
	target_scene_auto struct target_scene scene;
	g_autoptr(GError) error = NULL;

	target_scene_init(&scene, "ATmega328P,ioctl=40"); /* factory: 1 MHz */
	scene.settings.sck_hz = 4000000;
	g_assert_false(target_scene_begin(&scene, &error));
	g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_NO_TARGET);
}

static void test_an_error_of_the_lines_is_told(void)
{
	target_scene_auto struct target_scene scene;
	g_autoptr(GError) error = NULL;
	struct avr *avr = work_with(&scene, "ATmega328P,ioctl=40", LOW_POWER);

	scene.faults.get_error_at = scene.faults.n_gets + 500;
	g_assert_false(avr_speed_up(avr, &error));
	g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_IO);
	g_assert_cmpstr(error->message, ==, "cannot read the lines: Input/output error");
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
#define ADD(path, function) g_test_add_func("/avr/sck/" path, function)
	ADD("8-mhz-internal", test_8_mhz_internal);
	ADD("1-mhz-internal", test_1_mhz_internal);
	ADD("16-mhz-crystal", test_16_mhz_crystal);
	ADD("128-khz-internal", test_128_khz_internal);
	ADD("a-board-that-is-said-is-not-tried-out",
	    test_a_board_that_is_said_is_not_tried_out);
	ADD("a-slower-crystal-than-the-fuses-allow-steps-down",
	    test_a_slower_crystal_than_the_fuses_allow_steps_down);
	ADD("bad-wires-at-every-rate-leave-the-slow-one",
	    test_bad_wires_at_every_rate_leave_the_slow_one);
	ADD("a-given-rate-is-kept", test_a_given_rate_is_kept);
	ADD("a-given-rate-that-is-too-fast-does-not-enter",
	    test_a_given_rate_that_is_too_fast_does_not_enter);
	ADD("an-error-of-the-lines-is-told", test_an_error_of_the_lines_is_told);
	return g_test_run();
}
