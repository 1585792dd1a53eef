/* SPDX-License-Identifier: MIT */
#include "web/mirror.h"

#include "appliance/base/station_bus.h"

#include <json-glib/json-glib.h>
#include <string.h>

#define MAX_EVENTS 512 /* some 50 s of progress */
#define MAX_SITES  4   /* gpio/pins.h */

struct mirror {
	GDBusConnection *connection;
	void (*changed_sessions)(void *user);
	void *user;
	guint watch, signals, changes;
	GCancellable *closing;
	guint32 process; /* tells this one's event numbers from another's */

	GMutex mutex;		/* all below */
	GHashTable *properties; /* name -> GVariant; empty: no daemon */
	GVariant *running;	/* facts of RunStarted, or NULL */
	GVariant *progress[MAX_SITES];
	GVariant *last; /* facts of RunFinished, or NULL */
	GQueue events;	/* of char *, JSON; the last has the number `number` */
	guint64 number;
};

/* ---- As JSON ---- */

static void add_member(JsonBuilder *builder, const char *name, GVariant *value)
{
	json_builder_set_member_name(builder, name);
	if (value)
		json_builder_add_value(builder, json_gvariant_serialize(value));
	else
		json_builder_add_null_value(builder);
}

static void add_lights(JsonBuilder *builder, GVariant *lights)
{
	static const char *const names[] = { "busy", "pass", "fail", "buzzer" };

	json_builder_begin_object(builder);
	for (unsigned i = 0; lights && i < G_N_ELEMENTS(names); i++) {
		gboolean is_lit;

		g_variant_get_child(lights, i, "b", &is_lit);
		json_builder_set_member_name(builder, names[i]);
		json_builder_add_boolean_value(builder, is_lit);
	}
	json_builder_end_object(builder);
}

static JsonNode *end(JsonBuilder *builder)
{
	JsonNode *root = json_builder_get_root(builder);

	g_object_unref(builder);
	return root;
}

/* While it runs, the last progress says more than the property. */
static void add_site(struct mirror *mirror, JsonBuilder *builder, GVariant *site)
{
	g_autoptr(GVariant) all = NULL;
	GVariantDict facts;
	guint32 number = 0;

	g_variant_dict_init(&facts, site);
	g_variant_dict_lookup(&facts, "site", "u", &number);
	if (number < MAX_SITES && mirror->progress[number]) {
		GVariantIter iter;
		const char *name;
		GVariant *value;

		g_variant_iter_init(&iter, mirror->progress[number]);
		while (g_variant_iter_loop(&iter, "{&sv}", &name, &value))
			g_variant_dict_insert_value(&facts, name, value);
	}
	all = g_variant_ref_sink(g_variant_dict_end(&facts));
	json_builder_add_value(builder, json_gvariant_serialize(all));
}

static void add_sites(struct mirror *mirror, JsonBuilder *builder)
{
	GVariant *sites = g_hash_table_lookup(mirror->properties, "Sites");

	json_builder_set_member_name(builder, "sites");
	json_builder_begin_array(builder);
	for (gsize i = 0; sites && i < g_variant_n_children(sites); i++) {
		g_autoptr(GVariant) site = g_variant_get_child_value(sites, i);

		add_site(mirror, builder, site);
	}
	json_builder_end_array(builder);
}

static JsonNode *station(struct mirror *mirror)
{
	static const struct {
		const char *member, *property;
	} members[] = {
		{ "name", "Name" },	  { "version", "Version" },
		{ "state", "State" },	  { "run", "Run" },
		{ "panel", "Panel" },	  { "selected_job", "SelectedJob" },
		{ "pairing", "Pairing" }, { "claimed", "Claimed" },
		{ "notices", "Notices" },
	};
	GHashTable *properties = mirror->properties;
	JsonBuilder *builder = json_builder_new();

	json_builder_begin_object(builder);
	json_builder_set_member_name(builder, "ready");
	json_builder_add_boolean_value(builder, g_hash_table_size(properties) > 0);
	for (unsigned i = 0; i < G_N_ELEMENTS(members); i++)
		add_member(builder, members[i].member,
			   g_hash_table_lookup(properties, members[i].property));
	json_builder_set_member_name(builder, "lights");
	add_lights(builder, g_hash_table_lookup(properties, "Lights"));
	add_sites(mirror, builder);
	add_member(builder, "running", mirror->running);
	add_member(builder, "last", mirror->last);
	json_builder_end_object(builder);
	return end(builder);
}

static GBytes *text_of(JsonNode *root)
{
	char *text = json_to_string(root, FALSE);

	json_node_unref(root);
	return g_bytes_new_take(text, strlen(text));
}

GBytes *mirror_station(struct mirror *mirror, char **etag)
{
	GBytes *text;

	g_mutex_lock(&mirror->mutex);
	text = text_of(station(mirror));
	*etag = g_strdup_printf("\"%08x-%" G_GUINT64_FORMAT "\"", mirror->process,
				mirror->number);
	g_mutex_unlock(&mirror->mutex);
	return text;
}

/* Events are text already. */
static void append_events(const struct mirror *mirror, guint64 after, GString *text)
{
	guint n_new = (guint)MIN(mirror->number - after, mirror->events.length);
	GList *link = g_queue_peek_nth_link((GQueue *)&mirror->events,
					    mirror->events.length - n_new);

	for (; link; link = link->next) {
		g_string_append(text, link->data);
		if (link->next)
			g_string_append_c(text, ',');
	}
}

/* "0c0ffee0-17": of which process, and its event. */
static bool find_after(const struct mirror *mirror, const char *after, guint64 *number)
{
	guint64 process, known;
	char *rest;

	process = g_ascii_strtoull(after, &rest, 16);
	if (*rest != '-' || process != mirror->process)
		return false;
	if (!g_ascii_string_to_unsigned(rest + 1, 10, 0, mirror->number, &known, NULL))
		return false;
	*number = known;
	return mirror->number - known <= mirror->events.length;
}

GBytes *mirror_events(struct mirror *mirror, const char *after, char **etag)
{
	GString *text = g_string_new(NULL);
	g_autofree char *now = NULL;
	g_autoptr(JsonNode) state = NULL;
	guint64 number;
	bool missed;

	g_mutex_lock(&mirror->mutex);
	number = after ? 0 : mirror->number;
	missed = after && !find_after(mirror, after, &number);
	state = station(mirror);
	now = json_to_string(state, FALSE);
	g_string_append_printf(
		text,
		"{\"next\":\"%08x-%" G_GUINT64_FORMAT "\",\"missed\":%s,\"events\":[",
		mirror->process, mirror->number, missed ? "true" : "false");
	append_events(mirror, number, text);
	g_string_append_printf(text, "],\"station\":%s}", now);
	*etag = g_strdup_printf("\"%08x-%" G_GUINT64_FORMAT "-%" G_GUINT64_FORMAT "\"",
				mirror->process, mirror->number, number);
	g_mutex_unlock(&mirror->mutex);
	return g_string_free_to_bytes(text);
}

bool mirror_is_ready(struct mirror *mirror)
{
	bool is_ready;

	g_mutex_lock(&mirror->mutex);
	is_ready = g_hash_table_size(mirror->properties) > 0;
	g_mutex_unlock(&mirror->mutex);
	return is_ready;
}

GVariant *mirror_property(struct mirror *mirror, const char *name)
{
	GVariant *value;

	g_mutex_lock(&mirror->mutex);
	value = g_hash_table_lookup(mirror->properties, name);
	if (value)
		g_variant_ref(value);
	g_mutex_unlock(&mirror->mutex);
	return value;
}

/* ---- What happens; with the mutex ---- */

static void add_event(struct mirror *mirror, const char *kind, GVariant *facts,
		      guint64 run, bool has_run)
{
	JsonNode *node = facts ? json_gvariant_serialize(facts) : NULL;
	JsonObject *event = node ? json_node_dup_object(node) : json_object_new();
	JsonNode *root = json_node_init_object(json_node_alloc(), event);

	json_object_set_int_member(event, "event", (gint64)++mirror->number);
	json_object_set_string_member(event, "kind", kind);
	if (has_run)
		json_object_set_int_member(event, "run", (gint64)run);
	if (mirror->events.length == MAX_EVENTS)
		g_free(g_queue_pop_head(&mirror->events));
	g_queue_push_tail(&mirror->events, json_to_string(root, FALSE));
	json_object_unref(event);
	json_node_unref(root);
	g_clear_pointer(&node, json_node_unref);
}

static void forget_progress(struct mirror *mirror)
{
	for (unsigned i = 0; i < MAX_SITES; i++)
		g_clear_pointer(&mirror->progress[i], g_variant_unref);
}

static void keep(GVariant **place, GVariant *value)
{
	g_clear_pointer(place, g_variant_unref);
	*place = g_variant_ref(value);
}

/* The run's number among its facts. */
static GVariant *with_run(GVariant *facts, guint64 run)
{
	GVariantDict all;

	g_variant_dict_init(&all, facts);
	g_variant_dict_insert(&all, "run", "t", run);
	return g_variant_ref_sink(g_variant_dict_end(&all));
}

static void on_started(struct mirror *mirror, GVariant *parameters)
{
	g_autoptr(GVariant) facts = NULL;
	guint64 run;

	g_variant_get(parameters, "(t@a{sv})", &run, &facts);
	forget_progress(mirror);
	keep(&mirror->running, facts);
	add_event(mirror, "started", facts, run, true);
}

static void on_progress(struct mirror *mirror, GVariant *parameters)
{
	g_autoptr(GVariant) facts = NULL;
	guint32 site = 0;
	guint64 run;

	g_variant_get(parameters, "(t@a{sv})", &run, &facts);
	g_variant_lookup(facts, "site", "u", &site);
	if (site < MAX_SITES)
		keep(&mirror->progress[site], facts);
	add_event(mirror, "progress", facts, run, true);
}

static void on_finished(struct mirror *mirror, GVariant *parameters)
{
	g_autoptr(GVariant) facts = NULL;
	g_autoptr(GVariant) all = NULL;
	guint64 run;

	g_variant_get(parameters, "(t@a{sv})", &run, &facts);
	all = with_run(facts, run);
	keep(&mirror->last, all);
	g_clear_pointer(&mirror->running, g_variant_unref);
	forget_progress(mirror);
	add_event(mirror, "finished", facts, run, true);
}

/* FALSE where it was so before. */
static bool set_property(struct mirror *mirror, const char *name, GVariant *value)
{
	GVariant *before = g_hash_table_lookup(mirror->properties, name);

	if (before && g_variant_equal(before, value))
		return false;
	g_hash_table_insert(mirror->properties, g_strdup(name), g_variant_ref(value));
	return true;
}

static void on_panel(struct mirror *mirror, GVariant *parameters)
{
	g_autoptr(GVariant) state = g_variant_get_child_value(parameters, 0);
	g_autoptr(GVariant) lights = g_variant_get_child_value(parameters, 1);
	GVariantDict facts;
	g_autoptr(GVariant) all = NULL;

	/* Before all others are known, these would look like all. */
	if (g_hash_table_size(mirror->properties) > 0) {
		set_property(mirror, "Panel", state);
		set_property(mirror, "Lights", lights);
	}
	g_variant_dict_init(&facts, NULL);
	g_variant_dict_insert_value(&facts, "panel", state);
	all = g_variant_ref_sink(g_variant_dict_end(&facts));
	add_event(mirror, "panel", all, 0, false);
}

static void take_properties(struct mirror *mirror, GVariant *all)
{
	GVariantIter iter;
	const char *name;
	GVariant *value;
	bool has_changed = false;

	g_variant_iter_init(&iter, all);
	while (g_variant_iter_loop(&iter, "{&sv}", &name, &value))
		has_changed |= set_property(mirror, name, value);
	if (has_changed)
		add_event(mirror, "station", NULL, 0, false);
}

/* ---- From the bus ---- */

static void on_all(GObject *source, GAsyncResult *result, gpointer user)
{
	g_autoptr(GError) failure = NULL;
	g_autoptr(GVariant) reply = g_dbus_connection_call_finish(
		G_DBUS_CONNECTION(source), result, &failure);
	struct mirror *mirror = user;
	g_autoptr(GVariant) all = NULL;

	/* One that was closed meanwhile is not there any more; a daemon that went says so
	 * by its name. */
	if (!reply)
		return;
	g_variant_get(reply, "(@a{sv})", &all);
	g_mutex_lock(&mirror->mutex);
	take_properties(mirror, all);
	g_mutex_unlock(&mirror->mutex);
}

static void ask_all(struct mirror *mirror)
{
	g_dbus_connection_call(mirror->connection, STATION_BUS_NAME, STATION_OBJECT_PATH,
			       "org.freedesktop.DBus.Properties", "GetAll",
			       g_variant_new("(s)", STATION_INTERFACE),
			       G_VARIANT_TYPE("(a{sv})"), G_DBUS_CALL_FLAGS_NO_AUTO_START,
			       -1, mirror->closing, on_all, mirror);
}

static const struct {
	const char *signal;
	void (*take)(struct mirror *mirror, GVariant *parameters);
	bool asks_all; /* sites and notices are not announced */
} signals_table[] = {
	{ "RunStarted", on_started, true },
	{ "Progress", on_progress, false },
	{ "RunFinished", on_finished, true },
	{ "PanelChanged", on_panel, false },
};

static void on_signal(GDBusConnection *connection, const char *sender, const char *path,
		      const char *interface, const char *signal, GVariant *parameters,
		      gpointer user)
{
	struct mirror *mirror = user;

	if (strcmp(signal, "SessionsChanged") == 0)
		mirror->changed_sessions(mirror->user);
	for (unsigned i = 0; i < G_N_ELEMENTS(signals_table); i++) {
		if (strcmp(signals_table[i].signal, signal) != 0)
			continue;
		g_mutex_lock(&mirror->mutex);
		signals_table[i].take(mirror, parameters);
		g_mutex_unlock(&mirror->mutex);
		if (signals_table[i].asks_all)
			ask_all(mirror);
	}
}

static void on_changes(GDBusConnection *connection, const char *sender, const char *path,
		       const char *interface, const char *signal, GVariant *parameters,
		       gpointer user)
{
	struct mirror *mirror = user;
	g_autoptr(GVariant) changed = g_variant_get_child_value(parameters, 1);

	g_mutex_lock(&mirror->mutex);
	if (g_hash_table_size(mirror->properties) > 0)
		take_properties(mirror, changed);
	g_mutex_unlock(&mirror->mutex);
}

static void on_appeared(GDBusConnection *connection, const char *name, const char *owner,
			gpointer user)
{
	ask_all(user);
}

static void on_vanished(GDBusConnection *connection, const char *name, gpointer user)
{
	struct mirror *mirror = user;

	g_mutex_lock(&mirror->mutex);
	g_hash_table_remove_all(mirror->properties);
	g_clear_pointer(&mirror->running, g_variant_unref);
	forget_progress(mirror);
	add_event(mirror, "station", NULL, 0, false);
	g_mutex_unlock(&mirror->mutex);
	mirror->changed_sessions(mirror->user);
}

static void subscribe(struct mirror *mirror)
{
	mirror->signals = g_dbus_connection_signal_subscribe(
		mirror->connection, STATION_BUS_NAME, STATION_INTERFACE, NULL,
		STATION_OBJECT_PATH, NULL, G_DBUS_SIGNAL_FLAGS_NONE, on_signal, mirror,
		NULL);
	mirror->changes = g_dbus_connection_signal_subscribe(
		mirror->connection, STATION_BUS_NAME, "org.freedesktop.DBus.Properties",
		"PropertiesChanged", STATION_OBJECT_PATH, NULL, G_DBUS_SIGNAL_FLAGS_NONE,
		on_changes, mirror, NULL);
	mirror->watch = g_bus_watch_name_on_connection(
		mirror->connection, STATION_BUS_NAME, G_BUS_NAME_WATCHER_FLAGS_AUTO_START,
		on_appeared, on_vanished, mirror, NULL);
}

struct mirror *mirror_new(GDBusConnection *connection,
			  void (*changed_sessions)(void *user), void *user)
{
	struct mirror *mirror = g_new0(struct mirror, 1);

	mirror->connection = g_object_ref(connection);
	mirror->changed_sessions = changed_sessions;
	mirror->user = user;
	mirror->closing = g_cancellable_new();
	mirror->process = g_random_int();
	g_mutex_init(&mirror->mutex);
	mirror->properties = g_hash_table_new_full(g_str_hash, g_str_equal, g_free,
						   (GDestroyNotify)g_variant_unref);
	g_queue_init(&mirror->events);
	subscribe(mirror);
	return mirror;
}

void mirror_free(struct mirror *mirror)
{
	g_cancellable_cancel(mirror->closing);
	g_bus_unwatch_name(mirror->watch);
	g_dbus_connection_signal_unsubscribe(mirror->connection, mirror->signals);
	g_dbus_connection_signal_unsubscribe(mirror->connection, mirror->changes);
	g_object_unref(mirror->connection);
	g_object_unref(mirror->closing);
	g_hash_table_unref(mirror->properties);
	g_clear_pointer(&mirror->running, g_variant_unref);
	g_clear_pointer(&mirror->last, g_variant_unref);
	forget_progress(mirror);
	g_queue_clear_full(&mirror->events, g_free);
	g_mutex_clear(&mirror->mutex);
	g_free(mirror);
}
