/* SPDX-License-Identifier: MIT */
/* sixpin parts: the part table. */
#include "appliance/commands/call.h"

static void add_row(struct call *call, const struct part *part)
{
	json_builder_begin_object(call->result);
	call_add_part(call, part);
	call_add_string(call, "id", part->id);
	call_add_string(call, "mcu", part->mcu);
	call_add_int(call, "flash_bytes", part->flash_bytes);
	call_add_int(call, "flash_page_bytes", part->flash_page_bytes);
	call_add_int(call, "eeprom_bytes", part->eeprom_bytes);
	call_add_int(call, "eeprom_page_bytes", part->eeprom_page_bytes);
	call_add_fuses(call, "factory_fuses", part, part->fuse_factory);
	json_builder_end_object(call->result);
}

static void say_row(const struct call *call, const struct part *part)
{
	g_autofree char *fuses = call_format_fuses(part, part->fuse_factory);

	call_say(call, "%-18s %-10s %02X%02X%02X %7u %5u  %s", part->name, part->id,
		 part->signature[0], part->signature[1], part->signature[2],
		 part->flash_bytes, part->eeprom_bytes, fuses);
}

static void tell_rows(struct call *call, const struct part *parts, unsigned n_parts)
{
	call_say(call, "%-18s %-10s %-6s %7s %5s  %s", "part", "short", "sign.", "flash",
		 "EEPROM", "factory fuses");
	json_builder_set_member_name(call->result, "parts");
	json_builder_begin_array(call->result);
	for (unsigned i = 0; i < n_parts; i++) {
		add_row(call, &parts[i]);
		say_row(call, &parts[i]);
	}
	json_builder_end_array(call->result);
}

static gboolean run_parts(struct call *call, const struct command *command, int argc,
			  char **argv, GError **error)
{
	const struct part *parts;
	unsigned n_parts;

	if (!call_parse(call, command, NULL, &argc, &argv, 0, 1, error))
		return FALSE;
	parts = argc > 1 ? part_find(argv[1], error) : parts_all(&n_parts);
	if (!parts)
		return FALSE;
	tell_rows(call, parts, argc > 1 ? 1 : n_parts);
	return TRUE;
}

const struct command command_parts = {
	.name = "parts",
	.place = COMMAND_HERE,
	.arguments = "[OPTION...] [PART]",
	.summary = "List the parts that Sixpin knows",
	.examples = "Examples:\n"
		    "  sixpin parts\n"
		    "  sixpin parts m32u4 --json\n",
	.run = run_parts,
};
