/* SPDX-License-Identifier: MIT */
/* Masks and levels are the decorator's: the inner set sees wire levels, as a backend. */
#include "tests/models/lines_counter.h"

struct lines_counter {
	struct lines lines;
	struct lines *inner;
	struct lines_counts *counts;
};

struct gpiochip_counter {
	struct gpiochip chip;
	struct gpiochip *inner;
	struct lines_counts *counts;
};

static gboolean counter_drive(struct lines *lines, uint32_t levels, GError **error)
{
	struct lines_counter *self = (struct lines_counter *)lines;

	self->counts->drives++;
	return self->inner->ops->drive(self->inner, levels, error);
}

static gboolean counter_release(struct lines *lines, GError **error)
{
	struct lines_counter *self = (struct lines_counter *)lines;

	self->counts->releases++;
	return self->inner->ops->release(self->inner, error);
}

static gboolean counter_set(struct lines *lines, uint32_t levels, GError **error)
{
	struct lines_counter *self = (struct lines_counter *)lines;

	self->counts->sets++;
	return self->inner->ops->set(self->inner, levels, error);
}

static gboolean counter_get(struct lines *lines, uint32_t *levels, GError **error)
{
	struct lines_counter *self = (struct lines_counter *)lines;

	self->counts->gets++;
	return self->inner->ops->get(self->inner, levels, error);
}

static void counter_close(struct lines *lines)
{
	struct lines_counter *self = (struct lines_counter *)lines;

	lines_close(self->inner);
	g_free(self);
}

static const struct lines_ops counter_ops = {
	.drive = counter_drive,
	.release = counter_release,
	.set = counter_set,
	.get = counter_get,
	.close = counter_close,
};

struct lines *lines_counter_new(struct lines *inner, struct lines_counts *counts)
{
	struct lines_counter *self = g_new(struct lines_counter, 1);

	*self = (struct lines_counter){ *inner, inner, counts };
	self->lines.ops = &counter_ops;
	return &self->lines;
}

static struct lines *counter_request(struct gpiochip *chip,
				     const struct lines_request *request, GError **error)
{
	struct gpiochip_counter *self = (struct gpiochip_counter *)chip;
	struct lines *inner = self->inner->ops->request(self->inner, request, error);

	return inner ? lines_counter_new(inner, self->counts) : NULL;
}

static struct line_watch *counter_watch(struct gpiochip *chip, struct line line,
					GError **error)
{
	struct gpiochip_counter *self = (struct gpiochip_counter *)chip;

	return self->inner->ops->watch(self->inner, line, error);
}

static void counter_chip_close(struct gpiochip *chip)
{
	struct gpiochip_counter *self = (struct gpiochip_counter *)chip;

	gpiochip_close(self->inner);
	g_free(self);
}

static const struct gpiochip_ops counter_chip_ops = {
	.request = counter_request,
	.watch = counter_watch,
	.close = counter_chip_close,
};

struct gpiochip *gpiochip_counter_new(struct gpiochip *inner, struct lines_counts *counts)
{
	struct gpiochip_counter *self = g_new(struct gpiochip_counter, 1);

	*self = (struct gpiochip_counter){ { &counter_chip_ops, 1, inner->name },
					   inner,
					   counts };
	return &self->chip;
}
