/* SPDX-License-Identifier: MIT */
/*
 * Raw binary: bytes without addresses. The caller says where the first one belongs; holes
 * are written as 0xFF, the state of erased flash.
 */
#include "images/format.h"

#include "appliance/base/error.h"

static struct image *bin_read(const char *name, const uint8_t *data, gsize n_bytes,
			      uint32_t base, GError **error)
{
	image_autofree struct image *image = image_new();

	if (n_bytes == 0) {
		g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_IMAGE,
			    "%s: is empty, expected at least one byte", name);
		return NULL;
	}
	if (n_bytes > IMAGE_MAX_BYTES) {
		g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_IMAGE,
			    "%s: is %" G_GSIZE_FORMAT " bytes long, expected at most %u",
			    name, n_bytes, IMAGE_MAX_BYTES);
		return NULL;
	}
	if (!image_add(image, base, data, (uint32_t)n_bytes, error)) {
		g_prefix_error(error, "%s: ", name);
		return NULL;
	}
	return g_steal_pointer(&image);
}

static GBytes *bin_write(const struct image *image, GError **error)
{
	unsigned n_segments = image_n_segments(image);
	struct image_segment first, last;
	uint64_t n_bytes;
	uint8_t *data;

	if (n_segments == 0) {
		g_set_error(
			error, SIXPIN_ERROR, SIXPIN_ERROR_IMAGE,
			"the image is empty: there is nothing to write as raw binary");
		return NULL;
	}
	first = image_segment(image, 0);
	last = image_segment(image, n_segments - 1);
	n_bytes = (uint64_t)last.address + last.n_bytes - first.address;
	if (n_bytes > IMAGE_MAX_BYTES) {
		g_set_error(
			error, SIXPIN_ERROR, SIXPIN_ERROR_IMAGE,
			"0x%04X-0x%04X spans %" G_GUINT64_FORMAT
			" bytes, raw binary carries at most %u: write Intel HEX instead",
			first.address, last.address + (last.n_bytes - 1), n_bytes,
			IMAGE_MAX_BYTES);
		return NULL;
	}
	data = g_malloc(n_bytes);
	image_read(image, first.address, data, (uint32_t)n_bytes, 0xFF);
	return g_bytes_new_take(data, n_bytes);
}

const struct image_format image_format_bin = {
	.name = "bin",
	.description = "raw binary",
	.letter = 'r',
	.read = bin_read,
	.write = bin_write,
};
