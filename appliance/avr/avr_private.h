/* SPDX-License-Identifier: MIT */
/* Private to the engine: single instructions and waiting for a write to end. */
#pragma once

#include "appliance/avr/avr.h"
#include "appliance/avr/isp.h"

/* One instruction, nothing wanted back. `more`: another follows at once. */
gboolean avr_send(struct avr *avr, struct isp_instruction instruction, bool more,
		  GError **error);

/* One instruction and its fourth reply byte. */
gboolean avr_ask(struct avr *avr, struct isp_instruction instruction, bool more,
		 uint8_t *reply, GError **error);

/* Asks until two answers in a row agree (IO when they never do): for single bytes that
 * count. */
gboolean avr_ask_twice(struct avr *avr, struct isp_instruction instruction,
		       uint8_t *reply, GError **error);

/* Is the target in step? Asked with an instruction that changes nothing, or while
 * loading. */
gboolean avr_send_checked(struct avr *avr, struct isp_instruction instruction,
			  bool *in_step, GError **error);

/*
 * Until the write that was just begun has ended: by polling where the part documents it,
 * else for the data sheet's time. *in_step becomes false when the answers make no sense.
 */
gboolean avr_wait(struct avr *avr, enum avr_wait wait, bool *in_step, GError **error);

/* Before instructions that carry a flash address. */
gboolean avr_set_extended_address(struct avr *avr, uint32_t byte_address, GError **error);

void avr_report(struct avr *avr, const char *step, uint32_t done, uint32_t total);

/* How often a page is tried again before the run is given up. */
#define AVR_PAGE_TRIES 4

/* The link's rate; avr->sck_hz is what came of it. */
gboolean avr_set_sck(struct avr *avr, unsigned hz, GError **error);

/* What is written in one go: a page, or a group of single bytes. */
uint32_t avr_flash_chunk_bytes(const struct part *part);

/* One page of the image (or as many bytes where there are none), if there is anything to
 * write; *n_image_bytes is how many of its bytes the image has. */
gboolean avr_write_flash_chunk(struct avr *avr, const struct image *image,
			       uint32_t address, uint32_t *n_image_bytes, GError **error);

/* The rate that suits the clock which these fuses select, whatever the board turns out to
 * have. */
unsigned avr_safe_sck_hz(const struct avr *avr, const uint8_t fuses[PART_MAX_FUSES]);
