/* SPDX-License-Identifier: MIT */
/*
 * The USB seam: what is attached, and control transfers with one device of it. Behind it
 * are libusb (usb_libusb.c) and, in tests, a wire in the same process on a virtual clock.
 *
 * Order of calls: a bus, usb_list and usb_open as often as wanted, usb_close of each
 * device, then usb_bus_close. One thread at a time.
 *
 * Errors: IO names the device's path and says whether it is gone, stalled, did not answer
 * in time or may not be opened; BUSY, another program has it; NO_PROGRAMMER, nothing is
 * there; CANCELLED within 100 ms.
 */
#pragma once

#include <gio/gio.h>
#include <stdint.h>

#include "appliance/base/clock.h"

/* Strings are the device's own, and NULL where it has none. */
struct usb_info {
	uint16_t vendor;
	uint16_t product;
	uint16_t version; /* bcdDevice: 0x0104 is 1.04 */
	char *path; /* "1-1.4": bus and ports, the same for as long as it is plugged there
		     */
	char *serial;
	char *manufacturer;
	char *name;
};

/* USB 2.0, 9.3; the data's direction is bit 7 of `type`. */
struct usb_setup {
	uint8_t type;
	uint8_t request;
	uint16_t value;
	uint16_t index;
};

#define USB_IN		0x80
#define USB_VENDOR	0x40 /* to the device itself */
#define USB_MAX_CONTROL 4096

struct usb_bus;
struct usb_device;

struct usb_ops {
	/* Of struct usb_info, sorted by path; free with g_ptr_array_unref. */
	GPtrArray *(*list)(struct usb_bus *bus, GError **error);
	struct usb_device *(*open)(struct usb_bus *bus, const char *path, GError **error);

	/*
	 * One control transfer of up to USB_MAX_CONTROL bytes, ended after timeout_ms at
	 * the latest. *n_done is how many bytes were moved: fewer than asked for is no
	 * error here. `cancellable` may be NULL.
	 */
	gboolean (*control)(struct usb_device *device, struct usb_setup setup,
			    uint8_t *data, unsigned n_bytes, unsigned timeout_ms,
			    GCancellable *cancellable, unsigned *n_done, GError **error);
	void (*close)(struct usb_device *device);
	void (*close_bus)(struct usb_bus *bus);
};

struct usb_bus {
	const struct usb_ops *ops;
	struct clock *clock;
};

struct usb_device {
	struct usb_bus *bus;
	char *path;
};

/* This machine's, by libusb-1.0. IO where that cannot be started. */
struct usb_bus *usb_bus_open(GError **error);

struct usb_info *usb_info_copy(const struct usb_info *info);
void usb_info_free(struct usb_info *info); /* NULL is allowed */

/* Paths by bus, then port by port as numbers: 1-2 comes before 1-10. */
int usb_path_compare(const char *a, const char *b);

/* For those behind the seam: the same words for the same failure. */
enum usb_failure {
	USB_GONE,
	USB_STALLED,
	USB_TIMED_OUT,
	USB_OVERFLOWED,
	USB_FAILED,
	USB_DENIED,
	USB_TAKEN,
	USB_ABSENT,
	USB_N_FAILURES
};

/* Sets the error; always FALSE. */
gboolean usb_fail(const char *path, enum usb_failure failure, GError **error);

static inline GPtrArray *usb_list(struct usb_bus *bus, GError **error)
{
	return bus->ops->list(bus, error);
}

static inline struct usb_device *usb_open(struct usb_bus *bus, const char *path,
					  GError **error)
{
	return bus->ops->open(bus, path, error);
}

static inline gboolean usb_control(struct usb_device *device, struct usb_setup setup,
				   uint8_t *data, unsigned n_bytes, unsigned timeout_ms,
				   GCancellable *cancellable, unsigned *n_done,
				   GError **error)
{
	return device->bus->ops->control(device, setup, data, n_bytes, timeout_ms,
					 cancellable, n_done, error);
}

static inline void usb_close(struct usb_device *device)
{
	if (device)
		device->bus->ops->close(device);
}

static inline void usb_bus_close(struct usb_bus *bus)
{
	if (bus)
		bus->ops->close_bus(bus);
}
