/* SPDX-License-Identifier: MIT */
/* What images hold: files of a caller, and those that the station keeps. */
#pragma once

#include "appliance/commands/call.h"

/* A file's content, as lines and as members of the open object: file, format, bytes,
 * digest, segments (address, last, bytes, memory); where the catalogue knows it,
 * catalogue (its id there), title, and bad where it is not to be used. IMAGE. */
gboolean images_tell(struct call *call, const char *name, const GByteArray *file,
		     GError **error);

/* The same of a kept image, and file_bytes; of a list of serial numbers file, format
 * ("list"), numbers, digest, file_bytes. a{sv}; ends the call's result. Free with
 * g_variant_unref. */
GVariant *images_describe(struct call *call, const char *name, GError **error);
