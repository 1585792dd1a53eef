/* SPDX-License-Identifier: MIT */
/* What drives the wires, and the command line's words: methods of org.sixpin.Station1. */
#include "appliance/base/error.h"
#include "appliance/commands/json.h"
#include "appliance/daemon/admit.h"
#include "appliance/daemon/request.h"

#include <string.h>

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

	g_set_object(&work->fds, request_fds(request));
	g_variant_iter_init(&iter, files);
	while (g_variant_iter_next(&iter, "(&sh)", &name, &index)) {
		int fd = request_fd(request, index, error);

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
	const char *job = request_parameter(request, 0);
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
	const char *memory = request_parameter(request, 0);
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
	const char *how = request_parameter(request, 0);
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

const struct method wire_methods[] = {
	{ "Command", { { "call", "u" } }, .make = make_command },
	{ "Run", .make = make_run },
	{ "Probe", .make = make_probe },
	{ "Read", { { "format", "s" } }, .make = make_read },
	{ "Cancel", { { "call", "u" } }, .answer = cancel },
	{ "Press", .answer = press },
	{ NULL },
};
