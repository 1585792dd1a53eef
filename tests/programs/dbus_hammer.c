/* SPDX-License-Identifier: MIT */
/*
 * Calls everything that the station has on the bus, with arguments that nobody means:
 *
 *   dbus_hammer ADDRESS SEED COUNT any|refused
 *
 * `refused`: only calls that must be refused, whatever state the station is in (wrong
 * types, unknown options, methods and objects). Prints what happened, a line each, and
 * fails when a call was not answered, was answered by something that is no error of the
 * station's, or a ping took longer than a second. The same seed makes the same calls.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "appliance/base/station_bus.h"
#include "tests/models/random_call.h"

#define MAX_PENDING 8
#define PING_EVERY  20
#define PING_MS	    1000
#define ANSWER_MS   120000

struct hammer {
	const char *address;
	GRand *rand;
	bool refused_only;
	GDBusConnection *bus;
	GDBusNodeInfo *node;
	GDBusInterfaceInfo *interface; /* of it */
	unsigned n_methods;
	unsigned n_calls, n_pending, n_good, n_errors;
	bool failed;
};

/* Methods that drive the wires or stop who does are called, but not all the time. */
static const struct {
	const char *method;
	unsigned weight; /* of 8 */
} weights[] = {
	{ "Press", 1 }, { "Cancel", 1 }, { "Run", 2 }, { "Probe", 1 }, { "Read", 2 },
};

static GDBusConnection *connect_to(const char *address, GError **error)
{
	return g_dbus_connection_new_for_address_sync(
		address,
		G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
			G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
		NULL, NULL, error);
}

static void complain(struct hammer *hammer, const char *format, ...) G_GNUC_PRINTF(2, 3);

static void complain(struct hammer *hammer, const char *format, ...)
{
	g_autofree char *text = NULL;
	va_list arguments;

	va_start(arguments, format);
	text = g_strdup_vprintf(format, arguments);
	va_end(arguments);
	printf("call %u: %.400s\n", hammer->n_calls, text);
	hammer->failed = true;
}

static bool is_fine(const char *error_name)
{
	static const char *const never[] = {
		"org.freedesktop.DBus.Error.NoReply",
		"org.freedesktop.DBus.Error.ServiceUnknown",
		"org.freedesktop.DBus.Error.NameHasNoOwner",
		"org.freedesktop.DBus.Error.Timeout",
		"org.freedesktop.DBus.Error.Disconnected",
	};

	for (unsigned i = 0; i < G_N_ELEMENTS(never); i++)
		if (strcmp(never[i], error_name) == 0)
			return false;
	return g_str_has_prefix(error_name, STATION_ERROR_PREFIX) ||
	       g_str_has_prefix(error_name, "org.freedesktop.DBus.Error.");
}

/* One that waits for its answer. */
struct pending {
	struct hammer *hammer;
	char *what;
	bool refused;
};

static void check_error(struct pending *pending, const GError *error)
{
	g_autofree char *name = g_dbus_error_get_remote_error(error);

	if (!name || !is_fine(name))
		complain(pending->hammer, "%s: %s", pending->what, error->message);
	pending->hammer->n_errors++;
}

static void on_answer(GObject *source, GAsyncResult *result, gpointer user)
{
	struct pending *pending = user;
	g_autoptr(GUnixFDList) fds = NULL;
	g_autoptr(GError) error = NULL;
	g_autoptr(GVariant) answer = g_dbus_connection_call_with_unix_fd_list_finish(
		G_DBUS_CONNECTION(source), &fds, result, &error);

	if (error)
		check_error(pending, error);
	else if (pending->refused)
		complain(pending->hammer, "%s: was not refused", pending->what);
	else
		pending->hammer->n_good++;
	pending->hammer->n_pending--;
	g_free(pending->what);
	g_free(pending);
}

static void wait_for(struct hammer *hammer, unsigned n_pending)
{
	while (hammer->n_pending > n_pending)
		g_main_context_iteration(NULL, TRUE);
}

static void send(struct hammer *hammer, struct random_call *call)
{
	struct pending *pending = g_new(struct pending, 1);

	*pending =
		(struct pending){ hammer,
				  g_strdup_printf("%s.%s", call->interface, call->member),
				  hammer->refused_only };
	hammer->n_pending++;
	g_dbus_connection_call_with_unix_fd_list(
		hammer->bus, STATION_BUS_NAME, call->path, call->interface, call->member,
		call->parameters, NULL, G_DBUS_CALL_FLAGS_NONE, ANSWER_MS, call->fds,
		NULL, on_answer, pending);
	wait_for(hammer, MAX_PENDING);
}

static GDBusMessage *message_of(const struct hammer *hammer,
				const struct random_call *call)
{
	GDBusMessage *message = g_dbus_message_new_method_call(
		STATION_BUS_NAME, call->path, call->interface, call->member);

	g_dbus_message_set_body(message, call->parameters);
	g_dbus_message_set_unix_fd_list(message, call->fds);
	return message;
}

/* Nobody waits for this one. */
static void send_and_forget(struct hammer *hammer, struct random_call *call)
{
	g_autoptr(GDBusMessage) message = message_of(hammer, call);

	g_dbus_message_set_flags(message, G_DBUS_MESSAGE_FLAGS_NO_REPLY_EXPECTED);
	g_dbus_connection_send_message(hammer->bus, message,
				       G_DBUS_SEND_MESSAGE_FLAGS_NONE, NULL, NULL);
}

static void send_signal(struct hammer *hammer, struct random_call *call)
{
	g_dbus_connection_emit_signal(hammer->bus, STATION_BUS_NAME, call->path,
				      call->interface, call->member, call->parameters,
				      NULL);
}

/* The caller is gone before it is answered. */
static void send_and_vanish(struct hammer *hammer, struct random_call *call)
{
	g_autoptr(GDBusMessage) message = message_of(hammer, call);
	g_autoptr(GError) error = NULL;
	g_autoptr(GDBusConnection) bus = connect_to(hammer->address, &error);

	if (!bus) {
		complain(hammer, "another connection: %s", error->message);
		return;
	}
	g_dbus_connection_send_message(bus, message, G_DBUS_SEND_MESSAGE_FLAGS_NONE, NULL,
				       NULL);
	g_dbus_connection_flush_sync(bus, NULL, NULL);
	g_dbus_connection_close_sync(bus, NULL, NULL);
}

static void ping(struct hammer *hammer)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GVariant) answer = g_dbus_connection_call_sync(
		hammer->bus, STATION_BUS_NAME, STATION_OBJECT_PATH,
		"org.freedesktop.DBus.Peer", "Ping", NULL, NULL, G_DBUS_CALL_FLAGS_NONE,
		PING_MS, NULL, &error);

	if (!answer)
		complain(hammer, "ping: %s", error->message);
}

static bool is_its_turn(struct hammer *hammer, const char *method)
{
	for (unsigned i = 0; i < G_N_ELEMENTS(weights); i++)
		if (strcmp(weights[i].method, method) == 0)
			return random_below(hammer->rand, 8) < weights[i].weight;
	return true;
}

static const GDBusMethodInfo *pick_method(struct hammer *hammer)
{
	const GDBusMethodInfo *method;

	do
		method = hammer->interface->methods[random_below(hammer->rand,
								 hammer->n_methods)];
	while (!is_its_turn(hammer, method->name));
	return method;
}

/* How a call goes out, and how often of 32. */
static const struct {
	void (*send)(struct hammer *hammer, struct random_call *call);
	unsigned weight;
} ways[] = {
	{ send, 26 },
	{ send_and_forget, 2 },
	{ send_and_vanish, 2 },
	{ send_signal, 2 },
};

static void strike(struct hammer *hammer)
{
	unsigned chance = random_below(hammer->rand, 32), way = 0;
	struct random_call call;

	random_call_make(&call, hammer->rand, pick_method(hammer), hammer->refused_only);
	for (; chance >= ways[way].weight; way++)
		chance -= ways[way].weight;
	ways[way].send(hammer, &call);
	hammer->n_calls++;
	random_call_clear(&call);
}

static gboolean introspect(struct hammer *hammer, GError **error)
{
	g_autoptr(GVariant) answer = g_dbus_connection_call_sync(
		hammer->bus, STATION_BUS_NAME, STATION_OBJECT_PATH,
		"org.freedesktop.DBus.Introspectable", "Introspect", NULL,
		G_VARIANT_TYPE("(s)"), G_DBUS_CALL_FLAGS_NONE, -1, NULL, error);
	const char *xml;

	if (!answer)
		return FALSE;
	g_variant_get(answer, "(&s)", &xml);
	hammer->node = g_dbus_node_info_new_for_xml(xml, error);
	if (!hammer->node)
		return FALSE;
	hammer->interface =
		g_dbus_node_info_lookup_interface(hammer->node, STATION_INTERFACE);
	while (hammer->interface && hammer->interface->methods[hammer->n_methods])
		hammer->n_methods++;
	return hammer->n_methods > 0;
}

static gboolean run(struct hammer *hammer, unsigned count, GError **error)
{
	hammer->bus = connect_to(hammer->address, error);
	if (!hammer->bus || !introspect(hammer, error))
		return FALSE;
	while (hammer->n_calls < count) {
		strike(hammer);
		if (hammer->n_calls % PING_EVERY == 0)
			ping(hammer);
	}
	wait_for(hammer, 0);
	ping(hammer);
	return TRUE;
}

int main(int argc, char **argv)
{
	struct hammer hammer = { 0 };
	g_autoptr(GError) error = NULL;
	gboolean ran;

	if (argc != 5) {
		fprintf(stderr, "usage: dbus_hammer ADDRESS SEED COUNT any|refused\n");
		return 2;
	}
	hammer.address = argv[1];
	hammer.rand = g_rand_new_with_seed((guint32)strtoul(argv[2], NULL, 10));
	hammer.refused_only = strcmp(argv[4], "refused") == 0;
	ran = run(&hammer, (unsigned)strtoul(argv[3], NULL, 10), &error);
	if (!ran)
		printf("%s\n", error ? error->message : "there is no such interface");
	printf("%u calls, %u good, %u refused or failed\n", hammer.n_calls, hammer.n_good,
	       hammer.n_errors);
	g_clear_object(&hammer.bus);
	g_clear_pointer(&hammer.node, g_dbus_node_info_unref);
	g_rand_free(hammer.rand);
	return !ran || hammer.failed;
}
