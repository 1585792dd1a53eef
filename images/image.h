/* SPDX-License-Identifier: MIT */
/*
 * An image: bytes with addresses, sparse, in one 32-bit address space.
 *
 * AVR images use avr-gcc's addresses: flash from 0, EEPROM from IMAGE_AVR_EEPROM and so
 * on, so that one file can carry all memories of a part. Other parts use their bus
 * addresses. What no record covers is a hole, which is not the same as a byte of 0xFF.
 */
#pragma once

#include <glib.h>
#include <stdint.h>

/* Where avr-gcc puts what is not flash (binutils, ld scripts avr*.x). */
#define IMAGE_AVR_EEPROM    0x810000u
#define IMAGE_AVR_FUSE	    0x820000u
#define IMAGE_AVR_LOCK	    0x830000u
#define IMAGE_AVR_SIGNATURE 0x840000u
#define IMAGE_AVR_SPACING   0x10000u /* from one of them to the next */

/* Where a backup has calibration bytes: ours, as avr-gcc has no place for them. */
#define IMAGE_AVR_CALIBRATION 0x8F0000u

struct image;

/* A run of bytes without a hole. `data` belongs to the image. */
struct image_segment {
	uint32_t address;
	uint32_t n_bytes;
	const uint8_t *data;
};

struct image *image_new(void);
void image_free(struct image *image); /* NULL is allowed */

static inline void image_cleanup(struct image **image)
{
	image_free(*image);
}

/* image_autofree struct image *image = image_new(); -- freed at the end of its scope,
 * unless g_steal_pointer(&image) has given it away. */
#define image_autofree __attribute__((cleanup(image_cleanup)))

/*
 * Adds n_bytes at address. Bytes that are there already are an overlap:
 * SIXPIN_ERROR_IMAGE that names the range, and nothing is added; so is a range that
 * passes 0xFFFFFFFF. Cheapest in rising order of address: a reader with very many pieces
 * sorts them first.
 */
gboolean image_add(struct image *image, uint32_t address, const uint8_t *data,
		   uint32_t n_bytes, GError **error);

/* Segments in rising order of address, never touching each other. */
unsigned image_n_segments(const struct image *image);
struct image_segment image_segment(const struct image *image, unsigned index);

uint32_t image_n_bytes(const struct image *image); /* holes not counted */

/* Copies n_bytes from address on; holes read as `filler`. Returns how many bytes were
 * there. */
uint32_t image_read(const struct image *image, uint32_t address, uint8_t *data,
		    uint32_t n_bytes, uint8_t filler);

/* A new image of what lies in [base, base + n_bytes), moved down to address 0. */
struct image *image_window(const struct image *image, uint32_t base, uint32_t n_bytes);

/* SHA-256, lower-case hex, over address, length (both 32 bits, little-endian) and bytes
 * of each segment: the same for the same bytes at the same addresses, whatever file
 * format or line ends they came in. Free with g_free. */
char *image_digest(const struct image *image);

gboolean image_equal(const struct image *a, const struct image *b);

/* Does every byte lie in one of avr-gcc's memories? IMAGE names `name` and the first
 * range that does not: nobody would write it. */
gboolean image_check_avr(const struct image *image, const char *name, GError **error);
