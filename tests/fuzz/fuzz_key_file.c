/* SPDX-License-Identifier: MIT */
/* A key file: what is read is there with its lines, and comes back when it is written
 * again. */
#include <string.h>

#include "appliance/base/error.h"
#include "appliance/base/key_file.h"
#include "tests/fuzz/target.h"

/* Of ours, naming the file, in UTF-8 as D-Bus asks for, on one line of a display. */
static void check_error(const GError *error)
{
	g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE);
	g_assert_true(g_str_has_prefix(error->message, "some.conf:"));
	g_assert_true(g_utf8_validate(error->message, -1, NULL));
	g_assert_null(strpbrk(error->message, "\r\n"));
}

static void check_value(const struct key_file *file, const char *group, const char *key)
{
	g_autoptr(GError) wrong_bool = NULL, wrong_number = NULL, wrong_time = NULL;
	guint64 number = 5, us = 5;
	bool is_it = false;

	if (!key_file_get_bool(file, group, key, &is_it, &wrong_bool))
		check_error(wrong_bool);
	if (!key_file_get_number(file, group, key, 5, 5000, &number, &wrong_number))
		check_error(wrong_number);
	if (!key_file_get_duration(file, group, key, 5, 5000, &us, &wrong_time))
		check_error(wrong_time);
	g_assert_true(number >= 5 && number <= 5000 && us >= 5 && us <= 5000);
}

static void write_group(GString *text, const struct key_file *file, const char *group)
{
	unsigned last_line = key_file_line(file, group, NULL);

	g_string_append_printf(text, "[%s]\n", group);
	for (const char *const *key = key_file_keys(file, group); *key; key++) {
		const char *value = key_file_get(file, group, *key);
		g_autofree char *escaped = key_file_escape(value);

		g_assert_cmpuint(key_file_line(file, group, *key), >, last_line);
		last_line = key_file_line(file, group, *key);
		check_value(file, group, *key);
		g_string_append_printf(text, "%s=%s\n", *key, escaped);
	}
}

static char *write_all(const struct key_file *file)
{
	GString *text = g_string_new(NULL);

	for (const char *const *group = key_file_groups(file); *group; group++)
		write_group(text, file, *group);
	return g_string_free(text, FALSE);
}

static void check_round_trip(const struct key_file *file)
{
	g_autofree char *text = write_all(file);
	g_autoptr(GError) error = NULL;
	key_file_autofree struct key_file *again =
		key_file_parse("some.conf:again", text, strlen(text), &error);
	g_autofree char *text_again = NULL;

	g_assert_no_error(error);
	text_again = write_all(again);
	g_assert_cmpstr(text, ==, text_again);
	for (const char *const *group = key_file_groups(file); *group; group++)
		for (const char *const *key = key_file_keys(file, *group); *key; key++)
			g_assert_cmpstr(key_file_get(file, *group, *key), ==,
					key_file_get(again, *group, *key));
}

static void check_tables(const struct key_file *file)
{
	static const char *const keys[] = { "first", "second-one", NULL };
	static const char *const any[] = { "*", NULL };
	static const struct key_file_group strict[] = { { "group", keys },
							{ "image *", keys },
							{ NULL } };
	static const struct key_file_group free[] = { { "*", any }, { NULL } };
	g_autoptr(GError) error = NULL;

	if (!key_file_check(file, strict, &error))
		check_error(error);
	g_assert_true(key_file_check(file, free, NULL));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes)
{
	g_autoptr(GError) error = NULL;
	key_file_autofree struct key_file *file =
		key_file_parse("some.conf", (const char *)data, n_bytes, &error);

	g_assert_true((file == NULL) == (error != NULL));
	if (!file) {
		check_error(error);
		return 0;
	}
	check_tables(file);
	check_round_trip(file);
	return 0;
}
