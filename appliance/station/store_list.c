/* SPDX-License-Identifier: MIT */
/* Lists of serial numbers: text, one number a line. */
#include <string.h>

#include "appliance/base/error.h"
#include "appliance/station/store_private.h"

#define BYTE_ORDER_MARK	 "\xEF\xBB\xBF"
#define MAX_NUMBER_BYTES 200

static gboolean fail_line(const char *name, unsigned line, GError **error,
			  const char *format, ...) G_GNUC_PRINTF(4, 5);

static gboolean fail_line(const char *name, unsigned line, GError **error,
			  const char *format, ...)
{
	g_autofree char *text = NULL;
	va_list arguments;

	va_start(arguments, format);
	text = g_strdup_vprintf(format, arguments);
	va_end(arguments);
	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE, "%s:%u: %s", name, line,
		    text);
	return FALSE;
}

static unsigned line_of(const char *text, const char *at)
{
	unsigned line = 1;

	for (; text < at; text++)
		line += *text == '\n';
	return line;
}

static gboolean check_number(const char *name, unsigned line, const char *number,
			     GHashTable *seen, GError **error)
{
	unsigned before = GPOINTER_TO_UINT(g_hash_table_lookup(seen, number));

	if (strlen(number) > MAX_NUMBER_BYTES)
		return fail_line(name, line, error,
				 "expected a number of at most %d bytes, found %u",
				 MAX_NUMBER_BYTES, (unsigned)strlen(number));
	for (const char *at = number; *at; at = g_utf8_next_char(at))
		if (g_unichar_iscntrl(g_utf8_get_char(at)))
			return fail_line(name, line, error,
					 "expected text, found the control character "
					 "U+%04X",
					 g_utf8_get_char(at));
	if (before)
		return fail_line(name, line, error,
				 "\"%s\" stands in line %u already; no number may stand "
				 "twice",
				 number, before);
	return TRUE;
}

static char **read_lines(const char *name, const char *text, GError **error)
{
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
	g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
	g_autoptr(GPtrArray) numbers = g_ptr_array_new_with_free_func(g_free);

	for (unsigned i = 0; lines[i]; i++) {
		char *number = g_strstrip(lines[i]);

		if (!*number || *number == '#')
			continue;
		if (!check_number(name, i + 1, number, seen, error))
			return NULL;
		g_hash_table_insert(seen, number, GUINT_TO_POINTER(i + 1));
		g_ptr_array_add(numbers, g_strdup(number));
	}
	if (numbers->len == 0) {
		g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE,
			    "%s: expected serial numbers, one a line, found none", name);
		return NULL;
	}
	g_ptr_array_add(numbers, NULL);
	return (char **)g_ptr_array_free(g_steal_pointer(&numbers), FALSE);
}

char **store_parse_list(const char *name, const GByteArray *bytes, GError **error)
{
	g_autofree char *text =
		g_strndup(bytes->len ? (const char *)bytes->data : "", bytes->len);
	const char *bad;

	if (!g_utf8_validate_len(text, bytes->len, &bad)) {
		fail_line(name, line_of(text, bad), error,
			  "expected text in UTF-8, found the byte 0x%02X; save the list "
			  "as UTF-8",
			  (unsigned char)*bad);
		return NULL;
	}
	return read_lines(name,
			  g_str_has_prefix(text, BYTE_ORDER_MARK)
				  ? text + strlen(BYTE_ORDER_MARK)
				  : text,
			  error);
}
