/* SPDX-License-Identifier: MIT */
/*
 * Into programming mode, who answers there, and back into it when step was lost
 * (DS40002061, section 31.8.2, Serial Programming Algorithm).
 */
#include "appliance/avr/avr_private.h"

#include "appliance/base/cancel.h"
#include "appliance/base/error.h"

#include <string.h>

#define MAX_RECOVERIES	32
#define RECOVERY_MIN_HZ 4000
#define RECOVERY_KNOCKS 3
#define ECHO_TRIES	3

/* How to knock: parts at 1 MHz, slow to come up, at 128 kHz, at 128 kHz divided by 8. */
struct attempt {
	unsigned sck_hz;
	enum isp_entry entry;
};

static const struct attempt open_attempts[] = {
	{ 200000, ISP_ENTRY_NORMAL },  { 200000, ISP_ENTRY_NORMAL },
	{ 200000, ISP_ENTRY_PATIENT }, { 25000, ISP_ENTRY_NORMAL },
	{ 3500, ISP_ENTRY_PATIENT },
};

static const enum isp_entry given_attempts[] = {
	ISP_ENTRY_NORMAL,
	ISP_ENTRY_NORMAL,
	ISP_ENTRY_PATIENT,
	ISP_ENTRY_PATIENT,
};

void avr_init(struct avr *avr, struct isp_link *link, unsigned wanted_sck_hz)
{
	memset(avr, 0, sizeof(*avr));
	avr->link = link;
	avr->wanted_sck_hz = wanted_sck_hz;
	avr->extended_address = -1;
}

gboolean avr_set_sck(struct avr *avr, unsigned hz, GError **error)
{
	unsigned actual_hz = hz;

	if (avr->link->ops->set_sck &&
	    !avr->link->ops->set_sck(avr->link, hz, &actual_hz, error))
		return FALSE;
	avr->sck_hz = actual_hz;
	return TRUE;
}

/* Asks for the signature with all reply bytes, to see whether this target echoes. A bit
 * that flips must not make it one that does not: its echo is a safeguard. */
static gboolean learn_echo(struct avr *avr, GError **error)
{
	struct isp_instruction ask = isp_read_signature(1);

	for (unsigned i = 0; i < ECHO_TRIES && !avr->echoes; i++) {
		uint8_t rx[ISP_MAX_SITES][4] = { 0 };

		if (!isp_command(avr->link, ask.bytes, ISP_WANT_MASK, rx, error))
			return FALSE;
		avr->echoes = rx[0][1] == ask.bytes[0] && rx[0][2] == ask.bytes[1];
	}
	return TRUE;
}

static gboolean knock(struct avr *avr, struct attempt attempt, bool *answered,
		      GError **error)
{
	uint32_t in_step;

	if (is_cancelled(avr->cancellable, error) ||
	    !avr_set_sck(avr, attempt.sck_hz, error))
		return FALSE;
	avr->extended_address = -1;
	avr->entered = true; /* from here on there is something to leave */
	if (!isp_enter(avr->link, attempt.entry, &in_step, error))
		return FALSE;
	*answered = in_step & 1;
	return !*answered || learn_echo(avr, error);
}

static gboolean knock_with_open_rate(struct avr *avr, bool *answered, GError **error)
{
	for (unsigned i = 0; i < G_N_ELEMENTS(open_attempts) && !*answered; i++)
		if (!knock(avr, open_attempts[i], answered, error))
			return FALSE;
	return TRUE;
}

static gboolean knock_with_rate(struct avr *avr, unsigned hz, bool *answered,
				GError **error)
{
	for (unsigned i = 0; i < G_N_ELEMENTS(given_attempts) && !*answered; i++)
		if (!knock(avr, (struct attempt){ hz, given_attempts[i] }, answered,
			   error))
			return FALSE;
	return TRUE;
}

gboolean avr_enter(struct avr *avr, GError **error)
{
	bool answered = false;
	gboolean ok = avr->wanted_sck_hz
			      ? knock_with_rate(avr, avr->wanted_sck_hz, &answered, error)
			      : knock_with_open_rate(avr, &answered, error);

	if (!ok)
		return FALSE;
	if (answered)
		return TRUE;
	g_set_error(
		error, SIXPIN_ERROR, SIXPIN_ERROR_NO_TARGET,
		"no AVR answers to Programming Enable (%s, SCK down to %u Hz): check target "
		"power, RESET, SCK, MOSI, MISO and ground%s",
		avr->link->name, avr->sck_hz,
		avr->wanted_sck_hz ? ", or let SCK be chosen (--sck auto)" : "");
	return FALSE;
}

gboolean avr_leave(struct avr *avr, GError **error)
{
	if (!avr->entered)
		return TRUE;
	avr->entered = false;
	return isp_leave(avr->link, error);
}

static bool is_all(const uint8_t signature[3], uint8_t value)
{
	return signature[0] == value && signature[1] == value && signature[2] == value;
}

static gboolean ask_signature(struct avr *avr, uint8_t signature[3], GError **error)
{
	for (unsigned i = 0; i < 3; i++)
		if (!avr_ask(avr, isp_read_signature(i), false, &signature[i], error))
			return FALSE;
	return TRUE;
}

static gboolean settle_signature(struct avr *avr, uint8_t signature[3], bool *settled,
				 GError **error)
{
	bool byte_settled;

	*settled = true;
	for (unsigned i = 0; i < 3; i++) {
		if (!avr_ask_settled(avr, isp_read_signature(i), &signature[i],
				     &byte_settled, error))
			return FALSE;
		*settled &= byte_settled;
	}
	return TRUE;
}

/* A dead MISO has no echo, so its signature never settles; what it reads tells it from
 * noise. */
gboolean avr_read_signature(struct avr *avr, uint8_t signature[3], GError **error)
{
	bool settled;

	if (!settle_signature(avr, signature, &settled, error))
		return FALSE;
	if (is_all(signature, 0x00) || is_all(signature, 0xFF)) {
		g_set_error(
			error, SIXPIN_ERROR, SIXPIN_ERROR_NO_TARGET,
			"signature reads %02X%02X%02X: MISO is open, shorted or without power",
			signature[0], signature[1], signature[2]);
		return FALSE;
	}
	if (settled)
		return TRUE;
	g_set_error(
		error, SIXPIN_ERROR, SIXPIN_ERROR_IO,
		"the signature reads differently every time: shorten the wires, lower SCK (now "
		"%u Hz), check ground and power",
		avr->sck_hz);
	return FALSE;
}

static char *join_names(const struct part *const *parts, unsigned n_parts)
{
	GString *names = g_string_new(NULL);

	for (unsigned i = 0; i < n_parts; i++)
		g_string_append_printf(names, "%s%s", i ? ", " : "", parts[i]->name);
	return g_string_free(names, FALSE);
}

/* The same in all that matters to programming: only names tell them apart. */
static bool are_programmed_alike(const struct part *a, const struct part *b)
{
	return a->flash_bytes == b->flash_bytes &&
	       a->flash_page_bytes == b->flash_page_bytes && a->erase_us == b->erase_us &&
	       a->flash_write_us == b->flash_write_us &&
	       a->eeprom_write_us == b->eeprom_write_us &&
	       a->fuse_write_us == b->fuse_write_us &&
	       a->n_calibration == b->n_calibration &&
	       a->boot_bytes_min == b->boot_bytes_min &&
	       a->eeprom_bytes == b->eeprom_bytes &&
	       a->eeprom_page_bytes == b->eeprom_page_bytes && a->n_fuses == b->n_fuses &&
	       memcmp(a->fuse_mask, b->fuse_mask, sizeof(a->fuse_mask)) == 0 &&
	       a->lock_mask == b->lock_mask && a->lock_in_command == b->lock_in_command &&
	       a->clocks == b->clocks && a->has_busy_poll == b->has_busy_poll &&
	       a->has_extended_address == b->has_extended_address;
}

static gboolean choose_candidate(struct avr *avr, const struct part *const *parts,
				 unsigned n_parts, GError **error)
{
	g_autofree char *names = NULL;

	for (unsigned i = 1; i < n_parts; i++) {
		if (are_programmed_alike(parts[0], parts[i]))
			continue;
		names = join_names(parts, n_parts);
		g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE,
			    "signature %02X%02X%02X belongs to %s, which are programmed "
			    "differently; name one with --part",
			    parts[0]->signature[0], parts[0]->signature[1],
			    parts[0]->signature[2], names);
		return FALSE;
	}
	avr->part = parts[0];
	return TRUE;
}

static void set_wrong_part(const uint8_t signature[3], const struct part *named,
			   const struct part *const *parts, unsigned n_parts,
			   GError **error)
{
	g_autofree char *names =
		n_parts ? join_names(parts, n_parts) : g_strdup("no known part");

	if (named)
		g_set_error(
			error, SIXPIN_ERROR, SIXPIN_ERROR_WRONG_PART,
			"expected %s (signature %02X%02X%02X), found %s (%02X%02X%02X); "
			"nothing was changed",
			named->name, named->signature[0], named->signature[1],
			named->signature[2], names, signature[0], signature[1],
			signature[2]);
	else
		g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_WRONG_PART,
			    "signature %02X%02X%02X belongs to %s; nothing was changed",
			    signature[0], signature[1], signature[2], names);
}

static gboolean find_part(struct avr *avr, const struct part *named, GError **error)
{
	const struct part *found[PART_MAX_CANDIDATES];
	uint8_t signature[3];
	unsigned n_found;

	if (!avr_read_signature(avr, signature, error))
		return FALSE;
	n_found = MIN(parts_by_signature(signature, found, PART_MAX_CANDIDATES),
		      PART_MAX_CANDIDATES);
	if (named && memcmp(named->signature, signature, 3) == 0) {
		avr->part = named;
		return TRUE;
	}
	if (named || n_found == 0) {
		set_wrong_part(signature, named, found, n_found, error);
		return FALSE;
	}
	return choose_candidate(avr, found, n_found, error);
}

gboolean avr_identify(struct avr *avr, const struct part *named, GError **error)
{
	return find_part(avr, named, error) && isp_set_part(avr->link, avr->part, error);
}

gboolean avr_check_signature(struct avr *avr, GError **error)
{
	uint8_t signature[3];

	if (!avr_read_signature(avr, signature, error))
		return FALSE;
	if (memcmp(signature, avr->part->signature, 3) == 0)
		return TRUE;
	g_set_error(
		error, SIXPIN_ERROR, SIXPIN_ERROR_WRONG_PART,
		"the target's signature was %s's (%02X%02X%02X) and reads %02X%02X%02X now",
		avr->part->name, avr->part->signature[0], avr->part->signature[1],
		avr->part->signature[2], signature[0], signature[1], signature[2]);
	return FALSE;
}

/* Twice, as one flipped bit is no lost step. */
gboolean avr_check_step(struct avr *avr, bool *in_step, GError **error)
{
	uint8_t signature[3];

	*in_step = false;
	for (unsigned try = 0; try < 2 && !*in_step; try++) {
		if (!ask_signature(avr, signature, error))
			return FALSE;
		*in_step = memcmp(signature, avr->part->signature, 3) == 0;
	}
	return TRUE;
}

gboolean avr_prove_step(struct avr *avr, bool *in_step, GError **error)
{
	bool echoed = false;
	uint8_t found;

	if (!avr_ask_checked(avr, isp_read_signature(1), &found, &echoed, error))
		return FALSE;
	*in_step = echoed && found == avr->part->signature[1];
	return *in_step || avr_check_step(avr, in_step, error);
}

/* A part that is still busy must not be woken before it is done. */
static void let_writes_end(struct avr *avr)
{
	clock_sleep_us(avr->link->clock,
		       MAX(avr->part->erase_us, avr->part->eeprom_write_us));
}

static unsigned recovery_rate_hz(const struct avr *avr)
{
	if (avr->wanted_sck_hz)
		return avr->wanted_sck_hz;
	return MAX(avr->sck_hz / 2, RECOVERY_MIN_HZ);
}

gboolean avr_recover(struct avr *avr, GError **error)
{
	unsigned hz = recovery_rate_hz(avr);
	bool answered = false, in_step = false;

	avr->doubts++;
	if (++avr->recoveries > MAX_RECOVERIES) {
		g_set_error(
			error, SIXPIN_ERROR, SIXPIN_ERROR_IO,
			"the target lost step %d times: shorten the wires, lower SCK (now %u "
			"Hz), check ground and power",
			MAX_RECOVERIES, avr->sck_hz);
		return FALSE;
	}
	let_writes_end(avr);
	for (unsigned try = 0; try < RECOVERY_KNOCKS && !in_step; try++) {
		answered = false;
		if (!knock_with_rate(avr, hz, &answered, error) ||
		    (answered && !avr_check_step(avr, &in_step, error)))
			return FALSE;
	}
	if (answered)
		return in_step || avr_check_signature(avr, error);
	g_set_error(
		error, SIXPIN_ERROR, SIXPIN_ERROR_NO_TARGET,
		"the target stopped answering: check the plug, target power and SCK (now %u Hz)",
		avr->sck_hz);
	return FALSE;
}

gboolean avr_stay_in_step(struct avr *avr, GError **error)
{
	bool in_step;

	return avr_check_step(avr, &in_step, error) &&
	       (in_step || avr_recover(avr, error));
}
