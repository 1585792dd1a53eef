/* SPDX-License-Identifier: MIT */
/*
 * An AVR behind an ISP link: entering programming mode and staying in step, and what can
 * be read and written then. Above it, write.h has the order of a whole job.
 *
 * Order of calls: avr_init, avr_enter, then avr_identify or avr_use_part before anything
 * that needs the part's geometry, then any; avr_leave on every path. One thread at a
 * time.
 *
 * Errors: NO_TARGET nobody answers, WRONG_PART, LOCKED, VERIFY, IO from the link,
 * CANCELLED. Memory addresses are in bytes.
 */
#pragma once

#include <gio/gio.h>
#include <stdbool.h>

#include "appliance/parts/part.h"
#include "appliance/programmers/isp_link.h"
#include "images/image.h"

/* Told after each page or block; step is one of the names below and static. */
struct avr_progress {
	void (*report)(void *user, const char *step, uint32_t done, uint32_t total);
	void *user; /* belongs to the caller */
};

#define AVR_STEP_ERASE	       "erase"
#define AVR_STEP_WRITE_FLASH   "write flash"
#define AVR_STEP_VERIFY_FLASH  "verify flash"
#define AVR_STEP_READ_FLASH    "read flash"
#define AVR_STEP_WRITE_EEPROM  "write EEPROM"
#define AVR_STEP_VERIFY_EEPROM "verify EEPROM"
#define AVR_STEP_READ_EEPROM   "read EEPROM"
#define AVR_STEP_FUSES	       "fuses"
#define AVR_STEP_LOCK	       "lock"

/* What takes a part time, each learnt by polling. */
enum avr_wait {
	AVR_WAIT_ERASE,
	AVR_WAIT_FLASH,
	AVR_WAIT_EEPROM,
	AVR_WAIT_FUSE,
	AVR_N_WAITS
};

/* The clock that the board gives the part, as far as it was said. */
struct avr_board_says {
	bool known;
	enum clock_kind kind; /* CLOCK_INTERNAL: the board gives none */
	uint32_t hz;
};

struct avr {
	struct isp_link *link;
	const struct part *part;
	GCancellable *cancellable; /* or NULL */
	struct avr_progress progress;
	struct avr_board_says board;
	unsigned wanted_sck_hz; /* 0: as fast as the part's clock allows */
	unsigned sck_hz;	/* as set */
	bool entered;
	bool echoes;	     /* sends back what it got: a stuck MISO is seen */
	unsigned recoveries; /* how often the wires did something wrong that was mended */
	unsigned doubts;     /* grows when the target may have done what nobody asked for:
				all of it has to be read back then */
	int extended_address; /* as loaded; -1: not known */
	uint32_t expected_us[AVR_N_WAITS];
};

void avr_init(struct avr *avr, struct isp_link *link, unsigned wanted_sck_hz);

/* Programming mode, at the wanted SCK, or, when that is open, at the first slow one at
 * which the target answers. Tries again with longer pulses before it gives up with
 * NO_TARGET. */
gboolean avr_enter(struct avr *avr, GError **error);

/* RESET let go. Does nothing when not entered. */
gboolean avr_leave(struct avr *avr, GError **error);

/* NO_TARGET for 000000 and FFFFFF, which is what an open or stuck MISO reads. */
gboolean avr_read_signature(struct avr *avr, uint8_t signature[3], GError **error);

/* Sets the part by its signature; with `named`, insists on that one (WRONG_PART).
 * Without, parts that share a signature must be programmed alike (else USAGE: name one).
 */
gboolean avr_identify(struct avr *avr, const struct part *named, GError **error);

/* Still the same part, and in step: the signature once more. */
gboolean avr_check_signature(struct avr *avr, GError **error);

/* Gets a target that lost step back, at a slower SCK where that is open, and insists on
 * the part. */
gboolean avr_recover(struct avr *avr, GError **error);

/* Read the fuses, then go as fast as they (and the board) allow; proven by reading. For
 * an open SCK only; does nothing for a given one. */
gboolean avr_speed_up(struct avr *avr, GError **error);

/* Below: needs the part. */

/* Raises avr->doubts when there was no proof that the part did erase. */
gboolean avr_erase(struct avr *avr, GError **error);
gboolean avr_read_fuse(struct avr *avr, enum fuse_byte byte, uint8_t *value,
		       GError **error);
gboolean avr_read_fuses(struct avr *avr, uint8_t fuses[PART_MAX_FUSES], GError **error);
gboolean avr_read_lock(struct avr *avr, uint8_t *lock, GError **error);
gboolean avr_read_calibration(struct avr *avr, uint8_t *values, unsigned n_values,
			      GError **error);

/* Makes all of them so, those that are not yet: bytes in which dangerous bits change come
 * last. Bits that the part does not have are written 1; read back under the mask
 * (VERIFY), all of them after each, as an instruction that was garbled may have hit
 * another one. Nothing acts before avr_leave, so a byte that went wrong is mended in
 * time. */
gboolean avr_write_fuses(struct avr *avr, const uint8_t fuses[PART_MAX_FUSES],
			 GError **error);

/* VERIFY, naming the byte, unless these are as asked, as far as the part has their bits.
 */
gboolean avr_check_fuses(const struct part *part, const uint8_t wanted[PART_MAX_FUSES],
			 const uint8_t found[PART_MAX_FUSES], GError **error);

/* Do fuses read back as asked, as far as the part has their bits? */
bool avr_fuses_equal(const struct part *part, const uint8_t a[PART_MAX_FUSES],
		     const uint8_t b[PART_MAX_FUSES]);

/* LOCKED when the part is locked more than that already. Read back under the mask. */
gboolean avr_write_lock(struct avr *avr, uint8_t value, GError **error);

gboolean avr_read_flash(struct avr *avr, uint32_t address, uint8_t *data,
			uint32_t n_bytes, GError **error);
gboolean avr_read_eeprom(struct avr *avr, uint32_t address, uint8_t *data,
			 uint32_t n_bytes, GError **error);

/* Writes each page in which the image has something other than 0xFF; the rest of such a
 * page is filled with 0xFF, which changes nothing. Does not erase, does not verify. */
gboolean avr_write_flash(struct avr *avr, const struct image *image, GError **error);

/* Writes what the image has; bytes of 0xFF are left out when `erased` says they are so
 * already. */
gboolean avr_write_eeprom(struct avr *avr, const struct image *image, bool erased,
			  GError **error);

/*
 * Reads back all that the image has and compares. A difference is read again, twice,
 * before it counts; VERIFY then names the first address, what was expected and what was
 * found. `repair`: pages whose differences are bits still to be programmed are written
 * once more.
 */
gboolean avr_verify_flash(struct avr *avr, const struct image *image, bool repair,
			  GError **error);
gboolean avr_verify_eeprom(struct avr *avr, const struct image *image, GError **error);
