/* SPDX-License-Identifier: MIT */
/*
 * A station at work on a virtual board, with all of the board at hand: the part's cells,
 * what happened at its pins, faults on the wires, and a recording of the instructions.
 *
 * Order of calls: target_scene_init, then changes to cells, fuses, settings and faults,
 * then target_scene_open or _begin, work through scene.station->avr, target_scene_clear.
 */
#pragma once

#include "appliance/station/station.h"
#include "gpio/virtual/avr_chip.h"
#include "gpio/virtual/board.h"
#include "tests/models/gpiochip_fault.h"
#include "tests/models/isp_recorder.h"

struct target_scene {
	struct gpiochip *chip;
	struct virtual_board *board;
	struct avr_cells *cells; /* NULL: an empty socket */
	const struct avr_chip_stats *stats;
	struct line_faults faults;
	struct station_settings settings;
	struct station *station; /* NULL: not open */
	struct isp_recorder *recorder;
};

/* `spec` as virtual_board_open takes it, without "virtual:". */
void target_scene_init(struct target_scene *scene, const char *spec);

/* Fuses in the cells, and a RESET pulse so that they act. */
void target_scene_set_fuses(struct target_scene *scene, uint8_t low, uint8_t high,
			    uint8_t extended);

/* The station with its recorder; touches no target. */
gboolean target_scene_open(struct target_scene *scene, GError **error);

/* Opens, enters, identifies. */
gboolean target_scene_begin(struct target_scene *scene, GError **error);

/* As target_scene_begin; a failure is the test's. */
struct avr *target_scene_work(struct target_scene *scene);

/* The station is closed; the board stays to be looked at. */
void target_scene_close(struct target_scene *scene);

/* Nobody drives a line of the board. */
void target_scene_assert_released(const struct target_scene *scene);

/* Closes all of it; asserts that nothing is driven any more. */
void target_scene_clear(struct target_scene *scene);

#define target_scene_auto __attribute__((cleanup(target_scene_clear)))
