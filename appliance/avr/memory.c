/* SPDX-License-Identifier: MIT */
/* Writing flash and EEPROM by pages or bytes (DS40002061, sections 31.8.2 and 31.8.3). */
#include "appliance/avr/avr_private.h"
#include "appliance/base/cancel.h"
#include "appliance/base/error.h"

#include <string.h>

static bool is_blank(const uint8_t *data, uint32_t n_bytes)
{
	for (uint32_t i = 0; i < n_bytes; i++)
		if (data[i] != 0xFF)
			return false;
	return true;
}

/* A byte-written part still has its bytes in groups here, so that progress moves in
 * steps. */
uint32_t avr_flash_chunk_bytes(const struct part *part)
{
	return part->flash_page_bytes ? part->flash_page_bytes : 64;
}

static gboolean write_page_once(struct avr *avr, uint32_t address, const uint8_t *data,
				bool *in_step, GError **error)
{
	for (unsigned i = 0; i < avr->part->flash_page_bytes; i++)
		if (!avr_send(avr, isp_load_flash(i, data[i]), true, error))
			return FALSE;
	return avr_set_extended_address(avr, address, error) &&
	       avr_send(avr, isp_write_flash_page(address), false, error) &&
	       avr_wait(avr, AVR_WAIT_FLASH, in_step, error);
}

/* The programmer waits for each page; after all of them the target must be in step. */
static gboolean write_pages_once(struct avr *avr, uint32_t address, const uint8_t *data,
				 uint32_t n_bytes, bool *in_step, GError **error)
{
	if (is_cancelled(avr->cancellable, error))
		return FALSE;
	avr->extended_address = -1;
	return avr->link->ops->write_flash(avr->link, address, data, n_bytes, error) &&
	       avr_prove_step(avr, in_step, error);
}

static gboolean write_bytes_once(struct avr *avr, uint32_t address, const uint8_t *data,
				 bool *in_step, GError **error)
{
	*in_step = true;
	for (unsigned i = 0; i < avr_flash_chunk_bytes(avr->part) && *in_step; i++) {
		if (data[i] == 0xFF)
			continue;
		if (!avr_send(avr, isp_write_flash_byte(address + i, data[i]), false,
			      error) ||
		    !avr_wait(avr, AVR_WAIT_FLASH, in_step, error))
			return FALSE;
	}
	return TRUE;
}

static gboolean write_once(struct avr *avr, uint32_t address, const uint8_t *data,
			   uint32_t n_bytes, bool *in_step, GError **error)
{
	if (avr_writes_blocks(avr))
		return write_pages_once(avr, address, data, n_bytes, in_step, error);
	if (avr->part->flash_page_bytes)
		return write_page_once(avr, address, data, in_step, error);
	return write_bytes_once(avr, address, data, in_step, error);
}

/* Out of step: back in, and the same again; programming the same bits twice is harmless.
 */
static gboolean write_chunk(struct avr *avr, uint32_t address, const uint8_t *data,
			    uint32_t n_bytes, GError **error)
{
	bool in_step = false;

	for (unsigned try = 0; try < AVR_PAGE_TRIES; try++) {
		gboolean ok = write_once(avr, address, data, n_bytes, &in_step, error);

		if (!ok || in_step)
			return ok;
		if (!avr_recover(avr, error))
			return FALSE;
	}
	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_IO,
		    "flash at 0x%05X could not be written: the target lost step %d times",
		    address, AVR_PAGE_TRIES);
	return FALSE;
}

gboolean avr_write_flash_chunk(struct avr *avr, const struct image *image,
			       uint32_t address, uint32_t *n_image_bytes, GError **error)
{
	uint8_t data[ISP_BLOCK_BYTES];
	uint32_t n_bytes = avr_flash_chunk_bytes(avr->part);

	*n_image_bytes = image_read(image, address, data, n_bytes, 0xFF);
	if (is_blank(data, n_bytes))
		return TRUE;
	return write_chunk(avr, address, data, n_bytes, error);
}

/* From `address` on: a blank page, which needs no write, or as many others in a row as
 * make a block. The bytes of them; *n_image_bytes is how many the image has. */
static uint32_t read_run(const struct avr *avr, const struct image *image,
			 uint32_t address, uint32_t end, uint8_t data[ISP_BLOCK_BYTES],
			 uint32_t *n_image_bytes)
{
	uint32_t page = avr->part->flash_page_bytes;
	uint32_t n_bytes = 0;

	*n_image_bytes = 0;
	while (n_bytes + page <= ISP_BLOCK_BYTES && address + n_bytes < end) {
		uint32_t n =
			image_read(image, address + n_bytes, data + n_bytes, page, 0xFF);
		bool blank = is_blank(data + n_bytes, page);

		if (blank && n_bytes)
			return n_bytes;
		*n_image_bytes += n;
		n_bytes += page;
		if (blank)
			return n_bytes;
	}
	return n_bytes;
}

static gboolean write_flash_blocks(struct avr *avr, const struct image *image,
				   uint32_t end, uint32_t total, GError **error)
{
	uint8_t data[ISP_BLOCK_BYTES];
	uint32_t n_bytes, n_image_bytes;
	uint32_t done = 0;

	for (uint32_t address = 0; address < end; address += n_bytes) {
		n_bytes = read_run(avr, image, address, end, data, &n_image_bytes);
		if (!is_blank(data, n_bytes) &&
		    !write_chunk(avr, address, data, n_bytes, error))
			return FALSE;
		done += n_image_bytes;
		avr_report(avr, AVR_STEP_WRITE_FLASH, done, total);
	}
	return TRUE;
}

static uint32_t image_end(const struct image *image)
{
	struct image_segment last;

	if (image_n_segments(image) == 0)
		return 0;
	last = image_segment(image, image_n_segments(image) - 1);
	return last.address + last.n_bytes;
}

gboolean avr_write_flash(struct avr *avr, const struct image *image, GError **error)
{
	uint32_t chunk = avr_flash_chunk_bytes(avr->part);
	uint32_t end = image_end(image);
	uint32_t total = image_n_bytes(image);
	uint32_t done = 0;

	avr_report(avr, AVR_STEP_WRITE_FLASH, 0, total);
	if (avr_writes_blocks(avr))
		return write_flash_blocks(avr, image, end, total, error);
	for (uint32_t address = 0; address < end; address += chunk) {
		uint32_t n_bytes;

		if (!avr_write_flash_chunk(avr, image, address, &n_bytes, error))
			return FALSE;
		done += n_bytes;
		avr_report(avr, AVR_STEP_WRITE_FLASH, done, total);
	}
	return TRUE;
}

static gboolean write_eeprom_bytes(struct avr *avr, uint32_t address, const uint8_t *data,
				   uint32_t n_bytes, bool *in_step, GError **error)
{
	for (uint32_t i = 0; i < n_bytes && *in_step; i++)
		if (!avr_send(avr, isp_write_eeprom_byte(address + i, data[i]), false,
			      error) ||
		    !avr_wait(avr, AVR_WAIT_EEPROM, in_step, error))
			return FALSE;
	return TRUE;
}

/* Only loaded bytes change: what the image does not have stays as it is. */
static gboolean write_eeprom_page(struct avr *avr, uint32_t address, const uint8_t *data,
				  uint32_t n_bytes, bool *in_step, GError **error)
{
	for (uint32_t i = 0; i < n_bytes; i++) {
		uint32_t byte = (address + i) % avr->part->eeprom_page_bytes;

		if (!avr_send(avr, isp_load_eeprom(byte, data[i]), true, error))
			return FALSE;
	}
	return avr_send(avr, isp_write_eeprom_page(address), false, error) &&
	       avr_wait(avr, AVR_WAIT_EEPROM, in_step, error);
}

static gboolean write_eeprom_chunk(struct avr *avr, uint32_t address, const uint8_t *data,
				   uint32_t n_bytes, GError **error)
{
	for (unsigned try = 0; try < AVR_PAGE_TRIES; try++) {
		bool in_step = true;
		gboolean ok = avr->part->eeprom_page_bytes
				      ? write_eeprom_page(avr, address, data, n_bytes,
							  &in_step, error)
				      : write_eeprom_bytes(avr, address, data, n_bytes,
							   &in_step, error);

		if (!ok || in_step)
			return ok;
		if (!avr_recover(avr, error))
			return FALSE;
	}
	g_set_error(
		error, SIXPIN_ERROR, SIXPIN_ERROR_IO,
		"EEPROM at 0x%04X could not be written: the target lost step %d times",
		address, AVR_PAGE_TRIES);
	return FALSE;
}

/* The next run of bytes to write within one page: at least one, none of them to be left
 * out. */
static uint32_t eeprom_run(const struct avr *avr, const struct image_segment *segment,
			   uint32_t offset, bool erased)
{
	uint32_t page = MAX(avr->part->eeprom_page_bytes, 1);
	uint32_t room = page - (segment->address + offset) % page;
	uint32_t n_bytes = 0;

	while (n_bytes < room && offset + n_bytes < segment->n_bytes &&
	       !(erased && segment->data[offset + n_bytes] == 0xFF))
		n_bytes++;
	return n_bytes;
}

static gboolean write_eeprom_segment(struct avr *avr, const struct image_segment *segment,
				     bool erased, uint32_t done, uint32_t total,
				     GError **error)
{
	uint32_t offset = 0;

	while (offset < segment->n_bytes) {
		uint32_t n_bytes = eeprom_run(avr, segment, offset, erased);

		if (n_bytes &&
		    !write_eeprom_chunk(avr, segment->address + offset,
					segment->data + offset, n_bytes, error))
			return FALSE;
		offset += MAX(n_bytes, 1);
		avr_report(avr, AVR_STEP_WRITE_EEPROM, done + offset, total);
	}
	return TRUE;
}

gboolean avr_write_eeprom(struct avr *avr, const struct image *image, bool erased,
			  GError **error)
{
	uint32_t total = image_n_bytes(image);
	uint32_t done = 0;

	avr_report(avr, AVR_STEP_WRITE_EEPROM, 0, total);
	for (unsigned i = 0; i < image_n_segments(image); i++) {
		struct image_segment segment = image_segment(image, i);

		if (!write_eeprom_segment(avr, &segment, erased, done, total, error))
			return FALSE;
		done += segment.n_bytes;
	}
	return TRUE;
}
