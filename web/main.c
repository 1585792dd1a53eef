/* SPDX-License-Identifier: MIT */
/* sixpin-web: the station over HTTP, for the web server in front of it. It knows the bus
 * and nothing else: no pin, no file, no password. */
#include "web/fcgi.h"

#include "appliance/base/error.h"

#include <glib-unix.h>
#include <locale.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

/* One call waits for the wires, four logins are hashed at a time, one file is taken and
 * one waits: some are left for those who only look. */
#define N_THREADS 8

#define SYSTEMD_FD 3 /* sd_listen_fds(3) */

struct options {
	char *socket;
	gboolean version;
};

struct process {
	GMainLoop *loop;
	struct web web;
	GError *failure;
};

static void on_sessions_changed(void *user)
{
	struct process *process = user;

	sessions_forget(process->web.sessions);
}

static gboolean on_end(gpointer loop)
{
	g_main_loop_quit(loop);
	return G_SOURCE_CONTINUE;
}

/* Without the bus there is nothing to tell; systemd starts the next one. */
static void on_bus_closed(GDBusConnection *connection, gboolean by_peer, GError *cause,
			  gpointer user)
{
	struct process *process = user;

	if (by_peer)
		process->failure = g_error_new(SIXPIN_ERROR, SIXPIN_ERROR_IO,
					       "the system bus has ended: %s",
					       cause ? cause->message : "no cause");
	g_main_loop_quit(process->loop);
}

static gboolean is_activated(void)
{
	const char *pid = g_getenv("LISTEN_PID");

	return pid && g_ascii_strtoull(pid, NULL, 10) == (guint64)getpid() &&
	       g_strcmp0(g_getenv("LISTEN_FDS"), "1") == 0;
}

static int open_socket(const struct options *options, GError **error)
{
	if (options->socket)
		return fcgi_listen(options->socket, error);
	if (is_activated())
		return SYSTEMD_FD;
	g_set_error_literal(
		error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE,
		"expected --socket=PATH, or to be started by systemd with its "
		"socket");
	return -1;
}

/* Calls that are under way fail when the connection is closed, so nobody waits for them.
 */
static void serve(struct process *process, GDBusConnection *connection, int listening)
{
	struct web *web = &process->web;
	struct fcgi *fcgi;

	g_mutex_init(&web->uploading);
	web->bus = bus_new(connection);
	web->sessions = sessions_new(web->bus, g_get_monotonic_time);
	web->mirror = mirror_new(connection, on_sessions_changed, process);
	fcgi = fcgi_start(listening, web, N_THREADS);
	g_main_loop_run(process->loop);
	g_dbus_connection_close_sync(connection, NULL, NULL);
	fcgi_stop(fcgi);
	mirror_free(web->mirror);
	sessions_free(web->sessions);
	bus_free(web->bus);
	g_mutex_clear(&web->uploading);
}

static gboolean run(const struct options *options, GError **error)
{
	g_autoptr(GDBusConnection) connection = NULL;
	struct process process = { 0 };
	int listening = open_socket(options, error);

	if (listening < 0)
		return FALSE;
	connection = g_bus_get_sync(G_BUS_TYPE_SYSTEM, NULL, error);
	if (connection) {
		g_dbus_connection_set_exit_on_close(connection, FALSE);
		process.loop = g_main_loop_new(NULL, FALSE);
		g_unix_signal_add(SIGTERM, on_end, process.loop);
		g_unix_signal_add(SIGINT, on_end, process.loop);
		g_signal_connect(connection, "closed", G_CALLBACK(on_bus_closed),
				 &process);
		serve(&process, connection, listening);
		g_signal_handlers_disconnect_by_data(connection, &process);
		g_main_loop_unref(process.loop);
	}
	close(listening);
	if (process.failure)
		g_propagate_error(error, process.failure);
	return connection && !process.failure;
}

static gboolean parse(struct options *options, int argc, char **argv, GError **error)
{
	const GOptionEntry entries[] = {
		{ "socket", 's', 0, G_OPTION_ARG_FILENAME, &options->socket,
		  "Where the web server finds it (default: systemd's)", "PATH" },
		{ "version", 0, 0, G_OPTION_ARG_NONE, &options->version,
		  "Tell the version, and end", NULL },
		{ NULL },
	};
	g_autoptr(GOptionContext) context = g_option_context_new(NULL);
	g_autoptr(GError) failure = NULL;

	g_option_context_set_summary(
		context, "The station's web page: answers a web server over FastCGI.");
	g_option_context_add_main_entries(context, entries, NULL);
	if (g_option_context_parse(context, &argc, &argv, &failure) && argc == 1)
		return TRUE;
	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE, "%s; see sixpin-web --help",
		    failure ? failure->message : "expected options only");
	return FALSE;
}

int main(int argc, char **argv)
{
	struct options options = { 0 };
	g_autoptr(GError) error = NULL;

	signal(SIGPIPE, SIG_IGN);
	setlocale(LC_ALL, "");
	/* Threads that share one arena keep little for themselves. */
	mallopt(M_ARENA_MAX, 1);
	if (parse(&options, argc, argv, &error)) {
		if (options.version)
			printf("sixpin-web %s\n", SIXPIN_VERSION);
		else
			run(&options, &error);
	}
	g_free(options.socket);
	if (!error)
		return 0;
	fprintf(stderr, "sixpin-web: %s\n  %s\n", error->message,
		error_kind_of(error)->advice);
	return error_kind_of(error)->exit_status;
}
