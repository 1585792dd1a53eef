/* SPDX-License-Identifier: MIT */
/* Images and lists in the store: kept by name, told apart by their digests. */
#include <string.h>

#include "appliance/base/error.h"
#include "appliance/station/store_private.h"
#include "images/catalogue.h"
#include "images/file.h"
#include "images/format.h"

static char *image_path(const struct store *store, const char *name)
{
	return g_build_filename(store->images, name, NULL);
}

static gboolean refuse_pinned(const struct store *store, const char *name,
			      const char *old_digest, GError **error)
{
	g_autoptr(GPtrArray) jobs = store_read_jobs(store, error);

	for (guint i = 0; jobs && i < jobs->len; i++) {
		const struct job *job = g_ptr_array_index(jobs, i);

		if (g_strcmp0(store_pinned_digest(job, name), old_digest) != 0)
			continue;
		g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE,
			    "job \"%s\" is pinned to what \"%s\" holds now; take another "
			    "name, or take the digest out of the job first",
			    job->id, name);
		return FALSE;
	}
	return jobs != NULL;
}

static gboolean check_replaced(const struct store *store, const char *name,
			       const GByteArray *old, const char *new_digest,
			       bool replace, GError **error)
{
	struct store_content content;
	gboolean ok;

	if (!replace) {
		g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE,
			    "\"%s\" is there already with other content; replace it, or "
			    "take another name",
			    name);
		return FALSE;
	}
	/* What cannot be read is what no job is pinned to. */
	if (!store_inspect(name, old, &content, NULL))
		return TRUE;
	ok = strcmp(content.digest, new_digest) == 0 ||
	     refuse_pinned(store, name, content.digest, error);
	store_content_clear(&content);
	return ok;
}

static gboolean keep(const struct store *store, const char *name, GBytes *content,
		     const char *digest, bool replace, GError **error)
{
	g_autofree char *path = image_path(store, name);
	g_autoptr(GByteArray) old = NULL;

	if (g_file_test(path, G_FILE_TEST_EXISTS)) {
		g_autoptr(GBytes) old_bytes = NULL;

		old = file_read(path, error);
		if (!old)
			return store_blame(STORE_REMEDY_READ, error);
		old_bytes = g_bytes_new_static(old->data, old->len);
		if (g_bytes_equal(old_bytes, content))
			return TRUE;
		if (!check_replaced(store, name, old, digest, replace, error))
			return FALSE;
	}
	return file_save(path, content, error) || store_blame(STORE_REMEDY_WRITE, error);
}

gboolean store_add_image(struct store *store, const char *name, GBytes *content,
			 bool replace, char **digest, GError **error)
{
	g_autoptr(GByteArray) bytes = g_bytes_unref_to_array(g_bytes_ref(content));
	struct store_content known;
	gboolean ok;

	if (!store_check_image_name(name, error) ||
	    !store_inspect(name, bytes, &known, error))
		return FALSE;
	g_mutex_lock(&store->lock);
	ok = keep(store, name, content, known.digest, replace, error);
	g_mutex_unlock(&store->lock);
	if (ok && digest)
		*digest = g_steal_pointer(&known.digest);
	store_content_clear(&known);
	return ok;
}

/* The path of one that is there. Free with g_free. */
static char *find_image(const struct store *store, const char *name, GError **error)
{
	g_autofree char *path = NULL;
	g_auto(GStrv) names = NULL;

	if (!store_check_image_name(name, error))
		return NULL;
	path = image_path(store, name);
	if (g_file_test(path, G_FILE_TEST_EXISTS))
		return g_steal_pointer(&path);
	names = store_read_folder(store->images, error);
	if (names)
		store_fail_missing(store_is_list(name) ? "list" : "image", name, names,
				   error);
	return NULL;
}

char *store_image_path(struct store *store, const char *name, GError **error)
{
	char *path;

	g_mutex_lock(&store->lock);
	path = find_image(store, name, error);
	g_mutex_unlock(&store->lock);
	return path;
}

static gboolean refuse_used(const struct store *store, const char *name, GError **error)
{
	g_autoptr(GPtrArray) jobs = store_read_jobs(store, error);

	for (guint i = 0; jobs && i < jobs->len; i++) {
		const struct job *job = g_ptr_array_index(jobs, i);

		if (!store_is_used_by(job, name))
			continue;
		g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE,
			    "job \"%s\" uses \"%s\"; remove the job first", job->id,
			    name);
		return FALSE;
	}
	return jobs != NULL;
}

static gboolean remove_image(const struct store *store, const char *name, GError **error)
{
	g_autofree char *path = find_image(store, name, error);

	if (!path || !refuse_used(store, name, error))
		return FALSE;
	return file_remove(path, error) || store_blame(STORE_REMEDY_WRITE, error);
}

gboolean store_remove_image(struct store *store, const char *name, GError **error)
{
	gboolean ok;

	g_mutex_lock(&store->lock);
	ok = remove_image(store, name, error);
	g_mutex_unlock(&store->lock);
	return ok;
}

static void add_content(GVariantBuilder *row, const struct store_content *content)
{
	bool is_list = strcmp(content->format, STORE_LIST_FORMAT) == 0;

	g_variant_builder_add(row, "{sv}", "digest",
			      g_variant_new_string(content->digest));
	g_variant_builder_add(row, "{sv}", "format",
			      g_variant_new_string(content->format));
	g_variant_builder_add(row, "{sv}", "file_bytes",
			      g_variant_new_uint64(content->file_bytes));
	g_variant_builder_add(row, "{sv}", is_list ? "numbers" : "bytes",
			      g_variant_new_uint64(content->n_items));
}

static GVariant *name_users(const GPtrArray *jobs, const char *name)
{
	GVariantBuilder ids;

	g_variant_builder_init(&ids, G_VARIANT_TYPE("as"));
	for (guint i = 0; i < jobs->len; i++) {
		const struct job *job = g_ptr_array_index(jobs, i);

		if (store_is_used_by(job, name))
			g_variant_builder_add(&ids, "s", job->id);
	}
	return g_variant_builder_end(&ids);
}

static void add_row(struct store *store, const char *name, const GPtrArray *jobs,
		    GVariantBuilder *rows)
{
	g_autoptr(GError) failure = NULL;
	g_autofree char *shown = store_show_name(name);
	const struct store_content *content;
	GVariantBuilder row;

	g_variant_builder_init(&row, G_VARIANT_TYPE_VARDICT);
	g_variant_builder_add(&row, "{sv}", "name", g_variant_new_string(shown));
	if (store_look_into(store, name, &content, &failure))
		add_content(&row, content);
	else
		g_variant_builder_add(&row, "{sv}", "error",
				      g_variant_new_string(failure->message));
	g_variant_builder_add(&row, "{sv}", "used_by", name_users(jobs, name));
	g_variant_builder_add_value(rows, g_variant_builder_end(&row));
}

static GVariant *list_images(struct store *store, GError **error)
{
	g_auto(GStrv) names = store_read_folder(store->images, error);
	g_autoptr(GPtrArray) jobs = names ? store_read_jobs(store, error) : NULL;
	GVariantBuilder rows;

	if (!jobs)
		return NULL;
	g_variant_builder_init(&rows, G_VARIANT_TYPE("aa{sv}"));
	for (unsigned i = 0; names[i]; i++)
		add_row(store, names[i], jobs, &rows);
	store_forget_others(store, names);
	return g_variant_ref_sink(g_variant_builder_end(&rows));
}

GVariant *store_list_images(struct store *store, GError **error)
{
	GVariant *rows;

	g_mutex_lock(&store->lock);
	rows = list_images(store, error);
	g_mutex_unlock(&store->lock);
	return rows;
}

static GByteArray *read_list(const struct store *store, const char *name, GError **error)
{
	g_autofree char *path = NULL;
	GByteArray *bytes;

	if (!store_is_list(name)) {
		g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE,
			    "\"%s\": expected the name of a list, which ends in .txt",
			    name);
		return NULL;
	}
	path = find_image(store, name, error);
	if (!path)
		return NULL;
	bytes = file_read(path, error);
	if (!bytes)
		store_blame(STORE_REMEDY_READ, error);
	return bytes;
}

char **store_load_serial_list(struct store *store, const char *name, char **digest,
			      GError **error)
{
	g_autoptr(GByteArray) bytes = NULL;
	char **lines;

	g_mutex_lock(&store->lock);
	bytes = read_list(store, name, error);
	g_mutex_unlock(&store->lock);
	lines = bytes ? store_parse_list(name, bytes, error) : NULL;
	if (lines && digest)
		*digest = catalogue_sha256(bytes);
	return lines;
}
