/* SPDX-License-Identifier: MIT */
/*
 * Motorola S-record (M68000 Family Programmer's Reference Manual, appendix C): 'S', a
 * type digit, a length byte that counts all bytes behind it, two to four of address,
 * data, and the ones' complement of their sum.
 */
#include "images/format.h"

#include <string.h>

#include "images/records.h"
#include "images/text.h"

#define LEAST_BYTES 4u /* length, two of address, checksum */
#define MIN_RECORD  (2u + 2u * LEAST_BYTES)
#define MAX_16_BITS 0xFFFFu
#define MAX_24_BITS 0xFFFFFFu

enum record_kind { RECORD_UNKNOWN, RECORD_HEADER, RECORD_DATA, RECORD_COUNT, RECORD_END };

static const struct {
	enum record_kind kind;
	const char *name;
	unsigned n_address; /* bytes of it */
} record_types[10] = {
	{ RECORD_HEADER, "header", 2 }, { RECORD_DATA, "data", 2 },
	{ RECORD_DATA, "data", 3 },	{ RECORD_DATA, "data", 4 },
	{ RECORD_UNKNOWN, NULL, 0 },	{ RECORD_COUNT, "count", 2 },
	{ RECORD_COUNT, "count", 3 },	{ RECORD_END, "end", 4 },
	{ RECORD_END, "end", 3 },	{ RECORD_END, "end", 2 },
};

struct record {
	char type; /* '0' to '9' */
	enum record_kind kind;
	const char *name;
	uint32_t address;
	const uint8_t *data;
	uint32_t n_data;
};

struct parser {
	struct records records;
	uint32_t n_data_records;
};

/* The address field, which also carries counts and where to start. */
static uint32_t join_bytes(const uint8_t *bytes, unsigned n_bytes)
{
	uint32_t value = 0;

	for (unsigned i = 0; i < n_bytes; i++)
		value = value << 8 | bytes[i];
	return value;
}

static gboolean split(const struct records *records, char type, const uint8_t *bytes,
		      gsize n_bytes, struct record *record, GError **error)
{
	unsigned index = (unsigned)g_ascii_digit_value(type);
	unsigned n_address;

	if (!g_ascii_isdigit(type) || record_types[index].kind == RECORD_UNKNOWN)
		return records_fail(records, error,
				    "record type is S%c, expected S0 to S3 or S5 to S9",
				    type);
	n_address = record_types[index].n_address;
	if (n_bytes < 2 + n_address)
		return records_fail(
			records, error,
			"%s record S%c has length byte %02X, expected at least %02X",
			record_types[index].name, type, bytes[0], n_address + 1);
	*record = (struct record){ .type = type,
				   .kind = record_types[index].kind,
				   .name = record_types[index].name,
				   .address = join_bytes(bytes + 1, n_address),
				   .data = bytes + 1 + n_address,
				   .n_data = (uint32_t)(n_bytes - 2 - n_address) };
	return TRUE;
}

static gboolean check_no_data(const struct records *records, const struct record *record,
			      GError **error)
{
	if (record->n_data == 0)
		return TRUE;
	return records_fail(records, error, "%s record S%c has %u data bytes, expected 0",
			    record->name, record->type, record->n_data);
}

static gboolean take_data(struct parser *parser, const struct record *record,
			  GError **error)
{
	parser->n_data_records++;
	return records_collect_linear(&parser->records, record->address, record->data,
				      record->n_data, error);
}

static gboolean take_count(const struct parser *parser, const struct record *record,
			   GError **error)
{
	if (!check_no_data(&parser->records, record, error))
		return FALSE;
	if (record->address == parser->n_data_records)
		return TRUE;
	return records_fail(&parser->records, error,
			    "the count is %u data records, %u are in front of it",
			    record->address, parser->n_data_records);
}

static gboolean take_record(struct records *records, const char *line,
			    const uint8_t *bytes, gsize n_bytes, GError **error)
{
	struct parser *parser = (struct parser *)records;
	struct record record = { 0 };

	if (!split(records, line[1], bytes, n_bytes, &record, error))
		return FALSE;
	switch (record.kind) {
	case RECORD_DATA:
		return take_data(parser, &record, error);
	case RECORD_COUNT:
		return take_count(parser, &record, error);
	case RECORD_END: /* where to start is the chip's business */
		records->end_line = records->line;
		return check_no_data(records, &record, error);
	default: /* the header is for people */
		return TRUE;
	}
}

static const struct records_syntax syntax = {
	.what = "Motorola S-records",
	.end = "S9030000FC",
	.mark = 'S',
	.n_head = 2,
	.n_least = LEAST_BYTES,
	.n_added = 1,
	.total = 0xFF,
	.take = take_record,
};

static struct image *srec_read(const char *name, const uint8_t *data, gsize n_bytes,
			       uint32_t base, GError **error)
{
	struct parser parser = { 0 };

	(void)base;
	return records_read(&parser.records, &syntax, name, data, n_bytes, error);
}

/* 'S', a digit and a length byte, and what follows them prints: an invalid first record
 * is for the reader to explain. */
static gboolean srec_sniff(const uint8_t *data, gsize n_bytes)
{
	gsize i = text_begin(data, n_bytes);
	gsize end = MIN(n_bytes, i + MIN_RECORD);

	if (n_bytes - i < 4 || g_ascii_toupper(data[i]) != 'S' ||
	    !g_ascii_isdigit(data[i + 1]) || !g_ascii_isxdigit(data[i + 2]) ||
	    !g_ascii_isxdigit(data[i + 3]))
		return FALSE;
	for (i += 4; i < end; i++) {
		if (!g_ascii_isprint(data[i]) && !g_ascii_isspace(data[i]))
			return FALSE;
	}
	return TRUE;
}

static void put_record(GString *text, char type, uint32_t address, const uint8_t *data,
		       uint32_t n_data)
{
	const char head[] = { 'S', type, '\0' };
	unsigned n_address = record_types[g_ascii_digit_value(type)].n_address;
	uint8_t bytes[RECORDS_MAX_BYTES] = { (uint8_t)(n_address + n_data + 1) };

	for (unsigned i = 0; i < n_address; i++)
		bytes[1 + i] = (uint8_t)(address >> 8 * (n_address - 1 - i));
	if (n_data > 0)
		memcpy(bytes + 1 + n_address, data, n_data);
	records_put(text, &syntax, head, bytes, 1 + n_address + n_data);
}

static uint32_t put_segment(GString *text, const struct image_segment *segment, char type)
{
	uint32_t n_records = 0, n_done, n_bytes;

	for (n_done = 0; n_done < segment->n_bytes; n_done += n_bytes) {
		n_bytes = records_piece(segment, n_done);
		put_record(text, type, segment->address + n_done, segment->data + n_done,
			   n_bytes);
		n_records++;
	}
	return n_records;
}

/* No record can count further than 24 bits. */
static void put_count(GString *text, uint32_t n_records)
{
	if (n_records <= MAX_24_BITS)
		put_record(text, n_records <= MAX_16_BITS ? '5' : '6', n_records, NULL,
			   0);
}

/* S1 and S9, S2 and S8, S3 and S7: 0, 1 or 2 for the shortest addresses that reach the
 * last byte. */
static char address_size(const struct image *image)
{
	unsigned n_segments = image_n_segments(image);
	struct image_segment last;
	uint32_t address;

	if (n_segments == 0)
		return 0;
	last = image_segment(image, n_segments - 1);
	address = last.address + (last.n_bytes - 1);
	return address <= MAX_16_BITS ? 0 : address <= MAX_24_BITS ? 1 : 2;
}

static GBytes *srec_write(const struct image *image, GError **error)
{
	static const uint8_t header[] = { 's', 'i', 'x', 'p', 'i', 'n' };
	GString *text = g_string_new(NULL);
	char size = address_size(image);
	uint32_t n_records = 0;

	(void)error;
	put_record(text, '0', 0, header, sizeof(header));
	for (unsigned i = 0; i < image_n_segments(image); i++) {
		struct image_segment segment = image_segment(image, i);

		n_records += put_segment(text, &segment, '1' + size);
	}
	put_count(text, n_records);
	put_record(text, '9' - size, 0, NULL, 0);
	return g_string_free_to_bytes(text);
}

const struct image_format image_format_srec = {
	.name = "srec",
	.description = "Motorola S-record",
	.letter = 's',
	.sniff = srec_sniff,
	.read = srec_read,
	.write = srec_write,
};
