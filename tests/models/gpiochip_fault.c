/* SPDX-License-Identifier: MIT */
/* Handing out faulty lines. */
#include "tests/models/gpiochip_fault.h"

struct fault_gpiochip {
	struct gpiochip chip;
	struct gpiochip *inner;
	struct line_faults *faults;
};

/* Faults are for SCK, MOSI and MISO: a set without SCK and MOSI (power, enable) is left
 * alone. */
static struct lines *fault_request(struct gpiochip *chip,
				   const struct lines_request *request, GError **error)
{
	struct fault_gpiochip *self = (struct fault_gpiochip *)chip;
	struct lines *lines = gpiochip_request(self->inner, request, error);

	if (!lines || request->n_outputs < 3)
		return lines;
	return lines_fault_new(lines, self->faults);
}

static struct line_watch *fault_watch(struct gpiochip *chip, struct line line,
				      GError **error)
{
	struct fault_gpiochip *self = (struct fault_gpiochip *)chip;

	return gpiochip_watch(self->inner, line, error);
}

static void fault_close(struct gpiochip *chip)
{
	struct fault_gpiochip *self = (struct fault_gpiochip *)chip;

	g_free(self->chip.name);
	g_free(self);
}

static const struct gpiochip_ops fault_ops = {
	.request = fault_request,
	.watch = fault_watch,
	.close = fault_close,
};

struct gpiochip *gpiochip_fault_new(struct gpiochip *inner, struct line_faults *faults)
{
	struct fault_gpiochip *self = g_new0(struct fault_gpiochip, 1);

	self->chip.ops = &fault_ops;
	self->chip.n_references = 1;
	self->chip.name = g_strdup(inner->name);
	self->inner = inner;
	self->faults = faults;
	return &self->chip;
}
