/* SPDX-License-Identifier: MIT */
/* sixpin programmers: what this Sixpin can drive. */
#include "appliance/base/error.h"
#include "appliance/cli/cli.h"

static void tell_aliases(struct cli *cli, const struct programmer *programmer)
{
	g_autofree char *aliases = g_strjoinv(", ", (char **)programmer->aliases);

	json_builder_set_member_name(cli->result, "aliases");
	json_builder_begin_array(cli->result);
	for (unsigned i = 0; programmer->aliases[i]; i++)
		json_builder_add_string_value(cli->result, programmer->aliases[i]);
	json_builder_end_array(cli->result);
	cli_say(cli, "%-8s %s (also: %s)", programmer->id, programmer->summary, aliases);
}

static void tell_supported(struct cli *cli)
{
	json_builder_set_member_name(cli->result, "programmers");
	json_builder_begin_array(cli->result);
	for (unsigned i = 0; programmers[i]; i++) {
		json_builder_begin_object(cli->result);
		cli_add_string(cli, "id", programmers[i]->id);
		cli_add_string(cli, "summary", programmers[i]->summary);
		tell_aliases(cli, programmers[i]);
		json_builder_end_object(cli->result);
	}
	json_builder_end_array(cli->result);
}

static gboolean run_programmers(struct cli *cli, const struct command *command, int argc,
				char **argv, GError **error)
{
	gboolean supported = FALSE;
	const GOptionEntry entries[] = {
		{ "supported", 0, 0, G_OPTION_ARG_NONE, &supported,
		  "List the kinds of programmer that this Sixpin drives", NULL },
		{ NULL },
	};

	if (!cli_parse(cli, command, entries, &argc, &argv, 0, 0, error))
		return FALSE;
	if (!supported) {
		g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE,
			    "say what to list: sixpin programmers --supported");
		return FALSE;
	}
	tell_supported(cli);
	return TRUE;
}

const struct command command_programmers = {
	.name = "programmers",
	.arguments = "--supported",
	.summary = "List the programmers that Sixpin drives",
	.examples = "Example:\n  sixpin programmers --supported --json\n",
	.run = run_programmers,
};
