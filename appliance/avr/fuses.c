/* SPDX-License-Identifier: MIT */
/*
 * Fuses, lock bits and calibration: single bytes, each read back under its mask.
 *
 * One flipped bit makes a chip erase, or the write of another fuse or of the lock bits,
 * of a fuse's write (AC A0, AC 80, AC A8, AC E0). So nothing is written again before all
 * of the fuses have been looked at, and whoever wrote wrongly learns of it by
 * avr->doubts.
 */
#include "appliance/avr/avr_private.h"
#include "appliance/avr/fuse_safety.h"
#include "appliance/base/error.h"

#include <string.h>

gboolean avr_read_fuse(struct avr *avr, enum fuse_byte byte, uint8_t *value,
		       GError **error)
{
	struct isp_instruction read = isp_read_fuse(byte);

	g_assert(byte < avr->part->n_fuses);
	return avr_ask_certain(avr, &read, 1, value, error);
}

gboolean avr_read_fuses(struct avr *avr, uint8_t fuses[PART_MAX_FUSES], GError **error)
{
	struct isp_instruction reads[PART_MAX_FUSES];

	memset(fuses, 0xFF, PART_MAX_FUSES);
	for (unsigned byte = 0; byte < PART_MAX_FUSES; byte++)
		reads[byte] = isp_read_fuse(byte);
	return avr_ask_certain(avr, reads, avr->part->n_fuses, fuses, error);
}

gboolean avr_read_lock(struct avr *avr, uint8_t *lock, GError **error)
{
	struct isp_instruction read = isp_read_lock();

	return avr_ask_certain(avr, &read, 1, lock, error);
}

gboolean avr_read_calibration(struct avr *avr, uint8_t *values, unsigned n_values,
			      GError **error)
{
	for (unsigned i = 0; i < n_values; i++) {
		struct isp_instruction read = isp_read_calibration(i);

		if (!avr_ask_certain(avr, &read, 1, &values[i], error))
			return FALSE;
	}
	return TRUE;
}

static bool fuse_equal(const struct part *part, unsigned byte, uint8_t a, uint8_t b)
{
	return ((a ^ b) & part->fuse_mask[byte]) == 0;
}

bool avr_fuses_equal(const struct part *part, const uint8_t a[PART_MAX_FUSES],
		     const uint8_t b[PART_MAX_FUSES])
{
	for (unsigned byte = 0; byte < part->n_fuses; byte++)
		if (!fuse_equal(part, byte, a[byte], b[byte]))
			return false;
	return true;
}

/* The first byte that differs, those without dangerous changes before the others; -1 if
 * none does. */
static int next_to_write(const struct part *part, const uint8_t present[PART_MAX_FUSES],
			 const uint8_t wanted[PART_MAX_FUSES])
{
	int dangerous = -1;

	for (unsigned byte = 0; byte < part->n_fuses; byte++) {
		uint8_t changes = present[byte] ^ wanted[byte];

		if (fuse_equal(part, byte, present[byte], wanted[byte]))
			continue;
		if (!(changes & fuse_dangerous_bits(part, byte)))
			return (int)byte;
		if (dangerous < 0)
			dangerous = (int)byte;
	}
	return dangerous;
}

static gboolean write_fuse(struct avr *avr, unsigned byte, uint8_t value, GError **error)
{
	uint8_t written = value | (uint8_t)~avr->part->fuse_mask[byte];
	bool in_step = true;

	return avr_send(avr, isp_write_fuse(byte, written), false, error) &&
	       avr_wait(avr, AVR_WAIT_FUSE, &in_step, error);
}

/* Is it SPIEN alone that did not change? */
static bool kept_spien(const struct part *part, unsigned byte, uint8_t wanted,
		       uint8_t found)
{
	enum fuse_byte spien_byte;
	unsigned bit;

	return part_find_fuse_bit(part, "SPIEN", &spien_byte, &bit) &&
	       spien_byte == byte &&
	       ((wanted ^ found) & part->fuse_mask[byte]) == 1u << bit;
}

static void set_fuse_mismatch(const struct part *part, unsigned byte, uint8_t wanted,
			      uint8_t found, GError **error)
{
	g_set_error(
		error, SIXPIN_ERROR, SIXPIN_ERROR_VERIFY,
		"%s fuse: expected %02X, found %02X (of bits %02X)%s",
		fuse_byte_names[byte], wanted | (uint8_t)~part->fuse_mask[byte], found,
		part->fuse_mask[byte],
		kept_spien(part, byte, wanted, found)
			? "; SPIEN cannot be changed by serial programming, the part keeps it"
			: "");
}

/* A byte at a time, and all of them read again after each. */
gboolean avr_write_fuses(struct avr *avr, const uint8_t fuses[PART_MAX_FUSES],
			 GError **error)
{
	uint8_t expected[PART_MAX_FUSES], present[PART_MAX_FUSES];
	unsigned n_passes = avr->part->n_fuses + AVR_PAGE_TRIES;
	int byte = -1;

	for (unsigned pass = 0; pass < n_passes; pass++) {
		if (!avr_read_fuses(avr, present, error))
			return FALSE;
		if (pass > 0 && !avr_fuses_equal(avr->part, present, expected)) {
			avr->doubts++;
			avr->recoveries++;
		}
		byte = next_to_write(avr->part, present, fuses);
		if (byte < 0)
			return TRUE;
		if (!write_fuse(avr, (unsigned)byte, fuses[byte], error))
			return FALSE;
		memcpy(expected, present, sizeof(expected));
		expected[byte] = fuses[byte];
	}
	set_fuse_mismatch(avr->part, (unsigned)byte, fuses[byte], present[byte], error);
	return FALSE;
}

gboolean avr_check_fuses(const struct part *part, const uint8_t wanted[PART_MAX_FUSES],
			 const uint8_t found[PART_MAX_FUSES], GError **error)
{
	for (unsigned byte = 0; byte < part->n_fuses; byte++) {
		if (fuse_equal(part, byte, wanted[byte], found[byte]))
			continue;
		set_fuse_mismatch(part, byte, wanted[byte], found[byte], error);
		return FALSE;
	}
	return TRUE;
}

static gboolean write_lock_once(struct avr *avr, uint8_t wanted, uint8_t *found,
				GError **error)
{
	bool in_step = true;

	return avr_send(avr, isp_write_lock(avr->part, wanted), false, error) &&
	       avr_wait(avr, AVR_WAIT_FUSE, &in_step, error) &&
	       avr_read_lock(avr, found, error);
}

/* The lock's write may have become a fuse's: that fuse is put right before the next try,
 * while it still can be. */
static gboolean write_lock_settled(struct avr *avr, uint8_t wanted, uint8_t *found,
				   GError **error)
{
	uint8_t fuses[PART_MAX_FUSES];

	if (!avr_read_fuses(avr, fuses, error))
		return FALSE;
	for (unsigned try = 0; try < AVR_PAGE_TRIES; try++) {
		if (((*found ^ wanted) & avr->part->lock_mask) == 0)
			return TRUE;
		avr->doubts += try > 0;
		avr->recoveries += try > 0;
		if ((try > 0 && !avr_write_fuses(avr, fuses, error)) ||
		    !write_lock_once(avr, wanted, found, error))
			return FALSE;
	}
	return TRUE;
}

gboolean avr_write_lock(struct avr *avr, uint8_t value, GError **error)
{
	uint8_t mask = avr->part->lock_mask;
	uint8_t wanted = value | (uint8_t)~mask;
	uint8_t found;

	if (!avr_read_lock(avr, &found, error))
		return FALSE;
	if (wanted & ~found & mask) {
		g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_LOCKED,
			    "lock bits are %02X; to make them %02X takes a chip erase",
			    found, wanted);
		return FALSE;
	}
	if (!write_lock_settled(avr, wanted, &found, error))
		return FALSE;
	if (((found ^ wanted) & mask) == 0)
		return TRUE;
	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_VERIFY,
		    "lock bits: expected %02X, found %02X (of bits %02X)", wanted, found,
		    mask);
	return FALSE;
}
