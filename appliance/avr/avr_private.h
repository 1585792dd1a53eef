/* SPDX-License-Identifier: MIT */
/* Private to the engine: single instructions and waiting for a write to end. */
#pragma once

#include "appliance/avr/avr.h"
#include "appliance/avr/isp.h"

/* One instruction, nothing wanted back. `more`: another follows at once. */
gboolean avr_send(struct avr *avr, struct isp_instruction instruction, bool more,
		  GError **error);

/* One instruction; *echoed when the target sends back what it was told. */
gboolean avr_send_echoed(struct avr *avr, struct isp_instruction instruction,
			 bool *echoed, GError **error);

/* One instruction and its fourth reply byte. */
gboolean avr_ask(struct avr *avr, struct isp_instruction instruction, bool more,
		 uint8_t *reply, GError **error);

/* The same with the echo looked at, which a stuck MISO or a flipped bit spoils. A lost
 * step does not: MISO is MOSI eight bits later, however those are counted. For targets
 * that do not echo *echoed stays true. */
gboolean avr_ask_checked(struct avr *avr, struct isp_instruction instruction,
			 uint8_t *reply, bool *echoed, GError **error);

/* Asks until several answers in a row agree with a right echo: no flipped bit is
 * believed. *settled is false when they never do. */
gboolean avr_ask_settled(struct avr *avr, struct isp_instruction instruction,
			 uint8_t *reply, bool *settled, GError **error);

/* Does the part's signature come back? Nothing else tells that the target is in step. */
gboolean avr_check_step(struct avr *avr, bool *in_step, GError **error);

/* The same after a block that the programmer moved by itself: one instruction with its
 * echo where that settles it, as each costs a transfer. */
gboolean avr_prove_step(struct avr *avr, bool *in_step, GError **error);

/* And back into step where it does not. */
gboolean avr_stay_in_step(struct avr *avr, GError **error);

/* For bytes that count, none of which may come from a target that is out of step:
 * settled answers, and the signature after them. Recovers where that fails; IO when it
 * never works. */
gboolean avr_ask_certain(struct avr *avr, const struct isp_instruction *instructions,
			 unsigned n_instructions, uint8_t *replies, GError **error);

/* Does a write go on? Only for parts that document the poll. */
gboolean avr_poll_busy(struct avr *avr, bool *busy, GError **error);

/*
 * Until the write that was just begun has ended: by polling where the part documents it,
 * else for the data sheet's time. *in_step: whether the target was in step, so that it
 * did begin.
 */
gboolean avr_wait(struct avr *avr, enum avr_wait wait, bool *in_step, GError **error);

/* Before instructions that carry a flash address. */
gboolean avr_set_extended_address(struct avr *avr, uint32_t byte_address, GError **error);

void avr_report(struct avr *avr, const char *step, uint32_t done, uint32_t total);

/* How often a page is tried again before the run is given up. */
#define AVR_PAGE_TRIES 4

/* The link's rate; avr->sck_hz is what came of it. */
gboolean avr_set_sck(struct avr *avr, unsigned hz, GError **error);

/* Does the programmer move blocks of flash and EEPROM by itself, and write pages? */
static inline bool avr_reads_blocks(const struct avr *avr)
{
	return avr->link->ops->read != NULL;
}

static inline bool avr_writes_blocks(const struct avr *avr)
{
	return avr->link->ops->write_flash && avr->part->flash_page_bytes;
}

/* What is written in one go: a page, or a group of single bytes. */
uint32_t avr_flash_chunk_bytes(const struct part *part);

/* One page of the image (or as many bytes where there are none), if there is anything to
 * write; *n_image_bytes is how many of its bytes the image has. */
gboolean avr_write_flash_chunk(struct avr *avr, const struct image *image,
			       uint32_t address, uint32_t *n_image_bytes, GError **error);

/* The rate that suits the clock which these fuses select, whatever the board turns out to
 * have. */
unsigned avr_safe_sck_hz(const struct avr *avr, const uint8_t fuses[PART_MAX_FUSES]);
