/* SPDX-License-Identifier: MIT */
/* The order of a whole write. */
#include "appliance/avr/write.h"

#include "appliance/avr/avr_private.h"
#include "appliance/avr/expected.h"
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
	uint8_t fuses[PART_MAX_FUSES];	 /* as they shall be in the end */
	uint8_t present[PART_MAX_FUSES]; /* as they shall be for now */
	uint8_t lock_before;
	struct image *kept_eeprom;
	unsigned settled_doubts; /* avr->doubts that a look at everything has answered */
	bool settled_once;
};

/* Bits that the part does not have read as anything. */
static bool changes_fuses(const struct write *write)
{
	return !avr_fuses_equal(write->avr->part, write->fuses,
				write->outcome->fuses_before);
}

static bool erase_loses_eeprom(const struct write *write)
{
	const struct avr *avr = write->avr;

	return write->plan->erase && avr->part->eeprom_bytes > 0 &&
	       !part_fuse_programmed(avr->part, write->outcome->fuses_before, "EESAVE");
}

/* Fuses included: nothing but a chip erase is left. */
static gboolean check_lock(const struct write *write, GError **error)
{
	const struct avr_plan *plan = write->plan;
	bool writes = plan->flash || plan->eeprom || changes_fuses(write);

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

/* Lock bits only go one way. */
static gboolean check_wanted_lock(const struct write *write, GError **error)
{
	const struct avr_plan *plan = write->plan;
	uint8_t wanted = plan->lock | (uint8_t)~write->avr->part->lock_mask;

	if (!plan->has_lock || plan->erase || !(wanted & ~write->lock_before))
		return TRUE;
	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_LOCKED,
		    "lock bits are %02X; to make them %02X takes a chip erase",
		    write->lock_before, wanted);
	return FALSE;
}

static gboolean check_kept_eeprom(const struct write *write, GError **error)
{
	if (!write->plan->keep_eeprom_path || !erase_loses_eeprom(write) ||
	    !part_locks_reading(write->avr->part, write->lock_before))
		return TRUE;
	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_LOCKED,
		    "lock bits %02X forbid reading: the EEPROM cannot be kept",
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
	memcpy(write->present, write->outcome->fuses_before, PART_MAX_FUSES);
	return fuse_safety_check(avr->part, write->outcome->fuses_before, write->fuses,
				 &avr->board, write->plan->allowed_dangers, error) &&
	       check_lock(write, error) && check_wanted_lock(write, error) &&
	       check_kept_eeprom(write, error);
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
	write->present[byte] |= bit;
	return avr_write_fuses(write->avr, write->present, error) &&
	       enter_again(write->avr, error);
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
	return read_whole_eeprom(write, error) &&
	       avr_verify_eeprom(write->avr, write->kept_eeprom, error) &&
	       image_save(write->kept_eeprom, path, &image_format_ihex, error);
}

static gboolean verify_flash(struct write *write, GError **error)
{
	const struct avr_plan *plan = write->plan;
	uint32_t page = MAX(write->avr->part->flash_page_bytes, 1u);
	image_autofree struct image *filled = NULL;

	if (!plan->verify || !plan->flash)
		return TRUE;
	if (!plan->erase) {
		if (avr_verify_flash(write->avr, plan->flash, false, error))
			return TRUE;
		g_prefix_error(error, "without an erase bits can only become 0: ");
		return FALSE;
	}
	filled = avr_fill_pages(plan->flash, page);
	return avr_verify_flash(write->avr, filled, true, error);
}

static gboolean write_flash(struct write *write, GError **error)
{
	struct avr *avr = write->avr;

	if (!write->plan->flash)
		return TRUE;
	return avr_write_flash(avr, write->plan->flash, error) &&
	       verify_flash(write, error) && avr_stay_in_step(avr, error);
}

static gboolean write_one_eeprom(struct write *write, const struct image *image,
				 bool erased, GError **error)
{
	if (!image)
		return TRUE;
	return avr_write_eeprom(write->avr, image, erased, error) &&
	       (!write->plan->verify || avr_verify_eeprom(write->avr, image, error));
}

/* What was kept comes back first, so that an image for EEPROM has the last word. */
static gboolean write_eeprom(struct write *write, GError **error)
{
	bool erased = erase_loses_eeprom(write);

	if (write->kept_eeprom) {
		if (!avr_write_eeprom(write->avr, write->kept_eeprom, erased, error) ||
		    !avr_verify_eeprom(write->avr, write->kept_eeprom, error))
			return FALSE;
		erased = false;
	}
	return write_one_eeprom(write, write->plan->eeprom, erased, error);
}

/* The file goes when nothing can go wrong with the part any more. */
static gboolean drop_kept_eeprom(struct write *write, GError **error)
{
	if (write->kept_eeprom)
		unlink(write->plan->keep_eeprom_path);
	return TRUE;
}

static gboolean verify_whole_flash(struct write *write, GError **error)
{
	const struct avr_plan *plan = write->plan;
	image_autofree struct image *whole = NULL;

	if (!plan->erase)
		return verify_flash(write, error);
	whole = avr_whole_memory(write->avr->part->flash_bytes, plan->flash, NULL);
	return avr_verify_flash(write->avr, whole, false, error);
}

/* Nobody knows what an EEPROM that was not erased held where nothing was written. */
static gboolean verify_whole_eeprom(struct write *write, GError **error)
{
	const struct avr_plan *plan = write->plan;
	image_autofree struct image *whole = NULL;

	if (!erase_loses_eeprom(write))
		return !plan->eeprom ||
		       avr_verify_eeprom(write->avr, plan->eeprom, error);
	whole = avr_whole_memory(write->avr->part->eeprom_bytes, write->kept_eeprom,
				 plan->eeprom);
	return avr_verify_eeprom(write->avr, whole, error);
}

static bool is_doubtful(const struct write *write)
{
	const struct avr *avr = write->avr;

	return avr->doubts != write->settled_doubts ||
	       (avr->recoveries > 0 && !write->settled_once);
}

/* After any trouble on the wires a stray instruction may have written elsewhere: look at
 * all of it, until a look was not itself disturbed. */
static gboolean settle(struct write *write, GError **error)
{
	struct avr *avr = write->avr;

	for (unsigned try = 0; try < AVR_PAGE_TRIES; try++) {
		if (!write->plan->verify || !is_doubtful(write))
			return TRUE;
		write->settled_doubts = avr->doubts;
		write->settled_once = true;
		avr->extended_address = -1;
		if (!verify_whole_flash(write, error) ||
		    !verify_whole_eeprom(write, error) ||
		    !avr_write_fuses(avr, write->present, error))
			return FALSE;
	}
	if (!is_doubtful(write))
		return TRUE;
	g_set_error(
		error, SIXPIN_ERROR, SIXPIN_ERROR_VERIFY,
		"the target lost step again each time that it was read back: shorten the "
		"wires, lower SCK (now %u Hz), check ground and power",
		avr->sck_hz);
	return FALSE;
}

/* Also those that were not asked for: a stray instruction must not have touched them. */
static gboolean write_fuses(struct write *write, GError **error)
{
	unsigned n_fuses = write->avr->part->n_fuses;

	avr_report(write->avr, AVR_STEP_FUSES, 0, n_fuses);
	memcpy(write->present, write->fuses, sizeof(write->present));
	if (!avr_write_fuses(write->avr, write->fuses, error))
		return FALSE;
	avr_report(write->avr, AVR_STEP_FUSES, n_fuses, n_fuses);
	return TRUE;
}

static gboolean check_fuses(struct write *write, GError **error)
{
	uint8_t *after = write->outcome->fuses_after;

	return avr_read_fuses(write->avr, after, error) &&
	       avr_check_fuses(write->avr->part, write->fuses, after, error);
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
	return ok;
}

static gboolean prove_fuses(struct write *write, GError **error)
{
	if (changes_fuses(write) &&
	    !fuses_end_serial_programming(write->avr->part, write->fuses) &&
	    !enter_with_new_clock(write, error))
		return FALSE;
	return avr_stay_in_step(write->avr, error) && check_fuses(write, error);
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

/* What the lock's write may have become instead, and what it may have hidden. */
static gboolean prove_end(struct write *write, GError **error)
{
	const struct avr *avr = write->avr;

	if (!check_fuses(write, error))
		return FALSE;
	if (!part_locks_reading(avr->part, write->outcome->lock_after))
		return settle(write, error);
	if (!write->plan->verify || !is_doubtful(write))
		return TRUE;
	g_set_error(
		error, SIXPIN_ERROR, SIXPIN_ERROR_VERIFY,
		"the wires were disturbed while the lock bits were written, and now they "
		"forbid to read back: run the job again");
	return FALSE;
}

typedef gboolean (*write_step)(struct write *write, GError **error);

/* An erase that was garbled may have become a fuse's write (AC 80, AC A0), and the next
 * RESET pulse would make it act. */
static gboolean erase(struct write *write, GError **error)
{
	return !write->plan->erase ||
	       (avr_erase(write->avr, error) &&
		avr_write_fuses(write->avr, write->present, error));
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
		keep_eeprom, clear_ckdiv8_early, speed_up, erase,
		write_flash, write_eeprom,	 settle,   write_fuses,
		settle,	     prove_fuses,	 settle,   write_lock,
		prove_end,   drop_kept_eeprom,
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

/* An erase alone has nothing that could be compared. */
static bool writes_anything(const struct write *write)
{
	const struct avr_plan *plan = write->plan;

	for (unsigned byte = 0; byte < PART_MAX_FUSES; byte++)
		if (plan->has_fuse[byte])
			return true;
	return plan->flash || plan->eeprom || plan->has_lock || write->kept_eeprom;
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
	outcome->verified =
		ok && plan->verify && !plan->dry_run && writes_anything(&write);
	outcome->eeprom_carried = write.kept_eeprom != NULL;
	outcome->eeprom_erased =
		erase_loses_eeprom(&write) && !plan->dry_run && !outcome->eeprom_carried;
	outcome->recoveries = avr->recoveries;
	image_free(write.kept_eeprom);
	return ok;
}
