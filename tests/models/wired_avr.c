/* SPDX-License-Identifier: MIT */
/* Bits between a model of a programmer and the virtual AVR. */
#include "tests/models/wired_avr.h"

#define BYTE_GAP_NS 1000

void wired_avr_init(struct wired_avr *wired, const struct part *part,
		    struct avr_board_clock board_clock)
{
	*wired = (struct wired_avr){ 0 };
	virtual_clock_init(&wired->clock);
	wired->cells = g_new0(struct avr_cells, 1);
	if (part) {
		avr_cells_init(wired->cells, part);
		wired->chip = avr_chip_new(part, wired->cells, board_clock);
	}
	wired->pins = (struct avr_pins){ .powered = true, .reset = true };
	wired_avr_set_sck_hz(wired, 100000);
	wired_avr_set_reset(wired, true);
}

void wired_avr_clear(struct wired_avr *wired)
{
	avr_chip_free(wired->chip);
	g_free(wired->cells);
}

static void drive(struct wired_avr *wired)
{
	if (wired->chip)
		avr_chip_set_pins(wired->chip, wired->clock.now_ns, wired->pins);
}

static void wait_ns(struct wired_avr *wired, uint64_t ns)
{
	wired->clock.now_ns += ns;
}

void wired_avr_wait_us(struct wired_avr *wired, unsigned us)
{
	wait_ns(wired, (uint64_t)us * 1000);
}

void wired_avr_set_reset(struct wired_avr *wired, bool high)
{
	wired->pins.reset = high;
	drive(wired);
}

void wired_avr_set_sck_hz(struct wired_avr *wired, unsigned hz)
{
	wired->half_ns = 500000000u / hz;
}

static bool exchange_bit(struct wired_avr *wired, bool out)
{
	bool driven;
	bool in = true;

	wired->pins.mosi = out;
	wired->pins.sck = false;
	drive(wired);
	wait_ns(wired, wired->half_ns);
	wired->pins.sck = true;
	drive(wired);
	if (wired->chip)
		in = avr_chip_miso(wired->chip, wired->clock.now_ns, &driven);
	wait_ns(wired, wired->half_ns);
	return in;
}

uint8_t wired_avr_exchange(struct wired_avr *wired, uint8_t out)
{
	uint8_t in = 0;

	for (unsigned bit = 0; bit < 8; bit++)
		in = (uint8_t)(in << 1 | exchange_bit(wired, out >> (7 - bit) & 1));
	wired->pins.sck = false;
	drive(wired);
	wait_ns(wired, BYTE_GAP_NS);
	return in;
}

void wired_avr_slip(struct wired_avr *wired)
{
	exchange_bit(wired, false);
	wired->pins.sck = false;
	drive(wired);
	wait_ns(wired, BYTE_GAP_NS);
}

void wired_avr_instruct(struct wired_avr *wired, const uint8_t in[4], uint8_t out[4])
{
	for (unsigned i = 0; i < 4; i++)
		out[i] = wired_avr_exchange(wired, in[i]);
}
