/* SPDX-License-Identifier: MIT */
/*
 * A backup: all memories of one chip, and the one image that holds them at avr-gcc's
 * addresses (docs/backup.md).
 *
 * Keeping: backup_read from an identified target, backup_to_image, image_save. Bringing
 * back: image_load, backup_from_image, backup_check, then avr_write with backup_plan. A
 * backup is cleared on every path.
 */
#pragma once

#include "appliance/avr/write.h"

#define BACKUP_MAX_CALIBRATION 4

/* What is missing is NULL, false or 0. */
struct backup {
	struct image *flash;  /* addresses from 0 */
	struct image *eeprom; /* addresses from 0 */
	bool has_fuse[PART_MAX_FUSES];
	uint8_t fuses[PART_MAX_FUSES];
	bool has_lock;
	uint8_t lock;
	bool has_signature;
	uint8_t signature[3]; /* in the part's order */
	unsigned n_calibration;
	uint8_t calibration[BACKUP_MAX_CALIBRATION];
};

/*
 * All memories of the target. Flash and EEPROM are read and then compared with a second
 * reading: VERIFY when they do not settle. LOCKED when lock bits forbid reading.
 */
gboolean backup_read(struct backup *backup, struct avr *avr, GError **error);

/* Its two halves: what a locked part tells as well, and flash and EEPROM. */
gboolean backup_read_bytes(struct backup *backup, struct avr *avr, GError **error);
gboolean backup_read_memories(struct backup *backup, struct avr *avr, GError **error);

void backup_clear(struct backup *backup);

/* All that the backup has, in one image. Free with image_free. */
struct image *backup_to_image(const struct backup *backup);

/* Takes an image apart. IMAGE names bytes that belong to no memory, or says that there is
 * nothing to write. */
gboolean backup_from_image(struct backup *backup, const struct image *image,
			   GError **error);

/* Is it this part's? WRONG_PART by the signature, where the backup has one; IMAGE when it
 * has more than the part. */
gboolean backup_check(const struct backup *backup, const struct part *part,
		      GError **error);

/* What it takes to bring all of the part back, and the backup has not: "32640 bytes of
 * flash, EEPROM, lock bits"; NULL when nothing is missing. Free with g_free. */
char *backup_missing(const struct backup *backup, const struct part *part);

/* Fills in what is written, in what the plan does not say yet. Flash is erased first; a
 * backup without flash erases nothing. Images stay the backup's. */
void backup_plan(const struct backup *backup, struct avr_plan *plan);
