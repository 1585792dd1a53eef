/* SPDX-License-Identifier: MIT */
/* Edges wait in a queue, and an eventfd is readable while there are any. */
#include "tests/models/panel_chip.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include "appliance/base/error.h"

struct panel_chip {
	struct gpiochip chip;
	bool has_edges;
	bool sets_broken;
	bool watches_broken;
	uint32_t levels;
	uint32_t driven;
	uint32_t requested;
	unsigned n_sets;
	unsigned n_gets;
	struct panel_watch *watches[PANEL_CHIP_LINES];
};

struct panel_lines {
	struct lines lines;
	struct panel_chip *chip;
	struct lines_request request;
};

struct panel_watch {
	struct line_watch watch;
	struct panel_chip *chip;
	unsigned offset;
	GQueue edges;
};

static gboolean fail(GError **error)
{
	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_IO, "the model is broken");
	return FALSE;
}

static void put(struct panel_lines *self, uint32_t levels)
{
	for (unsigned i = 0; i < self->request.n_outputs; i++) {
		uint32_t bit = 1u << self->request.outputs[i].offset;

		self->chip->driven |= bit;
		self->chip->levels &= ~bit;
		self->chip->levels |= levels >> i & 1 ? bit : 0;
	}
}

static gboolean panel_drive(struct lines *lines, uint32_t levels, GError **error)
{
	put((struct panel_lines *)lines, levels);
	return TRUE;
}

static gboolean panel_release(struct lines *lines, GError **error)
{
	struct panel_lines *self = (struct panel_lines *)lines;

	for (unsigned i = 0; i < self->request.n_outputs; i++)
		self->chip->driven &= ~(1u << self->request.outputs[i].offset);
	return TRUE;
}

static gboolean panel_set(struct lines *lines, uint32_t levels, GError **error)
{
	struct panel_lines *self = (struct panel_lines *)lines;

	self->chip->n_sets++;
	if (self->chip->sets_broken)
		return fail(error);
	put(self, levels);
	return TRUE;
}

static void panel_lines_close(struct lines *lines)
{
	struct panel_lines *self = (struct panel_lines *)lines;

	panel_release(lines, NULL);
	for (unsigned i = 0; i < self->request.n_outputs; i++)
		self->chip->requested &= ~(1u << self->request.outputs[i].offset);
	g_free(self);
}

static const struct lines_ops panel_lines_ops = {
	.drive = panel_drive,
	.release = panel_release,
	.set = panel_set,
	.close = panel_lines_close,
};

static gboolean check_free(struct panel_chip *self, unsigned offset, GError **error)
{
	if (!(self->requested >> offset & 1))
		return TRUE;
	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_BUSY,
		    "line %u of %s is in use by " LINES_CONSUMER, offset,
		    self->chip.name);
	return FALSE;
}

static struct lines *panel_chip_request(struct gpiochip *chip,
					const struct lines_request *request,
					GError **error)
{
	struct panel_chip *self = (struct panel_chip *)chip;
	struct panel_lines *lines;

	for (unsigned i = 0; i < request->n_outputs; i++)
		if (!check_free(self, request->outputs[i].offset, error))
			return NULL;
	for (unsigned i = 0; i < request->n_outputs; i++)
		self->requested |= 1u << request->outputs[i].offset;
	lines = g_new0(struct panel_lines, 1);
	lines->lines.ops = &panel_lines_ops;
	lines->lines.clock = clock_monotonic();
	lines->chip = self;
	lines->request = *request;
	return &lines->lines;
}

static gboolean panel_watch_read(struct line_watch *watch, struct line_edge *edge,
				 bool *got, GError **error)
{
	struct panel_watch *self = (struct panel_watch *)watch;
	g_autofree struct line_edge *next = NULL;
	uint64_t n;

	if (self->chip->watches_broken)
		return fail(error);
	next = g_queue_pop_head(&self->edges);
	*got = next != NULL;
	if (next)
		*edge = *next;
	if (g_queue_is_empty(&self->edges))
		(void)!read(watch->fd, &n, sizeof(n));
	return TRUE;
}

static gboolean panel_watch_get(struct line_watch *watch, bool *active, GError **error)
{
	struct panel_watch *self = (struct panel_watch *)watch;

	self->chip->n_gets++;
	if (self->chip->watches_broken)
		return fail(error);
	*active = self->chip->levels >> self->offset & 1;
	return TRUE;
}

static void panel_watch_close(struct line_watch *watch)
{
	struct panel_watch *self = (struct panel_watch *)watch;

	self->chip->watches[self->offset] = NULL;
	self->chip->requested &= ~(1u << self->offset);
	g_queue_clear_full(&self->edges, g_free);
	if (watch->fd >= 0)
		close(watch->fd);
	g_free(self);
}

static const struct line_watch_ops panel_watch_ops = {
	.read = panel_watch_read,
	.get = panel_watch_get,
	.close = panel_watch_close,
};

static struct line_watch *panel_chip_watch(struct gpiochip *chip, struct line line,
					   GError **error)
{
	struct panel_chip *self = (struct panel_chip *)chip;
	struct panel_watch *watch;

	if (!check_free(self, line.offset, error))
		return NULL;
	self->requested |= 1u << line.offset;
	watch = g_new0(struct panel_watch, 1);
	watch->watch.ops = &panel_watch_ops;
	watch->watch.fd = self->has_edges ? eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC) : -1;
	watch->chip = self;
	watch->offset = line.offset;
	self->watches[line.offset] = watch;
	return &watch->watch;
}

static void panel_chip_close(struct gpiochip *chip)
{
	struct panel_chip *self = (struct panel_chip *)chip;

	g_assert_cmpuint(self->requested, ==, 0);
	g_assert_cmpuint(self->driven, ==, 0);
	g_free(self->chip.name);
	g_free(self);
}

static const struct gpiochip_ops panel_chip_ops = {
	.request = panel_chip_request,
	.watch = panel_chip_watch,
	.close = panel_chip_close,
};

struct panel_chip *panel_chip_new(bool has_edges)
{
	struct panel_chip *self = g_new0(struct panel_chip, 1);

	self->chip.ops = &panel_chip_ops;
	self->chip.n_references = 1;
	self->chip.name = g_strdup(PANEL_CHIP_NAME);
	self->has_edges = has_edges;
	self->levels = UINT32_MAX;
	return self;
}

struct gpiochip *panel_chip_get(struct panel_chip *self)
{
	return &self->chip;
}

uint32_t panel_chip_driven(const struct panel_chip *self)
{
	return self->driven;
}

uint32_t panel_chip_levels(const struct panel_chip *self)
{
	return self->levels;
}

unsigned panel_chip_n_sets(const struct panel_chip *self)
{
	return self->n_sets;
}

unsigned panel_chip_n_gets(const struct panel_chip *self)
{
	return self->n_gets;
}

uint32_t panel_chip_watched(const struct panel_chip *self)
{
	uint32_t watched = 0;

	for (unsigned offset = 0; offset < PANEL_CHIP_LINES; offset++)
		watched |= (uint32_t)(self->watches[offset] != NULL) << offset;
	return watched;
}

void panel_chip_move(struct panel_chip *self, unsigned offset, bool high,
		     uint64_t time_us)
{
	struct line_edge edge = { time_us * 1000, high };
	struct panel_watch *watch = self->watches[offset];
	uint64_t one = 1;

	self->levels &= ~(1u << offset);
	self->levels |= (uint32_t)high << offset;
	if (!watch || watch->watch.fd < 0)
		return;
	g_queue_push_tail(&watch->edges, g_memdup2(&edge, sizeof(edge)));
	(void)!write(watch->watch.fd, &one, sizeof(one));
}

void panel_chip_break_sets(struct panel_chip *self, bool broken)
{
	self->sets_broken = broken;
}

void panel_chip_break_watches(struct panel_chip *self)
{
	self->watches_broken = true;
}

int panel_chip_sleep_ms(void)
{
	GMainContext *context = g_main_context_default();
	GPollFD fds[16];
	gint priority, timeout_ms;

	g_assert_true(g_main_context_acquire(context));
	g_main_context_prepare(context, &priority);
	g_main_context_query(context, G_MAXINT, &timeout_ms, fds, G_N_ELEMENTS(fds));
	g_main_context_check(context, priority, fds, 0);
	g_main_context_release(context);
	return timeout_ms;
}
