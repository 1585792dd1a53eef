/* SPDX-License-Identifier: MIT */
/* Pages and bytes that are bad anywhere: found in the start or in service, and no number
 * comes twice. */
#include "appliance/station/journal_schema.h"

#include "tests/unit/station/journal_damage_scene.h"

#define PAGE_BYTES 4096

/* A call may fail, but then with STORE; to be asked which numbers are used is good. */
static bool is_good(gboolean ok, GError **error)
{
	bool is_asked;
	if (ok)
		return true;
	g_assert_error(*error, SIXPIN_ERROR, SIXPIN_ERROR_STORE);
	is_asked = strstr((*error)->message, "serial numbers are used is not known");
	g_clear_error(error);
	return is_asked;
}

/* What was taken is new; ends as passed. */
static bool take_new(struct journal_scene *scene, const char *job,
		     const struct run_claim *claim, char **serial)
{
	const struct run_end end = { .state = RUN_PASSED, .seconds = 1 };
	GError *error = NULL;
	uint64_t run = journal_scene_try(scene, job, claim, serial, &error);
	if (!run)
		return is_good(FALSE, &error);
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
	g_test_add_func("/schema/pages", test_any_page_is_bad);
	g_test_add_func("/schema/mixed-up", test_pages_are_mixed_up);
	g_test_add_func("/schema/bytes", test_any_byte_is_bad);
	return g_test_run();
}
