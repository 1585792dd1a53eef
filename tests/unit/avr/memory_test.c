/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "appliance/base/error.h"
#include "tests/models/target_scene.h"

static void add_pattern(struct image *image, uint32_t address, uint32_t n_bytes)
{
	g_autofree uint8_t *data = g_malloc(n_bytes);

	for (uint32_t i = 0; i < n_bytes; i++)
		data[i] = (uint8_t)((address + i) * 167 + ((address + i) >> 8));
	g_assert_true(image_add(image, address, data, n_bytes, NULL));
}

static void assert_flash_is(const struct target_scene *scene, const struct image *image,
			    uint32_t n_bytes)
{
	g_autofree uint8_t *expected = g_malloc(n_bytes);

	image_read(image, 0, expected, n_bytes, 0xFF);
	g_assert_cmpmem(scene->cells->flash, n_bytes, expected, n_bytes);
}

static void write_and_verify(struct avr *avr, const struct image *image)
{
	g_autoptr(GError) error = NULL;

	avr_write_flash(avr, image, &error);
	g_assert_no_error(error);
	avr_verify_flash(avr, image, false, &error);
	g_assert_no_error(error);
	g_assert_cmpuint(avr->recoveries, ==, 0);
}

static void assert_writes_all(const char *spec, uint32_t n_bytes, uint64_t n_pages)
{
	target_scene_auto struct target_scene scene;
	image_autofree struct image *image = image_new();

	target_scene_init(&scene, spec);
	add_pattern(image, 0, n_bytes);
	write_and_verify(target_scene_work(&scene), image);
	assert_flash_is(&scene, image, n_bytes);
	g_assert_cmpuint(scene.stats->page_writes, ==, n_pages);
	g_assert_cmpuint(scene.stats->unknown, ==, 0);
	g_assert_cmpuint(scene.stats->busy_lost, ==, 0);
}

static void test_flash_is_written_by_pages(void)
{
	assert_writes_all("ATtiny13", 1024, 32);
	assert_writes_all("ATmega8", 8192, 128);
}

static void test_flash_without_pages_is_written_by_bytes(void)
{
	assert_writes_all("ATtiny12", 1024, 0);
}

static void test_flash_above_64_kwords_needs_an_extended_address(void)
{
	target_scene_auto struct target_scene scene;
	image_autofree struct image *image = image_new();
	struct avr *avr;

	target_scene_init(&scene, "ATmega2560");
	add_pattern(image, 0x00000, 64);
	add_pattern(image, 0x1FF80, 256); /* crosses 128 KiB */
	add_pattern(image, 0x3FFF0, 16);
	avr = target_scene_work(&scene);
	write_and_verify(avr, image);

	assert_flash_is(&scene, image, 0x40000);
	g_assert_cmpuint(scene.stats->page_writes, ==, 4);
	g_assert_cmpint(avr->extended_address, ==, 1);
}

static void test_the_extended_address_is_loaded_again_after_an_entry(void)
{
	target_scene_auto struct target_scene scene;
	image_autofree struct image *image = image_new();
	struct avr *avr;
	uint8_t byte;

	target_scene_init(&scene, "ATmega2560");
	scene.cells->flash[0x20000] = 0x42;
	avr = target_scene_work(&scene);
	g_assert_true(avr_read_flash(avr, 0x20000, &byte, 1, NULL));
	g_assert_cmphex(byte, ==, 0x42);
	g_assert_true(avr_recover(avr, NULL));
	g_assert_true(avr_read_flash(avr, 0x20000, &byte, 1, NULL));
	g_assert_cmphex(byte, ==, 0x42);
}

static void test_holes_in_words_and_pages_stay_erased(void)
{
	target_scene_auto struct target_scene scene;
	image_autofree struct image *image = image_new();

	target_scene_init(&scene, "ATmega328P");
	add_pattern(image, 0x0001, 1); /* a lone high byte */
	add_pattern(image, 0x0006, 3); /* ends in a low byte */
	add_pattern(image, 0x007F, 2); /* over the end of a page */
	add_pattern(image, 0x7FFE, 1);
	write_and_verify(target_scene_work(&scene), image);

	assert_flash_is(&scene, image, 32768);
	g_assert_cmpuint(scene.stats->page_writes, ==, 3);
}

static void test_blank_pages_are_skipped_but_read_back(void)
{
	target_scene_auto struct target_scene scene;
	image_autofree struct image *image = image_new();
	g_autoptr(GError) error = NULL;
	uint8_t blank[512];
	struct avr *avr;

	memset(blank, 0xFF, sizeof(blank));
	target_scene_init(&scene, "ATmega328P");
	scene.cells->flash[0x190] = 0xFE;
	g_assert_true(image_add(image, 0, blank, sizeof(blank), NULL));
	avr = target_scene_work(&scene);
	g_assert_true(avr_write_flash(avr, image, NULL));
	g_assert_cmpuint(scene.stats->page_writes, ==, 0);

	g_assert_false(avr_verify_flash(avr, image, true, &error));
	g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_VERIFY);
	g_assert_cmpstr(
		error->message, ==,
		"flash at 0x00190: expected FF, found FE (1 of 256 bytes differ in "
		"this block)");
}

static void test_without_an_erase_bits_only_go_to_zero(void)
{
	target_scene_auto struct target_scene scene;
	image_autofree struct image *image = image_new();
	struct avr *avr;

	target_scene_init(&scene, "ATmega328P");
	memset(scene.cells->flash, 0xF0, 256);
	g_assert_true(image_add(image, 4, (const uint8_t *)"\x3C", 1, NULL));
	avr = target_scene_work(&scene);
	g_assert_true(avr_write_flash(avr, image, NULL));

	g_assert_cmphex(scene.cells->flash[3], ==, 0xF0);
	g_assert_cmphex(scene.cells->flash[4], ==, 0x30);
	g_assert_cmphex(scene.cells->flash[5], ==, 0xF0);
	g_assert_cmpuint(scene.stats->page_writes, ==, 1);
}

static void assert_writes_eeprom(const char *spec, uint32_t n_bytes, uint64_t n_writes)
{
	target_scene_auto struct target_scene scene;
	image_autofree struct image *image = image_new();
	uint8_t expected[8];
	struct avr *avr;

	target_scene_init(&scene, spec);
	memset(scene.cells->eeprom, 0x11, n_bytes);
	add_pattern(image, 3, 6);
	avr = target_scene_work(&scene);
	g_assert_true(avr_write_eeprom(avr, image, false, NULL));
	g_assert_true(avr_verify_eeprom(avr, image, NULL));

	image_read(image, 2, expected, 8, 0x11);
	g_assert_cmpmem(scene.cells->eeprom + 2, 8, expected, 8);
	g_assert_cmpuint(scene.stats->eeprom_writes, ==, n_writes);
	g_assert_cmpuint(scene.stats->busy_lost, ==, 0);
}

static void test_eeprom_is_written_by_pages(void)
{
	assert_writes_eeprom("ATmega328P", 1024, 3); /* 3, 4-7, 8 */
}

static void test_eeprom_without_pages_is_written_by_bytes(void)
{
	assert_writes_eeprom("ATmega32A", 1024, 6);
}

static void assert_ff_in_eeprom(bool erased, uint64_t n_writes)
{
	target_scene_auto struct target_scene scene;
	image_autofree struct image *image = image_new();
	struct avr *avr;

	target_scene_init(&scene, "ATmega32A");
	g_assert_true(image_add(image, 0, (const uint8_t *)"\x01\xFF\x02\xFF", 4, NULL));
	avr = target_scene_work(&scene);
	g_assert_true(avr_write_eeprom(avr, image, erased, NULL));
	g_assert_true(avr_verify_eeprom(avr, image, NULL));
	g_assert_cmpuint(scene.stats->eeprom_writes, ==, n_writes);
}

static void test_ff_is_left_out_of_an_erased_eeprom(void)
{
	assert_ff_in_eeprom(true, 2);
	assert_ff_in_eeprom(false, 4);
}

static void test_a_lost_step_while_loading_is_made_good(void)
{
	target_scene_auto struct target_scene scene;
	image_autofree struct image *image = image_new();
	g_autoptr(GError) error = NULL;
	struct avr *avr;

	target_scene_init(&scene, "ATmega328P");
	add_pattern(image, 0, 256);
	avr = target_scene_work(&scene);
	scene.faults.lost_edge_at = scene.faults.n_sets + 64 * 50;
	g_assert_true(avr_write_flash(avr, image, &error));

	g_assert_no_error(error);
	assert_flash_is(&scene, image, 32768);
	g_assert_cmpuint(avr->recoveries, ==, 1);
	g_assert_cmpuint(avr->doubts, ==, 1);
}

static void note(void *user, const char *step, uint32_t done, uint32_t total)
{
	g_string_append_printf(user, "%s %u/%u\n", step, done, total);
}

static void test_progress_is_told_page_by_page(void)
{
	target_scene_auto struct target_scene scene;
	image_autofree struct image *image = image_new();
	g_autoptr(GString) told = g_string_new(NULL);
	struct avr *avr;

	target_scene_init(&scene, "ATmega328P");
	scene.settings.progress = (struct avr_progress){ note, told };
	add_pattern(image, 0x80, 0x100);
	avr = target_scene_work(&scene);
	write_and_verify(avr, image);
	g_assert_cmpstr(
		told->str, ==,
		"write flash 0/256\nwrite flash 0/256\nwrite flash 128/256\n"
		"write flash 256/256\nverify flash 0/256\nverify flash 256/256\n");
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
#define ADD(path, function) g_test_add_func("/avr/memory/" path, function)
	ADD("flash-is-written-by-pages", test_flash_is_written_by_pages);
	ADD("flash-without-pages-is-written-by-bytes",
	    test_flash_without_pages_is_written_by_bytes);
	ADD("flash-above-64-kwords-needs-an-extended-address",
	    test_flash_above_64_kwords_needs_an_extended_address);
	ADD("the-extended-address-is-loaded-again-after-an-entry",
	    test_the_extended_address_is_loaded_again_after_an_entry);
	ADD("holes-in-words-and-pages-stay-erased",
	    test_holes_in_words_and_pages_stay_erased);
	ADD("blank-pages-are-skipped-but-read-back",
	    test_blank_pages_are_skipped_but_read_back);
	ADD("without-an-erase-bits-only-go-to-zero",
	    test_without_an_erase_bits_only_go_to_zero);
	ADD("eeprom-is-written-by-pages", test_eeprom_is_written_by_pages);
	ADD("eeprom-without-pages-is-written-by-bytes",
	    test_eeprom_without_pages_is_written_by_bytes);
	ADD("ff-is-left-out-of-an-erased-eeprom",
	    test_ff_is_left_out_of_an_erased_eeprom);
	ADD("a-lost-step-while-loading-is-made-good",
	    test_a_lost_step_while_loading_is_made_good);
	ADD("progress-is-told-page-by-page", test_progress_is_told_page_by_page);
	return g_test_run();
}
