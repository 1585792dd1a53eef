/* SPDX-License-Identifier: MIT */
#include "appliance/daemon/admit.h"

#include "appliance/base/error.h"
#include "appliance/daemon/roles.h"

#include <string.h>

gboolean request_deny(const struct request *request, const char *why, GError **error)
{
	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_DENIED, "%s: %s",
		    request->method->name, why);
	return FALSE;
}

static gboolean keep(struct work *work, struct call *call, GError **error)
{
	return access_keep(work->hub->access, error);
}

static void on_kept(struct work *work)
{
	work->hub->keeps_access = false;
	hub_tell_sessions(work->hub);
	if (work->error)
		g_message("%s", work->error->message);
}

/* That sessions are used, and are over, is written at the desk, once in a while. */
static void keep_at_times(struct hub *hub)
{
	struct work *work;

	if (hub->keeps_access || !access_is_due(hub->access))
		return;
	work = work_new_function(hub, "station", keep);
	work->done = on_kept;
	hub->keeps_access = hub_submit(hub, work, NULL);
}

/* "anna (operator) by web 192.168.1.7" */
static char *describe(const struct access_session *session)
{
	return g_strdup_printf("%s (%s) by web%s%s", session->user,
			       access_role_name(session->role), *session->peer ? " " : "",
			       session->peer);
}

static gboolean take_session(struct request *request, const char *token, GError **error)
{
	request->has_session = access_find_session(request->hub->access, token,
						   &request->session, error);
	keep_at_times(request->hub);
	if (!request->has_session)
		return FALSE;
	g_free(request->who);
	request->who = describe(&request->session);
	return TRUE;
}

/* Command's words decide. */
static enum access_role role_needed(const struct request *request)
{
	g_autoptr(GPtrArray) words = NULL;
	g_autofree const char **given = NULL;
	enum access_role role;

	if (!role_of_method(request->method->name, &role))
		return ACCESS_ENGINEER;
	if (strcmp(request->method->name, "Command") != 0)
		return role;
	g_variant_get_child(request->parameters, 0, "^a&s", &given);
	words = g_ptr_array_new();
	g_ptr_array_add(words, (char *)"sixpin");
	for (unsigned i = 0; given[i]; i++)
		g_ptr_array_add(words, (char *)given[i]);
	g_ptr_array_add(words, NULL);
	return role_of_words((char **)words->pdata);
}

static gboolean fail_role(const struct request *request, enum access_role needed,
			  GError **error)
{
	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_DENIED,
		    "%s: user %s is %s, and this needs an %s", request->method->name,
		    request->session.user, access_role_name(request->session.role),
		    access_role_name(needed));
	return FALSE;
}

gboolean request_admit(struct request *request, GError **error)
{
	const char *token = request_text(request, "session");
	enum access_role needed = role_needed(request);

	if (token && !take_session(request, token, error))
		return FALSE;
	if (request->has_session && request->session.role < needed)
		return fail_role(request, needed, error);
	if (request->is_web && !request->has_session && needed > ACCESS_NOBODY)
		return request_deny(
			request, "the web page needs a session of a user: log in first",
			error);
	return TRUE;
}
