/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "appliance/base/error.h"
#include "tests/models/target_scene.h"

static void assert_refused(struct target_scene *scene, int code, const char *message)
{
	g_autoptr(GError) error = NULL;

	g_assert_false(target_scene_begin(scene, &error));
	g_assert_error(error, SIXPIN_ERROR, code);
	g_assert_cmpstr(error->message, ==, message);
	target_scene_close(scene);
	target_scene_assert_released(scene);
}

static void test_a_part_is_known_by_its_signature(void)
{
	target_scene_auto struct target_scene scene;
	struct avr *avr;
	uint8_t signature[3];

	target_scene_init(&scene, "ATmega328P");
	avr = target_scene_work(&scene);
	g_assert_true(avr_read_signature(avr, signature, NULL));

	g_assert_cmpstr(avr->part->name, ==, "ATmega328P");
	g_assert_cmpmem(signature, 3, "\x1E\x95\x0F", 3);
	g_assert_cmpuint(avr->sck_hz, ==, 200000);
	g_assert_true(avr->echoes);
	g_assert_cmpuint(avr->recoveries, ==, 0);
}

static void test_candidates_alike_are_one_part(void)
{
	target_scene_auto struct target_scene scene;

	target_scene_init(&scene, "ATmega88A");
	g_assert_cmpstr(target_scene_work(&scene)->part->name, ==, "ATmega88");
}

static void test_a_named_candidate_is_taken(void)
{
	target_scene_auto struct target_scene scene;

	target_scene_init(&scene, "ATmega88");
	scene.settings.part = part_find("ATmega88A", NULL);
	g_assert_cmpstr(target_scene_work(&scene)->part->name, ==, "ATmega88A");
}

static void test_candidates_that_differ_must_be_named(void)
{
	target_scene_auto struct target_scene scene;

	target_scene_init(&scene, "ATmega165");
	assert_refused(
		&scene, SIXPIN_ERROR_USAGE,
		"signature 1E9410 belongs to ATmega165, ATmega165A, which are programmed "
		"differently; name one with --part");
}

static void test_a_wrong_part_is_named_and_left_alone(void)
{
	target_scene_auto struct target_scene scene;

	target_scene_init(&scene, "ATmega32U4");
	memset(scene.cells->flash, 0x55, 32768);
	scene.settings.part = part_find("ATmega328P", NULL);

	assert_refused(
		&scene, SIXPIN_ERROR_WRONG_PART,
		"expected ATmega328P (signature 1E950F), found ATmega32U4 (1E9587); "
		"nothing was changed");
	g_assert_cmpuint(scene.stats->erases, ==, 0);
	g_assert_cmphex(scene.cells->flash[0], ==, 0x55);
	g_assert_cmphex(scene.cells->flash[32767], ==, 0x55);
}

static void test_a_wrong_part_with_many_names_has_them_all(void)
{
	target_scene_auto struct target_scene scene;

	target_scene_init(&scene, "ATmega88");
	scene.settings.part = part_find("ATmega328P", NULL);
	assert_refused(
		&scene, SIXPIN_ERROR_WRONG_PART,
		"expected ATmega328P (signature 1E950F), found ATmega88, ATmega88A "
		"(1E930A); nothing was changed");
}

static void test_an_empty_socket_is_no_target(void)
{
	target_scene_auto struct target_scene scene;

	target_scene_init(&scene, "none");
	assert_refused(
		&scene, SIXPIN_ERROR_NO_TARGET,
		"no AVR answers to Programming Enable (gpio on virtual:none, SCK down "
		"to 3500 Hz): check target power, RESET, SCK, MOSI, MISO and ground");
}

static void test_no_answer_at_a_given_rate_offers_auto(void)
{
	target_scene_auto struct target_scene scene;

	target_scene_init(&scene, "none");
	scene.settings.sck_hz = 1000000;
	assert_refused(
		&scene, SIXPIN_ERROR_NO_TARGET,
		"no AVR answers to Programming Enable (gpio on virtual:none, SCK down "
		"to 1000000 Hz): check target power, RESET, SCK, MOSI, MISO and ground, "
		"or let SCK be chosen (--sck auto)");
}

static void assert_dead_miso(bool high, const char *message)
{
	target_scene_auto struct target_scene scene;
	g_autoptr(GError) error = NULL;
	uint8_t signature[3];
	struct avr *avr;

	target_scene_init(&scene, "ATmega328P");
	avr = target_scene_work(&scene);
	scene.faults.miso_stuck_at = scene.faults.n_gets + 1;
	scene.faults.miso_stuck_high = high;

	g_assert_false(avr_read_signature(avr, signature, &error));
	g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_NO_TARGET);
	g_assert_cmpstr(error->message, ==, message);
}

static void test_a_dead_miso_is_no_signature(void)
{
	assert_dead_miso(
		false, "signature reads 000000: MISO is open, shorted or without power");
	assert_dead_miso(
		true, "signature reads FFFFFF: MISO is open, shorted or without power");
}

static void test_a_signature_that_never_settles_is_noise(void)
{
	target_scene_auto struct target_scene scene;
	g_autoptr(GError) error = NULL;
	uint8_t signature[3];
	struct avr *avr;

	target_scene_init(&scene, "ATmega328P");
	avr = target_scene_work(&scene);
	scene.faults.random = 1;
	scene.faults.miso_flips_one_in = 3;

	g_assert_false(avr_read_signature(avr, signature, &error));
	g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_IO);
	g_assert_cmpstr(
		error->message, ==,
		"the signature reads differently every time: shorten the wires, lower "
		"SCK (now 200000 Hz), check ground and power");
}

static void test_a_part_at_1_mhz_enters_at_the_first_try(void)
{
	target_scene_auto struct target_scene scene;

	target_scene_init(&scene, "ATmega328P,clock=0");
	g_assert_cmpuint(target_scene_work(&scene)->sck_hz, ==, 200000);
	g_assert_cmpuint(scene.stats->entries, ==, 1);
	g_assert_cmpuint(scene.stats->sck_violations, ==, 0);
}

static void assert_slow_part_enters(uint8_t low_fuse, unsigned sck_hz)
{
	target_scene_auto struct target_scene scene;

	target_scene_init(&scene, "ATmega328P,clock=0");
	target_scene_set_fuses(&scene, low_fuse, 0xD9, 0xFF);
	g_assert_cmpuint(target_scene_work(&scene)->sck_hz, ==, sck_hz);
	g_assert_cmpuint(scene.stats->entries, ==, 1);
}

static void test_a_part_at_128_khz_enters(void)
{
	assert_slow_part_enters(0xE3, 25000);
}

static void test_a_part_at_16_khz_enters(void)
{
	assert_slow_part_enters(0x63, 3500);
}

static void test_a_lost_entry_is_tried_again(void)
{
	target_scene_auto struct target_scene scene;
	g_autoptr(GError) error = NULL;

	target_scene_init(&scene, "ATmega328P");
	g_assert_true(target_scene_open(&scene, &error));
	scene.faults.mosi_flips_one_in = 4;
	scene.faults.random_n_sets = 105; /* the cost of a call is learnt by 65 */
	g_assert_true(station_enter(scene.station, &error));

	g_assert_no_error(error);
	g_assert_cmpuint(scene.faults.n_drives, ==, 2);
	g_assert_cmpuint(scene.stats->entries, ==, 1);
}

static void test_a_flipped_echo_leaves_the_target_one_that_echoes(void)
{
	target_scene_auto struct target_scene scene;
	g_autoptr(GError) error = NULL;

	target_scene_init(&scene, "ATmega328P");
	g_assert_true(target_scene_open(&scene, &error));
	scene.faults.miso_flip_at =
		8 + 10; /* after the byte that Programming Enable wants */
	g_assert_true(station_enter(scene.station, &error));

	g_assert_cmpuint(scene.faults.n_faults, ==, 1);
	g_assert_true(scene.station->avr.echoes);
}

static void test_a_lost_step_is_recovered_at_half_the_rate(void)
{
	target_scene_auto struct target_scene scene;
	struct avr *avr;
	uint8_t signature[3];

	target_scene_init(&scene, "ATmega328P");
	avr = target_scene_work(&scene);
	scene.faults.lost_edge_at = scene.faults.n_sets + 1;
	g_assert_true(avr_recover(avr, NULL));
	g_assert_true(avr_read_signature(avr, signature, NULL));

	g_assert_cmpuint(avr->sck_hz, ==, 100000);
	g_assert_cmpuint(avr->recoveries, ==, 1);
	g_assert_cmpuint(avr->doubts, ==, 1);
	g_assert_cmpuint(scene.stats->entries, ==, 2);
	g_assert_cmpmem(signature, 3, "\x1E\x95\x0F", 3);
}

static void test_a_given_rate_stays_at_recovery(void)
{
	target_scene_auto struct target_scene scene;
	struct avr *avr;

	target_scene_init(&scene, "ATmega328P");
	scene.settings.sck_hz = 150000;
	avr = target_scene_work(&scene);
	g_assert_true(avr_recover(avr, NULL));
	g_assert_cmpuint(avr->sck_hz, ==, 150000);
}

static void test_a_target_that_is_gone_is_not_recovered(void)
{
	target_scene_auto struct target_scene scene;
	g_autoptr(GError) error = NULL;
	struct avr *avr;

	target_scene_init(&scene, "ATmega328P");
	avr = target_scene_work(&scene);
	scene.faults.miso_stuck_at = scene.faults.n_gets + 1;
	g_assert_false(avr_recover(avr, &error));

	g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_NO_TARGET);
	g_assert_cmpstr(
		error->message, ==,
		"the target stopped answering: check the plug, target power and SCK "
		"(now 100000 Hz)");
}

static void test_another_part_after_recovery_is_told(void)
{
	target_scene_auto struct target_scene scene;
	g_autoptr(GError) error = NULL;
	struct avr *avr;

	target_scene_init(&scene, "ATmega328P");
	avr = target_scene_work(&scene);
	avr->part = part_find("ATmega32U4", NULL);
	g_assert_false(avr_recover(avr, &error));

	g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_WRONG_PART);
	g_assert_cmpstr(
		error->message, ==,
		"the target's signature was ATmega32U4's (1E9587) and reads 1E950F now");
}

static void test_a_failing_release_fails_the_leaving(void)
{
	target_scene_auto struct target_scene scene;
	g_autoptr(GError) error = NULL;

	target_scene_init(&scene, "ATmega328P");
	target_scene_work(&scene);
	scene.faults.release_fails = true;
	g_assert_false(station_leave(scene.station, &error));

	g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_IO);
	g_assert_cmpstr(error->message, ==,
			"cannot release the lines: Input/output error");
}

static void test_cancelling_releases_reset(void)
{
	target_scene_auto struct target_scene scene;
	g_autoptr(GCancellable) cancellable = g_cancellable_new();

	target_scene_init(&scene, "ATmega328P");
	scene.settings.cancellable = cancellable;
	g_cancellable_cancel(cancellable);
	assert_refused(&scene, SIXPIN_ERROR_CANCELLED, "stopped by the user");
	g_assert_cmpuint(scene.stats->entries, ==, 0);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
#define ADD(path, function) g_test_add_func("/avr/entry/" path, function)
	ADD("a-part-is-known-by-its-signature", test_a_part_is_known_by_its_signature);
	ADD("candidates-alike-are-one-part", test_candidates_alike_are_one_part);
	ADD("a-named-candidate-is-taken", test_a_named_candidate_is_taken);
	ADD("candidates-that-differ-must-be-named",
	    test_candidates_that_differ_must_be_named);
	ADD("a-wrong-part-is-named-and-left-alone",
	    test_a_wrong_part_is_named_and_left_alone);
	ADD("a-wrong-part-with-many-names-has-them-all",
	    test_a_wrong_part_with_many_names_has_them_all);
	ADD("an-empty-socket-is-no-target", test_an_empty_socket_is_no_target);
	ADD("no-answer-at-a-given-rate-offers-auto",
	    test_no_answer_at_a_given_rate_offers_auto);
	ADD("a-dead-miso-is-no-signature", test_a_dead_miso_is_no_signature);
	ADD("a-signature-that-never-settles-is-noise",
	    test_a_signature_that_never_settles_is_noise);
	ADD("a-part-at-1-mhz-enters-at-the-first-try",
	    test_a_part_at_1_mhz_enters_at_the_first_try);
	ADD("a-part-at-128-khz-enters", test_a_part_at_128_khz_enters);
	ADD("a-part-at-16-khz-enters", test_a_part_at_16_khz_enters);
	ADD("a-lost-entry-is-tried-again", test_a_lost_entry_is_tried_again);
	ADD("a-flipped-echo-leaves-the-target-one-that-echoes",
	    test_a_flipped_echo_leaves_the_target_one_that_echoes);
	ADD("a-lost-step-is-recovered-at-half-the-rate",
	    test_a_lost_step_is_recovered_at_half_the_rate);
	ADD("a-given-rate-stays-at-recovery", test_a_given_rate_stays_at_recovery);
	ADD("a-target-that-is-gone-is-not-recovered",
	    test_a_target_that_is_gone_is_not_recovered);
	ADD("another-part-after-recovery-is-told",
	    test_another_part_after_recovery_is_told);
	ADD("a-failing-release-fails-the-leaving",
	    test_a_failing_release_fails_the_leaving);
	ADD("cancelling-releases-reset", test_cancelling_releases_reset);
	return g_test_run();
}
