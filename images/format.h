/* SPDX-License-Identifier: MIT */
/*
 * File formats of images, one table of them, and loading a file of unknown format.
 *
 * A reader either returns the whole image or fails with SIXPIN_ERROR_IMAGE, naming the
 * file, the line (or offset), what was expected and what was found. It never returns a
 * part of a file.
 */
#pragma once

#include <glib.h>
#include <stdint.h>

#include "images/image.h"

/* Longest file that is read, and longest span that a format without addresses writes. */
#define IMAGE_MAX_BYTES (64u << 20)

struct image_format {
	const char *name;	 /* "ihex", "srec", "elf", "bin" */
	const char *description; /* "Intel HEX" */
	char letter;		 /* avrdude's: i, s, e, r */

	/* Does the content look like this format? NULL: only when named. */
	gboolean (*sniff)(const uint8_t *data, gsize n_bytes);

	/* `name` is for messages; `base` is where formats without addresses begin. */
	struct image *(*read)(const char *name, const uint8_t *data, gsize n_bytes,
			      uint32_t base, GError **error);

	/* NULL where the format is only read. */
	GBytes *(*write)(const struct image *image, GError **error);
};

extern const struct image_format image_format_ihex;
extern const struct image_format image_format_srec;
extern const struct image_format image_format_elf;
extern const struct image_format image_format_bin;

/* All formats in the order in which they are tried; ends with NULL. */
extern const struct image_format *const image_formats[];

/* By name or letter; NULL if there is none. */
const struct image_format *image_format_find(const char *name);

/*
 * The format of this content. Only content decides, never the file's name. Binary is what
 * is neither a known format nor text: text that is not a known format (a web page saved
 * in place of a hex file) is an error that says what it looks like. Never guesses binary
 * for text.
 */
const struct image_format *image_format_sniff(const char *name, const uint8_t *data,
					      gsize n_bytes, GError **error);

/*
 * Reads a file. format NULL: sniffed from the content, and stored in *found when found is
 * not NULL. base: the address of the first byte for formats without addresses.
 * SIXPIN_ERROR_IMAGE for bad content, SIXPIN_ERROR_IO when the file cannot be read.
 */
struct image *image_load(const char *path, const struct image_format *format,
			 uint32_t base, const struct image_format **found,
			 GError **error);

/* The same of a file that was read already; `name` is for messages. */
struct image *image_parse(const char *name, const GByteArray *bytes,
			  const struct image_format *format, uint32_t base,
			  const struct image_format **found, GError **error);

/*
 * Writes a file: whole or not at all (temporary file, fsync, rename), through a symbolic
 * link. An existing file keeps its mode, a new one gets 0644 less the umask.
 * SIXPIN_ERROR_USAGE for a format that is only read, SIXPIN_ERROR_IMAGE for an image that
 * the format cannot carry.
 */
gboolean image_save(const struct image *image, const char *path,
		    const struct image_format *format, GError **error);
