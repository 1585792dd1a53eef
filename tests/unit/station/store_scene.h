/* SPDX-License-Identifier: MIT */
/* A store in a folder of its own. */
#pragma once

#include "appliance/station/store.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#include "appliance/base/error.h"
#include "images/file.h"

#define HEX	  ":0400000001020304F2\n:00000001FF\n"
#define OTHER_HEX ":0400000001020305F1\n:00000001FF\n"
#define HEX_CRLF  ":0400000001020304F2\r\n:00000001FF\r\n"
#define JOB	  "[job]\npart=ATmega328P\n[image app]\nfile=app.hex\n"
#define LIST_JOB                                                                   \
	"[job]\npart=ATmega328P\n[serial]\nlist=n.txt\n[patch p]\nmemory=eeprom\n" \
	"address=0\nformat=ascii\nbytes=8\nvalue={serial}\n"

struct fixture {
	char *folder;
	struct store *store;
};

static inline void set_up(struct fixture *fixture, gconstpointer data)
{
	g_autoptr(GError) error = NULL;

	(void)data;
	fixture->folder = g_dir_make_tmp("sixpin-store-XXXXXX", NULL);
	fixture->store = store_open(fixture->folder, &error);
	g_assert_no_error(error);
}

static inline void remove_tree(const char *path)
{
	GDir *folder = g_dir_open(path, 0, NULL);
	const char *name;

	while (folder && (name = g_dir_read_name(folder))) {
		g_autofree char *inside = g_build_filename(path, name, NULL);

		remove_tree(inside);
	}
	if (folder)
		g_dir_close(folder);
	g_remove(path);
}

static inline void tear_down(struct fixture *fixture, gconstpointer data)
{
	(void)data;
	store_close(fixture->store);
	remove_tree(fixture->folder);
	g_free(fixture->folder);
}

static inline char *path_of(const struct fixture *fixture, const char *name)
{
	return g_build_filename(fixture->folder, name, NULL);
}

static inline char *content_of(const struct fixture *fixture, const char *name)
{
	g_autofree char *path = path_of(fixture, name);
	char *content = NULL;

	g_file_get_contents(path, &content, NULL, NULL);
	return content;
}

static inline void assert_content(const struct fixture *fixture, const char *name,
				  const char *expected)
{
	g_autofree char *content = content_of(fixture, name);

	g_assert_cmpstr(content, ==, expected);
}

static inline gboolean add_to(struct fixture *fixture, const char *name,
			      const char *content, bool replace, char **digest,
			      GError **error)
{
	g_autoptr(GBytes) bytes = g_bytes_new_static(content, strlen(content));

	return store_add_image(fixture->store, name, bytes, replace, digest, error);
}

/* Free with g_free. */
static inline char *add(struct fixture *fixture, const char *name, const char *content)
{
	g_autoptr(GError) error = NULL;
	char *digest = NULL;

	g_assert_true(add_to(fixture, name, content, false, &digest, &error));
	g_assert_no_error(error);
	return digest;
}

static inline void put(struct fixture *fixture, const char *id, const char *text)
{
	g_autoptr(GError) error = NULL;

	g_assert_true(store_put_job(fixture->store, id, text, false, &error));
	g_assert_no_error(error);
}

static inline void assert_error(const GError *error, enum sixpin_error code,
				const char *message)
{
	g_assert_error(error, SIXPIN_ERROR, (gint)code);
	g_assert_cmpstr(error->message, ==, message);
}

static inline void write_file(const struct fixture *fixture, const char *name,
			      const char *content)
{
	g_autofree char *path = path_of(fixture, name);

	g_assert_true(g_file_set_contents(path, content, -1, NULL));
}
