/* SPDX-License-Identifier: MIT */
/* sixpin parts: the part table. */
#include "appliance/cli/cli.h"

static void add_row(struct cli *cli, const struct part *part)
{
	json_builder_begin_object(cli->result);
	cli_add_part(cli, part);
	cli_add_string(cli, "id", part->id);
	cli_add_string(cli, "mcu", part->mcu);
	cli_add_int(cli, "flash_bytes", part->flash_bytes);
	cli_add_int(cli, "flash_page_bytes", part->flash_page_bytes);
	cli_add_int(cli, "eeprom_bytes", part->eeprom_bytes);
	cli_add_int(cli, "eeprom_page_bytes", part->eeprom_page_bytes);
	cli_add_fuses(cli, "factory_fuses", part, part->fuse_factory);
	json_builder_end_object(cli->result);
}

static void say_row(const struct cli *cli, const struct part *part)
{
	g_autofree char *fuses = cli_format_fuses(part, part->fuse_factory);

	cli_say(cli, "%-18s %-10s %02X%02X%02X %7u %5u  %s", part->name, part->id,
		part->signature[0], part->signature[1], part->signature[2],
		part->flash_bytes, part->eeprom_bytes, fuses);
}

static void tell_rows(struct cli *cli, const struct part *parts, unsigned n_parts)
{
	cli_say(cli, "%-18s %-10s %-6s %7s %5s  %s", "part", "short", "sign.", "flash",
		"EEPROM", "factory fuses");
	json_builder_set_member_name(cli->result, "parts");
	json_builder_begin_array(cli->result);
	for (unsigned i = 0; i < n_parts; i++) {
		add_row(cli, &parts[i]);
		say_row(cli, &parts[i]);
	}
	json_builder_end_array(cli->result);
}

static gboolean run_parts(struct cli *cli, const struct command *command, int argc,
			  char **argv, GError **error)
{
	const struct part *parts;
	unsigned n_parts;

	if (!cli_parse(cli, command, NULL, &argc, &argv, 0, 1, error))
		return FALSE;
	parts = argc > 1 ? part_find(argv[1], error) : parts_all(&n_parts);
	if (!parts)
		return FALSE;
	tell_rows(cli, parts, argc > 1 ? 1 : n_parts);
	return TRUE;
}

const struct command command_parts = {
	.name = "parts",
	.arguments = "[OPTION...] [PART]",
	.summary = "List the parts that Sixpin knows",
	.examples = "Examples:\n"
		    "  sixpin parts\n"
		    "  sixpin parts m32u4 --json\n",
	.run = run_parts,
};
