/* SPDX-License-Identifier: MIT */
/*
 * How fast SCK may be: each phase longer than 2 CPU clocks below 12 MHz, 3 from there on
 * (DS40002061, section 31.8.1). The clock is known from the fuses and from what was said
 * of the board; a rate counts only when it was proven on the target.
 */
#include "appliance/avr/avr_private.h"
#include "appliance/base/error.h"

#include <string.h>

#define PROOF_ROUNDS	     7
#define PROOF_BLOCK	     16
#define PROOF_RUN	     64
#define PROOF_RUN_ROUNDS     3 /* each of which has eight times the bytes */
#define LEAST_SCK_HZ	     3500
#define THREE_CLOCKS_FROM_HZ 12000000u

/* What is read at the slow rate, and must be the same at the fast one: each byte once, as
 * an answer that changes is the very doubt that is looked for. */
struct proof {
	uint8_t signature[3];
	uint8_t fuses[PART_MAX_FUSES];
	uint8_t flash[2 * PROOF_RUN]; /* PROOF_BLOCK bytes, or two runs of a block */
};

/* A crystal is exact, and links round phases up; the internal oscillator may be slow by
 * some percent at other temperatures and voltages. */
static unsigned sck_limit_hz(enum clock_kind kind, uint32_t clock_hz)
{
	unsigned limit_hz = clock_hz / (clock_hz < THREE_CLOCKS_FROM_HZ ? 4 : 6);

	return kind == CLOCK_INTERNAL ? limit_hz - limit_hz / 20 : limit_hz;
}

/* Of a clock on the chip the board has no rate to say. */
static bool is_rate_said(const struct avr *avr, const struct part_clock *clock)
{
	return avr->board.known && avr->board.kind == clock->kind &&
	       clock->kind != CLOCK_INTERNAL;
}

static uint32_t fastest_clock_hz(const struct avr *avr, const struct part_clock *clock)
{
	if (clock->kind == CLOCK_UNKNOWN)
		return 0;
	return (is_rate_said(avr, clock) ? avr->board.hz : clock->max_hz) /
	       clock->divider;
}

unsigned avr_safe_sck_hz(const struct avr *avr, const uint8_t fuses[PART_MAX_FUSES])
{
	struct part_clock clock = part_clock(avr->part, fuses);
	uint32_t clock_hz = (is_rate_said(avr, &clock) ? avr->board.hz : clock.min_hz) /
			    clock.divider;

	return MAX(sck_limit_hz(clock.kind, clock_hz), LEAST_SCK_HZ);
}

/* Addresses whose bits walk through MOSI: what comes back depends on all of them having
 * arrived. */
static uint32_t proof_address(const struct avr *avr, unsigned index)
{
	static const uint32_t patterns[] = { 0x0000, 0xFFFF, 0x5555, 0x2AAA };
	uint32_t address = patterns[index % G_N_ELEMENTS(patterns)] + index / 4;

	return address % MIN(avr->part->flash_bytes, 0x10000u);
}

/* Where a transfer costs the same for one byte and for many. */
static gboolean read_runs(struct avr *avr, struct proof *proof, GError **error)
{
	for (unsigned i = 0; i < 2; i++) {
		uint32_t at = proof_address(avr, 2 + i) & ~(PROOF_RUN - 1u);

		if (!avr_read_flash(avr, at, proof->flash + i * PROOF_RUN, PROOF_RUN,
				    error))
			return FALSE;
	}
	return TRUE;
}

static gboolean read_bytes(struct avr *avr, struct proof *proof, GError **error)
{
	for (unsigned i = 0; i < PROOF_BLOCK; i++)
		if (!avr_read_flash(avr, proof_address(avr, i), &proof->flash[i], 1,
				    error))
			return FALSE;
	return TRUE;
}

static gboolean read_proof(struct avr *avr, struct proof *proof, GError **error)
{
	for (unsigned i = 0; i < 3; i++)
		if (!avr_ask(avr, isp_read_signature(i), false, &proof->signature[i],
			     error))
			return FALSE;
	memset(proof->fuses, 0xFF, sizeof(proof->fuses));
	for (unsigned byte = 0; byte < avr->part->n_fuses; byte++)
		if (!avr_ask(avr, isp_read_fuse(byte), false, &proof->fuses[byte], error))
			return FALSE;
	return avr_reads_blocks(avr) ? read_runs(avr, proof, error)
				     : read_bytes(avr, proof, error);
}

/*
 * A rate that is much too fast shows at once, and here it does no harm: shifted by
 * however many bits, this instruction is still none that writes. Others are: 58 08
 * becomes C0 40, a write to EEPROM.
 */
static gboolean is_quiet(struct avr *avr, uint8_t low_fuse, unsigned n_rounds,
			 bool *quiet, GError **error)
{
	*quiet = true;
	for (unsigned i = 0; i < n_rounds && *quiet; i++) {
		bool echoed = true;
		uint8_t found;

		if (!avr_ask_checked(avr, isp_read_fuse(FUSE_LOW), &found, &echoed,
				     error))
			return FALSE;
		*quiet = echoed && found == low_fuse;
	}
	return TRUE;
}

static gboolean prove(struct avr *avr, const struct proof *expected, bool *proven,
		      GError **error)
{
	unsigned n_rounds = avr_reads_blocks(avr) ? PROOF_RUN_ROUNDS : PROOF_ROUNDS;
	struct proof found;

	if (!is_quiet(avr, expected->fuses[FUSE_LOW], n_rounds, proven, error))
		return FALSE;
	if (!*proven)
		return TRUE;
	*proven = false;
	for (unsigned round = 0; round < n_rounds; round++) {
		memset(&found, 0, sizeof(found));
		if (!read_proof(avr, &found, error))
			return FALSE;
		if (memcmp(&found, expected, sizeof(found)) != 0)
			return TRUE;
	}
	*proven = true;
	return TRUE;
}

/* From the fastest down by halves; a rate in doubt has probably cost the step, so entry
 * is anew. */
static gboolean try_rates(struct avr *avr, unsigned from_hz, unsigned safe_hz,
			  const struct proof *expected, GError **error)
{
	bool proven = false;

	for (unsigned hz = from_hz; hz > safe_hz; hz /= 2) {
		if (!avr_set_sck(avr, hz, error) || !prove(avr, expected, &proven, error))
			return FALSE;
		if (proven)
			return TRUE;
		if (!avr_set_sck(avr, safe_hz * 2, error) || !avr_recover(avr, error))
			return FALSE;
	}
	return avr_set_sck(avr, safe_hz, error);
}

gboolean avr_speed_up(struct avr *avr, GError **error)
{
	struct proof expected = { 0 };
	struct part_clock clock;
	unsigned safe_hz = avr->sck_hz;
	unsigned limit_hz;

	if (avr->wanted_sck_hz || !avr->link->ops->set_sck)
		return TRUE;
	if (!read_proof(avr, &expected, error))
		return FALSE;
	clock = part_clock(avr->part, expected.fuses);
	limit_hz = sck_limit_hz(clock.kind, fastest_clock_hz(avr, &clock));
	if (limit_hz < LEAST_SCK_HZ)
		return TRUE;
	return try_rates(avr, limit_hz, safe_hz, &expected, error);
}
