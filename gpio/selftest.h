/* SPDX-License-Identifier: MIT */
/*
 * What the header's lines do and cost, measured with a wire from MOSI to MISO and no
 * target. RESET is driven high all the time, as a target might be there after all.
 *
 * Takes about a second, and allocates nothing.
 */
#pragma once

#include <gio/gio.h>

#include "gpio/isp_bitbang.h"

#define SELFTEST_SAMPLES  4096 /* timed calls of each kind */
#define SELFTEST_N_RATES  9
#define SELFTEST_N_STALLS 4

/* What one line call takes, the reading of the clock included. */
struct selftest_cost {
	uint32_t least_ns;
	uint32_t median_ns;
	uint32_t p99_ns;
	uint32_t worst_ns;
	uint32_t samples_ns[SELFTEST_SAMPLES]; /* sorted */
};

/* Calls that took longer than selftest_stall_us[i]. */
struct selftest_stalls {
	uint64_t n_calls;
	uint64_t n_over[SELFTEST_N_STALLS];
	uint64_t longest_ns;
};

struct selftest_rate {
	unsigned wanted_hz; /* 0: as fast as it goes */
	unsigned reached_hz;
	uint64_t send_ns;   /* four bytes out */
	uint64_t answer_ns; /* four bytes out, one of them read */
	uint64_t n_bits;    /* that were read back */
	uint64_t n_wrong;
	uint64_t n_high; /* that read high */
};

struct selftest {
	struct selftest_cost set;
	struct selftest_cost get;
	struct selftest_stalls stalls;
	struct selftest_rate rates[SELFTEST_N_RATES]; /* from slow to fast */
};

enum selftest_echo {
	SELFTEST_FOLLOWS,
	SELFTEST_STUCK_HIGH,
	SELFTEST_STUCK_LOW,
	SELFTEST_INVERTED,
	SELFTEST_INTERMITTENT,
};

extern const unsigned selftest_stall_us[SELFTEST_N_STALLS];

/* What a factory-new part and one at 16 MHz are programmed at; among the rates. */
#define SELFTEST_FRESH_PART_HZ 237500
#define SELFTEST_FAST_PART_HZ  2666666

/*
 * On lines that are not driving yet; they are inputs again at the end, whatever happens.
 * A wrong echo is no failure here: selftest_check tells. IO, CANCELLED.
 */
gboolean selftest_run(struct selftest *selftest, struct isp_bitbang *bus,
		      GCancellable *cancellable, GError **error);

const struct selftest_rate *selftest_find_rate(const struct selftest *selftest,
					       unsigned wanted_hz);

/* What MISO did at one rate. */
enum selftest_echo selftest_echo(const struct selftest_rate *rate);

/* Of all rates. */
uint64_t selftest_n_wrong(const struct selftest *selftest);

/* SIXPIN_ERROR_IO with the finding, where MISO did not follow MOSI. */
gboolean selftest_check(const struct selftest *selftest, const struct gpio_pins *pins,
			GError **error);
