/* SPDX-License-Identifier: MIT */
/*
 * Can reset reach a boot loader under given fuses, and does an application stay out of
 * its section? (DS40002061, section 27.5; DS40002058 for HWBE.)
 */
#pragma once

#include "appliance/avr/avr.h"

enum reach_by { REACH_BY_BOOTRST, REACH_BY_HWBE };

struct reach_loader {
	const char *name;
	uint32_t address; /* where it starts, in bytes */
	enum reach_by by;
};

/* FUSE_UNSAFE names both addresses and the fuse that mends it. What is started by HWBE is
 * reached through BOOTRST as well. */
gboolean reach_check_loader(const struct part *part, const uint8_t fuses[PART_MAX_FUSES],
			    const struct reach_loader *loader, GError **error);

/* IMAGE names what of the application lies where the loader's section is. */
gboolean reach_check_application(const struct reach_loader *loader,
				 const struct image *application, const char *name,
				 GError **error);

/* Does the image lie only where this part's boot sections are? */
bool reach_is_boot_image(const struct part *part, const struct image *flash);

/* Something to say of an image that nothing is known of: it is a boot image, and the
 * fuses lead elsewhere. NULL where all is well; free with g_free. */
char *reach_note(const struct part *part, const uint8_t fuses[PART_MAX_FUSES],
		 const struct image *flash);
