/* SPDX-License-Identifier: MIT */
/*
 * Which of the attached USB devices is the programmer: by its ids, its names, and what
 * the user says of its port. Two of a kind are never guessed between.
 *
 * A port is "usb" (the only one), "usb:1-1.4" (bus and ports) or "usb:serial=NUMBER".
 */
#pragma once

#include "appliance/transport/usb.h"

struct usb_id {
	uint16_t vendor;
	uint16_t product;
	/* NULL: whatever it says. An id that others use as well is taken by these names;
	 * one that says nothing at all is taken too, and any other only when the user
	 * names its port. */
	const char *manufacturer;
	const char *name;
};

struct usb_kind {
	const char *name;	  /* "USBasp" */
	const struct usb_id *ids; /* ends with vendor 0 */
};

/* USAGE when the text is no port. NULL is one, too: the same as "usb". */
gboolean usb_port_check(const char *port, GError **error);

/* Those attached, of struct usb_info. Free with g_ptr_array_unref. */
GPtrArray *usb_kind_list(const struct usb_kind *kind, struct usb_bus *bus,
			 GError **error);

/* The one that `port` means. NO_PROGRAMMER lists what there is and how to name one. Free
 * with usb_info_free. */
struct usb_info *usb_kind_choose(const struct usb_kind *kind, struct usb_bus *bus,
				 const char *port, GError **error);
