/* SPDX-License-Identifier: MIT */
/* The second record of numbers: mended, made anew, and when it is damaged, too. */
#include "appliance/station/journal_numbers.h"

#include "tests/unit/station/journal_damage_scene.h"

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
		"them are refused until that is answered; good units "
		"and failures in a row are counted anew; the totals of runs begin anew; the selected job "
		"is forgotten");
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
	*g_strstr_len(content, -1, "\tcount\t101") = ' ';
	overwrite(scene, "journal.numbers", content, n_bytes);
	overwrite(scene, "journal.db", "", 0);
	journal_scene_open(scene);
	g_assert_nonnull(strstr(scene->notice, "is not known in full"));
	refused_counter(scene, &of_counter);
	g_assert_true(journal_scene_has(scene, "journal-damaged.numbers"));
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/numbers/missing",
			test_numbers_are_missing_and_the_database_is_whole);
	g_test_add_func("/numbers/end", test_an_end_of_the_numbers_that_was_cut_short);
	g_test_add_func("/numbers/garbage", test_numbers_that_are_damaged_are_made_anew);
	g_test_add_func("/numbers/long", test_numbers_do_not_grow_for_ever);
	g_test_add_func("/numbers/line", test_a_bad_line_in_the_numbers);
	g_test_add_func("/numbers/both",
			test_numbers_that_nobody_knows_are_not_given_out);
	g_test_add_func("/numbers/both/again",
			test_what_was_not_answered_outlives_the_next_damage);
	return g_test_run();
}
