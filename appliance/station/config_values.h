/* SPDX-License-Identifier: MIT */
/* The kinds of values that station.conf has. For config.c. */
#pragma once

#include "appliance/base/key_file.h"
#include "appliance/station/config.h"

struct setting;

struct setting_kind {
	/* Takes the key's value, which is given, into the configuration. */
	gboolean (*read)(const struct setting *setting, const struct key_file *file,
			 struct station_config *config, GError **error);

	/* The value as it is written. Free with g_free. */
	char *(*format)(const struct setting *setting,
			const struct station_config *config);
};

struct setting {
	const char *group;
	const char *key;
	const struct setting_kind *kind;
	size_t value; /* where struct station_config has it */
	size_t has;   /* optional lines: where it says that there is one; or ALWAYS */
	guint64 least, most; /* numbers, bytes; durations in us */
	guint64 unit_us;     /* durations: of what is kept; a multiple is expected */
};

#define ALWAYS SIZE_MAX

extern const struct setting_kind setting_name;
extern const struct setting_kind setting_programmer;
extern const struct setting_kind setting_port; /* "auto" is NULL */
extern const struct setting_kind setting_chip; /* "auto" is NULL */
extern const struct setting_kind setting_folder;
extern const struct setting_kind setting_bool;
extern const struct setting_kind setting_line; /* with `has`, "none" as well */
extern const struct setting_kind setting_input;
extern const struct setting_kind setting_number;   /* guint64 */
extern const struct setting_kind setting_bytes;	   /* guint64 */
extern const struct setting_kind setting_duration; /* unsigned */
extern const struct setting_kind setting_wait;	   /* guint64 of us */
extern const struct setting_kind setting_span;	   /* guint64 of s */
extern const struct setting_kind setting_user;	   /* of the system */

/* Where a value is. */
static inline void *setting_at(const struct station_config *config, size_t offset)
{
	return (char *)config + offset;
}
