/* SPDX-License-Identifier: MIT */
/* Rates, integers, durations and amounts from text and back, without the locale. */
#include "appliance/base/units.h"

#include "appliance/base/error.h"

#include <stdbool.h>
#include <string.h>

struct suffix {
	const char *text;
	double factor;
};

static const struct suffix rate_suffixes[] = {
	{ "", 1 },    { "Hz", 1 },    { "k", 1e3 }, { "kHz", 1e3 },
	{ "M", 1e6 }, { "MHz", 1e6 }, { "G", 1e9 }, { "GHz", 1e9 },
};

static double suffix_factor(const char *text)
{
	for (unsigned i = 0; i < G_N_ELEMENTS(rate_suffixes); i++)
		if (g_ascii_strcasecmp(text, rate_suffixes[i].text) == 0)
			return rate_suffixes[i].factor;
	return 0;
}

gboolean parse_hz(const char *text, uint32_t *hz, GError **error)
{
	size_t n_digits = strspn(text, "0123456789.");
	g_autofree char *number = g_strndup(text, n_digits);
	char *end;
	double rate = g_ascii_strtod(number, &end) * suffix_factor(text + n_digits);
	bool is_number = g_ascii_isdigit(text[0]) && *end == 0;

	if (!is_number || suffix_factor(text + n_digits) <= 0 || rate >= UINT32_MAX) {
		g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE,
			    "\"%s\" is no rate; write it as 16M, 250k or 32768", text);
		return FALSE;
	}
	*hz = (uint32_t)(rate + 0.5);
	return TRUE;
}

char *format_hz(uint32_t hz)
{
	static const struct suffix shown[] = { { "MHz", 1e6 },
					       { "kHz", 1e3 },
					       { "Hz", 1 } };
	char number[G_ASCII_DTOSTR_BUF_SIZE];
	unsigned i = hz >= 1000000 ? 0 : hz >= 1000 ? 1 : 2;

	g_ascii_formatd(number, sizeof(number), "%.6g", hz / shown[i].factor);
	return g_strdup_printf("%s %s", number, shown[i].text);
}

static gboolean parse_prefixed(const char *text, guint64 max, guint64 *value)
{
	if (g_ascii_strncasecmp(text, "0x", 2) == 0)
		return g_ascii_string_to_unsigned(text + 2, 16, 0, max, value, NULL);
	if (g_ascii_strncasecmp(text, "0b", 2) == 0)
		return g_ascii_string_to_unsigned(text + 2, 2, 0, max, value, NULL);
	/* 010 is 8 to some and 10 to others. */
	if (text[0] == '0' && text[1])
		return FALSE;
	return g_ascii_string_to_unsigned(text, 10, 0, max, value, NULL);
}

gboolean parse_number(const char *text, const char *what, uint64_t max, uint64_t *value,
		      GError **error)
{
	guint64 parsed;

	if (!parse_prefixed(text, max, &parsed)) {
		g_set_error(
			error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE,
			"\"%s\" is no %s; expected a number from 0 to %" G_GUINT64_FORMAT,
			text, what, (guint64)max);
		return FALSE;
	}
	*value = parsed;
	return TRUE;
}

struct unit {
	const char *name;
	guint64 factor;
};

/* The longest that fits is written; last a factor of 1. */
static const struct unit time_units[] = { { "s", 1000000 }, { "ms", 1000 }, { "us", 1 } };
static const struct unit span_units[] = {
	{ "d", 86400 }, { "h", 3600 }, { "min", 60 }, { "s", 1 }
};
static const struct unit byte_units[] = {
	{ "G", 1u << 30 }, { "M", 1u << 20 }, { "K", 1u << 10 }, { "", 1 }
};

/* 0 where there is none. */
static guint64 unit_factor(const struct unit *units, const char *name)
{
	for (;; units++) {
		if (g_ascii_strcasecmp(units->name, name) == 0)
			return units->factor;
		if (units->factor == 1)
			return 0;
	}
}

static gboolean parse_with_unit(const char *text, const struct unit *units,
				uint64_t *value)
{
	size_t n_digits = strspn(text, "0123456789");
	g_autofree char *digits = g_strndup(text, n_digits);
	guint64 factor = unit_factor(units, text + n_digits);
	guint64 number;

	if (!factor || !g_ascii_string_to_unsigned(digits, 10, 0, G_MAXUINT64 / factor,
						   &number, NULL))
		return FALSE;
	*value = number * factor;
	return TRUE;
}

static char *format_with_unit(uint64_t value, const struct unit *unit)
{
	while (value % unit->factor)
		unit++;
	return g_strdup_printf("%" G_GUINT64_FORMAT "%s", (guint64)(value / unit->factor),
			       unit->name);
}

gboolean parse_duration(const char *text, uint64_t *us)
{
	return parse_with_unit(strcmp(text, "0") == 0 ? "0s" : text, time_units, us);
}

char *format_duration(uint64_t us)
{
	return format_with_unit(us, time_units);
}

gboolean parse_span(const char *text, uint64_t *s)
{
	return parse_with_unit(text, span_units, s);
}

char *format_span(uint64_t s)
{
	return s ? format_with_unit(s, span_units) : g_strdup("0s");
}

gboolean parse_bytes(const char *text, uint64_t *n_bytes)
{
	return parse_with_unit(text, byte_units, n_bytes);
}

char *format_bytes(uint64_t n_bytes)
{
	return n_bytes ? format_with_unit(n_bytes, byte_units) : g_strdup("0");
}
