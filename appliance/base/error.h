/* SPDX-License-Identifier: MIT */
/*
 * The one error domain of Sixpin.
 *
 * A code says what the operator does next, not which function failed; the text of the
 * GError says where, what was expected, what was found and how to mend it. Fallible
 * functions return gboolean (or a pointer), take GError **error last and set it only on
 * failure. Each layer prefixes what it was doing (g_prefix_error).
 */
#pragma once

#include <glib.h>

#define SIXPIN_ERROR (sixpin_error_quark())

enum sixpin_error {
	SIXPIN_ERROR_USAGE,	    /* the command line or a setting is wrong */
	SIXPIN_ERROR_NO_PROGRAMMER, /* nothing there that could drive the wires */
	SIXPIN_ERROR_NO_TARGET,	    /* nobody answers on the wires */
	SIXPIN_ERROR_WRONG_PART,    /* another part than the one asked for answers */
	SIXPIN_ERROR_IMAGE,	    /* a file that cannot be used */
	SIXPIN_ERROR_FUSE_UNSAFE,   /* fuses that could lose the part */
	SIXPIN_ERROR_LOCKED,	    /* lock bits forbid it */
	SIXPIN_ERROR_VERIFY,	    /* read back and found different */
	SIXPIN_ERROR_IO,	    /* the wires, the kernel or a file failed */
	SIXPIN_ERROR_BUSY,	    /* somebody else is using it */
	SIXPIN_ERROR_CANCELLED,	    /* stopped by the user */
	SIXPIN_ERROR_STORE,	    /* the journal or the image store failed */
	SIXPIN_ERROR_DENIED,	    /* not without a user of the station who may */
	SIXPIN_N_ERRORS
};

/* What every face of Sixpin shows for one code. All strings are static. */
struct error_kind {
	const char *code; /* "NO_TARGET": JSON and D-Bus */
	int exit_status;  /* of the command line; 1 is left to errors of other domains */
	unsigned blinks;  /* of the fail LED */
	const char *advice; /* one sentence: what to do next */
};

GQuark sixpin_error_quark(void);

/* The row of an error; errors of other domains are shown as IO. Never NULL. */
const struct error_kind *error_kind_of(const GError *error);

/* "NO_TARGET" -> its code; a name that is none of ours is IO. */
enum sixpin_error error_code_find(const char *name);

/* The row of a code. */
const struct error_kind *error_kind(enum sixpin_error code);
