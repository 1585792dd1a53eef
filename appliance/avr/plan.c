/* SPDX-License-Identifier: MIT */
/* Whether a plan fits a part, before anything touches the target. */
#include "appliance/avr/write.h"
#include "appliance/base/error.h"

static gboolean check_image(const struct part *part, const struct image *image,
			    const char *memory, uint32_t n_bytes, GError **error)
{
	if (!image)
		return TRUE;
	for (unsigned i = 0; i < image_n_segments(image); i++) {
		struct image_segment segment = image_segment(image, i);

		if (segment.address < n_bytes &&
		    segment.n_bytes <= n_bytes - segment.address)
			continue;
		g_set_error(
			error, SIXPIN_ERROR, SIXPIN_ERROR_IMAGE,
			"bytes at 0x%05X-0x%05X are beyond the %s of %s, which ends at 0x%05X",
			MAX(segment.address, n_bytes),
			segment.address + segment.n_bytes - 1, memory, part->name,
			n_bytes ? n_bytes - 1 : 0);
		return FALSE;
	}
	return TRUE;
}

gboolean avr_plan_check(const struct part *part, const struct avr_plan *plan,
			GError **error)
{
	for (unsigned byte = 0; byte < PART_MAX_FUSES; byte++) {
		if (!plan->has_fuse[byte] || byte < part->n_fuses)
			continue;
		g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE, "%s has no %s fuse",
			    part->name, fuse_byte_names[byte]);
		return FALSE;
	}
	return check_image(part, plan->flash, "flash", part->flash_bytes, error) &&
	       check_image(part, plan->eeprom, "EEPROM", part->eeprom_bytes, error);
}
