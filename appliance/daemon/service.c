/* SPDX-License-Identifier: MIT */
/* The object on the bus, its properties, and who calls. */
#include "appliance/daemon/service.h"

#include "appliance/daemon/request.h"
#include "appliance/daemon/station1_interface.h"
#include "appliance/station/station_bus.h"

#include <pwd.h>
#include <string.h>

/* Unique names are never given twice; nobody needs to be known for long. */
#define MAX_KNOWN_CALLERS 256

/* The web page's user acts for people, who have to have a session. */
#define WEB_USER "sixpin-web"

struct service {
	struct hub *hub;
	GDBusConnection *connection;
	guint object, name;
	GHashTable *callers;   /* unique name -> "user 1000 (pi)" */
	GCancellable *closing; /* questions that are open when the service ends */
	void (*named)(void *user);
	void (*lost)(void *user);
	void *user;
};

struct asking {
	struct service *service;
	GDBusMethodInvocation *invocation;
};

static char *describe_user(guint32 uid)
{
	struct passwd entry, *found = NULL;
	char buffer[4096];

	if (getpwuid_r(uid, &entry, buffer, sizeof(buffer), &found) == 0 && found)
		return g_strdup_printf("user %u (%s)", uid, found->pw_name);
	return g_strdup_printf("user %u", uid);
}

static void start(struct service *service, GDBusMethodInvocation *invocation,
		  const char *who)
{
	if (g_str_has_suffix(who, "(" WEB_USER ")"))
		g_dbus_method_invocation_return_error_literal(
			invocation, G_DBUS_ERROR, G_DBUS_ERROR_ACCESS_DENIED,
			"the web page's user needs a session of a user of this station, and "
			"there are none");
	else
		request_start(service->hub, invocation, who);
}

static void on_user_known(GObject *source, GAsyncResult *result, gpointer data)
{
	struct asking *asking = data;
	struct service *service = asking->service;
	GDBusMethodInvocation *invocation = asking->invocation;
	g_autoptr(GError) failure = NULL;
	g_autoptr(GVariant) reply = g_dbus_connection_call_finish(
		G_DBUS_CONNECTION(source), result, &failure);
	char *who;
	guint32 uid;

	g_free(asking);
	if (!reply) {
		g_dbus_method_invocation_return_gerror(invocation, failure);
		return;
	}
	g_variant_get(reply, "(u)", &uid);
	who = describe_user(uid);
	if (g_hash_table_size(service->callers) >= MAX_KNOWN_CALLERS)
		g_hash_table_remove_all(service->callers);
	g_hash_table_insert(service->callers,
			    g_strdup(g_dbus_method_invocation_get_sender(invocation)),
			    who);
	start(service, invocation, who);
}

static void ask_user(struct service *service, GDBusMethodInvocation *invocation)
{
	struct asking *asking = g_new(struct asking, 1);

	*asking = (struct asking){ service, invocation };
	g_dbus_connection_call(
		service->connection, "org.freedesktop.DBus", "/org/freedesktop/DBus",
		"org.freedesktop.DBus", "GetConnectionUnixUser",
		g_variant_new("(s)", g_dbus_method_invocation_get_sender(invocation)),
		G_VARIANT_TYPE("(u)"), G_DBUS_CALL_FLAGS_NONE, -1, service->closing,
		on_user_known, asking);
}

static void on_method_call(GDBusConnection *connection, const char *sender,
			   const char *path, const char *interface, const char *method,
			   GVariant *parameters, GDBusMethodInvocation *invocation,
			   gpointer user)
{
	struct service *service = user;
	const char *who = g_hash_table_lookup(service->callers, sender);

	if (who)
		start(service, invocation, who);
	else
		ask_user(service, invocation);
}

static GVariant *version(struct hub *hub)
{
	return g_variant_new_string(SIXPIN_VERSION);
}

static GVariant *name(struct hub *hub)
{
	return g_variant_new_string(hub->config->name);
}

static GVariant *state(struct hub *hub)
{
	return g_variant_new_string(hub_state_name(hub));
}

static GVariant *run(struct hub *hub)
{
	return g_variant_new_uint64(hub->run);
}

static GVariant *selected_job(struct hub *hub)
{
	return g_variant_new_string(hub->selected_job ? hub->selected_job : "");
}

static GVariant *sites(struct hub *hub)
{
	return hub_sites(hub);
}

static GVariant *panel(struct hub *hub)
{
	return g_variant_new_string(
		hub->panel ? panel_state_name(panel_get_state(hub->panel)) : "");
}

static GVariant *lights(struct hub *hub)
{
	struct panel_lights lights = { 0 };

	if (hub->panel)
		lights = panel_get_lights(hub->panel);
	return g_variant_new("(bbbb)", lights.busy, lights.pass, lights.fail,
			     lights.buzzer);
}

static GVariant *pairing(struct hub *hub)
{
	return g_variant_new_boolean(hub->pairing != 0);
}

/* That they cannot be read is one as well. */
static GVariant *notices(struct hub *hub)
{
	g_autoptr(GError) failure = NULL;
	GVariant *notices = journal_notices(hub->journal, &failure);
	g_autofree char *message =
		failure ? g_utf8_make_valid(failure->message, -1) : NULL;

	return notices ? notices : g_variant_new_strv((const char *const *)&message, 1);
}

static const struct {
	const char *name;
	GVariant *(*get)(struct hub *hub);
} properties[] = {
	{ "Version", version }, { "Name", name },     { "State", state },
	{ "Run", run },		{ "Sites", sites },   { "SelectedJob", selected_job },
	{ "Panel", panel },	{ "Lights", lights }, { "Notices", notices },
	{ "Pairing", pairing },
};

static GVariant *on_get_property(GDBusConnection *connection, const char *sender,
				 const char *path, const char *interface,
				 const char *property, GError **error, gpointer user)
{
	struct service *service = user;

	for (unsigned i = 0; i < G_N_ELEMENTS(properties); i++)
		if (strcmp(properties[i].name, property) == 0)
			return properties[i].get(service->hub);
	g_assert_not_reached();
}

static const GDBusInterfaceVTable vtable = {
	.method_call = on_method_call,
	.get_property = on_get_property,
};

static void on_named(GDBusConnection *connection, const char *bus_name, gpointer user)
{
	struct service *service = user;

	service->named(service->user);
}

static void on_lost(GDBusConnection *connection, const char *bus_name, gpointer user)
{
	struct service *service = user;

	service->lost(service->user);
}

struct service *service_new(struct hub *hub, GDBusConnection *connection,
			    void (*named)(void *user), void (*lost)(void *user),
			    void *user, GError **error)
{
	struct service *service = g_new0(struct service, 1);

	service->hub = hub;
	service->connection = g_object_ref(connection);
	service->callers = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	service->closing = g_cancellable_new();
	service->named = named;
	service->lost = lost;
	service->user = user;
	service->object = g_dbus_connection_register_object(
		connection, STATION_OBJECT_PATH,
		(GDBusInterfaceInfo *)&org_sixpin_station1_interface, &vtable, service,
		NULL, error);
	if (!service->object) {
		service_free(service);
		return NULL;
	}
	hub->connection = connection;
	service->name = g_bus_own_name_on_connection(connection, STATION_BUS_NAME,
						     G_BUS_NAME_OWNER_FLAGS_DO_NOT_QUEUE,
						     on_named, on_lost, service, NULL);
	return service;
}

void service_free(struct service *service)
{
	if (!service)
		return;
	service->hub->connection = NULL;
	if (service->name)
		g_bus_unown_name(service->name);
	if (service->object)
		g_dbus_connection_unregister_object(service->connection, service->object);
	g_cancellable_cancel(service->closing);
	g_object_unref(service->closing);
	g_hash_table_unref(service->callers);
	g_object_unref(service->connection);
	g_free(service);
}
