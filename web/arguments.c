/* SPDX-License-Identifier: MIT */
/* A request's query and body, held against what its route takes. */
#include "web/arguments.h"

#include "appliance/base/error.h"
#include "web/json_text.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define COPY_BYTES (64 << 10)

static const struct member *find_member(const struct member *members, const char *name)
{
	for (; members->name; members++)
		if (strcmp(members->name, name) == 0)
			return members;
	return NULL;
}

static bool is_number(const char *text)
{
	guint64 unused;

	return g_ascii_string_to_unsigned(text, 10, 0, G_MAXINT64, &unused, NULL);
}

static gboolean add_query(struct exchange *exchange, const char *pair, GError **error)
{
	const char *equals = strchr(pair, '=');
	gsize n_name = equals ? (gsize)(equals - pair) : strlen(pair);
	g_autofree char *name = http_decode(pair, n_name, true);
	g_autofree char *value =
		equals ? http_decode(equals + 1, strlen(equals + 1), true) : g_strdup("");
	const struct member *member =
		name ? find_member(exchange->route->query, name) : NULL;

	if (!member || !value)
		return exchange_refuse(exchange, 400, SIXPIN_ERROR_USAGE, error,
				       "the query's \"%.100s\" is not known here",
				       name && value ? name : "(not readable)");
	if (member->type == 'i' && !is_number(value))
		return exchange_refuse(exchange, 400, SIXPIN_ERROR_USAGE, error,
				       "the query's %s: expected a number", name);
	if (!g_hash_table_insert(exchange->query, g_steal_pointer(&name),
				 g_steal_pointer(&value)))
		return exchange_refuse(exchange, 400, SIXPIN_ERROR_USAGE, error,
				       "the query has %s twice", member->name);
	return TRUE;
}

gboolean arguments_parse_query(struct exchange *exchange, GError **error)
{
	g_auto(GStrv) pairs = g_strsplit(exchange->request->query, "&", 0);

	for (unsigned i = 0; pairs[i]; i++)
		if (*pairs[i] && !add_query(exchange, pairs[i], error))
			return FALSE;
	return TRUE;
}

static bool is_of_strings(JsonArray *array)
{
	for (guint i = 0; i < json_array_get_length(array); i++)
		if (json_node_get_value_type(json_array_get_element(array, i)) !=
		    G_TYPE_STRING)
			return false;
	return true;
}

static bool has_strings(JsonObject *object)
{
	g_autoptr(GList) values = json_object_get_values(object);

	for (GList *value = values; value; value = value->next)
		if (json_node_get_value_type(value->data) != G_TYPE_STRING)
			return false;
	return true;
}

static bool is_of_type(JsonNode *node, char type)
{
	switch (type) {
	case 's':
		return json_node_get_value_type(node) == G_TYPE_STRING;
	case 'b':
		return json_node_get_value_type(node) == G_TYPE_BOOLEAN;
	case 'i':
		return json_node_get_value_type(node) == G_TYPE_INT64 &&
		       json_node_get_int(node) >= 0;
	case 'o':
		return JSON_NODE_HOLDS_OBJECT(node) &&
		       has_strings(json_node_get_object(node));
	default:
		return JSON_NODE_HOLDS_ARRAY(node) &&
		       is_of_strings(json_node_get_array(node));
	}
}

static const char *type_name(char type)
{
	switch (type) {
	case 's':
		return "a text";
	case 'b':
		return "true or false";
	case 'i':
		return "a number";
	case 'o':
		return "an object of texts";
	default:
		return "a list of texts";
	}
}

static gboolean check_members(struct exchange *exchange, GError **error)
{
	const struct member *members = exchange->route->members;
	g_autoptr(GList) names = json_object_get_members(exchange->body);

	for (GList *name = names; name; name = name->next) {
		const struct member *member = find_member(members, name->data);

		if (!member)
			return exchange_refuse(exchange, 400, SIXPIN_ERROR_USAGE, error,
					       "member \"%.100s\" is not known here",
					       (const char *)name->data);
		if (!is_of_type(json_object_get_member(exchange->body, name->data),
				member->type))
			return exchange_refuse(exchange, 400, SIXPIN_ERROR_USAGE, error,
					       "%s: expected %s", member->name,
					       type_name(member->type));
	}
	for (; members->name; members++)
		if (!members->is_optional &&
		    !json_object_has_member(exchange->body, members->name))
			return exchange_refuse(exchange, 400, SIXPIN_ERROR_USAGE, error,
					       "expected the member %s", members->name);
	return TRUE;
}

static gboolean read_json(struct exchange *exchange, GError **error)
{
	const struct http_request *request = exchange->request;
	g_autoptr(GByteArray) text = g_byte_array_new();
	g_autoptr(JsonParser) parser = json_parser_new_immutable();
	g_autoptr(GError) failure = NULL;
	char bytes[4096];
	gssize n;

	while ((n = request->read(request->user, bytes, sizeof(bytes))) > 0 &&
	       text->len + (gsize)n <= API_MAX_JSON_BYTES)
		g_byte_array_append(text, (const guint8 *)bytes, (guint)n);
	if (n != 0 || text->len != request->body_bytes)
		return exchange_refuse(exchange, 400, SIXPIN_ERROR_USAGE, error,
				       "the body is not as long as it was said to be");
	if (!json_text_is_object((const char *)text->data, text->len) ||
	    !json_parser_load_from_data(parser, (const char *)text->data, text->len,
					&failure))
		return exchange_refuse(exchange, 400, SIXPIN_ERROR_USAGE, error,
				       "the body is no JSON object%s%s",
				       failure ? ": " : "",
				       failure ? failure->message : "");
	exchange->body = json_node_dup_object(json_parser_get_root(parser));
	return check_members(exchange, error);
}

static bool write_all(int fd, const char *bytes, gsize n)
{
	while (n > 0) {
		gssize written = write(fd, bytes, n);

		if (written < 0)
			return false;
		bytes += written;
		n -= (gsize)written;
	}
	return true;
}

/* The client has gone, or there is no memory: nothing of it is passed on. */
static gboolean read_file(struct exchange *exchange, GError **error)
{
	const struct http_request *request = exchange->request;
	g_autofree char *bytes = g_malloc(COPY_BYTES);
	guint64 n_read = 0;
	gssize n;

	exchange->body_fd = memfd_create("upload", MFD_CLOEXEC);
	if (exchange->body_fd < 0)
		return exchange_refuse(exchange, 503, SIXPIN_ERROR_IO, error,
				       "no memory for the file");
	while ((n = request->read(request->user, bytes, COPY_BYTES)) > 0) {
		n_read += (guint64)n;
		if (n_read > API_MAX_FILE_BYTES ||
		    !write_all(exchange->body_fd, bytes, (gsize)n))
			return exchange_refuse(exchange, 503, SIXPIN_ERROR_IO, error,
					       "no memory for the file");
	}
	if (n < 0 || n_read != request->body_bytes)
		return exchange_refuse(exchange, 400, SIXPIN_ERROR_USAGE, error,
				       "the body is not as long as it was said to be");
	lseek(exchange->body_fd, 0, SEEK_SET);
	return TRUE;
}

static const struct {
	guint64 max_bytes;
	const char *type; /* NULL: none is needed */
	gboolean (*read)(struct exchange *exchange, GError **error);
} bodies[] = {
	[BODY_NONE] = { 0, NULL, NULL },
	[BODY_JSON] = { API_MAX_JSON_BYTES, HTTP_JSON, read_json },
	[BODY_FILE] = { API_MAX_FILE_BYTES, HTTP_BYTES, read_file },
};

/* "application/json; charset=utf-8" */
static bool is_type(const char *header, const char *type)
{
	gsize n = strlen(type);

	return header && g_ascii_strncasecmp(header, type, n) == 0 &&
	       (header[n] == 0 || header[n] == ';' || header[n] == ' ');
}

gboolean arguments_check_body(struct exchange *exchange, GError **error)
{
	const struct http_request *request = exchange->request;
	enum route_body body = exchange->route->body;

	if (request->body_bytes > bodies[body].max_bytes)
		return exchange_refuse(exchange, 413, SIXPIN_ERROR_USAGE, error,
				       "a body of %" G_GUINT64_FORMAT
				       " bytes; at most %" G_GUINT64_FORMAT
				       " are taken here",
				       request->body_bytes, bodies[body].max_bytes);
	if (bodies[body].type && !is_type(request->content_type, bodies[body].type))
		return exchange_refuse(exchange, 415, SIXPIN_ERROR_USAGE, error,
				       "expected a body of the type %s",
				       bodies[body].type);
	return TRUE;
}

gboolean arguments_read_body(struct exchange *exchange, GError **error)
{
	enum route_body body = exchange->route->body;

	return !bodies[body].read || bodies[body].read(exchange, error);
}
