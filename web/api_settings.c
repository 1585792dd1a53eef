/* SPDX-License-Identifier: MIT */
/* Settings, and files for whoever keeps or mends a station. Nothing secret is in them:
 * what the daemon tells of users is a name, a role and a number. */
#include "web/handlers.h"

#include <unistd.h>

#define SUPPORT_RUNS 100

static void add_clock(GVariantDict *facts)
{
	char host[256] = "";

	gethostname(host, sizeof(host) - 1);
	g_variant_dict_insert(facts, "host_name", "s", host);
	g_variant_dict_insert(facts, "clock", "x", g_get_real_time() / G_USEC_PER_SEC);
	g_variant_dict_insert(facts, "version", "s", SIXPIN_VERSION);
}

static GVariant *settings(struct exchange *exchange, GError **error)
{
	g_autoptr(GVariant) reply =
		exchange_call(exchange, "GetSettings", NULL, NULL, error);
	g_autoptr(GVariant) facts = reply ? g_variant_get_child_value(reply, 0) : NULL;
	GVariantDict all;

	if (!facts)
		return NULL;
	g_variant_dict_init(&all, facts);
	add_clock(&all);
	return g_variant_ref_sink(g_variant_dict_end(&all));
}

gboolean answer_settings_get(struct exchange *exchange, GError **error)
{
	g_autoptr(GVariant) facts = settings(exchange, error);

	if (facts)
		exchange_json(exchange, 200, json_gvariant_serialize(facts));
	return facts != NULL;
}

gboolean answer_settings_put(struct exchange *exchange, GError **error)
{
	const char *text = exchange_string(exchange, "station_conf");
	GVariantDict dict;

	g_variant_dict_init(&dict, NULL);
	if (text)
		g_variant_dict_insert(&dict, "station_conf", "s", text);
	if (json_object_has_member(exchange->body, "autostart"))
		g_variant_dict_insert(&dict, "autostart", "b",
				      exchange_flag(exchange, "autostart"));
	return exchange_do(exchange, "SetSettings",
			   g_variant_new("(@a{sv})", g_variant_dict_end(&dict)), NULL,
			   error);
}

/* One part of a file: a call's first value, under a name. */
static gboolean add_part(struct exchange *exchange, JsonObject *file, const char *name,
			 const char *method, GVariant *options, GError **error)
{
	g_autoptr(GVariant) reply = exchange_call(exchange, method, NULL, options, error);
	g_autoptr(GVariant) value = reply ? g_variant_get_child_value(reply, 0) : NULL;

	if (value)
		json_object_set_member(file, name, json_gvariant_serialize(value));
	return value != NULL;
}

static gboolean add_job(struct exchange *exchange, JsonArray *jobs, const char *id,
			GError **error)
{
	g_autoptr(GVariant) reply =
		exchange_call(exchange, "GetJob", g_variant_new("(s)", id), NULL, error);
	JsonObject *job;
	const char *text;

	if (!reply)
		return FALSE;
	g_variant_get_child(reply, 0, "&s", &text);
	job = json_object_new();
	json_object_set_string_member(job, "job", id);
	json_object_set_string_member(job, "text", text);
	json_array_add_object_element(jobs, job);
	return TRUE;
}

static gboolean add_jobs(struct exchange *exchange, JsonObject *file, GError **error)
{
	g_autoptr(GVariant) reply =
		exchange_call(exchange, "ListJobs", NULL, NULL, error);
	g_autoptr(GVariant) list = reply ? g_variant_get_child_value(reply, 0) : NULL;
	JsonArray *jobs;

	if (!list)
		return FALSE;
	jobs = json_array_new();
	json_object_set_array_member(file, "jobs", jobs);
	for (gsize i = 0; i < g_variant_n_children(list); i++) {
		g_autoptr(GVariant) job = g_variant_get_child_value(list, i);
		const char *id;

		if (g_variant_lookup(job, "id", "&s", &id) &&
		    !add_job(exchange, jobs, id, error))
			return FALSE;
	}
	return TRUE;
}

static gboolean add_settings(struct exchange *exchange, JsonObject *file, GError **error)
{
	g_autoptr(GVariant) facts = settings(exchange, error);

	if (facts)
		json_object_set_member(file, "settings", json_gvariant_serialize(facts));
	return facts != NULL;
}

static gboolean answer_file(struct exchange *exchange, JsonObject *file, gboolean ok,
			    const char *name)
{
	if (ok) {
		exchange_json(exchange, 200,
			      json_node_init_object(json_node_alloc(), file));
		exchange->answer->file_name = g_strdup(name);
	}
	json_object_unref(file);
	return ok;
}

gboolean answer_settings_backup(struct exchange *exchange, GError **error)
{
	JsonObject *file = json_object_new();
	gboolean ok = add_settings(exchange, file, error) &&
		      add_jobs(exchange, file, error) &&
		      add_part(exchange, file, "images", "ListImages", NULL, error);

	return answer_file(exchange, file, ok, "sixpin-backup.json");
}

static GVariant *latest_runs(void)
{
	GVariantDict options;

	g_variant_dict_init(&options, NULL);
	g_variant_dict_insert(&options, "limit", "u", (guint32)SUPPORT_RUNS);
	return g_variant_dict_end(&options);
}

static void add_station(struct exchange *exchange, JsonObject *file)
{
	g_autofree char *etag = NULL;
	g_autoptr(GBytes) text = mirror_station(exchange->web->mirror, &etag);
	JsonNode *node = json_from_string(g_bytes_get_data(text, NULL), NULL);

	json_object_set_member(file, "station", node);
}

gboolean answer_settings_support(struct exchange *exchange, GError **error)
{
	JsonObject *file = json_object_new();
	gboolean ok;

	add_station(exchange, file);
	ok = add_settings(exchange, file, error) && add_jobs(exchange, file, error) &&
	     add_part(exchange, file, "images", "ListImages", NULL, error) &&
	     add_part(exchange, file, "users", "ListUsers", NULL, error) &&
	     add_part(exchange, file, "totals", "Totals", NULL, error) &&
	     add_part(exchange, file, "runs", "ListRuns", latest_runs(), error);
	return answer_file(exchange, file, ok, "sixpin-support.json");
}
