/* SPDX-License-Identifier: MIT */
/*
 * Databases that are damaged, gone or put back from a copy. Whatever happens: it opens,
 * run numbers grow, and no serial number is given out twice.
 */
#include "appliance/station/journal.h"

#include "tests/unit/station/journal_scene.h"

#include <sqlite3.h>

#define PAGE_BYTES 4096

static const char *const list[] = { "A", "B", "C", "D", "E", NULL };

static const struct run_claim of_counter = { .has_serial = true,
					     .serial_first = 100,
					     .serial_step = 1,
					     .serial_last = 100000,
					     .good_units = 100000 };
static const struct run_claim of_list = { .has_serial = true,
					  .serial_list = list,
					  .serial_reuse = true };

/* Runs 1 to 5: 100 passed, A given back, 101 burnt, A passed, 102 held. */
static void use(struct journal_scene *scene)
{
	journal_scene_finish(scene,
			     journal_scene_take(scene, "count", &of_counter, "100"),
			     RUN_PASSED);
	journal_scene_finish(scene, journal_scene_take(scene, "list", &of_list, "A"),
			     RUN_FAILED);
	journal_scene_finish(scene,
			     journal_scene_take(scene, "count", &of_counter, "101"),
			     RUN_FAILED);
	journal_scene_finish(scene, journal_scene_take(scene, "list", &of_list, "A"),
			     RUN_PASSED);
	journal_scene_take(scene, "count", &of_counter, "102");
	g_assert_true(journal_set_setting(scene->journal, "selected-job", "count", NULL));
}

static void overwrite(const struct journal_scene *scene, const char *name,
		      const void *content, gsize n_bytes)
{
	g_autofree char *path = journal_scene_path(scene, name);
	g_autoptr(GError) error = NULL;

	g_file_set_contents(path, content, (gssize)n_bytes, &error);
	g_assert_no_error(error);
}

static char *content_of(const struct journal_scene *scene, const char *name,
			gsize *n_bytes)
{
	g_autofree char *path = journal_scene_path(scene, name);
	g_autoptr(GError) error = NULL;
	char *content = NULL;

	g_file_get_contents(path, &content, n_bytes, &error);
	g_assert_no_error(error);
	return content;
}

static void remove_file(const struct journal_scene *scene, const char *name)
{
	g_autofree char *path = journal_scene_path(scene, name);

	g_assert_cmpint(g_unlink(path), ==, 0);
}

static void assert_goes_on(struct journal_scene *scene, uint64_t run)
{
	g_assert_cmpuint(journal_scene_take(scene, "count", &of_counter, "103"), ==, run);
	g_assert_cmpuint(journal_scene_take(scene, "list", &of_list, "B"), ==, run + 1);
}

/* Numbers went on from the second record: above its ceiling of 64. */
static void assert_set_aside(struct journal_scene *scene, unsigned number,
			     const char *why, const char *rest)
{
	g_autofree char *expected = g_strdup_printf(
		"the journal was damaged (%s); it was set aside as journal-damaged-%u.db, "
		"and a new one goes on from run 65; serial numbers given out before (4) "
		"count as burnt, given back or not%s",
		why, number, rest);
	g_autofree char *notices = journal_scene_notices(scene);

	g_assert_cmpstr(scene->notice, ==, expected);
	g_assert_cmpstr(notices, ==, expected);
	g_assert_false(journal_scene_has(scene, "journal.damaged"));
	g_assert_false(journal_scene_has(scene, "journal.new"));
}

#define ALL_LOST                                                                    \
	"; good units and failures in a row are counted anew; the selected job is " \
	"forgotten"

static void test_an_empty_file(void)
{
	journal_scene_autofree struct journal_scene *scene = journal_scene_new();

	use(scene);
	journal_scene_close(scene);
	overwrite(scene, "journal.db", "", 0);
	journal_scene_open(scene);

	assert_set_aside(scene, 1, "it is empty", ALL_LOST);
	assert_goes_on(scene, 65);
}

static void test_garbage(void)
{
	static const char garbage[] = "This is no database, whatever its name says.";
	journal_scene_autofree struct journal_scene *scene = journal_scene_new();
	g_autofree char *kept = NULL;
	gsize n_bytes;

	use(scene);
	journal_scene_close(scene);
	overwrite(scene, "journal.db", garbage, sizeof(garbage));
	journal_scene_open(scene);

	assert_set_aside(scene, 1, "file is not a database", ALL_LOST);
	assert_goes_on(scene, 65);
	kept = content_of(scene, "journal-damaged-1.db", &n_bytes);
	g_assert_cmpmem(kept, n_bytes, garbage, sizeof(garbage));
}

static void test_a_file_cut_short(void)
{
	journal_scene_autofree struct journal_scene *scene = journal_scene_new();
	g_autofree char *content = NULL;
	g_autofree char *kept = NULL;
	gsize n_bytes, n_kept;

	use(scene);
	journal_scene_close(scene);
	content = content_of(scene, "journal.db", &n_bytes);
	overwrite(scene, "journal.db", content, n_bytes / 2);
	journal_scene_open(scene);

	assert_set_aside(scene, 1, "database disk image is malformed", ALL_LOST);
	assert_goes_on(scene, 65);
	kept = content_of(scene, "journal-damaged-1.db", &n_kept);
	g_assert_cmpmem(kept, n_kept, content, n_bytes / 2);
}

static void execute(const struct journal_scene *scene, const char *sql)
{
	g_autofree char *path = journal_scene_path(scene, "journal.db");
	sqlite3 *db = NULL;

	g_assert_cmpint(sqlite3_open(path, &db), ==, SQLITE_OK);
	g_assert_cmpint(sqlite3_exec(db, sql, NULL, NULL, NULL), ==, SQLITE_OK);
	sqlite3_close(db);
}

static void test_a_database_of_others(void)
{
	journal_scene_autofree struct journal_scene *scene = journal_scene_new();

	use(scene);
	journal_scene_close(scene);
	remove_file(scene, "journal.db");
	execute(scene, "CREATE TABLE song (title)");
	journal_scene_open(scene);

	assert_set_aside(scene, 1, "it holds no journal", ALL_LOST);
	assert_goes_on(scene, 65);
}

/* Good units, failures and settings come over where they can be read. */
static void test_a_table_is_missing(void)
{
	journal_scene_autofree struct journal_scene *scene = journal_scene_new();
	struct run_claim claim = of_counter;

	use(scene);
	journal_scene_close(scene);
	execute(scene, "DROP TABLE counted");
	journal_scene_open(scene);

	assert_set_aside(scene, 1, "its tables are not those of a journal", "");
	claim.good_units = 1;
	journal_scene_refused(
		scene, "count", &claim, SIXPIN_ERROR_USAGE,
		"job count: its 1 good units are done; raise good-units, or "
		"give [limits] another epoch");
	claim = of_counter;
	claim.stop_after_failures = 1;
	journal_scene_refused(scene, "count", &claim, SIXPIN_ERROR_USAGE,
			      "job count: 1 failures in a row: find out why, then sixpin "
			      "job reset count");
	assert_goes_on(scene, 65);
}

static void test_counters_that_contradict_the_runs(void)
{
	journal_scene_autofree struct journal_scene *scene = journal_scene_new();

	use(scene);
	journal_scene_close(scene);
	execute(scene, "UPDATE sqlite_sequence SET seq = 3");
	journal_scene_open(scene);

	assert_set_aside(scene, 1, "its counters contradict its runs", "");
	assert_goes_on(scene, 65);
}

static void test_a_database_of_a_newer_sixpin_stays(void)
{
	journal_scene_autofree struct journal_scene *scene = journal_scene_new();
	g_autofree char *message = g_strdup_printf(
		"the journal cannot be opened: %s/journal.db: version 2 of the journal, "
		"which a newer Sixpin made, expected 1; install that again, or move the "
		"file away",
		scene->folder);
	g_autoptr(GError) error = NULL;

	journal_scene_close(scene);
	execute(scene, "PRAGMA user_version = 2");
	g_assert_null(journal_open(scene->folder, &scene->options, NULL, &error));

	g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_STORE);
	g_assert_cmpstr(error->message, ==, message);
	g_assert_true(journal_scene_has(scene, "journal.db"));
	g_assert_false(journal_scene_has(scene, "journal.damaged"));
	g_assert_false(journal_scene_has(scene, "journal-damaged-1.db"));
}

static void test_the_second_time_has_its_own_name(void)
{
	journal_scene_autofree struct journal_scene *scene = journal_scene_new();
	g_autofree char *notices = NULL;

	for (unsigned i = 1; i <= 3; i++) {
		journal_scene_close(scene);
		overwrite(scene, "journal.db", "", 0);
		journal_scene_open(scene);
	}

	g_assert_true(journal_scene_has(scene, "journal-damaged-1.db"));
	g_assert_true(journal_scene_has(scene, "journal-damaged-2.db"));
	g_assert_true(g_str_has_prefix(
		scene->notice, "the journal was damaged (it is empty); it was set "
			       "aside as journal-damaged-3.db, and"));
	remove_file(scene, "journal-damaged-3.db");
	notices = journal_scene_notices(scene);
	g_assert_cmpstr(notices, ==, "");
}

static void test_a_database_that_was_taken_away(void)
{
	journal_scene_autofree struct journal_scene *scene = journal_scene_new();

	use(scene);
	journal_scene_close(scene);
	remove_file(scene, "journal.db");
	journal_scene_open(scene);

	g_assert_null(scene->notice);
	assert_goes_on(scene, 65);
}

/* The moving was cut short: its WAL must not be taken for the new one's. */
static void test_a_wal_that_was_left_behind(void)
{
	journal_scene_autofree struct journal_scene *scene = journal_scene_new();
	g_autofree char *wal = NULL;
	g_autofree char *kept = NULL;
	gsize n_bytes, n_kept;

	use(scene);
	wal = content_of(scene, "journal.db-wal", &n_bytes);
	g_assert_cmpuint(n_bytes, >, 0);
	journal_scene_close(scene);
	remove_file(scene, "journal.db");
	overwrite(scene, "journal-damaged-1.db", "", 0);
	overwrite(scene, "journal.db-wal", wal, n_bytes);
	overwrite(scene, "journal.damaged", "it was seen", 11);
	journal_scene_open(scene);

	assert_set_aside(scene, 1, "it was seen", ALL_LOST);
	kept = content_of(scene, "journal-damaged-1.db-wal", &n_kept);
	g_assert_cmpmem(kept, n_kept, wal, n_bytes);
	assert_goes_on(scene, 65);
}

static void test_an_old_copy_that_was_put_back(void)
{
	journal_scene_autofree struct journal_scene *scene = journal_scene_new();
	g_autofree char *copy = NULL;
	g_autofree char *notices = NULL;
	gsize n_bytes;

	journal_scene_close(scene);
	copy = content_of(scene, "journal.db", &n_bytes);
	journal_scene_open(scene);
	use(scene);
	journal_scene_close(scene);
	overwrite(scene, "journal.db", copy, n_bytes);
	journal_scene_open(scene);

	g_assert_null(scene->notice);
	notices = journal_scene_notices(scene);
	g_assert_cmpstr(
		notices, ==,
		"journal.db ends at run 0, as of an old copy, but journal.numbers "
		"knows later ones: runs go on from 65, and serial numbers given "
		"out since count as burnt");
	assert_goes_on(scene, 65);
}

static void test_a_number_that_was_free_in_the_copy(void)
{
	journal_scene_autofree struct journal_scene *scene = journal_scene_new();
	g_autofree char *copy = NULL;
	gsize n_bytes;

	journal_scene_finish(scene, journal_scene_take(scene, "list", &of_list, "A"),
			     RUN_FAILED);
	journal_scene_close(scene);
	copy = content_of(scene, "journal.db", &n_bytes);
	journal_scene_open(scene);
	journal_scene_finish(scene, journal_scene_take(scene, "list", &of_list, "A"),
			     RUN_PASSED);
	journal_scene_close(scene);
	overwrite(scene, "journal.db", copy, n_bytes);
	journal_scene_open(scene);

	g_assert_cmpuint(journal_scene_take(scene, "list", &of_list, "B"), ==, 3);
}

static void test_numbers_are_missing_and_the_database_is_whole(void)
{
	journal_scene_autofree struct journal_scene *scene = journal_scene_new();

	use(scene);
	journal_scene_close(scene);
	remove_file(scene, "journal.numbers");
	journal_scene_open(scene);
	g_assert_null(scene->notice);
	journal_scene_close(scene);
	remove_file(scene, "journal.db");
	journal_scene_open(scene);

	assert_goes_on(scene, 6);
}

static void test_an_end_of_the_numbers_that_was_cut_short(void)
{
	journal_scene_autofree struct journal_scene *scene = journal_scene_new();
	g_autofree char *whole = NULL;
	gsize n_bytes;

	use(scene);
	journal_scene_close(scene);
	whole = content_of(scene, "journal.numbers", &n_bytes);
	for (gsize n_more = 1; n_more < 60; n_more++) {
		g_autofree char *longer = g_malloc0(n_bytes + n_more);
		g_autofree char *mended = NULL;
		gsize n_mended;

		memcpy(longer, whole, n_bytes);
		memset(longer + n_bytes, n_more % 3 ? 'x' : 0, n_more);
		if (n_more % 2)
			longer[n_bytes + n_more - 1] = '\n';
		overwrite(scene, "journal.numbers", longer, n_bytes + n_more);
		journal_scene_open(scene);
		journal_scene_close(scene);
		mended = content_of(scene, "journal.numbers", &n_mended);
		g_assert_cmpmem(mended, n_mended, whole, n_bytes);
	}
	g_assert_false(journal_scene_has(scene, "journal-damaged.numbers"));
}

static void test_numbers_that_are_damaged_are_made_anew(void)
{
	journal_scene_autofree struct journal_scene *scene = journal_scene_new();

	use(scene);
	journal_scene_close(scene);
	overwrite(scene, "journal.numbers", "one\ntwo\nthree\n", 14);
	journal_scene_open(scene);
	g_assert_true(journal_scene_has(scene, "journal-damaged.numbers"));
	journal_scene_close(scene);
	remove_file(scene, "journal.db");
	journal_scene_open(scene);

	assert_goes_on(scene, 6);
}

/* A counter needs one line, however many numbers it gave out. */
static void test_numbers_do_not_grow_for_ever(void)
{
	journal_scene_autofree struct journal_scene *scene = journal_scene_new();
	g_autofree char *job = g_strnfill(4000, 'j');
	g_autofree char *content = NULL;
	gsize n_bytes;

	for (unsigned i = 0; i < 300; i++) {
		g_autofree char *serial = g_strdup_printf("%u", 100 + i);

		journal_scene_finish(scene,
				     journal_scene_take(scene, job, &of_counter, serial),
				     RUN_PASSED);
	}
	content = content_of(scene, "journal.numbers", &n_bytes);
	g_assert_cmpuint(n_bytes, >, 1024 * 1024);
	journal_scene_open(scene);
	g_free(content);
	content = content_of(scene, "journal.numbers", &n_bytes);
	g_assert_cmpuint(n_bytes, <, 5000);

	journal_scene_close(scene);
	remove_file(scene, "journal.db");
	journal_scene_open(scene);
	g_assert_cmpuint(journal_scene_take(scene, job, &of_counter, "400"), >, 300);
}

static void refused_counter(struct journal_scene *scene, const struct run_claim *claim)
{
	g_autofree char *text = g_strdup_printf(
		"%s/journal.db: job count: which of its serial numbers are used is not "
		"known since the journal was damaged; set [serial] first above the last "
		"number that is on a unit, then sixpin job reset count",
		scene->folder);

	journal_scene_refused(scene, "count", claim, SIXPIN_ERROR_STORE, text);
}

static void refused_list(struct journal_scene *scene)
{
	g_autofree char *text = g_strdup_printf(
		"%s/journal.db: job list: which of its serial numbers are used is not "
		"known since the journal was damaged; take the numbers that are on units "
		"out of the list, then sixpin job reset list",
		scene->folder);

	journal_scene_refused(scene, "list", &of_list, SIXPIN_ERROR_STORE, text);
}

static void reset(struct journal_scene *scene, const char *job)
{
	g_autoptr(GError) error = NULL;

	g_assert_true(journal_reset_job(scene->journal, job, &error));
	g_assert_no_error(error);
}

/* Database and second record are gone both: only a person can tell what is used. */
static void lose_both(struct journal_scene *scene)
{
	journal_scene_close(scene);
	remove_file(scene, "journal.numbers");
	overwrite(scene, "journal.db", "", 0);
	journal_scene_open(scene);
}

static void test_numbers_that_nobody_knows_are_not_given_out(void)
{
	journal_scene_autofree struct journal_scene *scene = journal_scene_new();
	struct run_claim claim = of_counter;

	use(scene);
	lose_both(scene);
	g_assert_cmpstr(
		scene->notice, ==,
		"the journal was damaged (it is empty); it was set aside "
		"as journal-damaged-1.db, and a new one goes on from run 1; which "
		"serial numbers are used is not known in full: jobs that take "
		"them are refused until that is answered" ALL_LOST);
	journal_scene_begin(scene, "without", NULL, NULL);
	reset(scene, "count"); /* before it was asked: no answer */
	refused_counter(scene, &claim);
	journal_scene_open(scene);
	refused_counter(scene, &claim);
	claim.serial_first = 103; /* answered, and not said so */
	refused_counter(scene, &claim);
	claim.serial_first = 100; /* said so, and not answered */
	reset(scene, "count");
	refused_counter(scene, &claim);
	claim.serial_first = 103;
	g_assert_cmpuint(journal_scene_take(scene, "count", &claim, "103"), ==, 2);
	refused_list(scene);
	reset(scene, "list");
	journal_scene_take(scene, "list", &of_list, "A");
}

static void test_what_was_not_answered_outlives_the_next_damage(void)
{
	journal_scene_autofree struct journal_scene *scene = journal_scene_new();

	use(scene);
	lose_both(scene);
	refused_counter(scene, &of_counter);
	journal_scene_close(scene);
	execute(scene, "DROP TABLE counted");
	journal_scene_open(scene);
	g_assert_nonnull(scene->notice);

	refused_counter(scene, &of_counter);
	refused_list(scene);
}

static void test_a_bad_line_in_the_numbers(void)
{
	journal_scene_autofree struct journal_scene *scene = journal_scene_new();
	g_autofree char *content = NULL;
	gsize n_bytes;

	use(scene);
	journal_scene_close(scene);
	content = content_of(scene, "journal.numbers", &n_bytes);
	*strstr(content, "\tcount\t101") = ' ';
	overwrite(scene, "journal.numbers", content, n_bytes);
	overwrite(scene, "journal.db", "", 0);
	journal_scene_open(scene);

	g_assert_nonnull(strstr(scene->notice, "is not known in full"));
	refused_counter(scene, &of_counter);
	g_assert_true(journal_scene_has(scene, "journal-damaged.numbers"));
}

/* The rest of the run's table is bad, which a start does not look at. */
static void damage_in_service(struct journal_scene *scene)
{
	g_autofree char *content = NULL;
	g_autofree char *path = journal_scene_path(scene, "journal.db");
	gsize n_bytes;
	FILE *file;

	for (unsigned i = 0; i < 60; i++) {
		uint64_t run = journal_scene_begin(scene, NULL, NULL, NULL);
		g_autofree char *padding = g_strnfill(1500, 'p');

		g_assert_true(journal_add(
			scene->journal, run,
			g_variant_new_parsed("{'padding': <%s>}", padding), NULL));
		journal_scene_finish(scene, run, RUN_DONE);
	}
	journal_scene_open(scene);
	content = content_of(scene, "journal.db", &n_bytes);
	file = fopen(path, "r+e");
	for (gsize page = 0; page < n_bytes / PAGE_BYTES; page++) {
		if (!memmem(content + page * PAGE_BYTES, PAGE_BYTES, "pppppppp", 8))
			continue;
		fseek(file, (long)(page * PAGE_BYTES), SEEK_SET);
		fwrite("\x55\xAA\x55\xAA\x55\xAA\x55\xAA", 1, 8, file);
	}
	fclose(file);
}

static void test_damage_that_shows_in_service(void)
{
	journal_scene_autofree struct journal_scene *scene = journal_scene_new();
	const struct journal_filter all = { .limit = 100 };
	g_autofree char *message = g_strdup_printf(
		"%s/journal.db: database disk image is malformed; start the program anew: "
		"it sets the damaged journal aside and begins one",
		scene->folder);
	g_autofree char *refusal = g_strdup_printf(
		"%s/journal.db: it was found damaged; start the program anew: it sets the "
		"damaged journal aside and begins one",
		scene->folder);
	g_autoptr(GError) error = NULL;

	use(scene);
	damage_in_service(scene);
	g_assert_null(scene->notice);
	g_assert_null(journal_runs(scene->journal, &all, &error));
	g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_STORE);
	g_assert_cmpstr(error->message, ==, message);
	g_assert_true(journal_scene_has(scene, "journal.damaged"));
	journal_scene_refused(scene, "count", &of_counter, SIXPIN_ERROR_STORE, refusal);

	journal_scene_open(scene);
	g_assert_true(g_str_has_prefix(scene->notice,
				       "the journal was damaged (database disk image is "
				       "malformed); it was set aside as "
				       "journal-damaged-1.db, and a new one goes on from "
				       "run 129; serial numbers"));
	assert_goes_on(scene, 129);
}

static void test_a_view_does_not_touch_a_damaged_one(void)
{
	journal_scene_autofree struct journal_scene *scene = journal_scene_new();
	g_autofree char *message = g_strdup_printf(
		"the journal cannot be opened: %s/journal.db: it is empty; start "
		"the program anew: it sets the damaged journal aside and begins one",
		scene->folder);
	g_autoptr(GError) error = NULL;

	journal_scene_close(scene);
	overwrite(scene, "journal.db", "", 0);
	g_assert_null(journal_open_reading(scene->folder, &error));

	g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_STORE);
	g_assert_cmpstr(error->message, ==, message);
	g_assert_false(journal_scene_has(scene, "journal.damaged"));
}

/* A call may fail, but then with STORE. */
static bool is_good(gboolean ok, GError **error)
{
	if (!ok)
		g_assert_error(*error, SIXPIN_ERROR, SIXPIN_ERROR_STORE);
	g_clear_error(error);
	return ok;
}

/* What was taken is new; ends as passed. */
static bool take_new(struct journal_scene *scene, const char *job,
		     const struct run_claim *claim, char **serial)
{
	const struct run_end end = { .state = RUN_PASSED, .seconds = 1 };
	GError *error = NULL;
	uint64_t run = journal_scene_try(scene, job, claim, serial, &error);

	if (!is_good(run != 0, &error))
		return false;
	g_assert_cmpuint(run, >=, 6);
	return is_good(journal_finish(scene->journal, run, &end, &error), &error);
}

/* FALSE where a call failed. 100 to 102 and A were given out before. */
static bool use_all(struct journal_scene *scene)
{
	const struct journal_filter all = { .limit = 1000 };
	GError *error = NULL;
	g_autofree char *number = NULL;
	g_autofree char *line = NULL;
	g_autoptr(GVariant) runs = journal_runs(scene->journal, &all, &error);
	bool ok = is_good(runs != NULL, &error);

	ok = take_new(scene, "count", &of_counter, &number) && ok;
	if (number)
		g_assert_cmpuint(g_ascii_strtoull(number, NULL, 10), >=, 103);
	ok = take_new(scene, "list", &of_list, &line) && ok;
	g_assert_cmpstr(line, !=, "A");
	return ok;
}

/* Opens a folder with these files, uses all, and again when that found damage. */
static void survive(struct journal_scene *scene, const char *content, gsize n_bytes,
		    const char *numbers, gsize n_numbers)
{
	g_autoptr(GError) error = NULL;

	journal_scene_close(scene);
	journal_scene_empty(scene->folder);
	overwrite(scene, "journal.db", content, n_bytes);
	overwrite(scene, "journal.numbers", numbers, n_numbers);
	scene->journal =
		journal_open(scene->folder, &scene->options, &scene->notice, &error);
	if (!scene->journal) {
		if (!strstr(error->message, "a newer Sixpin made"))
			g_error("%s", error->message);
		return;
	}
	if (!use_all(scene)) {
		g_assert_true(journal_scene_has(scene, "journal.damaged"));
		journal_scene_open(scene);
		g_assert_nonnull(scene->notice);
		g_assert_true(use_all(scene));
	}
	g_assert_true(!scene->notice || journal_scene_has(scene, "journal-damaged-1.db"));
}

static void test_any_page_is_bad(void)
{
	static const char fillings[] = { 0, '\x0D', '\xA5' };
	journal_scene_autofree struct journal_scene *scene = journal_scene_new();
	g_autofree char *content = NULL;
	g_autofree char *numbers = NULL;
	gsize n_bytes, n_numbers;

	use(scene);
	journal_scene_close(scene);
	content = content_of(scene, "journal.db", &n_bytes);
	numbers = content_of(scene, "journal.numbers", &n_numbers);
	for (gsize page = 0; page < n_bytes / PAGE_BYTES; page++) {
		g_autofree char *bad = g_memdup2(content, n_bytes);
		char filling = fillings[page % G_N_ELEMENTS(fillings)];

		memset(bad + page * PAGE_BYTES, filling, PAGE_BYTES);
		survive(scene, bad, n_bytes, numbers, n_numbers);
	}
}

/* A page that is another of the file, as a mixed-up card gives it. */
static void test_pages_are_mixed_up(void)
{
	journal_scene_autofree struct journal_scene *scene = journal_scene_new();
	g_autoptr(GRand) random = g_rand_new_with_seed(3);
	g_autofree char *content = NULL;
	g_autofree char *numbers = NULL;
	gsize n_bytes, n_numbers;

	use(scene);
	journal_scene_close(scene);
	content = content_of(scene, "journal.db", &n_bytes);
	numbers = content_of(scene, "journal.numbers", &n_numbers);
	for (unsigned i = 0; i < 60; i++) {
		g_autofree char *bad = g_memdup2(content, n_bytes);
		gint n_pages = (gint)(n_bytes / PAGE_BYTES);
		gint from = g_rand_int_range(random, 0, n_pages);
		gint to = g_rand_int_range(random, 0, n_pages);

		memcpy(bad + to * PAGE_BYTES, content + from * PAGE_BYTES, PAGE_BYTES);
		survive(scene, bad, n_bytes, numbers, n_numbers);
	}
}

static void test_any_byte_is_bad(void)
{
	journal_scene_autofree struct journal_scene *scene = journal_scene_new();
	g_autoptr(GRand) random = g_rand_new_with_seed(4);
	g_autofree char *content = NULL;
	g_autofree char *numbers = NULL;
	gsize n_bytes, n_numbers;

	use(scene);
	journal_scene_close(scene);
	content = content_of(scene, "journal.db", &n_bytes);
	numbers = content_of(scene, "journal.numbers", &n_numbers);
	for (unsigned i = 0; i < 400; i++) {
		g_autofree char *bad = g_memdup2(content, n_bytes);
		gsize at;

		do
			at = (gsize)g_rand_int_range(random, 0, (gint)n_bytes);
		while (i % 8 && !content[at]);
		bad[at] ^= (char)g_rand_int_range(random, 1, 256);
		survive(scene, bad, n_bytes, numbers, n_numbers);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/damage/empty", test_an_empty_file);
	g_test_add_func("/damage/garbage", test_garbage);
	g_test_add_func("/damage/cut-short", test_a_file_cut_short);
	g_test_add_func("/damage/others", test_a_database_of_others);
	g_test_add_func("/damage/table", test_a_table_is_missing);
	g_test_add_func("/damage/contradiction", test_counters_that_contradict_the_runs);
	g_test_add_func("/damage/newer", test_a_database_of_a_newer_sixpin_stays);
	g_test_add_func("/damage/again", test_the_second_time_has_its_own_name);
	g_test_add_func("/damage/taken-away", test_a_database_that_was_taken_away);
	g_test_add_func("/damage/wal", test_a_wal_that_was_left_behind);
	g_test_add_func("/damage/copy", test_an_old_copy_that_was_put_back);
	g_test_add_func("/damage/copy/free", test_a_number_that_was_free_in_the_copy);
	g_test_add_func("/damage/numbers/missing",
			test_numbers_are_missing_and_the_database_is_whole);
	g_test_add_func("/damage/numbers/end",
			test_an_end_of_the_numbers_that_was_cut_short);
	g_test_add_func("/damage/numbers/garbage",
			test_numbers_that_are_damaged_are_made_anew);
	g_test_add_func("/damage/numbers/long", test_numbers_do_not_grow_for_ever);
	g_test_add_func("/damage/numbers/line", test_a_bad_line_in_the_numbers);
	g_test_add_func("/damage/both", test_numbers_that_nobody_knows_are_not_given_out);
	g_test_add_func("/damage/both/again",
			test_what_was_not_answered_outlives_the_next_damage);
	g_test_add_func("/damage/service", test_damage_that_shows_in_service);
	g_test_add_func("/damage/view", test_a_view_does_not_touch_a_damaged_one);
	g_test_add_func("/damage/pages", test_any_page_is_bad);
	g_test_add_func("/damage/mixed-up", test_pages_are_mixed_up);
	g_test_add_func("/damage/bytes", test_any_byte_is_bad);
	return g_test_run();
}
