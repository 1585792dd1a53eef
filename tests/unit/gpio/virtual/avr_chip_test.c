/* SPDX-License-Identifier: MIT */
/* The part at its pins: DS40002061 (ATmega48A/PA..328P), sections 31.8 and 31.9. */
#include "tests/unit/gpio/virtual/wires.h"

static const struct avr_board_clock no_crystal = { CLOCK_CRYSTAL, 0 };

/* A part whose fuses were these before it was powered. */
static struct wires *powered_with_fuses(uint8_t low, uint8_t high,
					struct avr_board_clock clock)
{
	struct wires *wires = wires_new_on("ATmega328P", clock);

	wires->cells.fuses[FUSE_LOW] = low;
	wires->cells.fuses[FUSE_HIGH] = high;
	wires_power(wires, true);
	return wires;
}

static struct wires *powered(void)
{
	struct wires *wires = wires_new("ATmega328P");

	wires_power(wires, true);
	return wires;
}

static void assert_deaf(struct wires *wires)
{
	g_assert_false(wires_enable(wires));
	g_assert_cmphex(wires->rx[0], ==, 0xFF);
	g_assert_cmphex(wires->rx[3], ==, 0xFF);
	g_assert_false(wires_miso_driven(wires));
}

static void test_enters_20_ms_after_reset_fell(void)
{
	wires_autofree struct wires *wires = powered();

	wires_pulse(wires);
	wires_wait(wires, 20 * MS - wires->low_ns);

	g_assert_true(wires_enable(wires));
	g_assert_cmpuint(wires_stats(wires)->entries, ==, 1);
	g_assert_cmpuint(wires_stats(wires)->early_edges, ==, 0);
}

static void test_sck_within_20_ms_makes_it_deaf(void)
{
	wires_autofree struct wires *wires = powered();

	wires_pulse(wires);
	wires_wait(wires, 20 * MS - wires->low_ns - 1);

	assert_deaf(wires);
	g_assert_cmpuint(wires_stats(wires)->early_edges, ==, 1);
	g_assert_cmpuint(wires_stats(wires)->entries, ==, 0);
}

static void test_sck_high_while_reset_falls_makes_it_deaf(void)
{
	wires_autofree struct wires *wires = powered();

	wires_sck(wires, true);
	wires_pulse(wires);
	wires_wait(wires, 1 * MS);
	wires_sck(wires, false);
	wires_wait(wires, 20 * MS);

	assert_deaf(wires);
}

static void test_powered_up_in_reset_it_needs_no_pulse(void)
{
	wires_autofree struct wires *wires = wires_new("ATmega328P");

	wires_reset(wires, false);
	wires_power(wires, true);

	g_assert_true(wires_enable(wires));
}

static void test_any_other_second_byte_makes_it_deaf_until_a_new_pulse(void)
{
	wires_autofree struct wires *wires = powered();

	wires_pulse(wires);
	wires_wait(wires, 20 * MS);
	wires_send(wires, 0xAC, 0x52, 0x00, 0x00);

	g_assert_cmphex(wires->rx[1], ==, 0xAC);
	g_assert_cmphex(wires->rx[2], ==, 0xFF);
	assert_deaf(wires);
	g_assert_true(wires_enter(wires));
}

static void test_any_other_first_byte_makes_it_deaf(void)
{
	wires_autofree struct wires *wires = powered();

	wires_pulse(wires);
	wires_wait(wires, 20 * MS);
	wires_send(wires, 0xA8, 0x53, 0x00, 0x00);

	g_assert_cmphex(wires->rx[1], ==, 0xFF);
	assert_deaf(wires);
}

static void test_the_last_two_bytes_of_enable_do_not_matter(void)
{
	wires_autofree struct wires *wires = powered();

	wires_pulse(wires);
	wires_wait(wires, 20 * MS);
	wires_send(wires, 0xAC, 0x53, 0x12, 0x34);

	g_assert_cmpuint(wires_stats(wires)->entries, ==, 1);
	g_assert_cmphex(wires_send(wires, 0x30, 0x00, 0x00, 0x00), ==, 0x1E);
}

/* 2 CPU clocks are 2 us here. */
static void test_a_short_reset_pulse_is_ignored(void)
{
	wires_autofree struct wires *wires = wires_entered("ATmega328P");

	wires_reset(wires, true);
	wires_wait(wires, 2 * US - 1);
	wires_reset(wires, false);

	g_assert_cmpuint(wires_stats(wires)->short_pulses, ==, 1);
	g_assert_cmphex(wires_send(wires, 0x30, 0x00, 0x01, 0x00), ==, 0x95);
}

static void test_a_reset_pulse_of_2_clocks_leaves_programming_mode(void)
{
	wires_autofree struct wires *wires = wires_entered("ATmega328P");

	wires_reset(wires, true);
	wires_wait(wires, 2 * US);
	wires_reset(wires, false);
	wires_wait(wires, 20 * MS);
	wires_send(wires, 0x30, 0x00, 0x01, 0x00);

	g_assert_cmpuint(wires_stats(wires)->short_pulses, ==, 0);
	g_assert_cmphex(wires->rx[3], ==, 0xFF);
}

static void test_a_short_pulse_does_not_wake_a_deaf_part(void)
{
	wires_autofree struct wires *wires = powered();

	wires_pulse(wires);
	assert_deaf(wires);
	wires_reset(wires, true);
	wires_wait(wires, 1 * US);
	wires_reset(wires, false);
	wires_wait(wires, 20 * MS);

	assert_deaf(wires);
}

static void test_each_byte_comes_back_while_the_next_goes_in(void)
{
	wires_autofree struct wires *wires = wires_entered("ATmega328P");

	wires_send(wires, 0x28, 0x12, 0x34, 0xA5);
	wires_send(wires, 0x20, 0x0F, 0x5A, 0x00);

	g_assert_cmphex(wires->rx[0], ==, 0xA5);
	g_assert_cmphex(wires->rx[1], ==, 0x20);
	g_assert_cmphex(wires->rx[2], ==, 0x0F);
	g_assert_cmphex(wires->rx[3], ==, 0xFF);
}

static void test_miso_is_open_unless_in_reset(void)
{
	wires_autofree struct wires *wires = powered();

	g_assert_false(wires_miso_driven(wires));
	g_assert_true(wires_enter(wires));
	g_assert_true(wires_miso_driven(wires));
	wires_leave(wires);
	g_assert_false(wires_miso_driven(wires));
}

static void test_while_it_runs_sck_and_mosi_mean_nothing(void)
{
	wires_autofree struct wires *wires = powered();

	assert_deaf(wires);
	g_assert_cmpuint(wires_stats(wires)->sck_edges, ==, 0);
}

static void test_a_bit_too_many_loses_the_step(void)
{
	wires_autofree struct wires *wires = wires_entered("ATmega328P");

	wires_bit(wires, false);

	g_assert_cmphex(wires_send(wires, 0x30, 0x00, 0x01, 0x00), !=, 0x95);
	g_assert_cmpuint(wires_stats(wires)->unknown, ==, 1);
}

static void test_a_lost_bit_loses_the_step_until_a_new_entry(void)
{
	wires_autofree struct wires *wires = wires_entered("ATmega328P");

	for (unsigned i = 0; i < 31; i++)
		wires_bit(wires, false);
	g_assert_cmphex(wires_send(wires, 0x30, 0x00, 0x01, 0x00), !=, 0x95);
	g_assert_cmphex(wires_send(wires, 0x30, 0x00, 0x01, 0x00), !=, 0x95);
	g_assert_true(wires_enter(wires));

	g_assert_cmphex(wires_send(wires, 0x30, 0x00, 0x01, 0x00), ==, 0x95);
}

struct sck_limit {
	const char *name;
	uint8_t low_fuse;
	uint32_t crystal_hz;
	uint32_t clock_hz;
	uint64_t phase_ns; /* the least whole one that is longer */
};

/* Longer than 2 CPU clocks below 12 MHz, than 3 from there on (DS40002061,
 * section 31.8.1). */
static const struct sck_limit sck_limits[] = {
	{ "1-MHz", 0x62, 16000000, 1000000, 2001 },
	{ "8-MHz", 0xE2, 16000000, 8000000, 251 },
	{ "below-12-MHz", 0xFF, 11999999, 11999999, 167 },
	{ "12-MHz", 0xFF, 12000000, 12000000, 251 },
	{ "16-MHz", 0xFF, 16000000, 16000000, 188 },
	{ "20-MHz", 0xF7, 20000000, 20000000, 151 },
	{ "128-kHz-by-8", 0x63, 0, 16000, 125001 },
};

static struct wires *entered_at(const struct sck_limit *limit)
{
	struct wires *wires = powered_with_fuses(
		limit->low_fuse, 0xD9,
		(struct avr_board_clock){ CLOCK_CRYSTAL, limit->crystal_hz });

	wires->low_ns = limit->phase_ns;
	wires->high_ns = limit->phase_ns;
	g_assert_true(wires_enter(wires));
	return wires;
}

static void assert_signature_reads_100_times(struct wires *wires)
{
	for (unsigned i = 0; i < 100; i++)
		g_assert_cmphex(wires_send(wires, 0x30, 0x00, 0x01, 0x00), ==, 0x95);
}

static void test_sck_at_the_limit(gconstpointer data)
{
	const struct sck_limit *limit = data;
	wires_autofree struct wires *wires = entered_at(limit);

	assert_signature_reads_100_times(wires);

	g_assert_cmpuint(avr_chip_clock_hz(wires->chip), ==, limit->clock_hz);
	g_assert_cmpuint(wires_stats(wires)->sck_violations, ==, 0);
	g_assert_cmpuint(wires_stats(wires)->mosi_violations, ==, 0);
}

static unsigned wrong_signatures_of_100(struct wires *wires)
{
	unsigned n_wrong = 0;

	for (unsigned i = 0; i < 100; i++)
		n_wrong += wires_send(wires, 0x30, 0x00, 0x01, 0x00) != 0x95;
	return n_wrong;
}

static void test_sck_low_too_short(gconstpointer data)
{
	wires_autofree struct wires *wires = entered_at(data);

	wires->low_ns--;

	g_assert_cmpuint(wrong_signatures_of_100(wires), >, 90);
	g_assert_cmpuint(wires_stats(wires)->sck_violations, ==, 3200);
}

static void test_sck_high_too_short(gconstpointer data)
{
	wires_autofree struct wires *wires = entered_at(data);

	wires->high_ns--;

	g_assert_cmpuint(wrong_signatures_of_100(wires), >, 90);
	g_assert_cmpuint(wires_stats(wires)->sck_violations, ==, 3200);
}

/* One bit whose MOSI changes `hold_ns` after SCK rose. */
static void bit_that_changes(struct wires *wires, bool bit, uint64_t hold_ns)
{
	wires_mosi(wires, bit);
	wires_wait(wires, wires->low_ns);
	wires_sck(wires, true);
	wires_wait(wires, hold_ns);
	wires_mosi(wires, !bit);
	wires_wait(wires, wires->high_ns - hold_ns);
	wires_sck(wires, false);
}

/* Hold is 2 CPU clocks: 2 us here. */
static void test_mosi_may_change_2_clocks_after_sck_rose(void)
{
	wires_autofree struct wires *wires = wires_entered("ATmega328P");

	for (unsigned bit = 8; bit-- > 0;)
		bit_that_changes(wires, 0x30 >> bit & 1, 2 * US);
	wires_byte(wires, 0x00);
	wires_byte(wires, 0x01);

	g_assert_cmphex(wires_byte(wires, 0x00), ==, 0x95);
	g_assert_cmpuint(wires_stats(wires)->mosi_violations, ==, 0);
}

static void test_mosi_that_changes_sooner_is_misread(void)
{
	wires_autofree struct wires *wires = wires_entered("ATmega328P");

	for (unsigned bit = 8; bit-- > 0;)
		bit_that_changes(wires, 0x30 >> bit & 1, 2 * US - 1);
	g_assert_cmphex(wires_byte(wires, 0x00), ==, 0xCF);

	g_assert_cmpuint(wires_stats(wires)->mosi_violations, ==, 8);
}

/* Set-up is 1 CPU clock: 1 us here. */
static void bit_set_up_late(struct wires *wires, bool bit, uint64_t setup_ns)
{
	wires_mosi(wires, !bit);
	wires_wait(wires, wires->low_ns - setup_ns);
	wires_mosi(wires, bit);
	wires_wait(wires, setup_ns);
	wires_sck(wires, true);
	wires_wait(wires, wires->high_ns);
	wires_sck(wires, false);
}

static void test_mosi_may_change_a_clock_before_sck_rises(void)
{
	wires_autofree struct wires *wires = wires_entered("ATmega328P");

	for (unsigned bit = 8; bit-- > 0;)
		bit_set_up_late(wires, 0x30 >> bit & 1, 1 * US);

	g_assert_cmphex(wires_byte(wires, 0x00), ==, 0x30);
	g_assert_cmpuint(wires_stats(wires)->mosi_violations, ==, 0);
}

static void test_mosi_that_changes_later_is_misread(void)
{
	wires_autofree struct wires *wires = wires_entered("ATmega328P");

	for (unsigned bit = 8; bit-- > 0;)
		bit_set_up_late(wires, 0x30 >> bit & 1, 1 * US - 1);

	g_assert_cmphex(wires_byte(wires, 0x00), ==, 0xCF);
	g_assert_cmpuint(wires_stats(wires)->mosi_violations, ==, 8);
}

static void test_mosi_may_change_in_the_moment_in_which_sck_falls(void)
{
	wires_autofree struct wires *wires = wires_entered("ATmega328P");

	for (int bit = 7; bit >= 0; bit--) {
		wires->pins.sck = false;
		wires->pins.mosi = 0x5A >> bit & 1;
		wires_move(wires);
		wires_wait(wires, wires->low_ns);
		wires_sck(wires, true);
		wires_wait(wires, wires->high_ns);
	}
	wires_sck(wires, false);

	g_assert_cmphex(wires_byte(wires, 0x00), ==, 0x5A);
	g_assert_cmpuint(wires_stats(wires)->mosi_violations, ==, 0);
}

static void test_a_new_clock_acts_when_reset_rises(void)
{
	wires_autofree struct wires *wires = wires_entered("ATmega328P");

	wires_send(wires, 0xAC, 0xA0, 0x00, 0xE2);
	wires_wait(wires, 100 * MS);
	wires_move(wires);
	g_assert_cmpuint(avr_chip_clock_hz(wires->chip), ==, 1000000);
	wires_leave(wires);
	wires_move(wires);

	g_assert_cmpuint(avr_chip_clock_hz(wires->chip), ==, 8000000);
}

static void test_power_off_and_on_makes_fuses_act(void)
{
	wires_autofree struct wires *wires = wires_entered("ATmega328P");

	wires_send(wires, 0xAC, 0xA0, 0x00, 0xE2);
	wires_power(wires, false);
	g_assert_cmpuint(avr_chip_clock_hz(wires->chip), ==, 0);
	wires_power(wires, true);

	g_assert_cmpuint(avr_chip_clock_hz(wires->chip), ==, 8000000);
	g_assert_true(wires_enter(wires));
}

static void test_crystal_fuses_without_a_crystal_are_its_end(void)
{
	wires_autofree struct wires *wires = powered_with_fuses(0x62, 0xD9, no_crystal);

	g_assert_true(wires_enter(wires));
	wires_send(wires, 0xAC, 0xA0, 0x00, 0xFF);
	wires_wait(wires, 5 * MS);
	g_assert_cmphex(wires_send(wires, 0x50, 0x00, 0x00, 0x00), ==, 0xFF);
	wires_leave(wires);

	g_assert_false(wires_enter(wires));
	g_assert_cmpuint(avr_chip_clock_hz(wires->chip), ==, 0);
	wires_power(wires, false);
	wires_power(wires, true);
	g_assert_false(wires_enter(wires));
}

static void test_a_clock_signal_is_no_crystal(void)
{
	wires_autofree struct wires *wires = powered_with_fuses(
		0xFF, 0xD9, (struct avr_board_clock){ CLOCK_EXTERNAL, 16000000 });

	g_assert_false(wires_enter(wires));
	g_assert_cmpuint(avr_chip_clock_hz(wires->chip), ==, 0);
}

static void test_a_clock_signal_drives_a_part_set_to_it(void)
{
	wires_autofree struct wires *wires = powered_with_fuses(
		0xE0, 0xD9, (struct avr_board_clock){ CLOCK_EXTERNAL, 16000000 });

	g_assert_true(wires_enter(wires));
	g_assert_cmpuint(avr_chip_clock_hz(wires->chip), ==, 16000000);
}

static void test_a_divided_crystal(void)
{
	wires_autofree struct wires *wires = powered_with_fuses(
		0x7F, 0xD9, (struct avr_board_clock){ CLOCK_CRYSTAL, 16000000 });

	g_assert_cmpuint(avr_chip_clock_hz(wires->chip), ==, 2000000);
}

struct closed_door {
	const char *name;
	uint8_t high_fuse;
};

static const struct closed_door closed_doors[] = {
	{ "RSTDISBL-programmed", 0x59 },
	{ "DWEN-programmed", 0x99 },
	{ "SPIEN-unprogrammed", 0xF9 },
};

static void test_no_entry(gconstpointer data)
{
	const struct closed_door *door = data;
	wires_autofree struct wires *wires =
		powered_with_fuses(0x62, door->high_fuse,
				   (struct avr_board_clock){ CLOCK_CRYSTAL, 16000000 });

	g_assert_false(wires_enter(wires));
	g_assert_false(wires_miso_driven(wires));
}

static void test_rstdisbl_closes_the_door_when_reset_rises(void)
{
	wires_autofree struct wires *wires = wires_entered("ATmega328P");

	wires_send(wires, 0xAC, 0xA8, 0x00, 0x59);
	wires_wait(wires, 5 * MS);
	g_assert_cmphex(wires_send(wires, 0x58, 0x08, 0x00, 0x00), ==, 0x59);
	wires_leave(wires);

	g_assert_false(wires_enter(wires));
}

static void test_without_power_it_is_silent(void)
{
	wires_autofree struct wires *wires = wires_new("ATmega328P");

	g_assert_false(wires_enter(wires));
	g_assert_false(wires_miso_driven(wires));
	g_assert_cmpuint(avr_chip_clock_hz(wires->chip), ==, 0);
}

static void test_losing_power_ends_programming_mode(void)
{
	wires_autofree struct wires *wires = wires_entered("ATmega328P");

	wires_reset(wires, true);
	wires_power(wires, false);
	wires_power(wires, true);

	assert_deaf(wires);
}

static void add_sck_tests(const struct sck_limit *limit)
{
	static const struct {
		const char *path;
		GTestDataFunc func;
	} tests[] = {
		{ "sck-at-the-limit", test_sck_at_the_limit },
		{ "sck-low-too-short", test_sck_low_too_short },
		{ "sck-high-too-short", test_sck_high_too_short },
	};

	for (unsigned i = 0; i < G_N_ELEMENTS(tests); i++) {
		g_autofree char *path =
			g_strdup_printf("/avr-chip/%s/%s", tests[i].path, limit->name);

		g_test_add_data_func(path, limit, tests[i].func);
	}
}

static const struct {
	const char *path;
	GTestFunc func;
} plain_tests[] = {
	{ "enters-20-ms-after-reset-fell", test_enters_20_ms_after_reset_fell },
	{ "sck-within-20-ms-makes-it-deaf", test_sck_within_20_ms_makes_it_deaf },
	{ "sck-high-while-reset-falls-makes-it-deaf",
	  test_sck_high_while_reset_falls_makes_it_deaf },
	{ "powered-up-in-reset-it-needs-no-pulse",
	  test_powered_up_in_reset_it_needs_no_pulse },
	{ "any-other-second-byte-makes-it-deaf-until-a-new-pulse",
	  test_any_other_second_byte_makes_it_deaf_until_a_new_pulse },
	{ "any-other-first-byte-makes-it-deaf", test_any_other_first_byte_makes_it_deaf },
	{ "the-last-two-bytes-of-enable-do-not-matter",
	  test_the_last_two_bytes_of_enable_do_not_matter },
	{ "a-short-reset-pulse-is-ignored", test_a_short_reset_pulse_is_ignored },
	{ "a-reset-pulse-of-2-clocks-leaves-programming-mode",
	  test_a_reset_pulse_of_2_clocks_leaves_programming_mode },
	{ "a-short-pulse-does-not-wake-a-deaf-part",
	  test_a_short_pulse_does_not_wake_a_deaf_part },
	{ "each-byte-comes-back-while-the-next-goes-in",
	  test_each_byte_comes_back_while_the_next_goes_in },
	{ "miso-is-open-unless-in-reset", test_miso_is_open_unless_in_reset },
	{ "while-it-runs-sck-and-mosi-mean-nothing",
	  test_while_it_runs_sck_and_mosi_mean_nothing },
	{ "a-bit-too-many-loses-the-step", test_a_bit_too_many_loses_the_step },
	{ "a-lost-bit-loses-the-step-until-a-new-entry",
	  test_a_lost_bit_loses_the_step_until_a_new_entry },
	{ "mosi-may-change-2-clocks-after-sck-rose",
	  test_mosi_may_change_2_clocks_after_sck_rose },
	{ "mosi-that-changes-sooner-is-misread",
	  test_mosi_that_changes_sooner_is_misread },
	{ "mosi-may-change-a-clock-before-sck-rises",
	  test_mosi_may_change_a_clock_before_sck_rises },
	{ "mosi-that-changes-later-is-misread", test_mosi_that_changes_later_is_misread },
	{ "mosi-may-change-in-the-moment-in-which-sck-falls",
	  test_mosi_may_change_in_the_moment_in_which_sck_falls },
	{ "a-new-clock-acts-when-reset-rises", test_a_new_clock_acts_when_reset_rises },
	{ "power-off-and-on-makes-fuses-act", test_power_off_and_on_makes_fuses_act },
	{ "crystal-fuses-without-a-crystal-are-its-end",
	  test_crystal_fuses_without_a_crystal_are_its_end },
	{ "a-clock-signal-is-no-crystal", test_a_clock_signal_is_no_crystal },
	{ "a-clock-signal-drives-a-part-set-to-it",
	  test_a_clock_signal_drives_a_part_set_to_it },
	{ "a-divided-crystal", test_a_divided_crystal },
	{ "rstdisbl-closes-the-door-when-reset-rises",
	  test_rstdisbl_closes_the_door_when_reset_rises },
	{ "without-power-it-is-silent", test_without_power_it_is_silent },
	{ "losing-power-ends-programming-mode", test_losing_power_ends_programming_mode },
};

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (unsigned i = 0; i < G_N_ELEMENTS(plain_tests); i++) {
		g_autofree char *path =
			g_strdup_printf("/avr-chip/%s", plain_tests[i].path);

		g_test_add_func(path, plain_tests[i].func);
	}
	for (unsigned i = 0; i < G_N_ELEMENTS(sck_limits); i++)
		add_sck_tests(&sck_limits[i]);
	for (unsigned i = 0; i < G_N_ELEMENTS(closed_doors); i++) {
		g_autofree char *path =
			g_strdup_printf("/avr-chip/no-entry/%s", closed_doors[i].name);

		g_test_add_data_func(path, &closed_doors[i], test_no_entry);
	}
	return g_test_run();
}
