/* SPDX-License-Identifier: MIT */
/*
 * A USBasp with a virtual AVR behind it, as its firmware of 2011 answers control
 * transfers; behind it whatever carries them (usb_wire.h, or libusb under umockdev).
 */
#pragma once

#include "appliance/transport/usb.h"
#include "tests/models/wired_avr.h"

/* What versions and clones leave out. */
struct usbasp_traits {
	bool no_setispsck;    /* answers nothing, and stays at 375 kHz */
	bool no_capabilities; /* as before 2011 */
	bool fast;	      /* can do 3 MHz, and says so */
	bool wraps;	      /* high addresses are those of the first 64 KiB */
	bool no_extended;     /* knows nothing of Load Extended Address */
	bool slow_jumper;     /* SCK is 8 kHz, whatever was asked for */
};

struct usbasp_model {
	struct wired_avr target;
	struct usbasp_traits traits;
	bool is_connected;
	unsigned sck_id;
	bool is_long;
	uint32_t address;
	uint8_t extended_address;
	unsigned page_bytes;
	unsigned page_left;
	unsigned n_connects;
	unsigned n_long_addresses;
};

void usbasp_model_init(struct usbasp_model *model, const struct part *part,
		       struct avr_board_clock board_clock);
void usbasp_model_clear(struct usbasp_model *model);

/* One control transfer: how many bytes were moved, or -1: STALL. `user` is the model. */
int usbasp_model_control(void *user, struct usb_setup setup, uint8_t *data,
			 unsigned n_bytes);

/* Without power, its pins are let go. */
void usbasp_model_unplug(void *user);
