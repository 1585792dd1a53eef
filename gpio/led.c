/* SPDX-License-Identifier: MIT */
/* Where in its pattern an LED is; every pattern is on first, then off. */
#include "gpio/led.h"

/* A stretch of blinks: `count` of them, each on for on_ms of blink_ms, then a pause. */
struct blinks {
	uint64_t on_ms;
	uint64_t blink_ms;
	uint64_t count;
	uint64_t pause_ms;
	bool again; /* and from the beginning */
};

static struct blinks blinks_of(struct led_pattern pattern)
{
	uint64_t period_ms = pattern.period_ms;
	struct blinks blink = { period_ms / 2, period_ms, 1, 0, true };

	switch (pattern.kind) {
	case LED_BLINK:
		return blink;
	case LED_BLINK_ONCE:
		blink.count = pattern.count;
		blink.again = false;
		return blink;
	case LED_PULSE:
		return (struct blinks){ period_ms, period_ms, 1, 0, false };
	case LED_COUNT:
	case LED_COUNT_ONCE:
		return (struct blinks){ LED_COUNT_ON_MS, LED_COUNT_BLINK_MS,
					pattern.count, LED_COUNT_PAUSE_MS,
					pattern.kind == LED_COUNT };
	default:
		return (struct blinks){ 0 };
	}
}

/* Blinks that are too short to be on or off are none. */
static bool is_steady(struct led_pattern pattern)
{
	struct blinks blinks = blinks_of(pattern);

	return blinks.count == 0 || blinks.on_ms == 0;
}

/* From the beginning of the stretch that it is in. */
static uint64_t place_ms(const struct blinks *blinks, uint64_t since_start_ms)
{
	uint64_t stretch_ms = blinks->count * blinks->blink_ms + blinks->pause_ms;

	return blinks->again ? since_start_ms % stretch_ms : since_start_ms;
}

bool led_is_lit(struct led_pattern pattern, uint64_t since_start_ms)
{
	struct blinks blinks = blinks_of(pattern);
	uint64_t at_ms;

	if (is_steady(pattern))
		return pattern.kind == LED_ON;
	at_ms = place_ms(&blinks, since_start_ms);
	return at_ms < blinks.count * blinks.blink_ms &&
	       at_ms % blinks.blink_ms < blinks.on_ms;
}

uint64_t led_next_change_ms(struct led_pattern pattern, uint64_t since_start_ms)
{
	struct blinks blinks = blinks_of(pattern);
	uint64_t at_ms, last_off_ms, in_blink_ms;

	if (is_steady(pattern))
		return UINT64_MAX;
	at_ms = place_ms(&blinks, since_start_ms);
	last_off_ms = (blinks.count - 1) * blinks.blink_ms + blinks.on_ms;
	if (at_ms >= last_off_ms)
		return blinks.again
			       ? blinks.count * blinks.blink_ms + blinks.pause_ms - at_ms
			       : UINT64_MAX;
	in_blink_ms = at_ms % blinks.blink_ms;
	return (in_blink_ms < blinks.on_ms ? blinks.on_ms : blinks.blink_ms) -
	       in_blink_ms;
}
