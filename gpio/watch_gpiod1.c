/* SPDX-License-Identifier: MIT */
/*
 * Watching a line through libgpiod 1.6: an event request, or a plain input where the chip
 * has no interrupts; with a bias where the kernel knows of any (since Linux 5.5).
 */
#include <errno.h>
#include <gpiod.h>

#include "appliance/base/error.h"
#include "gpio/header_chip.h"
#include "gpio/lines_gpiod.h"

struct gpiod_watch {
	struct line_watch watch;
	struct gpiod_gpiochip *chip;
	struct gpiod_line *line;
	uint64_t since_ns;
};

struct attempt {
	int type;
	bool biased;
};

/* The best that the kernel can. */
static const struct attempt attempts[] = {
	{ GPIOD_LINE_REQUEST_EVENT_BOTH_EDGES, true },
	{ GPIOD_LINE_REQUEST_EVENT_BOTH_EDGES, false },
	{ GPIOD_LINE_REQUEST_DIRECTION_INPUT, true },
	{ GPIOD_LINE_REQUEST_DIRECTION_INPUT, false },
};

static gboolean fail(const struct gpiod_watch *self, const char *what, GError **error)
{
	header_chip_set_failed(error, &self->chip->chip, what);
	return FALSE;
}

static gboolean gpiod_watch_read(struct line_watch *watch, struct line_edge *edge,
				 bool *got, GError **error)
{
	struct gpiod_watch *self = (struct gpiod_watch *)watch;
	const struct timespec at_once = { 0 };
	struct gpiod_line_event event;
	int waiting = gpiod_line_event_wait(self->line, &at_once);

	if (waiting == 0)
		return TRUE;
	if (waiting < 0 || gpiod_line_event_read(self->line, &event) != 0)
		return fail(self, "read the edges of a line", error);
	edge->time_ns = header_chip_edge_time_ns(self->since_ns,
						 (uint64_t)event.ts.tv_sec * 1000000000u +
							 (uint64_t)event.ts.tv_nsec);
	edge->active = event.event_type == GPIOD_LINE_EVENT_RISING_EDGE;
	*got = true;
	return TRUE;
}

static gboolean gpiod_watch_get(struct line_watch *watch, bool *active, GError **error)
{
	struct gpiod_watch *self = (struct gpiod_watch *)watch;
	int value = gpiod_line_get_value(self->line);

	*active = value > 0;
	return value >= 0 || fail(self, "read a line", error);
}

static void gpiod_watch_close(struct line_watch *watch)
{
	struct gpiod_watch *self = (struct gpiod_watch *)watch;

	g_mutex_lock(&self->chip->lock);
	gpiod_line_release(self->line);
	g_mutex_unlock(&self->chip->lock);
	g_free(self);
}

static const struct line_watch_ops gpiod_watch_ops = {
	.read = gpiod_watch_read,
	.get = gpiod_watch_get,
	.close = gpiod_watch_close,
};

static gboolean try_request(struct gpiod_watch *self, const struct attempt *attempt,
			    struct line line)
{
	const int bias = line.active_low ? GPIOD_LINE_REQUEST_FLAG_BIAS_PULL_UP
					 : GPIOD_LINE_REQUEST_FLAG_BIAS_PULL_DOWN;
	const struct gpiod_line_request_config config = {
		.consumer = LINES_CONSUMER,
		.request_type = attempt->type,
		.flags = attempt->biased ? bias : 0,
	};

	if (gpiod_line_request(self->line, &config, 0) != 0)
		return FALSE;
	self->watch.fd = attempt->type == GPIOD_LINE_REQUEST_DIRECTION_INPUT
				 ? -1
				 : gpiod_line_event_get_fd(self->line);
	return TRUE;
}

static gboolean request(struct gpiod_watch *self, struct line line, GError **error)
{
	self->line = gpiod_chip_get_line(self->chip->gpiod, line.offset);
	if (!self->line)
		return fail(self, "look up lines", error);
	for (unsigned i = 0; i < G_N_ELEMENTS(attempts); i++) {
		if (try_request(self, &attempts[i], line))
			return TRUE;
		if (!header_chip_may_do_with_less(errno))
			break;
	}
	gpiod_gpiochip_set_refused(self->chip, &line.offset, 1, error);
	return FALSE;
}

struct line_watch *gpiod_gpiochip_watch(struct gpiochip *chip, struct line line,
					GError **error)
{
	const struct lines_request wanted = { .n_inputs = 1, .inputs = { line } };
	struct gpiod_gpiochip *self = (struct gpiod_gpiochip *)chip;
	struct gpiod_watch *watch;
	gboolean ok;

	if (!header_chip_check(chip, self->n_lines, &wanted, error))
		return NULL;
	watch = g_new0(struct gpiod_watch, 1);
	watch->watch.ops = &gpiod_watch_ops;
	watch->chip = self;
	watch->since_ns = clock_now_ns(clock_monotonic());
	g_mutex_lock(&self->lock);
	ok = request(watch, line, error);
	g_mutex_unlock(&self->lock);
	if (ok)
		return &watch->watch;
	g_free(watch);
	return NULL;
}
