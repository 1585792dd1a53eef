/* SPDX-License-Identifier: MIT */
/* The facts of a run, a{sv} of any types, as the database keeps them: serialized GVariant
 * in little-endian order. For the journal's own files. */
#pragma once

#include <glib.h>

/* Later ones replace earlier ones of the same name; their order stays. Either may be
 * NULL. Not floating; free with g_variant_unref. */
GVariant *facts_merge(GVariant *earlier, GVariant *later);

GBytes *facts_to_bytes(GVariant *facts);

/* Whatever the bytes are: those that are no facts give none. */
GVariant *facts_from_bytes(const void *data, gsize n_bytes);
