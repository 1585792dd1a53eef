/* SPDX-License-Identifier: MIT */
/*
 * A station whose programmer is a USB device's model on a wire in the same process.
 *
 * Order of calls: usb_scene_init, then changes to cells, traits, faults and settings,
 * usb_scene_begin, work through scene.station->avr, usb_scene_clear.
 */
#pragma once

#include "appliance/station/station.h"
#include "tests/models/usb_wire.h"
#include "tests/models/usbasp.h"
#include "tests/models/usbtiny.h"

struct usb_scene {
	struct usbasp_model usbasp; /* the one that the programmer is */
	struct usbtiny_model usbtiny;
	struct wired_avr *target; /* of it */
	struct usb_wire_device device;
	struct usb_wire wire;
	struct station_settings settings;
	struct station *station; /* NULL: not open */
	GString *notes;		 /* a line each */
};

/* `part` NULL: an empty socket. A crystal of 16 MHz is on the board. */
void usb_scene_init(struct usb_scene *scene, const struct programmer *programmer,
		    const char *part);

/* The low fuse in the cells, and a RESET pulse so that it acts. */
void usb_scene_set_low_fuse(struct usb_scene *scene, uint8_t low);

/* Opens, enters, identifies. */
gboolean usb_scene_begin(struct usb_scene *scene, GError **error);

/* The same; a failure is the test's. */
struct avr *usb_scene_work(struct usb_scene *scene);

/* As when the programmer loses its power: its pins are let go. */
void usb_scene_cut(struct usb_scene *scene);

/* Closes all; asserts that RESET was let go and nothing is open. */
void usb_scene_clear(struct usb_scene *scene);

#define usb_scene_auto __attribute__((cleanup(usb_scene_clear)))
