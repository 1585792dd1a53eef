/* SPDX-License-Identifier: MIT */
#include "web/command.h"

#include "appliance/base/error.h"

#include <unistd.h>

void command_init(struct command *command, ...)
{
	const char *word;
	va_list words;

	command->words = g_strv_builder_new();
	command->fds = g_unix_fd_list_new();
	g_variant_builder_init(&command->files, G_VARIANT_TYPE("a(sh)"));
	va_start(words, command);
	while ((word = va_arg(words, const char *)))
		g_strv_builder_add(command->words, word);
	va_end(words);
}

void command_clear(struct command *command)
{
	g_strv_builder_unref(command->words);
	g_object_unref(command->fds);
	g_variant_builder_clear(&command->files);
}

void command_add_word(struct command *command, const char *literal)
{
	g_strv_builder_add(command->words, literal);
}

void command_add_option(struct command *command, const char *option, const char *value)
{
	g_autofree char *word = value ? g_strdup_printf("--%s=%s", option, value) : NULL;

	if (word)
		g_strv_builder_add(command->words, word);
}

gboolean command_add_name(struct command *command, const char *what, const char *word,
			  GError **error)
{
	if (*word && *word != '-') {
		g_strv_builder_add(command->words, word);
		return TRUE;
	}
	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE,
		    "%s: \"%.100s\" cannot be one", what, word);
	return FALSE;
}

gboolean command_add_file(struct command *command, const char *name, int fd,
			  GError **error)
{
	int index = g_unix_fd_list_append(command->fds, fd, error);

	if (index < 0)
		return FALSE;
	g_variant_builder_add(&command->files, "(sh)", name, index);
	return TRUE;
}

gboolean command_add_image(struct command *command, struct exchange *exchange,
			   const char *image, GError **error)
{
	int fd = exchange_call_file(exchange, "GetImage", g_variant_new("(s)", image),
				    NULL, error);
	gboolean ok = fd >= 0 && command_add_file(command, image, fd, error);

	if (fd >= 0)
		close(fd);
	return ok;
}

static gboolean take_outcome(GVariant *outcome, JsonObject **result, GError **error)
{
	g_autoptr(JsonNode) root = NULL;
	const char *text, *code, *message;

	if (g_variant_lookup(outcome, "code", "&s", &code) &&
	    g_variant_lookup(outcome, "message", "&s", &message)) {
		g_set_error_literal(error, SIXPIN_ERROR, error_code_find(code), message);
		return FALSE;
	}
	if (g_variant_lookup(outcome, "result", "&s", &text))
		root = json_from_string(text, NULL);
	*result = root && JSON_NODE_HOLDS_OBJECT(root) ? json_node_dup_object(root)
						       : json_object_new();
	/* The status says so. */
	json_object_remove_member(*result, "ok");
	return TRUE;
}

static int first_output(GVariant *outputs, GUnixFDList *fds)
{
	gint32 index;

	if (!fds || g_variant_n_children(outputs) == 0)
		return -1;
	g_variant_get_child(outputs, 0, "(&sh)", NULL, &index);
	return g_unix_fd_list_get(fds, index, NULL);
}

static gboolean take_output(GVariant *outputs, GUnixFDList *fds, int *output_fd,
			    GError **error)
{
	*output_fd = first_output(outputs, fds);
	if (*output_fd >= 0)
		return TRUE;
	g_set_error_literal(error, SIXPIN_ERROR, SIXPIN_ERROR_IO,
			    "the station handed no file over");
	return FALSE;
}

JsonObject *command_execute(struct command *command, struct exchange *exchange,
			    int *output_fd, GError **error)
{
	g_auto(GStrv) words = g_strv_builder_end(command->words);
	g_autoptr(GUnixFDList) reply_fds = NULL;
	g_autoptr(GVariant) reply =
		bus_call(exchange->web->bus, "Command",
			 g_variant_new("(^as@a(sh))", words,
				       g_variant_builder_end(&command->files)),
			 NULL, exchange->token, command->fds, &reply_fds, error);
	g_autoptr(GVariant) outcome = NULL;
	g_autoptr(GVariant) outputs = NULL;
	JsonObject *result;

	if (!reply)
		return NULL;
	g_variant_get(reply, "(@a{sv}@a(sh))", &outcome, &outputs);
	if (!take_outcome(outcome, &result, error))
		return NULL;
	if (!output_fd || take_output(outputs, reply_fds, output_fd, error))
		return result;
	json_object_unref(result);
	return NULL;
}

gboolean command_answer(struct command *command, struct exchange *exchange,
			GError **error)
{
	JsonObject *result = command_execute(command, exchange, NULL, error);

	if (!result)
		return FALSE;
	exchange_json(exchange, 200, json_node_init_object(json_node_alloc(), result));
	json_object_unref(result);
	return TRUE;
}
