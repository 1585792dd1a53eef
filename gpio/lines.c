/* SPDX-License-Identifier: MIT */
/* Choosing a backend by the chip's name, and what all backends share. */
#include "gpio/lines.h"

#include "gpio/lines_backends.h"

static uint32_t active_low_mask(const struct line *lines, unsigned n_lines)
{
	uint32_t mask = 0;

	for (unsigned i = 0; i < n_lines; i++)
		mask |= (uint32_t)lines[i].active_low << i;
	return mask;
}

struct gpiochip *gpiochip_open(const char *spec, GError **error)
{
	if (spec && g_str_has_prefix(spec, "virtual:"))
		return gpiochip_open_virtual(spec, error);
	return gpiochip_open_gpiod(spec, error);
}

struct gpiochip *gpiochip_ref(struct gpiochip *chip)
{
	g_atomic_int_inc(&chip->n_references);
	return chip;
}

void gpiochip_close(struct gpiochip *chip)
{
	if (chip && g_atomic_int_dec_and_test(&chip->n_references))
		chip->ops->close(chip);
}

struct lines *gpiochip_request(struct gpiochip *chip, const struct lines_request *request,
			       GError **error)
{
	struct lines *lines;

	g_assert(request->n_outputs <= LINES_MAX && request->n_inputs <= LINES_MAX);
	lines = chip->ops->request(chip, request, error);
	if (!lines)
		return NULL;
	lines->outputs_active_low = active_low_mask(request->outputs, request->n_outputs);
	lines->inputs_active_low = active_low_mask(request->inputs, request->n_inputs);
	return lines;
}

void lines_close(struct lines *lines)
{
	if (lines)
		lines->ops->close(lines);
}

struct line_watch *gpiochip_watch(struct gpiochip *chip, struct line line, GError **error)
{
	struct line_watch *watch = chip->ops->watch(chip, line, error);

	if (watch)
		watch->active_low = line.active_low;
	return watch;
}

gboolean line_watch_read(struct line_watch *watch, struct line_edge *edge, bool *got,
			 GError **error)
{
	*got = false;
	if (watch->fd < 0)
		return TRUE;
	if (!watch->ops->read(watch, edge, got, error))
		return FALSE;
	if (*got)
		edge->active ^= watch->active_low;
	return TRUE;
}

gboolean line_watch_get(struct line_watch *watch, bool *active, GError **error)
{
	if (!watch->ops->get(watch, active, error))
		return FALSE;
	*active ^= watch->active_low;
	return TRUE;
}

void line_watch_close(struct line_watch *watch)
{
	if (watch)
		watch->ops->close(watch);
}
