/* SPDX-License-Identifier: MIT */
/*
 * The lines seam on libgpiod 1.6 (Debian 12): two line handles for a set, because a
 * handle has one direction and a bulk set writes all of its lines from the array given,
 * those left out low. So outputs are always set all together and inputs never stand among
 * them.
 */
#include <errno.h>
#include <gpiod.h>

#include "appliance/base/error.h"
#include "gpio/header_chip.h"
#include "gpio/lines_backends.h"
#include "gpio/lines_gpiod.h"

struct gpiod_lines {
	struct lines lines;
	struct gpiod_gpiochip *chip;
	struct gpiod_line_bulk outputs;
	struct gpiod_line_bulk inputs;
};

static void spread(uint32_t levels, unsigned n_lines, int *values)
{
	for (unsigned i = 0; i < n_lines; i++)
		values[i] = levels >> i & 1;
}

static gboolean fail(const struct gpiod_lines *self, const char *what, GError **error)
{
	header_chip_set_failed(error, &self->chip->chip, what);
	return FALSE;
}

/* Looks each line up again: what is known of it may be older than its holder. */
void gpiod_gpiochip_set_refused(struct gpiod_gpiochip *chip, const unsigned *offsets,
				unsigned n_lines, GError **error)
{
	struct gpiod_line *line;

	if (errno != EBUSY) {
		header_chip_set_failed(error, &chip->chip, "request lines");
		return;
	}
	for (unsigned i = 0; i < n_lines; i++) {
		line = gpiod_chip_get_line(chip->gpiod, offsets[i]);
		if (!line || !gpiod_line_is_used(line))
			continue;
		header_chip_set_busy(error, &chip->chip, offsets[i],
				     gpiod_line_consumer(line));
		return;
	}
	header_chip_set_busy(error, &chip->chip, offsets[0], NULL);
}

static gboolean fail_request(const struct gpiod_lines *self,
			     const struct gpiod_line_bulk *bulk, GError **error)
{
	unsigned offsets[LINES_MAX];

	for (unsigned i = 0; i < bulk->num_lines; i++)
		offsets[i] = gpiod_line_offset(bulk->lines[i]);
	gpiod_gpiochip_set_refused(self->chip, offsets, bulk->num_lines, error);
	return FALSE;
}

static gboolean request_bulk(const struct gpiod_lines *self, struct gpiod_line_bulk *bulk,
			     int direction, const int *values, GError **error)
{
	struct gpiod_line_request_config config = {
		.consumer = LINES_CONSUMER,
		.request_type = direction,
	};

	if (gpiod_line_request_bulk(bulk, &config, values) == 0)
		return TRUE;
	return fail_request(self, bulk, error);
}

/* Before Linux 5.5 a handle keeps its direction for life: only a new one can have
 * another. */
static gboolean request_again(struct gpiod_lines *self, int direction, const int *values,
			      GError **error)
{
	gpiod_line_release_bulk(&self->outputs);
	return request_bulk(self, &self->outputs, direction, values, error);
}

static gboolean gpiod_lines_drive(struct lines *lines, uint32_t levels, GError **error)
{
	struct gpiod_lines *self = (struct gpiod_lines *)lines;
	int values[LINES_MAX];
	gboolean ok;

	if (!self->outputs.num_lines)
		return TRUE;
	spread(levels, self->outputs.num_lines, values);
	g_mutex_lock(&self->chip->lock);
	ok = gpiod_line_set_direction_output_bulk(&self->outputs, values) == 0 ||
	     request_again(self, GPIOD_LINE_REQUEST_DIRECTION_OUTPUT, values, error);
	g_mutex_unlock(&self->chip->lock);
	return ok;
}

static gboolean gpiod_lines_release(struct lines *lines, GError **error)
{
	struct gpiod_lines *self = (struct gpiod_lines *)lines;
	gboolean ok;

	if (!self->outputs.num_lines)
		return TRUE;
	g_mutex_lock(&self->chip->lock);
	ok = gpiod_line_set_direction_input_bulk(&self->outputs) == 0 ||
	     request_again(self, GPIOD_LINE_REQUEST_DIRECTION_INPUT, NULL, error);
	g_mutex_unlock(&self->chip->lock);
	return ok;
}

static gboolean gpiod_lines_set(struct lines *lines, uint32_t levels, GError **error)
{
	struct gpiod_lines *self = (struct gpiod_lines *)lines;
	int values[LINES_MAX];

	if (!self->outputs.num_lines)
		return TRUE;
	spread(levels, self->outputs.num_lines, values);
	if (gpiod_line_set_value_bulk(&self->outputs, values) == 0)
		return TRUE;
	return fail(self, "set lines", error);
}

static gboolean gpiod_lines_get(struct lines *lines, uint32_t *levels, GError **error)
{
	struct gpiod_lines *self = (struct gpiod_lines *)lines;
	int values[LINES_MAX];

	*levels = 0;
	if (!self->inputs.num_lines)
		return TRUE;
	if (gpiod_line_get_value_bulk(&self->inputs, values) != 0)
		return fail(self, "read lines", error);
	for (unsigned i = 0; i < self->inputs.num_lines; i++)
		*levels |= (uint32_t) !!values[i] << i;
	return TRUE;
}

/* libgpiod's loop over the lines of an empty bulk does not end. */
static void release_bulk(struct gpiod_line_bulk *bulk)
{
	if (bulk->num_lines)
		gpiod_line_release_bulk(bulk);
}

/* Raspberry Pi's kernels leave an output driving when its handle closes: inputs first. */
static void gpiod_lines_close(struct lines *lines)
{
	struct gpiod_lines *self = (struct gpiod_lines *)lines;

	gpiod_lines_release(lines, NULL);
	g_mutex_lock(&self->chip->lock);
	release_bulk(&self->outputs);
	release_bulk(&self->inputs);
	g_mutex_unlock(&self->chip->lock);
	g_free(self);
}

static const struct lines_ops gpiod_lines_ops = {
	.drive = gpiod_lines_drive,
	.release = gpiod_lines_release,
	.set = gpiod_lines_set,
	.get = gpiod_lines_get,
	.close = gpiod_lines_close,
};

/* Outputs too begin as inputs: nothing on the wires changes before the first drive. */
static gboolean request_inputs(struct gpiod_lines *self, struct gpiod_line_bulk *bulk,
			       const struct line *lines, unsigned n_lines, GError **error)
{
	struct gpiod_line_bulk wanted;
	unsigned offsets[LINES_MAX];

	if (!n_lines)
		return TRUE;
	for (unsigned i = 0; i < n_lines; i++)
		offsets[i] = lines[i].offset;
	if (gpiod_chip_get_lines(self->chip->gpiod, offsets, n_lines, &wanted) != 0)
		return fail(self, "look up lines", error);
	if (!request_bulk(self, &wanted, GPIOD_LINE_REQUEST_DIRECTION_INPUT, NULL, error))
		return FALSE;
	*bulk = wanted;
	return TRUE;
}

static gboolean request_sides(struct gpiod_lines *self,
			      const struct lines_request *request, GError **error)
{
	gboolean ok;

	g_mutex_lock(&self->chip->lock);
	ok = request_inputs(self, &self->outputs, request->outputs, request->n_outputs,
			    error) &&
	     request_inputs(self, &self->inputs, request->inputs, request->n_inputs,
			    error);
	g_mutex_unlock(&self->chip->lock);
	return ok;
}

static struct lines *gpiod_gpiochip_request(struct gpiochip *chip,
					    const struct lines_request *request,
					    GError **error)
{
	struct gpiod_gpiochip *self = (struct gpiod_gpiochip *)chip;
	struct gpiod_lines *lines;

	if (!header_chip_check(chip, self->n_lines, request, error))
		return NULL;
	lines = g_new0(struct gpiod_lines, 1);
	lines->lines.ops = &gpiod_lines_ops;
	lines->lines.clock = clock_monotonic();
	lines->lines.edges_late = self->edges_late;
	lines->chip = self;
	if (request_sides(lines, request, error))
		return &lines->lines;
	gpiod_lines_close(&lines->lines);
	return NULL;
}

static void gpiod_gpiochip_close(struct gpiochip *chip)
{
	struct gpiod_gpiochip *self = (struct gpiod_gpiochip *)chip;

	gpiod_chip_close(self->gpiod);
	g_mutex_clear(&self->lock);
	g_free(chip->name);
	g_free(self);
}

static const struct gpiochip_ops gpiod_gpiochip_ops = {
	.request = gpiod_gpiochip_request,
	.watch = gpiod_gpiochip_watch,
	.close = gpiod_gpiochip_close,
};

static void list_chips(GString *chips)
{
	struct gpiod_chip_iter *iter = gpiod_chip_iter_new();
	struct gpiod_chip *chip;

	if (!iter)
		return;
	gpiod_foreach_chip(iter, chip)
	{
		g_autofree char *path = g_strconcat("/dev/", gpiod_chip_name(chip), NULL);

		header_chip_list_add(chips, path, gpiod_chip_label(chip));
	}
	gpiod_chip_iter_free(iter);
}

static const struct header_chip_finder finder = {
	.open_path = gpiod_chip_open,
	.open_label = gpiod_chip_open_by_label,
	.list = list_chips,
};

struct gpiochip *gpiochip_open_gpiod(const char *spec, GError **error)
{
	struct gpiod_chip *gpiod = header_chip_find(&finder, spec, error);
	struct gpiod_gpiochip *self;

	if (!gpiod)
		return NULL;
	self = g_new0(struct gpiod_gpiochip, 1);
	g_mutex_init(&self->lock);
	self->chip.ops = &gpiod_gpiochip_ops;
	self->chip.n_references = 1;
	self->chip.name = g_strdup_printf("%s (/dev/%s)", gpiod_chip_label(gpiod),
					  gpiod_chip_name(gpiod));
	self->chip.libgpiod = gpiod_version_string();
	self->gpiod = gpiod;
	self->n_lines = gpiod_chip_num_lines(gpiod);
	self->edges_late = header_chip_edges_late(gpiod_chip_label(gpiod));
	return &self->chip;
}
