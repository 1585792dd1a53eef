/* SPDX-License-Identifier: MIT */
/* Private to the engine: what a memory must hold after a write, as images to compare
 * with. */
#pragma once

#include "images/image.h"

/* The image with every page that it touches filled up with 0xFF: as an erase leaves the
 * rest. Free with image_free. */
struct image *avr_fill_pages(const struct image *image, uint32_t page_bytes);

/* All of a memory that was erased, with the images that were written into it since;
 * `second` has the last word, both may be NULL. They must fit. Free with image_free. */
struct image *avr_whole_memory(uint32_t n_bytes, const struct image *first,
			       const struct image *second);
