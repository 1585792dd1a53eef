/* SPDX-License-Identifier: MIT */
/* Where the catalogue's files are. */
#include "images/imports.h"

#include <errno.h>
#include <string.h>

#include "appliance/base/error.h"
#include "appliance/base/state.h"
#include "images/file.h"
#include "images/format.h"

static char *kept_path_of(const char *listed)
{
	g_autofree char *state = state_folder();

	return g_build_filename(state, "bootloaders", listed, NULL);
}

static gboolean make_folder(const char *path, GError **error)
{
	g_autofree char *folder = g_path_get_dirname(path);

	if (g_mkdir_with_parents(folder, 0755) == 0)
		return TRUE;
	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_IO,
		    "no place to keep boot loaders: %s: %s", folder, g_strerror(errno));
	return FALSE;
}

gboolean import_keep(const struct catalogue_match *match, const GByteArray *file,
		     char **kept_path, GError **error)
{
	g_autoptr(GByteArray) content = catalogue_listed_content(file, match);
	g_autofree char *path = kept_path_of(match->listed);
	g_autoptr(GBytes) bytes = g_bytes_new(content->data, content->len);

	if (!make_folder(path, error) || !file_save(path, bytes, error))
		return FALSE;
	*kept_path = g_steal_pointer(&path);
	return TRUE;
}

/* The first listed file of the entry that is kept. */
static char *find_kept(const struct catalogue_entry *entry)
{
	for (unsigned i = 0; entry->sha256[i]; i++) {
		g_autofree char *path = kept_path_of(entry->sha256[i]);

		if (g_file_test(path, G_FILE_TEST_EXISTS))
			return g_steal_pointer(&path);
	}
	for (unsigned i = 0; i < entry->builds->len; i++) {
		g_autofree char *path = kept_path_of(
			g_array_index(entry->builds, struct catalogue_build, i).digest);

		if (g_file_test(path, G_FILE_TEST_EXISTS))
			return g_steal_pointer(&path);
	}
	return NULL;
}

static gboolean fail_nowhere(const struct catalogue_entry *entry, GError **error)
{
	if (entry->self_built)
		g_set_error(
			error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE,
			"%s has no common file: build %s (%s) and write it by its name",
			entry->id, entry->file, entry->origin);
	else if (entry->path)
		g_set_error(
			error, SIXPIN_ERROR, SIXPIN_ERROR_IO,
			"%s: %s is not here; Debian's package arduino-core-avr has it",
			entry->id, entry->path);
	else
		g_set_error(
			error, SIXPIN_ERROR, SIXPIN_ERROR_IO,
			"%s: %s is not here yet; get it (%s), then run: sixpin catalogue "
			"import %s",
			entry->id, entry->file, entry->origin, entry->file);
	return FALSE;
}

static gboolean fail_other(const struct catalogue_entry *entry, const char *path,
			   const struct catalogue_match *match, GError **error)
{
	g_autofree char *other =
		match->entry ? g_strdup_printf("it is the build of %s", match->entry->id)
			     : g_strdup("it is another build");

	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_IMAGE,
		    "%s: %s is not to be used: %s", entry->id, path,
		    match->bad_reason ? match->bad_reason : other);
	return FALSE;
}

/* Once more at every use: a package may be upgraded, a kept file damaged. */
static struct image *load_checked(const struct catalogue *catalogue,
				  const struct catalogue_entry *entry, const char *path,
				  GError **error)
{
	g_autoptr(GByteArray) file = file_read(path, error);
	image_autofree struct image *image = NULL;
	struct catalogue_match match;

	if (file)
		image = image_parse(path, file, NULL, 0, NULL, error);
	if (!image) {
		g_prefix_error(error, "%s: ", entry->id);
		return NULL;
	}
	match = catalogue_recognise(catalogue, file, image);
	if (match.entry == entry && match.how != CATALOGUE_BAD)
		return g_steal_pointer(&image);
	fail_other(entry, path, &match, error);
	return NULL;
}

struct image *import_load(const struct catalogue *catalogue,
			  const struct catalogue_entry *entry, enum import_place *place,
			  char **path, GError **error)
{
	g_autofree char *found = find_kept(entry);
	enum import_place where = found ? IMPORT_KEPT : IMPORT_NOWHERE;
	struct image *image = NULL;

	if (!found && entry->path && g_file_test(entry->path, G_FILE_TEST_EXISTS)) {
		found = g_strdup(entry->path);
		where = IMPORT_PACKAGED;
	}
	if (found)
		image = load_checked(catalogue, entry, found, error);
	else
		fail_nowhere(entry, error);
	if (place)
		*place = where;
	if (path)
		*path = g_steal_pointer(&found);
	return image;
}

static bool can_lie_in(const struct catalogue_entry *entry, const struct part *part)
{
	return entry->kind == CATALOGUE_BOOTLOADER && catalogue_entry_is_for(entry, part);
}

/* A build with a sketch is not told by its digest: the sketch may have been replaced. */
static bool is_told_by_digest(const struct catalogue_entry *entry)
{
	return entry->builds->len > 0 && !entry->has_sketch;
}

uint32_t import_flash_start(const struct catalogue *catalogue, const struct part *part)
{
	uint32_t start = part->flash_bytes;

	for (unsigned i = 0; i < catalogue_n_entries(catalogue); i++) {
		const struct catalogue_entry *entry = catalogue_entry(catalogue, i);
		g_autofree char *kept = find_kept(entry);

		if (can_lie_in(entry, part) && (is_told_by_digest(entry) || kept))
			start = MIN(start, entry->range.first);
	}
	return start;
}

static bool lies_in(const struct catalogue *catalogue,
		    const struct catalogue_entry *entry, const struct image *flash)
{
	image_autofree struct image *image = NULL;

	for (unsigned i = 0; is_told_by_digest(entry) && i < entry->builds->len; i++)
		if (catalogue_build_lies_in(
			    &g_array_index(entry->builds, struct catalogue_build, i),
			    flash))
			return true;
	image = import_load(catalogue, entry, NULL, NULL, NULL);
	return image && catalogue_image_lies_in(entry, image, flash);
}

const struct catalogue_entry *import_find_in_flash(const struct catalogue *catalogue,
						   const struct part *part,
						   const struct image *flash)
{
	for (unsigned i = 0; i < catalogue_n_entries(catalogue); i++) {
		const struct catalogue_entry *entry = catalogue_entry(catalogue, i);

		if (can_lie_in(entry, part) && lies_in(catalogue, entry, flash))
			return entry;
	}
	return NULL;
}
