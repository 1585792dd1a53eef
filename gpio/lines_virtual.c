/* SPDX-License-Identifier: MIT */
/*
 * The lines seam on the virtual board: requests, who holds which line, the translation of
 * a set's bits to header lines, and edges in a pipe.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "appliance/base/error.h"
#include "gpio/lines_backends.h"
#include "gpio/virtual/board.h"

struct virtual_gpiochip {
	struct gpiochip chip;
	struct virtual_board *board;
	GMutex lock;
	uint64_t requested;
};

struct virtual_lines {
	struct lines lines;
	struct virtual_gpiochip *chip;
	struct lines_request request;
	uint64_t outputs; /* header lines */
	uint64_t inputs;
};

struct virtual_watch {
	struct line_watch watch;
	struct virtual_gpiochip *chip;
	unsigned offset;
	int edges_fd; /* the end of the pipe that the board writes to */
};

static void give_back(struct virtual_gpiochip *chip, uint64_t lines)
{
	g_mutex_lock(&chip->lock);
	chip->requested &= ~lines;
	g_mutex_unlock(&chip->lock);
}

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
	give_back(self->chip, self->outputs | self->inputs);
	g_free(self);
}

static const struct lines_ops virtual_lines_ops = {
	.drive = virtual_drive,
	.release = virtual_release,
	.set = virtual_set,
	.get = virtual_get,
	.close = virtual_lines_close,
};

static gboolean add_lines(const struct virtual_gpiochip *chip, const struct line *lines,
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

/* All lines of the request, or none. */
static gboolean claim(struct virtual_gpiochip *chip, const struct lines_request *request,
		      uint64_t *outputs, uint64_t *inputs, GError **error)
{
	gboolean ok;

	*outputs = *inputs = 0;
	g_mutex_lock(&chip->lock);
	ok = add_lines(chip, request->outputs, request->n_outputs, outputs, error) &&
	     add_lines(chip, request->inputs, request->n_inputs, inputs, error);
	if (ok)
		chip->requested |= *outputs | *inputs;
	g_mutex_unlock(&chip->lock);
	return ok;
}

static struct lines *virtual_request(struct gpiochip *chip,
				     const struct lines_request *request, GError **error)
{
	struct virtual_gpiochip *self = (struct virtual_gpiochip *)chip;
	struct virtual_lines *lines;
	uint64_t outputs, inputs;

	if (!claim(self, request, &outputs, &inputs, error))
		return NULL;
	lines = g_new0(struct virtual_lines, 1);
	lines->lines.ops = &virtual_lines_ops;
	lines->lines.clock = virtual_board_clock(self->board);
	lines->chip = self;
	lines->request = *request;
	lines->outputs = outputs;
	lines->inputs = inputs;
	return &lines->lines;
}

static gboolean fail_watch(const struct virtual_gpiochip *chip, unsigned offset,
			   const char *what, GError **error)
{
	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_IO, "cannot %s line %u of %s: %s",
		    what, offset, chip->chip.name, g_strerror(errno));
	return FALSE;
}

/* In any thread; a full pipe loses edges, as the kernel's buffer does. */
static void write_edge(void *user, unsigned line, uint64_t time_ns, bool level)
{
	const struct virtual_watch *self = user;
	struct line_edge edge;

	memset(&edge, 0, sizeof(edge));
	edge.time_ns = time_ns;
	edge.active = level;
	(void)!write(self->edges_fd, &edge, sizeof(edge));
}

/* Asking for the levels makes the board hear what waits at its socket. */
static gboolean virtual_watch_read(struct line_watch *watch, struct line_edge *edge,
				   bool *got, GError **error)
{
	struct virtual_watch *self = (struct virtual_watch *)watch;

	virtual_board_levels(self->chip->board);
	*got = read(watch->fd, edge, sizeof(*edge)) == sizeof(*edge);
	return *got || errno == EAGAIN ||
	       fail_watch(self->chip, self->offset, "read edges of", error);
}

static gboolean virtual_watch_get(struct line_watch *watch, bool *active, GError **error)
{
	struct virtual_watch *self = (struct virtual_watch *)watch;

	*active = virtual_board_get(self->chip->board) >> self->offset & 1;
	return TRUE;
}

static void virtual_watch_close(struct line_watch *watch)
{
	struct virtual_watch *self = (struct virtual_watch *)watch;
	uint64_t line = (uint64_t)1 << self->offset;

	virtual_board_watch(self->chip->board, self->offset, NULL, NULL);
	virtual_board_pull(self->chip->board, line, false);
	give_back(self->chip, line);
	close(self->edges_fd);
	close(watch->fd);
	g_free(self);
}

static const struct line_watch_ops virtual_watch_ops = {
	.read = virtual_watch_read,
	.get = virtual_watch_get,
	.close = virtual_watch_close,
};

static struct line_watch *watch_new(struct virtual_gpiochip *chip, struct line line,
				    const int fds[2])
{
	struct virtual_watch *watch = g_new0(struct virtual_watch, 1);

	watch->watch.ops = &virtual_watch_ops;
	watch->watch.fd = fds[0];
	watch->chip = chip;
	watch->offset = line.offset;
	watch->edges_fd = fds[1];
	virtual_board_pull(chip->board, (uint64_t)1 << line.offset, line.active_low);
	virtual_board_watch(chip->board, line.offset, write_edge, watch);
	return &watch->watch;
}

static struct line_watch *virtual_watch(struct gpiochip *chip, struct line line,
					GError **error)
{
	const struct lines_request request = { .n_inputs = 1, .inputs = { line } };
	struct virtual_gpiochip *self = (struct virtual_gpiochip *)chip;
	uint64_t outputs, inputs;
	int fds[2];

	if (!claim(self, &request, &outputs, &inputs, error))
		return NULL;
	if (pipe2(fds, O_CLOEXEC | O_NONBLOCK) == 0)
		return watch_new(self, line, fds);
	fail_watch(self, line.offset, "watch", error);
	give_back(self, inputs);
	return NULL;
}

static void virtual_gpiochip_close(struct gpiochip *chip)
{
	struct virtual_gpiochip *self = (struct virtual_gpiochip *)chip;

	virtual_board_close(self->board);
	g_mutex_clear(&self->lock);
	g_free(self->chip.name);
	g_free(self);
}

static const struct gpiochip_ops virtual_gpiochip_ops = {
	.request = virtual_request,
	.watch = virtual_watch,
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
	g_mutex_init(&self->lock);
	self->chip.ops = &virtual_gpiochip_ops;
	self->chip.n_references = 1;
	self->chip.name = g_strdup(spec);
	self->board = board;
	return &self->chip;
}
