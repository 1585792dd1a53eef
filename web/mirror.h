/* SPDX-License-Identifier: MIT */
/*
 * What the station tells of itself without being asked: its properties and signals, kept
 * here so that many browsers can look at it without one call to the daemon. It knows what
 * has happened by numbers, so that each browser can ask for what it has not seen.
 *
 * Signals come in the thread of the main context; everything else is for any thread.
 */
#pragma once

#include <gio/gio.h>
#include <stdbool.h>

struct mirror;

/* changed_sessions is called, in the main context, where tokens may mean something else
 * than before: sessions ended, or the daemon has gone. */
struct mirror *mirror_new(GDBusConnection *connection,
			  void (*changed_sessions)(void *user), void *user);
void mirror_free(struct mirror *mirror);

/* The daemon is on the bus and has told its state. */
bool mirror_is_ready(struct mirror *mirror);

/* A property by name, or NULL. Free with g_variant_unref. */
GVariant *mirror_property(struct mirror *mirror, const char *name);

/* {ready, name, version, ...} as web/openapi.yaml has it for /api/station. The etag
 * names this state of this process. Free both. */
GBytes *mirror_station(struct mirror *mirror, char **etag);

/* {next, missed, events, station}: all after `after`, which is the `next` of an answer
 * before; NULL: nothing that has been. missed: there were some that are not known any
 * more, as to a process that was not there then. */
GBytes *mirror_events(struct mirror *mirror, const char *after, char **etag);
