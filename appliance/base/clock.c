/* SPDX-License-Identifier: MIT */
/* The monotonic clock of the machine, and the virtual one. */
#include "appliance/base/clock.h"

#include <errno.h>
#include <time.h>

static uint64_t monotonic_now_ns(struct clock *clock)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void monotonic_sleep_until_ns(struct clock *clock, uint64_t deadline_ns)
{
	struct timespec until = {
		.tv_sec = (time_t)(deadline_ns / 1000000000u),
		.tv_nsec = (long)(deadline_ns % 1000000000u),
	};

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR)
		;
}

static void monotonic_spin_until_ns(struct clock *clock, uint64_t deadline_ns)
{
	while (monotonic_now_ns(clock) < deadline_ns)
		;
}

static const struct clock_ops monotonic_ops = {
	.now_ns = monotonic_now_ns,
	.sleep_until_ns = monotonic_sleep_until_ns,
	.spin_until_ns = monotonic_spin_until_ns,
};

struct clock *clock_monotonic(void)
{
	static struct clock clock = { &monotonic_ops };

	return &clock;
}

int64_t clock_unix_s(void)
{
	return (int64_t)time(NULL);
}

static uint64_t virtual_now_ns(struct clock *clock)
{
	return ((struct virtual_clock *)clock)->now_ns;
}

static void virtual_advance_to_ns(struct clock *clock, uint64_t deadline_ns)
{
	struct virtual_clock *self = (struct virtual_clock *)clock;

	if (deadline_ns > self->now_ns)
		self->now_ns = deadline_ns;
}

static const struct clock_ops virtual_ops = {
	.now_ns = virtual_now_ns,
	.sleep_until_ns = virtual_advance_to_ns,
	.spin_until_ns = virtual_advance_to_ns,
};

void virtual_clock_init(struct virtual_clock *clock)
{
	clock->clock.ops = &virtual_ops;
	clock->now_ns = 0;
}
