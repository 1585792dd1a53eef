/* SPDX-License-Identifier: MIT */
/* Gathers a part's fuse bits into fields by the tables; what no table knows keeps its own
 * name. */
#include "appliance/parts/fields.h"

#include <string.h>

#include "appliance/base/error.h"
#include "appliance/base/units.h"
#include "appliance/parts/field_table.h"

static const struct field_line *const tables[] = {
	field_lines_clock,
	field_lines_boot,
	field_lines_brown_out,
	field_lines_single,
};

/* Fields as they are found; a bit is taken once. */
struct gathering {
	const struct part *part;
	uint8_t taken[PART_MAX_FUSES];
	struct fuse_field *fields;
	unsigned n_fields;
};

static bool is_taken(const struct gathering *gathering, unsigned byte, unsigned bit)
{
	return gathering->taken[byte] >> bit & 1;
}

static void field_add_bit(struct fuse_field *field, unsigned byte, unsigned bit)
{
	g_assert(field->n_bits < FUSE_FIELD_MAX_BITS);
	field->bits[field->n_bits++] =
		(struct fuse_bit){ .byte = (uint8_t)byte, .bit = (uint8_t)bit };
}

static void gathering_add(struct gathering *gathering, const struct fuse_field *field)
{
	for (unsigned i = 0; i < field->n_bits; i++)
		gathering->taken[field->bits[i].byte] |=
			(uint8_t)(1u << field->bits[i].bit);
	g_assert(gathering->n_fields < FUSE_MAX_FIELDS);
	gathering->fields[gathering->n_fields++] = *field;
}

static bool matches_one(const char *patterns, const char *name)
{
	g_auto(GStrv) words = g_strsplit(patterns, " ", -1);

	for (unsigned i = 0; words[i]; i++)
		if (g_pattern_match_simple(words[i], name))
			return true;
	return false;
}

static bool line_is_for(const struct field_line *line, const struct part *part)
{
	return (!line->clocks || line->clocks == part->clocks) &&
	       (!line->boot_bytes_min || line->boot_bytes_min == part->boot_bytes_min) &&
	       (!line->parts || matches_one(line->parts, part->name));
}

/* False unless the part has all the bits, and none is in another field. */
static bool find_bits(const struct gathering *gathering, const struct field_line *line,
		      struct fuse_field *field)
{
	for (unsigned i = 0; i < FUSE_FIELD_MAX_BITS && line->bits[i]; i++) {
		enum fuse_byte byte;
		unsigned bit;

		if (!part_find_fuse_bit(gathering->part, line->bits[i], &byte, &bit) ||
		    is_taken(gathering, byte, bit))
			return false;
		field_add_bit(field, byte, bit);
	}
	return true;
}

static void gather_by_table(struct gathering *gathering, const struct field_line *line)
{
	for (; line->name; line++) {
		struct fuse_field field = {
			.alias = line->alias,
			.title = line->title,
			.values = line->values,
			.source = line->source,
		};

		g_strlcpy(field.name, line->name, sizeof(field.name));
		if (line_is_for(line, gathering->part) &&
		    find_bits(gathering, line, &field))
			gathering_add(gathering, &field);
	}
}

static const struct fuse_value plain_bit[] = {
	{ 0, "on", "programmed", "programmed" },
	{ 1, "off", "unprogrammed", "unprogrammed" },
	{ 0 },
};

/* "CKSEL" of "CKSEL3"; the whole name where it has no number. */
static char *stem_of(const char *name)
{
	size_t length = strlen(name);

	while (length > 0 && g_ascii_isdigit(name[length - 1]))
		length--;
	return g_strndup(name, length);
}

/* Bits that are called like this one but for the number, the highest first. */
static void add_numbered_bits(const struct gathering *gathering, const char *stem,
			      struct fuse_field *field)
{
	for (int number = FUSE_FIELD_MAX_BITS - 1; number >= 0; number--) {
		g_autofree char *name = g_strdup_printf("%s%d", stem, number);
		enum fuse_byte byte;
		unsigned bit;

		if (part_find_fuse_bit(gathering->part, name, &byte, &bit) &&
		    !is_taken(gathering, byte, bit))
			field_add_bit(field, byte, bit);
	}
}

static void gather_bit(struct gathering *gathering, unsigned byte, unsigned bit)
{
	const char *name = gathering->part->fuse_bits[byte][bit];
	g_autofree char *stem = stem_of(name);
	g_autofree char *lower = NULL;
	struct fuse_field field = { .title = "Fuse bits", .source = "Fuse Bits" };

	add_numbered_bits(gathering, stem, &field);
	if (field.n_bits < 2) {
		field.n_bits = 0;
		field_add_bit(&field, byte, bit);
		field.values = plain_bit;
	}
	lower = g_ascii_strdown(field.n_bits < 2 ? name : stem, -1);
	g_strlcpy(field.name, lower, sizeof(field.name));
	gathering_add(gathering, &field);
}

unsigned fuse_fields(const struct part *part, struct fuse_field fields[FUSE_MAX_FIELDS])
{
	struct gathering gathering = { .part = part, .fields = fields };

	for (unsigned i = 0; i < G_N_ELEMENTS(tables); i++)
		gather_by_table(&gathering, tables[i]);
	for (unsigned byte = 0; byte < part->n_fuses; byte++)
		for (unsigned bit = 0; bit < 8; bit++)
			if (part->fuse_bits[byte][bit] &&
			    !is_taken(&gathering, byte, bit))
				gather_bit(&gathering, byte, bit);
	return gathering.n_fields;
}

static bool is_called(const struct fuse_field *field, const char *name)
{
	return g_ascii_strcasecmp(field->name, name) == 0 ||
	       (field->alias && g_ascii_strcasecmp(field->alias, name) == 0);
}

gboolean fuse_field_find(const struct part *part, const char *name,
			 struct fuse_field *field, GError **error)
{
	struct fuse_field fields[FUSE_MAX_FIELDS];
	unsigned n_fields = fuse_fields(part, fields);
	g_autoptr(GString) names = g_string_new(NULL);

	for (unsigned i = 0; i < n_fields; i++) {
		if (is_called(&fields[i], name)) {
			*field = fields[i];
			return TRUE;
		}
		g_string_append_printf(names, ", %s", fields[i].name);
	}
	for (unsigned byte = part->n_fuses; byte-- > 0;)
		g_string_prepend(g_string_prepend(names, fuse_byte_names[byte]), ", ");
	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE,
		    "\"%s\" is no fuse of %s; there are %s", name, part->name,
		    names->str + strlen(", "));
	return FALSE;
}

unsigned fuse_field_get(const struct fuse_field *field,
			const uint8_t fuses[PART_MAX_FUSES])
{
	unsigned value = 0;

	for (unsigned i = 0; i < field->n_bits; i++)
		value = value << 1 |
			(fuses[field->bits[i].byte] >> field->bits[i].bit & 1u);
	return value;
}

void fuse_field_set(const struct fuse_field *field, unsigned value,
		    uint8_t fuses[PART_MAX_FUSES])
{
	for (unsigned i = 0; i < field->n_bits; i++) {
		struct fuse_bit where = field->bits[i];
		unsigned bit = value >> (field->n_bits - 1 - i) & 1;

		fuses[where.byte] = (uint8_t)((fuses[where.byte] & ~(1u << where.bit)) |
					      bit << where.bit);
	}
}

const struct fuse_value *fuse_field_value(const struct fuse_field *field, unsigned value)
{
	const struct fuse_value *line = field->values;

	for (; line && line->word; line++)
		if (line->value == value)
			return line;
	return NULL;
}

static unsigned field_max(const struct fuse_field *field)
{
	return (1u << field->n_bits) - 1;
}

static bool find_word(const struct fuse_field *field, const char *text, unsigned *value)
{
	const struct fuse_value *line = field->values;

	for (; line && line->word; line++) {
		if (g_ascii_strcasecmp(line->word, text) != 0 &&
		    (!line->alias || g_ascii_strcasecmp(line->alias, text) != 0))
			continue;
		*value = line->value;
		return true;
	}
	return false;
}

static bool find_number(const struct fuse_field *field, const char *text, unsigned *value)
{
	uint64_t number;

	if (!parse_number(text, field->name, field_max(field), &number, NULL))
		return false;
	*value = (unsigned)number;
	return !field->values || fuse_field_value(field, *value);
}

/* ", off, 1.8v": the words that begin with `start`. */
static char *join_words(const struct fuse_field *field, const char *start)
{
	GString *words = g_string_new(NULL);
	const struct fuse_value *line = field->values;

	for (; line && line->word; line++)
		if (g_ascii_strncasecmp(line->word, start, strlen(start)) == 0)
			g_string_append_printf(words, ", %s", line->word);
	return g_string_free(words, FALSE);
}

/* "off, 1.8v, 2.7v", "0 to 15". */
static char *allowed_values(const struct fuse_field *field, const char *text)
{
	g_autofree char *words = join_words(field, text);

	if (!field->values)
		return g_strdup_printf("0 to %u", field_max(field));
	if (!*words) {
		g_free(words);
		words = join_words(field, "");
	}
	return g_strdup(words + strlen(", "));
}

gboolean fuse_field_parse(const struct fuse_field *field, const char *text,
			  unsigned *value, GError **error)
{
	g_autofree char *allowed = NULL;

	if (find_word(field, text, value) || find_number(field, text, value))
		return TRUE;
	allowed = allowed_values(field, text);
	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE,
		    "\"%s\" is no value of %s; allowed: %s", text, field->name, allowed);
	return FALSE;
}

char *fuse_field_word(const struct fuse_field *field, unsigned value)
{
	const struct fuse_value *line = fuse_field_value(field, value);

	return line ? g_strdup(line->word) : g_strdup_printf("%u", value);
}

/* A clock source without a table: clocks.c knows it all the same. */
static char *describe_number(const struct part *part, const struct fuse_field *field,
			     const uint8_t fuses[PART_MAX_FUSES])
{
	struct part_clock clock = part_clock(part, fuses);

	if (field->values)
		return g_strdup("reserved by the data sheet");
	clock.divider = 1;
	return g_str_equal(field->name, "cksel") ? part_clock_describe(&clock)
						 : g_strdup("");
}

char *fuse_field_describe(const struct part *part, const struct fuse_field *field,
			  const uint8_t fuses[PART_MAX_FUSES])
{
	unsigned value = fuse_field_get(field, fuses);
	const struct fuse_value *line = fuse_field_value(field, value);

	if (!line)
		return describe_number(part, field, fuses);
	if (!line->at_boot_start)
		return g_strdup(line->text);
	return g_strdup_printf("%s at 0x%04X", line->text, part_boot_start(part, fuses));
}
