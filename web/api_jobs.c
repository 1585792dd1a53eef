/* SPDX-License-Identifier: MIT */
/* The station's jobs (docs/jobs.md). */
#include "web/command.h"
#include "web/handlers.h"

gboolean answer_jobs_list(struct exchange *exchange, GError **error)
{
	return exchange_list(exchange, "ListJobs", NULL, "jobs", error);
}

gboolean answer_jobs_get(struct exchange *exchange, GError **error)
{
	g_autoptr(GVariant) reply =
		exchange_call(exchange, "GetJob",
			      g_variant_new("(s)", exchange->names[0]), NULL, error);
	g_autoptr(GVariant) facts = NULL;
	const char *text;
	GVariantDict all;

	if (!reply)
		return FALSE;
	g_variant_get(reply, "(&s@a{sv})", &text, &facts);
	g_variant_dict_init(&all, facts);
	g_variant_dict_insert(&all, "text", "s", text);
	exchange_dict(exchange, 200, &all);
	return TRUE;
}

gboolean answer_jobs_put(struct exchange *exchange, GError **error)
{
	GVariantDict options;

	g_variant_dict_init(&options, NULL);
	g_variant_dict_insert(&options, "replace", "b",
			      exchange_flag(exchange, "replace"));
	return exchange_do(exchange, "PutJob",
			   g_variant_new("(ss)", exchange->names[0],
					 exchange_string(exchange, "text")),
			   g_variant_dict_end(&options), error);
}

gboolean answer_jobs_remove(struct exchange *exchange, GError **error)
{
	return exchange_do(exchange, "RemoveJob",
			   g_variant_new("(s)", exchange->names[0]), NULL, error);
}

gboolean answer_jobs_check(struct exchange *exchange, GError **error)
{
	return exchange_facts(exchange, "CheckJob",
			      g_variant_new("(ss)", exchange_string(exchange, "job"),
					    exchange_string(exchange, "text")),
			      error);
}

/* The line stays one word, whatever is in it; one that begins with an option is what
 * follows "avrdude". */
gboolean answer_jobs_import(struct exchange *exchange, GError **error)
{
	const char *line = exchange_string(exchange, "line");
	g_autofree char *whole =
		*line == '-' ? g_strconcat("avrdude ", line, NULL) : g_strdup(line);
	struct command command;
	gboolean ok;

	command_init(&command, "job", "import-avrdude", NULL);
	ok = command_add_name(&command, "line", whole, error) &&
	     command_answer(&command, exchange, error);
	command_clear(&command);
	return ok;
}

gboolean answer_jobs_select(struct exchange *exchange, GError **error)
{
	return exchange_do(exchange, "SelectJob",
			   g_variant_new("(s)", exchange->names[0]), NULL, error);
}

gboolean answer_jobs_reset(struct exchange *exchange, GError **error)
{
	return exchange_do(exchange, "ResetJob", g_variant_new("(s)", exchange->names[0]),
			   NULL, error);
}
