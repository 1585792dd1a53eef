/* SPDX-License-Identifier: MIT */
/* The journal (docs/journal.md). */
#include "web/handlers.h"

/* Of the query, what the method's options are called the same. */
static GVariant *options_of(const struct exchange *exchange)
{
	static const struct {
		const char *name, *type;
	} options[] = {
		{ "before", "t" }, { "limit", "u" }, { "days", "u" },	{ "job", "s" },
		{ "state", "s" },  { "kind", "s" },  { "serial", "s" },
	};
	GVariantDict dict;

	g_variant_dict_init(&dict, NULL);
	for (unsigned i = 0; i < G_N_ELEMENTS(options); i++) {
		const char *value = exchange_query(exchange, options[i].name);
		guint64 number = value ? g_ascii_strtoull(value, NULL, 10) : 0;

		if (!value)
			continue;
		if (options[i].type[0] == 't')
			g_variant_dict_insert(&dict, options[i].name, "t", number);
		else if (options[i].type[0] == 'u')
			g_variant_dict_insert(&dict, options[i].name, "u",
					      (guint32)MIN(number, G_MAXUINT32));
		else
			g_variant_dict_insert(&dict, options[i].name, "s", value);
	}
	return g_variant_dict_end(&dict);
}

gboolean answer_runs_list(struct exchange *exchange, GError **error)
{
	return exchange_list(exchange, "ListRuns", options_of(exchange), "runs", error);
}

gboolean answer_runs_by_day(struct exchange *exchange, GError **error)
{
	return exchange_list(exchange, "CountRuns", options_of(exchange), "days", error);
}

static gboolean export(struct exchange *exchange, const char *format, const char *type,
		       const char *file_name, GError **error)
{
	struct http_answer *answer = exchange->answer;

	answer->fd =
		exchange_call_file(exchange, "ExportRuns", g_variant_new("(s)", format),
				   options_of(exchange), error);
	answer->type = type;
	answer->file_name = g_strdup(file_name);
	return answer->fd >= 0;
}

gboolean answer_runs_export_csv(struct exchange *exchange, GError **error)
{
	return export(exchange, "csv", HTTP_CSV, "runs.csv", error);
}

gboolean answer_runs_export_json(struct exchange *exchange, GError **error)
{
	return export(exchange, "json", HTTP_JSON, "runs.json", error);
}

gboolean answer_runs_get(struct exchange *exchange, GError **error)
{
	guint64 run;

	if (!g_ascii_string_to_unsigned(exchange->names[0], 10, 0, G_MAXINT64, &run,
					NULL)) {
		g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE,
			    "\"%.100s\" is no run: expected a number",
			    exchange->names[0]);
		return FALSE;
	}
	return exchange_facts(exchange, "GetRun", g_variant_new("(t)", run), error);
}
