/* SPDX-License-Identifier: MIT */
/*
 * A chip for buttons and lights without a kernel: it writes down what outputs are set to,
 * and the test moves the contacts, with the times it likes. Any line may be an output or
 * be watched.
 */
#pragma once

#include "gpio/lines.h"

#define PANEL_CHIP_NAME	 "panel-chip"
#define PANEL_CHIP_LINES 32

struct panel_chip;

/* Its watches have edges, or only levels. */
struct panel_chip *panel_chip_new(bool has_edges);
struct gpiochip *panel_chip_get(struct panel_chip *self);

/* Wire levels of all lines; contacts are open (high) at first. */
uint32_t panel_chip_driven(const struct panel_chip *self);
uint32_t panel_chip_levels(const struct panel_chip *self);
unsigned panel_chip_n_sets(const struct panel_chip *self);
unsigned panel_chip_n_gets(const struct panel_chip *self);
uint32_t panel_chip_watched(const struct panel_chip *self);

/* The level of a line, and the edge of it if it is watched. */
void panel_chip_move(struct panel_chip *self, unsigned offset, bool high,
		     uint64_t time_us);

/* From now on, what is set, or read of a watched line, fails. */
void panel_chip_break_sets(struct panel_chip *self, bool broken);
void panel_chip_break_watches(struct panel_chip *self);

/* How long the default main context would sleep; -1: until something happens. */
int panel_chip_sleep_ms(void);
