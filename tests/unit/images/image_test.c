/* SPDX-License-Identifier: MIT */
#include "images/image.h"

#include <string.h>

#include "appliance/base/error.h"

static void add(struct image *image, uint32_t address, const char *text)
{
	g_autoptr(GError) error = NULL;

	g_assert_true(image_add(image, address, (const uint8_t *)text,
				(uint32_t)strlen(text), &error));
	g_assert_no_error(error);
}

static void assert_refused(struct image *image, uint32_t address, const char *text,
			   const char *message)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *before = image_digest(image);
	g_autofree char *after = NULL;

	g_assert_false(image_add(image, address, (const uint8_t *)text,
				 (uint32_t)strlen(text), &error));
	g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_IMAGE);
	g_assert_cmpstr(error->message, ==, message);
	after = image_digest(image);
	g_assert_cmpstr(after, ==, before);
}

static void assert_segment(const struct image *image, unsigned index, uint32_t address,
			   const char *text)
{
	struct image_segment segment = image_segment(image, index);

	g_assert_cmphex(segment.address, ==, address);
	g_assert_cmpmem(segment.data, segment.n_bytes, text, strlen(text));
}

static void test_new_image_is_empty(void)
{
	image_autofree struct image *image = image_new();

	g_assert_cmpuint(image_n_segments(image), ==, 0);
	g_assert_cmpuint(image_n_bytes(image), ==, 0);
	image_free(NULL);
}

static void test_segments_are_sorted(void)
{
	image_autofree struct image *image = image_new();

	add(image, 0x200, "last");
	add(image, 0x000, "first");
	add(image, 0x100, "middle");

	g_assert_cmpuint(image_n_segments(image), ==, 3);
	assert_segment(image, 0, 0x000, "first");
	assert_segment(image, 1, 0x100, "middle");
	assert_segment(image, 2, 0x200, "last");
	g_assert_cmpuint(image_n_bytes(image), ==, 15);
}

static void test_touching_bytes_join_behind(void)
{
	image_autofree struct image *image = image_new();

	add(image, 0x10, "ab");
	add(image, 0x20, "far");
	add(image, 0x12, "cd");

	g_assert_cmpuint(image_n_segments(image), ==, 2);
	assert_segment(image, 0, 0x10, "abcd");
	assert_segment(image, 1, 0x20, "far");
}

static void test_touching_bytes_join_in_front(void)
{
	image_autofree struct image *image = image_new();

	add(image, 0x12, "cd");
	add(image, 0x10, "ab");

	g_assert_cmpuint(image_n_segments(image), ==, 1);
	assert_segment(image, 0, 0x10, "abcd");
}

static void test_filled_hole_joins_both_sides(void)
{
	image_autofree struct image *image = image_new();

	add(image, 0x00, "before");
	add(image, 0x10, "ab");
	add(image, 0x14, "ef");
	add(image, 0x20, "behind");
	add(image, 0x12, "cd");

	g_assert_cmpuint(image_n_segments(image), ==, 3);
	assert_segment(image, 0, 0x00, "before");
	assert_segment(image, 1, 0x10, "abcdef");
	assert_segment(image, 2, 0x20, "behind");
}

static void test_no_bytes_add_nothing(void)
{
	image_autofree struct image *image = image_new();

	g_assert_true(image_add(image, 0x10, NULL, 0, NULL));

	g_assert_cmpuint(image_n_segments(image), ==, 0);
}

static void test_overlap_is_refused(void)
{
	image_autofree struct image *image = image_new();

	add(image, 0x100, "0123456789ABCDEF");
	add(image, 0x120, "x");

	assert_refused(image, 0x10C, "12345678",
		       "0x010C-0x0113 overlaps what is there already at 0x010C-0x010F");
	assert_refused(image, 0x0FC, "12345678",
		       "0x00FC-0x0103 overlaps what is there already at 0x0100-0x0103");
	assert_refused(image, 0x104, "1",
		       "0x0104-0x0104 overlaps what is there already at 0x0104-0x0104");
	assert_refused(image, 0x11C, "12345678",
		       "0x011C-0x0123 overlaps what is there already at 0x0120-0x0120");
}

static void test_last_address_can_be_used(void)
{
	image_autofree struct image *image = image_new();

	add(image, 0xFFFFFFFE, "yz");
	add(image, 0xFFFFFFFD, "x");

	g_assert_cmpuint(image_n_segments(image), ==, 1);
	assert_segment(image, 0, 0xFFFFFFFD, "xyz");
	assert_refused(image, 0xFFFFFFFF, "z",
		       "0xFFFFFFFF-0xFFFFFFFF overlaps what is there already at "
		       "0xFFFFFFFF-0xFFFFFFFF");
}

static void test_passing_the_last_address_is_refused(void)
{
	image_autofree struct image *image = image_new();

	assert_refused(image, 0xFFFFFFFE, "xyz",
		       "3 bytes at 0xFFFFFFFE pass the last address, 0xFFFFFFFF");
}

static void test_holes_read_as_filler(void)
{
	image_autofree struct image *image = image_new();
	uint8_t data[12];

	add(image, 0x10, "ab");
	add(image, 0x14, "ef");

	g_assert_cmpuint(image_read(image, 0x0E, data, sizeof(data), '.'), ==, 4);
	g_assert_cmpmem(data, sizeof(data), "..ab..ef....", 12);
	g_assert_cmpuint(image_read(image, 0x11, data, 4, '.'), ==, 2);
	g_assert_cmpmem(data, 4, "b..e", 4);
	g_assert_cmpuint(image_read(image, 0x12, data, 2, '.'), ==, 0);
	g_assert_cmpmem(data, 2, "..", 2);
	g_assert_cmpuint(image_read(image, 0x10, NULL, 0, '.'), ==, 0);
}

static void test_reading_past_the_last_address_is_a_hole(void)
{
	image_autofree struct image *image = image_new();
	uint8_t data[4];

	add(image, 0x00000000, "no");
	add(image, 0xFFFFFFFE, "yz");

	g_assert_cmpuint(image_read(image, 0xFFFFFFFD, data, sizeof(data), '.'), ==, 2);
	g_assert_cmpmem(data, sizeof(data), ".yz.", 4);
}

static void test_window_moves_down(void)
{
	image_autofree struct image *image = image_new();
	image_autofree struct image *window = NULL;

	add(image, 0x0FFFE, "abcd");
	add(image, 0x10010, "ef");
	add(image, 0x1001F, "gh");
	add(image, 0x10030, "ij");

	window = image_window(image, 0x10000, 0x20);

	g_assert_cmpuint(image_n_segments(window), ==, 3);
	assert_segment(window, 0, 0x00, "cd");
	assert_segment(window, 1, 0x10, "ef");
	assert_segment(window, 2, 0x1F, "g");
}

static void test_window_over_a_hole_is_empty(void)
{
	image_autofree struct image *image = image_new();
	image_autofree struct image *window = NULL;

	add(image, 0x00, "ab");
	add(image, 0x10, "cd");

	window = image_window(image, 0x02, 0x0E);

	g_assert_cmpuint(image_n_segments(window), ==, 0);
}

static void test_digest_is_of_addresses_and_bytes(void)
{
	static const uint8_t hashed[] = { 0x10, 0, 0, 0, 2, 0, 0, 0, 'a', 'b',
					  0x20, 0, 0, 0, 1, 0, 0, 0, 'c' };
	image_autofree struct image *image = image_new();
	g_autofree char *expected =
		g_compute_checksum_for_data(G_CHECKSUM_SHA256, hashed, sizeof(hashed));
	g_autofree char *digest = NULL;

	add(image, 0x20, "c");
	add(image, 0x11, "b");
	add(image, 0x10, "a");

	digest = image_digest(image);
	g_assert_cmpstr(digest, ==, expected);
}

static void test_equal_needs_address_length_and_bytes(void)
{
	static const struct {
		uint32_t address;
		const char *text;
	} others[] = { { 0x11, "abc" }, { 0x10, "abd" }, { 0x10, "ab" }, { 0x10, "" } };
	image_autofree struct image *image = image_new();
	image_autofree struct image *same = image_new();

	add(image, 0x10, "abc");
	add(same, 0x12, "c");
	add(same, 0x10, "ab");
	g_assert_true(image_equal(image, same));

	for (size_t i = 0; i < G_N_ELEMENTS(others); i++) {
		image_autofree struct image *other = image_new();

		add(other, others[i].address, others[i].text);
		g_assert_false(image_equal(image, other));
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/image/new-image-is-empty", test_new_image_is_empty);
	g_test_add_func("/image/segments-are-sorted", test_segments_are_sorted);
	g_test_add_func("/image/touching-bytes-join-behind",
			test_touching_bytes_join_behind);
	g_test_add_func("/image/touching-bytes-join-in-front",
			test_touching_bytes_join_in_front);
	g_test_add_func("/image/filled-hole-joins-both-sides",
			test_filled_hole_joins_both_sides);
	g_test_add_func("/image/no-bytes-add-nothing", test_no_bytes_add_nothing);
	g_test_add_func("/image/overlap-is-refused", test_overlap_is_refused);
	g_test_add_func("/image/last-address-can-be-used", test_last_address_can_be_used);
	g_test_add_func("/image/passing-the-last-address-is-refused",
			test_passing_the_last_address_is_refused);
	g_test_add_func("/image/holes-read-as-filler", test_holes_read_as_filler);
	g_test_add_func("/image/reading-past-the-last-address-is-a-hole",
			test_reading_past_the_last_address_is_a_hole);
	g_test_add_func("/image/window-moves-down", test_window_moves_down);
	g_test_add_func("/image/window-over-a-hole-is-empty",
			test_window_over_a_hole_is_empty);
	g_test_add_func("/image/digest-is-of-addresses-and-bytes",
			test_digest_is_of_addresses_and_bytes);
	g_test_add_func("/image/equal-needs-address-length-and-bytes",
			test_equal_needs_address_length_and_bytes);
	return g_test_run();
}
