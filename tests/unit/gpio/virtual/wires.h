/* SPDX-License-Identifier: MIT */
/*
 * A chip on four wires, moved edge by edge: SPI mode 0 written a second time, so that the
 * chip is not judged by the code it is there to judge. MISO is sampled just before SCK
 * falls.
 */
#pragma once

#include <glib.h>

#include "gpio/virtual/avr_chip.h"

#define US UINT64_C(1000)
#define MS UINT64_C(1000000)

struct wires {
	struct avr_cells cells;
	struct avr_chip *chip;
	struct avr_pins pins;
	uint64_t now_ns;
	uint64_t low_ns; /* phases of SCK */
	uint64_t high_ns;
	uint8_t rx[4]; /* of the last instruction; an open MISO reads 1 */
};

/* In a board of that clock, without power; change its cells, then power it up. */
static inline struct wires *wires_new_on(const char *part, struct avr_board_clock clock)
{
	struct wires *wires = g_new0(struct wires, 1);

	avr_cells_init(&wires->cells, part_find(part, NULL));
	wires->chip = avr_chip_new(part_find(part, NULL), &wires->cells, clock);
	wires->pins.reset = true;
	wires->low_ns = 4 * US; /* half the rate that 1 MHz allows */
	wires->high_ns = 4 * US;
	return wires;
}

static inline struct wires *wires_new(const char *part)
{
	return wires_new_on(part, (struct avr_board_clock){ CLOCK_CRYSTAL, 16000000 });
}

static inline void wires_free(struct wires *wires)
{
	avr_chip_free(wires->chip);
	g_free(wires);
}

static inline void wires_clear(struct wires **wires)
{
	wires_free(*wires);
}

#define wires_autofree __attribute__((cleanup(wires_clear)))

static inline const struct avr_chip_stats *wires_stats(const struct wires *wires)
{
	return avr_chip_stats(wires->chip);
}

static inline void wires_wait(struct wires *wires, uint64_t ns)
{
	wires->now_ns += ns;
}

static inline void wires_move(struct wires *wires)
{
	avr_chip_set_pins(wires->chip, wires->now_ns, wires->pins);
}

static inline void wires_power(struct wires *wires, bool on)
{
	wires->pins.powered = on;
	wires_move(wires);
	wires_wait(wires, 100 * MS);
}

static inline void wires_reset(struct wires *wires, bool high)
{
	wires->pins.reset = high;
	wires_move(wires);
}

static inline void wires_sck(struct wires *wires, bool high)
{
	wires->pins.sck = high;
	wires_move(wires);
}

static inline void wires_mosi(struct wires *wires, bool high)
{
	wires->pins.mosi = high;
	wires_move(wires);
}

static inline bool wires_miso_driven(struct wires *wires)
{
	bool driven;

	avr_chip_miso(wires->chip, wires->now_ns, &driven);
	return driven;
}

static inline bool wires_bit(struct wires *wires, bool mosi)
{
	bool driven, miso;

	wires_mosi(wires, mosi);
	wires_wait(wires, wires->low_ns);
	wires_sck(wires, true);
	wires_wait(wires, wires->high_ns);
	miso = avr_chip_miso(wires->chip, wires->now_ns, &driven);
	wires_sck(wires, false);
	return miso;
}

static inline uint8_t wires_byte(struct wires *wires, uint8_t out)
{
	uint8_t in = 0;

	for (int bit = 7; bit >= 0; bit--)
		in = (uint8_t)(in << 1 | wires_bit(wires, out >> bit & 1));
	return in;
}

/* Gives the fourth reply byte. */
static inline uint8_t wires_send(struct wires *wires, uint8_t a, uint8_t b, uint8_t c,
				 uint8_t d)
{
	const uint8_t tx[4] = { a, b, c, d };

	for (unsigned i = 0; i < 4; i++)
		wires->rx[i] = wires_byte(wires, tx[i]);
	return wires->rx[3];
}

/* RESET high for 1 ms, then low. */
static inline void wires_pulse(struct wires *wires)
{
	wires_reset(wires, true);
	wires_wait(wires, 1 * MS);
	wires_reset(wires, false);
}

/* Programming Enable was echoed. */
static inline bool wires_enable(struct wires *wires)
{
	wires_send(wires, 0xAC, 0x53, 0x00, 0x00);
	return wires->rx[2] == 0x53;
}

static inline bool wires_enter(struct wires *wires)
{
	wires_pulse(wires);
	wires_wait(wires, 20 * MS);
	return wires_enable(wires);
}

static inline void wires_leave(struct wires *wires)
{
	wires_reset(wires, true);
	wires_wait(wires, 1 * MS);
}

/* Powered and in programming mode: a factory-new part runs at 1 MHz or more. */
static inline struct wires *wires_entered(const char *part)
{
	struct wires *wires = wires_new(part);

	wires_power(wires, true);
	g_assert_true(wires_enter(wires));
	return wires;
}
