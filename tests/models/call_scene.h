/* SPDX-License-Identifier: MIT */
/*
 * Calls of commands at a virtual board in virtual time: a host that writes down what is
 * said and told, has the caller's files in a table, and a real store and journal in a
 * folder of its own, which is SIXPIN_STATE_DIR as well.
 *
 * Order of calls: call_scene_init, then changes to host, cells and faults and files of
 * the caller, then call_scene_run as often as wanted, call_scene_clear.
 */
#pragma once

#include "appliance/base/error.h"
#include "appliance/commands/call.h"
#include "gpio/virtual/avr_chip.h"
#include "gpio/virtual/board.h"
#include "tests/models/gpiochip_fault.h"

struct call_scene {
	struct call_host host; /* first: the call's own */
	char *folder;
	char *spec;
	struct store *store;
	struct journal *journal;
	struct gpiochip *chip;
	struct virtual_board *board;
	struct avr_cells *cells;
	const struct avr_chip_stats *stats;
	struct line_faults faults;
	struct gpio_pins pins;
	struct usb_bus *usb; /* the test's; NULL: none */
	const char *port;    /* of the station, as in station.conf; or NULL */
	GCancellable *cancellable;

	GHashTable *files;   /* name -> GBytes that the caller has */
	GHashTable *written; /* name -> GBytes that a command has written */
	GString *out, *err;  /* lines that were said */
	GString *told;	     /* "started 1; ended 1 passed; selected blink; " */
	GString *steps;	     /* each once: "erase; write flash; " */
	JsonNode *root;	     /* of the last call */

	bool journal_breaks; /* once a run has begun, it cannot be had any more */
	void (*at_step)(struct call_scene *scene, const char *step, uint32_t done);
};

/* `spec` as virtual_board_open takes it, without "virtual:". */
void call_scene_init(struct call_scene *scene, const char *spec);
void call_scene_clear(struct call_scene *scene);

#define call_scene_auto __attribute__((cleanup(call_scene_clear)))

/* A file of the caller. */
void call_scene_file(struct call_scene *scene, const char *name, const char *content);

/* An image, and a job, in the store; pinned as "job add" does it. */
void call_scene_image(struct call_scene *scene, const char *name, const char *content);
void call_scene_job(struct call_scene *scene, const char *id, const char *text);

/* Words end with NULL. What was said and told before is forgotten. */
gboolean call_scene_run(struct call_scene *scene, GError **error,
			...) G_GNUC_NULL_TERMINATED;

/* As call_scene_run; a failure is the test's. */
void call_scene_good(struct call_scene *scene, ...) G_GNUC_NULL_TERMINATED;

/* The call fails with this code and exactly this text, in the result as well. Words as
 * one string, apart by blanks. */
void call_scene_bad(struct call_scene *scene, const char *words, enum sixpin_error code,
		    const char *message);

/* Members of the last result. */
const char *call_scene_text(const struct call_scene *scene, const char *member);
JsonObject *call_scene_root(const struct call_scene *scene);

/* A row of the journal; g_variant_unref. */
GVariant *call_scene_row(const struct call_scene *scene, uint64_t run);

/* A text of it, "" where it has none; g_free. */
char *call_scene_fact(const struct call_scene *scene, uint64_t run, const char *name);
unsigned call_scene_n_runs(const struct call_scene *scene);
