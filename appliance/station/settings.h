/* SPDX-License-Identifier: MIT */
/* What a station is told: which programmer, which lines, which part, how fast; and its
 * words. */
#pragma once

#include "appliance/avr/avr.h"
#include "appliance/programmers/registry.h"

/* Strings belong to the caller and outlive the station. */
struct station_settings {
	const struct programmer *programmer;
	struct programmer_config config;
	const struct part *part; /* NULL: whatever answers */
	unsigned sck_hz;	 /* 0: as fast as the target's clock allows */
	struct avr_board_says board;
	const char *trace_path; /* or NULL */
	struct avr_progress progress;
	GCancellable *cancellable; /* or NULL */
};

/* gpio, the default pins, SCK auto, nothing known of part and board. */
void station_settings_init(struct station_settings *settings);

/* Another programmer than the station's: the port was that one's. */
void station_settings_choose(struct station_settings *settings,
			     const struct programmer *programmer);

/* "auto" (0) or a rate. USAGE. */
gboolean sck_parse(const char *text, unsigned *hz, GError **error);

/* avrdude's -B: "10", a period of 0.1 to 1000 us, or a rate with its unit. USAGE. */
gboolean bit_clock_parse(const char *text, unsigned *hz, GError **error);

/* "crystal:16M", "external:8M", "internal". USAGE. */
gboolean board_clock_parse(const char *text, struct avr_board_says *board,
			   GError **error);

/* "low=5E,high=D9,extended=F3": hexadecimal with or without 0x; each at most once. USAGE.
 */
gboolean fuses_parse(const char *text, bool has_fuse[PART_MAX_FUSES],
		     uint8_t fuses[PART_MAX_FUSES], GError **error);

/* "3F", "0x3F". `what` names it in the error. USAGE. */
gboolean byte_parse(const char *text, const char *what, uint8_t *value, GError **error);
