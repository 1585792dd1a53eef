/* SPDX-License-Identifier: MIT */
/* The words of a wiring: one table of lines and one of times, read and written by it. */
#include "gpio/pins.h"

#include <stddef.h>
#include <string.h>

#include "appliance/base/error.h"
#include "appliance/base/units.h"

#define ALLOWED_KEYS \
	"sck, mosi, miso, reset, enable, power, sense, enable_settle and power_settle"

#define MAX_SETTLE_US 10000000

#define ALWAYS SIZE_MAX

struct line_key {
	const char *name;
	size_t line;
	size_t has; /* where it says that there is one, or ALWAYS */
};

struct settle_key {
	const char *name;
	size_t us;
};

#define PINS(member) offsetof(struct gpio_pins, member)

/* In the order they are written. */
static const struct line_key line_keys[] = {
	{ "sck", PINS(sck), ALWAYS },
	{ "mosi", PINS(mosi), ALWAYS },
	{ "miso", PINS(miso), ALWAYS },
	{ "reset", PINS(reset), ALWAYS },
	{ "enable", PINS(enable), PINS(has_enable) },
	{ "power", PINS(power), PINS(has_power) },
	{ "sense", PINS(sense), PINS(has_sense) },
};

static const struct settle_key settle_keys[] = {
	{ "enable_settle", PINS(enable_settle_us) },
	{ "power_settle", PINS(power_settle_us) },
};

static struct line *line_at(const struct gpio_pins *pins, const struct line_key *key)
{
	return (struct line *)((char *)pins + key->line);
}

static bool has_line(const struct gpio_pins *pins, const struct line_key *key)
{
	return key->has == ALWAYS || *(const bool *)((const char *)pins + key->has);
}

static unsigned *settle_at(const struct gpio_pins *pins, const struct settle_key *key)
{
	return (unsigned *)((char *)pins + key->us);
}

gboolean gpio_line_parse(const char *text, struct line *line)
{
	bool active_low = text[0] == '~';
	guint64 offset;

	if (!g_ascii_string_to_unsigned(text + active_low, 10, 0, GPIO_LINE_MAX, &offset,
					NULL))
		return FALSE;
	*line = (struct line){ (unsigned)offset, active_low };
	return TRUE;
}

char *gpio_line_format(struct line line)
{
	return g_strdup_printf("%s%u", line.active_low ? "~" : "", line.offset);
}

static gboolean parse_line(struct gpio_pins *pins, const struct line_key *key,
			   const char *value, GError **error)
{
	if (!gpio_line_parse(value, line_at(pins, key))) {
		g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE,
			    "%s=%s: expected " GPIO_LINE_EXPECTED, key->name, value);
		return FALSE;
	}
	if (key->has != ALWAYS)
		*(bool *)((char *)pins + key->has) = true;
	return TRUE;
}

static gboolean parse_settle(struct gpio_pins *pins, const struct settle_key *key,
			     const char *value, GError **error)
{
	uint64_t us;

	if (!parse_duration(value, &us) || us > MAX_SETTLE_US) {
		g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE,
			    "%s=%s: expected a time up to %d s, such as 100ms or 20000us",
			    key->name, value, MAX_SETTLE_US / 1000000);
		return FALSE;
	}
	*settle_at(pins, key) = (unsigned)us;
	return TRUE;
}

static gboolean parse_pair(struct gpio_pins *pins, const char *name, const char *value,
			   GError **error)
{
	for (unsigned i = 0; i < G_N_ELEMENTS(line_keys); i++)
		if (strcmp(line_keys[i].name, name) == 0)
			return parse_line(pins, &line_keys[i], value, error);
	for (unsigned i = 0; i < G_N_ELEMENTS(settle_keys); i++)
		if (strcmp(settle_keys[i].name, name) == 0)
			return parse_settle(pins, &settle_keys[i], value, error);
	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE,
		    "\"%s\" is no pin; there are " ALLOWED_KEYS, name);
	return FALSE;
}

static gboolean parse_word(struct gpio_pins *pins, const char *word, GHashTable *seen,
			   GError **error)
{
	g_auto(GStrv) pair = g_strsplit(word, "=", 2);

	if (!pair[0] || !pair[1]) {
		g_set_error(
			error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE,
			"\"%s\" is no pin: expected KEY=VALUE such as reset=25, with the "
			"keys " ALLOWED_KEYS,
			word);
		return FALSE;
	}
	g_strstrip(pair[0]);
	if (!g_hash_table_add(seen, g_strdup(pair[0]))) {
		g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE,
			    "%s is given twice; give it once", pair[0]);
		return FALSE;
	}
	return parse_pair(pins, pair[0], g_strstrip(pair[1]), error);
}

static gboolean check_distinct(const struct gpio_pins *pins, const struct line_key *a,
			       const struct line_key *b, GError **error)
{
	if (!has_line(pins, a) || !has_line(pins, b) ||
	    line_at(pins, a)->offset != line_at(pins, b)->offset)
		return TRUE;
	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE,
		    "%s and %s are both line %u; give each a line of its own", b->name,
		    a->name, line_at(pins, a)->offset);
	return FALSE;
}

static gboolean check_lines(const struct gpio_pins *pins, GError **error)
{
	for (unsigned a = 0; a < G_N_ELEMENTS(line_keys); a++)
		for (unsigned b = 0; b < a; b++)
			if (!check_distinct(pins, &line_keys[a], &line_keys[b], error))
				return FALSE;
	return TRUE;
}

gboolean gpio_pins_parse(const char *text, struct gpio_pins *pins, GError **error)
{
	g_autoptr(GHashTable) seen =
		g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	g_auto(GStrv) words = g_strsplit(text, ",", -1);
	struct gpio_pins parsed = *pins;

	for (unsigned i = 0; words[i]; i++)
		if (!parse_word(&parsed, words[i], seen, error))
			return FALSE;
	if (!check_lines(&parsed, error))
		return FALSE;
	*pins = parsed;
	return TRUE;
}

static void format_line(GString *text, const struct gpio_pins *pins,
			const struct line_key *key)
{
	g_autofree char *line = gpio_line_format(*line_at(pins, key));

	if (has_line(pins, key))
		g_string_append_printf(text, "%s%s=%s", text->len ? "," : "", key->name,
				       line);
}

static void format_settle(GString *text, const struct gpio_pins *pins,
			  const struct settle_key *key)
{
	unsigned us = *settle_at(pins, key);
	g_autofree char *duration = format_duration(us);

	if (us != *settle_at(&GPIO_PINS_DEFAULT, key))
		g_string_append_printf(text, ",%s=%s", key->name, duration);
}

char *gpio_pins_format(const struct gpio_pins *pins)
{
	GString *text = g_string_new(NULL);

	for (unsigned i = 0; i < G_N_ELEMENTS(line_keys); i++)
		format_line(text, pins, &line_keys[i]);
	for (unsigned i = 0; i < G_N_ELEMENTS(settle_keys); i++)
		format_settle(text, pins, &settle_keys[i]);
	return g_string_free(text, FALSE);
}
