/* SPDX-License-Identifier: MIT */
/* Fuses as people read them: byte by byte, then field by field in words. */
#pragma once

#include "appliance/commands/call.h"

/* What fuses are held against; a field that differs is marked. */
struct fuse_reference {
	const char *name; /* "factory": also the name of a JSON member */
	const uint8_t *fuses;
};

/* Lines for people; for --json "fuses", the reference's bytes, "clock" and "fields". */
void call_tell_fuses(struct call *call, const struct part *part,
		     const uint8_t fuses[PART_MAX_FUSES],
		     const struct fuse_reference *reference);

/* The fields whose value changes, before and after; "changes" for --json. */
void call_tell_fuse_changes(struct call *call, const struct part *part,
			    const uint8_t before[PART_MAX_FUSES],
			    const uint8_t after[PART_MAX_FUSES]);
