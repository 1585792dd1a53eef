/* SPDX-License-Identifier: MIT */
/*
 * SPI mode 0 for serial programming, by hand on GPIO lines. N sites share SCK and MOSI
 * and have a RESET and a MISO line each, all moved by the same calls.
 *
 * Edges are paced by return: the next edge's call starts no earlier than the previous
 * call's return plus the least phase, less what a call costs at least. Whatever the
 * kernel puts before or after an edge can only lengthen a phase.
 *
 * Two line calls a bit: MOSI changes in the call that lowers SCK, and MISO is read only
 * in bits of reply bytes that are wanted. Nothing is allocated after isp_bitbang_init.
 */
#pragma once

#include <stdbool.h>

#include "gpio/lines.h"
#include "gpio/pins.h"

#define ISP_BITBANG_MAX_SITES GPIO_MAX_SITES

struct isp_bitbang {
	struct lines *lines;
	unsigned n_sites;
	uint64_t half_ns;	/* the least phase of SCK */
	uint64_t least_call_ns; /* what a line call costs at least; 0 until it was learnt
				 */
	uint64_t next_edge_ns;	/* no edge starts before */
};

/* The order of lines that a bus expects of its set. */
void isp_bitbang_request(const struct gpio_pins *pins, struct lines_request *request);

/* `lines` were requested so, and stay the caller's. */
void isp_bitbang_init(struct isp_bitbang *bus, struct lines *lines, unsigned n_sites);

/* Takes effect at the next edge. Phases are rounded up to whole nanoseconds, so that each
 * is longer than half a period of `hz`; returns the rate that the pacing aims at. */
unsigned isp_bitbang_set_sck(struct isp_bitbang *bus, unsigned hz);

/* Begins to drive: SCK and MOSI low, RESET high. */
gboolean isp_bitbang_idle(struct isp_bitbang *bus, GError **error);

/*
 * Begins to drive: SCK and MOSI low, RESET high for high_us, then low, then the 20 ms
 * that a part takes until it listens (DS40002061, section 31.8.2). Also gives a part that
 * is in reset already the positive pulse it needs.
 */
gboolean isp_bitbang_reset(struct isp_bitbang *bus, unsigned high_us, GError **error);

/*
 * Sends four bytes. Reply byte i is read into rx[site][i] where bit i of `want` is set;
 * others are left alone. more: another transfer follows at once, the falling edge may be
 * left to it.
 */
gboolean isp_bitbang_transfer(struct isp_bitbang *bus, const uint8_t tx[4], unsigned want,
			      bool more, uint8_t rx[][4], GError **error);

/* RESET is let go and all lines are inputs again, whatever happened before. */
gboolean isp_bitbang_release(struct isp_bitbang *bus, GError **error);
