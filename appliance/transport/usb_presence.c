/* SPDX-License-Identifier: MIT */
/* Counting USB devices in libusb's list, which it keeps by udev's news. */
#include "appliance/transport/usb_presence.h"

#include <libusb.h>
#include <stdbool.h>

#include "appliance/base/cancel.h"
#include "appliance/base/error.h"

#define POLL_NS UINT64_C(100000000)
#define MS_NS	UINT64_C(1000000)

/* The kernel gives a device that comes back another address. */
struct device {
	uint16_t vendor;
	uint16_t product;
	uint8_t bus;
	uint8_t address;
};

struct usb_presence {
	libusb_context *context;
	GArray *before; /* struct device: at the last count */
};

static gboolean fail(const char *what, int code, GError **error)
{
	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_IO, "%s: %s", what,
		    libusb_strerror(code));
	return FALSE;
}

static gint compare(gconstpointer a, gconstpointer b)
{
	const struct device *one = a, *other = b;

	return one->bus != other->bus ? one->bus - other->bus
				      : one->address - other->address;
}

/* By bus and address; NULL on failure. Free with g_array_unref. */
static GArray *list_devices(libusb_context *context, GError **error)
{
	GArray *devices;
	libusb_device **list;
	ssize_t n_devices = libusb_get_device_list(context, &list);

	if (n_devices < 0) {
		fail("USB devices cannot be listed", (int)n_devices, error);
		return NULL;
	}
	devices = g_array_new(FALSE, FALSE, sizeof(struct device));
	for (ssize_t i = 0; i < n_devices; i++) {
		struct libusb_device_descriptor descriptor;
		struct device device;

		/* Cannot fail since libusb 1.0.16. */
		libusb_get_device_descriptor(list[i], &descriptor);
		device = (struct device){ descriptor.idVendor, descriptor.idProduct,
					  libusb_get_bus_number(list[i]),
					  libusb_get_device_address(list[i]) };
		g_array_append_val(devices, device);
	}
	libusb_free_device_list(list, 1);
	g_array_sort(devices, compare);
	return devices;
}

struct usb_presence *usb_presence_open(GError **error)
{
	libusb_context *context;
	int code = libusb_init(&context);
	struct usb_presence *presence;
	GArray *devices;

	if (code != 0) {
		fail("libusb cannot be started", code, error);
		return NULL;
	}
	devices = list_devices(context, error);
	if (!devices) {
		libusb_exit(context);
		return NULL;
	}
	presence = g_new(struct usb_presence, 1);
	*presence = (struct usb_presence){ context, devices };
	return presence;
}

void usb_presence_close(struct usb_presence *presence)
{
	if (!presence)
		return;
	g_array_unref(presence->before);
	libusb_exit(presence->context);
	g_free(presence);
}

static bool has_id(const struct device *device, uint16_t vendor, uint16_t product)
{
	return device->vendor == vendor && device->product == product;
}

static unsigned count(const GArray *devices, uint16_t vendor, uint16_t product)
{
	unsigned n_devices = 0;

	for (unsigned i = 0; i < devices->len; i++)
		n_devices += has_id(&g_array_index(devices, struct device, i), vendor,
				    product);
	return n_devices;
}

gboolean usb_presence_count(struct usb_presence *presence, uint16_t vendor,
			    uint16_t product, unsigned *n_devices, GError **error)
{
	GArray *devices = list_devices(presence->context, error);

	if (!devices)
		return FALSE;
	g_array_unref(presence->before);
	presence->before = devices;
	*n_devices = count(devices, vendor, product);
	return TRUE;
}

static bool is_new(const struct usb_presence *presence, const struct device *device)
{
	for (unsigned i = 0; i < presence->before->len; i++) {
		const struct device *before =
			&g_array_index(presence->before, struct device, i);

		if (before->bus == device->bus && before->address == device->address &&
		    has_id(before, device->vendor, device->product))
			return false;
	}
	return true;
}

static bool has_new(const struct usb_presence *presence, const GArray *devices,
		    uint16_t vendor, uint16_t product)
{
	for (unsigned i = 0; i < devices->len; i++) {
		const struct device *device = &g_array_index(devices, struct device, i);

		if (has_id(device, vendor, product) && is_new(presence, device))
			return true;
	}
	return false;
}

/* "2341:8036, 1A86:7523", or "nothing new". Free with g_free. */
static char *describe_new(const struct usb_presence *presence, const GArray *devices)
{
	GString *text = g_string_new(NULL);

	for (unsigned i = 0; i < devices->len; i++) {
		const struct device *device = &g_array_index(devices, struct device, i);

		if (is_new(presence, device))
			g_string_append_printf(text, "%s%04X:%04X", text->len ? ", " : "",
					       device->vendor, device->product);
	}
	if (text->len == 0)
		g_string_append(text, "nothing new");
	return g_string_free(text, FALSE);
}

static gboolean fail_absent(const struct usb_presence *presence, const GArray *devices,
			    uint16_t vendor, uint16_t product, unsigned n_before,
			    unsigned within_ms, GError **error)
{
	g_autofree char *attached = describe_new(presence, devices);
	bool in_seconds = within_ms % 1000 == 0;

	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_VERIFY,
		    "the boot loader did not come up: no %sUSB device %04X:%04X within "
		    "%u %s (attached: %s)",
		    n_before ? "further " : "", vendor, product,
		    in_seconds ? within_ms / 1000 : within_ms, in_seconds ? "s" : "ms",
		    attached);
	return FALSE;
}

gboolean usb_presence_wait(struct usb_presence *presence, uint16_t vendor,
			   uint16_t product, unsigned n_before, unsigned within_ms,
			   struct clock *clock, GCancellable *cancellable, GError **error)
{
	uint64_t deadline_ns = clock_now_ns(clock) + within_ms * MS_NS;

	for (;;) {
		/* Before the look, so that the last one is not too early. */
		uint64_t now_ns = clock_now_ns(clock);
		g_autoptr(GArray) devices = list_devices(presence->context, error);

		if (!devices)
			return FALSE;
		if (count(devices, vendor, product) > n_before ||
		    has_new(presence, devices, vendor, product))
			return TRUE;
		if (now_ns >= deadline_ns)
			return fail_absent(presence, devices, vendor, product, n_before,
					   within_ms, error);
		if (is_cancelled(cancellable, error))
			return FALSE;
		clock_sleep_until_ns(clock, MIN(deadline_ns, now_ns + POLL_NS));
	}
}
