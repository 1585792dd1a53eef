/* SPDX-License-Identifier: MIT */
/* The host, and from words to a result. */
#include "tests/models/call_scene.h"

#include <glib/gstdio.h>
#include <string.h>

#include "appliance/commands/jobs.h"
#include "gpio/lines_backends.h"

static struct call_scene *scene_of(struct call_host *host)
{
	return (struct call_scene *)host;
}

static void scene_say(struct call_host *host, enum call_stream stream, const char *line)
{
	struct call_scene *scene = scene_of(host);

	g_string_append_printf(stream == CALL_ERR ? scene->err : scene->out, "%s\n",
			       line);
}

static void scene_progress(struct call_host *host, const char *step, uint32_t done,
			   uint32_t total)
{
	struct call_scene *scene = scene_of(host);
	g_autofree char *once = g_strdup_printf("%s; ", step);

	if (!g_str_has_suffix(scene->steps->str, once))
		g_string_append(scene->steps, once);
	if (scene->at_step)
		scene->at_step(scene, step, done);
}

static GByteArray *scene_read(struct call_host *host, const char *name, GError **error)
{
	GBytes *bytes = g_hash_table_lookup(scene_of(host)->files, name);

	if (bytes)
		return g_bytes_unref_to_array(g_bytes_ref(bytes));
	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_IO, "%s: no such file", name);
	return NULL;
}

static bool scene_has(struct call_host *host, const char *name)
{
	return g_hash_table_contains(scene_of(host)->files, name);
}

static gboolean scene_write(struct call_host *host, const char *name, GBytes *bytes,
			    GError **error)
{
	(void)error;
	g_hash_table_insert(scene_of(host)->written, g_strdup(name), g_bytes_ref(bytes));
	return TRUE;
}

static gboolean scene_prepare(struct call_host *host, struct call *call, GError **error)
{
	struct call_scene *scene = scene_of(host);

	(void)error;
	call->settings.config.chip = scene->spec;
	call->settings.config.pins = scene->pins;
	call->settings.config.usb = scene_of(host)->usb;
	call->settings.config.port = scene_of(host)->port;
	return TRUE;
}

static struct gpiochip *scene_chip(struct call_host *host, const struct call *call)
{
	struct call_scene *scene = scene_of(host);

	(void)call;
	return gpiochip_fault_new(scene->chip, &scene->faults);
}

static struct journal *scene_journal(struct call_host *host, GError **error)
{
	struct call_scene *scene = scene_of(host);

	if (!scene->journal_breaks || !strstr(scene->told->str, "started"))
		return scene->journal;
	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_STORE, "the disk is full");
	return NULL;
}

static struct store *scene_store(struct call_host *host, GError **error)
{
	(void)error;
	return scene_of(host)->store;
}

static void scene_selected(struct call_host *host, const char *job)
{
	g_string_append_printf(scene_of(host)->told, "selected %s; ", job ? job : "none");
}

static void scene_run_started(struct call_host *host, uint64_t run,
			      const struct run_start *start)
{
	g_string_append_printf(scene_of(host)->told, "started %" G_GUINT64_FORMAT " %s; ",
			       run, start->job ? start->job : start->kind);
}

static void scene_run_ended(struct call_host *host, uint64_t run,
			    const struct run_end *end)
{
	g_string_append_printf(scene_of(host)->told,
			       "ended %" G_GUINT64_FORMAT " %s%s%s; ", run,
			       run_state_name(end->state), end->code ? " " : "",
			       end->code ? end->code : "");
}

static const struct call_host_ops scene_ops = {
	.say = scene_say,
	.progress = scene_progress,
	.read = scene_read,
	.has = scene_has,
	.write = scene_write,
	.prepare = scene_prepare,
	.chip = scene_chip,
	.journal = scene_journal,
	.store = scene_store,
	.selected = scene_selected,
	.run_started = scene_run_started,
	.run_ended = scene_run_ended,
};

static GHashTable *file_table(void)
{
	return g_hash_table_new_full(g_str_hash, g_str_equal, g_free,
				     (GDestroyNotify)g_bytes_unref);
}

static void open_folder(struct call_scene *scene)
{
	const struct journal_options options = { 0 };
	g_autoptr(GError) error = NULL;

	scene->folder = g_dir_make_tmp("sixpin-call-XXXXXX", NULL);
	g_setenv("SIXPIN_STATE_DIR", scene->folder, TRUE);
	g_setenv("SIXPIN_CATALOGUE", "images/catalogue.conf", TRUE);
	scene->store = store_open(scene->folder, &error);
	g_assert_no_error(error);
	scene->journal = journal_open(scene->folder, &options, NULL, &error);
	g_assert_no_error(error);
}

void call_scene_init(struct call_scene *scene, const char *spec)
{
	g_autoptr(GError) error = NULL;
	struct avr_chip *part;

	*scene = (struct call_scene){ .host = { .ops = &scene_ops, .who = "tester" },
				      .pins = GPIO_PINS_DEFAULT,
				      .spec = g_strconcat("virtual:", spec, NULL),
				      .cancellable = g_cancellable_new(),
				      .files = file_table(),
				      .written = file_table(),
				      .out = g_string_new(NULL),
				      .err = g_string_new(NULL),
				      .told = g_string_new(NULL),
				      .steps = g_string_new(NULL) };
	open_folder(scene);
	scene->chip = gpiochip_open(scene->spec, &error);
	g_assert_no_error(error);
	scene->board = gpiochip_virtual_board(scene->chip);
	part = virtual_board_chip(scene->board);
	if (part) {
		scene->cells = avr_chip_cells(part);
		scene->stats = avr_chip_stats(part);
	}
}

static void remove_tree(const char *path)
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

void call_scene_clear(struct call_scene *scene)
{
	g_assert_cmphex(virtual_board_driven(scene->board), ==, 0);
	gpiochip_close(scene->chip);
	journal_close(scene->journal);
	store_close(scene->store);
	remove_tree(scene->folder);
	g_hash_table_unref(scene->files);
	g_hash_table_unref(scene->written);
	g_string_free(scene->out, TRUE);
	g_string_free(scene->err, TRUE);
	g_string_free(scene->told, TRUE);
	g_string_free(scene->steps, TRUE);
	g_clear_pointer(&scene->root, json_node_unref);
	g_object_unref(scene->cancellable);
	g_free(scene->spec);
	g_free(scene->folder);
}

void call_scene_file(struct call_scene *scene, const char *name, const char *content)
{
	g_hash_table_insert(scene->files, g_strdup(name),
			    g_bytes_new(content, strlen(content)));
}

void call_scene_image(struct call_scene *scene, const char *name, const char *content)
{
	g_autoptr(GBytes) bytes = g_bytes_new(content, strlen(content));
	g_autoptr(GError) error = NULL;

	store_add_image(scene->store, name, bytes, true, NULL, &error);
	g_assert_no_error(error);
}

void call_scene_job(struct call_scene *scene, const char *id, const char *text)
{
	g_autofree char *name = g_strconcat(id, ".job", NULL);

	call_scene_file(scene, name, text);
	call_scene_good(scene, "job", "add", name, "--replace", NULL);
}

static void forget(struct call_scene *scene)
{
	g_string_truncate(scene->out, 0);
	g_string_truncate(scene->err, 0);
	g_string_truncate(scene->told, 0);
	g_string_truncate(scene->steps, 0);
	g_hash_table_remove_all(scene->written);
	g_clear_pointer(&scene->root, json_node_unref);
}

static gboolean run(struct call_scene *scene, char **words, GError **error)
{
	struct call call;
	gboolean ok;

	forget(scene);
	call_init(&call, &scene->host, words, scene->cancellable);
	ok = call_choose(&call, error) && call_execute(&call, error);
	scene->root = g_steal_pointer(&call.root);
	call_clear(&call);
	return ok;
}

static char **collect_words(va_list arguments)
{
	GPtrArray *words = g_ptr_array_new();
	const char *word;

	g_ptr_array_add(words, g_strdup("sixpin"));
	while ((word = va_arg(arguments, const char *)))
		g_ptr_array_add(words, g_strdup(word));
	g_ptr_array_add(words, NULL);
	return (char **)g_ptr_array_free(words, FALSE);
}

gboolean call_scene_run(struct call_scene *scene, GError **error, ...)
{
	g_auto(GStrv) words = NULL;
	va_list arguments;

	va_start(arguments, error);
	words = collect_words(arguments);
	va_end(arguments);
	return run(scene, words, error);
}

void call_scene_good(struct call_scene *scene, ...)
{
	g_autoptr(GError) error = NULL;
	g_auto(GStrv) words = NULL;
	va_list arguments;
	gboolean ok;

	va_start(arguments, scene);
	words = collect_words(arguments);
	va_end(arguments);
	ok = run(scene, words, &error);
	g_assert_no_error(error);
	g_assert_true(ok);
	g_assert_true(json_object_get_boolean_member(call_scene_root(scene), "ok"));
}

void call_scene_bad(struct call_scene *scene, const char *words, enum sixpin_error code,
		    const char *message)
{
	g_autofree char *line = g_strconcat("sixpin ", words, NULL);
	g_auto(GStrv) split = g_strsplit(line, " ", -1);
	g_autoptr(GError) error = NULL;
	JsonObject *told;

	g_assert_false(run(scene, split, &error));
	g_assert_nonnull(error);
	g_assert_cmpstr(error->message, ==, message);
	g_assert_error(error, SIXPIN_ERROR, (int)code);
	if (!scene->root)
		return;
	g_assert_false(json_object_get_boolean_member(call_scene_root(scene), "ok"));
	told = json_object_get_object_member(call_scene_root(scene), "error");
	g_assert_cmpstr(json_object_get_string_member(told, "message"), ==, message);
	g_assert_cmpstr(json_object_get_string_member(told, "code"), ==,
			error_kind(code)->code);
}

JsonObject *call_scene_root(const struct call_scene *scene)
{
	return json_node_get_object(scene->root);
}

const char *call_scene_text(const struct call_scene *scene, const char *member)
{
	return json_object_get_string_member_with_default(call_scene_root(scene), member,
							  "");
}

GVariant *call_scene_row(const struct call_scene *scene, uint64_t number)
{
	g_autoptr(GError) error = NULL;
	GVariant *row = journal_run(scene->journal, number, &error);

	g_assert_no_error(error);
	return row;
}

char *call_scene_fact(const struct call_scene *scene, uint64_t number, const char *name)
{
	g_autoptr(GVariant) row = call_scene_row(scene, number);
	g_autoptr(GVariant) value = g_variant_lookup_value(row, name, NULL);

	if (!value)
		return g_strdup("");
	return g_variant_is_of_type(value, G_VARIANT_TYPE_STRING)
		       ? g_variant_dup_string(value, NULL)
		       : g_variant_print(value, FALSE);
}

unsigned call_scene_n_runs(const struct call_scene *scene)
{
	const struct journal_filter all = { .limit = 1000 };
	g_autoptr(GVariant) rows = journal_runs(scene->journal, &all, NULL);

	return (unsigned)g_variant_n_children(rows);
}
