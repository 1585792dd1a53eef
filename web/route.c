/* SPDX-License-Identifier: MIT */
/* Which route a path is of. */
#include "web/route.h"

#include "appliance/base/error.h"

#include <string.h>

#define MAX_METHOD_BYTES 16

static const char *segment_end(const char *segment)
{
	const char *end = strchr(segment, '/');

	return end ? end : segment + strlen(segment);
}

static bool is_dots(const char *name)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

/* One segment of the path against one of the route's. */
static bool matches_segment(const char *pattern, gsize n_pattern, const char *segment,
			    gsize n_segment, char **name)
{
	if (*pattern != '{')
		return n_pattern == n_segment && memcmp(pattern, segment, n_pattern) == 0;
	*name = http_decode(segment, n_segment, false);
	if (*name && **name && !is_dots(*name))
		return true;
	g_clear_pointer(name, g_free);
	return false;
}

void route_clear_names(char *names[ROUTE_MAX_NAMES])
{
	for (unsigned i = 0; i < ROUTE_MAX_NAMES; i++)
		g_clear_pointer(&names[i], g_free);
}

static bool matches(const char *pattern, const char *path, char *names[ROUTE_MAX_NAMES])
{
	unsigned n_names = 0;

	while (*pattern == '/' && *path == '/') {
		const char *pattern_end = segment_end(++pattern);
		const char *end = segment_end(++path);
		char *name = NULL;

		if (!matches_segment(pattern, (gsize)(pattern_end - pattern), path,
				     (gsize)(end - path), &name))
			break;
		if (name)
			names[n_names++] = name;
		pattern = pattern_end;
		path = end;
	}
	if (!*pattern && !*path)
		return true;
	route_clear_names(names);
	return false;
}

/* A method is letters: what else comes is not repeated. */
static const char *plain_method(const char *method)
{
	gsize n = strspn(method, G_CSET_A_2_Z);

	return n > 0 && n <= MAX_METHOD_BYTES && !method[n] ? method : "this method";
}

static gboolean refuse(struct exchange *exchange, const char *method, GString *allowed,
		       GError **error)
{
	if (!allowed->len)
		return exchange_refuse(exchange, 404, SIXPIN_ERROR_USAGE, error,
				       "there is no such path; docs/web.md lists them");
	exchange->answer->allow = g_strdup(allowed->str);
	return exchange_refuse(exchange, 405, SIXPIN_ERROR_USAGE, error,
			       "expected %s here, not %s", allowed->str,
			       plain_method(method));
}

/* A job may be called "check", which is a path of its own for other methods. */
gboolean route_find(struct exchange *exchange, GError **error)
{
	const struct http_request *request = exchange->request;
	const char *method =
		strcmp(request->method, "HEAD") == 0 ? "GET" : request->method;
	g_autoptr(GString) allowed = g_string_new(NULL);

	for (const struct route *route = routes; route->path; route++) {
		if (!matches(route->path, request->path, exchange->names))
			continue;
		if (strcmp(route->method, method) == 0) {
			exchange->route = route;
			return TRUE;
		}
		route_clear_names(exchange->names);
		g_string_append_printf(allowed, "%s%s", allowed->len ? ", " : "",
				       route->method);
	}
	return refuse(exchange, method, allowed, error);
}
