/* SPDX-License-Identifier: MIT */
/* The order of a whole write. */
#include "appliance/avr/write.h"

#include "appliance/avr/avr_private.h"
#include "appliance/avr/fuse_safety.h"
#include "appliance/base/error.h"
#include "images/format.h"

#include <string.h>
#include <unistd.h>

/* Below this a faster clock does not pay for the extra entry. */
#define CKDIV8_WORTH_BYTES 1024

struct write {
	struct avr *avr;
	const struct avr_plan *plan;
	struct avr_outcome *outcome;
	uint8_t fuses[PART_MAX_FUSES]; /* as they shall be in the end */
	uint8_t lock_before;
	struct image *kept_eeprom;
};

/* LB1 and LB2: anything but 11 forbids writing, fuses included, until a chip erase. */
static gboolean check_lock(const struct write *write, GError **error)
{
	const struct avr_plan *plan = write->plan;
	bool writes =
		plan->flash || plan->eeprom ||
		memcmp(write->fuses, write->outcome->fuses_before, PART_MAX_FUSES) != 0;

	if (plan->erase || !writes ||
	    !part_locks_writing(write->avr->part, write->lock_before))
		return TRUE;
	g_set_error(
		error, SIXPIN_ERROR, SIXPIN_ERROR_LOCKED,
		"lock bits are %02X, which forbids writing; a chip erase removes them and all "
		"that the part holds",
		write->lock_before);
	return FALSE;
}

static gboolean examine(struct write *write, GError **error)
{
	struct avr *avr = write->avr;

	if (!avr_read_fuses(avr, write->outcome->fuses_before, error) ||
	    !avr_read_lock(avr, &write->lock_before, error))
		return FALSE;
	for (unsigned byte = 0; byte < PART_MAX_FUSES; byte++)
		write->fuses[byte] =
			write->plan->has_fuse[byte]
				? write->plan->fuses[byte] |
					  (uint8_t)~avr->part->fuse_mask[byte]
				: write->outcome->fuses_before[byte];
	return fuse_safety_check(avr->part, write->outcome->fuses_before, write->fuses,
				 &avr->board, write->plan->allowed_dangers, error) &&
	       check_lock(write, error);
}

static gboolean enter_again(struct avr *avr, GError **error)
{
	return avr_leave(avr, error) && avr_enter(avr, error) &&
	       avr_check_signature(avr, error);
}

/* The bits of CKDIV8 where the wanted fuses clear it and the present ones do not; else 0.
 */
static uint8_t ckdiv8_to_clear(const struct write *write, enum fuse_byte *byte)
{
	const struct part *part = write->avr->part;
	unsigned bit;

	if (!part_find_fuse_bit(part, "CKDIV8", byte, &bit) ||
	    !part_fuse_programmed(part, write->outcome->fuses_before, "CKDIV8") ||
	    part_fuse_programmed(part, write->fuses, "CKDIV8"))
		return 0;
	return (uint8_t)(1u << bit);
}

/* CKDIV8 alone may go ahead of flash: the source stays, the part only gets eight times
 * faster. */
static gboolean clear_ckdiv8_early(struct write *write, GError **error)
{
	const struct image *flash = write->plan->flash;
	enum fuse_byte byte;
	uint8_t bit = ckdiv8_to_clear(write, &byte);

	if (!bit || write->avr->wanted_sck_hz ||
	    part_locks_writing(write->avr->part, write->lock_before) || !flash ||
	    image_n_bytes(flash) < CKDIV8_WORTH_BYTES)
		return TRUE;
	return avr_write_fuse(write->avr, byte, write->outcome->fuses_before[byte] | bit,
			      error) &&
	       enter_again(write->avr, error);
}

static bool erase_loses_eeprom(const struct write *write)
{
	const struct avr *avr = write->avr;

	return write->plan->erase && avr->part->eeprom_bytes > 0 &&
	       !part_fuse_programmed(avr->part, write->outcome->fuses_before, "EESAVE");
}

static gboolean read_whole_eeprom(struct write *write, GError **error)
{
	uint32_t n_bytes = write->avr->part->eeprom_bytes;
	g_autofree uint8_t *data = g_malloc(n_bytes);

	avr_report(write->avr, AVR_STEP_READ_EEPROM, 0, n_bytes);
	if (!avr_read_eeprom(write->avr, 0, data, n_bytes, error))
		return FALSE;
	avr_report(write->avr, AVR_STEP_READ_EEPROM, n_bytes, n_bytes);
	write->kept_eeprom = image_new();
	return image_add(write->kept_eeprom, 0, data, n_bytes, error);
}

/* The copy must be right before the original goes: it is verified like a write. */
static gboolean keep_eeprom(struct write *write, GError **error)
{
	const char *path = write->plan->keep_eeprom_path;

	if (!path || !erase_loses_eeprom(write))
		return TRUE;
	if (part_locks_reading(write->avr->part, write->lock_before)) {
		g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_LOCKED,
			    "lock bits %02X forbid reading: the EEPROM cannot be kept",
			    write->lock_before);
		return FALSE;
	}
	return read_whole_eeprom(write, error) &&
	       avr_verify_eeprom(write->avr, write->kept_eeprom, error) &&
	       image_save(write->kept_eeprom, path, &image_format_ihex, error);
}

static gboolean write_flash(struct write *write, GError **error)
{
	struct avr *avr = write->avr;

	if (!write->plan->flash)
		return TRUE;
	if (!avr_write_flash(avr, write->plan->flash, error))
		return FALSE;
	if (write->plan->verify &&
	    !avr_verify_flash(avr, write->plan->flash, write->plan->erase, error))
		return FALSE;
	return avr_check_signature(avr, error);
}

static gboolean write_one_eeprom(struct write *write, const struct image *image,
				 bool erased, GError **error)
{
	if (!image)
		return TRUE;
	return avr_write_eeprom(write->avr, image, erased, error) &&
	       (!write->plan->verify || avr_verify_eeprom(write->avr, image, error));
}

/* What was kept comes back first, so that an image for EEPROM has the last word. A kept
 * copy is always verified: the file goes only when the part has it. */
static gboolean write_eeprom(struct write *write, GError **error)
{
	bool erased = erase_loses_eeprom(write);

	if (write->kept_eeprom) {
		if (!avr_write_eeprom(write->avr, write->kept_eeprom, erased, error) ||
		    !avr_verify_eeprom(write->avr, write->kept_eeprom, error))
			return FALSE;
		unlink(write->plan->keep_eeprom_path);
		erased = false;
	}
	return write_one_eeprom(write, write->plan->eeprom, erased, error);
}

/* After any trouble on the wires a stray instruction may have written elsewhere: look at
 * all of it. */
static gboolean verify_all_flash(struct write *write, GError **error)
{
	uint32_t n_bytes = write->avr->part->flash_bytes;
	g_autofree uint8_t *data = g_malloc(n_bytes);
	struct image *whole;
	gboolean ok;

	if (!write->plan->erase || !write->plan->verify || write->avr->recoveries == 0)
		return TRUE;
	memset(data, 0xFF, n_bytes);
	if (write->plan->flash)
		image_read(write->plan->flash, 0, data, n_bytes, 0xFF);
	whole = image_new();
	ok = image_add(whole, 0, data, n_bytes, error) &&
	     avr_verify_flash(write->avr, whole, false, error);
	image_free(whole);
	return ok;
}

static gboolean write_fuse_if_different(struct write *write, enum fuse_byte byte,
					GError **error)
{
	uint8_t present;

	if (!avr_read_fuse(write->avr, byte, &present, error))
		return FALSE;
	if (((present ^ write->fuses[byte]) & write->avr->part->fuse_mask[byte]) == 0)
		return TRUE;
	return avr_write_fuse(write->avr, byte, write->fuses[byte], error);
}

static bool may_lose_part(const struct write *write, enum fuse_byte byte)
{
	uint8_t changes = write->outcome->fuses_before[byte] ^ write->fuses[byte];

	return changes & fuse_dangerous_bits(write->avr->part, byte);
}

/* Also those that were not asked for: a stray instruction must not have touched them. */
static gboolean write_fuses(struct write *write, GError **error)
{
	unsigned n_fuses = write->avr->part->n_fuses;

	avr_report(write->avr, AVR_STEP_FUSES, 0, n_fuses);
	for (int dangerous = 0; dangerous <= 1; dangerous++)
		for (unsigned byte = 0; byte < n_fuses; byte++)
			if (may_lose_part(write, byte) == dangerous &&
			    !write_fuse_if_different(write, byte, error))
				return FALSE;
	avr_report(write->avr, AVR_STEP_FUSES, n_fuses, n_fuses);
	return TRUE;
}

static gboolean check_fuses(struct write *write, GError **error)
{
	const struct part *part = write->avr->part;
	uint8_t *after = write->outcome->fuses_after;

	if (!avr_read_fuses(write->avr, after, error))
		return FALSE;
	for (unsigned byte = 0; byte < part->n_fuses; byte++) {
		if (((after[byte] ^ write->fuses[byte]) & part->fuse_mask[byte]) == 0)
			continue;
		g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_VERIFY,
			    "%s fuse: expected %02X, found %02X (of bits %02X)",
			    fuse_byte_names[byte], write->fuses[byte], after[byte],
			    part->fuse_mask[byte]);
		return FALSE;
	}
	return TRUE;
}

/* A given rate may be too fast for the new clock: the slower of the two. */
static gboolean enter_with_new_clock(struct write *write, GError **error)
{
	struct avr *avr = write->avr;
	unsigned given_hz = avr->wanted_sck_hz;
	gboolean ok;

	if (given_hz)
		avr->wanted_sck_hz = MIN(given_hz, avr_safe_sck_hz(avr, write->fuses));
	ok = enter_again(avr, error);
	avr->wanted_sck_hz = given_hz;
	if (!ok)
		g_prefix_error(
			error,
			"the new fuses were written and read back, but with them: ");
	write->outcome->reentered = ok;
	return ok;
}

static gboolean prove_fuses(struct write *write, GError **error)
{
	bool changed =
		memcmp(write->fuses, write->outcome->fuses_before, PART_MAX_FUSES) != 0;

	if (changed && !fuses_end_serial_programming(write->avr->part, write->fuses) &&
	    !enter_with_new_clock(write, error))
		return FALSE;
	return avr_check_signature(write->avr, error) && check_fuses(write, error);
}

static gboolean check_lock_unchanged(struct write *write, GError **error)
{
	uint8_t mask = write->avr->part->lock_mask;
	uint8_t expected = write->plan->erase ? 0xFF : write->lock_before;

	if (!avr_read_lock(write->avr, &write->outcome->lock_after, error))
		return FALSE;
	if (((write->outcome->lock_after ^ expected) & mask) == 0)
		return TRUE;
	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_VERIFY,
		    "lock bits: expected %02X, found %02X, though nobody wrote them",
		    expected, write->outcome->lock_after);
	return FALSE;
}

static gboolean write_lock(struct write *write, GError **error)
{
	if (!check_lock_unchanged(write, error))
		return FALSE;
	if (!write->plan->has_lock)
		return TRUE;
	avr_report(write->avr, AVR_STEP_LOCK, 0, 1);
	if (!avr_write_lock(write->avr, write->plan->lock, error) ||
	    !avr_read_lock(write->avr, &write->outcome->lock_after, error))
		return FALSE;
	avr_report(write->avr, AVR_STEP_LOCK, 1, 1);
	return TRUE;
}

typedef gboolean (*write_step)(struct write *write, GError **error);

static gboolean erase(struct write *write, GError **error)
{
	return !write->plan->erase || avr_erase(write->avr, error);
}

static gboolean speed_up(struct write *write, GError **error)
{
	if (!write->plan->flash && !write->plan->eeprom)
		return TRUE;
	if (!avr_speed_up(write->avr, error))
		return FALSE;
	write->outcome->sck_hz = write->avr->sck_hz;
	return TRUE;
}

static gboolean run_steps(struct write *write, GError **error)
{
	static const write_step steps[] = {
		clear_ckdiv8_early, speed_up,	  keep_eeprom,	    erase,
		write_flash,	    write_eeprom, verify_all_flash, write_fuses,
		prove_fuses,	    write_lock,
	};

	for (unsigned i = 0; i < G_N_ELEMENTS(steps); i++)
		if (!steps[i](write, error))
			return FALSE;
	return TRUE;
}

/* The file is all that is left of an erased EEPROM: whoever reads the error must learn of
 * it. */
static void name_kept_eeprom(const struct write *write, GError **error)
{
	if (write->kept_eeprom && error && *error &&
	    access(write->plan->keep_eeprom_path, F_OK) == 0)
		g_prefix_error(error, "the target's EEPROM is kept in %s: ",
			       write->plan->keep_eeprom_path);
}

gboolean avr_write(struct avr *avr, const struct avr_plan *plan,
		   struct avr_outcome *outcome, GError **error)
{
	struct write write = { .avr = avr, .plan = plan, .outcome = outcome };
	gboolean ok;

	memset(outcome, 0, sizeof(*outcome));
	outcome->sck_hz = avr->sck_hz;
	if (!avr_plan_check(avr->part, plan, error) || !examine(&write, error))
		return FALSE;
	ok = plan->dry_run || run_steps(&write, error);
	if (!ok)
		name_kept_eeprom(&write, error);
	outcome->verified = ok && plan->verify && !plan->dry_run;
	outcome->recoveries = avr->recoveries;
	image_free(write.kept_eeprom);
	return ok;
}
