/* SPDX-License-Identifier: MIT */
/* What must hold for every image and every error, whatever file it came from. */
#pragma once

#include <glib.h>
#include <string.h>

#include "appliance/base/error.h"
#include "images/format.h"

/* Segments rise, do not touch, and add up. */
static inline void check_segments(const struct image *image)
{
	uint64_t end = 0, n_bytes = 0;

	for (unsigned i = 0; i < image_n_segments(image); i++) {
		struct image_segment segment = image_segment(image, i);

		g_assert_cmpuint(segment.n_bytes, >, 0);
		g_assert_true(i == 0 || segment.address > end);
		end = (uint64_t)segment.address + segment.n_bytes;
		n_bytes += segment.n_bytes;
	}
	g_assert_cmpuint(end, <=, UINT64_C(1) << 32);
	g_assert_cmpuint(image_n_bytes(image), ==, n_bytes);
}

/* Writing and reading again gives the same image. */
static inline void check_round_trip(const struct image *image,
				    const struct image_format *format)
{
	uint32_t base = image_n_segments(image) ? image_segment(image, 0).address : 0;
	g_autoptr(GError) error = NULL;
	g_autoptr(GBytes) bytes = format->write(image, &error);
	image_autofree struct image *again = NULL;

	g_assert_no_error(error);
	again = format->read("again", g_bytes_get_data(bytes, NULL),
			     g_bytes_get_size(bytes), base, &error);
	g_assert_no_error(error);
	g_assert_true(image_equal(image, again));
}

/* An error of ours that names the file, in UTF-8 as D-Bus asks for; on one line of a
 * display. */
static inline void check_error(const GError *error, const char *name)
{
	g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_IMAGE);
	g_assert_true(g_str_has_prefix(error->message, name));
	g_assert_true(g_utf8_validate(error->message, -1, NULL));
	g_assert_null(strpbrk(error->message, "\r\n"));
}

/* Reads, and checks the image or the error. The image, or NULL. */
static inline struct image *check_read(const struct image_format *format,
				       const uint8_t *data, size_t n_bytes, uint32_t base)
{
	g_autoptr(GError) error = NULL;
	struct image *image = format->read("some.file", data, n_bytes, base, &error);

	g_assert_true((image == NULL) == (error != NULL));
	if (image)
		check_segments(image);
	else
		check_error(error, "some.file:");
	return image;
}
