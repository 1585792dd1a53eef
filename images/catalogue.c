/* SPDX-License-Identifier: MIT */
/* Finding the catalogue and what is in it. */
#include "images/catalogue.h"

#include <string.h>

#include "appliance/base/error.h"
#include "appliance/base/nearest.h"
#include "appliance/base/units.h"

#define PROGRAM	       "/proc/self/exe"
#define INSTALLED_PATH "/usr/share/sixpin/catalogue.conf"

/* Beside build/sixpin and beside the sanitized build, one folder deeper. */
static const char *const source_trees[] = { "..", "../.." };

char *catalogue_path(void)
{
	const char *named = g_getenv("SIXPIN_CATALOGUE");
	g_autofree char *program = g_file_read_link(PROGRAM, NULL);
	g_autofree char *folder = program ? g_path_get_dirname(program) : NULL;

	if (named)
		return g_strdup(named);
	for (unsigned i = 0; folder && i < G_N_ELEMENTS(source_trees); i++) {
		g_autofree char *tree = g_canonicalize_filename(source_trees[i], folder);
		g_autofree char *path =
			g_build_filename(tree, "images", "catalogue.conf", NULL);

		if (g_file_test(path, G_FILE_TEST_IS_REGULAR))
			return g_steal_pointer(&path);
	}
	return g_strdup(INSTALLED_PATH);
}

unsigned catalogue_n_entries(const struct catalogue *catalogue)
{
	return catalogue->entries->len;
}

const struct catalogue_entry *catalogue_entry(const struct catalogue *catalogue,
					      unsigned index)
{
	return g_ptr_array_index(catalogue->entries, index);
}

/* "leonardo" means "caterina-leonardo": a part of an id is as near as can be. */
static unsigned distance(const char *asked, const char *id)
{
	g_autofree char *lower = g_ascii_strdown(asked, -1);

	return strstr(id, lower) ? 0 : nearest_distance(asked, id);
}

const struct catalogue_entry *catalogue_find(const struct catalogue *catalogue,
					     const char *id, GError **error)
{
	struct nearest nearest = { 0 };
	g_autofree char *names = NULL;

	for (unsigned i = 0; i < catalogue_n_entries(catalogue); i++) {
		const struct catalogue_entry *entry = catalogue_entry(catalogue, i);

		if (g_ascii_strcasecmp(entry->id, id) == 0)
			return entry;
		nearest_add(&nearest, id, entry->id, distance(id, entry->id));
	}
	names = nearest_text(&nearest);
	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE,
		    "the catalogue has no \"%s\"%s; \"sixpin catalogue\" lists all", id,
		    names);
	return NULL;
}

bool catalogue_entry_is_for(const struct catalogue_entry *entry, const struct part *part)
{
	return g_ptr_array_find(entry->parts, part, NULL);
}

static const struct catalogue_alternative *find_alternative(
	const struct catalogue_entry *entry, const char *name)
{
	for (unsigned i = 0; i < entry->alternatives->len; i++) {
		const struct catalogue_alternative *found = &g_array_index(
			entry->alternatives, struct catalogue_alternative, i);

		if (g_ascii_strcasecmp(found->name, name) == 0)
			return found;
	}
	return NULL;
}

static gboolean fail_alternative(const struct catalogue_entry *entry, const char *name,
				 GError **error)
{
	g_autoptr(GString) names = g_string_new(NULL);

	for (unsigned i = 0; i < entry->alternatives->len; i++)
		g_string_append_printf(names, "%s%s", i ? ", " : "; there is ",
				       g_array_index(entry->alternatives,
						     struct catalogue_alternative, i)
					       .name);
	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE,
		    "%s has no alternative \"%s\"%s", entry->id, name, names->str);
	return FALSE;
}

gboolean catalogue_entry_fuses(const struct catalogue_entry *entry,
			       const char *alternative, struct catalogue_fuses *fuses,
			       GError **error)
{
	const struct catalogue_alternative *found;

	*fuses = entry->fuses;
	if (!alternative)
		return TRUE;
	found = find_alternative(entry, alternative);
	if (!found)
		return fail_alternative(entry, alternative, error);
	for (unsigned byte = 0; byte < PART_MAX_FUSES; byte++) {
		if (!found->fuses.has[byte])
			continue;
		fuses->has[byte] = true;
		fuses->value[byte] = found->fuses.value[byte];
	}
	return TRUE;
}

char *catalogue_clock_describe(const struct catalogue_clock *clock)
{
	const char *what = clock->kind == CLOCK_CRYSTAL ? "crystal" : "external clock";
	g_autofree char *rate = format_hz(clock->hz);

	if (clock->kind == CLOCK_INTERNAL)
		return g_strdup("internal oscillator");
	return clock->hz ? g_strdup_printf("%s of %s", what, rate)
			 : g_strdup_printf("%s, as it was built for", what);
}
