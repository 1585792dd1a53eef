/* SPDX-License-Identifier: MIT */
/*
 * Files of the catalogue that are here: those that the user imported, kept in the state
 * folder's "bootloaders" under the sha256 (or digest) that recognised them, and those of
 * a package. And which of them lies in a target's flash.
 */
#pragma once

#include "images/catalogue.h"

enum import_place { IMPORT_NOWHERE, IMPORT_KEPT, IMPORT_PACKAGED };

/* Keeps a recognised file, whole or not at all; its path is stored in *kept_path (free
 * with g_free). IO. */
gboolean import_keep(const struct catalogue_match *match, const GByteArray *file,
		     char **kept_path, GError **error);

/*
 * The image of an entry: imported, else packaged. *place says which; *path (free with
 * g_free) where, also when it fails at a packaged file. Both may be NULL. IO when it is
 * not here, with the way to get it; IMAGE when what is here is not what it should be.
 */
struct image *import_load(const struct catalogue *catalogue,
			  const struct catalogue_entry *entry, enum import_place *place,
			  char **path, GError **error);

/* The lowest address that must be read to tell which boot loader lies in a part's flash;
 * flash_bytes when none could be told. */
uint32_t import_flash_start(const struct catalogue *catalogue, const struct part *part);

/* The boot loader that lies in flash, as read from that address on. NULL: none known. */
const struct catalogue_entry *import_find_in_flash(const struct catalogue *catalogue,
						   const struct part *part,
						   const struct image *flash);
