/* SPDX-License-Identifier: MIT */
/* sixpin erase: flash, lock bits and, unless EESAVE is programmed, EEPROM. */
#include "appliance/commands/target.h"

static gboolean run_erase(struct call *call, const struct command *command, int argc,
			  char **argv, GError **error)
{
	struct write_request request = { .plan = { .erase = true, .verify = true } };
	gboolean dry_run = FALSE;
	const GOptionEntry entries[] = {
		{ "keep-eeprom", 0, 0, G_OPTION_ARG_NONE, &request.keep_eeprom,
		  "Bring the EEPROM over the erase where EESAVE does not", NULL },
		{ "dry-run", 'n', 0, G_OPTION_ARG_NONE, &dry_run, "Check, erase nothing",
		  NULL },
		{ NULL },
	};

	if (!call_parse(call, command, entries, &argc, &argv, 0, 0, error))
		return FALSE;
	request.plan.dry_run = dry_run;
	return call_write(call, &request, error);
}

const struct command command_erase = {
	.name = "erase",
	.place = COMMAND_AT_BUS,
	.arguments = "[OPTION...]",
	.summary = "Erase flash, lock bits and EEPROM",
	.examples = "Examples:\n"
		    "  sixpin erase --part ATmega328P\n"
		    "  sixpin erase --keep-eeprom\n",
	.run = run_erase,
};
