/* SPDX-License-Identifier: MIT */
/*
 * A virtual chip whose cells a test sets and compares, with a station on it in between:
 * the state file is one or the other's at a time.
 */
#pragma once

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "appliance/station/station.h"
#include "gpio/virtual/board_state.h"

struct chip_scene {
	char *dir;
	char *path;
	char *chip; /* "virtual:PART,state=FILE" */
	struct board_spec spec;
	int fd;
	struct board_state *state; /* while the test has it */
	struct station *station;   /* while a station has it */
};

/* The cells of a factory-new part, to be changed at will. */
static inline struct avr_cells *chip_scene_cells(struct chip_scene *scene)
{
	g_autoptr(GError) error = NULL;

	g_clear_pointer(&scene->station, station_close);
	if (!scene->state)
		scene->state = board_state_open(&scene->spec, &scene->fd, &error);
	g_assert_no_error(error);
	return &scene->state->cells;
}

static inline struct chip_scene *chip_scene_new(const char *part)
{
	struct chip_scene *scene = g_new0(struct chip_scene, 1);
	g_autoptr(GError) error = NULL;

	scene->dir = g_dir_make_tmp("sixpin-XXXXXX", NULL);
	scene->path = g_build_filename(scene->dir, "board", NULL);
	scene->chip = g_strdup_printf("virtual:%s,state=%s", part, scene->path);
	board_spec_parse(scene->chip, &scene->spec, &error);
	g_assert_no_error(error);
	return scene;
}

/* In programming mode, with the part known. */
static inline struct avr *chip_scene_begin(struct chip_scene *scene)
{
	struct station_settings settings;
	g_autoptr(GError) error = NULL;

	if (scene->state)
		board_state_close(scene->state, scene->fd);
	scene->state = NULL;
	station_settings_init(&settings);
	settings.config.chip = scene->chip;
	settings.part = scene->spec.part;
	scene->station = station_begin(&settings, &error);
	g_assert_no_error(error);
	return &scene->station->avr;
}

static inline void chip_scene_free(struct chip_scene *scene)
{
	station_close(scene->station);
	if (scene->state)
		board_state_close(scene->state, scene->fd);
	board_spec_clear(&scene->spec);
	g_unlink(scene->path);
	g_rmdir(scene->dir);
	g_free(scene->path);
	g_free(scene->dir);
	g_free(scene->chip);
	g_free(scene);
}

static inline void chip_scene_clear(struct chip_scene **scene)
{
	chip_scene_free(*scene);
}

#define chip_scene_autofree __attribute__((cleanup(chip_scene_clear)))

/* Bytes that depend on all of their address, with some FF among them. */
static inline void chip_fill(uint8_t *bytes, uint32_t n_bytes)
{
	for (uint32_t i = 0; i < n_bytes; i++)
		bytes[i] = (uint8_t)((i * 2654435761u) >> 21);
}
