/* SPDX-License-Identifier: MIT */
/* sixpin programmers: what this Sixpin can drive. */
#include "appliance/base/error.h"
#include "appliance/commands/call.h"

static void tell_aliases(struct call *call, const struct programmer *programmer)
{
	g_autofree char *aliases = g_strjoinv(", ", (char **)programmer->aliases);

	json_builder_set_member_name(call->result, "aliases");
	json_builder_begin_array(call->result);
	for (unsigned i = 0; programmer->aliases[i]; i++)
		json_builder_add_string_value(call->result, programmer->aliases[i]);
	json_builder_end_array(call->result);
	call_say(call, "%-8s %s (also: %s)", programmer->id, programmer->summary,
		 aliases);
}

static void tell_supported(struct call *call)
{
	json_builder_set_member_name(call->result, "programmers");
	json_builder_begin_array(call->result);
	for (unsigned i = 0; programmers[i]; i++) {
		json_builder_begin_object(call->result);
		call_add_string(call, "id", programmers[i]->id);
		call_add_string(call, "summary", programmers[i]->summary);
		tell_aliases(call, programmers[i]);
		json_builder_end_object(call->result);
	}
	json_builder_end_array(call->result);
}

static gboolean run_programmers(struct call *call, const struct command *command,
				int argc, char **argv, GError **error)
{
	gboolean supported = FALSE;
	const GOptionEntry entries[] = {
		{ "supported", 0, 0, G_OPTION_ARG_NONE, &supported,
		  "List the kinds of programmer that this Sixpin drives", NULL },
		{ NULL },
	};

	if (!call_parse(call, command, entries, &argc, &argv, 0, 0, error))
		return FALSE;
	if (!supported) {
		g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE,
			    "say what to list: sixpin programmers --supported");
		return FALSE;
	}
	tell_supported(call);
	return TRUE;
}

const struct command command_programmers = {
	.name = "programmers",
	.place = COMMAND_HERE,
	.arguments = "--supported",
	.summary = "List the programmers that Sixpin drives",
	.examples = "Example:\n  sixpin programmers --supported --json\n",
	.run = run_programmers,
};
