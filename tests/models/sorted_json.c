/* SPDX-License-Identifier: MIT */
#include "tests/models/sorted_json.h"

#include <string.h>

static void append(GString *text, JsonNode *node);

static void append_object(GString *text, JsonObject *object)
{
	g_autoptr(GList) names =
		g_list_sort(json_object_get_members(object), (GCompareFunc)strcmp);

	g_string_append_c(text, '{');
	for (GList *name = names; name; name = name->next) {
		g_string_append_printf(text, "\"%s\":", (char *)name->data);
		append(text, json_object_get_member(object, name->data));
		if (name->next)
			g_string_append_c(text, ',');
	}
	g_string_append_c(text, '}');
}

static void append_array(GString *text, JsonArray *array)
{
	g_string_append_c(text, '[');
	for (guint i = 0; i < json_array_get_length(array); i++) {
		if (i)
			g_string_append_c(text, ',');
		append(text, json_array_get_element(array, i));
	}
	g_string_append_c(text, ']');
}

static void append(GString *text, JsonNode *node)
{
	g_autofree char *plain = NULL;

	if (JSON_NODE_HOLDS_OBJECT(node)) {
		append_object(text, json_node_get_object(node));
	} else if (JSON_NODE_HOLDS_ARRAY(node)) {
		append_array(text, json_node_get_array(node));
	} else {
		plain = json_to_string(node, FALSE);
		g_string_append(text, plain);
	}
}

char *sorted_json_of_node(JsonNode *node)
{
	GString *text = g_string_new(NULL);

	append(text, node);
	return g_string_free(text, FALSE);
}

char *sorted_json(const char *text)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(JsonNode) root = json_from_string(text, &error);

	g_assert_no_error(error);
	g_assert_nonnull(root);
	return sorted_json_of_node(root);
}
