/* SPDX-License-Identifier: MIT */
/* A command at the station's daemon: its words and files go there, what it says comes
 * back, and is shown as if it had run here. */
#pragma once

#include <gio/gunixfdlist.h>

#include "appliance/commands/call.h"

struct client;

/* Whether the words may go to a daemon: not with --local, nor where they say which lines
 * or programmer to use, nor for commands that need nothing of a station. */
gboolean client_is_for(const struct call *call);

/* NULL without an error where no daemon is on the bus, nor could be started there. */
struct client *client_open(GError **error);

/* The same; where there is none, that is an error. */
struct client *client_need(GError **error);
void client_close(struct client *client); /* NULL is allowed */

/* As call_execute; what is said and written goes through the call's host. Where the call
 * is cancelled, the daemon's is. Runs the main context until it is answered. */
gboolean client_execute(struct client *client, struct call *call, GError **error);

/* A method without files. NULL and an error of our domain where it fails; the reply's
 * floating reference is taken. */
GVariant *client_ask(struct client *client, const char *method, GVariant *arguments,
		     GError **error);
GDBusConnection *client_connection(struct client *client);

/* What the words could name, of regular files that can be read: a(sh), floating; their
 * descriptors are added to `fds`. */
gboolean client_offer_files(char **words, GVariant **files, GUnixFDList *fds,
			    GError **error);

/* An error of a call on the bus as one of our domain: the daemon's own keep their code.
 * Takes `failure`. */
void client_take_error(GError *failure, GError **error);
