/* SPDX-License-Identifier: MIT */
/* json-glib's own conversion, both ways. */
#include "appliance/commands/json.h"

void call_add_variant(struct call *call, const char *name, GVariant *value)
{
	json_builder_set_member_name(call->result, name);
	json_builder_add_value(call->result, json_gvariant_serialize(value));
}

/* D-Bus has nothing for null: what is null is left out. */
static void strip_nulls(JsonNode *node)
{
	g_autoptr(GList) names = NULL;
	JsonObject *object;

	if (!JSON_NODE_HOLDS_OBJECT(node))
		return;
	object = json_node_get_object(node);
	names = json_object_get_members(object);
	for (GList *name = names; name; name = name->next) {
		JsonNode *member = json_object_get_member(object, name->data);

		if (JSON_NODE_HOLDS_NULL(member))
			json_object_remove_member(object, name->data);
		else
			strip_nulls(member);
	}
}

GVariant *variant_of_json(JsonNode *object)
{
	strip_nulls(object);
	return g_variant_ref_sink(json_gvariant_deserialize(object, NULL, NULL));
}
