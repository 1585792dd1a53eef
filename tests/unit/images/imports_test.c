/* SPDX-License-Identifier: MIT */
/* Recognising files and what lies in a flash; keeping files. */
#include "tests/unit/images/catalogue_scene.h"

/* 01 02 03 at 0x7000 and 04 at 0x7005; a sketch byte at 0x0010 in the second. */
#define RECORDS	   ":0370000001020387\n:017005000486\n:00000001FF\n"
#define RECORDS_CR ":0370000001020387\r\n:017005000486\r\n:00000001FF\r\n"
#define SKETCH	   ":01001000AA45\n" RECORDS
#define OTHER	   ":0370000001020486\n:00000001FF\n"

static char *sha256_of(const char *text)
{
	return g_compute_checksum_for_string(G_CHECKSUM_SHA256, text, -1);
}

static struct image *image_of(const char *text)
{
	g_autoptr(GByteArray) bytes = g_byte_array_new();
	g_autoptr(GError) error = NULL;
	struct image *image;

	g_byte_array_append(bytes, (const guint8 *)text, (guint)strlen(text));
	image = image_parse("test", bytes, NULL, 0, NULL, &error);
	g_assert_no_error(error);
	return image;
}

static char *digest_of(const char *text)
{
	image_autofree struct image *image = image_of(text);

	return image_digest(image);
}

/* One entry that knows the file `text` by its sha256. */
static struct catalogue *by_sha256(const struct scene *scene, const char *text)
{
	g_autofree char *sha256 = sha256_of(text);
	g_autofree char *conf = g_strconcat(ENTRY "sha256=", sha256, "\n", NULL);

	return scene_load(scene, conf);
}

/* One that knows what `text` holds. */
static struct catalogue *by_digest(const struct scene *scene, const char *key,
				   const char *text, const char *rest)
{
	g_autofree char *digest = digest_of(text);
	g_autofree char *conf =
		g_strconcat(ENTRY, key, "=", digest, " ", rest, "\n", NULL);

	return scene_load(scene, conf);
}

static void assert_recognised(const struct scene *scene,
			      const struct catalogue *catalogue, const char *text,
			      enum catalogue_how how)
{
	g_autofree char *path = scene_file(scene, "some.name", text);
	g_autoptr(GError) error = NULL;
	struct catalogue_match match;

	g_assert_true(catalogue_recognise_file(catalogue, path, &match, &error));
	g_assert_no_error(error);
	g_assert_cmpint(match.how, ==, how);
	g_assert_true((match.entry == NULL) == (how == CATALOGUE_UNKNOWN));
}

static void test_by_sha256(struct scene *scene, gconstpointer unused)
{
	struct catalogue *catalogue = by_sha256(scene, RECORDS);

	assert_recognised(scene, catalogue, RECORDS, CATALOGUE_BY_SHA256);
	assert_recognised(scene, catalogue, RECORDS_CR, CATALOGUE_BY_LINE_ENDS);
	assert_recognised(scene, catalogue, OTHER, CATALOGUE_UNKNOWN);
	catalogue_free(catalogue);
}

static void test_by_line_ends(struct scene *scene, gconstpointer unused)
{
	struct catalogue *catalogue = by_sha256(scene, RECORDS_CR);

	assert_recognised(scene, catalogue, RECORDS_CR, CATALOGUE_BY_SHA256);
	assert_recognised(scene, catalogue, RECORDS, CATALOGUE_BY_LINE_ENDS);
	/* A last line without an end is another file. */
	assert_recognised(scene, catalogue, RECORDS "\n", CATALOGUE_UNKNOWN);
	catalogue_free(catalogue);
}

/* Records of other lengths, the same bytes. */
static void test_by_digest(struct scene *scene, gconstpointer unused)
{
	struct catalogue *catalogue =
		by_digest(scene, "digest", RECORDS, "7000-7002,7005-7005");

	assert_recognised(scene, catalogue, RECORDS, CATALOGUE_BY_DIGEST);
	assert_recognised(scene, catalogue,
			  ":017005000486\n:01700000018E\n:02700100020388\n:00000001FF\n",
			  CATALOGUE_BY_DIGEST);
	assert_recognised(scene, catalogue, OTHER, CATALOGUE_UNKNOWN);
	catalogue_free(catalogue);
}

static void test_bad(struct scene *scene, gconstpointer unused)
{
	struct catalogue *catalogue =
		by_digest(scene, "bad", RECORDS, "is for another part");

	assert_recognised(scene, catalogue, RECORDS, CATALOGUE_BAD);
	catalogue_free(catalogue);
}

/* What is no image may be listed all the same. */
static void test_no_image(struct scene *scene, gconstpointer unused)
{
	struct catalogue *catalogue = by_sha256(scene, "words\n");

	assert_recognised(scene, catalogue, "words\n", CATALOGUE_BY_SHA256);
	assert_recognised(scene, catalogue, "word\n", CATALOGUE_UNKNOWN);
	catalogue_free(catalogue);
}

static void keep(const struct scene *scene, const struct catalogue *catalogue,
		 const char *text, char **kept)
{
	g_autofree char *path = scene_file(scene, "some.name", text);
	g_autoptr(GByteArray) file = file_read(path, NULL);
	image_autofree struct image *image = image_of(text);
	struct catalogue_match match = catalogue_recognise(catalogue, file, image);
	g_autoptr(GError) error = NULL;

	g_assert_true(import_keep(&match, file, kept, &error));
	g_assert_no_error(error);
}

static void assert_loads(const struct catalogue *catalogue, const char *text)
{
	g_autoptr(GError) error = NULL;
	image_autofree struct image *expected = image_of(text);
	image_autofree struct image *image = NULL;
	enum import_place place;

	image = import_load(catalogue, catalogue_entry(catalogue, 0), &place, NULL,
			    &error);
	g_assert_no_error(error);
	g_assert_cmpint(place, ==, IMPORT_KEPT);
	g_assert_true(image_equal(image, expected));
}

static void assert_does_not_load(const struct catalogue *catalogue, int code,
				 const char *text)
{
	g_autoptr(GError) error = NULL;

	g_assert_null(import_load(catalogue, catalogue_entry(catalogue, 0), NULL, NULL,
				  &error));
	g_assert_error(error, SIXPIN_ERROR, code);
	g_assert_cmpstr(error->message, ==, text);
}

/* The listed file is kept, not the one with other line ends. */
static void test_keep_with_listed_line_ends(struct scene *scene, gconstpointer unused)
{
	struct catalogue *catalogue = by_sha256(scene, RECORDS);
	g_autofree char *sha256 = sha256_of(RECORDS);
	g_autofree char *expected =
		g_build_filename(scene->folder, "bootloaders", sha256, NULL);
	g_autofree char *kept = NULL;
	g_autofree char *text = NULL;

	keep(scene, catalogue, RECORDS_CR, &kept);

	g_assert_cmpstr(kept, ==, expected);
	g_assert_true(g_file_get_contents(kept, &text, NULL, NULL));
	g_assert_cmpstr(text, ==, RECORDS);
	assert_loads(catalogue, RECORDS);
	catalogue_free(catalogue);
}

static void test_keep_with_crlf(struct scene *scene, gconstpointer unused)
{
	struct catalogue *catalogue = by_sha256(scene, RECORDS_CR);
	g_autofree char *kept = NULL;
	g_autofree char *text = NULL;

	keep(scene, catalogue, RECORDS, &kept);

	g_assert_true(g_file_get_contents(kept, &text, NULL, NULL));
	g_assert_cmpstr(text, ==, RECORDS_CR);
	catalogue_free(catalogue);
}

static void test_keep_by_digest(struct scene *scene, gconstpointer unused)
{
	struct catalogue *catalogue =
		by_digest(scene, "digest", RECORDS, "7000-7002,7005-7005");
	g_autofree char *kept = NULL;

	keep(scene, catalogue, RECORDS, &kept);
	assert_loads(catalogue, RECORDS);
	catalogue_free(catalogue);
}

static void test_kept_file_is_damaged(struct scene *scene, gconstpointer unused)
{
	struct catalogue *catalogue = by_sha256(scene, RECORDS);
	g_autofree char *kept = NULL;
	g_autofree char *message = NULL;

	keep(scene, catalogue, RECORDS, &kept);
	g_assert_true(g_file_set_contents(kept, OTHER, -1, NULL));

	message = g_strdup_printf("loader: %s is not to be used: it is another build",
				  kept);
	assert_does_not_load(catalogue, SIXPIN_ERROR_IMAGE, message);
	catalogue_free(catalogue);
}

static void test_nowhere_to_keep(struct scene *scene, gconstpointer unused)
{
	struct catalogue *catalogue = by_sha256(scene, RECORDS);
	g_autofree char *path = scene_file(scene, "bootloaders", "a file\n");
	g_autofree char *name = scene_file(scene, "some.name", RECORDS);
	g_autoptr(GByteArray) file = file_read(name, NULL);
	struct catalogue_match match = catalogue_recognise(catalogue, file, NULL);
	g_autofree char *message = g_strdup_printf(
		"no place to keep boot loaders: %s: Not a directory", path);
	g_autoptr(GError) error = NULL;
	char *kept = NULL;

	g_assert_false(import_keep(&match, file, &kept, &error));
	g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_IO);
	g_assert_cmpstr(error->message, ==, message);
	g_assert_null(kept);
	catalogue_free(catalogue);
}

static void test_not_imported(struct scene *scene, gconstpointer unused)
{
	struct catalogue *catalogue = by_sha256(scene, RECORDS);

	assert_does_not_load(
		catalogue, SIXPIN_ERROR_IO,
		"loader: loader.hex is not here yet; get it (here), then run: "
		"sixpin catalogue import loader.hex");
	catalogue_free(catalogue);
	catalogue = scene_load(scene, ENTRY "self-built=true\n");
	assert_does_not_load(
		catalogue, SIXPIN_ERROR_USAGE,
		"loader has no common file: build loader.hex (here) and write "
		"it by its name");
	catalogue_free(catalogue);
	catalogue = scene_load(scene, ENTRY "path=/nowhere/x.hex\nsha256=" SHA256 "\n");
	assert_does_not_load(catalogue, SIXPIN_ERROR_IO,
			     "loader: /nowhere/x.hex is not here; Debian's package "
			     "arduino-core-avr has it");
	catalogue_free(catalogue);
}

/* A catalogue whose entry has the digest of RECORDS and a path with other content. */
static struct catalogue *packaged(const struct scene *scene, const char *key,
				  const char *rest, const char *text)
{
	g_autofree char *path = scene_file(scene, "packaged.hex", text);
	g_autofree char *digest = digest_of(RECORDS);
	g_autofree char *conf = g_strconcat(ENTRY "path=", path, "\n", key, "=", digest,
					    " ", rest, "\n", NULL);

	return scene_load(scene, conf);
}

static void test_packaged(struct scene *scene, gconstpointer unused)
{
	struct catalogue *catalogue =
		packaged(scene, "digest", "7000-7002,7005-7005", RECORDS_CR);
	image_autofree struct image *image = NULL;
	enum import_place place;
	g_autofree char *path = NULL;

	image = import_load(catalogue, catalogue_entry(catalogue, 0), &place, &path,
			    NULL);

	g_assert_nonnull(image);
	g_assert_cmpint(place, ==, IMPORT_PACKAGED);
	g_assert_true(g_str_has_suffix(path, "/packaged.hex"));
	catalogue_free(catalogue);
}

static void test_packaged_is_another_build(struct scene *scene, gconstpointer unused)
{
	struct catalogue *catalogue =
		packaged(scene, "digest", "7000-7002,7005-7005", OTHER);
	g_autofree char *message = g_strdup_printf(
		"loader: %s/packaged.hex is not to be used: it is another build",
		scene->folder);

	assert_does_not_load(catalogue, SIXPIN_ERROR_IMAGE, message);
	catalogue_free(catalogue);
}

static void test_packaged_is_bad(struct scene *scene, gconstpointer unused)
{
	struct catalogue *catalogue = packaged(scene, "bad", "it never runs", RECORDS);
	g_autofree char *message = g_strdup_printf(
		"loader: %s/packaged.hex is not to be used: it never runs",
		scene->folder);

	assert_does_not_load(catalogue, SIXPIN_ERROR_IMAGE, message);
	catalogue_free(catalogue);
}

/* What a target's flash holds: the text's bytes, 0xFF else. */
static struct image *flash_of(const char *text, uint32_t start)
{
	image_autofree struct image *image = image_of(text);
	g_autofree uint8_t *data = g_malloc(0x8000 - start);
	struct image *flash = image_new();

	image_read(image, start, data, 0x8000 - start, 0xFF);
	g_assert_true(image_add(flash, start, data, 0x8000 - start, NULL));
	return flash;
}

static void assert_lies(const struct catalogue *catalogue, const char *text, bool lies)
{
	const struct part *part = part_find("ATmega32U4", NULL);
	uint32_t start = import_flash_start(catalogue, part);
	image_autofree struct image *flash = NULL;

	g_assert_cmphex(start, ==, 0x7000);
	flash = flash_of(text, start);
	g_assert_true(import_find_in_flash(catalogue, part, flash) ==
		      (lies ? catalogue_entry(catalogue, 0) : NULL));
}

static void test_find_in_flash_by_digest(struct scene *scene, gconstpointer unused)
{
	struct catalogue *catalogue =
		by_digest(scene, "digest", RECORDS, "7000-7002,7005-7005");

	assert_lies(catalogue, RECORDS, true);
	assert_lies(catalogue, SKETCH, true);
	assert_lies(catalogue, OTHER, false);
	catalogue_free(catalogue);
}

/* Of a file with a sketch only the loader counts. */
static void test_find_in_flash_by_file(struct scene *scene, gconstpointer unused)
{
	g_autofree char *sha256 = sha256_of(SKETCH);
	g_autofree char *conf =
		g_strconcat(ENTRY "sketch=0-F\nsha256=", sha256, "\n", NULL);
	struct catalogue *catalogue = scene_load(scene, conf);
	const struct part *part = part_find("ATmega32U4", NULL);
	g_autofree char *kept = NULL;

	g_assert_cmphex(import_flash_start(catalogue, part), ==, 0x8000);
	keep(scene, catalogue, SKETCH, &kept);
	assert_lies(catalogue, RECORDS, true);
	assert_lies(catalogue, OTHER, false);
	catalogue_free(catalogue);
}

static void test_find_in_flash_of_another_part(struct scene *scene, gconstpointer unused)
{
	struct catalogue *catalogue =
		by_digest(scene, "digest", RECORDS, "7000-7002,7005-7005");
	const struct part *part = part_find("ATmega328P", NULL);
	image_autofree struct image *flash = flash_of(RECORDS, 0);

	g_assert_cmphex(import_flash_start(catalogue, part), ==, 0x8000);
	g_assert_null(import_find_in_flash(catalogue, part, flash));
	catalogue_free(catalogue);
}

static void add_test(const char *name, void (*test)(struct scene *, gconstpointer))
{
	g_test_add(name, struct scene, NULL, scene_set_up, test, scene_tear_down);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	add_test("/imports/by-sha256", test_by_sha256);
	add_test("/imports/by-line-ends", test_by_line_ends);
	add_test("/imports/by-digest", test_by_digest);
	add_test("/imports/bad", test_bad);
	add_test("/imports/no-image", test_no_image);
	add_test("/imports/keep-with-listed-line-ends", test_keep_with_listed_line_ends);
	add_test("/imports/keep-with-crlf", test_keep_with_crlf);
	add_test("/imports/keep-by-digest", test_keep_by_digest);
	add_test("/imports/kept-file-is-damaged", test_kept_file_is_damaged);
	add_test("/imports/nowhere-to-keep", test_nowhere_to_keep);
	add_test("/imports/not-imported", test_not_imported);
	add_test("/imports/packaged", test_packaged);
	add_test("/imports/packaged-is-another-build", test_packaged_is_another_build);
	add_test("/imports/packaged-is-bad", test_packaged_is_bad);
	add_test("/imports/find-in-flash-by-digest", test_find_in_flash_by_digest);
	add_test("/imports/find-in-flash-by-file", test_find_in_flash_by_file);
	add_test("/imports/find-in-flash-of-another-part",
		 test_find_in_flash_of_another_part);
	return g_test_run();
}
