/* SPDX-License-Identifier: MIT */
/*
 * What an LED does over time, as a pure function: nothing here has a line or a timer.
 * Whoever shows a pattern sets the line to led_is_lit and looks again at
 * led_next_change_ms; a steady pattern needs no wake-up.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define LED_COUNT_ON_MS	   250u
#define LED_COUNT_BLINK_MS 500u
#define LED_COUNT_PAUSE_MS 1250u

enum led_kind {
	LED_OFF,
	LED_ON,
	LED_BLINK,	/* on for half of period_ms, off for the other half */
	LED_COUNT,	/* `count` blinks of 250 ms on, 250 ms off, then 1250 ms off */
	LED_PULSE,	/* on for period_ms, then off for ever */
	LED_COUNT_ONCE, /* as LED_COUNT, then off for ever */
	LED_BLINK_ONCE, /* `count` blinks as LED_BLINK, then off for ever */
};

/* A blink that is never on (a count of 0, a period under 2 ms) is off. */
struct led_pattern {
	enum led_kind kind;
	unsigned period_ms;
	unsigned count;
};

bool led_is_lit(struct led_pattern pattern, uint64_t since_start_ms);

/* From since_start_ms to the next change of led_is_lit; UINT64_MAX: never again. */
uint64_t led_next_change_ms(struct led_pattern pattern, uint64_t since_start_ms);
