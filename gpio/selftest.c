/* SPDX-License-Identifier: MIT */
/* Timing line calls one by one, then transfers at several rates with their echo. */
#include "gpio/selftest.h"

#include <stdlib.h>
#include <string.h>

#include "appliance/base/cancel.h"
#include "appliance/base/error.h"
#include "appliance/base/units.h"

#define WATCHED_CALLS	 400000
#define WATCH_LIMIT_NS	 400000000u
#define SAMPLES_LIMIT_NS 200000000u
#define RATE_NS		 30000000u
#define RATE_TRANSFERS	 4096
#define ECHO_SEED	 0x5139C0DEu
#define ALL_BYTES	 0xFu
#define BITS_SENT	 32

const unsigned selftest_stall_us[SELFTEST_N_STALLS] = { 10, 50, 100, 1000 };

static const unsigned wanted_rates_hz[SELFTEST_N_RATES] = {
	50000,	 100000,  SELFTEST_FRESH_PART_HZ, 250000, 500000,
	1000000, 2000000, SELFTEST_FAST_PART_HZ,  0,
};

static gboolean set_nothing(struct lines *lines, GError **error)
{
	return lines_set(lines, 0, 0, error);
}

static gboolean get_inputs(struct lines *lines, GError **error)
{
	uint32_t levels;

	return lines_get(lines, &levels, error);
}

typedef gboolean line_call(struct lines *lines, GError **error);

static void count_stall(struct selftest_stalls *stalls, uint64_t ns)
{
	stalls->n_calls++;
	stalls->longest_ns = MAX(stalls->longest_ns, ns);
	for (unsigned i = 0; i < SELFTEST_N_STALLS; i++)
		stalls->n_over[i] += ns > selftest_stall_us[i] * (uint64_t)1000;
}

/* How many calls were made within the limits, or 0 for a failure; samples may be NULL. */
static unsigned time_calls(struct lines *lines, line_call *call,
			   struct selftest_stalls *stalls, uint32_t *samples_ns,
			   unsigned most_calls, uint64_t limit_ns, GError **error)
{
	uint64_t before_ns = clock_now_ns(lines->clock), after_ns;
	uint64_t end_ns = before_ns + limit_ns;
	unsigned n = 0;

	do {
		before_ns = clock_now_ns(lines->clock);
		if (!call(lines, error))
			return 0;
		after_ns = clock_now_ns(lines->clock);
		count_stall(stalls, after_ns - before_ns);
		if (samples_ns)
			samples_ns[n] = (uint32_t)MIN(after_ns - before_ns, UINT32_MAX);
		n++;
	} while (n < most_calls && after_ns < end_ns);
	return n;
}

static int compare_samples(const void *a, const void *b)
{
	uint32_t first = *(const uint32_t *)a, second = *(const uint32_t *)b;

	return (first > second) - (first < second);
}

static gboolean measure_cost(struct lines *lines, line_call *call,
			     struct selftest_stalls *stalls, struct selftest_cost *cost,
			     GError **error)
{
	unsigned n = time_calls(lines, call, stalls, cost->samples_ns, SELFTEST_SAMPLES,
				SAMPLES_LIMIT_NS, error);

	if (n == 0)
		return FALSE;
	qsort(cost->samples_ns, n, sizeof(cost->samples_ns[0]), compare_samples);
	cost->least_ns = cost->samples_ns[0];
	cost->median_ns = cost->samples_ns[n / 2];
	cost->p99_ns = cost->samples_ns[(uint64_t)n * 99 / 100];
	cost->worst_ns = cost->samples_ns[n - 1];
	return TRUE;
}

static gboolean measure_calls(struct selftest *selftest, struct lines *lines,
			      GError **error)
{
	struct selftest_stalls *stalls = &selftest->stalls;

	return measure_cost(lines, set_nothing, stalls, &selftest->set, error) &&
	       measure_cost(lines, get_inputs, stalls, &selftest->get, error) &&
	       time_calls(lines, set_nothing, stalls, NULL, WATCHED_CALLS, WATCH_LIMIT_NS,
			  error) > 0;
}

/* Levels that stay and levels that alternate first, then as they come. */
static void next_pattern(uint32_t *random, unsigned index, uint8_t tx[4])
{
	static const uint8_t plain[] = { 0x00, 0xFF, 0x55, 0xAA };

	if (index < G_N_ELEMENTS(plain)) {
		memset(tx, plain[index], 4);
		return;
	}
	/* xorshift32, Marsaglia 2003 */
	*random ^= *random << 13;
	*random ^= *random >> 17;
	*random ^= *random << 5;
	memcpy(tx, random, 4);
}

static void compare_echo(struct selftest_rate *rate, const uint8_t tx[4],
			 const uint8_t rx[4])
{
	for (unsigned i = 0; i < 4; i++) {
		rate->n_bits += 8;
		rate->n_wrong += (unsigned)__builtin_popcount(tx[i] ^ rx[i]);
		rate->n_high += (unsigned)__builtin_popcount(rx[i]);
	}
}

/* What a transfer takes; 0 for a failure. The one before those that are timed has them
 * begin with the pause that each begins with. */
static uint64_t time_transfers(struct isp_bitbang *bus, unsigned want,
			       struct selftest_rate *rate, GError **error)
{
	struct clock *clock = bus->lines->clock;
	uint8_t tx[4] = { 0 }, rx[ISP_BITBANG_MAX_SITES][4] = { 0 };
	uint32_t random = ECHO_SEED;
	uint64_t began_ns, took_ns;
	unsigned n = 0;

	if (!isp_bitbang_transfer(bus, tx, want, true, rx, error))
		return 0;
	began_ns = clock_now_ns(clock);
	do {
		next_pattern(&random, n++, tx);
		if (!isp_bitbang_transfer(bus, tx, want, true, rx, error))
			return 0;
		took_ns = clock_now_ns(clock) - began_ns;
		if (want)
			compare_echo(rate, tx, rx[0]);
	} while (n < RATE_TRANSFERS && took_ns < RATE_NS);
	return MAX(took_ns / n, 1);
}

/* One byte in four is read where the part answers, all of them are for the echo. */
static gboolean measure_rate(struct isp_bitbang *bus, unsigned wanted_hz,
			     struct selftest_rate *rate, GError **error)
{
	uint64_t echo_ns;

	rate->wanted_hz = wanted_hz;
	isp_bitbang_set_sck(bus, wanted_hz ? wanted_hz : UINT32_MAX);
	rate->send_ns = time_transfers(bus, 0, rate, error);
	if (!rate->send_ns)
		return FALSE;
	echo_ns = time_transfers(bus, ALL_BYTES, rate, error);
	if (!echo_ns)
		return FALSE;
	rate->reached_hz = (unsigned)(BITS_SENT * (uint64_t)1000000000 / rate->send_ns);
	rate->answer_ns = rate->send_ns;
	if (echo_ns > rate->send_ns)
		rate->answer_ns += (echo_ns - rate->send_ns) / 4;
	return TRUE;
}

static gboolean measure(struct selftest *selftest, struct isp_bitbang *bus,
			GCancellable *cancellable, GError **error)
{
	if (!isp_bitbang_idle(bus, error) || !measure_calls(selftest, bus->lines, error))
		return FALSE;
	bus->least_call_ns = selftest->set.least_ns;
	for (unsigned i = 0; i < SELFTEST_N_RATES; i++)
		if (is_cancelled(cancellable, error) ||
		    !measure_rate(bus, wanted_rates_hz[i], &selftest->rates[i], error))
			return FALSE;
	return TRUE;
}

gboolean selftest_run(struct selftest *selftest, struct isp_bitbang *bus,
		      GCancellable *cancellable, GError **error)
{
	gboolean measured, released;

	memset(selftest, 0, sizeof(*selftest));
	measured = measure(selftest, bus, cancellable, error);
	released = isp_bitbang_release(bus, measured ? error : NULL);
	return measured && released;
}

const struct selftest_rate *selftest_find_rate(const struct selftest *selftest,
					       unsigned wanted_hz)
{
	for (unsigned i = 0; i < SELFTEST_N_RATES; i++)
		if (wanted_rates_hz[i] == wanted_hz)
			return &selftest->rates[i];
	g_assert_not_reached();
}

enum selftest_echo selftest_echo(const struct selftest_rate *rate)
{
	if (rate->n_wrong == 0)
		return SELFTEST_FOLLOWS;
	if (rate->n_high == rate->n_bits)
		return SELFTEST_STUCK_HIGH;
	if (rate->n_high == 0)
		return SELFTEST_STUCK_LOW;
	return rate->n_wrong == rate->n_bits ? SELFTEST_INVERTED : SELFTEST_INTERMITTENT;
}

uint64_t selftest_n_wrong(const struct selftest *selftest)
{
	uint64_t n_wrong = 0;

	for (unsigned i = 0; i < SELFTEST_N_RATES; i++)
		n_wrong += selftest->rates[i].n_wrong;
	return n_wrong;
}

static const char *const findings[] = {
	[SELFTEST_STUCK_HIGH] =
		"MISO reads high whatever MOSI is: the wire is missing, or something holds it",
	[SELFTEST_STUCK_LOW] =
		"MISO reads low whatever MOSI is: it is shorted, or something holds it",
	[SELFTEST_INVERTED] = "MISO is the inverse of MOSI: something inverts it",
	[SELFTEST_INTERMITTENT] =
		"MISO follows MOSI only now and then: a loose wire, or something else drives it",
};

/* What went well up to the rate before tells that it is the wire. */
static char *describe(const struct selftest *selftest, const struct selftest_rate *rate)
{
	g_autofree char *good = NULL;

	if (rate == selftest->rates)
		return g_strdup(findings[selftest_echo(rate)]);
	good = format_hz(rate[-1].wanted_hz);
	return g_strdup_printf("MISO follows MOSI up to %s, not beyond: a loose wire, or "
			       "a long one",
			       good);
}

gboolean selftest_check(const struct selftest *selftest, const struct gpio_pins *pins,
			GError **error)
{
	const struct selftest_rate *rate = selftest->rates;
	const struct selftest_rate *end = rate + SELFTEST_N_RATES;
	g_autofree char *finding = NULL;
	g_autofree char *reached = NULL;

	while (rate < end && rate->n_wrong == 0)
		rate++;
	if (rate == end)
		return TRUE;
	finding = describe(selftest, rate);
	reached = format_hz(rate->reached_hz);
	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_IO,
		    "%s (at %s %" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT
		    " bits are wrong, %.3g %%); put one wire from MOSI (line %u) to MISO "
		    "(line %u) and connect nothing else",
		    finding, reached, (guint64)rate->n_wrong, (guint64)rate->n_bits,
		    100.0 * (double)rate->n_wrong / (double)rate->n_bits,
		    pins->mosi.offset, pins->miso[0].offset);
	return FALSE;
}
