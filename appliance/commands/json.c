/* SPDX-License-Identifier: MIT */
/* json-glib's own conversion, both ways. */
#include "appliance/commands/json.h"

void call_add_variant(struct call *call, const char *name, GVariant *value)
{
	json_builder_set_member_name(call->result, name);
	json_builder_add_value(call->result, json_gvariant_serialize(value));
}

GVariant *variant_of_json(JsonNode *object)
{
	return g_variant_ref_sink(json_gvariant_deserialize(object, NULL, NULL));
}
