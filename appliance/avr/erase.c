/* SPDX-License-Identifier: MIT */
/*
 * Chip erase, and proof of it: an erase that was lost on the wire leaves the old bytes
 * wherever the new image has none. Parts that document the poll are seen busy; of others
 * something is read that the erase must take away, or else its echo is looked at.
 */
#include "appliance/avr/avr_private.h"

#define ERASE_TRIES 3

/* What the part held before, and must not hold after. */
struct witness {
	bool found;
	struct isp_instruction read;
};

enum proof {
	PROOF_NONE, /* nothing to tell it by */
	PROOF_ERASED,
	PROOF_NOT_ERASED,
};

/* Programs begin at the start of flash or of a boot section. */
static uint32_t candidate_address(const struct part *part, unsigned index)
{
	unsigned doublings = index / 2;

	if (index < 8 || part->boot_bytes_min == 0)
		return index;
	return part->flash_bytes - ((uint32_t)part->boot_bytes_min << (doublings - 4)) +
	       index % 2;
}

static gboolean find_witness(struct avr *avr, struct witness *witness, GError **error)
{
	uint8_t value = 0xFF;

	for (unsigned i = 0; i < 16 && !witness->found; i++) {
		uint32_t address = candidate_address(avr->part, i);

		witness->read = isp_read_flash(address);
		if (!avr_set_extended_address(avr, address, error) ||
		    !avr_ask(avr, witness->read, false, &value, error))
			return FALSE;
		if (value != 0xFF &&
		    !avr_ask_certain(avr, &witness->read, 1, &value, error))
			return FALSE;
		witness->found = value != 0xFF;
	}
	return TRUE;
}

/* Asked at once: an erase that began takes longer than the question. */
static gboolean prove_by_poll(struct avr *avr, enum proof *proof, GError **error)
{
	uint64_t began_ns = clock_now_ns(avr->link->clock);
	bool busy = false;
	bool asked_in_time;

	if (!avr_poll_busy(avr, &busy, error))
		return FALSE;
	asked_in_time = clock_now_ns(avr->link->clock) - began_ns <
			(uint64_t)avr->part->erase_us * 1000;
	*proof = busy ? PROOF_ERASED : asked_in_time ? PROOF_NOT_ERASED : PROOF_NONE;
	return TRUE;
}

/* Nothing to lose was found. The part has sent back what it understood, and is in step:
 * then it has counted all bits of the instruction. */
static gboolean prove_by_echo(struct avr *avr, bool echoed, enum proof *proof,
			      GError **error)
{
	bool in_step;

	*proof = PROOF_NONE;
	if (!echoed)
		return TRUE;
	if (!avr_check_step(avr, &in_step, error))
		return FALSE;
	*proof = in_step ? PROOF_ERASED : PROOF_NONE;
	return TRUE;
}

static gboolean prove_by_witness(struct avr *avr, const struct witness *witness,
				 enum proof *proof, GError **error)
{
	uint8_t value;

	if (!avr_ask_certain(avr, &witness->read, 1, &value, error))
		return FALSE;
	*proof = value == 0xFF ? PROOF_ERASED : PROOF_NOT_ERASED;
	return TRUE;
}

static gboolean erase_once(struct avr *avr, const struct witness *witness,
			   enum proof *proof, bool *in_step, GError **error)
{
	bool echoed;

	if (!avr_send_echoed(avr, isp_chip_erase(), &echoed, error))
		return FALSE;
	if (avr->part->has_busy_poll)
		return prove_by_poll(avr, proof, error) &&
		       avr_wait(avr, AVR_WAIT_ERASE, in_step, error);
	if (!avr_wait(avr, AVR_WAIT_ERASE, in_step, error))
		return FALSE;
	return witness->found ? prove_by_witness(avr, witness, proof, error)
			      : prove_by_echo(avr, echoed, proof, error);
}

/* Erasing twice harms nothing; not having erased does. */
gboolean avr_erase(struct avr *avr, GError **error)
{
	enum proof proof = PROOF_NOT_ERASED;
	struct witness witness = { 0 };
	bool in_step = true;

	avr_report(avr, AVR_STEP_ERASE, 0, 1);
	if (!avr->part->has_busy_poll && !find_witness(avr, &witness, error))
		return FALSE;
	for (unsigned try = 0; try < ERASE_TRIES && proof == PROOF_NOT_ERASED; try++) {
		avr->recoveries += try > 0;
		if (!erase_once(avr, &witness, &proof, &in_step, error) ||
		    (!in_step && !avr_recover(avr, error)))
			return FALSE;
		if (!in_step)
			proof = PROOF_NOT_ERASED;
	}
	avr->doubts += proof != PROOF_ERASED;
	avr_report(avr, AVR_STEP_ERASE, 1, 1);
	return TRUE;
}
