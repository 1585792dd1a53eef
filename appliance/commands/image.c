/* SPDX-License-Identifier: MIT */
/* sixpin image: what a file holds, without any target. */
#include "appliance/base/error.h"
#include "appliance/commands/images.h"
#include "appliance/commands/json.h"

#include <string.h>

struct words {
	char *name;
	gboolean replace;
};

static gboolean tell_files(struct call *call, char **paths, GError **error)
{
	for (unsigned i = 0; paths[i]; i++) {
		g_autoptr(GByteArray) file = call_read_file(call, paths[i], error);
		gboolean ok;

		if (!file)
			return FALSE;
		json_builder_begin_object(call->result);
		ok = images_tell(call, paths[i], file, error);
		json_builder_end_object(call->result);
		if (!ok)
			return FALSE;
	}
	return TRUE;
}

static gboolean describe(struct call *call, char **names, GError **error)
{
	gboolean ok;

	json_builder_set_member_name(call->result, "images");
	json_builder_begin_array(call->result);
	ok = tell_files(call, names, error);
	json_builder_end_array(call->result);
	return ok;
}

static gboolean add_one(struct call *call, struct store *store, const char *path,
			const struct words *words, GError **error)
{
	g_autoptr(GByteArray) file = call_read_file(call, path, error);
	g_autofree char *base = g_path_get_basename(path);
	const char *name = words->name ? words->name : base;
	g_autofree char *digest = NULL;
	g_autoptr(GBytes) content = NULL;

	if (!file)
		return FALSE;
	content = g_byte_array_free_to_bytes(g_steal_pointer(&file));
	if (!store_add_image(store, name, content, words->replace, &digest, error))
		return FALSE;
	json_builder_begin_object(call->result);
	call_add_string(call, "name", name);
	call_add_string(call, "digest", digest);
	json_builder_end_object(call->result);
	call_say(call, "%s: kept, digest %s", name, digest);
	return TRUE;
}

static gboolean add(struct call *call, struct store *store, const struct words *words,
		    char **paths, GError **error)
{
	gboolean ok = TRUE;

	if (words->name && paths[1]) {
		g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE,
			    "--name is for one file, there are several");
		return FALSE;
	}
	json_builder_set_member_name(call->result, "added");
	json_builder_begin_array(call->result);
	for (unsigned i = 0; ok && paths[i]; i++)
		ok = add_one(call, store, paths[i], words, error);
	json_builder_end_array(call->result);
	return ok;
}

static void say_stored(struct call *call, GVariant *image)
{
	const char *name = "", *digest = "", *problem = NULL;
	g_autofree const char **jobs = NULL;
	g_autofree char *used = NULL;
	guint64 n_bytes = 0;

	g_variant_lookup(image, "name", "&s", &name);
	g_variant_lookup(image, "digest", "&s", &digest);
	g_variant_lookup(image, "bytes", "t", &n_bytes);
	g_variant_lookup(image, "error", "&s", &problem);
	g_variant_lookup(image, "used_by", "^a&s", &jobs);
	used = jobs && jobs[0] ? g_strjoinv(", ", (char **)jobs) : NULL;
	call_say(call, "%-32s %8" G_GUINT64_FORMAT " bytes  %.12s%s%s", name, n_bytes,
		 problem ? problem : digest, used ? "  used by " : "", used ? used : "");
}

static gboolean list(struct call *call, struct store *store, GError **error)
{
	g_autoptr(GVariant) images = store_list_images(store, error);
	GVariantIter iter;
	GVariant *image;

	if (!images)
		return FALSE;
	call_add_variant(call, "images", images);
	g_variant_iter_init(&iter, images);
	while ((image = g_variant_iter_next_value(&iter))) {
		say_stored(call, image);
		g_variant_unref(image);
	}
	return TRUE;
}

static gboolean remove_all(struct call *call, struct store *store, char **names,
			   GError **error)
{
	for (unsigned i = 0; names[i]; i++) {
		if (!store_remove_image(store, names[i], error))
			return FALSE;
		call_say(call, "%s: removed", names[i]);
	}
	return TRUE;
}

/* A file that is called as an action is named with its folder: ./list */
static gboolean run_words(struct call *call, const struct words *words, char **argv,
			  GError **error)
{
	bool adds = strcmp(argv[1], "add") == 0 && argv[2];
	bool lists = strcmp(argv[1], "list") == 0 && !argv[2];
	bool removes = strcmp(argv[1], "remove") == 0 && argv[2];
	struct store *store;

	if (!adds && !lists && !removes)
		return describe(call, argv + 1, error);
	store = call->host->ops->store(call->host, error);
	if (!store)
		return FALSE;
	return adds    ? add(call, store, words, argv + 2, error)
	       : lists ? list(call, store, error)
		       : remove_all(call, store, argv + 2, error);
}

static gboolean run_image(struct call *call, const struct command *command, int argc,
			  char **argv, GError **error)
{
	struct words words = { 0 };
	const GOptionEntry entries[] = {
		{ "name", 0, 0, G_OPTION_ARG_STRING, &words.name,
		  "Keep it under this name (default: the file's)", "NAME" },
		{ "replace", 0, 0, G_OPTION_ARG_NONE, &words.replace,
		  "Take the place of what has the name", NULL },
		{ NULL },
	};
	gboolean ok =
		call_parse(call, command, entries, &argc, &argv, 1, G_MAXINT, error) &&
		run_words(call, &words, argv, error);

	g_free(words.name);
	return ok;
}

const struct command command_image = {
	.name = "image",
	.place = COMMAND_DESK,
	.arguments = "[OPTION...] [add FILE... | list | remove NAME... | FILE...]",
	.summary = "Describe image files, or keep them at the station for its jobs",
	.examples =
		"Examples:\n"
		"  sixpin image boot.hex app.elf    format, addresses, digest, boot loader\n"
		"  sixpin image add blink.hex       from now on jobs can name it\n"
		"  sixpin image list\n"
		"  sixpin image remove blink.hex\n",
	.run = run_image,
};
