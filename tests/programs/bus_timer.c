/* SPDX-License-Identifier: MIT */
/*
 * Calls a method of the station and tells how long the answer took:
 *
 *   bus_timer ADDRESS COUNT METHOD PARAMETERS
 *
 * PARAMETERS is a tuple in GVariant's text. Prints the median of COUNT calls in ms, from
 * the call until the answer was taken apart.
 */
#include <gio/gio.h>
#include <stdio.h>
#include <stdlib.h>

#include "appliance/base/clock.h"
#include "appliance/base/station_bus.h"

#define MAX_COUNT 1000

static double call(GDBusConnection *bus, const char *method, GVariant *parameters,
		   GError **error)
{
	uint64_t began_ns = clock_now_ns(clock_monotonic());
	g_autoptr(GVariant) reply = g_dbus_connection_call_sync(
		bus, STATION_BUS_NAME, STATION_OBJECT_PATH, STATION_INTERFACE, method,
		parameters, NULL, G_DBUS_CALL_FLAGS_NONE, -1, NULL, error);

	return reply ? (double)(clock_now_ns(clock_monotonic()) - began_ns) / 1e6 : -1;
}

static int compare(const void *a, const void *b)
{
	double first = *(const double *)a, second = *(const double *)b;

	return (first > second) - (first < second);
}

static gboolean run(const char *address, unsigned count, const char *method,
		    const char *text, GError **error)
{
	g_autoptr(GVariant) parameters = g_variant_parse(NULL, text, NULL, NULL, error);
	g_autoptr(GDBusConnection) bus = NULL;
	double ms[MAX_COUNT];

	if (!parameters)
		return FALSE;
	bus = g_dbus_connection_new_for_address_sync(
		address,
		G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
			G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
		NULL, NULL, error);
	for (unsigned i = 0; bus && i < count; i++)
		if ((ms[i] = call(bus, method, parameters, error)) < 0)
			return FALSE;
	if (!bus)
		return FALSE;
	qsort(ms, count, sizeof(*ms), compare);
	printf("%.3f\n", ms[count / 2]);
	return TRUE;
}

int main(int argc, char **argv)
{
	g_autoptr(GError) error = NULL;
	int count = argc == 5 ? atoi(argv[2]) : 0;

	if (count < 1 || count > MAX_COUNT) {
		fprintf(stderr, "usage: bus_timer ADDRESS COUNT METHOD PARAMETERS\n");
		return 2;
	}
	if (run(argv[1], (unsigned)count, argv[3], argv[4], &error))
		return 0;
	fprintf(stderr, "bus_timer: %s\n", error->message);
	return 1;
}
