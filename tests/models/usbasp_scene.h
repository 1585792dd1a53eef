/* SPDX-License-Identifier: MIT */
/*
 * A station whose programmer is a USBasp on a wire in the same process.
 *
 * Order of calls: usbasp_scene_init, then changes to cells, traits, faults and settings,
 * usbasp_scene_begin, work through scene.station->avr, usbasp_scene_clear.
 */
#pragma once

#include "appliance/station/station.h"
#include "tests/models/usb_wire.h"
#include "tests/models/usbasp.h"

struct usbasp_scene {
	struct usbasp_model model;
	struct usb_wire_device device;
	struct usb_wire wire;
	struct station_settings settings;
	struct station *station; /* NULL: not open */
	GString *notes;		 /* a line each */
};

/* A crystal of 16 MHz is on the board. */
void usbasp_scene_init(struct usbasp_scene *scene, const char *part);

/* The low fuse in the cells, and a RESET pulse so that it acts. */
void usbasp_scene_set_low_fuse(struct usbasp_scene *scene, uint8_t low);

/* Opens, enters, identifies. */
gboolean usbasp_scene_begin(struct usbasp_scene *scene, GError **error);

/* The same; a failure is the test's. */
struct avr *usbasp_scene_work(struct usbasp_scene *scene);

/* Closes all; asserts that RESET was let go and nothing is open. */
void usbasp_scene_clear(struct usbasp_scene *scene);

#define usbasp_scene_auto __attribute__((cleanup(usbasp_scene_clear)))
