/* SPDX-License-Identifier: MIT */
/* What a memory must hold once images were written into it. */
#include "appliance/avr/expected.h"

#include <string.h>

struct image *avr_fill_pages(const struct image *image, uint32_t page)
{
	struct image *filled = image_new();
	g_autofree uint8_t *data = g_malloc(page);
	uint32_t next = 0;

	for (unsigned i = 0; i < image_n_segments(image); i++) {
		struct image_segment segment = image_segment(image, i);
		uint32_t at = MAX(segment.address - segment.address % page, next);

		for (; at < segment.address + segment.n_bytes; at += page) {
			image_read(image, at, data, page, 0xFF);
			image_add(filled, at, data, page, NULL);
			next = at + page;
		}
	}
	return filled;
}

static void overlay(uint8_t *data, uint32_t n_bytes, const struct image *image)
{
	for (unsigned i = 0; image && i < image_n_segments(image); i++) {
		struct image_segment segment = image_segment(image, i);

		g_assert(segment.address + segment.n_bytes <= n_bytes);
		memcpy(data + segment.address, segment.data, segment.n_bytes);
	}
}

struct image *avr_whole_memory(uint32_t n_bytes, const struct image *first,
			       const struct image *second)
{
	g_autofree uint8_t *data = g_malloc(n_bytes);
	struct image *whole = image_new();

	memset(data, 0xFF, n_bytes);
	overlay(data, n_bytes, first);
	overlay(data, n_bytes, second);
	image_add(whole, 0, data, n_bytes, NULL);
	return whole;
}
