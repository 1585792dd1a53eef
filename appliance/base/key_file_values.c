/* SPDX-License-Identifier: MIT */
/* What a key file may have, by tables, and the kinds of values that every file has. */
#include <string.h>

#include "appliance/base/key_file.h"
#include "appliance/base/nearest.h"
#include "appliance/base/units.h"

static bool is_of_group(const char *pattern, const char *name)
{
	size_t length = strlen(pattern);

	if (length == 0 || pattern[length - 1] != '*')
		return strcmp(pattern, name) == 0;
	return strncmp(pattern, name, length - 1) == 0 && name[length - 1] != '\0' &&
	       name[length - 1] != ' ';
}

static const struct key_file_group *find_group(const struct key_file_group *groups,
					       const char *name)
{
	for (; groups->name; groups++)
		if (is_of_group(groups->name, name))
			return groups;
	return NULL;
}

static bool has_key(const struct key_file_group *group, const char *key)
{
	for (const char *const *known = group->keys; *known; known++)
		if (strcmp(*known, key) == 0 || strcmp(*known, "*") == 0)
			return true;
	return false;
}

/* The nearest, or all where none is near. Free with g_free. */
static char *propose(const struct nearest *nearest, const GString *all)
{
	return nearest->names[0] ? nearest_text(nearest)
				 : g_strdup_printf("; there is %s", all->str);
}

static const char *comma(const GString *list)
{
	return list->len ? ", " : "";
}

static gboolean fail_group(const struct key_file *file, const char *name,
			   const struct key_file_group *groups, GError **error)
{
	g_autoptr(GString) all = g_string_new(NULL);
	struct nearest nearest = { 0 };
	g_autofree char *proposal = NULL;

	for (; groups->name; groups++) {
		nearest_add(&nearest, name, groups->name,
			    nearest_distance(name, groups->name));
		g_string_append_printf(all, "%s[%s]", comma(all), groups->name);
	}
	proposal = propose(&nearest, all);
	return key_file_fail(file, name, NULL, error, "no such group%s", proposal);
}

/* The group that has the key that was looked for in another, or NULL. */
static const char *group_with(const struct key_file_group *groups, const char *key)
{
	for (; groups->name; groups++)
		for (const char *const *known = groups->keys; *known; known++)
			if (strcmp(*known, key) == 0)
				return groups->name;
	return NULL;
}

static gboolean fail_key(const struct key_file *file, const char *name, const char *key,
			 const struct key_file_group *group,
			 const struct key_file_group *groups, GError **error)
{
	g_autoptr(GString) all = g_string_new(NULL);
	struct nearest nearest = { 0 };
	const char *elsewhere = group_with(groups, key);
	g_autofree char *proposal = NULL;

	if (elsewhere)
		return key_file_fail(file, name, key, error,
				     "no key of [%s]; it belongs to [%s]", name,
				     elsewhere);
	for (const char *const *known = group->keys; *known; known++) {
		nearest_add(&nearest, key, *known, nearest_distance(key, *known));
		g_string_append_printf(all, "%s%s", comma(all), *known);
	}
	proposal = propose(&nearest, all);
	return key_file_fail(file, name, key, error, "no key of [%s]%s", name, proposal);
}

static gboolean check_group(const struct key_file *file, const char *name,
			    const struct key_file_group *groups, GError **error)
{
	const struct key_file_group *group = find_group(groups, name);
	const char *const *keys = key_file_keys(file, name);

	if (!group)
		return fail_group(file, name, groups, error);
	for (; *keys; keys++)
		if (!has_key(group, *keys))
			return fail_key(file, name, *keys, group, groups, error);
	return TRUE;
}

gboolean key_file_check(const struct key_file *file, const struct key_file_group *groups,
			GError **error)
{
	for (const char *const *name = key_file_groups(file); *name; name++)
		if (!check_group(file, *name, groups, error))
			return FALSE;
	return TRUE;
}

static const struct {
	const char *text;
	bool value;
} bools[] = {
	{ "yes", true }, { "no", false },  { "true", true }, { "false", false },
	{ "on", true },	 { "off", false }, { "1", true },    { "0", false },
};

gboolean key_file_get_bool(const struct key_file *file, const char *group,
			   const char *key, bool *value, GError **error)
{
	const char *text = key_file_get(file, group, key);

	if (!text)
		return TRUE;
	for (unsigned i = 0; i < G_N_ELEMENTS(bools); i++)
		if (g_ascii_strcasecmp(bools[i].text, text) == 0) {
			*value = bools[i].value;
			return TRUE;
		}
	return key_file_fail(file, group, key, error, "expected yes or no, found \"%s\"",
			     text);
}

gboolean key_file_get_number(const struct key_file *file, const char *group,
			     const char *key, guint64 least, guint64 most, guint64 *value,
			     GError **error)
{
	const char *text = key_file_get(file, group, key);
	uint64_t number;

	if (!text)
		return TRUE;
	if (!parse_number(text, key, most, &number, NULL) || number < least)
		return key_file_fail(file, group, key, error,
				     "expected a number from %" G_GUINT64_FORMAT
				     " to %" G_GUINT64_FORMAT ", found \"%s\"",
				     least, most, text);
	*value = number;
	return TRUE;
}

gboolean key_file_get_duration(const struct key_file *file, const char *group,
			       const char *key, guint64 least_us, guint64 most_us,
			       guint64 *value_us, GError **error)
{
	const char *text = key_file_get(file, group, key);
	g_autofree char *least = format_duration(least_us);
	g_autofree char *most = format_duration(most_us);
	uint64_t us;

	if (!text)
		return TRUE;
	if (!parse_duration(text, &us) || us < least_us || us > most_us)
		return key_file_fail(file, group, key, error,
				     "expected a time from %s to %s, as in 250us, 20ms "
				     "or 5s, found \"%s\"",
				     least, most, text);
	*value_us = us;
	return TRUE;
}

static bool is_blank_at_edge(const char *value, const char *at)
{
	return *at == ' ' && (at == value || at[1] == '\0');
}

char *key_file_escape(const char *value)
{
	static const char special[] = "\n\r\t\\";
	static const char *const escapes[] = { "\\n", "\\r", "\\t", "\\\\" };
	GString *text = g_string_new(NULL);

	for (const char *at = value; *at; at++) {
		const char *found = strchr(special, *at);

		if (found)
			g_string_append(text, escapes[found - special]);
		else if (is_blank_at_edge(value, at))
			g_string_append(text, "\\s");
		else
			g_string_append_c(text, *at);
	}
	return g_string_free(text, FALSE);
}
