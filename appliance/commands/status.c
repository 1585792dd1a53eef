/* SPDX-License-Identifier: MIT */
/* sixpin status: what the station is at, and what it is about to do. */
#include "appliance/commands/jobs.h"
#include "appliance/commands/json.h"

static void say_counts(struct call *call, GVariant *counts)
{
	guint64 passed = 0, failed = 0, interrupted = 0;

	g_variant_lookup(counts, "passed", "t", &passed);
	g_variant_lookup(counts, "failed", "t", &failed);
	g_variant_lookup(counts, "interrupted", "t", &interrupted);
	call_say(call,
		 "Runs         %" G_GUINT64_FORMAT " passed, %" G_GUINT64_FORMAT
		 " failed, %" G_GUINT64_FORMAT " interrupted",
		 passed, failed, interrupted);
}

static void say_notices(struct call *call, GVariant *notices)
{
	GVariantIter iter;
	const char *notice;

	g_variant_iter_init(&iter, notices);
	while (g_variant_iter_next(&iter, "&s", &notice))
		call_say(call, "Notice       %s", notice);
}

static gboolean tell_journal(struct call *call, GError **error)
{
	struct journal *journal = call->host->ops->journal(call->host, error);
	g_autoptr(GVariant) counts =
		journal ? journal_counts(journal, "run", error) : NULL;
	g_autoptr(GVariant) notices = counts ? journal_notices(journal, error) : NULL;

	if (!notices)
		return FALSE;
	call_add_variant(call, "runs", counts);
	call_add_variant(call, "notices", notices);
	say_counts(call, counts);
	say_notices(call, notices);
	return TRUE;
}

static gboolean tell_job(struct call *call, GError **error)
{
	g_autoptr(GError) failure = NULL;
	g_autofree char *id = jobs_selected(call, &failure);

	if (failure) {
		g_propagate_error(error, g_steal_pointer(&failure));
		return FALSE;
	}
	call_add_string(call, "selected_job", id ? id : "");
	call_say(call, "Job          %s", id ? id : "none selected");
	return TRUE;
}

static void tell_station(struct call *call, GVariant *status)
{
	const char *state = "", *panel = "";
	guint64 run = 0;

	g_variant_lookup(status, "state", "&s", &state);
	g_variant_lookup(status, "panel", "&s", &panel);
	g_variant_lookup(status, "run", "t", &run);
	call_add_variant(call, "station", status);
	if (run)
		call_say(call, "Station      %s, run %" G_GUINT64_FORMAT, state, run);
	else
		call_say(call, "Station      %s", state);
	if (*panel)
		call_say(call, "Panel        %s", panel);
}

static gboolean run_status(struct call *call, const struct command *command, int argc,
			   char **argv, GError **error)
{
	struct call_host *host = call->host;
	g_autoptr(GVariant) status = NULL;

	if (!call_parse(call, command, NULL, &argc, &argv, 0, 0, error))
		return FALSE;
	if (host->ops->status)
		status = host->ops->status(host, error);
	if (status)
		tell_station(call, status);
	else if (host->ops->status)
		return FALSE;
	else
		call_say(call, "Station      no daemon: this process has its own folder");
	return tell_job(call, error) && tell_journal(call, error);
}

const struct command command_status = {
	.name = "status",
	.place = COMMAND_DESK,
	.only_reads = true,
	.arguments = "[OPTION...]",
	.summary = "Tell what the station is at, and which job is selected",
	.examples = "Example:\n  sixpin status --json\n",
	.run = run_status,
};
