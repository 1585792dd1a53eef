/* SPDX-License-Identifier: MIT */
#include "web/bus.h"

#include "appliance/base/error.h"
#include "appliance/base/station_bus.h"

#define NO_TIMEOUT G_MAXINT

struct bus {
	GDBusConnection *connection;
};

struct bus *bus_new(GDBusConnection *connection)
{
	struct bus *bus = g_new(struct bus, 1);

	bus->connection = g_object_ref(connection);
	return bus;
}

void bus_free(struct bus *bus)
{
	g_object_unref(bus->connection);
	g_free(bus);
}

static void take_failure(GError *failure, GError **error)
{
	if (station_bus_take_error(failure, error))
		;
	else if (station_bus_is_lost(failure))
		g_set_error_literal(error, SIXPIN_ERROR, SIXPIN_ERROR_IO,
				    "the station's daemon does not answer: it is not "
				    "running, or ended in the middle of this; once it "
				    "runs again, the history tells what became of a run");
	else
		g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_IO,
			    "the station's daemon cannot be asked: %s", failure->message);
	g_error_free(failure);
}

static GVariant *with_session(GVariant *given, const char *token)
{
	g_autoptr(GVariant) options = given ? g_variant_ref_sink(given) : NULL;
	GVariantDict all;

	g_variant_dict_init(&all, options);
	if (token)
		g_variant_dict_insert(&all, "session", "s", token);
	return g_variant_dict_end(&all);
}

static GVariant *with_options(GVariant *given, GVariant *options)
{
	g_autoptr(GVariant) arguments = given ? g_variant_ref_sink(given) : NULL;
	gsize n = arguments ? g_variant_n_children(arguments) : 0;
	GVariantBuilder all;

	g_variant_builder_init(&all, G_VARIANT_TYPE_TUPLE);
	for (gsize i = 0; i < n; i++) {
		g_autoptr(GVariant) child = g_variant_get_child_value(arguments, i);

		g_variant_builder_add_value(&all, child);
	}
	g_variant_builder_add_value(&all, options);
	return g_variant_builder_end(&all);
}

GVariant *bus_call(struct bus *bus, const char *method, GVariant *arguments,
		   GVariant *options, const char *token, GUnixFDList *fds,
		   GUnixFDList **reply_fds, GError **error)
{
	GError *failure = NULL;
	GVariant *reply = g_dbus_connection_call_with_unix_fd_list_sync(
		bus->connection, STATION_BUS_NAME, STATION_OBJECT_PATH, STATION_INTERFACE,
		method, with_options(arguments, with_session(options, token)), NULL,
		G_DBUS_CALL_FLAGS_NONE, NO_TIMEOUT, fds, reply_fds, NULL, &failure);

	if (failure)
		take_failure(failure, error);
	return reply;
}
