/* SPDX-License-Identifier: MIT */
/* What a key file may have, and the kinds of values that every file has. */
#include <string.h>

#include "appliance/base/error.h"
#include "appliance/base/key_file.h"

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

static const char *const pins_keys[] = { "sck", "mosi", "miso", "power-settle", NULL };
static const char *const image_keys[] = { "file", "digest", NULL };
static const char *const any_keys[] = { "keep", "*", NULL };

static const struct key_file_group table[] = {
	{ "pins", pins_keys },
	{ "image *", image_keys },
	{ "fuses", any_keys },
	{ NULL },
};

static void test_known_groups_and_keys(void)
{
	key_file_autofree struct key_file *file =
		parse("[fuses]\nbootsz=2048w\n[image the loader]\nfile=x\ndigest=y\n"
		      "[image a]\n[pins]\nmiso=9\n");
	g_autoptr(GError) error = NULL;

	g_assert_true(key_file_check(file, table, &error));
	g_assert_no_error(error);
}

static const struct {
	const char *text;
	const char *message;
} unknowns[] = {
	{ "[pins]\n[pinz]\n", "x.conf:2: [pinz]: no such group; nearest: pins" },
	{ "[Pins]\n", "x.conf:1: [Pins]: no such group; nearest: pins" },
	{ "\n[storage]\n",
	  "x.conf:2: [storage]: no such group; there is [pins], [image *], [fuses]" },
	{ "[image]\n",
	  "x.conf:1: [image]: no such group; there is [pins], [image *], [fuses]" },
	{ "[image  x]\n", "x.conf:1: [image  x]: no such group; nearest: image *" },
	{ "[pins]\nsck=1\nmisso=1\n",
	  "x.conf:3: misso: no key of [pins]; nearest: miso" },
	{ "[pins]\nSCK=1\n", "x.conf:2: SCK: no key of [pins]; nearest: sck" },
	{ "[pins]\nvoltage=1\n", "x.conf:2: voltage: no key of [pins]; there is sck, "
				 "mosi, miso, power-settle" },
	{ "[image a]\nsck=1\n",
	  "x.conf:2: sck: no key of [image a]; it belongs to [pins]" },
};

static void test_unknown_groups_and_keys(void)
{
	for (unsigned i = 0; i < G_N_ELEMENTS(unknowns); i++) {
		key_file_autofree struct key_file *file = parse(unknowns[i].text);
		GError *error = NULL;

		g_assert_false(key_file_check(file, table, &error));
		assert_failed(error, unknowns[i].message);
	}
}

static void test_any_group(void)
{
	static const struct key_file_group any[] = { { "*", image_keys }, { NULL } };
	key_file_autofree struct key_file *file = parse("[a]\nfile=1\n[b c]\ndigest=1\n");
	g_autoptr(GError) error = NULL;

	g_assert_true(key_file_check(file, any, &error));
	g_assert_no_error(error);
}

static void test_errors_have_one_line(void)
{
	key_file_autofree struct key_file *file = parse("[a]\nb=x\\ny\\rz\n");
	bool value = true;
	GError *error = NULL;

	g_assert_false(key_file_get_bool(file, "a", "b", &value, &error));
	assert_failed(error, "x.conf:2: b: expected yes or no, found \"x\\ny\\rz\"");
}

static void test_bools(void)
{
	static const char *const yes[] = { "yes", "true", "on", "1", "Yes" };
	static const char *const no[] = { "no", "false", "off", "0", "NO" };

	for (unsigned i = 0; i < G_N_ELEMENTS(yes); i++) {
		g_autofree char *text =
			g_strdup_printf("[a]\nyes=%s\nno=%s\n", yes[i], no[i]);
		key_file_autofree struct key_file *file = parse(text);
		bool is_yes = false, is_no = true, kept = true;

		g_assert_true(key_file_get_bool(file, "a", "yes", &is_yes, NULL));
		g_assert_true(key_file_get_bool(file, "a", "no", &is_no, NULL));
		g_assert_true(key_file_get_bool(file, "a", "none", &kept, NULL));
		g_assert_true(is_yes && !is_no && kept);
	}
}

static void test_what_is_no_bool(void)
{
	key_file_autofree struct key_file *file = parse("[a]\nb=maybe\n");
	bool value = true;
	GError *error = NULL;

	g_assert_false(key_file_get_bool(file, "a", "b", &value, &error));
	assert_failed(error, "x.conf:2: b: expected yes or no, found \"maybe\"");
	g_assert_true(value);
}

static guint64 number(const char *value)
{
	g_autofree char *text = g_strdup_printf("[a]\nb=%s\n", value);
	key_file_autofree struct key_file *file = parse(text);
	g_autoptr(GError) error = NULL;
	guint64 number = 77;

	g_assert_true(
		key_file_get_number(file, "a", "b", 1, G_MAXUINT64, &number, &error));
	g_assert_no_error(error);
	g_assert_true(key_file_get_number(file, "a", "c", 1, 2, &number, &error));
	return number;
}

static void test_numbers(void)
{
	g_assert_cmpuint(number("1"), ==, 1);
	g_assert_cmpuint(number("100000"), ==, 100000);
	g_assert_cmpuint(number("0x20"), ==, 32);
	g_assert_cmpuint(number("0b101"), ==, 5);
	g_assert_cmpuint(number("18446744073709551615"), ==, G_MAXUINT64);
}

static void test_what_are_no_numbers(void)
{
	static const char *const values[] = { "", "0", "11", "-1", "1.5", "010", "1 2" };

	for (unsigned i = 0; i < G_N_ELEMENTS(values); i++) {
		g_autofree char *text = g_strdup_printf("[a]\nb=%s\n", values[i]);
		g_autofree char *message = g_strdup_printf(
			"x.conf:2: b: expected a number from 1 to 10, found \"%s\"",
			values[i]);
		key_file_autofree struct key_file *file = parse(text);
		guint64 number = 7;
		GError *error = NULL;

		g_assert_false(
			key_file_get_number(file, "a", "b", 1, 10, &number, &error));
		assert_failed(error, message);
		g_assert_cmpuint(number, ==, 7);
	}
}

static void test_durations(void)
{
	key_file_autofree struct key_file *file =
		parse("[a]\nleast=250us\nb=20ms\nmost=5s\n");
	guint64 least = 0, middle = 0, most = 0, kept = 7;

	g_assert_true(key_file_get_duration(file, "a", "least", 250, 1000, &least, NULL));
	g_assert_true(key_file_get_duration(file, "a", "b", 0, 1000000, &middle, NULL));
	g_assert_true(key_file_get_duration(file, "a", "most", 0, 5000000, &most, NULL));
	g_assert_true(key_file_get_duration(file, "a", "none", 0, 1, &kept, NULL));
	g_assert_cmpuint(least, ==, 250);
	g_assert_cmpuint(middle, ==, 20000);
	g_assert_cmpuint(most, ==, 5000000);
	g_assert_cmpuint(kept, ==, 7);
}

static void test_what_are_no_durations(void)
{
	static const char *const values[] = { "",    "5",      "5m",  "1.5s",
					      "-1s", "s",      "5 s", "5 ms",
					      "6s",  "5001ms", "0s",  "249us" };

	for (unsigned i = 0; i < G_N_ELEMENTS(values); i++) {
		g_autofree char *text = g_strdup_printf("[a]\nb=%s\n", values[i]);
		g_autofree char *message =
			g_strdup_printf("x.conf:2: b: expected a time from 250us to 5s, "
					"as in 250us, 20ms or 5s, found \"%s\"",
					values[i]);
		key_file_autofree struct key_file *file = parse(text);
		guint64 us = 7;
		GError *error = NULL;

		g_assert_false(
			key_file_get_duration(file, "a", "b", 250, 5000000, &us, &error));
		assert_failed(error, message);
		g_assert_cmpuint(us, ==, 7);
	}
}

static void test_escaped_values_come_back(void)
{
	static const char *const values[] = {
		"",    " ",	   "  ",    "a",   " a ",     "a b",	  "\\",
		"\\n", "\n\r\t\\", "\ta\t", "\\ ", "# [a]=b", "\xC3\xA4",
	};

	for (unsigned i = 0; i < G_N_ELEMENTS(values); i++) {
		g_autofree char *escaped = key_file_escape(values[i]);
		g_autofree char *text = g_strdup_printf("[a]\nb=%s\n", escaped);
		key_file_autofree struct key_file *file = parse(text);

		g_assert_cmpstr(key_file_get(file, "a", "b"), ==, values[i]);
	}
}

static const struct {
	const char *path;
	GTestFunc func;
} tests[] = {
	{ "known-groups-and-keys", test_known_groups_and_keys },
	{ "unknown-groups-and-keys", test_unknown_groups_and_keys },
	{ "any-group", test_any_group },
	{ "escaped-values-come-back", test_escaped_values_come_back },
	{ "errors-have-one-line", test_errors_have_one_line },
	{ "bools", test_bools },
	{ "what-is-no-bool", test_what_is_no_bool },
	{ "numbers", test_numbers },
	{ "what-are-no-numbers", test_what_are_no_numbers },
	{ "durations", test_durations },
	{ "what-are-no-durations", test_what_are_no_durations },
};

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (unsigned i = 0; i < G_N_ELEMENTS(tests); i++) {
		g_autofree char *path =
			g_strdup_printf("/key-file-values/%s", tests[i].path);

		g_test_add_func(path, tests[i].func);
	}
	return g_test_run();
}
