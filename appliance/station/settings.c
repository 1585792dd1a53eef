/* SPDX-License-Identifier: MIT */
/* Reading the words that settings are written in. */
#include "appliance/station/settings.h"

#include "appliance/base/error.h"
#include "appliance/base/units.h"

#include <string.h>

#define SLOWEST_SCK_HZ	 1000
#define SLOWEST_BOARD_HZ 1000

void station_settings_init(struct station_settings *settings)
{
	*settings = (struct station_settings){
		.programmer = &programmer_gpio,
		.config = { .pins = GPIO_PINS_DEFAULT },
	};
}

void station_settings_choose(struct station_settings *settings,
			     const struct programmer *programmer)
{
	if (settings->programmer != programmer)
		settings->config.port = NULL;
	settings->programmer = programmer;
}

gboolean sck_parse(const char *text, unsigned *hz, GError **error)
{
	uint32_t rate;

	if (g_ascii_strcasecmp(text, "auto") == 0) {
		*hz = 0;
		return TRUE;
	}
	if (!parse_hz(text, &rate, error)) {
		g_prefix_error(error, "SCK: ");
		return FALSE;
	}
	if (rate < SLOWEST_SCK_HZ) {
		g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE,
			    "SCK of %u Hz is too slow; the least is %d Hz", rate,
			    SLOWEST_SCK_HZ);
		return FALSE;
	}
	*hz = rate;
	return TRUE;
}

gboolean bit_clock_parse(const char *text, unsigned *hz, GError **error)
{
	char *end;
	double period_us = g_ascii_strtod(text, &end);

	if (end != text && *end == 0 && period_us >= 0.1 && period_us <= 1000) {
		*hz = (unsigned)(1e6 / period_us);
		return TRUE;
	}
	if (end != text && *end != 0)
		return sck_parse(text, hz, error);
	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE,
		    "-B %s: expected a period of 0.1 to 1000 us, or a rate as in 250kHz",
		    text);
	return FALSE;
}

/* "crystal:16" is a slip for 16M: nothing that slow runs a part. */
static gboolean check_board_rate(const char *text, uint32_t hz, GError **error)
{
	if (hz >= SLOWEST_BOARD_HZ)
		return TRUE;
	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE,
		    "\"%s\": a clock of %u Hz is too slow; write it as in crystal:16M",
		    text, hz);
	return FALSE;
}

gboolean board_clock_parse(const char *text, struct avr_board_says *board, GError **error)
{
	static const struct {
		const char *prefix;
		enum clock_kind kind;
	} kinds[] = { { "crystal:", CLOCK_CRYSTAL }, { "external:", CLOCK_EXTERNAL } };

	*board = (struct avr_board_says){ .known = true, .kind = CLOCK_INTERNAL };
	if (strcmp(text, "internal") == 0)
		return TRUE;
	for (unsigned i = 0; i < G_N_ELEMENTS(kinds); i++) {
		if (!g_str_has_prefix(text, kinds[i].prefix))
			continue;
		board->kind = kinds[i].kind;
		return parse_hz(text + strlen(kinds[i].prefix), &board->hz, error) &&
		       check_board_rate(text, board->hz, error);
	}
	g_set_error(
		error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE,
		"\"%s\" is no board clock; write crystal:16M, external:8M or internal",
		text);
	return FALSE;
}

gboolean byte_parse(const char *text, const char *what, uint8_t *value, GError **error)
{
	const char *digits = g_ascii_strncasecmp(text, "0x", 2) == 0 ? text + 2 : text;
	guint64 parsed;

	if (!g_ascii_string_to_unsigned(digits, 16, 0, 0xFF, &parsed, NULL)) {
		g_set_error(
			error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE,
			"\"%s\" is no value for %s; expected two hexadecimal digits, as in D9",
			text, what);
		return FALSE;
	}
	*value = (uint8_t)parsed;
	return TRUE;
}

static gboolean parse_fuse(const char *word, bool has_fuse[PART_MAX_FUSES],
			   uint8_t fuses[PART_MAX_FUSES], GError **error)
{
	g_auto(GStrv) sides = g_strsplit(word, "=", 2);
	int byte = sides[0] ? fuse_byte_find(g_strstrip(sides[0])) : -1;

	if (byte < 0 || !sides[1]) {
		g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE,
			    "\"%s\" is no fuse; write them as low=5E,high=D9,extended=F3",
			    word);
		return FALSE;
	}
	if (has_fuse[byte]) {
		g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE,
			    "the %s fuse is given twice", fuse_byte_names[byte]);
		return FALSE;
	}
	has_fuse[byte] = true;
	return byte_parse(g_strstrip(sides[1]), "a fuse", &fuses[byte], error);
}

gboolean fuses_parse(const char *text, bool has_fuse[PART_MAX_FUSES],
		     uint8_t fuses[PART_MAX_FUSES], GError **error)
{
	g_auto(GStrv) words = g_strsplit(text, ",", -1);

	if (!words[0])
		return parse_fuse("", has_fuse, fuses, error);
	for (unsigned i = 0; words[i]; i++)
		if (!parse_fuse(words[i], has_fuse, fuses, error))
			return FALSE;
	return TRUE;
}
