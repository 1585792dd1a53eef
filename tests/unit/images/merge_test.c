/* SPDX-License-Identifier: MIT */
#include "appliance/base/error.h"
#include "images/merge.h"

#define WAY_OUT                                                             \
	"; if one of them carries more than its boot loader, sixpin merge " \
	"--keep-boot-section takes the boot section alone"

/* Adds n_bytes that are unlike each other and unlike those of another seed. */
static void add(struct image *image, uint32_t address, uint32_t n_bytes, uint8_t seed)
{
	g_autofree uint8_t *data = g_malloc(n_bytes);

	for (uint32_t i = 0; i < n_bytes; i++)
		data[i] = (uint8_t)(seed + i);
	g_assert_true(image_add(image, address, data, n_bytes, NULL));
}

static void assert_segment(const struct image *image, unsigned index, uint32_t address,
			   uint32_t n_bytes)
{
	struct image_segment segment = image_segment(image, index);

	g_assert_cmphex(segment.address, ==, address);
	g_assert_cmphex(segment.n_bytes, ==, n_bytes);
}

static void assert_overlaps(struct image *into, const struct image *more,
			    const char *message)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *before = image_digest(into);
	g_autofree char *after = NULL;

	g_assert_false(image_merge(into, more, "app.hex", "boot.hex", &error));
	g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_IMAGE);
	g_assert_cmpstr(error->message, ==, message);
	after = image_digest(into);
	g_assert_cmpstr(after, ==, before);
}

static void test_application_and_boot_loader(void)
{
	image_autofree struct image *app = image_new();
	image_autofree struct image *boot = image_new();
	image_autofree struct image *expected = image_new();
	g_autoptr(GError) error = NULL;

	add(app, 0, 0x1234, 1);
	add(boot, 0x7000, 1, 2);
	add(boot, 0x7003, 0xFF5, 3);
	add(expected, 0, 0x1234, 1);
	add(expected, 0x7000, 1, 2);
	add(expected, 0x7003, 0xFF5, 3);

	g_assert_true(image_merge(app, boot, "app.hex", "boot.hex", &error));
	g_assert_no_error(error);
	g_assert_true(image_equal(app, expected));
}

static void test_neighbours_do_not_overlap(void)
{
	image_autofree struct image *app = image_new();
	image_autofree struct image *boot = image_new();

	add(app, 0, 0x7000, 1);
	add(app, 0x8000, 0x10, 1);
	add(boot, 0x7000, 0x1000, 2);

	g_assert_true(image_merge(app, boot, "app.hex", "boot.hex", NULL));
	g_assert_cmpuint(image_n_segments(app), ==, 1);
	assert_segment(app, 0, 0, 0x8010);
}

static void test_overlap_names_files_and_ranges(void)
{
	image_autofree struct image *app = image_new();
	image_autofree struct image *boot = image_new();

	add(app, 0, 0x1400, 1);
	add(boot, 0, 0x7FDA, 2);

	assert_overlaps(app, boot,
			"boot.hex (0x0000-0x7FD9) overlaps app.hex (0x0000-0x13FF) in "
			"0x0000-0x13FF" WAY_OUT);
}

static void test_overlap_names_the_segments_that_meet(void)
{
	image_autofree struct image *app = image_new();
	image_autofree struct image *boot = image_new();

	add(app, 0, 0x10, 1);
	add(app, 0x20, 0x10, 1);
	add(app, 0x6F00, 0x102, 1);
	add(boot, 0x10, 0x10, 2);
	add(boot, 0x7001, 0x100, 2);
	add(boot, 0x7F00, 0x10, 2);

	assert_overlaps(app, boot,
			"boot.hex (0x7001-0x7100) overlaps app.hex (0x6F00-0x7001) in "
			"0x7001-0x7001" WAY_OUT);
}

static void test_the_same_bytes_overlap_all_the_same(void)
{
	image_autofree struct image *app = image_new();
	image_autofree struct image *boot = image_new();

	add(app, 0xFFFFFFF0, 0x10, 1);
	add(boot, 0xFFFFFFF0, 0x10, 1);

	assert_overlaps(app, boot,
			"boot.hex (0xFFFFFFF0-0xFFFFFFFF) overlaps app.hex "
			"(0xFFFFFFF0-0xFFFFFFFF) in 0xFFFFFFF0-0xFFFFFFFF" WAY_OUT);
}

static void test_nothing_merges_with_anything(void)
{
	image_autofree struct image *image = image_new();
	image_autofree struct image *nothing = image_new();

	g_assert_true(image_merge(image, nothing, "a", "b", NULL));
	g_assert_cmpuint(image_n_segments(image), ==, 0);
	add(image, 0, 4, 1);
	g_assert_true(image_merge(image, nothing, "a", "b", NULL));
	assert_segment(image, 0, 0, 4);
}

static void test_keep_cuts_a_segment(void)
{
	image_autofree struct image *image = image_new();
	image_autofree struct image *kept = NULL;
	uint8_t byte;

	add(image, 0, 0x7FDA, 0);
	kept = image_keep_from(image, 0x7001);

	g_assert_cmpuint(image_n_segments(kept), ==, 1);
	assert_segment(kept, 0, 0x7001, 0xFD9);
	g_assert_cmpuint(image_read(kept, 0x7001, &byte, 1, 0xFF), ==, 1);
	g_assert_cmphex(byte, ==, 0x01);
}

static void test_keep_takes_whole_segments(void)
{
	image_autofree struct image *image = image_new();
	image_autofree struct image *kept = NULL;

	add(image, 0, 0x141A, 1);
	add(image, 0x6FFE, 2, 1);
	add(image, 0x7001, 1, 1);
	add(image, 0xFFFFFFFF, 1, 1);
	kept = image_keep_from(image, 0x7000);

	g_assert_cmpuint(image_n_segments(kept), ==, 2);
	assert_segment(kept, 0, 0x7001, 1);
	assert_segment(kept, 1, 0xFFFFFFFF, 1);
}

static void test_keep_from_the_ends(void)
{
	image_autofree struct image *image = image_new();
	image_autofree struct image *all = NULL;
	image_autofree struct image *none = NULL;

	add(image, 0, 0x100, 1);
	all = image_keep_from(image, 0);
	none = image_keep_from(image, 0x100);

	g_assert_true(image_equal(all, image));
	g_assert_cmpuint(image_n_segments(none), ==, 0);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/merge/application-and-boot-loader",
			test_application_and_boot_loader);
	g_test_add_func("/merge/neighbours-do-not-overlap",
			test_neighbours_do_not_overlap);
	g_test_add_func("/merge/overlap-names-files-and-ranges",
			test_overlap_names_files_and_ranges);
	g_test_add_func("/merge/overlap-names-the-segments-that-meet",
			test_overlap_names_the_segments_that_meet);
	g_test_add_func("/merge/the-same-bytes-overlap-all-the-same",
			test_the_same_bytes_overlap_all_the_same);
	g_test_add_func("/merge/nothing-merges-with-anything",
			test_nothing_merges_with_anything);
	g_test_add_func("/merge/keep-cuts-a-segment", test_keep_cuts_a_segment);
	g_test_add_func("/merge/keep-takes-whole-segments",
			test_keep_takes_whole_segments);
	g_test_add_func("/merge/keep-from-the-ends", test_keep_from_the_ends);
	return g_test_run();
}
