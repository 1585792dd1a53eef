/* SPDX-License-Identifier: MIT */
/* A patch's value with its words in braces worked out for one unit. */
#pragma once

#include "appliance/station/unit.h"

/* USAGE, without the patch's name, for a word that there is not or that this unit does
 * not have. A patch that writes a number takes only words that are plain numbers: digits
 * that could be hexadecimal would be read wrong by chance. Free with g_free. */
char *unit_text(const struct job_patch *patch, const struct unit *unit, GError **error);

/* Is it a number, decimal or 0x hexadecimal? */
bool unit_is_number(const char *text, uint64_t *value);

/* Does the value have a word in braces of this name? */
bool unit_text_uses(const char *value, const char *name);

/* Does the patch write a number, in little or big endian? */
bool patch_writes_number(const struct job_patch *patch);
