/* SPDX-License-Identifier: MIT */
/*
 * org.sixpin.Station1 on the bus (org.sixpin.Station1.xml, docs/dbus.md): who may call,
 * what a call's arguments must be, and its answer.
 */
#pragma once

#include "appliance/daemon/hub.h"

#define STATION_BUS_NAME    "org.sixpin.Station1"
#define STATION_OBJECT_PATH "/org/sixpin/Station1"
#define STATION_INTERFACE   "org.sixpin.Station1"

struct service;

/* Puts the hub on the bus. `named`: the name is ours, the station is ready; `lost`: it is
 * not, or not any more. */
struct service *service_new(struct hub *hub, GDBusConnection *connection,
			    void (*named)(void *user), void (*lost)(void *user),
			    void *user, GError **error);
void service_free(struct service *service); /* NULL is allowed */
