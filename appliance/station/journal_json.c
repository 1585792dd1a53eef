/* SPDX-License-Identifier: MIT */
/* GVariant to JSON (RFC 8259), on one line. */
#include "appliance/station/journal_json.h"

#include <math.h>
#include <stdbool.h>

static void append_string(GString *json, const char *text)
{
	g_string_append_c(json, '"');
	for (; *text; text++) {
		unsigned char byte = (unsigned char)*text;

		if (byte == '"' || byte == '\\')
			g_string_append_printf(json, "\\%c", byte);
		else if (byte < 0x20 || byte == 0x7F)
			g_string_append_printf(json, "\\u%04x", byte);
		else
			g_string_append_c(json, *text);
	}
	g_string_append_c(json, '"');
}

static void append_double(GString *json, double number)
{
	char text[G_ASCII_DTOSTR_BUF_SIZE];

	g_string_append(json, isfinite(number)
				      ? g_ascii_dtostr(text, sizeof(text), number)
				      : "null");
}

static bool is_dictionary(GVariant *value)
{
	const GVariantType *type = g_variant_get_type(value);

	return g_variant_type_is_array(type) &&
	       g_variant_type_is_dict_entry(g_variant_type_element(type));
}

/* Names are strings in JSON, whatever the key's type. */
static void append_member(GString *json, GVariant *entry)
{
	g_autoptr(GVariant) key = g_variant_get_child_value(entry, 0);
	g_autoptr(GVariant) value = g_variant_get_child_value(entry, 1);
	g_autofree char *printed = NULL;

	if (g_variant_is_of_type(key, G_VARIANT_TYPE_STRING)) {
		append_string(json, g_variant_get_string(key, NULL));
	} else {
		printed = g_variant_print(key, FALSE);
		append_string(json, printed);
	}
	g_string_append_c(json, ':');
	json_append_variant(json, value);
}

static void append_children(GString *json, GVariant *value)
{
	bool is_object = is_dictionary(value);

	g_string_append_c(json, is_object ? '{' : '[');
	for (gsize i = 0; i < g_variant_n_children(value); i++) {
		g_autoptr(GVariant) child = g_variant_get_child_value(value, i);

		if (i > 0)
			g_string_append_c(json, ',');
		if (is_object)
			append_member(json, child);
		else
			json_append_variant(json, child);
	}
	g_string_append_c(json, is_object ? '}' : ']');
}

static void append_inner(GString *json, GVariant *inner)
{
	if (!inner) {
		g_string_append(json, "null");
		return;
	}
	json_append_variant(json, inner);
	g_variant_unref(inner);
}

void json_append_variant(GString *json, GVariant *value)
{
	g_autofree char *printed = NULL;

	switch (g_variant_classify(value)) {
	case G_VARIANT_CLASS_STRING:
	case G_VARIANT_CLASS_OBJECT_PATH:
	case G_VARIANT_CLASS_SIGNATURE:
		append_string(json, g_variant_get_string(value, NULL));
		break;
	case G_VARIANT_CLASS_BYTE:
		g_string_append_printf(json, "%u", g_variant_get_byte(value));
		break;
	case G_VARIANT_CLASS_HANDLE:
		g_string_append_printf(json, "%d", g_variant_get_handle(value));
		break;
	case G_VARIANT_CLASS_DOUBLE:
		append_double(json, g_variant_get_double(value));
		break;
	case G_VARIANT_CLASS_VARIANT:
		append_inner(json, g_variant_get_variant(value));
		break;
	case G_VARIANT_CLASS_MAYBE:
		append_inner(json, g_variant_get_maybe(value));
		break;
	case G_VARIANT_CLASS_ARRAY:
	case G_VARIANT_CLASS_TUPLE:
	case G_VARIANT_CLASS_DICT_ENTRY:
		append_children(json, value);
		break;
	default:
		/* GVariant's text of booleans and integers is JSON. */
		printed = g_variant_print(value, FALSE);
		g_string_append(json, printed);
		break;
	}
}
