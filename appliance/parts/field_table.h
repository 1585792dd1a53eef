/* SPDX-License-Identifier: MIT */
/* What fields there are, as data: for fields.c; others ask fuse_fields(). */
#pragma once

#include "appliance/parts/fields.h"

struct clock_family;

/*
 * A field of every part that has all of its bits and meets the conditions. The first line
 * that fits takes the bits.
 */
struct field_line {
	const char *name;
	const char *title;
	const char *bits[FUSE_FIELD_MAX_BITS]; /* names, the highest first */
	const struct fuse_value *values;
	const char *source;
	const char *alias;

	/* Conditions; zero: any part. */
	const struct clock_family *clocks;
	const char *parts; /* patterns with a space between: "ATmega*U4 AT90USB64?" */
	uint16_t boot_bytes_min;
};

/* Each ends with a line that has no name. */
extern const struct field_line field_lines_clock[];
extern const struct field_line field_lines_brown_out[];
extern const struct field_line field_lines_boot[];
extern const struct field_line field_lines_single[];
