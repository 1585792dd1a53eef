/* SPDX-License-Identifier: MIT */
/* Which route a path is of. */
#include "web/route.h"

#include "appliance/base/error.h"

#include <string.h>

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

gboolean route_find(struct exchange *exchange, GError **error)
{
	const struct http_request *request = exchange->request;
	const char *method =
		strcmp(request->method, "HEAD") == 0 ? "GET" : request->method;
	g_autoptr(GString) allowed = g_string_new(NULL);
	const char *fitting = NULL;

	for (const struct route *route = routes; route->path; route++) {
		if (fitting && strcmp(route->path, fitting) != 0)
			continue;
		if (!fitting && !matches(route->path, request->path, exchange->names))
			continue;
		fitting = route->path;
		if (strcmp(route->method, method) == 0) {
			exchange->route = route;
			return TRUE;
		}
		g_string_append_printf(allowed, "%s%s", allowed->len ? ", " : "",
				       route->method);
	}
	if (!fitting)
		return exchange_refuse(exchange, 404, SIXPIN_ERROR_USAGE, error,
				       "there is no such path; docs/web.md lists them");
	exchange->answer->allow = g_string_free(g_steal_pointer(&allowed), FALSE);
	return exchange_refuse(exchange, 405, SIXPIN_ERROR_USAGE, error,
			       "expected %s here, not %s", exchange->answer->allow,
			       method);
}
