/* SPDX-License-Identifier: MIT */
/*
 * What is on a chip, worked out from all that could be read of it: the clock, what the
 * fuses change, where reset goes, which parts of flash are used. Touches no target.
 */
#pragma once

#include "appliance/station/backup.h"

/* The instruction at the beginning of a section. */
enum vector_kind {
	VECTOR_ERASED, /* FFFF */
	VECTOR_JUMP,   /* rjmp or jmp */
	VECTOR_OTHER,
};

struct vector {
	enum vector_kind kind;
	uint16_t word;
	uint32_t target; /* of a jump: byte address */
};

/* Pages in a row that are not blank, from the first byte that is not FF to the last. */
struct flash_run {
	uint32_t address;
	uint32_t n_bytes;
};

/* `used_bytes` are those that are not FF. Both unknown while the chip cannot be read. */
struct flash_section {
	uint32_t address;
	uint32_t n_bytes; /* 0: there is no such section */
	uint32_t used_bytes;
	struct vector vector;
};

struct identity {
	const struct part *part;
	const struct part *candidates[PART_MAX_CANDIDATES]; /* the same signature */
	unsigned n_candidates;

	struct part_clock clock;
	struct part_clock factory_clock;
	bool has_factory_clock;		      /* both are the same */
	uint8_t fuse_changes[PART_MAX_FUSES]; /* bits that are not the factory's */

	/* As the fuses say. Below the boot section is the application; without one, it
	 * has all of the flash. */
	struct flash_section application;
	struct flash_section boot;
	uint32_t reset_address;
	bool boots_on_hwb; /* HWBE: also into the boot section, with the HWB pin low */

	bool readable; /* else all that follows is unknown */
	GArray *runs; /* of struct flash_run; none passes the start of the boot section */
	uint32_t eeprom_used_bytes;
	char *flash_digest; /* of all flash bytes, those of FF too; of two chips the same
			       if their flash is */
	char *boot_digest;  /* of the boot section moved to 0, likewise; NULL: there is
			       none */

	/* The known boot loader in flash, static; NULL: none is known. Whoever has a
	 * catalogue fills it in. */
	const char *boot_loader;
};

/* `backup` needs its bytes (backup_read_bytes); without its flash the chip counts as not
 * readable. Cleared with identity_clear. */
void identity_make(struct identity *identity, const struct part *part,
		   const struct backup *backup);
void identity_clear(struct identity *identity);

/* Lock bits in sentences, NULL-ended: first what is forbidden over ISP, then to programs
 * on the chip. Free with g_strfreev. */
char **lock_explain(const struct part *part, uint8_t lock);
