/* SPDX-License-Identifier: MIT */
/* sixpin fuses: show them bit by bit, or set them. */
#include "appliance/base/error.h"
#include "appliance/cli/target.h"

#include <string.h>

static void tell_bits(struct cli *cli, const struct part *part, enum fuse_byte byte,
		      uint8_t value)
{
	g_autoptr(GString) line = g_string_new(NULL);

	for (int bit = 7; bit >= 0; bit--)
		if (part->fuse_bits[byte][bit])
			g_string_append_printf(line, " %s=%d", part->fuse_bits[byte][bit],
					       value >> bit & 1);
	cli_say(cli, "%-9s %02X (factory %02X) %s", fuse_byte_names[byte], value,
		part->fuse_factory[byte], line->str);
}

static gboolean tell_fuses(struct cli *cli, struct avr *avr, GError **error)
{
	uint8_t fuses[PART_MAX_FUSES];
	struct part_clock clock;
	g_autofree char *text = NULL;

	if (!avr_read_fuses(avr, fuses, error))
		return FALSE;
	clock = part_clock(avr->part, fuses);
	text = part_clock_describe(&clock);
	cli_add_fuses(cli, "fuses", avr->part, fuses);
	cli_add_fuses(cli, "factory", avr->part, avr->part->fuse_factory);
	cli_add_string(cli, "clock", text);
	for (unsigned byte = 0; byte < avr->part->n_fuses; byte++)
		tell_bits(cli, avr->part, byte, fuses[byte]);
	cli_say(cli, "A bit of 0 is programmed. Clock: %s.", text);
	return TRUE;
}

static gboolean show(struct cli *cli, GError **error)
{
	struct station *station = cli_begin(cli, error);
	gboolean ok = station && tell_fuses(cli, &station->avr, error) &&
		      station_leave(station, error);

	station_close(station);
	return ok;
}

static gboolean set(struct cli *cli, const char *text, gboolean dry_run, GError **error)
{
	struct write_request request = { .plan = { .verify = true, .dry_run = dry_run } };

	return fuses_parse(text, request.plan.has_fuse, request.plan.fuses, error) &&
	       cli_write(cli, &request, error);
}

static gboolean run_fuses(struct cli *cli, const struct command *command, int argc,
			  char **argv, GError **error)
{
	gboolean dry_run = FALSE;
	const GOptionEntry entries[] = {
		{ "dry-run", 'n', 0, G_OPTION_ARG_NONE, &dry_run, "Check, write nothing",
		  NULL },
		{ NULL },
	};

	if (!cli_parse(cli, command, entries, &argc, &argv, 0, 2, error))
		return FALSE;
	if (argc == 1)
		return show(cli, error);
	if (argc == 3 && strcmp(argv[1], "set") == 0)
		return set(cli, argv[2], dry_run, error);
	g_set_error(
		error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE,
		"expected \"fuses\" to show or \"fuses set low=5E,high=D9\" to set them");
	return FALSE;
}

const struct command command_fuses = {
	.name = "fuses",
	.arguments = "[OPTION...] [set low=HEX,high=HEX,extended=HEX]",
	.summary = "Show the fuses bit by bit, or set them",
	.examples =
		"Examples:\n"
		"  sixpin fuses\n"
		"  sixpin fuses set low=FF,high=DE --board-clock crystal:16M\n\n"
		"What would lose the part is refused: serial programming off (SPIEN), RESET\n"
		"given away (RSTDISBL, DWEN), a clock that the board was not said to have.\n"
		"--allow with the danger's name does it all the same.\n",
	.run = run_fuses,
};
