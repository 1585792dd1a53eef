/* SPDX-License-Identifier: MIT */
/* Patches: a value's bytes in each format, and images with them in place. */
#include "appliance/station/unit.h"

#include <string.h>

#include "appliance/base/error.h"
#include "appliance/station/unit_text.h"

/* USB 2.0, 9.6.7: the length has one byte and counts the two in front. */
#define USB_STRING_DESCRIPTOR 3
#define USB_STRING_HEAD	      2
#define USB_STRING_MAX_UNITS  126

/* More than a station does in its life. */
#define EXAMPLE_RUN 4294967295u

#define EXAMPLE_DATE   "2026-12-31"
#define EXAMPLE_UID    "FFFFFFFFFFFFFFFFFFFF"
#define EXAMPLE_SERIAL "0"

static gboolean fail(GError **error, const char *format, ...) G_GNUC_PRINTF(2, 3);

static gboolean fail(GError **error, const char *format, ...)
{
	g_autofree char *text = NULL;
	va_list arguments;

	va_start(arguments, format);
	text = g_strdup_vprintf(format, arguments);
	va_end(arguments);
	g_set_error_literal(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE, text);
	return FALSE;
}

static gboolean put_number(const struct job_patch *patch, const char *text,
			   GByteArray *bytes, GError **error)
{
	bool is_big = patch->format == PATCH_BIG_ENDIAN;
	uint64_t value;

	g_assert(patch->n_bytes >= 1 && patch->n_bytes <= sizeof(value));
	if (!unit_is_number(text, &value))
		return fail(error,
			    "expected a number, decimal or 0x hexadecimal, found \"%s\"",
			    text);
	if (patch->n_bytes < sizeof(value) && value >> (8 * patch->n_bytes))
		return fail(error,
			    "%s does not go into %u byte%s, the most is "
			    "%" G_GUINT64_FORMAT,
			    text, patch->n_bytes, patch->n_bytes == 1 ? "" : "s",
			    (guint64)(UINT64_C(1) << (8 * patch->n_bytes)) - 1);
	g_byte_array_set_size(bytes, patch->n_bytes);
	for (unsigned i = 0; i < patch->n_bytes; i++) {
		unsigned place = is_big ? patch->n_bytes - 1 - i : i;

		bytes->data[i] = (uint8_t)(value >> (8 * place));
	}
	return TRUE;
}

static gboolean put_ascii(const struct job_patch *patch, const char *text,
			  GByteArray *bytes, GError **error)
{
	(void)patch;
	for (const char *at = text; *at; at++)
		if ((unsigned char)*at >= 0x80)
			return fail(error,
				    "\"%s\" has a character that is not ASCII; expected "
				    "letters without accents, digits and signs",
				    text);
	g_byte_array_append(bytes, (const uint8_t *)text, (guint)strlen(text));
	return TRUE;
}

static gboolean put_usb_string(const struct job_patch *patch, const char *text,
			       GByteArray *bytes, GError **error)
{
	g_autofree gunichar2 *units = NULL;
	uint8_t head[USB_STRING_HEAD] = { 0, USB_STRING_DESCRIPTOR };
	glong n_units;

	(void)patch;
	units = g_utf8_to_utf16(text, -1, NULL, &n_units, NULL);
	if (!units)
		return fail(error, "expected text in UTF-8");
	if (n_units > USB_STRING_MAX_UNITS)
		return fail(error,
			    "\"%s\" has %ld UTF-16 units, a USB string descriptor has "
			    "room for %d",
			    text, n_units, USB_STRING_MAX_UNITS);
	head[0] = (uint8_t)(USB_STRING_HEAD + 2 * n_units);
	g_byte_array_append(bytes, head, sizeof(head));
	for (glong i = 0; i < n_units; i++) {
		uint8_t unit[2] = { (uint8_t)units[i], (uint8_t)(units[i] >> 8) };

		g_byte_array_append(bytes, unit, sizeof(unit));
	}
	return TRUE;
}

static gboolean put_hex(const struct job_patch *patch, const char *text,
			GByteArray *bytes, GError **error)
{
	for (const char *at = text; *at;) {
		uint8_t byte;

		if (*at == ' ') {
			at++;
			continue;
		}
		if (!g_ascii_isxdigit(at[0]) || !g_ascii_isxdigit(at[1]))
			return fail(error,
				    "expected bytes of two hexadecimal digits, as in "
				    "\"9A 0F\", found \"%s\"",
				    text);
		byte = (uint8_t)(g_ascii_xdigit_value(at[0]) << 4 |
				 g_ascii_xdigit_value(at[1]));
		g_byte_array_append(bytes, &byte, 1);
		at += 2;
	}
	if (patch->n_bytes && bytes->len != patch->n_bytes)
		return fail(error, "\"%s\" has %u bytes, bytes=%u was said", text,
			    bytes->len, patch->n_bytes);
	return TRUE;
}

static gboolean (*const put_formats[])(const struct job_patch *, const char *,
				       GByteArray *, GError **) = {
	[PATCH_LITTLE_ENDIAN] = put_number,
	[PATCH_BIG_ENDIAN] = put_number,
	[PATCH_ASCII] = put_ascii,
	[PATCH_USB_STRING] = put_usb_string,
	[PATCH_HEX] = put_hex,
};

static gboolean fill_up(const struct job_patch *patch, const char *text,
			GByteArray *bytes, GError **error)
{
	if (bytes->len == 0)
		return fail(error, "it has no bytes");
	if (patch->n_bytes == 0)
		return TRUE;
	if (bytes->len > patch->n_bytes)
		return fail(error, "\"%s\" takes %u bytes, there is room for %u", text,
			    bytes->len, patch->n_bytes);
	while (bytes->len < patch->n_bytes)
		g_byte_array_append(bytes, &patch->filler, 1);
	return TRUE;
}

GByteArray *patch_bytes(const struct job_patch *patch, const struct unit *unit,
			GError **error)
{
	g_autoptr(GByteArray) bytes = g_byte_array_new();
	g_autofree char *text = unit_text(patch, unit, error);

	if (text && put_formats[patch->format](patch, text, bytes, error) &&
	    fill_up(patch, text, bytes, error))
		return g_steal_pointer(&bytes);
	g_prefix_error(error, "[patch %s]: ", patch->name);
	return NULL;
}

gboolean patch_check_place(const struct job_patch *patch, uint32_t n_bytes,
			   const struct part *part, GError **error)
{
	bool in_flash = patch->memory == PATCH_FLASH;
	uint32_t size = in_flash ? part->flash_bytes : part->eeprom_bytes;
	const char *memory = in_flash ? "flash" : "EEPROM";

	if (size == 0)
		return fail(error, "[patch %s]: %s has no %s", patch->name, part->name,
			    memory);
	if (patch->address < size && n_bytes <= size - patch->address)
		return TRUE;
	return fail(error,
		    "[patch %s]: bytes at 0x%05X-0x%05" G_GINT64_MODIFIER
		    "X are beyond the %s of %s, which ends at 0x%05X",
		    patch->name, patch->address,
		    (guint64)patch->address + MAX(n_bytes, 1) - 1, memory, part->name,
		    size - 1);
}

gboolean patch_check_apart(const struct job_patch *a, uint32_t a_bytes,
			   const struct job_patch *b, uint32_t b_bytes, GError **error)
{
	uint64_t a_end = (uint64_t)a->address + a_bytes;
	uint64_t b_end = (uint64_t)b->address + b_bytes;

	if (a->memory != b->memory || a->address >= b_end || b->address >= a_end)
		return TRUE;
	return fail(error,
		    "[patch %s] at 0x%05X-0x%05X and [patch %s] at 0x%05X-0x%05X overlap",
		    a->name, a->address, (unsigned)(a_end - 1), b->name, b->address,
		    (unsigned)(b_end - 1));
}

/* A patch and its bytes, in place. */
struct placed {
	const struct job_patch *patch;
	GByteArray *bytes;
};

static void placed_clear(void *data)
{
	g_byte_array_unref(((struct placed *)data)->bytes);
}

static gboolean check_apart(const GArray *all, const struct placed *placed,
			    GError **error)
{
	for (guint i = 0; i < all->len; i++) {
		const struct placed *other = &g_array_index(all, struct placed, i);

		if (!patch_check_apart(other->patch, other->bytes->len, placed->patch,
				       placed->bytes->len, error))
			return FALSE;
	}
	return TRUE;
}

static gboolean place(const struct job *job, const struct job_patch *patch,
		      const struct unit *unit, GArray *all, GError **error)
{
	g_autoptr(GByteArray) bytes = patch_bytes(patch, unit, error);
	struct placed placed = { patch, bytes };

	if (!bytes || !patch_check_place(patch, bytes->len, job->part, error) ||
	    !check_apart(all, &placed, error))
		return FALSE;
	placed.bytes = g_steal_pointer(&bytes);
	g_array_append_val(all, placed);
	return TRUE;
}

/* The part of a segment in [from, to), at its own address. */
static void copy_between(struct image *into, const struct image_segment *segment,
			 uint64_t from, uint64_t to)
{
	uint64_t first = MAX(from, segment->address);
	uint64_t end = MIN(to, (uint64_t)segment->address + segment->n_bytes);
	gboolean added;

	if (first >= end)
		return;
	added = image_add(into, (uint32_t)first, segment->data + first - segment->address,
			  (uint32_t)(end - first), NULL);
	g_assert(added);
}

static void put_over(struct image **image, const struct placed *placed)
{
	uint64_t first = placed->patch->address;
	uint64_t end = first + placed->bytes->len;
	struct image *patched = image_new();

	for (unsigned i = 0; *image && i < image_n_segments(*image); i++) {
		struct image_segment segment = image_segment(*image, i);

		copy_between(patched, &segment, 0, first);
		copy_between(patched, &segment, end, UINT64_MAX);
	}
	copy_between(patched,
		     &(struct image_segment){ placed->patch->address, placed->bytes->len,
					      placed->bytes->data },
		     first, end);
	image_free(*image);
	*image = patched;
}

gboolean unit_patch(const struct job *job, const struct unit *unit, struct image **flash,
		    struct image **eeprom, GError **error)
{
	g_autoptr(GArray) all = g_array_new(FALSE, FALSE, sizeof(struct placed));

	g_array_set_clear_func(all, placed_clear);
	for (guint i = 0; i < job->patches->len; i++)
		if (!place(job, g_ptr_array_index(job->patches, i), unit, all, error))
			return FALSE;
	for (guint i = 0; i < all->len; i++) {
		const struct placed *placed = &g_array_index(all, struct placed, i);

		put_over(placed->patch->memory == PATCH_FLASH ? flash : eeprom, placed);
	}
	return TRUE;
}

gboolean unit_check_serials(const struct job *job, const char *const *serials,
			    GError **error)
{
	struct unit unit = unit_example(job);

	for (; *serials; serials++) {
		unit.serial = *serials;
		for (guint i = 0; i < job->patches->len; i++) {
			g_autoptr(GByteArray) bytes = patch_bytes(
				g_ptr_array_index(job->patches, i), &unit, error);

			if (bytes)
				continue;
			g_prefix_error(error, "serial number \"%s\": ", *serials);
			return FALSE;
		}
	}
	return TRUE;
}

/* Of the list where it was loaded: the line that takes most room. */
static const char *longest_serial(const struct job *job)
{
	const char *longest = job->largest_serial ? job->largest_serial : EXAMPLE_SERIAL;

	for (const char *const *at = job->claim.serial_list; at && *at; at++)
		if (at == job->claim.serial_list || strlen(*at) > strlen(longest))
			longest = *at;
	return longest;
}

struct unit unit_example(const struct job *job)
{
	static const char bytes[] = "FFFFFFFFFFFFFFFF";
	size_t n_digits = MIN(2u * job->part->n_calibration, strlen(bytes));

	return (struct unit){
		.serial = job->claim.has_serial ? longest_serial(job) : NULL,
		.run = EXAMPLE_RUN,
		.calibration = n_digits ? &bytes[strlen(bytes) - n_digits] : NULL,
		.uid = EXAMPLE_UID,
		.date = EXAMPLE_DATE,
	};
}
