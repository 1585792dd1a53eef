/* SPDX-License-Identifier: MIT */
/* What the station is called on D-Bus: the daemon's side and its callers' (docs/dbus.md).
 */
#pragma once

#define STATION_BUS_NAME    "org.sixpin.Station1"
#define STATION_OBJECT_PATH "/org/sixpin/Station1"
#define STATION_INTERFACE   "org.sixpin.Station1"

/* Errors are called this and their code's name (base/error.h). */
#define STATION_ERROR_PREFIX "org.sixpin.Station1.Error."
