/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "appliance/base/error.h"
#include "tests/models/target_scene.h"

/* A target with 512 bytes of an image in it, and that image. */
static struct avr *work_with_image(struct target_scene *scene, struct image **image)
{
	uint8_t data[512];

	for (unsigned i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i * 7);
	target_scene_init(scene, "ATmega328P");
	memcpy(scene->cells->flash, data, sizeof(data));
	memcpy(scene->cells->eeprom, data, sizeof(data));
	*image = image_new();
	g_assert_true(image_add(*image, 0, data, sizeof(data), NULL));
	return target_scene_work(scene);
}

static void assert_mismatch(gboolean ok, const GError *error, const char *message)
{
	g_assert_false(ok);
	g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_VERIFY);
	g_assert_cmpstr(error->message, ==, message);
}

static void test_what_is_right_is_read_once(void)
{
	target_scene_auto struct target_scene scene;
	image_autofree struct image *image = NULL;
	struct avr *avr = work_with_image(&scene, &image);
	unsigned n_commands = scene.recorder->n_commands;

	g_assert_true(avr_verify_flash(avr, image, true, NULL));
	g_assert_cmpuint(scene.recorder->n_commands - n_commands, ==, 512);
	g_assert_cmpuint(avr->recoveries, ==, 0);
}

static void test_a_difference_is_told_with_its_place(void)
{
	target_scene_auto struct target_scene scene;
	image_autofree struct image *image = NULL;
	struct avr *avr = work_with_image(&scene, &image);
	g_autoptr(GError) error = NULL;
	gboolean ok;

	scene.cells->flash[0x123] = 0x00;
	scene.cells->flash[0x134] = 0x00;
	ok = avr_verify_flash(avr, image, false, &error);
	assert_mismatch(
		ok, error,
		"flash at 0x00123: expected F5, found 00 (2 of 256 bytes differ in "
		"this block)");
}

static void test_a_difference_in_eeprom_is_told_with_its_place(void)
{
	target_scene_auto struct target_scene scene;
	image_autofree struct image *image = NULL;
	struct avr *avr = work_with_image(&scene, &image);
	g_autoptr(GError) error = NULL;
	gboolean ok;

	scene.cells->eeprom[0x1FF] = 0x12;
	ok = avr_verify_eeprom(avr, image, &error);
	assert_mismatch(
		ok, error,
		"EEPROM at 0x001FF: expected F9, found 12 (1 of 256 bytes differ in "
		"this block)");
}

static void test_a_bit_that_flips_on_the_wire_is_read_again(void)
{
	target_scene_auto struct target_scene scene;
	image_autofree struct image *image = NULL;
	struct avr *avr = work_with_image(&scene, &image);

	scene.faults.miso_flip_at = scene.faults.n_gets + 100;
	g_assert_true(avr_verify_flash(avr, image, false, NULL));

	g_assert_cmpuint(scene.faults.n_faults, ==, 1);
	g_assert_cmpuint(avr->recoveries, ==, 1);
	g_assert_cmpuint(avr->doubts, ==, 0);
	g_assert_cmpuint(scene.stats->entries, ==, 1);
}

static void test_a_step_lost_while_reading_is_recovered(void)
{
	target_scene_auto struct target_scene scene;
	image_autofree struct image *image = NULL;
	struct avr *avr = work_with_image(&scene, &image);

	scene.faults.lost_edge_at = scene.faults.n_sets + 1000;
	g_assert_true(avr_verify_flash(avr, image, false, NULL));

	g_assert_cmpuint(avr->doubts, ==, 1);
	g_assert_cmpuint(scene.stats->entries, ==, 2);
}

/* Erased memory reads as a stuck MISO does: the echo tells them apart. */
static void test_a_stuck_miso_is_no_erased_flash(void)
{
	target_scene_auto struct target_scene scene;
	image_autofree struct image *image = image_new();
	g_autoptr(GError) error = NULL;
	uint8_t blank[256];
	struct avr *avr;

	memset(blank, 0xFF, sizeof(blank));
	target_scene_init(&scene, "ATmega328P");
	g_assert_true(image_add(image, 0, blank, sizeof(blank), NULL));
	avr = target_scene_work(&scene);
	scene.faults.miso_stuck_at = scene.faults.n_gets + 1;
	scene.faults.miso_stuck_high = true;

	g_assert_false(avr_verify_flash(avr, image, false, &error));
	g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_NO_TARGET);
	g_assert_cmpstr(
		error->message, ==,
		"the target stopped answering: check the plug, target power and SCK "
		"(now 100000 Hz)");
}

static void test_reading_differently_every_time_is_told(void)
{
	target_scene_auto struct target_scene scene;
	image_autofree struct image *image = NULL;
	struct avr *avr = work_with_image(&scene, &image);
	g_autoptr(GError) error = NULL;
	gboolean ok;

	scene.faults.miso_flips_one_in =
		600; /* a signature comes through, a block does not */
	ok = avr_verify_flash(avr, image, false, &error);
	assert_mismatch(
		ok, error,
		"flash at 0x00000 reads differently every time: shorten the wires, "
		"lower SCK (now 200000 Hz), check ground and power");
}

static void test_missing_zeros_are_written_once_more(void)
{
	target_scene_auto struct target_scene scene;
	image_autofree struct image *image = NULL;
	struct avr *avr = work_with_image(&scene, &image);

	memset(scene.cells->flash + 0x80, 0xFF, 0x80); /* a page that did not arrive */
	g_assert_true(avr_verify_flash(avr, image, true, NULL));

	g_assert_cmphex(scene.cells->flash[0x81], ==, 0x87);
	g_assert_cmpuint(scene.stats->page_writes, ==, 2); /* those of the block */
	g_assert_cmpuint(avr->doubts, ==, 1);
}

static void test_nothing_is_repaired_unasked(void)
{
	target_scene_auto struct target_scene scene;
	image_autofree struct image *image = NULL;
	struct avr *avr = work_with_image(&scene, &image);
	g_autoptr(GError) error = NULL;
	gboolean ok;

	memset(scene.cells->flash + 0x80, 0xFF, 0x80);
	ok = avr_verify_flash(avr, image, false, &error);
	assert_mismatch(
		ok, error,
		"flash at 0x00080: expected 80, found FF (128 of 256 bytes differ in "
		"this block)");
	g_assert_cmpuint(scene.stats->page_writes, ==, 0);
}

static void test_missing_ones_are_never_repaired(void)
{
	target_scene_auto struct target_scene scene;
	image_autofree struct image *image = NULL;
	struct avr *avr = work_with_image(&scene, &image);
	g_autoptr(GError) error = NULL;
	gboolean ok;

	scene.cells->flash[0x10] = 0xFF; /* could be */
	scene.cells->flash[0x11] = 0x00; /* needs an erase */
	ok = avr_verify_flash(avr, image, true, &error);
	assert_mismatch(
		ok, error,
		"flash at 0x00010: expected 70, found FF (2 of 256 bytes differ in "
		"this block)");
	g_assert_cmpuint(scene.stats->page_writes, ==, 0);
}

static void test_a_page_that_cannot_be_written_is_given_up(void)
{
	target_scene_auto struct target_scene scene;
	image_autofree struct image *image = NULL;
	struct avr *avr = work_with_image(&scene, &image);
	g_autoptr(GError) error = NULL;
	gboolean ok;

	scene.cells->flash[0x42] = 0xFF;
	scene.cells->lock = 0xFE; /* the part ignores writes */
	ok = avr_verify_flash(avr, image, true, &error);
	assert_mismatch(
		ok, error,
		"flash at 0x00042: expected CE, found FF (1 of 256 bytes differ in "
		"this block)");
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
#define ADD(path, function) g_test_add_func("/avr/verify/" path, function)
	ADD("what-is-right-is-read-once", test_what_is_right_is_read_once);
	ADD("a-difference-is-told-with-its-place",
	    test_a_difference_is_told_with_its_place);
	ADD("a-difference-in-eeprom-is-told-with-its-place",
	    test_a_difference_in_eeprom_is_told_with_its_place);
	ADD("a-bit-that-flips-on-the-wire-is-read-again",
	    test_a_bit_that_flips_on_the_wire_is_read_again);
	ADD("a-step-lost-while-reading-is-recovered",
	    test_a_step_lost_while_reading_is_recovered);
	ADD("a-stuck-miso-is-no-erased-flash", test_a_stuck_miso_is_no_erased_flash);
	ADD("reading-differently-every-time-is-told",
	    test_reading_differently_every_time_is_told);
	ADD("missing-zeros-are-written-once-more",
	    test_missing_zeros_are_written_once_more);
	ADD("nothing-is-repaired-unasked", test_nothing_is_repaired_unasked);
	ADD("missing-ones-are-never-repaired", test_missing_ones_are_never_repaired);
	ADD("a-page-that-cannot-be-written-is-given-up",
	    test_a_page_that_cannot_be_written_is_given_up);
	return g_test_run();
}
