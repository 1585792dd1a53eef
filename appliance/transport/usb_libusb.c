/* SPDX-License-Identifier: MIT */
/*
 * The USB seam by libusb-1.0. Names and serial numbers come from sysfs, where the kernel
 * keeps what it has read: that needs no permission, and disturbs nobody who is at work.
 */
#include "appliance/transport/usb.h"

#include <libusb.h>
#include <string.h>

#include "appliance/base/cancel.h"
#include "appliance/base/error.h"

#define SYSFS_DEVICES "/sys/bus/usb/devices"
#define MAX_PORTS     7 /* USB 2.0, 4.1.1: tiers */
#define LOOK_US	      50000

struct libusb_bus {
	struct usb_bus bus;
	libusb_context *context;
};

struct libusb_opened {
	struct usb_device device;
	libusb_device_handle *handle;
};

static struct libusb_bus *bus_of(struct usb_bus *bus)
{
	return (struct libusb_bus *)bus;
}

static enum usb_failure failure_of_code(int code)
{
	switch (code) {
	case LIBUSB_ERROR_NO_DEVICE:
		return USB_GONE;
	case LIBUSB_ERROR_ACCESS:
		return USB_DENIED;
	case LIBUSB_ERROR_BUSY:
		return USB_TAKEN;
	case LIBUSB_ERROR_PIPE:
		return USB_STALLED;
	case LIBUSB_ERROR_TIMEOUT:
		return USB_TIMED_OUT;
	case LIBUSB_ERROR_OVERFLOW:
		return USB_OVERFLOWED;
	default:
		return USB_FAILED;
	}
}

/* "1-1.4"; NULL for a root hub, which has no ports above it. */
static char *path_of(libusb_device *device)
{
	uint8_t ports[MAX_PORTS];
	int n_ports = libusb_get_port_numbers(device, ports, MAX_PORTS);
	GString *path;

	if (n_ports <= 0)
		return NULL;
	path = g_string_new(NULL);
	g_string_printf(path, "%u-%u", libusb_get_bus_number(device), ports[0]);
	for (int i = 1; i < n_ports; i++)
		g_string_append_printf(path, ".%u", ports[i]);
	return g_string_free(path, FALSE);
}

/* NULL where there is none. */
static char *read_attribute(const char *path, const char *attribute)
{
	g_autofree char *name = g_build_filename(SYSFS_DEVICES, path, attribute, NULL);
	char *text;

	if (!g_file_get_contents(name, &text, NULL, NULL))
		return NULL;
	g_strchomp(text);
	if (*text && g_utf8_validate(text, -1, NULL))
		return text;
	g_free(text);
	return NULL;
}

static struct usb_info *info_of(libusb_device *device)
{
	struct libusb_device_descriptor descriptor;
	struct usb_info *info;
	char *path = path_of(device);

	if (!path)
		return NULL;
	/* Cannot fail since libusb 1.0.16. */
	libusb_get_device_descriptor(device, &descriptor);
	info = g_new(struct usb_info, 1);
	*info = (struct usb_info){
		.vendor = descriptor.idVendor,
		.product = descriptor.idProduct,
		.version = descriptor.bcdDevice,
		.path = path,
		.serial = read_attribute(path, "serial"),
		.manufacturer = read_attribute(path, "manufacturer"),
		.name = read_attribute(path, "product"),
	};
	return info;
}

static gint compare_infos(gconstpointer a, gconstpointer b)
{
	const struct usb_info *const *one = a, *const *other = b;

	return usb_path_compare((*one)->path, (*other)->path);
}

/* Negative with the error set. Free with libusb_free_device_list. */
static ssize_t get_devices(struct libusb_bus *self, libusb_device ***devices,
			   GError **error)
{
	ssize_t n_devices = libusb_get_device_list(self->context, devices);

	if (n_devices < 0)
		g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_IO,
			    "USB devices cannot be listed: %s",
			    libusb_strerror((int)n_devices));
	return n_devices;
}

static GPtrArray *libusb_bus_list(struct usb_bus *bus, GError **error)
{
	GPtrArray *infos;
	libusb_device **devices;
	ssize_t n_devices = get_devices(bus_of(bus), &devices, error);

	if (n_devices < 0)
		return NULL;
	infos = g_ptr_array_new_with_free_func((GDestroyNotify)usb_info_free);
	for (ssize_t i = 0; i < n_devices; i++) {
		struct usb_info *info = info_of(devices[i]);

		if (info)
			g_ptr_array_add(infos, info);
	}
	libusb_free_device_list(devices, 1);
	g_ptr_array_sort(infos, compare_infos);
	return infos;
}

static libusb_device *find_device(libusb_device **devices, const char *path)
{
	for (unsigned i = 0; devices[i]; i++) {
		g_autofree char *found = path_of(devices[i]);

		if (g_strcmp0(found, path) == 0)
			return devices[i];
	}
	return NULL;
}

/* Claimed, so that two of us cannot drive it at once. */
static gboolean open_handle(libusb_device *found, const char *path,
			    libusb_device_handle **handle, GError **error)
{
	int code;

	if (!found)
		return usb_fail(path, USB_ABSENT, error);
	code = libusb_open(found, handle);
	if (code == 0 && (code = libusb_claim_interface(*handle, 0)) != 0)
		libusb_close(*handle);
	return code == 0 || usb_fail(path, failure_of_code(code), error);
}

static struct usb_device *libusb_bus_open(struct usb_bus *bus, const char *path,
					  GError **error)
{
	struct libusb_opened *self;
	libusb_device **devices;
	libusb_device_handle *handle = NULL;
	gboolean ok;

	if (get_devices(bus_of(bus), &devices, error) < 0)
		return NULL;
	ok = open_handle(find_device(devices, path), path, &handle, error);
	libusb_free_device_list(devices, 1);
	if (!ok)
		return NULL;
	self = g_new(struct libusb_opened, 1);
	*self = (struct libusb_opened){ { bus, g_strdup(path) }, handle };
	return &self->device;
}

static void LIBUSB_CALL on_done(struct libusb_transfer *transfer)
{
	*(int *)transfer->user_data = 1;
}

/* A transfer that was submitted must end before its memory may go. */
static gboolean wait_for(struct libusb_bus *self, struct libusb_transfer *transfer,
			 int *done, GCancellable *cancellable, GError **error)
{
	gboolean cancelled = FALSE;

	while (!*done) {
		struct timeval look = { 0, LOOK_US };
		int code = libusb_handle_events_timeout_completed(self->context, &look,
								  done);

		if (!cancelled && is_cancelled(cancellable, error)) {
			cancelled = TRUE;
			libusb_cancel_transfer(transfer);
		} else if (code < 0 && code != LIBUSB_ERROR_INTERRUPTED) {
			libusb_cancel_transfer(transfer);
		}
	}
	return !cancelled;
}

static gboolean check_status(const char *path, enum libusb_transfer_status status,
			     GError **error)
{
	static const enum usb_failure failures[] = {
		[LIBUSB_TRANSFER_ERROR] = USB_FAILED,
		[LIBUSB_TRANSFER_TIMED_OUT] = USB_TIMED_OUT,
		[LIBUSB_TRANSFER_CANCELLED] = USB_FAILED,
		[LIBUSB_TRANSFER_STALL] = USB_STALLED,
		[LIBUSB_TRANSFER_NO_DEVICE] = USB_GONE,
		[LIBUSB_TRANSFER_OVERFLOW] = USB_OVERFLOWED,
	};

	return status == LIBUSB_TRANSFER_COMPLETED ||
	       usb_fail(path, failures[status], error);
}

static gboolean transfer_control(struct libusb_opened *self, uint8_t *buffer,
				 unsigned timeout_ms, GCancellable *cancellable,
				 unsigned *n_done, GError **error)
{
	struct libusb_transfer *transfer = libusb_alloc_transfer(0);
	const char *path = self->device.path;
	int done = 0;
	gboolean ok;
	int code;

	g_assert(transfer);
	libusb_fill_control_transfer(transfer, self->handle, buffer, on_done, &done,
				     timeout_ms);
	code = libusb_submit_transfer(transfer);
	if (code != 0)
		ok = usb_fail(path, failure_of_code(code), error);
	else
		ok = wait_for(bus_of(self->device.bus), transfer, &done, cancellable,
			      error) &&
		     check_status(path, transfer->status, error);
	*n_done = ok ? (unsigned)transfer->actual_length : 0;
	libusb_free_transfer(transfer);
	return ok;
}

static gboolean libusb_device_control(struct usb_device *device, struct usb_setup setup,
				      uint8_t *data, unsigned n_bytes,
				      unsigned timeout_ms, GCancellable *cancellable,
				      unsigned *n_done, GError **error)
{
	struct libusb_opened *self = (struct libusb_opened *)device;
	uint8_t buffer[LIBUSB_CONTROL_SETUP_SIZE + USB_MAX_CONTROL];

	g_assert(n_bytes <= USB_MAX_CONTROL);
	*n_done = 0;
	if (is_cancelled(cancellable, error))
		return FALSE;
	libusb_fill_control_setup(buffer, setup.type, setup.request, setup.value,
				  setup.index, (uint16_t)n_bytes);
	if (!(setup.type & USB_IN) && n_bytes)
		memcpy(buffer + LIBUSB_CONTROL_SETUP_SIZE, data, n_bytes);
	if (!transfer_control(self, buffer, timeout_ms, cancellable, n_done, error))
		return FALSE;
	*n_done = MIN(*n_done, n_bytes);
	if (setup.type & USB_IN && *n_done)
		memcpy(data, buffer + LIBUSB_CONTROL_SETUP_SIZE, *n_done);
	return TRUE;
}

static void libusb_device_close(struct usb_device *device)
{
	struct libusb_opened *self = (struct libusb_opened *)device;

	libusb_release_interface(self->handle, 0);
	libusb_close(self->handle);
	g_free(device->path);
	g_free(self);
}

static void libusb_bus_close(struct usb_bus *bus)
{
	libusb_exit(bus_of(bus)->context);
	g_free(bus_of(bus));
}

static const struct usb_ops libusb_ops = {
	.list = libusb_bus_list,
	.open = libusb_bus_open,
	.control = libusb_device_control,
	.close = libusb_device_close,
	.close_bus = libusb_bus_close,
};

struct usb_bus *usb_bus_open(GError **error)
{
	struct libusb_bus *self;
	libusb_context *context;
	int code = libusb_init(&context);

	if (code != 0) {
		g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_IO,
			    "libusb cannot be started: %s", libusb_strerror(code));
		return NULL;
	}
	self = g_new(struct libusb_bus, 1);
	*self = (struct libusb_bus){ { &libusb_ops, clock_monotonic() }, context };
	return &self->bus;
}
