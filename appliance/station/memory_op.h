/* SPDX-License-Identifier: MIT */
/*
 * avrdude's memory operations, "-U memory:op:file[:format]", as every guide writes them
 * (avrdude manual, section 2.1, Option Descriptions).
 */
#pragma once

#include "appliance/station/memories.h"
#include "images/image.h"

struct memory_op {
	enum memory_kind memory;
	char op;     /* r, w or v */
	char *file;  /* or, with format m, the bytes themselves */
	char format; /* i s r e m h d b a */
	char *text;  /* as it was given, for messages */
};

/* USAGE names the word that is wrong. `op` is cleared with memory_op_clear. */
gboolean memory_op_parse(const char *text, struct memory_op *op, GError **error);
void memory_op_clear(struct memory_op *op);

/* Does a write or verify take its bytes from a file, or are they given in its place?
 * `exists`: there is a file of that name. */
bool memory_op_needs_file(const struct memory_op *op, bool exists);

/*
 * What a write or verify brings: addresses from 0, and for memories of more bytes than
 * one, holes where the file has them. `content` is the file's, NULL where none is needed.
 */
struct image *memory_op_load(const struct memory_op *op, const GByteArray *content,
			     GError **error);

/* The part that the file says it was built for, if it does. */
bool memory_op_signature(const struct memory_op *op, const GByteArray *content,
			 uint8_t signature[3]);

/* The one byte of a fuse or of the lock bits. */
gboolean memory_op_load_byte(const struct memory_op *op, const GByteArray *content,
			     uint8_t *value, GError **error);

/* What was read, as a file: trailing 0xFF of flash is left out, as avrdude does. Free
 * with g_bytes_unref. */
GBytes *memory_op_format(const struct memory_op *op, const uint8_t *data,
			 uint32_t n_bytes, GError **error);
