/* SPDX-License-Identifier: MIT */
/* The methods of org.sixpin.Station1: a table, and an answer each. */
#include "appliance/base/error.h"
#include "appliance/commands/history.h"
#include "appliance/commands/jobs.h"
#include "appliance/commands/json.h"
#include "appliance/daemon/admit.h"
#include "appliance/daemon/private_file.h"
#include "appliance/daemon/request.h"
#include "images/file.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static const char *text_parameter(const struct request *request, unsigned index)
{
	const char *text;

	g_variant_get_child(request->parameters, index, "&s", &text);
	return text;
}

static GUnixFDList *fds_of(const struct request *request)
{
	return g_dbus_message_get_unix_fd_list(
		g_dbus_method_invocation_get_message(request->invocation));
}

/* The descriptor stays the message's. -1 with USAGE where there is none. */
static int take_fd(const struct request *request, gint32 index, GError **error)
{
	GUnixFDList *list = fds_of(request);
	gint n_fds = 0;
	const int *all = list ? g_unix_fd_list_peek_fds(list, &n_fds) : NULL;

	if (index >= 0 && index < n_fds)
		return all[index];
	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE,
		    "%s: handle %d, but %d descriptors came along", request->method->name,
		    index, n_fds);
	return -1;
}

/* ---- The command line's words ---- */

static GVariant *outcome_of(const struct work *work)
{
	GVariantDict outcome;
	g_autofree char *text = NULL;

	g_variant_dict_init(&outcome, NULL);
	if (work->root) {
		text = json_to_string(work->root, FALSE);
		g_variant_dict_insert(&outcome, "result", "s", text);
	}
	if (work->error) {
		g_autofree char *message = g_utf8_make_valid(work->error->message, -1);

		g_variant_dict_insert(&outcome, "code", "s",
				      error_kind_of(work->error)->code);
		g_variant_dict_insert(&outcome, "message", "s", message);
	}
	return g_variant_dict_end(&outcome);
}

static GVariant *hand_over(struct request *request, const struct work *work)
{
	GVariantBuilder outputs;

	g_variant_builder_init(&outputs, G_VARIANT_TYPE("a(sh)"));
	for (unsigned i = 0; i < work->outputs->len; i++) {
		const struct work_output *output = work->outputs->pdata[i];

		if (!request->reply_fds)
			request->reply_fds = g_unix_fd_list_new();
		g_variant_builder_add(
			&outputs, "(sh)", output->name,
			g_unix_fd_list_append(request->reply_fds, output->fd, NULL));
	}
	return g_variant_builder_end(&outputs);
}

static void answer_command(struct work *work)
{
	struct request *request = work->user;
	GVariant *outputs = hand_over(request, work);

	request_reply(request,
		      g_variant_new("(@a{sv}@a(sh))", outcome_of(work), outputs));
	request_finish(request, NULL);
}

static gboolean add_files(const struct request *request, struct work *work,
			  GError **error)
{
	g_autoptr(GVariant) files = g_variant_get_child_value(request->parameters, 1);
	GVariantIter iter;
	const char *name;
	gint32 index;

	g_set_object(&work->fds, fds_of(request));
	g_variant_iter_init(&iter, files);
	while (g_variant_iter_next(&iter, "(&sh)", &name, &index)) {
		int fd = take_fd(request, index, error);

		if (fd < 0 || !work_add_file(work, name, fd, error))
			return FALSE;
	}
	return TRUE;
}

static struct work *make_command(struct request *request, GError **error)
{
	g_autofree const char **words = NULL;
	struct work *work;

	g_variant_get_child(request->parameters, 0, "^a&s", &words);
	work = work_new(request->hub, request->who, words);
	work->sender = g_strdup(g_dbus_method_invocation_get_sender(request->invocation));
	g_variant_lookup(request->options, "call", "u", &work->number);
	work->done = answer_command;
	work->user = request;
	if (work_choose(work, error) && add_files(request, work, error))
		return work;
	work_free(work);
	return NULL;
}

/* ---- Jobs ---- */

static gboolean list_jobs(struct request *request, struct call *call, GError **error)
{
	g_autoptr(GVariant) jobs = jobs_list(call, error);

	if (jobs)
		request_reply(request, g_variant_new("(@aa{sv})", jobs));
	return jobs != NULL;
}

static gboolean get_job(struct request *request, struct call *call, GError **error)
{
	const char *id = text_parameter(request, 0);
	struct job *job = store_get_job(request->hub->store, id, error);
	g_autoptr(GVariant) facts = job ? jobs_describe(call, id, 0, error) : NULL;

	if (facts)
		request_reply(request, g_variant_new("(s@a{sv})", job->text, facts));
	job_free(job);
	return facts != NULL;
}

static gboolean check_job(struct request *request, struct call *call, GError **error)
{
	const char *id = text_parameter(request, 0);
	const char *text = text_parameter(request, 1);
	g_autofree char *pinned =
		jobs_check_text(call, id, id, text, strlen(text), error);
	GVariantDict facts;

	if (!pinned)
		return FALSE;
	g_variant_dict_init(&facts, NULL);
	g_variant_dict_insert(&facts, "text", "s", pinned);
	request_reply(request, g_variant_new("(@a{sv})", g_variant_dict_end(&facts)));
	return TRUE;
}

static gboolean put_job(struct request *request, struct call *call, GError **error)
{
	const char *id = text_parameter(request, 0);
	const char *text = text_parameter(request, 1);

	return jobs_put(call, id, id, text, strlen(text),
			request_flag(request, "replace"), error);
}

static gboolean remove_job(struct request *request, struct call *call, GError **error)
{
	return jobs_remove(call, text_parameter(request, 0), error);
}

static gboolean select_job(struct request *request, struct call *call, GError **error)
{
	return jobs_select(call, text_parameter(request, 0), error);
}

static gboolean reset_job(struct request *request, struct call *call, GError **error)
{
	return jobs_reset(call, text_parameter(request, 0), error);
}

/* ---- Images ---- */

static gboolean list_images(struct request *request, struct call *call, GError **error)
{
	g_autoptr(GVariant) images = store_list_images(request->hub->store, error);

	if (images)
		request_reply(request, g_variant_new("(@aa{sv})", images));
	return images != NULL;
}

static GBytes *copy_file(struct request *request, GError **error)
{
	gint32 index;
	int fd;

	g_variant_get_child(request->parameters, 1, "h", &index);
	fd = take_fd(request, index, error);
	return fd >= 0 ? private_copy(text_parameter(request, 0), fd, error) : NULL;
}

static gboolean add_image(struct request *request, struct call *call, GError **error)
{
	g_autoptr(GBytes) content = copy_file(request, error);
	g_autofree char *digest = NULL;

	if (!content ||
	    !store_add_image(request->hub->store, text_parameter(request, 0), content,
			     request_flag(request, "replace"), &digest, error))
		return FALSE;
	request_reply(request, g_variant_new("(s)", digest));
	return TRUE;
}

static gboolean reply_file(struct request *request, GBytes *bytes, GError **error)
{
	int index = request_add_file(request, bytes, error);

	if (index >= 0)
		request_reply(request, g_variant_new("(h)", index));
	return index >= 0;
}

static gboolean get_image(struct request *request, struct call *call, GError **error)
{
	g_autofree char *path =
		store_image_path(request->hub->store, text_parameter(request, 0), error);
	g_autoptr(GByteArray) bytes = path ? file_read(path, error) : NULL;
	g_autoptr(GBytes) content = NULL;

	if (!bytes)
		return FALSE;
	content = g_byte_array_free_to_bytes(g_steal_pointer(&bytes));
	return reply_file(request, content, error);
}

static gboolean remove_image(struct request *request, struct call *call, GError **error)
{
	return store_remove_image(request->hub->store, text_parameter(request, 0), error);
}

/* ---- Runs ---- */

/* A run that has begun is answered for; how it ends is told by its signal. */
static void answer_started(struct work *work, uint64_t run)
{
	struct request *request = work->user;

	if (!request || !work->is_job)
		return;
	work->user = NULL;
	request_reply(request, g_variant_new("(t)", run));
	request_finish(request, NULL);
}

static void answer_not_started(struct work *work)
{
	if (work->user)
		request_finish(work->user, g_steal_pointer(&work->error));
}

static struct work *make_run(struct request *request, GError **error)
{
	const char *job = text_parameter(request, 0);
	const char *words[] = { "run", *job ? job : NULL, NULL };
	struct work *work = work_new(request->hub, request->who, words);

	work->started = answer_started;
	work->done = answer_not_started;
	work->user = request;
	if (job[0] != '-' && work_choose(work, error))
		return work;
	if (job[0] == '-')
		g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE,
			    "\"%s\" is no name of a job", job);
	work_free(work);
	return NULL;
}

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

static gboolean list_runs(struct request *request, struct call *call, GError **error)
{
	struct journal_filter filter = filter_of(request);
	g_autoptr(GVariant) runs =
		filter_check(&filter, error)
			? journal_runs(request->hub->journal, &filter, error)
			: NULL;

	if (runs)
		request_reply(request, g_variant_new("(@aa{sv})", runs));
	return runs != NULL;
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
	    !export_format_find(text_parameter(request, 0), &format, error))
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

/* ---- The target ---- */

static void answer_facts(struct work *work)
{
	struct request *request = work->user;

	if (!work->error) {
		g_autoptr(GVariant) facts = variant_of_json(work->root);

		request_reply(request, g_variant_new("(@a{sv})", facts));
	}
	request_finish(request, g_steal_pointer(&work->error));
}

static struct work *make_words(struct request *request, const char *const *words,
			       void (*done)(struct work *work), GError **error)
{
	struct work *work = work_new(request->hub, request->who, words);

	work->done = done;
	work->user = request;
	if (work_choose(work, error))
		return work;
	work_free(work);
	return NULL;
}

static struct work *make_probe(struct request *request, GError **error)
{
	static const char *const words[] = { "probe", "--quiet", NULL };

	return make_words(request, words, answer_facts, error);
}

static void answer_file(struct work *work)
{
	struct request *request = work->user;

	if (!work->error) {
		g_autoptr(GVariant) facts = variant_of_json(work->root);
		const struct work_output *output = work->outputs->pdata[0];

		request->reply_fds = g_unix_fd_list_new();
		request_reply(request,
			      g_variant_new("(h@a{sv})",
					    g_unix_fd_list_append(request->reply_fds,
								  output->fd, NULL),
					    facts));
	}
	request_finish(request, g_steal_pointer(&work->error));
}

/* memory "all": a backup (docs/backup.md). */
static struct work *make_read(struct request *request, GError **error)
{
	const char *memory = text_parameter(request, 0);
	const char *format = request_text(request, "format");
	g_autofree char *memory_word = g_strconcat("--memory=", memory, NULL);
	g_autofree char *format_word =
		g_strconcat("--format=", format ? format : "ihex", NULL);
	const char *all[] = { "read", "--quiet", "--all", "file", NULL };
	const char *one[] = { "read", "--quiet", memory_word, format_word, "file", NULL };

	return make_words(request, strcmp(memory, "all") == 0 ? all : one, answer_file,
			  error);
}

static gboolean cancel(struct request *request, GError **error)
{
	guint32 number;

	if (!g_variant_lookup(request->options, "call", "u", &number))
		return hub_cancel(request->hub, error);
	hub_cancel_call(request->hub,
			g_dbus_method_invocation_get_sender(request->invocation), number);
	return TRUE;
}

static gboolean press(struct request *request, GError **error)
{
	static const struct {
		const char *how;
		enum button_event event;
	} presses[] = { { "short", BUTTON_SHORT },
			{ "hold", BUTTON_HOLD },
			{ "long", BUTTON_LONG } };
	const char *how = text_parameter(request, 0);
	bool may_pair = !request->is_web && (!request->has_session ||
					     request->session.role >= ACCESS_ENGINEER);

	if (strcmp(how, "long") == 0 && !may_pair)
		return request_deny(request, "pairing is opened at the station itself",
				    error);
	for (unsigned i = 0; i < G_N_ELEMENTS(presses); i++)
		if (request->hub->panel && strcmp(presses[i].how, how) == 0) {
			panel_press(request->hub->panel, presses[i].event);
			return TRUE;
		}
	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE, "%s",
		    request->hub->panel ? "Press: expected short, hold or long"
					: "Press: this station has no panel");
	return FALSE;
}

/* ---- Settings ---- */

static gboolean get_settings(struct request *request, GError **error)
{
	const struct hub *hub = request->hub;
	g_autofree char *config = station_config_describe(hub->config);
	GVariantDict settings;

	g_variant_dict_init(&settings, NULL);
	g_variant_dict_insert(&settings, "station_conf", "s", config);
	g_variant_dict_insert(&settings, "station_conf_path", "s",
			      hub->config->path ? hub->config->path : "");
	g_variant_dict_insert(&settings, "autostart", "b", (gboolean)hub->autostart);
	request_reply(request, g_variant_new("(@a{sv})", g_variant_dict_end(&settings)));
	return TRUE;
}

static gboolean set_settings(struct request *request, GError **error)
{
	g_autoptr(GVariant) settings = g_variant_get_child_value(request->parameters, 0);
	GVariantIter iter;
	const char *name;
	GVariant *value;
	gboolean on;

	g_variant_iter_init(&iter, settings);
	while (g_variant_iter_loop(&iter, "{&sv}", &name, &value))
		if (strcmp(name, "autostart") != 0 ||
		    !g_variant_is_of_type(value, G_VARIANT_TYPE_BOOLEAN)) {
			g_set_error(
				error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE,
				"SetSettings: \"%s\": expected autostart (b); the rest "
				"is in station.conf",
				name);
			g_variant_unref(value);
			return FALSE;
		}
	return !g_variant_lookup(settings, "autostart", "b", &on) ||
	       hub_set_autostart(request->hub, on, error);
}

#define FILTER_OPTIONS                                                                 \
	{                                                                              \
		{ "before", "t" }, { "limit", "u" }, { "job", "s" }, { "state", "s" }, \
			{ "kind", "s" },                                               \
		{                                                                      \
			"serial", "s"                                                  \
		}                                                                      \
	}

const struct method methods[] = {
	{ "Command", { { "call", "u" } }, .make = make_command },
	{ "ListJobs", .consult = list_jobs },
	{ "GetJob", .consult = get_job },
	{ "CheckJob", .consult = check_job },
	{ "PutJob", { { "replace", "b" } }, .consult = put_job },
	{ "RemoveJob", .consult = remove_job },
	{ "SelectJob", .consult = select_job },
	{ "ResetJob", .consult = reset_job },
	{ "ListImages", .consult = list_images },
	{ "AddImage", { { "replace", "b" } }, .consult = add_image },
	{ "GetImage", .consult = get_image },
	{ "RemoveImage", .consult = remove_image },
	{ "Run", .make = make_run },
	{ "ListRuns", FILTER_OPTIONS, .consult = list_runs },
	{ "GetRun", .consult = get_run },
	{ "ExportRuns", FILTER_OPTIONS, .consult = export_runs },
	{ "Probe", .make = make_probe },
	{ "Read", { { "format", "s" } }, .make = make_read },
	{ "Cancel", { { "call", "u" } }, .answer = cancel },
	{ "Press", .answer = press },
	{ "GetSettings", .answer = get_settings },
	{ "SetSettings", .answer = set_settings },
	{ NULL },
};
