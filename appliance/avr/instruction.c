/* SPDX-License-Identifier: MIT */
/* Single instructions, and the wait for a self-timed write (DS40002061, section 31.8.2).
 */
#include "appliance/avr/avr_private.h"
#include "appliance/base/cancel.h"
#include "appliance/base/error.h"

#define POLL_STEP_US	25
#define SETTLE_AGREEING 3
#define SETTLE_ASKS	12

void avr_report(struct avr *avr, const char *step, uint32_t done, uint32_t total)
{
	if (avr->progress.report)
		avr->progress.report(avr->progress.user, step, done, total);
}

static gboolean exchange(struct avr *avr, struct isp_instruction instruction,
			 unsigned flags, uint8_t rx[ISP_MAX_SITES][4], GError **error)
{
	if (is_cancelled(avr->cancellable, error))
		return FALSE;
	return isp_command(avr->link, instruction.bytes, flags, rx, error);
}

gboolean avr_send(struct avr *avr, struct isp_instruction instruction, bool more,
		  GError **error)
{
	uint8_t rx[ISP_MAX_SITES][4];

	return exchange(avr, instruction, more ? ISP_MORE : 0, rx, error);
}

gboolean avr_send_echoed(struct avr *avr, struct isp_instruction instruction,
			 bool *echoed, GError **error)
{
	uint8_t rx[ISP_MAX_SITES][4] = { 0 };

	if (!exchange(avr, instruction, ISP_WANT(1) | ISP_WANT(2), rx, error))
		return FALSE;
	*echoed = avr->echoes && rx[0][1] == instruction.bytes[0] &&
		  rx[0][2] == instruction.bytes[1];
	return TRUE;
}

gboolean avr_ask(struct avr *avr, struct isp_instruction instruction, bool more,
		 uint8_t *reply, GError **error)
{
	uint8_t rx[ISP_MAX_SITES][4] = { 0 };

	if (!exchange(avr, instruction, ISP_WANT_DATA | (more ? ISP_MORE : 0), rx, error))
		return FALSE;
	*reply = rx[0][3];
	return TRUE;
}

gboolean avr_ask_checked(struct avr *avr, struct isp_instruction instruction,
			 uint8_t *reply, bool *echoed, GError **error)
{
	unsigned echo = avr->echoes ? ISP_WANT(1) | ISP_WANT(2) : 0;
	uint8_t rx[ISP_MAX_SITES][4] = { 0 };

	if (!exchange(avr, instruction, ISP_WANT_DATA | echo, rx, error))
		return FALSE;
	*reply = rx[0][3];
	if (avr->echoes)
		*echoed = rx[0][1] == instruction.bytes[0] &&
			  rx[0][2] == instruction.bytes[1];
	return TRUE;
}

/*
 * Two equal answers can be the same flipped bit twice: three are asked for. A target out
 * of step answers with the third byte that it was sent: where that one is free it changes
 * from ask to ask, and such answers never agree. (Shifted by any number of bits, these
 * make no instruction that writes.)
 */
gboolean avr_ask_settled(struct avr *avr, struct isp_instruction instruction,
			 uint8_t *reply, bool *settled, GError **error)
{
	static const uint8_t fillers[] = { 0x00, 0x55, 0xAA };
	unsigned n_agreeing = 0;

	for (unsigned n_asked = 0; n_asked < SETTLE_ASKS; n_asked++) {
		bool echoed = true;
		uint8_t answer;

		if (isp_has_free_byte(instruction))
			instruction.bytes[2] = fillers[n_asked % G_N_ELEMENTS(fillers)];
		if (!avr_ask_checked(avr, instruction, &answer, &echoed, error))
			return FALSE;
		if (n_agreeing > 0 && answer != *reply)
			n_agreeing = 0;
		n_agreeing = echoed ? n_agreeing + 1 : 0;
		*reply = answer;
		avr->recoveries += n_asked == SETTLE_AGREEING;
		*settled = n_agreeing == SETTLE_AGREEING;
		if (*settled)
			return TRUE;
	}
	return TRUE;
}

static gboolean ask_all_settled(struct avr *avr,
				const struct isp_instruction *instructions,
				unsigned n_instructions, uint8_t *replies, bool *settled,
				GError **error)
{
	*settled = true;
	for (unsigned i = 0; i < n_instructions && *settled; i++)
		if (!avr_ask_settled(avr, instructions[i], &replies[i], settled, error))
			return FALSE;
	return TRUE;
}

gboolean avr_ask_certain(struct avr *avr, const struct isp_instruction *instructions,
			 unsigned n_instructions, uint8_t *replies, GError **error)
{
	bool certain;

	for (unsigned try = 0; try < AVR_PAGE_TRIES; try++) {
		if (!ask_all_settled(avr, instructions, n_instructions, replies, &certain,
				     error) ||
		    (certain && !avr_check_step(avr, &certain, error)))
			return FALSE;
		if (certain)
			return TRUE;
		if (!avr_recover(avr, error))
			return FALSE;
	}
	g_set_error(
		error, SIXPIN_ERROR, SIXPIN_ERROR_IO,
		"instruction %02X %02X %02X is answered differently every time: shorten the "
		"wires, lower SCK (now %u Hz), check ground and power",
		instructions->bytes[0], instructions->bytes[1], instructions->bytes[2],
		avr->sck_hz);
	return FALSE;
}

static uint32_t longest_us(const struct avr *avr, enum avr_wait wait)
{
	const uint32_t times_us[AVR_N_WAITS] = {
		[AVR_WAIT_ERASE] = avr->part->erase_us,
		[AVR_WAIT_FLASH] = avr->part->flash_write_us,
		[AVR_WAIT_EEPROM] = avr->part->eeprom_write_us,
		[AVR_WAIT_FUSE] = MAX(avr->part->fuse_write_us, avr->part->erase_us),
	};

	return times_us[wait];
}

gboolean avr_poll_busy(struct avr *avr, bool *busy, GError **error)
{
	uint8_t reply;

	if (!avr_ask(avr, isp_poll_busy(), false, &reply, error))
		return FALSE;
	*busy = reply & 1;
	return TRUE;
}

/* Polls are cheap but where each is a transfer of its own: there the whole time at first.
 */
static uint32_t first_sleep_us(const struct avr *avr, enum avr_wait wait)
{
	uint32_t longest = longest_us(avr, wait);

	if (avr->expected_us[wait])
		return avr->expected_us[wait];
	return avr_reads_blocks(avr) ? longest : longest / 2;
}

/*
 * Sleeps nearly as long as the last write of this kind took, then polls. When the first
 * poll finds it done, the next sleep is shorter. Never slower than the data sheet's
 * longest time: a part that is busy for twice as long is out of step.
 */
static gboolean poll_until_ready(struct avr *avr, enum avr_wait wait, bool *seen_busy,
				 bool *in_step, GError **error)
{
	uint32_t longest = longest_us(avr, wait);
	uint32_t sleep_us = first_sleep_us(avr, wait);
	uint64_t began_ns = clock_now_ns(avr->link->clock);
	uint64_t passed_us = sleep_us;
	bool busy;

	clock_sleep_us(avr->link->clock, sleep_us);
	for (;;) {
		if (!avr_poll_busy(avr, &busy, error))
			return FALSE;
		if (!busy)
			break;
		passed_us = (clock_now_ns(avr->link->clock) - began_ns) / 1000;
		*seen_busy = true;
		if (passed_us > 2 * (uint64_t)longest) {
			*in_step = false;
			break;
		}
		clock_sleep_us(avr->link->clock, POLL_STEP_US);
	}
	avr->expected_us[wait] =
		*seen_busy ? (uint32_t)passed_us : sleep_us - sleep_us / 16;
	return TRUE;
}

/*
 * Fuses and lock bits are few and must not be asked for too early: always the whole time,
 * and that of the erase which one flipped bit makes of them.
 * A part that was seen busy was in step when it began to write; of any other the
 * signature tells.
 */
gboolean avr_wait(struct avr *avr, enum avr_wait wait, bool *in_step, GError **error)
{
	bool seen_busy = false;

	*in_step = true;
	if (!avr->part->has_busy_poll || wait == AVR_WAIT_FUSE)
		clock_sleep_us(avr->link->clock, longest_us(avr, wait));
	else if (!poll_until_ready(avr, wait, &seen_busy, in_step, error))
		return FALSE;
	if (seen_busy)
		return TRUE;
	return avr_reads_blocks(avr) ? avr_prove_step(avr, in_step, error)
				     : avr_check_step(avr, in_step, error);
}

gboolean avr_set_extended_address(struct avr *avr, uint32_t byte_address, GError **error)
{
	int wanted = (int)(byte_address >> 17);

	if (!avr->part->has_extended_address || avr->extended_address == wanted)
		return TRUE;
	if (!avr_send(avr, isp_load_extended_address(byte_address), true, error))
		return FALSE;
	avr->extended_address = wanted;
	return TRUE;
}
