/* SPDX-License-Identifier: MIT */
/* The table that maps an error code to exit status, JSON code, blinks and advice. */
#include "appliance/base/error.h"

#include <string.h>

G_DEFINE_QUARK(sixpin - error - quark, sixpin_error)

static const struct error_kind kinds[SIXPIN_N_ERRORS] = {
	[SIXPIN_ERROR_USAGE] = { "USAGE", 2, 12,
				 "Correct the command or setting named above." },
	[SIXPIN_ERROR_NO_PROGRAMMER] = { "NO_PROGRAMMER", 3, 2,
					 "Attach the programmer, or name it." },
	[SIXPIN_ERROR_NO_TARGET] = { "NO_TARGET", 4, 3,
				     "Check target power, the plug's orientation and wiring." },
	[SIXPIN_ERROR_WRONG_PART] = { "WRONG_PART", 5, 4,
				      "Check that this is the board the job is for." },
	[SIXPIN_ERROR_IMAGE] = { "IMAGE", 6, 5, "Build or export the image file again." },
	[SIXPIN_ERROR_FUSE_UNSAFE] = { "FUSE_UNSAFE", 7, 6,
				       "Correct the fuses, or allow the danger by name." },
	[SIXPIN_ERROR_LOCKED] = { "LOCKED", 8, 7,
				  "Erase the part, if what it holds may go." },
	[SIXPIN_ERROR_VERIFY] = { "VERIFY", 9, 8,
				  "Check that it is the right file; then shorten the wires or lower SCK." },
	[SIXPIN_ERROR_IO] = { "IO", 10, 9,
			      "Check the path, cables and permissions, then try again." },
	[SIXPIN_ERROR_BUSY] = { "BUSY", 11, 10,
				"Wait, or stop the program that holds it." },
	[SIXPIN_ERROR_CANCELLED] = { "CANCELLED", 12, 1,
				     "The target is not finished: run the job again." },
	[SIXPIN_ERROR_STORE] = { "STORE", 13, 11, "Free or replace the storage." },
	[SIXPIN_ERROR_DENIED] = { "DENIED", 14, 13,
				  "Log in, or ask an engineer of this station." },
};

const struct error_kind *error_kind(enum sixpin_error code)
{
	g_assert(code < SIXPIN_N_ERRORS);
	return &kinds[code];
}

const struct error_kind *error_kind_of(const GError *error)
{
	if (error->domain == SIXPIN_ERROR)
		return error_kind(error->code);
	return error_kind(SIXPIN_ERROR_IO);
}

enum sixpin_error error_code_find(const char *name)
{
	for (unsigned code = 0; code < SIXPIN_N_ERRORS; code++)
		if (strcmp(kinds[code].code, name) == 0)
			return code;
	return SIXPIN_ERROR_IO;
}
