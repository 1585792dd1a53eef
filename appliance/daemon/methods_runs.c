/* SPDX-License-Identifier: MIT */
/* The journal: methods of org.sixpin.Station1. */
#include "appliance/commands/history.h"
#include "appliance/daemon/private_file.h"
#include "appliance/daemon/request.h"

#include <unistd.h>

static struct journal_filter filter_of(const struct request *request)
{
	struct journal_filter filter = {
		.job = request_text(request, "job"),
		.state = request_text(request, "state"),
		.kind = request_text(request, "kind"),
		.serial = request_text(request, "serial"),
	};

	g_variant_lookup(request->options, "before", "t", &filter.before);
	g_variant_lookup(request->options, "limit", "u", &filter.limit);
	return filter;
}

static gboolean reply_list(struct request *request, GVariant *list)
{
	if (!list)
		return FALSE;
	request_reply(request, g_variant_new("(@aa{sv})", list));
	g_variant_unref(list);
	return TRUE;
}

static gboolean list_runs(struct request *request, struct call *call, GError **error)
{
	struct journal_filter filter = filter_of(request);

	return filter_check(&filter, error) &&
	       reply_list(request, journal_runs(request->hub->journal, &filter, error));
}

static gboolean get_run(struct request *request, struct call *call, GError **error)
{
	g_autoptr(GVariant) facts = NULL;
	guint64 run;

	g_variant_get_child(request->parameters, 0, "t", &run);
	facts = journal_run(request->hub->journal, run, error);
	if (facts)
		request_reply(request, g_variant_new("(@a{sv})", facts));
	return facts != NULL;
}

static gboolean export_runs(struct request *request, struct call *call, GError **error)
{
	struct journal_filter filter = filter_of(request);
	g_autoptr(GBytes) nothing = g_bytes_new_static("", 0);
	enum journal_format format;
	int fd, index = -1;

	if (!filter_check(&filter, error) ||
	    !export_format_find(request_parameter(request, 0), &format, error))
		return FALSE;
	fd = private_file(nothing, error);
	if (fd < 0)
		return FALSE;
	if (journal_export(request->hub->journal, &filter, format, fd, error) &&
	    lseek(fd, 0, SEEK_SET) == 0) {
		request->reply_fds = g_unix_fd_list_new();
		index = g_unix_fd_list_append(request->reply_fds, fd, error);
	}
	close(fd);
	if (index >= 0)
		request_reply(request, g_variant_new("(h)", index));
	return index >= 0;
}

static gboolean count_runs(struct request *request, struct call *call, GError **error)
{
	guint32 n_days = JOURNAL_DAYS;

	g_variant_lookup(request->options, "days", "u", &n_days);
	return reply_list(request, journal_days(request->hub->journal, n_days,
						request_text(request, "job"), error));
}

static gboolean totals(struct request *request, struct call *call, GError **error)
{
	return reply_list(request, journal_totals(request->hub->journal, error));
}

#define FILTER_OPTIONS                                                                 \
	{                                                                              \
		{ "before", "t" }, { "limit", "u" }, { "job", "s" }, { "state", "s" }, \
			{ "kind", "s" },                                               \
		{                                                                      \
			"serial", "s"                                                  \
		}                                                                      \
	}

const struct method run_methods[] = {
	{ "ListRuns", FILTER_OPTIONS, .consult = list_runs },
	{ "GetRun", .consult = get_run },
	{ "CountRuns", { { "days", "u" }, { "job", "s" } }, .consult = count_runs },
	{ "Totals", .consult = totals },
	{ "ExportRuns", FILTER_OPTIONS, .consult = export_runs },
	{ NULL },
};
