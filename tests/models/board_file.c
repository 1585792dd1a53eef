/* SPDX-License-Identifier: MIT */
/* Reading the state file of a virtual board as gpio/virtual/board_state.h lays it out. */
#include "tests/models/board_file.h"

#include <stdio.h>

bool board_file_read(struct board_file *file, const char *path)
{
	g_autoptr(GError) error = NULL;
	gsize n_bytes;
	char *content;

	file->state = NULL;
	if (!g_file_get_contents(path, &content, &n_bytes, &error)) {
		fprintf(stderr, "%s\n", error->message);
		return false;
	}
	file->state = (struct board_state *)content;
	if (n_bytes != sizeof(*file->state)) {
		fprintf(stderr, "%s: no state of a virtual board\n", path);
		return false;
	}
	file->part = part_find(file->state->part, &error);
	if (!file->part)
		fprintf(stderr, "%s: %s\n", path, error->message);
	return file->part;
}

void board_file_clear(struct board_file *file)
{
	g_free(file->state);
}
