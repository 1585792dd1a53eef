/* SPDX-License-Identifier: MIT */
/* Which programmers there are: one table, and opening one by name. */
#pragma once

#include <gio/gio.h>

#include "appliance/programmers/isp_link.h"
#include "gpio/pins.h"

/* What an open needs; each programmer takes what concerns it. Strings belong to the
 * caller. */
struct programmer_config {
	const char *chip;	      /* GPIO chip (gpio/lines.h); NULL: this Pi's */
	struct gpiochip *opened_chip; /* one that is open already, used in its place and
					 taken over by open; or NULL */
	struct gpio_pins pins;
	GCancellable *cancellable; /* looked at in long waits; or NULL */
	gboolean guarded; /* main() hands over to guard_main (gpio/guard.h): a guard may
			     be started */
};

struct programmer {
	const char *id;
	const char *const *aliases; /* other tools' names, ends with NULL */
	const char *summary;
	struct isp_link *(*open)(const struct programmer_config *config, GError **error);
};

extern const struct programmer programmer_gpio;

/* Ends with NULL. */
extern const struct programmer *const programmers[];

/* By id or alias. SIXPIN_ERROR_NO_PROGRAMMER lists those there are. */
const struct programmer *programmer_find(const char *name, GError **error);
