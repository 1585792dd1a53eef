/* SPDX-License-Identifier: MIT */
/* The station as it is now, and what its button does. */
#include "web/handlers.h"

gboolean answer_healthz(struct exchange *exchange, GError **error)
{
	static const char well[] = "ok\n", unwell[] = "sixpind does not answer\n";
	bool is_ready = mirror_is_ready(exchange->web->mirror);

	exchange->answer->type = HTTP_TEXT;
	exchange->answer->status = is_ready ? 200 : 503;
	exchange->answer->body = is_ready
					 ? g_bytes_new_static(well, sizeof(well) - 1)
					 : g_bytes_new_static(unwell, sizeof(unwell) - 1);
	return TRUE;
}

gboolean answer_station_show(struct exchange *exchange, GError **error)
{
	exchange->answer->body =
		mirror_station(exchange->web->mirror, &exchange->answer->etag);
	return TRUE;
}

gboolean answer_station_events(struct exchange *exchange, GError **error)
{
	exchange->answer->body =
		mirror_events(exchange->web->mirror, exchange_query(exchange, "after"),
			      &exchange->answer->etag);
	return TRUE;
}

gboolean answer_station_press(struct exchange *exchange, GError **error)
{
	return exchange_do(exchange, "Press",
			   g_variant_new("(s)", exchange_string(exchange, "how")), NULL,
			   error);
}

static gboolean run(struct exchange *exchange, const char *job, GError **error)
{
	g_autoptr(GVariant) reply =
		exchange_call(exchange, "Run", g_variant_new("(s)", job), NULL, error);

	if (!reply)
		return FALSE;
	exchange_value(exchange, 202, "run", g_variant_get_child_value(reply, 0));
	return TRUE;
}

gboolean answer_station_run(struct exchange *exchange, GError **error)
{
	return run(exchange, "", error);
}

gboolean answer_jobs_run(struct exchange *exchange, GError **error)
{
	return run(exchange, exchange->names[0], error);
}

gboolean answer_station_cancel(struct exchange *exchange, GError **error)
{
	return exchange_do(exchange, "Cancel", NULL, NULL, error);
}
