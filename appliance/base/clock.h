/* SPDX-License-Identifier: MIT */
/*
 * The time seam: nothing but a clock sleeps or reads time, so that a run against a
 * virtual board takes virtual time and is repeatable. Times are nanoseconds from an
 * arbitrary start and never go back.
 */
#pragma once

#include <stdint.h>

struct clock;

struct clock_ops {
	uint64_t (*now_ns)(struct clock *clock);
	/* Gives the processor away; may come back late, never early. */
	void (*sleep_until_ns)(struct clock *clock, uint64_t deadline_ns);
	/* Keeps the processor; for pacing edges. May come back late, never early. */
	void (*spin_until_ns)(struct clock *clock, uint64_t deadline_ns);
};

struct clock {
	const struct clock_ops *ops;
};

/* The machine's monotonic clock. Belongs to nobody; never freed. */
struct clock *clock_monotonic(void);

/* Seconds since 1970 as the clock on the wall says: it may be wrong, and step back. */
int64_t clock_unix_s(void);

/* A clock whose time passes only when somebody sleeps, spins or advances it. */
struct virtual_clock {
	struct clock clock;
	uint64_t now_ns;
};

void virtual_clock_init(struct virtual_clock *clock);

static inline uint64_t clock_now_ns(struct clock *clock)
{
	return clock->ops->now_ns(clock);
}

static inline void clock_sleep_us(struct clock *clock, uint64_t us)
{
	clock->ops->sleep_until_ns(clock, clock_now_ns(clock) + us * 1000);
}

static inline void clock_sleep_until_ns(struct clock *clock, uint64_t deadline_ns)
{
	clock->ops->sleep_until_ns(clock, deadline_ns);
}

static inline void clock_spin_until_ns(struct clock *clock, uint64_t deadline_ns)
{
	clock->ops->spin_until_ns(clock, deadline_ns);
}
