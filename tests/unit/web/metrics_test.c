/* SPDX-License-Identifier: MIT */
/* Prometheus' text format: what a scrape gets, and that no name of a job can break it. */
#include "tests/models/web_scene.h"

#include <string.h>

#include "appliance/base/station_bus.h"

static void assert_metrics(struct web_scene *scene, const char *totals,
			   const char *expected)
{
	g_autofree char *text = NULL;

	fake_station_answers(scene->station, "Totals", totals);
	g_assert_cmpuint(web_scene_ask(scene, "GET /metrics"), ==, 200);
	text = web_scene_text(scene);
	g_assert_cmpstr(text, ==, expected);
	g_assert_cmpstr(scene->answer.type, ==,
			"text/plain; version=0.0.4; charset=utf-8");
}

#define HEAD                                                           \
	"# HELP sixpin_info Versions; always 1.\n"                     \
	"# TYPE sixpin_info gauge\n"                                   \
	"sixpin_info{daemon=\"1.2.3\",web=\"" SIXPIN_VERSION "\"} 1\n" \
	"# HELP sixpin_busy 1 while something drives the wires.\n"     \
	"# TYPE sixpin_busy gauge\n"
#define NOTICES                                                \
	"# HELP sixpin_notices What the operator must know.\n" \
	"# TYPE sixpin_notices gauge\n"                        \
	"sixpin_notices 1\n"
#define RUNS                                                                   \
	"# HELP sixpin_runs_total Runs and commands by kind, job and state.\n" \
	"# TYPE sixpin_runs_total counter\n"
#define SECONDS                                                                 \
	"# HELP sixpin_run_seconds_total How long they took, by kind, job and " \
	"state.\n"                                                              \
	"# TYPE sixpin_run_seconds_total counter\n"

static void test_metrics(struct web_scene *scene, gconstpointer unused)
{
	assert_metrics(
		scene,
		"([{'kind': <'job'>, 'job': <'blink'>, 'state': <'passed'>, 'runs': "
		"<uint64 3>, 'seconds': <4.25>}, {'kind': <'probe'>, 'job': <''>, "
		"'state': <'failed'>, 'runs': <uint64 1>, 'seconds': <0.0>}],)",
		HEAD "sixpin_busy 0\n" NOTICES RUNS
		     "sixpin_runs_total{kind=\"job\",job=\"blink\",state=\"passed\"} 3\n"
		     "sixpin_runs_total{kind=\"probe\",job=\"\",state=\"failed\"} "
		     "1\n" SECONDS
		     "sixpin_run_seconds_total{kind=\"job\",job=\"blink\",state="
		     "\"passed\"} 4.25\n"
		     "sixpin_run_seconds_total{kind=\"probe\",job=\"\",state="
		     "\"failed\"} 0\n");
	web_scene_assert_calls(scene, "Totals session='a.token'\n");
}

static void test_busy(struct web_scene *scene, gconstpointer unused)
{
	fake_station_signals(
		scene->station, "org.freedesktop.DBus.Properties", "PropertiesChanged",
		"('" STATION_INTERFACE "', {'State': <'cancelling'>}, @as [])");
	fake_station_settle(scene->station);
	assert_metrics(scene, "(@aa{sv} [],)",
		       HEAD "sixpin_busy 1\n" NOTICES RUNS SECONDS);
}

static void test_escapes(struct web_scene *scene, gconstpointer unused)
{
	g_autofree char *text = NULL;

	fake_station_answers(scene->station, "Totals",
			     "([{'job': <'a\\\\b\"c\\nd ä'>, 'runs': <uint64 1>}],)");
	web_scene_ask(scene, "GET /metrics");
	text = web_scene_text(scene);
	g_assert_nonnull(strstr(text, "\nsixpin_runs_total{kind=\"\",job=\"a\\\\b\\\"c"
				      "\\nd ä\",state=\"\"} 1\n"));
}

/* Prometheus reads points, whatever the station's language. */
static void test_numbers(struct web_scene *scene, gconstpointer unused)
{
	g_autofree char *text = NULL;

	fake_station_answers(scene->station, "Totals",
			     "([{'runs': <uint64 18446744073709551615>, 'seconds': "
			     "<123456789.125>}],)");
	web_scene_ask(scene, "GET /metrics");
	text = web_scene_text(scene);
	g_assert_nonnull(strstr(text, "} 18446744073709551615\n"));
	g_assert_nonnull(strstr(text, "} 123456789.125\n"));
}

static void test_totals_that_fail(struct web_scene *scene, gconstpointer unused)
{
	fake_station_refuses(scene->station, "Totals", "STORE", "damaged");
	web_scene_ask(scene, "GET /metrics");
	web_scene_assert_error(scene, 507, "STORE", "damaged");
}

int main(int argc, char **argv)
{
	static const struct {
		const char *path;
		void (*func)(struct web_scene *scene, gconstpointer unused);
	} tests[] = {
		{ "/metrics/metrics", test_metrics },
		{ "/metrics/busy", test_busy },
		{ "/metrics/escapes", test_escapes },
		{ "/metrics/numbers", test_numbers },
		{ "/metrics/totals-that-fail", test_totals_that_fail },
	};

	g_test_init(&argc, &argv, NULL);
	for (unsigned i = 0; i < G_N_ELEMENTS(tests); i++)
		g_test_add(tests[i].path, struct web_scene, NULL, web_scene_open,
			   tests[i].func, web_scene_close);
	return g_test_run();
}
