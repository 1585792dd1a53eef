/* SPDX-License-Identifier: MIT */
/* The table of programmers: a new one is a driver and a line here. */
#include "appliance/programmers/registry.h"

#include "appliance/base/error.h"

const struct programmer *const programmers[] = {
	&programmer_gpio,
	&programmer_usbasp,
	&programmer_usbtiny,
	NULL,
};

static gboolean has_name(const struct programmer *programmer, const char *name)
{
	if (g_ascii_strcasecmp(programmer->id, name) == 0)
		return TRUE;
	for (unsigned i = 0; programmer->aliases[i]; i++)
		if (g_ascii_strcasecmp(programmer->aliases[i], name) == 0)
			return TRUE;
	return FALSE;
}

const struct programmer *programmer_find(const char *name, GError **error)
{
	g_autoptr(GString) known = g_string_new(NULL);

	for (unsigned i = 0; programmers[i]; i++) {
		if (has_name(programmers[i], name))
			return programmers[i];
		g_string_append_printf(known, "%s%s", i ? ", " : "", programmers[i]->id);
	}
	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_NO_PROGRAMMER,
		    "no programmer is called \"%s\"; this Sixpin drives: %s", name,
		    known->str);
	return NULL;
}
