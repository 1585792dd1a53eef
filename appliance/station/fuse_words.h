/* SPDX-License-Identifier: MIT */
/*
 * Changes to fuses as people write them: bytes and fields, mixed, on top of what is
 * there. "low=E2,bootsz=2048w" changes the low byte and two bits of another; nothing
 * else.
 */
#pragma once

#include "appliance/parts/fields.h"

/* Starts as { 0 }: nothing changes. */
struct fuse_edit {
	uint8_t mask[PART_MAX_FUSES]; /* bits that are said */
	uint8_t bits[PART_MAX_FUSES]; /* what they shall be; 0 outside the mask */
	bool has_byte[PART_MAX_FUSES];
	uint8_t field_mask[PART_MAX_FUSES]; /* of the mask, what fields said */
};

/*
 * Adds words, separated by commas: BYTE=HEX or FIELD=VALUE. USAGE for what the part does
 * not have (naming what it has), for a byte or a field given twice, and where a byte and
 * a field contradict each other.
 */
gboolean fuse_edit_parse(const struct part *part, const char *words,
			 struct fuse_edit *edit, GError **error);

void fuse_edit_apply(const struct fuse_edit *edit, uint8_t fuses[PART_MAX_FUSES]);
