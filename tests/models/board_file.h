/* SPDX-License-Identifier: MIT */
/* The state file of a virtual board, looked at from outside: no lock, nothing changed. */
#pragma once

#include "gpio/virtual/board_state.h"

struct board_file {
	struct board_state *state; /* a copy */
	const struct part *part;
};

/* False when it cannot be read or is no state of a board with a part: says why on stderr.
 */
bool board_file_read(struct board_file *file, const char *path);
void board_file_clear(struct board_file *file);
