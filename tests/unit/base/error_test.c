/* SPDX-License-Identifier: MIT */
#include "appliance/base/error.h"

#include <gio/gio.h>

static void test_every_code_is_told_apart(void)
{
	for (int a = 0; a < SIXPIN_N_ERRORS; a++) {
		g_assert_cmpuint(error_kind(a)->exit_status, >=, 2);
		g_assert_cmpuint(error_kind(a)->blinks, >=, 1);
		g_assert_nonnull(error_kind(a)->advice);
		for (int b = 0; b < a; b++) {
			g_assert_cmpint(error_kind(a)->exit_status, !=,
					error_kind(b)->exit_status);
			g_assert_cmpuint(error_kind(a)->blinks, !=,
					 error_kind(b)->blinks);
			g_assert_cmpstr(error_kind(a)->code, !=, error_kind(b)->code);
		}
	}
}

static void test_foreign_errors_are_io(void)
{
	g_autoptr(GError) error = g_error_new(G_IO_ERROR, G_IO_ERROR_FAILED, "no");

	g_assert_cmpstr(error_kind_of(error)->code, ==, "IO");
}

static void test_own_errors_keep_their_code(void)
{
	g_autoptr(GError) error = g_error_new(SIXPIN_ERROR, SIXPIN_ERROR_VERIFY, "no");

	g_assert_cmpstr(error_kind_of(error)->code, ==, "VERIFY");
}

/* "CODE=status " for each row "| status | `CODE` |", in its order. */
static char *statuses_of_readme(void)
{
	g_autoptr(GRegex) row = g_regex_new("^\\| (\\d+) \\| `([A-Z_]+)` \\|",
					    G_REGEX_MULTILINE, 0, NULL);
	g_autoptr(GMatchInfo) match = NULL;
	g_autofree char *text = NULL;
	GString *statuses = g_string_new(NULL);

	g_assert_true(g_file_get_contents("README.md", &text, NULL, NULL));
	for (g_regex_match(row, text, 0, &match); g_match_info_matches(match);
	     g_match_info_next(match, NULL)) {
		g_autofree char *status = g_match_info_fetch(match, 1);
		g_autofree char *code = g_match_info_fetch(match, 2);

		g_string_append_printf(statuses, "%s=%s ", code, status);
	}
	return g_string_free(statuses, FALSE);
}

static void test_readme_has_every_exit_status(void)
{
	g_autofree char *readme = statuses_of_readme();
	g_autoptr(GString) statuses = g_string_new(NULL);

	for (int code = 0; code < SIXPIN_N_ERRORS; code++)
		g_string_append_printf(statuses, "%s=%d ", error_kind(code)->code,
				       error_kind(code)->exit_status);

	g_assert_cmpstr(readme, ==, statuses->str);
}

static void test_codes_are_found_by_name(void)
{
	for (int code = 0; code < SIXPIN_N_ERRORS; code++)
		g_assert_cmpint(error_code_find(error_kind(code)->code), ==, code);
}

/* Of a daemon that knows more than we do. */
static void test_name_of_no_code_is_io(void)
{
	static const char *const names[] = { "", "usage", "NO_TARGE", "NO_TARGET2" };

	for (unsigned i = 0; i < G_N_ELEMENTS(names); i++)
		g_assert_cmpint(error_code_find(names[i]), ==, SIXPIN_ERROR_IO);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/error/every-code-is-told-apart", test_every_code_is_told_apart);
	g_test_add_func("/error/foreign-errors-are-io", test_foreign_errors_are_io);
	g_test_add_func("/error/own-errors-keep-their-code",
			test_own_errors_keep_their_code);
	g_test_add_func("/error/readme-has-every-exit-status",
			test_readme_has_every_exit_status);
	g_test_add_func("/error/codes-are-found-by-name", test_codes_are_found_by_name);
	g_test_add_func("/error/name-of-no-code-is-io", test_name_of_no_code_is_io);
	return g_test_run();
}
