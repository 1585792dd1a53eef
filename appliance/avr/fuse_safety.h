/* SPDX-License-Identifier: MIT */
/*
 * Fuses that could lose the part: serial programming gone, or a clock that the board does
 * not give. Checked before anything is written; each danger is allowed by its own name.
 */
#pragma once

#include "appliance/avr/avr.h"
#include "appliance/parts/fields.h"

enum fuse_danger {
	FUSE_DANGER_SPIEN = 1u << 0,
	FUSE_DANGER_RSTDISBL = 1u << 1,
	FUSE_DANGER_DWEN = 1u << 2,
	FUSE_DANGER_CLOCK = 1u << 3,
	FUSE_DANGER_UNREACHABLE = 1u << 4, /* reach.h's, loses no part */
};

/* "rstdisbl" -> its bit; USAGE names those there are. */
gboolean fuse_danger_parse(const char *name, unsigned *dangers, GError **error);

/*
 * May these fuses follow the present ones? FUSE_UNSAFE says the consequence in words and
 * which option allows it. What the part has already, it cannot lose: unchanged bits are
 * never refused, and the clock it runs on now is there. `allowed` is a set of
 * fuse_danger.
 */
gboolean fuse_safety_check(const struct part *part, const uint8_t present[PART_MAX_FUSES],
			   const uint8_t wanted[PART_MAX_FUSES],
			   const struct avr_board_says *board, unsigned allowed,
			   GError **error);

/* The danger that a change of this field may be, by the name that --allow takes; NULL: no
 * value of it loses the part. Static. */
const char *fuse_danger_of_field(const struct part *part, const struct fuse_field *field);

/* Once these fuses act, nobody gets back in over ISP. */
bool fuses_end_serial_programming(const struct part *part,
				  const uint8_t fuses[PART_MAX_FUSES]);

/* Bits of this byte whose change could lose the part: they are written last. */
uint8_t fuse_dangerous_bits(const struct part *part, enum fuse_byte byte);
