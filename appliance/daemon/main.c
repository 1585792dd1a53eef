/* SPDX-License-Identifier: MIT */
/* sixpind: the station's daemon. */
#include "appliance/base/error.h"
#include "appliance/base/station_bus.h"
#include "appliance/daemon/hub.h"
#include "appliance/daemon/notify.h"
#include "appliance/daemon/service.h"
#include "gpio/guard.h"

#include <glib-unix.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

struct options {
	char *config;
	gboolean check;
	gboolean release;
	gboolean version;
};

struct daemon {
	GMainLoop *loop;
	struct notify *notify;
	struct hub *hub; /* NULL: it could not be renewed */
	struct service *service;
	guint renewing; /* the hub is, as soon as the loop comes to it; 0: it is not */
	GDBusConnection *connection;
	GError *failure;
};

static void on_named(void *user)
{
	notify_ready(((struct daemon *)user)->notify);
}

static void on_left(void *user)
{
	g_main_loop_quit(((struct daemon *)user)->loop);
}

static void end(struct daemon *daemon)
{
	if (daemon->renewing)
		g_source_remove(daemon->renewing);
	daemon->renewing = 0;
	hub_leave(daemon->hub, on_left, daemon);
}

/* The name stays ours, and the loop beats on: to systemd it is the same service. */
static gboolean renew(gpointer user)
{
	struct daemon *daemon = user;

	daemon->renewing = 0;
	daemon->hub = hub_renew(daemon->hub, &daemon->failure);
	service_set_hub(daemon->service, daemon->hub);
	if (!daemon->hub)
		g_main_loop_quit(daemon->loop);
	return G_SOURCE_REMOVE;
}

/* Not at once: whoever asked for it is still being answered. */
static void on_left_to_renew(void *user)
{
	struct daemon *daemon = user;

	daemon->renewing = g_idle_add(renew, daemon);
}

static void on_renew(void *user)
{
	struct daemon *daemon = user;

	hub_leave(daemon->hub, on_left_to_renew, daemon);
}

/* A run that is on is cancelled: its target is let go, its row is closed. */
static gboolean on_signal(gpointer user)
{
	struct daemon *daemon = user;

	notify_stopping(daemon->notify);
	end(daemon);
	return G_SOURCE_CONTINUE;
}

static void on_lost(void *user)
{
	struct daemon *daemon = user;

	if (!daemon->failure && g_dbus_connection_is_closed(daemon->connection))
		g_set_error(&daemon->failure, SIXPIN_ERROR, SIXPIN_ERROR_IO,
			    "the system's D-Bus has ended");
	else if (!daemon->failure)
		g_set_error(
			&daemon->failure, SIXPIN_ERROR, SIXPIN_ERROR_BUSY,
			"the name " STATION_BUS_NAME
			" cannot be had on the bus: is another sixpind running, and may "
			"this user own it (org.sixpin.Station1.conf)?");
	end(daemon);
}

static void serve(struct daemon *daemon, GError **error)
{
	g_autoptr(GDBusConnection) connection =
		g_bus_get_sync(G_BUS_TYPE_SYSTEM, NULL, error);

	if (!connection) {
		g_prefix_error(error, "the system's D-Bus: ");
		return;
	}
	g_dbus_connection_set_exit_on_close(connection, FALSE);
	daemon->connection = connection;
	daemon->service =
		service_new(daemon->hub, connection, on_named, on_lost, daemon, error);
	if (!daemon->service)
		return;
	g_unix_signal_add(SIGTERM, on_signal, daemon);
	g_unix_signal_add(SIGINT, on_signal, daemon);
	g_main_loop_run(daemon->loop);
	service_free(daemon->service);
	g_dbus_connection_flush_sync(connection, NULL, NULL);
}

static gboolean run(struct station_config *config, GError **error)
{
	struct daemon daemon = { 0 };
	GError *failure = NULL;

	daemon.hub = hub_begin(config, error);
	if (!daemon.hub)
		return FALSE;
	daemon.hub->renew = on_renew;
	daemon.hub->renew_user = &daemon;
	daemon.loop = g_main_loop_new(NULL, FALSE);
	daemon.notify = notify_new();
	serve(&daemon, &failure);
	notify_free(daemon.notify);
	g_main_loop_unref(daemon.loop);
	hub_free(daemon.hub);
	if (!failure)
		failure = daemon.failure;
	else
		g_clear_error(&daemon.failure);
	if (!failure)
		return TRUE;
	g_propagate_error(error, failure);
	return FALSE;
}

static gboolean release_lines(const struct station_config *config, GError **error)
{
	struct line lights[HUB_MAX_LIGHTS];
	unsigned n_lights = hub_lights(config, lights);

	return guard_release(config->chip, &config->pins, lights, n_lights, error);
}

/* Where what is kept cannot be opened, it was not in use (hub_begin). */
static gboolean release(const struct station_config *config, GError **error)
{
	g_autoptr(GError) failure = NULL;
	struct station_config *base;
	gboolean ok;

	if (release_lines(config, &failure))
		return TRUE;
	base = config->kept && !config->kept_problem
		       ? station_config_load_with(config->path, NULL, NULL, NULL)
		       : NULL;
	ok = base && release_lines(base, NULL);
	station_config_free(base);
	if (!ok)
		g_propagate_error(error, g_steal_pointer(&failure));
	return ok;
}

static gboolean check(const struct station_config *config, GError **error)
{
	g_autofree char *text = station_config_describe(config);
	g_autofree char *kept = station_config_kept_path(config);

	printf("# %s\n", config->path ? config->path : "no station.conf: all defaults");
	if (config->kept_problem)
		printf("# %s is not in use: %s\n", kept, config->kept_problem);
	else if (config->kept)
		printf("# %s\n", kept);
	printf("%s", text);
	return TRUE;
}

/* Everything below keeps what outlives a run in the station's folder. */
static void name_folder(const struct station_config *config)
{
	g_setenv("SIXPIN_STATE_DIR", config->folder, TRUE);
}

static gboolean run_options(const struct options *options, GError **error)
{
	struct station_config *config = station_config_load(options->config, error);
	gboolean ok;

	if (!config)
		return FALSE;
	name_folder(config);
	if (!options->check && !options->release)
		return run(config, error);
	ok = options->check ? check(config, error) : release(config, error);
	station_config_free(config);
	return ok;
}

static gboolean parse(struct options *options, int argc, char **argv, GError **error)
{
	const GOptionEntry entries[] = {
		{ "config", 'c', 0, G_OPTION_ARG_FILENAME, &options->config,
		  "The station's configuration (default: " STATION_CONFIG_PATH ")",
		  "FILE" },
		{ "check", 0, 0, G_OPTION_ARG_NONE, &options->check,
		  "Read the configuration, say what it means, and end", NULL },
		{ "release", 0, 0, G_OPTION_ARG_NONE, &options->release,
		  "Let RESET go, put out the LEDs, and end: for whoever ends sixpind",
		  NULL },
		{ "version", 0, 0, G_OPTION_ARG_NONE, &options->version,
		  "Tell the version, and end", NULL },
		{ NULL },
	};
	g_autoptr(GOptionContext) context = g_option_context_new(NULL);
	g_autoptr(GError) failure = NULL;

	g_option_context_set_summary(
		context, "The station's daemon: owns the programmer, runs jobs, "
			 "keeps the journal.");
	g_option_context_add_main_entries(context, entries, NULL);
	if (g_option_context_parse(context, &argc, &argv, &failure) && argc == 1)
		return TRUE;
	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE, "%s; see sixpind --help",
		    failure ? failure->message : "expected options only");
	return FALSE;
}

int main(int argc, char **argv)
{
	struct options options = { 0 };
	g_autoptr(GError) error = NULL;

	signal(SIGPIPE, SIG_IGN);
	/* A limit of file sizes is an error like a full disk, not an end. */
	signal(SIGXFSZ, SIG_IGN);
	if (argc > 1 && strcmp(argv[1], GUARD_OPTION) == 0)
		return guard_main(argc, argv);
	setlocale(LC_ALL, "");
	if (parse(&options, argc, argv, &error)) {
		if (options.version)
			printf("sixpind %s\n", SIXPIN_VERSION);
		else
			run_options(&options, &error);
	}
	g_free(options.config);
	if (!error)
		return 0;
	fprintf(stderr, "sixpind: %s\n", error->message);
	fprintf(stderr, "  %s\n", error_kind_of(error)->advice);
	return error_kind_of(error)->exit_status;
}
