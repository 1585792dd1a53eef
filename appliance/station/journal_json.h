/* SPDX-License-Identifier: MIT */
/* Any GVariant as JSON, for the journal's own files. Unlike json-glib's it keeps unsigned
 * numbers of 64 bits, and what JSON has no number for is null. */
#pragma once

#include <glib.h>

void json_append_variant(GString *json, GVariant *value);
