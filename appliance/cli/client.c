/* SPDX-License-Identifier: MIT */
/* The daemon's Command method, from a caller's side (docs/dbus.md). */
#include "appliance/cli/client.h"

#include "appliance/base/error.h"
#include "appliance/base/station_bus.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gunixfdlist.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CALL_NUMBER 1 /* one call a connection */
#define NO_TIMEOUT  G_MAXINT

struct client {
	GDBusConnection *connection;
	struct call *call;
};

/* Words that say which wires: they are this process's own then. */
static const char *const here_words[] = {
	"--local", "--chip", "--port", "-P",	     "--pins",
	"--trace", "--help", "-h",     "--help-all",
};

static gboolean is_option(const char *word, const char *option)
{
	size_t n = strlen(option);

	return strncmp(word, option, n) == 0 && (word[n] == 0 || word[n] == '=');
}

gboolean client_is_for(const struct call *call)
{
	if (call->command->place == COMMAND_HERE)
		return FALSE;
	for (unsigned i = 1; call->words[i]; i++)
		for (unsigned j = 0; j < G_N_ELEMENTS(here_words); j++)
			if (is_option(call->words[i], here_words[j]))
				return FALSE;
	return TRUE;
}

/* Started by the bus where it can be. */
static gboolean ping(GDBusConnection *connection, GError **error)
{
	g_autoptr(GVariant) reply = g_dbus_connection_call_sync(
		connection, STATION_BUS_NAME, STATION_OBJECT_PATH,
		"org.freedesktop.DBus.Peer", "Ping", NULL, NULL, G_DBUS_CALL_FLAGS_NONE,
		-1, NULL, error);

	return reply != NULL;
}

static gboolean is_absent(const GError *error)
{
	return g_error_matches(error, G_DBUS_ERROR, G_DBUS_ERROR_SERVICE_UNKNOWN) ||
	       g_error_matches(error, G_DBUS_ERROR, G_DBUS_ERROR_NAME_HAS_NO_OWNER);
}

static void set_forbidden(const GError *failure, GError **error)
{
	if (g_error_matches(failure, G_DBUS_ERROR, G_DBUS_ERROR_ACCESS_DENIED))
		g_set_error(
			error, SIXPIN_ERROR, SIXPIN_ERROR_IO,
			"the station's daemon does not let you in: join its group (sudo "
			"usermod -aG sixpin $USER, then log in again), or run here with "
			"--local");
	else
		g_set_error(
			error, SIXPIN_ERROR, SIXPIN_ERROR_IO,
			"the station's daemon does not answer: %s (--local runs here)",
			failure->message);
}

struct client *client_open(GError **error)
{
	g_autoptr(GDBusConnection) connection =
		g_bus_get_sync(G_BUS_TYPE_SYSTEM, NULL, NULL);
	g_autoptr(GError) failure = NULL;
	struct client *client;

	if (!connection)
		return NULL;
	g_dbus_connection_set_exit_on_close(connection, FALSE);
	if (!ping(connection, &failure)) {
		if (!is_absent(failure))
			set_forbidden(failure, error);
		return NULL;
	}
	client = g_new0(struct client, 1);
	client->connection = g_steal_pointer(&connection);
	return client;
}

struct client *client_need(GError **error)
{
	GError *failure = NULL;
	struct client *client = client_open(&failure);

	if (!client && !failure)
		g_set_error(&failure, SIXPIN_ERROR, SIXPIN_ERROR_NO_PROGRAMMER,
			    "no station's daemon is on the bus: start it (sudo systemctl "
			    "start sixpind)");
	if (failure)
		g_propagate_error(error, failure);
	return client;
}

void client_close(struct client *client)
{
	if (!client)
		return;
	g_object_unref(client->connection);
	g_free(client);
}

GDBusConnection *client_connection(struct client *client)
{
	return client->connection;
}

static void take_foreign_error(const GError *failure, GError **error)
{
	if (station_bus_is_lost(failure))
		g_set_error(
			error, SIXPIN_ERROR, SIXPIN_ERROR_IO,
			"the station's daemon ended in the middle of the call; once it "
			"runs again, \"sixpin history\" tells what became of its run");
	else
		set_forbidden(failure, error);
}

void client_take_error(GError *failure, GError **error)
{
	if (!station_bus_take_error(failure, error))
		take_foreign_error(failure, error);
	g_error_free(failure);
}

GVariant *client_ask(struct client *client, const char *method, GVariant *arguments,
		     GError **error)
{
	GError *failure = NULL;
	GVariant *reply = g_dbus_connection_call_sync(
		client->connection, STATION_BUS_NAME, STATION_OBJECT_PATH,
		STATION_INTERFACE, method, arguments, NULL, G_DBUS_CALL_FLAGS_NONE,
		NO_TIMEOUT, NULL, &failure);

	if (failure)
		client_take_error(failure, error);
	return reply;
}

/* What of a word could name a file: all of it, what follows "=" in an option, what is
 * between the colons of -U. */
static void add_candidates(GPtrArray *names, const char *word)
{
	const char *equals = word[0] == '-' ? strchr(word, '=') : NULL;
	g_auto(GStrv) parts = NULL;
	size_t n;

	g_ptr_array_add(names, g_strdup(word));
	if (equals)
		g_ptr_array_add(names, g_strdup(equals + 1));
	parts = g_strsplit(equals ? equals + 1 : word, ":", 3);
	if (g_strv_length(parts) < 3)
		return;
	g_ptr_array_add(names, g_strdup(parts[2]));
	n = strlen(parts[2]);
	if (n > 2 && parts[2][n - 2] == ':')
		g_ptr_array_add(names, g_strndup(parts[2], n - 2));
}

/* A guide's line in one word has file names inside. */
static void add_inner_words(GPtrArray *names, const char *word)
{
	g_auto(GStrv) inner = NULL;

	if (!strpbrk(word, " \t") || !g_shell_parse_argv(word, NULL, &inner, NULL))
		return;
	for (unsigned i = 0; inner[i]; i++)
		add_candidates(names, inner[i]);
}

/* Regular files that can be read are offered; whoever needs another one says that it is
 * not there. */
static int open_regular(const char *name)
{
	int fd = open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat status;

	if (fd >= 0 && (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode))) {
		close(fd);
		fd = -1;
	}
	return fd;
}

static gboolean offer(const char *name, GHashTable *offered, GVariantBuilder *files,
		      GUnixFDList *fds, GError **error)
{
	int fd, index;

	if (g_hash_table_contains(offered, name) || !g_utf8_validate(name, -1, NULL))
		return TRUE;
	fd = open_regular(name);
	if (fd < 0)
		return TRUE;
	index = g_unix_fd_list_append(fds, fd, error);
	close(fd);
	if (index < 0)
		return FALSE;
	g_hash_table_add(offered, (char *)name);
	g_variant_builder_add(files, "(sh)", name, index);
	return TRUE;
}

static void on_said(GDBusConnection *connection, const char *sender, const char *path,
		    const char *interface, const char *signal, GVariant *parameters,
		    gpointer user)
{
	struct client *client = user;
	struct call_host *host = client->call->host;
	const char *stream, *line;

	g_variant_get(parameters, "(u&s&s)", NULL, &stream, &line);
	host->ops->say(host, strcmp(stream, "err") == 0 ? CALL_ERR : CALL_OUT, line);
}

static void on_step(GDBusConnection *connection, const char *sender, const char *path,
		    const char *interface, const char *signal, GVariant *parameters,
		    gpointer user)
{
	struct client *client = user;
	struct call_host *host = client->call->host;
	const char *step;
	guint32 done, total;

	g_variant_get(parameters, "(u&suu)", NULL, &step, &done, &total);
	if (host->ops->progress)
		host->ops->progress(host, step, done, total);
}

static guint subscribe(struct client *client, const char *signal,
		       GDBusSignalCallback callback)
{
	return g_dbus_connection_signal_subscribe(
		client->connection, STATION_BUS_NAME, STATION_INTERFACE, signal,
		STATION_OBJECT_PATH, NULL, G_DBUS_SIGNAL_FLAGS_NONE, callback, client,
		NULL);
}

struct exchange {
	GVariant *reply;
	GUnixFDList *fds;
	GError *failure;
	bool ended;
};

static void on_reply(GObject *source, GAsyncResult *result, gpointer user)
{
	struct exchange *exchange = user;

	exchange->reply = g_dbus_connection_call_with_unix_fd_list_finish(
		G_DBUS_CONNECTION(source), &exchange->fds, result, &exchange->failure);
	exchange->ended = true;
}

/* This call, and nobody else's. */
static GVariantBuilder *call_options(void)
{
	GVariantBuilder *options = g_variant_builder_new(G_VARIANT_TYPE_VARDICT);

	g_variant_builder_add(options, "{sv}", "call", g_variant_new_uint32(CALL_NUMBER));
	return options;
}

static gboolean cancel_remotely(gpointer user)
{
	struct client *client = user;
	g_autoptr(GVariantBuilder) options = call_options();

	g_dbus_connection_call(client->connection, STATION_BUS_NAME, STATION_OBJECT_PATH,
			       STATION_INTERFACE, "Cancel",
			       g_variant_new("(a{sv})", options), NULL,
			       G_DBUS_CALL_FLAGS_NONE, -1, NULL, NULL, NULL);
	return G_SOURCE_REMOVE;
}

/* From the thread that waits for signals: the main context calls. */
static void on_cancelled(GCancellable *cancellable, gpointer user)
{
	g_idle_add(cancel_remotely, user);
}

static void exchange(struct client *client, GVariant *files, GUnixFDList *fds,
		     struct exchange *exchange)
{
	g_autoptr(GVariantBuilder) options = call_options();
	GCancellable *cancellable = client->call->cancellable;
	gulong handler = g_cancellable_connect(cancellable, G_CALLBACK(on_cancelled),
					       client, NULL);

	g_dbus_connection_call_with_unix_fd_list(
		client->connection, STATION_BUS_NAME, STATION_OBJECT_PATH,
		STATION_INTERFACE, "Command",
		g_variant_new("(^as@a(sh)a{sv})", client->call->words + 1, files,
			      options),
		NULL, G_DBUS_CALL_FLAGS_NONE, NO_TIMEOUT, fds, NULL, on_reply, exchange);
	while (!exchange->ended)
		g_main_context_iteration(NULL, TRUE);
	g_cancellable_disconnect(cancellable, handler);
	g_source_remove_by_user_data(client);
}

static GBytes *read_all(int fd, GError **error)
{
	g_autoptr(GMappedFile) mapped = g_mapped_file_new_from_fd(fd, FALSE, error);

	return mapped ? g_mapped_file_get_bytes(mapped) : NULL;
}

static gboolean save_output(struct call *call, const char *name, int index,
			    GUnixFDList *fds, GError **error)
{
	int fd = fds ? g_unix_fd_list_get(fds, index, error) : -1;
	g_autoptr(GBytes) bytes = fd >= 0 ? read_all(fd, error) : NULL;

	if (fd >= 0)
		close(fd);
	return bytes && call_write_file(call, name, bytes, error);
}

static gboolean save_outputs(struct call *call, GVariant *outputs, GUnixFDList *fds,
			     GError **error)
{
	GVariantIter iter;
	const char *name;
	gint32 index;

	g_variant_iter_init(&iter, outputs);
	while (g_variant_iter_next(&iter, "(&sh)", &name, &index))
		if (!save_output(call, name, index, fds, error))
			return FALSE;
	return TRUE;
}

static gboolean take_outcome(struct call *call, GVariant *outcome, GError **error)
{
	const char *text, *code, *message;

	if (g_variant_lookup(outcome, "result", "&s", &text))
		call->root = json_from_string(text, error);
	if (!g_variant_lookup(outcome, "code", "&s", &code))
		return call->root != NULL;
	g_variant_lookup(outcome, "message", "&s", &message);
	g_set_error_literal(error, SIXPIN_ERROR, error_code_find(code), message);
	return FALSE;
}

/* What could not be saved here is told in the result as well. */
static gboolean take_reply(struct call *call, struct exchange *exchange, GError **error)
{
	g_autoptr(GVariant) outcome = g_variant_get_child_value(exchange->reply, 0);
	g_autoptr(GVariant) outputs = g_variant_get_child_value(exchange->reply, 1);
	GError *failure = NULL;

	if (!take_outcome(call, outcome, error))
		return FALSE;
	if (save_outputs(call, outputs, exchange->fds, &failure))
		return TRUE;
	call_finish_root(call->root, failure);
	g_propagate_error(error, failure);
	return FALSE;
}

static gboolean check_words(char **words, GError **error)
{
	for (unsigned i = 1; words[i]; i++) {
		g_autofree char *shown = NULL;

		if (g_utf8_validate(words[i], -1, NULL))
			continue;
		shown = g_utf8_make_valid(words[i], -1);
		g_set_error(
			error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE,
			"\"%s\" is no UTF-8 and cannot go to the station's daemon: give "
			"the file another name, or run here with --local",
			shown);
		return FALSE;
	}
	return TRUE;
}

gboolean client_offer_files(char **words, GVariant **files, GUnixFDList *fds,
			    GError **error)
{
	g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GHashTable) offered = g_hash_table_new(g_str_hash, g_str_equal);
	g_autoptr(GVariantBuilder) builder =
		g_variant_builder_new(G_VARIANT_TYPE("a(sh)"));

	for (unsigned i = 1; words[i]; i++) {
		add_candidates(names, words[i]);
		add_inner_words(names, words[i]);
	}
	for (unsigned i = 0; i < names->len; i++)
		if (!offer(names->pdata[i], offered, builder, fds, error))
			return FALSE;
	*files = g_variant_builder_end(builder);
	return TRUE;
}

gboolean client_execute(struct client *client, struct call *call, GError **error)
{
	g_autoptr(GUnixFDList) fds = g_unix_fd_list_new();
	struct exchange result = { 0 };
	GVariant *files;
	gboolean ok = FALSE;
	guint said, step;

	client->call = call;
	if (!check_words(call->words, error) ||
	    !client_offer_files(call->words, &files, fds, error))
		return FALSE;
	said = subscribe(client, "Said", on_said);
	step = subscribe(client, "Step", on_step);
	exchange(client, files, fds, &result);
	g_dbus_connection_signal_unsubscribe(client->connection, said);
	g_dbus_connection_signal_unsubscribe(client->connection, step);
	if (result.reply)
		ok = take_reply(call, &result, error);
	else
		client_take_error(result.failure, error);
	g_clear_pointer(&result.reply, g_variant_unref);
	g_clear_object(&result.fds);
	return ok;
}
