/* SPDX-License-Identifier: MIT */
/* Who may come in, in which order a request is looked at, and which status an error has.
 */
#include "web/api.h"

#include <string.h>

#include "appliance/base/error.h"
#include "tests/models/web_scene.h"

#define S " session='a.token'\n"

/* ---- Statuses ---- */

static void test_statuses_of_codes(struct web_scene *scene, gconstpointer unused)
{
	static const unsigned statuses[SIXPIN_N_ERRORS] = {
		[SIXPIN_ERROR_USAGE] = 400,	[SIXPIN_ERROR_NO_PROGRAMMER] = 503,
		[SIXPIN_ERROR_NO_TARGET] = 422, [SIXPIN_ERROR_WRONG_PART] = 422,
		[SIXPIN_ERROR_IMAGE] = 422,	[SIXPIN_ERROR_FUSE_UNSAFE] = 422,
		[SIXPIN_ERROR_LOCKED] = 422,	[SIXPIN_ERROR_VERIFY] = 422,
		[SIXPIN_ERROR_IO] = 502,	[SIXPIN_ERROR_BUSY] = 409,
		[SIXPIN_ERROR_CANCELLED] = 409, [SIXPIN_ERROR_STORE] = 507,
		[SIXPIN_ERROR_DENIED] = 403,
	};

	for (int code = 0; code < SIXPIN_N_ERRORS; code++) {
		const char *name = error_kind(code)->code;

		fake_station_refuses(scene->station, "Cancel", name, "why");
		web_scene_ask(scene, "POST /api/cancel");
		web_scene_assert_error(scene, statuses[code], name, "why");
	}
}

static void test_errors_of_the_bus(struct web_scene *scene, gconstpointer unused)
{
	fake_station_refuses(scene->station, "Cancel",
			     "org.freedesktop.DBus.Error.AccessDenied", "no");
	web_scene_ask(scene, "POST /api/cancel");
	web_scene_assert_error(scene, 502, "IO",
			       "the station's daemon cannot be asked: no");
	fake_station_leaves(scene->station);
	web_scene_ask(scene, "POST /api/cancel");
	web_scene_assert_error(scene, 502, "IO",
			       "the station's daemon does not answer: it is not running, "
			       "or ended in the middle of this; once it runs again, the "
			       "history tells what became of a run");
}

static void test_hostile_text(struct web_scene *scene, gconstpointer unused)
{
	fake_station_refuses(scene->station, "Cancel", "USAGE",
			     "</script>\"\\\n\xE2\x80\xA8");
	web_scene_ask(scene, "POST /api/cancel");
	web_scene_assert_error(scene, 400, "USAGE", "</script>\"\\\n\xE2\x80\xA8");
}

static void test_no_route(struct web_scene *scene, gconstpointer unused)
{
	web_scene_ask(scene, "GET /api/nothing");
	web_scene_assert_error(scene, 404, "USAGE",
			       "there is no such path; docs/web.md lists them");
	web_scene_ask(scene, "PATCH /api/jobs");
	web_scene_assert_error(scene, 405, "USAGE", "expected GET here, not PATCH");
	g_assert_cmpstr(scene->answer.allow, ==, "GET");
	web_scene_assert_calls(scene, "");
}

/* ---- Sessions ---- */

static void test_without_a_session(struct web_scene *scene, gconstpointer unused)
{
	scene->request.authorization = NULL;
	web_scene_ask(scene, "GET /api/station");
	web_scene_assert_error(scene, 401, "DENIED", "log in first");
	scene->request.authorization = "Bearer a token";
	web_scene_ask(scene, "POST /api/run");
	web_scene_assert_error(scene, 401, "DENIED", "log in first");
	web_scene_assert_calls(scene, "");
}

static void test_unknown_session(struct web_scene *scene, gconstpointer unused)
{
	fake_station_refuses(scene->station, "GetSession", "DENIED", "no such session");
	scene->request.authorization = "Bearer other.token";
	web_scene_ask(scene, "POST /api/run");
	web_scene_assert_error(scene, 401, "DENIED", "no such session");
	web_scene_assert_calls(scene, "GetSession session='other.token'\n");
}

/* Busy is not the same as nobody. */
static void test_session_that_cannot_be_asked_for(struct web_scene *scene,
						  gconstpointer unused)
{
	fake_station_refuses(scene->station, "GetSession", "STORE", "damaged");
	scene->request.authorization = "Bearer other.token";
	web_scene_ask(scene, "GET /api/station");
	web_scene_assert_error(scene, 507, "STORE", "damaged");
}

static void test_cookie(struct web_scene *scene, gconstpointer unused)
{
	scene->request.authorization = NULL;
	scene->request.cookie = "sixpin=a.token";
	g_assert_cmpuint(web_scene_ask(scene, "GET /api/station"), ==, 200);
	scene->request.authorization = NULL;
	scene->request.cookie = "sixpin=a.token";
	scene->request.is_tls = true;
	web_scene_ask(scene, "GET /api/station");
	web_scene_assert_error(scene, 401, "DENIED", "log in first");
}

/* What is answered from memory is refused as soon as the daemon says so. */
static void test_sessions_that_changed(struct web_scene *scene, gconstpointer unused)
{
	g_assert_cmpuint(web_scene_ask(scene, "GET /api/station"), ==, 200);
	web_scene_assert_calls(scene, "");
	fake_station_refuses(scene->station, "GetSession", "DENIED", "it has ended");
	fake_station_signals(scene->station, "org.sixpin.Station1", "SessionsChanged",
			     "()");
	fake_station_settle(scene->station);
	web_scene_ask(scene, "GET /api/station");
	web_scene_assert_error(scene, 401, "DENIED", "it has ended");
	web_scene_ask(scene, "GET /api/events");
	web_scene_assert_error(scene, 401, "DENIED", "it has ended");
}

/* ---- Pages of other sites ---- */

static void assert_origin(struct web_scene *scene, const char *host, const char *origin,
			  bool is_tls, bool is_taken)
{
	g_test_message("%s at %s", origin, host ? host : "(none)");
	scene->request.host = host;
	scene->request.origin = origin;
	scene->request.is_tls = is_tls;
	web_scene_ask(scene, "POST /api/cancel");
	if (is_taken) {
		g_assert_cmpuint(scene->answer.status, ==, 200);
		web_scene_assert_calls(scene, "Cancel" S);
		return;
	}
	web_scene_assert_error(scene, 403, "DENIED",
			       "this comes from a page of another site");
	web_scene_assert_calls(scene, "");
}

static void test_origins(struct web_scene *scene, gconstpointer unused)
{
	assert_origin(scene, "bench", NULL, false, true);
	assert_origin(scene, "bench", "http://bench", false, true);
	assert_origin(scene, "Bench:8080", "http://bench:8080", false, true);
	assert_origin(scene, "bench", "https://bench", true, true);
	assert_origin(scene, "bench", "http://bench", true, false);
	assert_origin(scene, "bench", "https://bench", false, false);
	assert_origin(scene, "bench", "http://bench:8080", false, false);
	assert_origin(scene, "bench", "http://bench.evil.example", false, false);
	assert_origin(scene, "bench", "http://evil.example", false, false);
	assert_origin(scene, "bench", "null", false, false);
	assert_origin(scene, "bench", "", false, false);
	assert_origin(scene, "bench", "bench", false, false);
	assert_origin(scene, NULL, "http://bench", false, false);
}

static void assert_mark(struct web_scene *scene, const char *line, const char *mark)
{
	scene->request.mark = mark;
	web_scene_ask(scene, line);
	web_scene_assert_error(scene, 403, "DENIED",
			       "a change needs the header \"X-Sixpin: 1\"");
	web_scene_assert_calls(scene, "");
}

static void test_mark(struct web_scene *scene, gconstpointer unused)
{
	assert_mark(scene, "POST /api/run", NULL);
	assert_mark(scene, "POST /api/run", "");
	assert_mark(scene, "POST /api/run", "true");
	assert_mark(scene, "DELETE /api/jobs/x", NULL);
	assert_mark(scene, "PUT /api/images/x", NULL);
	assert_mark(scene, "POST /api/session", NULL);
	assert_mark(scene, "POST /api/claim", NULL);
}

static void test_reading_needs_no_mark(struct web_scene *scene, gconstpointer unused)
{
	scene->request.mark = NULL;
	scene->request.origin = "http://evil.example";
	g_assert_cmpuint(web_scene_ask(scene, "GET /api/station"), ==, 200);
}

/* ---- The order in which a request is looked at ---- */

static void test_nothing_is_read_of_a_stranger(struct web_scene *scene,
					       gconstpointer unused)
{
	web_scene_carry(scene, HTTP_BYTES, "abc");
	scene->request.authorization = NULL;
	scene->request.query = "nothing=1";
	web_scene_ask(scene, "PUT /api/images/x");
	web_scene_assert_error(scene, 401, "DENIED", "log in first");
	web_scene_carry(scene, HTTP_JSON, "{");
	scene->request.body_bytes = 1 << 30;
	scene->request.mark = NULL;
	web_scene_ask(scene, "POST /api/session");
	web_scene_assert_error(scene, 403, "DENIED",
			       "a change needs the header \"X-Sixpin: 1\"");
	web_scene_assert_calls(scene, "");
}

static void test_wrong_arguments(struct web_scene *scene, gconstpointer unused)
{
	web_scene_ask(scene, "GET /api/runs?nothing=1");
	web_scene_assert_error(scene, 400, "USAGE",
			       "the query's \"nothing\" is not known here");
	web_scene_carry(scene, HTTP_BYTES, "{}");
	web_scene_ask(scene, "POST /api/press");
	web_scene_assert_error(scene, 415, "USAGE",
			       "expected a body of the type application/json");
	web_scene_carry(scene, HTTP_JSON, "{}");
	web_scene_ask(scene, "POST /api/press");
	web_scene_assert_error(scene, 400, "USAGE", "expected the member how");
	web_scene_carry(scene, NULL, "x");
	web_scene_ask(scene, "POST /api/run");
	web_scene_assert_error(scene, 413, "USAGE",
			       "a body of 1 bytes; at most 0 are taken here");
	web_scene_assert_calls(scene, "");
}

/* ---- What USAGE means of a name ---- */

static void assert_usage(struct web_scene *scene, const char *line, const char *body,
			 const char *method, unsigned status)
{
	g_test_message("%s", line);
	fake_station_refuses(scene->station, method, "USAGE", "why");
	if (body)
		web_scene_carry(scene, body[0] == '{' ? HTTP_JSON : HTTP_BYTES, body);
	web_scene_ask(scene, line);
	web_scene_assert_error(scene, status, "USAGE", "why");
}

static void set_lists(struct web_scene *scene)
{
	fake_station_answers(scene->station, "ListJobs", "([{'id': <'there'>}],)");
	fake_station_answers(scene->station, "ListImages", "([{'name': <'there'>}],)");
	fake_station_answers(scene->station, "ListUsers", "([{'user': <'there'>}],)");
	fake_station_answers(scene->station, "ListSessions", "([{'id': <'there'>}],)");
}

static void test_what_is_not_there(struct web_scene *scene, gconstpointer unused)
{
	set_lists(scene);
	assert_usage(scene, "GET /api/jobs/x", NULL, "GetJob", 404);
	assert_usage(scene, "DELETE /api/jobs/x", NULL, "RemoveJob", 404);
	assert_usage(scene, "POST /api/jobs/x/select", NULL, "SelectJob", 404);
	assert_usage(scene, "POST /api/jobs/x/reset", NULL, "ResetJob", 404);
	assert_usage(scene, "POST /api/jobs/x/run", NULL, "Run", 404);
	assert_usage(scene, "GET /api/images/x", NULL, "GetImage", 404);
	assert_usage(scene, "GET /api/images/x/describe", NULL, "DescribeImage", 404);
	assert_usage(scene, "DELETE /api/images/x", NULL, "RemoveImage", 404);
	assert_usage(scene, "DELETE /api/users/x", NULL, "RemoveUser", 404);
	assert_usage(scene, "DELETE /api/sessions/x", NULL, "EndSession", 404);
	assert_usage(scene, "GET /api/runs/7", NULL, "GetRun", 404);
	assert_usage(scene, "GET /api/parts/x", NULL, "Command", 404);
	assert_usage(scene, "GET /api/catalogue/x", NULL, "Command", 404);
}

static void test_what_is_in_use(struct web_scene *scene, gconstpointer unused)
{
	set_lists(scene);
	assert_usage(scene, "DELETE /api/images/there", NULL, "RemoveImage", 409);
	assert_usage(scene, "DELETE /api/jobs/there", NULL, "RemoveJob", 409);
	assert_usage(scene, "DELETE /api/users/there", NULL, "RemoveUser", 409);
}

static void test_what_is_there_already(struct web_scene *scene, gconstpointer unused)
{
	set_lists(scene);
	assert_usage(scene, "PUT /api/jobs/there", "{\"text\":\"\"}", "PutJob", 409);
	assert_usage(scene, "PUT /api/images/there", "bytes", "AddImage", 409);
	assert_usage(scene, "PUT /api/images/there?replace=0", "bytes", "AddImage", 409);
	assert_usage(scene, "PUT /api/users/there", "{}", "PutUser", 409);
}

static void test_what_is_only_wrong(struct web_scene *scene, gconstpointer unused)
{
	set_lists(scene);
	assert_usage(scene, "PUT /api/jobs/x", "{\"text\":\"\"}", "PutJob", 400);
	assert_usage(scene, "PUT /api/jobs/there", "{\"text\":\"\",\"replace\":true}",
		     "PutJob", 400);
	assert_usage(scene, "PUT /api/images/there?replace=1", "bytes", "AddImage", 400);
	assert_usage(scene, "POST /api/jobs/there/select", NULL, "SelectJob", 400);
	assert_usage(scene, "GET /api/jobs/there", NULL, "GetJob", 400);
	assert_usage(scene, "POST /api/run", NULL, "Run", 400);
	assert_usage(scene, "GET /api/runs", NULL, "ListRuns", 400);
}

/* A list that fails is no list without it: the path's name is not there for the caller.
 */
static void test_list_that_fails(struct web_scene *scene, gconstpointer unused)
{
	fake_station_refuses(scene->station, "ListUsers", "DENIED", "not you");
	assert_usage(scene, "PUT /api/users/there", "{}", "PutUser", 400);
}

/* ---- Unchanged ---- */

static void assert_not_modified(struct web_scene *scene, const char *etag, bool is)
{
	scene->request.if_none_match = etag;
	web_scene_ask(scene, "GET /api/station");
	g_assert_cmpuint(scene->answer.status, ==, is ? 304 : 200);
	g_assert_true(!scene->answer.body == is);
	g_assert_nonnull(scene->answer.etag);
}

static void test_if_none_match(struct web_scene *scene, gconstpointer unused)
{
	g_autofree char *etag = NULL;
	g_autofree char *weak = NULL;
	g_autofree char *half = NULL;

	web_scene_ask(scene, "GET /api/station");
	etag = g_strdup(scene->answer.etag);
	weak = g_strconcat("W/", etag, NULL);
	half = g_strndup(etag, strlen(etag) - 1);
	assert_not_modified(scene, etag, true);
	assert_not_modified(scene, weak, true);
	assert_not_modified(scene, half, false);
	assert_not_modified(scene, "\"other\"", false);
	assert_not_modified(scene, "", false);
	fake_station_signals(scene->station, "org.sixpin.Station1", "PanelChanged",
			     "('pass', (false, true, false, true))");
	fake_station_settle(scene->station);
	assert_not_modified(scene, etag, false);
}

/* A stranger does not learn that nothing has changed. */
static void test_if_none_match_of_a_stranger(struct web_scene *scene,
					     gconstpointer unused)
{
	g_autofree char *etag = NULL;

	web_scene_ask(scene, "GET /api/station");
	etag = g_strdup(scene->answer.etag);
	scene->request.if_none_match = etag;
	scene->request.authorization = NULL;
	web_scene_ask(scene, "GET /api/station");
	web_scene_assert_error(scene, 401, "DENIED", "log in first");
	g_assert_null(scene->answer.etag);
}

/* ---- Files at the same time ---- */

/* One is taken, one waits, the third is refused; afterwards there is room again. */
static void test_files_at_a_time(struct web_scene *scene, gconstpointer unused)
{
	fake_station_answers(scene->station, "AddImage", "('d1',)");
	scene->web.n_uploads = 2;
	web_scene_carry(scene, HTTP_BYTES, "bytes");
	web_scene_ask(scene, "PUT /api/images/x");
	web_scene_assert_error(scene, 409, "BUSY",
			       "other files are being taken; send this one again");
	g_assert_cmpint(scene->web.n_uploads, ==, 2);
	web_scene_assert_calls(scene, "");
	scene->web.n_uploads = 1;
	web_scene_carry(scene, HTTP_BYTES, "bytes");
	g_assert_cmpuint(web_scene_ask(scene, "PUT /api/images/x"), ==, 201);
	g_assert_cmpint(scene->web.n_uploads, ==, 1);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *path;
		void (*func)(struct web_scene *scene, gconstpointer unused);
	} tests[] = {
		{ "statuses-of-codes", test_statuses_of_codes },
		{ "errors-of-the-bus", test_errors_of_the_bus },
		{ "hostile-text", test_hostile_text },
		{ "no-route", test_no_route },
		{ "without-a-session", test_without_a_session },
		{ "unknown-session", test_unknown_session },
		{ "session-that-cannot-be-asked-for",
		  test_session_that_cannot_be_asked_for },
		{ "cookie", test_cookie },
		{ "sessions-that-changed", test_sessions_that_changed },
		{ "origins", test_origins },
		{ "mark", test_mark },
		{ "reading-needs-no-mark", test_reading_needs_no_mark },
		{ "nothing-is-read-of-a-stranger", test_nothing_is_read_of_a_stranger },
		{ "wrong-arguments", test_wrong_arguments },
		{ "what-is-not-there", test_what_is_not_there },
		{ "what-is-in-use", test_what_is_in_use },
		{ "what-is-there-already", test_what_is_there_already },
		{ "what-is-only-wrong", test_what_is_only_wrong },
		{ "list-that-fails", test_list_that_fails },
		{ "if-none-match", test_if_none_match },
		{ "if-none-match-of-a-stranger", test_if_none_match_of_a_stranger },
		{ "files-at-a-time", test_files_at_a_time },
	};

	g_test_init(&argc, &argv, NULL);
	for (unsigned i = 0; i < G_N_ELEMENTS(tests); i++) {
		g_autofree char *path = g_strconcat("/api/", tests[i].path, NULL);

		g_test_add(path, struct web_scene, NULL, web_scene_open, tests[i].func,
			   web_scene_close);
	}
	return g_test_run();
}
