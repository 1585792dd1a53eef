/* SPDX-License-Identifier: MIT */
/* Merging images, and cutting them at a boundary. */
#include "images/merge.h"

#include "appliance/base/error.h"

static uint64_t end_of(const struct image_segment *segment)
{
	return (uint64_t)segment->address + segment->n_bytes;
}

/* The first two segments that share an address; both images' segments rise. */
static gboolean find_overlap(const struct image *a, const struct image *b,
			     struct image_segment *in_a, struct image_segment *in_b)
{
	unsigned i = 0, j = 0;

	while (i < image_n_segments(a) && j < image_n_segments(b)) {
		*in_a = image_segment(a, i);
		*in_b = image_segment(b, j);
		if (end_of(in_a) <= in_b->address)
			i++;
		else if (end_of(in_b) <= in_a->address)
			j++;
		else
			return TRUE;
	}
	return FALSE;
}

static void set_overlap(const struct image_segment *in_into,
			const struct image_segment *in_more, const char *into_name,
			const char *more_name, GError **error)
{
	uint32_t into_last = (uint32_t)(end_of(in_into) - 1);
	uint32_t more_last = (uint32_t)(end_of(in_more) - 1);

	g_set_error(
		error, SIXPIN_ERROR, SIXPIN_ERROR_IMAGE,
		"%s (0x%04X-0x%04X) overlaps %s (0x%04X-0x%04X) in 0x%04X-0x%04X; if one "
		"of them carries more than its boot loader, sixpin merge "
		"--keep-boot-section takes the boot section alone",
		more_name, in_more->address, more_last, into_name, in_into->address,
		into_last, MAX(in_into->address, in_more->address),
		MIN(into_last, more_last));
}

/* Asserts that there is room: the caller has looked. */
static void add_all(struct image *into, const struct image *more)
{
	for (unsigned i = 0; i < image_n_segments(more); i++) {
		struct image_segment segment = image_segment(more, i);
		gboolean added = image_add(into, segment.address, segment.data,
					   segment.n_bytes, NULL);

		g_assert(added);
	}
}

gboolean image_merge(struct image *into, const struct image *more, const char *into_name,
		     const char *more_name, GError **error)
{
	struct image_segment in_into, in_more;

	if (find_overlap(into, more, &in_into, &in_more)) {
		set_overlap(&in_into, &in_more, into_name, more_name, error);
		return FALSE;
	}
	add_all(into, more);
	return TRUE;
}

struct image *image_keep_from(const struct image *image, uint32_t boundary)
{
	struct image *kept = image_new();

	for (unsigned i = 0; i < image_n_segments(image); i++) {
		struct image_segment segment = image_segment(image, i);
		uint32_t n_below = 0;

		if (end_of(&segment) <= boundary)
			continue;
		if (segment.address < boundary)
			n_below = boundary - segment.address;
		image_add(kept, segment.address + n_below, segment.data + n_below,
			  segment.n_bytes - n_below, NULL);
	}
	return kept;
}
