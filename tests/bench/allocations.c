/* SPDX-License-Identifier: MIT */
/*
 * Allocations while bits move: an allocator may stall an edge at any time. The C
 * library's allocator is counted by standing in front of it.
 */
#include <glib.h>

#include "gpio/isp_bitbang.h"
#include "tests/bench/figure.h"

#define NAME	    "gpio.allocations_in_bit_loop"
#define N_TRANSFERS 1000

#ifdef __SANITIZE_ADDRESS__

int main(void)
{
	figure_skip(NAME, "the address sanitizer has an allocator of its own");
	return 0;
}

#else

void *__libc_malloc(size_t n_bytes);
void *__libc_calloc(size_t n_items, size_t n_bytes);
void *__libc_realloc(void *old, size_t n_bytes);

static unsigned n_allocations;

void *malloc(size_t n_bytes)
{
	n_allocations++;
	return __libc_malloc(n_bytes);
}

void *calloc(size_t n_items, size_t n_bytes)
{
	n_allocations++;
	return __libc_calloc(n_items, n_bytes);
}

void *realloc(void *old, size_t n_bytes)
{
	n_allocations++;
	return __libc_realloc(old, n_bytes);
}

static void transfer_many(struct isp_bitbang *bus)
{
	static const uint8_t read_signature[4] = { 0x30, 0x00, 0x01, 0x00 };
	uint8_t rx[1][4];

	for (unsigned i = 0; i < N_TRANSFERS; i++)
		if (!isp_bitbang_transfer(bus, read_signature, i % 16, i & 1, rx, NULL))
			g_error("a transfer failed");
}

/* Does a single allocation, made through GLib, show? */
static void check_counter(void)
{
	unsigned before = n_allocations;

	g_free(g_malloc(1000));
	if (n_allocations != before + 1)
		g_error("allocations are not counted");
}

int main(void)
{
	struct gpiochip *chip = gpiochip_open("virtual:ATmega328P,stall=1", NULL);
	struct gpio_pins pins = GPIO_PINS_DEFAULT;
	struct lines_request request;
	struct isp_bitbang bus;
	struct lines *lines;
	unsigned before;

	check_counter();
	isp_bitbang_request(&pins, &request);
	lines = gpiochip_request(chip, &request, NULL);
	isp_bitbang_init(&bus, lines, 1);
	isp_bitbang_set_sck(&bus, 250000);
	if (!isp_bitbang_reset(&bus, 150, NULL))
		g_error("the reset pulse failed");

	before = n_allocations;
	transfer_many(&bus);
	figure_print(NAME, n_allocations - before, 0, "allocations");

	lines_close(lines);
	gpiochip_close(chip);
	return 0;
}

#endif
