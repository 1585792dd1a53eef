/* SPDX-License-Identifier: MIT */
#include <glib/gstdio.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "appliance/base/error.h"
#include "images/file.h"
#include "images/format.h"

#define HEX ":020010000102EB\n:00000001FF\n"

struct fixture {
	char *folder;
	char *path; /* folder/boot.hex, not there yet */
};

static void set_up(struct fixture *fixture, gconstpointer unused)
{
	(void)unused;
	fixture->folder = g_dir_make_tmp("sixpin-file-XXXXXX", NULL);
	fixture->path = g_build_filename(fixture->folder, "boot.hex", NULL);
}

static void tear_down(struct fixture *fixture, gconstpointer unused)
{
	g_autoptr(GDir) folder = g_dir_open(fixture->folder, 0, NULL);
	const char *name;

	(void)unused;
	while ((name = g_dir_read_name(folder))) {
		g_autofree char *path = g_build_filename(fixture->folder, name, NULL);

		g_assert_cmpint(g_remove(path), ==, 0);
	}
	g_assert_cmpint(g_rmdir(fixture->folder), ==, 0);
	g_free(fixture->folder);
	g_free(fixture->path);
}

static void put(const struct fixture *fixture, const char *text)
{
	g_assert_true(g_file_set_contents(fixture->path, text, -1, NULL));
}

static void assert_message(const struct fixture *fixture, const GError *error, int code,
			   const char *text)
{
	g_autofree char *message = g_strdup_printf("%s: %s", fixture->path, text);

	g_assert_error(error, SIXPIN_ERROR, code);
	g_assert_cmpstr(error->message, ==, message);
}

static void assert_load_fails(const struct fixture *fixture, int code, const char *text)
{
	g_autoptr(GError) error = NULL;
	const struct image_format *found = NULL;

	g_assert_null(image_load(fixture->path, NULL, 0, &found, &error));
	g_assert_null(found);
	assert_message(fixture, error, code, text);
}

static void assert_holds_1_2_at_10(const struct image *image)
{
	struct image_segment segment = image_segment(image, 0);

	g_assert_cmpuint(image_n_segments(image), ==, 1);
	g_assert_cmphex(segment.address, ==, 0x10);
	g_assert_cmpmem(segment.data, segment.n_bytes, "\1\2", 2);
}

static struct image *sample(void)
{
	struct image *image = image_new();

	g_assert_true(image_add(image, 0x10, (const uint8_t *)"\1\2", 2, NULL));
	return image;
}

static void save(const struct fixture *fixture)
{
	image_autofree struct image *image = sample();
	g_autoptr(GError) error = NULL;

	g_assert_true(image_save(image, fixture->path, &image_format_ihex, &error));
	g_assert_no_error(error);
}

static void assert_save_fails(const struct fixture *fixture,
			      const struct image_format *format, int code,
			      const char *text)
{
	image_autofree struct image *image = sample();
	g_autoptr(GError) error = NULL;

	g_assert_false(image_save(image, fixture->path, format, &error));
	assert_message(fixture, error, code, text);
}

static void assert_folder_holds(const struct fixture *fixture, unsigned n_files)
{
	g_autoptr(GDir) folder = g_dir_open(fixture->folder, 0, NULL);
	unsigned n_found = 0;

	while (g_dir_read_name(folder))
		n_found++;
	g_assert_cmpuint(n_found, ==, n_files);
}

static mode_t mode_of(const char *path)
{
	struct stat status;

	g_assert_cmpint(stat(path, &status), ==, 0);
	return status.st_mode & 07777;
}

static void test_load_sniffs(struct fixture *fixture, gconstpointer unused)
{
	image_autofree struct image *image = NULL;
	const struct image_format *found = NULL;

	(void)unused;
	put(fixture, HEX);
	/* The base is for formats without addresses. */
	image = image_load(fixture->path, NULL, 0x7000, &found, NULL);

	g_assert_true(found == &image_format_ihex);
	assert_holds_1_2_at_10(image);
}

static void test_load_as_named(struct fixture *fixture, gconstpointer unused)
{
	image_autofree struct image *image = NULL;

	(void)unused;
	put(fixture, "\1\2");
	image = image_load(fixture->path, &image_format_bin, 0x10, NULL, NULL);

	assert_holds_1_2_at_10(image);
}

static void test_load_names_file_and_line(struct fixture *fixture, gconstpointer unused)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *message = g_strdup_printf(
		"%s:1: checksum is 00, the record's bytes give EB", fixture->path);

	(void)unused;
	put(fixture, ":02001000010200\n");

	g_assert_null(image_load(fixture->path, NULL, 0, NULL, &error));
	g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_IMAGE);
	g_assert_cmpstr(error->message, ==, message);
}

static void test_load_empty_file(struct fixture *fixture, gconstpointer unused)
{
	(void)unused;
	put(fixture, "");
	assert_load_fails(fixture, SIXPIN_ERROR_IMAGE,
			  "is empty, expected Intel HEX, Motorola S-record, ELF or raw "
			  "binary");
}

static void test_load_missing_file(struct fixture *fixture, gconstpointer unused)
{
	(void)unused;
	assert_load_fails(fixture, SIXPIN_ERROR_IO,
			  "cannot be opened: No such file or directory");
}

static void test_load_folder(struct fixture *fixture, gconstpointer unused)
{
	(void)unused;
	g_assert_cmpint(g_mkdir(fixture->path, 0755), ==, 0);
	assert_load_fails(fixture, SIXPIN_ERROR_IO, "is a directory, expected a file");
}

/* Nobody writes into it: to wait for its content would be for ever. */
static void test_load_pipe(struct fixture *fixture, gconstpointer unused)
{
	(void)unused;
	g_assert_cmpint(mkfifo(fixture->path, 0644), ==, 0);
	assert_load_fails(fixture, SIXPIN_ERROR_IO,
			  "is a device or pipe, expected a file");
}

static void test_load_unreadable_file(struct fixture *fixture, gconstpointer unused)
{
	(void)unused;
	if (geteuid() == 0) {
		g_test_skip("root reads every file");
		return;
	}
	put(fixture, HEX);
	g_assert_cmpint(g_chmod(fixture->path, 0), ==, 0);
	assert_load_fails(fixture, SIXPIN_ERROR_IO,
			  "cannot be opened: Permission denied");
}

static void test_load_longest_file(struct fixture *fixture, gconstpointer unused)
{
	image_autofree struct image *image = NULL;

	(void)unused;
	put(fixture, "");
	g_assert_cmpint(truncate(fixture->path, IMAGE_MAX_BYTES), ==, 0);
	image = image_load(fixture->path, NULL, 0, NULL, NULL);
	g_assert_cmpuint(image_n_bytes(image), ==, IMAGE_MAX_BYTES);

	g_assert_cmpint(truncate(fixture->path, IMAGE_MAX_BYTES + 1), ==, 0);
	assert_load_fails(fixture, SIXPIN_ERROR_IMAGE,
			  "is longer than 67108864 bytes, the most that is read");
}

static void test_save_new_file(struct fixture *fixture, gconstpointer unused)
{
	g_autofree char *text = NULL;
	mode_t mask = umask(027);

	(void)unused;
	save(fixture);
	umask(mask);

	g_assert_true(g_file_get_contents(fixture->path, &text, NULL, NULL));
	g_assert_cmpstr(text, ==, HEX);
	g_assert_cmphex(mode_of(fixture->path), ==, 0640);
	assert_folder_holds(fixture, 1);
}

static void test_save_keeps_the_mode(struct fixture *fixture, gconstpointer unused)
{
	g_autofree char *text = NULL;

	(void)unused;
	put(fixture, "old");
	g_assert_cmpint(g_chmod(fixture->path, 0666), ==, 0);
	save(fixture);

	g_assert_true(g_file_get_contents(fixture->path, &text, NULL, NULL));
	g_assert_cmpstr(text, ==, HEX);
	g_assert_cmphex(mode_of(fixture->path), ==, 0666);
	assert_folder_holds(fixture, 1);
}

static void test_save_through_a_link(struct fixture *fixture, gconstpointer unused)
{
	g_autofree char *target = g_build_filename(fixture->folder, "target.hex", NULL);
	g_autofree char *text = NULL;

	(void)unused;
	g_assert_true(g_file_set_contents(target, "old", -1, NULL));
	g_assert_cmpint(symlink("target.hex", fixture->path), ==, 0);
	save(fixture);

	g_assert_true(g_file_test(fixture->path, G_FILE_TEST_IS_SYMLINK));
	g_assert_true(g_file_get_contents(target, &text, NULL, NULL));
	g_assert_cmpstr(text, ==, HEX);
}

static void test_save_over_a_folder(struct fixture *fixture, gconstpointer unused)
{
	(void)unused;
	g_assert_cmpint(g_mkdir(fixture->path, 0755), ==, 0);
	assert_save_fails(fixture, &image_format_ihex, SIXPIN_ERROR_IO,
			  "exists and is not a file");
}

static void test_save_into_a_missing_folder(struct fixture *fixture, gconstpointer unused)
{
	struct fixture missing = {
		fixture->folder, g_build_filename(fixture->folder, "no", "boot.hex", NULL)
	};

	(void)unused;
	assert_save_fails(&missing, &image_format_ihex, SIXPIN_ERROR_IO,
			  "cannot be written: No such file or directory");
	g_free(missing.path);
}

static void test_save_in_a_read_only_format(struct fixture *fixture, gconstpointer unused)
{
	(void)unused;
	assert_save_fails(fixture, &image_format_elf, SIXPIN_ERROR_USAGE,
			  "ELF executable is only read: write ihex, srec or bin instead");
	assert_folder_holds(fixture, 0);
}

static void test_save_what_a_format_cannot_carry(struct fixture *fixture,
						 gconstpointer unused)
{
	image_autofree struct image *image = image_new();
	g_autoptr(GError) error = NULL;

	(void)unused;
	put(fixture, "old");

	g_assert_false(image_save(image, fixture->path, &image_format_bin, &error));
	assert_message(fixture, error, SIXPIN_ERROR_IMAGE,
		       "the image is empty: there is nothing to write as raw binary");
	assert_folder_holds(fixture, 1);
}

/* A disk that is full: the old file stays, and nothing is left beside it. */
static void test_save_fails_while_writing(struct fixture *fixture, gconstpointer unused)
{
	g_autofree char *text = NULL;
	struct rlimit before, small;

	(void)unused;
	put(fixture, "old");
	g_assert_cmpint(getrlimit(RLIMIT_FSIZE, &before), ==, 0);
	small = before;
	small.rlim_cur = 8;
	signal(SIGXFSZ, SIG_IGN);
	g_assert_cmpint(setrlimit(RLIMIT_FSIZE, &small), ==, 0);
	assert_save_fails(fixture, &image_format_ihex, SIXPIN_ERROR_IO,
			  "cannot be written: File too large");
	g_assert_cmpint(setrlimit(RLIMIT_FSIZE, &before), ==, 0);

	g_assert_true(g_file_get_contents(fixture->path, &text, NULL, NULL));
	g_assert_cmpstr(text, ==, "old");
	assert_folder_holds(fixture, 1);
}

static void test_remove(struct fixture *fixture, gconstpointer unused)
{
	g_autoptr(GError) error = NULL;

	(void)unused;
	put(fixture, "old");
	g_assert_true(file_remove(fixture->path, &error));
	g_assert_no_error(error);
	assert_folder_holds(fixture, 0);
	g_assert_false(file_remove(fixture->path, &error));
	assert_message(fixture, error, SIXPIN_ERROR_IO,
		       "cannot be removed: No such file or directory");
}

static void test_sync_a_folder(struct fixture *fixture, gconstpointer unused)
{
	g_autoptr(GError) error = NULL;

	(void)unused;
	g_assert_true(folder_sync(fixture->folder, NULL));
	g_assert_false(folder_sync(fixture->path, &error));
	assert_message(fixture, error, SIXPIN_ERROR_IO,
		       "cannot be synced: No such file or directory");
}

static void add_test(const char *name, void (*test)(struct fixture *, gconstpointer))
{
	g_test_add(name, struct fixture, NULL, set_up, test, tear_down);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	add_test("/file/load-sniffs", test_load_sniffs);
	add_test("/file/load-as-named", test_load_as_named);
	add_test("/file/load-names-file-and-line", test_load_names_file_and_line);
	add_test("/file/load-empty-file", test_load_empty_file);
	add_test("/file/load-missing-file", test_load_missing_file);
	add_test("/file/load-folder", test_load_folder);
	add_test("/file/load-pipe", test_load_pipe);
	add_test("/file/load-unreadable-file", test_load_unreadable_file);
	add_test("/file/load-longest-file", test_load_longest_file);
	add_test("/file/save-new-file", test_save_new_file);
	add_test("/file/save-keeps-the-mode", test_save_keeps_the_mode);
	add_test("/file/save-through-a-link", test_save_through_a_link);
	add_test("/file/save-over-a-folder", test_save_over_a_folder);
	add_test("/file/save-into-a-missing-folder", test_save_into_a_missing_folder);
	add_test("/file/save-in-a-read-only-format", test_save_in_a_read_only_format);
	add_test("/file/save-what-a-format-cannot-carry",
		 test_save_what_a_format_cannot_carry);
	add_test("/file/save-fails-while-writing", test_save_fails_while_writing);
	add_test("/file/remove", test_remove);
	add_test("/file/sync-a-folder", test_sync_a_folder);
	return g_test_run();
}
