/* SPDX-License-Identifier: MIT */
/*
 * Calls to the station's daemon, from any thread. Nothing here decides who may do what:
 * the token of a session goes along as an option, and the daemon looks at it.
 */
#pragma once

#include <gio/gio.h>
#include <gio/gunixfdlist.h>

struct bus;

/* The connection stays the caller's as long as the bus is there. */
struct bus *bus_new(GDBusConnection *connection);
void bus_free(struct bus *bus);

/*
 * Calls a method and waits, for as long as the daemon takes. `arguments`: a floating
 * tuple of all but the options, or NULL for none; `options`: a floating a{sv} or NULL;
 * `token`: a session, or NULL. `fds` go along where the arguments have handles;
 * `reply_fds` (may be NULL) is what comes back, the caller's. The station's own error
 * with its code; IO where no daemon answers.
 */
GVariant *bus_call(struct bus *bus, const char *method, GVariant *arguments,
		   GVariant *options, const char *token, GUnixFDList *fds,
		   GUnixFDList **reply_fds, GError **error);
