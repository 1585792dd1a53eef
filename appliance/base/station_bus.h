/* SPDX-License-Identifier: MIT */
/* What the station is called on D-Bus, and what its callers make of errors
 * (docs/dbus.md). */
#pragma once

#include <gio/gio.h>

#define STATION_BUS_NAME    "org.sixpin.Station1"
#define STATION_OBJECT_PATH "/org/sixpin/Station1"
#define STATION_INTERFACE   "org.sixpin.Station1"

/* Errors are called this and their code's name (base/error.h). */
#define STATION_ERROR_PREFIX "org.sixpin.Station1.Error."

/* TRUE where the station itself has refused: the error has its code and text then. Else
 * nothing is set, and the failure's text has no remote name any more. */
gboolean station_bus_take_error(GError *failure, GError **error);

/* The bus answers so for a daemon that is gone; without a bus, nobody does. */
gboolean station_bus_is_lost(const GError *failure);
