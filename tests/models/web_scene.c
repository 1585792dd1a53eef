/* SPDX-License-Identifier: MIT */
#include "tests/models/web_scene.h"

#include <json-glib/json-glib.h>
#include <string.h>
#include <unistd.h>

#include "appliance/base/error.h"

static gssize read_body(void *user, char *bytes, gsize n)
{
	struct web_scene *scene = user;
	gsize n_now = MIN(n, scene->n_body - scene->n_read);

	if (n_now)
		memcpy(bytes, scene->body + scene->n_read, n_now);
	scene->n_read += n_now;
	return (gssize)n_now;
}

static void begin_request(struct web_scene *scene)
{
	scene->request = (struct http_request){
		.query = "",
		.host = "bench",
		.authorization = "Bearer a.token",
		.mark = "1",
		.peer = "192.168.1.7",
		.read = read_body,
		.user = scene,
	};
	scene->body = NULL;
	scene->n_body = scene->n_read = 0;
}

/* What is known of a session stays known, on the slowest machine. */
static gint64 no_time(void)
{
	return 0;
}

static void on_sessions_changed(void *user)
{
	struct web_scene *scene = user;

	sessions_forget(scene->web.sessions);
}

void web_scene_open(struct web_scene *scene, gconstpointer unused)
{
	GDBusConnection *connection;

	scene->station = fake_station_new();
	scene->answer = (struct http_answer)HTTP_ANSWER_INIT;
	fake_station_answers(scene->station, "GetAll", WEB_SCENE_PROPERTIES);
	fake_station_answers(scene->station, "GetSession",
			     "({'user': <'anna'>, 'role': <'engineer'>},)");
	connection = fake_station_connection(scene->station);
	scene->web.bus = bus_new(connection);
	scene->web.sessions = sessions_new(scene->web.bus, no_time);
	scene->web.mirror = mirror_new(connection, on_sessions_changed, scene);
	g_mutex_init(&scene->web.uploading);
	begin_request(scene);
	fake_station_settle(scene->station);
	g_assert_true(mirror_is_ready(scene->web.mirror));
	web_scene_ask(scene, "GET /api/station");
	g_free(fake_station_calls(scene->station));
}

void web_scene_close(struct web_scene *scene, gconstpointer unused)
{
	http_answer_clear(&scene->answer);
	mirror_free(scene->web.mirror);
	sessions_free(scene->web.sessions);
	bus_free(scene->web.bus);
	g_mutex_clear(&scene->web.uploading);
	fake_station_free(scene->station);
}

void web_scene_carry(struct web_scene *scene, const char *type, const char *body)
{
	scene->request.content_type = type;
	scene->body = body;
	scene->n_body = strlen(body);
	scene->request.body_bytes = scene->n_body;
}

unsigned web_scene_ask(struct web_scene *scene, const char *line)
{
	g_auto(GStrv) words = g_strsplit(line, " ", 2);
	char *mark = strchr(words[1], '?');

	http_answer_clear(&scene->answer);
	scene->request.method = words[0];
	if (mark) {
		*mark = 0;
		scene->request.query = mark + 1;
	}
	scene->request.path = words[1];
	api_answer(&scene->web, &scene->request, &scene->answer);
	begin_request(scene);
	return scene->answer.status;
}

static char *read_file(int fd)
{
	GString *text = g_string_new(NULL);
	char bytes[1024];
	gssize n;

	while ((n = read(fd, bytes, sizeof(bytes))) > 0)
		g_string_append_len(text, bytes, n);
	return g_string_free(text, FALSE);
}

char *web_scene_text(struct web_scene *scene)
{
	gsize n;
	const char *bytes;

	if (!scene->answer.body)
		return scene->answer.fd < 0 ? g_strdup("") : read_file(scene->answer.fd);
	bytes = g_bytes_get_data(scene->answer.body, &n);
	return g_strndup(bytes, n);
}

void web_scene_assert_error(struct web_scene *scene, unsigned status, const char *code,
			    const char *message)
{
	g_autofree char *text = web_scene_text(scene);
	g_autoptr(JsonNode) root = json_from_string(text, NULL);
	JsonObject *object;

	g_test_message("%u %s", scene->answer.status, text);
	g_assert_cmpuint(scene->answer.status, ==, status);
	g_assert_nonnull(root);
	object = json_node_get_object(root);
	g_assert_cmpstr(json_object_get_string_member(object, "message"), ==, message);
	g_assert_cmpstr(json_object_get_string_member(object, "code"), ==, code);
	g_assert_cmpstr(json_object_get_string_member(object, "advice"), ==,
			error_kind(error_code_find(code))->advice);
	g_assert_cmpuint(json_object_get_size(object), ==, 3);
	g_assert_cmpstr(scene->answer.type, ==, HTTP_JSON);
}

void web_scene_assert_calls(struct web_scene *scene, const char *expected)
{
	g_autofree char *calls = fake_station_calls(scene->station);

	g_assert_cmpstr(calls, ==, expected);
}
