/* SPDX-License-Identifier: MIT */
/* Merging facts, and their way to the disk and back. */
#include "appliance/station/journal_facts.h"

static void add(GHashTable *values, GPtrArray *names, GVariant *facts)
{
	GVariantIter iter;
	const char *name;
	GVariant *value;

	if (!facts)
		return;
	g_variant_iter_init(&iter, facts);
	while (g_variant_iter_next(&iter, "{&s@v}", &name, &value)) {
		if (!g_hash_table_contains(values, name))
			g_ptr_array_add(names, g_strdup(name));
		g_hash_table_replace(values, g_strdup(name), value);
	}
}

static void free_value(gpointer value)
{
	g_variant_unref(value);
}

GVariant *facts_merge(GVariant *earlier, GVariant *later)
{
	g_autoptr(GHashTable) values =
		g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_value);
	g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
	GVariantBuilder builder;

	add(values, names, earlier);
	add(values, names, later);
	g_variant_builder_init(&builder, G_VARIANT_TYPE_VARDICT);
	for (unsigned i = 0; i < names->len; i++)
		g_variant_builder_add(&builder, "{s@v}", names->pdata[i],
				      g_hash_table_lookup(values, names->pdata[i]));
	return g_variant_ref_sink(g_variant_builder_end(&builder));
}

static GVariant *in_little_endian(GVariant *facts)
{
	return G_BYTE_ORDER == G_LITTLE_ENDIAN ? g_variant_ref(facts)
					       : g_variant_byteswap(facts);
}

GBytes *facts_to_bytes(GVariant *facts)
{
	g_autoptr(GVariant) normal = g_variant_get_normal_form(facts);
	g_autoptr(GVariant) ordered = in_little_endian(normal);

	return g_variant_get_data_as_bytes(ordered);
}

GVariant *facts_from_bytes(const void *data, gsize n_bytes)
{
	g_autoptr(GBytes) bytes = g_bytes_new(data, n_bytes);
	g_autoptr(GVariant) stored = g_variant_ref_sink(
		g_variant_new_from_bytes(G_VARIANT_TYPE_VARDICT, bytes, FALSE));
	g_autoptr(GVariant) ordered = in_little_endian(stored);

	return g_variant_get_normal_form(ordered);
}
