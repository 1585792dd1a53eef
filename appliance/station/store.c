/* SPDX-License-Identifier: MIT */
/* The store's folders, and names in them: nothing but a plain name reaches a path. */
#include "appliance/station/store.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>

#include "appliance/base/error.h"
#include "appliance/base/nearest.h"
#include "appliance/station/store_private.h"
#include "images/file.h"

#define FOLDER_MODE	0755
#define MAX_NAME_BYTES	100
#define MAX_SHOWN_BYTES 120

#define NAME_CHARACTERS                                                  \
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789" \
	"._+-() "

gboolean store_blame(const char *remedy, GError **error)
{
	if (error && *error && (*error)->domain == SIXPIN_ERROR &&
	    (*error)->code == SIXPIN_ERROR_IO) {
		char *message = g_strdup_printf("%s; %s", (*error)->message, remedy);

		g_free((*error)->message);
		(*error)->message = message;
		(*error)->code = SIXPIN_ERROR_STORE;
	}
	return FALSE;
}

char *store_show_name(const char *name)
{
	g_autofree char *cut = g_strndup(name, MAX_SHOWN_BYTES);
	char *shown = g_utf8_make_valid(cut, -1);

	for (char *at = shown; *at; at++)
		if (g_ascii_iscntrl(*at))
			*at = '?';
	return shown;
}

gboolean store_check_image_name(const char *name, GError **error)
{
	size_t length = strlen(name);
	g_autofree char *shown = NULL;

	if (length > 0 && length <= MAX_NAME_BYTES &&
	    strspn(name, NAME_CHARACTERS) == length && !strchr(". -", name[0]) &&
	    name[length - 1] != ' ')
		return TRUE;
	shown = store_show_name(name);
	g_set_error(
		error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE,
		"\"%s\" is no name for a file of the store; expected 1 to %d of a-z, "
		"A-Z, 0-9, blank and . _ + - ( ), no dot, blank or - first, no blank last",
		shown, MAX_NAME_BYTES);
	return FALSE;
}

bool store_is_list(const char *name)
{
	size_t length = strlen(name);

	return length >= 4 && g_ascii_strcasecmp(name + length - 4, ".txt") == 0;
}

/* Both stand at a digit: past the zeros, the longer is larger, else the first digit that
 * differs decides. */
static int compare_numbers(const char **a, const char **b)
{
	size_t a_length, b_length;
	int order;

	*a += strspn(*a, "0");
	*b += strspn(*b, "0");
	a_length = strspn(*a, "0123456789");
	b_length = strspn(*b, "0123456789");
	order = a_length == b_length ? strncmp(*a, *b, a_length)
				     : (a_length > b_length) - (a_length < b_length);
	*a += a_length;
	*b += b_length;
	return order;
}

int store_compare_names(const char *a, const char *b)
{
	const char *whole_a = a, *whole_b = b;

	while (*a && *b) {
		int order = g_ascii_isdigit(*a) && g_ascii_isdigit(*b)
				    ? compare_numbers(&a, &b)
				    : g_ascii_tolower(*a++) - g_ascii_tolower(*b++);

		if (order)
			return order;
	}
	if (*a || *b)
		return *a ? 1 : -1;
	return strcmp(whole_a, whole_b);
}

static int compare_strings(gconstpointer a, gconstpointer b)
{
	return store_compare_names(*(const char *const *)a, *(const char *const *)b);
}

static gboolean fail_folder(const char *folder, const char *what, const char *reason,
			    const char *remedy, GError **error)
{
	g_autofree char *shown = g_filename_display_name(folder);

	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_STORE, "%s: cannot be %s: %s; %s",
		    shown, what, reason, remedy);
	return FALSE;
}

char **store_read_folder(const char *folder, GError **error)
{
	g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GError) failure = NULL;
	g_autoptr(GDir) dir = g_dir_open(folder, 0, &failure);
	const char *name;

	if (!dir) {
		fail_folder(folder, "read", failure->message, STORE_REMEDY_READ, error);
		return NULL;
	}
	while ((name = g_dir_read_name(dir)))
		if (name[0] != '.')
			g_ptr_array_add(names, g_strdup(name));
	g_ptr_array_sort(names, compare_strings);
	g_ptr_array_add(names, NULL);
	return (char **)g_ptr_array_free(g_steal_pointer(&names), FALSE);
}

gboolean store_fail_missing(const char *what, const char *name, char **names,
			    GError **error)
{
	struct nearest nearest = { 0 };
	g_autofree char *text = NULL;
	g_autofree char *shown = store_show_name(name);

	for (; *names; names++)
		nearest_add(&nearest, name, *names, nearest_distance(name, *names));
	text = nearest_text(&nearest);
	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE, "there is no %s \"%s\"%s",
		    what, shown, text);
	return FALSE;
}

static gboolean make_folder(const char *folder, GError **error)
{
	g_autofree char *above = g_path_get_dirname(folder);

	if (g_mkdir_with_parents(folder, FOLDER_MODE) != 0)
		return fail_folder(folder, "made", g_strerror(errno), STORE_REMEDY_WRITE,
				   error);
	return folder_sync(above, error) || store_blame(STORE_REMEDY_WRITE, error);
}

struct store *store_open(const char *folder, GError **error)
{
	struct store *store = g_new0(struct store, 1);

	g_mutex_init(&store->lock);
	store->folder = g_strdup(folder);
	store->jobs = g_build_filename(folder, "jobs", NULL);
	store->images = g_build_filename(folder, "images", NULL);
	if (make_folder(folder, error) && make_folder(store->jobs, error) &&
	    make_folder(store->images, error))
		return store;
	store_close(store);
	return NULL;
}

void store_close(struct store *store)
{
	if (!store)
		return;
	g_mutex_clear(&store->lock);
	g_free(store->folder);
	g_free(store->jobs);
	g_free(store->images);
	g_clear_pointer(&store->known, g_hash_table_unref);
	g_free(store);
}
