/* SPDX-License-Identifier: MIT */
/*
 * The serial programming instructions of the AVRs (DS40002061, table 31-17; the same in
 * every data sheet with ISP). Each fills four bytes; addresses are in words for flash, in
 * bytes for EEPROM.
 */
#pragma once

#include <stdint.h>

#include "appliance/parts/part.h"

struct isp_instruction {
	uint8_t bytes[4];
};

static inline struct isp_instruction isp_make(uint8_t a, uint8_t b, uint8_t c, uint8_t d)
{
	return (struct isp_instruction){ { a, b, c, d } };
}

static inline struct isp_instruction isp_at(uint8_t code, uint32_t address, uint8_t data)
{
	return isp_make(code, (uint8_t)(address >> 8), (uint8_t)address, data);
}

static inline struct isp_instruction isp_chip_erase(void)
{
	return isp_make(0xAC, 0x80, 0x00, 0x00);
}

/* Bit 0 of the reply: a write goes on. */
static inline struct isp_instruction isp_poll_busy(void)
{
	return isp_make(0xF0, 0x00, 0x00, 0x00);
}

/* The low byte of a word before its high byte; `byte` counts bytes from the page's start.
 */
static inline struct isp_instruction isp_load_flash(uint32_t byte, uint8_t data)
{
	return isp_at(byte & 1 ? 0x48 : 0x40, byte >> 1 & 0xFF, data);
}

static inline struct isp_instruction isp_write_flash_page(uint32_t byte_address)
{
	return isp_at(0x4C, byte_address >> 1, 0x00);
}

static inline struct isp_instruction isp_write_flash_byte(uint32_t byte_address,
							  uint8_t data)
{
	return isp_at(byte_address & 1 ? 0x48 : 0x40, byte_address >> 1, data);
}

static inline struct isp_instruction isp_read_flash(uint32_t byte_address)
{
	return isp_at(byte_address & 1 ? 0x28 : 0x20, byte_address >> 1, 0x00);
}

static inline struct isp_instruction isp_load_extended_address(uint32_t byte_address)
{
	return isp_make(0x4D, 0x00, (uint8_t)(byte_address >> 17), 0x00);
}

static inline struct isp_instruction isp_read_eeprom(uint32_t address)
{
	return isp_at(0xA0, address, 0x00);
}

static inline struct isp_instruction isp_write_eeprom_byte(uint32_t address, uint8_t data)
{
	return isp_at(0xC0, address, data);
}

static inline struct isp_instruction isp_load_eeprom(uint32_t byte, uint8_t data)
{
	return isp_at(0xC1, byte, data);
}

static inline struct isp_instruction isp_write_eeprom_page(uint32_t address)
{
	return isp_at(0xC2, address, 0x00);
}

static inline struct isp_instruction isp_read_signature(unsigned index)
{
	return isp_make(0x30, 0x00, (uint8_t)index, 0x00);
}

static inline struct isp_instruction isp_read_calibration(unsigned index)
{
	return isp_make(0x38, 0x00, (uint8_t)index, 0x00);
}

static inline struct isp_instruction isp_read_fuse(enum fuse_byte byte)
{
	static const uint8_t codes[PART_MAX_FUSES][2] = {
		[FUSE_LOW] = { 0x50, 0x00 },
		[FUSE_HIGH] = { 0x58, 0x08 },
		[FUSE_EXTENDED] = { 0x50, 0x08 },
	};

	return isp_make(codes[byte][0], codes[byte][1], 0x00, 0x00);
}

/* Reads of fuses and lock bits: the part does not look at the third byte. */
static inline bool isp_has_free_byte(struct isp_instruction instruction)
{
	return instruction.bytes[0] == 0x50 || instruction.bytes[0] == 0x58;
}

static inline struct isp_instruction isp_write_fuse(enum fuse_byte byte, uint8_t value)
{
	static const uint8_t codes[PART_MAX_FUSES] = {
		[FUSE_LOW] = 0xA0,
		[FUSE_HIGH] = 0xA8,
		[FUSE_EXTENDED] = 0xA4,
	};

	return isp_make(0xAC, codes[byte], 0x00, value);
}

static inline struct isp_instruction isp_read_lock(void)
{
	return isp_make(0x58, 0x00, 0x00, 0x00);
}

/* Some parts take the bits from the second byte (ATtiny26, 1477, table 44), others from
 * the fourth. */
static inline struct isp_instruction isp_write_lock(const struct part *part,
						    uint8_t value)
{
	return isp_make(0xAC, part->lock_in_command ? value : 0xE0, 0x00, value);
}
