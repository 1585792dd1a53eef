/* SPDX-License-Identifier: MIT */
/*
 * The GPIO seam: a chip that hands out lines, and a set of requested lines that is set or
 * read in one kernel call.
 *
 * Order of calls: gpiochip_open, gpiochip_request (any number), then on each set
 * lines_drive, lines_set and lines_get as often as wanted, lines_release, lines_close;
 * last gpiochip_close. A fresh set is not driving: its outputs are still inputs.
 *
 * A set or a watch belongs to one thread at a time; different ones of one chip may be
 * used, requested and closed in different threads at once.
 *
 * Levels are logical: a line requested active-low is inverted here, backends see wire
 * levels. In masks, bit i means outputs[i] (lines_set) or inputs[i] (lines_get) of the
 * request.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "appliance/base/clock.h"

#define LINES_MAX      32
#define LINES_CONSUMER "sixpin"

struct line {
	unsigned offset; /* on its chip */
	bool active_low;
};

struct lines_request {
	unsigned n_outputs;
	unsigned n_inputs;
	struct line outputs[LINES_MAX];
	struct line inputs[LINES_MAX];
};

struct lines;

struct lines_ops {
	/* Outputs begin to drive, with these wire levels, in one step. */
	gboolean (*drive)(struct lines *lines, uint32_t levels, GError **error);

	/* Outputs are inputs again. Harmless when they are. */
	gboolean (*release)(struct lines *lines, GError **error);

	/* Sets all outputs to these wire levels: one kernel call. */
	gboolean (*set)(struct lines *lines, uint32_t levels, GError **error);

	/* Reads all inputs: one kernel call. */
	gboolean (*get)(struct lines *lines, uint32_t *levels, GError **error);

	/* Gives the lines back (inputs) and frees the set. */
	void (*close)(struct lines *lines);
};

struct lines {
	const struct lines_ops *ops;
	struct clock *clock;	     /* runs beside these lines */
	uint32_t levels;	     /* logical, as last driven or set */
	uint32_t outputs_active_low; /* masks from the request */
	uint32_t inputs_active_low;

	/* Edges may reach the pins later than the call that makes them returns (posted
	 * writes). */
	bool edges_late;
};

/* One change of a watched line's level. */
struct line_edge {
	uint64_t time_ns; /* on the machine's monotonic clock */
	bool active;	  /* the logical level that it led to */
};

struct line_watch;

struct line_watch_ops {
	/* Takes the next edge that waits; *got is false when none does. Never blocks. Not
	 * called without an fd. */
	gboolean (*read)(struct line_watch *watch, struct line_edge *edge, bool *got,
			 GError **error);

	/* The level now. */
	gboolean (*get)(struct line_watch *watch, bool *active, GError **error);

	void (*close)(struct line_watch *watch);
};

/* One input line that is watched. */
struct line_watch {
	const struct line_watch_ops *ops;
	int fd; /* readable while edges wait; -1: this chip has no edges, only levels */
	bool active_low;
};

struct gpiochip;

struct gpiochip_ops {
	/* SIXPIN_ERROR_BUSY names the line and who holds it. */
	struct lines *(*request)(struct gpiochip *chip,
				 const struct lines_request *request, GError **error);
	/* An input with a pull towards its idle level where the kernel can: up for an
	 * active-low line. */
	struct line_watch *(*watch)(struct gpiochip *chip, struct line line,
				    GError **error);
	void (*close)(struct gpiochip *chip);
};

struct gpiochip {
	const struct gpiochip_ops *ops;
	gint n_references;    /* gpiochip_ref */
	char *name;	      /* for messages: "pinctrl-bcm2711 (/dev/gpiochip0)" */
	const char *libgpiod; /* version of the library behind it; NULL: none */
};

/*
 * spec: a label ("pinctrl-bcm2711"), a path ("/dev/gpiochip0"), "virtual:..."
 * (virtual/board.h), or NULL for the header of this Raspberry Pi, found by label.
 * SIXPIN_ERROR_NO_PROGRAMMER if there is no such chip, naming those there are;
 * SIXPIN_ERROR_IO if it may not be opened, with the remedy.
 */
struct gpiochip *gpiochip_open(const char *spec, GError **error);

/* Another owner, who closes it as well: a panel and a programmer share a chip, each in a
 * thread of its own. Requests, watches and calls on different sets of one chip may come
 * from different threads at once. */
struct gpiochip *gpiochip_ref(struct gpiochip *chip);
void gpiochip_close(
	struct gpiochip *chip); /* NULL is allowed; its lines must be closed */

/* Watches one line. Errors as gpiochip_request. */
struct line_watch *gpiochip_watch(struct gpiochip *chip, struct line line,
				  GError **error);
gboolean line_watch_read(struct line_watch *watch, struct line_edge *edge, bool *got,
			 GError **error);
gboolean line_watch_get(struct line_watch *watch, bool *active, GError **error);
void line_watch_close(struct line_watch *watch); /* NULL is allowed */

struct lines *gpiochip_request(struct gpiochip *chip, const struct lines_request *request,
			       GError **error);
void lines_close(struct lines *lines); /* NULL is allowed */

static inline gboolean lines_drive(struct lines *lines, uint32_t levels, GError **error)
{
	lines->levels = levels;
	return lines->ops->drive(lines, levels ^ lines->outputs_active_low, error);
}

static inline gboolean lines_release(struct lines *lines, GError **error)
{
	return lines->ops->release(lines, error);
}

static inline gboolean lines_set(struct lines *lines, uint32_t mask, uint32_t levels,
				 GError **error)
{
	lines->levels = (lines->levels & ~mask) | (levels & mask);
	return lines->ops->set(lines, lines->levels ^ lines->outputs_active_low, error);
}

static inline gboolean lines_get(struct lines *lines, uint32_t *levels, GError **error)
{
	if (!lines->ops->get(lines, levels, error))
		return FALSE;
	*levels ^= lines->inputs_active_low;
	return TRUE;
}
