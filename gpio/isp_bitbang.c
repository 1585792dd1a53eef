/* SPDX-License-Identifier: MIT */
/* SPI mode 0 on GPIO lines: SCK rests low, the part samples MOSI on its rising edge and
 * changes MISO on its falling edge (DS40002061, section 31.9, Serial Programming
 * Characteristics). */
#include "gpio/isp_bitbang.h"

enum { BIT_SCK, BIT_MOSI, BIT_RESET };

#define SCK		  (1u << BIT_SCK)
#define MOSI		  (1u << BIT_MOSI)
#define RESET_WAIT_US	  20100
#define LEARNING_CALLS	  1000
#define STEADY_CALLS	  64
#define FEW_CALLS	  8
#define LEARNING_LIMIT_NS 15000000u

/* What an edge's place within its call, and the reading of the clock, may vary by. */
#define CALL_JITTER_NS 24u

void isp_bitbang_request(const struct gpio_pins *pins, struct lines_request *request)
{
	*request = (struct lines_request){
		.n_outputs = BIT_RESET + pins->n_sites,
		.n_inputs = pins->n_sites,
		.outputs = { [BIT_SCK] = pins->sck, [BIT_MOSI] = pins->mosi },
	};
	for (unsigned site = 0; site < pins->n_sites; site++) {
		request->outputs[BIT_RESET + site] = pins->reset[site];
		request->inputs[site] = pins->miso[site];
	}
}

void isp_bitbang_init(struct isp_bitbang *bus, struct lines *lines, unsigned n_sites)
{
	*bus = (struct isp_bitbang){ .lines = lines, .n_sites = n_sites };
}

unsigned isp_bitbang_set_sck(struct isp_bitbang *bus, unsigned hz)
{
	bus->half_ns = 500000000u / hz + 1;
	return hz;
}

/*
 * What a call costs counts toward the phase, less what an edge's place within its call
 * may vary by. Calls that take about as long as the phase vary little beside it; short
 * ones must keep more in hand. Where edges may come late by themselves, nothing is taken
 * off.
 */
static uint64_t pause_ns(const struct isp_bitbang *bus)
{
	bool fills_phase = bus->least_call_ns + CALL_JITTER_NS >= bus->half_ns;
	uint64_t in_hand_ns = fills_phase ? CALL_JITTER_NS / 3 : CALL_JITTER_NS;
	uint64_t credit_ns = bus->least_call_ns - MIN(bus->least_call_ns, in_hand_ns);

	if (bus->lines->edges_late)
		return bus->half_ns;
	return bus->half_ns > credit_ns ? bus->half_ns - credit_ns : 0;
}

/* A machine that was slow when the cost was learnt may be quick now: what a call took at
 * most, from the moment it was due, is looked at each time. */
static gboolean edge(struct isp_bitbang *bus, uint32_t mask, uint32_t levels,
		     GError **error)
{
	struct clock *clock = bus->lines->clock;
	uint64_t now_ns;

	clock_spin_until_ns(clock, bus->next_edge_ns);
	if (!lines_set(bus->lines, mask, levels, error))
		return FALSE;
	now_ns = clock_now_ns(clock);
	bus->least_call_ns = MIN(bus->least_call_ns, now_ns - bus->next_edge_ns);
	bus->next_edge_ns = now_ns + pause_ns(bus);
	return TRUE;
}

/*
 * Calls that change nothing, made in a wait that has to be anyway. The quickest of many
 * is a bound that single stalls do not reach; where all take the same, few tell as much.
 * Few that were cut short by a stall tell nothing: then no call counts toward a phase.
 */
static gboolean learn_call_cost(struct isp_bitbang *bus, GError **error)
{
	struct clock *clock = bus->lines->clock;
	uint64_t limit_ns = clock_now_ns(clock) + LEARNING_LIMIT_NS;
	uint64_t least_ns = UINT64_MAX, most_ns = 0, now_ns = 0;
	unsigned n_calls = 0;
	bool all_same = false;

	while (n_calls < LEARNING_CALLS && now_ns <= limit_ns &&
	       !(n_calls > STEADY_CALLS && all_same)) {
		uint64_t before_ns = clock_now_ns(clock);

		if (!lines_set(bus->lines, 0, 0, error))
			return FALSE;
		now_ns = clock_now_ns(clock);
		least_ns = MIN(least_ns, now_ns - before_ns);
		most_ns = MAX(most_ns, now_ns - before_ns);
		all_same = most_ns - least_ns < CALL_JITTER_NS;
		n_calls++;
	}
	bus->least_call_ns =
		n_calls > (all_same ? FEW_CALLS : STEADY_CALLS) ? least_ns : 0;
	return TRUE;
}

static uint32_t all_resets(const struct isp_bitbang *bus)
{
	return ((1u << bus->n_sites) - 1) << BIT_RESET;
}

gboolean isp_bitbang_idle(struct isp_bitbang *bus, GError **error)
{
	return lines_drive(bus->lines, all_resets(bus), error);
}

gboolean isp_bitbang_reset(struct isp_bitbang *bus, unsigned high_us, GError **error)
{
	struct clock *clock = bus->lines->clock;
	uint64_t fell_ns;

	if (!isp_bitbang_idle(bus, error))
		return FALSE;
	clock_sleep_us(clock, high_us);
	if (!lines_set(bus->lines, all_resets(bus), 0, error))
		return FALSE;
	fell_ns = clock_now_ns(clock);
	if (bus->least_call_ns == 0 && !learn_call_cost(bus, error))
		return FALSE;
	clock_sleep_until_ns(clock, fell_ns + RESET_WAIT_US * 1000u);
	bus->next_edge_ns = clock_now_ns(clock);
	return TRUE;
}

static gboolean read_bit(struct isp_bitbang *bus, unsigned byte, uint8_t rx[][4],
			 GError **error)
{
	uint32_t levels;

	if (!lines_get(bus->lines, &levels, error))
		return FALSE;
	for (unsigned site = 0; site < bus->n_sites; site++)
		rx[site][byte] = (uint8_t)(rx[site][byte] << 1 | (levels >> site & 1));
	return TRUE;
}

/* MISO has been steady since SCK fell, and stays so until it falls again. */
static gboolean transfer_byte(struct isp_bitbang *bus, uint8_t out, unsigned byte,
			      bool wanted, uint8_t rx[][4], GError **error)
{
	for (unsigned bit = 8; bit-- > 0;) {
		if (!edge(bus, SCK | MOSI, out >> bit & 1 ? MOSI : 0, error))
			return FALSE;
		if (!edge(bus, SCK, SCK, error))
			return FALSE;
		if (wanted && !read_bit(bus, byte, rx, error))
			return FALSE;
	}
	return TRUE;
}

gboolean isp_bitbang_transfer(struct isp_bitbang *bus, const uint8_t tx[4], unsigned want,
			      bool more, uint8_t rx[][4], GError **error)
{
	for (unsigned byte = 0; byte < 4; byte++)
		if (!transfer_byte(bus, tx[byte], byte, want >> byte & 1, rx, error))
			return FALSE;
	return more || edge(bus, SCK, 0, error);
}

gboolean isp_bitbang_release(struct isp_bitbang *bus, GError **error)
{
	return lines_release(bus->lines, error);
}
