/* SPDX-License-Identifier: MIT */
#include "gpio/isp_bitbang.h"

#include <string.h>

#include "appliance/base/error.h"
#include "gpio/lines_backends.h"
#include "gpio/virtual/avr_chip.h"
#include "gpio/virtual/board.h"
#include "tests/models/lines_counter.h"
#include "tests/models/lines_recorder.h"

#define RESET_PULSE_US 150
#define N_STALL_SEEDS  40

static const uint8_t enable[4] = { 0xAC, 0x53, 0x00, 0x00 };
static const uint8_t read_signature_1[4] = { 0x30, 0x00, 0x01, 0x00 };

/* A bus on a virtual board, its calls counted. */
struct bench {
	struct gpiochip *chip;
	struct lines *lines;
	struct lines_counts counts;
	struct isp_bitbang bus;
	struct avr_chip *avr;
};

static void bench_open(struct bench *bench, const char *spec, unsigned sck_hz)
{
	struct gpio_pins pins = GPIO_PINS_DEFAULT;
	struct lines_request request;

	memset(bench, 0, sizeof(*bench));
	bench->chip = gpiochip_open(spec, NULL);
	isp_bitbang_request(&pins, &request);
	bench->lines = lines_counter_new(gpiochip_request(bench->chip, &request, NULL),
					 &bench->counts);
	bench->avr = virtual_board_chip(gpiochip_virtual_board(bench->chip));
	isp_bitbang_init(&bench->bus, bench->lines, 1);
	isp_bitbang_set_sck(&bench->bus, sck_hz);
}

static void bench_close(struct bench *bench)
{
	lines_close(bench->lines);
	gpiochip_close(bench->chip);
}

static uint64_t bench_now_ns(const struct bench *bench)
{
	return clock_now_ns(bench->lines->clock);
}

static void bench_reset(struct bench *bench)
{
	g_assert_true(isp_bitbang_reset(&bench->bus, RESET_PULSE_US, NULL));
}

static uint64_t bench_calls(const struct bench *bench)
{
	return bench->counts.sets + bench->counts.gets;
}

/* The calls of one transfer. */
static uint64_t bench_transfer_calls(struct bench *bench, unsigned want, bool more)
{
	uint64_t before = bench_calls(bench);
	uint8_t rx[1][4];

	g_assert_true(isp_bitbang_transfer(&bench->bus, enable, want, more, rx, NULL));
	return bench_calls(bench) - before;
}

static void bench_enter(struct bench *bench)
{
	uint8_t rx[1][4] = { { 0 } };

	bench_reset(bench);
	g_assert_true(isp_bitbang_transfer(&bench->bus, enable, 1 << 2, false, rx, NULL));
	g_assert_cmphex(rx[0][2], ==, 0x53);
}

static void test_the_request_has_sck_mosi_reset_and_miso(void)
{
	struct gpio_pins pins = GPIO_PINS_DEFAULT;
	struct lines_request request;

	isp_bitbang_request(&pins, &request);

	g_assert_cmpuint(request.n_outputs, ==, 3);
	g_assert_cmpuint(request.outputs[0].offset, ==, 11);
	g_assert_cmpuint(request.outputs[1].offset, ==, 10);
	g_assert_cmpuint(request.outputs[2].offset, ==, 25);
	g_assert_cmpuint(request.n_inputs, ==, 1);
	g_assert_cmpuint(request.inputs[0].offset, ==, 9);
}

static void test_four_bytes_take_64_calls_when_more_follow(void)
{
	struct bench bench;

	bench_open(&bench, "virtual:none", 100000);
	bench_reset(&bench);

	g_assert_cmpuint(bench_transfer_calls(&bench, 0, true), ==, 64);
	bench_close(&bench);
}

static void test_four_bytes_take_65_calls_when_none_follow(void)
{
	struct bench bench;

	bench_open(&bench, "virtual:none", 100000);
	bench_reset(&bench);

	g_assert_cmpuint(bench_transfer_calls(&bench, 0, false), ==, 65);
	bench_close(&bench);
}

static void test_each_wanted_byte_takes_8_calls_more(void)
{
	struct bench bench;

	bench_open(&bench, "virtual:none", 100000);
	bench_reset(&bench);

	for (unsigned want = 0; want < 16; want++) {
		unsigned n_wanted = (unsigned)__builtin_popcount(want);

		g_assert_cmpuint(bench_transfer_calls(&bench, want, true), ==,
				 64 + 8 * n_wanted);
	}
	bench_close(&bench);
}

static void test_replies_land_where_they_are_wanted_and_nowhere_else(void)
{
	uint8_t rx[1][4] = { { 0x11, 0x22, 0x33, 0x44 } };
	struct bench bench;

	bench_open(&bench, "virtual:ATmega328P", 100000);
	bench_enter(&bench);
	g_assert_true(isp_bitbang_transfer(&bench.bus, read_signature_1, 1 << 3 | 1 << 1,
					   false, rx, NULL));

	g_assert_cmphex(rx[0][0], ==, 0x11);
	g_assert_cmphex(rx[0][1], ==, 0x30);
	g_assert_cmphex(rx[0][2], ==, 0x33);
	g_assert_cmphex(rx[0][3], ==, 0x95);
	bench_close(&bench);
}

static void test_sck_rests_low_unless_more_follow(void)
{
	uint8_t rx[1][4];
	struct bench bench;
	struct virtual_board *board;

	bench_open(&bench, "virtual:none", 100000);
	board = gpiochip_virtual_board(bench.chip);
	bench_reset(&bench);
	g_assert_true(isp_bitbang_transfer(&bench.bus, enable, 0, true, rx, NULL));
	g_assert_true(virtual_board_levels(board) >> BOARD_SCK & 1);
	g_assert_true(isp_bitbang_transfer(&bench.bus, enable, 0, false, rx, NULL));

	g_assert_false(virtual_board_levels(board) >> BOARD_SCK & 1);
	bench_close(&bench);
}

struct rate {
	unsigned hz;
	uint64_t half_ns;
};

/* A phase is a whole number of ns, and longer than half a period: 2 CPU clocks do not do.
 */
static const struct rate rates[] = {
	{ 1000, 500001 }, { 3500, 142858 }, { 250000, 2001 },  { 2000000, 251 },
	{ 2666666, 188 }, { 3000000, 167 }, { 4000000000, 1 }, { UINT32_MAX, 1 },
};

static void test_phases_are_longer_than_half_a_period(void)
{
	struct isp_bitbang bus;

	isp_bitbang_init(&bus, NULL, 1);
	for (unsigned i = 0; i < G_N_ELEMENTS(rates); i++) {
		g_assert_cmpuint(isp_bitbang_set_sck(&bus, rates[i].hz), ==, rates[i].hz);
		g_assert_cmpuint(bus.half_ns, ==, rates[i].half_ns);
	}
}

static void test_reset_is_high_for_its_time_then_20_ms_low(void)
{
	struct lines_log log = { .text = g_string_new(NULL) };
	struct bench bench;

	bench_open(&bench, "virtual:ATmega328P,ioctl=0", 100000);
	bench.lines = lines_recorder_new(bench.lines, "isp", &log);
	bench.bus.lines = bench.lines;
	bench.bus.least_call_ns = 1;
	bench_reset(&bench);

	g_assert_cmpstr(log.text->str, ==, "isp drive 4 at 0 us\nisp set 0 at 150 us");
	g_assert_cmpuint(bench_now_ns(&bench), ==, 20250000);
	g_assert_cmpuint(bench.bus.next_edge_ns, ==, 20250000);
	bench_close(&bench);
	g_string_free(log.text, TRUE);
}

static void test_a_part_in_reset_gets_the_pulse_it_needs(void)
{
	struct bench bench;

	bench_open(&bench, "virtual:ATmega328P", 100000);
	bench_enter(&bench);
	bench_enter(&bench);

	g_assert_cmpuint(avr_chip_stats(bench.avr)->entries, ==, 2);
	g_assert_cmpuint(avr_chip_stats(bench.avr)->short_pulses, ==, 0);
	g_assert_cmpuint(avr_chip_stats(bench.avr)->early_edges, ==, 0);
	bench_close(&bench);
}

static void test_the_cost_of_a_call_is_learnt_in_the_first_wait(void)
{
	struct bench bench;

	bench_open(&bench, "virtual:none", 100000);
	bench_reset(&bench);

	g_assert_cmpuint(bench.bus.least_call_ns, ==, 770);
	g_assert_cmpuint(bench.counts.sets, ==, 1 + 65);
	g_assert_cmpuint(bench_now_ns(&bench), ==, 2 * 770 + 150000 + 20100000);
	bench_close(&bench);
}

static void test_the_cost_of_a_call_is_learnt_once(void)
{
	struct bench bench;
	uint64_t before;

	bench_open(&bench, "virtual:none", 100000);
	bench_reset(&bench);
	before = bench.counts.sets;
	bench_reset(&bench);

	g_assert_cmpuint(bench.counts.sets - before, ==, 1);
	bench_close(&bench);
}

static void test_learning_ends_before_the_wait_does(void)
{
	struct bench bench;

	bench_open(&bench, "virtual:none,ioctl=400000", 100000);
	bench_reset(&bench);

	g_assert_cmpuint(bench.counts.sets, ==, 1 + 38);
	g_assert_cmpuint(bench_now_ns(&bench), ==, 2 * 400000 + 150000 + 20100000);
	bench_close(&bench);
}

static void test_stalls_do_not_spoil_what_is_learnt(void)
{
	for (unsigned seed = 1; seed <= N_STALL_SEEDS; seed++) {
		g_autofree char *spec =
			g_strdup_printf("virtual:none,ioctl=770,stall=%u", seed);
		struct bench bench;

		bench_open(&bench, spec, 100000);
		bench_reset(&bench);
		g_assert_cmpuint(bench.bus.least_call_ns, >=, 770);
		g_assert_cmpuint(bench.bus.least_call_ns, <=, 770 + 24);
		bench_close(&bench);
	}
}

/* A set of lines whose calls take what a test says. */
struct slow_lines {
	struct lines lines;
	struct lines *inner;
	uint64_t call_ns, stall_ns; /* each; once, in the second call from here */
	unsigned n_calls;
};

static gboolean slow_set(struct lines *lines, uint32_t levels, GError **error)
{
	struct slow_lines *self = (struct slow_lines *)lines;
	uint64_t ns = self->n_calls++ == 1 ? self->stall_ns : self->call_ns;

	if (!self->inner->ops->set(self->inner, levels, error))
		return FALSE;
	clock_spin_until_ns(lines->clock, clock_now_ns(lines->clock) + ns);
	return TRUE;
}

static gboolean slow_drive(struct lines *lines, uint32_t levels, GError **error)
{
	struct slow_lines *self = (struct slow_lines *)lines;

	return self->inner->ops->drive(self->inner, levels, error);
}

static void slow_close(struct lines *lines)
{
	lines_close(((struct slow_lines *)lines)->inner);
}

static const struct lines_ops slow_ops = {
	.drive = slow_drive,
	.set = slow_set,
	.close = slow_close,
};

static void bench_slow_down(struct bench *bench, struct slow_lines *slow)
{
	slow->inner = bench->lines;
	slow->lines = *bench->lines;
	slow->lines.ops = &slow_ops;
	bench->lines = &slow->lines;
	bench->bus.lines = &slow->lines;
}

static void test_a_stall_that_leaves_no_time_to_learn_teaches_nothing(void)
{
	struct slow_lines slow = { .call_ns = 3000, .stall_ns = 30000000 };
	struct bench bench;

	bench_open(&bench, "virtual:none", 100000);
	bench_slow_down(&bench, &slow);
	bench_reset(&bench);

	g_assert_cmpuint(bench.bus.least_call_ns, ==, 0);
	bench_close(&bench);
}

static void test_calls_that_became_quicker_count_for_less(void)
{
	struct slow_lines slow = { .call_ns = 3000, .stall_ns = 3000 };
	struct bench bench;
	uint8_t rx[1][4];

	bench_open(&bench, "virtual:none", 100000);
	bench_slow_down(&bench, &slow);
	bench_reset(&bench);
	g_assert_cmpuint(bench.bus.least_call_ns, ==, 3770);
	slow.call_ns = 1000;
	g_assert_true(isp_bitbang_transfer(&bench.bus, enable, 0, false, rx, NULL));

	g_assert_cmpuint(bench.bus.least_call_ns, ==, 1770);
	bench_close(&bench);
}

/* The time of the 65 edges of a transfer, from the first one's call. */
static uint64_t transfer_ns(struct bench *bench)
{
	uint64_t before_ns = bench_now_ns(bench);
	uint8_t rx[1][4];

	g_assert_true(isp_bitbang_transfer(&bench->bus, enable, 0, false, rx, NULL));
	return bench_now_ns(bench) - before_ns;
}

/* 746 ns of the next call are known to come before its edge. */
static void test_what_a_call_costs_is_taken_off_the_phase(void)
{
	struct bench bench;

	bench_open(&bench, "virtual:none", 250000);
	bench_reset(&bench);

	g_assert_cmpuint(transfer_ns(&bench), ==, 65 * 770 + 64 * (2001 - 746));
	bench_close(&bench);
}

static void test_where_edges_come_late_nothing_is_taken_off(void)
{
	struct bench bench;

	bench_open(&bench, "virtual:none", 250000);
	bench.lines->edges_late = true;
	bench_reset(&bench);

	g_assert_cmpuint(transfer_ns(&bench), ==, 65 * 770 + 64 * 2001);
	bench_close(&bench);
}

static void test_calls_that_cost_more_than_a_phase_are_not_paced(void)
{
	struct bench bench;

	bench_open(&bench, "virtual:none", 1000000);
	bench_reset(&bench);

	g_assert_cmpuint(transfer_ns(&bench), ==, 65 * 770);
	bench_close(&bench);
}

struct clocking {
	const char *name;
	uint8_t low_fuse;
	unsigned sck_hz; /* the most that the part allows */
};

static const struct clocking clockings[] = {
	{ "1-MHz", 0x62, 250000 },
	{ "8-MHz", 0xE2, 2000000 },
	{ "16-MHz", 0xFF, 2666666 },
};

/* Fuses act when RESET rises. */
static void set_low_fuse(struct bench *bench, uint8_t low_fuse)
{
	avr_chip_cells(bench->avr)->fuses[FUSE_LOW] = low_fuse;
	bench_reset(bench);
	g_assert_true(isp_bitbang_release(&bench->bus, NULL));
	clock_sleep_us(bench->lines->clock, 1000);
}

static void assert_no_violations(const char *spec, const struct clocking *clocking)
{
	struct bench bench;

	bench_open(&bench, spec, clocking->sck_hz);
	set_low_fuse(&bench, clocking->low_fuse);
	bench_enter(&bench);
	for (unsigned i = 0; i < 100; i++) {
		uint8_t rx[1][4];

		g_assert_true(isp_bitbang_transfer(&bench.bus, read_signature_1, 1 << 3,
						   i % 2, rx, NULL));
		g_assert_cmphex(rx[0][3], ==, 0x95);
	}
	g_assert_cmpuint(avr_chip_stats(bench.avr)->sck_edges, ==, 101 * 32);
	g_assert_cmpuint(avr_chip_stats(bench.avr)->sck_violations, ==, 0);
	g_assert_cmpuint(avr_chip_stats(bench.avr)->mosi_violations, ==, 0);
	bench_close(&bench);
}

static void test_no_violation_at(gconstpointer data)
{
	static const unsigned ioctls_ns[] = { 188, 770 };

	for (unsigned i = 0; i < G_N_ELEMENTS(ioctls_ns); i++) {
		for (unsigned seed = 0; seed <= N_STALL_SEEDS; seed++) {
			g_autofree char *spec = g_strdup_printf(
				"virtual:ATmega328P,clock=16M,ioctl=%u,stall=%u",
				ioctls_ns[i], seed);

			assert_no_violations(spec, data);
		}
	}
}

static void test_release_makes_all_lines_inputs(void)
{
	struct bench bench;

	bench_open(&bench, "virtual:ATmega328P", 100000);
	bench_enter(&bench);
	g_assert_true(isp_bitbang_release(&bench.bus, NULL));

	g_assert_cmphex(virtual_board_driven(gpiochip_virtual_board(bench.chip)), ==, 0);
	bench_close(&bench);
}

static void test_a_call_that_fails_ends_the_transfer(void)
{
	struct lines_log log = { .text = g_string_new(NULL), .failing = "isp set" };
	g_autoptr(GError) error = NULL;
	uint8_t rx[1][4];
	struct bench bench;

	bench_open(&bench, "virtual:ATmega328P", 100000);
	bench_enter(&bench);
	bench.lines = lines_recorder_new(bench.lines, "isp", &log);
	bench.bus.lines = bench.lines;
	bench.counts = (struct lines_counts){ 0 };
	g_assert_false(isp_bitbang_transfer(&bench.bus, enable, 0, false, rx, &error));

	g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_IO);
	g_assert_cmpstr(error->message, ==, "isp set fails");
	g_assert_cmpuint(bench.counts.sets, ==, 1);
	bench_close(&bench);
	g_string_free(log.text, TRUE);
}

static const struct {
	const char *path;
	GTestFunc func;
} tests[] = {
	{ "the-request-has-sck-mosi-reset-and-miso",
	  test_the_request_has_sck_mosi_reset_and_miso },
	{ "four-bytes-take-64-calls-when-more-follow",
	  test_four_bytes_take_64_calls_when_more_follow },
	{ "four-bytes-take-65-calls-when-none-follow",
	  test_four_bytes_take_65_calls_when_none_follow },
	{ "each-wanted-byte-takes-8-calls-more",
	  test_each_wanted_byte_takes_8_calls_more },
	{ "replies-land-where-they-are-wanted-and-nowhere-else",
	  test_replies_land_where_they_are_wanted_and_nowhere_else },
	{ "sck-rests-low-unless-more-follow", test_sck_rests_low_unless_more_follow },
	{ "phases-are-longer-than-half-a-period",
	  test_phases_are_longer_than_half_a_period },
	{ "reset-is-high-for-its-time-then-20-ms-low",
	  test_reset_is_high_for_its_time_then_20_ms_low },
	{ "a-part-in-reset-gets-the-pulse-it-needs",
	  test_a_part_in_reset_gets_the_pulse_it_needs },
	{ "the-cost-of-a-call-is-learnt-in-the-first-wait",
	  test_the_cost_of_a_call_is_learnt_in_the_first_wait },
	{ "the-cost-of-a-call-is-learnt-once", test_the_cost_of_a_call_is_learnt_once },
	{ "learning-ends-before-the-wait-does", test_learning_ends_before_the_wait_does },
	{ "stalls-do-not-spoil-what-is-learnt", test_stalls_do_not_spoil_what_is_learnt },
	{ "a-stall-that-leaves-no-time-to-learn-teaches-nothing",
	  test_a_stall_that_leaves_no_time_to_learn_teaches_nothing },
	{ "calls-that-became-quicker-count-for-less",
	  test_calls_that_became_quicker_count_for_less },
	{ "what-a-call-costs-is-taken-off-the-phase",
	  test_what_a_call_costs_is_taken_off_the_phase },
	{ "where-edges-come-late-nothing-is-taken-off",
	  test_where_edges_come_late_nothing_is_taken_off },
	{ "calls-that-cost-more-than-a-phase-are-not-paced",
	  test_calls_that_cost_more_than_a_phase_are_not_paced },
	{ "release-makes-all-lines-inputs", test_release_makes_all_lines_inputs },
	{ "a-call-that-fails-ends-the-transfer",
	  test_a_call_that_fails_ends_the_transfer },
};

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (unsigned i = 0; i < G_N_ELEMENTS(tests); i++) {
		g_autofree char *path = g_strdup_printf("/isp-bitbang/%s", tests[i].path);

		g_test_add_func(path, tests[i].func);
	}
	for (unsigned i = 0; i < G_N_ELEMENTS(clockings); i++) {
		g_autofree char *path = g_strdup_printf("/isp-bitbang/no-violation-at/%s",
							clockings[i].name);

		g_test_add_data_func(path, &clockings[i], test_no_violation_at);
	}
	return g_test_run();
}
