/* SPDX-License-Identifier: MIT */
/* Users, sessions and pairing: methods of org.sixpin.Station1. */
#include "appliance/base/error.h"
#include "appliance/daemon/admit.h"
#include "appliance/station/access_secret.h"

static GVariant *describe(const struct access_session *session)
{
	int64_t now_s = clock_unix_s();
	GVariantDict facts;

	g_variant_dict_init(&facts, NULL);
	g_variant_dict_insert(&facts, "id", "s", session->id);
	g_variant_dict_insert(&facts, "user", "s", session->user);
	g_variant_dict_insert(&facts, "role", "s", access_role_name(session->role));
	g_variant_dict_insert(&facts, "expires", "x",
			      (gint64)(now_s + (int64_t)session->seconds_left));
	g_variant_dict_insert(&facts, "seconds_left", "t",
			      (guint64)session->seconds_left);
	return g_variant_dict_end(&facts);
}

static gboolean allow_claim(struct request *request, GError **error)
{
	struct hub *hub = request->hub;

	if (!access_check(hub->access, error))
		return FALSE;
	/* The desk says so once more: others may be first. */
	if (hub->pairing || access_is_claimed(hub->access))
		return TRUE;
	return request_deny(
		request,
		"pairing is not open: hold the station's button for 10 s, or say "
		"\"sixpin web pair\" on it, and claim it within " G_STRINGIFY(
			HUB_PAIRING_S) " s",
		error);
}

typedef gboolean (*enter_function)(struct access *access, const char *name,
				   const char *password, const char *peer,
				   struct access_session *session, char **token,
				   GError **error);

static gboolean enter_by(struct request *request, enter_function enter, GError **error)
{
	const char *peer = request_text(request, "peer");
	struct access_session session;
	char *token;

	if (!enter(request->hub->access, request_parameter(request, 0),
		   request_parameter(request, 1), peer ? peer : "", &session, &token,
		   error))
		return FALSE;
	request_reply(request, g_variant_new("(s@a{sv})", token, describe(&session)));
	secret_free(token);
	access_session_clear(&session);
	return TRUE;
}

static gboolean claim(struct request *request, struct call *call, GError **error)
{
	return enter_by(request, access_claim, error);
}

static gboolean login(struct request *request, struct call *call, GError **error)
{
	return enter_by(request, access_login, error);
}

static void tell_claimed(struct request *request)
{
	struct hub *hub = request->hub;

	hub_property_changed(hub, "Claimed",
			     g_variant_new_boolean(access_is_claimed(hub->access)));
}

static void end_pairing(struct request *request)
{
	hub_close_pairing(request->hub);
	tell_claimed(request);
}

static gboolean need_session(const struct request *request, GError **error)
{
	if (request->has_session)
		return TRUE;
	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE,
		    "%s: expected the option session", request->method->name);
	return FALSE;
}

static gboolean logout(struct request *request, struct call *call, GError **error)
{
	return need_session(request, error) &&
	       access_end_session(request->hub->access, request->session.id, error);
}

static gboolean get_session(struct request *request, GError **error)
{
	if (!need_session(request, error))
		return FALSE;
	request_reply(request, g_variant_new("(@a{sv})", describe(&request->session)));
	return TRUE;
}

static gboolean reply_list(struct request *request, GVariant *list)
{
	if (!list)
		return FALSE;
	request_reply(request, g_variant_new("(@aa{sv})", list));
	g_variant_unref(list);
	return TRUE;
}

static gboolean list_users(struct request *request, struct call *call, GError **error)
{
	return reply_list(request, access_list_users(request->hub->access, error));
}

static gboolean list_sessions(struct request *request, struct call *call, GError **error)
{
	return reply_list(request, access_list_sessions(request->hub->access, error));
}

static gboolean put_user(struct request *request, struct call *call, GError **error)
{
	const char *role_name = request_text(request, "role");
	enum access_role role = ACCESS_NOBODY;

	return (!role_name || access_role_find(role_name, &role, error)) &&
	       access_put_user(request->hub->access, request_parameter(request, 0),
			       request_text(request, "password"), role,
			       request_flag(request, "replace"), error);
}

static gboolean set_password(struct request *request, struct call *call, GError **error)
{
	return need_session(request, error) &&
	       access_set_password(request->hub->access, &request->session,
				   request_parameter(request, 0),
				   request_parameter(request, 1), error);
}

static gboolean remove_user(struct request *request, struct call *call, GError **error)
{
	return access_remove_user(request->hub->access, request_parameter(request, 0),
				  error);
}

static gboolean end_session(struct request *request, struct call *call, GError **error)
{
	return access_end_session(request->hub->access, request_parameter(request, 0),
				  error);
}

static gboolean open_pairing(struct request *request, GError **error)
{
	struct hub *hub = request->hub;
	GVariantDict facts;

	if (request->is_web)
		return request_deny(request, "pairing is opened at the station itself",
				    error);
	if (!access_check(hub->access, error))
		return FALSE;
	if (access_is_claimed(hub->access)) {
		g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE,
			    "this station was claimed already: an engineer of it adds "
			    "users (\"sixpin user add\"), and root gives new passwords "
			    "(\"sixpin user password\")");
		return FALSE;
	}
	hub_open_pairing(hub);
	g_variant_dict_init(&facts, NULL);
	g_variant_dict_insert(&facts, "seconds", "u", (guint32)HUB_PAIRING_S);
	request_reply(request, g_variant_new("(@a{sv})", g_variant_dict_end(&facts)));
	return TRUE;
}

const struct method access_methods[] = {
	{ "Claim",
	  { { "peer", "s" } },
	  .consult = claim,
	  .allow = allow_claim,
	  .after = end_pairing,
	  .hashes = true,
	  .passwords = 1u << 1 },
	{ "Login",
	  { { "peer", "s" } },
	  .consult = login,
	  .hashes = true,
	  .passwords = 1u << 1 },
	{ "Logout", .consult = logout },
	{ "GetSession", .answer = get_session },
	{ "ListUsers", .consult = list_users },
	{ "PutUser",
	  { { "password", "s" }, { "role", "s" }, { "replace", "b" } },
	  .consult = put_user,
	  .after = tell_claimed,
	  .hashes = true },
	{ "SetPassword", .consult = set_password, .hashes = true,
	  .passwords = 1u << 0 | 1u << 1 },
	{ "RemoveUser", .consult = remove_user },
	{ "ListSessions", .consult = list_sessions },
	{ "EndSession", .consult = end_session },
	{ "OpenPairing", .answer = open_pairing },
	{ NULL },
};
