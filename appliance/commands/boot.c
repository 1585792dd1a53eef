/* SPDX-License-Identifier: MIT */
/* From options, parts and fuses to the address of a boot section. */
#include "appliance/commands/boot.h"

#include "appliance/base/error.h"
#include "appliance/base/units.h"
#include "images/merge.h"

#define MAX_DOUBLINGS 3u /* BOOTSZ1 and BOOTSZ0 */

/* False as well for the one part whose section has but one size. */
static bool find_size_fuse(const struct part *part, enum fuse_byte *byte)
{
	unsigned bit;

	return part_find_fuse_bit(part, "BOOTSZ0", byte, &bit);
}

/* The section's start by its size: 0 is the smallest. */
static uint32_t start_of_size(const struct part *part, unsigned doublings)
{
	return part->flash_bytes - ((uint32_t)part->boot_bytes_min << doublings);
}

static unsigned max_doublings(const struct part *part)
{
	enum fuse_byte byte;

	return find_size_fuse(part, &byte) ? MAX_DOUBLINGS : 0;
}

/* Data sheets count words: 0x3800 for 0x7000 is easily given. */
static gboolean refuse_start(const struct part *part, uint32_t start, GError **error)
{
	g_autoptr(GString) starts = g_string_new(NULL);

	for (unsigned i = 0; i <= max_doublings(part); i++)
		g_string_append_printf(starts, "%s0x%04X", i ? ", " : "",
				       start_of_size(part, i));
	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE,
		    "--boot-start 0x%04X: expected where a boot section of %s begins, in "
		    "bytes: %s",
		    start, part->name, starts->str);
	return FALSE;
}

static gboolean check_start(const struct part *part, uint32_t start, GError **error)
{
	if (part && part->boot_bytes_min > 0) {
		for (unsigned i = 0; i <= max_doublings(part); i++)
			if (start == start_of_size(part, i))
				return TRUE;
		return refuse_start(part, start, error);
	}
	if (start > 0 && (!part || start < part->flash_bytes))
		return TRUE;
	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE,
		    "--boot-start 0x%04X: expected an address above 0 in the flash of %s",
		    start, part ? part->name : "the part");
	return FALSE;
}

static gboolean parse_start(const char *text, const struct part *part,
			    struct boot_section *section, GError **error)
{
	uint64_t start;

	if (!parse_number(text, "start of a boot section", IMAGE_AVR_EEPROM - 1, &start,
			  error) ||
	    !check_start(part, (uint32_t)start, error))
		return FALSE;
	section->start = (uint32_t)start;
	section->why = g_strdup("--boot-start");
	return TRUE;
}

static void take_fuses(const struct part *part, const bool has_fuse[PART_MAX_FUSES],
		       const uint8_t fuses[PART_MAX_FUSES], struct boot_section *section)
{
	enum fuse_byte byte;

	if (!find_size_fuse(part, &byte)) {
		boot_section_largest(part, section);
	} else if (has_fuse[byte]) {
		section->start = part_boot_start(part, fuses);
		section->why =
			g_strdup_printf("%s fuse %02X of %s", fuse_byte_names[byte],
					fuses[byte], part->name);
	}
}

gboolean boot_section_find(const struct boot_words *words, const struct part *part,
			   const bool has_fuse[PART_MAX_FUSES],
			   const uint8_t fuses[PART_MAX_FUSES],
			   struct boot_section *section, GError **error)
{
	*section = (struct boot_section){ 0 };
	if (words->start)
		return parse_start(words->start, part, section, error);
	if (part && part->boot_bytes_min > 0)
		take_fuses(part, has_fuse, fuses, section);
	return TRUE;
}

void boot_section_largest(const struct part *part, struct boot_section *section)
{
	bool one_size = max_doublings(part) == 0;

	if (part->boot_bytes_min == 0)
		return;
	section->start = start_of_size(part, max_doublings(part));
	section->why = g_strdup_printf("the %s of %s", one_size ? "only one" : "largest",
				       part->name);
}

void boot_section_clear(struct boot_section *section)
{
	section->start = 0;
	g_clear_pointer(&section->why, g_free);
}

gboolean boot_section_require(const struct boot_section *section, const struct part *part,
			      GError **error)
{
	if (section->start > 0)
		return TRUE;
	if (part)
		g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE,
			    "%s has no boot section of its own: --boot-start says where "
			    "the boot loader begins",
			    part->name);
	else
		g_set_error(
			error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE,
			"where does the boot section begin? Give --boot-start 0x7000, "
			"or --part ATmega32U4, with --fuses high=D8 for its exact "
			"size");
	return FALSE;
}

/* Address of the last byte; the image has one. */
static uint32_t last_address(const struct image *image)
{
	struct image_segment last = image_segment(image, image_n_segments(image) - 1);

	return last.address + (last.n_bytes - 1);
}

gboolean boot_section_check_application(const struct boot_section *section,
					const struct image *application, const char *name,
					GError **error)
{
	image_autofree struct image *flash =
		image_window(application, 0, IMAGE_AVR_EEPROM);

	if (image_n_bytes(flash) == 0 || last_address(flash) < section->start)
		return TRUE;
	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_IMAGE,
		    "%s reaches 0x%04X, expected it to end below 0x%04X, where the boot "
		    "section begins (%s)",
		    name, last_address(flash), section->start, section->why);
	return FALSE;
}

static void set_nothing_there(const struct boot_section *section,
			      const struct image *flash, const char *name, GError **error)
{
	g_autofree char *has =
		image_n_bytes(flash) == 0
			? g_strdup("it has nothing for flash")
			: g_strdup_printf("it ends at 0x%04X", last_address(flash));

	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_IMAGE,
		    "%s has nothing in the boot section, which begins at 0x%04X (%s): %s",
		    name, section->start, section->why, has);
}

struct image *boot_section_take(struct call *call, const struct boot_section *section,
				const struct image *boot, const char *name,
				GError **error)
{
	image_autofree struct image *flash = image_window(boot, 0, IMAGE_AVR_EEPROM);
	image_autofree struct image *kept = image_keep_from(flash, section->start);
	uint32_t n_left_out = image_n_bytes(boot) - image_n_bytes(kept);

	if (image_n_bytes(kept) == 0) {
		set_nothing_there(section, flash, name, error);
		return NULL;
	}
	call_add_int(call, "left_out", n_left_out);
	call_say(call, "%s: %u bytes outside the boot section left out", name,
		 n_left_out);
	return g_steal_pointer(&kept);
}

void boot_section_tell(struct call *call, const struct boot_section *section)
{
	if (section->start == 0)
		return;
	call_add_int(call, "boundary", section->start);
	call_say(call, "Boot section from 0x%04X (%s)", section->start, section->why);
}
