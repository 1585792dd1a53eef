/* SPDX-License-Identifier: MIT */
/*
 * A USBtiny with a virtual AVR behind it, as its firmware answers control transfers;
 * behind it whatever carries them (usb_wire.h).
 */
#pragma once

#include "appliance/transport/usb.h"
#include "tests/models/wired_avr.h"

struct usbtiny_model {
	struct wired_avr target;
	bool is_up;
	unsigned n_power_ups;
	unsigned n_blocks; /* read or loaded */
};

void usbtiny_model_init(struct usbtiny_model *model, const struct part *part,
			struct avr_board_clock board_clock);
void usbtiny_model_clear(struct usbtiny_model *model);

/* One control transfer: how many bytes were moved, or -1: STALL. `user` is the model. */
int usbtiny_model_control(void *user, struct usb_setup setup, uint8_t *data,
			  unsigned n_bytes);

/* Without power, its pins are let go. */
void usbtiny_model_unplug(void *user);
