/* SPDX-License-Identifier: MIT */
/* The known names nearest to one that is not known, for error messages. */
#pragma once

#include <glib.h>

#define N_NEAREST 3

struct nearest {
	const char *names[N_NEAREST]; /* of the caller; NULL from the first free on */
	unsigned distances[N_NEAREST];
};

/* How far what was asked for is from a name: inserted, deleted and replaced letters, in
 * any case, twice; one more where the lengths differ. At most 63 letters count. */
unsigned nearest_distance(const char *asked, const char *name);

/* Keeps the name if it resembles what was asked for and is among the nearest; of equals
 * the first that came. */
void nearest_add(struct nearest *nearest, const char *asked, const char *name,
		 unsigned distance);

/* "; nearest: ATmega32U2, ATmega32U4", or "" where nothing came near. Free with g_free.
 */
char *nearest_text(const struct nearest *nearest);
