/* SPDX-License-Identifier: MIT */
/*
 * Owns a name on a bus and answers every call to it with nothing, for tests of who may
 * talk to whom:
 *
 *   bus_owner ADDRESS NAME     prints "owned" and stays, or "refused: WHY" and ends
 *
 * Each call is followed by a signal, NAME.Called.
 */
#include <gio/gio.h>
#include <stdio.h>

/* Of RequestName, in the D-Bus specification. */
#define DO_NOT_QUEUE  4u
#define PRIMARY_OWNER 1u

static GDBusMessage *answer(GDBusConnection *bus, GDBusMessage *message,
			    gboolean incoming, gpointer name)
{
	g_autoptr(GDBusMessage) reply = NULL;

	if (!incoming ||
	    g_dbus_message_get_message_type(message) != G_DBUS_MESSAGE_TYPE_METHOD_CALL)
		return message;
	reply = g_dbus_message_new_method_reply(message);
	g_dbus_connection_send_message(bus, reply, G_DBUS_SEND_MESSAGE_FLAGS_NONE, NULL,
				       NULL);
	g_dbus_connection_emit_signal(bus, NULL, "/", name, "Called", NULL, NULL);
	g_object_unref(message);
	return NULL;
}

static GDBusConnection *connect_to(const char *address, GError **error)
{
	return g_dbus_connection_new_for_address_sync(
		address,
		G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
			G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
		NULL, NULL, error);
}

int main(int argc, char **argv)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GVariant) reply = NULL;
	g_autoptr(GDBusConnection) bus = argc == 3 ? connect_to(argv[1], &error) : NULL;
	guint32 got = 0;

	if (bus) {
		g_dbus_connection_set_exit_on_close(bus, TRUE);
		g_dbus_connection_add_filter(bus, answer, argv[2], NULL);
		reply = g_dbus_connection_call_sync(
			bus, "org.freedesktop.DBus", "/org/freedesktop/DBus",
			"org.freedesktop.DBus", "RequestName",
			g_variant_new("(su)", argv[2], DO_NOT_QUEUE), NULL,
			G_DBUS_CALL_FLAGS_NONE, -1, NULL, &error);
	}
	if (reply)
		g_variant_get(reply, "(u)", &got);
	if (got != PRIMARY_OWNER) {
		printf("refused: %s\n", error ? error->message : "it has an owner");
		return 1;
	}
	puts("owned");
	fflush(stdout);
	g_main_loop_run(g_main_loop_new(NULL, FALSE));
	return 0;
}
