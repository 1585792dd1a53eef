/* SPDX-License-Identifier: MIT */
/* Prometheus' text format 0.0.4: one line a sample, HELP and TYPE once a name. */
#include "web/handlers.h"

#define METRICS_TYPE "text/plain; version=0.0.4; charset=utf-8"

/* A label's value: backslash, quote and line feed are escaped. */
static void append_label(GString *text, const char *name, const char *value)
{
	g_string_append_printf(text, "%s=\"", name);
	for (; *value; value++) {
		if (*value == '\\' || *value == '"')
			g_string_append_c(text, '\\');
		if (*value == '\n')
			g_string_append(text, "\\n");
		else
			g_string_append_c(text, *value);
	}
	g_string_append_c(text, '"');
}

static void append_head(GString *text, const char *name, const char *type,
			const char *help)
{
	g_string_append_printf(text, "# HELP %s %s\n# TYPE %s %s\n", name, help, name,
			       type);
}

static void append_labels(GString *text, GVariant *total)
{
	static const char *const labels[] = { "kind", "job", "state" };

	for (unsigned i = 0; i < G_N_ELEMENTS(labels); i++) {
		const char *value = "";

		g_variant_lookup(total, labels[i], "&s", &value);
		g_string_append_c(text, i ? ',' : '{');
		append_label(text, labels[i], value);
	}
	g_string_append(text, "} ");
}

static void append_runs(GString *text, GVariant *totals)
{
	append_head(text, "sixpin_runs_total", "counter",
		    "Runs and commands by kind, job and state.");
	for (gsize i = 0; i < g_variant_n_children(totals); i++) {
		g_autoptr(GVariant) total = g_variant_get_child_value(totals, i);
		guint64 runs = 0;

		g_variant_lookup(total, "runs", "t", &runs);
		g_string_append(text, "sixpin_runs_total");
		append_labels(text, total);
		g_string_append_printf(text, "%" G_GUINT64_FORMAT "\n", runs);
	}
}

static void append_seconds(GString *text, GVariant *totals)
{
	char number[G_ASCII_DTOSTR_BUF_SIZE];

	append_head(text, "sixpin_run_seconds_total", "counter",
		    "How long they took, by kind, job and state.");
	for (gsize i = 0; i < g_variant_n_children(totals); i++) {
		g_autoptr(GVariant) total = g_variant_get_child_value(totals, i);
		double seconds = 0;

		g_variant_lookup(total, "seconds", "d", &seconds);
		g_string_append(text, "sixpin_run_seconds_total");
		append_labels(text, total);
		g_string_append_printf(text, "%s\n",
				       g_ascii_dtostr(number, sizeof(number), seconds));
	}
}

static void append_info(GString *text, struct mirror *mirror)
{
	g_autoptr(GVariant) version = mirror_property(mirror, "Version");

	append_head(text, "sixpin_info", "gauge", "Versions; always 1.");
	g_string_append(text, "sixpin_info{");
	append_label(text, "daemon", version ? g_variant_get_string(version, NULL) : "");
	g_string_append_c(text, ',');
	append_label(text, "web", SIXPIN_VERSION);
	g_string_append(text, "} 1\n");
}

/* One call drives the wires, and none waits: the queue is 0 or 1 long. */
static void append_busy(GString *text, struct mirror *mirror)
{
	g_autoptr(GVariant) state = mirror_property(mirror, "State");
	bool is_busy = state && !g_str_equal(g_variant_get_string(state, NULL), "idle");

	append_head(text, "sixpin_busy", "gauge", "1 while something drives the wires.");
	g_string_append_printf(text, "sixpin_busy %d\n", is_busy);
}

static void append_notices(GString *text, struct mirror *mirror)
{
	g_autoptr(GVariant) notices = mirror_property(mirror, "Notices");

	append_head(text, "sixpin_notices", "gauge", "What the operator must know.");
	g_string_append_printf(text, "sixpin_notices %" G_GSIZE_FORMAT "\n",
			       notices ? g_variant_n_children(notices) : 0);
}

gboolean answer_metrics(struct exchange *exchange, GError **error)
{
	struct mirror *mirror = exchange->web->mirror;
	g_autoptr(GVariant) reply = exchange_call(exchange, "Totals", NULL, NULL, error);
	g_autoptr(GVariant) totals = reply ? g_variant_get_child_value(reply, 0) : NULL;
	GString *text;

	if (!totals)
		return FALSE;
	text = g_string_new(NULL);
	append_info(text, mirror);
	append_busy(text, mirror);
	append_notices(text, mirror);
	append_runs(text, totals);
	append_seconds(text, totals);
	exchange->answer->type = METRICS_TYPE;
	exchange->answer->body = g_string_free_to_bytes(text);
	return TRUE;
}
