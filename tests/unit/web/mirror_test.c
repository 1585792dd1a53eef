/* SPDX-License-Identifier: MIT */
/* Signals and properties of the station as JSON and numbered events. */
#include "web/mirror.h"

#include <json-glib/json-glib.h>
#include <string.h>

#include "appliance/base/station_bus.h"
#include "tests/models/sorted_json.h"
#include "tests/models/web_scene.h"

#define MAX_EVENTS 512 /* web/mirror.c */

struct scene {
	struct fake_station *station;
	struct mirror *mirror;
	unsigned n_changed_sessions;
};

static void on_sessions_changed(void *user)
{
	((struct scene *)user)->n_changed_sessions++;
}

static void set_up(struct scene *scene, gconstpointer unused)
{
	scene->station = fake_station_new();
	fake_station_answers(scene->station, "GetAll", WEB_SCENE_PROPERTIES);
	scene->mirror = mirror_new(fake_station_connection(scene->station),
				   on_sessions_changed, scene);
	fake_station_settle(scene->station);
	scene->n_changed_sessions = 0;
}

static void tear_down(struct scene *scene, gconstpointer unused)
{
	mirror_free(scene->mirror);
	fake_station_free(scene->station);
}

static void signals(struct scene *scene, const char *signal, const char *parameters)
{
	fake_station_signals(scene->station, STATION_INTERFACE, signal, parameters);
	fake_station_settle(scene->station);
}

static void changes(struct scene *scene, const char *properties)
{
	g_autofree char *parameters = g_strdup_printf(
		"('" STATION_INTERFACE "', @a{sv} %s, @as [])", properties);

	fake_station_signals(scene->station, "org.freedesktop.DBus.Properties",
			     "PropertiesChanged", parameters);
	fake_station_settle(scene->station);
}

static char *text_of(GBytes *bytes)
{
	gsize n;
	const char *data = g_bytes_get_data(bytes, &n);
	char *text = g_strndup(data, n);

	g_bytes_unref(bytes);
	return text;
}

static char *station_of(struct scene *scene)
{
	g_autofree char *etag = NULL;

	return text_of(mirror_station(scene->mirror, &etag));
}

static JsonObject *object_of(char *text)
{
	g_autofree char *taken = text;
	g_autoptr(JsonNode) root = json_from_string(taken, NULL);

	g_assert_nonnull(root);
	return json_node_dup_object(root);
}

static JsonObject *events_of(struct scene *scene, const char *after)
{
	g_autofree char *etag = NULL;

	return object_of(text_of(mirror_events(scene->mirror, after, &etag)));
}

/* One member of the station's JSON, as text. */
static void assert_member(struct scene *scene, const char *member, const char *expected)
{
	g_autoptr(JsonObject) station = object_of(station_of(scene));
	JsonNode *node = json_object_get_member(station, member);
	g_autofree char *text = sorted_json_of_node(node);

	g_assert_cmpstr(text, ==, expected);
}

static char *next_of(struct scene *scene)
{
	g_autoptr(JsonObject) object = events_of(scene, NULL);

	return g_strdup(json_object_get_string_member(object, "next"));
}

/* "NUMBER:kind" for each event after this one; the numbers count from it. */
static void assert_events(struct scene *scene, const char *after, bool missed,
			  const char *expected)
{
	g_autoptr(JsonObject) object = events_of(scene, after);
	JsonArray *events = json_object_get_array_member(object, "events");
	gint64 first = g_ascii_strtoll(strchr(after, '-') + 1, NULL, 10);
	g_autoptr(GString) text = g_string_new(NULL);

	for (guint i = 0; i < json_array_get_length(events); i++) {
		JsonObject *event = json_array_get_object_element(events, i);

		g_string_append_printf(text, "%s%" G_GINT64_FORMAT ":%s", i ? " " : "",
				       json_object_get_int_member(event, "event") - first,
				       json_object_get_string_member(event, "kind"));
	}
	g_assert_cmpstr(text->str, ==, expected);
	g_assert_true(json_object_get_boolean_member(object, "missed") == missed);
}

static void assert_station(struct scene *scene, const char *expected)
{
	g_autofree char *text = station_of(scene);
	g_autofree char *sorted = sorted_json(text);

	g_assert_cmpstr(sorted, ==, expected);
}

static void test_station(struct scene *scene, gconstpointer unused)
{
	assert_station(
		scene,
		"{\"claimed\":true,\"last\":null,\"lights\":{\"busy\":false,\"buzzer\":"
		"false,\"fail\":false,\"pass\":true},\"name\":\"bench\",\"notices\":"
		"[\"one notice\"],\"pairing\":false,\"panel\":\"idle\",\"ready\":true,"
		"\"run\":0,\"running\":null,\"selected_job\":\"blink\",\"sites\":[{"
		"\"part\":\"\",\"percent\":0,\"site\":0,\"state\":\"idle\",\"step\":"
		"\"\"}],\"state\":\"idle\",\"version\":\"1.2.3\"}");
	g_assert_true(mirror_is_ready(scene->mirror));
}

static void test_properties(struct scene *scene, gconstpointer unused)
{
	g_autoptr(GVariant) name = NULL;

	changes(scene, "{'Name': <'new'>, 'Run': <uint64 18446744073709551>}");
	name = mirror_property(scene->mirror, "Name");
	g_assert_cmpstr(g_variant_get_string(name, NULL), ==, "new");
	g_assert_null(mirror_property(scene->mirror, "Nothing"));
	assert_member(scene, "name", "\"new\"");
	assert_member(scene, "run", "18446744073709551");
	assert_member(scene, "state", "\"idle\"");
}

static void test_text_of_others(struct scene *scene, gconstpointer unused)
{
	changes(scene, "{'Name': <'</script>\"\\\\ \\u00e4'>}");
	assert_member(scene, "name", "\"</script>\\\"\\\\ ä\"");
}

static void test_panel(struct scene *scene, gconstpointer unused)
{
	g_autofree char *next = next_of(scene);

	signals(scene, "PanelChanged", "('fail', (false, false, true, true))");
	assert_member(scene, "panel", "\"fail\"");
	assert_member(scene, "lights",
		      "{\"busy\":false,\"buzzer\":true,\"fail\":true,\"pass\":false}");
	assert_events(scene, next, false, "1:panel");
}

static void test_run(struct scene *scene, gconstpointer unused)
{
	g_autofree char *next = next_of(scene);

	signals(scene, "RunStarted", "(uint64 7, {'kind': <'job'>, 'job': <'blink'>})");
	assert_member(scene, "running", "{\"job\":\"blink\",\"kind\":\"job\"}");
	assert_member(scene, "last", "null");
	signals(scene, "Progress",
		"(uint64 7, {'site': <uint32 0>, 'step': <'write'>, 'percent': <uint32 "
		"40>})");
	assert_member(
		scene, "sites",
		"[{\"part\":\"\",\"percent\":40,\"site\":0,\"state\":\"idle\",\"step\":\"write\"}]");
	signals(scene, "RunFinished", "(uint64 7, {'state': <'passed'>})");
	assert_member(scene, "running", "null");
	assert_member(scene, "last", "{\"run\":7,\"state\":\"passed\"}");
	assert_member(
		scene, "sites",
		"[{\"part\":\"\",\"percent\":0,\"site\":0,\"state\":\"idle\",\"step\":\"\"}]");
	assert_events(scene, next, false, "1:started 2:progress 3:finished");
}

/* The member says which run, the facts' own kind gives way. */
static void test_event(struct scene *scene, gconstpointer unused)
{
	g_autofree char *next = next_of(scene);
	g_autofree char *etag = NULL;
	g_autofree char *text = NULL;

	signals(scene, "RunStarted", "(uint64 7, {'kind': <'job'>})");
	text = text_of(mirror_events(scene->mirror, next, &etag));
	g_assert_nonnull(strstr(text, "\"events\":[{\"kind\":\"started\",\"event\":"));
	g_assert_nonnull(strstr(text, ",\"run\":7}],\"station\":{\"ready\":true,"));
}

static void test_sites_that_are_none(struct scene *scene, gconstpointer unused)
{
	signals(scene, "Progress", "(uint64 7, {'site': <uint32 4>})");
	signals(scene, "Progress", "(uint64 7, {'site': <uint32 4294967295>})");
	signals(scene, "Progress", "(uint64 7, {'site': <'zero'>, 'percent': <5>})");
	assert_member(
		scene, "sites",
		"[{\"part\":\"\",\"percent\":5,\"site\":\"zero\",\"state\":\"idle\",\"step\":\"\"}]");
}

/* Sites and notices are not announced: they are asked for. */
static void test_asks_anew(struct scene *scene, gconstpointer unused)
{
	fake_station_answers(scene->station, "GetAll", "({'Notices': <@as []>},)");
	signals(scene, "RunStarted", "(uint64 7, @a{sv} {})");
	assert_member(scene, "notices", "[]");
	assert_member(scene, "name", "\"bench\"");
}

static void test_signal_that_is_not_known(struct scene *scene, gconstpointer unused)
{
	g_autofree char *next = next_of(scene);

	signals(scene, "Said", "(uint32 1, 'out', 'a line')");
	assert_events(scene, next, false, "");
}

static void test_sessions(struct scene *scene, gconstpointer unused)
{
	g_autofree char *next = next_of(scene);

	signals(scene, "SessionsChanged", "()");
	g_assert_cmpuint(scene->n_changed_sessions, ==, 1);
	assert_events(scene, next, false, "");
}

static void test_nothing_new_is_no_event(struct scene *scene, gconstpointer unused)
{
	g_autofree char *next = next_of(scene);

	changes(scene, "{'State': <'idle'>}");
	assert_events(scene, next, false, "");
	changes(scene, "{'State': <'running'>}");
	assert_events(scene, next, false, "1:station");
}

static void test_without_after(struct scene *scene, gconstpointer unused)
{
	g_autoptr(JsonObject) object = NULL;

	signals(scene, "PanelChanged", "('pass', (false, true, false, false))");
	object = events_of(scene, NULL);
	g_assert_cmpuint(
		json_array_get_length(json_object_get_array_member(object, "events")), ==,
		0);
	g_assert_false(json_object_get_boolean_member(object, "missed"));
	g_assert_cmpstr(
		json_object_get_string_member(
			json_object_get_object_member(object, "station"), "panel"),
		==, "pass");
}

/* What a browser asks again with is where its answer ended. */
static void test_goes_on(struct scene *scene, gconstpointer unused)
{
	g_autofree char *first = next_of(scene);
	g_autofree char *second = NULL;

	signals(scene, "PanelChanged", "('pass', (false, true, false, false))");
	second = next_of(scene);
	signals(scene, "PanelChanged", "('idle', (false, false, false, false))");
	assert_events(scene, first, false, "1:panel 2:panel");
	assert_events(scene, second, false, "1:panel");
}

static void test_ring(struct scene *scene, gconstpointer unused)
{
	g_autofree char *next = next_of(scene);
	g_autoptr(JsonObject) whole = NULL;
	g_autoptr(JsonObject) cut = NULL;
	JsonArray *events;

	for (unsigned i = 0; i < MAX_EVENTS; i++)
		fake_station_signals(scene->station, STATION_INTERFACE, "Progress",
				     "(uint64 7, @a{sv} {})");
	fake_station_settle(scene->station);
	whole = events_of(scene, next);
	g_assert_false(json_object_get_boolean_member(whole, "missed"));
	g_assert_cmpuint(
		json_array_get_length(json_object_get_array_member(whole, "events")), ==,
		MAX_EVENTS);
	signals(scene, "Progress", "(uint64 8, @a{sv} {})");
	cut = events_of(scene, next);
	events = json_object_get_array_member(cut, "events");
	g_assert_true(json_object_get_boolean_member(cut, "missed"));
	g_assert_cmpuint(json_array_get_length(events), ==, MAX_EVENTS);
	g_assert_cmpint(
		json_object_get_int_member(
			json_array_get_object_element(events, MAX_EVENTS - 1), "run"),
		==, 8);
}

static void test_numbers_of_another_process(struct scene *scene, gconstpointer unused)
{
	struct scene other = { 0 };
	g_autofree char *next = NULL;
	g_autofree char *foreign = NULL;

	set_up(&other, NULL);
	next = next_of(scene);
	foreign = next_of(&other);
	/* One in 2^32: two processes that took the same number. */
	if (strcmp(next, foreign) != 0) {
		g_autoptr(JsonObject) object = events_of(scene, foreign);

		g_assert_true(json_object_get_boolean_member(object, "missed"));
		g_assert_cmpstr(json_object_get_string_member(object, "next"), ==, next);
	}
	tear_down(&other, NULL);
}

static void test_numbers_that_are_none(struct scene *scene, gconstpointer unused)
{
	g_autofree char *next = next_of(scene);
	g_autofree char *process = g_strndup(next, 8);
	static const char *const numbers[] = { "-",	  "-x",	  "-1x",
					       "-999999", "",	  "1",
					       "-1 ",	  "-0x0", "-18446744073709551616",
					       "--1" };
	static const char *const wholes[] = { "", "x", "-", "-1", "zzzzzzzz-0", "0" };

	for (unsigned i = 0; i < G_N_ELEMENTS(numbers); i++) {
		g_autofree char *after = g_strconcat(process, numbers[i], NULL);
		g_autoptr(JsonObject) object = events_of(scene, after);

		g_test_message("%s", after);
		g_assert_true(json_object_get_boolean_member(object, "missed"));
	}
	for (unsigned i = 0; i < G_N_ELEMENTS(wholes); i++) {
		g_autoptr(JsonObject) object = events_of(scene, wholes[i]);

		g_test_message("%s", wholes[i]);
		g_assert_true(json_object_get_boolean_member(object, "missed"));
	}
}

static char *etag_of_station(struct scene *scene)
{
	char *etag;

	g_bytes_unref(mirror_station(scene->mirror, &etag));
	return etag;
}

static char *etag_of_events(struct scene *scene, const char *after)
{
	char *etag;

	g_bytes_unref(mirror_events(scene->mirror, after, &etag));
	return etag;
}

static void test_etag_of_the_station(struct scene *scene, gconstpointer unused)
{
	g_autofree char *first = etag_of_station(scene);
	g_autofree char *same = etag_of_station(scene);
	g_autofree char *other = NULL;

	g_assert_cmpstr(first, ==, same);
	g_assert_true(first[0] == '"' && first[strlen(first) - 1] == '"');
	signals(scene, "PanelChanged", "('pass', (false, true, false, false))");
	other = etag_of_station(scene);
	g_assert_cmpstr(first, !=, other);
}

static void test_etag_of_events(struct scene *scene, gconstpointer unused)
{
	g_autofree char *next = next_of(scene);
	g_autofree char *first = etag_of_events(scene, next);
	g_autofree char *same = etag_of_events(scene, next);
	g_autofree char *station = etag_of_station(scene);
	g_autofree char *later = NULL;
	g_autofree char *next_later = NULL;
	g_autofree char *without = NULL;

	g_assert_cmpstr(first, ==, same);
	g_assert_cmpstr(first, !=, station);
	signals(scene, "PanelChanged", "('pass', (false, true, false, false))");
	later = etag_of_events(scene, next);
	next_later = next_of(scene);
	without = etag_of_events(scene, next_later);
	g_assert_cmpstr(later, !=, first);
	g_assert_cmpstr(later, !=, without);
}

static void test_daemon_that_goes(struct scene *scene, gconstpointer unused)
{
	g_autofree char *next = next_of(scene);

	signals(scene, "RunStarted", "(uint64 7, {'kind': <'job'>})");
	fake_station_leaves(scene->station);
	fake_station_settle(scene->station);
	assert_station(scene,
		       "{\"claimed\":null,\"last\":null,\"lights\":{},\"name\":null,"
		       "\"notices\":null,\"pairing\":null,\"panel\":null,\"ready\":false,"
		       "\"run\":null,\"running\":null,\"selected_job\":null,\"sites\":[],"
		       "\"state\":null,\"version\":null}");
	g_assert_false(mirror_is_ready(scene->mirror));
	g_assert_null(mirror_property(scene->mirror, "Name"));
	g_assert_cmpuint(scene->n_changed_sessions, ==, 1);
	assert_events(scene, next, false, "1:started 2:station");
}

static void test_daemon_that_comes_again(struct scene *scene, gconstpointer unused)
{
	g_autofree char *next = next_of(scene);

	fake_station_leaves(scene->station);
	fake_station_settle(scene->station);
	fake_station_answers(scene->station, "GetAll", "({'Name': <'again'>},)");
	fake_station_comes(scene->station);
	fake_station_settle(scene->station);
	g_assert_true(mirror_is_ready(scene->mirror));
	assert_member(scene, "name", "\"again\"");
	assert_events(scene, next, false, "1:station 2:station");
}

/* Before all is known, what is announced is not all. */
static void test_news_before_all_is_known(struct scene *scene, gconstpointer unused)
{
	fake_station_leaves(scene->station);
	fake_station_settle(scene->station);
	signals(scene, "PanelChanged", "('pass', (false, true, false, false))");
	changes(scene, "{'State': <'running'>}");
	g_assert_false(mirror_is_ready(scene->mirror));
	assert_member(scene, "panel", "null");
	assert_member(scene, "state", "null");
}

static void test_daemon_that_does_not_answer(struct scene *scene, gconstpointer unused)
{
	fake_station_leaves(scene->station);
	fake_station_refuses(scene->station, "GetAll",
			     "org.freedesktop.DBus.Error.AccessDenied", "no");
	fake_station_comes(scene->station);
	fake_station_settle(scene->station);
	g_assert_false(mirror_is_ready(scene->mirror));
}

int main(int argc, char **argv)
{
	static const struct {
		const char *path;
		void (*func)(struct scene *scene, gconstpointer unused);
	} tests[] = {
		{ "station", test_station },
		{ "properties", test_properties },
		{ "text-of-others", test_text_of_others },
		{ "panel", test_panel },
		{ "run", test_run },
		{ "event", test_event },
		{ "sites-that-are-none", test_sites_that_are_none },
		{ "asks-anew", test_asks_anew },
		{ "signal-that-is-not-known", test_signal_that_is_not_known },
		{ "sessions", test_sessions },
		{ "nothing-new-is-no-event", test_nothing_new_is_no_event },
		{ "without-after", test_without_after },
		{ "goes-on", test_goes_on },
		{ "ring", test_ring },
		{ "numbers-of-another-process", test_numbers_of_another_process },
		{ "numbers-that-are-none", test_numbers_that_are_none },
		{ "etag-of-the-station", test_etag_of_the_station },
		{ "etag-of-events", test_etag_of_events },
		{ "daemon-that-goes", test_daemon_that_goes },
		{ "daemon-that-comes-again", test_daemon_that_comes_again },
		{ "news-before-all-is-known", test_news_before_all_is_known },
		{ "daemon-that-does-not-answer", test_daemon_that_does_not_answer },
	};

	g_test_init(&argc, &argv, NULL);
	for (unsigned i = 0; i < G_N_ELEMENTS(tests); i++) {
		g_autofree char *path = g_strconcat("/mirror/", tests[i].path, NULL);

		g_test_add(path, struct scene, NULL, set_up, tests[i].func, tear_down);
	}
	return g_test_run();
}
