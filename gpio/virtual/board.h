/* SPDX-License-Identifier: MIT */
/*
 * The virtual board: a header of 54 lines with one socket wired to it, as the default
 * wiring of Sixpin has it, and its own clock. It plugs in where the wires are: every edge
 * goes through it.
 *
 *   virtual:PART[,option...]
 *
 *   PART        the part in the socket ("ATmega328P", "m32u4"); "none" leaves it empty,
 *               "jumper" has a wire from MOSI to MISO in it
 *   state=FILE  the part's memories and the lines live in FILE: mapped, so nothing is
 *               lost when the process is killed; made if it is missing. Without it, the
 *               part is factory-new
 *   clock=HZ    the crystal on the board (16M by default; 0: none); external:HZ is a
 *               clock signal on XTAL1
 *   ioctl=NS    what one line call costs (770 by default)
 *   stall=SEED  each call stalls before or after its edge: 0 to 3 us, seldom 50 us
 *   switched    the target's power comes from a load switch on GPIO6 (high: on), its
 *               signals pass a buffer that GPIO5 enables, GPIO13 senses the power
 *   realtime    time passes as it does outside; without it, time is virtual
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "appliance/base/clock.h"

#define BOARD_N_LINES 54

/* Where the socket's pins are on the header: Sixpin's default wiring. */
enum board_line {
	BOARD_MISO = 9,
	BOARD_MOSI = 10,
	BOARD_SCK = 11,
	BOARD_RESET = 25,
	BOARD_ENABLE = 5,
	BOARD_POWER = 6,
	BOARD_SENSE = 13,
};

struct virtual_board;
struct avr_chip;

/*
 * Takes a spec with its "virtual:". SIXPIN_ERROR_USAGE for a bad one, SIXPIN_ERROR_BUSY
 * when another process has the state file's board, SIXPIN_ERROR_IO when the file cannot
 * be used.
 */
struct virtual_board *virtual_board_open(const char *spec, GError **error);
void virtual_board_close(struct virtual_board *board);

/* The clock that runs on this board: virtual, or the machine's for "realtime". */
struct clock *virtual_board_clock(struct virtual_board *board);

/* The part in the socket, for tests and judges; NULL where there is none. */
struct avr_chip *virtual_board_chip(struct virtual_board *board);

/*
 * What the kernel's line calls would do, bit i is line i. Each call costs the board's
 * ioctl time (virtual time only) and draws a stall.
 */
void virtual_board_drive(struct virtual_board *board, uint64_t lines, uint64_t levels);
void virtual_board_float(struct virtual_board *board, uint64_t lines);
void virtual_board_set(struct virtual_board *board, uint64_t lines, uint64_t levels);
uint64_t virtual_board_get(struct virtual_board *board);

/* Which lines are driven by the header now, and all levels, at no cost: for tests. */
uint64_t virtual_board_driven(const struct virtual_board *board);
uint64_t virtual_board_levels(struct virtual_board *board);
