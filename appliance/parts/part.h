/* SPDX-License-Identifier: MIT */
/*
 * Parts: what Sixpin knows of each AVR, as data. Nothing here touches a wire.
 *
 * The table (part_table.c) is made by appliance/parts/generate from avr-libc's headers
 * and the conf file of avrdude, with the data sheet's answer wherever the two disagree;
 * the script lists each such place.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

enum fuse_byte { FUSE_LOW, FUSE_HIGH, FUSE_EXTENDED, PART_MAX_FUSES };

/* "low", "high", "extended". */
extern const char *const fuse_byte_names[PART_MAX_FUSES];

/* What a CKSEL value selects (data sheet, System Clock and Clock Options). */
enum clock_kind {
	CLOCK_UNKNOWN,	/* reserved by the data sheet, or a part without a clock table */
	CLOCK_INTERNAL, /* an oscillator on the chip: runs without the board's help */
	CLOCK_EXTERNAL, /* a clock signal on XTAL1 */
	CLOCK_CRYSTAL,	/* crystal or ceramic resonator on XTAL1 and XTAL2 */
	CLOCK_WATCH,	/* 32.768 kHz crystal */
	CLOCK_RC,	/* resistor and capacitor on XTAL1 */
};

/*
 * What the part runs on under given fuses. Rates are those before the divider. They are
 * equal where the rate is fixed: an oscillator on the chip (nominal), a watch crystal;
 * else they are the range that the fuses allow. 0: unknown, or no limit below.
 */
struct part_clock {
	enum clock_kind kind;
	uint32_t min_hz;
	uint32_t max_hz;
	unsigned divider; /* 8 while CKDIV8 is programmed, else 1 */
};

struct clock_family; /* clocks.c: how a group of parts reads its CKSEL bits */

struct part {
	const char *name; /* "ATmega32U4" */
	const char *id;	  /* avrdude's short name: "m32u4" */
	const char *mcu;  /* avr-gcc's -mmcu: "atmega32u4" */
	uint8_t signature[3];

	uint32_t flash_bytes;
	uint16_t flash_page_bytes; /* 0: written byte by byte */
	uint16_t eeprom_bytes;
	uint16_t eeprom_page_bytes; /* 0: no page mode over ISP, written byte by byte */

	/* The longest the part may take (data sheet, Minimum Wait Delay): a timed wait of
	 * this length is always enough. Lock bits take as long as a fuse. */
	uint32_t erase_us;
	uint32_t flash_write_us;
	uint32_t eeprom_write_us;
	uint32_t fuse_write_us;

	uint8_t n_fuses;		      /* 1, 2 or 3: low, high, extended */
	uint8_t fuse_factory[PART_MAX_FUSES]; /* as shipped */
	uint8_t fuse_mask[PART_MAX_FUSES];    /* bits that exist; others are written 1 */
	const char *fuse_bits[PART_MAX_FUSES][8]; /* name of bit 0 to 7, or NULL */
	uint8_t lock_mask;
	const char *lock_bits[8];
	bool lock_in_command; /* lock bits are written by AC vv 00 vv, with unused bits 1;
				 else by AC E0 00 vv */
	uint8_t n_calibration;

	/* Boot sections as BOOTSZ offers them: boot_bytes_min, times 2, 4, 8; a part
	 * without BOOTSZ has just the one; 0: none. */
	uint16_t boot_bytes_min;

	bool has_busy_poll;	   /* documents Poll RDY/BSY (F0 00 00 xx) */
	bool has_extended_address; /* flash above 64 Kwords: Load Extended Address (4D) */

	const struct clock_family *clocks;
};

/* All parts, sorted by name; *n_parts is how many. */
const struct part *parts_all(unsigned *n_parts);

/*
 * By name, avrdude id or -mmcu name, in any case. NULL with SIXPIN_ERROR_USAGE that names
 * the nearest known names.
 */
const struct part *part_find(const char *name, GError **error);

/* Room for all parts that share a signature. */
#define PART_MAX_CANDIDATES 16

/* Parts that share a signature: up to n_max are stored, the number found is returned. */
unsigned parts_by_signature(const uint8_t signature[3], const struct part **found,
			    unsigned n_max);

/* "low" -> FUSE_LOW, also lfuse, hfuse, efuse, high, extended, ext; -1 if there is none.
 */
int fuse_byte_find(const char *name);

/* Where a named fuse bit lives; false if the part has none of that name. */
bool part_find_fuse_bit(const struct part *part, const char *name, enum fuse_byte *byte,
			unsigned *bit);

/* Is this bit programmed (0)? False as well when the part has no such bit. */
bool part_fuse_programmed(const struct part *part, const uint8_t fuses[PART_MAX_FUSES],
			  const char *name);

/* The clock that these fuses select. */
struct part_clock part_clock(const struct part *part,
			     const uint8_t fuses[PART_MAX_FUSES]);

/* Bits of this byte that choose its source: all but a divider behind it. */
uint8_t part_clock_bits(const struct part *part, enum fuse_byte byte);

/* "internal oscillator, 8 MHz, divided by 8". Free with g_free. */
char *part_clock_describe(const struct part_clock *clock);

/* Start of the boot section that these fuses select, in bytes; flash_bytes where there is
 * none. */
uint32_t part_boot_start(const struct part *part, const uint8_t fuses[PART_MAX_FUSES]);

/* What lock bits forbid over ISP (data sheet, Lock Bit Protection Modes): LB1 programmed,
 * writing; LB1 and LB2 programmed, reading too. */
bool part_locks_writing(const struct part *part, uint8_t lock);
bool part_locks_reading(const struct part *part, uint8_t lock);
