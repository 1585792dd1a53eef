/* SPDX-License-Identifier: MIT */
/*
 * The boot loader of a write: named by --bootloader, or recognised among the images.
 * Proposes its fuses, sets them only when told to, and holds it against the part's fuses
 * and clock.
 */
#pragma once

#include "appliance/commands/call.h"
#include "images/catalogue.h"

struct avr_plan;
struct call_images;

/* As the options say it. */
struct loader_words {
	char *id;	   /* --bootloader, or NULL */
	char *alternative; /* or NULL */
	gboolean set_fuses;
};

struct call_loader {
	const struct catalogue *catalogue;   /* NULL when there is none to be read */
	const struct catalogue_entry *entry; /* NULL: no boot loader that is known */
	bool named;
	bool set_fuses;
	struct catalogue_fuses fuses; /* proposed */
};

/* The catalogue of this installation, read once in a call, and the call's. */
const struct catalogue *call_read_catalogue(struct call *call, GError **error);

/* The same; NULL after a note that nothing is recognised. */
const struct catalogue *call_catalogue(struct call *call);

/* The catalogue's word on a file that the user named; IO where it cannot be read. */
gboolean call_recognise(struct call *call, const struct catalogue *catalogue,
			const char *name, struct catalogue_match *match, GError **error);

/*
 * Finds the loader, and adds the named one's image to images->flash; of a file that
 * carries a sketch only the loader when there are other images. `paths` are the other
 * images, or what may be recognised. Clear in any case.
 */
gboolean call_loader_find(struct call *call, const struct loader_words *words,
			  char **paths, struct call_images *images,
			  struct call_loader *loader, GError **error);
void call_loader_clear(struct call_loader *loader);

/* WRONG_PART for a named loader of another part. Needs no target. */
gboolean call_loader_check_part(const struct call_loader *loader, const struct part *part,
				GError **error);

/* Reads the target's fuses, tells the proposal, puts it into the plan if so told, and
 * refuses what reset would not reach or what would run on another clock. */
gboolean call_loader_check(struct call *call, const struct call_loader *loader,
			   struct avr *avr, struct avr_plan *plan, GError **error);
