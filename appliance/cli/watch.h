/* SPDX-License-Identifier: MIT */
/* Commands that are no calls of a command (commands/call.h): what only a daemon can
 * answer, and what has to do with its users. */
#pragma once

#include <glib.h>

struct watch_command {
	const char *name;
	const char *arguments; /* NULL: it takes no words */
	const char *summary;
	const char *examples;			       /* shown under --help; or NULL */
	gboolean (*run)(char **words, GError **error); /* those behind its name */
};

extern const struct watch_command watch_commands[]; /* ends with a NULL name */

/* NULL where it is none of them. */
const struct watch_command *watch_command_find(const char *name);
