/* SPDX-License-Identifier: MIT */
/*
 * The USB seam as a wire in the same process, in virtual time: models of devices answer,
 * transfers are counted, and any of them may go wrong.
 */
#pragma once

#include "appliance/transport/usb.h"
#include <stdbool.h>

#define USB_WIRE_MAX_FAULTS 4

struct usb_wire_device {
	struct usb_info info; /* strings are the test's */
	/* How many bytes were moved, or -1: STALL. */
	int (*control)(void *user, struct usb_setup setup, uint8_t *data,
		       unsigned n_bytes);
	void (*unplug)(void *user); /* or NULL */
	void *user;
	bool is_gone;
	bool is_denied; /* nobody may open it */
	bool is_taken;	/* somebody else has */
	unsigned n_open;
};

enum usb_fault_kind {
	USB_FAULT_SHORT,   /* fewer bytes than were asked for */
	USB_FAULT_LONG,	   /* more of them */
	USB_FAULT_STALL,   /* refused; the device did nothing */
	USB_FAULT_TIMEOUT, /* no answer; the device did nothing */
	USB_FAULT_LATE,	   /* no answer, though the device did it */
	USB_FAULT_GARBAGE, /* random bytes in the answer */
	USB_FAULT_LIE,	   /* acknowledged, and not done: of what answers no data */
	USB_FAULT_UNPLUG,  /* for good */
	USB_N_FAULTS
};

struct usb_fault {
	enum usb_fault_kind kind;
	unsigned at; /* of which transfer, from 1; 0: never */
	unsigned n;  /* how many in a row */
};

struct usb_wire {
	struct usb_bus bus; /* first: what is handed out */
	struct usb_wire_device *devices;
	unsigned n_devices;
	unsigned n_transfers;
	unsigned n_faults; /* that came true */
	bool has_lied;	   /* the last transfer was acknowledged, and not done */
	struct usb_fault faults[USB_WIRE_MAX_FAULTS];
	uint32_t random;
	GCancellable *cancellable; /* cancelled during transfer `cancel_at`, which then
				      does not answer */
	unsigned cancel_at;
	uint64_t cancelled_ns;
};

/* `devices` stay the test's. */
void usb_wire_init(struct usb_wire *wire, struct clock *clock,
		   struct usb_wire_device *devices, unsigned n_devices);
