/* SPDX-License-Identifier: MIT */
/* When a session is over, whatever the clocks say. */
#include "tests/unit/station/access_scene.h"

#define YEAR_S (365 * 86400ll)

static void test_ends_when_it_is_not_used(struct scene *scene, gconstpointer data)
{
	char *token = scene_claim(scene);

	scene_pass_s(scene, IDLE_S - 1);
	assert_is_on(scene, token);
	scene_pass_s(scene, IDLE_S - 1);
	assert_is_on(scene, token);
	scene_pass_s(scene, IDLE_S + 1);
	assert_is_over(scene, token);
	secret_free(token);
}

static void test_ends_though_it_is_used(struct scene *scene, gconstpointer data)
{
	char *token = scene_claim(scene);

	for (unsigned s = 0; s + 600 < LENGTH_S; s += 600) {
		scene_pass_s(scene, 600);
		assert_is_on(scene, token);
	}
	scene_pass_s(scene, 601);
	assert_is_over(scene, token);
	secret_free(token);
}

/* Each step back of a year would make it a year longer. */
static void test_clock_set_back(struct scene *scene, gconstpointer data)
{
	char *token = scene_claim(scene);

	scene->wall_s -= YEAR_S;
	scene_pass_s(scene, IDLE_S / 2);
	assert_is_on(scene, token);
	scene->wall_s -= YEAR_S;
	scene_pass_s(scene, IDLE_S + 1);
	assert_is_over(scene, token);
	secret_free(token);
}

static void test_clock_set_back_over_a_reboot(struct scene *scene, gconstpointer data)
{
	char *token = scene_claim(scene);

	scene_reboot(scene, -YEAR_S, "second");
	assert_is_on(scene, token);
	scene_pass_s(scene, IDLE_S + 1);
	assert_is_over(scene, token);
	secret_free(token);
}

/* Who was in has to log in again; who does is in. */
static void test_clock_set_forward(struct scene *scene, gconstpointer data)
{
	char *token = scene_claim(scene);
	char *fresh;

	scene->wall_s += 50 * YEAR_S;
	assert_is_over(scene, token);
	fresh = scene_login(scene, ENGINEER, PASSWORD);
	assert_is_on(scene, fresh);
	scene->wall_s -= 50 * YEAR_S;
	scene_pass_s(scene, IDLE_S - 1);
	assert_is_on(scene, fresh);
	scene_reboot(scene, 10, "second");
	assert_is_on(scene, fresh);
	scene_pass_s(scene, IDLE_S + 1);
	assert_is_over(scene, fresh);
	secret_free(token);
	secret_free(fresh);
}

/* The Pi's clock is a bit late after each start, until the network tells the time. */
static void test_clock_that_is_told_the_time(struct scene *scene, gconstpointer data)
{
	char *token = scene_claim(scene);

	scene_reboot(scene, 0, "second");
	assert_is_on(scene, token);
	scene->wall_s += 30;
	assert_is_on(scene, token);
	scene->wall_s += IDLE_S;
	assert_is_over(scene, token);
	secret_free(token);
}

static void test_off_for_long(struct scene *scene, gconstpointer data)
{
	char *token = scene_claim(scene);

	scene_reboot(scene, IDLE_S / 2, "second");
	assert_is_on(scene, token);
	scene_reboot(scene, IDLE_S, "third");
	assert_is_over(scene, token);
	secret_free(token);
}

/* Only what it was up for can be counted, and that is. */
static void test_no_clock_at_all(struct scene *scene, gconstpointer data)
{
	char *token;

	scene->wall_s = 0;
	token = scene_claim(scene);
	for (unsigned i = 0; i < 4; i++) {
		g_autofree char *boot = g_strdup_printf("boot %u", i);

		scene_pass_s(scene, IDLE_S / 5);
		scene_reboot(scene, 0, boot);
	}
	scene_pass_s(scene, IDLE_S / 5);
	assert_is_over(scene, token);
	secret_free(token);
}

static void test_boot_that_is_not_known(struct scene *scene, gconstpointer data)
{
	char *token;

	scene_close(scene);
	scene->boot = "";
	scene->wall_s = 0;
	scene_open(scene);
	token = scene_claim(scene);
	scene_close(scene);
	scene_pass_s(scene, IDLE_S - 1);
	scene_open(scene);
	assert_is_on(scene, token);
	scene_reboot(scene, 0, "");
	scene_pass_s(scene, IDLE_S + 1);
	assert_is_over(scene, token);
	secret_free(token);
}

/* Looking often counts no more than looking seldom. */
static void test_time_does_not_creep(struct scene *scene, gconstpointer data)
{
	char *token = scene_claim(scene);
	struct access_session session;
	g_autoptr(GError) error = NULL;

	for (unsigned i = 0; i < 20000; i++) {
		scene->clock.now_ns += 300000000u;
		scene->wall_s = NOW_S + (int64_t)(i * 3 / 10) + i % 2;
		assert_is_on(scene, token);
	}
	/* 6000 s are over: length leaves 80400 s, idle 3600 s. */
	scene_pass_s(scene, 0);
	for (unsigned i = 0; i < 26; i++) {
		scene_pass_s(scene, 3000);
		assert_is_on(scene, token);
	}
	g_assert_true(access_find_session(scene->access, token, &session, &error));
	g_assert_cmpuint(session.seconds_left, >=, 2395);
	g_assert_cmpuint(session.seconds_left, <=, 2400);
	access_session_clear(&session);
	secret_free(token);
}

static void test_use_outlives_a_restart(struct scene *scene, gconstpointer data)
{
	char *token = scene_claim(scene);

	scene_pass_s(scene, IDLE_S - 10);
	assert_is_on(scene, token);
	g_assert_true(access_is_due(scene->access));
	scene_close(scene);
	scene_pass_s(scene, IDLE_S - 10);
	scene_open(scene);
	assert_is_on(scene, token);
	secret_free(token);
}

static void test_use_is_kept_once_a_minute(struct scene *scene, gconstpointer data)
{
	char *token = scene_claim(scene);
	g_autoptr(GError) error = NULL;

	assert_is_on(scene, token);
	g_assert_false(access_is_due(scene->access));
	scene_pass_s(scene, 60);
	assert_is_on(scene, token);
	g_assert_true(access_is_due(scene->access));
	g_assert_true(access_keep(scene->access, &error));
	g_assert_false(access_is_due(scene->access));
	scene_pass_s(scene, 61);
	g_assert_false(access_is_due(scene->access));
	secret_free(token);
}

static void test_tokens_that_are_none(struct scene *scene, gconstpointer data)
{
	char *token = scene_claim(scene);
	g_autofree char *longer = g_strconcat(token, "A", NULL);
	g_autofree char *shorter = g_strndup(token, strlen(token) - 1);
	g_autofree char *other = g_strdup(token);
	g_autofree char *id = g_strndup(token, SECRET_ID_LETTERS);

	other[40] = other[40] == 'A' ? 'B' : 'A';
	assert_is_over(scene, "");
	assert_is_over(scene, longer);
	assert_is_over(scene, shorter);
	assert_is_over(scene, other);
	assert_is_over(scene, id);
	assert_is_on(scene, token);
	secret_free(token);
}

static void test_logout(struct scene *scene, gconstpointer data)
{
	char *token = scene_claim(scene);
	char *other = scene_login(scene, ENGINEER, PASSWORD);
	GError *error = NULL;

	g_assert_true(access_logout(scene->access, token, &error));
	assert_is_over(scene, token);
	assert_is_on(scene, other);
	assert_fails(access_logout(scene->access, token, &error), error,
		     SIXPIN_ERROR_DENIED, "the session is over: log in again");
	secret_free(token);
	secret_free(other);
}

static void test_end_by_id(struct scene *scene, gconstpointer data)
{
	char *token = scene_claim(scene);
	g_autofree char *id = g_strndup(token, SECRET_ID_LETTERS);
	GError *error = NULL;

	assert_fails(access_end_session(scene->access, token, &error), error,
		     SIXPIN_ERROR_USAGE,
		     "no session has this id; the list has those that are on");
	g_assert_true(access_end_session(scene->access, id, &error));
	assert_is_over(scene, token);
	secret_free(token);
}

static void assert_facts(GVariant *found, const char *expected)
{
	g_autoptr(GVariant) facts =
		g_variant_parse(G_VARIANT_TYPE_VARDICT, expected, NULL, NULL, NULL);
	GVariantIter iter;
	const char *name;
	GVariant *value;

	g_assert_cmpuint(g_variant_n_children(found), ==, g_variant_n_children(facts));
	g_variant_iter_init(&iter, facts);
	while (g_variant_iter_loop(&iter, "{&sv}", &name, &value)) {
		g_autoptr(GVariant) has = g_variant_lookup_value(found, name, NULL);

		g_assert_nonnull(has);
		g_assert_cmpvariant(has, value);
	}
}

static void test_list(struct scene *scene, gconstpointer data)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GVariant) sessions = NULL;
	g_autoptr(GVariant) first = NULL;
	char *token = scene_claim(scene);
	g_autofree char *expected = g_strdup_printf(
		"{'id': <'%.16s'>, 'user': <'chief'>, 'role': <'engineer'>, "
		"'peer': <'192.0.2.1'>, 'created': <int64 1800000000>, "
		"'seen': <int64 1800000090>, 'seconds_left': <uint64 3600>}",
		token);

	scene_pass_s(scene, 90);
	assert_is_on(scene, token);
	sessions = access_list_sessions(scene->access, &error);
	g_assert_no_error(error);
	g_assert_cmpuint(g_variant_n_children(sessions), ==, 1);
	first = g_variant_get_child_value(sessions, 0);
	assert_facts(first, expected);
	secret_free(token);
}

/* One who always logs in anew does not fill the card. */
static void test_the_oldest_goes(struct scene *scene, gconstpointer data)
{
	char *chief = scene_claim(scene);
	char *tokens[ACCESS_MAX_SESSIONS + 1];
	g_autoptr(GVariant) all = NULL;

	scene_put(scene, "anna", OTHER, ACCESS_OPERATOR, false);
	for (unsigned i = 0; i < G_N_ELEMENTS(tokens); i++) {
		tokens[i] = scene_login(scene, "anna", OTHER);
		scene_pass_s(scene, 1);
		if (i == ACCESS_MAX_SESSIONS - 1)
			assert_is_on(scene, tokens[0]);
	}
	/* The first was used since: the second goes. */
	assert_is_on(scene, tokens[0]);
	assert_is_over(scene, tokens[1]);
	assert_is_on(scene, tokens[ACCESS_MAX_SESSIONS]);
	all = access_list_sessions(scene->access, NULL);
	g_assert_cmpuint(g_variant_n_children(all), ==, ACCESS_MAX_SESSIONS + 1);
	for (unsigned i = 0; i < G_N_ELEMENTS(tokens); i++)
		secret_free(tokens[i]);
	secret_free(chief);
}

static const struct {
	const char *path;
	void (*test)(struct scene *scene, gconstpointer data);
} tests[] = {
	{ "ends-when-it-is-not-used", test_ends_when_it_is_not_used },
	{ "ends-though-it-is-used", test_ends_though_it_is_used },
	{ "clock-set-back", test_clock_set_back },
	{ "clock-set-back-over-a-reboot", test_clock_set_back_over_a_reboot },
	{ "clock-set-forward", test_clock_set_forward },
	{ "clock-that-is-told-the-time", test_clock_that_is_told_the_time },
	{ "off-for-long", test_off_for_long },
	{ "no-clock-at-all", test_no_clock_at_all },
	{ "boot-that-is-not-known", test_boot_that_is_not_known },
	{ "time-does-not-creep", test_time_does_not_creep },
	{ "use-outlives-a-restart", test_use_outlives_a_restart },
	{ "use-is-kept-once-a-minute", test_use_is_kept_once_a_minute },
	{ "tokens-that-are-none", test_tokens_that_are_none },
	{ "logout", test_logout },
	{ "end-by-id", test_end_by_id },
	{ "list", test_list },
	{ "the-oldest-goes", test_the_oldest_goes },
};

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (unsigned i = 0; i < G_N_ELEMENTS(tests); i++) {
		g_autofree char *path =
			g_strdup_printf("/access-sessions/%s", tests[i].path);

		g_test_add(path, struct scene, NULL, scene_set_up, tests[i].test,
			   scene_tear_down);
	}
	return g_test_run();
}
