/* SPDX-License-Identifier: MIT */
/*
 * What is different in each unit: a job's patches, worked out for one of them and put
 * into the images that will be written.
 */
#pragma once

#include "appliance/station/job.h"
#include "images/image.h"

/* What is known of the unit; NULL and 0 where it is not. */
struct unit {
	const char *serial; /* decimal digits, or a line of the list */
	uint64_t run;
	const char *calibration; /* hexadecimal */
	const char *uid;	 /* hexadecimal */
	const char *date;	 /* "2026-11-24"; NULL while the clock is not set */
};

/* The bytes of one patch. USAGE names the patch: a number too large for its bytes, a text
 * too long or with characters that the format cannot hold, something in braces that is
 * not known of this unit. */
GByteArray *patch_bytes(const struct job_patch *patch, const struct unit *unit,
			GError **error);

/*
 * New images with all patches put in (over what the image has there, or into a hole);
 * *flash and *eeprom may be NULL before, and are replaced where a patch has its place.
 * USAGE where a patch lies outside of the part's memory, or two of them overlap; nothing
 * is replaced then.
 */
gboolean unit_patch(const struct job *job, const struct unit *unit, struct image **flash,
		    struct image **eeprom, GError **error);

/* A unit with values as long as they can become, to check a job with. */
struct unit unit_example(const struct job *job);
