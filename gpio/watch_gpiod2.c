/* SPDX-License-Identifier: MIT */
/*
 * Watching a line through libgpiod 2: a line request with edges, or without where the
 * chip has no interrupts; with a bias where the kernel knows of any.
 */
#include <errno.h>
#include <gpiod.h>

#include "appliance/base/error.h"
#include "gpio/header_chip.h"
#include "gpio/lines_gpiod.h"

struct gpiod_watch {
	struct line_watch watch;
	struct gpiod_gpiochip *chip;
	struct gpiod_line_request *request;
	struct gpiod_edge_event_buffer *buffer;
	unsigned offset;
	uint64_t since_ns;
};

struct attempt {
	enum gpiod_line_edge edges;
	bool biased;
};

/* The best that the kernel can. */
static const struct attempt attempts[] = {
	{ GPIOD_LINE_EDGE_BOTH, true },
	{ GPIOD_LINE_EDGE_BOTH, false },
	{ GPIOD_LINE_EDGE_NONE, true },
	{ GPIOD_LINE_EDGE_NONE, false },
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
	struct gpiod_edge_event *event;
	int waiting = gpiod_line_request_wait_edge_events(self->request, 0);

	if (waiting == 0)
		return TRUE;
	if (waiting < 0 ||
	    gpiod_line_request_read_edge_events(self->request, self->buffer, 1) != 1)
		return fail(self, "read the edges of a line", error);
	event = gpiod_edge_event_buffer_get_event(self->buffer, 0);
	edge->time_ns = header_chip_edge_time_ns(
		self->since_ns, gpiod_edge_event_get_timestamp_ns(event));
	edge->active =
		gpiod_edge_event_get_event_type(event) == GPIOD_EDGE_EVENT_RISING_EDGE;
	*got = true;
	return TRUE;
}

static gboolean gpiod_watch_get(struct line_watch *watch, bool *active, GError **error)
{
	struct gpiod_watch *self = (struct gpiod_watch *)watch;
	enum gpiod_line_value value =
		gpiod_line_request_get_value(self->request, self->offset);

	*active = value == GPIOD_LINE_VALUE_ACTIVE;
	return value != GPIOD_LINE_VALUE_ERROR || fail(self, "read a line", error);
}

static void gpiod_watch_close(struct line_watch *watch)
{
	struct gpiod_watch *self = (struct gpiod_watch *)watch;

	gpiod_line_request_release(self->request);
	gpiod_edge_event_buffer_free(self->buffer);
	g_free(self);
}

static const struct line_watch_ops gpiod_watch_ops = {
	.read = gpiod_watch_read,
	.get = gpiod_watch_get,
	.close = gpiod_watch_close,
};

static struct gpiod_line_config *config_new(const struct attempt *attempt,
					    struct line line)
{
	const enum gpiod_line_bias bias =
		line.active_low ? GPIOD_LINE_BIAS_PULL_UP : GPIOD_LINE_BIAS_PULL_DOWN;
	struct gpiod_line_config *config = gpiod_line_config_new();
	struct gpiod_line_settings *settings = gpiod_line_settings_new();

	g_assert(config && settings);
	gpiod_line_settings_set_direction(settings, GPIOD_LINE_DIRECTION_INPUT);
	gpiod_line_settings_set_edge_detection(settings, attempt->edges);
	gpiod_line_settings_set_event_clock(settings, GPIOD_LINE_CLOCK_MONOTONIC);
	if (attempt->biased)
		gpiod_line_settings_set_bias(settings, bias);
	gpiod_line_config_add_line_settings(config, &line.offset, 1, settings);
	gpiod_line_settings_free(settings);
	return config;
}

static gboolean try_request(struct gpiod_watch *self, const struct attempt *attempt,
			    struct line line)
{
	struct gpiod_request_config *consumer = gpiod_request_config_new();
	struct gpiod_line_config *config = config_new(attempt, line);
	int errnum;

	g_assert(consumer);
	gpiod_request_config_set_consumer(consumer, LINES_CONSUMER);
	self->request = gpiod_chip_request_lines(self->chip->gpiod, consumer, config);
	errnum = errno;
	gpiod_line_config_free(config);
	gpiod_request_config_free(consumer);
	errno = errnum;
	if (!self->request)
		return FALSE;
	self->watch.fd = attempt->edges == GPIOD_LINE_EDGE_NONE
				 ? -1
				 : gpiod_line_request_get_fd(self->request);
	return TRUE;
}

static gboolean request(struct gpiod_watch *self, struct line line, GError **error)
{
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
	watch->offset = line.offset;
	watch->since_ns = clock_now_ns(clock_monotonic());
	watch->buffer = gpiod_edge_event_buffer_new(1);
	g_assert(watch->buffer);
	g_mutex_lock(&self->lock);
	ok = request(watch, line, error);
	g_mutex_unlock(&self->lock);
	if (ok)
		return &watch->watch;
	gpiod_edge_event_buffer_free(watch->buffer);
	g_free(watch);
	return NULL;
}
