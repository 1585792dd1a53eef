/* SPDX-License-Identifier: MIT */
/* What handlers ask an exchange for, and how they answer it. */
#include "web/exchange.h"

#include "appliance/base/error.h"

#include <string.h>

static GBytes *bytes_of(JsonNode *node)
{
	char *text = json_to_string(node, FALSE);

	json_node_unref(node);
	return g_bytes_new_take(text, strlen(text));
}

void exchange_json(struct exchange *exchange, unsigned status, JsonNode *node)
{
	exchange->answer->status = status;
	exchange->answer->body = bytes_of(node);
}

void exchange_value(struct exchange *exchange, unsigned status, const char *name,
		    GVariant *value)
{
	g_autoptr(GVariant) kept = value ? g_variant_take_ref(value) : NULL;
	JsonObject *object = json_object_new();

	if (name)
		json_object_set_member(object, name, json_gvariant_serialize(kept));
	exchange_json(exchange, status, json_node_init_object(json_node_alloc(), object));
	json_object_unref(object);
}

void exchange_dict(struct exchange *exchange, unsigned status, GVariantDict *facts)
{
	g_autoptr(GVariant) all = g_variant_ref_sink(g_variant_dict_end(facts));

	exchange_json(exchange, status, json_gvariant_serialize(all));
}

gboolean exchange_refuse(struct exchange *exchange, unsigned status,
			 enum sixpin_error code, GError **error, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	exchange->failure_status = status;
	*error = g_error_new_valist(SIXPIN_ERROR, (int)code, format, arguments);
	va_end(arguments);
	return FALSE;
}

const char *exchange_string(const struct exchange *exchange, const char *member)
{
	return exchange->body ? json_object_get_string_member_with_default(exchange->body,
									   member, NULL)
			      : NULL;
}

gboolean exchange_flag(const struct exchange *exchange, const char *member)
{
	return exchange->body &&
	       json_object_get_boolean_member_with_default(exchange->body, member, FALSE);
}

const char *exchange_query(const struct exchange *exchange, const char *name)
{
	return g_hash_table_lookup(exchange->query, name);
}

GVariant *exchange_call(struct exchange *exchange, const char *method,
			GVariant *arguments, GVariant *options, GError **error)
{
	return bus_call(exchange->web->bus, method, arguments, options, exchange->token,
			NULL, NULL, error);
}

int exchange_call_file(struct exchange *exchange, const char *method, GVariant *arguments,
		       GVariant *options, GError **error)
{
	g_autoptr(GUnixFDList) fds = NULL;
	g_autoptr(GVariant) reply = bus_call(exchange->web->bus, method, arguments,
					     options, exchange->token, NULL, &fds, error);

	if (!reply)
		return -1;
	if (fds && g_unix_fd_list_get_length(fds) > 0)
		return g_unix_fd_list_get(fds, 0, error);
	g_set_error_literal(error, SIXPIN_ERROR, SIXPIN_ERROR_IO,
			    "the station handed no file over");
	return -1;
}

gboolean exchange_query_flag(const struct exchange *exchange, const char *name)
{
	return g_strcmp0(exchange_query(exchange, name), "1") == 0;
}

/* Neither part of a pair can bring another one along. */
static bool is_plain(const char *text)
{
	return *text &&
	       text[strspn(text, G_CSET_a_2_z G_CSET_A_2_Z G_CSET_DIGITS "-_.")] == 0;
}

gboolean exchange_pairs(const struct exchange *exchange, const char *member, char **pairs,
			GError **error)
{
	JsonObject *object =
		json_object_has_member(exchange->body, member)
			? json_object_get_object_member(exchange->body, member)
			: NULL;
	g_autoptr(GList) names = object ? json_object_get_members(object) : NULL;
	g_autoptr(GString) text = g_string_new(NULL);

	*pairs = NULL;
	for (GList *name = names; name; name = name->next) {
		const char *value = json_object_get_string_member(object, name->data);

		if (!is_plain(name->data) || !is_plain(value)) {
			g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE,
				    "%s: \"%.100s\": \"%.100s\" cannot be one", member,
				    (const char *)name->data, value);
			return FALSE;
		}
		g_string_append_printf(text, "%s%s=%s", text->len ? "," : "",
				       (const char *)name->data, value);
	}
	if (text->len)
		*pairs = g_string_free(g_steal_pointer(&text), FALSE);
	return TRUE;
}

gboolean exchange_do(struct exchange *exchange, const char *method, GVariant *arguments,
		     GVariant *options, GError **error)
{
	g_autoptr(GVariant) reply =
		exchange_call(exchange, method, arguments, options, error);

	if (reply)
		exchange_value(exchange, 200, NULL, NULL);
	return reply != NULL;
}

gboolean exchange_facts(struct exchange *exchange, const char *method,
			GVariant *arguments, GError **error)
{
	g_autoptr(GVariant) reply =
		exchange_call(exchange, method, arguments, NULL, error);
	g_autoptr(GVariant) facts = reply ? g_variant_get_child_value(reply, 0) : NULL;

	if (facts)
		exchange_json(exchange, 200, json_gvariant_serialize(facts));
	return facts != NULL;
}

gboolean exchange_list(struct exchange *exchange, const char *method, GVariant *options,
		       const char *member, GError **error)
{
	g_autoptr(GVariant) reply = exchange_call(exchange, method, NULL, options, error);

	if (reply)
		exchange_value(exchange, 200, member,
			       g_variant_get_child_value(reply, 0));
	return reply != NULL;
}
