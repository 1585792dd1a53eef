/* SPDX-License-Identifier: MIT */
/* Words in braces: which there are, and how each is written. */
#include "appliance/station/unit_text.h"

#include "appliance/base/error.h"

#include <string.h>

#define MAX_WIDTH 20 /* digits of the largest number */

#define KNOWN_WORDS \
	"{serial}, {serial:08}, {serial:08X}, {run}, {calibration}, {uid} and {date}"

struct word {
	const char *name;
	bool is_number; /* takes a width, and may stand in a number */
	const char *missing;
};

enum { WORD_SERIAL, WORD_RUN, WORD_CALIBRATION, WORD_UID, WORD_DATE, N_WORDS };

static const struct word words[N_WORDS] = {
	[WORD_SERIAL] = { "serial", true, "it was given no serial number" },
	[WORD_RUN] = { "run", true, "it has no run number" },
	[WORD_CALIBRATION] = { "calibration", false, "the part has no calibration byte" },
	[WORD_UID] = { "uid", false, "the part has no id of its own that could be read" },
	[WORD_DATE] = { "date", false, "the clock is not set" },
};

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

bool unit_is_number(const char *text, uint64_t *value)
{
	bool is_hex = g_str_has_prefix(text, "0x") || g_str_has_prefix(text, "0X");
	guint64 number;

	/* No sign, and no more digits than any number has. */
	if (!g_ascii_string_to_unsigned(is_hex ? text + 2 : text, is_hex ? 16 : 10, 0,
					G_MAXUINT64, &number, NULL))
		return false;
	*value = number;
	return true;
}

static bool is_decimal(const char *text)
{
	return *text && strspn(text, "0123456789") == strlen(text);
}

/* What this unit has for the word, or NULL. Free with g_free. */
static char *value_of(const struct unit *unit, unsigned word)
{
	switch (word) {
	case WORD_SERIAL:
		return g_strdup(unit->serial);
	case WORD_RUN:
		return unit->run
			       ? g_strdup_printf("%" G_GUINT64_FORMAT, (guint64)unit->run)
			       : NULL;
	case WORD_CALIBRATION:
		return g_strdup(unit->calibration);
	case WORD_UID:
		return g_strdup(unit->uid);
	default:
		return g_strdup(unit->date);
	}
}

/* ":08" or ":08X" behind a name; "" is no width. */
static bool parse_width(const char *text, unsigned *width, bool *is_hex)
{
	guint64 digits = 0;
	size_t length = strlen(text);
	g_autofree char *number = NULL;

	*width = 0;
	*is_hex = false;
	if (length == 0)
		return true;
	if (length < 3 || text[0] != ':' || text[1] != '0')
		return false;
	*is_hex = text[length - 1] == 'X';
	number = g_strndup(text + 2, length - 2 - (*is_hex ? 1 : 0));
	if (!is_decimal(number) ||
	    !g_ascii_string_to_unsigned(number, 10, 1, MAX_WIDTH, &digits, NULL))
		return false;
	*width = (unsigned)digits;
	return true;
}

static gboolean append_number(const char *word, const char *text, unsigned width,
			      bool is_hex, GString *out, GError **error)
{
	g_autofree char *digits = NULL;
	uint64_t value;

	if (!is_decimal(text) || !unit_is_number(text, &value))
		return fail(error,
			    "{%s} takes a decimal number, found \"%s\"; {serial} takes "
			    "any text",
			    word, text);
	digits = g_strdup_printf(is_hex ? "%0*" G_GINT64_MODIFIER "X"
					: "%0*" G_GINT64_MODIFIER "u",
				 (int)width, (guint64)value);
	if (strlen(digits) > width)
		return fail(error, "{%s} has room for %u digits, \"%s\" has %u", word,
			    width, digits, (unsigned)strlen(digits));
	g_string_append(out, digits);
	return TRUE;
}

static int find_word(const char *text, size_t n_letters)
{
	for (unsigned i = 0; i < N_WORDS; i++)
		if (strlen(words[i].name) == n_letters &&
		    memcmp(words[i].name, text, n_letters) == 0)
			return (int)i;
	return -1;
}

bool patch_writes_number(const struct job_patch *patch)
{
	return patch->format == PATCH_LITTLE_ENDIAN || patch->format == PATCH_BIG_ENDIAN;
}

static gboolean append_word(const struct job_patch *patch, const char *text,
			    const struct unit *unit, GString *out, GError **error)
{
	size_t n_letters = strcspn(text, ":");
	int word = find_word(text, n_letters);
	g_autofree char *value = NULL;
	unsigned width;
	bool is_hex;

	if (word < 0 || !parse_width(text + n_letters, &width, &is_hex) ||
	    (width && !words[word].is_number))
		return fail(error, "{%s} is no word of a value; there are " KNOWN_WORDS,
			    text);
	if (patch_writes_number(patch) && (width || !words[word].is_number))
		return fail(error,
			    "{%s} does not go into a number; there {serial} and {run} "
			    "stand without a width, and bytes take format=hex",
			    text);
	value = value_of(unit, (unsigned)word);
	if (!value)
		return fail(error, "{%s} is not known of this unit: %s", text,
			    words[word].missing);
	if (width)
		return append_number(text, value, width, is_hex, out, error);
	g_string_append(out, value);
	return TRUE;
}

char *unit_text(const struct job_patch *patch, const struct unit *unit, GError **error)
{
	g_autoptr(GString) out = g_string_new(NULL);
	const char *at = patch->value;

	for (const char *open; (open = strchr(at, '{'));) {
		const char *close = strchr(open, '}');
		g_autofree char *word =
			close ? g_strndup(open + 1, (gsize)(close - open - 1)) : NULL;

		if (!word) {
			fail(error, "\"%s\": expected a \"}\" behind the \"{\"", open);
			return NULL;
		}
		g_string_append_len(out, at, open - at);
		if (!append_word(patch, word, unit, out, error))
			return NULL;
		at = close + 1;
	}
	g_string_append(out, at);
	return g_strdup(out->str);
}

bool unit_text_uses(const char *value, const char *name)
{
	size_t n_letters = strlen(name);

	for (const char *at = value; (at = strchr(at, '{')); at++)
		if (strncmp(at + 1, name, n_letters) == 0 &&
		    (at[1 + n_letters] == '}' || at[1 + n_letters] == ':'))
			return true;
	return false;
}
