/* SPDX-License-Identifier: MIT */
/*
 * The boot loader of a write: named by --bootloader, or recognised among the images.
 * Proposes its fuses, sets them only when told to, and holds it against the part's fuses
 * and clock.
 */
#pragma once

#include "appliance/cli/cli.h"
#include "images/catalogue.h"

struct avr_plan;
struct cli_images;

/* As the options say it. */
struct loader_words {
	char *id;	   /* --bootloader, or NULL */
	char *alternative; /* or NULL */
	gboolean set_fuses;
};

struct cli_loader {
	struct catalogue *catalogue;	     /* NULL when there is none to be read */
	const struct catalogue_entry *entry; /* NULL: no boot loader that is known */
	bool named;
	bool set_fuses;
	struct catalogue_fuses fuses; /* proposed */
};

/* The catalogue of this installation; NULL after a note that nothing is recognised. */
struct catalogue *cli_catalogue(void);

/*
 * Finds the loader, and adds the named one's image to images->flash; of a file that
 * carries a sketch only the loader when there are other images. `paths` are the other
 * images, or what may be recognised. Clear in any case.
 */
gboolean cli_loader_find(struct cli *cli, const struct loader_words *words, char **paths,
			 struct cli_images *images, struct cli_loader *loader,
			 GError **error);
void cli_loader_clear(struct cli_loader *loader);

/* WRONG_PART for a named loader of another part. Needs no target. */
gboolean cli_loader_check_part(const struct cli_loader *loader, const struct part *part,
			       GError **error);

/* Reads the target's fuses, tells the proposal, puts it into the plan if so told, and
 * refuses what reset would not reach or what would run on another clock. */
gboolean cli_loader_check(struct cli *cli, const struct cli_loader *loader,
			  struct avr *avr, struct avr_plan *plan, GError **error);
