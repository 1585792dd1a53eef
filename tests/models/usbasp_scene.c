/* SPDX-License-Identifier: MIT */
/* From a part's name to a station that works through a USBasp, and back. */
#include "tests/models/usbasp_scene.h"

#include <string.h>

static void take_note(void *user, const char *text)
{
	g_string_append_printf(user, "%s\n", text);
}

void usbasp_scene_init(struct usbasp_scene *scene, const char *part)
{
	const struct avr_board_clock crystal = { CLOCK_CRYSTAL, 16000000 };

	memset(scene, 0, sizeof(*scene));
	usbasp_model_init(&scene->model, part ? part_find(part, NULL) : NULL, crystal);
	scene->device = (struct usb_wire_device){
		.info = { 0x16C0, 0x05DC, 0x0104, (char *)"1-1.4", NULL,
			  (char *)"www.fischl.de", (char *)"USBasp" },
		.control = usbasp_model_control,
		.unplug = usbasp_model_unplug,
		.user = &scene->model,
	};
	usb_wire_init(&scene->wire, &scene->model.target.clock.clock, &scene->device, 1);
	scene->notes = g_string_new(NULL);
	station_settings_init(&scene->settings);
	scene->settings.programmer = &programmer_usbasp;
	scene->settings.config.usb = &scene->wire.bus;
	scene->settings.config.note = take_note;
	scene->settings.config.note_user = scene->notes;
}

void usbasp_scene_set_low_fuse(struct usbasp_scene *scene, uint8_t low)
{
	struct wired_avr *target = &scene->model.target;

	target->cells->fuses[FUSE_LOW] = low;
	wired_avr_set_reset(target, false);
	wired_avr_wait_us(target, 1000);
	wired_avr_set_reset(target, true);
	wired_avr_wait_us(target, 1000);
	wired_avr_set_reset(target, true);
}

gboolean usbasp_scene_begin(struct usbasp_scene *scene, GError **error)
{
	scene->station = station_begin(&scene->settings, error);
	return scene->station != NULL;
}

struct avr *usbasp_scene_work(struct usbasp_scene *scene)
{
	g_autoptr(GError) error = NULL;

	usbasp_scene_begin(scene, &error);
	g_assert_no_error(error);
	return &scene->station->avr;
}

void usbasp_scene_clear(struct usbasp_scene *scene)
{
	g_clear_pointer(&scene->station, station_close);
	g_assert_true(scene->model.target.pins.reset);
	g_assert_cmpuint(scene->device.n_open, ==, 0);
	usbasp_model_clear(&scene->model);
	g_string_free(scene->notes, TRUE);
}
