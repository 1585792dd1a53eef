/* SPDX-License-Identifier: MIT */
/*
 * Runs a fuzz target on the files of the folders named on the command line, without a
 * fuzzer. TAP: a test for each folder; a missing or an empty one fails.
 */
#include <glib.h>
#include <stdio.h>

#include "tests/fuzz/target.h"

static gint compare_names(gconstpointer a, gconstpointer b)
{
	return g_strcmp0(*(const char *const *)a, *(const char *const *)b);
}

/* Sorted, so that every run is the same. Free with g_ptr_array_unref. */
static GPtrArray *list_files(const char *path)
{
	GPtrArray *files = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GDir) folder = g_dir_open(path, 0, NULL);
	const char *name;

	while (folder && (name = g_dir_read_name(folder)))
		g_ptr_array_add(files, g_build_filename(path, name, NULL));
	g_ptr_array_sort(files, compare_names);
	return files;
}

static gboolean replay_file(const char *path)
{
	g_autofree char *contents = NULL;
	g_autofree uint8_t *exact = NULL;
	gsize n_bytes;

	/* Named first: a crash is then the crash of the last file named. */
	printf("# %s\n", path);
	fflush(stdout);
	if (!g_file_get_contents(path, &contents, &n_bytes, NULL))
		return FALSE;
	/* GLib ends contents with a zero, where a read past the end would go unnoticed.
	 */
	exact = g_memdup2(contents, n_bytes);
	LLVMFuzzerTestOneInput(exact, n_bytes);
	return TRUE;
}

static gboolean replay_folder(const char *path)
{
	g_autoptr(GPtrArray) files = list_files(path);
	gboolean ok = files->len > 0;

	for (guint i = 0; i < files->len; i++)
		ok = replay_file(g_ptr_array_index(files, i)) && ok;
	return ok;
}

int main(int argc, char **argv)
{
	gboolean all_ok = argc > 1;

	printf("1..%d\n", argc - 1);
	for (int i = 1; i < argc; i++) {
		gboolean ok = replay_folder(argv[i]);

		printf("%s %d - %s\n", ok ? "ok" : "not ok", i, argv[i]);
		all_ok = all_ok && ok;
	}
	return all_ok ? 0 : 1;
}
