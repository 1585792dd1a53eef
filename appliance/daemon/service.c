/* SPDX-License-Identifier: MIT */
/* The object on the bus, its properties, and who calls. */
#include "appliance/daemon/service.h"

#include "appliance/base/station_bus.h"
#include "appliance/daemon/request.h"
#include "appliance/daemon/station1_interface.h"

#include <pwd.h>
#include <string.h>

/* Unique names are never given twice; nobody needs to be known for long. */
#define MAX_KNOWN_CALLERS 256

struct service {
	struct hub *hub;
	GDBusConnection *connection;
	guint object, name;
	GHashTable *callers; /* unique name -> struct caller */
	bool has_web_user;   /* the web page's user is one of this system */
	uid_t web_user;
	GCancellable *closing; /* questions that are open when the service ends */
	void (*named)(void *user);
	void (*lost)(void *user);
	void *user;
};

struct caller {
	char *who; /* "user 1000 (pi)" */
	bool is_web;
};

struct asking {
	struct service *service;
	GDBusMethodInvocation *invocation;
};

#define PASSWD_BYTES 4096

static void caller_free(gpointer data)
{
	struct caller *caller = data;

	g_free(caller->who);
	g_free(caller);
}

/* One that came only after the daemon had started is known by its name. */
static struct caller *describe_caller(const struct service *service, uid_t uid)
{
	struct passwd entry, *found = NULL;
	char buffer[PASSWD_BYTES];
	struct caller *caller = g_new(struct caller, 1);

	if (getpwuid_r(uid, &entry, buffer, sizeof(buffer), &found) != 0)
		found = NULL;
	caller->who = found ? g_strdup_printf("user %u (%s)", uid, found->pw_name)
			    : g_strdup_printf("user %u", uid);
	caller->is_web =
		(service->has_web_user && uid == service->web_user) ||
		(found && strcmp(found->pw_name, service->hub->config->web_user) == 0);
	return caller;
}

static void find_web_user(struct service *service)
{
	struct passwd entry, *found = NULL;
	char buffer[PASSWD_BYTES];

	getpwnam_r(service->hub->config->web_user, &entry, buffer, sizeof(buffer),
		   &found);
	service->has_web_user = found != NULL;
	if (found)
		service->web_user = found->pw_uid;
}

static void on_user_known(GObject *source, GAsyncResult *result, gpointer data)
{
	struct asking *asking = data;
	struct service *service = asking->service;
	GDBusMethodInvocation *invocation = asking->invocation;
	g_autoptr(GError) failure = NULL;
	g_autoptr(GVariant) reply = g_dbus_connection_call_finish(
		G_DBUS_CONNECTION(source), result, &failure);
	struct caller *caller;
	guint32 uid;

	g_free(asking);
	if (!reply) {
		g_dbus_method_invocation_return_gerror(invocation, failure);
		return;
	}
	g_variant_get(reply, "(u)", &uid);
	caller = describe_caller(service, uid);
	if (g_hash_table_size(service->callers) >= MAX_KNOWN_CALLERS)
		g_hash_table_remove_all(service->callers);
	g_hash_table_insert(service->callers,
			    g_strdup(g_dbus_method_invocation_get_sender(invocation)),
			    caller);
	request_start(service->hub, invocation, caller->who, caller->is_web);
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
	const struct caller *caller = g_hash_table_lookup(service->callers, sender);

	if (caller)
		request_start(service->hub, invocation, caller->who, caller->is_web);
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

static GVariant *claimed(struct hub *hub)
{
	return g_variant_new_boolean(access_is_claimed(hub->access));
}

static void add_message(GVariantBuilder *notices, const GError *failure)
{
	g_autofree char *message = g_utf8_make_valid(failure->message, -1);

	g_variant_builder_add(notices, "s", message);
}

/* That they cannot be read is one as well, and so is a door that stays shut. */
static GVariant *notices(struct hub *hub)
{
	g_autoptr(GError) failure = NULL;
	g_autoptr(GError) shut = NULL;
	g_autoptr(GVariant) known = journal_notices(hub->journal, &failure);
	GVariantBuilder notices;
	const char *notice;
	GVariantIter iter;

	g_variant_builder_init(&notices, G_VARIANT_TYPE("as"));
	if (known) {
		g_variant_iter_init(&iter, known);
		while (g_variant_iter_next(&iter, "&s", &notice))
			g_variant_builder_add(&notices, "s", notice);
	} else {
		add_message(&notices, failure);
	}
	if (!access_check(hub->access, &shut))
		add_message(&notices, shut);
	if (hub->notice)
		g_variant_builder_add(&notices, "s", hub->notice);
	return g_variant_builder_end(&notices);
}

static const struct {
	const char *name;
	GVariant *(*get)(struct hub *hub);
} properties[] = {
	{ "Version", version }, { "Name", name },	{ "State", state },
	{ "Run", run },		{ "Sites", sites },	{ "SelectedJob", selected_job },
	{ "Panel", panel },	{ "Lights", lights },	{ "Notices", notices },
	{ "Pairing", pairing }, { "Claimed", claimed },
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
	service->callers =
		g_hash_table_new_full(g_str_hash, g_str_equal, g_free, caller_free);
	find_web_user(service);
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

static void announce_all(struct hub *hub)
{
	for (unsigned i = 0; i < G_N_ELEMENTS(properties); i++)
		hub_property_changed(hub, properties[i].name, properties[i].get(hub));
}

/* Who may act for people may be set anew, and sessions may have run out meanwhile. */
void service_set_hub(struct service *service, struct hub *hub)
{
	service->hub = hub;
	if (!hub) {
		g_dbus_connection_unregister_object(service->connection, service->object);
		service->object = 0;
		return;
	}
	hub->connection = service->connection;
	g_hash_table_remove_all(service->callers);
	find_web_user(service);
	announce_all(hub);
	hub_emit(hub, NULL, "SessionsChanged", g_variant_new("()"));
}

void service_free(struct service *service)
{
	if (!service)
		return;
	if (service->hub)
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
