/* SPDX-License-Identifier: MIT */
/* The station's users, at its daemon or in its folder. */
#include "appliance/cli/user.h"

#include "appliance/base/error.h"
#include "appliance/cli/client.h"
#include "appliance/cli/password.h"
#include "appliance/station/access.h"
#include "appliance/station/access_secret.h"

#include <stdio.h>
#include <string.h>

struct options {
	char *role;
	char *password_file;
	gboolean json;
	gboolean local;
};

/* Where the users are: one of the two. */
struct users {
	struct options options;
	struct client *client;
	struct access *access;
	char *password;	  /* that was asked for */
	JsonObject *root; /* the result */
};

static GVariant *take(GVariant *reply)
{
	GVariant *first = reply ? g_variant_get_child_value(reply, 0) : NULL;

	g_clear_pointer(&reply, g_variant_unref);
	return first;
}

static GVariant *no_options(void)
{
	return g_variant_new_array(G_VARIANT_TYPE("{sv}"), NULL, 0);
}

static gboolean is_answered(GVariant *reply)
{
	if (!reply)
		return FALSE;
	g_variant_unref(reply);
	return TRUE;
}

static GVariant *ask_list(struct users *users, const char *method, GError **error)
{
	return take(client_ask(users->client, method,
			       g_variant_new("(@a{sv})", no_options()), error));
}

static gboolean ask_of(struct users *users, const char *method, const char *what,
		       GError **error)
{
	GVariant *reply =
		client_ask(users->client, method,
			   g_variant_new("(s@a{sv})", what, no_options()), error);

	return is_answered(reply);
}

static const char *get(GVariant *facts, const char *name)
{
	const char *text;

	return g_variant_lookup(facts, name, "&s", &text) ? text : "";
}

/* Local time; what the clock did not know then is not told. */
static char *format_time(GVariant *facts, const char *name)
{
	g_autoptr(GDateTime) time = NULL;
	gint64 unix_s = 0;

	g_variant_lookup(facts, name, "x", &unix_s);
	time = unix_s ? g_date_time_new_from_unix_local(unix_s) : NULL;
	return time ? g_date_time_format(time, "%F %T") : g_strdup("?");
}

static void print_user(GVariant *user)
{
	guint32 n_sessions = 0;

	g_variant_lookup(user, "sessions", "u", &n_sessions);
	printf("%-32s %-9s %u session%s\n", get(user, "user"), get(user, "role"),
	       n_sessions, n_sessions == 1 ? "" : "s");
}

static void print_session(GVariant *session)
{
	g_autofree char *created = format_time(session, "created");
	g_autofree char *seen = format_time(session, "seen");

	printf("%s  %-12s %-9s since %s, used %s%s%s\n", get(session, "id"),
	       get(session, "user"), get(session, "role"), created, seen,
	       *get(session, "peer") ? ", from " : "", get(session, "peer"));
}

static void tell(struct users *users, const char *name, GVariant *list,
		 void (*print)(GVariant *facts), const char *none)
{
	gsize n = g_variant_n_children(list);

	json_object_set_member(users->root, name, json_gvariant_serialize(list));
	if (users->options.json)
		return;
	if (n == 0)
		puts(none);
	for (gsize i = 0; i < n; i++) {
		g_autoptr(GVariant) facts = g_variant_get_child_value(list, i);

		print(facts);
	}
}

static gboolean list(struct users *users, char **arguments, GError **error)
{
	g_autoptr(GVariant) all = users->access ? access_list_users(users->access, error)
						: ask_list(users, "ListUsers", error);

	if (all)
		tell(users, "users", all, print_user,
		     "No users: the station is not claimed.");
	return all != NULL;
}

static gboolean sessions(struct users *users, char **arguments, GError **error)
{
	g_autoptr(GVariant) all = users->access
					  ? access_list_sessions(users->access, error)
					  : ask_list(users, "ListSessions", error);

	if (all)
		tell(users, "sessions", all, print_session, "Nobody is logged in.");
	return all != NULL;
}

static gboolean put_remotely(struct users *users, const char *name, const char *password,
			     const char *role, gboolean replace, GError **error)
{
	GVariant *reply;
	GVariantDict facts;

	g_variant_dict_init(&facts, NULL);
	if (password)
		g_variant_dict_insert(&facts, "password", "s", password);
	if (role)
		g_variant_dict_insert(&facts, "role", "s", role);
	g_variant_dict_insert(&facts, "replace", "b", replace);
	reply = client_ask(users->client, "PutUser",
			   g_variant_new("(s@a{sv})", name, g_variant_dict_end(&facts)),
			   error);
	return is_answered(reply);
}

static gboolean put(struct users *users, const char *name, const char *password,
		    const char *role_name, gboolean replace, GError **error)
{
	enum access_role role = ACCESS_NOBODY;

	/* Before it goes to the bus, which takes no other text. */
	if (!access_check_name(name, error) ||
	    (role_name && !access_role_find(role_name, &role, error)) ||
	    (password && !access_check_password(name, password, error)))
		return FALSE;
	return users->access
		       ? access_put_user(users->access, name, password, role, replace,
					 error)
		       : put_remotely(users, name, password, role_name, replace, error);
}

static void say(const struct users *users, const char *name, const char *what)
{
	if (!users->options.json)
		printf("%s: %s\n", name, what);
}

static gboolean add(struct users *users, char **arguments, GError **error)
{
	if (!put(users, arguments[0], users->password, users->options.role, FALSE, error))
		return FALSE;
	say(users, arguments[0], "may log in now");
	return TRUE;
}

static gboolean set_role(struct users *users, char **arguments, GError **error)
{
	if (!put(users, arguments[0], NULL, arguments[1], TRUE, error))
		return FALSE;
	say(users, arguments[0], "has this role from now on, and has to log in again");
	return TRUE;
}

static gboolean set_password(struct users *users, char **arguments, GError **error)
{
	if (!put(users, arguments[0], users->password, NULL, TRUE, error))
		return FALSE;
	say(users, arguments[0], "has a new password, and has to log in again");
	return TRUE;
}

static gboolean remove_user(struct users *users, char **arguments, GError **error)
{
	if (!access_check_name(arguments[0], error) ||
	    !(users->access ? access_remove_user(users->access, arguments[0], error)
			    : ask_of(users, "RemoveUser", arguments[0], error)))
		return FALSE;
	say(users, arguments[0], "removed");
	return TRUE;
}

static gboolean end(struct users *users, char **arguments, GError **error)
{
	if (!g_utf8_validate(arguments[0], -1, NULL))
		arguments[0][0] = 0;
	if (!(users->access ? access_end_session(users->access, arguments[0], error)
			    : ask_of(users, "EndSession", arguments[0], error)))
		return FALSE;
	say(users, arguments[0], "this session is over");
	return TRUE;
}

static const struct action {
	const char *name;
	guint n_arguments;
	gboolean (*run)(struct users *users, char **arguments, GError **error);
	gboolean wants_password;
	gboolean wants_role;
} actions[] = {
	{ "list", 0, list },
	{ "add", 1, add, .wants_password = TRUE, .wants_role = TRUE },
	{ "role", 2, set_role },
	{ "password", 1, set_password, .wants_password = TRUE },
	{ "remove", 1, remove_user },
	{ "sessions", 0, sessions },
	{ "end", 1, end },
};

static gboolean open_users(struct users *users, GError **error)
{
	struct access_options options = { 0 };
	struct station_config *config;

	if (!users->options.local) {
		users->client = client_need(error);
		return users->client != NULL;
	}
	config = station_config_load(g_getenv("SIXPIN_STATION_CONF"), error);
	if (!config)
		return FALSE;
	options.session_idle_s = config->session_idle_s;
	options.session_length_s = config->session_length_s;
	users->access = access_open(config->folder, &options);
	station_config_free(config);
	return access_check(users->access, error);
}

/* What can be known to be wrong is told before a password is typed. */
static gboolean ask_password(struct users *users, const char *name, GError **error)
{
	if (!access_check_name(name, error))
		return FALSE;
	users->password = password_read(users->options.password_file, name, error);
	return users->password && access_check_password(name, users->password, error);
}

static gboolean run_action(struct users *users, const struct action *action,
			   char **arguments, GError **error)
{
	enum access_role role;

	if (action->wants_role && !users->options.role) {
		g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE,
			    "user add: expected --role operator or --role engineer");
		return FALSE;
	}
	if (action->wants_role && !access_role_find(users->options.role, &role, error))
		return FALSE;
	return (!action->wants_password || ask_password(users, arguments[0], error)) &&
	       open_users(users, error) && action->run(users, arguments, error);
}

static gboolean run_words(struct users *users, char **words, GError **error)
{
	const char *name = words[0] ? words[0] : "list";
	guint n_arguments = words[0] ? g_strv_length(words + 1) : 0;

	for (unsigned i = 0; i < G_N_ELEMENTS(actions); i++)
		if (strcmp(actions[i].name, name) == 0 &&
		    actions[i].n_arguments == n_arguments)
			return run_action(users, &actions[i], words + 1, error);
	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE,
		    "user: expected list, add NAME --role ROLE, role NAME ROLE, password "
		    "NAME, remove NAME, sessions or end ID");
	return FALSE;
}

static gboolean parse(struct options *options, char ***words, GError **error)
{
	const GOptionEntry entries[] = {
		{ "role", 0, 0, G_OPTION_ARG_STRING, &options->role, NULL, NULL },
		{ "password-file", 0, 0, G_OPTION_ARG_FILENAME, &options->password_file,
		  NULL, NULL },
		{ "json", 0, 0, G_OPTION_ARG_NONE, &options->json, NULL, NULL },
		{ "local", 0, 0, G_OPTION_ARG_NONE, &options->local, NULL, NULL },
		{ NULL },
	};
	g_autoptr(GOptionContext) context = g_option_context_new(NULL);
	g_autoptr(GError) failure = NULL;

	g_option_context_set_help_enabled(context, FALSE);
	g_option_context_add_main_entries(context, entries, NULL);
	if (g_option_context_parse_strv(context, words, &failure))
		return TRUE;
	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE,
		    "user: %s; see sixpin user --help", failure->message);
	return FALSE;
}

static void print_json(struct users *users, const GError *failure)
{
	g_autoptr(JsonNode) root = json_node_init_object(json_node_alloc(), users->root);
	g_autofree char *text = NULL;

	call_finish_root(root, failure);
	text = json_to_string(root, TRUE);
	puts(text);
}

/* GLib's parser takes the first word for the program's name. */
static char **with_name(char **words)
{
	GPtrArray *all = g_ptr_array_new();

	g_ptr_array_add(all, g_strdup("user"));
	for (; *words; words++)
		g_ptr_array_add(all, g_strdup(*words));
	g_ptr_array_add(all, NULL);
	return (char **)g_ptr_array_free(all, FALSE);
}

static void users_clear(struct users *users)
{
	client_close(users->client);
	access_close(users->access);
	secret_free(users->password);
	json_object_unref(users->root);
	g_free(users->options.role);
	g_free(users->options.password_file);
}

gboolean user_run(char **words, GError **error)
{
	struct users users = { .root = json_object_new() };
	g_auto(GStrv) own = with_name(words);
	GError *failure = NULL;

	users.options.json = g_strv_contains((const char *const *)words, "--json");
	if (parse(&users.options, &own, &failure))
		run_words(&users, own + 1, &failure);
	if (users.options.json)
		print_json(&users, failure);
	users_clear(&users);
	if (!failure)
		return TRUE;
	g_propagate_error(error, failure);
	return FALSE;
}

static gboolean pair(GError **error)
{
	struct client *client = client_need(error);
	g_autoptr(GVariant) facts = NULL;
	guint32 seconds = 0;

	if (!client)
		return FALSE;
	facts = take(client_ask(client, "OpenPairing",
				g_variant_new("(@a{sv})", no_options()), error));
	client_close(client);
	if (!facts)
		return FALSE;
	g_variant_lookup(facts, "seconds", "u", &seconds);
	printf("Pairing is open for %u s: claim the station on its web page now.\n",
	       seconds);
	return TRUE;
}

gboolean web_run(char **words, GError **error)
{
	if (g_strcmp0(words[0], "pair") == 0 && !words[1])
		return pair(error);
	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE,
		    "web: expected pair; the form is: sixpin web pair");
	return FALSE;
}
