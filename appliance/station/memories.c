/* SPDX-License-Identifier: MIT */
/* Memories by name: how large, and reading all of one. */
#include "appliance/station/memories.h"

#include "appliance/base/error.h"

#define BLOCK_BYTES 256

static const char *const names[N_MEMORIES] = {
	[MEMORY_FLASH] = "flash",	  [MEMORY_EEPROM] = "eeprom",
	[MEMORY_LFUSE] = "lfuse",	  [MEMORY_HFUSE] = "hfuse",
	[MEMORY_EFUSE] = "efuse",	  [MEMORY_LOCK] = "lock",
	[MEMORY_SIGNATURE] = "signature", [MEMORY_CALIBRATION] = "calibration",
};

static const struct {
	const char *name;
	enum memory_kind kind;
} other_names[] = {
	{ "fuse", MEMORY_LFUSE },     { "low", MEMORY_LFUSE },
	{ "high", MEMORY_HFUSE },     { "ext", MEMORY_EFUSE },
	{ "extended", MEMORY_EFUSE }, { "lockbits", MEMORY_LOCK },
	{ "sig", MEMORY_SIGNATURE },
};

const char *memory_name(enum memory_kind kind)
{
	return names[kind];
}

gboolean memory_find(const char *name, enum memory_kind *kind, GError **error)
{
	for (unsigned i = 0; i < N_MEMORIES; i++) {
		if (g_ascii_strcasecmp(name, names[i]) == 0) {
			*kind = i;
			return TRUE;
		}
	}
	for (unsigned i = 0; i < G_N_ELEMENTS(other_names); i++) {
		if (g_ascii_strcasecmp(name, other_names[i].name) == 0) {
			*kind = other_names[i].kind;
			return TRUE;
		}
	}
	g_set_error(
		error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE,
		"\"%s\" is no memory; there are flash, eeprom, lfuse, hfuse, efuse, lock, "
		"signature and calibration",
		name);
	return FALSE;
}

uint32_t memory_n_bytes(enum memory_kind kind, const struct part *part)
{
	const uint32_t sizes[N_MEMORIES] = {
		[MEMORY_FLASH] = part->flash_bytes,
		[MEMORY_EEPROM] = part->eeprom_bytes,
		[MEMORY_LFUSE] = part->n_fuses > FUSE_LOW,
		[MEMORY_HFUSE] = part->n_fuses > FUSE_HIGH,
		[MEMORY_EFUSE] = part->n_fuses > FUSE_EXTENDED,
		[MEMORY_LOCK] = 1,
		[MEMORY_SIGNATURE] = sizeof(part->signature),
		[MEMORY_CALIBRATION] = part->n_calibration,
	};

	return sizes[kind];
}

uint8_t memory_mask(enum memory_kind kind, const struct part *part)
{
	if (kind == MEMORY_LOCK)
		return part->lock_mask;
	if (kind >= MEMORY_LFUSE && kind <= MEMORY_EFUSE)
		return part->fuse_mask[kind - MEMORY_LFUSE];
	return 0xFF;
}

gboolean check_readable(struct avr *avr, GError **error)
{
	uint8_t lock;

	if (!avr_read_lock(avr, &lock, error))
		return FALSE;
	if (!part_locks_reading(avr->part, lock))
		return TRUE;
	g_set_error(
		error, SIXPIN_ERROR, SIXPIN_ERROR_LOCKED,
		"lock bits are %02X, which forbids reading; a chip erase removes them and all "
		"that the part holds",
		lock);
	return FALSE;
}

typedef gboolean (*read_function)(struct avr *avr, uint32_t address, uint8_t *data,
				  uint32_t n_bytes, GError **error);

static void report(struct avr *avr, const char *step, uint32_t done, uint32_t total)
{
	if (avr->progress.report)
		avr->progress.report(avr->progress.user, step, done, total);
}

static gboolean read_blocks(struct avr *avr, read_function read, const char *step,
			    uint8_t *data, uint32_t n_bytes, GError **error)
{
	if (!check_readable(avr, error) || !avr_speed_up(avr, error))
		return FALSE;
	for (uint32_t at = 0; at < n_bytes; at += BLOCK_BYTES) {
		report(avr, step, at, n_bytes);
		if (!read(avr, at, data + at, MIN(BLOCK_BYTES, n_bytes - at), error))
			return FALSE;
	}
	report(avr, step, n_bytes, n_bytes);
	return TRUE;
}

/* What is kept was read the same twice, from a target in step. */
static gboolean read_again(struct avr *avr, enum memory_kind kind, const uint8_t *data,
			   uint32_t n_bytes, GError **error)
{
	image_autofree struct image *image = image_new();
	gboolean same = image_add(image, 0, data, n_bytes, error) &&
			(kind == MEMORY_FLASH ? avr_verify_flash(avr, image, false, error)
					      : avr_verify_eeprom(avr, image, error)) &&
			avr_check_signature(avr, error);

	if (!same && error && g_error_matches(*error, SIXPIN_ERROR, SIXPIN_ERROR_VERIFY))
		g_prefix_error(error, "two readings differ: ");
	return same;
}

static gboolean read_into(struct avr *avr, enum memory_kind kind, uint8_t *data,
			  uint32_t n_bytes, GError **error)
{
	switch (kind) {
	case MEMORY_FLASH:
		return read_blocks(avr, avr_read_flash, AVR_STEP_READ_FLASH, data,
				   n_bytes, error) &&
		       read_again(avr, kind, data, n_bytes, error);
	case MEMORY_EEPROM:
		return read_blocks(avr, avr_read_eeprom, AVR_STEP_READ_EEPROM, data,
				   n_bytes, error) &&
		       read_again(avr, kind, data, n_bytes, error);
	case MEMORY_LOCK:
		return avr_read_lock(avr, data, error);
	case MEMORY_SIGNATURE:
		return avr_read_signature(avr, data, error);
	case MEMORY_CALIBRATION:
		return avr_read_calibration(avr, data, n_bytes, error);
	default:
		return avr_read_fuse(avr, kind - MEMORY_LFUSE, data, error);
	}
}

uint8_t *memory_read(struct avr *avr, enum memory_kind kind, uint32_t *n_bytes,
		     GError **error)
{
	g_autofree uint8_t *data = NULL;

	*n_bytes = memory_n_bytes(kind, avr->part);
	if (*n_bytes == 0) {
		g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE, "%s has no %s",
			    avr->part->name, names[kind]);
		return NULL;
	}
	data = g_malloc(*n_bytes);
	if (!read_into(avr, kind, data, *n_bytes, error))
		return NULL;
	return g_steal_pointer(&data);
}
