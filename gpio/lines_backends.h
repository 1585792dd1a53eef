/* SPDX-License-Identifier: MIT */
/* The backends behind lines.h; lines.c chooses by the chip's name. */
#pragma once

#include "gpio/lines.h"

/* libgpiod, version 1 or 2: whichever the build found. `spec` as in gpiochip_open, never
 * virtual. */
struct gpiochip *gpiochip_open_gpiod(const char *spec, GError **error);

/* The virtual board; `spec` with its "virtual:". */
struct gpiochip *gpiochip_open_virtual(const char *spec, GError **error);

struct virtual_board;

/* The board behind a virtual chip, for tests and figures; NULL for any other. */
struct virtual_board *gpiochip_virtual_board(struct gpiochip *chip);
