/* SPDX-License-Identifier: MIT */
/*
 * A production image of several files: an application and a boot loader, above all.
 *
 * Pasting hex files together loses what the eye does not see: a boot loader's file that
 * carries a sketch as well. Here nothing ever covers anything else. What of a file is its
 * boot section is said by an address; who knows the part and its fuses turns them into
 * one.
 */
#pragma once

#include "images/image.h"

/*
 * Adds all of `more` to `into`. Bytes that both have are SIXPIN_ERROR_IMAGE, even if they
 * are the same, and nothing is added; the message names both files, what of each lies
 * there and what they share.
 */
gboolean image_merge(struct image *into, const struct image *more, const char *into_name,
		     const char *more_name, GError **error);

/* A new image of what lies at `boundary` or above, addresses unchanged. */
struct image *image_keep_from(const struct image *image, uint32_t boundary);
