/* SPDX-License-Identifier: MIT */
/*
 * Text files of records, a line each: what Intel HEX and Motorola S-record have in
 * common. A record is a mark, maybe a type digit, then bytes as hex digits: first its
 * length byte, last its checksum.
 *
 * A format embeds struct records as the first member of its own parser, and is called
 * back with each record that is whole and sums up.
 */
#pragma once

#include "images/image.h"

/* The longest record of any format: a length byte, 255 bytes that it counts, and what it
 * does not count. */
#define RECORDS_MAX_BYTES 260u

struct records;

/* How a format writes its lines. */
struct records_syntax {
	const char *what; /* "Intel HEX records" */
	const char *end;  /* an end record, for messages */
	char mark;	  /* of every line; a small letter is as good as a capital */
	unsigned n_head;  /* characters before the first byte: the mark, a type digit */
	unsigned n_least; /* bytes of the shortest record */
	unsigned n_added; /* bytes that the length byte does not count, itself among them
			   */
	uint8_t total;	  /* what all bytes of a record add up to, checksum included */

	/* Takes a record: `line` is its text, `bytes` begins with the length byte and
	 * ends with the checksum, both right. */
	gboolean (*take)(struct records *records, const char *line, const uint8_t *bytes,
			 gsize n_bytes, GError **error);
};

/* `line` is that of the record that is being taken; the others are records_read's. */
struct records {
	const char *name;
	unsigned line;
	unsigned end_line; /* of the end record, set by the format; 0 until it came */
	GByteArray *bytes;
	GArray *chunks;
};

/* Reads a whole file, as image_format.read does; `records` is zeroed before. */
struct image *records_read(struct records *records, const struct records_syntax *syntax,
			   const char *name, const uint8_t *data, gsize n_bytes,
			   GError **error);

/* Data of the record that is being taken. Overlaps come out when all are there. */
void records_collect(struct records *records, uint32_t address, const uint8_t *data,
		     uint32_t n_bytes);

/* The same for formats whose addresses run on: past 0xFFFFFFFF is an error. */
gboolean records_collect_linear(struct records *records, uint32_t address,
				const uint8_t *data, uint32_t n_bytes, GError **error);

/* SIXPIN_ERROR_IMAGE with file and line in front; FALSE. */
gboolean records_fail(const struct records *records, GError **error, const char *format,
		      ...) G_GNUC_PRINTF(3, 4);

/* Writes a record: its head (":", "S1"), then bytes, the length byte first; the checksum
 * is added. */
void records_put(GString *text, const struct records_syntax *syntax, const char *head,
		 const uint8_t *bytes, gsize n_bytes);

/* Data bytes of the record that follows n_done bytes of a segment. Records end at
 * multiples of 16, hence never pass a 64 KiB boundary. */
uint32_t records_piece(const struct image_segment *segment, uint32_t n_done);
