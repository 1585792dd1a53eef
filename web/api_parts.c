/* SPDX-License-Identifier: MIT */
/* What Sixpin knows: parts, boot loaders, programmers. */
#include "web/command.h"
#include "web/handlers.h"

static gboolean list(struct exchange *exchange, const char *word, const char *more,
		     GError **error)
{
	struct command command;
	gboolean ok;

	command_init(&command, word, more, NULL);
	ok = command_answer(&command, exchange, error);
	command_clear(&command);
	return ok;
}

/* One of a list that the command tells under `member`. */
static gboolean get(struct exchange *exchange, const char *word, const char *member,
		    GError **error)
{
	struct command command;
	JsonObject *result = NULL;
	JsonArray *found;

	command_init(&command, word, NULL);
	if (command_add_name(&command, word, exchange->names[0], error))
		result = command_execute(&command, exchange, NULL, error);
	command_clear(&command);
	if (!result)
		return FALSE;
	found = json_object_has_member(result, member)
			? json_object_get_array_member(result, member)
			: NULL;
	if (found && json_array_get_length(found) == 1)
		exchange_json(exchange, 200, json_array_dup_element(found, 0));
	else
		exchange_json(exchange, 200,
			      json_node_init_object(json_node_alloc(), result));
	json_object_unref(result);
	return TRUE;
}

gboolean answer_parts_list(struct exchange *exchange, GError **error)
{
	return list(exchange, "parts", NULL, error);
}

gboolean answer_parts_get(struct exchange *exchange, GError **error)
{
	return get(exchange, "parts", "parts", error);
}

gboolean answer_catalogue_list(struct exchange *exchange, GError **error)
{
	return list(exchange, "catalogue", NULL, error);
}

gboolean answer_catalogue_get(struct exchange *exchange, GError **error)
{
	return get(exchange, "catalogue", "entries", error);
}

gboolean answer_programmers_list(struct exchange *exchange, GError **error)
{
	return list(exchange, "programmers", "--supported", error);
}

gboolean answer_catalogue_import(struct exchange *exchange, GError **error)
{
	struct command command;
	gboolean ok;

	command_init(&command, "catalogue", "import", "bootloader.hex", NULL);
	ok = command_add_file(&command, "bootloader.hex", exchange->body_fd, error) &&
	     command_answer(&command, exchange, error);
	command_clear(&command);
	return ok;
}
