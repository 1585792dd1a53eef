/* SPDX-License-Identifier: MIT */
/* Is a USB device with this id attached? By libusb-1.0, which asks udev. */
#pragma once

#include <gio/gio.h>
#include <stdint.h>

#include "appliance/base/clock.h"

struct usb_presence;

/* IO where libusb cannot be started. */
struct usb_presence *usb_presence_open(GError **error);
void usb_presence_close(struct usb_presence *presence); /* NULL is allowed */

/* How many with this id are attached now; no device is opened. Remembers all that are
 * there, of any id: what usb_presence_wait finds besides is new. Until the first count
 * those count that were there at open. */
gboolean usb_presence_count(struct usb_presence *presence, uint16_t vendor,
			    uint16_t product, unsigned *n_devices, GError **error);

/*
 * Waits until more than `n_before` of them are attached, or one that is new: a device
 * that went and came back counts. VERIFY when the time is over: "the boot loader did not
 * come up: no USB device 2341:0036 within 5 s (attached: ...)", naming the new devices of
 * other ids; CANCELLED within 200 ms.
 */
gboolean usb_presence_wait(struct usb_presence *presence, uint16_t vendor,
			   uint16_t product, unsigned n_before, unsigned within_ms,
			   struct clock *clock, GCancellable *cancellable,
			   GError **error);
