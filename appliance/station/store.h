/* SPDX-License-Identifier: MIT */
/*
 * The station's jobs and images: jobs/ID.job and images/NAME in its folder, plain files
 * that people may look at, copy and put there. All is written whole or not at all and
 * synced, with the folder. Names that begin with a dot are those of files being written.
 * Any thread may call.
 *
 * Errors: STORE where the folder cannot be used (path, reason, remedy), USAGE for names,
 * IMAGE for content.
 */
#pragma once

#include <gio/gio.h>

#include "appliance/station/job.h"
#include "images/image.h"

struct store;

/* Makes the folders that are missing. */
struct store *store_open(const char *folder, GError **error);
void store_close(struct store *store); /* NULL is allowed */

/* Is it a name that an image or list may have: ASCII letters, digits and . _ + - ( )
 * blank; at most 100 bytes; no dot, blank or - (an option's) first, no blank last? USAGE.
 */
gboolean store_check_image_name(const char *name, GError **error);

/* Names that end in ".txt" are those of lists of serial numbers, all others of images. */
bool store_is_list(const char *name);

/*
 * Keeps an image or a list of serial numbers under a name. The first must be readable as
 * an image, the second as store_load_serial_list reads it (USAGE). *digest (free with
 * g_free, may be NULL): image_digest, for a list the SHA-256. The same content under the
 * same name is fine; other content needs `replace` (USAGE), and is refused while a job
 * pins the old one, naming the job.
 */
gboolean store_add_image(struct store *store, const char *name, GBytes *content,
			 bool replace, char **digest, GError **error);

/* The file's path, free with g_free. USAGE names the nearest where there is none. */
char *store_image_path(struct store *store, const char *name, GError **error);

/* Refused while a job uses it, naming the job. */
gboolean store_remove_image(struct store *store, const char *name, GError **error);

/* aa{sv} by name: name (s), digest (s), format (s; "list" for one of serial numbers),
 * file_bytes (t), bytes (t; of a list numbers (t)), used_by (as); where it cannot be
 * used: name, error (s), used_by. */
GVariant *store_list_images(struct store *store, GError **error);

/* Keeps a job's text, which must parse; `replace` or USAGE where there is another of that
 * name. Its images need not be there yet. */
gboolean store_put_job(struct store *store, const char *id, const char *text,
		       bool replace, GError **error);

/* Reads and parses. USAGE names the nearest where there is none. Free with job_free. */
struct job *store_get_job(struct store *store, const char *id, GError **error);
gboolean store_remove_job(struct store *store, const char *id, GError **error);

/* Ids in the order in which the panel counts them (from 1): by name, numbers in names by
 * value. Files that do not parse are among them. Free with g_strfreev. */
char **store_list_jobs(struct store *store, GError **error);

/* Lines of a serial list, without blanks around them: blank lines and those that begin
 * with # left out. USAGE with the line for a number that stands twice, for what is no
 * text, and for a list without any number. *digest as store_add_image. Free with
 * g_strfreev. */
char **store_load_serial_list(struct store *store, const char *name, char **digest,
			      GError **error);
