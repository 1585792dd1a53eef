/* SPDX-License-Identifier: MIT */
/* Whole files: read whole, written whole or not at all. */
#pragma once

#include <glib.h>

/* Up to IMAGE_MAX_BYTES of a regular file. IO, or IMAGE where it is longer. Free with
 * g_byte_array_unref. */
GByteArray *file_read(const char *path, GError **error);

/* As image_save does it: temporary file, fsync, rename, through a symbolic link. IO. */
gboolean file_save(const char *path, GBytes *bytes, GError **error);
