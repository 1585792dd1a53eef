/* SPDX-License-Identifier: MIT */
/*
 * Private to the virtual board: what outlives the process. With a file it is mapped and
 * shared, so every bit is there at once and stays when the process is killed; the kernel
 * drops the file's lock, as it gives back the lines of a process that died.
 */
#pragma once

#include <glib.h>

#include "gpio/virtual/board_spec.h"

struct board_state {
	char magic[16]; /* written last when a file is made */
	char part[32];
	uint64_t driven; /* lines that the header drives */
	uint64_t levels; /* and at what level */
	struct avr_cells cells;
};

struct board_state *board_state_open(const struct board_spec *spec, int *fd,
				     GError **error);
void board_state_close(struct board_state *state, int fd);
