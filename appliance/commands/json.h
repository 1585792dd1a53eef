/* SPDX-License-Identifier: MIT */
/* GVariants as members of a call's result, and a result as a GVariant. */
#pragma once

#include "appliance/commands/call.h"

/* A member of the open object; the value as JSON has it. */
void call_add_variant(struct call *call, const char *name, GVariant *value);

/* A JSON object as a{sv}: objects a{sv}, arrays av; members that are null are taken out
 * of it. Free with g_variant_unref. */
GVariant *variant_of_json(JsonNode *object);
