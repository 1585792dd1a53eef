/* SPDX-License-Identifier: MIT */
/*
 * Intel HEX ("Hexadecimal Object File Format Specification", Intel, revision A, 1988).
 *
 * Records may come in any order, so data is collected with its line first, sorted, and
 * added to the image last: an overlap can then name both lines, and a file in falling
 * order costs no more.
 */
#include "images/format.h"

#include <stdarg.h>

#include "appliance/base/error.h"
#include "images/text.h"

#define END_OF_SPACE	 (UINT64_C(1) << 32)
#define SEGMENT_BYTES	 0x10000u
#define OVERHEAD_BYTES	 5u /* length, two of offset, type, checksum */
#define MAX_RECORD_BYTES (OVERHEAD_BYTES + 255u)
#define WRITTEN_BYTES	 16u /* data bytes of a record that we write */
#define CTRL_Z		 0x1A

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

/* Data bytes of one line, still where that line was decoded to. */
struct chunk {
	uint32_t address;
	uint32_t n_bytes;
	uint32_t position; /* in parser.bytes */
	unsigned line;
};

struct parser {
	const char *name;
	unsigned line;
	unsigned end_line;  /* of the end record; 0 until it came */
	uint32_t base;	    /* of the last record of type 02 or 04 */
	gboolean segmented; /* that record was of type 02 */
	GByteArray *bytes;
	GArray *chunks;
};

static gboolean fail(const struct parser *parser, GError **error, const char *format, ...)
	G_GNUC_PRINTF(3, 4);

static gboolean fail(const struct parser *parser, GError **error, const char *format, ...)
{
	g_autofree char *text = NULL;
	va_list args;

	va_start(args, format);
	text = g_strdup_vprintf(format, args);
	va_end(args);
	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_IMAGE, "%s:%u: %s", parser->name,
		    parser->line, text);
	return FALSE;
}

/* A character for a message; what does not print is shown as its code. */
static char *character(uint8_t byte)
{
	if (g_ascii_isprint(byte))
		return g_strdup_printf("'%c'", byte);
	return g_strdup_printf("byte 0x%02X", byte);
}

static gboolean check_digits(const struct parser *parser, const char *line, size_t length,
			     GError **error)
{
	g_autofree char *found = NULL;

	if (line[0] != ':') {
		found = character((uint8_t)line[0]);
		return fail(parser, error, "the line begins with %s, expected ':'",
			    found);
	}
	for (gsize i = 1; i < length; i++) {
		if (g_ascii_isxdigit(line[i]))
			continue;
		found = character((uint8_t)line[i]);
		return fail(parser, error,
			    "%s in column %" G_GSIZE_FORMAT " is not a hex digit", found,
			    i + 1);
	}
	if (length % 2 == 0)
		return fail(parser, error,
			    "%" G_GSIZE_FORMAT " hex digits, expected an even number",
			    length - 1);
	return TRUE;
}

static void decode_digits(const char *digits, uint8_t *bytes, gsize n_bytes)
{
	for (gsize i = 0; i < n_bytes; i++)
		bytes[i] = (uint8_t)(g_ascii_xdigit_value(digits[2 * i]) << 4 |
				     g_ascii_xdigit_value(digits[2 * i + 1]));
}

static gboolean check_sum(const struct parser *parser, const uint8_t *bytes,
			  gsize n_bytes, GError **error)
{
	uint8_t sum = 0;

	for (gsize i = 0; i < n_bytes - 1; i++)
		sum += bytes[i];
	sum = (uint8_t)-sum;
	if (sum == bytes[n_bytes - 1])
		return TRUE;
	return fail(parser, error, "checksum is %02X, the record's bytes give %02X",
		    bytes[n_bytes - 1], sum);
}

static gboolean check_type(const struct parser *parser, const struct record *record,
			   GError **error)
{
	if (record->type >= N_RECORD_TYPES)
		return fail(parser, error, "record type is %02X, expected 00 to 05",
			    record->type);
	if (record->type == RECORD_DATA ||
	    record->n_bytes == record_types[record->type].n_bytes)
		return TRUE;
	return fail(parser, error, "%s record has %u data bytes, expected %u",
		    record_types[record->type].name, record->n_bytes,
		    record_types[record->type].n_bytes);
}

static gboolean check_length(const struct parser *parser, gsize n_bytes,
			     uint8_t length_byte, GError **error)
{
	gsize n_expected = OVERHEAD_BYTES + length_byte;

	if (n_bytes < OVERHEAD_BYTES)
		return fail(parser, error,
			    "the record is cut off: %" G_GSIZE_FORMAT
			    " bytes, expected at least %u",
			    n_bytes, OVERHEAD_BYTES);
	if (n_bytes == n_expected)
		return TRUE;
	return fail(parser, error,
		    "the record is %s: %" G_GSIZE_FORMAT
		    " bytes, its length byte %02X asks for %" G_GSIZE_FORMAT,
		    n_bytes < n_expected ? "cut off" : "too long", n_bytes, length_byte,
		    n_expected);
}

/* Decodes a line into `bytes`, which the record then points into. */
static gboolean decode(const struct parser *parser, const char *line, size_t length,
		       uint8_t bytes[MAX_RECORD_BYTES], struct record *record,
		       GError **error)
{
	gsize n_bytes = (length - 1) / 2;

	if (!check_digits(parser, line, length, error))
		return FALSE;
	decode_digits(line + 1, bytes, MIN(n_bytes, MAX_RECORD_BYTES));
	if (!check_length(parser, n_bytes, n_bytes > 0 ? bytes[0] : 0, error) ||
	    !check_sum(parser, bytes, n_bytes, error))
		return FALSE;
	*record = (struct record){ .n_bytes = bytes[0],
				   .offset = (uint16_t)(bytes[1] << 8 | bytes[2]),
				   .type = bytes[3],
				   .data = bytes + 4 };
	return check_type(parser, record, error);
}

static void collect(struct parser *parser, uint32_t address, const uint8_t *data,
		    uint32_t n_bytes)
{
	struct chunk chunk = { address, n_bytes, parser->bytes->len, parser->line };

	if (n_bytes == 0)
		return;
	g_byte_array_append(parser->bytes, data, n_bytes);
	g_array_append_val(parser->chunks, chunk);
}

/* Section 3: offsets wrap at 64 KiB inside a segment (type 02), but run on after type 04.
 */
static gboolean take_data(struct parser *parser, const struct record *record,
			  GError **error)
{
	uint32_t address = parser->base + record->offset;
	uint32_t n_fitting = record->n_bytes;

	if (parser->segmented)
		n_fitting = MIN(n_fitting, SEGMENT_BYTES - record->offset);
	else if ((uint64_t)address + n_fitting > END_OF_SPACE)
		return fail(parser, error,
			    "%u bytes at 0x%04X pass the last address, 0xFFFFFFFF",
			    n_fitting, address);
	collect(parser, address, record->data, n_fitting);
	collect(parser, parser->base, record->data + n_fitting,
		record->n_bytes - n_fitting);
	return TRUE;
}

static void take_base(struct parser *parser, const struct record *record)
{
	uint32_t value = (uint32_t)(record->data[0] << 8 | record->data[1]);

	parser->segmented = record->type == RECORD_SEGMENT;
	parser->base = value << (parser->segmented ? 4 : 16);
}

static gboolean take_record(struct parser *parser, const struct record *record,
			    GError **error)
{
	switch (record->type) {
	case RECORD_DATA:
		return take_data(parser, record, error);
	case RECORD_SEGMENT:
	case RECORD_LINEAR:
		take_base(parser, record);
		break;
	case RECORD_END:
		parser->end_line = parser->line;
		break;
	default: /* where to start is the chip's business: at its reset vector */
		break;
	}
	return TRUE;
}

static gboolean take_line(struct parser *parser, const char *line, size_t length,
			  GError **error)
{
	uint8_t bytes[MAX_RECORD_BYTES];
	struct record record;

	while (length > 0 && g_ascii_isspace(line[length - 1]))
		length--;
	if (length == 0)
		return TRUE;
	if (parser->end_line)
		return fail(parser, error,
			    "text after the end record of line %u, expected none "
			    "(two files in one? merge them instead)",
			    parser->end_line);
	return decode(parser, line, length, bytes, &record, error) &&
	       take_record(parser, &record, error);
}

/* What may follow the last record: CP/M and DOS ended text with ctrl-Z. */
static gboolean is_padding(uint8_t byte)
{
	return byte == CTRL_Z || g_ascii_isspace(byte);
}

/* A line ends with CR LF, LF or CR. */
static gboolean take_lines(struct parser *parser, const char *text, size_t length,
			   GError **error)
{
	gsize begin = 0;

	while (begin < length) {
		gsize end = begin;

		while (end < length && text[end] != '\n' && text[end] != '\r')
			end++;
		parser->line++;
		if (!take_line(parser, text + begin, end - begin, error))
			return FALSE;
		begin = end + 1;
		if (begin < length && text[end] == '\r' && text[begin] == '\n')
			begin++;
	}
	if (parser->end_line)
		return TRUE;
	return fail(parser, error, "the file ends without an end record (:00000001FF)");
}

static gint compare_chunks(gconstpointer a, gconstpointer b)
{
	const struct chunk *left = a, *right = b;

	if (left->address != right->address)
		return left->address < right->address ? -1 : 1;
	return left->line < right->line ? -1 : left->line > right->line;
}

static gboolean check_overlap(struct parser *parser, const struct chunk *low,
			      const struct chunk *high, GError **error)
{
	uint64_t low_end = (uint64_t)low->address + low->n_bytes;
	uint64_t high_end = (uint64_t)high->address + high->n_bytes;

	if (low_end <= high->address)
		return TRUE;
	parser->line = MAX(low->line, high->line);
	return fail(parser, error, "0x%04X-0x%04X overlaps data of line %u",
		    high->address, (uint32_t)(MIN(low_end, high_end) - 1),
		    MIN(low->line, high->line));
}

static struct image *assemble(struct parser *parser, GError **error)
{
	image_autofree struct image *image = image_new();
	const struct chunk *chunk, *previous = NULL;

	g_array_sort(parser->chunks, compare_chunks);
	for (unsigned i = 0; i < parser->chunks->len; i++) {
		chunk = &g_array_index(parser->chunks, struct chunk, i);
		if (previous && !check_overlap(parser, previous, chunk, error))
			return NULL;
		if (!image_add(image, chunk->address,
			       parser->bytes->data + chunk->position, chunk->n_bytes,
			       error))
			return NULL;
		previous = chunk;
	}
	return g_steal_pointer(&image);
}

static struct image *ihex_read(const char *name, const uint8_t *data, gsize n_bytes,
			       uint32_t base, GError **error)
{
	gsize begin = text_bom_length(data, n_bytes);
	g_autoptr(GByteArray) bytes = g_byte_array_new();
	g_autoptr(GArray) chunks = g_array_new(FALSE, FALSE, sizeof(struct chunk));
	struct parser parser = { .name = name, .bytes = bytes, .chunks = chunks };

	(void)base;
	while (n_bytes > begin && is_padding(data[n_bytes - 1]))
		n_bytes--;
	if (n_bytes == begin) {
		g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_IMAGE,
			    "%s: is empty, expected Intel HEX records", name);
		return NULL;
	}
	if (!take_lines(&parser, (const char *)data + begin, n_bytes - begin, error))
		return NULL;
	return assemble(&parser, error);
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

static void put_byte(GString *text, uint8_t byte)
{
	static const char digits[] = "0123456789ABCDEF";

	g_string_append_c(text, digits[byte >> 4]);
	g_string_append_c(text, digits[byte & 15]);
}

static void put_record(GString *text, enum record_type type, uint16_t offset,
		       const uint8_t *data, uint8_t n_bytes)
{
	const uint8_t head[] = { n_bytes, (uint8_t)(offset >> 8), (uint8_t)offset,
				 (uint8_t)type };
	uint8_t sum = 0;

	g_string_append_c(text, ':');
	for (gsize i = 0; i < sizeof(head); i++) {
		put_byte(text, head[i]);
		sum += head[i];
	}
	for (gsize i = 0; i < n_bytes; i++) {
		put_byte(text, data[i]);
		sum += data[i];
	}
	put_byte(text, (uint8_t)-sum);
	g_string_append_c(text, '\n');
}

/* Records end at multiples of 16, hence never pass a 64 KiB boundary. */
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
		n_bytes = WRITTEN_BYTES - address % WRITTEN_BYTES;
		n_bytes = MIN(n_bytes, segment->n_bytes - n_done);
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
