/* SPDX-License-Identifier: MIT */
#include "appliance/parts/part.h"

#include <string.h>

#define MHZ 1000000U

static const struct part *find(const char *name)
{
	GError *error = NULL;
	const struct part *part = part_find(name, &error);

	g_assert_no_error(error);
	return part;
}

/* One or two settings of every family. */
static const struct known_clock {
	const char *part;
	uint8_t fuses[PART_MAX_FUSES];
	enum clock_kind kind;
	uint32_t min_hz;
	uint32_t max_hz;
	unsigned divider;
} known_clocks[] = {
	/* as shipped, and what the boot loaders' guides set */
	{ "ATmega328P", { 0x62, 0xD9, 0xFF }, CLOCK_INTERNAL, 8 * MHZ, 8 * MHZ, 8 },
	{ "ATmega328P", { 0xFF, 0xDE, 0x05 }, CLOCK_CRYSTAL, 8 * MHZ, 16 * MHZ, 1 },
	{ "ATmega328P", { 0xD7, 0xD0, 0x04 }, CLOCK_CRYSTAL, 400000, 20 * MHZ, 1 },
	{ "ATmega32U4", { 0x5E, 0x99, 0xF3 }, CLOCK_CRYSTAL, 8 * MHZ, 16 * MHZ, 8 },
	{ "ATmega32U4", { 0x52, 0x99, 0xF3 }, CLOCK_INTERNAL, 8 * MHZ, 8 * MHZ, 8 },
	{ "ATmega32U4", { 0xC4, 0x99, 0xF3 }, CLOCK_WATCH, 32768, 32768, 1 },
	{ "ATmega32U4", { 0xC6, 0x99, 0xF3 }, CLOCK_UNKNOWN, 0, 0, 1 },
	{ "ATmega32U4", { 0xC0, 0x99, 0xF3 }, CLOCK_EXTERNAL, 0, 16 * MHZ, 1 },
	{ "ATmega32A", { 0xE1, 0x99 }, CLOCK_INTERNAL, 1 * MHZ, 1 * MHZ, 1 },
	{ "ATmega32A", { 0x0F, 0xD0 }, CLOCK_CRYSTAL, 3 * MHZ, 8 * MHZ, 1 },
	{ "ATmega32A", { 0x1F, 0xC0 }, CLOCK_CRYSTAL, 1 * MHZ, 16 * MHZ, 1 },
	{ "AT90USB1286", { 0x5E, 0x99, 0xF3 }, CLOCK_CRYSTAL, 8 * MHZ, 16 * MHZ, 8 },
	/* the other families */
	{ "ATmega8", { 0xE4, 0xD9 }, CLOCK_INTERNAL, 8 * MHZ, 8 * MHZ, 1 },
	{ "ATmega128", { 0xE5, 0x99, 0xFD }, CLOCK_RC, 100000, 900000, 1 },
	{ "ATmega8515", { 0xE9, 0xD9 }, CLOCK_WATCH, 32768, 32768, 1 },
	{ "ATmega161", { 0xFA }, CLOCK_CRYSTAL, 400000, 8 * MHZ, 1 },
	{ "ATmega163", { 0xF2, 0xFF }, CLOCK_INTERNAL, 1 * MHZ, 1 * MHZ, 1 },
	{ "ATmega162", { 0xE7, 0x99, 0xFF }, CLOCK_WATCH, 32768, 32768, 1 },
	{ "ATmega169P", { 0xE7, 0x99, 0xFF }, CLOCK_WATCH, 32768, 32768, 1 },
	{ "ATmega169P", { 0xE4, 0x99, 0xFF }, CLOCK_UNKNOWN, 0, 0, 1 },
	{ "ATmega328PB", { 0xF7, 0xD9, 0xF7 }, CLOCK_UNKNOWN, 0, 0, 1 },
	{ "ATmega2560", { 0xE3, 0x99, 0xFF }, CLOCK_INTERNAL, 128000, 128000, 1 },
	{ "ATmega16U2", { 0xC7, 0xD9, 0xF4 }, CLOCK_CRYSTAL, 400000, 16 * MHZ, 1 },
	{ "ATmega128RFA1", { 0xF7, 0x99, 0xFE }, CLOCK_CRYSTAL, 16 * MHZ, 16 * MHZ, 1 },
	{ "AT90PWM3", { 0xF3, 0xDF, 0xF9 }, CLOCK_INTERNAL, 16 * MHZ, 16 * MHZ, 1 },
	{ "AT90PWM3B", { 0xE1, 0xDF, 0xF9 }, CLOCK_EXTERNAL, 8 * MHZ, 8 * MHZ, 1 },
	{ "ATtiny12", { 0x52 }, CLOCK_INTERNAL, 1200000, 1200000, 1 },
	{ "ATtiny13", { 0x6A, 0xFF }, CLOCK_INTERNAL, 9600000, 9600000, 8 },
	{ "ATtiny13A", { 0x79, 0xFF }, CLOCK_INTERNAL, 4800000, 4800000, 1 },
	{ "ATtiny15", { 0x5C }, CLOCK_INTERNAL, 1600000, 1600000, 1 },
	{ "ATtiny84", { 0xE4, 0xDF, 0xFF }, CLOCK_INTERNAL, 128000, 128000, 1 },
	{ "ATtiny85", { 0xF1, 0xDF, 0xFF }, CLOCK_INTERNAL, 16 * MHZ, 16 * MHZ, 1 },
	{ "ATtiny85", { 0xE3, 0xDF, 0xFF }, CLOCK_INTERNAL, 1600000, 1600000, 1 },
	{ "ATtiny26", { 0x61, 0xF7 }, CLOCK_INTERNAL, 16 * MHZ, 16 * MHZ, 1 },
	{ "ATtiny26", { 0x62, 0xF7 }, CLOCK_UNKNOWN, 0, 0, 1 },
	{ "ATtiny26", { 0xE1, 0xF7 }, CLOCK_INTERNAL, 1 * MHZ, 1 * MHZ, 1 },
	{ "ATtiny26", { 0xEF, 0xF7 }, CLOCK_CRYSTAL, 3 * MHZ, 16 * MHZ, 1 },
	{ "ATtiny43U", { 0xE3, 0xDF, 0xFF }, CLOCK_INTERNAL, 128000, 128000, 1 },
	{ "ATtiny88", { 0x6E, 0xDF, 0xFF }, CLOCK_INTERNAL, 8 * MHZ, 8 * MHZ, 8 },
	{ "ATtiny88", { 0xED, 0xDF, 0xFF }, CLOCK_UNKNOWN, 0, 0, 1 },
	{ "ATtiny167", { 0xFF, 0xDF, 0xFF }, CLOCK_CRYSTAL, 8 * MHZ, 16 * MHZ, 1 },
	{ "ATtiny861", { 0xE5, 0xDF, 0xFF }, CLOCK_WATCH, 32768, 32768, 1 },
	{ "ATtiny841", { 0xE4, 0xDF, 0xFF }, CLOCK_INTERNAL, 32000, 32000, 1 },
	{ "ATtiny841", { 0xE4, 0xDF, 0x7F }, CLOCK_INTERNAL, 512000, 512000, 1 },
	{ "ATtiny828", { 0xEF, 0xDF, 0xFF }, CLOCK_INTERNAL, 32000, 32000, 1 },
	{ "ATtiny1634", { 0xFF, 0xDF, 0xFF }, CLOCK_CRYSTAL, 8 * MHZ, 12 * MHZ, 1 },
	{ "ATtiny2313", { 0x64, 0xDF, 0xFF }, CLOCK_INTERNAL, 8 * MHZ, 8 * MHZ, 8 },
	{ "ATtiny4313", { 0xE2, 0xDF, 0xFF }, CLOCK_INTERNAL, 4 * MHZ, 4 * MHZ, 1 },
};

static void test_known_clocks(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(known_clocks); i++) {
		const struct known_clock *known = &known_clocks[i];
		struct part_clock clock = part_clock(find(known->part), known->fuses);

		g_test_message("%s %02X", known->part, known->fuses[FUSE_LOW]);
		g_assert_cmpint(clock.kind, ==, known->kind);
		g_assert_cmpuint(clock.min_hz, ==, known->min_hz);
		g_assert_cmpuint(clock.max_hz, ==, known->max_hz);
		g_assert_cmpuint(clock.divider, ==, known->divider);
	}
}

static void check_clock(const struct part_clock *clock)
{
	g_assert_cmpuint(clock->min_hz, <=, clock->max_hz);
	g_assert_true(clock->divider == 1 || clock->divider == 8);
	if (clock->kind == CLOCK_UNKNOWN) {
		g_assert_cmpuint(clock->max_hz, ==, 0);
		return;
	}
	g_assert_cmpuint(clock->max_hz, >=, 32000);
	g_assert_cmpuint(clock->max_hz, <=, 20 * MHZ);
	if (clock->kind == CLOCK_INTERNAL || clock->kind == CLOCK_WATCH)
		g_assert_cmpuint(clock->min_hz, ==, clock->max_hz);
	else if (clock->kind != CLOCK_EXTERNAL)
		g_assert_cmpuint(clock->min_hz, >=, 100000);
}

static void check_every_setting(const struct part *part)
{
	for (unsigned value = 0; value < 0x200; value++) {
		const uint8_t fuses[PART_MAX_FUSES] = { (uint8_t)(value & 0xFF),
							value & 0x100 ? 0xFF : 0x00,
							0xFF };
		struct part_clock clock = part_clock(part, fuses);

		check_clock(&clock);
	}
}

/* Shipped parts run by themselves, but for those made for a board with a USB crystal and
 * the one without an oscillator of its own. */
static void check_as_shipped(const struct part *part)
{
	struct part_clock clock = part_clock(part, part->fuse_factory);

	if (strstr(part->name, "USB") || strstr(part->name, "U2") ||
	    strstr(part->name, "U4") || g_str_equal(part->name, "ATmega161"))
		g_assert_cmpint(clock.kind, ==, CLOCK_CRYSTAL);
	else
		g_assert_cmpint(clock.kind, ==, CLOCK_INTERNAL);
}

static void test_every_part(void)
{
	unsigned n_parts;
	const struct part *parts = parts_all(&n_parts);

	for (unsigned i = 0; i < n_parts; i++) {
		g_test_message("%s", parts[i].name);
		check_every_setting(&parts[i]);
		check_as_shipped(&parts[i]);
	}
}

static void assert_described(struct part_clock clock, const char *expected)
{
	g_autofree char *text = part_clock_describe(&clock);

	g_assert_cmpstr(text, ==, expected);
}

static void test_describe(void)
{
	assert_described((struct part_clock){ CLOCK_INTERNAL, 8 * MHZ, 8 * MHZ, 8 },
			 "internal oscillator, 8 MHz, divided by 8");
	assert_described((struct part_clock){ CLOCK_CRYSTAL, 400000, 900000, 1 },
			 "crystal, 400 kHz to 900 kHz");
	assert_described((struct part_clock){ CLOCK_EXTERNAL, 0, 16 * MHZ, 1 },
			 "external clock, up to 16 MHz");
	assert_described((struct part_clock){ CLOCK_WATCH, 32768, 32768, 1 },
			 "watch crystal, 32.768 kHz");
	assert_described((struct part_clock){ CLOCK_UNKNOWN, 0, 0, 8 },
			 "reserved clock setting, divided by 8");
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/clocks/known-clocks", test_known_clocks);
	g_test_add_func("/clocks/every-part", test_every_part);
	g_test_add_func("/clocks/describe", test_describe);
	return g_test_run();
}
