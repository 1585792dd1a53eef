/* SPDX-License-Identifier: MIT */
/*
 * Decorators around the GPIO seam that count its calls: what would be kernel calls on a
 * real chip. They cost no time.
 */
#pragma once

#include "gpio/lines.h"

struct lines_counts {
	uint64_t drives;
	uint64_t releases;
	uint64_t sets;
	uint64_t gets;
};

/* Takes `inner` over. `counts` stay the caller's and outlive the lines. */
struct lines *lines_counter_new(struct lines *inner, struct lines_counts *counts);

/* Takes `inner` over. All its lines count into the same. */
struct gpiochip *gpiochip_counter_new(struct gpiochip *inner,
				      struct lines_counts *counts);
