/* SPDX-License-Identifier: MIT */
/*
 * Clock source and start-up time in words, a table for each group of clocks.c. The tables
 * are those of chapter "System Clock and Clock Options": "Device Clocking Options Select"
 * and the "Start-up Times" of each source. What they do not list is reserved.
 *
 * A word is the source, its lowest rate, the start-up time from power-down (in clock
 * cycles) and the additional delay from reset.
 */
#include "appliance/parts/clocks.h"
#include "appliance/parts/field_table.h"

/* clang-format off */

#define SUT_CKSEL(sut, cksel)	((sut) << 4 | (cksel))

/* Additional delay from reset: none, short, long; as a word and as the data sheet says it. */
#define DELAYS_4_65	 "0ms", "0 ms", "4ms", "4.1 ms", "65ms", "65 ms"
#define DELAYS_14CK_4_65 "0ms", "14 CK", "4ms", "14 CK + 4.1 ms", "65ms", "14 CK + 65 ms"
#define DELAYS_14CK_4_64 "0ms", "14 CK", "4ms", "14 CK + 4 ms", "64ms", "14 CK + 64 ms"

#define ROW(number, word, text, cycles, cycles_text, delay, delay_text) \
	{ (number), word "-" cycles "-" delay, \
	  text "; start-up " cycles_text ", reset delay " delay_text }

/* SUT alone chooses the delay; 11 is reserved. */
#define SUT_ROWS(...) SUT_ROWS_(__VA_ARGS__)
#define SUT_ROWS_(cksel, word, text, cycles, cycles_text, d0, t0, d1, t1, d2, t2) \
	ROW(SUT_CKSEL(0, cksel), word, text, cycles, cycles_text, d0, t0), \
	ROW(SUT_CKSEL(1, cksel), word, text, cycles, cycles_text, d1, t1), \
	ROW(SUT_CKSEL(2, cksel), word, text, cycles, cycles_text, d2, t2)

#define SIX_CK(cksel, word, text, ...)  SUT_ROWS(cksel, word, text, "6ck", "6 CK", __VA_ARGS__)

/* A watch crystal: CKSEL0 chooses the start-up time. */
#define WATCH(cksel, word, text, ...) \
	SUT_ROWS(cksel, word, text, "1kck", "1K CK", __VA_ARGS__), \
	SUT_ROWS((cksel) | 1, word, text, "32kck", "32K CK", __VA_ARGS__)
#define WATCH_TEXT "watch crystal, 32.768 kHz"

/* The same, where SUT chooses both. */
#define WATCH_SUT(...) WATCH_SUT_(__VA_ARGS__)
#define WATCH_SUT_(cksel, d0, t0, d1, t1, d2, t2) \
	ROW(SUT_CKSEL(0, cksel), "watch", WATCH_TEXT, "1kck", "1K CK", d1, t1), \
	ROW(SUT_CKSEL(1, cksel), "watch", WATCH_TEXT, "1kck", "1K CK", d2, t2), \
	ROW(SUT_CKSEL(2, cksel), "watch", WATCH_TEXT, "32kck", "32K CK", d2, t2)

/* Crystal or ceramic resonator: CKSEL0 and SUT together. */
#define CRYSTAL(...) CRYSTAL_(__VA_ARGS__)
#define CRYSTAL_(cksel, word, text, d0, t0, d1, t1, d2, t2) \
	ROW(SUT_CKSEL(0, cksel), word, text, "258ck", "258 CK", d1, t1), \
	ROW(SUT_CKSEL(1, cksel), word, text, "258ck", "258 CK", d2, t2), \
	ROW(SUT_CKSEL(2, cksel), word, text, "1kck", "1K CK", d0, t0), \
	ROW(SUT_CKSEL(3, cksel), word, text, "1kck", "1K CK", d1, t1), \
	ROW(SUT_CKSEL(0, (cksel) | 1), word, text, "1kck", "1K CK", d2, t2), \
	ROW(SUT_CKSEL(1, (cksel) | 1), word, text, "16kck", "16K CK", d0, t0), \
	ROW(SUT_CKSEL(2, (cksel) | 1), word, text, "16kck", "16K CK", d1, t1), \
	ROW(SUT_CKSEL(3, (cksel) | 1), word, text, "16kck", "16K CK", d2, t2)

#define CRYSTALS(max, ...) \
	CRYSTAL(0x8, "crystal-0.4m", "crystal, 400 kHz to 900 kHz", __VA_ARGS__), \
	CRYSTAL(0xA, "crystal-0.9m", "crystal, 900 kHz to 3 MHz", __VA_ARGS__), \
	CRYSTAL(0xC, "crystal-3m", "crystal, 3 MHz to 8 MHz", __VA_ARGS__), \
	CRYSTAL(0xE, "crystal-8m", "crystal, 8 MHz to " max, __VA_ARGS__)

#define FULL_SWING(max, ...) \
	CRYSTAL(0x6, "fullswing-0.4m", "crystal, 400 kHz to " max ", full swing", __VA_ARGS__)

#define EXTERNAL(max, ...) SIX_CK(0x0, "external", "external clock, up to " max, __VA_ARGS__)
#define INTERNAL(cksel, rate, rate_text, ...) \
	SIX_CK(cksel, "internal-" rate, "internal oscillator, " rate_text, __VA_ARGS__)
#define INTERNAL_8M(cksel, ...)   INTERNAL(cksel, "8m", "8 MHz", __VA_ARGS__)
#define INTERNAL_128K(cksel, ...) INTERNAL(cksel, "128k", "128 kHz", __VA_ARGS__)

/* doc7766 section 6, doc7593 section 7. */
static const struct fuse_value mega32u4[] = {
	EXTERNAL("16 MHz", DELAYS_14CK_4_65),
	INTERNAL_8M(0x2, DELAYS_14CK_4_65),
	WATCH(0x4, "watch", WATCH_TEXT, DELAYS_14CK_4_65),
	CRYSTALS("16 MHz", DELAYS_14CK_4_65),
	{ 0 },
};

/* doc7799 section 8, doc7707. */
static const struct fuse_value mega8u2[] = {
	EXTERNAL("16 MHz", DELAYS_14CK_4_65),
	INTERNAL_8M(0x2, DELAYS_14CK_4_65),
	FULL_SWING("16 MHz", DELAYS_14CK_4_65),
	CRYSTALS("16 MHz", DELAYS_14CK_4_65),
	{ 0 },
};

/* doc2545, doc8025, doc8271 section 9; doc8011, doc8272 section 8; doc2549 section 10; doc2593,
 * doc8059. */
static const struct fuse_value mega48[] = {
	EXTERNAL("20 MHz", DELAYS_14CK_4_65),
	INTERNAL_8M(0x2, DELAYS_14CK_4_65),
	INTERNAL_128K(0x3, DELAYS_14CK_4_65),
	WATCH(0x4, "watch", WATCH_TEXT, DELAYS_14CK_4_65),
	FULL_SWING("20 MHz", DELAYS_14CK_4_65),
	CRYSTALS("16 MHz", DELAYS_14CK_4_65),
	{ 0 },
};

/* doc42176, DS40001906, DS40001908. */
static const struct fuse_value mega48pb[] = {
	EXTERNAL("20 MHz", DELAYS_14CK_4_65),
	INTERNAL_8M(0x2, DELAYS_14CK_4_65),
	INTERNAL_128K(0x3, DELAYS_14CK_4_65),
	WATCH(0x4, "watch", WATCH_TEXT, DELAYS_14CK_4_65),
	CRYSTALS("16 MHz", DELAYS_14CK_4_65),
	{ 0 },
};

/* doc2573, doc8019, doc8285, doc2514, doc8018, doc8284, doc2570, doc8023, doc2552, doc8021. */
static const struct fuse_value mega165[] = {
	EXTERNAL("16 MHz", DELAYS_14CK_4_65),
	INTERNAL_8M(0x2, DELAYS_14CK_4_65),
	WATCH(0x6, "watch", WATCH_TEXT, DELAYS_14CK_4_65),
	CRYSTALS("16 MHz", DELAYS_14CK_4_65),
	{ 0 },
};

/* doc2513, doc7679: the watch crystal with and without capacitors on the chip. */
static const struct fuse_value mega162[] = {
	EXTERNAL("16 MHz", DELAYS_4_65),
	INTERNAL_8M(0x2, DELAYS_4_65),
	WATCH(0x4, "watch", WATCH_TEXT, DELAYS_4_65),
	WATCH(0x6, "watchcap", WATCH_TEXT ", internal capacitors", DELAYS_4_65),
	CRYSTALS("16 MHz", DELAYS_4_65),
	{ 0 },
};

/* doc2486 tables 2 to 12 and the same of doc2466, doc2503 (DS40002072 section 9), doc2490,
 * doc2467, doc2512, doc2502. CKOPT programmed: full swing. */
#define RC_OSCILLATOR(...) RC_OSCILLATOR_(__VA_ARGS__)
#define RC_OSCILLATOR_(cksel, word, text, d0, t0, d1, t1, d2, t2) \
	SUT_ROWS(cksel, word, text, "18ck", "18 CK", d0, t0, d1, t1, d2, t2), \
	ROW(SUT_CKSEL(3, cksel), word, text, "6ck", "6 CK", d1, t1)
#define WITH_CKOPT ", with CKOPT 1 MHz to 16 MHz"

static const struct fuse_value mega8[] = {
	EXTERNAL("16 MHz", DELAYS_4_65),
	INTERNAL(0x1, "1m", "1 MHz", DELAYS_4_65),
	INTERNAL(0x2, "2m", "2 MHz", DELAYS_4_65),
	INTERNAL(0x3, "4m", "4 MHz", DELAYS_4_65),
	INTERNAL_8M(0x4, DELAYS_4_65),
	RC_OSCILLATOR(0x5, "rc-0.1m", "external RC oscillator, 100 kHz to 900 kHz", DELAYS_4_65),
	RC_OSCILLATOR(0x6, "rc-0.9m", "external RC oscillator, 900 kHz to 3 MHz", DELAYS_4_65),
	RC_OSCILLATOR(0x7, "rc-3m", "external RC oscillator, 3 MHz to 8 MHz", DELAYS_4_65),
	RC_OSCILLATOR(0x8, "rc-8m", "external RC oscillator, 8 MHz to 12 MHz", DELAYS_4_65),
	WATCH_SUT(0x9, DELAYS_4_65),
	CRYSTAL(0xA, "crystal-0.4m", "crystal, 400 kHz to 900 kHz" WITH_CKOPT, DELAYS_4_65),
	CRYSTAL(0xC, "crystal-0.9m", "crystal, 900 kHz to 3 MHz" WITH_CKOPT, DELAYS_4_65),
	CRYSTAL(0xE, "crystal-3m", "crystal, 3 MHz to 8 MHz" WITH_CKOPT, DELAYS_4_65),
	{ 0 },
};

/* doc2586 section 6: the PLL; 0011 is as ATtiny15, with SUT in an order of its own. */
#define PLL "internal oscillator, 16 MHz, PLL"
#define TINY15 "internal oscillator, 1.6 MHz, as ATtiny15"

static const struct fuse_value tiny25[] = {
	EXTERNAL("20 MHz", DELAYS_14CK_4_64),
	ROW(SUT_CKSEL(0, 0x1), "pll-16m", PLL, "1kck", "1K CK", "4ms", "14 CK + 4 ms"),
	ROW(SUT_CKSEL(1, 0x1), "pll-16m", PLL, "16kck", "16K CK", "4ms", "14 CK + 4 ms"),
	ROW(SUT_CKSEL(2, 0x1), "pll-16m", PLL, "1kck", "1K CK", "64ms", "14 CK + 64 ms"),
	ROW(SUT_CKSEL(3, 0x1), "pll-16m", PLL, "16kck", "16K CK", "64ms", "14 CK + 64 ms"),
	INTERNAL_8M(0x2, DELAYS_14CK_4_64),
	ROW(SUT_CKSEL(0, 0x3), "tiny15-1.6m", TINY15, "6ck", "6 CK", "64ms", "14 CK + 64 ms"),
	ROW(SUT_CKSEL(1, 0x3), "tiny15-1.6m", TINY15, "6ck", "6 CK", "64ms-2", "14 CK + 64 ms"),
	ROW(SUT_CKSEL(2, 0x3), "tiny15-1.6m", TINY15, "6ck", "6 CK", "4ms", "14 CK + 4 ms"),
	ROW(SUT_CKSEL(3, 0x3), "tiny15-1.6m", TINY15, "1ck", "1 CK", "0ms", "14 CK"),
	INTERNAL_128K(0x4, DELAYS_14CK_4_64),
	WATCH_SUT(0x6, "0ms", "0 ms", "4ms", "4 ms", "64ms", "64 ms"),
	CRYSTALS("20 MHz", DELAYS_14CK_4_64),
	{ 0 },
};

/* doc8006, doc8183 section 6. */
static const struct fuse_value tiny24[] = {
	EXTERNAL("20 MHz", DELAYS_14CK_4_64),
	INTERNAL_8M(0x2, DELAYS_14CK_4_64),
	INTERNAL_128K(0x4, DELAYS_14CK_4_64),
	WATCH_SUT(0x6, "0ms", "0 ms", "4ms", "4 ms", "64ms", "64 ms"),
	CRYSTALS("20 MHz", DELAYS_14CK_4_64),
	{ 0 },
};

/* doc2543 tables 2 to 11, doc8246 section 6. */
static const struct fuse_value tiny2313[] = {
	EXTERNAL("20 MHz", DELAYS_14CK_4_65),
	INTERNAL(0x2, "4m", "4 MHz", DELAYS_14CK_4_65),
	INTERNAL_8M(0x4, DELAYS_14CK_4_65),
	INTERNAL_128K(0x6, DELAYS_14CK_4_64),
	CRYSTALS("20 MHz", DELAYS_14CK_4_65),
	{ 0 },
};

/* doc2535, doc8126 section 6: CKSEL has two bits. */
#define TINY13(...) TINY13_(__VA_ARGS__)
#define TINY13_(cksel, word, text, d0, t0, d1, t1, d2, t2) \
	ROW(0 << 2 | (cksel), word, text, "6ck", "6 CK", d0, t0), \
	ROW(1 << 2 | (cksel), word, text, "6ck", "6 CK", d1, t1), \
	ROW(2 << 2 | (cksel), word, text, "6ck", "6 CK", d2, t2)

static const struct fuse_value tiny13[] = {
	TINY13(0x0, "external", "external clock, up to 20 MHz", DELAYS_14CK_4_64),
	TINY13(0x1, "internal-4.8m", "internal oscillator, 4.8 MHz", DELAYS_14CK_4_64),
	TINY13(0x2, "internal-9.6m", "internal oscillator, 9.6 MHz", DELAYS_14CK_4_64),
	TINY13(0x3, "internal-128k", "internal oscillator, 128 kHz", DELAYS_14CK_4_64),
	{ 0 },
};

#define CLOCK_LINE(family, from) \
	{ .name = "clock", .title = "Clock and start-up", .alias = "sut_cksel", \
	  .bits = { "SUT1", "SUT0", "CKSEL3", "CKSEL2", "CKSEL1", "CKSEL0" }, \
	  .values = family, .source = from, .clocks = &clocks_##family }

const struct field_line field_lines_clock[] = {
	CLOCK_LINE(mega32u4, "doc7766 section 6, doc7593 section 7"),
	CLOCK_LINE(mega8u2, "doc7799 section 8"),
	CLOCK_LINE(mega48, "doc8271 section 9"),
	{ .name = "clock", .title = "Clock and start-up", .alias = "sut_cksel",
	  .bits = { "SUT1", "SUT0", "CKSEL3", "CKSEL2", "CKSEL1", "CKSEL0" },
	  .values = mega48, .source = "doc8272 section 8, doc2549 section 10",
	  .clocks = &clocks_mega164 },
	CLOCK_LINE(mega48pb, "DS40001906 System Clock and Clock Options"),
	CLOCK_LINE(mega165, "doc8018 System Clock and Clock Options"),
	CLOCK_LINE(mega162, "doc2513, doc7679 System Clock and Clock Options"),
	CLOCK_LINE(mega8, "doc2486 tables 2 to 12, DS40002072 section 9"),
	CLOCK_LINE(tiny25, "doc2586 section 6"),
	CLOCK_LINE(tiny24, "doc8183 section 6"),
	CLOCK_LINE(tiny2313, "doc8246 section 6"),
	{ .name = "clock", .title = "Clock and start-up", .alias = "sut_cksel",
	  .bits = { "SUT1", "SUT0", "CKSEL1", "CKSEL0" },
	  .values = tiny13, .source = "doc8126 section 6", .clocks = &clocks_tiny13 },
	/* The other groups: CKSEL and SUT as numbers. */
	{ 0 },
};
