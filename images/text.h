/* SPDX-License-Identifier: MIT */
/* How text begins, for the formats that are text and for telling what a file is. */
#pragma once

#include <glib.h>
#include <stdint.h>
#include <string.h>

/* Length of the byte order mark that some editors put in front; 0 where there is none. */
static inline gsize text_bom_length(const uint8_t *data, gsize n_bytes)
{
	return n_bytes >= 3 && memcmp(data, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
}

/* Index of the first byte that is neither byte order mark nor blank; n_bytes if there is
 * none. */
static inline gsize text_begin(const uint8_t *data, gsize n_bytes)
{
	gsize i = text_bom_length(data, n_bytes);

	while (i < n_bytes && g_ascii_isspace(data[i]))
		i++;
	return i;
}
