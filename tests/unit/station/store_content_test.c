/* SPDX-License-Identifier: MIT */
/* A list looks into a file once, for as long as it is the same one. */
#include <fcntl.h>

#include "tests/unit/station/store_scene.h"

#define LONG_AGO 1000000000

/* In place, as a person's editor may do it; the file keeps its inode. */
static void write_in_place(const struct fixture *fixture, const char *content,
			   time_t changed_s)
{
	const struct timespec times[] = { { changed_s, 0 }, { changed_s, 0 } };
	g_autofree char *path = path_of(fixture, "images/app.hex");
	FILE *file = fopen(path, "w");

	g_assert_nonnull(file);
	g_assert_cmpint(fputs(content, file), >=, 0);
	g_assert_cmpint(fclose(file), ==, 0);
	if (changed_s)
		g_assert_cmpint(utimensat(AT_FDCWD, path, times, 0), ==, 0);
}

/* "digest", or "error": of the one image that there is. */
static char *told(const struct fixture *fixture, const char *name)
{
	g_autoptr(GVariant) rows = store_list_images(fixture->store, NULL);
	g_autoptr(GVariant) row = NULL;
	char *value = NULL;

	g_assert_cmpuint(g_variant_n_children(rows), ==, 1);
	row = g_variant_get_child_value(rows, 0);
	g_variant_lookup(row, name, "s", &value);
	return value;
}

static char *digest_of(const char *content)
{
	g_autoptr(GBytes) bytes = g_bytes_new_static(content, strlen(content));
	g_autofree char *folder = g_dir_make_tmp("sixpin-store-XXXXXX", NULL);
	struct store *store = store_open(folder, NULL);
	char *digest = NULL;

	g_assert_true(store_add_image(store, "x.hex", bytes, false, &digest, NULL));
	store_close(store);
	remove_tree(folder);
	return digest;
}

static void assert_told(const struct fixture *fixture, const char *content)
{
	g_autofree char *digest = told(fixture, "digest");
	g_autofree char *expected = digest_of(content);

	g_assert_cmpstr(digest, ==, expected);
}

static void test_the_same_file_is_read_once(struct fixture *fixture, gconstpointer data)
{
	(void)data;
	write_in_place(fixture, HEX, LONG_AGO);
	assert_told(fixture, HEX);
	write_in_place(fixture, OTHER_HEX, LONG_AGO);
	assert_told(fixture, HEX);
}

static void test_another_time_is_another_file(struct fixture *fixture, gconstpointer data)
{
	(void)data;
	write_in_place(fixture, HEX, LONG_AGO);
	assert_told(fixture, HEX);
	write_in_place(fixture, OTHER_HEX, LONG_AGO + 1);
	assert_told(fixture, OTHER_HEX);
}

static void test_another_size_is_another_file(struct fixture *fixture, gconstpointer data)
{
	(void)data;
	write_in_place(fixture, HEX, LONG_AGO);
	assert_told(fixture, HEX);
	write_in_place(fixture, ":02000000010203F8\n:00000001FF\n", LONG_AGO);
	g_assert_null(told(fixture, "digest"));
}

/* Within the step of a file's time it may change again. */
static void test_what_is_new_is_read_again(struct fixture *fixture, gconstpointer data)
{
	(void)data;
	write_in_place(fixture, HEX, 0);
	assert_told(fixture, HEX);
	write_in_place(fixture, OTHER_HEX, 0);
	assert_told(fixture, OTHER_HEX);
}

static void test_what_is_replaced_is_another_file(struct fixture *fixture,
						  gconstpointer data)
{
	g_autoptr(GBytes) other = g_bytes_new_static(OTHER_HEX, strlen(OTHER_HEX));

	(void)data;
	write_in_place(fixture, HEX, LONG_AGO);
	assert_told(fixture, HEX);
	g_assert_true(
		store_add_image(fixture->store, "app.hex", other, true, NULL, NULL));
	assert_told(fixture, OTHER_HEX);
}

static void test_why_it_cannot_be_used_is_known(struct fixture *fixture,
						gconstpointer data)
{
	g_autofree char *first = NULL;
	g_autofree char *second = NULL;

	(void)data;
	write_in_place(fixture, "<html>x", LONG_AGO);
	first = told(fixture, "error");
	write_in_place(fixture, "<html>y", LONG_AGO);
	second = told(fixture, "error");
	g_assert_nonnull(first);
	g_assert_cmpstr(first, ==, second);
	write_in_place(fixture, HEX, LONG_AGO);
	assert_told(fixture, HEX);
}

static void test_what_is_gone_is_forgotten(struct fixture *fixture, gconstpointer data)
{
	g_autofree char *path = path_of(fixture, "images/app.hex");
	g_autoptr(GVariant) rows = NULL;

	(void)data;
	write_in_place(fixture, HEX, LONG_AGO);
	assert_told(fixture, HEX);
	g_assert_cmpint(g_remove(path), ==, 0);
	rows = store_list_images(fixture->store, NULL);
	g_assert_cmpuint(g_variant_n_children(rows), ==, 0);
	write_in_place(fixture, OTHER_HEX, LONG_AGO);
	assert_told(fixture, OTHER_HEX);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
#define ADD(path, function)                                                        \
	g_test_add("/store/content/" path, struct fixture, NULL, set_up, function, \
		   tear_down)
	ADD("the-same-file-is-read-once", test_the_same_file_is_read_once);
	ADD("another-time-is-another-file", test_another_time_is_another_file);
	ADD("another-size-is-another-file", test_another_size_is_another_file);
	ADD("what-is-new-is-read-again", test_what_is_new_is_read_again);
	ADD("what-is-replaced-is-another-file", test_what_is_replaced_is_another_file);
	ADD("why-it-cannot-be-used-is-known", test_why_it_cannot_be_used_is_known);
	ADD("what-is-gone-is-forgotten", test_what_is_gone_is_forgotten);
	return g_test_run();
}
