/* SPDX-License-Identifier: MIT */
/*
 * The station's own time, which sessions are measured by: milliseconds that were counted,
 * and never go back. A Pi may have no clock, and one that is set wrong, early or late.
 *
 * - Within a boot it goes with the monotonic clock.
 * - From one boot to the next at least the time since this one counts, and what the
 * wall's clock says lies between, where it was set both times.
 * - A wall's clock that was set forward counts as time that has passed: at worst a
 * session ends too early, and a new login begins one. Set back, it counts for nothing.
 */
#pragma once

#include <stdint.h>

#define ACCESS_BOOT_LETTERS 40

struct access_moment {
	int64_t station_ms;
	int64_t wall_s;			    /* since 1970; 0: the clock was not set */
	int64_t up_ms;			    /* since the boot */
	char boot[ACCESS_BOOT_LETTERS + 1]; /* "": not known */
};

/* The wall's clock as it is kept: 0 where it cannot be right. */
int64_t access_time_wall(int64_t unix_s);

/* Milliseconds from then to now; of `now` all but station_ms is looked at. */
int64_t access_time_since(const struct access_moment *then,
			  const struct access_moment *now);
