/* SPDX-License-Identifier: MIT */
#include "gpio/selftest.h"

#include <string.h>

#include "appliance/base/error.h"
#include "gpio/lines_backends.h"
#include "gpio/virtual/board.h"
#include "tests/models/lines_fault.h"
#include "tests/models/lines_wire.h"

#define OUT_MOSI  (1u << 1)
#define OUT_RESET (1u << 2)
#define IN_MISO	  1u
#define CONNECT_ELSE \
	"put one wire from MOSI (line 10) to MISO (line 9) and connect nothing else"

/* A bus over bad wires (or good ones, where no fault is set), and what was measured. */
struct bench {
	struct gpiochip *chip;
	struct lines *lines;
	struct lines_wire_fault fault;
	struct line_faults faults;
	struct isp_bitbang bus;
	struct selftest *selftest;
};

static void bench_open(struct bench *bench, const char *spec)
{
	struct gpio_pins pins = GPIO_PINS_DEFAULT;
	struct lines_request request;
	struct lines *lines;
	g_autoptr(GError) error = NULL;

	memset(bench, 0, sizeof(*bench));
	bench->chip = gpiochip_open(spec, &error);
	g_assert_no_error(error);
	isp_bitbang_request(&pins, &request);
	lines = gpiochip_request(bench->chip, &request, NULL);
	bench->lines =
		lines_fault_new(lines_wire_new(lines, &bench->fault), &bench->faults);
	isp_bitbang_init(&bench->bus, bench->lines, 1);
	bench->selftest = g_new(struct selftest, 1);
}

static void bench_close(struct bench *bench)
{
	lines_close(bench->lines);
	gpiochip_close(bench->chip);
	g_free(bench->selftest);
}

static uint64_t bench_driven(const struct bench *bench)
{
	return virtual_board_driven(gpiochip_virtual_board(bench->chip));
}

static void bench_run(struct bench *bench)
{
	g_autoptr(GError) error = NULL;

	g_assert_true(selftest_run(bench->selftest, &bench->bus, NULL, &error));
	g_assert_no_error(error);
}

static unsigned reached_hz(const struct bench *bench, unsigned wanted_hz)
{
	return selftest_find_rate(bench->selftest, wanted_hz)->reached_hz;
}

static void assert_finds(const struct bench *bench, const char *finding)
{
	const struct gpio_pins pins = GPIO_PINS_DEFAULT;
	g_autoptr(GError) error = NULL;

	g_assert_false(selftest_check(bench->selftest, &pins, &error));
	g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_IO);
	g_assert_cmpstr(error->message, ==, finding);
}

static void assert_cost(const struct selftest_cost *cost, uint32_t ns)
{
	g_assert_cmpuint(cost->least_ns, ==, ns);
	g_assert_cmpuint(cost->median_ns, ==, ns);
	g_assert_cmpuint(cost->p99_ns, ==, ns);
	g_assert_cmpuint(cost->worst_ns, ==, ns);
}

static void test_a_wire_follows_and_lines_are_let_go(void)
{
	const struct gpio_pins pins = GPIO_PINS_DEFAULT;
	g_autoptr(GError) error = NULL;
	struct bench bench;

	bench_open(&bench, "virtual:jumper");
	bench_run(&bench);

	g_assert_true(selftest_check(bench.selftest, &pins, &error));
	g_assert_no_error(error);
	g_assert_cmpuint(selftest_n_wrong(bench.selftest), ==, 0);
	for (unsigned i = 0; i < SELFTEST_N_RATES; i++)
		g_assert_cmpuint(bench.selftest->rates[i].n_bits, >=, 1000);
	g_assert_cmphex(bench_driven(&bench), ==, 0);
	bench_close(&bench);
}

static void test_reset_is_never_low(void)
{
	struct bench bench;

	bench_open(&bench, "virtual:jumper");
	bench_run(&bench);

	g_assert_cmphex(bench.fault.ever_low & OUT_RESET, ==, 0);
	g_assert_cmphex(bench.fault.ever_low & OUT_MOSI, ==, OUT_MOSI);
	bench_close(&bench);
}

static void test_calls_cost_what_they_cost(void)
{
	struct bench bench;

	bench_open(&bench, "virtual:jumper");
	bench_run(&bench);
	assert_cost(&bench.selftest->set, 770);
	assert_cost(&bench.selftest->get, 770);
	bench_close(&bench);

	bench_open(&bench, "virtual:jumper,ioctl=188");
	bench_run(&bench);
	assert_cost(&bench.selftest->set, 188);
	assert_cost(&bench.selftest->get, 188);
	bench_close(&bench);
}

/* A phase at 100 kHz is 5001 ns and the 24 ns that are kept in hand; at the rates that
 * calls fill it is the call. */
static void test_rates_are_those_of_the_phases(void)
{
	struct bench bench;

	bench_open(&bench, "virtual:jumper");
	bench_run(&bench);

	g_assert_cmpuint(reached_hz(&bench, 50000), ==, 1000000000 / (2 * 10025));
	g_assert_cmpuint(reached_hz(&bench, 100000), ==, 1000000000 / (2 * 5025));
	g_assert_cmpuint(reached_hz(&bench, 500000), ==, 1000000000 / (2 * 1025));
	g_assert_cmpuint(reached_hz(&bench, 1000000), ==, 1000000000 / (2 * 770));
	g_assert_cmpuint(reached_hz(&bench, 0), ==, 1000000000 / (2 * 770));
	bench_close(&bench);
}

static void test_a_byte_that_is_read_costs_8_calls_more(void)
{
	const struct selftest_rate *rate;
	struct bench bench;

	bench_open(&bench, "virtual:jumper");
	bench_run(&bench);
	rate = selftest_find_rate(bench.selftest, 0);

	g_assert_cmpuint(rate->send_ns, ==, 64 * 770);
	g_assert_cmpuint(rate->answer_ns, ==, 72 * 770);
	bench_close(&bench);
}

static void test_edges_that_are_late_get_their_whole_phase(void)
{
	struct bench bench;

	bench_open(&bench, "virtual:jumper");
	bench.lines->edges_late = true;
	bench_run(&bench);

	g_assert_cmpuint(reached_hz(&bench, 100000), ==, 1000000000 / (2 * (5001 + 770)));
	bench_close(&bench);
}

static void test_steady_calls_show_no_stall(void)
{
	const struct selftest_stalls *stalls;
	struct bench bench;

	bench_open(&bench, "virtual:jumper");
	bench_run(&bench);
	stalls = &bench.selftest->stalls;

	g_assert_cmpuint(stalls->n_calls, ==, 2 * SELFTEST_SAMPLES + 400000);
	g_assert_cmpuint(stalls->longest_ns, ==, 770);
	for (unsigned i = 0; i < SELFTEST_N_STALLS; i++)
		g_assert_cmpuint(stalls->n_over[i], ==, 0);
	bench_close(&bench);
}

/* The board stalls up to 3 us, and 50 us in one call of 4096. */
static void test_stalls_are_counted_by_length(void)
{
	const struct selftest_stalls *stalls;
	struct bench bench;

	bench_open(&bench, "virtual:jumper,stall=7");
	bench_run(&bench);
	stalls = &bench.selftest->stalls;

	g_assert_cmpuint(stalls->longest_ns, ==, 50770);
	g_assert_cmpuint(stalls->n_over[0], >=, 30);
	g_assert_cmpuint(stalls->n_over[0], <=, 60);
	g_assert_cmpuint(stalls->n_over[1], ==, stalls->n_over[0]);
	g_assert_cmpuint(stalls->n_over[2], ==, 0);
	g_assert_cmpuint(bench.selftest->set.least_ns, <, 800);
	g_assert_cmpuint(bench.selftest->set.median_ns, >, 2000);
	g_assert_cmpuint(bench.selftest->set.p99_ns, <=, 3770);
	g_assert_cmpuint(selftest_n_wrong(bench.selftest), ==, 0);
	bench_close(&bench);
}

static void test_calls_that_cost_nothing_end_as_well(void)
{
	struct bench bench;

	bench_open(&bench, "virtual:jumper,ioctl=0");
	bench_run(&bench);

	g_assert_cmpuint(bench.selftest->set.worst_ns, ==, 0);
	g_assert_cmpuint(reached_hz(&bench, 0), ==, 500000000);
	bench_close(&bench);
}

static void test_slow_calls_do_not_hold_it_up(void)
{
	struct bench bench;

	bench_open(&bench, "virtual:jumper,ioctl=1000000");
	bench_run(&bench);

	assert_cost(&bench.selftest->set, 1000000);
	g_assert_cmpuint(bench.selftest->stalls.n_over[3], ==, 0);
	g_assert_cmpuint(reached_hz(&bench, 0), ==, 500);
	g_assert_cmpuint(clock_now_ns(bench.lines->clock), <, 4000000000);
	bench_close(&bench);
}

static void test_an_empty_socket_reads_high(void)
{
	struct bench bench;

	bench_open(&bench, "virtual:none");
	bench_run(&bench);

	g_assert_cmpint(selftest_echo(bench.selftest->rates), ==, SELFTEST_STUCK_HIGH);
	assert_finds(&bench, "MISO reads high whatever MOSI is: the wire is missing, or "
			     "something holds it (at 49.875 kHz 722 of 1504 bits are "
			     "wrong, 48 %); " CONNECT_ELSE);
	bench_close(&bench);
}

static void test_a_miso_that_is_stuck_low(void)
{
	struct bench bench;

	bench_open(&bench, "virtual:jumper");
	bench.faults.miso_stuck_at = 1;
	bench_run(&bench);

	g_assert_cmpint(selftest_echo(bench.selftest->rates), ==, SELFTEST_STUCK_LOW);
	assert_finds(
		&bench,
		"MISO reads low whatever MOSI is: it is shorted, or something "
		"holds it (at 49.875 kHz 782 of 1504 bits are wrong, 52 %); " CONNECT_ELSE);
	bench_close(&bench);
}

static void test_a_miso_that_is_inverted(void)
{
	struct bench bench;

	bench_open(&bench, "virtual:jumper");
	bench.fault.inverted = IN_MISO;
	bench_run(&bench);

	g_assert_cmpint(selftest_echo(bench.selftest->rates), ==, SELFTEST_INVERTED);
	assert_finds(&bench,
		     "MISO is the inverse of MOSI: something inverts it (at 49.875 "
		     "kHz 1504 of 1504 bits are wrong, 100 %); " CONNECT_ELSE);
	bench_close(&bench);
}

static void test_a_loose_wire_is_told_with_its_rate(void)
{
	struct bench bench;

	bench_open(&bench, "virtual:jumper");
	bench.faults.miso_flips_one_in = 100;
	bench_run(&bench);

	g_assert_cmpint(selftest_echo(bench.selftest->rates), ==, SELFTEST_INTERMITTENT);
	assert_finds(&bench,
		     "MISO follows MOSI only now and then: a loose wire, or "
		     "something else drives it (at 49.875 kHz 18 of 1504 bits are "
		     "wrong, 1.2 %); " CONNECT_ELSE);
	bench_close(&bench);
}

/* From the call that changes MOSI to the end of the one that reads it, with calls of 188
 * ns: 901 ns at 1 MHz, 651 ns at 2 MHz. */
static void test_a_slow_wire_is_told_by_the_rate_that_it_fails_at(void)
{
	const struct selftest_rate *rate;
	g_autofree char *finding = NULL;
	struct bench bench;

	bench_open(&bench, "virtual:jumper,ioctl=188");
	bench.fault.slow_output = OUT_MOSI;
	bench.fault.slow_ns = 800;
	bench_run(&bench);
	rate = selftest_find_rate(bench.selftest, 2000000);

	g_assert_cmpuint(rate[-1].n_wrong, ==, 0);
	g_assert_cmpuint(rate->n_wrong, >, 0);
	finding = g_strdup_printf(
		"MISO follows MOSI up to 1 MHz, not beyond: a loose wire, or a long one (at "
		"1.81818 MHz %u of %u bits are wrong, %.3g %%); " CONNECT_ELSE,
		(unsigned)rate->n_wrong, (unsigned)rate->n_bits,
		100.0 * (double)rate->n_wrong / (double)rate->n_bits);
	assert_finds(&bench, finding);
	bench_close(&bench);
}

static void test_a_call_that_fails_ends_it_with_lines_let_go(void)
{
	g_autoptr(GError) error = NULL;
	struct bench bench;

	bench_open(&bench, "virtual:jumper");
	bench.faults.get_error_at = SELFTEST_SAMPLES + 100;

	g_assert_false(selftest_run(bench.selftest, &bench.bus, NULL, &error));
	g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_IO);
	g_assert_cmpstr(error->message, ==, "cannot read the lines: Input/output error");
	g_assert_cmphex(bench_driven(&bench), ==, 0);
	bench_close(&bench);
}

static void test_a_user_who_cancels_has_lines_let_go(void)
{
	g_autoptr(GCancellable) cancellable = g_cancellable_new();
	g_autoptr(GError) error = NULL;
	struct bench bench;

	bench_open(&bench, "virtual:jumper");
	g_cancellable_cancel(cancellable);

	g_assert_false(selftest_run(bench.selftest, &bench.bus, cancellable, &error));
	g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_CANCELLED);
	g_assert_cmphex(bench_driven(&bench), ==, 0);
	bench_close(&bench);
}

static const struct {
	const char *path;
	GTestFunc func;
} tests[] = {
	{ "a-wire-follows-and-lines-are-let-go",
	  test_a_wire_follows_and_lines_are_let_go },
	{ "reset-is-never-low", test_reset_is_never_low },
	{ "calls-cost-what-they-cost", test_calls_cost_what_they_cost },
	{ "rates-are-those-of-the-phases", test_rates_are_those_of_the_phases },
	{ "a-byte-that-is-read-costs-8-calls-more",
	  test_a_byte_that_is_read_costs_8_calls_more },
	{ "edges-that-are-late-get-their-whole-phase",
	  test_edges_that_are_late_get_their_whole_phase },
	{ "steady-calls-show-no-stall", test_steady_calls_show_no_stall },
	{ "stalls-are-counted-by-length", test_stalls_are_counted_by_length },
	{ "calls-that-cost-nothing-end-as-well",
	  test_calls_that_cost_nothing_end_as_well },
	{ "slow-calls-do-not-hold-it-up", test_slow_calls_do_not_hold_it_up },
	{ "an-empty-socket-reads-high", test_an_empty_socket_reads_high },
	{ "a-miso-that-is-stuck-low", test_a_miso_that_is_stuck_low },
	{ "a-miso-that-is-inverted", test_a_miso_that_is_inverted },
	{ "a-loose-wire-is-told-with-its-rate", test_a_loose_wire_is_told_with_its_rate },
	{ "a-slow-wire-is-told-by-the-rate-that-it-fails-at",
	  test_a_slow_wire_is_told_by_the_rate_that_it_fails_at },
	{ "a-call-that-fails-ends-it-with-lines-let-go",
	  test_a_call_that_fails_ends_it_with_lines_let_go },
	{ "a-user-who-cancels-has-lines-let-go",
	  test_a_user_who_cancels_has_lines_let_go },
};

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (unsigned i = 0; i < G_N_ELEMENTS(tests); i++) {
		g_autofree char *path = g_strdup_printf("/selftest/%s", tests[i].path);

		g_test_add_func(path, tests[i].func);
	}
	return g_test_run();
}
