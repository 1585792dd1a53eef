/* SPDX-License-Identifier: MIT */
#include "appliance/parts/fields.h"

#include <string.h>

#include "appliance/base/error.h"
#include "appliance/parts/clocks.h"

static const struct part *find(const char *name)
{
	GError *error = NULL;
	const struct part *part = part_find(name, &error);

	g_assert_no_error(error);
	return part;
}

static struct fuse_field field_of(const struct part *part, const char *name)
{
	GError *error = NULL;
	struct fuse_field field = { 0 };

	fuse_field_find(part, name, &field, &error);
	g_assert_no_error(error);
	return field;
}

/* clang-format off */
/* What the data sheets say of fuses that people meet. */
static const struct known_field {
	const char *part;
	uint8_t fuses[PART_MAX_FUSES];
	const char *field;
	const char *word;
	const char *text;
} known_fields[] = {
	/* ATmega32U4: as shipped, JTAG off, Caterina */
	{ "ATmega32U4", { 0x5E, 0x99, 0xF3 }, "clock", "crystal-8m-258ck-65ms",
	  "crystal, 8 MHz to 16 MHz; start-up 258 CK, reset delay 14 CK + 65 ms" },
	{ "ATmega32U4", { 0x5E, 0x99, 0xF3 }, "ckdiv8", "on", "clock divided by 8 at start" },
	{ "ATmega32U4", { 0x5E, 0x99, 0xF3 }, "bodlevel", "2.6v", "2.6 V" },
	{ "ATmega32U4", { 0x5E, 0x99, 0xF3 }, "hwbe", "on",
	  "HWB low at reset starts the boot loader at 0x7000" },
	{ "ATmega32U4", { 0x5E, 0x99, 0xF3 }, "bootsz", "2048w",
	  "2048 words (4096 bytes) at 0x7000" },
	{ "ATmega32U4", { 0x5E, 0x99, 0xF3 }, "bootrst", "off",
	  "reset starts the application at 0x0000" },
	{ "ATmega32U4", { 0x5E, 0x99, 0xF3 }, "jtagen", "on", "JTAG on" },
	{ "ATmega32U4", { 0x5E, 0xD9, 0xF3 }, "jtagen", "off", "JTAG off" },
	{ "ATmega32U4", { 0x5E, 0xD9, 0xF3 }, "ocden", "off", "on-chip debug off" },
	{ "ATmega32U4", { 0xFF, 0xD8, 0xFB }, "clock", "crystal-8m-16kck-65ms",
	  "crystal, 8 MHz to 16 MHz; start-up 16K CK, reset delay 14 CK + 65 ms" },
	{ "ATmega32U4", { 0xFF, 0xD8, 0xFB }, "ckdiv8", "off", "clock not divided at start" },
	{ "ATmega32U4", { 0xFF, 0xD8, 0xFB }, "bootsz", "2048w",
	  "2048 words (4096 bytes) at 0x7000" },
	{ "ATmega32U4", { 0xFF, 0xD8, 0xFB }, "bootrst", "on",
	  "reset starts the boot loader at 0x7000" },
	{ "ATmega32U4", { 0xFF, 0xD8, 0xFB }, "bodlevel", "2.6v", "2.6 V" },
	{ "ATmega32U4", { 0xFF, 0xD8, 0xFB }, "hwbe", "off", "the pin HWB has no say" },
	{ "ATmega32U4", { 0xFF, 0xD8, 0xFE }, "bodlevel", "2.0v", "2.0 V" },
	{ "ATmega32U4", { 0xFF, 0xD0, 0xF8 }, "bodlevel", "4.3v", "4.3 V" },
	{ "ATmega32U4", { 0xFF, 0xD0, 0xF8 }, "eesave", "on", "chip erase keeps the EEPROM" },
	{ "ATmega32U4", { 0x52, 0x99, 0xF3 }, "clock", "internal-8m-6ck-4ms",
	  "internal oscillator, 8 MHz; start-up 6 CK, reset delay 14 CK + 4.1 ms" },
	{ "ATmega32U4", { 0x46, 0x99, 0xF3 }, "clock", "6", "reserved by the data sheet" },
	{ "ATmega16U4", { 0x5E, 0x99, 0xF3 }, "bootsz", "2048w",
	  "2048 words (4096 bytes) at 0x3000" },
	/* AT90USB: boot sections twice as large, brown-out levels of its own */
	{ "AT90USB1286", { 0x5E, 0x99, 0xF3 }, "bootsz", "4096w",
	  "4096 words (8192 bytes) at 0x1E000" },
	{ "AT90USB646", { 0x5E, 0x9B, 0xF3 }, "bootsz", "2048w",
	  "2048 words (4096 bytes) at 0xF000" },
	{ "AT90USB1287", { 0x5E, 0x99, 0xF3 }, "bodlevel", "2.6v", "2.6 V" },
	{ "AT90USB647", { 0x5E, 0x99, 0xF6 }, "bodlevel", "6", "reserved by the data sheet" },
	/* ATmega328P: as shipped, Optiboot, USBaspLoader */
	{ "ATmega328P", { 0x62, 0xD9, 0xFF }, "clock", "internal-8m-6ck-65ms",
	  "internal oscillator, 8 MHz; start-up 6 CK, reset delay 14 CK + 65 ms" },
	{ "ATmega328P", { 0x62, 0xD9, 0xFF }, "bodlevel", "off", "no brown-out detection" },
	{ "ATmega328P", { 0x62, 0xD9, 0xFF }, "bootsz", "2048w",
	  "2048 words (4096 bytes) at 0x7000" },
	{ "ATmega328P", { 0x62, 0xD9, 0xFF }, "spien", "on", "serial programming (ISP) on" },
	{ "ATmega328P", { 0x62, 0xD9, 0xFF }, "rstdisbl", "off", "RESET resets" },
	{ "ATmega328P", { 0x62, 0xD9, 0xFF }, "dwen", "off", "debugWIRE off" },
	{ "ATmega328P", { 0xFF, 0xDE, 0xFD }, "clock", "crystal-8m-16kck-65ms",
	  "crystal, 8 MHz to 16 MHz; start-up 16K CK, reset delay 14 CK + 65 ms" },
	{ "ATmega328P", { 0xFF, 0xDE, 0xFD }, "bodlevel", "2.7v", "2.7 V" },
	{ "ATmega328P", { 0xFF, 0xDE, 0xFD }, "bootsz", "256w",
	  "256 words (512 bytes) at 0x7E00" },
	{ "ATmega328P", { 0xFF, 0xDE, 0xFD }, "bootrst", "on",
	  "reset starts the boot loader at 0x7E00" },
	{ "ATmega328P", { 0xD7, 0xD0, 0x04 }, "clock", "fullswing-0.4m-16kck-0ms",
	  "crystal, 400 kHz to 20 MHz, full swing; start-up 16K CK, reset delay 14 CK" },
	{ "ATmega328P", { 0xD7, 0xD0, 0x04 }, "bodlevel", "4.3v", "4.3 V" },
	{ "ATmega328P", { 0x62, 0xD9, 0xFB }, "bodlevel", "3", "reserved by the data sheet" },
	/* ATmega32A: as shipped, BootloadHID, USBaspLoader */
	{ "ATmega32A", { 0xE1, 0x99 }, "clock", "internal-1m-6ck-65ms",
	  "internal oscillator, 1 MHz; start-up 6 CK, reset delay 65 ms" },
	{ "ATmega32A", { 0x0F, 0xD0 }, "clock", "crystal-3m-1kck-65ms",
	  "crystal, 3 MHz to 8 MHz, with CKOPT 1 MHz to 16 MHz; start-up 1K CK, reset delay 65 ms" },
	{ "ATmega32A", { 0x0F, 0xD0 }, "bodlevel", "4.0v", "4.0 V" },
	{ "ATmega32A", { 0x0F, 0xD0 }, "boden", "on", "brown-out detection on" },
	{ "ATmega32A", { 0x0F, 0xD0 }, "ckopt", "off", "oscillator at low power" },
	{ "ATmega32A", { 0x0F, 0xD0 }, "bootsz", "2048w", "2048 words (4096 bytes) at 0x7000" },
	{ "ATmega32A", { 0x0F, 0xD0 }, "bootrst", "on",
	  "reset starts the boot loader at 0x7000" },
	{ "ATmega32A", { 0x0F, 0xD0 }, "jtagen", "off", "JTAG off" },
	{ "ATmega32A", { 0x1F, 0xC0 }, "ckopt", "on",
	  "oscillator at full swing, or internal capacitors" },
	{ "ATmega8A", { 0xE4, 0xD9 }, "clock", "internal-8m-6ck-65ms",
	  "internal oscillator, 8 MHz; start-up 6 CK, reset delay 65 ms" },
	{ "ATmega8", { 0x29, 0xD9 }, "clock", "watch-32kck-65ms",
	  "watch crystal, 32.768 kHz; start-up 32K CK, reset delay 65 ms" },
	{ "ATmega8", { 0xE4, 0xD9 }, "bootsz", "1024w", "1024 words (2048 bytes) at 0x1800" },
	/* the boot fuses of ATmega168 are in the extended byte */
	{ "ATmega168PA", { 0x62, 0xDF, 0xF9 }, "bootsz", "1024w",
	  "1024 words (2048 bytes) at 0x3800" },
	{ "ATmega168P", { 0x62, 0xDD, 0xF9 }, "bodlevel", "2.7v", "2.7 V" },
	{ "ATmega48P", { 0x62, 0xDF, 0xFE }, "selfprgen", "on", "the program may write flash" },
	{ "ATmega2560", { 0xFF, 0xD8, 0xFD }, "bootrst", "on",
	  "reset starts the boot loader at 0x3E000" },
	{ "ATmega2560", { 0xFF, 0xD8, 0xFD }, "bodlevel", "2.7v", "2.7 V" },
	{ "ATmega1284P", { 0xF7, 0xDE, 0xFD }, "bootsz", "512w",
	  "512 words (1024 bytes) at 0x1FC00" },
	{ "ATmega644PA", { 0x44, 0x99, 0xFF }, "clock", "watch-1kck-0ms",
	  "watch crystal, 32.768 kHz; start-up 1K CK, reset delay 14 CK" },
	{ "ATtiny85", { 0x62, 0xDF, 0xFF }, "clock", "internal-8m-6ck-64ms",
	  "internal oscillator, 8 MHz; start-up 6 CK, reset delay 14 CK + 64 ms" },
	{ "ATtiny85", { 0xF1, 0xDD, 0xFE }, "clock", "pll-16m-16kck-64ms",
	  "internal oscillator, 16 MHz, PLL; start-up 16K CK, reset delay 14 CK + 64 ms" },
	{ "ATtiny85", { 0xF1, 0xDD, 0xFE }, "bodlevel", "2.7v", "2.7 V" },
	{ "ATtiny25", { 0x62, 0xDF, 0xFF }, "ckout", "off", "no clock on a pin" },
	{ "ATtiny45", { 0xC6, 0xDF, 0xFF }, "clock", "watch-1kck-4ms",
	  "watch crystal, 32.768 kHz; start-up 1K CK, reset delay 4 ms" },
	{ "ATtiny13A", { 0x6A, 0xFF }, "clock", "internal-9.6m-6ck-64ms",
	  "internal oscillator, 9.6 MHz; start-up 6 CK, reset delay 14 CK + 64 ms" },
	{ "ATtiny13A", { 0x6A, 0xFB }, "bodlevel", "2.7v", "2.7 V" },
	/* others */
	{ "ATmega16U2", { 0xEF, 0xD9, 0xF4 }, "bodlevel", "3.0v", "3.0 V" },
	{ "ATmega128", { 0xE1, 0x99, 0xFD }, "m103c", "on", "as an ATmega103" },
	{ "ATmega8515", { 0xE1, 0x59 }, "s8515c", "on", "as an AT90S4414 or AT90S8515" },
	{ "ATmega161", { 0xBA }, "bootrst", "on", "reset starts the boot loader at 0x3C00" },
	{ "ATmega328PB", { 0x62, 0xD9, 0xF7 }, "cfd", "disabled", "clock failure detection off" },
	{ "ATtiny26", { 0x61, 0xF7 }, "cksel", "1", "internal oscillator, 16 MHz" },
	{ "ATtiny26", { 0x61, 0xF7 }, "sut", "2", "" },
	{ "ATtiny26", { 0x61, 0xF7 }, "pllck", "on", "PLL is the clock" },
};
/* clang-format on */

static void test_known_fields(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(known_fields); i++) {
		const struct known_field *known = &known_fields[i];
		const struct part *part = find(known->part);
		struct fuse_field field = field_of(part, known->field);
		g_autofree char *word =
			fuse_field_word(&field, fuse_field_get(&field, known->fuses));
		g_autofree char *text = fuse_field_describe(part, &field, known->fuses);

		g_test_message("%s %s", known->part, known->field);
		g_assert_cmpstr(word, ==, known->word);
		g_assert_cmpstr(text, ==, known->text);
	}
}

/* Each bit of the masks is in one field and no other bit is in any. */
static void check_cover(const struct part *part, const struct fuse_field *fields,
			unsigned n_fields)
{
	uint8_t seen[PART_MAX_FUSES] = { 0 };

	for (unsigned i = 0; i < n_fields; i++) {
		for (unsigned j = 0; j < fields[i].n_bits; j++) {
			struct fuse_bit where = fields[i].bits[j];

			g_assert_cmpuint(where.byte, <, part->n_fuses);
			g_assert_false(seen[where.byte] >> where.bit & 1);
			seen[where.byte] |= (uint8_t)(1u << where.bit);
		}
	}
	for (unsigned byte = 0; byte < part->n_fuses; byte++)
		g_assert_cmphex(seen[byte], ==, part->fuse_mask[byte]);
}

static void check_unique(const struct fuse_field *field, const struct fuse_value *line)
{
	for (const struct fuse_value *other = line + 1; other->word; other++) {
		g_assert_cmpuint(other->value, !=, line->value);
		g_assert_cmpstr(other->word, !=, line->word);
		g_assert_cmpstr(other->text, !=, field->n_bits == 1 ? line->text : "");
	}
}

static void check_values(const struct fuse_field *field)
{
	const struct fuse_value *line = field->values;

	g_assert_cmpstr(field->name, !=, "");
	g_assert_nonnull(field->title);
	g_assert_nonnull(field->source);
	g_assert_cmpuint(field->n_bits, >, 0);
	for (; line && line->word; line++) {
		unsigned value;

		g_assert_cmpuint(line->value, <, 1u << field->n_bits);
		g_assert_cmpstr(line->text, !=, "");
		check_unique(field, line);
		g_assert_true(fuse_field_parse(field, line->word, &value, NULL));
		g_assert_cmpuint(value, ==, line->value);
	}
}

/* Every number into bytes and back; no other bit moves. */
static void check_round_trip(const struct fuse_field *field)
{
	for (unsigned value = 0; value < 1u << field->n_bits; value++) {
		for (unsigned fill = 0; fill <= 0xFF; fill += 0xFF) {
			const uint8_t before[PART_MAX_FUSES] = { (uint8_t)fill,
								 (uint8_t)fill,
								 (uint8_t)fill };
			uint8_t after[PART_MAX_FUSES];

			memcpy(after, before, sizeof(after));
			fuse_field_set(field, value, after);
			g_assert_cmpuint(fuse_field_get(field, after), ==, value);
			fuse_field_set(field, fuse_field_get(field, before), after);
			g_assert_cmpmem(after, sizeof(after), before, sizeof(before));
		}
	}
}

static void check_names(const struct part *part, const struct fuse_field *fields,
			unsigned n_fields)
{
	for (unsigned i = 0; i < n_fields; i++) {
		struct fuse_field found = field_of(part, fields[i].name);

		g_assert_cmpmem(&found.bits, sizeof(found.bits), &fields[i].bits,
				sizeof(fields[i].bits));
		g_assert_cmpint(fuse_byte_find(fields[i].name), ==, -1);
	}
}

static void test_every_part(void)
{
	unsigned n_parts;
	const struct part *parts = parts_all(&n_parts);

	for (unsigned i = 0; i < n_parts; i++) {
		struct fuse_field fields[FUSE_MAX_FIELDS];
		unsigned n_fields = fuse_fields(&parts[i], fields);

		g_test_message("%s", parts[i].name);
		check_cover(&parts[i], fields, n_fields);
		check_names(&parts[i], fields, n_fields);
		for (unsigned j = 0; j < n_fields; j++) {
			check_values(&fields[j]);
			check_round_trip(&fields[j]);
		}
	}
}

/* Parts are shipped with values that their data sheets list. */
static void test_factory_values(void)
{
	unsigned n_parts;
	const struct part *parts = parts_all(&n_parts);

	for (unsigned i = 0; i < n_parts; i++) {
		struct fuse_field fields[FUSE_MAX_FIELDS];
		unsigned n_fields = fuse_fields(&parts[i], fields);

		for (unsigned j = 0; j < n_fields; j++) {
			unsigned value =
				fuse_field_get(&fields[j], parts[i].fuse_factory);

			if (!fields[j].values)
				continue;
			g_test_message("%s %s=%u", parts[i].name, fields[j].name, value);
			g_assert_nonnull(fuse_field_value(&fields[j], value));
		}
	}
}

/* Is the text the clock that clocks.c knows, whatever CKOPT says? */
static void check_clock_text(const struct part *part, const struct fuse_value *line,
			     const uint8_t fuses[PART_MAX_FUSES])
{
	struct part_clock clock = part_clock(part, fuses);
	g_autofree char *text = NULL;

	clock.divider = 1;
	text = part_clock_describe(&clock);
	if (!line) {
		g_assert_cmpint(clock.kind, ==, CLOCK_UNKNOWN);
		return;
	}
	if (part_fuse_programmed(part, fuses, "CKOPT") && clock.kind == CLOCK_CRYSTAL) {
		g_assert_nonnull(strstr(line->text, "with CKOPT 1 MHz to 16 MHz"));
		g_assert_cmpstr(text, ==, "crystal, 1 MHz to 16 MHz");
		return;
	}
	g_assert_true(g_str_has_prefix(line->text, text));
	g_assert_nonnull(strchr(";,", line->text[strlen(text)]));
}

static bool sut_is_reserved(const struct fuse_field *field, unsigned value)
{
	return !fuse_field_value(field, value) &&
	       fuse_field_value(field, value & ~(3u << (field->n_bits - 2)));
}

static void check_clock_field(const struct part *part, const struct fuse_field *field)
{
	for (unsigned value = 0; value < 1u << field->n_bits; value++) {
		for (unsigned high = 0; high <= 0xFF; high += 0xFF) {
			uint8_t fuses[PART_MAX_FUSES] = { 0xFF, (uint8_t)high, 0xFF };

			if (sut_is_reserved(field, value))
				continue;
			fuse_field_set(field, value, fuses);
			check_clock_text(part, fuse_field_value(field, value), fuses);
		}
	}
}

static void test_clocks_agree(void)
{
	unsigned n_parts;
	unsigned n_checked = 0;
	const struct part *parts = parts_all(&n_parts);

	for (unsigned i = 0; i < n_parts; i++) {
		struct fuse_field field;

		if (!fuse_field_find(&parts[i], "sut_cksel", &field, NULL))
			continue;
		g_test_message("%s", parts[i].name);
		check_clock_field(&parts[i], &field);
		n_checked++;
	}
	g_assert_cmpuint(n_checked, >, 100);
}

/* A part that no table knows: each bit for itself, numbered ones together. */
static void test_unknown_part(void)
{
	const struct part part = {
		.name = "ATnew1",
		.n_fuses = 2,
		.fuse_mask = { 0xF5, 0x07 },
		.fuse_bits = { { "CKSEL0", NULL, "CKSEL1", NULL, "NEW3", "LEVEL0",
				 "LEVEL1", "NEWBIT" },
			       { "LEVEL3", "LEVEL2", "CKDIV8" } },
		.clocks = &clocks_tiny13,
	};
	const uint8_t fuses[PART_MAX_FUSES] = { 0xBB, 0x05, 0xFF };
	struct fuse_field level = field_of(&part, "level");
	struct fuse_field bit = field_of(&part, "newbit");
	struct fuse_field numbered = field_of(&part, "new3");
	g_autofree char *text = fuse_field_describe(&part, &bit, fuses);
	g_autofree char *number = fuse_field_word(&level, fuse_field_get(&level, fuses));

	g_assert_cmpuint(level.n_bits, ==, 4);
	g_assert_cmpstr(number, ==, "9");
	g_assert_cmpuint(numbered.n_bits, ==, 1);
	g_assert_cmpstr(text, ==, "unprogrammed");
	g_assert_cmpstr(field_of(&part, "ckdiv8").title, ==, "Clock divider");
}

static void test_parse(void)
{
	const struct part *part = find("ATmega328P");
	static const struct {
		const char *field;
		const char *text;
		unsigned value;
	} cases[] = {
		{ "bodlevel", "2.7V", 5 },
		{ "bodlevel", "0b101", 5 },
		{ "bodlevel", "off", 7 },
		{ "bootsz", "2048w", 0 },
		{ "bootsz", "4096b", 0 },
		{ "bootsz", "3", 3 },
		{ "ckdiv8", "on", 0 },
		{ "ckdiv8", "unprogrammed", 1 },
		{ "ckdiv8", "0", 0 },
		{ "clock", "0x3F", 0x3F },
		{ "CLOCK", "External-6ck-0ms", 0 },
	};

	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct fuse_field field = field_of(part, cases[i].field);
		unsigned value = 99;

		g_assert_true(fuse_field_parse(&field, cases[i].text, &value, NULL));
		g_assert_cmpuint(value, ==, cases[i].value);
	}
}

static void assert_refused(const char *part_name, const char *name, const char *text,
			   const char *expected)
{
	struct fuse_field field = field_of(find(part_name), name);
	GError *error = NULL;
	unsigned value;

	g_assert_false(fuse_field_parse(&field, text, &value, &error));
	g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE);
	g_assert_cmpstr(error->message, ==, expected);
	g_error_free(error);
}

static void test_refusals(void)
{
	struct fuse_field field;
	GError *error = NULL;

	assert_refused("ATmega328P", "bodlevel", "5v",
		       "\"5v\" is no value of bodlevel; allowed: off, 1.8v, 2.7v, 4.3v");
	assert_refused("ATmega328P", "bodlevel", "3",
		       "\"3\" is no value of bodlevel; allowed: off, 1.8v, 2.7v, 4.3v");
	assert_refused("ATmega328P", "bootsz", "2048",
		       "\"2048\" is no value of bootsz; allowed: 2048w");
	assert_refused("ATtiny26", "cksel", "16",
		       "\"16\" is no value of cksel; allowed: 0 to 15");
	assert_refused(
		"ATmega328P", "clock", "internal-8m",
		"\"internal-8m\" is no value of clock; allowed: internal-8m-6ck-0ms, "
		"internal-8m-6ck-4ms, internal-8m-6ck-65ms");
	g_assert_false(fuse_field_find(find("ATtiny12"), "hwbe", &field, &error));
	g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE);
	g_assert_cmpstr(
		error->message, ==,
		"\"hwbe\" is no fuse of ATtiny12; there are low, boden, bodlevel, "
		"spien, rstdisbl, cksel");
	g_error_free(error);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/fields/known-fields", test_known_fields);
	g_test_add_func("/fields/every-part", test_every_part);
	g_test_add_func("/fields/factory-values", test_factory_values);
	g_test_add_func("/fields/clocks-agree", test_clocks_agree);
	g_test_add_func("/fields/unknown-part", test_unknown_part);
	g_test_add_func("/fields/parse", test_parse);
	g_test_add_func("/fields/refusals", test_refusals);
	return g_test_run();
}
