/* SPDX-License-Identifier: MIT */
/* Masks and levels are the decorator's: the inner set sees wire levels, as a backend. */
#include "tests/models/lines_wire.h"

struct lines_wire {
	struct lines lines;
	struct lines *inner;
	struct lines_wire_fault *fault;
	uint32_t levels; /* as last driven or set */
	uint64_t changed_ns;
};

static gboolean wire_drive(struct lines *lines, uint32_t levels, GError **error)
{
	struct lines_wire *self = (struct lines_wire *)lines;

	self->fault->ever_low |= ~levels;
	self->levels = levels;
	return self->inner->ops->drive(self->inner, levels, error);
}

static gboolean wire_release(struct lines *lines, GError **error)
{
	struct lines_wire *self = (struct lines_wire *)lines;

	return self->inner->ops->release(self->inner, error);
}

static gboolean wire_set(struct lines *lines, uint32_t levels, GError **error)
{
	struct lines_wire *self = (struct lines_wire *)lines;

	self->fault->ever_low |= ~levels;
	if ((levels ^ self->levels) & self->fault->slow_output)
		self->changed_ns = clock_now_ns(self->lines.clock);
	self->levels = levels;
	return self->inner->ops->set(self->inner, levels, error);
}

static bool is_late(const struct lines_wire *self)
{
	return clock_now_ns(self->lines.clock) - self->changed_ns < self->fault->slow_ns;
}

static gboolean wire_get(struct lines *lines, uint32_t *levels, GError **error)
{
	struct lines_wire *self = (struct lines_wire *)lines;

	if (!self->inner->ops->get(self->inner, levels, error))
		return FALSE;
	*levels ^= self->fault->inverted;
	if (is_late(self))
		*levels = ~*levels;
	return TRUE;
}

static void wire_close(struct lines *lines)
{
	struct lines_wire *self = (struct lines_wire *)lines;

	lines_close(self->inner);
	g_free(self);
}

static const struct lines_ops wire_ops = {
	.drive = wire_drive,
	.release = wire_release,
	.set = wire_set,
	.get = wire_get,
	.close = wire_close,
};

struct lines *lines_wire_new(struct lines *inner, struct lines_wire_fault *fault)
{
	struct lines_wire *self = g_new(struct lines_wire, 1);

	*self = (struct lines_wire){ *inner, inner, fault, 0, 0 };
	self->lines.ops = &wire_ops;
	return &self->lines;
}
