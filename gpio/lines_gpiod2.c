/* SPDX-License-Identifier: MIT */
/*
 * The lines seam on libgpiod 2 (Debian 13): one line request for the outputs, which
 * change direction together, and one for the inputs.
 */
#include <dirent.h>
#include <errno.h>
#include <gpiod.h>
#include <stdlib.h>
#include <string.h>

#include "appliance/base/error.h"
#include "gpio/header_chip.h"
#include "gpio/lines_backends.h"
#include "gpio/lines_gpiod.h"

/* The lines of one direction; where there are none, there is no request. */
struct side {
	struct gpiod_line_request *request;
	unsigned n_lines;
	unsigned offsets[LINES_MAX];
};

struct gpiod_lines {
	struct lines lines;
	struct gpiod_gpiochip *chip;
	struct side outputs;
	struct side inputs;
};

static void spread(uint32_t levels, unsigned n_lines, enum gpiod_line_value *values)
{
	for (unsigned i = 0; i < n_lines; i++)
		values[i] = levels >> i & 1 ? GPIOD_LINE_VALUE_ACTIVE
					    : GPIOD_LINE_VALUE_INACTIVE;
}

static gboolean fail(const struct gpiod_lines *self, const char *what, GError **error)
{
	header_chip_set_failed(error, &self->chip->chip, what);
	return FALSE;
}

static bool is_busy(const struct gpiod_gpiochip *chip, unsigned offset, GError **error)
{
	struct gpiod_line_info *info = gpiod_chip_get_line_info(chip->gpiod, offset);
	bool busy = info && gpiod_line_info_is_used(info);

	if (busy)
		header_chip_set_busy(error, &chip->chip, offset,
				     gpiod_line_info_get_consumer(info));
	gpiod_line_info_free(info);
	return busy;
}

void gpiod_gpiochip_set_refused(struct gpiod_gpiochip *chip, const unsigned *offsets,
				unsigned n_lines, GError **error)
{
	if (errno != EBUSY) {
		header_chip_set_failed(error, &chip->chip, "request lines");
		return;
	}
	for (unsigned i = 0; i < n_lines; i++)
		if (is_busy(chip, offsets[i], error))
			return;
	header_chip_set_busy(error, &chip->chip, offsets[0], NULL);
}

/* Takes all lines of the side one way: as inputs, or as outputs with these levels. */
static struct gpiod_line_config *config_new(const struct side *side,
					    enum gpiod_line_direction direction,
					    uint32_t levels)
{
	struct gpiod_line_config *config = gpiod_line_config_new();
	struct gpiod_line_settings *settings = gpiod_line_settings_new();
	enum gpiod_line_value values[LINES_MAX];

	g_assert(config && settings);
	spread(levels, side->n_lines, values);
	gpiod_line_settings_set_direction(settings, direction);
	gpiod_line_config_add_line_settings(config, side->offsets, side->n_lines,
					    settings);
	gpiod_line_config_set_output_values(config, values, side->n_lines);
	gpiod_line_settings_free(settings);
	return config;
}

static gboolean turn_outputs(struct lines *lines, enum gpiod_line_direction direction,
			     uint32_t levels, GError **error)
{
	struct gpiod_lines *self = (struct gpiod_lines *)lines;
	struct gpiod_line_config *config;
	int failed;

	if (!self->outputs.request)
		return TRUE;
	config = config_new(&self->outputs, direction, levels);
	failed = gpiod_line_request_reconfigure_lines(self->outputs.request, config);
	gpiod_line_config_free(config);
	return !failed || fail(self, "change the direction of lines", error);
}

static gboolean gpiod_lines_drive(struct lines *lines, uint32_t levels, GError **error)
{
	return turn_outputs(lines, GPIOD_LINE_DIRECTION_OUTPUT, levels, error);
}

static gboolean gpiod_lines_release(struct lines *lines, GError **error)
{
	return turn_outputs(lines, GPIOD_LINE_DIRECTION_INPUT, 0, error);
}

static gboolean gpiod_lines_set(struct lines *lines, uint32_t levels, GError **error)
{
	struct gpiod_lines *self = (struct gpiod_lines *)lines;
	enum gpiod_line_value values[LINES_MAX];

	if (!self->outputs.request)
		return TRUE;
	spread(levels, self->outputs.n_lines, values);
	if (gpiod_line_request_set_values(self->outputs.request, values) == 0)
		return TRUE;
	return fail(self, "set lines", error);
}

static gboolean gpiod_lines_get(struct lines *lines, uint32_t *levels, GError **error)
{
	struct gpiod_lines *self = (struct gpiod_lines *)lines;
	enum gpiod_line_value values[LINES_MAX];

	*levels = 0;
	if (!self->inputs.request)
		return TRUE;
	if (gpiod_line_request_get_values(self->inputs.request, values) != 0)
		return fail(self, "read lines", error);
	for (unsigned i = 0; i < self->inputs.n_lines; i++)
		*levels |= (uint32_t)(values[i] == GPIOD_LINE_VALUE_ACTIVE) << i;
	return TRUE;
}

/* Raspberry Pi's kernels leave an output driving when its request closes: inputs first.
 */
static void gpiod_lines_close(struct lines *lines)
{
	struct gpiod_lines *self = (struct gpiod_lines *)lines;

	gpiod_lines_release(lines, NULL);
	gpiod_line_request_release(self->outputs.request);
	gpiod_line_request_release(self->inputs.request);
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
static gboolean request_side(struct gpiod_lines *self, struct side *side,
			     const struct line *lines, unsigned n_lines, GError **error)
{
	struct gpiod_request_config *consumer;
	struct gpiod_line_config *config;

	side->n_lines = n_lines;
	if (!n_lines)
		return TRUE;
	for (unsigned i = 0; i < n_lines; i++)
		side->offsets[i] = lines[i].offset;
	consumer = gpiod_request_config_new();
	g_assert(consumer);
	gpiod_request_config_set_consumer(consumer, LINES_CONSUMER);
	config = config_new(side, GPIOD_LINE_DIRECTION_INPUT, 0);
	side->request = gpiod_chip_request_lines(self->chip->gpiod, consumer, config);
	if (!side->request)
		gpiod_gpiochip_set_refused(self->chip, side->offsets, n_lines, error);
	gpiod_line_config_free(config);
	gpiod_request_config_free(consumer);
	return side->request != NULL;
}

static gboolean request_sides(struct gpiod_lines *self,
			      const struct lines_request *request, GError **error)
{
	gboolean ok;

	g_mutex_lock(&self->chip->lock);
	ok = request_side(self, &self->outputs, request->outputs, request->n_outputs,
			  error) &&
	     request_side(self, &self->inputs, request->inputs, request->n_inputs, error);
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

/* libgpiod 2 has no list of chips and no search by label. */
static int is_chip_name(const struct dirent *entry)
{
	return g_str_has_prefix(entry->d_name, "gpiochip");
}

static GPtrArray *chip_paths(void)
{
	GPtrArray *paths = g_ptr_array_new_with_free_func(g_free);
	struct dirent **entries;
	int n_entries = scandir("/dev", &entries, is_chip_name, versionsort);

	for (int i = 0; i < n_entries; i++) {
		g_ptr_array_add(paths, g_strconcat("/dev/", entries[i]->d_name, NULL));
		free(entries[i]);
	}
	if (n_entries >= 0)
		free(entries);
	return paths;
}

static char *chip_label(struct gpiod_chip *chip)
{
	struct gpiod_chip_info *info = gpiod_chip_get_info(chip);
	char *label = g_strdup(info ? gpiod_chip_info_get_label(info) : "");

	gpiod_chip_info_free(info);
	return label;
}

static struct gpiod_chip *open_if_labelled(const char *path, const char *wanted)
{
	struct gpiod_chip *chip = gpiod_chip_open(path);
	g_autofree char *label = chip ? chip_label(chip) : NULL;

	if (!chip || strcmp(label, wanted) == 0)
		return chip;
	gpiod_chip_close(chip);
	errno = ENOENT;
	return NULL;
}

/* Any chip that may not be opened could be the one. */
static struct gpiod_chip *open_label(const char *label)
{
	g_autoptr(GPtrArray) paths = chip_paths();
	struct gpiod_chip *chip = NULL;
	int worst = ENOENT;

	for (unsigned i = 0; i < paths->len && !chip; i++) {
		chip = open_if_labelled(paths->pdata[i], label);
		if (!chip && errno != ENOENT)
			worst = errno;
	}
	errno = worst;
	return chip;
}

static void list_chips(GString *chips)
{
	g_autoptr(GPtrArray) paths = chip_paths();

	for (unsigned i = 0; i < paths->len; i++) {
		struct gpiod_chip *chip = gpiod_chip_open(paths->pdata[i]);
		g_autofree char *label =
			chip ? chip_label(chip) : g_strdup(g_strerror(errno));

		header_chip_list_add(chips, paths->pdata[i], label);
		gpiod_chip_close(chip);
	}
}

static const struct header_chip_finder finder = {
	.open_path = gpiod_chip_open,
	.open_label = open_label,
	.list = list_chips,
};

static unsigned count_lines(struct gpiod_chip *chip)
{
	struct gpiod_chip_info *info = gpiod_chip_get_info(chip);
	unsigned n_lines = info ? (unsigned)gpiod_chip_info_get_num_lines(info) : 0;

	gpiod_chip_info_free(info);
	return n_lines;
}

struct gpiochip *gpiochip_open_gpiod(const char *spec, GError **error)
{
	struct gpiod_chip *gpiod = header_chip_find(&finder, spec, error);
	g_autofree char *label = gpiod ? chip_label(gpiod) : NULL;
	struct gpiod_gpiochip *self;

	if (!gpiod)
		return NULL;
	self = g_new0(struct gpiod_gpiochip, 1);
	g_mutex_init(&self->lock);
	self->chip.ops = &gpiod_gpiochip_ops;
	self->chip.n_references = 1;
	self->chip.name = g_strdup_printf("%s (%s)", label, gpiod_chip_get_path(gpiod));
	self->chip.libgpiod = gpiod_api_version();
	self->gpiod = gpiod;
	self->n_lines = count_lines(gpiod);
	self->edges_late = header_chip_edges_late(label);
	return &self->chip;
}
