/* SPDX-License-Identifier: MIT */
/* What makes others ask anew for sessions that they remember, and what does not. */
#include "tests/unit/station/access_scene.h"

struct changing {
	struct scene scene; /* first */
	char *chief, *anna;
	unsigned changes;
};

static void set_up(struct changing *changing, gconstpointer data)
{
	scene_set_up(&changing->scene, data);
	changing->chief = scene_claim(&changing->scene);
	scene_put(&changing->scene, "anna", OTHER, ACCESS_OPERATOR, false);
	changing->anna = scene_login(&changing->scene, "anna", OTHER);
	changing->changes = access_changes(changing->scene.access);
}

static void tear_down(struct changing *changing, gconstpointer data)
{
	secret_free(changing->chief);
	secret_free(changing->anna);
	scene_tear_down(&changing->scene, data);
}

static void assert_changed(struct changing *changing)
{
	unsigned changes = access_changes(changing->scene.access);

	g_assert_cmpuint(changes, ==, changing->changes + 1);
	changing->changes = changes;
}

static void assert_unchanged(const struct changing *changing)
{
	g_assert_cmpuint(access_changes(changing->scene.access), ==, changing->changes);
}

static void test_logout(struct changing *changing, gconstpointer data)
{
	(void)data;
	g_assert_true(access_logout(changing->scene.access, changing->anna, NULL));
	assert_changed(changing);
	g_assert_false(access_logout(changing->scene.access, changing->anna, NULL));
	assert_unchanged(changing);
}

static void test_users_that_are_changed(struct changing *changing, gconstpointer data)
{
	struct access *access = changing->scene.access;

	(void)data;
	g_assert_true(access_put_user(access, "anna", NULL, ACCESS_ENGINEER, true, NULL));
	assert_changed(changing);
	g_assert_true(access_remove_user(access, "anna", NULL));
	assert_changed(changing);
}

/* What is refused is not done. */
static void test_users_that_stay(struct changing *changing, gconstpointer data)
{
	struct access *access = changing->scene.access;

	(void)data;
	g_assert_false(access_remove_user(access, ENGINEER, NULL));
	g_assert_false(
		access_put_user(access, ENGINEER, NULL, ACCESS_OPERATOR, true, NULL));
	g_assert_false(access_end_session(access, "0123456789abcdef", NULL));
	assert_unchanged(changing);
}

static void test_coming_in_changes_nothing(struct changing *changing, gconstpointer data)
{
	(void)data;
	scene_put(&changing->scene, "otto", OTHER, ACCESS_OPERATOR, false);
	secret_free(scene_login(&changing->scene, "otto", OTHER));
	assert_is_on(&changing->scene, changing->anna);
	g_assert_true(access_keep(changing->scene.access, NULL));
	assert_unchanged(changing);
}

static void test_a_login_that_pushes_another_out(struct changing *changing,
						 gconstpointer data)
{
	(void)data;
	scene_pass_s(&changing->scene, 1);
	for (unsigned i = 1; i < ACCESS_MAX_SESSIONS; i++)
		secret_free(scene_login(&changing->scene, "anna", OTHER));
	assert_unchanged(changing);
	secret_free(scene_login(&changing->scene, "anna", OTHER));
	assert_changed(changing);
	assert_is_over(&changing->scene, changing->anna);
}

/* Whoever comes too late has it noticed: once. */
static void test_a_session_that_ran_out(struct changing *changing, gconstpointer data)
{
	struct access *access = changing->scene.access;

	(void)data;
	g_assert_true(access_keep(access, NULL));
	g_assert_false(access_is_due(access));
	scene_pass_s(&changing->scene, IDLE_S);
	assert_is_over(&changing->scene, changing->anna);
	assert_unchanged(changing);
	g_assert_true(access_is_due(access));
	g_assert_true(access_keep(access, NULL));
	assert_changed(changing);
	assert_is_over(&changing->scene, changing->anna);
	g_assert_false(access_is_due(access));
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
#define ADD(path, function)                                                          \
	g_test_add("/access/changes/" path, struct changing, NULL, set_up, function, \
		   tear_down)
	ADD("logout", test_logout);
	ADD("users-that-are-changed", test_users_that_are_changed);
	ADD("users-that-stay", test_users_that_stay);
	ADD("coming-in-changes-nothing", test_coming_in_changes_nothing);
	ADD("a-login-that-pushes-another-out", test_a_login_that_pushes_another_out);
	ADD("a-session-that-ran-out", test_a_session_that_ran_out);
	return g_test_run();
}
