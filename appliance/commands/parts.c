/* SPDX-License-Identifier: MIT */
/* sixpin parts: the part table, and all that fuses of one part can say. */
#include "appliance/avr/fuse_safety.h"
#include "appliance/commands/call.h"

/* Of a field with more values than this people are told their number. */
#define WORDS_IN_A_LINE 8

static void add_bits(struct call *call, const struct fuse_field *field)
{
	json_builder_set_member_name(call->result, "bits");
	json_builder_begin_array(call->result);
	for (unsigned i = 0; i < field->n_bits; i++) {
		json_builder_begin_object(call->result);
		call_add_string(call, "byte", fuse_byte_names[field->bits[i].byte]);
		call_add_int(call, "bit", field->bits[i].bit);
		json_builder_end_object(call->result);
	}
	json_builder_end_array(call->result);
}

static void add_value(struct call *call, const struct fuse_value *value)
{
	json_builder_begin_object(call->result);
	call_add_int(call, "value", value->value);
	call_add_string(call, "word", value->word);
	call_add_string(call, "text", value->text);
	call_add_bool(call, "at_boot_start", value->at_boot_start);
	json_builder_end_object(call->result);
}

static void add_values(struct call *call, const struct fuse_field *field)
{
	json_builder_set_member_name(call->result, "values");
	json_builder_begin_array(call->result);
	for (const struct fuse_value *value = field->values; value->word; value++)
		add_value(call, value);
	json_builder_end_array(call->result);
}

static void add_field(struct call *call, const struct part *part,
		      const struct fuse_field *field)
{
	const char *danger = fuse_danger_of_field(part, field);

	json_builder_begin_object(call->result);
	call_add_string(call, "name", field->name);
	call_add_string(call, "title", field->title);
	call_add_string(call, "source", field->source);
	if (danger)
		call_add_string(call, "danger", danger);
	add_bits(call, field);
	if (field->values)
		add_values(call, field);
	json_builder_end_object(call->result);
}

/* "off, 1.8v, 2.7v, 4.3v", "25 values", "0 to 15" */
static char *describe_values(const struct fuse_field *field)
{
	g_autoptr(GString) words = g_string_new(NULL);
	unsigned n_values = 0;

	if (!field->values)
		return g_strdup_printf("0 to %u", (1u << field->n_bits) - 1);
	for (const struct fuse_value *value = field->values; value->word; value++)
		g_string_append_printf(words, "%s%s", n_values++ ? ", " : "",
				       value->word);
	if (n_values > WORDS_IN_A_LINE)
		g_string_printf(words, "%u values", n_values);
	return g_string_free(g_steal_pointer(&words), FALSE);
}

static void say_field(const struct call *call, const struct part *part,
		      const struct fuse_field *field)
{
	g_autofree char *values = describe_values(field);
	const char *danger = fuse_danger_of_field(part, field);

	call_say(call, "  %-9s %-22s %s%s%s", field->name, field->title, values,
		 danger ? "; may lose the part: --allow " : "", danger ? danger : "");
}

static void tell_fields(struct call *call, const struct part *part)
{
	struct fuse_field fields[FUSE_MAX_FIELDS];
	unsigned n_fields = fuse_fields(part, fields);

	json_builder_set_member_name(call->result, "fields");
	json_builder_begin_array(call->result);
	for (unsigned i = 0; i < n_fields; i++) {
		add_field(call, part, &fields[i]);
		say_field(call, part, &fields[i]);
	}
	json_builder_end_array(call->result);
}

static void add_boot_section(struct call *call, const struct part *part,
			     const struct fuse_field *field, unsigned value)
{
	uint8_t fuses[PART_MAX_FUSES] = { 0xFF, 0xFF, 0xFF };
	uint32_t start;

	fuse_field_set(field, value, fuses);
	start = part_boot_start(part, fuses);
	json_builder_begin_object(call->result);
	call_add_int(call, "value", value);
	call_add_int(call, "words", (part->flash_bytes - start) / 2);
	call_add_int(call, "bytes", part->flash_bytes - start);
	call_add_int(call, "start", start);
	json_builder_end_object(call->result);
}

/* Those that BOOTSZ chooses from, the smallest first. */
static void add_boot_sections(struct call *call, const struct part *part)
{
	struct fuse_field field;

	if (!fuse_field_find(part, "bootsz", &field, NULL))
		return;
	json_builder_set_member_name(call->result, "boot_sections");
	json_builder_begin_array(call->result);
	for (unsigned value = 1u << field.n_bits; value-- > 0;)
		add_boot_section(call, part, &field, value);
	json_builder_end_array(call->result);
}

static void add_members(struct call *call, const struct part *part)
{
	call_add_part(call, part);
	call_add_string(call, "id", part->id);
	call_add_string(call, "mcu", part->mcu);
	call_add_int(call, "flash_bytes", part->flash_bytes);
	call_add_int(call, "flash_page_bytes", part->flash_page_bytes);
	call_add_int(call, "eeprom_bytes", part->eeprom_bytes);
	call_add_int(call, "eeprom_page_bytes", part->eeprom_page_bytes);
	call_add_fuses(call, "factory_fuses", part, part->fuse_factory);
}

static void say_row(const struct call *call, const struct part *part)
{
	g_autofree char *fuses = call_format_fuses(part, part->fuse_factory);

	call_say(call, "%-18s %-10s %02X%02X%02X %7u %5u  %s", part->name, part->id,
		 part->signature[0], part->signature[1], part->signature[2],
		 part->flash_bytes, part->eeprom_bytes, fuses);
}

/* What may be set is told of a part that was named. */
static void tell_row(struct call *call, const struct part *part, bool is_named)
{
	json_builder_begin_object(call->result);
	add_members(call, part);
	say_row(call, part);
	if (is_named) {
		call_add_fuses(call, "fuse_masks", part, part->fuse_mask);
		tell_fields(call, part);
		add_boot_sections(call, part);
	}
	json_builder_end_object(call->result);
}

static void tell_rows(struct call *call, const struct part *parts, unsigned n_parts,
		      bool is_named)
{
	call_say(call, "%-18s %-10s %-6s %7s %5s  %s", "part", "short", "sign.", "flash",
		 "EEPROM", "factory fuses");
	json_builder_set_member_name(call->result, "parts");
	json_builder_begin_array(call->result);
	for (unsigned i = 0; i < n_parts; i++)
		tell_row(call, &parts[i], is_named);
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
	tell_rows(call, parts, argc > 1 ? 1 : n_parts, argc > 1);
	return TRUE;
}

const struct command command_parts = {
	.name = "parts",
	.place = COMMAND_HERE,
	.arguments = "[OPTION...] [PART]",
	.summary = "List the parts that Sixpin knows, or what one of them can be set to",
	.examples = "Examples:\n"
		    "  sixpin parts\n"
		    "  sixpin parts m32u4 --json\n",
	.run = run_parts,
};
