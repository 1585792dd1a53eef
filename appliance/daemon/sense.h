/* SPDX-License-Identifier: MIT */
/*
 * Is a target on the plug? Looked at passively while the bus is idle, without driving
 * anything: by the sense line where there is one, else by the target's own pull-up on
 * RESET against the weak pull-down of the header's line (a board needs a resistor of
 * about 10 kOhm there; the part's own one may be too weak).
 *
 * Looks only while somebody wants to know: autostart is on, or PASS is shown. By edges
 * where the chip has them.
 */
#pragma once

#include <stdbool.h>

#include "appliance/station/config.h"
#include "gpio/lines.h"

struct sense;

/* Keeps a reference to the chip; the configuration outlives it. All of it belongs to the
 * main thread. `came`: autostart is on, and a target has been there for the settle time
 * of the configuration, after none was. */
struct sense *sense_new(const struct station_config *config, struct gpiochip *chip,
			void (*came)(void *user), void *user);
void sense_free(struct sense *sense); /* NULL is allowed, in all of them */

/* The bus takes the lines, and gives them back. */
void sense_pause(struct sense *sense);
void sense_resume(struct sense *sense);

/* Switched on, it waits for the next target that comes: none that is there is begun. */
void sense_set_autostart(struct sense *sense, bool on);

/* Nobody is on the plug now. False while the bus is at work, or where it cannot be told.
 */
bool sense_target_gone(struct sense *sense);
