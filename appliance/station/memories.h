/* SPDX-License-Identifier: MIT */
/* The memories of an AVR by name: how large each is, and reading one. */
#pragma once

#include "appliance/avr/avr.h"

enum memory_kind {
	MEMORY_FLASH,
	MEMORY_EEPROM,
	MEMORY_LFUSE,
	MEMORY_HFUSE,
	MEMORY_EFUSE,
	MEMORY_LOCK,
	MEMORY_SIGNATURE,
	MEMORY_CALIBRATION,
	N_MEMORIES
};

/* avrdude's names, and "fuse" for the one of parts that have one. USAGE lists them. */
gboolean memory_find(const char *name, enum memory_kind *kind, GError **error);
const char *memory_name(enum memory_kind kind);

/* 0 where the part has none. */
uint32_t memory_n_bytes(enum memory_kind kind, const struct part *part);

/* The bits of each byte that exist: fuses and lock bits are compared under it. */
uint8_t memory_mask(enum memory_kind kind, const struct part *part);

/* Reads all of it, and again: a flipped bit makes what was read worthless (VERIFY).
 * LOCKED where lock bits forbid it. Free with g_free. */
uint8_t *memory_read(struct avr *avr, enum memory_kind kind, uint32_t *n_bytes,
		     GError **error);

/* LOCKED when flash and EEPROM do not read. */
gboolean check_readable(struct avr *avr, GError **error);
