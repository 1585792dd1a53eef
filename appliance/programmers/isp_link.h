/* SPDX-License-Identifier: MIT */
/*
 * The ISP seam: whatever can put AVRs into serial programming mode and exchange four-byte
 * instructions with them. The engine (appliance/avr) composes everything else.
 *
 * Order of calls: open (registry.h), then enter, command..., leave as often as wanted,
 * then close. leave lets RESET go on every path; close leaves first. One thread at a
 * time. Results are always per site; a link of one site fills rx[0].
 */
#pragma once

#include <glib.h>
#include <stdint.h>

#include "appliance/base/clock.h"
#include "appliance/parts/part.h"

#define ISP_MAX_SITES 4

/* How much `read` and `write_flash` are asked for at a time, at most. */
#define ISP_BLOCK_BYTES 1024

/* For `flags` of command: which reply bytes are wanted, and whether another command
 * follows at once, so that a link may finish this one together with it. */
#define ISP_WANT(byte) (1u << (byte))
#define ISP_WANT_ECHO  ISP_WANT(1)
#define ISP_WANT_DATA  ISP_WANT(3)
#define ISP_WANT_MASK  0xFu
#define ISP_MORE       (1u << 8)

enum isp_entry {
	ISP_ENTRY_NORMAL,
	ISP_ENTRY_PATIENT, /* RESET high for 100 ms first: for parts that are slow to come
			      up */
};

/* What `read` reads from. */
enum isp_memory { ISP_FLASH, ISP_EEPROM };

struct isp_link;

struct isp_link_ops {
	/*
	 * Power on where there is a switch, RESET pulse, wait, Programming Enable: once,
	 * at the present SCK. Bit i of *in_step is set when site i echoed; none is no
	 * error here.
	 */
	gboolean (*enter)(struct isp_link *link, enum isp_entry entry, uint32_t *in_step,
			  GError **error);

	/* Sends one instruction; reply bytes that were not asked for are left alone. */
	gboolean (*command)(struct isp_link *link, const uint8_t tx[4], unsigned flags,
			    uint8_t rx[][4], GError **error);

	/* RESET let go, lines released, power off: all of it is tried, the first failure
	 * is told. */
	gboolean (*leave)(struct isp_link *link, GError **error);

	/* NULL: the rate is fixed. *actual_hz is never above hz. */
	gboolean (*set_sck)(struct isp_link *link, unsigned hz, unsigned *actual_hz,
			    GError **error);

	void (*close)(struct isp_link *link);

	/*
	 * Below: for programmers that move whole blocks by themselves, all of site 0;
	 * NULL where all is composed of commands. What they do with Load Extended Address
	 * is not known afterwards. Being in step is the caller's to prove, as with
	 * commands.
	 */

	/* Which part answers: before the first read or write_flash, and whenever it is
	 * another one. Belongs to the part table. */
	gboolean (*set_part)(struct isp_link *link, const struct part *part,
			     GError **error);

	/* Up to ISP_BLOCK_BYTES. */
	gboolean (*read)(struct isp_link *link, enum isp_memory memory, uint32_t address,
			 uint8_t *data, uint32_t n_bytes, GError **error);

	/* Whole pages of a part that has pages, up to ISP_BLOCK_BYTES; they are written
	 * when it returns. */
	gboolean (*write_flash)(struct isp_link *link, uint32_t address,
				const uint8_t *data, uint32_t n_bytes, GError **error);
};

struct isp_link {
	const struct isp_link_ops *ops;
	struct clock *clock;
	unsigned n_sites;
	char *name;	     /* for messages: "gpio on pinctrl-bcm2711" */
	unsigned read_bytes; /* `read` costs least in multiples of this; 0: it is all one
			      */
};

static inline gboolean isp_enter(struct isp_link *link, enum isp_entry entry,
				 uint32_t *in_step, GError **error)
{
	return link->ops->enter(link, entry, in_step, error);
}

static inline gboolean isp_command(struct isp_link *link, const uint8_t tx[4],
				   unsigned flags, uint8_t rx[][4], GError **error)
{
	return link->ops->command(link, tx, flags, rx, error);
}

static inline gboolean isp_set_part(struct isp_link *link, const struct part *part,
				    GError **error)
{
	return !link->ops->set_part || link->ops->set_part(link, part, error);
}

static inline gboolean isp_leave(struct isp_link *link, GError **error)
{
	return link->ops->leave(link, error);
}

static inline void isp_close(struct isp_link *link)
{
	if (link)
		link->ops->close(link);
}
