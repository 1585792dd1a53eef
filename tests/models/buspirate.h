/* SPDX-License-Identifier: MIT */
/*
 * A Bus Pirate v3 between its serial port and the pins of a virtual board: bytes in,
 * edges out. It knows SPI and nothing of what the SPI bytes mean.
 *
 * After the public manual of the binary modes ("Bitbang", "SPI (binary)", Dangerous
 * Prototypes) and the behaviour of firmware 5.10 to 7.0: the text console as far as it
 * takes to leave it, bit-bang mode, SPI mode. Other modes answer 00, as a firmware built
 * without them does.
 *
 * Its pins: CS is the target's RESET, CLK SCK, MOSI and MISO. The target has a supply of
 * its own and nothing is on Vpu: power and pull-ups are accepted and do nothing.
 *
 * SPI takes its time on the board's clock; the serial line's time is the caller's.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

struct buspirate;
struct virtual_board;

struct buspirate_firmware {
	bool write_then_read; /* commands 04 and 05: from 5.10 on */
	bool avr_commands;    /* command 06: a build option of later ones */
};

/* As after power-up, in text mode. The board stays the caller's. */
struct buspirate *buspirate_new(struct virtual_board *board,
				struct buspirate_firmware firmware);
void buspirate_free(struct buspirate *pirate);

/* A byte has come in; what it sends because of it is appended to `reply`. */
void buspirate_receive(struct buspirate *pirate, uint8_t byte, GByteArray *reply);
