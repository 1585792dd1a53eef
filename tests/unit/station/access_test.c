/* SPDX-License-Identifier: MIT */
/* Claiming, logging in, and who there is. */
#include "tests/unit/station/access_scene.h"

#define CLAIMED                                                             \
	"this station was claimed already: log in, or have an engineer of " \
	"it add you"
#define WRONG "the name or the password is not right"
#define WAIT  "too many logins have failed: wait %u s, then try again"

static void test_new_station_has_no_users(struct scene *scene, gconstpointer data)
{
	GError *error = NULL;
	char *token;

	g_assert_false(access_is_claimed(scene->access));
	token = scene_try_login(scene, ENGINEER, PASSWORD, &error);
	assert_fails(token != NULL, error, SIXPIN_ERROR_DENIED,
		     "this station has no users yet: open pairing at the box, then claim "
		     "it");
}

static void test_claim_makes_an_engineer(struct scene *scene, gconstpointer data)
{
	g_autoptr(GError) error = NULL;
	struct access_session session;
	char *token;

	g_assert_true(access_claim(scene->access, ENGINEER, PASSWORD, "192.0.2.1",
				   &session, &token, &error));
	g_assert_cmpstr(session.user, ==, ENGINEER);
	g_assert_cmpstr(session.peer, ==, "192.0.2.1");
	g_assert_cmpint(session.role, ==, ACCESS_ENGINEER);
	g_assert_cmpuint(session.seconds_left, ==, IDLE_S);
	g_assert_true(access_is_claimed(scene->access));
	assert_is_on(scene, token);
	secret_free(token);
	access_session_clear(&session);
}

static void test_claimed_once(struct scene *scene, gconstpointer data)
{
	char *token = scene_claim(scene);
	struct access_session session;
	GError *error = NULL;
	char *second = NULL;

	assert_fails(access_claim(scene->access, "thief", PASSWORD, "", &session, &second,
				  &error),
		     error, SIXPIN_ERROR_DENIED, CLAIMED);
	g_assert_null(second);
	assert_is_on(scene, token);
	secret_free(token);
}

struct racer {
	struct access *access;
	const char *name;
	int *ready;
	gboolean won;
	GError *error;
};

static gpointer race(gpointer data)
{
	struct racer *racer = data;
	struct access_session session;
	char *token;

	g_atomic_int_dec_and_test(racer->ready);
	while (g_atomic_int_get(racer->ready) > 0)
		g_thread_yield();
	racer->won = access_claim(racer->access, racer->name, PASSWORD, "", &session,
				  &token, &racer->error);
	if (racer->won) {
		access_session_clear(&session);
		secret_free(token);
	}
	return NULL;
}

/* As of several processes: each has the database open by itself, and sees no users. */
static void test_claim_race(struct scene *scene, gconstpointer data)
{
	static const char *const names[] = { "anna", "bert", "carl", "dora" };
	struct racer racers[G_N_ELEMENTS(names)];
	GThread *threads[G_N_ELEMENTS(names)];
	int ready = G_N_ELEMENTS(names);
	unsigned n_won = 0;

	for (unsigned i = 0; i < G_N_ELEMENTS(names); i++) {
		racers[i] = (struct racer){ scene_open_another(scene), names[i], &ready };
		g_assert_true(access_check(racers[i].access, NULL));
	}
	for (unsigned i = 0; i < G_N_ELEMENTS(names); i++)
		threads[i] = g_thread_new(names[i], race, &racers[i]);
	for (unsigned i = 0; i < G_N_ELEMENTS(names); i++) {
		g_thread_join(threads[i]);
		n_won += racers[i].won;
		if (!racers[i].won)
			assert_fails(FALSE, racers[i].error, SIXPIN_ERROR_DENIED,
				     CLAIMED);
		access_close(racers[i].access);
	}
	g_assert_cmpuint(n_won, ==, 1);
}

/* Nobody can tell which of them it was. */
static void test_wrong_name_and_wrong_password(struct scene *scene, gconstpointer data)
{
	static const char *const pairs[][2] = {
		{ ENGINEER, "not the password" },
		{ "nobody", "not the password" },
		{ "nobody2", PASSWORD },
		{ "No User At All!", PASSWORD },
		{ "nobody3", "" },
	};
	char *token = scene_claim(scene);

	for (unsigned i = 0; i < G_N_ELEMENTS(pairs); i++) {
		GError *error = NULL;

		assert_fails(scene_try_login(scene, pairs[i][0], pairs[i][1], &error) !=
				     NULL,
			     error, SIXPIN_ERROR_DENIED, WRONG);
	}
	secret_free(token);
}

static void test_password_longer_than_any(struct scene *scene, gconstpointer data)
{
	g_autofree char *password = g_strnfill(100000, 'x');
	char *token = scene_claim(scene);
	GError *error = NULL;

	assert_fails(scene_try_login(scene, ENGINEER, password, &error) != NULL, error,
		     SIXPIN_ERROR_DENIED, WRONG);
	secret_free(token);
}

static void assert_waits(struct scene *scene, const char *name, unsigned s)
{
	g_autofree char *message = g_strdup_printf(WAIT, s);
	GError *error = NULL;

	assert_fails(scene_try_login(scene, name, PASSWORD, &error) != NULL, error,
		     SIXPIN_ERROR_DENIED, message);
}

static void fail_login(struct scene *scene, const char *name)
{
	GError *error = NULL;

	assert_fails(scene_try_login(scene, name, "not the password", &error) != NULL,
		     error, SIXPIN_ERROR_DENIED, WRONG);
}

static void test_failed_login_delays_the_next(struct scene *scene, gconstpointer data)
{
	char *token = scene_claim(scene);
	char *again;

	fail_login(scene, ENGINEER);
	assert_waits(scene, ENGINEER, 1);
	scene_pass_s(scene, 1);
	fail_login(scene, ENGINEER);
	assert_waits(scene, ENGINEER, 2);
	assert_is_on(scene, token);
	scene_pass_s(scene, 2);
	again = scene_login(scene, ENGINEER, PASSWORD);
	assert_is_on(scene, again);
	fail_login(scene, ENGINEER);
	assert_waits(scene, ENGINEER, 1);
	secret_free(token);
	secret_free(again);
}

/* The right password while it waits is not hashed: it would be right in no time. */
static void test_waiting_hashes_nothing(struct scene *scene, gconstpointer data)
{
	char *token = scene_claim(scene);
	gint64 began_us, hashed_us, refused_us;

	began_us = g_get_monotonic_time();
	fail_login(scene, ENGINEER);
	hashed_us = g_get_monotonic_time() - began_us;
	began_us = g_get_monotonic_time();
	for (unsigned i = 0; i < 20; i++)
		assert_waits(scene, ENGINEER, 1);
	refused_us = g_get_monotonic_time() - began_us;
	g_assert_cmpint(refused_us, <, 10 * hashed_us);
	secret_free(token);
}

static void test_operator(struct scene *scene, gconstpointer data)
{
	g_autoptr(GError) error = NULL;
	char *token = scene_claim(scene);
	struct access_session session;
	char *own;

	scene_put(scene, "anna", OTHER, ACCESS_OPERATOR, false);
	own = scene_login(scene, "anna", OTHER);
	g_assert_true(access_find_session(scene->access, own, &session, &error));
	g_assert_cmpint(session.role, ==, ACCESS_OPERATOR);
	g_assert_cmpstr(session.user, ==, "anna");
	access_session_clear(&session);
	secret_free(own);
	secret_free(token);
}

static void assert_put_fails(struct scene *scene, const char *name, const char *password,
			     enum access_role role, bool replace, const char *message)
{
	GError *error = NULL;

	assert_fails(
		access_put_user(scene->access, name, password, role, replace, &error),
		error, SIXPIN_ERROR_USAGE, message);
}

static void test_what_cannot_be_put(struct scene *scene, gconstpointer data)
{
	char *token;

	assert_put_fails(scene, "anna", OTHER, ACCESS_OPERATOR, false,
			 "the first user of a station has to be an engineer");
	token = scene_claim(scene);
	assert_put_fails(scene, ENGINEER, OTHER, ACCESS_ENGINEER, false,
			 "there is a user chief already: choose another name, or change "
			 "that one's password or role");
	assert_put_fails(scene, "anna", OTHER, ACCESS_NOBODY, false,
			 "user anna: a new user needs a password and a role (operator or "
			 "engineer)");
	assert_put_fails(scene, "anna", OTHER, ACCESS_NOBODY, true,
			 "there is no user anna");
	assert_put_fails(scene, ENGINEER, NULL, ACCESS_NOBODY, true,
			 "user chief: expected another password, another role, or both");
	assert_put_fails(scene, ENGINEER, NULL, ACCESS_OPERATOR, true,
			 "chief is the last engineer of this station: make another one "
			 "first");
	assert_put_fails(scene, "Anna", OTHER, ACCESS_OPERATOR, false,
			 "\"Anna\" is no name for a user; expected 1 to 32 of a-z, 0-9 "
			 "and . _ -");
	assert_put_fails(scene, "anna", "anna", ACCESS_OPERATOR, false,
			 "the password is too short; expected at least 10 letters");
	assert_is_on(scene, token);
	secret_free(token);
}

static void assert_remove_fails(struct scene *scene, const char *name,
				const char *message)
{
	GError *error = NULL;

	assert_fails(access_remove_user(scene->access, name, &error), error,
		     SIXPIN_ERROR_USAGE, message);
}

static void test_the_last_engineer_stays(struct scene *scene, gconstpointer data)
{
	g_autoptr(GError) error = NULL;
	char *token = scene_claim(scene);

	assert_remove_fails(scene, ENGINEER,
			    "chief is the last engineer of this station: make another "
			    "one first");
	assert_remove_fails(scene, "anna", "there is no user anna");
	assert_is_on(scene, token);
	scene_put(scene, "anna", OTHER, ACCESS_ENGINEER, false);
	g_assert_true(access_remove_user(scene->access, ENGINEER, &error));
	assert_is_over(scene, token);
	assert_remove_fails(scene, "anna",
			    "anna is the last engineer of this station: make another "
			    "one first");
	secret_free(token);
}

static void test_changes_end_sessions(struct scene *scene, gconstpointer data)
{
	char *chief = scene_claim(scene);
	char *anna;

	scene_put(scene, "anna", OTHER, ACCESS_OPERATOR, false);
	anna = scene_login(scene, "anna", OTHER);
	scene_put(scene, "anna", NULL, ACCESS_ENGINEER, true);
	assert_is_over(scene, anna);
	secret_free(anna);
	anna = scene_login(scene, "anna", OTHER);
	scene_put(scene, "anna", PASSWORD, ACCESS_NOBODY, true);
	assert_is_over(scene, anna);
	secret_free(anna);
	fail_login(scene, "anna");
	assert_is_on(scene, chief);
	secret_free(chief);
}

static void test_list_of_users(struct scene *scene, gconstpointer data)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GVariant) users = NULL;
	g_autofree char *text = NULL;
	char *token = scene_claim(scene);

	scene_put(scene, "anna", OTHER, ACCESS_OPERATOR, false);
	users = access_list_users(scene->access, &error);
	g_assert_no_error(error);
	g_assert_cmpuint(g_variant_n_children(users), ==, 2);
	text = g_variant_print(users, FALSE);
	g_assert_nonnull(strstr(text, "'user': <'anna'>"));
	g_assert_nonnull(strstr(text, "'role': <'operator'>"));
	g_assert_nonnull(strstr(text, "'role': <'engineer'>"));
	g_assert_null(strstr(text, "argon2"));
	secret_free(token);
}

static void assert_has_not(const char *path, const char *word)
{
	g_autofree char *content = NULL;
	gsize n_bytes;

	g_assert_true(g_file_get_contents(path, &content, &n_bytes, NULL));
	g_assert_null(memmem(content, n_bytes, word, strlen(word)));
}

/* Neither while it is open, with its WAL, nor after. */
static void assert_folder_has_not(struct scene *scene, const char *word)
{
	g_autoptr(GDir) folder = g_dir_open(scene->folder, 0, NULL);
	const char *name;
	unsigned n_files = 0;

	while ((name = g_dir_read_name(folder))) {
		g_autofree char *path = g_build_filename(scene->folder, name, NULL);

		assert_has_not(path, word);
		n_files++;
	}
	g_assert_cmpuint(n_files, >, 0);
}

static void test_nothing_is_in_the_clear(struct scene *scene, gconstpointer data)
{
	char *chief = scene_claim(scene);
	char *anna;

	scene_put(scene, "anna", OTHER, ACCESS_OPERATOR, false);
	anna = scene_login(scene, "anna", OTHER);
	fail_login(scene, "anna");
	for (unsigned i = 0; i < 2; i++) {
		assert_folder_has_not(scene, PASSWORD);
		assert_folder_has_not(scene, OTHER);
		assert_folder_has_not(scene, g_strrstr(chief, ".") + 1);
		assert_folder_has_not(scene, g_strrstr(anna, ".") + 1);
		scene_close(scene);
	}
	scene_open(scene);
	assert_is_on(scene, chief);
	secret_free(chief);
	secret_free(anna);
}

/* The hash of a password that is no more is in no file either. */
static void test_removed_is_gone(struct scene *scene, gconstpointer data)
{
	g_autoptr(GError) error = NULL;
	char *token = scene_claim(scene);

	scene_put(scene, "anna-with-a-name", OTHER, ACCESS_OPERATOR, false);
	g_assert_true(access_remove_user(scene->access, "anna-with-a-name", &error));
	assert_folder_has_not(scene, "anna-with-a-name");
	secret_free(token);
}

static void test_peer_of_one_line(struct scene *scene, gconstpointer data)
{
	char *token = scene_claim(scene);
	struct access_session session;
	GError *error = NULL;
	char *other;

	assert_fails(access_login(scene->access, ENGINEER, PASSWORD, "a\nb", &session,
				  &other, &error),
		     error, SIXPIN_ERROR_USAGE,
		     "peer: expected at most 100 bytes of UTF-8 on one line");
	secret_free(token);
}

static const struct {
	const char *path;
	void (*test)(struct scene *scene, gconstpointer data);
} tests[] = {
	{ "new-station-has-no-users", test_new_station_has_no_users },
	{ "claim-makes-an-engineer", test_claim_makes_an_engineer },
	{ "claimed-once", test_claimed_once },
	{ "claim-race", test_claim_race },
	{ "wrong-name-and-wrong-password", test_wrong_name_and_wrong_password },
	{ "password-longer-than-any", test_password_longer_than_any },
	{ "failed-login-delays-the-next", test_failed_login_delays_the_next },
	{ "waiting-hashes-nothing", test_waiting_hashes_nothing },
	{ "operator", test_operator },
	{ "what-cannot-be-put", test_what_cannot_be_put },
	{ "the-last-engineer-stays", test_the_last_engineer_stays },
	{ "changes-end-sessions", test_changes_end_sessions },
	{ "list-of-users", test_list_of_users },
	{ "nothing-is-in-the-clear", test_nothing_is_in_the_clear },
	{ "removed-is-gone", test_removed_is_gone },
	{ "peer-of-one-line", test_peer_of_one_line },
};

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (unsigned i = 0; i < G_N_ELEMENTS(tests); i++) {
		g_autofree char *path = g_strdup_printf("/access/%s", tests[i].path);

		g_test_add(path, struct scene, NULL, scene_set_up, tests[i].test,
			   scene_tear_down);
	}
	return g_test_run();
}
