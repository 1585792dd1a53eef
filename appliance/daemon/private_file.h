/* SPDX-License-Identifier: MIT */
/* Files as they pass over the bus: descriptors of others are copied, and what is handed
 * out belongs to whoever gets it. */
#pragma once

#include <gio/gio.h>

/* Is it a regular file of at most IMAGE_MAX_BYTES? IMAGE, IO. */
gboolean private_check(const char *name, int fd, GError **error);

/* A copy of such a file, of which no later change is seen; the descriptor stays the
 * caller's. IMAGE for anything else, IO. Free with g_bytes_unref. */
GBytes *private_copy(const char *name, int fd, GError **error);

/* A private file with this content, at its beginning; the caller closes it. -1 and IO. */
int private_file(GBytes *bytes, GError **error);
