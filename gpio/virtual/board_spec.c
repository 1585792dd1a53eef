/* SPDX-License-Identifier: MIT */
/* Reading "virtual:PART,option,..." */
#include "gpio/virtual/board_spec.h"

#include "appliance/base/error.h"
#include "appliance/base/units.h"

#include <string.h>

#define DEFAULT_CRYSTAL_HZ 16000000
#define DEFAULT_IOCTL_NS   770

struct option {
	const char *name;
	gboolean (*set)(struct board_spec *spec, const char *value, GError **error);
	gboolean takes_value;
};

static gboolean set_state(struct board_spec *spec, const char *value, GError **error)
{
	g_free(spec->state_path);
	spec->state_path = g_strdup(value);
	return TRUE;
}

static gboolean set_outside(struct board_spec *spec, const char *value, GError **error)
{
	g_free(spec->outside_path);
	spec->outside_path = g_strdup(value);
	return TRUE;
}

static gboolean set_clock(struct board_spec *spec, const char *value, GError **error)
{
	spec->clock.kind = CLOCK_CRYSTAL;
	if (g_str_has_prefix(value, "external:")) {
		spec->clock.kind = CLOCK_EXTERNAL;
		value += strlen("external:");
	} else if (g_str_has_prefix(value, "crystal:")) {
		value += strlen("crystal:");
	}
	return parse_hz(value, &spec->clock.hz, error);
}

static gboolean set_ioctl(struct board_spec *spec, const char *value, GError **error)
{
	uint64_t ns;

	if (!parse_number(value, "line call cost in ns", 1000000, &ns, error))
		return FALSE;
	spec->ioctl_ns = (uint32_t)ns;
	return TRUE;
}

static gboolean set_stall(struct board_spec *spec, const char *value, GError **error)
{
	uint64_t seed;

	if (!parse_number(value, "stall seed", UINT32_MAX, &seed, error))
		return FALSE;
	spec->stall_seed = (uint32_t)seed;
	return TRUE;
}

static gboolean set_switched(struct board_spec *spec, const char *value, GError **error)
{
	spec->switched = TRUE;
	return TRUE;
}

static gboolean set_realtime(struct board_spec *spec, const char *value, GError **error)
{
	spec->realtime = TRUE;
	return TRUE;
}

static const struct option options[] = {
	{ "state", set_state, TRUE },	     { "clock", set_clock, TRUE },
	{ "ioctl", set_ioctl, TRUE },	     { "stall", set_stall, TRUE },
	{ "outside", set_outside, TRUE },    { "switched", set_switched, FALSE },
	{ "realtime", set_realtime, FALSE },
};

static const struct option *find_option(const char *word, const char **value)
{
	const char *equals = strchr(word, '=');
	size_t n = equals ? (size_t)(equals - word) : strlen(word);

	*value = equals ? equals + 1 : NULL;
	for (unsigned i = 0; i < G_N_ELEMENTS(options); i++)
		if (strlen(options[i].name) == n && memcmp(options[i].name, word, n) == 0)
			return &options[i];
	return NULL;
}

static gboolean fits(const struct option *option, const char *value)
{
	return option->takes_value ? value && *value : !value;
}

static gboolean parse_option(struct board_spec *spec, const char *word, GError **error)
{
	const char *value;
	const struct option *option = find_option(word, &value);

	if (!option || !fits(option, value)) {
		g_set_error(
			error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE,
			"\"%s\" is no option of a virtual board; there are state=FILE, "
			"clock=HZ, ioctl=NS, stall=SEED, outside=SOCKET, switched and "
			"realtime",
			word);
		return FALSE;
	}
	return option->set(spec, value, error);
}

static gboolean parse_socket(struct board_spec *spec, const char *word, GError **error)
{
	spec->jumper = g_ascii_strcasecmp(word, "jumper") == 0;
	if (spec->jumper || g_ascii_strcasecmp(word, "none") == 0)
		return TRUE;
	spec->part = part_find(word, error);
	return spec->part != NULL;
}

static gboolean parse_words(struct board_spec *spec, char **words, GError **error)
{
	if (!parse_socket(spec, words[0], error))
		return FALSE;
	for (unsigned i = 1; words[i]; i++)
		if (!parse_option(spec, words[i], error))
			return FALSE;
	return TRUE;
}

gboolean board_spec_parse(const char *text, struct board_spec *spec, GError **error)
{
	g_auto(GStrv) words = NULL;

	g_assert(g_str_has_prefix(text, "virtual:"));
	*spec = (struct board_spec){
		.clock = { CLOCK_CRYSTAL, DEFAULT_CRYSTAL_HZ },
		.ioctl_ns = DEFAULT_IOCTL_NS,
	};
	words = g_strsplit(text + strlen("virtual:"), ",", -1);
	if (!words[0] || !words[0][0]) {
		g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE,
			    "\"%s\" names no part; try virtual:ATmega328P", text);
		return FALSE;
	}
	if (!parse_words(spec, words, error)) {
		g_prefix_error(error, "%s: ", text);
		board_spec_clear(spec);
		return FALSE;
	}
	return TRUE;
}

void board_spec_clear(struct board_spec *spec)
{
	g_clear_pointer(&spec->state_path, g_free);
	g_clear_pointer(&spec->outside_path, g_free);
}
