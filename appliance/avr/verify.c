/* SPDX-License-Identifier: MIT */
/*
 * Reading back. A difference may be the target's or the wire's: it counts once the wire
 * is known to be in step and two more readings of the block agree.
 */
#include "appliance/avr/avr_private.h"
#include "appliance/base/cancel.h"
#include "appliance/base/error.h"

#include <string.h>

#define BLOCK_BYTES 256

struct memory {
	const char *name;
	const char *verify_step;
	gboolean (*read)(struct avr *avr, uint32_t address, uint8_t *data,
			 uint32_t n_bytes, GError **error);
	struct isp_instruction (*read_instruction)(uint32_t address);
	/* NULL: not to be repaired. */
	gboolean (*write_chunk)(struct avr *avr, const struct image *image,
				uint32_t address, uint32_t *n_image_bytes,
				GError **error);
};

static gboolean read_blocks(struct avr *avr, enum isp_memory memory, uint32_t address,
			    uint8_t *data, uint32_t n_bytes, GError **error)
{
	avr->extended_address = -1;
	for (uint32_t i = 0; i < n_bytes; i += ISP_BLOCK_BYTES)
		if (is_cancelled(avr->cancellable, error) ||
		    !avr->link->ops->read(avr->link, memory, address + i, data + i,
					  MIN(ISP_BLOCK_BYTES, n_bytes - i), error))
			return FALSE;
	return TRUE;
}

gboolean avr_read_flash(struct avr *avr, uint32_t address, uint8_t *data,
			uint32_t n_bytes, GError **error)
{
	if (avr_reads_blocks(avr))
		return read_blocks(avr, ISP_FLASH, address, data, n_bytes, error);
	for (uint32_t i = 0; i < n_bytes; i++)
		if (!avr_set_extended_address(avr, address + i, error) ||
		    !avr_ask(avr, isp_read_flash(address + i), i + 1 < n_bytes, &data[i],
			     error))
			return FALSE;
	return TRUE;
}

gboolean avr_read_eeprom(struct avr *avr, uint32_t address, uint8_t *data,
			 uint32_t n_bytes, GError **error)
{
	if (avr_reads_blocks(avr))
		return read_blocks(avr, ISP_EEPROM, address, data, n_bytes, error);
	for (uint32_t i = 0; i < n_bytes; i++)
		if (!avr_ask(avr, isp_read_eeprom(address + i), i + 1 < n_bytes, &data[i],
			     error))
			return FALSE;
	return TRUE;
}

/* Two readings in a row that agree; what the first one said does not count any more. */
static gboolean read_settled(struct avr *avr, const struct memory *memory,
			     uint32_t address, uint8_t *data, uint32_t n_bytes,
			     GError **error)
{
	uint8_t again[ISP_BLOCK_BYTES];
	bool in_step;

	for (unsigned try = 0; try < AVR_PAGE_TRIES; try++) {
		if (!avr_stay_in_step(avr, error) ||
		    !memory->read(avr, address, data, n_bytes, error) ||
		    !memory->read(avr, address, again, n_bytes, error) ||
		    !avr_check_step(avr, &in_step, error))
			return FALSE;
		if (in_step && memcmp(data, again, n_bytes) == 0)
			return TRUE;
		avr->recoveries++;
	}
	g_set_error(
		error, SIXPIN_ERROR, SIXPIN_ERROR_VERIFY,
		"%s at 0x%05X reads differently every time: shorten the wires, lower SCK (now "
		"%u Hz), check ground and power",
		memory->name, address, avr->sck_hz);
	return FALSE;
}

static void set_mismatch(const struct memory *memory, uint32_t address,
			 const uint8_t *expected, const uint8_t *found, uint32_t n_bytes,
			 GError **error)
{
	uint32_t first = 0, n_wrong = 0;

	for (uint32_t i = n_bytes; i-- > 0;) {
		if (expected[i] == found[i])
			continue;
		first = i;
		n_wrong++;
	}
	g_set_error(
		error, SIXPIN_ERROR, SIXPIN_ERROR_VERIFY,
		"%s at 0x%05X: expected %02X, found %02X (%u of %u bytes differ in this block)",
		memory->name, address + first, expected[first], found[first], n_wrong,
		n_bytes);
}

/* Programming turns ones into zeros: only missing zeros can still be written. */
static bool is_repairable(const uint8_t *expected, const uint8_t *found, uint32_t n_bytes)
{
	for (uint32_t i = 0; i < n_bytes; i++)
		if (expected[i] & ~found[i])
			return false;
	return true;
}

static gboolean repair_block(struct avr *avr, const struct memory *memory,
			     const struct image *image, uint32_t address,
			     uint32_t n_bytes, GError **error)
{
	uint32_t page = avr_flash_chunk_bytes(avr->part);
	uint32_t n_image_bytes;

	avr->recoveries++;
	for (uint32_t at = address - address % page; at < address + n_bytes; at += page)
		if (!memory->write_chunk(avr, image, at, &n_image_bytes, error))
			return FALSE;
	return TRUE;
}

static gboolean settle_block(struct avr *avr, const struct memory *memory,
			     const struct image *image, uint32_t address,
			     const uint8_t *expected, uint32_t n_bytes, GError **error)
{
	uint8_t found[ISP_BLOCK_BYTES];

	for (unsigned try = 0; try < AVR_PAGE_TRIES; try++) {
		avr->recoveries++;
		avr->extended_address = -1;
		if (!read_settled(avr, memory, address, found, n_bytes, error))
			return FALSE;
		if (memcmp(found, expected, n_bytes) == 0)
			return TRUE;
		avr->doubts++;
		if (!memory->write_chunk || !is_repairable(expected, found, n_bytes))
			break;
		if (!repair_block(avr, memory, image, address, n_bytes, error))
			return FALSE;
	}
	set_mismatch(memory, address, expected, found, n_bytes, error);
	return FALSE;
}

static bool is_uniform(const uint8_t *data, uint32_t n_bytes)
{
	return n_bytes == 1 || memcmp(data, data + 1, n_bytes - 1) == 0;
}

/* A block has no echo. Where all its bytes are the same, a stuck MISO would read so too:
 * then the signature must come back. */
static gboolean read_whole_block(struct avr *avr, const struct memory *memory,
				 uint32_t address, uint8_t *data, uint32_t n_bytes,
				 bool *in_step, GError **error)
{
	if (!memory->read(avr, address, data, n_bytes, error))
		return FALSE;
	*in_step = true;
	return !is_uniform(data, n_bytes) || avr_check_step(avr, in_step, error);
}

/* The last byte with its echo: MISO is not stuck at what erased memory reads. */
static gboolean read_block(struct avr *avr, const struct memory *memory, uint32_t address,
			   uint8_t *data, uint32_t n_bytes, bool *echoed, GError **error)
{
	uint32_t last = n_bytes - 1;

	if (avr_reads_blocks(avr))
		return read_whole_block(avr, memory, address, data, n_bytes, echoed,
					error);
	return memory->read(avr, address, data, last, error) &&
	       avr_set_extended_address(avr, address + last, error) &&
	       avr_ask_checked(avr, memory->read_instruction(address + last), &data[last],
			       echoed, error);
}

static gboolean verify_block(struct avr *avr, const struct memory *memory,
			     const struct image *image, uint32_t address,
			     const uint8_t *expected, uint32_t n_bytes, GError **error)
{
	uint8_t found[ISP_BLOCK_BYTES];
	bool echoed = true;

	if (!read_block(avr, memory, address, found, n_bytes, &echoed, error))
		return FALSE;
	if (echoed && memcmp(found, expected, n_bytes) == 0)
		return TRUE;
	return settle_block(avr, memory, image, address, expected, n_bytes, error);
}

static uint32_t block_bytes(const struct avr *avr)
{
	if (!avr_reads_blocks(avr))
		return BLOCK_BYTES;
	return ISP_BLOCK_BYTES - ISP_BLOCK_BYTES % MAX(avr->link->read_bytes, 1);
}

static gboolean verify_segment(struct avr *avr, const struct memory *memory,
			       const struct image *image,
			       const struct image_segment *segment, uint32_t done,
			       uint32_t total, GError **error)
{
	for (uint32_t offset = 0; offset < segment->n_bytes;) {
		uint32_t n_bytes = MIN(block_bytes(avr), segment->n_bytes - offset);

		if (!verify_block(avr, memory, image, segment->address + offset,
				  segment->data + offset, n_bytes, error))
			return FALSE;
		offset += n_bytes;
		avr_report(avr, memory->verify_step, done + offset, total);
	}
	return TRUE;
}

static gboolean verify(struct avr *avr, const struct memory *memory,
		       const struct image *image, GError **error)
{
	uint32_t total = image_n_bytes(image);
	uint32_t done = 0;

	avr_report(avr, memory->verify_step, 0, total);
	for (unsigned i = 0; i < image_n_segments(image); i++) {
		struct image_segment segment = image_segment(image, i);

		if (!verify_segment(avr, memory, image, &segment, done, total, error))
			return FALSE;
		done += segment.n_bytes;
	}
	return TRUE;
}

gboolean avr_verify_flash(struct avr *avr, const struct image *image, bool repair,
			  GError **error)
{
	const struct memory flash = {
		.name = "flash",
		.verify_step = AVR_STEP_VERIFY_FLASH,
		.read = avr_read_flash,
		.read_instruction = isp_read_flash,
		.write_chunk = repair ? avr_write_flash_chunk : NULL,
	};

	return verify(avr, &flash, image, error);
}

gboolean avr_verify_eeprom(struct avr *avr, const struct image *image, GError **error)
{
	const struct memory eeprom = {
		.name = "EEPROM",
		.verify_step = AVR_STEP_VERIFY_EEPROM,
		.read = avr_read_eeprom,
		.read_instruction = isp_read_eeprom,
	};

	return verify(avr, &eeprom, image, error);
}
