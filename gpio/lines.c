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

void gpiochip_close(struct gpiochip *chip)
{
	if (chip)
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
