/* SPDX-License-Identifier: MIT */
/* Where reset leads: BOOTRST to the section that BOOTSZ selects, HWBE to the same while
 * the pin HWB is low, else to 0. */
#include "appliance/avr/reach.h"

#include "appliance/base/error.h"

#include <string.h>

#define N_BOOT_SIZES 4
#define ALLOW	     "--allow unreachable writes it all the same"

static bool has_boot_section(const struct part *part)
{
	enum fuse_byte byte;
	unsigned bit;

	return part->boot_bytes_min > 0 &&
	       part_find_fuse_bit(part, "BOOTRST", &byte, &bit);
}

static void set_bit(const struct part *part, uint8_t fuses[PART_MAX_FUSES],
		    const char *name, bool programmed)
{
	enum fuse_byte byte;
	unsigned bit;

	if (!part_find_fuse_bit(part, name, &byte, &bit))
		return;
	if (programmed)
		fuses[byte] &= (uint8_t) ~(1u << bit);
	else
		fuses[byte] |= (uint8_t)(1u << bit);
}

/* Turns the boot section's bits so that it starts at the address; false if it cannot. */
static bool put_section_at(const struct part *part, uint8_t fuses[PART_MAX_FUSES],
			   uint32_t address)
{
	for (unsigned size = 0; size < N_BOOT_SIZES; size++) {
		set_bit(part, fuses, "BOOTSZ0", size & 1);
		set_bit(part, fuses, "BOOTSZ1", size & 2);
		if (part_boot_start(part, fuses) == address)
			return true;
	}
	return false;
}

/* "high=DE mends it", of the present fuses with as few bits changed as will do; NULL
 * where no fuse would. */
static char *mend(const struct part *part, const uint8_t fuses[PART_MAX_FUSES],
		  const struct reach_loader *loader)
{
	const char *starter = loader->by == REACH_BY_HWBE ? "HWBE" : "BOOTRST";
	GString *text = g_string_new(NULL);
	uint8_t mended[PART_MAX_FUSES];

	memcpy(mended, fuses, PART_MAX_FUSES);
	if (!put_section_at(part, mended, loader->address))
		return g_string_free(text, TRUE);
	set_bit(part, mended, starter, true);
	for (unsigned byte = 0; byte < part->n_fuses; byte++)
		if (mended[byte] != fuses[byte])
			g_string_append_printf(text, "%s%s=%02X", text->len ? "," : "",
					       fuse_byte_names[byte], mended[byte]);
	g_string_append(text, strchr(text->str, ',') ? " mend it" : " mends it");
	return g_string_free(text, FALSE);
}

static char *describe_byte(const struct part *part, const uint8_t fuses[PART_MAX_FUSES],
			   const char *bit_name)
{
	enum fuse_byte byte;
	unsigned bit;

	if (!part_find_fuse_bit(part, bit_name, &byte, &bit))
		return g_strdup_printf("%s has no fuse %s", part->name, bit_name);
	return g_strdup_printf("%s fuse %02X", fuse_byte_names[byte], fuses[byte]);
}

static gboolean fail_start(const struct part *part, const uint8_t fuses[PART_MAX_FUSES],
			   const struct reach_loader *loader, const char *mended,
			   GError **error)
{
	bool by_hwbe = loader->by == REACH_BY_HWBE;
	const char *bit = by_hwbe ? "HWBE" : "BOOTRST";
	g_autofree char *byte = describe_byte(part, fuses, bit);

	g_set_error(
		error, SIXPIN_ERROR, SIXPIN_ERROR_FUSE_UNSAFE,
		"%s starts at 0x%05X and is reached through %s, but %s leaves %s "
		"unprogrammed: reset leads to 0x00000 %s; nothing was changed (%s; " ALLOW
		")",
		loader->name, loader->address, bit, byte, bit,
		by_hwbe ? "whatever the pin HWB says" : "instead", mended);
	return FALSE;
}

static gboolean fail_section(const struct part *part, const uint8_t fuses[PART_MAX_FUSES],
			     const struct reach_loader *loader, const char *mended,
			     GError **error)
{
	g_autofree char *byte = describe_byte(part, fuses, "BOOTSZ0");

	g_set_error(
		error, SIXPIN_ERROR, SIXPIN_ERROR_FUSE_UNSAFE,
		"%s starts at 0x%05X, but %s makes the boot section start at 0x%05X, and "
		"there reset leads; nothing was changed (%s; " ALLOW ")",
		loader->name, loader->address, byte, part_boot_start(part, fuses),
		mended);
	return FALSE;
}

static gboolean fail_for_ever(const struct part *part, const struct reach_loader *loader,
			      GError **error)
{
	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_FUSE_UNSAFE,
		    "%s starts at 0x%05X, and no fuse of %s makes a boot section start "
		    "there: reset leads to 0x00000; nothing was changed (" ALLOW ")",
		    loader->name, loader->address, part->name);
	return FALSE;
}

gboolean reach_check_loader(const struct part *part, const uint8_t fuses[PART_MAX_FUSES],
			    const struct reach_loader *loader, GError **error)
{
	bool starts = part_fuse_programmed(part, fuses, "BOOTRST") ||
		      (loader->by == REACH_BY_HWBE &&
		       part_fuse_programmed(part, fuses, "HWBE"));
	g_autofree char *mended = NULL;

	if (starts && part_boot_start(part, fuses) == loader->address)
		return TRUE;
	mended = has_boot_section(part) ? mend(part, fuses, loader) : NULL;
	if (!mended)
		return fail_for_ever(part, loader, error);
	return starts ? fail_section(part, fuses, loader, mended, error)
		      : fail_start(part, fuses, loader, mended, error);
}

gboolean reach_check_application(const struct reach_loader *loader,
				 const struct image *application, const char *name,
				 GError **error)
{
	for (unsigned i = 0; i < image_n_segments(application); i++) {
		struct image_segment segment = image_segment(application, i);
		uint32_t last = segment.address + segment.n_bytes - 1;

		if (last < loader->address)
			continue;
		g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_IMAGE,
			    "%s has bytes at 0x%05X-0x%05X, but from 0x%05X on the boot "
			    "section belongs to %s; nothing was changed (" ALLOW ")",
			    name, MAX(segment.address, loader->address), last,
			    loader->address, loader->name);
		return FALSE;
	}
	return TRUE;
}

bool reach_is_boot_image(const struct part *part, const struct image *flash)
{
	uint32_t largest = (uint32_t)part->boot_bytes_min << (N_BOOT_SIZES - 1);

	return has_boot_section(part) && largest < part->flash_bytes &&
	       image_n_segments(flash) > 0 &&
	       image_segment(flash, 0).address >= part->flash_bytes - largest;
}

char *reach_note(const struct part *part, const uint8_t fuses[PART_MAX_FUSES],
		 const struct image *flash)
{
	uint32_t section = part_boot_start(part, fuses);
	bool starts = part_fuse_programmed(part, fuses, "BOOTRST") ||
		      part_fuse_programmed(part, fuses, "HWBE");
	uint32_t first;

	if (!reach_is_boot_image(part, flash))
		return NULL;
	first = image_segment(flash, 0).address;
	if (starts && first == section)
		return NULL;
	return g_strdup_printf(
		"the image lies only in the boot section, from 0x%05X on, but under these "
		"fuses reset leads to 0x%05X",
		first, starts ? section : 0);
}
