/* SPDX-License-Identifier: MIT */
/*
 * Which lines of the chip go where on the target's side, and as people write it:
 *
 *   reset=25,sck=11,mosi=10,miso=9,power=6,power_settle=100ms,enable=~5,sense=13
 *
 * A tilde marks a line that is active low. RESET is a wire level as any: low resets.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "gpio/lines.h"

#define GPIO_MAX_SITES 4

struct gpio_pins {
	struct line sck;
	struct line mosi;
	unsigned n_sites; /* that share SCK and MOSI; so far 1 */
	struct line miso[GPIO_MAX_SITES];
	struct line reset[GPIO_MAX_SITES];

	/* Optional: a buffer's enable, the target's power switch, a sense of its power.
	 */
	bool has_enable;
	bool has_power;
	bool has_sense;
	struct line enable;
	struct line power;
	struct line sense;
	unsigned enable_settle_us; /* from enable to the first edge */
	unsigned power_settle_us;  /* from power on to the first edge */
};

/* The pins of SPI0, and RESET beside them. */
#define GPIO_PINS_DEFAULT                   \
	((struct gpio_pins){                \
		.sck = { 11, false },       \
		.mosi = { 10, false },      \
		.n_sites = 1,               \
		.miso = { { 9, false } },   \
		.reset = { { 25, false } }, \
		.enable_settle_us = 1000,   \
		.power_settle_us = 100000,  \
	})

/* Every Raspberry Pi's header chip has these; the newest more, but none on a header. */
#define GPIO_LINE_MAX 53
#define GPIO_LINE_EXPECTED                    \
	"a GPIO line from 0 to " G_STRINGIFY( \
		GPIO_LINE_MAX) ", with a ~ before it if it is active low"

/* "25", "~5". FALSE for anything else than GPIO_LINE_EXPECTED. */
gboolean gpio_line_parse(const char *text, struct line *line);

/* The same as a text; free with g_free. */
char *gpio_line_format(struct line line);

/*
 * Keys in any order; what is not named stays as *pins has it. On failure *pins is
 * unchanged and SIXPIN_ERROR_USAGE names the key, what was found and what is allowed; a
 * line used twice is an error that names both uses.
 */
gboolean gpio_pins_parse(const char *text, struct gpio_pins *pins, GError **error);

/* A text that gpio_pins_parse makes the same of, from GPIO_PINS_DEFAULT. Free with
 * g_free. */
char *gpio_pins_format(const struct gpio_pins *pins);
