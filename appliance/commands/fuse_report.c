/* SPDX-License-Identifier: MIT */
/* How fuses are laid out, for people and as JSON. */
#include "appliance/commands/fuse_report.h"

#include <string.h>

#include "appliance/parts/fields.h"

/* All that is to be told. */
struct report {
	struct call *call;
	const struct part *part;
	const uint8_t *fuses;
	const uint8_t *other; /* what they are held against, or will be */
	const char *other_name;
	struct fuse_field fields[FUSE_MAX_FIELDS];
	unsigned n_fields;
};

static char *word_under(const struct fuse_field *field,
			const uint8_t fuses[PART_MAX_FUSES])
{
	return fuse_field_word(field, fuse_field_get(field, fuses));
}

static bool differs(const struct report *report, const struct fuse_field *field)
{
	return fuse_field_get(field, report->fuses) !=
	       fuse_field_get(field, report->other);
}

static int longest_word(const struct report *report)
{
	size_t longest = 0;

	for (unsigned i = 0; i < report->n_fields; i++) {
		g_autofree char *word = word_under(&report->fields[i], report->fuses);

		longest = MAX(longest, strlen(word));
	}
	return (int)longest;
}

static void say_byte(const struct report *report, unsigned byte)
{
	g_autoptr(GString) line = g_string_new(NULL);
	uint8_t value = report->fuses[byte];

	for (int bit = 7; bit >= 0; bit--)
		if (report->part->fuse_bits[byte][bit])
			g_string_append_printf(line, " %s=%d",
					       report->part->fuse_bits[byte][bit],
					       value >> bit & 1);
	call_say(report->call, "%-9s %02X (%s %02X) %s", fuse_byte_names[byte], value,
		 report->other_name, report->other[byte], line->str);
}

/* "bootsz    * 256w   256 words (512 bytes) at 0x7E00 (factory 2048w)" */
static void say_field(const struct report *report, const struct fuse_field *field,
		      int width)
{
	g_autofree char *word = word_under(field, report->fuses);
	g_autofree char *text = fuse_field_describe(report->part, field, report->fuses);
	g_autofree char *other = word_under(field, report->other);
	g_autofree char *note =
		differs(report, field)
			? g_strdup_printf(" (%s %s)", report->other_name, other)
			: g_strdup("");
	g_autofree char *line =
		g_strdup_printf("%-9s %c %-*s  %s%s", field->name, *note ? '*' : ' ',
				width, word, text, note);

	call_say(report->call, "%s", g_strchomp(line));
}

static void add_bits(const struct report *report, const struct fuse_field *field)
{
	JsonBuilder *result = report->call->result;

	json_builder_set_member_name(result, "bits");
	json_builder_begin_array(result);
	for (unsigned i = 0; i < field->n_bits; i++) {
		struct fuse_bit where = field->bits[i];

		json_builder_add_string_value(
			result, report->part->fuse_bits[where.byte][where.bit]);
	}
	json_builder_end_array(result);
}

static void add_field(const struct report *report, const struct fuse_field *field)
{
	g_autofree char *word = word_under(field, report->fuses);
	g_autofree char *text = fuse_field_describe(report->part, field, report->fuses);
	g_autofree char *other = word_under(field, report->other);

	json_builder_begin_object(report->call->result);
	call_add_string(report->call, "name", field->name);
	call_add_string(report->call, "title", field->title);
	call_add_int(report->call, "value", fuse_field_get(field, report->fuses));
	call_add_string(report->call, "word", word);
	call_add_string(report->call, "text", text);
	call_add_string(report->call, report->other_name, other);
	call_add_bool(report->call, "differs", differs(report, field));
	add_bits(report, field);
	call_add_string(report->call, "source", field->source);
	json_builder_end_object(report->call->result);
}

static void tell_clock(const struct report *report)
{
	struct part_clock clock = part_clock(report->part, report->fuses);
	g_autofree char *text = part_clock_describe(&clock);

	call_add_string(report->call, "clock", text);
	call_say(report->call, "A bit of 0 is programmed; * differs from %s. Clock: %s.",
		 report->other_name, text);
}

void call_tell_fuses(struct call *call, const struct part *part,
		     const uint8_t fuses[PART_MAX_FUSES],
		     const struct fuse_reference *reference)
{
	struct report report = {
		.call = call,
		.part = part,
		.fuses = fuses,
		.other = reference->fuses,
		.other_name = reference->name,
	};
	int width;

	report.n_fields = fuse_fields(part, report.fields);
	width = longest_word(&report);
	call_add_fuses(call, "fuses", part, fuses);
	call_add_fuses(call, reference->name, part, reference->fuses);
	for (unsigned byte = 0; byte < part->n_fuses; byte++)
		say_byte(&report, byte);
	json_builder_set_member_name(call->result, "fields");
	json_builder_begin_array(call->result);
	for (unsigned i = 0; i < report.n_fields; i++) {
		say_field(&report, &report.fields[i], width);
		add_field(&report, &report.fields[i]);
	}
	json_builder_end_array(call->result);
	tell_clock(&report);
}

static void tell_change(const struct report *report, const struct fuse_field *field)
{
	g_autofree char *before = word_under(field, report->fuses);
	g_autofree char *after = word_under(field, report->other);
	g_autofree char *text = fuse_field_describe(report->part, field, report->other);

	json_builder_begin_object(report->call->result);
	call_add_string(report->call, "name", field->name);
	call_add_string(report->call, "before", before);
	call_add_string(report->call, "after", after);
	call_add_string(report->call, "text", text);
	json_builder_end_object(report->call->result);
	call_say(report->call, "%-12s %s -> %s%s%s", field->name, before, after,
		 *text ? ": " : "", text);
}

void call_tell_fuse_changes(struct call *call, const struct part *part,
			    const uint8_t before[PART_MAX_FUSES],
			    const uint8_t after[PART_MAX_FUSES])
{
	struct report report = {
		.call = call, .part = part, .fuses = before, .other = after
	};

	report.n_fields = fuse_fields(part, report.fields);
	json_builder_set_member_name(call->result, "changes");
	json_builder_begin_array(call->result);
	for (unsigned i = 0; i < report.n_fields; i++)
		if (differs(&report, &report.fields[i]))
			tell_change(&report, &report.fields[i]);
	json_builder_end_array(call->result);
}
