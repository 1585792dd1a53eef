/* SPDX-License-Identifier: MIT */
/*
 * Records may come in any order, so data is collected with its line first, sorted, and
 * added to the image last: an overlap can then name both lines, and a file in falling
 * order costs no more.
 */
#include "images/records.h"

#include <stdarg.h>

#include "appliance/base/error.h"
#include "images/text.h"

#define END_OF_SPACE  (UINT64_C(1) << 32)
#define WRITTEN_BYTES 16u /* data bytes of a record that we write */
#define CTRL_Z	      0x1A

/* Data bytes of one line, still where that line was decoded to. */
struct chunk {
	uint32_t address;
	uint32_t n_bytes;
	uint32_t position; /* in records.bytes */
	unsigned line;
};

gboolean records_fail(const struct records *records, GError **error, const char *format,
		      ...)
{
	g_autofree char *text = NULL;
	va_list args;

	va_start(args, format);
	text = g_strdup_vprintf(format, args);
	va_end(args);
	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_IMAGE, "%s:%u: %s", records->name,
		    records->line, text);
	return FALSE;
}

/* A character for a message; what does not print is shown as its code. */
static char *character(uint8_t byte)
{
	if (g_ascii_isprint(byte))
		return g_strdup_printf("'%c'", byte);
	return g_strdup_printf("byte 0x%02X", byte);
}

static gboolean check_digits(const struct records *records,
			     const struct records_syntax *syntax, const char *line,
			     gsize length, GError **error)
{
	gsize n_head = MIN(syntax->n_head, length);
	g_autofree char *found = NULL;

	if (g_ascii_toupper(line[0]) != syntax->mark) {
		found = character((uint8_t)line[0]);
		return records_fail(records, error,
				    "the line begins with %s, expected '%c'", found,
				    syntax->mark);
	}
	for (gsize i = 1; i < length; i++) {
		if (g_ascii_isxdigit(line[i]))
			continue;
		found = character((uint8_t)line[i]);
		return records_fail(records, error,
				    "%s in column %" G_GSIZE_FORMAT " is not a hex digit",
				    found, i + 1);
	}
	if ((length - n_head) % 2 == 0)
		return TRUE;
	return records_fail(records, error,
			    "%" G_GSIZE_FORMAT " hex digits, expected an even number",
			    length - n_head);
}

static void decode_digits(const char *digits, uint8_t *bytes, gsize n_bytes)
{
	for (gsize i = 0; i < n_bytes; i++)
		bytes[i] = (uint8_t)(g_ascii_xdigit_value(digits[2 * i]) << 4 |
				     g_ascii_xdigit_value(digits[2 * i + 1]));
}

static gboolean check_length(const struct records *records,
			     const struct records_syntax *syntax, gsize n_bytes,
			     uint8_t length_byte, GError **error)
{
	gsize n_expected = syntax->n_added + length_byte;

	if (n_bytes < syntax->n_least)
		return records_fail(records, error,
				    "the record is cut off: %" G_GSIZE_FORMAT
				    " bytes, expected at least %u",
				    n_bytes, syntax->n_least);
	if (n_bytes == n_expected)
		return TRUE;
	return records_fail(records, error,
			    "the record is %s: %" G_GSIZE_FORMAT
			    " bytes, its length byte %02X asks for %" G_GSIZE_FORMAT,
			    n_bytes < n_expected ? "cut off" : "too long", n_bytes,
			    length_byte, n_expected);
}

/* What a record's last byte has to be. */
static uint8_t checksum(const struct records_syntax *syntax, const uint8_t *bytes,
			gsize n_bytes)
{
	uint8_t sum = syntax->total;

	for (gsize i = 0; i < n_bytes; i++)
		sum -= bytes[i];
	return sum;
}

static gboolean check_sum(const struct records *records,
			  const struct records_syntax *syntax, const uint8_t *bytes,
			  gsize n_bytes, GError **error)
{
	uint8_t sum = checksum(syntax, bytes, n_bytes - 1);

	if (sum == bytes[n_bytes - 1])
		return TRUE;
	return records_fail(records, error,
			    "checksum is %02X, the record's bytes give %02X",
			    bytes[n_bytes - 1], sum);
}

static gboolean take_record(struct records *records, const struct records_syntax *syntax,
			    const char *line, gsize length, GError **error)
{
	gsize n_head = MIN(syntax->n_head, length);
	gsize n_bytes = (length - n_head) / 2;
	uint8_t bytes[RECORDS_MAX_BYTES];

	if (!check_digits(records, syntax, line, length, error))
		return FALSE;
	decode_digits(line + n_head, bytes, MIN(n_bytes, RECORDS_MAX_BYTES));
	return check_length(records, syntax, n_bytes, n_bytes > 0 ? bytes[0] : 0,
			    error) &&
	       check_sum(records, syntax, bytes, n_bytes, error) &&
	       syntax->take(records, line, bytes, n_bytes, error);
}

static gboolean take_line(struct records *records, const struct records_syntax *syntax,
			  const char *line, gsize length, GError **error)
{
	while (length > 0 && g_ascii_isspace(line[length - 1]))
		length--;
	if (length == 0)
		return TRUE;
	if (records->end_line)
		return records_fail(records, error,
				    "text after the end record of line %u, expected none "
				    "(two files in one? merge them instead)",
				    records->end_line);
	return take_record(records, syntax, line, length, error);
}

/* A line ends with CR LF, LF or CR. */
static gboolean take_lines(struct records *records, const struct records_syntax *syntax,
			   const char *text, gsize length, GError **error)
{
	gsize begin = 0;

	while (begin < length) {
		gsize end = begin;

		while (end < length && text[end] != '\n' && text[end] != '\r')
			end++;
		records->line++;
		if (!take_line(records, syntax, text + begin, end - begin, error))
			return FALSE;
		begin = end + 1;
		if (begin < length && text[end] == '\r' && text[begin] == '\n')
			begin++;
	}
	if (records->end_line)
		return TRUE;
	return records_fail(records, error, "the file ends without an end record (%s)",
			    syntax->end);
}

void records_collect(struct records *records, uint32_t address, const uint8_t *data,
		     uint32_t n_bytes)
{
	struct chunk chunk = { address, n_bytes, records->bytes->len, records->line };

	if (n_bytes == 0)
		return;
	g_byte_array_append(records->bytes, data, n_bytes);
	g_array_append_val(records->chunks, chunk);
}

gboolean records_collect_linear(struct records *records, uint32_t address,
				const uint8_t *data, uint32_t n_bytes, GError **error)
{
	if ((uint64_t)address + n_bytes > END_OF_SPACE)
		return records_fail(
			records, error,
			"%u bytes at 0x%04X pass the last address, 0xFFFFFFFF", n_bytes,
			address);
	records_collect(records, address, data, n_bytes);
	return TRUE;
}

static gint compare_chunks(gconstpointer a, gconstpointer b)
{
	const struct chunk *left = a, *right = b;

	if (left->address != right->address)
		return left->address < right->address ? -1 : 1;
	return left->line < right->line ? -1 : left->line > right->line;
}

static gboolean check_overlap(struct records *records, const struct chunk *low,
			      const struct chunk *high, GError **error)
{
	uint64_t low_end = (uint64_t)low->address + low->n_bytes;
	uint64_t high_end = (uint64_t)high->address + high->n_bytes;

	if (low_end <= high->address)
		return TRUE;
	records->line = MAX(low->line, high->line);
	return records_fail(records, error, "0x%04X-0x%04X overlaps data of line %u",
			    high->address, (uint32_t)(MIN(low_end, high_end) - 1),
			    MIN(low->line, high->line));
}

static struct image *assemble(struct records *records, GError **error)
{
	image_autofree struct image *image = image_new();
	const struct chunk *chunk, *previous = NULL;

	g_array_sort(records->chunks, compare_chunks);
	for (unsigned i = 0; i < records->chunks->len; i++) {
		chunk = &g_array_index(records->chunks, struct chunk, i);
		if (previous && !check_overlap(records, previous, chunk, error))
			return NULL;
		if (!image_add(image, chunk->address,
			       records->bytes->data + chunk->position, chunk->n_bytes,
			       error))
			return NULL;
		previous = chunk;
	}
	return g_steal_pointer(&image);
}

/* What may follow the last record: CP/M and DOS ended text with ctrl-Z. */
static gboolean is_padding(uint8_t byte)
{
	return byte == CTRL_Z || g_ascii_isspace(byte);
}

struct image *records_read(struct records *records, const struct records_syntax *syntax,
			   const char *name, const uint8_t *data, gsize n_bytes,
			   GError **error)
{
	gsize begin = text_bom_length(data, n_bytes);
	g_autoptr(GByteArray) bytes = g_byte_array_new();
	g_autoptr(GArray) chunks = g_array_new(FALSE, FALSE, sizeof(struct chunk));

	records->name = name;
	records->bytes = bytes;
	records->chunks = chunks;
	while (n_bytes > begin && is_padding(data[n_bytes - 1]))
		n_bytes--;
	if (n_bytes == begin) {
		g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_IMAGE,
			    "%s: is empty, expected %s", name, syntax->what);
		return NULL;
	}
	if (!take_lines(records, syntax, (const char *)data + begin, n_bytes - begin,
			error))
		return NULL;
	return assemble(records, error);
}

static void put_byte(GString *text, uint8_t byte)
{
	static const char digits[] = "0123456789ABCDEF";

	g_string_append_c(text, digits[byte >> 4]);
	g_string_append_c(text, digits[byte & 15]);
}

void records_put(GString *text, const struct records_syntax *syntax, const char *head,
		 const uint8_t *bytes, gsize n_bytes)
{
	g_string_append(text, head);
	for (gsize i = 0; i < n_bytes; i++)
		put_byte(text, bytes[i]);
	put_byte(text, checksum(syntax, bytes, n_bytes));
	g_string_append_c(text, '\n');
}

uint32_t records_piece(const struct image_segment *segment, uint32_t n_done)
{
	uint32_t address = segment->address + n_done;

	return MIN(WRITTEN_BYTES - address % WRITTEN_BYTES, segment->n_bytes - n_done);
}
