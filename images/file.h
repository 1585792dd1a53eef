/* SPDX-License-Identifier: MIT */
/* Whole files: read whole, written whole or not at all. */
#pragma once

#include <glib.h>

/* Up to IMAGE_MAX_BYTES of a regular file. IO, or IMAGE where it is longer. Free with
 * g_byte_array_unref. */
GByteArray *file_read(const char *path, GError **error);

/* As image_save does it: temporary file, fsync, rename, fsync of the folder, through a
 * symbolic link. The temporary file's name begins with a dot. IO. */
gboolean file_save(const char *path, GBytes *bytes, GError **error);

/* Takes a file away, for good: its folder is synced. IO. */
gboolean file_remove(const char *path, GError **error);

/* Makes what was made, renamed or taken away in a folder last. IO. */
gboolean folder_sync(const char *folder, GError **error);
