/* SPDX-License-Identifier: MIT */
/* Intel HEX ("Hexadecimal Object File Format Specification", Intel, revision A, 1988). */
#include "images/format.h"

#include <string.h>

#include "images/records.h"
#include "images/text.h"

#define SEGMENT_BYTES  0x10000u
#define OVERHEAD_BYTES 5u /* length, two of offset, type, checksum */

enum record_type {
	RECORD_DATA,
	RECORD_END,
	RECORD_SEGMENT,
	RECORD_SEGMENT_START,
	RECORD_LINEAR,
	RECORD_LINEAR_START,
	N_RECORD_TYPES
};

static const struct {
	const char *name;
	unsigned n_bytes;
} record_types[N_RECORD_TYPES] = {
	[RECORD_END] = { "end", 0 },
	[RECORD_SEGMENT] = { "extended segment address", 2 },
	[RECORD_SEGMENT_START] = { "start segment address", 4 },
	[RECORD_LINEAR] = { "extended linear address", 2 },
	[RECORD_LINEAR_START] = { "start linear address", 4 },
};

struct record {
	uint8_t n_bytes;
	uint16_t offset;
	uint8_t type;
	const uint8_t *data;
};

struct parser {
	struct records records;
	uint32_t base;	    /* of the last record of type 02 or 04 */
	gboolean segmented; /* that record was of type 02 */
};

static gboolean check_type(const struct parser *parser, const struct record *record,
			   GError **error)
{
	if (record->type >= N_RECORD_TYPES)
		return records_fail(&parser->records, error,
				    "record type is %02X, expected 00 to 05",
				    record->type);
	if (record->type == RECORD_DATA ||
	    record->n_bytes == record_types[record->type].n_bytes)
		return TRUE;
	return records_fail(&parser->records, error,
			    "%s record has %u data bytes, expected %u",
			    record_types[record->type].name, record->n_bytes,
			    record_types[record->type].n_bytes);
}

/* Section 3: offsets wrap at 64 KiB inside a segment (type 02), but run on after type 04.
 */
static gboolean take_data(struct parser *parser, const struct record *record,
			  GError **error)
{
	uint32_t address = parser->base + record->offset;
	uint32_t n_fitting;

	if (!parser->segmented)
		return records_collect_linear(&parser->records, address, record->data,
					      record->n_bytes, error);
	n_fitting = MIN(record->n_bytes, SEGMENT_BYTES - record->offset);
	records_collect(&parser->records, address, record->data, n_fitting);
	records_collect(&parser->records, parser->base, record->data + n_fitting,
			record->n_bytes - n_fitting);
	return TRUE;
}

static void take_base(struct parser *parser, const struct record *record)
{
	uint32_t value = (uint32_t)(record->data[0] << 8 | record->data[1]);

	parser->segmented = record->type == RECORD_SEGMENT;
	parser->base = value << (parser->segmented ? 4 : 16);
}

static gboolean take_record(struct records *records, const char *line,
			    const uint8_t *bytes, gsize n_bytes, GError **error)
{
	struct parser *parser = (struct parser *)records;
	const struct record record = { .n_bytes = bytes[0],
				       .offset = (uint16_t)(bytes[1] << 8 | bytes[2]),
				       .type = bytes[3],
				       .data = bytes + 4 };

	(void)line;
	(void)n_bytes;
	if (!check_type(parser, &record, error))
		return FALSE;
	switch (record.type) {
	case RECORD_DATA:
		return take_data(parser, &record, error);
	case RECORD_SEGMENT:
	case RECORD_LINEAR:
		take_base(parser, &record);
		break;
	case RECORD_END:
		records->end_line = records->line;
		break;
	default: /* where to start is the chip's business: at its reset vector */
		break;
	}
	return TRUE;
}

static const struct records_syntax syntax = {
	.what = "Intel HEX records",
	.end = ":00000001FF",
	.mark = ':',
	.n_head = 1,
	.n_least = OVERHEAD_BYTES,
	.n_added = OVERHEAD_BYTES,
	.total = 0,
	.take = take_record,
};

static struct image *ihex_read(const char *name, const uint8_t *data, gsize n_bytes,
			       uint32_t base, GError **error)
{
	struct parser parser = { 0 };

	(void)base;
	return records_read(&parser.records, &syntax, name, data, n_bytes, error);
}

/* ':' and what follows it prints: an invalid first record is for the reader to explain.
 */
static gboolean ihex_sniff(const uint8_t *data, gsize n_bytes)
{
	gsize i = text_begin(data, n_bytes);
	gsize end;

	if (i == n_bytes || data[i] != ':')
		return FALSE;
	for (end = MIN(n_bytes, i + 9); i < end; i++) {
		if (!g_ascii_isprint(data[i]) && !g_ascii_isspace(data[i]))
			return FALSE;
	}
	return TRUE;
}

static void put_record(GString *text, enum record_type type, uint16_t offset,
		       const uint8_t *data, uint8_t n_bytes)
{
	uint8_t bytes[RECORDS_MAX_BYTES] = { n_bytes, (uint8_t)(offset >> 8),
					     (uint8_t)offset, (uint8_t)type };

	if (n_bytes > 0)
		memcpy(bytes + 4, data, n_bytes);
	records_put(text, &syntax, ":", bytes, 4u + n_bytes);
}

static void put_segment(GString *text, const struct image_segment *segment,
			uint16_t *upper)
{
	uint32_t n_done, n_bytes;

	for (n_done = 0; n_done < segment->n_bytes; n_done += n_bytes) {
		uint32_t address = segment->address + n_done;
		const uint8_t linear[] = { (uint8_t)(address >> 24),
					   (uint8_t)(address >> 16) };

		if (address >> 16 != *upper)
			put_record(text, RECORD_LINEAR, 0, linear, sizeof(linear));
		*upper = (uint16_t)(address >> 16);
		n_bytes = records_piece(segment, n_done);
		put_record(text, RECORD_DATA, (uint16_t)address, segment->data + n_done,
			   (uint8_t)n_bytes);
	}
}

static GBytes *ihex_write(const struct image *image, GError **error)
{
	GString *text = g_string_new(NULL);
	uint16_t upper = 0;

	(void)error;
	for (unsigned i = 0; i < image_n_segments(image); i++) {
		struct image_segment segment = image_segment(image, i);

		put_segment(text, &segment, &upper);
	}
	put_record(text, RECORD_END, 0, NULL, 0);
	return g_string_free_to_bytes(text);
}

const struct image_format image_format_ihex = {
	.name = "ihex",
	.description = "Intel HEX",
	.letter = 'i',
	.sniff = ihex_sniff,
	.read = ihex_read,
	.write = ihex_write,
};
