/* SPDX-License-Identifier: MIT */
/*
 * org.sixpin.Station1 on the bus (org.sixpin.Station1.xml, docs/dbus.md): who may call,
 * what a call's arguments must be, and its answer.
 */
#pragma once

#include "appliance/daemon/hub.h"

struct service;

/* Puts the hub on the bus; both stay the caller's. In the main thread: `named`: the name
 * is ours, the station is ready; `lost`: it is not, or not any more (the connection is
 * closed, where the bus is gone). */
struct service *service_new(struct hub *hub, GDBusConnection *connection,
			    void (*named)(void *user), void (*lost)(void *user),
			    void *user, GError **error);

/* Another hub in the place of one that was left, under the same name: all properties are
 * announced. NULL: none, until service_free. */
void service_set_hub(struct service *service, struct hub *hub);
void service_free(struct service *service); /* NULL is allowed */
