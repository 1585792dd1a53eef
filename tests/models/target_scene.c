/* SPDX-License-Identifier: MIT */
/* From a board's spec to a station in programming mode, and back. */
#include "tests/models/target_scene.h"

#include <string.h>

#include "gpio/lines_backends.h"

#define RESET_LINE ((uint64_t)1 << BOARD_RESET)

void target_scene_init(struct target_scene *scene, const char *spec)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *full = g_strconcat("virtual:", spec, NULL);
	struct avr_chip *part;

	memset(scene, 0, sizeof(*scene));
	scene->chip = gpiochip_open(full, &error);
	g_assert_no_error(error);
	scene->board = gpiochip_virtual_board(scene->chip);
	part = virtual_board_chip(scene->board);
	if (part) {
		scene->cells = avr_chip_cells(part);
		scene->stats = avr_chip_stats(part);
	}
	station_settings_init(&scene->settings);
}

void target_scene_set_fuses(struct target_scene *scene, uint8_t low, uint8_t high,
			    uint8_t extended)
{
	struct clock *clock = virtual_board_clock(scene->board);

	scene->cells->fuses[FUSE_LOW] = low;
	scene->cells->fuses[FUSE_HIGH] = high;
	scene->cells->fuses[FUSE_EXTENDED] = extended;
	virtual_board_drive(scene->board, RESET_LINE, 0);
	clock_sleep_us(clock, 1000);
	virtual_board_float(scene->board, RESET_LINE);
	clock_sleep_us(clock, 1000);
	virtual_board_get(scene->board);
}

gboolean target_scene_open(struct target_scene *scene, GError **error)
{
	scene->settings.config.opened_chip =
		gpiochip_fault_new(scene->chip, &scene->faults);
	scene->station = station_open(&scene->settings, error);
	if (!scene->station)
		return FALSE;
	scene->recorder = isp_recorder_open(scene->station->link);
	scene->station->link = &scene->recorder->link;
	scene->station->avr.link = &scene->recorder->link;
	return TRUE;
}

gboolean target_scene_begin(struct target_scene *scene, GError **error)
{
	return target_scene_open(scene, error) && station_enter(scene->station, error) &&
	       station_identify(scene->station, error);
}

struct avr *target_scene_work(struct target_scene *scene)
{
	g_autoptr(GError) error = NULL;

	target_scene_begin(scene, &error);
	g_assert_no_error(error);
	return &scene->station->avr;
}

void target_scene_close(struct target_scene *scene)
{
	g_clear_pointer(&scene->station, station_close);
	scene->recorder = NULL;
}

void target_scene_assert_released(const struct target_scene *scene)
{
	g_assert_cmphex(virtual_board_driven(scene->board), ==, 0);
}

void target_scene_clear(struct target_scene *scene)
{
	target_scene_close(scene);
	target_scene_assert_released(scene);
	gpiochip_close(scene->chip);
}
