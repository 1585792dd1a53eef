/* SPDX-License-Identifier: MIT */
/*
 * Fuses with meaning: the bits of a part gathered into fields (clock, brown-out level,
 * boot size, ...) whose values have words. Every bit that a part has is in exactly one
 * field.
 *
 * A field's number is what the data sheet writes: its bits from the highest to the
 * lowest, 0 where a bit is programmed. A field without a table of values takes any
 * number.
 */
#pragma once

#include "appliance/parts/part.h"

#define FUSE_FIELD_MAX_BITS 6
#define FUSE_MAX_FIELDS	    (PART_MAX_FUSES * 8)

struct fuse_value {
	unsigned value;
	const char *word;   /* as typed: "2.7v", "on"; one word in a field's table */
	const char *text;   /* as shown: "2.7 V" */
	const char *alias;  /* another word for it, or NULL */
	bool at_boot_start; /* the text goes on with the address of the boot section */
};

struct fuse_bit {
	uint8_t byte; /* enum fuse_byte */
	uint8_t bit;
};

struct fuse_field {
	char name[16];	   /* "bodlevel" */
	const char *alias; /* "sut_cksel" for "clock"; or NULL */
	const char *title; /* "Brown-out level" */
	unsigned n_bits;
	struct fuse_bit bits[FUSE_FIELD_MAX_BITS]; /* the highest first */
	const struct fuse_value *values; /* up to one without a word; NULL: any number */
	const char *source;		 /* data sheet and table */
};

/* The part's fields in the order to show them; their number is returned. */
unsigned fuse_fields(const struct part *part, struct fuse_field fields[FUSE_MAX_FIELDS]);

/* By name or alias, in any case. USAGE lists those that the part has, after its bytes. */
gboolean fuse_field_find(const struct part *part, const char *name,
			 struct fuse_field *field, GError **error);

unsigned fuse_field_get(const struct fuse_field *field,
			const uint8_t fuses[PART_MAX_FUSES]);
void fuse_field_set(const struct fuse_field *field, unsigned value,
		    uint8_t fuses[PART_MAX_FUSES]);

/* The table's line for a number; NULL where the data sheet has none (reserved). */
const struct fuse_value *fuse_field_value(const struct fuse_field *field, unsigned value);

/* A word, its alias, or a number that the table has (decimal, 0x, 0b). USAGE lists what
 * is allowed: the words that begin like `text`, if any do, else all. */
gboolean fuse_field_parse(const struct fuse_field *field, const char *text,
			  unsigned *value, GError **error);

/* "2.7v"; a plain number where there is no word. Free with g_free. */
char *fuse_field_word(const struct fuse_field *field, unsigned value);

/* "2048 words (4096 bytes) at 0x7000": what the field says under these fuses. Free with
 * g_free. */
char *fuse_field_describe(const struct part *part, const struct fuse_field *field,
			  const uint8_t fuses[PART_MAX_FUSES]);
