/* SPDX-License-Identifier: MIT */
/* Reading catalogue.conf: its keys, then what must hold between them. */
#include "appliance/base/key_file.h"
#include "images/catalogue_keys.h"

static gboolean fail_key(const struct key_file *file, const char *id, const char *key,
			 const char *expected, const char *found, GError **error)
{
	g_autofree char *quoted = found ? g_strdup_printf("\"%s\"", found) : NULL;

	return key_file_fail(file, id, key, error, "expected %s, found %s", expected,
			     quoted ? quoted : "nothing");
}

static gboolean parse_keys(const struct key_file *file, struct catalogue_entry *entry,
			   GError **error)
{
	for (const struct catalogue_key *key = catalogue_keys; key->name; key++) {
		const char *value = key_file_get(file, entry->id, key->name);

		if (!value && !key->required)
			continue;
		if (!value || !key->parse(entry, value))
			return fail_key(file, entry->id, key->name, key->expected, value,
					error);
	}
	return TRUE;
}

static gboolean check_fuses(const struct key_file *file,
			    const struct catalogue_entry *entry, const char *key,
			    const struct catalogue_fuses *fuses, GError **error)
{
	for (unsigned i = 0; i < entry->parts->len; i++) {
		const struct part *part = g_ptr_array_index(entry->parts, i);
		g_autofree char *expected =
			g_strdup_printf("only fuses that %s has", part->name);

		for (unsigned byte = part->n_fuses; byte < PART_MAX_FUSES; byte++)
			if (fuses->has[byte])
				return fail_key(file, entry->id, key, expected,
						fuse_byte_names[byte], error);
	}
	return TRUE;
}

static gboolean check_all_fuses(const struct key_file *file,
				const struct catalogue_entry *entry, GError **error)
{
	for (unsigned byte = 0; byte < PART_MAX_FUSES; byte++)
		if (entry->fuses.has[byte] && !entry->fuses.has[FUSE_LOW])
			return fail_key(file, entry->id, "fuses", "the low fuse as well",
					fuse_byte_names[byte], error);
	if (!check_fuses(file, entry, "fuses", &entry->fuses, error))
		return FALSE;
	for (unsigned i = 0; i < entry->alternatives->len; i++)
		if (!check_fuses(file, entry, "alternatives",
				 &g_array_index(entry->alternatives,
						struct catalogue_alternative, i)
					  .fuses,
				 error))
			return FALSE;
	return TRUE;
}

static gboolean check_range(const struct key_file *file,
			    const struct catalogue_entry *entry, GError **error)
{
	for (unsigned i = 0; i < entry->parts->len; i++) {
		const struct part *part = g_ptr_array_index(entry->parts, i);
		g_autofree char *expected =
			g_strdup_printf("addresses up to %04X, the flash of %s",
					part->flash_bytes - 1, part->name);
		g_autofree char *found = g_strdup_printf("%04X", entry->range.last);

		if (entry->range.last >= part->flash_bytes)
			return fail_key(file, entry->id, "range", expected, found, error);
	}
	return TRUE;
}

static gboolean check_entry(const struct key_file *file,
			    const struct catalogue_entry *entry, GError **error)
{
	bool has_reset = entry->reset != CATALOGUE_RESET_NONE;
	bool wants_reset = entry->is_avr && entry->kind == CATALOGUE_BOOTLOADER;

	if (has_reset != wants_reset)
		return fail_key(file, entry->id, "reset",
				wants_reset ? "BOOTRST or HWBE for a boot loader"
					    : "none: reset leads to the application",
				has_reset ? "one" : NULL, error);
	if (!entry->self_built && !entry->sha256[0] && entry->builds->len == 0 &&
	    entry->bad_builds->len == 0)
		return fail_key(file, entry->id, "sha256",
				"it, digest, bad or self-built: what tells its file",
				NULL, error);
	return check_all_fuses(file, entry, error) && check_range(file, entry, error);
}

static gboolean add_entry(struct catalogue *catalogue, const struct key_file *file,
			  const char *id, GError **error)
{
	struct catalogue_entry *entry = catalogue_entry_new(id);

	g_ptr_array_add(catalogue->entries, entry);
	return parse_keys(file, entry, error) && check_entry(file, entry, error);
}

/* Every group is an entry. */
static gboolean check_keys(const struct key_file *file, GError **error)
{
	g_autoptr(GPtrArray) names = g_ptr_array_new();
	struct key_file_group groups[] = { { "*", NULL }, { NULL } };

	for (const struct catalogue_key *key = catalogue_keys; key->name; key++)
		g_ptr_array_add(names, (char *)key->name);
	g_ptr_array_add(names, NULL);
	groups[0].keys = (const char *const *)names->pdata;
	return key_file_check(file, groups, error);
}

/* Entries are found in any case. */
static gboolean check_ids(const struct key_file *file, GError **error)
{
	g_autoptr(GHashTable) seen =
		g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

	for (const char *const *id = key_file_groups(file); *id; id++) {
		char *lower = g_ascii_strdown(*id, -1);
		const char *before = g_hash_table_lookup(seen, lower);

		if (before) {
			g_free(lower);
			return key_file_fail(file, *id, NULL, error,
					     "expected an id that was not there yet, "
					     "found [%s] in line %u, in any case the "
					     "same",
					     before, key_file_line(file, before, NULL));
		}
		g_hash_table_insert(seen, lower, (char *)*id);
	}
	return TRUE;
}

static gboolean add_all(struct catalogue *catalogue, const struct key_file *file,
			GError **error)
{
	if (!check_keys(file, error) || !check_ids(file, error))
		return FALSE;
	for (const char *const *id = key_file_groups(file); *id; id++)
		if (!add_entry(catalogue, file, *id, error))
			return FALSE;
	return TRUE;
}

static void entry_destroy(void *entry)
{
	catalogue_entry_free(entry);
}

struct catalogue *catalogue_load(const char *path, GError **error)
{
	key_file_autofree struct key_file *file = key_file_load(path, error);
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
