/* SPDX-License-Identifier: MIT */
/* When a contact that bounces was pressed, for how long, and when it was let go. */
#include "gpio/button.h"

enum { RELEASED, PRESSED, LOCKED };

/* By how many holds were told: what a release is then, and when the next is told. */
static const struct {
	enum button_event released;
	enum button_event reached;
	uint64_t after_us;
} holds[] = {
	{ BUTTON_SHORT, BUTTON_HELD, BUTTON_HOLD_US },
	{ BUTTON_HOLD, BUTTON_HELD_LONG, BUTTON_LONG_US },
	{ BUTTON_LONG, BUTTON_NOTHING, UINT64_MAX },
};

void button_filter_init(struct button_filter *filter)
{
	*filter = (struct button_filter){ .state = RELEASED };
}

static void add(struct button_filter *filter, enum button_event event)
{
	g_assert(filter->n_events < BUTTON_FILTER_EVENTS);
	filter->events[filter->n_events++] = event;
}

static void press(struct button_filter *filter)
{
	filter->state = PRESSED;
	filter->pressed_at_us = filter->level_since_us;
	filter->told = 0;
	add(filter, BUTTON_DOWN);
}

static void release(struct button_filter *filter)
{
	filter->state = LOCKED;
	filter->locked_until_us =
		filter->level_since_us + BUTTON_RELEASE_US + BUTTON_LOCKOUT_US;
	add(filter, holds[filter->told].released);
}

static void tell_hold(struct button_filter *filter)
{
	add(filter, holds[filter->told].reached);
	filter->told++;
}

/* A contact that closed in between begins to count now. */
static void unlock(struct button_filter *filter)
{
	filter->state = RELEASED;
	filter->level_since_us = MAX(filter->level_since_us, filter->locked_until_us);
}

/* What comes next if the level stays, and when; UINT64_MAX: nothing. */
static uint64_t next_step(const struct button_filter *filter,
			  void (**step)(struct button_filter *filter))
{
	switch (filter->state) {
	case LOCKED:
		*step = unlock;
		return filter->locked_until_us;
	case PRESSED:
		*step = filter->level ? tell_hold : release;
		if (!filter->level)
			return filter->level_since_us + BUTTON_RELEASE_US;
		if (holds[filter->told].reached == BUTTON_NOTHING)
			return UINT64_MAX;
		return filter->pressed_at_us + holds[filter->told].after_us;
	default:
		*step = press;
		return filter->level ? filter->level_since_us + BUTTON_PRESS_US
				     : UINT64_MAX;
	}
}

static void advance(struct button_filter *filter, uint64_t until_us)
{
	void (*step)(struct button_filter * filter);

	while (next_step(filter, &step) <= until_us)
		step(filter);
}

void button_filter_feed(struct button_filter *filter, uint64_t now_us, bool down)
{
	uint64_t known_us;

	filter->now_us = MAX(filter->now_us, now_us);
	known_us = filter->polled ? filter->fed_at_us : filter->now_us;
	filter->fed_at_us = filter->now_us;
	filter->polled = down == filter->level;
	if (filter->polled)
		return;
	advance(filter, known_us);
	filter->level = down;
	filter->level_since_us = filter->now_us;
}

enum button_event button_filter_next(struct button_filter *filter, uint64_t now_us)
{
	enum button_event event;

	filter->now_us = MAX(filter->now_us, now_us);
	advance(filter, filter->now_us);
	if (filter->n_events == 0)
		return BUTTON_NOTHING;
	event = filter->events[0];
	filter->n_events--;
	for (unsigned i = 0; i < filter->n_events; i++)
		filter->events[i] = filter->events[i + 1];
	return event;
}

uint64_t button_filter_deadline_us(const struct button_filter *filter)
{
	void (*step)(struct button_filter * filter);

	/* That it may be pressed again makes nobody look. */
	if (filter->state == LOCKED && !filter->level)
		return UINT64_MAX;
	return next_step(filter, &step);
}
