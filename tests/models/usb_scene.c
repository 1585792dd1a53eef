/* SPDX-License-Identifier: MIT */
/* From a part's name to a station that works through a USB programmer, and back. */
#include "tests/models/usb_scene.h"

#include <string.h>

static void take_note(void *user, const char *text)
{
	g_string_append_printf(user, "%s\n", text);
}

static const struct avr_board_clock crystal = { CLOCK_CRYSTAL, 16000000 };

static void init_usbasp(struct usb_scene *scene, const struct part *part)
{
	usbasp_model_init(&scene->usbasp, part, crystal);
	scene->target = &scene->usbasp.target;
	scene->device = (struct usb_wire_device){
		.info = { 0x16C0, 0x05DC, 0x0104, (char *)"1-1.4", NULL,
			  (char *)"www.fischl.de", (char *)"USBasp" },
		.control = usbasp_model_control,
		.unplug = usbasp_model_unplug,
		.user = &scene->usbasp,
	};
}

static void init_usbtiny(struct usb_scene *scene, const struct part *part)
{
	usbtiny_model_init(&scene->usbtiny, part, crystal);
	scene->target = &scene->usbtiny.target;
	scene->device = (struct usb_wire_device){
		.info = { 0x1781, 0x0C9F, 0x0104, (char *)"1-1.4", NULL, NULL,
			  (char *)"USBtiny" },
		.control = usbtiny_model_control,
		.unplug = usbtiny_model_unplug,
		.user = &scene->usbtiny,
	};
}

void usb_scene_init(struct usb_scene *scene, const struct programmer *programmer,
		    const char *part)
{
	const struct part *found = part ? part_find(part, NULL) : NULL;

	memset(scene, 0, sizeof(*scene));
	if (programmer == &programmer_usbasp)
		init_usbasp(scene, found);
	else
		init_usbtiny(scene, found);
	usb_wire_init(&scene->wire, &scene->target->clock.clock, &scene->device, 1);
	scene->notes = g_string_new(NULL);
	station_settings_init(&scene->settings);
	scene->settings.programmer = programmer;
	scene->settings.config.usb = &scene->wire.bus;
	scene->settings.config.note = take_note;
	scene->settings.config.note_user = scene->notes;
}

void usb_scene_set_low_fuse(struct usb_scene *scene, uint8_t low)
{
	struct wired_avr *target = scene->target;

	target->cells->fuses[FUSE_LOW] = low;
	wired_avr_set_reset(target, false);
	wired_avr_wait_us(target, 1000);
	wired_avr_set_reset(target, true);
	wired_avr_wait_us(target, 1000);
	wired_avr_set_reset(target, true);
}

gboolean usb_scene_begin(struct usb_scene *scene, GError **error)
{
	scene->station = station_begin(&scene->settings, error);
	return scene->station != NULL;
}

struct avr *usb_scene_work(struct usb_scene *scene)
{
	g_autoptr(GError) error = NULL;

	usb_scene_begin(scene, &error);
	g_assert_no_error(error);
	return &scene->station->avr;
}

void usb_scene_cut(struct usb_scene *scene)
{
	scene->device.unplug(scene->device.user);
}

void usb_scene_clear(struct usb_scene *scene)
{
	g_clear_pointer(&scene->station, station_close);
	g_assert_true(scene->target->pins.reset);
	g_assert_cmpuint(scene->device.n_open, ==, 0);
	wired_avr_clear(scene->target);
	g_string_free(scene->notes, TRUE);
}
