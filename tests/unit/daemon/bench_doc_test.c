/* SPDX-License-Identifier: MIT */
/* The bench guide says the blinks that are blinked: its table against error_kind. */
#include <gio/gio.h>

#include "appliance/base/error.h"

#define GUIDE "docs/bench.md"

static char *read_guide(void)
{
	g_autoptr(GError) error = NULL;
	char *text = NULL;

	g_file_get_contents(GUIDE, &text, NULL, &error);
	g_assert_no_error(error);
	return text;
}

/* "CODE=blinks " for each row "| blinks | `CODE` |", in the guide's order. */
static char *causes_of_the_guide(void)
{
	g_autofree char *text = read_guide();
	g_autoptr(GRegex) row = g_regex_new("^\\| (\\d+) \\| `([A-Z_]+)` \\|",
					    G_REGEX_MULTILINE, 0, NULL);
	g_autoptr(GMatchInfo) match = NULL;
	GString *causes = g_string_new(NULL);

	for (g_regex_match(row, text, 0, &match); g_match_info_matches(match);
	     g_match_info_next(match, NULL)) {
		g_autofree char *blinks = g_match_info_fetch(match, 1);
		g_autofree char *code = g_match_info_fetch(match, 2);

		g_string_append_printf(causes, "%s=%s ", code, blinks);
	}
	return g_string_free(causes, FALSE);
}

static void append_cause(GString *causes, unsigned blinks)
{
	for (int code = 0; code < SIXPIN_N_ERRORS; code++)
		if (error_kind(code)->blinks == blinks)
			g_string_append_printf(causes, "%s=%u ", error_kind(code)->code,
					       blinks);
}

static void test_causes_are_those_that_are_blinked(void)
{
	g_autofree char *guide = causes_of_the_guide();
	g_autoptr(GString) causes = g_string_new(NULL);

	for (unsigned blinks = 1; blinks <= SIXPIN_N_ERRORS; blinks++)
		append_cause(causes, blinks);

	g_assert_cmpstr(guide, ==, causes->str);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/bench-doc/causes", test_causes_are_those_that_are_blinked);
	return g_test_run();
}
