/* SPDX-License-Identifier: MIT */
#include "appliance/avr/fuse_safety.h"

#include "appliance/base/error.h"

#include <string.h>

#define NOTHING_SAID ((struct avr_board_says){ 0 })
#define NO_CLOCK     ((struct avr_board_says){ true, CLOCK_INTERNAL, 0 })
#define CRYSTAL(hz)  ((struct avr_board_says){ true, CLOCK_CRYSTAL, (hz) })
#define EXTERNAL(hz) ((struct avr_board_says){ true, CLOCK_EXTERNAL, (hz) })

struct change {
	const char *part;
	uint8_t present[PART_MAX_FUSES];
	uint8_t wanted[PART_MAX_FUSES];
	struct avr_board_says board;
	unsigned allowed;
};

static void assert_safe(struct change change)
{
	g_autoptr(GError) error = NULL;

	fuse_safety_check(part_find(change.part, NULL), change.present, change.wanted,
			  &change.board, change.allowed, &error);
	g_assert_no_error(error);
}

static void assert_unsafe(struct change change, const char *message)
{
	g_autoptr(GError) error = NULL;

	g_assert_false(fuse_safety_check(part_find(change.part, NULL), change.present,
					 change.wanted, &change.board, change.allowed,
					 &error));
	g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_FUSE_UNSAFE);
	g_assert_cmpstr(error->message, ==, message);
}

static void test_spien_is_not_cleared(void)
{
	struct change change = { "ATmega328P",
				 { 0x62, 0xD9, 0xFF },
				 { 0x62, 0xF9, 0xFF } };

	assert_unsafe(
		change,
		"high fuse F9 clears SPIEN, which switches serial programming off: only a "
		"high-voltage programmer gets the part back; nothing was changed (--allow "
		"spien does it all the same)");
	change.allowed = FUSE_DANGER_SPIEN;
	assert_safe(change);
}

static void test_rstdisbl_is_not_programmed(void)
{
	struct change change = { "ATmega328P",
				 { 0x62, 0xD9, 0xFF },
				 { 0x62, 0x59, 0xFF } };

	assert_unsafe(
		change,
		"high fuse 59 programs RSTDISBL, which makes RESET an I/O pin: only a "
		"high-voltage programmer gets the part back; nothing was changed (--allow "
		"rstdisbl does it all the same)");
	change.allowed = FUSE_DANGER_RSTDISBL;
	assert_safe(change);
}

static void test_dwen_is_not_programmed(void)
{
	struct change change = { "ATmega328P",
				 { 0x62, 0xD9, 0xFF },
				 { 0x62, 0x99, 0xFF } };

	assert_unsafe(
		change,
		"high fuse 99 programs DWEN, which gives RESET to debugWIRE: it takes a "
		"debugWIRE tool or a high-voltage "
		"programmer to get serial programming back; nothing was changed (--allow "
		"dwen does it all the same)");
	change.allowed = FUSE_DANGER_DWEN;
	assert_safe(change);
}

static void test_one_danger_allows_no_other(void)
{
	assert_unsafe(
		(struct change){ "ATmega328P",
				 { 0x62, 0xD9, 0xFF },
				 { 0x62, 0x99, 0xFF },
				 NOTHING_SAID,
				 FUSE_DANGER_SPIEN | FUSE_DANGER_RSTDISBL |
					 FUSE_DANGER_CLOCK },
		"high fuse 99 programs DWEN, which gives RESET to debugWIRE: it takes a "
		"debugWIRE tool or a high-voltage "
		"programmer to get serial programming back; nothing was changed (--allow "
		"dwen does it all the same)");
}

static void test_what_the_part_has_already_is_not_refused(void)
{
	assert_safe((struct change){
		"ATmega328P", { 0x62, 0x99, 0xFF }, { 0x62, 0x9B, 0xFF } });
	assert_safe((struct change){
		"ATmega32U4", { 0x5E, 0x99, 0xF3 }, { 0x5E, 0xD9, 0xF3 } });
}

static void test_the_same_bit_elsewhere_is_another_fuse(void)
{
	/* JTAGEN where an ATmega328P has DWEN */
	assert_safe((struct change){
		"ATmega32U4", { 0x5E, 0xD9, 0xF3 }, { 0x5E, 0x99, 0xF3 } });
}

static void test_a_crystal_that_was_not_said_is_refused(void)
{
	assert_unsafe(
		(struct change){
			"ATmega328P", { 0x62, 0xD9, 0xFF }, { 0xFF, 0xD9, 0xFF } },
		"low fuse FF selects crystal, 8 MHz to 16 MHz, but the board's clock was "
		"not said: without that clock the part stops and cannot be programmed any "
		"more; nothing was changed (say what the board has, as in --board-clock "
		"crystal:16M, or --allow clock)");
}

static void test_a_crystal_that_was_said_is_taken(void)
{
	assert_safe((struct change){ "ATmega328P",
				     { 0x62, 0xD9, 0xFF },
				     { 0xFF, 0xD9, 0xFF },
				     CRYSTAL(16000000) });
}

static void test_a_crystal_that_is_allowed_is_taken(void)
{
	assert_safe((struct change){ "ATmega328P",
				     { 0x62, 0xD9, 0xFF },
				     { 0xFF, 0xD9, 0xFF },
				     NOTHING_SAID,
				     FUSE_DANGER_CLOCK });
}

static void test_a_crystal_out_of_range_is_refused(void)
{
	assert_unsafe(
		(struct change){ "ATmega328P",
				 { 0x62, 0xD9, 0xFF },
				 { 0xFF, 0xD9, 0xFF },
				 CRYSTAL(3000000) },
		"low fuse FF selects crystal, 8 MHz to 16 MHz, but the board was said to "
		"have a crystal of 3 MHz: without that clock the part stops and cannot be "
		"programmed any more; nothing was changed (say what the board has, as in "
		"--board-clock crystal:16M, or --allow clock)");
}

/* The flashing guides' own fuses for boards of 16 MHz; the data sheet says 3 to 8 MHz. */
static void test_a_range_is_stretched_by_two(void)
{
	assert_safe((struct change){ "ATmega32A",
				     { 0xE1, 0x99, 0xFF },
				     { 0x0F, 0xD0, 0xFF },
				     CRYSTAL(16000000) });
}

static void test_a_signal_is_no_crystal(void)
{
	assert_unsafe(
		(struct change){ "ATmega328P",
				 { 0x62, 0xD9, 0xFF },
				 { 0xFF, 0xD9, 0xFF },
				 EXTERNAL(16000000) },
		"low fuse FF selects crystal, 8 MHz to 16 MHz, but the board was said to "
		"have an external clock of 16 MHz: without that clock the part stops and "
		"cannot be programmed any more; nothing was changed (say what the board "
		"has, as in --board-clock crystal:16M, or --allow clock)");
	assert_safe((struct change){ "ATmega328P",
				     { 0x62, 0xD9, 0xFF },
				     { 0xE0, 0xD9, 0xFF },
				     EXTERNAL(16000000) });
}

static void test_a_board_without_a_clock_takes_none(void)
{
	assert_unsafe(
		(struct change){ "ATmega328P",
				 { 0x62, 0xD9, 0xFF },
				 { 0xE0, 0xD9, 0xFF },
				 NO_CLOCK },
		"low fuse E0 selects external clock, up to 20 MHz, but the board was said "
		"to give no clock: without that clock the part stops and cannot be "
		"programmed any more; nothing was changed (say what the board has, as in "
		"--board-clock crystal:16M, or --allow clock)");
}

static void test_a_reserved_setting_is_refused(void)
{
	assert_unsafe(
		(struct change){ "ATmega328P",
				 { 0x62, 0xD9, 0xFF },
				 { 0xE1, 0xD9, 0xFF },
				 CRYSTAL(16000000) },
		"low fuse E1 selects reserved clock setting, but the board was said to "
		"have a crystal of 16 MHz: without that clock the part stops and cannot be "
		"programmed any more; nothing was changed (say what the board has, as in "
		"--board-clock crystal:16M, or --allow clock)");
}

static void test_a_watch_crystal_is_a_crystal(void)
{
	assert_safe((struct change){ "ATmega328P",
				     { 0x62, 0xD9, 0xFF },
				     { 0xE4, 0xD9, 0xFF },
				     CRYSTAL(32768) });
}

static void test_the_oscillator_on_the_chip_needs_no_board(void)
{
	assert_safe((struct change){
		"ATmega328P", { 0xFF, 0xD9, 0xFF }, { 0xE2, 0xD9, 0xFF }, NO_CLOCK });
}

static void test_a_clock_that_runs_the_part_now_is_there(void)
{
	assert_safe((struct change){
		"ATmega32U4", { 0x5E, 0x99, 0xF3 }, { 0x5E, 0x99, 0xF3 } });
	assert_safe((struct change){
		"ATmega32U4", { 0x5E, 0x99, 0xF3 }, { 0xFF, 0xD8, 0xFB } });
}

static void test_dangers_have_names(void)
{
	unsigned dangers = 0;

	g_assert_true(fuse_danger_parse("spien", &dangers, NULL));
	g_assert_true(fuse_danger_parse("CLOCK", &dangers, NULL));
	g_assert_cmphex(dangers, ==, FUSE_DANGER_SPIEN | FUSE_DANGER_CLOCK);
	g_assert_true(fuse_danger_parse("rstdisbl", &dangers, NULL));
	g_assert_true(fuse_danger_parse("dwen", &dangers, NULL));
	g_assert_cmphex(dangers, ==, 0xF);
}

static void test_an_unknown_danger_is_told(void)
{
	g_autoptr(GError) error = NULL;
	unsigned dangers = 0;

	g_assert_false(fuse_danger_parse("jtagen", &dangers, &error));
	g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE);
	g_assert_cmpstr(error->message, ==,
			"\"jtagen\" is no danger that could be allowed; there are spien, "
			"rstdisbl, dwen, clock and unreachable");
	g_assert_cmphex(dangers, ==, 0);
}

static void test_fuses_that_end_serial_programming(void)
{
	const struct part *part = part_find("ATmega328P", NULL);

	g_assert_false(
		fuses_end_serial_programming(part, (uint8_t[]){ 0x62, 0xD9, 0xFF }));
	g_assert_true(
		fuses_end_serial_programming(part, (uint8_t[]){ 0x62, 0xF9, 0xFF }));
	g_assert_true(
		fuses_end_serial_programming(part, (uint8_t[]){ 0x62, 0x59, 0xFF }));
	g_assert_true(
		fuses_end_serial_programming(part, (uint8_t[]){ 0x62, 0x99, 0xFF }));
}

static void test_dangerous_bits(void)
{
	const struct part *part = part_find("ATmega328P", NULL);

	g_assert_cmphex(fuse_dangerous_bits(part, FUSE_LOW), ==, 0xBF);
	g_assert_cmphex(fuse_dangerous_bits(part, FUSE_HIGH), ==, 0xE0);
	g_assert_cmphex(fuse_dangerous_bits(part, FUSE_EXTENDED), ==, 0x00);
}

static const char *danger_of(const char *part_name, const char *field_name)
{
	const struct part *part = part_find(part_name, NULL);
	g_autoptr(GError) error = NULL;
	struct fuse_field field;

	fuse_field_find(part, field_name, &field, &error);
	g_assert_no_error(error);
	return fuse_danger_of_field(part, &field);
}

static void test_dangers_of_fields(void)
{
	g_assert_cmpstr(danger_of("ATmega328P", "spien"), ==, "spien");
	g_assert_cmpstr(danger_of("ATmega328P", "rstdisbl"), ==, "rstdisbl");
	g_assert_cmpstr(danger_of("ATmega328P", "dwen"), ==, "dwen");
	g_assert_cmpstr(danger_of("ATmega328P", "clock"), ==, "clock");
	g_assert_cmpstr(danger_of("ATmega328P", "ckdiv8"), ==, NULL);
	g_assert_cmpstr(danger_of("ATmega328P", "bodlevel"), ==, NULL);
	g_assert_cmpstr(danger_of("ATtiny26", "pllck"), ==, "clock");
	g_assert_cmpstr(danger_of("ATtiny26", "sut"), ==, NULL);
}

/* What the check refuses is one of the field's that changed, for every part and bit. */
static void test_every_refused_bit_is_of_a_dangerous_field(void)
{
	unsigned n_parts, n_refused = 0;
	const struct part *parts = parts_all(&n_parts);

	for (unsigned i = 0; i < n_parts; i++) {
		struct fuse_field fields[FUSE_MAX_FIELDS];
		unsigned n_fields = fuse_fields(&parts[i], fields);

		for (unsigned j = 0; j < n_fields; j++) {
			bool is_refused = false;

			for (unsigned value = 0; value < 1u << fields[j].n_bits;
			     value++) {
				struct avr_board_says none = NO_CLOCK;
				uint8_t wanted[PART_MAX_FUSES];

				memcpy(wanted, parts[i].fuse_factory, sizeof(wanted));
				fuse_field_set(&fields[j], value, wanted);
				is_refused |= !fuse_safety_check(&parts[i],
								 parts[i].fuse_factory,
								 wanted, &none, 0, NULL);
			}
			if (is_refused)
				g_assert_nonnull(
					fuse_danger_of_field(&parts[i], &fields[j]));
			n_refused += is_refused;
		}
	}
	g_assert_cmpuint(n_refused, >, n_parts);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
#define ADD(path, function) g_test_add_func("/avr/fuse-safety/" path, function)
	ADD("spien-is-not-cleared", test_spien_is_not_cleared);
	ADD("rstdisbl-is-not-programmed", test_rstdisbl_is_not_programmed);
	ADD("dwen-is-not-programmed", test_dwen_is_not_programmed);
	ADD("one-danger-allows-no-other", test_one_danger_allows_no_other);
	ADD("what-the-part-has-already-is-not-refused",
	    test_what_the_part_has_already_is_not_refused);
	ADD("the-same-bit-elsewhere-is-another-fuse",
	    test_the_same_bit_elsewhere_is_another_fuse);
	ADD("a-crystal-that-was-not-said-is-refused",
	    test_a_crystal_that_was_not_said_is_refused);
	ADD("a-crystal-that-was-said-is-taken", test_a_crystal_that_was_said_is_taken);
	ADD("a-crystal-that-is-allowed-is-taken",
	    test_a_crystal_that_is_allowed_is_taken);
	ADD("a-crystal-out-of-range-is-refused", test_a_crystal_out_of_range_is_refused);
	ADD("a-range-is-stretched-by-two", test_a_range_is_stretched_by_two);
	ADD("a-signal-is-no-crystal", test_a_signal_is_no_crystal);
	ADD("a-board-without-a-clock-takes-none",
	    test_a_board_without_a_clock_takes_none);
	ADD("a-reserved-setting-is-refused", test_a_reserved_setting_is_refused);
	ADD("a-watch-crystal-is-a-crystal", test_a_watch_crystal_is_a_crystal);
	ADD("the-oscillator-on-the-chip-needs-no-board",
	    test_the_oscillator_on_the_chip_needs_no_board);
	ADD("a-clock-that-runs-the-part-now-is-there",
	    test_a_clock_that_runs_the_part_now_is_there);
	ADD("dangers-have-names", test_dangers_have_names);
	ADD("an-unknown-danger-is-told", test_an_unknown_danger_is_told);
	ADD("fuses-that-end-serial-programming", test_fuses_that_end_serial_programming);
	ADD("dangerous-bits", test_dangerous_bits);
	ADD("dangers-of-fields", test_dangers_of_fields);
	ADD("every-refused-bit-is-of-a-dangerous-field",
	    test_every_refused_bit_is_of_a_dangerous_field);
	return g_test_run();
}
