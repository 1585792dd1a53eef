/* SPDX-License-Identifier: MIT */
/* Who there is: claim, login, users, sessions. The daemon decides; nothing is kept here.
 */
#include "web/handlers.h"
#include "web/token.h"

static void add_flag(GVariantDict *facts, struct mirror *mirror, const char *name,
		     const char *property)
{
	g_autoptr(GVariant) value = mirror_property(mirror, property);

	if (value)
		g_variant_dict_insert_value(facts, name, value);
}

/* Before a login: what a stranger may know. */
gboolean answer_access_welcome(struct exchange *exchange, GError **error)
{
	struct mirror *mirror = exchange->web->mirror;
	GVariantDict facts;

	g_variant_dict_init(&facts, NULL);
	g_variant_dict_insert(&facts, "ready", "b", mirror_is_ready(mirror));
	add_flag(&facts, mirror, "name", "Name");
	add_flag(&facts, mirror, "claimed", "Claimed");
	add_flag(&facts, mirror, "pairing", "Pairing");
	exchange_dict(exchange, 200, &facts);
	return TRUE;
}

static GVariant *peer_option(const struct exchange *exchange)
{
	GVariantDict options;

	g_variant_dict_init(&options, NULL);
	g_variant_dict_insert(&options, "peer", "s", exchange->request->peer);
	return g_variant_dict_end(&options);
}

/* The token is in the cookie; whoever asks for it, as scripts do, gets it to read. */
static gboolean enter_by(struct exchange *exchange, const char *method, GError **error)
{
	g_autoptr(GVariant) reply = NULL;
	g_autoptr(GVariant) facts = NULL;
	GVariantDict answer;
	const char *token;

	/* A session that this browser has says nothing about who logs in. */
	g_clear_pointer(&exchange->token, g_free);
	reply = exchange_call(exchange, method,
			      g_variant_new("(ss)", exchange_string(exchange, "user"),
					    exchange_string(exchange, "password")),
			      peer_option(exchange), error);
	if (!reply) {
		exchange->failure_status =
			g_error_matches(*error, SIXPIN_ERROR, SIXPIN_ERROR_DENIED) ? 401
										   : 0;
		return FALSE;
	}
	g_variant_get(reply, "(&s@a{sv})", &token, &facts);
	g_variant_dict_init(&answer, facts);
	if (exchange_flag(exchange, "token"))
		g_variant_dict_insert(&answer, "token", "s", token);
	exchange->answer->cookie = token_cookie(exchange->request, token);
	exchange_dict(exchange, 201, &answer);
	return TRUE;
}

gboolean answer_access_claim(struct exchange *exchange, GError **error)
{
	return enter_by(exchange, "Claim", error);
}

gboolean answer_access_login(struct exchange *exchange, GError **error)
{
	return enter_by(exchange, "Login", error);
}

/* Whose sessions end by this must not be served from memory, be it for the moment that
 * the daemon's word for it takes. */
static gboolean change(struct exchange *exchange, const char *method, GVariant *arguments,
		       GVariant *options, GError **error)
{
	gboolean ok = exchange_do(exchange, method, arguments, options, error);

	sessions_forget(exchange->web->sessions);
	return ok;
}

gboolean answer_access_logout(struct exchange *exchange, GError **error)
{
	if (!change(exchange, "Logout", NULL, NULL, error))
		return FALSE;
	exchange->answer->cookie = token_no_cookie(exchange->request);
	return TRUE;
}

gboolean answer_access_session(struct exchange *exchange, GError **error)
{
	return exchange_facts(exchange, "GetSession", NULL, error);
}

gboolean answer_access_set_password(struct exchange *exchange, GError **error)
{
	return change(exchange, "SetPassword",
		      g_variant_new("(ss)", exchange_string(exchange, "old"),
				    exchange_string(exchange, "new")),
		      NULL, error);
}

gboolean answer_users_list(struct exchange *exchange, GError **error)
{
	return exchange_list(exchange, "ListUsers", NULL, "users", error);
}

static void add_option(GVariantDict *options, const struct exchange *exchange,
		       const char *name)
{
	const char *value = exchange_string(exchange, name);

	if (value)
		g_variant_dict_insert(options, name, "s", value);
}

gboolean answer_users_put(struct exchange *exchange, GError **error)
{
	GVariantDict options;

	g_variant_dict_init(&options, NULL);
	add_option(&options, exchange, "password");
	add_option(&options, exchange, "role");
	g_variant_dict_insert(&options, "replace", "b",
			      exchange_flag(exchange, "replace"));
	return change(exchange, "PutUser", g_variant_new("(s)", exchange->names[0]),
		      g_variant_dict_end(&options), error);
}

gboolean answer_users_remove(struct exchange *exchange, GError **error)
{
	return change(exchange, "RemoveUser", g_variant_new("(s)", exchange->names[0]),
		      NULL, error);
}

gboolean answer_sessions_list(struct exchange *exchange, GError **error)
{
	return exchange_list(exchange, "ListSessions", NULL, "sessions", error);
}

gboolean answer_sessions_end(struct exchange *exchange, GError **error)
{
	return change(exchange, "EndSession", g_variant_new("(s)", exchange->names[0]),
		      NULL, error);
}
