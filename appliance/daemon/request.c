/* SPDX-License-Identifier: MIT */
/* What all methods share: options, threads, errors. */
#include "appliance/daemon/request.h"

#include "appliance/base/error.h"
#include "appliance/daemon/private_file.h"
#include "appliance/station/station_bus.h"

#include <string.h>
#include <unistd.h>

void request_finish(struct request *request, GError *failure)
{
	GDBusMethodInvocation *invocation = request->invocation;

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

static const struct method *find_method(const char *name)
{
	for (unsigned i = 0; methods[i].name; i++)
		if (strcmp(methods[i].name, name) == 0)
			return &methods[i];
	g_assert_not_reached();
}

static const char *type_of(const struct method *method, const char *name)
{
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
	request_finish(work->user, g_steal_pointer(&work->error));
}

/* A work that could not be given to its thread is gone; the request stays. */
static void submit(struct request *request, struct work *work)
{
	g_autoptr(GError) failure = NULL;

	if (!hub_submit(request->hub, work, &failure))
		request_finish(request, g_steal_pointer(&failure));
}

static void dispatch(struct request *request)
{
	const struct method *method = request->method;
	g_autoptr(GError) failure = NULL;
	struct work *work = NULL;

	if (!check_options(request, &failure)) {
		request_finish(request, g_steal_pointer(&failure));
	} else if (method->answer) {
		method->answer(request, &failure);
		request_finish(request, g_steal_pointer(&failure));
	} else if (method->consult) {
		work = work_new_function(request->hub, request->who, consult);
		work->done = on_consulted;
		work->user = request;
		submit(request, work);
	} else if ((work = method->make(request, &failure))) {
		submit(request, work);
	} else {
		request_finish(request, g_steal_pointer(&failure));
	}
}

void request_start(struct hub *hub, GDBusMethodInvocation *invocation, const char *who)
{
	struct request *request = g_new0(struct request, 1);
	GVariant *parameters = g_dbus_method_invocation_get_parameters(invocation);
	gsize n_parameters = g_variant_n_children(parameters);

	request->hub = hub;
	request->invocation = invocation;
	request->method =
		find_method(g_dbus_method_invocation_get_method_name(invocation));
	request->parameters = parameters;
	request->options = g_variant_get_child_value(parameters, n_parameters - 1);
	request->who = g_strdup(who);
	dispatch(request);
}
