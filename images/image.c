/* SPDX-License-Identifier: MIT */
/*
 * The sparse image: a sorted array of segments, kept so that neighbours never touch. Ends
 * of ranges are 64 bits wide, because a segment may end at 4 GiB exactly.
 */
#include "images/image.h"

#include <string.h>

#include "appliance/base/error.h"

struct segment {
	uint32_t address;
	GByteArray *bytes;
};

struct image {
	GArray *segments; /* struct segment, by rising address */
};

static struct segment *segment_at(const struct image *image, unsigned index)
{
	return &g_array_index(image->segments, struct segment, index);
}

static uint64_t segment_end(const struct segment *segment)
{
	return (uint64_t)segment->address + segment->bytes->len;
}

static void segment_clear(void *segment)
{
	g_byte_array_unref(((struct segment *)segment)->bytes);
}

struct image *image_new(void)
{
	struct image *image = g_new0(struct image, 1);

	image->segments = g_array_new(FALSE, FALSE, sizeof(struct segment));
	g_array_set_clear_func(image->segments, segment_clear);
	return image;
}

void image_free(struct image *image)
{
	if (!image)
		return;
	g_array_unref(image->segments);
	g_free(image);
}

/* Index of the first segment that ends after `address`. */
static unsigned first_ending_after(const struct image *image, uint64_t address)
{
	unsigned low = 0, high = image->segments->len;

	while (low < high) {
		unsigned middle = low + (high - low) / 2;

		if (segment_end(segment_at(image, middle)) > address)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

static gboolean range_is_free(const struct image *image, unsigned next, uint32_t address,
			      uint64_t end, GError **error)
{
	const struct segment *there;
	uint64_t first, last;

	if (next == image->segments->len || segment_at(image, next)->address >= end)
		return TRUE;
	there = segment_at(image, next);
	first = MAX(address, there->address);
	last = MIN(end, segment_end(there)) - 1;
	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_IMAGE,
		    "0x%04X-0x%04X overlaps what is there already at 0x%04X-0x%04X",
		    address, (uint32_t)(end - 1), (uint32_t)first, (uint32_t)last);
	return FALSE;
}

static void insert(struct image *image, unsigned index, uint32_t address,
		   const uint8_t *data, uint32_t n_bytes)
{
	struct segment segment = { address, g_byte_array_new() };

	g_byte_array_append(segment.bytes, data, n_bytes);
	g_array_insert_val(image->segments, index, segment);
}

/* Appends to segment `index`, which may then reach the one after it. */
static void append(struct image *image, unsigned index, const uint8_t *data,
		   uint32_t n_bytes)
{
	struct segment *segment = segment_at(image, index);
	const struct segment *next;

	g_byte_array_append(segment->bytes, data, n_bytes);
	if (index + 1 == image->segments->len)
		return;
	next = segment_at(image, index + 1);
	if (next->address != segment_end(segment))
		return;
	g_byte_array_append(segment->bytes, next->bytes->data, next->bytes->len);
	g_array_remove_index(image->segments, index + 1);
}

gboolean image_add(struct image *image, uint32_t address, const uint8_t *data,
		   uint32_t n_bytes, GError **error)
{
	uint64_t end = (uint64_t)address + n_bytes;
	unsigned next = first_ending_after(image, address);
	struct segment *segment;

	if (n_bytes == 0)
		return TRUE;
	if (end > UINT64_C(1) << 32) {
		g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_IMAGE,
			    "%u bytes at 0x%04X pass the last address, 0xFFFFFFFF",
			    n_bytes, address);
		return FALSE;
	}
	if (!range_is_free(image, next, address, end, error))
		return FALSE;

	if (next > 0 && segment_end(segment_at(image, next - 1)) == address) {
		append(image, next - 1, data, n_bytes);
	} else if (next < image->segments->len &&
		   segment_at(image, next)->address == end) {
		segment = segment_at(image, next);
		g_byte_array_prepend(segment->bytes, data, n_bytes);
		segment->address = address;
	} else {
		insert(image, next, address, data, n_bytes);
	}
	return TRUE;
}

unsigned image_n_segments(const struct image *image)
{
	return image->segments->len;
}

struct image_segment image_segment(const struct image *image, unsigned index)
{
	const struct segment *segment;

	g_assert(index < image->segments->len);
	segment = segment_at(image, index);
	return (struct image_segment){ segment->address, segment->bytes->len,
				       segment->bytes->data };
}

uint32_t image_n_bytes(const struct image *image)
{
	uint32_t n_bytes = 0;

	for (unsigned i = 0; i < image->segments->len; i++)
		n_bytes += segment_at(image, i)->bytes->len;
	return n_bytes;
}

/* The part of a segment that lies in [from, end); n_bytes is 0 when there is none. */
static struct image_segment clip(const struct segment *segment, uint64_t from,
				 uint64_t end)
{
	uint64_t first = MAX(from, segment->address);
	uint64_t last = MIN(end, segment_end(segment));

	if (first >= last)
		return (struct image_segment){ 0 };
	return (struct image_segment){
		.address = (uint32_t)first,
		.n_bytes = (uint32_t)(last - first),
		.data = segment->bytes->data + (first - segment->address),
	};
}

uint32_t image_read(const struct image *image, uint32_t address, uint8_t *data,
		    uint32_t n_bytes, uint8_t filler)
{
	uint64_t end = (uint64_t)address + n_bytes;
	uint32_t n_there = 0;

	if (n_bytes > 0)
		memset(data, filler, n_bytes);
	for (unsigned i = first_ending_after(image, address); i < image->segments->len;
	     i++) {
		struct image_segment there = clip(segment_at(image, i), address, end);

		if (there.n_bytes == 0)
			break;
		memcpy(data + (there.address - address), there.data, there.n_bytes);
		n_there += there.n_bytes;
	}
	return n_there;
}

struct image *image_window(const struct image *image, uint32_t base, uint32_t n_bytes)
{
	uint64_t end = (uint64_t)base + n_bytes;
	struct image *window = image_new();

	for (unsigned i = first_ending_after(image, base); i < image->segments->len;
	     i++) {
		struct image_segment there = clip(segment_at(image, i), base, end);

		if (there.n_bytes == 0)
			break;
		insert(window, window->segments->len, there.address - base, there.data,
		       there.n_bytes);
	}
	return window;
}

char *image_digest(const struct image *image)
{
	g_autoptr(GChecksum) checksum = g_checksum_new(G_CHECKSUM_SHA256);

	for (unsigned i = 0; i < image->segments->len; i++) {
		const struct segment *segment = segment_at(image, i);
		uint32_t head[2] = { GUINT32_TO_LE(segment->address),
				     GUINT32_TO_LE(segment->bytes->len) };

		g_checksum_update(checksum, (const guchar *)head, sizeof(head));
		g_checksum_update(checksum, segment->bytes->data, segment->bytes->len);
	}
	return g_strdup(g_checksum_get_string(checksum));
}

static gboolean segment_equal(const struct segment *a, const struct segment *b)
{
	return a->address == b->address && a->bytes->len == b->bytes->len &&
	       memcmp(a->bytes->data, b->bytes->data, a->bytes->len) == 0;
}

gboolean image_equal(const struct image *a, const struct image *b)
{
	if (a->segments->len != b->segments->len)
		return FALSE;
	for (unsigned i = 0; i < a->segments->len; i++) {
		if (!segment_equal(segment_at(a, i), segment_at(b, i)))
			return FALSE;
	}
	return TRUE;
}

/* Flash ends where EEPROM begins; the others have a stretch of the same length each. */
static gboolean is_in_avr_memory(const struct image_segment *segment)
{
	static const uint32_t bases[] = { IMAGE_AVR_EEPROM, IMAGE_AVR_FUSE,
					  IMAGE_AVR_LOCK, IMAGE_AVR_SIGNATURE,
					  IMAGE_AVR_CALIBRATION };
	uint64_t end = (uint64_t)segment->address + segment->n_bytes;

	if (end <= IMAGE_AVR_EEPROM)
		return TRUE;
	for (unsigned i = 0; i < G_N_ELEMENTS(bases); i++)
		if (segment->address >= bases[i] && end <= bases[i] + IMAGE_AVR_SPACING)
			return TRUE;
	return FALSE;
}

gboolean image_check_avr(const struct image *image, const char *name, GError **error)
{
	for (unsigned i = 0; i < image_n_segments(image); i++) {
		struct image_segment segment = image_segment(image, i);

		if (is_in_avr_memory(&segment))
			continue;
		g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_IMAGE,
			    "%s: bytes at 0x%08X-0x%08X belong to no memory of an AVR",
			    name, segment.address, segment.address + segment.n_bytes - 1);
		return FALSE;
	}
	return TRUE;
}
