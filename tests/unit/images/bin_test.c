/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "appliance/base/error.h"
#include "images/format.h"

static void assert_read_fails(gsize n_bytes, uint32_t base, const char *message)
{
	g_autoptr(GError) error = NULL;
	g_autofree uint8_t *data = g_malloc0(n_bytes);

	g_assert_null(image_format_bin.read("boot.bin", data, n_bytes, base, &error));
	g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_IMAGE);
	g_assert_cmpstr(error->message, ==, message);
}

static void assert_write_fails(const struct image *image, const char *message)
{
	g_autoptr(GError) error = NULL;

	g_assert_null(image_format_bin.write(image, &error));
	g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_IMAGE);
	g_assert_cmpstr(error->message, ==, message);
}

static void test_reads_from_base(void)
{
	image_autofree struct image *image = image_format_bin.read(
		"boot.bin", (const uint8_t *)"abc", 3, 0x8000000, NULL);
	struct image_segment segment = image_segment(image, 0);

	g_assert_cmpuint(image_n_segments(image), ==, 1);
	g_assert_cmphex(segment.address, ==, 0x8000000);
	g_assert_cmpmem(segment.data, segment.n_bytes, "abc", 3);
}

static void test_empty_file(void)
{
	assert_read_fails(0, 0, "boot.bin: is empty, expected at least one byte");
}

static void test_longest_file(void)
{
	g_autofree uint8_t *data = g_malloc0(IMAGE_MAX_BYTES);
	image_autofree struct image *image =
		image_format_bin.read("boot.bin", data, IMAGE_MAX_BYTES, 0, NULL);

	g_assert_cmpuint(image_n_bytes(image), ==, IMAGE_MAX_BYTES);
	assert_read_fails(IMAGE_MAX_BYTES + 1, 0,
			  "boot.bin: is 67108865 bytes long, expected at most 67108864");
}

static void test_base_too_high(void)
{
	assert_read_fails(
		3, 0xFFFFFFFE,
		"boot.bin: 3 bytes at 0xFFFFFFFE pass the last address, 0xFFFFFFFF");
}

static void test_writes_holes_as_erased_flash(void)
{
	image_autofree struct image *image = image_new();
	g_autoptr(GBytes) bytes = NULL;

	g_assert_true(image_add(image, 0x7000, (const uint8_t *)"ab", 2, NULL));
	g_assert_true(image_add(image, 0x7005, (const uint8_t *)"f", 1, NULL));
	bytes = image_format_bin.write(image, NULL);

	g_assert_cmpmem(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes),
			"ab\xFF\xFF\xFF"
			"f",
			6);
}

static void test_writes_up_to_the_last_address(void)
{
	image_autofree struct image *image = image_new();
	g_autoptr(GBytes) bytes = NULL;

	g_assert_true(image_add(image, 0xFFFFFFFE, (const uint8_t *)"yz", 2, NULL));
	bytes = image_format_bin.write(image, NULL);

	g_assert_cmpmem(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes), "yz", 2);
}

static void test_nothing_to_write(void)
{
	image_autofree struct image *image = image_new();

	assert_write_fails(image,
			   "the image is empty: there is nothing to write as raw binary");
}

/* Flash and the RAM-like addresses of a Cortex: a gap that no file should fill. */
static void test_span_too_long(void)
{
	image_autofree struct image *image = image_new();

	g_assert_true(image_add(image, 0x8000000, (const uint8_t *)"a", 1, NULL));
	g_assert_true(image_add(image, 0xC000000, (const uint8_t *)"b", 1, NULL));

	assert_write_fails(image,
			   "0x8000000-0xC000000 spans 67108865 bytes, raw binary carries "
			   "at most 67108864: write Intel HEX instead");
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/bin/reads-from-base", test_reads_from_base);
	g_test_add_func("/bin/empty-file", test_empty_file);
	g_test_add_func("/bin/longest-file", test_longest_file);
	g_test_add_func("/bin/base-too-high", test_base_too_high);
	g_test_add_func("/bin/writes-holes-as-erased-flash",
			test_writes_holes_as_erased_flash);
	g_test_add_func("/bin/writes-up-to-the-last-address",
			test_writes_up_to_the_last_address);
	g_test_add_func("/bin/nothing-to-write", test_nothing_to_write);
	g_test_add_func("/bin/span-too-long", test_span_too_long);
	return g_test_run();
}
