/* SPDX-License-Identifier: MIT */
/* Commands that only a daemon can answer: watch, cancel. They take no words. */
#pragma once

#include <glib.h>

struct watch_command {
	const char *name;
	const char *summary;
	gboolean (*run)(GError **error);
};

extern const struct watch_command watch_commands[]; /* ends with a NULL name */

/* NULL where it is none of them. */
const struct watch_command *watch_command_find(const char *name);
