/* SPDX-License-Identifier: MIT */
#include "appliance/station/access_time.h"

#include <string.h>

/* Before this the clock was not set: 2024-01-01T00:00:00Z. */
#define CLOCK_SET_FROM_S 1704067200

/* Nor is it meant that the station outlives the year 9999. */
#define CLOCK_SET_TO_S 253402300799

/* Two clocks that are read one after the other differ; a step is more. */
#define STEP_MS 60000

int64_t access_time_wall(int64_t unix_s)
{
	return unix_s >= CLOCK_SET_FROM_S && unix_s <= CLOCK_SET_TO_S ? unix_s : 0;
}

/* Where the boots are not known, what is certain in both cases. */
static int64_t counted_ms(const struct access_moment *then,
			  const struct access_moment *now)
{
	int is_other = then->boot[0] && now->boot[0] && strcmp(then->boot, now->boot);

	if (is_other || now->up_ms < then->up_ms)
		return now->up_ms;
	return now->up_ms - then->up_ms;
}

int64_t access_time_since(const struct access_moment *then,
			  const struct access_moment *now)
{
	int64_t counted = counted_ms(then, now);
	int64_t wall =
		then->wall_s && now->wall_s ? (now->wall_s - then->wall_s) * 1000 : 0;

	return wall > counted + STEP_MS ? wall : counted;
}
