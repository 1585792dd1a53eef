/* SPDX-License-Identifier: MIT */
/*
 * Private to the libgpiod backends: the chip, which both versions of libgpiod have, and
 * what the files of one version need of each other.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "gpio/lines.h"

struct gpiod_chip;

struct gpiod_gpiochip {
	struct gpiochip chip;
	struct gpiod_chip *gpiod;
	unsigned n_lines;
	bool edges_late;
	GMutex lock; /* of `gpiod` and what libgpiod keeps of its lines */
};

/* Why a request was refused, by errno: SIXPIN_ERROR_BUSY names the line and its holder.
 * Called with the lock held. */
void gpiod_gpiochip_set_refused(struct gpiod_gpiochip *chip, const unsigned *offsets,
				unsigned n_lines, GError **error);

struct line_watch *gpiod_gpiochip_watch(struct gpiochip *chip, struct line line,
					GError **error);
