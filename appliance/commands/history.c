/* SPDX-License-Identifier: MIT */
/* sixpin history: the runs that the journal has, all of one, or how many there were. */
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

static void say_day(struct call *call, GVariant *day)
{
	guint32 passed = 0, failed = 0, interrupted = 0;

	g_variant_lookup(day, "passed", "u", &passed);
	g_variant_lookup(day, "failed", "u", &failed);
	g_variant_lookup(day, "interrupted", "u", &interrupted);
	call_say(call, "%s  %6u passed  %6u failed  %6u interrupted", get(day, "day"),
		 passed, failed, interrupted);
}

static gboolean show_days(struct call *call, int n_days, const char *job, GError **error)
{
	struct journal *journal = call->host->ops->journal(call->host, error);
	g_autoptr(GVariant) days = NULL;
	GVariantIter iter;
	GVariant *day;

	if (!journal)
		return FALSE;
	days = journal_days(journal, (unsigned)MAX(n_days, 0), job, error);
	if (!days)
		return FALSE;
	call_add_variant(call, "days", days);
	if (g_variant_n_children(days) == 0)
		call_say(call, "No runs of jobs.");
	g_variant_iter_init(&iter, days);
	while ((day = g_variant_iter_next_value(&iter))) {
		say_day(call, day);
		g_variant_unref(day);
	}
	return TRUE;
}

/* A day has all states, and all runs of it. */
static gboolean check_by_day(const struct journal_filter *filter, const char *run,
			     GError **error)
{
	if (!run && !filter->state && !filter->kind && !filter->serial &&
	    !filter->before && !filter->limit)
		return TRUE;
	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE,
		    "--by-day goes with --days and --job alone");
	return FALSE;
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

struct words {
	struct filter_words filter;
	gboolean by_day;
	int n_days;
};

static gboolean show(struct call *call, const struct words *words, const char *run,
		     GError **error)
{
	struct journal_filter filter;

	if (!filter_words_take(&words->filter, &filter, error))
		return FALSE;
	if (!words->by_day && words->n_days != JOURNAL_DAYS) {
		g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE,
			    "--days goes with --by-day");
		return FALSE;
	}
	if (words->by_day)
		return check_by_day(&filter, run, error) &&
		       show_days(call, words->n_days, filter.job, error);
	return run ? show_one(call, run, error) : show_list(call, &filter, error);
}

static gboolean run_history(struct call *call, const struct command *command, int argc,
			    char **argv, GError **error)
{
	struct words words = { .n_days = JOURNAL_DAYS };
	GOptionEntry entries[FILTER_N_ENTRIES + 2] = {
		{ "by-day", 0, 0, G_OPTION_ARG_NONE, &words.by_day,
		  "How many runs of jobs passed and failed, day by day", NULL },
		{ "days", 0, 0, G_OPTION_ARG_INT, &words.n_days,
		  "Of --by-day: the last N days (default: " G_STRINGIFY(JOURNAL_DAYS) ")",
		  "N" },
	};
	gboolean ok;

	filter_words_entries(&words.filter, entries + 2);
	ok = call_parse(call, command, entries, &argc, &argv, 0, 1, error) &&
	     show(call, &words, argc > 1 ? argv[1] : NULL, error);
	filter_words_clear(&words.filter);
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
		    "  sixpin history 123\n"
		    "  sixpin history --by-day --days 7\n",
	.run = run_history,
};
