/* SPDX-License-Identifier: MIT */
/*
 * The lines seam on the virtual board: requests, who holds which line, and the
 * translation of a set's bits to header lines.
 */
#include "appliance/base/error.h"
#include "gpio/lines_backends.h"
#include "gpio/virtual/board.h"

struct virtual_gpiochip {
	struct gpiochip chip;
	struct virtual_board *board;
	uint64_t requested;
};

struct virtual_lines {
	struct lines lines;
	struct virtual_gpiochip *chip;
	struct lines_request request;
	uint64_t outputs; /* header lines */
	uint64_t inputs;
};

static uint64_t spread(const struct line *lines, unsigned n_lines, uint32_t bits)
{
	uint64_t spread = 0;

	for (unsigned i = 0; i < n_lines; i++)
		spread |= (uint64_t)(bits >> i & 1) << lines[i].offset;
	return spread;
}

static uint64_t output_levels(const struct virtual_lines *self, uint32_t levels)
{
	return spread(self->request.outputs, self->request.n_outputs, levels);
}

static gboolean virtual_drive(struct lines *lines, uint32_t levels, GError **error)
{
	struct virtual_lines *self = (struct virtual_lines *)lines;

	virtual_board_drive(self->chip->board, self->outputs,
			    output_levels(self, levels));
	return TRUE;
}

static gboolean virtual_release(struct lines *lines, GError **error)
{
	struct virtual_lines *self = (struct virtual_lines *)lines;

	virtual_board_float(self->chip->board, self->outputs);
	return TRUE;
}

static gboolean virtual_set(struct lines *lines, uint32_t levels, GError **error)
{
	struct virtual_lines *self = (struct virtual_lines *)lines;

	virtual_board_set(self->chip->board, self->outputs, output_levels(self, levels));
	return TRUE;
}

static gboolean virtual_get(struct lines *lines, uint32_t *levels, GError **error)
{
	struct virtual_lines *self = (struct virtual_lines *)lines;
	uint64_t all = virtual_board_get(self->chip->board);

	*levels = 0;
	for (unsigned i = 0; i < self->request.n_inputs; i++)
		*levels |= (uint32_t)(all >> self->request.inputs[i].offset & 1) << i;
	return TRUE;
}

static void virtual_lines_close(struct lines *lines)
{
	struct virtual_lines *self = (struct virtual_lines *)lines;

	virtual_board_float(self->chip->board, self->outputs);
	self->chip->requested &= ~(self->outputs | self->inputs);
	g_free(self);
}

static const struct lines_ops virtual_lines_ops = {
	.drive = virtual_drive,
	.release = virtual_release,
	.set = virtual_set,
	.get = virtual_get,
	.close = virtual_lines_close,
};

static gboolean claim(const struct virtual_gpiochip *chip, const struct line *lines,
		      unsigned n_lines, uint64_t *claimed, GError **error)
{
	for (unsigned i = 0; i < n_lines; i++) {
		if (lines[i].offset >= BOARD_N_LINES) {
			g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE,
				    "%s has no line %u; its lines are 0 to %d",
				    chip->chip.name, lines[i].offset, BOARD_N_LINES - 1);
			return FALSE;
		}
		if (chip->requested >> lines[i].offset & 1) {
			g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_BUSY,
				    "line %u of %s is in use by " LINES_CONSUMER,
				    lines[i].offset, chip->chip.name);
			return FALSE;
		}
		*claimed |= (uint64_t)1 << lines[i].offset;
	}
	return TRUE;
}

static struct lines *virtual_request(struct gpiochip *chip,
				     const struct lines_request *request, GError **error)
{
	struct virtual_gpiochip *self = (struct virtual_gpiochip *)chip;
	struct virtual_lines *lines;
	uint64_t outputs = 0, inputs = 0;

	if (!claim(self, request->outputs, request->n_outputs, &outputs, error) ||
	    !claim(self, request->inputs, request->n_inputs, &inputs, error))
		return NULL;
	lines = g_new0(struct virtual_lines, 1);
	lines->lines.ops = &virtual_lines_ops;
	lines->lines.clock = virtual_board_clock(self->board);
	lines->chip = self;
	lines->request = *request;
	lines->outputs = outputs;
	lines->inputs = inputs;
	self->requested |= outputs | inputs;
	return &lines->lines;
}

static void virtual_gpiochip_close(struct gpiochip *chip)
{
	struct virtual_gpiochip *self = (struct virtual_gpiochip *)chip;

	virtual_board_close(self->board);
	g_free(self->chip.name);
	g_free(self);
}

static const struct gpiochip_ops virtual_gpiochip_ops = {
	.request = virtual_request,
	.close = virtual_gpiochip_close,
};

struct virtual_board *gpiochip_virtual_board(struct gpiochip *chip)
{
	if (chip->ops != &virtual_gpiochip_ops)
		return NULL;
	return ((struct virtual_gpiochip *)chip)->board;
}

struct gpiochip *gpiochip_open_virtual(const char *spec, GError **error)
{
	struct virtual_board *board = virtual_board_open(spec, error);
	struct virtual_gpiochip *self;

	if (!board)
		return NULL;
	self = g_new0(struct virtual_gpiochip, 1);
	self->chip.ops = &virtual_gpiochip_ops;
	self->chip.name = g_strdup(spec);
	self->board = board;
	return &self->chip;
}
