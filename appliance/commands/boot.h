/* SPDX-License-Identifier: MIT */
/*
 * Where the boot section begins, from what was said of it, and images held against it.
 * Merging knows only the address (images/merge.h): parts and fuses end here.
 */
#pragma once

#include "appliance/commands/call.h"

/* As the options say it; --boot-start is in bytes. */
struct boot_words {
	gboolean keep; /* --keep-boot-section: of BOOT, nothing else is taken */
	char *start;   /* --boot-start, or NULL */
};

struct boot_section {
	uint32_t start; /* 0: not known, there is no such section */
	char *why;	/* "high fuse D8 of ATmega32U4"; NULL while start is 0 */
};

/*
 * From --boot-start, else from the fuse that has BOOTSZ if it is among those given; start
 * stays 0 where neither says it. part may be NULL. USAGE for a start that the part does
 * not have. `section` is cleared with boot_section_clear.
 */
gboolean boot_section_find(const struct boot_words *words, const struct part *part,
			   const bool has_fuse[PART_MAX_FUSES],
			   const uint8_t fuses[PART_MAX_FUSES],
			   struct boot_section *section, GError **error);

/* The largest that the part can have. */
void boot_section_largest(const struct part *part, struct boot_section *section);
void boot_section_clear(struct boot_section *section);

/* USAGE, with what to give instead, where the start is not known. */
gboolean boot_section_require(const struct boot_section *section, const struct part *part,
			      GError **error);

/* IMAGE when the application reaches into the section. */
gboolean boot_section_check_application(const struct boot_section *section,
					const struct image *application, const char *name,
					GError **error);

/* What the file has of flash in the section: a new image; IMAGE when that is nothing. A
 * line and the member "left_out" say how many bytes that leaves out. */
struct image *boot_section_take(struct call *call, const struct boot_section *section,
				const struct image *boot, const char *name,
				GError **error);

/* A line, and the member "boundary"; nothing where the start is not known. */
void boot_section_tell(struct call *call, const struct boot_section *section);
