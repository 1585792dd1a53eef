/* SPDX-License-Identifier: MIT */
/*
 * Private to the virtual AVR: what it does with whole instructions. avr_chip.c moves bits
 * and keeps the rules of the wires, avr_isp.c has the instruction set, the page buffers
 * and the memories.
 */
#pragma once

#include "gpio/virtual/avr_chip.h"

#define AVR_ISP_MAX_FLASH_PAGE	256
#define AVR_ISP_MAX_EEPROM_PAGE 32

struct avr_isp {
	const struct part *part;
	struct avr_cells *cells;
	struct avr_chip_stats *stats;
	uint64_t busy_until_ns;
	uint8_t low_byte; /* waits for its high byte */
	uint8_t flash_page[AVR_ISP_MAX_FLASH_PAGE];
	uint8_t eeprom_page[AVR_ISP_MAX_EEPROM_PAGE];
	uint32_t eeprom_loaded; /* bit i: eeprom_page[i] was loaded */
	uint8_t extended_address;
};

void avr_isp_init(struct avr_isp *isp, const struct part *part, struct avr_cells *cells,
		  struct avr_chip_stats *stats);

/* Programming mode is entered: buffers are empty, the extended address is 0. */
void avr_isp_enter(struct avr_isp *isp);

/* The fourth byte to send, known once three bytes are in. */
uint8_t avr_isp_reply(struct avr_isp *isp, const uint8_t instruction[3], uint64_t now_ns);

/* Four bytes are in. */
void avr_isp_execute(struct avr_isp *isp, const uint8_t instruction[4], uint64_t now_ns);
