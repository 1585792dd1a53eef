/* SPDX-License-Identifier: MIT */
/* A figure: one JSON object on a line of its own. tests/bench/run collects them. */
#pragma once

#include <stdio.h>

static inline void figure_print(const char *name, double value, double goal,
				const char *unit)
{
	printf("{\"figure\":\"%s\",\"value\":%.10g,\"goal\":%.10g,\"better\":\"lower\","
	       "\"unit\":\"%s\"}\n",
	       name, value, goal, unit);
	fflush(stdout);
}

/* A figure that cannot be had here; never one that was missed. */
static inline void figure_skip(const char *name, const char *reason)
{
	printf("{\"figure\":\"%s\",\"skipped\":\"%s\"}\n", name, reason);
	fflush(stdout);
}
