/* SPDX-License-Identifier: MIT */
#include "gpio/led.h"

#include <glib.h>

#define SECOND 1000u

static const struct led_pattern off = { LED_OFF, 0, 0 };
static const struct led_pattern on = { LED_ON, 0, 0 };
static const struct led_pattern slow = { LED_BLINK, 1000, 0 };
static const struct led_pattern odd = { LED_BLINK, 125, 0 };
static const struct led_pattern three = { LED_COUNT, 0, 3 };
static const struct led_pattern three_once = { LED_COUNT_ONCE, 0, 3 };
static const struct led_pattern pulse = { LED_PULSE, 200, 0 };
static const struct led_pattern beeps = { LED_BLINK_ONCE, 800, 2 };

/* Changes at these times and at no others; lit after the first, dark after the second...
 */
static void assert_changes(struct led_pattern pattern, const uint64_t *changes_ms,
			   unsigned n_changes, uint64_t until_ms)
{
	unsigned passed = 0;

	for (uint64_t now_ms = 0; now_ms < until_ms; now_ms++) {
		if (passed < n_changes && now_ms == changes_ms[passed])
			passed++;
		g_assert_cmpint(led_is_lit(pattern, now_ms), ==, passed % 2 == 1);
		if (passed < n_changes)
			g_assert_cmpuint(led_next_change_ms(pattern, now_ms), ==,
					 changes_ms[passed] - now_ms);
	}
	g_assert_cmpuint(passed, ==, n_changes);
}

static void test_steady_ones_need_no_wake_up(void)
{
	g_assert_false(led_is_lit(off, 0));
	g_assert_true(led_is_lit(on, 0));
	g_assert_true(led_is_lit(on, UINT64_MAX));
	g_assert_cmpuint(led_next_change_ms(off, 0), ==, UINT64_MAX);
	g_assert_cmpuint(led_next_change_ms(on, 5), ==, UINT64_MAX);
}

static void test_blink(void)
{
	static const uint64_t changes[] = { 0, 500, 1000, 1500, 2000, 2500, 3000 };

	assert_changes(slow, changes, G_N_ELEMENTS(changes), 3 * SECOND + 1);
}

static void test_blink_of_an_odd_period(void)
{
	static const uint64_t changes[] = { 0, 62, 125, 187, 250, 312 };

	assert_changes(odd, changes, G_N_ELEMENTS(changes), 375);
	g_assert_true(led_is_lit(odd, 375));
}

static void test_count(void)
{
	static const uint64_t changes[] = { 0,	  250,	500,  750,  1000, 1250,
					    2750, 3000, 3250, 3500, 3750, 4000 };

	assert_changes(three, changes, G_N_ELEMENTS(changes), 5500);
	g_assert_true(led_is_lit(three, 5500));
	g_assert_cmpuint(led_next_change_ms(three, 4000), ==, 1500);
}

static void test_count_once(void)
{
	static const uint64_t changes[] = { 0, 250, 500, 750, 1000, 1250 };

	assert_changes(three_once, changes, G_N_ELEMENTS(changes), 60 * SECOND);
	g_assert_cmpuint(led_next_change_ms(three_once, 1250), ==, UINT64_MAX);
}

static void test_pulse(void)
{
	static const uint64_t changes[] = { 0, 200 };

	assert_changes(pulse, changes, G_N_ELEMENTS(changes), 60 * SECOND);
	g_assert_cmpuint(led_next_change_ms(pulse, 200), ==, UINT64_MAX);
}

static void test_blink_once(void)
{
	static const uint64_t changes[] = { 0, 400, 800, 1200 };

	assert_changes(beeps, changes, G_N_ELEMENTS(changes), 60 * SECOND);
	g_assert_cmpuint(led_next_change_ms(beeps, 1200), ==, UINT64_MAX);
}

static void test_what_is_never_on_is_off(void)
{
	static const struct led_pattern nothing[] = {
		{ LED_COUNT, 0, 0 }, { LED_COUNT_ONCE, 0, 0 }, { LED_BLINK, 0, 0 },
		{ LED_BLINK, 1, 0 }, { LED_BLINK_ONCE, 0, 3 }, { LED_BLINK_ONCE, 800, 0 },
		{ LED_PULSE, 0, 0 },
	};

	for (unsigned i = 0; i < G_N_ELEMENTS(nothing); i++) {
		g_assert_false(led_is_lit(nothing[i], 0));
		g_assert_cmpuint(led_next_change_ms(nothing[i], 0), ==, UINT64_MAX);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/led/steady", test_steady_ones_need_no_wake_up);
	g_test_add_func("/led/blink", test_blink);
	g_test_add_func("/led/blink-of-an-odd-period", test_blink_of_an_odd_period);
	g_test_add_func("/led/count", test_count);
	g_test_add_func("/led/count-once", test_count_once);
	g_test_add_func("/led/pulse", test_pulse);
	g_test_add_func("/led/blink-once", test_blink_once);
	g_test_add_func("/led/never-on", test_what_is_never_on_is_off);
	return g_test_run();
}
