/* SPDX-License-Identifier: MIT */
/* Transfers as calls. */
#include "tests/models/usb_wire.h"

#include <string.h>

#include "appliance/base/cancel.h"

#define PACKET_US	125 /* a transaction of a low-speed device behind a hub */
#define PACKET_BYTES	8
#define LOOK_US		50000
#define CANCEL_AFTER_US 1000

struct wire_opened {
	struct usb_device device;
	struct usb_wire_device *behind;
};

static GPtrArray *wire_list(struct usb_bus *bus, GError **error)
{
	struct usb_wire *wire = (struct usb_wire *)bus;
	GPtrArray *infos = g_ptr_array_new_with_free_func((GDestroyNotify)usb_info_free);

	for (unsigned i = 0; i < wire->n_devices; i++)
		if (!wire->devices[i].is_gone)
			g_ptr_array_add(infos, usb_info_copy(&wire->devices[i].info));
	return infos;
}

static struct usb_wire_device *find(struct usb_wire *wire, const char *path)
{
	for (unsigned i = 0; i < wire->n_devices; i++)
		if (!wire->devices[i].is_gone &&
		    strcmp(wire->devices[i].info.path, path) == 0)
			return &wire->devices[i];
	return NULL;
}

static struct usb_device *wire_open(struct usb_bus *bus, const char *path, GError **error)
{
	struct usb_wire_device *behind = find((struct usb_wire *)bus, path);
	struct wire_opened *self;

	if (!behind || behind->is_denied || behind->is_taken) {
		usb_fail(path,
			 !behind	     ? USB_ABSENT
			 : behind->is_denied ? USB_DENIED
					     : USB_TAKEN,
			 error);
		return NULL;
	}
	behind->n_open++;
	self = g_new(struct wire_opened, 1);
	*self = (struct wire_opened){ { bus, g_strdup(path) }, behind };
	return &self->device;
}

static uint8_t draw(struct usb_wire *wire)
{
	wire->random = wire->random * 1664525u + 1013904223u;
	return (uint8_t)(wire->random >> 24);
}

/* USB_N_FAULTS: none. */
static enum usb_fault_kind fault_now(struct usb_wire *wire)
{
	for (unsigned i = 0; i < USB_WIRE_MAX_FAULTS; i++) {
		const struct usb_fault *fault = &wire->faults[i];

		if (fault->at && wire->n_transfers >= fault->at &&
		    wire->n_transfers - fault->at < fault->n) {
			wire->n_faults++;
			return fault->kind;
		}
	}
	return USB_N_FAULTS;
}

static gboolean time_out(struct usb_wire *wire, const char *path, unsigned timeout_ms,
			 GCancellable *cancellable, GError **error)
{
	for (uint64_t us = 0; us < (uint64_t)timeout_ms * 1000; us += LOOK_US) {
		if (is_cancelled(cancellable, error))
			return FALSE;
		clock_sleep_us(wire->bus.clock, LOOK_US);
	}
	return usb_fail(path, USB_TIMED_OUT, error);
}

static gboolean pull(struct wire_opened *self, GError **error)
{
	struct usb_wire_device *behind = self->behind;

	behind->is_gone = true;
	if (behind->unplug)
		behind->unplug(behind->user);
	return usb_fail(self->device.path, USB_GONE, error);
}

static gboolean transfer(struct wire_opened *self, struct usb_setup setup, uint8_t *data,
			 unsigned n_bytes, unsigned *n_done, GError **error)
{
	struct usb_wire_device *behind = self->behind;
	int moved = behind->control(behind->user, setup, data, n_bytes);

	if (moved < 0)
		return usb_fail(self->device.path, USB_STALLED, error);
	*n_done = (unsigned)moved;
	return TRUE;
}

static gboolean cancel_during(struct usb_wire *wire, const char *path,
			      unsigned timeout_ms, GCancellable *cancellable,
			      GError **error)
{
	clock_sleep_us(wire->bus.clock, CANCEL_AFTER_US);
	wire->cancelled_ns = clock_now_ns(wire->bus.clock);
	g_cancellable_cancel(wire->cancellable);
	return time_out(wire, path, timeout_ms, cancellable, error);
}

/* An instruction's answer is data, and a lie about that is garbage. */
static bool can_lie(struct usb_setup setup, unsigned n_bytes)
{
	return !(setup.type & USB_IN) || n_bytes <= 1;
}

static gboolean go_wrong(struct wire_opened *self, enum usb_fault_kind kind,
			 struct usb_setup setup, uint8_t *data, unsigned n_bytes,
			 unsigned timeout_ms, GCancellable *cancellable, unsigned *n_done,
			 GError **error)
{
	struct usb_wire *wire = (struct usb_wire *)self->device.bus;
	const char *path = self->device.path;

	switch (kind) {
	case USB_FAULT_STALL:
		return usb_fail(path, USB_STALLED, error);
	case USB_FAULT_TIMEOUT:
		return time_out(wire, path, timeout_ms, cancellable, error);
	case USB_FAULT_UNPLUG:
		return pull(self, error);
	case USB_FAULT_LIE:
		if (can_lie(setup, n_bytes)) {
			if (setup.type & USB_IN && n_bytes)
				data[0] = 0;
			*n_done = n_bytes;
			wire->has_lied = true;
			return TRUE;
		}
		wire->n_faults--;
		break;
	default:
		break;
	}
	if (!transfer(self, setup, data, n_bytes, n_done, error))
		return FALSE;
	if (kind == USB_FAULT_LONG && setup.type & USB_IN)
		return usb_fail(path, USB_OVERFLOWED, error);
	if (kind == USB_FAULT_LATE)
		return time_out(wire, path, timeout_ms, cancellable, error);
	if (kind == USB_FAULT_SHORT)
		*n_done /= 2;
	for (unsigned i = 0;
	     kind == USB_FAULT_GARBAGE && setup.type & USB_IN && i < *n_done; i++)
		data[i] = draw(wire);
	return TRUE;
}

static gboolean wire_control(struct usb_device *device, struct usb_setup setup,
			     uint8_t *data, unsigned n_bytes, unsigned timeout_ms,
			     GCancellable *cancellable, unsigned *n_done, GError **error)
{
	struct wire_opened *self = (struct wire_opened *)device;
	struct usb_wire *wire = (struct usb_wire *)device->bus;
	enum usb_fault_kind kind;

	*n_done = 0;
	wire->has_lied = false;
	if (self->behind->is_gone)
		return usb_fail(device->path, USB_GONE, error);
	if (is_cancelled(cancellable, error))
		return FALSE;
	wire->n_transfers++;
	clock_sleep_us(wire->bus.clock,
		       PACKET_US * (2 + (n_bytes + PACKET_BYTES - 1) / PACKET_BYTES));
	if (wire->n_transfers == wire->cancel_at)
		return cancel_during(wire, device->path, timeout_ms, cancellable, error);
	kind = fault_now(wire);
	if (kind == USB_N_FAULTS)
		return transfer(self, setup, data, n_bytes, n_done, error);
	return go_wrong(self, kind, setup, data, n_bytes, timeout_ms, cancellable, n_done,
			error);
}

static void wire_close(struct usb_device *device)
{
	((struct wire_opened *)device)->behind->n_open--;
	g_free(device->path);
	g_free(device);
}

static void wire_close_bus(struct usb_bus *bus)
{
}

static const struct usb_ops wire_ops = {
	.list = wire_list,
	.open = wire_open,
	.control = wire_control,
	.close = wire_close,
	.close_bus = wire_close_bus,
};

void usb_wire_init(struct usb_wire *wire, struct clock *clock,
		   struct usb_wire_device *devices, unsigned n_devices)
{
	memset(wire, 0, sizeof(*wire));
	wire->bus = (struct usb_bus){ &wire_ops, clock };
	wire->devices = devices;
	wire->n_devices = n_devices;
	wire->random = 1;
}
