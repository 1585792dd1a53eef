/* SPDX-License-Identifier: MIT */
/* sixpin watch: what the station does, as it does it. sixpin cancel: the run that is on.
 * And the table of all that are no calls. */
#include "appliance/cli/watch.h"

#include "appliance/base/error.h"
#include "appliance/base/station_bus.h"
#include "appliance/cli/client.h"
#include "appliance/cli/interrupt.h"
#include "appliance/cli/user.h"

#include <stdio.h>
#include <string.h>

static const char *get(GVariant *facts, const char *name)
{
	const char *text;

	return g_variant_lookup(facts, name, "&s", &text) ? text : "";
}

static void print_started(guint64 run, GVariant *facts)
{
	const char *job = get(facts, "job");

	printf("%" G_GUINT64_FORMAT " started   %s by %s\n", run,
	       *job ? job : get(facts, "kind"), get(facts, "who"));
}

static void print_progress(guint64 run, GVariant *facts)
{
	guint32 done = 0, total = 0;

	g_variant_lookup(facts, "done", "u", &done);
	g_variant_lookup(facts, "total", "u", &total);
	printf("%" G_GUINT64_FORMAT " %s %u of %u\n", run, get(facts, "step"), done,
	       total);
}

static void print_finished(guint64 run, GVariant *facts)
{
	const char *code = get(facts, "code");

	printf("%" G_GUINT64_FORMAT " %s", run, get(facts, "state"));
	if (*code)
		printf("   %s: %s", code, get(facts, "message"));
	putchar('\n');
}

static const struct {
	const char *signal;
	void (*print)(guint64 run, GVariant *facts);
} prints[] = {
	{ "RunStarted", print_started },
	{ "Progress", print_progress },
	{ "RunFinished", print_finished },
};

static void on_signal(GDBusConnection *connection, const char *sender, const char *path,
		      const char *interface, const char *signal, GVariant *parameters,
		      gpointer user)
{
	for (unsigned i = 0; i < G_N_ELEMENTS(prints); i++) {
		g_autoptr(GVariant) facts = NULL;
		guint64 run;

		if (strcmp(prints[i].signal, signal) != 0)
			continue;
		g_variant_get(parameters, "(t@a{sv})", &run, &facts);
		prints[i].print(run, facts);
		fflush(stdout);
	}
}

static void wake_up(GCancellable *cancellable, gpointer user)
{
	g_main_context_wakeup(NULL);
}

/* Told, too, when the bus goes. */
static void on_vanished(GDBusConnection *connection, const char *name, gpointer vanished)
{
	*(bool *)vanished = true;
}

/* Until the user has seen enough, or there is nothing to see any more. */
static void look(GDBusConnection *connection, GCancellable *cancellable, bool *vanished)
{
	guint name = g_bus_watch_name_on_connection(connection, STATION_BUS_NAME,
						    G_BUS_NAME_WATCHER_FLAGS_NONE, NULL,
						    on_vanished, vanished, NULL);
	guint signals = g_dbus_connection_signal_subscribe(
		connection, STATION_BUS_NAME, STATION_INTERFACE, NULL,
		STATION_OBJECT_PATH, NULL, G_DBUS_SIGNAL_FLAGS_NONE, on_signal, NULL,
		NULL);

	g_cancellable_connect(cancellable, G_CALLBACK(wake_up), NULL, NULL);
	while (!*vanished && !g_cancellable_is_cancelled(cancellable))
		g_main_context_iteration(NULL, TRUE);
	g_dbus_connection_signal_unsubscribe(connection, signals);
	g_bus_unwatch_name(name);
}

static gboolean watch(char **words, GError **error)
{
	GCancellable *cancellable = interrupt_init();
	struct client *client = client_need(error);
	bool vanished = false;

	if (!client)
		return FALSE;
	look(client_connection(client), cancellable, &vanished);
	client_close(client);
	if (vanished)
		g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_IO,
			    "the station's daemon has ended");
	return !vanished;
}

static gboolean cancel(char **words, GError **error)
{
	struct client *client = client_need(error);
	g_autoptr(GVariant) reply = NULL;

	if (!client)
		return FALSE;
	reply = client_ask(
		client, "Cancel",
		g_variant_new("(@a{sv})",
			      g_variant_new_array(G_VARIANT_TYPE("{sv}"), NULL, 0)),
		error);
	client_close(client);
	return reply != NULL;
}

const struct watch_command watch_commands[] = {
	{ .name = "watch",
	  .summary = "Show what the station does, as it does it (Ctrl-C ends)",
	  .run = watch },
	{ .name = "cancel",
	  .summary = "Stop the run that is on; its target is let go",
	  .run = cancel },
	{ .name = "user",
	  .arguments = USER_ARGUMENTS,
	  .summary = "Who may use the station over its web page",
	  .examples = USER_EXAMPLES,
	  .run = user_run },
	{ .name = "web",
	  .arguments = "pair",
	  .summary = "Let somebody claim the station on its web page: as a press of 10 s",
	  .run = web_run },
	{ NULL },
};

const struct watch_command *watch_command_find(const char *name)
{
	for (unsigned i = 0; name && watch_commands[i].name; i++)
		if (strcmp(watch_commands[i].name, name) == 0)
			return &watch_commands[i];
	return NULL;
}
