/* SPDX-License-Identifier: MIT */
/*
 * A virtual AVR at its pins: RESET, SCK, MOSI and MISO, nothing above them.
 *
 * It keeps the rules of the data sheets' chapter "Serial Downloading"
 * (ATmega48A/PA..328P, DS40002061, section 31.8; ATmega16U4/32U4, 7766, section 28.8)
 * and, where they are broken, does what a part would: a short SCK phase loses or flips a
 * bit, an instruction during a write is lost, flash that was not erased ANDs, a fuse acts
 * once programming mode is left. It does not run programs.
 *
 * The caller keeps time: every call carries the time of the edge, which never goes back.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "appliance/parts/part.h"

#define AVR_CHIP_MAX_FLASH  (256u << 10)
#define AVR_CHIP_MAX_EEPROM (8u << 10)

/* What survives without power. The board maps it to a file. */
struct avr_cells {
	uint8_t fuses[PART_MAX_FUSES];
	uint8_t lock;
	uint8_t calibration[4];
	uint8_t flash[AVR_CHIP_MAX_FLASH];
	uint8_t eeprom[AVR_CHIP_MAX_EEPROM];
};

/* What is on XTAL1 and XTAL2. */
struct avr_board_clock {
	enum clock_kind kind; /* CLOCK_CRYSTAL or CLOCK_EXTERNAL */
	uint32_t hz;	      /* 0: nothing */
};

struct avr_pins {
	bool powered;
	bool reset; /* level: true is high, the part runs */
	bool sck;
	bool mosi;
};

/* What happened, for tests and figures. */
struct avr_chip_stats {
	uint64_t instructions; /* whole ones, in programming mode */
	uint64_t unknown;      /* that the data sheet does not list for this part */
	uint64_t sck_edges;    /* rising, while in reset */
	uint64_t
		sck_violations; /* phases shorter than 2 (from 12 MHz on: 3) CPU clocks */
	uint64_t mosi_violations; /* MOSI changed around a rising edge of SCK */
	uint64_t early_edges;	  /* SCK within 20 ms after RESET went low */
	uint64_t busy_lost;	  /* instructions lost because a write went on */
	uint64_t busy_reads;	  /* memory reads during a write (data polling) */
	uint64_t entries;	  /* programming mode entered */
	uint64_t erases;
	uint64_t page_writes;	/* of flash */
	uint64_t eeprom_writes; /* bytes or pages */
	uint64_t fuse_writes;
	uint64_t lock_writes;
	uint64_t short_pulses; /* RESET pulses of less than 2 CPU clocks */
};

struct avr_chip;

/* A part as it leaves the factory. */
void avr_cells_init(struct avr_cells *cells, const struct part *part);

/* `cells` stay the caller's and are changed in place. */
struct avr_chip *avr_chip_new(const struct part *part, struct avr_cells *cells,
			      struct avr_board_clock board_clock);
void avr_chip_free(struct avr_chip *chip);

/* The pins have these levels from now on. */
void avr_chip_set_pins(struct avr_chip *chip, uint64_t now_ns, struct avr_pins pins);

/* The level of MISO; *driven is false while the part leaves it open. */
bool avr_chip_miso(struct avr_chip *chip, uint64_t now_ns, bool *driven);

/* What the part's CPU runs at now; 0: it has no clock, or no power. */
uint32_t avr_chip_clock_hz(const struct avr_chip *chip);

const struct part *avr_chip_part(const struct avr_chip *chip);
struct avr_cells *avr_chip_cells(struct avr_chip *chip);
const struct avr_chip_stats *avr_chip_stats(const struct avr_chip *chip);
