/* SPDX-License-Identifier: MIT */
/* What files of the store hold, looked at once: a list of many large images costs nothing
 * but a stat for each. */
#include <string.h>
#include <sys/stat.h>

#include "appliance/base/error.h"
#include "appliance/station/store_private.h"
#include "images/catalogue.h"
#include "images/file.h"
#include "images/format.h"

/* A file whose time of change is nearer than this may change once more and keep it: times
 * of files go in steps. */
#define SETTLED_NS 1000000000ll

#define S_NS 1000000000ll

/* Which file it was. */
struct stamp {
	guint64 inode;
	gint64 changed_ns;
	gint64 n_bytes;
};

/* Either what a file holds, or why it cannot be used. */
struct known {
	struct stamp stamp;
	bool is_settled;
	struct store_content content;
	GError *failure;
};

static void known_free(gpointer data)
{
	struct known *known = data;

	store_content_clear(&known->content);
	g_clear_error(&known->failure);
	g_free(known);
}

void store_content_clear(struct store_content *content)
{
	g_clear_pointer(&content->digest, g_free);
}

static gboolean inspect_list(const char *name, const GByteArray *bytes,
			     struct store_content *content, GError **error)
{
	g_auto(GStrv) lines = store_parse_list(name, bytes, error);

	if (!lines)
		return FALSE;
	content->digest = catalogue_sha256(bytes);
	content->format = STORE_LIST_FORMAT;
	content->n_items = g_strv_length(lines);
	return TRUE;
}

static gboolean inspect_image(const char *name, const GByteArray *bytes,
			      struct store_content *content, GError **error)
{
	const struct image_format *format = NULL;
	image_autofree struct image *image =
		image_parse(name, bytes, NULL, 0, &format, error);

	if (!image)
		return FALSE;
	if (image_n_bytes(image) == 0) {
		g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_IMAGE,
			    "%s: expected bytes to write, found none", name);
		return FALSE;
	}
	content->digest = image_digest(image);
	content->format = format->name;
	content->n_items = image_n_bytes(image);
	return TRUE;
}

gboolean store_inspect(const char *name, const GByteArray *bytes,
		       struct store_content *content, GError **error)
{
	*content = (struct store_content){ .file_bytes = bytes->len };
	return store_is_list(name) ? inspect_list(name, bytes, content, error)
				   : inspect_image(name, bytes, content, error);
}

static bool read_stamp(const char *path, struct stamp *stamp, bool *is_settled)
{
	gint64 now_ns = g_get_real_time() * 1000;
	struct stat status;

	if (stat(path, &status) != 0)
		return false;
	*stamp = (struct stamp){
		.inode = status.st_ino,
		.changed_ns = status.st_mtim.tv_sec * S_NS + status.st_mtim.tv_nsec,
		.n_bytes = status.st_size,
	};
	*is_settled = ABS(now_ns - stamp->changed_ns) >= SETTLED_NS;
	return true;
}

static bool is_same(const struct stamp *a, const struct stamp *b)
{
	return a->inode == b->inode && a->changed_ns == b->changed_ns &&
	       a->n_bytes == b->n_bytes;
}

/* What a person has put there may be anything. */
static void look(const char *path, const char *name, struct known *known)
{
	g_autoptr(GByteArray) bytes = NULL;

	if (!store_check_image_name(name, &known->failure))
		return;
	bytes = file_read(path, &known->failure);
	if (bytes)
		store_inspect(name, bytes, &known->content, &known->failure);
}

/* The stamp is taken first: a file that is replaced in the meantime has another one. One
 * that cannot be read may be readable the next time, unchanged. */
static const struct known *look_anew(struct store *store, const char *path,
				     const char *name)
{
	struct known *known = g_new0(struct known, 1);

	if (!read_stamp(path, &known->stamp, &known->is_settled))
		known->is_settled = false;
	look(path, name, known);
	if (g_error_matches(known->failure, SIXPIN_ERROR, SIXPIN_ERROR_IO))
		known->is_settled = false;
	g_hash_table_insert(store->known, g_strdup(name), known);
	return known;
}

static const struct known *find(struct store *store, const char *path, const char *name)
{
	const struct known *known = g_hash_table_lookup(store->known, name);
	struct stamp stamp;
	bool is_settled;

	if (known && known->is_settled && read_stamp(path, &stamp, &is_settled) &&
	    is_same(&known->stamp, &stamp))
		return known;
	return look_anew(store, path, name);
}

gboolean store_look_into(struct store *store, const char *name,
			 const struct store_content **content, GError **error)
{
	g_autofree char *path = g_build_filename(store->images, name, NULL);
	const struct known *known;

	if (!store->known)
		store->known = g_hash_table_new_full(g_str_hash, g_str_equal, g_free,
						     known_free);
	known = find(store, path, name);
	if (known->failure)
		g_propagate_error(error, g_error_copy(known->failure));
	*content = &known->content;
	return !known->failure;
}

void store_forget_others(struct store *store, char **names)
{
	g_autoptr(GHashTable) kept = g_hash_table_new(g_str_hash, g_str_equal);
	GHashTableIter iter;
	gpointer name;

	if (!store->known)
		return;
	for (; *names; names++)
		g_hash_table_add(kept, *names);
	g_hash_table_iter_init(&iter, store->known);
	while (g_hash_table_iter_next(&iter, &name, NULL))
		if (!g_hash_table_contains(kept, name))
			g_hash_table_iter_remove(&iter);
}
