/* SPDX-License-Identifier: MIT */
/* access.db: made, kept private, and never trusted when it is damaged. */
#include <sqlite3.h>
#include <sys/stat.h>

#include "tests/unit/station/access_scene.h"

static unsigned mode_of(const char *path)
{
	struct stat status;

	g_assert_cmpint(stat(path, &status), ==, 0);
	return status.st_mode & 0777;
}

static void test_private(struct scene *scene, gconstpointer data)
{
	g_autofree char *wal = g_strconcat(scene->path, "-wal", NULL);
	char *token = scene_claim(scene);

	scene_put(scene, "anna", OTHER, ACCESS_OPERATOR, false);
	g_assert_cmpuint(mode_of(scene->path), ==, 0600);
	g_assert_cmpuint(mode_of(wal), ==, 0600);
	scene_close(scene);
	g_assert_cmpint(chmod(scene->path, 0644), ==, 0);
	scene_open(scene);
	g_assert_cmpuint(mode_of(scene->path), ==, 0600);
	assert_is_on(scene, token);
	secret_free(token);
}

static void write_file(struct scene *scene, const char *content, gssize n_bytes)
{
	g_assert_true(g_file_set_contents(scene->path, content, n_bytes, NULL));
}

/* Neither in, nor taken for a station that nobody has claimed. */
static void assert_shut(struct scene *scene, const char *reason)
{
	g_autofree char *message =
		g_strdup_printf("%s: %s; " DB_DAMAGED_REMEDY, scene->path, reason);
	struct access_session session;
	GError *error = NULL;
	char *token;

	assert_fails(access_check(scene->access, &error), error, SIXPIN_ERROR_STORE,
		     message);
	g_assert_true(access_is_claimed(scene->access));
	assert_fails(
		access_claim(scene->access, "thief", OTHER, "", &session, &token, &error),
		error, SIXPIN_ERROR_STORE, message);
	assert_fails(access_login(scene->access, ENGINEER, PASSWORD, "", &session, &token,
				  &error),
		     error, SIXPIN_ERROR_STORE, message);
	assert_fails(access_find_session(scene->access, "x", &session, &error), error,
		     SIXPIN_ERROR_STORE, message);
	assert_fails(access_put_user(scene->access, "thief", OTHER, ACCESS_ENGINEER, true,
				     &error),
		     error, SIXPIN_ERROR_STORE, message);
	g_assert_null(access_list_users(scene->access, NULL));
}

static void assert_shut_with(struct scene *scene, const char *content, gssize n_bytes,
			     const char *reason)
{
	scene_close(scene);
	write_file(scene, content, n_bytes);
	scene_open(scene);
	assert_shut(scene, reason);
}

static void test_not_a_database(struct scene *scene, gconstpointer data)
{
	g_autofree char *rubbish = g_strnfill(8192, '\xa5');

	secret_free(scene_claim(scene));
	assert_shut_with(scene, rubbish, 8192, "it does not begin as a database does");
}

static void test_empty(struct scene *scene, gconstpointer data)
{
	secret_free(scene_claim(scene));
	assert_shut_with(scene, "", 0, "it is empty");
}

static void run_sql(struct scene *scene, const char *sql)
{
	sqlite3 *db;

	g_assert_cmpint(sqlite3_open(scene->path, &db), ==, SQLITE_OK);
	g_assert_cmpint(sqlite3_exec(db, sql, NULL, NULL, NULL), ==, SQLITE_OK);
	sqlite3_close(db);
}

static void assert_shut_after(struct scene *scene, const char *sql, const char *reason)
{
	secret_free(scene_claim(scene));
	scene_close(scene);
	run_sql(scene, sql);
	scene_open(scene);
	assert_shut(scene, reason);
}

static void test_another_database(struct scene *scene, gconstpointer data)
{
	assert_shut_after(scene, "PRAGMA application_id = 7",
			  "it holds no users of a station");
}

static void test_table_that_is_missing(struct scene *scene, gconstpointer data)
{
	assert_shut_after(scene, "DROP TABLE session", "no such table: session");
}

static void test_users_without_an_engineer(struct scene *scene, gconstpointer data)
{
	assert_shut_after(scene, "UPDATE user SET role = 'operator'",
			  "its tables contradict each other");
}

static void test_role_that_is_none(struct scene *scene, gconstpointer data)
{
	assert_shut_after(scene,
			  "PRAGMA ignore_check_constraints = ON;"
			  "UPDATE user SET role = 'king'",
			  "CHECK constraint failed in user");
}

static void test_a_newer_version(struct scene *scene, gconstpointer data)
{
	g_autofree char *message = g_strconcat(
		scene->path,
		": version 2, which a newer Sixpin made, expected 1; install that again",
		NULL);
	GError *error = NULL;

	secret_free(scene_claim(scene));
	scene_close(scene);
	run_sql(scene, "PRAGMA user_version = 2");
	scene_open(scene);
	assert_fails(access_check(scene->access, &error), error, SIXPIN_ERROR_STORE,
		     message);
	g_assert_true(access_is_claimed(scene->access));
}

/* Every byte of a page: the door opens for whom it did, or for nobody. */
static void test_damage_anywhere(struct scene *scene, gconstpointer data)
{
	char *token = scene_claim(scene);
	g_autofree char *whole = NULL;
	gsize n_bytes;
	unsigned n_shut = 0;

	scene_close(scene);
	g_assert_true(g_file_get_contents(scene->path, &whole, &n_bytes, NULL));
	for (gsize at = 0; at < n_bytes; at += 256) {
		g_autofree char *damaged = g_memdup2(whole, n_bytes);
		struct access_session session = { 0 };
		g_autoptr(GError) error = NULL;
		char *won = NULL;

		memset(damaged + at, 0xa5, 256);
		write_file(scene, damaged, (gssize)n_bytes);
		scene_open(scene);
		n_shut += !access_check(scene->access, NULL);
		g_assert_true(access_is_claimed(scene->access));
		g_assert_false(access_claim(scene->access, "thief", OTHER, "", &session,
					    &won, &error));
		if (access_find_session(scene->access, token, &session, NULL)) {
			g_assert_cmpstr(session.user, ==, ENGINEER);
			access_session_clear(&session);
		}
		scene_close(scene);
	}
	g_assert_cmpuint(n_shut, >, 0);
	write_file(scene, whole, (gssize)n_bytes);
	scene_open(scene);
	assert_is_on(scene, token);
	secret_free(token);
}

static void test_moved_away(struct scene *scene, gconstpointer data)
{
	char *token = scene_claim(scene);

	scene_close(scene);
	g_assert_cmpint(g_unlink(scene->path), ==, 0);
	scene_open(scene);
	g_assert_false(access_is_claimed(scene->access));
	assert_is_over(scene, token);
	secret_free(token);
	secret_free(scene_claim(scene));
}

/* What is left of a database that was moved away is not the next one's. */
static void test_wal_that_was_left(struct scene *scene, gconstpointer data)
{
	g_autofree char *wal = g_strconcat(scene->path, "-wal", NULL);
	g_autofree char *kept = NULL;
	gsize n_bytes;
	char *token = scene_claim(scene);
	char *other = scene_login(scene, ENGINEER, PASSWORD);

	g_assert_true(g_file_get_contents(wal, &kept, &n_bytes, NULL));
	g_assert_cmpuint(n_bytes, >, 0);
	scene_close(scene);
	g_assert_cmpint(g_unlink(scene->path), ==, 0);
	g_assert_true(g_file_set_contents(wal, kept, (gssize)n_bytes, NULL));
	scene_open(scene);
	g_assert_false(access_is_claimed(scene->access));
	assert_is_over(scene, other);
	secret_free(token);
	secret_free(other);
}

static void test_mended_while_it_runs(struct scene *scene, gconstpointer data)
{
	g_autofree char *whole = NULL;
	gsize n_bytes;
	char *token = scene_claim(scene);

	scene_close(scene);
	g_assert_true(g_file_get_contents(scene->path, &whole, &n_bytes, NULL));
	write_file(scene, "rubbish, and nothing but rubbish, for as long as it takes",
		   -1);
	scene_open(scene);
	g_assert_false(access_check(scene->access, NULL));
	write_file(scene, whole, (gssize)n_bytes);
	assert_is_on(scene, token);
	secret_free(token);
}

static void test_no_folder(struct scene *scene, gconstpointer data)
{
	const struct access_options options = { 60, 60 };
	g_autofree char *folder = g_build_filename(scene->folder, "none", NULL);
	g_autofree char *message = g_strconcat(
		folder,
		": the folder cannot be opened: No such file or directory; make the "
		"folder and its files writable for this user",
		NULL);
	struct access *access = access_open(folder, &options);
	GError *error = NULL;

	assert_fails(access_check(access, &error), error, SIXPIN_ERROR_STORE, message);
	g_assert_true(access_is_claimed(access));
	access_close(access);
}

static const struct {
	const char *path;
	void (*test)(struct scene *scene, gconstpointer data);
} tests[] = {
	{ "private", test_private },
	{ "not-a-database", test_not_a_database },
	{ "empty", test_empty },
	{ "another-database", test_another_database },
	{ "table-that-is-missing", test_table_that_is_missing },
	{ "users-without-an-engineer", test_users_without_an_engineer },
	{ "role-that-is-none", test_role_that_is_none },
	{ "a-newer-version", test_a_newer_version },
	{ "damage-anywhere", test_damage_anywhere },
	{ "moved-away", test_moved_away },
	{ "wal-that-was-left", test_wal_that_was_left },
	{ "mended-while-it-runs", test_mended_while_it_runs },
	{ "no-folder", test_no_folder },
};

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (unsigned i = 0; i < G_N_ELEMENTS(tests); i++) {
		g_autofree char *path = g_strdup_printf("/access-file/%s", tests[i].path);

		g_test_add(path, struct scene, NULL, scene_set_up, tests[i].test,
			   scene_tear_down);
	}
	return g_test_run();
}
