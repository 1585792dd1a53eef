/* SPDX-License-Identifier: MIT */
/* From a path to a route. */
#include "web/route.h"

#include <string.h>

struct found {
	struct http_request request;
	struct http_answer answer;
	struct exchange exchange;
	GError *error;
	gboolean ok;
};

static void find(struct found *found, const char *method, const char *path)
{
	*found = (struct found){ .request = { .method = method, .path = path },
				 .answer = HTTP_ANSWER_INIT };
	found->exchange.request = &found->request;
	found->exchange.answer = &found->answer;
	found->ok = route_find(&found->exchange, &found->error);
	g_assert_true(found->ok == !found->error);
}

static void found_clear(struct found *found)
{
	route_clear_names(found->exchange.names);
	http_answer_clear(&found->answer);
	g_clear_error(&found->error);
}

static void assert_route(const char *method, const char *path, const char *route,
			 const char *name)
{
	struct found found;

	find(&found, method, path);
	g_assert_no_error(found.error);
	g_assert_cmpstr(found.exchange.route->path, ==, route);
	g_assert_cmpstr(found.exchange.route->method, ==,
			strcmp(method, "HEAD") == 0 ? "GET" : method);
	g_assert_cmpstr(found.exchange.names[0], ==, name);
	g_assert_null(found.exchange.names[1]);
	found_clear(&found);
}

static void assert_not_there(const char *path)
{
	struct found found;

	g_test_message("%s", path);
	find(&found, "GET", path);
	g_assert_error(found.error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE);
	g_assert_cmpstr(found.error->message, ==,
			"there is no such path; docs/web.md lists them");
	g_assert_cmpuint(found.exchange.failure_status, ==, 404);
	g_assert_null(found.answer.allow);
	g_assert_null(found.exchange.names[0]);
	found_clear(&found);
}

static void assert_not_so(const char *method, const char *path, const char *allow,
			  const char *message)
{
	struct found found;

	find(&found, method, path);
	g_assert_error(found.error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE);
	g_assert_cmpstr(found.error->message, ==, message);
	g_assert_cmpuint(found.exchange.failure_status, ==, 405);
	g_assert_cmpstr(found.answer.allow, ==, allow);
	g_assert_null(found.exchange.names[0]);
	found_clear(&found);
}

static void test_fixed_paths(void)
{
	assert_route("GET", "/healthz", "/healthz", NULL);
	assert_route("HEAD", "/api/station", "/api/station", NULL);
	assert_route("DELETE", "/api/session", "/api/session", NULL);
	assert_route("POST", "/api/session", "/api/session", NULL);
}

static void test_names(void)
{
	assert_route("GET", "/api/jobs/blink", "/api/jobs/{job}", "blink");
	assert_route("POST", "/api/jobs/blink/run", "/api/jobs/{job}/run", "blink");
	assert_route("PUT", "/api/images/a%20b.hex", "/api/images/{image}", "a b.hex");
	assert_route("GET", "/api/images/gr%C3%B6%C3%9Fe", "/api/images/{image}",
		     "größe");
	assert_route("GET", "/api/images/...", "/api/images/{image}", "...");
	assert_route("GET", "/api/images/%2e.x", "/api/images/{image}", "..x");
	assert_route("GET", "/api/images/%25", "/api/images/{image}", "%");
}

/* One that is a path of its own for another method or not. */
static void test_names_like_paths(void)
{
	assert_route("GET", "/api/runs/by-day", "/api/runs/by-day", NULL);
	assert_route("GET", "/api/runs/7", "/api/runs/{run}", "7");
	assert_route("POST", "/api/jobs/check", "/api/jobs/check", NULL);
	assert_route("GET", "/api/jobs/check", "/api/jobs/{job}", "check");
	assert_route("PUT", "/api/jobs/import", "/api/jobs/{job}", "import");
	assert_route("POST", "/api/jobs/check/run", "/api/jobs/{job}/run", "check");
	assert_route("GET", "/api/images/describe", "/api/images/{image}", "describe");
}

static void test_no_such_path(void)
{
	static const char *const paths[] = {
		"",
		"/",
		"*",
		"healthz",
		"/healthz/",
		"//healthz",
		"/healthzz",
		"/health",
		"/HEALTHZ",
		"/healthz%20",
		"/%68ealthz",
		"/api",
		"/api/",
		"/api//jobs",
		"/api/jobs/",
		"/api/jobs/blink/",
		"/api/jobs/blink/nothing",
		"/api/jobs/blink/run/x",
		"/api/jobs//run",
		"/api/images/.",
		"/api/images/..",
		"/api/images/%2e%2E",
		"/api/images/%2e",
		"/api/images/a%2fb",
		"/api/images/%2f",
		"/api/images/a%00b",
		"/api/images/%0a",
		"/api/images/%zz",
		"/api/images/%c3",
		"/api/images/../describe",
		"/api/{job}",
	};

	for (unsigned i = 0; i < G_N_ELEMENTS(paths); i++)
		assert_not_there(paths[i]);
}

static void test_other_methods(void)
{
	assert_not_so("POST", "/healthz", "GET", "expected GET here, not POST");
	assert_not_so("PUT", "/api/session", "GET, POST, DELETE",
		      "expected GET, POST, DELETE here, not PUT");
	assert_not_so("HEAD", "/api/run", "POST", "expected POST here, not GET");
	assert_not_so("POST", "/api/images/x", "GET, PUT, DELETE",
		      "expected GET, PUT, DELETE here, not POST");
	assert_not_so("PATCH", "/api/jobs/check", "POST, GET, PUT, DELETE",
		      "expected POST, GET, PUT, DELETE here, not PATCH");
}

static void test_no_methods(void)
{
	static const char *const methods[] = { "",     "get",	"G ET",
					       "\xff", "GET\n", "AAAAAAAAAAAAAAAAA",
					       "<B>" };

	for (unsigned i = 0; i < G_N_ELEMENTS(methods); i++)
		assert_not_so(methods[i], "/healthz", "GET",
			      "expected GET here, not this method");
}

/* Each route is found by its own path: none stands behind another one. */
static void test_every_route_is_found(void)
{
	unsigned n = 0;

	for (const struct route *route = routes; route->path; route++, n++) {
		struct found found;

		find(&found, route->method, route->path);
		g_test_message("%s %s", route->method, route->path);
		g_assert_true(found.ok && found.exchange.route == route);
		g_assert_true(!strchr(route->path, '{') == !found.exchange.names[0]);
		found_clear(&found);
	}
	g_assert_cmpuint(n, >, 50);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/route/fixed-paths", test_fixed_paths);
	g_test_add_func("/route/names", test_names);
	g_test_add_func("/route/names-like-paths", test_names_like_paths);
	g_test_add_func("/route/no-such-path", test_no_such_path);
	g_test_add_func("/route/other-methods", test_other_methods);
	g_test_add_func("/route/no-methods", test_no_methods);
	g_test_add_func("/route/every-route-is-found", test_every_route_is_found);
	return g_test_run();
}
