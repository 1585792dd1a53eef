/* SPDX-License-Identifier: MIT */
/* Private to the virtual board: what "virtual:..." says (the words are in board.h). */
#pragma once

#include <glib.h>

#include "gpio/virtual/avr_chip.h"

struct board_spec {
	const struct part *part; /* NULL: no part in the socket */
	gboolean jumper;	 /* but a wire from MOSI to MISO */
	char *state_path;	 /* NULL: the part lives only as long as the process */
	char *outside_path;	 /* NULL: nobody outside has a word */
	struct avr_board_clock clock;
	uint32_t ioctl_ns;
	uint32_t stall_seed; /* 0: no stalls */
	gboolean switched;
	gboolean realtime;
};

/* SIXPIN_ERROR_USAGE names the word that is wrong and what is allowed. */
gboolean board_spec_parse(const char *text, struct board_spec *spec, GError **error);
void board_spec_clear(struct board_spec *spec);
