/* SPDX-License-Identifier: MIT */
/* Disks that are full, read-only or broken: no run starts, and nothing is half done. */
#include "appliance/station/journal.h"

#include "tests/models/sqlite_fault.h"
#include "tests/unit/station/journal_scene.h"

#include <signal.h>
#include <sys/resource.h>

static const struct run_claim claim = { .has_serial = true,
					.serial_first = 1,
					.serial_step = 1,
					.serial_last = 1000000,
					.serial_reuse = true };

static void assert_store(const GError *error, const struct journal_scene *scene,
			 const char *before, const char *after)
{
	g_autofree char *message =
		g_strconcat(before, scene->folder, "/journal.db: ", after, NULL);

	g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_STORE);
	g_assert_cmpstr(error->message, ==, message);
}

struct kind {
	int code;
	const char *text;
};

static const struct kind kinds[] = {
	{ SQLITE_FULL, "database or disk is full; free some space there, or move the "
		       "folder to another disk" },
	{ SQLITE_READONLY,
	  "attempt to write a readonly database; make the folder and its "
	  "files writable for this user" },
	{ SQLITE_IOERR_WRITE, "disk I/O error; check the card or disk, and replace it if "
			      "this comes again" },
	{ SQLITE_IOERR_FSYNC, "disk I/O error; check the card or disk, and replace it if "
			      "this comes again" },
};

/* Every write of a begin fails, one after the other, until it needs no more of them. */
static unsigned fail_begins(struct journal_scene *scene, struct sqlite_fault *fault,
			    const struct kind *kind)
{
	for (unsigned n = 1;; n++) {
		g_autofree char *serial = NULL;
		g_autoptr(GError) error = NULL;
		uint64_t run;

		fault->code = kind->code;
		fault->fail_from = fault->n_writes + n;
		run = journal_scene_try(scene, "blink", &claim, &serial, &error);
		fault->fail_from = 0;
		if (run) {
			journal_scene_finish(scene, run, RUN_FAILED);
			return n - 1;
		}
		assert_store(error, scene, "no run can start: ", kind->text);
	}
}

static void test_no_run_starts(void)
{
	for (unsigned i = 0; i < G_N_ELEMENTS(kinds); i++) {
		struct sqlite_fault fault;
		struct journal_scene *scene;
		g_autofree char *runs = NULL;

		sqlite_fault_install(&fault);
		scene = journal_scene_new();
		g_assert_cmpuint(fail_begins(scene, &fault, &kinds[i]), >, 2);
		runs = journal_scene_runs(scene, &(struct journal_filter){ 0 });
		g_assert_cmpstr(runs, ==, "1");
		g_assert_cmpuint(journal_scene_take(scene, "blink", &claim, "1"), ==, 2);
		journal_scene_open(scene);
		g_assert_null(scene->notice);
		g_assert_cmpuint(journal_scene_take(scene, "blink", &claim, "1"), ==, 3);
		journal_scene_free(scene);
		sqlite_fault_remove(&fault);
	}
}

/* The end is not recorded, and may be tried again. */
static void test_no_run_ends(void)
{
	const struct run_end end = { .state = RUN_PASSED };
	struct sqlite_fault fault;
	struct journal_scene *scene;
	g_autoptr(GError) error = NULL;
	uint64_t run;

	sqlite_fault_install(&fault);
	scene = journal_scene_new();
	run = journal_scene_take(scene, "blink", &claim, "1");
	for (unsigned n = 1;; n++) {
		fault.code = SQLITE_FULL;
		fault.fail_from = fault.n_writes + n;
		if (journal_finish(scene->journal, run, &end, &error))
			break;
		fault.fail_from = 0;
		assert_store(error, scene,
			     "the end of run 1 is not recorded: ", kinds[0].text);
		g_clear_error(&error);
		journal_scene_tells(scene, run, "state", "'started'");
	}
	fault.fail_from = 0;
	journal_scene_tells(scene, run, "state", "'passed'");
	journal_scene_take(scene, "blink", &claim, "2");
	journal_scene_free(scene);
	sqlite_fault_remove(&fault);
}

/* A disk that takes no more bytes in any file, journal.numbers among them. */
static void test_no_file_grows(void)
{
	journal_scene_autofree struct journal_scene *scene = journal_scene_new();
	struct rlimit before, small;
	g_autofree char *runs = NULL;
	g_autoptr(GError) error = NULL;
	uint64_t run;

	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &before);
	small = before;
	for (small.rlim_cur = 0; small.rlim_cur < 64 * 1024; small.rlim_cur += 211) {
		setrlimit(RLIMIT_FSIZE, &small);
		run = journal_scene_try(scene, "blink", &claim, NULL, &error);
		setrlimit(RLIMIT_FSIZE, &before);
		if (run)
			break;
		g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_STORE);
		g_assert_true(g_str_has_prefix(error->message, "no run can start: /"));
		g_clear_error(&error);
	}
	g_assert_cmpuint(small.rlim_cur, >, 4096);
	g_assert_cmpuint(run, ==, 1);
	journal_scene_tells(scene, 1, "serial", "'1'");
	journal_scene_open(scene);
	runs = journal_scene_runs(scene, &(struct journal_filter){ 0 });
	g_assert_cmpstr(runs, ==, "1");
	journal_scene_take(scene, "blink", &claim, "1");
}

static void test_space_is_kept_free(void)
{
	journal_scene_autofree struct journal_scene *scene = journal_scene_new();
	g_autofree char *before =
		g_strdup_printf("no run can start: %s: ", scene->folder);
	g_autoptr(GError) error = NULL;

	scene->options.min_free_bytes = G_MAXUINT64;
	journal_scene_open(scene);
	g_assert_cmpuint(journal_scene_try(scene, "blink", &claim, NULL, &error), ==, 0);

	g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_STORE);
	g_assert_true(g_str_has_prefix(error->message, before));
	g_assert_true(g_str_has_suffix(error->message,
				       " bytes are free there, and a run needs "
				       "18446744073709551615; free some space there, or "
				       "move the folder to another disk"));
	scene->options.min_free_bytes = 1;
	journal_scene_open(scene);
	journal_scene_take(scene, "blink", &claim, "1");
}

#define TAKEN_AWAY                                                                    \
	"it was removed or replaced while it was in use; put it back, and start the " \
	"program anew"

static void remove_file(struct journal_scene *scene, const char *name)
{
	g_autofree char *path = journal_scene_path(scene, name);

	g_assert_cmpint(g_unlink(path), ==, 0);
}

/* SQLite alone goes on in a file that nobody will find again. */
static void test_the_database_is_taken_away(void)
{
	journal_scene_autofree struct journal_scene *scene = journal_scene_new();
	const struct run_end end = { .state = RUN_PASSED };
	g_autofree char *refusal =
		g_strdup_printf("%s/journal.db: " TAKEN_AWAY, scene->folder);
	uint64_t run = journal_scene_take(scene, "blink", &claim, "1");
	g_autoptr(GError) error = NULL;

	remove_file(scene, "journal.db");

	g_assert_false(journal_finish(scene->journal, run, &end, &error));
	assert_store(error, scene, "the end of run 1 is not recorded: ", TAKEN_AWAY);
	journal_scene_refused(scene, "blink", &claim, SIXPIN_ERROR_STORE, refusal);
}

/* All since the last checkpoint is in there. */
static void test_the_wal_is_taken_away(void)
{
	journal_scene_autofree struct journal_scene *scene = journal_scene_new();
	g_autofree char *refusal =
		g_strdup_printf("%s/journal.db-wal: " TAKEN_AWAY, scene->folder);

	journal_scene_finish(scene, journal_scene_take(scene, "blink", &claim, "1"),
			     RUN_PASSED);
	remove_file(scene, "journal.db-wal");

	journal_scene_refused(scene, "blink", &claim, SIXPIN_ERROR_STORE, refusal);
}

static void test_a_folder_that_cannot_be(void)
{
	journal_scene_autofree struct journal_scene *scene = journal_scene_new();
	g_autofree char *folder = journal_scene_path(scene, "journal.db/below");
	g_autofree char *message = g_strdup_printf(
		"the journal cannot be opened: %s: the folder cannot be made: Not a "
		"directory; make the folder and its files writable for this user",
		folder);
	g_autoptr(GError) error = NULL;

	g_assert_null(journal_open(folder, &scene->options, NULL, &error));

	g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_STORE);
	g_assert_cmpstr(error->message, ==, message);
}

/* What was begun of a new journal does not disturb the next. */
static void test_making_one_fails_anywhere(void)
{
	struct sqlite_fault fault;
	struct journal_scene *scene;
	unsigned n;

	sqlite_fault_install(&fault);
	scene = journal_scene_new();
	for (n = 1;; n++) {
		g_autoptr(GError) error = NULL;

		journal_scene_close(scene);
		journal_scene_empty(scene->folder);
		fault.code = SQLITE_FULL;
		fault.fail_from = fault.n_writes + n;
		scene->journal =
			journal_open(scene->folder, &scene->options, NULL, &error);
		fault.fail_from = 0;
		if (scene->journal)
			break;
		g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_STORE);
		journal_scene_open(scene);
		g_assert_null(scene->notice);
		journal_scene_take(scene, "blink", &claim, "1");
	}
	g_assert_cmpuint(n, >, 5);
	journal_scene_free(scene);
	sqlite_fault_remove(&fault);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/full/begin", test_no_run_starts);
	g_test_add_func("/full/finish", test_no_run_ends);
	g_test_add_func("/full/files", test_no_file_grows);
	g_test_add_func("/full/min-free", test_space_is_kept_free);
	g_test_add_func("/full/database-removed", test_the_database_is_taken_away);
	g_test_add_func("/full/wal-removed", test_the_wal_is_taken_away);
	g_test_add_func("/full/folder", test_a_folder_that_cannot_be);
	g_test_add_func("/full/making", test_making_one_fails_anywhere);
	return g_test_run();
}
