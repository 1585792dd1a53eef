/* SPDX-License-Identifier: MIT */
/*
 * The table of formats, and what people load by mistake: a web page saved in place of the
 * file, an archive that was not unpacked, text. Each is named, with the way out, instead
 * of flashed.
 */
#include "images/format.h"

#include <string.h>

#include "appliance/base/error.h"
#include "images/text.h"

#define EXCERPT_BYTES 32u
#define EXPECTED      "expected Intel HEX, Motorola S-record, ELF or raw binary"

const struct image_format *const image_formats[] = {
	&image_format_ihex,
	&image_format_srec,
	&image_format_elf,
	&image_format_bin,
	NULL,
};

/* Bytes that give away a file that is no image. */
static const struct {
	gsize offset;
	const char *bytes;
	gsize n_bytes;
	const char *what;
	const char *advice;
} magics[] = {
	{ 0, "\x1F\x8B\x08", 3, "a gzip archive", "unpack it first" },
	{ 0, "PK\x03\x04", 4, "a zip archive", "unpack it first" },
	{ 0, "7z\xBC\xAF\x27\x1C", 6, "a 7-Zip archive", "unpack it first" },
	{ 0, "\3757zXZ", 6, "an xz archive", "unpack it first" },
	{ 4, "1AY&SY", 6, "a bzip2 archive", "unpack it first" },
	{ 0, "Rar!\x1A\x07", 6, "a RAR archive", "unpack it first" },
	{ 257, "ustar", 5, "a tar archive", "unpack it first" },
	{ 0, "!<arch>\n", 8, "a library of object files", "link the program first" },
	{ 0, "UF2\nWQ]\x9E", 8, "a UF2 file",
	  "build Intel HEX, ELF or raw binary instead" },
	{ 0, "DfuSe", 5, "a DfuSe file", "build Intel HEX, ELF or raw binary instead" },
	{ 0, "%PDF-", 5, "a PDF document", "take the image itself" },
	{ 0, "version https://git-lfs", 23, "a Git LFS pointer",
	  "fetch the file it stands for" },
};

/* How web pages begin, in lower case. */
static const char *const page_openings[] = {
	"<!doctype", "<html", "<head", "<body", "<script", "<!--", "<?xml",
};

const struct image_format *image_format_find(const char *name)
{
	for (gsize i = 0; image_formats[i]; i++) {
		const char letter[] = { image_formats[i]->letter, '\0' };

		if (strcmp(name, image_formats[i]->name) == 0 ||
		    strcmp(name, letter) == 0)
			return image_formats[i];
	}
	return NULL;
}

static gboolean refuse(const char *name, const char *what, const char *advice,
		       GError **error)
{
	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_IMAGE,
		    "%s: looks like %s, " EXPECTED ": %s", name, what, advice);
	return FALSE;
}

static gboolean check_magics(const char *name, const uint8_t *data, gsize n_bytes,
			     GError **error)
{
	for (gsize i = 0; i < G_N_ELEMENTS(magics); i++) {
		gsize end = magics[i].offset + magics[i].n_bytes;

		if (n_bytes >= end && memcmp(data + magics[i].offset, magics[i].bytes,
					     magics[i].n_bytes) == 0)
			return refuse(name, magics[i].what, magics[i].advice, error);
	}
	return TRUE;
}

/* PowerShell's '>' writes this: a byte order mark, then every second byte of ASCII is 0.
 */
static gboolean is_utf16(const uint8_t *data, gsize n_bytes)
{
	gsize zero;

	if (n_bytes < 4 || n_bytes % 2 != 0)
		return FALSE;
	if (data[0] == 0xFF && data[1] == 0xFE)
		zero = 3;
	else if (data[0] == 0xFE && data[1] == 0xFF)
		zero = 2;
	else
		return FALSE;
	for (; zero < MIN(n_bytes, EXCERPT_BYTES); zero += 2) {
		if (data[zero] != 0)
			return FALSE;
	}
	return TRUE;
}

static gboolean is_page(const uint8_t *data, gsize n_bytes)
{
	gsize begin = text_begin(data, n_bytes);
	const char *text = (const char *)data + begin;

	for (gsize i = 0; i < G_N_ELEMENTS(page_openings); i++) {
		gsize length = strlen(page_openings[i]);

		if (n_bytes - begin >= length &&
		    g_ascii_strncasecmp(text, page_openings[i], length) == 0)
			return TRUE;
	}
	return FALSE;
}

static gboolean is_control(uint8_t byte)
{
	return g_ascii_iscntrl(byte) && !g_ascii_isspace(byte) && byte != 0x1A;
}

/* No control characters, and UTF-8 or, in another encoding, ASCII for the most part. */
static gboolean is_text(const uint8_t *data, gsize n_bytes)
{
	gsize n_ascii = 0;

	for (gsize i = 0; i < n_bytes; i++) {
		if (is_control(data[i]))
			return FALSE;
		n_ascii += data[i] < 0x80;
	}
	return n_ascii >= n_bytes - n_bytes / 4 ||
	       g_utf8_validate((const char *)data, (gssize)n_bytes, NULL);
}

static gboolean refuse_text(const char *name, const uint8_t *data, gsize n_bytes,
			    GError **error)
{
	gsize begin = text_begin(data, n_bytes);
	gsize length = 0;
	g_autofree char *excerpt = NULL;
	g_autofree char *printable = NULL;
	g_autofree char *what = NULL;

	while (length < MIN(n_bytes - begin, EXCERPT_BYTES) &&
	       data[begin + length] != '\n' && data[begin + length] != '\r')
		length++;
	excerpt = g_strndup((const char *)data + begin, length);
	printable = g_strescape(excerpt, NULL);
	what = g_strdup_printf("text that begins with \"%s\"", printable);
	return refuse(name, what, "if it is binary all the same, name the format", error);
}

static gboolean check_binary(const char *name, const uint8_t *data, gsize n_bytes,
			     GError **error)
{
	if (!check_magics(name, data, n_bytes, error))
		return FALSE;
	if (is_page(data, n_bytes))
		return refuse(name, "a web page",
			      "download the file, not the page that shows it", error);
	if (is_utf16(data, n_bytes))
		return refuse(name, "UTF-16 text", "save it as plain ASCII text", error);
	if (!is_text(data, n_bytes))
		return TRUE;
	return refuse_text(name, data, n_bytes, error);
}

const struct image_format *image_format_sniff(const char *name, const uint8_t *data,
					      gsize n_bytes, GError **error)
{
	if (n_bytes == 0) {
		g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_IMAGE,
			    "%s: is empty, " EXPECTED, name);
		return NULL;
	}
	for (gsize i = 0; image_formats[i]; i++) {
		if (image_formats[i]->sniff && image_formats[i]->sniff(data, n_bytes))
			return image_formats[i];
	}
	return check_binary(name, data, n_bytes, error) ? &image_format_bin : NULL;
}
