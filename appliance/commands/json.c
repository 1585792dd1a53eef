/* SPDX-License-Identifier: MIT */
/* json-glib's own conversion, both ways. */
#include "appliance/commands/json.h"

void call_add_variant(struct call *call, const char *name, GVariant *value)
{
	json_builder_set_member_name(call->result, name);
	json_builder_add_value(call->result, json_gvariant_serialize(value));
}

static void strip_nulls(JsonNode *node);

static void strip_object(JsonObject *object)
{
	g_autoptr(GList) names = json_object_get_members(object);

	for (GList *name = names; name; name = name->next) {
		JsonNode *member = json_object_get_member(object, name->data);

		if (JSON_NODE_HOLDS_NULL(member))
			json_object_remove_member(object, name->data);
		else
			strip_nulls(member);
	}
}

static void strip_array(JsonArray *array)
{
	for (guint i = 0; i < json_array_get_length(array); i++)
		strip_nulls(json_array_get_element(array, i));
}

/* D-Bus has nothing for null: members that are null are left out. */
static void strip_nulls(JsonNode *node)
{
	if (JSON_NODE_HOLDS_OBJECT(node))
		strip_object(json_node_get_object(node));
	else if (JSON_NODE_HOLDS_ARRAY(node))
		strip_array(json_node_get_array(node));
}

GVariant *variant_of_json(JsonNode *object)
{
	strip_nulls(object);
	return g_variant_ref_sink(json_gvariant_deserialize(object, NULL, NULL));
}
