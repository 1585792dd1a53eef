/* SPDX-License-Identifier: MIT */
/* Databases that are damaged, gone or put back from a copy. Whatever happens: it opens,
 * run numbers grow, and no serial number is given out twice. */
#include "appliance/station/journal_recover.h"

#include "tests/unit/station/journal_damage_scene.h"

#define PAGE_BYTES 4096

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

#define ALL_LOST                                                                   \
	"; good units and failures in a row are counted anew; the totals of runs " \
	"begin anew; the selected job is forgotten"
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
	assert_set_aside(scene, 1, "it does not begin as a database does", ALL_LOST);
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

static void test_a_database_of_others(void)
{
	journal_scene_autofree struct journal_scene *scene = journal_scene_new();
	use(scene);
	journal_scene_close(scene);
	remove_file(scene, "journal.db");
	execute(scene, "CREATE TABLE song (title)");
	journal_scene_open(scene);
	assert_set_aside(scene, 1, "it does not begin as a database does", ALL_LOST);
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
	assert_set_aside(scene, 1, "its tables are not those of a journal",
			 "; the totals of runs begin anew");
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

/* As with a WAL index that was spoilt: SQLite finds all in order, but as it was before.
 */
static void test_a_database_that_went_back_in_service(void)
{
	journal_scene_autofree struct journal_scene *scene = journal_scene_new();
	g_autofree char *refusal = g_strdup_printf(
		"%s/journal.db: run 4 comes after run 5; start the program anew: it sets "
		"the damaged journal aside and begins one",
		scene->folder);

	use(scene);
	execute(scene, "DELETE FROM run WHERE run > 3;"
		       "DELETE FROM serial WHERE run > 3;"
		       "UPDATE sqlite_sequence SET seq = 3 WHERE name = 'run';"
		       "UPDATE job SET next = '102' WHERE job = 'count';");

	journal_scene_refused(scene, "count", &of_counter, SIXPIN_ERROR_STORE, refusal);
	g_assert_true(journal_scene_has(scene, "journal.damaged"));
	journal_scene_open(scene);
	g_assert_nonnull(scene->notice);
	journal_scene_take(scene, "count", &of_counter, "103");
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/recover/empty", test_an_empty_file);
	g_test_add_func("/recover/garbage", test_garbage);
	g_test_add_func("/recover/cut-short", test_a_file_cut_short);
	g_test_add_func("/recover/others", test_a_database_of_others);
	g_test_add_func("/recover/table", test_a_table_is_missing);
	g_test_add_func("/recover/contradiction", test_counters_that_contradict_the_runs);
	g_test_add_func("/recover/newer", test_a_database_of_a_newer_sixpin_stays);
	g_test_add_func("/recover/again", test_the_second_time_has_its_own_name);
	g_test_add_func("/recover/taken-away", test_a_database_that_was_taken_away);
	g_test_add_func("/recover/wal", test_a_wal_that_was_left_behind);
	g_test_add_func("/recover/copy", test_an_old_copy_that_was_put_back);
	g_test_add_func("/recover/copy/free", test_a_number_that_was_free_in_the_copy);
	g_test_add_func("/recover/service", test_damage_that_shows_in_service);
	g_test_add_func("/recover/back", test_a_database_that_went_back_in_service);
	g_test_add_func("/recover/view", test_a_view_does_not_touch_a_damaged_one);
	return g_test_run();
}
