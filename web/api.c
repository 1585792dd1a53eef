/* SPDX-License-Identifier: MIT */
#include "web/api.h"

#include "appliance/base/error.h"
#include "web/arguments.h"
#include "web/exchange.h"
#include "web/route.h"
#include "web/token.h"

#include <string.h>
#include <unistd.h>

#define MAX_UPLOADS 2 /* one is taken, one waits */

static unsigned status_of(const struct exchange *exchange, const GError *error)
{
	static const unsigned statuses[SIXPIN_N_ERRORS] = {
		[SIXPIN_ERROR_USAGE] = 400,	[SIXPIN_ERROR_NO_PROGRAMMER] = 503,
		[SIXPIN_ERROR_NO_TARGET] = 422, [SIXPIN_ERROR_WRONG_PART] = 422,
		[SIXPIN_ERROR_IMAGE] = 422,	[SIXPIN_ERROR_FUSE_UNSAFE] = 422,
		[SIXPIN_ERROR_LOCKED] = 422,	[SIXPIN_ERROR_VERIFY] = 422,
		[SIXPIN_ERROR_IO] = 502,	[SIXPIN_ERROR_BUSY] = 409,
		[SIXPIN_ERROR_CANCELLED] = 409, [SIXPIN_ERROR_STORE] = 507,
		[SIXPIN_ERROR_DENIED] = 403,
	};

	if (exchange->failure_status)
		return exchange->failure_status;
	return error->domain == SIXPIN_ERROR ? statuses[error->code] : 502;
}

/* What was prepared for another end, as a file's name; Allow is an error's own. */
static void answer_nothing(struct http_answer *answer)
{
	g_autofree char *allow = g_steal_pointer(&answer->allow);

	http_answer_clear(answer);
	answer->allow = g_steal_pointer(&allow);
}

static void answer_error(struct exchange *exchange, const GError *error)
{
	const struct error_kind *kind = error_kind_of(error);
	JsonObject *object = json_object_new();

	answer_nothing(exchange->answer);
	json_object_set_string_member(object, "code", kind->code);
	json_object_set_string_member(object, "message", error->message);
	json_object_set_string_member(object, "advice", kind->advice);
	exchange_json(exchange, status_of(exchange, error),
		      json_node_init_object(json_node_alloc(), object));
	json_object_unref(object);
}

static bool is_change(const struct exchange *exchange)
{
	return strcmp(exchange->route->method, "GET") != 0;
}

static bool is_own_origin(const struct http_request *request)
{
	g_autofree char *own = g_strconcat(request->is_tls ? "https://" : "http://",
					   request->host ? request->host : "", NULL);

	return g_ascii_strcasecmp(request->origin, own) == 0;
}

/* No page of another site can send the mark without this one's leave, which it never
 * gets. */
static gboolean check_origin(struct exchange *exchange, GError **error)
{
	const struct http_request *request = exchange->request;

	if (!is_change(exchange))
		return TRUE;
	if (request->origin && !is_own_origin(request))
		return exchange_refuse(exchange, 403, SIXPIN_ERROR_DENIED, error,
				       "this comes from a page of another site");
	if (!request->mark || strcmp(request->mark, "1") != 0)
		return exchange_refuse(exchange, 403, SIXPIN_ERROR_DENIED, error,
				       "a change needs the header \"X-Sixpin: 1\"");
	return TRUE;
}

static gboolean check_session(struct exchange *exchange, GError **error)
{
	exchange->token = token_find(exchange->request);
	if (exchange->route->is_open)
		return TRUE;
	if (!exchange->token)
		return exchange_refuse(exchange, 401, SIXPIN_ERROR_DENIED, error,
				       "log in first");
	if (sessions_check(exchange->web->sessions, exchange->token, error))
		return TRUE;
	if (g_error_matches(*error, SIXPIN_ERROR, SIXPIN_ERROR_DENIED))
		exchange->failure_status = 401;
	return FALSE;
}

static const struct {
	const char *method, *key;
} things[] = {
	[THING_JOB] = { "ListJobs", "id" },
	[THING_IMAGE] = { "ListImages", "name" },
	[THING_USER] = { "ListUsers", "user" },
	[THING_SESSION] = { "ListSessions", "id" },
};

static bool has_thing(struct exchange *exchange)
{
	enum thing thing = exchange->route->thing;
	g_autoptr(GVariant) reply =
		exchange_call(exchange, things[thing].method, NULL, NULL, NULL);
	g_autoptr(GVariant) list = reply ? g_variant_get_child_value(reply, 0) : NULL;

	for (gsize i = 0; list && i < g_variant_n_children(list); i++) {
		g_autoptr(GVariant) one = g_variant_get_child_value(list, i);
		const char *name;

		if (g_variant_lookup(one, things[thing].key, "&s", &name) &&
		    strcmp(name, exchange->names[0]) == 0)
			return true;
	}
	return false;
}

/* USAGE may be that what the path names is not there, is there already, or is in use. */
static void tell_usage(struct exchange *exchange)
{
	const char *method = exchange->route->method;
	bool makes = strcmp(method, "PUT") == 0;
	bool has;

	if (exchange->route->thing == THING_ANY)
		exchange->failure_status = 404;
	if (exchange->route->thing == THING_ANY || exchange->route->thing == THING_NONE)
		return;
	has = has_thing(exchange);
	if (has && (makes || strcmp(method, "DELETE") == 0))
		exchange->failure_status = 409;
	else if (!has && !makes)
		exchange->failure_status = 404;
}

static bool replaces(const struct exchange *exchange)
{
	return exchange_flag(exchange, "replace") ||
	       exchange_query_flag(exchange, "replace");
}

static gboolean handle(struct exchange *exchange, GError **error)
{
	if (exchange->route->handle(exchange, error))
		return TRUE;
	if (g_error_matches(*error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE) &&
	    !exchange->failure_status && !replaces(exchange))
		tell_usage(exchange);
	return FALSE;
}

/* Who waits keeps a thread, and some must be left. */
static gboolean take_file(struct exchange *exchange, GError **error)
{
	struct web *web = exchange->web;
	gboolean ok;

	if (g_atomic_int_add(&web->n_uploads, 1) < MAX_UPLOADS) {
		g_mutex_lock(&web->uploading);
		ok = arguments_read_body(exchange, error) && handle(exchange, error);
		g_mutex_unlock(&web->uploading);
	} else {
		ok = exchange_refuse(exchange, 0, SIXPIN_ERROR_BUSY, error,
				     "other files are being taken; send this one again");
	}
	g_atomic_int_add(&web->n_uploads, -1);
	return ok;
}

static gboolean read_and_handle(struct exchange *exchange, GError **error)
{
	if (exchange->route->body == BODY_FILE)
		return take_file(exchange, error);
	return arguments_read_body(exchange, error) && handle(exchange, error);
}

static gboolean answer(struct exchange *exchange, GError **error)
{
	return route_find(exchange, error) && check_origin(exchange, error) &&
	       check_session(exchange, error) && arguments_parse_query(exchange, error) &&
	       arguments_check_body(exchange, error) && read_and_handle(exchange, error);
}

static bool is_unchanged(const struct exchange *exchange)
{
	const char *known = exchange->request->if_none_match;
	const char *etag = exchange->answer->etag;

	return exchange->answer->status == 200 && known && etag &&
	       (strcmp(known, etag) == 0 ||
		(g_str_has_prefix(known, "W/") && strcmp(known + 2, etag) == 0));
}

static void exchange_clear(struct exchange *exchange)
{
	if (exchange->body_fd >= 0)
		close(exchange->body_fd);
	route_clear_names(exchange->names);
	g_hash_table_unref(exchange->query);
	g_clear_pointer(&exchange->body, json_object_unref);
	g_free(exchange->token);
}

void api_answer(struct web *web, const struct http_request *request,
		struct http_answer *http_answer)
{
	struct exchange exchange = {
		.web = web,
		.request = request,
		.answer = http_answer,
		.query = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free),
		.body_fd = -1,
	};
	g_autoptr(GError) error = NULL;

	if (!answer(&exchange, &error))
		answer_error(&exchange, error);
	if (is_unchanged(&exchange)) {
		g_clear_pointer(&http_answer->body, g_bytes_unref);
		http_answer->status = 304;
	}
	exchange_clear(&exchange);
}
