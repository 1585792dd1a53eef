/* SPDX-License-Identifier: MIT */
/*
 * Key files that people write (GLib's format: [group], key=value, # comment), read so
 * that nothing in them is overlooked: every group and key must be known, none may be
 * given twice, and every error names file and line.
 *
 * What GKeyFile takes and this does not: keys of other than letters, digits, "-", "_" and
 * "." (so no translations, key[de]), blanks around a group's name.
 *
 * Order of calls: key_file_parse (or key_file_load), key_file_check, then any number of
 * key_file_get; key_file_free. Strings belong to the file. Values have their surrounding
 * blanks taken off; GLib's escapes (\s, \n, \\) are resolved.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#define KEY_FILE_MAX_BYTES (1u << 20)

struct key_file;

/* The keys of one group. */
struct key_file_group {
	const char *name; /* "pins"; "image *" is any group "image NAME" with a NAME; "*"
			     any group */
	const char *const *keys; /* ends with NULL; a key "*" takes any */
};

/* `name` is for messages. SIXPIN_ERROR_USAGE: "station.conf:12: expected ..., found ...".
 * Not UTF-8, a NUL byte, and more than KEY_FILE_MAX_BYTES are errors as well. */
struct key_file *key_file_parse(const char *name, const char *text, gsize n_bytes,
				GError **error);

/* The same of a file; IO where it cannot be read. */
struct key_file *key_file_load(const char *path, GError **error);
void key_file_free(struct key_file *file); /* NULL is allowed */

/* key_file_autofree struct key_file *file = key_file_load(path, error); -- freed at the
 * end of its scope. */
#define key_file_autofree __attribute__((cleanup(key_file_cleanup)))
static inline void key_file_cleanup(struct key_file **file)
{
	key_file_free(*file);
}

/* USAGE for a group or key that is not in the table (ends with a NULL name), naming its
 * line and the nearest that are, or all. Where two rows fit a group, the first is it. */
gboolean key_file_check(const struct key_file *file, const struct key_file_group *groups,
			GError **error);

/* Group names in the order of the file; ends with NULL, belongs to the file. */
const char *const *key_file_groups(const struct key_file *file);

/* Keys of a group in the order of the file; ends with NULL, belongs to the file; NULL
 * where there is no such group. */
const char *const *key_file_keys(const struct key_file *file, const char *group);

/* NULL where it is not given. */
const char *key_file_get(const struct key_file *file, const char *group, const char *key);

/* A value as it is written, so that key_file_get gives it back; of text without control
 * characters other than line ends and tabs. Free with g_free. */
char *key_file_escape(const char *value);

/* The line of a key, from 1; that of the group's head where key is NULL; 0 where there is
 * none. */
unsigned key_file_line(const struct key_file *file, const char *group, const char *key);

/* Puts "NAME:LINE: KEY: " in front of an error that reading a value has set; for a key
 * that is not given "NAME:LINE: [GROUP] KEY: " with the group's line, if it has one; for
 * a NULL key "NAME:LINE: [GROUP]: ". Always FALSE, to return. */
gboolean key_file_blame(const struct key_file *file, const char *group, const char *key,
			GError **error);

/* Sets SIXPIN_ERROR_USAGE with that prefix. Always FALSE. */
gboolean key_file_fail(const struct key_file *file, const char *group, const char *key,
		       GError **error, const char *format, ...) G_GNUC_PRINTF(5, 6);

/* Values of which every file has some. What is not given leaves *value as it is. USAGE
 * with file and line. */
gboolean key_file_get_bool(const struct key_file *file, const char *group,
			   const char *key, bool *value,
			   GError **error); /* yes, no (true, false, on, off, 1, 0) */
gboolean key_file_get_number(const struct key_file *file, const char *group,
			     const char *key, guint64 least, guint64 most, guint64 *value,
			     GError **error); /* decimal, 0x, 0b */
gboolean key_file_get_duration(const struct key_file *file, const char *group,
			       const char *key, guint64 least_us, guint64 most_us,
			       guint64 *value_us, GError **error); /* 250us, 20ms, 5s */
