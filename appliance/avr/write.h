/* SPDX-License-Identifier: MIT */
/*
 * A whole write, in the one order that loses nothing: erase, flash, verify, signature
 * again, EEPROM, fuses (those that can lose the part last), re-entry at an SCK that suits
 * the new clock with signature and fuses read once more, lock, lock read back.
 */
#pragma once

#include "appliance/avr/avr.h"

struct avr_plan {
	const struct image *flash;  /* NULL: not written; addresses from 0 */
	const struct image *eeprom; /* NULL: not written; addresses from 0 */
	bool erase;
	bool verify; /* false: what comes of it is not called verified */
	bool has_fuse[PART_MAX_FUSES];
	uint8_t fuses[PART_MAX_FUSES];
	bool has_lock;
	uint8_t lock;
	unsigned allowed_dangers;

	/* A file to keep the EEPROM in over an erase that would lose it (EESAVE is off);
	 * written and synced before the erase, removed at the end of a run without error.
	 * NULL: not kept. */
	const char *keep_eeprom_path;

	bool dry_run; /* all checks, then nothing */
};

struct avr_outcome {
	bool verified; /* all that was written was read back and is right; false where
			  nothing was written but an erase */
	uint8_t fuses_before[PART_MAX_FUSES];
	uint8_t fuses_after[PART_MAX_FUSES];
	uint8_t lock_after;
	bool eeprom_erased;  /* went with the chip erase */
	bool eeprom_carried; /* over the erase, and is right again */
	unsigned recoveries;
	unsigned sck_hz; /* that the memories were written at */
};

/* Does the plan fit the part? Needs no target: IMAGE and USAGE errors name address and
 * limit. */
gboolean avr_plan_check(const struct part *part, const struct avr_plan *plan,
			GError **error);

/* After avr_enter and avr_identify; avr_leave stays the caller's. */
gboolean avr_write(struct avr *avr, const struct avr_plan *plan,
		   struct avr_outcome *outcome, GError **error);
