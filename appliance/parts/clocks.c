/* SPDX-License-Identifier: MIT */
/*
 * Which clock the fuses select: a table for each group of parts that read them alike.
 *
 * Each table cites its data sheet (docNNNN is Atmel's number), chapter "System Clock and
 * Clock Options" unless it says otherwise, table "Device Clocking Options Select" and the
 * frequency ranges under "Crystal Oscillator". What a table does not list is reserved.
 *
 * Rates are what reaches the prescaler: behind a PLL, behind a fixed divider. Only where
 * the board feeds the PLL it is the board's rate: the part runs at twice of it.
 */
#include "appliance/parts/clocks.h"

#include "appliance/base/units.h"

#define KHZ 1000U
#define MHZ 1000000U

/* Fuses as one number: CKSEL is the low end of the low byte in every part. */
#define HIGH_BIT(bit)	  (1U << (8 + (bit)))
#define EXTENDED_BIT(bit) (1U << (16 + (bit)))

/* A row is taken when the fuses under its mask have its value. */
struct clock_row {
	uint32_t mask;
	uint32_t value;
	enum clock_kind kind;
	uint32_t min_hz;
	uint32_t max_hz;
};

/* The first row that fits counts; one of kind CLOCK_UNKNOWN fits whatever is left. */
struct clock_family {
	const struct clock_row *rows;
};

/* clang-format off */

/* CKSEL3..0 as the data sheets write it. */
#define CKSEL(value)	0x0F, (value)
#define CKSEL31(value)	0x0E, (value) /* CKSEL0 belongs to the start-up time */
#define CKSEL32(value)	0x0C, (value)
#define CKSEL20(value)	0x07, (value)
#define CKSEL10(value)	0x03, (value)

/* CKSEL together with a fuse of another place; unprogrammed is 1. */
#define PLLCK(mask, value)	(0x80 | (mask)), (value)
#define NO_PLLCK(mask, value)	(0x80 | (mask)), (0x80 | (value))
#define NO_CKOPT(mask, value)	(HIGH_BIT(4) | (mask)), (HIGH_BIT(4) | (value))
#define ULPOSCSEL(select, value) (0x0F | 7 * EXTENDED_BIT(5)), ((select) * EXTENDED_BIT(5) | (value))

#define INTERNAL(hz)	CLOCK_INTERNAL, (hz), (hz)
#define EXTERNAL(max)	CLOCK_EXTERNAL, 0, (max)
#define WATCH		CLOCK_WATCH, 32768, 32768
#define CRYSTAL(min, max) CLOCK_CRYSTAL, (min), (max)
#define RC(min, max)	CLOCK_RC, (min), (max)

/* The crystal oscillator of nearly all: three ranges, and one up to the end of the part. */
#define CRYSTALS(max) \
	{ CKSEL31(0x8), CRYSTAL(400 * KHZ, 900 * KHZ) }, \
	{ CKSEL31(0xA), CRYSTAL(900 * KHZ, 3 * MHZ) }, \
	{ CKSEL31(0xC), CRYSTAL(3 * MHZ, 8 * MHZ) }, \
	{ CKSEL31(0xE), CRYSTAL(8 * MHZ, (max)) }

/* clang-format on */

/* doc1006, Clock Options; 1.2 MHz at 5 V. */
static const struct clock_row tiny12[] = {
	{ CKSEL31(0x0), EXTERNAL(8 * MHZ) },
	{ CKSEL31(0x2), INTERNAL(1200 * KHZ) },
	{ CKSEL(0x4), INTERNAL(1200 * KHZ) },
	{ CKSEL(0x5), RC(100 * KHZ, 8 * MHZ) },
	{ CKSEL31(0x6), RC(100 * KHZ, 8 * MHZ) },
	{ CKSEL31(0x8), WATCH },
	{ CKSEL31(0xA), CRYSTAL(400 * KHZ, 8 * MHZ) },
	{ CKSEL32(0xC), CRYSTAL(400 * KHZ, 8 * MHZ) },
	{ 0 },
};

/* doc2535, doc8126. */
static const struct clock_row tiny13[] = {
	{ CKSEL10(0x0), EXTERNAL(20 * MHZ) },
	{ CKSEL10(0x1), INTERNAL(4800 * KHZ) },
	{ CKSEL10(0x2), INTERNAL(9600 * KHZ) },
	{ CKSEL10(0x3), INTERNAL(128 * KHZ) },
	{ 0 },
};

/* doc1187, Internal Oscillator: there is no other, CKSEL is a start-up time. */
static const struct clock_row tiny15[] = {
	{ 0, 0, INTERNAL(1600 * KHZ) },
	{ 0 },
};

/* doc8006, doc8183. */
static const struct clock_row tiny24[] = {
	{ CKSEL(0x0), EXTERNAL(20 * MHZ) },
	{ CKSEL(0x2), INTERNAL(8 * MHZ) },
	{ CKSEL(0x4), INTERNAL(128 * KHZ) },
	{ CKSEL(0x6), WATCH },
	CRYSTALS(20 * MHZ),
	{ 0 },
};

/* doc2586; 0001: PLL, 64 MHz / 4; 0011: as ATtiny15, 6.4 MHz / 4. */
static const struct clock_row tiny25[] = {
	{ CKSEL(0x0), EXTERNAL(20 * MHZ) },
	{ CKSEL(0x1), INTERNAL(16 * MHZ) },
	{ CKSEL(0x2), INTERNAL(8 * MHZ) },
	{ CKSEL(0x3), INTERNAL(1600 * KHZ) },
	{ CKSEL(0x4), INTERNAL(128 * KHZ) },
	{ CKSEL(0x6), WATCH },
	CRYSTALS(20 * MHZ),
	{ 0 },
};

/* doc1477; PLLCK (bit 7) programmed allows CKSEL 0001 alone: PLL, 64 MHz / 4. */
static const struct clock_row tiny26[] = {
	{ PLLCK(0x0F, 0x1), INTERNAL(16 * MHZ) },
	{ NO_PLLCK(0x0F, 0x0), EXTERNAL(16 * MHZ) },
	{ NO_PLLCK(0x0F, 0x1), INTERNAL(1 * MHZ) },
	{ NO_PLLCK(0x0F, 0x2), INTERNAL(2 * MHZ) },
	{ NO_PLLCK(0x0F, 0x3), INTERNAL(4 * MHZ) },
	{ NO_PLLCK(0x0F, 0x4), INTERNAL(8 * MHZ) },
	{ NO_PLLCK(0x0F, 0x5), RC(100 * KHZ, 900 * KHZ) },
	{ NO_PLLCK(0x0F, 0x6), RC(900 * KHZ, 3 * MHZ) },
	{ NO_PLLCK(0x0F, 0x7), RC(3 * MHZ, 8 * MHZ) },
	{ NO_PLLCK(0x0F, 0x8), RC(8 * MHZ, 12 * MHZ) },
	{ NO_PLLCK(0x0F, 0x9), WATCH },
	{ NO_PLLCK(0x0E, 0xA), CRYSTAL(400 * KHZ, 900 * KHZ) },
	{ NO_PLLCK(0x0E, 0xC), CRYSTAL(900 * KHZ, 3 * MHZ) },
	{ NO_PLLCK(0x0E, 0xE), CRYSTAL(3 * MHZ, 16 * MHZ) },
	{ 0 },
};

/* doc8048; the part ends at 8 MHz. */
static const struct clock_row tiny43u[] = {
	{ CKSEL(0x0), EXTERNAL(8 * MHZ) },
	{ CKSEL(0x2), INTERNAL(8 * MHZ) },
	{ CKSEL(0x3), INTERNAL(128 * KHZ) },
	{ CKSEL32(0x4), WATCH },
	CRYSTALS(8 * MHZ),
	{ 0 },
};

/* doc8008: CKSEL has two bits. */
static const struct clock_row tiny48[] = {
	{ CKSEL10(0x0), EXTERNAL(12 * MHZ) },
	{ CKSEL10(0x2), INTERNAL(8 * MHZ) },
	{ CKSEL10(0x3), INTERNAL(128 * KHZ) },
	{ 0 },
};

/* doc8265. */
static const struct clock_row tiny87[] = {
	{ CKSEL(0x0), EXTERNAL(16 * MHZ) },
	{ CKSEL(0x2), INTERNAL(8 * MHZ) },
	{ CKSEL(0x3), INTERNAL(128 * KHZ) },
	{ CKSEL32(0x4), WATCH },
	CRYSTALS(16 * MHZ),
	{ 0 },
};

/* doc2588, doc8197; 0001: PLL, 64 MHz / 4. */
static const struct clock_row tiny261[] = {
	{ CKSEL(0x0), EXTERNAL(20 * MHZ) },
	{ CKSEL(0x1), INTERNAL(16 * MHZ) },
	{ CKSEL(0x2), INTERNAL(8 * MHZ) },
	{ CKSEL(0x3), INTERNAL(128 * KHZ) },
	{ CKSEL32(0x4), WATCH },
	CRYSTALS(20 * MHZ),
	{ 0 },
};

/* doc8495; ULPOSCSEL, the top of the extended byte, sets the ultra-low-power oscillator.
 */
static const struct clock_row tiny441[] = {
	{ CKSEL(0x0), EXTERNAL(16 * MHZ) },
	{ CKSEL(0x2), INTERNAL(8 * MHZ) },
	{ ULPOSCSEL(7, 0x4), INTERNAL(32 * KHZ) },
	{ ULPOSCSEL(6, 0x4), INTERNAL(64 * KHZ) },
	{ ULPOSCSEL(5, 0x4), INTERNAL(128 * KHZ) },
	{ ULPOSCSEL(4, 0x4), INTERNAL(256 * KHZ) },
	{ ULPOSCSEL(3, 0x4), INTERNAL(512 * KHZ) },
	{ CKSEL(0x6), WATCH },
	CRYSTALS(16 * MHZ),
	{ 0 },
};

/* doc8371: CKSEL has two bits. */
static const struct clock_row tiny828[] = {
	{ 0x02, 0x00, EXTERNAL(20 * MHZ) },
	{ CKSEL10(0x2), INTERNAL(8 * MHZ) },
	{ CKSEL10(0x3), INTERNAL(32 * KHZ) },
	{ 0 },
};

/* doc8303. */
static const struct clock_row tiny1634[] = {
	{ CKSEL(0x0), EXTERNAL(12 * MHZ) },
	{ CKSEL(0x2), INTERNAL(8 * MHZ) },
	{ CKSEL(0x4), INTERNAL(32 * KHZ) },
	CRYSTALS(12 * MHZ),
	{ 0 },
};

/* doc2543, doc8246. */
static const struct clock_row tiny2313[] = {
	{ CKSEL(0x0), EXTERNAL(20 * MHZ) },
	{ CKSEL(0x2), INTERNAL(4 * MHZ) },
	{ CKSEL(0x4), INTERNAL(8 * MHZ) },
	{ CKSEL(0x6), INTERNAL(128 * KHZ) },
	CRYSTALS(20 * MHZ),
	{ 0 },
};

/* doc2486, doc2466, doc2503, doc2490, doc2467, doc2512, doc2502 and those of the A parts.
 * CKOPT programmed gives the oscillator its full swing. */
static const struct clock_row mega8[] = {
	{ CKSEL(0x0), EXTERNAL(16 * MHZ) },
	{ CKSEL(0x1), INTERNAL(1 * MHZ) },
	{ CKSEL(0x2), INTERNAL(2 * MHZ) },
	{ CKSEL(0x3), INTERNAL(4 * MHZ) },
	{ CKSEL(0x4), INTERNAL(8 * MHZ) },
	{ CKSEL(0x5), RC(100 * KHZ, 900 * KHZ) },
	{ CKSEL(0x6), RC(900 * KHZ, 3 * MHZ) },
	{ CKSEL(0x7), RC(3 * MHZ, 8 * MHZ) },
	{ CKSEL(0x8), RC(8 * MHZ, 12 * MHZ) },
	{ CKSEL(0x9), WATCH },
	{ NO_CKOPT(0x0E, 0xA), CRYSTAL(400 * KHZ, 900 * KHZ) },
	{ NO_CKOPT(0x0E, 0xC), CRYSTAL(900 * KHZ, 3 * MHZ) },
	{ NO_CKOPT(0x0E, 0xE), CRYSTAL(3 * MHZ, 8 * MHZ) },
	{ CKSEL31(0xA), CRYSTAL(1 * MHZ, 16 * MHZ) },
	{ CKSEL32(0xC), CRYSTAL(1 * MHZ, 16 * MHZ) },
	{ 0 },
};

/* doc1228, Reset Delay Selections: no internal oscillator. */
static const struct clock_row mega161[] = {
	{ CKSEL20(0x0), EXTERNAL(8 * MHZ) },
	{ CKSEL20(0x1), EXTERNAL(8 * MHZ) },
	{ 0, 0, CRYSTAL(400 * KHZ, 8 * MHZ) },
	{ 0 },
};

/* doc1142, Clock Options. */
static const struct clock_row mega163[] = {
	{ CKSEL31(0x0), EXTERNAL(8 * MHZ) },
	{ CKSEL31(0x2), INTERNAL(1 * MHZ) },
	{ CKSEL(0x4), INTERNAL(1 * MHZ) },
	{ CKSEL(0x5), RC(100 * KHZ, 8 * MHZ) },
	{ CKSEL31(0x6), RC(100 * KHZ, 8 * MHZ) },
	{ CKSEL31(0x8), WATCH },
	{ CKSEL31(0xA), CRYSTAL(400 * KHZ, 8 * MHZ) },
	{ CKSEL32(0xC), CRYSTAL(400 * KHZ, 8 * MHZ) },
	{ 0 },
};

/* doc2513, doc7679. */
static const struct clock_row mega162[] = {
	{ CKSEL(0x0), EXTERNAL(16 * MHZ) },
	{ CKSEL(0x2), INTERNAL(8 * MHZ) },
	{ CKSEL32(0x4), WATCH },
	CRYSTALS(16 * MHZ),
	{ 0 },
};

/* doc2573, doc8019, doc8285, doc2514, doc8018, doc8284, doc2570, doc8023, doc2552,
 * doc8021. */
static const struct clock_row mega165[] = {
	{ CKSEL(0x0), EXTERNAL(16 * MHZ) },
	{ CKSEL(0x2), INTERNAL(8 * MHZ) },
	{ CKSEL31(0x6), WATCH },
	CRYSTALS(16 * MHZ),
	{ 0 },
};

/* doc2545, doc8025, doc8271; 011x: full-swing crystal oscillator. */
static const struct clock_row mega48[] = {
	{ CKSEL(0x0), EXTERNAL(20 * MHZ) },
	{ CKSEL(0x2), INTERNAL(8 * MHZ) },
	{ CKSEL(0x3), INTERNAL(128 * KHZ) },
	{ CKSEL31(0x4), WATCH },
	{ CKSEL31(0x6), CRYSTAL(400 * KHZ, 20 * MHZ) },
	CRYSTALS(16 * MHZ),
	{ 0 },
};

/* doc42176, DS40001906, DS40001908: no full-swing oscillator. */
static const struct clock_row mega48pb[] = {
	{ CKSEL(0x0), EXTERNAL(20 * MHZ) },
	{ CKSEL(0x2), INTERNAL(8 * MHZ) },
	{ CKSEL(0x3), INTERNAL(128 * KHZ) },
	{ CKSEL31(0x4), WATCH },
	CRYSTALS(16 * MHZ),
	{ 0 },
};

/* doc8011, doc8272, doc2593, doc8059, doc2549; 011x: full-swing crystal oscillator. */
static const struct clock_row mega164[] = {
	{ CKSEL(0x0), EXTERNAL(20 * MHZ) },
	{ CKSEL(0x2), INTERNAL(8 * MHZ) },
	{ CKSEL(0x3), INTERNAL(128 * KHZ) },
	{ CKSEL31(0x4), WATCH },
	{ CKSEL31(0x6), CRYSTAL(400 * KHZ, 20 * MHZ) },
	CRYSTALS(16 * MHZ),
	{ 0 },
};

/* doc7799, doc7707, table 8-1; 011x: full-swing crystal oscillator. */
static const struct clock_row mega8u2[] = {
	{ CKSEL(0x0), EXTERNAL(16 * MHZ) },
	{ CKSEL(0x2), INTERNAL(8 * MHZ) },
	{ CKSEL31(0x6), CRYSTAL(400 * KHZ, 16 * MHZ) },
	CRYSTALS(16 * MHZ),
	{ 0 },
};

/* doc7766, doc7593; 011x is reserved. */
static const struct clock_row mega32u4[] = {
	{ CKSEL(0x0), EXTERNAL(16 * MHZ) },
	{ CKSEL(0x2), INTERNAL(8 * MHZ) },
	{ CKSEL31(0x4), WATCH },
	CRYSTALS(16 * MHZ),
	{ 0 },
};

/* doc8266, doc8393: the radio's crystal is 16 MHz, the RC oscillator's rate is halved. */
static const struct clock_row rf[] = {
	{ CKSEL(0x0), EXTERNAL(16 * MHZ) },
	{ CKSEL(0x2), INTERNAL(8 * MHZ) },
	{ CKSEL(0x3), INTERNAL(128 * KHZ) },
	{ CKSEL31(0x6), CRYSTAL(16 * MHZ, 16 * MHZ) },
	{ 0x08, 0x08, CRYSTAL(16 * MHZ, 16 * MHZ) },
	{ 0 },
};

/* doc4317; 0011: PLL on the internal oscillator, 64 MHz / 4. */
static const struct clock_row pwm2[] = {
	{ CKSEL(0x0), EXTERNAL(16 * MHZ) },
	{ CKSEL(0x2), INTERNAL(8 * MHZ) },
	{ CKSEL(0x3), INTERNAL(16 * MHZ) },
	CRYSTALS(16 * MHZ),
	{ 0 },
};

/* doc4317, doc7710, doc7647; the PLL also on a clock (0001) or crystal (0101) of 8 MHz.
 */
static const struct clock_row pwm2b[] = {
	{ CKSEL(0x0), EXTERNAL(16 * MHZ) },
	{ CKSEL(0x1), CLOCK_EXTERNAL, 8 * MHZ, 8 * MHZ },
	{ CKSEL(0x2), INTERNAL(8 * MHZ) },
	{ CKSEL(0x3), INTERNAL(16 * MHZ) },
	{ CKSEL(0x4), CRYSTAL(8 * MHZ, 8 * MHZ) },
	{ CKSEL(0x5), CRYSTAL(8 * MHZ, 8 * MHZ) },
	CRYSTALS(16 * MHZ),
	{ 0 },
};

const struct clock_family clocks_tiny12 = { tiny12 };
const struct clock_family clocks_tiny13 = { tiny13 };
const struct clock_family clocks_tiny15 = { tiny15 };
const struct clock_family clocks_tiny24 = { tiny24 };
const struct clock_family clocks_tiny25 = { tiny25 };
const struct clock_family clocks_tiny26 = { tiny26 };
const struct clock_family clocks_tiny43u = { tiny43u };
const struct clock_family clocks_tiny48 = { tiny48 };
const struct clock_family clocks_tiny87 = { tiny87 };
const struct clock_family clocks_tiny261 = { tiny261 };
const struct clock_family clocks_tiny441 = { tiny441 };
const struct clock_family clocks_tiny828 = { tiny828 };
const struct clock_family clocks_tiny1634 = { tiny1634 };
const struct clock_family clocks_tiny2313 = { tiny2313 };
const struct clock_family clocks_mega8 = { mega8 };
const struct clock_family clocks_mega161 = { mega161 };
const struct clock_family clocks_mega163 = { mega163 };
const struct clock_family clocks_mega162 = { mega162 };
const struct clock_family clocks_mega165 = { mega165 };
const struct clock_family clocks_mega48 = { mega48 };
const struct clock_family clocks_mega48pb = { mega48pb };
const struct clock_family clocks_mega164 = { mega164 };
const struct clock_family clocks_mega8u2 = { mega8u2 };
const struct clock_family clocks_mega32u4 = { mega32u4 };
const struct clock_family clocks_rf = { rf };
const struct clock_family clocks_pwm2 = { pwm2 };
const struct clock_family clocks_pwm2b = { pwm2b };

static uint32_t fuses_as_number(const struct part *part,
				const uint8_t fuses[PART_MAX_FUSES])
{
	uint32_t number = 0;

	for (unsigned byte = 0; byte < part->n_fuses; byte++)
		number |= (uint32_t)fuses[byte] << (8 * byte);
	return number;
}

struct part_clock part_clock(const struct part *part, const uint8_t fuses[PART_MAX_FUSES])
{
	uint32_t number = fuses_as_number(part, fuses);
	const struct clock_row *row = part->clocks->rows;

	while (row->kind != CLOCK_UNKNOWN && (number & row->mask) != row->value)
		row++;
	return (struct part_clock){
		.kind = row->kind,
		.min_hz = row->min_hz,
		.max_hz = row->max_hz,
		.divider = part_fuse_programmed(part, fuses, "CKDIV8") ? 8 : 1,
	};
}

uint8_t part_clock_bits(const struct part *part, enum fuse_byte byte)
{
	const struct clock_row *row = part->clocks->rows;
	uint32_t mask = 0;

	for (; row->kind != CLOCK_UNKNOWN; row++)
		mask |= row->mask;
	return (uint8_t)(mask >> (8 * byte) & part->fuse_mask[byte]);
}

static const char *const kind_names[] = {
	[CLOCK_UNKNOWN] = "reserved clock setting",
	[CLOCK_INTERNAL] = "internal oscillator",
	[CLOCK_EXTERNAL] = "external clock",
	[CLOCK_CRYSTAL] = "crystal",
	[CLOCK_WATCH] = "watch crystal",
	[CLOCK_RC] = "external RC oscillator",
};

/* ", 8 MHz", ", 0.9 MHz to 3 MHz", ", up to 16 MHz"; "" where it is not known. */
static char *describe_rate(const struct part_clock *clock)
{
	g_autofree char *min = format_hz(clock->min_hz);
	g_autofree char *max = format_hz(clock->max_hz);

	if (clock->max_hz == 0)
		return g_strdup("");
	if (clock->min_hz == clock->max_hz)
		return g_strconcat(", ", max, NULL);
	if (clock->min_hz == 0)
		return g_strconcat(", up to ", max, NULL);
	return g_strconcat(", ", min, " to ", max, NULL);
}

char *part_clock_describe(const struct part_clock *clock)
{
	g_autofree char *rate = describe_rate(clock);

	return g_strconcat(kind_names[clock->kind], rate,
			   clock->divider == 8 ? ", divided by 8" : "", NULL);
}
