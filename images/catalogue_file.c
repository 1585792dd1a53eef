/* SPDX-License-Identifier: MIT */
/* Reading catalogue.conf: its keys, then what must hold between them. */
#include <string.h>

#include "appliance/base/error.h"
#include "images/catalogue_keys.h"
#include "images/file.h"

static gboolean fail_key(const char *path, const char *id, const char *key,
			 const char *expected, const char *found, GError **error)
{
	g_autofree char *quoted = found ? g_strdup_printf("\"%s\"", found) : NULL;

	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE,
		    "%s: [%s] %s: expected %s, found %s", path, id, key, expected,
		    quoted ? quoted : "nothing");
	return FALSE;
}

static bool is_key(const char *name)
{
	for (unsigned i = 0; catalogue_keys[i].name; i++)
		if (strcmp(catalogue_keys[i].name, name) == 0)
			return true;
	return false;
}

static gboolean check_names(const char *path, GKeyFile *file, const char *id,
			    GError **error)
{
	g_auto(GStrv) names = g_key_file_get_keys(file, id, NULL, NULL);

	for (unsigned i = 0; names[i]; i++)
		if (!is_key(names[i]))
			return fail_key(path, id, names[i], "one of the known keys",
					names[i], error);
	return TRUE;
}

static gboolean parse_keys(const char *path, GKeyFile *file,
			   struct catalogue_entry *entry, GError **error)
{
	for (const struct catalogue_key *key = catalogue_keys; key->name; key++) {
		g_autofree char *value =
			g_key_file_get_string(file, entry->id, key->name, NULL);

		if (!value && !key->required)
			continue;
		if (!value || !key->parse(entry, value))
			return fail_key(path, entry->id, key->name, key->expected, value,
					error);
	}
	return TRUE;
}

static gboolean check_fuses(const char *path, const struct catalogue_entry *entry,
			    const char *key, const struct catalogue_fuses *fuses,
			    GError **error)
{
	for (unsigned i = 0; i < entry->parts->len; i++) {
		const struct part *part = g_ptr_array_index(entry->parts, i);
		g_autofree char *expected =
			g_strdup_printf("only fuses that %s has", part->name);

		for (unsigned byte = part->n_fuses; byte < PART_MAX_FUSES; byte++)
			if (fuses->has[byte])
				return fail_key(path, entry->id, key, expected,
						fuse_byte_names[byte], error);
	}
	return TRUE;
}

static gboolean check_all_fuses(const char *path, const struct catalogue_entry *entry,
				GError **error)
{
	for (unsigned byte = 0; byte < PART_MAX_FUSES; byte++)
		if (entry->fuses.has[byte] && !entry->fuses.has[FUSE_LOW])
			return fail_key(path, entry->id, "fuses", "the low fuse as well",
					fuse_byte_names[byte], error);
	if (!check_fuses(path, entry, "fuses", &entry->fuses, error))
		return FALSE;
	for (unsigned i = 0; i < entry->alternatives->len; i++)
		if (!check_fuses(path, entry, "alternatives",
				 &g_array_index(entry->alternatives,
						struct catalogue_alternative, i)
					  .fuses,
				 error))
			return FALSE;
	return TRUE;
}

static gboolean check_range(const char *path, const struct catalogue_entry *entry,
			    GError **error)
{
	for (unsigned i = 0; i < entry->parts->len; i++) {
		const struct part *part = g_ptr_array_index(entry->parts, i);
		g_autofree char *expected =
			g_strdup_printf("addresses up to %04X, the flash of %s",
					part->flash_bytes - 1, part->name);
		g_autofree char *found = g_strdup_printf("%04X", entry->range.last);

		if (entry->range.last >= part->flash_bytes)
			return fail_key(path, entry->id, "range", expected, found, error);
	}
	return TRUE;
}

static gboolean check_entry(const char *path, const struct catalogue_entry *entry,
			    GError **error)
{
	bool has_reset = entry->reset != CATALOGUE_RESET_NONE;
	bool wants_reset = entry->is_avr && entry->kind == CATALOGUE_BOOTLOADER;

	if (has_reset != wants_reset)
		return fail_key(path, entry->id, "reset",
				wants_reset ? "BOOTRST or HWBE for a boot loader"
					    : "none: reset leads to the application",
				has_reset ? "one" : NULL, error);
	if (!entry->self_built && !entry->sha256[0] && entry->builds->len == 0 &&
	    entry->bad_builds->len == 0)
		return fail_key(path, entry->id, "sha256",
				"it, digest, bad or self-built: what tells its file",
				NULL, error);
	return check_all_fuses(path, entry, error) && check_range(path, entry, error);
}

static gboolean add_entry(struct catalogue *catalogue, GKeyFile *file, const char *id,
			  GError **error)
{
	struct catalogue_entry *entry = catalogue_entry_new(id);

	g_ptr_array_add(catalogue->entries, entry);
	return check_names(catalogue->path, file, id, error) &&
	       parse_keys(catalogue->path, file, entry, error) &&
	       check_entry(catalogue->path, entry, error);
}

/* GKeyFile silently makes one group of two with the same name. */
static gboolean check_unique(const char *path, const char *text, GError **error)
{
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
	g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);

	for (unsigned i = 0; lines[i]; i++) {
		char *id = g_ascii_strdown(g_strstrip(lines[i]), -1);

		g_free(lines[i]);
		lines[i] = id;
		if (*id != '[' || g_hash_table_add(seen, id))
			continue;
		g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE,
			    "%s:%u: %s: expected an id that was not there yet, found it "
			    "again",
			    path, i + 1, id);
		return FALSE;
	}
	return TRUE;
}

static GKeyFile *load_keys(const char *path, const GByteArray *bytes, GError **error)
{
	g_autoptr(GKeyFile) file = g_key_file_new();
	g_autofree char *text = g_strndup((const char *)bytes->data, bytes->len);
	GError *failure = NULL;

	if (!check_unique(path, text, error))
		return NULL;
	if (g_key_file_load_from_data(file, text, strlen(text), G_KEY_FILE_NONE,
				      &failure))
		return g_steal_pointer(&file);
	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE,
		    "%s: expected groups of keys, found: %s", path, failure->message);
	g_error_free(failure);
	return NULL;
}

static gboolean add_all(struct catalogue *catalogue, GKeyFile *file, GError **error)
{
	g_auto(GStrv) ids = g_key_file_get_groups(file, NULL);

	for (unsigned i = 0; ids[i]; i++)
		if (!add_entry(catalogue, file, ids[i], error))
			return FALSE;
	return TRUE;
}

static void entry_destroy(void *entry)
{
	catalogue_entry_free(entry);
}

struct catalogue *catalogue_load(const char *path, GError **error)
{
	g_autoptr(GByteArray) bytes = file_read(path, error);
	g_autoptr(GKeyFile) file = bytes ? load_keys(path, bytes, error) : NULL;
	struct catalogue *catalogue;

	if (!file)
		return NULL;
	catalogue = g_new0(struct catalogue, 1);
	catalogue->path = g_strdup(path);
	catalogue->entries = g_ptr_array_new_with_free_func(entry_destroy);
	if (add_all(catalogue, file, error))
		return catalogue;
	catalogue_free(catalogue);
	return NULL;
}

void catalogue_free(struct catalogue *catalogue)
{
	if (!catalogue)
		return;
	g_ptr_array_unref(catalogue->entries);
	g_free(catalogue->path);
	g_free(catalogue);
}
