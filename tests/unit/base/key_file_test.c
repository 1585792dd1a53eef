/* SPDX-License-Identifier: MIT */
/* Key files: what is read, what is refused, and where the errors point. */
#include "appliance/base/key_file.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#include "appliance/base/error.h"

static struct key_file *parse(const char *text)
{
	g_autoptr(GError) error = NULL;
	struct key_file *file = key_file_parse("x.conf", text, strlen(text), &error);

	g_assert_no_error(error);
	g_assert_nonnull(file);
	return file;
}

static void assert_failed(GError *error, const char *message)
{
	g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE);
	g_assert_cmpstr(error->message, ==, message);
	g_error_free(error);
}

static void assert_no_file(const char *text, gssize n_bytes, const char *message)
{
	gsize length = n_bytes < 0 ? strlen(text) : (gsize)n_bytes;
	/* Exact, so that a read past the end is seen. */
	g_autofree char *exact = g_memdup2(text, length);
	GError *error = NULL;

	g_assert_null(key_file_parse("x.conf", exact, length, &error));
	assert_failed(error, message);
}

static void assert_list(const char *const *list, const char *expected)
{
	g_autofree char *joined = g_strjoinv(" ", (char **)list);

	g_assert_cmpstr(joined, ==, expected);
}

static void test_groups_and_keys_in_order(void)
{
	key_file_autofree struct key_file *file =
		parse("# first\n\n[pins]\nsck=11\n mosi = 10 \n\n[image b]\n[image a]\n"
		      "file=x.hex");

	assert_list(key_file_groups(file), "pins image b image a");
	assert_list(key_file_keys(file, "pins"), "sck mosi");
	assert_list(key_file_keys(file, "image b"), "");
	g_assert_null(key_file_keys(file, "image c"));
	g_assert_cmpstr(key_file_get(file, "pins", "mosi"), ==, "10");
	g_assert_cmpstr(key_file_get(file, "image a", "file"), ==, "x.hex");
	g_assert_null(key_file_get(file, "pins", "file"));
	g_assert_null(key_file_get(file, "image c", "file"));
}

static void test_lines(void)
{
	key_file_autofree struct key_file *file =
		parse("# first\n\n[pins]\r\nsck=11\r\n\n#sck=12\nmosi=10\n");

	g_assert_cmpuint(key_file_line(file, "pins", NULL), ==, 3);
	g_assert_cmpuint(key_file_line(file, "pins", "sck"), ==, 4);
	g_assert_cmpuint(key_file_line(file, "pins", "mosi"), ==, 7);
	g_assert_cmpuint(key_file_line(file, "pins", "miso"), ==, 0);
	g_assert_cmpuint(key_file_line(file, "panel", NULL), ==, 0);
	g_assert_cmpuint(key_file_line(file, "panel", "sck"), ==, 0);
}

static void test_values(void)
{
	key_file_autofree struct key_file *file =
		parse("[a]\nb = x = [y] # z \t\nc=\nd=\\sone\\ttwo\\nthree\\r\\\\s\\s\n"
		      "e=\xC3\xA4\r\n");

	g_assert_cmpstr(key_file_get(file, "a", "b"), ==, "x = [y] # z");
	g_assert_cmpstr(key_file_get(file, "a", "c"), ==, "");
	g_assert_cmpstr(key_file_get(file, "a", "d"), ==, " one\ttwo\nthree\r\\s ");
	g_assert_cmpstr(key_file_get(file, "a", "e"), ==, "\xC3\xA4");
}

static void test_nothing_in_it(void)
{
	key_file_autofree struct key_file *empty = parse("");
	key_file_autofree struct key_file *comments = parse("# x\n\n  # y");

	assert_list(key_file_groups(empty), "");
	assert_list(key_file_groups(comments), "");
}

/* Editors of other systems put one there. */
static void test_byte_order_mark(void)
{
	key_file_autofree struct key_file *file = parse("\xEF\xBB\xBF[a]\nb=1\n");

	g_assert_cmpstr(key_file_get(file, "a", "b"), ==, "1");
	g_assert_cmpuint(key_file_line(file, "a", "b"), ==, 2);
}

static const struct {
	const char *text;
	const char *message;
} wrongs[] = {
	{ "[a]\nb=1\n[c]\nb=2\n[a]\nd=3\n",
	  "x.conf:5: [a] is there twice, first in line 1; make one group of both" },
	{ "[a]\nb=1\nc=2\n b =1\n", "x.conf:4: b is given twice, first in line 2; give "
				    "it once" },
	{ "# x\nb=1\n[a]\n",
	  "x.conf:2: expected a group as in [name] before the first key, found \"b=1\"" },
	{ "[a]\nb\n", "x.conf:2: expected [group], key=value or # comment, found \"b\"" },
	{ "<html>\n", "x.conf:1: expected [group], key=value or # comment, found "
		      "\"<html>\"" },
	{ "[a]\n; b=1\n", "x.conf:2: expected a key of letters, digits, \"-\", \"_\" and "
			  "\".\" before the =, found \"; b=1\"" },
	{ "[a]\n=1\n", "x.conf:2: expected a key of letters, digits, \"-\", \"_\" and "
		       "\".\" before the =, found \"=1\"" },
	{ "[a]\ntitle[de]=1\n",
	  "x.conf:2: expected a key of letters, digits, \"-\", \"_\" and \".\" before "
	  "the =, found \"title[de]=1\"" },
	{ "[a] # x\n", "x.conf:1: expected a group as in [name], alone in its line, "
		       "found \"[a] # x\"" },
	{ "[\n", "x.conf:1: expected a group as in [name], alone in its line, found "
		 "\"[\"" },
	{ "[]\n", "x.conf:1: expected a group as in [name], alone in its line, found "
		  "\"[]\"" },
	{ "[ a]\n", "x.conf:1: expected a group as in [name], alone in its line, found "
		    "\"[ a]\"" },
	{ "[a ]\n", "x.conf:1: expected a group as in [name], alone in its line, found "
		    "\"[a ]\"" },
	{ "[a]]\n", "x.conf:1: expected a group as in [name], alone in its line, found "
		    "\"[a]]\"" },
	{ "[a]\nb=C:\\dir\n",
	  "x.conf:2: b: expected s, t, n, r or \\ after each \\, found \"C:\\dir\"" },
	{ "[a]\nb=1\\\n",
	  "x.conf:2: b: expected s, t, n, r or \\ after each \\, found \"1\\\"" },
	{ "[a]\nb=\x1B[2J\n", "x.conf:2: expected text, found the control character "
			      "U+001B" },
	{ "[a]\rb=1\n", "x.conf:1: expected text, found the control character U+000D" },
	{ "[a]\nb=\xC2\x9B\n", "x.conf:2: expected text, found the control character "
			       "U+009B" },
	{ "[a]\n# \xE4 in another encoding\n",
	  "x.conf:2: expected text in UTF-8, found the byte 0xE4; save the file as UTF-8" },
	{ "[a]\nb=1\n\xC3", "x.conf:3: expected text in UTF-8, found the byte 0xC3; save "
			    "the file as UTF-8" },
};

static void test_what_is_no_key_file(void)
{
	for (unsigned i = 0; i < G_N_ELEMENTS(wrongs); i++)
		assert_no_file(wrongs[i].text, -1, wrongs[i].message);
	assert_no_file("[a]\nb=1\0\n", 9,
		       "x.conf:2: expected text in UTF-8, found the byte 0x00; save the "
		       "file as UTF-8");
	assert_no_file("0123456789012345678901234567890123456789012345678901234567\xC3"
		       "\xA4\xC3\xB6\xC3\xBC",
		       -1,
		       "x.conf:1: expected [group], key=value or # comment, found "
		       "\"0123456789012345678901234567890123456789012345678901234567\xC3"
		       "\xA4\xC3\xB6...\"");
}

static void test_longest(void)
{
	g_autofree char *text = g_strnfill(KEY_FILE_MAX_BYTES + 1, '#');
	g_autoptr(GError) error = NULL;
	struct key_file *file =
		key_file_parse("x.conf", text, KEY_FILE_MAX_BYTES, &error);

	g_assert_no_error(error);
	key_file_free(file);
	assert_no_file(text, KEY_FILE_MAX_BYTES + 1,
		       "x.conf: expected at most 1048576 bytes, found more; is it the "
		       "right file?");
}

static void test_blame(void)
{
	key_file_autofree struct key_file *file = parse("[a]\nb=1\n");
	GError *error = g_error_new(SIXPIN_ERROR, SIXPIN_ERROR_WRONG_PART, "is odd");

	g_assert_false(key_file_blame(file, "a", "b", &error));
	g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_WRONG_PART);
	g_assert_cmpstr(error->message, ==, "x.conf:2: b: is odd");
	g_error_free(error);
	g_assert_false(key_file_blame(file, "a", "b", NULL));
}

static void assert_fails_at(const struct key_file *file, const char *group,
			    const char *key, const char *message)
{
	GError *error = NULL;

	g_assert_false(key_file_fail(file, group, key, &error, "is %s", "odd"));
	assert_failed(error, message);
	g_assert_false(key_file_fail(file, group, key, NULL, "is odd"));
}

static void test_fail(void)
{
	key_file_autofree struct key_file *file = parse("\n[a]\nb=1\n");

	assert_fails_at(file, "a", "b", "x.conf:3: b: is odd");
	assert_fails_at(file, "a", "c", "x.conf:2: [a] c: is odd");
	assert_fails_at(file, "a", NULL, "x.conf:2: [a]: is odd");
	assert_fails_at(file, "d", "c", "x.conf: [d] c: is odd");
	assert_fails_at(file, "d", NULL, "x.conf: [d]: is odd");
}

struct folder {
	char *path;
	char *file;
};

static void set_up(struct folder *folder, gconstpointer unused)
{
	folder->path = g_dir_make_tmp("sixpin-key-file-XXXXXX", NULL);
	folder->file = g_build_filename(folder->path, "x.conf", NULL);
}

static void tear_down(struct folder *folder, gconstpointer unused)
{
	g_unlink(folder->file);
	g_assert_cmpint(g_rmdir(folder->path), ==, 0);
	g_free(folder->file);
	g_free(folder->path);
}

static void assert_not_loaded(const char *path, int code, const char *text)
{
	g_autofree char *message = g_strconcat(path, text, NULL);
	g_autoptr(GError) error = NULL;

	g_assert_null(key_file_load(path, &error));
	g_assert_error(error, SIXPIN_ERROR, code);
	g_assert_cmpstr(error->message, ==, message);
}

static void test_load(struct folder *folder, gconstpointer unused)
{
	g_autoptr(GError) error = NULL;
	key_file_autofree struct key_file *file = NULL;

	g_assert_true(g_file_set_contents(folder->file, "[a]\nb=1\n", -1, NULL));
	file = key_file_load(folder->file, &error);

	g_assert_no_error(error);
	g_assert_cmpstr(key_file_get(file, "a", "b"), ==, "1");
}

static void test_what_cannot_be_loaded(struct folder *folder, gconstpointer unused)
{
	assert_not_loaded(folder->file, SIXPIN_ERROR_IO,
			  ": cannot be opened: No such file or directory");
	assert_not_loaded(folder->path, SIXPIN_ERROR_IO,
			  ": is a folder, device or pipe, expected a file");
	g_assert_cmpint(mkfifo(folder->file, 0600), ==, 0);
	assert_not_loaded(folder->file, SIXPIN_ERROR_IO,
			  ": is a folder, device or pipe, expected a file");
	g_unlink(folder->file);
	g_assert_true(g_file_set_contents(folder->file, "[a]\nb\n", -1, NULL));
	assert_not_loaded(folder->file, SIXPIN_ERROR_USAGE,
			  ":2: expected [group], key=value or # comment, found \"b\"");
}

static void test_load_longest(struct folder *folder, gconstpointer unused)
{
	g_autofree char *text = g_strnfill(KEY_FILE_MAX_BYTES + 1, '#');
	key_file_autofree struct key_file *file = NULL;

	g_assert_true(g_file_set_contents(folder->file, text, KEY_FILE_MAX_BYTES, NULL));
	file = key_file_load(folder->file, NULL);
	g_assert_nonnull(file);
	g_assert_true(
		g_file_set_contents(folder->file, text, KEY_FILE_MAX_BYTES + 1, NULL));
	assert_not_loaded(folder->file, SIXPIN_ERROR_USAGE,
			  ": expected at most 1048576 bytes, found more; is it the right "
			  "file?");
}

static const struct {
	const char *path;
	GTestFunc func;
} tests[] = {
	{ "groups-and-keys-in-order", test_groups_and_keys_in_order },
	{ "lines", test_lines },
	{ "values", test_values },
	{ "nothing-in-it", test_nothing_in_it },
	{ "byte-order-mark", test_byte_order_mark },
	{ "what-is-no-key-file", test_what_is_no_key_file },
	{ "longest", test_longest },
	{ "blame", test_blame },
	{ "fail", test_fail },
};

static void add_folder_test(const char *name,
			    void (*test)(struct folder *, gconstpointer))
{
	g_test_add(name, struct folder, NULL, set_up, test, tear_down);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (unsigned i = 0; i < G_N_ELEMENTS(tests); i++) {
		g_autofree char *path = g_strdup_printf("/key-file/%s", tests[i].path);

		g_test_add_func(path, tests[i].func);
	}
	add_folder_test("/key-file/load", test_load);
	add_folder_test("/key-file/what-cannot-be-loaded", test_what_cannot_be_loaded);
	add_folder_test("/key-file/load-longest", test_load_longest);
	return g_test_run();
}
