/* SPDX-License-Identifier: MIT */
/*
 * A virtual AVR on the wires of a programmer that is itself a model: SCK, MOSI, MISO and
 * RESET, in the time of a virtual clock that the programmer's driver may share.
 */
#pragma once

#include "appliance/base/clock.h"
#include "gpio/virtual/avr_chip.h"

struct wired_avr {
	struct virtual_clock clock;
	struct avr_cells *cells;
	struct avr_chip *chip; /* NULL: an empty socket */
	struct avr_pins pins;
	uint64_t half_ns; /* of an SCK period */
};

/* `part` NULL: an empty socket. */
void wired_avr_init(struct wired_avr *wired, const struct part *part,
		    struct avr_board_clock board_clock);
void wired_avr_clear(struct wired_avr *wired);

void wired_avr_set_reset(struct wired_avr *wired, bool high);
void wired_avr_set_sck_hz(struct wired_avr *wired, unsigned hz);

/* Eight bits out and in, most significant first, SPI mode 0. */
uint8_t wired_avr_exchange(struct wired_avr *wired, uint8_t out);
void wired_avr_instruct(struct wired_avr *wired, const uint8_t in[4], uint8_t out[4]);

/* One SCK pulse too many: the part is out of step. */
void wired_avr_slip(struct wired_avr *wired);

void wired_avr_wait_us(struct wired_avr *wired, unsigned us);
