/* SPDX-License-Identifier: MIT */
/* sixpin history: the runs that the journal has, or all of one. */
#include "appliance/commands/history.h"

#include "appliance/base/error.h"
#include "appliance/base/units.h"
#include "appliance/commands/json.h"

#include <string.h>

static const char *get(GVariant *run, const char *name)
{
	const char *text;

	return g_variant_lookup(run, name, "&s", &text) ? text : "";
}

/* "2026-11-24 08:15:31"; a clock that was not set says nothing. */
static char *format_time(GVariant *run)
{
	g_autoptr(GDateTime) time = NULL;
	gint64 started = 0;

	g_variant_lookup(run, "started", "x", &started);
	if (started <= 0)
		return g_strdup("clock not set");
	time = g_date_time_new_from_unix_local(started);
	return time ? g_date_time_format(time, "%Y-%m-%d %H:%M:%S") : g_strdup("?");
}

static void say_run(struct call *call, GVariant *run)
{
	g_autofree char *time = format_time(run);
	const char *code = get(run, "code");
	const char *what = *get(run, "job") ? get(run, "job") : get(run, "kind");
	const char *serial = get(run, "serial");
	guint64 number = 0;
	double seconds = 0;

	g_variant_lookup(run, "run", "t", &number);
	g_variant_lookup(run, "seconds", "d", &seconds);
	call_say(call,
		 "%6" G_GUINT64_FORMAT "  %-19s  %-11s  %-16s %-12s %6.2f s  %s%s%s",
		 number, time, get(run, "state"), what, get(run, "part"), seconds,
		 get(run, "who"), *serial ? "  serial " : "", serial);
	if (*code)
		call_say(call, "        %s: %s", code, get(run, "message"));
}

/* A value as people read it: strings bare, the rest as GVariant prints it. */
static char *format_value(GVariant *value)
{
	return g_variant_is_of_type(value, G_VARIANT_TYPE_STRING)
		       ? g_variant_dup_string(value, NULL)
		       : g_variant_print(value, FALSE);
}

static void say_all(struct call *call, GVariant *run)
{
	GVariantIter iter;
	const char *name;
	GVariant *value;

	g_variant_iter_init(&iter, run);
	while (g_variant_iter_loop(&iter, "{&sv}", &name, &value)) {
		g_autofree char *text = format_value(value);

		call_say(call, "%-22s %s", name, text);
	}
}

static gboolean show_one(struct call *call, const char *text, GError **error)
{
	struct journal *journal = call->host->ops->journal(call->host, error);
	g_autoptr(GVariant) run = NULL;
	uint64_t number;

	if (!journal || !parse_number(text, "run", G_MAXINT64, &number, error))
		return FALSE;
	run = journal_run(journal, number, error);
	if (!run)
		return FALSE;
	call_add_variant(call, "run", run);
	say_all(call, run);
	return TRUE;
}

static gboolean show_list(struct call *call, const struct journal_filter *filter,
			  GError **error)
{
	struct journal *journal = call->host->ops->journal(call->host, error);
	g_autoptr(GVariant) runs = journal ? journal_runs(journal, filter, error) : NULL;
	GVariantIter iter;
	GVariant *run;

	if (!runs)
		return FALSE;
	call_add_variant(call, "runs", runs);
	if (g_variant_n_children(runs) == 0)
		call_say(call, "No runs.");
	g_variant_iter_init(&iter, runs);
	while ((run = g_variant_iter_next_value(&iter))) {
		say_run(call, run);
		g_variant_unref(run);
	}
	return TRUE;
}

void filter_words_entries(struct filter_words *words, GOptionEntry entries[])
{
	const GOptionEntry filter_entries[] = {
		{ "job", 0, 0, G_OPTION_ARG_STRING, &words->job, "Of this job", "JOB" },
		{ "state", 0, 0, G_OPTION_ARG_STRING, &words->state,
		  "started, passed, failed, interrupted or done", "STATE" },
		{ "kind", 0, 0, G_OPTION_ARG_STRING, &words->kind,
		  "run, or a command's name", "KIND" },
		{ "serial", 0, 0, G_OPTION_ARG_STRING, &words->serial,
		  "Of the unit with this serial number", "SERIAL" },
		{ "limit", 'n', 0, G_OPTION_ARG_INT, &words->limit, "At most so many",
		  "N" },
		{ "before", 0, 0, G_OPTION_ARG_INT64, &words->before,
		  "With lower numbers than this run", "RUN" },
		{ NULL },
	};

	for (unsigned i = 0; i < FILTER_N_ENTRIES; i++)
		entries[i] = filter_entries[i];
}

gboolean filter_check(const struct journal_filter *filter, GError **error)
{
	const char *state = filter->state;

	for (unsigned i = 0; i < RUN_N_STATES; i++)
		if (!state || strcmp(run_state_name(i), state) == 0)
			return TRUE;
	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE,
		    "\"%s\" is no state of a run; expected started, passed, failed, "
		    "interrupted or done",
		    state);
	return FALSE;
}

gboolean filter_words_take(const struct filter_words *words,
			   struct journal_filter *filter, GError **error)
{
	*filter = (struct journal_filter){
		.before = (uint64_t)words->before,
		.limit = (unsigned)words->limit,
		.job = words->job,
		.state = words->state,
		.kind = words->kind,
		.serial = words->serial,
	};
	if (words->limit >= 0 && words->before >= 0)
		return filter_check(filter, error);
	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE,
		    "--limit and --before take numbers from 0 on");
	return FALSE;
}

void filter_words_clear(struct filter_words *words)
{
	g_free(words->job);
	g_free(words->state);
	g_free(words->kind);
	g_free(words->serial);
}

static gboolean run_history(struct call *call, const struct command *command, int argc,
			    char **argv, GError **error)
{
	struct filter_words words = { 0 };
	GOptionEntry entries[FILTER_N_ENTRIES];
	struct journal_filter filter;
	gboolean ok;

	filter_words_entries(&words, entries);
	ok = call_parse(call, command, entries, &argc, &argv, 0, 1, error) &&
	     filter_words_take(&words, &filter, error) &&
	     (argc > 1 ? show_one(call, argv[1], error)
		       : show_list(call, &filter, error));
	filter_words_clear(&words);
	return ok;
}

const struct command command_history = {
	.name = "history",
	.place = COMMAND_DESK,
	.only_reads = true,
	.arguments = "[OPTION...] [RUN]",
	.summary = "Show the journal's runs, newest first, or all of one",
	.examples = "Examples:\n"
		    "  sixpin history\n"
		    "  sixpin history --job blink --state failed\n"
		    "  sixpin history 123\n",
	.run = run_history,
};
