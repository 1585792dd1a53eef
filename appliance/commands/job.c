/* SPDX-License-Identifier: MIT */
/* sixpin job: the station's jobs. */
#include "appliance/base/error.h"
#include "appliance/commands/jobs.h"
#include "appliance/commands/json.h"
#include "images/file.h"

#include <string.h>

struct words {
	char *name;
	gboolean replace;
};

static const char *get(GVariant *facts, const char *name, const char *none)
{
	const char *text;

	return g_variant_lookup(facts, name, "&s", &text) ? text : none;
}

static void say_job(struct call *call, GVariant *facts)
{
	const char *problem = get(facts, "problem", NULL);
	guint32 number = 0, failures = 0;
	guint64 good = 0, left;
	gboolean selected = FALSE;
	g_autofree char *limit = NULL;

	g_variant_lookup(facts, "number", "u", &number);
	g_variant_lookup(facts, "selected", "b", &selected);
	g_variant_lookup(facts, "good", "t", &good);
	g_variant_lookup(facts, "failures_in_a_row", "u", &failures);
	limit = g_variant_lookup(facts, "left", "t", &left)
			? g_strdup_printf(", %" G_GUINT64_FORMAT " left", left)
			: g_strdup("");
	call_say(call, "%c %2u  %-20s %-12s %" G_GUINT64_FORMAT " good%s  %s",
		 selected ? '*' : ' ', number, get(facts, "id", ""),
		 get(facts, "part", "?"), good, limit, get(facts, "title", ""));
	if (failures)
		call_say(call, "       %u failures in a row", failures);
	if (problem)
		call_say(call, "       not usable: %s", problem);
}

static gboolean list(struct call *call, const struct words *words, char **arguments,
		     GError **error)
{
	g_autoptr(GVariant) jobs = jobs_list(call, error);
	GVariantIter iter;
	GVariant *job;

	if (!jobs)
		return FALSE;
	call_add_variant(call, "jobs", jobs);
	if (g_variant_n_children(jobs) == 0)
		call_say(call, "No jobs. \"sixpin job add FILE\" takes one in.");
	g_variant_iter_init(&iter, jobs);
	while ((job = g_variant_iter_next_value(&iter))) {
		say_job(call, job);
		g_variant_unref(job);
	}
	return TRUE;
}

static gboolean show(struct call *call, const struct words *words, char **arguments,
		     GError **error)
{
	struct store *store = call->host->ops->store(call->host, error);
	struct job *job = store ? store_get_job(store, arguments[0], error) : NULL;
	g_autofree char *text = NULL;

	if (!job)
		return FALSE;
	text = g_strchomp(g_strdup(job->text));
	call_add_string(call, "id", job->id);
	call_add_string(call, "text", job->text);
	call_add_string(call, "digest", job->digest);
	call_say(call, "%s", text);
	job_free(job);
	return TRUE;
}

/* "path/blink.job" -> "blink" */
static char *id_of(const struct words *words, const char *path)
{
	char *base;

	if (words->name)
		return g_strdup(words->name);
	base = g_path_get_basename(path);
	if (g_str_has_suffix(base, ".job"))
		base[strlen(base) - strlen(".job")] = 0;
	return base;
}

static gboolean add(struct call *call, const struct words *words, char **arguments,
		    GError **error)
{
	g_autoptr(GByteArray) text = call_read_file(call, arguments[0], error);
	g_autofree char *id = id_of(words, arguments[0]);

	if (!text || !jobs_put(call, id, arguments[0], (const char *)text->data,
			       text->len, words->replace, error))
		return FALSE;
	call_add_string(call, "id", id);
	call_say(call,
		 "%s: checked and kept; \"sixpin job select %s\" puts it on the button",
		 id, id);
	return TRUE;
}

static gboolean check(struct call *call, const struct words *words, char **arguments,
		      GError **error)
{
	g_autoptr(GVariant) facts = jobs_describe(call, arguments[0], 0, error);

	if (!facts)
		return FALSE;
	call_add_variant(call, "job", facts);
	if (!jobs_check(call, arguments[0], error))
		return FALSE;
	call_say(call, "%s: can be run", arguments[0]);
	return TRUE;
}

static gboolean select_job(struct call *call, const struct words *words, char **arguments,
			   GError **error)
{
	if (!jobs_select(call, arguments[0], error))
		return FALSE;
	call_add_string(call, "selected", arguments[0]);
	call_say(call, "%s is selected", arguments[0]);
	return TRUE;
}

static gboolean remove_job(struct call *call, const struct words *words, char **arguments,
			   GError **error)
{
	if (!jobs_remove(call, arguments[0], error))
		return FALSE;
	call_say(call, "%s: removed", arguments[0]);
	return TRUE;
}

static gboolean reset_job(struct call *call, const struct words *words, char **arguments,
			  GError **error)
{
	if (!jobs_reset(call, arguments[0], error))
		return FALSE;
	call_say(call, "%s: failures in a row are 0 again", arguments[0]);
	return TRUE;
}

static gboolean keep_image(struct call *call, struct store *store, const char *path,
			   GError **error)
{
	g_autoptr(GByteArray) bytes = call_read_file(call, path, error);
	g_autofree char *name = g_path_get_basename(path);
	g_autoptr(GBytes) content = NULL;

	if (!bytes)
		return FALSE;
	content = g_byte_array_free_to_bytes(g_steal_pointer(&bytes));
	if (!store_add_image(store, name, content, false, NULL, error))
		return FALSE;
	call_say(call, "%s: kept", name);
	return TRUE;
}

/* Printed where there is no name to keep it under: a guide's line may need a second look.
 */
static gboolean import_avrdude(struct call *call, const struct words *words,
			       char **arguments, GError **error)
{
	g_autoptr(GPtrArray) files = g_ptr_array_new_with_free_func(g_free);
	g_autofree char *text = job_from_avrdude(arguments[0], files, error);
	struct store *store = NULL;

	if (!text)
		return FALSE;
	call_add_string(call, "text", text);
	if (!words->name) {
		call_say(call, "%s", g_strchomp(text));
		return TRUE;
	}
	store = call->host->ops->store(call->host, error);
	for (unsigned i = 0; store && i < files->len; i++)
		if (!keep_image(call, store, files->pdata[i], error))
			return FALSE;
	if (!store || !jobs_put(call, words->name, words->name, text, strlen(text),
				words->replace, error))
		return FALSE;
	call_add_string(call, "id", words->name);
	call_say(call, "%s: checked and kept", words->name);
	return TRUE;
}

static const struct {
	const char *name;
	int n_arguments;
	gboolean (*run)(struct call *call, const struct words *words, char **arguments,
			GError **error);
} actions[] = {
	{ "list", 0, list },	     { "show", 1, show },
	{ "add", 1, add },	     { "check", 1, check },
	{ "select", 1, select_job }, { "remove", 1, remove_job },
	{ "reset", 1, reset_job },   { "import-avrdude", 1, import_avrdude },
};

static gboolean run_action(struct call *call, const struct words *words, int argc,
			   char **argv, GError **error)
{
	const char *name = argc > 1 ? argv[1] : "list";

	for (unsigned i = 0; i < G_N_ELEMENTS(actions); i++)
		if (strcmp(actions[i].name, name) == 0 &&
		    actions[i].n_arguments == MAX(argc - 2, 0))
			return actions[i].run(call, words, argv + 2, error);
	g_set_error(
		error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE,
		"job: expected list, show JOB, add FILE, check JOB, select JOB, remove "
		"JOB, reset JOB or import-avrdude 'LINE'");
	return FALSE;
}

static gboolean run_job(struct call *call, const struct command *command, int argc,
			char **argv, GError **error)
{
	struct words words = { 0 };
	const GOptionEntry entries[] = {
		{ "name", 0, 0, G_OPTION_ARG_STRING, &words.name,
		  "Keep it under this name (default: the file's, without .job)", "ID" },
		{ "replace", 0, 0, G_OPTION_ARG_NONE, &words.replace,
		  "Take the place of the job that has the name", NULL },
		{ NULL },
	};
	gboolean ok =
		call_parse(call, command, entries, &argc, &argv, 0, G_MAXINT, error) &&
		run_action(call, &words, argc, argv, error);

	g_free(words.name);
	return ok;
}

const struct command command_job = {
	.name = "job",
	.place = COMMAND_DESK,
	.arguments = "[OPTION...] [list | show JOB | add FILE | check JOB | select JOB | "
		     "remove JOB | reset JOB | import-avrdude 'LINE']",
	.summary = "The station's jobs: keep, check, select, remove",
	.examples =
		"Examples:\n"
		"  sixpin job add blink.job\n"
		"  sixpin job select blink          the button runs it from now on\n"
		"  sixpin job select auto           the button runs what the target asks for\n"
		"  sixpin job import-avrdude --name boot \\\n"
		"      'avrdude -c usbasp -p m32u4 -U flash:w:boot.hex:i -U lfuse:w:0x5E:m'\n\n"
		"docs/jobs.md explains what is in a job's file.\n",
	.run = run_job,
};
