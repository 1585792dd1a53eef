/* SPDX-License-Identifier: MIT */
/*
 * The USBasp's blocks. Above 64 KiB they need SETLONGADDRESS, and then every block does
 * until the next CONNECT. Clones whose addresses wrap there are found out; until a bank
 * has been seen to differ from the one that it might wrap to, commands do the work.
 */
#include <string.h>

#include "appliance/programmers/usbasp.h"

#define SLOW_BLOCK_BYTES 20 /* below SLOW_HZ a full block would outlast the timeout */
#define SLOW_HZ		 10000
#define BANK_BYTES	 0x10000u
#define PAGE_WAIT_US	 4800 /* its own, where a page ends with 0xFF */
#define FLAG_FIRST	 1
#define FLAG_LAST	 2

static unsigned block_bytes(const struct usbasp *self)
{
	return self->sck_hz < SLOW_HZ ? SLOW_BLOCK_BYTES : USBASP_BLOCK_BYTES;
}

/* Once SETLONGADDRESS was sent, addresses in requests do not count until CONNECT. */
static gboolean set_address(struct usbasp *self, uint32_t address, GError **error)
{
	if (address < BANK_BYTES && !self->is_long)
		return TRUE;
	self->is_long = true;
	return usbasp_tell(self, USBASP_SETLONGADDRESS, (uint16_t)address,
			   (uint16_t)(address >> 16), error);
}

static gboolean read_block(struct usbasp *self, enum usbasp_request request,
			   uint32_t address, uint8_t *data, unsigned n_bytes,
			   GError **error)
{
	return (request != USBASP_READFLASH ||
		usbasp_load_extended_address(self, address, error)) &&
	       set_address(self, address, error) &&
	       usbasp_exchange(self, request, (uint16_t)address, 0, data, n_bytes, error);
}

static gboolean read_by_commands(struct usbasp *self, uint32_t address, uint8_t *data,
				 unsigned n_bytes, GError **error)
{
	for (unsigned i = 0; i < n_bytes; i++) {
		uint32_t word = (address + i) / 2;
		uint8_t tx[4] = { (address + i) & 1 ? 0x28 : 0x20, (uint8_t)(word >> 8),
				  (uint8_t)word, 0 };
		uint8_t rx[4];

		if (!usbasp_load_extended_address(self, address + i, error) ||
		    !usbasp_transmit(self, tx, rx, error))
			return FALSE;
		data[i] = rx[3];
	}
	return TRUE;
}

/* A clone whose addresses wrap reads low flash here. Two readings of each that agree, and
 * differ from one another, show that this one does not. */
static gboolean prove_bank(struct usbasp *self, uint32_t address, unsigned n_bytes,
			   GError **error)
{
	uint8_t high[2][USBASP_BLOCK_BYTES], low[2][USBASP_BLOCK_BYTES];

	for (unsigned i = 0; i < 2; i++)
		if (!read_block(self, USBASP_READFLASH, address, high[i], n_bytes,
				error) ||
		    !read_block(self, USBASP_READFLASH, address % BANK_BYTES, low[i],
				n_bytes, error))
			return FALSE;
	self->is_bank_proven[address / BANK_BYTES] =
		memcmp(high[0], high[1], n_bytes) == 0 &&
		memcmp(low[0], low[1], n_bytes) == 0 &&
		memcmp(high[0], low[0], n_bytes) != 0;
	return TRUE;
}

static bool is_trusted(const struct usbasp *self, uint32_t address)
{
	return address < BANK_BYTES || self->is_bank_proven[address / BANK_BYTES];
}

static gboolean read_flash(struct usbasp *self, uint32_t address, uint8_t *data,
			   unsigned n_bytes, GError **error)
{
	if (!is_trusted(self, address) && !prove_bank(self, address, n_bytes, error))
		return FALSE;
	if (!is_trusted(self, address))
		return read_by_commands(self, address, data, n_bytes, error);
	return read_block(self, USBASP_READFLASH, address, data, n_bytes, error);
}

/* No block crosses a bank. */
static unsigned piece_bytes(const struct usbasp *self, uint32_t address, uint32_t n_bytes)
{
	uint32_t room = BANK_BYTES - address % BANK_BYTES;

	return MIN(MIN(block_bytes(self), room), n_bytes);
}

gboolean usbasp_read(struct isp_link *link, enum isp_memory memory, uint32_t address,
		     uint8_t *data, uint32_t n_bytes, GError **error)
{
	struct usbasp *self = usbasp_of(link);
	unsigned n;

	if (!usbasp_use_new_sck(self, error))
		return FALSE;
	for (uint32_t i = 0; i < n_bytes; i += n) {
		n = piece_bytes(self, address + i, n_bytes - i);
		if (memory == ISP_EEPROM
			    ? !read_block(self, USBASP_READEEPROM, address + i, data + i,
					  n, error)
			    : !read_flash(self, address + i, data + i, n, error))
			return FALSE;
	}
	return TRUE;
}

static gboolean write_block(struct usbasp *self, uint32_t address, const uint8_t *data,
			    unsigned n_bytes, unsigned flags, GError **error)
{
	unsigned page = self->part->flash_page_bytes;
	uint8_t copy[USBASP_BLOCK_BYTES];

	memcpy(copy, data, n_bytes);
	return usbasp_load_extended_address(self, address, error) &&
	       set_address(self, address, error) &&
	       usbasp_exchange(
		       self, USBASP_WRITEFLASH, (uint16_t)address,
		       (uint16_t)((page & 0xFF) | (flags | (page & 0xF00) >> 4) << 8),
		       copy, n_bytes, error);
}

static gboolean write_by_blocks(struct usbasp *self, uint32_t address,
				const uint8_t *data, uint32_t n_bytes, GError **error)
{
	unsigned n;

	for (uint32_t i = 0; i < n_bytes; i += n) {
		unsigned flags = 0;

		n = piece_bytes(self, address + i, n_bytes - i);
		if (i == 0)
			flags |= FLAG_FIRST;
		if (i + n == n_bytes)
			flags |= FLAG_LAST;
		if (!write_block(self, address + i, data + i, n, flags, error))
			return FALSE;
	}
	return TRUE;
}

static gboolean write_page_by_commands(struct usbasp *self, uint32_t address,
				       const uint8_t *data, GError **error)
{
	uint32_t word = address / 2;
	uint8_t write[4] = { 0x4C, (uint8_t)(word >> 8), (uint8_t)word, 0 };
	uint8_t rx[4];

	for (unsigned i = 0; i < self->part->flash_page_bytes; i++) {
		uint8_t load[4] = { i & 1 ? 0x48 : 0x40, 0, (uint8_t)(i / 2), data[i] };

		if (!usbasp_transmit(self, load, rx, error))
			return FALSE;
	}
	if (!usbasp_load_extended_address(self, address, error) ||
	    !usbasp_transmit(self, write, rx, error))
		return FALSE;
	clock_sleep_us(self->link.clock, self->part->flash_write_us);
	return TRUE;
}

/* What was written now tells a bank from the one that it might wrap to. */
static gboolean write_unproven(struct usbasp *self, uint32_t address, const uint8_t *data,
			       GError **error)
{
	unsigned n_bytes = MIN(self->part->flash_page_bytes, block_bytes(self));

	return write_page_by_commands(self, address, data, error) &&
	       prove_bank(self, address, n_bytes, error);
}

/* Its own waits end too early for some parts: there each page gets the part's time. */
static gboolean write_one_page(struct usbasp *self, uint32_t address, const uint8_t *data,
			       GError **error)
{
	if (!is_trusted(self, address))
		return write_unproven(self, address, data, error);
	if (!write_by_blocks(self, address, data, self->part->flash_page_bytes, error))
		return FALSE;
	clock_sleep_us(self->link.clock, self->part->flash_write_us);
	return TRUE;
}

gboolean usbasp_write_flash(struct isp_link *link, uint32_t address, const uint8_t *data,
			    uint32_t n_bytes, GError **error)
{
	struct usbasp *self = usbasp_of(link);
	uint32_t page = self->part->flash_page_bytes;
	uint32_t n;

	if (!usbasp_use_new_sck(self, error))
		return FALSE;
	for (uint32_t i = 0; i < n_bytes; i += n) {
		uint32_t room = BANK_BYTES - (address + i) % BANK_BYTES;
		bool in_pages = !is_trusted(self, address + i) ||
				self->part->flash_write_us > PAGE_WAIT_US;

		n = in_pages ? page : MIN(room, n_bytes - i);
		if (in_pages ? !write_one_page(self, address + i, data + i, error)
			     : !write_by_blocks(self, address + i, data + i, n, error))
			return FALSE;
	}
	return TRUE;
}
