/* SPDX-License-Identifier: MIT */
#include "appliance/base/clock.h"

#include <glib.h>

static void test_virtual_time_begins_at_zero_and_stands(void)
{
	struct virtual_clock clock;

	virtual_clock_init(&clock);

	g_assert_cmpuint(clock_now_ns(&clock.clock), ==, 0);
	g_assert_cmpuint(clock_now_ns(&clock.clock), ==, 0);
}

static void test_virtual_sleep_takes_its_time_and_no_more(void)
{
	struct virtual_clock clock;

	virtual_clock_init(&clock);
	clock_sleep_us(&clock.clock, 3600000000u);

	g_assert_cmpuint(clock_now_ns(&clock.clock), ==, 3600000000000u);
}

static void test_virtual_spin_ends_at_its_deadline(void)
{
	struct virtual_clock clock;

	virtual_clock_init(&clock);
	clock_spin_until_ns(&clock.clock, 188);

	g_assert_cmpuint(clock_now_ns(&clock.clock), ==, 188);
}

static void test_virtual_time_never_goes_back(void)
{
	struct virtual_clock clock;

	virtual_clock_init(&clock);
	clock_sleep_until_ns(&clock.clock, 1000);
	clock_sleep_until_ns(&clock.clock, 999);
	clock_spin_until_ns(&clock.clock, 0);

	g_assert_cmpuint(clock_now_ns(&clock.clock), ==, 1000);
}

static void test_monotonic_time_never_goes_back(void)
{
	uint64_t before_ns = clock_now_ns(clock_monotonic());

	for (unsigned i = 0; i < 1000; i++) {
		uint64_t now_ns = clock_now_ns(clock_monotonic());

		g_assert_cmpuint(now_ns, >=, before_ns);
		before_ns = now_ns;
	}
}

static void test_monotonic_sleep_is_never_early(void)
{
	uint64_t deadline_ns = clock_now_ns(clock_monotonic()) + 1000000;

	clock_sleep_until_ns(clock_monotonic(), deadline_ns);

	g_assert_cmpuint(clock_now_ns(clock_monotonic()), >=, deadline_ns);
}

static void test_monotonic_spin_is_never_early(void)
{
	uint64_t deadline_ns = clock_now_ns(clock_monotonic()) + 100000;

	clock_spin_until_ns(clock_monotonic(), deadline_ns);

	g_assert_cmpuint(clock_now_ns(clock_monotonic()), >=, deadline_ns);
}

static void test_a_deadline_of_the_past_is_no_wait(void)
{
	clock_sleep_until_ns(clock_monotonic(), 0);
	clock_spin_until_ns(clock_monotonic(), 0);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/clock/virtual-time-begins-at-zero-and-stands",
			test_virtual_time_begins_at_zero_and_stands);
	g_test_add_func("/clock/virtual-sleep-takes-its-time-and-no-more",
			test_virtual_sleep_takes_its_time_and_no_more);
	g_test_add_func("/clock/virtual-spin-ends-at-its-deadline",
			test_virtual_spin_ends_at_its_deadline);
	g_test_add_func("/clock/virtual-time-never-goes-back",
			test_virtual_time_never_goes_back);
	g_test_add_func("/clock/monotonic-time-never-goes-back",
			test_monotonic_time_never_goes_back);
	g_test_add_func("/clock/monotonic-sleep-is-never-early",
			test_monotonic_sleep_is_never_early);
	g_test_add_func("/clock/monotonic-spin-is-never-early",
			test_monotonic_spin_is_never_early);
	g_test_add_func("/clock/a-deadline-of-the-past-is-no-wait",
			test_a_deadline_of_the_past_is_no_wait);
	return g_test_run();
}
