/* SPDX-License-Identifier: MIT */
/* RFC 8259, sections 2 (white space, structure) and 7 (strings). */
#include "web/json_text.h"

#include <string.h>

/* Nobody here needs more than an object in an object. */
#define MAX_DEPTH 8

#define SPACE " \t\r\n"
/* Of numbers, true, false and null: the parser knows which make sense. */
#define PLAIN SPACE ",:+-.0123456789eEtrufalsn"

static bool is_one_of(char c, const char *set)
{
	return c && strchr(set, c);
}

/* Four digits; what they say, or -1. */
static int hex4(const char *at, const char *end)
{
	int value = 0;

	if (end - at < 4)
		return -1;
	for (unsigned i = 0; i < 4; i++) {
		int digit = g_ascii_xdigit_value(at[i]);

		if (digit < 0)
			return -1;
		value = value << 4 | digit;
	}
	return value;
}

/* Behind "\u": where it goes on, or NULL. */
static const char *skip_unicode(const char *at, const char *end)
{
	int first = hex4(at, end);
	int second;

	if (first <= 0)
		return NULL;
	if (first < 0xD800 || first > 0xDFFF)
		return at + 4;
	if (first > 0xDBFF || end - at < 6 || at[4] != '\\' || at[5] != 'u')
		return NULL;
	second = hex4(at + 6, end);
	return second >= 0xDC00 && second <= 0xDFFF ? at + 10 : NULL;
}

static const char *skip_escape(const char *at, const char *end)
{
	if (at == end)
		return NULL;
	return *at == 'u' ? skip_unicode(at + 1, end)
			  : (is_one_of(*at, "\"\\/bfnrt") ? at + 1 : NULL);
}

/* Behind the quote that opens: behind the one that closes, or NULL. */
static const char *skip_string(const char *at, const char *end)
{
	while (at && at < end) {
		if (*at == '"')
			return at + 1;
		if ((guchar)*at < 0x20)
			return NULL;
		at = *at == '\\' ? skip_escape(at + 1, end) : at + 1;
	}
	return NULL;
}

static const char *skip_space(const char *at, const char *end)
{
	while (at < end && is_one_of(*at, SPACE))
		at++;
	return at;
}

/* Behind what opens at `at`: behind what closes it, or NULL. */
static const char *skip_object(const char *at, const char *end)
{
	unsigned depth = 0;

	while (at && at < end) {
		char c = *at++;

		if (c == '"')
			at = skip_string(at, end);
		else if (is_one_of(c, "{[") && depth < MAX_DEPTH)
			depth++;
		else if (is_one_of(c, "}]") && --depth == 0)
			return at;
		else if (!is_one_of(c, PLAIN "}]"))
			return NULL;
	}
	return NULL;
}

bool json_text_is_object(const char *text, gsize n)
{
	const char *end = text + n;
	const char *at = skip_space(text, end);

	if (at == end || *at != '{' || !g_utf8_validate(text, (gssize)n, NULL))
		return false;
	at = skip_object(at, end);
	return at && skip_space(at, end) == end;
}
