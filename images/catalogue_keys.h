/* SPDX-License-Identifier: MIT */
/* The keys of an entry in catalogue.conf. For catalogue_file.c. */
#pragma once

#include "images/catalogue.h"

struct catalogue_key {
	const char *name;
	bool required;
	const char *expected; /* for the error */

	/* Takes the value into the entry; false when it is not what is expected. */
	bool (*parse)(struct catalogue_entry *entry, const char *value);
};

/* In the order in which they must be read; ends with a NULL name. */
extern const struct catalogue_key catalogue_keys[];

struct catalogue_entry *catalogue_entry_new(const char *id);
void catalogue_entry_free(struct catalogue_entry *entry);
