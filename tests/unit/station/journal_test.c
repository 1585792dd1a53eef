/* SPDX-License-Identifier: MIT */
/* The steps of a run, what is told of it, clocks, keeping, and who may write. */
#include "appliance/station/journal.h"

#include "tests/unit/station/journal_scene.h"

#include <unistd.h>

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

static void test_what_was_not_finished_is_interrupted(void)
{
	journal_scene_autofree struct journal_scene *scene = journal_scene_new();
	const struct run_claim claim = { .has_serial = true,
					 .serial_first = 7,
					 .serial_last = 9 };
	g_autofree char *notices = NULL;

	journal_scene_finish(scene, journal_scene_begin(scene, "blink", NULL, NULL),
			     RUN_PASSED);
	journal_scene_begin(scene, "blink", &claim, NULL);
	journal_scene_begin(scene, NULL, NULL, NULL);
	journal_scene_open(scene);

	journal_scene_tells(scene, 1, "state", "'passed'");
	journal_scene_tells(scene, 2, "state", "'interrupted'");
	journal_scene_tells(scene, 3, "state", "'interrupted'");
	journal_scene_tells(scene, 3, "seconds", NULL);
	g_assert_null(scene->notice);
	notices = journal_scene_notices(scene);
	g_assert_cmpstr(notices, ==,
			"run 2 of job blink with serial number 7 was interrupted: the "
			"program or the power ended in its middle; look at that unit\n"
			"run 3 was interrupted: the program or the power ended in its "
			"middle; look at that unit");
}

static void test_interrupted_runs_are_told_of_until_the_next_open(void)
{
	journal_scene_autofree struct journal_scene *scene = journal_scene_new();
	g_autofree char *notices = NULL;

	journal_scene_begin(scene, NULL, NULL, NULL);
	journal_scene_open(scene);
	journal_scene_open(scene);

	notices = journal_scene_notices(scene);
	g_assert_cmpstr(notices, ==, "");
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

static void make_runs(struct journal_scene *scene, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		journal_scene_finish(scene, journal_scene_begin(scene, NULL, NULL, NULL),
				     RUN_DONE);
}

static void assert_runs(struct journal_scene *scene, const char *expected)
{
	g_autofree char *runs = journal_scene_runs(scene, &(struct journal_filter){ 0 });

	g_assert_cmpstr(runs, ==, expected);
}

static void test_old_rows_go_and_numbers_go_on(void)
{
	journal_scene_autofree struct journal_scene *scene = journal_scene_new();
	uint64_t open;

	scene->options.keep_runs = 3;
	journal_scene_open(scene);
	open = journal_scene_begin(scene, NULL, NULL, NULL);
	make_runs(scene, 5);
	assert_runs(scene, "6 5 1");
	journal_scene_finish(scene, open, RUN_DONE);
	assert_runs(scene, "6 5 1");
	make_runs(scene, 1);
	assert_runs(scene, "7 6 5");
	scene->options.keep_runs = 1;
	journal_scene_open(scene);
	make_runs(scene, 1);
	assert_runs(scene, "8");
	journal_scene_open(scene);
	make_runs(scene, 1);
	assert_runs(scene, "9");
}

static void test_rows_go_by_age(void)
{
	journal_scene_autofree struct journal_scene *scene = journal_scene_new();

	scene->options.keep_days = 2;
	journal_scene_open(scene);
	make_runs(scene, 1);
	scene->now_s = 1000; /* a clock that was not set has no age */
	make_runs(scene, 1);
	scene->now_s = JOURNAL_NOON + 900 * 86400; /* of the future */
	journal_scene_begin(scene, NULL, NULL, NULL);
	scene->now_s = JOURNAL_NOON + 2 * 86400;
	make_runs(scene, 1);
	assert_runs(scene, "4 3 2 1");
	scene->now_s++;
	make_runs(scene, 1);
	assert_runs(scene, "5 4 3 2");
	scene->now_s = 1000; /* without a clock nothing gets old */
	make_runs(scene, 1);
	assert_runs(scene, "6 5 4 3 2");
}

static void assert_counts(struct journal_scene *scene, const char *kind,
			  const char *expected)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GVariant) counts = journal_counts(scene->journal, kind, &error);
	g_autofree char *text = NULL;

	g_assert_no_error(error);
	text = g_variant_print(counts, FALSE);
	g_assert_cmpstr(text, ==, expected);
}

static void test_counts_are_since_ever(void)
{
	journal_scene_autofree struct journal_scene *scene = journal_scene_new();

	scene->options.keep_runs = 1;
	journal_scene_open(scene);
	make_runs(scene, 3);
	journal_scene_finish(scene, journal_scene_begin(scene, "a", NULL, NULL),
			     RUN_PASSED);
	journal_scene_finish(scene, journal_scene_begin(scene, "b", NULL, NULL),
			     RUN_FAILED);
	journal_scene_begin(scene, "a", NULL, NULL);
	journal_scene_open(scene);
	journal_scene_begin(scene, "a", NULL, NULL);

	assert_counts(scene, "write",
		      "{'started': 0, 'passed': 0, 'failed': 0, 'interrupted': 0,"
		      " 'done': 3}");
	assert_counts(scene, "run",
		      "{'started': 1, 'passed': 1, 'failed': 1, 'interrupted': 1,"
		      " 'done': 0}");
	assert_counts(scene, NULL,
		      "{'started': 1, 'passed': 1, 'failed': 1, 'interrupted': 1,"
		      " 'done': 3}");
	assert_counts(scene, "erase",
		      "{'started': 0, 'passed': 0, 'failed': 0, 'interrupted': 0,"
		      " 'done': 0}");
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

static void test_one_process_writes(void)
{
	journal_scene_autofree struct journal_scene *scene = journal_scene_new();
	g_autofree char *message = g_strdup_printf(
		"the journal cannot be opened: %s/journal.lock: process %ld writes this "
		"journal; let it end, or ask it",
		scene->folder, (long)getpid());
	g_autofree char *notice = NULL;
	g_autoptr(GError) error = NULL;

	g_assert_null(journal_open(scene->folder, &scene->options, &notice, &error));

	g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_BUSY);
	g_assert_cmpstr(error->message, ==, message);
	g_assert_null(notice);
	make_runs(scene, 1);
}

static void test_others_read_meanwhile(void)
{
	journal_scene_autofree struct journal_scene *scene = journal_scene_new();
	g_autoptr(GError) error = NULL;
	g_autoptr(GVariant) seen = NULL;
	const char *state = NULL;
	struct journal *reader;

	journal_scene_begin(scene, "blink", NULL, NULL);
	reader = journal_open_reading(scene->folder, &error);
	g_assert_no_error(error);
	make_runs(scene, 1);
	seen = journal_run(reader, 1, &error);
	g_assert_no_error(error);
	g_variant_lookup(seen, "state", "&s", &state);
	g_assert_cmpstr(state, ==, "started");
	g_assert_null(journal_run(reader, 3, NULL));
	journal_close(reader);
	journal_scene_tells(scene, 1, "state", "'started'");
}

static void assert_read_only(struct journal_scene *scene, const GError *error)
{
	g_autofree char *text = g_strdup_printf(
		"%s: this journal was opened for reading only; ask the program that "
		"writes it",
		scene->folder);

	g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_STORE);
	g_assert_true(g_str_has_suffix(error->message, text));
}

static void test_who_reads_writes_nothing(void)
{
	journal_scene_autofree struct journal_scene *scene = journal_scene_new();
	const struct run_start start = { .kind = "write" };
	const struct run_end end = { .state = RUN_DONE };
	GError *errors[5] = { NULL };
	struct journal *reader;
	uint64_t run;

	journal_scene_begin(scene, NULL, NULL, NULL);
	journal_scene_close(scene);
	reader = journal_open_reading(scene->folder, NULL);
	g_assert_false(journal_begin(reader, &start, &run, NULL, &errors[0]));
	g_assert_false(
		journal_add(reader, 1, g_variant_new_parsed("@a{sv} {}"), &errors[1]));
	g_assert_false(journal_finish(reader, 1, &end, &errors[2]));
	g_assert_false(journal_reset_job(reader, "blink", &errors[3]));
	g_assert_false(journal_set_setting(reader, "autostart", "1", &errors[4]));
	journal_close(reader);

	for (unsigned i = 0; i < G_N_ELEMENTS(errors); i++) {
		assert_read_only(scene, errors[i]);
		g_clear_error(&errors[i]);
	}
	journal_scene_open(scene);
	journal_scene_tells(scene, 1, "state", "'interrupted'");
}

static void test_there_is_nothing_to_read(void)
{
	journal_scene_autofree struct journal_scene *scene = journal_scene_new();
	g_autofree char *message = g_strdup_printf(
		"the journal cannot be opened: %s/none/journal.db: there is no journal; "
		"name the folder of the station, or make the first run",
		scene->folder);
	g_autofree char *folder = journal_scene_path(scene, "none");
	g_autoptr(GError) error = NULL;

	g_assert_null(journal_open_reading(folder, &error));

	g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_STORE);
	g_assert_cmpstr(error->message, ==, message);
	g_assert_false(journal_scene_has(scene, "none"));
}

struct worker {
	struct journal_scene *scene;
	GThread *thread;
};

static gpointer work(gpointer data)
{
	struct worker *worker = data;

	make_runs(worker->scene, 100);
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

	assert_counts(scene, "write",
		      "{'started': 0, 'passed': 0, 'failed': 0, 'interrupted': 0,"
		      " 'done': 400}");
	make_runs(scene, 1);
	journal_scene_tells(scene, 401, "state", "'done'");
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/journal/run", test_a_run_is_told_as_it_went);
	g_test_add_func("/journal/where", test_where_a_run_ran_is_told);
	g_test_add_func("/journal/types", test_facts_keep_their_types);
	g_test_add_func("/journal/utf-8", test_text_that_is_no_utf_8_is_made_valid);
	g_test_add_func("/journal/interrupted",
			test_what_was_not_finished_is_interrupted);
	g_test_add_func("/journal/interrupted/told",
			test_interrupted_runs_are_told_of_until_the_next_open);
	g_test_add_func("/journal/ends-once", test_a_run_ends_once);
	g_test_add_func("/journal/no-such-run", test_there_is_no_such_run);
	g_test_add_func("/journal/clock", test_numbers_grow_whatever_the_clock_says);
	g_test_add_func("/journal/keep/runs", test_old_rows_go_and_numbers_go_on);
	g_test_add_func("/journal/keep/days", test_rows_go_by_age);
	g_test_add_func("/journal/counts", test_counts_are_since_ever);
	g_test_add_func("/journal/settings", test_settings);
	g_test_add_func("/journal/one-writer", test_one_process_writes);
	g_test_add_func("/journal/readers", test_others_read_meanwhile);
	g_test_add_func("/journal/reading-only", test_who_reads_writes_nothing);
	g_test_add_func("/journal/nothing-to-read", test_there_is_nothing_to_read);
	g_test_add_func("/journal/threads", test_any_thread_may_call);
	return g_test_run();
}
