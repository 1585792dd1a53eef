/* SPDX-License-Identifier: MIT */
/* Keeping all memories of a chip, and taking a kept chip apart again. */
#include "appliance/station/backup.h"

#include "appliance/base/error.h"
#include "appliance/station/memories.h"

#include <string.h>

/* Where a memory may be, each in a window of its own (images/image.h). avr-gcc has RAM
 * from 0x800000 on. */
struct window {
	uint32_t address;
	uint32_t n_bytes;
};

enum {
	WINDOW_FLASH,
	WINDOW_EEPROM,
	WINDOW_FUSES,
	WINDOW_LOCK,
	WINDOW_SIGNATURE,
	WINDOW_CALIBRATION,
	N_WINDOWS
};

static const struct window windows[N_WINDOWS] = {
	[WINDOW_FLASH] = { 0, 0x800000 },
	[WINDOW_EEPROM] = { IMAGE_AVR_EEPROM, 0x10000 },
	[WINDOW_FUSES] = { IMAGE_AVR_FUSE, PART_MAX_FUSES },
	[WINDOW_LOCK] = { IMAGE_AVR_LOCK, 1 },
	[WINDOW_SIGNATURE] = { IMAGE_AVR_SIGNATURE, 3 },
	[WINDOW_CALIBRATION] = { IMAGE_AVR_CALIBRATION, BACKUP_MAX_CALIBRATION },
};

void backup_clear(struct backup *backup)
{
	g_clear_pointer(&backup->flash, image_free);
	g_clear_pointer(&backup->eeprom, image_free);
}

gboolean backup_read_bytes(struct backup *backup, struct avr *avr, GError **error)
{
	const struct part *part = avr->part;

	*backup = (struct backup){
		.has_lock = true,
		.has_signature = true,
		.n_calibration = MIN(part->n_calibration, BACKUP_MAX_CALIBRATION),
	};
	for (unsigned byte = 0; byte < part->n_fuses; byte++)
		backup->has_fuse[byte] = true;
	memcpy(backup->signature, part->signature, sizeof(backup->signature));
	return avr_read_fuses(avr, backup->fuses, error) &&
	       avr_read_lock(avr, &backup->lock, error) &&
	       avr_read_calibration(avr, backup->calibration, backup->n_calibration,
				    error);
}

static struct image *read_image(struct avr *avr, enum memory_kind kind, GError **error)
{
	image_autofree struct image *image = image_new();
	uint32_t n_bytes;
	g_autofree uint8_t *data = memory_read(avr, kind, &n_bytes, error);

	if (!data || !image_add(image, 0, data, n_bytes, error))
		return NULL;
	return g_steal_pointer(&image);
}

gboolean backup_read_memories(struct backup *backup, struct avr *avr, GError **error)
{
	if (!check_readable(avr, error))
		return FALSE;
	backup->flash = read_image(avr, MEMORY_FLASH, error);
	if (!backup->flash)
		return FALSE;
	if (avr->part->eeprom_bytes == 0)
		return TRUE;
	backup->eeprom = read_image(avr, MEMORY_EEPROM, error);
	return backup->eeprom != NULL;
}

gboolean backup_read(struct backup *backup, struct avr *avr, GError **error)
{
	return backup_read_bytes(backup, avr, error) &&
	       backup_read_memories(backup, avr, error);
}

/* Windows do not meet: what belongs into one never overlaps another. */
static void put(struct image *image, uint32_t address, const uint8_t *data,
		uint32_t n_bytes)
{
	gboolean added = n_bytes == 0 || image_add(image, address, data, n_bytes, NULL);

	g_assert(added);
}

static void put_image(struct image *image, uint32_t address, const struct image *part)
{
	for (unsigned i = 0; part && i < image_n_segments(part); i++) {
		struct image_segment segment = image_segment(part, i);

		put(image, address + segment.address, segment.data, segment.n_bytes);
	}
}

/* avr-gcc has the bytes of a signature the other way round. */
static void reverse_signature(const uint8_t from[3], uint8_t to[3])
{
	for (unsigned i = 0; i < 3; i++)
		to[i] = from[2 - i];
}

struct image *backup_to_image(const struct backup *backup)
{
	struct image *image = image_new();
	uint8_t signature[3];

	reverse_signature(backup->signature, signature);
	put_image(image, windows[WINDOW_FLASH].address, backup->flash);
	put_image(image, windows[WINDOW_EEPROM].address, backup->eeprom);
	for (unsigned byte = 0; byte < PART_MAX_FUSES; byte++)
		put(image, windows[WINDOW_FUSES].address + byte, &backup->fuses[byte],
		    backup->has_fuse[byte]);
	put(image, windows[WINDOW_LOCK].address, &backup->lock, backup->has_lock);
	put(image, windows[WINDOW_SIGNATURE].address, signature,
	    backup->has_signature ? 3 : 0);
	put(image, windows[WINDOW_CALIBRATION].address, backup->calibration,
	    backup->n_calibration);
	return image;
}

/* How many bytes from this address on belong to one window; 0: none. */
static uint32_t bytes_in_window(uint32_t address)
{
	for (unsigned i = 0; i < N_WINDOWS; i++)
		if (address >= windows[i].address &&
		    address - windows[i].address < windows[i].n_bytes)
			return windows[i].n_bytes - (address - windows[i].address);
	return 0;
}

static gboolean check_segment(const struct image_segment *segment, GError **error)
{
	uint32_t n_known = bytes_in_window(segment->address);

	if (segment->n_bytes <= n_known)
		return TRUE;
	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_IMAGE,
		    "bytes at 0x%06X-0x%06X belong to no memory that a backup has",
		    segment->address + n_known, segment->address + segment->n_bytes - 1);
	return FALSE;
}

static struct image *take_image(const struct image *image, const struct window *window)
{
	struct image *part = image_window(image, window->address, window->n_bytes);

	if (image_n_bytes(part) > 0)
		return part;
	image_free(part);
	return NULL;
}

/* How many bytes there are from the beginning of the window on. */
static unsigned take_bytes(const struct image *image, const struct window *window,
			   uint8_t *bytes)
{
	unsigned n_bytes = 0;

	while (n_bytes < window->n_bytes &&
	       image_read(image, window->address + n_bytes, &bytes[n_bytes], 1, 0) == 1)
		n_bytes++;
	return n_bytes;
}

static void take_fuses(struct backup *backup, const struct image *image)
{
	for (unsigned byte = 0; byte < PART_MAX_FUSES; byte++)
		backup->has_fuse[byte] =
			image_read(image, windows[WINDOW_FUSES].address + byte,
				   &backup->fuses[byte], 1, 0xFF) == 1;
}

static gboolean check_use(const struct backup *backup, GError **error)
{
	static const bool no_fuse[PART_MAX_FUSES];

	if (backup->flash || backup->eeprom || backup->has_lock ||
	    memcmp(backup->has_fuse, no_fuse, sizeof(no_fuse)) != 0)
		return TRUE;
	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_IMAGE,
		    "nothing in it could be written");
	return FALSE;
}

gboolean backup_from_image(struct backup *backup, const struct image *image,
			   GError **error)
{
	uint8_t signature[3] = { 0 };

	*backup = (struct backup){ 0 };
	for (unsigned i = 0; i < image_n_segments(image); i++) {
		struct image_segment segment = image_segment(image, i);

		if (!check_segment(&segment, error))
			return FALSE;
	}
	backup->flash = take_image(image, &windows[WINDOW_FLASH]);
	backup->eeprom = take_image(image, &windows[WINDOW_EEPROM]);
	take_fuses(backup, image);
	backup->has_lock = take_bytes(image, &windows[WINDOW_LOCK], &backup->lock) == 1;
	backup->has_signature =
		take_bytes(image, &windows[WINDOW_SIGNATURE], signature) == 3;
	reverse_signature(signature, backup->signature);
	backup->n_calibration =
		take_bytes(image, &windows[WINDOW_CALIBRATION], backup->calibration);
	return check_use(backup, error);
}

static gboolean check_signature(const struct backup *backup, const struct part *part,
				GError **error)
{
	const uint8_t *found = backup->signature;
	const struct part *kept;

	if (!backup->has_signature || memcmp(found, part->signature, 3) == 0)
		return TRUE;
	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_WRONG_PART,
		    "the backup is of %s (signature %02X%02X%02X), the part is %s "
		    "(%02X%02X%02X); nothing was changed",
		    parts_by_signature(found, &kept, 1) ? kept->name : "another part",
		    found[0], found[1], found[2], part->name, part->signature[0],
		    part->signature[1], part->signature[2]);
	return FALSE;
}

static gboolean check_fuses(const struct backup *backup, const struct part *part,
			    GError **error)
{
	for (unsigned byte = part->n_fuses; byte < PART_MAX_FUSES; byte++) {
		if (!backup->has_fuse[byte])
			continue;
		g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_IMAGE,
			    "there is a value for the %s fuse, which %s has not",
			    fuse_byte_names[byte], part->name);
		return FALSE;
	}
	return TRUE;
}

static gboolean check_calibration(const struct backup *backup, const struct part *part,
				  GError **error)
{
	if (backup->n_calibration <= part->n_calibration)
		return TRUE;
	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_IMAGE,
		    "there are %u calibration bytes, %s has %u", backup->n_calibration,
		    part->name, part->n_calibration);
	return FALSE;
}

gboolean backup_check(const struct backup *backup, const struct part *part,
		      GError **error)
{
	const struct avr_plan memories = { .flash = backup->flash,
					   .eeprom = backup->eeprom };

	return check_signature(backup, part, error) && check_fuses(backup, part, error) &&
	       check_calibration(backup, part, error) &&
	       avr_plan_check(part, &memories, error);
}

static void add_missing(GString *missing, const char *format, ...) G_GNUC_PRINTF(2, 3);

static void add_missing(GString *missing, const char *format, ...)
{
	va_list arguments;

	if (missing->len)
		g_string_append(missing, ", ");
	va_start(arguments, format);
	g_string_append_vprintf(missing, format, arguments);
	va_end(arguments);
}

static void add_missing_bytes(GString *missing, const char *name,
			      const struct image *image, uint32_t n_bytes)
{
	uint32_t n_there = image ? image_n_bytes(image) : 0;

	if (n_there == 0 && n_bytes > 0)
		add_missing(missing, "%s", name);
	else if (n_there < n_bytes)
		add_missing(missing, "%u of %u bytes of %s", n_bytes - n_there, n_bytes,
			    name);
}

char *backup_missing(const struct backup *backup, const struct part *part)
{
	g_autoptr(GString) missing = g_string_new(NULL);

	add_missing_bytes(missing, "flash", backup->flash, part->flash_bytes);
	add_missing_bytes(missing, "EEPROM", backup->eeprom, part->eeprom_bytes);
	for (unsigned byte = 0; byte < part->n_fuses; byte++)
		if (!backup->has_fuse[byte])
			add_missing(missing, "%s fuse", fuse_byte_names[byte]);
	if (!backup->has_lock)
		add_missing(missing, "lock bits");
	if (!backup->has_signature)
		add_missing(missing, "signature");
	return missing->len ? g_strdup(missing->str) : NULL;
}

void backup_plan(const struct backup *backup, struct avr_plan *plan)
{
	plan->flash = backup->flash;
	plan->eeprom = backup->eeprom;
	plan->erase = backup->flash != NULL;
	plan->verify = true;
	memcpy(plan->has_fuse, backup->has_fuse, sizeof(plan->has_fuse));
	memcpy(plan->fuses, backup->fuses, sizeof(plan->fuses));
	plan->has_lock = backup->has_lock;
	plan->lock = backup->lock;
}
