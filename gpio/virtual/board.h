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
 *   outside=SOCKET  a Unix datagram socket that the board makes at SOCKET; words there
 *               press its buttons and pull its target out (below)
 *   switched    the target's power comes from a load switch on GPIO6 (high: on), its
 *               signals pass a buffer that GPIO5 enables, GPIO13 senses the power
 *   realtime    time passes as it does outside; without it, time is virtual
 *
 * Words at the socket, apart by white space: 17=0 and 17=1 drive line 17 from outside,
 * 17=open lets it go; target=0 takes the target off its plug, target=1 puts it back.
 * 17=0@US is told as if it had happened so many us before. Any other word is ignored.
 * What was sent before a line call is there in that call.
 *
 * All functions but open and close may be called from several threads at once; so may
 * the board's clock.
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
 * when another process has the state file's board or the socket, SIXPIN_ERROR_IO when one
 * of them cannot be used.
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

/*
 * The world outside. A line that neither the header nor the target drives has the level
 * that is given here, else that of its pull: RESET is pulled up by the target, MISO
 * always, other lines as virtual_board_pull says, and low without a pull.
 */
void virtual_board_outside(struct virtual_board *board, unsigned line, bool level);
void virtual_board_release_outside(struct virtual_board *board, unsigned line);

/* Takes the target off its plug, or puts it back, powered anew: off, nothing answers,
 * RESET has no pull and SENSE reads off. It is in when the board is opened. */
void virtual_board_insert(struct virtual_board *board, bool inserted);

/* The header's own pull of these lines: up, or down as at first. */
void virtual_board_pull(struct virtual_board *board, uint64_t lines, bool up);

/* A line has this level now; time_ns is the machine's monotonic clock. In whatever thread
 * changed it, with the board's lock held: it must not call the board. */
typedef void (*virtual_board_edge)(void *user, unsigned line, uint64_t time_ns,
				   bool level);

/* Tells each change of the line's level from now on, to one at a time; NULL: to nobody.
 */
void virtual_board_watch(struct virtual_board *board, unsigned line,
			 virtual_board_edge edge, void *user);

/* Which lines are driven by the header now, and all levels, at no cost: for tests. */
uint64_t virtual_board_driven(const struct virtual_board *board);
uint64_t virtual_board_levels(struct virtual_board *board);
