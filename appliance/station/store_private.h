/* SPDX-License-Identifier: MIT */
/* Inside of the store: its folders, and what its files share. */
#pragma once

#include "appliance/station/store.h"

struct store {
	GMutex lock; /* one call at a time: what a call looked up holds until it ends */
	char *folder;
	char *jobs;
	char *images;
	GHashTable *known; /* name -> what is known of its content; store_content.c */
};

/* What is known of a file's content. */
struct store_content {
	char *digest;
	const char *format;
	guint64 n_items; /* bytes of an image, numbers of a list */
	guint64 file_bytes;
};

#define STORE_LIST_FORMAT "list"

/* Of an image, or a list by its name. USAGE, IMAGE. */
gboolean store_inspect(const char *name, const GByteArray *bytes,
		       struct store_content *content, GError **error);
void store_content_clear(struct store_content *content);

/* IO becomes STORE, with what to do about it. Always FALSE. */
gboolean store_blame(const char *remedy, GError **error);

#define STORE_REMEDY_WRITE \
	"free space there, and let the user that Sixpin runs as write into the folder"
#define STORE_REMEDY_READ "let the user that Sixpin runs as read it"

/* Names in a folder, by numbers in them, without those that begin with a dot. Free with
 * g_strfreev. */
char **store_read_folder(const char *folder, GError **error);

/* USAGE: "there is no WHAT "NAME"; nearest: ...". Always FALSE. */
gboolean store_fail_missing(const char *what, const char *name, char **names,
			    GError **error);

/* Letters in any case, numbers by value: "job2" before "job10". */
int store_compare_names(const char *a, const char *b);

/* A name as a message can show it: UTF-8, on one line, not too long. Free with g_free. */
char *store_show_name(const char *name);

/* Below: the lock is the caller's. */

/* As store_list_jobs and store_get_job. */
char **store_read_job_ids(const struct store *store, GError **error);
struct job *store_read_job(const struct store *store, const char *id, GError **error);

/* As store_inspect, of a file that is kept: what was looked into once is not read again
 * while inode, size and time of change are the same. *content stays the store's. */
gboolean store_look_into(struct store *store, const char *name,
			 const struct store_content **content, GError **error);

/* Nothing is known any more of other names than these. */
void store_forget_others(struct store *store, char **names);

/* All jobs (struct job *) that parse: others use nothing. Free with g_ptr_array_unref. */
GPtrArray *store_read_jobs(const struct store *store, GError **error);

/* Does the job use an image or list of this name? */
bool store_is_used_by(const struct job *job, const char *name);

/* The digest that a job has for an image or list of this name; NULL where it is not
 * pinned or not used. */
const char *store_pinned_digest(const struct job *job, const char *name);

/* Lines of a list, as store_load_serial_list. */
char **store_parse_list(const char *name, const GByteArray *bytes, GError **error);
