/* SPDX-License-Identifier: MIT */
/*
 * The part table as tab-separated lines with a header, for tests that judge it by others.
 *
 *   parts_dump parts	one line a part
 *   parts_dump clocks	one line for each value of each part's low fuse; the other fuses
 *are as shipped. A rate of 0 is unknown, or no limit below.
 */
#include <stdio.h>
#include <string.h>

#include "appliance/parts/part.h"

static const char *const kinds[] = {
	[CLOCK_UNKNOWN] = "reserved",  [CLOCK_INTERNAL] = "internal",
	[CLOCK_EXTERNAL] = "external", [CLOCK_CRYSTAL] = "crystal",
	[CLOCK_WATCH] = "watch",       [CLOCK_RC] = "rc",
};

static void dump_part(const struct part *part)
{
	printf("%s\t%s\t%02X%02X%02X\t%u\t%u\t%u\t%u\t%u", part->name, part->id,
	       part->signature[0], part->signature[1], part->signature[2],
	       part->flash_bytes, part->flash_page_bytes, part->eeprom_bytes,
	       part->eeprom_page_bytes, part->n_fuses);
	for (unsigned i = 0; i < PART_MAX_FUSES; i++)
		printf("\t%02x\t%02x", part->fuse_factory[i], part->fuse_mask[i]);
	printf("\t%02x\t%u\n", part->lock_mask, part->boot_bytes_min);
}

static void dump_parts(const struct part *parts, unsigned n_parts)
{
	printf("name\tid\tsignature\tflash\tflash_page\teeprom\teeprom_page\tfuses"
	       "\tlow\tlow_mask\thigh\thigh_mask\textended\textended_mask"
	       "\tlock_mask\tboot_min\n");
	for (unsigned i = 0; i < n_parts; i++)
		dump_part(&parts[i]);
}

static void dump_part_clocks(const struct part *part)
{
	uint8_t fuses[PART_MAX_FUSES];

	memcpy(fuses, part->fuse_factory, sizeof(fuses));
	for (unsigned low = 0; low <= 0xFF; low++) {
		struct part_clock clock;

		fuses[FUSE_LOW] = (uint8_t)low;
		clock = part_clock(part, fuses);
		printf("%s\t%s\t%02x\t%s\t%u\t%u\t%u\n", part->name, part->id, low,
		       kinds[clock.kind], clock.min_hz, clock.max_hz, clock.divider);
	}
}

static void dump_clocks(const struct part *parts, unsigned n_parts)
{
	printf("name\tid\tlow\tkind\tmin_hz\tmax_hz\tdivider\n");
	for (unsigned i = 0; i < n_parts; i++)
		dump_part_clocks(&parts[i]);
}

int main(int argc, char **argv)
{
	unsigned n_parts;
	const struct part *parts = parts_all(&n_parts);

	if (argc == 2 && strcmp(argv[1], "parts") == 0) {
		dump_parts(parts, n_parts);
		return 0;
	}
	if (argc == 2 && strcmp(argv[1], "clocks") == 0) {
		dump_clocks(parts, n_parts);
		return 0;
	}
	fprintf(stderr, "usage: parts_dump parts | clocks\n");
	return 2;
}
