/* SPDX-License-Identifier: MIT */
/* Inside of job.c: reading a job's groups into it. Errors are USAGE with file and line;
 * the file is checked against job_groups already. */
#pragma once

#include "appliance/station/job.h"

/* [job]: first, as the others need the part. */
gboolean job_read_head(struct job *job, const struct key_file *file, GError **error);

/* [image NAME], [eeprom NAME], [eeprom] */
gboolean job_read_images(struct job *job, const struct key_file *file, GError **error);

/* [fuses], [lock] */
gboolean job_read_fuses(struct job *job, const struct key_file *file, GError **error);

/* [limits], [power], [after] */
gboolean job_read_limits(struct job *job, const struct key_file *file, GError **error);

/* [serial], [patch NAME]: last, as they are held against all that is written. */
gboolean job_read_units(struct job *job, const struct key_file *file, GError **error);

/* For one key: reads its text into the job; its error has no place yet. */
struct job_key {
	const char *name;
	gboolean (*read)(struct job *job, const char *text, GError **error);
};

/* Those of the group that are given; keys end with a NULL name. */
gboolean job_read_keys(struct job *job, const struct key_file *file, const char *group,
		       const struct job_key *keys, GError **error);

/* Sets "expected ..., found "TEXT"". Always FALSE. */
gboolean job_expected(const char *expected, const char *found, GError **error);

/* Puts the key's place in front of an error, which becomes USAGE. Always FALSE. */
gboolean job_blame(const struct key_file *file, const char *group, const char *key,
		   GError **error);

/* 64 hexadecimal digits; *digest gets them in lower case. No error where it is not given.
 */
gboolean job_read_digest(const struct key_file *file, const char *group, char **digest,
			 GError **error);

/* NAME of "KIND NAME", NULL where the group is of another kind. USAGE for a name that is
 * no good. */
const char *job_group_name(const char *group, const char *kind);
gboolean job_check_group_name(const struct key_file *file, const char *group,
			      const char *name, const GPtrArray *names, GError **error);

void job_image_free(void *image);
void job_patch_free(void *patch);
