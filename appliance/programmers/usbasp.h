/* SPDX-License-Identifier: MIT */
/* Private to the USBasp driver: its requests (usbasp.c) and its blocks (usbasp_blocks.c).
 */
#pragma once

#include <stdbool.h>

#include "appliance/programmers/registry.h"

#define USBASP_BLOCK_BYTES 200
#define USBASP_MAX_BANKS   4 /* of 64 KiB */

enum usbasp_request {
	USBASP_CONNECT = 1,
	USBASP_DISCONNECT = 2,
	USBASP_TRANSMIT = 3,
	USBASP_READFLASH = 4,
	USBASP_ENABLEPROG = 5,
	USBASP_WRITEFLASH = 6,
	USBASP_READEEPROM = 7,
	USBASP_SETLONGADDRESS = 9,
	USBASP_SETISPSCK = 10,
	USBASP_GETCAPABILITIES = 127,
};

struct usbasp {
	struct isp_link link;
	struct usb_bus *own_bus; /* NULL: the caller's */
	struct usb_device *device;
	GCancellable *cancellable;
	programmer_note note;
	void *note_user;
	const struct part *part;
	unsigned fastest_id;
	unsigned sck_id; /* as set; 0: not yet */
	unsigned sck_hz;
	bool is_rate_fixed; /* old firmware: a jumper decides */
	bool is_connected;
	bool is_sck_new;      /* acts at the next CONNECT */
	bool is_long;	      /* SETLONGADDRESS since CONNECT */
	int extended_address; /* of the target; -1: not known */
	bool is_bank_proven[USBASP_MAX_BANKS];
};

static inline struct usbasp *usbasp_of(struct isp_link *link)
{
	return (struct usbasp *)link;
}

/* One request: all bytes or a failure, as USB drops none. */
gboolean usbasp_exchange(struct usbasp *self, enum usbasp_request request, uint16_t value,
			 uint16_t index, uint8_t *data, unsigned n_bytes, GError **error);

/* One whose answer says nothing. */
gboolean usbasp_tell(struct usbasp *self, enum usbasp_request request, uint16_t value,
		     uint16_t index, GError **error);

/* One instruction, as it is. */
gboolean usbasp_transmit(struct usbasp *self, const uint8_t tx[4], uint8_t rx[4],
			 GError **error);

/* For parts that have one, unless it is loaded already. */
gboolean usbasp_load_extended_address(struct usbasp *self, uint32_t address,
				      GError **error);

/* Before anything for the target: connects again where SCK was set since. */
gboolean usbasp_use_new_sck(struct usbasp *self, GError **error);

/* Of isp_link.h. */
gboolean usbasp_read(struct isp_link *link, enum isp_memory memory, uint32_t address,
		     uint8_t *data, uint32_t n_bytes, GError **error);
gboolean usbasp_write_flash(struct isp_link *link, uint32_t address, const uint8_t *data,
			    uint32_t n_bytes, GError **error);
