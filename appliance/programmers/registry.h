/* SPDX-License-Identifier: MIT */
/* Which programmers there are: one table, and opening one by name. */
#pragma once

#include <gio/gio.h>

#include "appliance/programmers/isp_link.h"
#include "appliance/programmers/usb_port.h"
#include "gpio/pins.h"

/* Something that the user should know of this programmer; told once. */
typedef void (*programmer_note)(void *user, const char *text);

/* What an open needs; each programmer takes what concerns it. Strings belong to the
 * caller. */
struct programmer_config {
	const char *chip;	      /* GPIO chip (gpio/lines.h); NULL: this Pi's */
	struct gpiochip *opened_chip; /* one that is open already, used in its place and
					 taken over by open; or NULL */
	struct gpio_pins pins;
	const char *port;     /* which one is meant (usb_port.h); NULL: the only one. Not
				 of gpio, whose chip says it */
	struct usb_bus *usb;  /* the caller's, used in place of this machine's; or NULL */
	programmer_note note; /* or NULL */
	void *note_user;
	GCancellable *cancellable; /* looked at in long waits; or NULL */
	gboolean guarded; /* main() hands over to guard_main (gpio/guard.h): a guard may
			     be started */
};

struct programmer {
	const char *id;
	const char *const *aliases; /* other tools' names, ends with NULL */
	const char *summary;
	struct isp_link *(*open)(const struct programmer_config *config, GError **error);
	const struct usb_kind *usb; /* how it is told among USB devices; NULL: it is none
				     */
	const char *abilities;	    /* of one that is attached, for people; or NULL */
};

extern const struct programmer programmer_gpio;
extern const struct programmer programmer_usbasp;
extern const struct programmer programmer_usbtiny;

/* Ends with NULL. */
extern const struct programmer *const programmers[];

/* By id or alias. SIXPIN_ERROR_NO_PROGRAMMER lists those there are. */
const struct programmer *programmer_find(const char *name, GError **error);
