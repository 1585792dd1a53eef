/* SPDX-License-Identifier: MIT */
/* What all methods share: options, threads, errors. */
#include "appliance/daemon/request.h"

#include "appliance/base/error.h"
#include "appliance/base/station_bus.h"
#include "appliance/daemon/admit.h"
#include "appliance/daemon/private_file.h"
#include "appliance/station/access_secret.h"

#include <string.h>
#include <unistd.h>

/* Hashes that are asked for and not done: one takes a while, and the desk has others to
 * serve. */
#define MAX_HASHING 4

/* What came with the message is in its memory; it is not printed by anybody after this.
 */
static void wipe_secrets(struct request *request)
{
	gsize n_parameters = g_variant_n_children(request->parameters);
	const char *text;

	secret_wipe((char *)request_text(request, "session"));
	secret_wipe((char *)request_text(request, "password"));
	for (unsigned i = 0; i < n_parameters; i++) {
		if (!(request->method->passwords >> i & 1))
			continue;
		g_variant_get_child(request->parameters, i, "&s", &text);
		secret_wipe((char *)text);
	}
}

void request_finish(struct request *request, GError *failure)
{
	GDBusMethodInvocation *invocation = request->invocation;

	wipe_secrets(request);
	if (failure) {
		g_autofree char *name = g_strconcat(STATION_ERROR_PREFIX,
						    error_kind_of(failure)->code, NULL);
		g_autofree char *message = g_utf8_make_valid(failure->message, -1);

		g_dbus_method_invocation_return_dbus_error(invocation, name, message);
	} else {
		g_dbus_method_invocation_return_value_with_unix_fd_list(
			invocation, request->reply, request->reply_fds);
	}
	g_clear_error(&failure);
	access_session_clear(&request->session);
	g_clear_pointer(&request->reply, g_variant_unref);
	g_clear_object(&request->reply_fds);
	g_variant_unref(request->options);
	g_free(request->who);
	g_free(request);
}

void request_reply(struct request *request, GVariant *reply)
{
	request->reply = g_variant_ref_sink(reply);
}

int request_add_file(struct request *request, GBytes *bytes, GError **error)
{
	int fd = private_file(bytes, error);
	int index = -1;

	if (fd < 0)
		return -1;
	if (!request->reply_fds)
		request->reply_fds = g_unix_fd_list_new();
	index = g_unix_fd_list_append(request->reply_fds, fd, error);
	close(fd);
	return index;
}

gboolean request_flag(const struct request *request, const char *name)
{
	gboolean value = FALSE;

	g_variant_lookup(request->options, name, "b", &value);
	return value;
}

const char *request_text(const struct request *request, const char *name)
{
	const char *value = NULL;

	g_variant_lookup(request->options, name, "&s", &value);
	return value;
}

const char *request_parameter(const struct request *request, unsigned index)
{
	const char *text;

	g_variant_get_child(request->parameters, index, "&s", &text);
	return text;
}

GUnixFDList *request_fds(const struct request *request)
{
	return g_dbus_message_get_unix_fd_list(
		g_dbus_method_invocation_get_message(request->invocation));
}

int request_fd(const struct request *request, gint32 index, GError **error)
{
	GUnixFDList *list = request_fds(request);
	gint n_fds = 0;
	const int *all = list ? g_unix_fd_list_peek_fds(list, &n_fds) : NULL;

	if (index >= 0 && index < n_fds)
		return all[index];
	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE,
		    "%s: handle %d, but %d descriptors came along", request->method->name,
		    index, n_fds);
	return -1;
}

const struct method *const method_tables[] = {
	wire_methods, store_methods, run_methods, settings_methods, access_methods, NULL,
};

const struct method *method_find(const char *name)
{
	for (const struct method *const *table = method_tables; *table; table++)
		for (const struct method *method = *table; method->name; method++)
			if (strcmp(method->name, name) == 0)
				return method;
	return NULL;
}

static const char *type_of(const struct method *method, const char *name)
{
	if (strcmp(name, "session") == 0)
		return "s";
	for (unsigned i = 0; i < REQUEST_MAX_OPTIONS && method->options[i].name; i++)
		if (strcmp(method->options[i].name, name) == 0)
			return method->options[i].type;
	return NULL;
}

static gboolean check_option(const struct method *method, const char *name,
			     GVariant *value, GError **error)
{
	const char *type = type_of(method, name);

	if (type && g_variant_is_of_type(value, G_VARIANT_TYPE(type)))
		return TRUE;
	if (type)
		g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE,
			    "%s: option \"%s\": expected type %s, found %s", method->name,
			    name, type, g_variant_get_type_string(value));
	else
		g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE,
			    "%s has no option \"%s\"", method->name, name);
	return FALSE;
}

static gboolean check_options(const struct request *request, GError **error)
{
	GVariantIter iter;
	const char *name;
	GVariant *value;

	g_variant_iter_init(&iter, request->options);
	while (g_variant_iter_next(&iter, "{&sv}", &name, &value)) {
		gboolean ok = check_option(request->method, name, value, error);

		g_variant_unref(value);
		if (!ok)
			return FALSE;
	}
	return TRUE;
}

static gboolean consult(struct work *work, struct call *call, GError **error)
{
	struct request *request = work->user;

	return request->method->consult(request, call, error);
}

static void on_consulted(struct work *work)
{
	struct request *request = work->user;

	if (request->method->hashes)
		work->hub->n_hashing--;
	hub_tell_sessions(work->hub);
	if (!work->error && request->method->after)
		request->method->after(request);
	request_finish(request, g_steal_pointer(&work->error));
}

/* A work that could not be given to its thread is gone; the request stays. */
static void submit(struct request *request, struct work *work)
{
	g_autoptr(GError) failure = NULL;

	if (!hub_submit(request->hub, work, &failure))
		request_finish(request, g_steal_pointer(&failure));
}

static gboolean check_hashing(const struct request *request, GError **error)
{
	if (!request->method->hashes || request->hub->n_hashing < MAX_HASHING)
		return TRUE;
	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_BUSY,
		    "%s: others are just being let in: try again in a moment",
		    request->method->name);
	return FALSE;
}

static gboolean check_request(struct request *request, GError **error)
{
	return check_options(request, error) && request_admit(request, error) &&
	       (!request->method->allow || request->method->allow(request, error)) &&
	       check_hashing(request, error);
}

static void submit_consulting(struct request *request)
{
	struct hub *hub = request->hub;
	bool hashes = request->method->hashes;
	struct work *work = work_new_function(hub, request->who, consult);
	g_autoptr(GError) failure = NULL;

	work->done = on_consulted;
	work->user = request;
	if (!hub_submit(hub, work, &failure))
		request_finish(request, g_steal_pointer(&failure));
	else if (hashes)
		hub->n_hashing++;
}

static void dispatch(struct request *request)
{
	const struct method *method = request->method;
	g_autoptr(GError) failure = NULL;
	struct work *work = NULL;

	if (!check_request(request, &failure)) {
		request_finish(request, g_steal_pointer(&failure));
	} else if (method->answer) {
		method->answer(request, &failure);
		request_finish(request, g_steal_pointer(&failure));
	} else if (method->consult) {
		submit_consulting(request);
	} else if ((work = method->make(request, &failure))) {
		submit(request, work);
	} else {
		request_finish(request, g_steal_pointer(&failure));
	}
}

void request_start(struct hub *hub, GDBusMethodInvocation *invocation, const char *who,
		   bool is_web)
{
	struct request *request = g_new0(struct request, 1);
	GVariant *parameters = g_dbus_method_invocation_get_parameters(invocation);
	gsize n_parameters = g_variant_n_children(parameters);

	request->hub = hub;
	request->invocation = invocation;
	request->method =
		method_find(g_dbus_method_invocation_get_method_name(invocation));
	g_assert(request->method); /* GDBus knows the interface */
	request->parameters = parameters;
	request->options = g_variant_get_child_value(parameters, n_parameters - 1);
	request->who = g_strdup(who);
	request->is_web = is_web;
	dispatch(request);
}
