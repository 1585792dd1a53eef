/* SPDX-License-Identifier: MIT */
/* The steps of a run, what is told of it, clocks and settings. */
#include "appliance/station/journal.h"

#include "tests/unit/station/journal_scene.h"

static GVariant *facts(const char *text)
{
	g_autoptr(GError) error = NULL;
	GVariant *parsed =
		g_variant_parse(G_VARIANT_TYPE_VARDICT, text, NULL, NULL, &error);
	g_assert_no_error(error);
	return parsed;
}

static void add(struct journal_scene *scene, uint64_t run, const char *text)
{
	g_autoptr(GVariant) given = facts(text);
	g_autoptr(GError) error = NULL;
	journal_add(scene->journal, run, given, &error);
	g_assert_no_error(error);
}

static void test_a_run_is_told_as_it_went(void)
{
	journal_scene_autofree struct journal_scene *scene = journal_scene_new();
	const struct run_start start = {
		.kind = "run",
		.job = "blink",
		.job_digest = "d1",
		.who = "user 1000 (pi)",
		.words = "sixpin run blink",
		.programmer = "gpio",
		.part = "ATmega32U4",
		.images = g_variant_new_parsed("[('boot.hex', 'd2')]"),
	};
	const struct run_end end = {
		.state = RUN_FAILED,
		.code = "VERIFY",
		.message = "0x0010: expected 00, found FF",
		.seconds = 2.25,
		.facts = g_variant_new_parsed("{'lock_after': <'CF'>}"),
	};
	g_autoptr(GError) error = NULL;
	uint64_t run = 0;
	g_assert_true(journal_begin(scene->journal, &start, &run, NULL, &error));
	add(scene, run, "{'signature': <'1E9587'>, 'retried': <false>}");
	add(scene, run, "{'retried': <true>}");
	g_assert_true(journal_finish(scene->journal, run, &end, &error));
	g_assert_no_error(error);
	g_assert_cmpuint(run, ==, 1);
	journal_scene_tells(scene, 1, "run", "1");
	journal_scene_tells(scene, 1, "state", "'failed'");
	journal_scene_tells(scene, 1, "kind", "'run'");
	journal_scene_tells(scene, 1, "job", "'blink'");
	journal_scene_tells(scene, 1, "job_digest", "'d1'");
	journal_scene_tells(scene, 1, "who", "'user 1000 (pi)'");
	journal_scene_tells(scene, 1, "words", "'sixpin run blink'");
	journal_scene_tells(scene, 1, "programmer", "'gpio'");
	journal_scene_tells(scene, 1, "part", "'ATmega32U4'");
	journal_scene_tells(scene, 1, "images", "[('boot.hex', 'd2')]");
	journal_scene_tells(scene, 1, "started", "1767268800");
	journal_scene_tells(scene, 1, "seconds", "2.25");
	journal_scene_tells(scene, 1, "code", "'VERIFY'");
	journal_scene_tells(scene, 1, "message", "'0x0010: expected 00, found FF'");
	journal_scene_tells(scene, 1, "signature", "'1E9587'");
	journal_scene_tells(scene, 1, "retried", "true");
	journal_scene_tells(scene, 1, "lock_after", "'CF'");
	journal_scene_tells(scene, 1, "serial", NULL);
}

static void test_where_a_run_ran_is_told(void)
{
	journal_scene_autofree struct journal_scene *scene = journal_scene_new();
	g_autofree char *boot = NULL;
	uint64_t first = journal_scene_begin(scene, "blink", NULL, NULL);
	uint64_t second = journal_scene_begin(scene, "blink", NULL, NULL);
	g_autofree char *first_us =
		journal_scene_fact(scene, first, "started_monotonic_us");
	g_autofree char *second_us =
		journal_scene_fact(scene, second, "started_monotonic_us");
	boot = journal_scene_fact(scene, first, "boot");
	g_assert_cmpuint(strlen(boot), ==, 36 + 2);
	g_assert_cmpuint(g_ascii_strtoull(first_us, NULL, 10), >, 0);
	g_assert_cmpuint(g_ascii_strtoull(second_us, NULL, 10), >=,
			 g_ascii_strtoull(first_us, NULL, 10));
}

/* Of all types that there are; the journal's own names are not overruled. */
static void test_facts_keep_their_types(void)
{
	static const char given[] =
		"{'b': <true>, 'y': <byte 0x07>, 'n': <int16 -3>, 'q': <uint16 9>,"
		" 'i': <-5>, 'u': <uint32 5>, 'x': <int64 -9223372036854775808>,"
		" 't': <uint64 18446744073709551615>, 'd': <0.1>, 's': <'\"\\n\\u20ac'>,"
		" 'o': <objectpath '/a'>, 'g': <signature 'a{sv}'>, 'v': <<<1>>>,"
		" 'm': <@mms just nothing>, 'ay': <b'\\377'>, 'as': <@as []>,"
		" 'e': <{uint32 1: [(1, 'x')]}>, '()': <()>, '': <''>, 'h': <handle 3>,"
		" 'a long one': <{'deep': <{'deeper': <[<1>, <'two'>]>}>}>}";
	journal_scene_autofree struct journal_scene *scene = journal_scene_new();
	g_autoptr(GVariant) expected = facts(given);
	uint64_t run = journal_scene_begin(scene, NULL, NULL, NULL);
	g_autoptr(GVariant) told = NULL;
	g_autoptr(GError) error = NULL;
	GVariantIter iter;
	const char *name;
	GVariant *value;
	add(scene, run, given);
	add(scene, run, "{'run': <'mine'>, 'state': <'passed'>, 'serial': <'1'>}");
	journal_scene_open(scene);
	told = journal_run(scene->journal, run, &error);
	g_assert_no_error(error);
	g_variant_iter_init(&iter, expected);
	while (g_variant_iter_next(&iter, "{&s@v}", &name, &value)) {
		g_autoptr(GVariant) inner = g_variant_get_variant(value);
		g_autoptr(GVariant) found = g_variant_lookup_value(told, name, NULL);
		g_assert_nonnull(found);
		g_assert_cmpstr(g_variant_get_type_string(found), ==,
				g_variant_get_type_string(inner));
		g_assert_true(g_variant_equal(found, inner));
		g_variant_unref(value);
	}
	journal_scene_tells(scene, run, "run", "1");
	journal_scene_tells(scene, run, "state", "'interrupted'");
	journal_scene_tells(scene, run, "serial", NULL);
}

static void test_text_that_is_no_utf_8_is_made_valid(void)
{
	journal_scene_autofree struct journal_scene *scene = journal_scene_new();
	const struct run_start start = { .kind = "write",
					 .job = "a\xFF",
					 .words = "\xC3(" };
	const struct run_end end = { .state = RUN_FAILED,
				     .code = "IO",
				     .message = "\x80" };
	g_autoptr(GError) error = NULL;
	uint64_t run = 0;
	g_assert_true(journal_begin(scene->journal, &start, &run, NULL, &error));
	g_assert_true(journal_finish(scene->journal, run, &end, &error));
	journal_scene_tells(scene, run, "job", "'a\uFFFD'");
	journal_scene_tells(scene, run, "words", "'\uFFFD('");
	journal_scene_tells(scene, run, "message", "'\uFFFD'");
}

static void assert_not_finished(struct journal_scene *scene, uint64_t run,
				const char *why)
{
	const struct run_end end = { .state = RUN_PASSED };
	g_autofree char *message = g_strdup_printf("the end of run %" G_GUINT64_FORMAT
						   " is not recorded: %s/journal.db: %s",
						   run, scene->folder, why);
	g_autoptr(GError) error = NULL;
	g_assert_false(journal_finish(scene->journal, run, &end, &error));
	g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_STORE);
	g_assert_cmpstr(error->message, ==, message);
}

static void test_a_run_ends_once(void)
{
	journal_scene_autofree struct journal_scene *scene = journal_scene_new();
	journal_scene_finish(scene, journal_scene_begin(scene, "blink", NULL, NULL),
			     RUN_FAILED);
	assert_not_finished(scene, 1, "run 1 has ended already: failed");
	assert_not_finished(scene, 2, "there is no run 2");
	journal_scene_tells(scene, 1, "state", "'failed'");
}

static void test_there_is_no_such_run(void)
{
	static const uint64_t runs[] = { 0, 2, G_MAXINT64, G_MAXUINT64 };
	journal_scene_autofree struct journal_scene *scene = journal_scene_new();
	journal_scene_begin(scene, NULL, NULL, NULL);
	for (unsigned i = 0; i < G_N_ELEMENTS(runs); i++) {
		g_autofree char *message = g_strdup_printf(
			"the journal has no run %" G_GUINT64_FORMAT, runs[i]);
		g_autoptr(GError) error = NULL;
		g_assert_null(journal_run(scene->journal, runs[i], &error));
		g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE);
		g_assert_cmpstr(error->message, ==, message);
	}
}

static void test_numbers_grow_whatever_the_clock_says(void)
{
	static const gint64 times[] = { JOURNAL_NOON,	  0,  JOURNAL_NOON - 86400,
					JOURNAL_NOON * 2, -5, JOURNAL_NOON };
	journal_scene_autofree struct journal_scene *scene = journal_scene_new();
	g_autofree char *runs = NULL;
	for (unsigned i = 0; i < G_N_ELEMENTS(times); i++) {
		scene->now_s = times[i];
		journal_scene_open(scene);
		journal_scene_finish(scene, journal_scene_begin(scene, NULL, NULL, NULL),
				     RUN_DONE);
	}
	runs = journal_scene_runs(scene, &(struct journal_filter){ 0 });
	g_assert_cmpstr(runs, ==, "6 5 4 3 2 1");
	journal_scene_tells(scene, 2, "started", "0");
	journal_scene_tells(scene, 3, "started", "1767182400");
	journal_scene_tells(scene, 5, "started", "0");
}

static void assert_setting(struct journal_scene *scene, const char *name,
			   const char *expected)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *value = journal_get_setting(scene->journal, name, &error);
	g_assert_no_error(error);
	g_assert_cmpstr(value, ==, expected);
}

static void test_settings(void)
{
	journal_scene_autofree struct journal_scene *scene = journal_scene_new();
	g_autoptr(GError) error = NULL;
	assert_setting(scene, "selected-job", NULL);
	journal_set_setting(scene->journal, "selected-job", "blink", &error);
	journal_set_setting(scene->journal, "selected-job", "other", &error);
	journal_set_setting(scene->journal, "autostart", "", &error);
	journal_scene_open(scene);
	assert_setting(scene, "selected-job", "other");
	assert_setting(scene, "autostart", "");
	journal_set_setting(scene->journal, "selected-job", NULL, &error);
	assert_setting(scene, "selected-job", NULL);
	g_assert_no_error(error);
}

struct worker {
	struct journal_scene *scene;
	GThread *thread;
};

static gpointer work(gpointer data)
{
	struct worker *worker = data;
	for (unsigned i = 0; i < 100; i++)
		journal_scene_finish(worker->scene,
				     journal_scene_begin(worker->scene, NULL, NULL, NULL),
				     RUN_DONE);
	for (unsigned i = 0; i < 20; i++)
		g_free(journal_scene_runs(worker->scene, &(struct journal_filter){ 0 }));
	return NULL;
}

static void test_any_thread_may_call(void)
{
	journal_scene_autofree struct journal_scene *scene = journal_scene_new();
	struct worker workers[4];
	for (unsigned i = 0; i < G_N_ELEMENTS(workers); i++) {
		workers[i].scene = scene;
		workers[i].thread = g_thread_new("worker", work, &workers[i]);
	}
	for (unsigned i = 0; i < G_N_ELEMENTS(workers); i++)
		g_thread_join(workers[i].thread);
	journal_scene_tells(scene, 400, "state", "'done'");
	g_assert_cmpuint(journal_scene_begin(scene, NULL, NULL, NULL), ==, 401);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/journal/run", test_a_run_is_told_as_it_went);
	g_test_add_func("/journal/where", test_where_a_run_ran_is_told);
	g_test_add_func("/journal/types", test_facts_keep_their_types);
	g_test_add_func("/journal/utf-8", test_text_that_is_no_utf_8_is_made_valid);
	g_test_add_func("/journal/ends-once", test_a_run_ends_once);
	g_test_add_func("/journal/no-such-run", test_there_is_no_such_run);
	g_test_add_func("/journal/clock", test_numbers_grow_whatever_the_clock_says);
	g_test_add_func("/journal/settings", test_settings);
	g_test_add_func("/journal/threads", test_any_thread_may_call);
	return g_test_run();
}
