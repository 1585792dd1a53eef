/* SPDX-License-Identifier: MIT */
/* Looking things up in the part table. */
#include "appliance/parts/part.h"

#include <string.h>

#include "appliance/base/error.h"
#include "appliance/parts/part_table.h"

#define N_NEAREST	3
#define MAX_NAME_LENGTH 31

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

/* A part and how far its name is from the one asked for. */
struct near_part {
	const struct part *part;
	unsigned distance;
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

/* Letters to insert, delete or replace (Levenshtein), in any case. */
static unsigned name_distance(const char *a, const char *b)
{
	unsigned row[MAX_NAME_LENGTH + 1];
	size_t length = strlen(b);

	g_assert(length <= MAX_NAME_LENGTH);
	for (size_t j = 0; j <= length; j++)
		row[j] = j;
	for (size_t i = 1; a[i - 1] != '\0'; i++) {
		unsigned diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= length; j++) {
			bool same =
				g_ascii_tolower(a[i - 1]) == g_ascii_tolower(b[j - 1]);
			unsigned replaced = diagonal + (same ? 0 : 1);

			diagonal = row[j];
			row[j] = MIN(replaced, MIN(row[j], row[j - 1]) + 1);
		}
	}
	return row[length];
}

/* A letter replaced is a smaller slip than one too many or too few. */
static unsigned slip(const char *asked, const char *name)
{
	return 2 * name_distance(asked, name) + (strlen(asked) != strlen(name));
}

/* Keeps the nearest, in order; of equals the first that came. */
static void near_parts_add(struct near_part nearest[N_NEAREST], struct near_part found)
{
	for (unsigned i = 0; i < N_NEAREST; i++) {
		if (nearest[i].part == NULL || found.distance < nearest[i].distance) {
			struct near_part pushed_down = nearest[i];

			nearest[i] = found;
			found = pushed_down;
		}
		if (found.part == NULL)
			return;
	}
}

/* "; nearest: ATmega32U2, ATmega32U4", or "" where nothing resembles it. */
static char *nearest_names(const char *asked)
{
	struct near_part nearest[N_NEAREST] = { 0 };
	size_t tolerance = 2 * strlen(asked) / 3;
	g_autoptr(GString) names = g_string_new(NULL);

	for (unsigned i = 0; i < part_table_length; i++) {
		const struct part *part = &part_table[i];
		unsigned distance = MIN(slip(asked, part->name), slip(asked, part->id));

		if (distance <= tolerance)
			near_parts_add(nearest, (struct near_part){ part, distance });
	}
	for (unsigned i = 0; i < N_NEAREST && nearest[i].part != NULL; i++)
		g_string_append_printf(names, "%s%s", i == 0 ? "; nearest: " : ", ",
				       nearest[i].part->name);
	return g_strdup(names->str);
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
