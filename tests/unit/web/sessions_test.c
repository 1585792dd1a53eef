/* SPDX-License-Identifier: MIT */
/* What is remembered of tokens, for how long, and when it is forgotten. */
#include "web/sessions.h"

#include "appliance/base/error.h"
#include "tests/models/fake_station.h"

struct scene {
	struct fake_station *station;
	struct bus *bus;
	struct sessions *sessions;
};

/* sessions.h gives its clock no context. */
static gint64 test_now_us;

static gint64 now_us(void)
{
	return test_now_us;
}

static void set_up(struct scene *scene, gconstpointer unused)
{
	test_now_us = 1000;
	scene->station = fake_station_new();
	scene->bus = bus_new(fake_station_connection(scene->station));
	scene->sessions = sessions_new(scene->bus, now_us);
	fake_station_answers(scene->station, "GetSession", "({'user': <'anna'>},)");
}

static void tear_down(struct scene *scene, gconstpointer unused)
{
	sessions_free(scene->sessions);
	bus_free(scene->bus);
	fake_station_free(scene->station);
}

static void assert_calls(struct scene *scene, const char *expected)
{
	g_autofree char *calls = fake_station_calls(scene->station);

	g_assert_cmpstr(calls, ==, expected);
}

static void assert_known(struct scene *scene, const char *token)
{
	g_autoptr(GError) error = NULL;
	gboolean ok = sessions_check(scene->sessions, token, &error);

	g_assert_no_error(error);
	g_assert_true(ok);
}

static void assert_refused(struct scene *scene, const char *token, enum sixpin_error code,
			   const char *message)
{
	g_autoptr(GError) error = NULL;

	g_assert_false(sessions_check(scene->sessions, token, &error));
	g_assert_error(error, SIXPIN_ERROR, (int)code);
	g_assert_cmpstr(error->message, ==, message);
}

static void test_asks_once(struct scene *scene, gconstpointer unused)
{
	assert_known(scene, "x");
	assert_known(scene, "x");
	assert_calls(scene, "GetSession session='x'\n");
	assert_known(scene, "y");
	assert_calls(scene, "GetSession session='y'\n");
}

static void test_for_some_seconds(struct scene *scene, gconstpointer unused)
{
	assert_known(scene, "x");
	test_now_us += SESSIONS_KNOWN_S * G_USEC_PER_SEC - 1;
	assert_known(scene, "x");
	assert_calls(scene, "GetSession session='x'\n");
	test_now_us += 1;
	assert_known(scene, "x");
	assert_calls(scene, "GetSession session='x'\n");
}

/* From when it was asked: how long the answer took does not make it newer. */
static void let_time_pass(void *unused)
{
	test_now_us += (SESSIONS_KNOWN_S - 1) * G_USEC_PER_SEC;
}

static void test_since_it_was_asked(struct scene *scene, gconstpointer unused)
{
	fake_station_watches(scene->station, "GetSession", let_time_pass, NULL);
	assert_known(scene, "x");
	assert_calls(scene, "GetSession session='x'\n");
	test_now_us += G_USEC_PER_SEC;
	assert_known(scene, "x");
	assert_calls(scene, "GetSession session='x'\n");
}

static void test_forgets(struct scene *scene, gconstpointer unused)
{
	assert_known(scene, "x");
	sessions_forget(scene->sessions);
	fake_station_refuses(scene->station, "GetSession", "DENIED", "it has ended");
	assert_refused(scene, "x", SIXPIN_ERROR_DENIED, "it has ended");
}

static void forget(void *sessions)
{
	sessions_forget(sessions);
}

/* The answer was made before sessions changed, and comes after that was told. */
static void test_answer_that_was_overtaken(struct scene *scene, gconstpointer unused)
{
	fake_station_watches(scene->station, "GetSession", forget, scene->sessions);
	assert_known(scene, "x");
	fake_station_refuses(scene->station, "GetSession", "DENIED", "it has ended");
	assert_refused(scene, "x", SIXPIN_ERROR_DENIED, "it has ended");
}

static void test_remembers_no_refusal(struct scene *scene, gconstpointer unused)
{
	fake_station_refuses(scene->station, "GetSession", "DENIED", "no such session");
	assert_refused(scene, "x", SIXPIN_ERROR_DENIED, "no such session");
	fake_station_answers(scene->station, "GetSession", "({'user': <'anna'>},)");
	assert_known(scene, "x");
}

static void test_without_a_daemon(struct scene *scene, gconstpointer unused)
{
	fake_station_leaves(scene->station);
	assert_refused(
		scene, "x", SIXPIN_ERROR_IO,
		"the station's daemon does not answer: it is not running, or ended "
		"in the middle of this; once it runs again, the history tells what "
		"became of a run");
}

static void test_does_not_grow_for_ever(struct scene *scene, gconstpointer unused)
{
	assert_known(scene, "first");
	for (unsigned i = 0; i < 256; i++) {
		g_autofree char *token = g_strdup_printf("t%u", i);

		assert_known(scene, token);
	}
	g_free(fake_station_calls(scene->station));
	assert_known(scene, "t255");
	assert_calls(scene, "");
	assert_known(scene, "first");
	assert_calls(scene, "GetSession session='first'\n");
}

int main(int argc, char **argv)
{
	static const struct {
		const char *path;
		void (*func)(struct scene *scene, gconstpointer unused);
	} tests[] = {
		{ "/sessions/asks-once", test_asks_once },
		{ "/sessions/for-some-seconds", test_for_some_seconds },
		{ "/sessions/since-it-was-asked", test_since_it_was_asked },
		{ "/sessions/forgets", test_forgets },
		{ "/sessions/answer-that-was-overtaken", test_answer_that_was_overtaken },
		{ "/sessions/remembers-no-refusal", test_remembers_no_refusal },
		{ "/sessions/without-a-daemon", test_without_a_daemon },
		{ "/sessions/does-not-grow-for-ever", test_does_not_grow_for_ever },
	};

	g_test_init(&argc, &argv, NULL);
	for (unsigned i = 0; i < G_N_ELEMENTS(tests); i++)
		g_test_add(tests[i].path, struct scene, NULL, set_up, tests[i].func,
			   tear_down);
	return g_test_run();
}
