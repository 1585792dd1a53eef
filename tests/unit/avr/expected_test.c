/* SPDX-License-Identifier: MIT */
#include "appliance/avr/expected.h"

static struct image *make_image(uint32_t address, const char *text, uint32_t n_bytes)
{
	struct image *image = image_new();

	g_assert_true(image_add(image, address, (const uint8_t *)text, n_bytes, NULL));
	return image;
}

static void test_pages_that_are_touched_are_filled(void)
{
	image_autofree struct image *image = make_image(6, "abc", 3);
	image_autofree struct image *filled = NULL;
	uint8_t data[8];

	g_assert_true(image_add(image, 17, (const uint8_t *)"d", 1, NULL));
	filled = avr_fill_pages(image, 4);

	g_assert_cmpuint(image_n_segments(filled), ==, 2);
	g_assert_cmpuint(image_n_bytes(filled), ==, 12);
	g_assert_cmpuint(image_segment(filled, 1).address, ==, 16);
	image_read(filled, 4, data, 8, 0);
	g_assert_cmpmem(data, 8,
			"\xFF\xFF"
			"abc"
			"\xFF\xFF\xFF",
			8);
}

static void test_two_runs_in_one_page_fill_it_once(void)
{
	image_autofree struct image *image = make_image(0, "a", 1);
	image_autofree struct image *filled = NULL;

	g_assert_true(image_add(image, 2, (const uint8_t *)"b", 1, NULL));
	filled = avr_fill_pages(image, 4);

	g_assert_cmpuint(image_n_segments(filled), ==, 1);
	g_assert_cmpuint(image_n_bytes(filled), ==, 4);
}

static void test_the_second_image_has_the_last_word(void)
{
	image_autofree struct image *first = make_image(0, "abc", 3);
	image_autofree struct image *second = make_image(2, "Z", 1);
	image_autofree struct image *whole = avr_whole_memory(5, first, second);
	uint8_t data[5];

	g_assert_cmpuint(image_read(whole, 0, data, 5, 0), ==, 5);
	g_assert_cmpmem(data, 5, "abZ\xFF\xFF", 5);
}

static void test_without_images_all_is_erased(void)
{
	image_autofree struct image *whole = avr_whole_memory(2, NULL, NULL);
	uint8_t data[2];

	g_assert_cmpuint(image_read(whole, 0, data, 2, 0), ==, 2);
	g_assert_cmpmem(data, 2, "\xFF\xFF", 2);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
#define ADD(path, function) g_test_add_func("/avr/expected/" path, function)
	ADD("pages-that-are-touched-are-filled", test_pages_that_are_touched_are_filled);
	ADD("two-runs-in-one-page-fill-it-once", test_two_runs_in_one_page_fill_it_once);
	ADD("the-second-image-has-the-last-word",
	    test_the_second_image_has_the_last_word);
	ADD("without-images-all-is-erased", test_without_images_all_is_erased);
	return g_test_run();
}
