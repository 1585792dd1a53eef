/* SPDX-License-Identifier: MIT */
/* Reading "-U" words, and the files behind them. */
#include "appliance/station/memory_op.h"

#include "appliance/base/error.h"
#include "appliance/base/units.h"
#include "images/format.h"

#include <string.h>

#define FORMATS	    "isremhdba"
#define MAX_NUMBERS 4096

static gboolean set_bad(const char *text, const char *problem, GError **error)
{
	g_set_error(
		error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE,
		"-U %s: %s; the form is memory:op:file[:format], as in flash:w:boot.hex:i or "
		"lfuse:w:0x5E:m",
		text, problem);
	return FALSE;
}

/* The format is the last word if it is a single letter: file names may have colons. */
static gboolean take_format(struct memory_op *op, GError **error)
{
	size_t n = strlen(op->file);

	op->format = op->op == 'r' ? 'r' : 'a';
	if (n < 3 || op->file[n - 2] != ':')
		return n > 0 || set_bad(op->text, "the file is missing", error);
	op->format = op->file[n - 1];
	op->file[n - 2] = 0;
	if (!strchr(FORMATS, op->format))
		return set_bad(op->text, "the format is none of i s r e m h d b a",
			       error);
	return TRUE;
}

static gboolean check_sense(const struct memory_op *op, GError **error)
{
	gboolean constant =
		op->memory == MEMORY_SIGNATURE || op->memory == MEMORY_CALIBRATION;

	if (op->op == 'w' && constant)
		return set_bad(op->text, "this memory cannot be written", error);
	if (op->op != 'r' && strchr("hdb", op->format))
		return set_bad(
			op->text,
			"h, d and b are formats to read into; write numbers with m",
			error);
	if (op->op == 'r' && (op->format == 'e' || op->format == 'm'))
		return set_bad(
			op->text,
			"e and m are formats to write from; read into i, s, r or h",
			error);
	return TRUE;
}

static gboolean parse_words(const char *text, struct memory_op *op, GError **error)
{
	g_auto(GStrv) words = g_strsplit(text, ":", 3);
	unsigned n_words = g_strv_length(words);

	op->text = g_strdup(text);
	if (n_words < 3) {
		if (n_words == 2)
			return set_bad(text, "a word is missing", error);
		op->op = 'w';
		op->file = g_strdup(text);
		op->format = 'a';
		return TRUE;
	}
	op->op = words[1][0];
	op->file = g_strdup(words[2]);
	if (!memory_find(words[0], &op->memory, error)) {
		g_prefix_error(error, "-U %s: ", text);
		return FALSE;
	}
	if (strlen(words[1]) != 1 || !strchr("rwv", op->op))
		return set_bad(text, "the operation is none of r, w and v", error);
	return take_format(op, error) && check_sense(op, error);
}

gboolean memory_op_parse(const char *text, struct memory_op *op, GError **error)
{
	*op = (struct memory_op){ .memory = MEMORY_FLASH };
	if (parse_words(text, op, error))
		return TRUE;
	memory_op_clear(op);
	return FALSE;
}

void memory_op_clear(struct memory_op *op)
{
	g_clear_pointer(&op->file, g_free);
	g_clear_pointer(&op->text, g_free);
}

static struct image *load_numbers(const struct memory_op *op, GError **error)
{
	g_auto(GStrv) words = g_strsplit_set(op->file, ", ", MAX_NUMBERS);
	image_autofree struct image *image = image_new();
	uint32_t at = 0;

	for (unsigned i = 0; words[i]; i++) {
		uint64_t value;
		uint8_t byte;

		if (!words[i][0])
			continue;
		if (!parse_number(words[i], "byte", 0xFF, &value, error)) {
			g_prefix_error(error, "-U %s: ", op->text);
			return NULL;
		}
		byte = (uint8_t)value;
		if (!image_add(image, at++, &byte, 1, error))
			return NULL;
	}
	return g_steal_pointer(&image);
}

/* "lfuse:w:0x5E" without a format: a number, unless there is such a file. */
bool memory_op_needs_file(const struct memory_op *op, bool exists)
{
	uint64_t value;
	bool is_byte = op->memory != MEMORY_FLASH && op->memory != MEMORY_EEPROM;

	return op->format != 'm' && (op->format != 'a' || !is_byte || exists ||
				     !parse_number(op->file, "byte", 0xFF, &value, NULL));
}

/* Where avr-gcc's ELF and HEX files have this memory. */
static uint32_t file_base(enum memory_kind memory)
{
	static const uint32_t bases[N_MEMORIES] = {
		[MEMORY_EEPROM] = IMAGE_AVR_EEPROM,
		[MEMORY_LFUSE] = IMAGE_AVR_FUSE,
		[MEMORY_HFUSE] = IMAGE_AVR_FUSE + 1,
		[MEMORY_EFUSE] = IMAGE_AVR_FUSE + 2,
		[MEMORY_LOCK] = IMAGE_AVR_LOCK,
		[MEMORY_SIGNATURE] = IMAGE_AVR_SIGNATURE,
		[MEMORY_CALIBRATION] = IMAGE_AVR_CALIBRATION,
	};

	return bases[memory];
}

static uint32_t window_bytes(enum memory_kind memory)
{
	static const uint32_t sizes[N_MEMORIES] = {
		[MEMORY_FLASH] = IMAGE_AVR_EEPROM,
		[MEMORY_EEPROM] = IMAGE_AVR_SPACING,
		[MEMORY_LFUSE] = 1,
		[MEMORY_HFUSE] = 1,
		[MEMORY_EFUSE] = 1,
		[MEMORY_LOCK] = 1,
		[MEMORY_SIGNATURE] = 3,
		[MEMORY_CALIBRATION] = 4,
	};

	return sizes[memory];
}

/* avr-gcc has the bytes of a signature the other way round. */
static struct image *take_window(const struct image *whole, enum memory_kind memory)
{
	struct image *window =
		image_window(whole, file_base(memory), window_bytes(memory));
	uint8_t bytes[3], turned[3];

	if (memory != MEMORY_SIGNATURE || image_read(window, 0, bytes, 3, 0) != 3)
		return window;
	for (unsigned i = 0; i < 3; i++)
		turned[i] = bytes[2 - i];
	image_free(window);
	window = image_new();
	image_add(window, 0, turned, 3, NULL);
	return window;
}

static struct image *load_file(const struct memory_op *op, const GByteArray *content,
			       GError **error)
{
	char letter[2] = { op->format, 0 };
	const struct image_format *format =
		op->format == 'a' ? NULL : image_format_find(letter);
	image_autofree struct image *whole = NULL;
	image_autofree struct image *window = NULL;

	whole = image_parse(op->file, content, format, 0, &format, error);
	if (!whole || !image_check_avr(whole, op->file, error))
		return NULL;
	window = take_window(whole, op->memory);
	if (image_n_bytes(window) > 0 || op->memory == MEMORY_FLASH ||
	    format == &image_format_elf)
		return g_steal_pointer(&window);
	return g_steal_pointer(&whole);
}

struct image *memory_op_load(const struct memory_op *op, const GByteArray *content,
			     GError **error)
{
	image_autofree struct image *image =
		content ? load_file(op, content, error) : load_numbers(op, error);

	if (!image || image_n_bytes(image) > 0)
		return g_steal_pointer(&image);
	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_IMAGE, "-U %s: no bytes for %s",
		    op->text, memory_name(op->memory));
	return NULL;
}

bool memory_op_signature(const struct memory_op *op, const GByteArray *content,
			 uint8_t signature[3])
{
	image_autofree struct image *image =
		content ? image_parse(op->file, content, NULL, 0, NULL, NULL) : NULL;
	image_autofree struct image *window =
		image ? take_window(image, MEMORY_SIGNATURE) : NULL;

	return window && image_read(window, 0, signature, 3, 0) == 3;
}

gboolean memory_op_load_byte(const struct memory_op *op, const GByteArray *content,
			     uint8_t *value, GError **error)
{
	image_autofree struct image *image = memory_op_load(op, content, error);

	if (!image)
		return FALSE;
	if (image_n_bytes(image) == 1 && image_read(image, 0, value, 1, 0) == 1)
		return TRUE;
	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_IMAGE,
		    "-U %s: %s takes one byte, this has %u", op->text,
		    memory_name(op->memory), image_n_bytes(image));
	return FALSE;
}

static char *format_number(char format, uint8_t value)
{
	GString *text;

	if (format == 'h')
		return g_strdup_printf("0x%x", value);
	if (format == 'd')
		return g_strdup_printf("%u", value);
	text = g_string_new("0b");
	for (int bit = 7; bit >= 0; bit--)
		if (value >> bit || bit == 0)
			g_string_append_c(text, '0' + (value >> bit & 1));
	return g_string_free(text, FALSE);
}

static GBytes *write_numbers(const struct memory_op *op, const uint8_t *data,
			     uint32_t n_bytes)
{
	GString *text = g_string_new(NULL);

	for (uint32_t i = 0; i < n_bytes; i++) {
		g_autofree char *number = format_number(op->format, data[i]);

		g_string_append_printf(text, "%s%s", i ? "," : "", number);
	}
	g_string_append_c(text, '\n');
	return g_string_free_to_bytes(text);
}

static GBytes *write_image(const struct memory_op *op, const uint8_t *data,
			   uint32_t n_bytes, GError **error)
{
	image_autofree struct image *image = image_new();
	const char letter[] = { op->format == 'a' ? 'i' : op->format, 0 };
	const struct image_format *format = image_format_find(letter);

	if (n_bytes == 0 && format == &image_format_bin)
		return g_bytes_new(NULL, 0);
	if (n_bytes && !image_add(image, 0, data, n_bytes, error))
		return NULL;
	return format->write(image, error);
}

static uint32_t without_blank_end(const struct memory_op *op, const uint8_t *data,
				  uint32_t n_bytes)
{
	while (op->memory == MEMORY_FLASH && n_bytes > 0 && data[n_bytes - 1] == 0xFF)
		n_bytes--;
	return n_bytes;
}

GBytes *memory_op_format(const struct memory_op *op, const uint8_t *data,
			 uint32_t n_bytes, GError **error)
{
	uint32_t n_kept = without_blank_end(op, data, n_bytes);

	return strchr("hdb", op->format) ? write_numbers(op, data, n_kept)
					 : write_image(op, data, n_kept, error);
}
