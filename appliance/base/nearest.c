/* SPDX-License-Identifier: MIT */
/* Distances between names (Levenshtein), and the shortest of them. */
#include "appliance/base/nearest.h"

#include <stdbool.h>
#include <string.h>

#define MAX_LETTERS 63

static unsigned letters_between(const char *a, const char *b)
{
	unsigned row[MAX_LETTERS + 1];
	size_t length = MIN(strlen(b), MAX_LETTERS);

	for (size_t j = 0; j <= length; j++)
		row[j] = j;
	for (size_t i = 1; a[i - 1] != '\0'; i++) {
		unsigned diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= length; j++) {
			bool same =
				g_ascii_tolower(a[i - 1]) == g_ascii_tolower(b[j - 1]);
			unsigned replaced = diagonal + (same ? 0 : 1);

			diagonal = row[j];
			row[j] = MIN(replaced, MIN(row[j], row[j - 1]) + 1);
		}
	}
	return row[length];
}

/* A letter replaced is a smaller slip than one too many or too few. */
unsigned nearest_distance(const char *asked, const char *name)
{
	return 2 * letters_between(asked, name) + (strlen(asked) != strlen(name));
}

void nearest_add(struct nearest *nearest, const char *asked, const char *name,
		 unsigned distance)
{
	if (distance > 2 * strlen(asked) / 3)
		return;
	for (unsigned i = 0; i < N_NEAREST && name; i++) {
		const char *pushed_down = nearest->names[i];
		unsigned its_distance = nearest->distances[i];

		if (pushed_down && its_distance <= distance)
			continue;
		nearest->names[i] = name;
		nearest->distances[i] = distance;
		name = pushed_down;
		distance = its_distance;
	}
}

char *nearest_text(const struct nearest *nearest)
{
	GString *text = g_string_new(NULL);

	for (unsigned i = 0; i < N_NEAREST && nearest->names[i]; i++)
		g_string_append_printf(text, "%s%s", i == 0 ? "; nearest: " : ", ",
				       nearest->names[i]);
	return g_string_free(text, FALSE);
}
