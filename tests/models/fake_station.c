/* SPDX-License-Identifier: MIT */
#include "tests/models/fake_station.h"

#include <gio/gunixfdlist.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "appliance/base/station_bus.h"

#define BUS_NAME "org.freedesktop.DBus"
#define BUS_PATH "/org/freedesktop/DBus"
#define OWN_NAME ":1.1"
#define ITS_NAME ":1.2"

struct reply {
	char *body;    /* or NULL: refused */
	char *content; /* of a file, or NULL */
	char *error, *message;
	void (*func)(void *user);
	void *user;
};

struct fake_station {
	GDBusConnection *server, *client;
	guint filter;
	GMutex mutex; /* all below */
	GHashTable *replies;
	GString *calls;
	gboolean is_there;
};

/* ---- What it was asked ---- */

static int compare_keys(gconstpointer a, gconstpointer b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* By name: the order of a dictionary means nothing. */
static void append_options(GString *text, GVariant *options)
{
	g_autoptr(GPtrArray) keys = g_ptr_array_new();
	GVariantIter iter;
	const char *key;

	g_variant_iter_init(&iter, options);
	while (g_variant_iter_next(&iter, "{&sv}", &key, NULL))
		g_ptr_array_add(keys, (char *)key);
	g_ptr_array_sort(keys, compare_keys);
	for (guint i = 0; i < keys->len; i++) {
		g_autoptr(GVariant) value =
			g_variant_lookup_value(options, keys->pdata[i], NULL);
		g_autofree char *printed = g_variant_print(value, FALSE);

		g_string_append_printf(text, " %s=%s", (char *)keys->pdata[i], printed);
	}
}

static void append_file(GString *text, int fd)
{
	char content[256];
	gssize n = pread(fd, content, sizeof(content), 0);

	g_string_append_printf(text, " [%.*s]", (int)MAX(n, 0), content);
}

static void append_call(GString *text, GDBusMessage *call)
{
	GVariant *body = g_dbus_message_get_body(call);
	GUnixFDList *fds = g_dbus_message_get_unix_fd_list(call);
	const int *list = fds ? g_unix_fd_list_peek_fds(fds, NULL) : NULL;

	g_string_append(text, g_dbus_message_get_member(call));
	for (gsize i = 0; body && i < g_variant_n_children(body); i++) {
		g_autoptr(GVariant) child = g_variant_get_child_value(body, i);
		g_autofree char *printed = g_variant_print(child, FALSE);

		if (g_variant_is_of_type(child, G_VARIANT_TYPE_VARDICT))
			append_options(text, child);
		else
			g_string_append_printf(text, " %s", printed);
	}
	for (; list && *list >= 0; list++)
		append_file(text, *list);
	g_string_append_c(text, '\n');
}

/* ---- What it answers ---- */

static GVariant *parse(const char *text)
{
	g_autoptr(GError) error = NULL;
	GVariant *value = g_variant_parse(NULL, text, NULL, NULL, &error);

	if (!value)
		g_error("%s: %s", text, error->message);
	return value;
}

static void add_file(GDBusMessage *reply, const char *content)
{
	g_autoptr(GUnixFDList) fds = g_unix_fd_list_new();
	int fd = memfd_create("file", MFD_CLOEXEC);

	g_assert_cmpint(write(fd, content, strlen(content)), ==, (gssize)strlen(content));
	lseek(fd, 0, SEEK_SET);
	g_unix_fd_list_append(fds, fd, NULL);
	close(fd);
	g_dbus_message_set_unix_fd_list(reply, fds);
}

static void send_message(struct fake_station *station, GDBusMessage *message)
{
	g_dbus_connection_send_message(station->server, message,
				       G_DBUS_SEND_MESSAGE_FLAGS_NONE, NULL, NULL);
	g_object_unref(message);
}

static GDBusMessage *answered(GDBusMessage *call, const char *text)
{
	GDBusMessage *message = g_dbus_message_new_method_reply(call);
	g_autoptr(GVariant) body = parse(text);

	g_dbus_message_set_body(message, body);
	return message;
}

static GDBusMessage *station_answer(struct fake_station *station, GDBusMessage *call)
{
	const struct reply *reply;
	GDBusMessage *message;

	append_call(station->calls, call);
	reply = g_hash_table_lookup(station->replies, g_dbus_message_get_member(call));
	if (reply && reply->func) {
		g_mutex_unlock(&station->mutex);
		reply->func(reply->user);
		g_mutex_lock(&station->mutex);
	}
	if (reply && reply->error)
		return g_dbus_message_new_method_error_literal(call, reply->error,
							       reply->message);
	message = answered(call, reply && reply->body ? reply->body : "()");
	if (reply && reply->content)
		add_file(message, reply->content);
	return message;
}

static GDBusMessage *bus_answer(struct fake_station *station, GDBusMessage *call)
{
	static const struct {
		const char *method, *reply;
	} replies[] = {
		{ "Hello", "('" ITS_NAME "',)" },
		{ "GetNameOwner", "('" OWN_NAME "',)" },
		{ "StartServiceByName", "(uint32 2,)" },
	};
	const char *method = g_dbus_message_get_member(call);

	for (unsigned i = 0; i < G_N_ELEMENTS(replies); i++) {
		if (strcmp(replies[i].method, method) != 0)
			continue;
		if (i == 0 || station->is_there)
			return answered(call, replies[i].reply);
		return g_dbus_message_new_method_error_literal(
			call, "org.freedesktop.DBus.Error.NameHasNoOwner", "nobody");
	}
	return answered(call, "()");
}

static GDBusMessage *absent_answer(GDBusMessage *call)
{
	return g_dbus_message_new_method_error_literal(
		call, "org.freedesktop.DBus.Error.ServiceUnknown", "nobody has it");
}

static GDBusMessage *on_message(GDBusConnection *server, GDBusMessage *message,
				gboolean is_incoming, gpointer user)
{
	struct fake_station *station = user;
	GDBusMessage *answer;

	if (!is_incoming)
		return message;
	if (g_dbus_message_get_message_type(message) == G_DBUS_MESSAGE_TYPE_METHOD_CALL) {
		g_mutex_lock(&station->mutex);
		if (g_strcmp0(g_dbus_message_get_destination(message), BUS_NAME) == 0)
			answer = bus_answer(station, message);
		else if (station->is_there)
			answer = station_answer(station, message);
		else
			answer = absent_answer(message);
		g_mutex_unlock(&station->mutex);
		send_message(station, answer);
	}
	g_object_unref(message);
	return NULL;
}

/* ---- For tests ---- */

static void reply_free(void *data)
{
	struct reply *reply = data;

	g_free(reply->body);
	g_free(reply->content);
	g_free(reply->error);
	g_free(reply->message);
	g_free(reply);
}

static void set_reply(struct fake_station *station, const char *method,
		      const struct reply *values)
{
	struct reply *reply = g_new0(struct reply, 1);

	*reply = (struct reply){
		.body = g_strdup(values->body),
		.content = g_strdup(values->content),
		.error = g_strdup(values->error),
		.message = g_strdup(values->message),
		.func = values->func,
		.user = values->user,
	};
	g_mutex_lock(&station->mutex);
	g_hash_table_insert(station->replies, g_strdup(method), reply);
	g_mutex_unlock(&station->mutex);
}

void fake_station_answers(struct fake_station *station, const char *method,
			  const char *reply)
{
	set_reply(station, method, &(struct reply){ .body = (char *)reply });
}

void fake_station_hands_over(struct fake_station *station, const char *method,
			     const char *reply, const char *content)
{
	set_reply(station, method,
		  &(struct reply){ .body = (char *)reply, .content = (char *)content });
}

void fake_station_refuses(struct fake_station *station, const char *method,
			  const char *error, const char *message)
{
	g_autofree char *name = strchr(error, '.')
					? g_strdup(error)
					: g_strconcat(STATION_ERROR_PREFIX, error, NULL);

	set_reply(station, method,
		  &(struct reply){ .error = name, .message = (char *)message });
}

void fake_station_watches(struct fake_station *station, const char *method,
			  void (*func)(void *user), void *user)
{
	struct reply *reply;

	g_mutex_lock(&station->mutex);
	reply = g_hash_table_lookup(station->replies, method);
	g_assert_nonnull(reply);
	reply->func = func;
	reply->user = user;
	g_mutex_unlock(&station->mutex);
}

char *fake_station_calls(struct fake_station *station)
{
	GString *calls;

	g_mutex_lock(&station->mutex);
	calls = station->calls;
	station->calls = g_string_new(NULL);
	g_mutex_unlock(&station->mutex);
	return g_string_free(calls, FALSE);
}

static void send_signal(struct fake_station *station, const char *sender,
			const char *path, const char *interface, const char *signal,
			const char *parameters)
{
	GDBusMessage *message = g_dbus_message_new_signal(path, interface, signal);
	g_autoptr(GVariant) body = parse(parameters);

	g_dbus_message_set_sender(message, sender);
	g_dbus_message_set_body(message, body);
	send_message(station, message);
}

void fake_station_signals(struct fake_station *station, const char *interface,
			  const char *signal, const char *parameters)
{
	send_signal(station, OWN_NAME, STATION_OBJECT_PATH, interface, signal,
		    parameters);
}

static void set_there(struct fake_station *station, gboolean is_there)
{
	g_mutex_lock(&station->mutex);
	station->is_there = is_there;
	g_mutex_unlock(&station->mutex);
	send_signal(station, BUS_NAME, BUS_PATH, BUS_NAME, "NameOwnerChanged",
		    is_there ? "('" STATION_BUS_NAME "', '', '" OWN_NAME "')"
			     : "('" STATION_BUS_NAME "', '" OWN_NAME "', '')");
}

void fake_station_leaves(struct fake_station *station)
{
	set_there(station, FALSE);
}

void fake_station_comes(struct fake_station *station)
{
	set_there(station, TRUE);
}

/* Messages keep their order: when this call is answered, all before it have come. */
static void go_there_and_back(struct fake_station *station)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GVariant) reply = g_dbus_connection_call_sync(
		station->client, BUS_NAME, BUS_PATH, BUS_NAME, "GetId", NULL, NULL,
		G_DBUS_CALL_FLAGS_NONE, -1, NULL, &error);

	g_assert_no_error(error);
	g_assert_nonnull(reply);
}

void fake_station_settle(struct fake_station *station)
{
	go_there_and_back(station);
	while (g_main_context_iteration(NULL, FALSE))
		go_there_and_back(station);
}

GDBusConnection *fake_station_connection(struct fake_station *station)
{
	return station->client;
}

static GIOStream *stream_of(int fd)
{
	g_autoptr(GSocket) socket = g_socket_new_from_fd(fd, NULL);

	g_assert_nonnull(socket);
	return G_IO_STREAM(g_socket_connection_factory_create_connection(socket));
}

static gpointer serve(gpointer user)
{
	struct fake_station *station = user;

	station->filter =
		g_dbus_connection_add_filter(station->server, on_message, station, NULL);
	g_dbus_connection_start_message_processing(station->server);
	return NULL;
}

struct side {
	struct fake_station *station;
	int fd;
};

/* Each side of a connection waits for the other one's authentication. */
static gpointer open_server(gpointer user)
{
	struct side *side = user;
	g_autoptr(GIOStream) stream = stream_of(side->fd);
	g_autofree char *guid = g_dbus_generate_guid();
	g_autoptr(GError) error = NULL;

	side->station->server = g_dbus_connection_new_sync(
		stream, guid,
		G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_SERVER |
			G_DBUS_CONNECTION_FLAGS_DELAY_MESSAGE_PROCESSING,
		NULL, NULL, &error);
	g_assert_no_error(error);
	return serve(side->station);
}

struct fake_station *fake_station_new(void)
{
	struct fake_station *station = g_new0(struct fake_station, 1);
	g_autoptr(GIOStream) stream = NULL;
	g_autoptr(GError) error = NULL;
	struct side side = { .station = station };
	GThread *thread;
	int fds[2];

	g_mutex_init(&station->mutex);
	station->replies =
		g_hash_table_new_full(g_str_hash, g_str_equal, g_free, reply_free);
	station->calls = g_string_new(NULL);
	station->is_there = TRUE;
	g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), ==, 0);
	side.fd = fds[0];
	thread = g_thread_new("station", open_server, &side);
	stream = stream_of(fds[1]);
	station->client = g_dbus_connection_new_sync(
		stream, NULL,
		G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
			G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
		NULL, NULL, &error);
	g_assert_no_error(error);
	g_thread_join(thread);
	return station;
}

void fake_station_free(struct fake_station *station)
{
	fake_station_settle(station);
	g_dbus_connection_close_sync(station->client, NULL, NULL);
	g_dbus_connection_remove_filter(station->server, station->filter);
	g_dbus_connection_close_sync(station->server, NULL, NULL);
	g_object_unref(station->client);
	g_object_unref(station->server);
	while (g_main_context_iteration(NULL, FALSE))
		;
	g_hash_table_unref(station->replies);
	g_string_free(station->calls, TRUE);
	g_mutex_clear(&station->mutex);
	g_free(station);
}
