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
 * not known of this unit. Free with g_byte_array_unref. */
GByteArray *patch_bytes(const struct job_patch *patch, const struct unit *unit,
			GError **error);

/* Do so many bytes lie within the part's memory? USAGE names the patch. */
gboolean patch_check_place(const struct job_patch *patch, uint32_t n_bytes,
			   const struct part *part, GError **error);

/* Do two patches, of so many bytes, keep off each other? USAGE names both. */
gboolean patch_check_apart(const struct job_patch *a, uint32_t a_bytes,
			   const struct job_patch *b, uint32_t b_bytes, GError **error);

/*
 * New images with all patches put in (over what the image has there, or into a hole);
 * *flash and *eeprom may be NULL before, and are replaced where a patch has its place;
 * those that were there are freed. Addresses of both count from 0. USAGE where a patch
 * lies outside of the part's memory, or two of them overlap; nothing is replaced then.
 */
gboolean unit_patch(const struct job *job, const struct unit *unit, struct image **flash,
		    struct image **eeprom, GError **error);

/* A unit with values as long as they can become, to check a job with. Its serial is the
 * largest of a counter; of a list the longest line, once claim.serial_list has it. It
 * belongs to the job. */
struct unit unit_example(const struct job *job);

/* Does every line of a list (ends with NULL) fit into every patch? To be asked before a
 * number is taken: USAGE names the line and the patch. */
gboolean unit_check_serials(const struct job *job, const char *const *serials,
			    GError **error);
