/* SPDX-License-Identifier: MIT */
/* The table of commands, and one call from its words to its result. */
#include "appliance/base/error.h"
#include "appliance/commands/record.h"
#include "images/catalogue.h"

const struct command *const command_table[] = {
	&command_probe,	 &command_identify,    &command_write,	  &command_verify,
	&command_read,	 &command_erase,       &command_fuses,	  &command_lock,
	&command_run,	 &command_job,	       &command_image,	  &command_history,
	&command_export, &command_status,      &command_merge,	  &command_catalogue,
	&command_parts,	 &command_programmers, &command_selftest, NULL,
};

void call_init(struct call *call, struct call_host *host, char **words,
	       GCancellable *cancellable)
{
	*call = (struct call){ .host = host,
			       .words = g_strdupv(words),
			       .cancellable = cancellable,
			       .result = json_builder_new(),
			       .eeprom_lock_fd = -1 };
	/* Known before the options are read: an error in them is told as asked. */
	call->json = g_strv_contains((const char *const *)words, "--json");
	json_builder_begin_object(call->result);
}

gboolean call_choose(struct call *call, GError **error)
{
	char *unknown;

	call->arguments = g_strdupv(call->words);
	call->command = call_find_command(command_table, call->arguments, &unknown);
	if (!call->command && !unknown)
		call->command = &command_avrdude;
	if (call->command)
		return TRUE;
	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE,
		    "\"%s\" is no command; sixpin --help lists them", unknown);
	return FALSE;
}

static void add_error(JsonObject *root, const GError *error)
{
	const struct error_kind *kind = error_kind_of(error);
	JsonObject *object = json_object_new();
	g_autofree char *message = g_utf8_make_valid(error->message, -1);

	json_object_set_string_member(object, "code", kind->code);
	json_object_set_string_member(object, "message", message);
	json_object_set_string_member(object, "advice", kind->advice);
	json_object_set_object_member(root, "error", object);
}

void call_finish_root(JsonNode *root, const GError *error)
{
	JsonObject *object = json_node_get_object(root);

	json_object_set_boolean_member(object, "ok", error == NULL);
	if (error)
		add_error(object, error);
}

/* GLib's parser moves the pointers about: it gets an array of its own. */
static gboolean run_command(struct call *call, GError **error)
{
	guint n_words = g_strv_length(call->arguments);
	g_autofree char **argv =
		g_memdup2(call->arguments, (n_words + 1) * sizeof(char *));

	return call->command->run(call, call->command, (int)n_words, argv, error);
}

gboolean call_execute(struct call *call, GError **error)
{
	GError *failure = NULL;

	run_command(call, &failure);
	json_builder_end_object(call->result);
	call->root = json_builder_get_root(call->result);
	record_end(call, &failure);
	call_finish_root(call->root, failure);
	if (!failure)
		return TRUE;
	g_propagate_error(error, failure);
	return FALSE;
}

void call_clear(struct call *call)
{
	char **strings[] = { &call->programmer, &call->chip,	    &call->port,
			     &call->pins,	&call->part,	    &call->sck,
			     &call->bit_clock,	&call->board_clock, &call->trace };

	for (unsigned i = 0; i < G_N_ELEMENTS(strings); i++)
		g_clear_pointer(strings[i], g_free);
	g_clear_pointer(&call->allow, g_strfreev);
	g_clear_pointer(&call->words, g_strfreev);
	g_clear_pointer(&call->arguments, g_strfreev);
	call_eeprom_release(call);
	g_clear_pointer(&call->catalogue, catalogue_free);
	record_clear(call);
	g_clear_object(&call->result);
	g_clear_pointer(&call->root, json_node_unref);
}
