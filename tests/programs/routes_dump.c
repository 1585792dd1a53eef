/* SPDX-License-Identifier: MIT */
/*
 * Every route of the web process, a JSON object a line, for tests/e2e/web_openapi.py. Who
 * may use it is found by using it: each is asked, with all its arguments, of a station
 * that writes down what it is called with, and the daemon's own roles tell the rest.
 */
#include <stdio.h>
#include <string.h>

#include "appliance/daemon/roles.h"
#include "tests/models/web_scene.h"
#include "web/exchange.h"

static const struct {
	const char *method, *reply, *file;
} replies[] = {
	{ "GetSession", "(@a{sv} {},)" },
	{ "Login", "('a.token', @a{sv} {})" },
	{ "Claim", "('a.token', @a{sv} {})" },
	{ "ListJobs", "([{'id': <'1'>}],)" },
	{ "ListImages", "(@aa{sv} [],)" },
	{ "ListRuns", "(@aa{sv} [],)" },
	{ "ListUsers", "(@aa{sv} [],)" },
	{ "ListSessions", "(@aa{sv} [],)" },
	{ "CountRuns", "(@aa{sv} [],)" },
	{ "Totals", "(@aa{sv} [],)" },
	{ "GetJob", "('text', @a{sv} {})" },
	{ "CheckJob", "(@a{sv} {},)" },
	{ "GetRun", "(@a{sv} {},)" },
	{ "Run", "(uint64 1,)" },
	{ "DescribeImage", "(@a{sv} {},)" },
	{ "AddImage", "('digest',)" },
	{ "GetSettings", "(@a{sv} {},)" },
	{ "GetImage", "(handle 0,)", "file" },
	{ "ExportRuns", "(handle 0,)", "file" },
	{ "Read", "(handle 0, @a{sv} {})", "file" },
	{ "Command", "(@a{sv} {'result': <'{}'>}, [('out', handle 0)])", "file" },
};

static const char *type_name(char type)
{
	static const struct {
		char type;
		const char *name;
	} types[] = {
		{ 's', "string" }, { 'b', "boolean" }, { 'i', "integer" },
		{ 'o', "object" }, { 'a', "array" },
	};

	for (unsigned i = 0; i < G_N_ELEMENTS(types); i++)
		if (types[i].type == type)
			return types[i].name;
	g_assert_not_reached();
}

/* A value that every handler takes. Not a dry run: what that leaves out would not be
 * seen. */
static const char *json_value(const struct member *member)
{
	if (strcmp(member->name, "dry_run") == 0)
		return "false";
	switch (member->type) {
	case 's':
		return "\"1\"";
	case 'b':
		return "true";
	case 'i':
		return "1";
	case 'o':
		return "{\"1\":\"1\"}";
	default:
		return "[\"1\"]";
	}
}

static char *json_body(const struct member *members)
{
	GString *text = g_string_new("{");

	for (; members->name; members++)
		g_string_append_printf(text, "%s\"%s\":%s", text->len > 1 ? "," : "",
				       members->name, json_value(members));
	g_string_append_c(text, '}');
	return g_string_free(text, FALSE);
}

/* "PUT /api/jobs/1?replace=1" */
static char *line_of(const struct route *route)
{
	GString *line = g_string_new(NULL);
	const struct member *query = route->query;

	g_string_append_printf(line, "%s ", route->method);
	for (const char *c = route->path; *c; c++) {
		if (*c == '{') {
			g_string_append_c(line, '1');
			c = strchr(c, '}');
		} else {
			g_string_append_c(line, *c);
		}
	}
	for (char mark = '?'; query->name; query++, mark = '&')
		g_string_append_printf(line, "%c%s=1", mark, query->name);
	return g_string_free(line, FALSE);
}

static enum access_role role_of_call(const char *call)
{
	g_autofree char *method = g_strndup(call, strcspn(call, " "));
	g_autoptr(GVariant) words = NULL;
	g_auto(GStrv) all = NULL;
	enum access_role role;
	gsize n;

	g_assert_true(role_of_method(method, &role));
	if (strcmp(method, "Command") != 0)
		return role;
	words = g_variant_parse(G_VARIANT_TYPE_STRING_ARRAY, strchr(call, '['), NULL,
				&call, NULL);
	g_assert_nonnull(words);
	n = g_variant_n_children(words);
	all = g_new0(char *, n + 2);
	all[0] = g_strdup("sixpin");
	for (gsize i = 0; i < n; i++)
		g_variant_get_child(words, i, "s", &all[i + 1]);
	return role_of_words(all);
}

/* The most that any of the calls needs; a session at least, where it is looked at. */
static const char *role_of(const struct route *route, const char *calls)
{
	g_auto(GStrv) lines = g_strsplit(calls, "\n", -1);
	enum access_role most = route->is_open ? ACCESS_NOBODY : ACCESS_OPERATOR;

	for (unsigned i = 0; lines[i]; i++)
		if (*lines[i])
			most = MAX(most, role_of_call(lines[i]));
	return most == ACCESS_NOBODY	 ? "nobody"
	       : most == ACCESS_OPERATOR ? "operator"
					 : "engineer";
}

static const char *answer_kind(const struct http_answer *answer)
{
	if (g_str_has_prefix(answer->type, "text/csv"))
		return "\"csv\"";
	if (strcmp(answer->type, HTTP_BYTES) == 0)
		return "\"bytes\"";
	return answer->file_name ? "\"json\"" : "null";
}

static void print_members(const char *name, const struct member *members)
{
	const char *comma = "";

	printf(", \"%s\": {", name);
	for (; members->name; members++, comma = ", ")
		printf("%s\"%s%s\": \"%s\"", comma, members->name,
		       members->is_optional ? "?" : "", type_name(members->type));
	printf("}");
}

static void print_route(struct web_scene *scene, const struct route *route)
{
	g_autofree char *calls = fake_station_calls(scene->station);

	printf("{\"method\": \"%s\", \"path\": \"%s\", \"role\": \"%s\", \"open\": %s, "
	       "\"answer\": %s",
	       route->method, route->path, role_of(route, calls),
	       route->is_open ? "true" : "false", answer_kind(&scene->answer));
	if (route->body == BODY_FILE)
		printf(", \"body\": \"bytes\"");
	else if (route->body == BODY_JSON)
		print_members("body", route->members);
	if (route->query->name)
		print_members("query", route->query);
	printf("}\n");
}

static void use_route(const struct route *route)
{
	struct web_scene scene = { 0 };
	g_autofree char *line = line_of(route);
	g_autofree char *body = json_body(route->members);

	web_scene_open(&scene, NULL);
	for (unsigned i = 0; i < G_N_ELEMENTS(replies); i++)
		fake_station_hands_over(scene.station, replies[i].method,
					replies[i].reply, replies[i].file);
	if (route->body != BODY_NONE)
		web_scene_carry(&scene, route->body == BODY_JSON ? HTTP_JSON : HTTP_BYTES,
				route->body == BODY_JSON ? body : "file");
	if (web_scene_ask(&scene, line) >= 300) {
		g_autofree char *text = web_scene_text(&scene);

		g_error("%s: %s", line, text);
	}
	print_route(&scene, route);
	web_scene_close(&scene, NULL);
}

int main(void)
{
	for (const struct route *route = routes; route->path; route++)
		use_route(route);
	return 0;
}
