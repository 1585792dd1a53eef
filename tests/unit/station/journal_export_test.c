/* SPDX-License-Identifier: MIT */
/* The journal as CSV and JSON. */
#include "appliance/station/journal.h"

#include "tests/unit/station/journal_scene.h"

#include <fcntl.h>
#include <unistd.h>

#define HEAD                                                                              \
	"run,started,state,kind,job,serial,who,programmer,part,signature,seconds,code,"   \
	"message,images,fuses_before,fuses_after,lock_after,unit,words,job_digest,others" \
	"\r\n"

static char *export(struct journal_scene *scene, const struct journal_filter *filter,
		    enum journal_format format)
{
	g_autofree char *path = journal_scene_path(scene, "export");
	g_autoptr(GError) error = NULL;
	char *text = NULL;
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	journal_export(scene->journal, filter, format, fd, &error);
	g_assert_no_error(error);
	close(fd);
	g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
	return text;
}

/* One run, with this in it. */
static char *export_one(const char *words, const char *facts, enum journal_format format)
{
	journal_scene_autofree struct journal_scene *scene = journal_scene_new();
	const struct run_start start = { .kind = "write", .words = words };
	const struct run_end end = { .state = RUN_DONE,
				     .seconds = 0.5,
				     .facts =
					     facts ? g_variant_new_parsed(facts) : NULL };
	g_autofree char *text = NULL;
	g_autofree char *boot = NULL;
	g_autofree char *us = NULL;
	uint64_t run;

	journal_begin(scene->journal, &start, &run, NULL, NULL);
	journal_finish(scene->journal, run, &end, NULL);
	boot = journal_scene_fact(scene, run, "boot");
	us = journal_scene_fact(scene, run, "started_monotonic_us");
	boot[strlen(boot) - 1] = '\0';
	text = export(scene, &(struct journal_filter){ 0 }, format);
	/* What is different each time. */
	for (unsigned i = 0; i < 2; i++) {
		g_auto(GStrv) parts = g_strsplit(text, i ? us : boot + 1, 2);

		g_assert_nonnull(parts[1]);
		g_free(text);
		text = g_strjoinv(i ? "US" : "BOOT", parts);
	}
	return g_steal_pointer(&text);
}

static void assert_csv(const char *words, const char *facts, const char *cells)
{
	g_autofree char *text = export_one(words, facts, JOURNAL_CSV);
	g_autofree char *expected =
		g_strconcat(HEAD "1,2026-01-01T12:00:00Z,done,write,", cells, NULL);

	g_assert_cmpstr(text, ==, expected);
}

#define OTHERS "\"{\"\"started_monotonic_us\"\":US,\"\"boot\"\":\"\"BOOT\"\"}\"\r\n"

static void test_a_line_of_csv(void)
{
	assert_csv("sixpin write", NULL, ",,,,,,0.5,,,,,,,,sixpin write,," OTHERS);
}

static void test_cells_are_quoted(void)
{
	assert_csv("a, \"b\"\r\nc", NULL,
		   ",,,,,,0.5,,,,,,,,\"a, \"\"b\"\"\r\nc\",," OTHERS);
}

static void test_formulas_are_text(void)
{
	static const char *const formulas[] = { "=1+1",	    "+1",      "-1",
						"@SUM(A1)", "\t=1",    "\r=1",
						"\n=1",	    "\uFF1D1", "\uFF0B1",
						"\uFF0D1",  "\uFF201", "=\"a\"" };

	for (unsigned i = 0; i < G_N_ELEMENTS(formulas); i++) {
		g_auto(GStrv) parts = g_strsplit(formulas[i], "\"", -1);
		g_autofree char *doubled = g_strjoinv("\"\"", parts);
		g_autofree char *cells =
			g_strdup_printf(",,,,,,0.5,,,,,,,,\"'%s\",," OTHERS, doubled);

		assert_csv(formulas[i], NULL, cells);
	}
	assert_csv("a=1", NULL, ",,,,,,0.5,,,,,,,,a=1,," OTHERS);
}

static void test_what_is_no_text(void)
{
	assert_csv("", "{'images': <[('a', 'b')]>, 'unit': <{'uid': '01'}>, 'n': <-5>}",
		   ",,,,,,0.5,,,\"[[\"\"a\"\",\"\"b\"\"]]\",,,,\"{\"\"uid\"\":\"\"01\"\"}"
		   "\",,,\"{\"\"started_monotonic_us\"\":US,\"\"boot\"\":\"\"BOOT\"\","
		   "\"\"n\"\":-5}\"\r\n");
}

static void test_a_clock_that_was_not_set(void)
{
	journal_scene_autofree struct journal_scene *scene = journal_scene_new();
	g_autofree char *text = NULL;

	scene->now_s = 77;
	journal_scene_begin(scene, NULL, NULL, NULL);
	text = export(scene, &(struct journal_filter){ 0 }, JOURNAL_CSV);

	g_assert_true(g_str_has_prefix(text, HEAD "1,,started,write,,,button,"));
}

static void assert_json(const char *facts, const char *members)
{
	g_autofree char *text = export_one("x", facts, JOURNAL_JSON);
	g_autofree char *expected = g_strconcat(
		"{\"run\":1,\"state\":\"done\",\"kind\":\"write\",\"started\":1767268800,"
		"\"started_monotonic_us\":US,\"boot\":\"BOOT\",\"seconds\":0.5,\"words\":"
		"\"x\"",
		members, "}\n", NULL);

	g_assert_cmpstr(text, ==, expected);
}

static void test_json_of_all_types(void)
{
	assert_json("{'a': <true>, 'b': <byte 255>, 'c': <int16 -3>, 'd': <uint16 9>}",
		    ",\"a\":true,\"b\":255,\"c\":-3,\"d\":9");
	assert_json(
		"{'a': <uint64 18446744073709551615>, 'b': <int64 -9>, 'c': <handle 4>,"
		" 'd': <uint32 7>}",
		",\"a\":18446744073709551615,\"b\":-9,\"c\":4,\"d\":7");
	assert_json("{'a': <0.1>, 'b': <1e300>, 'c': <inf>, 'd': <nan>}",
		    ",\"a\":0.10000000000000001,\"b\":1.0000000000000001e+300,\"c\":null,"
		    "\"d\":null");
	assert_json("{'a': <'\"\\\\\\n\\u0001\\u007f\\u20ac'>, 'b': <objectpath '/o'>,"
		    " 'c': <signature 'a{sv}'>}",
		    ",\"a\":\"\\\"\\\\\\u000a\\u0001\\u007f\u20ac\",\"b\":\"/o\","
		    "\"c\":\"a{sv}\"");
	assert_json("{'a': <<<1>>>, 'b': <@mi nothing>, 'c': <@mmi just nothing>,"
		    " 'd': <@mi 5>}",
		    ",\"a\":1,\"b\":null,\"c\":null,\"d\":5");
	assert_json("{'a': <@as []>, 'b': <[(1, 'x')]>, 'c': <()>, 'd': <b'\\001\\377'>}",
		    ",\"a\":[],\"b\":[[1,\"x\"]],\"c\":[],\"d\":[1,255,0]");
	assert_json("{'a': <{uint32 7: 'x'}>, 'b': <@a{sv} {}>, 'c': <{'\"': <1>}>,"
		    " 'd': <@{sv} {'k', <2>}>}",
		    ",\"a\":{\"7\":\"x\"},\"b\":{},\"c\":{\"\\\"\":1},\"d\":[\"k\",2]");
}

static char *first_fields(const char *text)
{
	g_auto(GStrv) lines = g_strsplit(text, "\r\n", -1);
	g_autoptr(GString) fields = g_string_new(NULL);

	for (unsigned i = 1; lines[i] && lines[i][0]; i++)
		g_string_append_printf(fields, "%s%.*s", i > 1 ? " " : "",
				       (int)strcspn(lines[i], ","), lines[i]);
	return g_string_free(g_steal_pointer(&fields), FALSE);
}

static void test_what_is_exported(void)
{
	static const struct {
		struct journal_filter filter;
		const char *runs;
	} cases[] = {
		{ { 0 }, "1 2 3 4 5 6" },
		{ { .limit = 2 }, "5 6" },
		{ { .before = 5, .limit = 2 }, "3 4" },
		{ { .before = 3 }, "1 2" },
		{ { .job = "a" }, "1 3 5" },
		{ { .job = "a", .limit = 2 }, "3 5" },
		{ { .state = "failed" }, "" },
		{ { .before = 1 }, "" },
	};
	journal_scene_autofree struct journal_scene *scene = journal_scene_new();

	for (unsigned i = 0; i < 6; i++)
		journal_scene_begin(scene, i % 2 ? "b" : "a", NULL, NULL);
	for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *text = export(scene, &cases[i].filter, JOURNAL_CSV);
		g_autofree char *runs = first_fields(text);

		g_assert_cmpstr(runs, ==, cases[i].runs);
	}
}

static void test_more_than_a_block(void)
{
	static const unsigned totals[] = { 255, 256, 257, 600 };
	journal_scene_autofree struct journal_scene *scene = journal_scene_new();

	for (unsigned i = 0, n = 0; i < G_N_ELEMENTS(totals); i++) {
		g_autofree char *text = NULL;
		g_auto(GStrv) lines = NULL;

		for (; n < totals[i]; n++)
			journal_scene_begin(scene, NULL, NULL, NULL);
		text = export(scene, &(struct journal_filter){ 0 }, JOURNAL_JSON);
		lines = g_strsplit(text, "\n", -1);
		g_assert_cmpuint(g_strv_length(lines), ==, totals[i] + 1);
		for (unsigned line = 0; line < totals[i]; line++)
			g_assert_cmpuint(
				g_ascii_strtoull(lines[line] + strlen("{\"run\":"), NULL,
						 10),
				==, line + 1);
	}
}

static void test_nobody_takes_it(void)
{
	journal_scene_autofree struct journal_scene *scene = journal_scene_new();
	g_autoptr(GError) error = NULL;
	int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);

	g_assert_false(journal_export(scene->journal, &(struct journal_filter){ 0 },
				      JOURNAL_CSV, fd, &error));

	g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_IO);
	g_assert_cmpstr(error->message, ==,
			"the export cannot be written: No space left on device");
	close(fd);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/export/csv", test_a_line_of_csv);
	g_test_add_func("/export/csv/quotes", test_cells_are_quoted);
	g_test_add_func("/export/csv/formulas", test_formulas_are_text);
	g_test_add_func("/export/csv/no-text", test_what_is_no_text);
	g_test_add_func("/export/csv/clock", test_a_clock_that_was_not_set);
	g_test_add_func("/export/json", test_json_of_all_types);
	g_test_add_func("/export/filters", test_what_is_exported);
	g_test_add_func("/export/blocks", test_more_than_a_block);
	g_test_add_func("/export/nobody", test_nobody_takes_it);
	return g_test_run();
}
