/* SPDX-License-Identifier: MIT */
/* What the writing commands share: from files to a plan, through the engine, to a report.
 */
#pragma once

#include "appliance/avr/write.h"
#include "appliance/commands/boot.h"
#include "appliance/commands/call.h"
#include "appliance/commands/loader.h"

struct call_images;

/* All that a write command was asked for. Files are NULL-ended; NULL where there are
 * none. */
struct write_request {
	char **images;	/* flash, and EEPROM where the file has it */
	char **eeproms; /* EEPROM: addresses from 0, or avr-gcc's */
	gboolean keep_eeprom;
	const struct loader_words *loader; /* NULL: no boot loader is looked for */
	struct boot_words boot;		   /* keep: the last image is the boot loader's */
	struct avr_plan plan;		   /* all but images and paths */

	/* Adds to the plan what depends on the target, which is in programming mode then;
	 * or NULL. The plan is checked after it. */
	gboolean (*complete)(struct call *call, struct avr *avr, const void *user,
			     struct avr_plan *plan, GError **error);
	/* Changes the images for this one target, before they are checked; or NULL. */
	gboolean (*patch)(struct call *call, struct avr *avr, const void *user,
			  struct call_images *images, GError **error);

	/* All is written and right, the target is still in reset; or NULL. */
	gboolean (*before_leave)(struct call *call, const void *user, GError **error);
	const void *user; /* belongs to the caller */
};

/* All that a write checks before it opens anything; for a named part, all that can be
 * checked without one. */
gboolean call_check_write(struct call *call, const struct write_request *request,
			  GError **error);

/* Opens, identifies, writes, reports, leaves, closes. */
gboolean call_write(struct call *call, const struct write_request *request,
		    GError **error);

/* The report of a write that has ended well. */
void call_tell_outcome(struct call *call, struct station *station,
		       const struct avr_plan *plan, const struct avr_outcome *outcome);

/* What files bring: flash and EEPROM from 0 on, NULL where there is nothing, and the part
 * that an ELF file says it was built for. */
struct call_images {
	struct image *flash;
	struct image *eeprom;
	struct image *boot; /* a whole file that waits for its boundary, or NULL */
	bool has_signature;
	uint8_t signature[3];
};

/* Files are merged; an overlap names both. Fuses in a file are not taken: a note says so.
 */
gboolean call_load_images(struct call *call, char **flash_paths, char **eeprom_paths,
			  struct call_images *images, GError **error);
void call_images_clear(struct call_images *images);

/* The memories of one file. Flash and EEPROM may be empty images. */
void call_images_split(const struct image *whole, struct call_images *images);

/* WRONG_PART when the files were built for another one. */
gboolean call_images_check(const struct call_images *images, const struct part *part,
			   GError **error);

/* A file, not there yet, to keep the EEPROM in over an erase; free with g_free. NULL with
 * IO when there is no place. The name is this process's until call_eeprom_release. */
char *call_eeprom_path(struct call *call, const struct part *part, GError **error);

/* All memories of the target into one file (docs/backup.md). */
gboolean call_backup(struct call *call, const char *path, GError **error);

struct restore_request {
	const char *path; /* of the backup */
	gboolean partial; /* also where the backup lacks memories */
	gboolean keep_eeprom;
	gboolean dry_run;
};

/* Makes the target what the file says; refuses what is not this part's. */
gboolean call_restore(struct call *call, const struct restore_request *request,
		      GError **error);
