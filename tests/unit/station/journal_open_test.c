/* SPDX-License-Identifier: MIT */
/* Who may open a journal, and what opening does to runs that had not ended. */
#include "appliance/station/journal.h"

#include "tests/unit/station/journal_scene.h"

#include <unistd.h>

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
	journal_scene_begin(scene, NULL, NULL, NULL);
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
	journal_scene_begin(scene, NULL, NULL, NULL);
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

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/open/interrupted", test_what_was_not_finished_is_interrupted);
	g_test_add_func("/open/interrupted/told",
			test_interrupted_runs_are_told_of_until_the_next_open);
	g_test_add_func("/open/one-writer", test_one_process_writes);
	g_test_add_func("/open/readers", test_others_read_meanwhile);
	g_test_add_func("/open/reading-only", test_who_reads_writes_nothing);
	g_test_add_func("/open/nothing-to-read", test_there_is_nothing_to_read);
	return g_test_run();
}
