/* SPDX-License-Identifier: MIT */
/* What handlers do besides asking the station: who comes in, refusals of their own, files
 * made of several answers. */
#include "web/handlers.h"

#include <string.h>

#include "tests/models/sorted_json.h"
#include "tests/models/web_scene.h"

#define S " session='a.token'\n"

/* A command's outcome. */
#define OUTPUT "(@a{sv} {'result': <'{\"a\":1}'>}, [('merged.hex', handle 0)])"

/* ---- Who comes in ---- */

static void test_login(struct web_scene *scene, gconstpointer unused)
{
	g_autofree char *text = NULL;
	g_autofree char *sorted = NULL;

	fake_station_answers(scene->station, "Login",
			     "('new.token', {'user': <'anna'>, 'role': <'operator'>})");
	web_scene_carry(scene, HTTP_JSON, "{\"user\":\"anna\",\"password\":\"p w\"}");
	g_assert_cmpuint(web_scene_ask(scene, "POST /api/session"), ==, 201);
	web_scene_assert_calls(scene, "Login 'anna' 'p w' peer='192.168.1.7'\n");
	text = web_scene_text(scene);
	sorted = sorted_json(text);
	g_assert_cmpstr(sorted, ==, "{\"role\":\"operator\",\"user\":\"anna\"}");
	g_assert_cmpstr(scene->answer.cookie, ==,
			"sixpin=new.token; Path=/; HttpOnly; SameSite=Strict");
}

static void test_claim(struct web_scene *scene, gconstpointer unused)
{
	fake_station_answers(scene->station, "Claim", "('new.token', @a{sv} {})");
	web_scene_carry(scene, HTTP_JSON, "{\"user\":\"anna\",\"password\":\"p\"}");
	scene->request.is_tls = true;
	g_assert_cmpuint(web_scene_ask(scene, "POST /api/claim"), ==, 201);
	web_scene_assert_calls(scene, "Claim 'anna' 'p' peer='192.168.1.7'\n");
	g_assert_cmpstr(
		scene->answer.cookie, ==,
		"__Host-sixpin=new.token; Path=/; HttpOnly; SameSite=Strict; Secure");
}

static void test_token_on_demand(struct web_scene *scene, gconstpointer unused)
{
	g_autofree char *text = NULL;

	fake_station_answers(scene->station, "Login", "('new.token', @a{sv} {})");
	web_scene_carry(scene, HTTP_JSON,
			"{\"user\":\"anna\",\"password\":\"p\",\"token\":true}");
	g_assert_cmpuint(web_scene_ask(scene, "POST /api/session"), ==, 201);
	text = web_scene_text(scene);
	g_assert_cmpstr(text, ==, "{\"token\":\"new.token\"}");
}

static void assert_login_fails(struct web_scene *scene, const char *code, unsigned status)
{
	fake_station_refuses(scene->station, "Login", code, "why");
	web_scene_carry(scene, HTTP_JSON, "{\"user\":\"anna\",\"password\":\"p\"}");
	web_scene_ask(scene, "POST /api/session");
	web_scene_assert_error(scene, status, code, "why");
	g_assert_null(scene->answer.cookie);
}

static void test_login_that_fails(struct web_scene *scene, gconstpointer unused)
{
	assert_login_fails(scene, "DENIED", 401);
	assert_login_fails(scene, "BUSY", 409);
	assert_login_fails(scene, "USAGE", 400);
	assert_login_fails(scene, "STORE", 507);
}

static void test_logout(struct web_scene *scene, gconstpointer unused)
{
	g_assert_cmpuint(web_scene_ask(scene, "DELETE /api/session"), ==, 200);
	web_scene_assert_calls(scene, "Logout" S);
	g_assert_cmpstr(scene->answer.cookie, ==,
			"sixpin=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0");
	fake_station_refuses(scene->station, "GetSession", "DENIED", "it has ended");
	web_scene_ask(scene, "GET /api/station");
	web_scene_assert_error(scene, 401, "DENIED", "it has ended");
}

/* Before the daemon's word for it is heard. */
static void test_changes_of_access(struct web_scene *scene, gconstpointer unused)
{
	static const struct {
		const char *line, *body, *call;
	} changes[] = {
		{ "PUT /api/users/a", "{}", "PutUser 'a' replace=false" S },
		{ "DELETE /api/users/a", NULL, "RemoveUser 'a'" S },
		{ "DELETE /api/sessions/a", NULL, "EndSession 'a'" S },
		{ "PUT /api/session/password", "{\"old\":\"a\",\"new\":\"b\"}",
		  "SetPassword 'a' 'b'" S },
	};

	for (unsigned i = 0; i < G_N_ELEMENTS(changes); i++) {
		if (changes[i].body)
			web_scene_carry(scene, HTTP_JSON, changes[i].body);
		g_assert_cmpuint(web_scene_ask(scene, changes[i].line), ==, 200);
		web_scene_assert_calls(scene, changes[i].call);
		g_assert_cmpuint(web_scene_ask(scene, "GET /api/station"), ==, 200);
		web_scene_assert_calls(scene, "GetSession" S);
	}
}

static void test_logout_that_fails(struct web_scene *scene, gconstpointer unused)
{
	fake_station_refuses(scene->station, "Logout", "STORE", "full");
	web_scene_ask(scene, "DELETE /api/session");
	web_scene_assert_error(scene, 507, "STORE", "full");
	g_assert_null(scene->answer.cookie);
}

/* ---- Refusals of the handlers' own ---- */

static void test_refused_here(struct web_scene *scene, gconstpointer unused)
{
	static const struct {
		const char *line, *body;
		unsigned status;
		const char *message;
	} rows[] = {
		{ "POST /api/target/write", "{\"part\":\"m8\",\"images\":[\"--chip=x\"]}",
		  400, "images: \"--chip=x\" cannot be one" },
		{ "POST /api/target/write", "{\"part\":\"m8\",\"images\":[\"\"]}", 400,
		  "images: \"\" cannot be one" },
		{ "POST /api/merge", "{\"application\":\"-a\",\"bootloader\":\"b\"}", 400,
		  "application: \"-a\" cannot be one" },
		{ "POST /api/merge", "{\"application\":\"a\",\"bootloader\":\"-b\"}", 400,
		  "bootloader: \"-b\" cannot be one" },
		{ "POST /api/merge",
		  "{\"application\":\"a\",\"bootloader\":\"b\",\"fuses\":{\"low\":\"a "
		  "b\"}}",
		  400, "fuses: \"low\": \"a b\" cannot be one" },
		{ "POST /api/target/fuses/set",
		  "{\"part\":\"m8\",\"set\":{\"low\":\"FF,high=00\"}}", 400,
		  "set: \"low\": \"FF,high=00\" cannot be one" },
		{ "POST /api/target/fuses/set",
		  "{\"part\":\"m8\",\"set\":{\"low=00,high\":\"FF\"}}", 400,
		  "set: \"low=00,high\": \"FF\" cannot be one" },
		{ "POST /api/target/fuses/set",
		  "{\"part\":\"m8\",\"set\":{\"low\":\"\"}}", 400,
		  "set: \"low\": \"\" cannot be one" },
		{ "POST /api/target/fuses/set", "{\"part\":\"m8\",\"set\":{}}", 400,
		  "set: \"\" cannot be one" },
		{ "POST /api/target/fuses/set",
		  "{\"part\":\"m8\",\"set\":{\"--chip\":\"x\"}}", 400,
		  "set: \"--chip=x\" cannot be one" },
		{ "POST /api/jobs/import", "{\"line\":\"\"}", 400,
		  "line: \"\" cannot be one" },
		{ "GET /api/parts/--json", NULL, 404, "parts: \"--json\" cannot be one" },
		{ "GET /api/catalogue/-h", NULL, 404, "catalogue: \"-h\" cannot be one" },
		{ "GET /api/runs/x", NULL, 404, "\"x\" is no run: expected a number" },
		{ "GET /api/runs/-1", NULL, 404, "\"-1\" is no run: expected a number" },
		{ "GET /api/runs/9223372036854775808", NULL, 404,
		  "\"9223372036854775808\" is no run: expected a number" },
	};

	for (unsigned i = 0; i < G_N_ELEMENTS(rows); i++) {
		if (rows[i].body)
			web_scene_carry(scene, HTTP_JSON, rows[i].body);
		web_scene_ask(scene, rows[i].line);
		web_scene_assert_error(scene, rows[i].status, "USAGE", rows[i].message);
		web_scene_assert_calls(scene, "");
	}
}

static void test_merge_without_a_name(struct web_scene *scene, gconstpointer unused)
{
	fake_station_hands_over(scene->station, "GetImage", "(handle 0,)", "hex");
	fake_station_hands_over(scene->station, "Command", OUTPUT, "merged");
	web_scene_carry(scene, HTTP_JSON, "{\"application\":\"a\",\"bootloader\":\"b\"}");
	web_scene_ask(scene, "POST /api/merge");
	web_scene_assert_error(scene, 400, "USAGE",
			       "expected the member name, or dry_run");
}

/* An error has neither the file's type nor its name. */
static void test_file_that_did_not_come(struct web_scene *scene, gconstpointer unused)
{
	fake_station_answers(scene->station, "GetImage", "(handle 0,)");
	web_scene_ask(scene, "GET /api/images/a.hex");
	web_scene_assert_error(scene, 502, "IO", "the station handed no file over");
	g_assert_null(scene->answer.file_name);
	fake_station_refuses(scene->station, "ExportRuns", "STORE", "full");
	web_scene_ask(scene, "GET /api/runs/export.csv");
	web_scene_assert_error(scene, 507, "STORE", "full");
	g_assert_null(scene->answer.file_name);
}

/* ---- Files for whoever mends ---- */

static void set_settings(struct web_scene *scene)
{
	fake_station_answers(scene->station, "GetSettings",
			     "({'station_conf': <'[pins]'>},)");
	fake_station_answers(scene->station, "ListJobs", "([{'id': <'j'>}],)");
	fake_station_answers(scene->station, "GetJob", "('[job]', @a{sv} {})");
	fake_station_answers(scene->station, "ListImages", "([{'name': <'a'>}],)");
	fake_station_answers(scene->station, "ListUsers", "([{'user': <'anna'>}],)");
	fake_station_answers(scene->station, "Totals", "(@aa{sv} [],)");
	fake_station_answers(scene->station, "ListRuns", "(@aa{sv} [],)");
}

/* Host, clock and version are the machine's. */
static void assert_file(struct web_scene *scene, const char *line, const char *calls,
			const char *name, const char *rest)
{
	g_autofree char *text = NULL;
	g_autofree char *sorted = NULL;
	g_autoptr(JsonNode) root = NULL;
	JsonObject *settings;

	g_assert_cmpuint(web_scene_ask(scene, line), ==, 200);
	web_scene_assert_calls(scene, calls);
	g_assert_cmpstr(scene->answer.file_name, ==, name);
	text = web_scene_text(scene);
	root = json_from_string(text, NULL);
	settings = json_object_get_object_member(json_node_get_object(root), "settings");
	g_assert_cmpstr(json_object_get_string_member(settings, "host_name"), ==,
			g_get_host_name());
	g_assert_cmpint(json_object_get_int_member(settings, "clock"), >, 1500000000);
	g_assert_cmpstr(json_object_get_string_member(settings, "version"), ==,
			SIXPIN_VERSION);
	g_assert_cmpuint(json_object_get_size(settings), ==, 4);
	json_object_remove_member(json_node_get_object(root), "settings");
	sorted = sorted_json_of_node(root);
	g_assert_cmpstr(sorted, ==, rest);
}

static void test_backup(struct web_scene *scene, gconstpointer unused)
{
	set_settings(scene);
	assert_file(scene, "GET /api/settings/backup",
		    "GetSettings" S "ListJobs" S "GetJob 'j'" S "ListImages" S,
		    "sixpin-backup.json",
		    "{\"images\":[{\"name\":\"a\"}],"
		    "\"jobs\":[{\"job\":\"j\",\"text\":\"[job]\"}]}");
}

static void test_support(struct web_scene *scene, gconstpointer unused)
{
	g_autofree char *etag = NULL;
	g_autoptr(GBytes) bytes = mirror_station(scene->web.mirror, &etag);
	g_autofree char *station =
		g_strndup(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
	g_autofree char *sorted = sorted_json(station);
	g_autofree char *rest = g_strdup_printf(
		"{\"images\":[{\"name\":\"a\"}],\"jobs\":[{\"job\":\"j\",\"text\":"
		"\"[job]\"}],\"runs\":[],\"station\":%s,\"totals\":[],\"users\":[{"
		"\"user\":\"anna\"}]}",
		sorted);

	set_settings(scene);
	assert_file(scene, "GET /api/support",
		    "GetSettings" S "ListJobs" S "GetJob 'j'" S "ListImages" S
		    "ListUsers" S "Totals" S "ListRuns limit=100" S,
		    "sixpin-support.json", rest);
}

static void test_part_of_a_file_that_fails(struct web_scene *scene, gconstpointer unused)
{
	set_settings(scene);
	fake_station_refuses(scene->station, "GetJob", "STORE", "damaged");
	web_scene_ask(scene, "GET /api/settings/backup");
	web_scene_assert_error(scene, 507, "STORE", "damaged");
	g_assert_null(scene->answer.file_name);
}

static void test_health(struct web_scene *scene, gconstpointer unused)
{
	g_autofree char *well = NULL;
	g_autofree char *unwell = NULL;

	scene->request.authorization = NULL;
	g_assert_cmpuint(web_scene_ask(scene, "GET /healthz"), ==, 200);
	well = web_scene_text(scene);
	g_assert_cmpstr(well, ==, "ok\n");
	g_assert_cmpstr(scene->answer.type, ==, "text/plain; charset=utf-8");
	fake_station_leaves(scene->station);
	fake_station_settle(scene->station);
	g_assert_cmpuint(web_scene_ask(scene, "GET /healthz"), ==, 503);
	unwell = web_scene_text(scene);
	g_assert_cmpstr(unwell, ==, "sixpind does not answer\n");
}

static void test_welcome_without_a_station(struct web_scene *scene, gconstpointer unused)
{
	g_autofree char *text = NULL;

	fake_station_leaves(scene->station);
	fake_station_settle(scene->station);
	g_assert_cmpuint(web_scene_ask(scene, "GET /api/welcome"), ==, 200);
	text = web_scene_text(scene);
	g_assert_cmpstr(text, ==, "{\"ready\":false}");
}

int main(int argc, char **argv)
{
	static const struct {
		const char *path;
		void (*func)(struct web_scene *scene, gconstpointer unused);
	} tests[] = {
		{ "/handlers-own/login", test_login },
		{ "/handlers-own/claim", test_claim },
		{ "/handlers-own/token-on-demand", test_token_on_demand },
		{ "/handlers-own/login-that-fails", test_login_that_fails },
		{ "/handlers-own/logout", test_logout },
		{ "/handlers-own/changes-of-access", test_changes_of_access },
		{ "/handlers-own/logout-that-fails", test_logout_that_fails },
		{ "/handlers-own/refused-here", test_refused_here },
		{ "/handlers-own/merge-without-a-name", test_merge_without_a_name },
		{ "/handlers-own/file-that-did-not-come", test_file_that_did_not_come },
		{ "/handlers-own/backup", test_backup },
		{ "/handlers-own/support", test_support },
		{ "/handlers-own/part-of-a-file-that-fails",
		  test_part_of_a_file_that_fails },
		{ "/handlers-own/health", test_health },
		{ "/handlers-own/welcome-without-a-station",
		  test_welcome_without_a_station },
	};

	g_test_init(&argc, &argv, NULL);
	for (unsigned i = 0; i < G_N_ELEMENTS(tests); i++)
		g_test_add(tests[i].path, struct web_scene, NULL, web_scene_open,
			   tests[i].func, web_scene_close);
	return g_test_run();
}
