/* SPDX-License-Identifier: MIT */
/* One's own password: who may change it, what of sessions is left, and no way round the
 * delay of logins. */
#include "tests/unit/station/access_scene.h"

#define NEW "ganz anderes passwort"

struct own {
	struct scene scene; /* first */
	char *first, *second;
	struct access_session session; /* the first */
};

static void set_up(struct own *own, gconstpointer data)
{
	memset(own, 0, sizeof(*own));
	scene_set_up(&own->scene, data);
	secret_free(scene_claim(&own->scene));
	scene_put(&own->scene, "anna", OTHER, ACCESS_OPERATOR, false);
	own->first = scene_login(&own->scene, "anna", OTHER);
	own->second = scene_login(&own->scene, "anna", OTHER);
	g_assert_true(
		access_find_session(own->scene.access, own->first, &own->session, NULL));
}

static void tear_down(struct own *own, gconstpointer data)
{
	access_session_clear(&own->session);
	secret_free(own->first);
	secret_free(own->second);
	scene_tear_down(&own->scene, data);
}

static gboolean set(struct own *own, const char *old, const char *password,
		    GError **error)
{
	return access_set_password(own->scene.access, &own->session, old, password,
				   error);
}

static void test_it_is_another_one(struct own *own, gconstpointer data)
{
	g_autoptr(GError) error = NULL;
	unsigned changes = access_changes(own->scene.access);

	(void)data;
	set(own, OTHER, NEW, &error);
	g_assert_no_error(error);
	g_assert_cmpuint(access_changes(own->scene.access), ==, changes + 1);
	assert_is_on(&own->scene, own->first);
	assert_is_over(&own->scene, own->second);
	assert_fails(scene_try_login(&own->scene, "anna", OTHER, &error), error,
		     SIXPIN_ERROR_DENIED, "the name or the password is not right");
	scene_pass_s(&own->scene, 1);
	secret_free(scene_login(&own->scene, "anna", NEW));
}

static void test_others_keep_theirs(struct own *own, gconstpointer data)
{
	char *chief = scene_login(&own->scene, ENGINEER, PASSWORD);

	(void)data;
	g_assert_true(set(own, OTHER, NEW, NULL));
	assert_is_on(&own->scene, chief);
	secret_free(chief);
	secret_free(scene_login(&own->scene, ENGINEER, PASSWORD));
}

static void test_wrong_old_ones_wait(struct own *own, gconstpointer data)
{
	g_autoptr(GError) error = NULL;

	(void)data;
	assert_fails(set(own, PASSWORD, NEW, &error), error, SIXPIN_ERROR_DENIED,
		     "the old password is not right");
	assert_fails(set(own, OTHER, NEW, &error), error, SIXPIN_ERROR_DENIED,
		     "too many logins have failed: wait 1 s, then try again");
	assert_fails(scene_try_login(&own->scene, "anna", OTHER, &error), error,
		     SIXPIN_ERROR_DENIED,
		     "too many logins have failed: wait 1 s, then try again");
	scene_pass_s(&own->scene, 1);
	assert_fails(set(own, PASSWORD, NEW, &error), error, SIXPIN_ERROR_DENIED,
		     "the old password is not right");
	scene_pass_s(&own->scene, 1);
	assert_fails(set(own, OTHER, NEW, &error), error, SIXPIN_ERROR_DENIED,
		     "too many logins have failed: wait 1 s, then try again");
	scene_pass_s(&own->scene, 1);
	g_assert_true(set(own, OTHER, NEW, NULL));
}

static void test_new_ones_that_are_refused(struct own *own, gconstpointer data)
{
	g_autoptr(GError) error = NULL;

	(void)data;
	g_assert_false(set(own, OTHER, "short", &error));
	g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE);
	assert_is_on(&own->scene, own->second);
	secret_free(scene_login(&own->scene, "anna", OTHER));
}

/* While the old password was looked at, somebody was quicker. */
static void test_a_session_that_has_ended(struct own *own, gconstpointer data)
{
	g_autoptr(GError) error = NULL;

	(void)data;
	g_assert_true(access_logout(own->scene.access, own->first, NULL));
	assert_fails(set(own, OTHER, NEW, &error), error, SIXPIN_ERROR_DENIED,
		     "the session is over: log in again");
	assert_is_on(&own->scene, own->second);
	secret_free(scene_login(&own->scene, "anna", OTHER));
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
#define ADD(path, function)                                                      \
	g_test_add("/access/password/" path, struct own, NULL, set_up, function, \
		   tear_down)
	ADD("it-is-another-one", test_it_is_another_one);
	ADD("others-keep-theirs", test_others_keep_theirs);
	ADD("wrong-old-ones-wait", test_wrong_old_ones_wait);
	ADD("new-ones-that-are-refused", test_new_ones_that_are_refused);
	ADD("a-session-that-has-ended", test_a_session_that_has_ended);
	return g_test_run();
}
