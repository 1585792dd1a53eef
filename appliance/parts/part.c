/* SPDX-License-Identifier: MIT */
/* Looking things up in the part table. */
#include "appliance/parts/part.h"

#include <string.h>

#include "appliance/base/error.h"
#include "appliance/base/nearest.h"
#include "appliance/parts/part_table.h"

const char *const fuse_byte_names[PART_MAX_FUSES] = { "low", "high", "extended" };

static const struct {
	const char *name;
	enum fuse_byte byte;
} fuse_byte_aliases[] = {
	{ "low", FUSE_LOW },	       { "lfuse", FUSE_LOW },
	{ "high", FUSE_HIGH },	       { "hfuse", FUSE_HIGH },
	{ "efuse", FUSE_EXTENDED },    { "ext", FUSE_EXTENDED },
	{ "extended", FUSE_EXTENDED },
};

const struct part *parts_all(unsigned *n_parts)
{
	*n_parts = part_table_length;
	return part_table;
}

static bool part_is_called(const struct part *part, const char *name)
{
	return g_ascii_strcasecmp(part->name, name) == 0 ||
	       g_ascii_strcasecmp(part->id, name) == 0 ||
	       g_ascii_strcasecmp(part->mcu, name) == 0;
}

static char *nearest_names(const char *asked)
{
	struct nearest nearest = { 0 };

	for (unsigned i = 0; i < part_table_length; i++) {
		const struct part *part = &part_table[i];

		nearest_add(&nearest, asked, part->name,
			    MIN(nearest_distance(asked, part->name),
				nearest_distance(asked, part->id)));
	}
	return nearest_text(&nearest);
}

const struct part *part_find(const char *name, GError **error)
{
	g_autofree char *nearest = NULL;

	for (unsigned i = 0; i < part_table_length; i++)
		if (part_is_called(&part_table[i], name))
			return &part_table[i];

	nearest = nearest_names(name);
	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE,
		    "unknown part \"%s\"%s; \"sixpin parts\" lists all", name, nearest);
	return NULL;
}

unsigned parts_by_signature(const uint8_t signature[3], const struct part **found,
			    unsigned n_max)
{
	unsigned n_found = 0;

	for (unsigned i = 0; i < part_table_length; i++) {
		if (memcmp(part_table[i].signature, signature, 3) != 0)
			continue;
		if (n_found < n_max)
			found[n_found] = &part_table[i];
		n_found++;
	}
	return n_found;
}

int fuse_byte_find(const char *name)
{
	for (size_t i = 0; i < G_N_ELEMENTS(fuse_byte_aliases); i++)
		if (g_ascii_strcasecmp(fuse_byte_aliases[i].name, name) == 0)
			return fuse_byte_aliases[i].byte;
	return -1;
}

bool part_find_fuse_bit(const struct part *part, const char *name, enum fuse_byte *byte,
			unsigned *bit)
{
	for (unsigned i = 0; i < PART_MAX_FUSES * 8; i++) {
		const char *candidate = part->fuse_bits[i / 8][i % 8];

		if (candidate == NULL || g_ascii_strcasecmp(candidate, name) != 0)
			continue;
		*byte = i / 8;
		*bit = i % 8;
		return true;
	}
	return false;
}

bool part_fuse_programmed(const struct part *part, const uint8_t fuses[PART_MAX_FUSES],
			  const char *name)
{
	enum fuse_byte byte;
	unsigned bit;

	return part_find_fuse_bit(part, name, &byte, &bit) && !(fuses[byte] >> bit & 1);
}

uint32_t part_boot_start(const struct part *part, const uint8_t fuses[PART_MAX_FUSES])
{
	unsigned doublings = 0;

	if (part_fuse_programmed(part, fuses, "BOOTSZ0"))
		doublings += 1;
	if (part_fuse_programmed(part, fuses, "BOOTSZ1"))
		doublings += 2;
	return part->flash_bytes - ((uint32_t)part->boot_bytes_min << doublings);
}

/* LB1 and LB2 are the lowest bits there are: 0 and 1 but for the oldest tinies, which
 * have 1 and 2. */
static unsigned lock_bits_lowest(const struct part *part)
{
	return part->lock_mask & 1 ? 0 : 1;
}

bool part_locks_writing(const struct part *part, uint8_t lock)
{
	return (lock >> lock_bits_lowest(part) & 3) != 3;
}

bool part_locks_reading(const struct part *part, uint8_t lock)
{
	return (lock >> lock_bits_lowest(part) & 3) == 0;
}
