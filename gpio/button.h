/* SPDX-License-Identifier: MIT */
/*
 * A button on a line: contacts that bounce, and what a press of it means.
 *
 * A press counts when the contact was closed for 20 ms without an opening; it is over
 * when the contact was open for 5 ms without a closing, and what comes within 20 ms after
 * that is bounce. How long it was held decides what it was, and it acts when it is over:
 * so a hold of 10 s is not also one of 3 s.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "gpio/lines.h"

#define BUTTON_PRESS_US	  20000u
#define BUTTON_RELEASE_US 5000u
#define BUTTON_LOCKOUT_US 20000u
#define BUTTON_HOLD_US	  3000000u
#define BUTTON_LONG_US	  10000000u
#define BUTTON_POLL_MS	  4u

enum button_event {
	BUTTON_NOTHING,
	BUTTON_DOWN,	  /* a press has begun to count */
	BUTTON_HELD,	  /* still down, 3 s by now: a release would be a hold */
	BUTTON_HELD_LONG, /* 10 s by now */
	BUTTON_SHORT,	  /* released before 3 s */
	BUTTON_HOLD,	  /* released after 3 s */
	BUTTON_LONG,	  /* released after 10 s */
};

/*
 * The filter alone: levels and times in, events out. No clock, no lines.
 *
 * Feed it the contact's level with the time of each edge, or of each poll, and after each
 * of them ask for events until there are none. Between edges the level is known; between
 * polls it is not, and what was not seen is not counted: two feeds of the same level say
 * that this is a poll.
 */
#define BUTTON_FILTER_EVENTS 8u

struct button_filter {
	int state;
	bool level;
	bool polled;	    /* the level was fed more than once */
	uint64_t fed_at_us; /* last */
	uint64_t now_us;    /* the latest time heard of */
	uint64_t level_since_us;
	uint64_t pressed_at_us;
	uint64_t locked_until_us;
	unsigned told;	   /* how many of the holds */
	unsigned n_events; /* that wait for button_filter_next */
	enum button_event events[BUTTON_FILTER_EVENTS];
};

void button_filter_init(struct button_filter *filter);

/* The contact's level at a time: of an edge the kernel's, not that of reading it. A time
 * before an earlier one is taken for that one. */
void button_filter_feed(struct button_filter *filter, uint64_t now_us, bool down);

/* What has happened up to now_us; call until BUTTON_NOTHING, and before the next feed. */
enum button_event button_filter_next(struct button_filter *filter, uint64_t now_us);

/* When to look again if no edge comes; UINT64_MAX: no need. */
uint64_t button_filter_deadline_us(const struct button_filter *filter);

/* A button on a chip, watched by the thread's default main context: by edges (no wake-up
 * while nothing happens) or, where the chip has none or `polls`, every BUTTON_POLL_MS. A
 * contact that is closed from the start counts only after it was open. */
struct button;

typedef void (*button_function)(void *user, enum button_event event);

/* Keeps a reference to the chip. An active-low line gets a pull-up where the kernel can.
 * must_have_edges: IO where the chip has none. The function must not close the button. A
 * line that fails later is told as a warning, and not looked at any more. */
struct button *button_open(struct gpiochip *chip, struct line line, bool polls,
			   bool must_have_edges, button_function function, void *user,
			   GError **error);
bool button_polls(const struct button *button);
void button_close(struct button *button); /* NULL is allowed */
