/* SPDX-License-Identifier: MIT */
#include "tests/unit/station/store_scene.h"

/* Address 0 and length 4, little-endian, then the bytes (images/image.h). */
static void test_image_is_kept(struct fixture *fixture, gconstpointer data)
{
	static const guchar canonical[] = { 0, 0, 0, 0, 4, 0, 0, 0, 1, 2, 3, 4 };
	g_autofree char *expected = g_compute_checksum_for_data(
		G_CHECKSUM_SHA256, canonical, sizeof(canonical));
	g_autofree char *digest = add(fixture, "my app (2).hex", HEX);
	g_autofree char *path = store_image_path(fixture->store, "my app (2).hex", NULL);
	g_autofree char *expected_path = path_of(fixture, "images/my app (2).hex");

	(void)data;
	g_assert_cmpstr(digest, ==, expected);
	g_assert_cmpstr(path, ==, expected_path);
	assert_content(fixture, "images/my app (2).hex", HEX);
}

static void test_names_that_no_file_has(struct fixture *fixture, gconstpointer data)
{
	static const char *const names[] = {
		"",	     "../x.hex", "/etc/x.hex", "a/b.hex",      ".x.hex",
		"..",	     ".",	 "a\nb.hex",   "a\x01.hex",    "\xC3\xA9.hex",
		"\xFF.hex",  " x.hex",	 "x.hex ",     "a\\b.hex",     "a:b.hex",
		"x\x7F.hex", "a;b.hex",	 "~/x.hex",    "images/x.hex", "%2e%2e",
		"--trace",
	};
	g_autofree char *longest = g_strnfill(100, 'a');
	g_autofree char *longer = g_strnfill(101, 'a');

	(void)data;
	g_assert_true(store_check_image_name(longest, NULL));
	g_assert_false(store_check_image_name(longer, NULL));
	for (unsigned i = 0; i < G_N_ELEMENTS(names); i++) {
		g_autoptr(GError) error = NULL;

		g_assert_false(add_to(fixture, names[i], HEX, true, NULL, &error));
		g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE);
		g_assert_true(g_utf8_validate(error->message, -1, NULL));
		g_assert_null(strpbrk(error->message, "\r\n"));
		g_assert_null(store_image_path(fixture->store, names[i], NULL));
		g_assert_false(store_remove_image(fixture->store, names[i], NULL));
		g_assert_null(
			store_load_serial_list(fixture->store, names[i], NULL, NULL));
		g_assert_false(store_put_job(fixture->store, names[i], JOB, true, NULL));
		g_assert_null(store_get_job(fixture->store, names[i], NULL));
		g_assert_false(store_remove_job(fixture->store, names[i], NULL));
	}
}

static void test_what_is_said_of_a_bad_name(struct fixture *fixture, gconstpointer data)
{
	g_autoptr(GError) error = NULL;

	(void)data;
	g_assert_false(add_to(fixture, "../x\n.hex", HEX, true, NULL, &error));
	assert_error(
		error, SIXPIN_ERROR_USAGE,
		"\"../x?.hex\" is no name for a file of the store; expected 1 to 100 "
		"of a-z, A-Z, 0-9, blank and . _ + - ( ), no dot, blank or - first, no "
		"blank last");
}

static void test_content_that_is_no_image(struct fixture *fixture, gconstpointer data)
{
	g_autoptr(GError) text = NULL;
	g_autoptr(GError) empty = NULL;

	(void)data;
	g_assert_false(add_to(fixture, "a.hex", "hello\n", false, NULL, &text));
	g_assert_error(text, SIXPIN_ERROR, SIXPIN_ERROR_IMAGE);
	g_assert_true(g_str_has_prefix(text->message, "a.hex: "));
	g_assert_false(add_to(fixture, "a.hex", "", false, NULL, &empty));
	g_assert_error(empty, SIXPIN_ERROR, SIXPIN_ERROR_IMAGE);
	g_assert_null(store_image_path(fixture->store, "a.hex", NULL));
}

static void test_same_content_again(struct fixture *fixture, gconstpointer data)
{
	g_autofree char *first = add(fixture, "app.hex", HEX);
	g_autofree char *second = add(fixture, "app.hex", HEX);

	(void)data;
	g_assert_cmpstr(first, ==, second);
}

static void test_other_content_is_not_taken_unasked(struct fixture *fixture,
						    gconstpointer data)
{
	g_autofree char *first = add(fixture, "app.hex", HEX);
	g_autoptr(GError) error = NULL;

	(void)data;
	g_assert_false(add_to(fixture, "app.hex", OTHER_HEX, false, NULL, &error));
	assert_error(
		error, SIXPIN_ERROR_USAGE,
		"\"app.hex\" is there already with other content; replace it, or take "
		"another name");
	assert_content(fixture, "images/app.hex", HEX);
	g_assert_true(add_to(fixture, "app.hex", OTHER_HEX, true, NULL, NULL));
	assert_content(fixture, "images/app.hex", OTHER_HEX);
}

static void test_a_pinned_image_is_not_replaced(struct fixture *fixture,
						gconstpointer data)
{
	g_autofree char *digest = add(fixture, "app.hex", HEX);
	g_autofree char *job = g_strdup_printf(JOB "digest=%s\n", digest);
	g_autoptr(GError) error = NULL;

	(void)data;
	put(fixture, "blink", job);
	g_assert_false(add_to(fixture, "app.hex", OTHER_HEX, true, NULL, &error));
	assert_error(
		error, SIXPIN_ERROR_USAGE,
		"job \"blink\" is pinned to what \"app.hex\" holds now; take another "
		"name, or take the digest out of the job first");
	assert_content(fixture, "images/app.hex", HEX);
}

/* The same bytes in another file are what the job is pinned to. */
static void test_a_pinned_image_may_change_its_file(struct fixture *fixture,
						    gconstpointer data)
{
	g_autofree char *digest = add(fixture, "app.hex", HEX);
	g_autofree char *job = g_strdup_printf(JOB "digest=%s\n", digest);

	(void)data;
	put(fixture, "blink", job);
	g_assert_true(add_to(fixture, "app.hex", HEX_CRLF, true, NULL, NULL));
	assert_content(fixture, "images/app.hex", HEX_CRLF);
}

static void test_a_used_image_is_not_removed(struct fixture *fixture, gconstpointer data)
{
	g_autofree char *digest = add(fixture, "app.hex", HEX);
	g_autoptr(GError) error = NULL;

	(void)data;
	put(fixture, "blink", JOB);
	g_assert_false(store_remove_image(fixture->store, "app.hex", &error));
	assert_error(error, SIXPIN_ERROR_USAGE,
		     "job \"blink\" uses \"app.hex\"; remove the job first");
	g_assert_true(store_remove_job(fixture->store, "blink", NULL));
	g_assert_true(store_remove_image(fixture->store, "app.hex", NULL));
	assert_content(fixture, "images/app.hex", NULL);
}

static void test_missing_names_have_neighbours(struct fixture *fixture,
					       gconstpointer data)
{
	g_autofree char *digest = add(fixture, "blink.hex", HEX);
	g_autoptr(GError) no_image = NULL;
	g_autoptr(GError) no_job = NULL;

	(void)data;
	put(fixture, "blink", JOB);
	g_assert_null(store_image_path(fixture->store, "blnik.hex", &no_image));
	assert_error(no_image, SIXPIN_ERROR_USAGE,
		     "there is no image \"blnik.hex\"; nearest: blink.hex");
	g_assert_null(store_get_job(fixture->store, "blinks", &no_job));
	assert_error(no_job, SIXPIN_ERROR_USAGE,
		     "there is no job \"blinks\"; nearest: blink");
	g_assert_false(store_remove_job(fixture->store, "x", NULL));
	g_assert_false(store_remove_image(fixture->store, "x", NULL));
}

static void test_jobs_are_kept(struct fixture *fixture, gconstpointer data)
{
	g_autoptr(GError) other = NULL;
	struct job *job;

	(void)data;
	put(fixture, "blink", JOB);
	put(fixture, "blink", JOB);
	job = store_get_job(fixture->store, "blink", NULL);
	g_assert_cmpstr(job->text, ==, JOB);
	g_assert_cmpstr(job->id, ==, "blink");
	job_free(job);
	g_assert_false(
		store_put_job(fixture->store, "blink", JOB "# new\n", false, &other));
	assert_error(
		other, SIXPIN_ERROR_USAGE,
		"there is another job \"blink\" already; replace it, or take another "
		"name");
	g_assert_true(store_put_job(fixture->store, "blink", JOB "# new\n", true, NULL));
	assert_content(fixture, "jobs/blink.job", JOB "# new\n");
}

static void test_a_bad_job_is_not_kept(struct fixture *fixture, gconstpointer data)
{
	g_autoptr(GError) error = NULL;

	(void)data;
	g_assert_false(
		store_put_job(fixture->store, "blink", "[job]\nprat=x\n", true, &error));
	assert_error(
		error, SIXPIN_ERROR_USAGE,
		"blink.job:2: prat: no key of [job]; there is title, part, programmer, sck, retry-sck, "
		"board-clock, allow, auto");
	assert_content(fixture, "jobs/blink.job", NULL);
}

static void test_jobs_in_the_order_of_the_panel(struct fixture *fixture,
						gconstpointer data)
{
	static const char *const ids[] = { "job10", "job2",  "a",     "job2b",
					   "job02", "job-1", "job1.9" };
	g_auto(GStrv) listed = NULL;
	g_autofree char *joined = NULL;

	(void)data;
	for (unsigned i = 0; i < G_N_ELEMENTS(ids); i++)
		put(fixture, ids[i], JOB);
	write_file(fixture, "jobs/job3.job", "no job at all");
	write_file(fixture, "jobs/readme.md", "not a job");
	write_file(fixture, "jobs/.job4.job.AbCdEf", "not ready");
	listed = store_list_jobs(fixture->store, NULL);
	joined = g_strjoinv(" ", listed);
	g_assert_cmpstr(joined, ==, "a job-1 job1.9 job02 job2 job2b job3 job10");
}

static GVariant *row_of(GVariant *rows, const char *name)
{
	for (gsize i = 0; i < g_variant_n_children(rows); i++) {
		g_autoptr(GVariant) row = g_variant_get_child_value(rows, i);
		const char *its_name = NULL;

		g_variant_lookup(row, "name", "&s", &its_name);
		if (g_strcmp0(its_name, name) == 0)
			return g_steal_pointer(&row);
	}
	return NULL;
}

static void assert_row(GVariant *rows, const char *name, const char *expected)
{
	g_autoptr(GVariant) row = row_of(rows, name);
	g_autofree char *text = row ? g_variant_print(row, FALSE) : NULL;

	g_assert_cmpstr(text, ==, expected);
}

static void test_images_are_listed(struct fixture *fixture, gconstpointer data)
{
	g_autofree char *app = add(fixture, "app.hex", HEX);
	g_autofree char *list = add(fixture, "n.txt", "# numbers\n1\n\n 2 \n");
	g_autofree char *app_row = g_strdup_printf(
		"{'name': <'app.hex'>, 'digest': <'%s'>, 'format': <'ihex'>, "
		"'file_bytes': <uint64 32>, 'bytes': <uint64 4>, 'used_by': <['a', 'b']>}",
		app);
	g_autofree char *list_row = g_strdup_printf(
		"{'name': <'n.txt'>, 'digest': <'%s'>, 'format': <'list'>, 'file_bytes': "
		"<uint64 17>, 'numbers': <uint64 2>, 'used_by': <['c']>}",
		list);
	g_autoptr(GVariant) rows = NULL;
	g_autoptr(GVariant) bad = NULL;

	(void)data;
	put(fixture, "b", JOB);
	put(fixture, "a", JOB);
	put(fixture, "c", LIST_JOB);
	write_file(fixture, "images/page.hex", "<html>");
	write_file(fixture, "images/\xC3\xA9.hex", HEX);
	write_file(fixture, "images/.app.hex.AbCdEf", "not ready");
	rows = store_list_images(fixture->store, NULL);
	g_assert_cmpuint(g_variant_n_children(rows), ==, 4);
	assert_row(rows, "app.hex", app_row);
	assert_row(rows, "n.txt", list_row);
	bad = row_of(rows, "page.hex");
	g_assert_true(g_variant_lookup(bad, "error", "s", NULL));
	g_assert_false(g_variant_lookup(bad, "digest", "s", NULL));
	assert_row(
		rows, "\xC3\xA9.hex",
		"{'name': <'\xC3\xA9.hex'>, 'error': <'\"\xC3\xA9.hex\" is no name for "
		"a file of the store; expected 1 to 100 of a-z, A-Z, 0-9, blank and . _ "
		"+ - ( ), no dot, blank or - first, no blank last'>, 'used_by': <@as []>}");
}

/* A folder cannot be made below a file, whoever asks. */
static void test_a_folder_that_cannot_be_made(struct fixture *fixture, gconstpointer data)
{
	g_autofree char *file = path_of(fixture, "file");
	g_autofree char *below = g_build_filename(file, "store", NULL);
	g_autofree char *message = g_strdup_printf(
		"%s: cannot be made: Not a directory; free space there, and let the user "
		"that Sixpin runs as write into the folder",
		below);
	g_autoptr(GError) error = NULL;

	(void)data;
	write_file(fixture, "file", "");
	g_assert_null(store_open(below, &error));
	assert_error(error, SIXPIN_ERROR_STORE, message);
}

static void test_a_folder_that_is_gone(struct fixture *fixture, gconstpointer data)
{
	g_autofree char *images = path_of(fixture, "images");
	g_autofree char *message = g_strdup_printf(
		"%s/app.hex: cannot be written: No such file or directory; free space "
		"there, and let the user that Sixpin runs as write into the folder",
		images);
	g_autoptr(GError) on_add = NULL;
	g_autoptr(GError) on_list = NULL;

	(void)data;
	g_rmdir(images);
	g_assert_false(add_to(fixture, "app.hex", HEX, false, NULL, &on_add));
	assert_error(on_add, SIXPIN_ERROR_STORE, message);
	g_assert_null(store_list_images(fixture->store, &on_list));
	g_assert_error(on_list, SIXPIN_ERROR, SIXPIN_ERROR_STORE);
}

static void test_opened_again(struct fixture *fixture, gconstpointer data)
{
	struct job *job;

	(void)data;
	put(fixture, "blink", JOB);
	store_close(fixture->store);
	fixture->store = store_open(fixture->folder, NULL);
	job = store_get_job(fixture->store, "blink", NULL);
	g_assert_nonnull(job);
	job_free(job);
}

static const struct {
	const char *path;
	void (*func)(struct fixture *fixture, gconstpointer data);
} tests[] = {
	{ "image-is-kept", test_image_is_kept },
	{ "names-that-no-file-has", test_names_that_no_file_has },
	{ "what-is-said-of-a-bad-name", test_what_is_said_of_a_bad_name },
	{ "content-that-is-no-image", test_content_that_is_no_image },
	{ "same-content-again", test_same_content_again },
	{ "other-content-is-not-taken-unasked", test_other_content_is_not_taken_unasked },
	{ "a-pinned-image-is-not-replaced", test_a_pinned_image_is_not_replaced },
	{ "a-pinned-image-may-change-its-file", test_a_pinned_image_may_change_its_file },
	{ "a-used-image-is-not-removed", test_a_used_image_is_not_removed },
	{ "missing-names-have-neighbours", test_missing_names_have_neighbours },
	{ "jobs-are-kept", test_jobs_are_kept },
	{ "a-bad-job-is-not-kept", test_a_bad_job_is_not_kept },
	{ "jobs-in-the-order-of-the-panel", test_jobs_in_the_order_of_the_panel },
	{ "images-are-listed", test_images_are_listed },
	{ "a-folder-that-cannot-be-made", test_a_folder_that_cannot_be_made },
	{ "a-folder-that-is-gone", test_a_folder_that_is_gone },
	{ "opened-again", test_opened_again },
};

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (unsigned i = 0; i < G_N_ELEMENTS(tests); i++) {
		g_autofree char *path = g_strdup_printf("/store/%s", tests[i].path);

		g_test_add(path, struct fixture, NULL, set_up, tests[i].func, tear_down);
	}
	return g_test_run();
}
