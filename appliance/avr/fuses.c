/* SPDX-License-Identifier: MIT */
/* Erase, fuses, lock bits and calibration: single bytes, each read back under its mask.
 */
#include "appliance/avr/avr_private.h"
#include "appliance/base/error.h"

#include <string.h>

/* Erasing twice harms nothing; not having erased does. */
gboolean avr_erase(struct avr *avr, GError **error)
{
	bool in_step = false;

	avr_report(avr, AVR_STEP_ERASE, 0, 1);
	while (!in_step) {
		in_step = true;
		if (!avr_send(avr, isp_chip_erase(), false, error) ||
		    !avr_wait(avr, AVR_WAIT_ERASE, &in_step, error))
			return FALSE;
		if (!in_step && !avr_recover(avr, error))
			return FALSE;
	}
	avr_report(avr, AVR_STEP_ERASE, 1, 1);
	return TRUE;
}

gboolean avr_read_fuse(struct avr *avr, enum fuse_byte byte, uint8_t *value,
		       GError **error)
{
	g_assert(byte < avr->part->n_fuses);
	return avr_ask_twice(avr, isp_read_fuse(byte), value, error);
}

gboolean avr_read_fuses(struct avr *avr, uint8_t fuses[PART_MAX_FUSES], GError **error)
{
	memset(fuses, 0xFF, PART_MAX_FUSES);
	for (unsigned byte = 0; byte < avr->part->n_fuses; byte++)
		if (!avr_read_fuse(avr, byte, &fuses[byte], error))
			return FALSE;
	return TRUE;
}

gboolean avr_read_lock(struct avr *avr, uint8_t *lock, GError **error)
{
	return avr_ask_twice(avr, isp_read_lock(), lock, error);
}

gboolean avr_read_calibration(struct avr *avr, uint8_t *values, unsigned n_values,
			      GError **error)
{
	for (unsigned i = 0; i < n_values; i++)
		if (!avr_ask_twice(avr, isp_read_calibration(i), &values[i], error))
			return FALSE;
	return TRUE;
}

/*
 * Writes one byte and reads it back. A difference is written again while the target is in
 * step: a RESET pulse would make a half-written fuse act. *found is what it reads in the
 * end.
 */
static gboolean write_settled(struct avr *avr, struct isp_instruction write,
			      struct isp_instruction read, uint8_t mask, uint8_t *found,
			      GError **error)
{
	uint8_t wanted = write.bytes[3];

	for (unsigned try = 0; try < AVR_PAGE_TRIES; try++) {
		bool in_step = true;

		if (!avr_send(avr, write, false, error) ||
		    !avr_wait(avr, AVR_WAIT_FUSE, &in_step, error) ||
		    !avr_ask_twice(avr, read, found, error))
			return FALSE;
		if (((*found ^ wanted) & mask) == 0)
			return TRUE;
	}
	return TRUE;
}

gboolean avr_write_fuse(struct avr *avr, enum fuse_byte byte, uint8_t value,
			GError **error)
{
	uint8_t mask = avr->part->fuse_mask[byte];
	uint8_t wanted = value | (uint8_t)~mask;
	uint8_t found;

	if (!write_settled(avr, isp_write_fuse(byte, wanted), isp_read_fuse(byte), mask,
			   &found, error))
		return FALSE;
	if (((found ^ wanted) & mask) == 0)
		return TRUE;
	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_VERIFY,
		    "%s fuse: expected %02X, found %02X (of bits %02X)",
		    fuse_byte_names[byte], wanted, found, mask);
	return FALSE;
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
	if (!write_settled(avr, isp_write_lock(avr->part, wanted), isp_read_lock(), mask,
			   &found, error))
		return FALSE;
	if (((found ^ wanted) & mask) == 0)
		return TRUE;
	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_VERIFY,
		    "lock bits: expected %02X, found %02X (of bits %02X)", wanted, found,
		    mask);
	return FALSE;
}
