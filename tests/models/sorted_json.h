/* SPDX-License-Identifier: MIT */
/* JSON with the members of each object by name: their order means nothing. */
#pragma once

#include <json-glib/json-glib.h>

/* Ends the test where it is no JSON. Free with g_free. */
char *sorted_json(const char *text);

char *sorted_json_of_node(JsonNode *node);
