/* SPDX-License-Identifier: MIT */
/*
 * Looking at what was read: runs of bytes, the two jump instructions (AVR Instruction Set
 * Manual, DS40002198, JMP and RJMP), boot sections and lock bits (DS40002061, chapter
 * "Boot Loader Support" and section 31.1).
 */
#include "appliance/station/identify.h"

#include <string.h>

#define DEFAULT_PAGE_BYTES 64 /* of parts whose flash is written byte by byte */
#define MAX_PAGE_BYTES	   256

static uint16_t read_word(const struct image *flash, uint32_t address)
{
	uint8_t bytes[2];

	image_read(flash, address, bytes, 2, 0xFF);
	return (uint16_t)(bytes[0] | bytes[1] << 8);
}

/* 1100 kkkk kkkk kkkk: k words from the next one, around the end of the flash. */
static bool decode_rjmp(struct vector *vector, uint32_t address, uint32_t flash_bytes)
{
	int32_t offset = vector->word & 0x0FFF;

	if ((vector->word & 0xF000) != 0xC000)
		return false;
	if (offset >= 0x800)
		offset -= 0x1000;
	vector->kind = VECTOR_JUMP;
	vector->target =
		(address + 2 + flash_bytes + (uint32_t)(2 * offset)) % flash_bytes;
	return true;
}

/* 1001 010k kkkk 110k, then sixteen more k: a word address. */
static bool decode_jmp(struct vector *vector, uint16_t next_word)
{
	uint32_t high = (uint32_t)((vector->word >> 3 & 0x3E) | (vector->word & 1));

	if ((vector->word & 0xFE0E) != 0x940C)
		return false;
	vector->kind = VECTOR_JUMP;
	vector->target = (high << 16 | next_word) * 2;
	return true;
}

static struct vector decode_vector(const struct image *flash, uint32_t address,
				   uint32_t flash_bytes)
{
	struct vector vector = { .kind = VECTOR_OTHER,
				 .word = read_word(flash, address) };

	if (vector.word == 0xFFFF)
		vector.kind = VECTOR_ERASED;
	else if (!decode_rjmp(&vector, address, flash_bytes))
		decode_jmp(&vector, read_word(flash, address + 2));
	return vector;
}

static uint32_t count_used(const struct image *image, uint32_t address, uint32_t n_bytes)
{
	g_autofree uint8_t *data = g_malloc(n_bytes);
	uint32_t n_used = 0;

	image_read(image, address, data, n_bytes, 0xFF);
	for (uint32_t i = 0; i < n_bytes; i++)
		n_used += data[i] != 0xFF;
	return n_used;
}

static void look_at_section(struct flash_section *section, const struct image *flash,
			    uint32_t flash_bytes)
{
	if (section->n_bytes == 0)
		return;
	section->used_bytes = count_used(flash, section->address, section->n_bytes);
	section->vector = decode_vector(flash, section->address, flash_bytes);
}

/* What of a page is used: n_bytes is 0 when it is blank. */
static struct flash_run page_run(const struct image *flash, uint32_t address,
				 uint32_t page_bytes)
{
	uint8_t data[MAX_PAGE_BYTES];
	uint32_t first = 0, end = page_bytes;

	g_assert(page_bytes <= sizeof(data));
	image_read(flash, address, data, page_bytes, 0xFF);
	while (end > 0 && data[end - 1] == 0xFF)
		end--;
	while (first < end && data[first] == 0xFF)
		first++;
	return (struct flash_run){ address + first, end - first };
}

static void find_runs(struct identity *identity, const struct image *flash)
{
	const struct part *part = identity->part;
	uint32_t page_bytes =
		part->flash_page_bytes ? part->flash_page_bytes : DEFAULT_PAGE_BYTES;
	bool joins = false;

	for (uint32_t at = 0; at < part->flash_bytes; at += page_bytes) {
		struct flash_run run = page_run(flash, at, page_bytes);
		struct flash_run *last =
			joins && at != identity->boot.address
				? &g_array_index(identity->runs, struct flash_run,
						 identity->runs->len - 1)
				: NULL;

		joins = run.n_bytes > 0;
		if (joins && last)
			last->n_bytes = run.address + run.n_bytes - last->address;
		else if (joins)
			g_array_append_val(identity->runs, run);
	}
}

static bool are_equal(const struct part_clock *a, const struct part_clock *b)
{
	return a->kind == b->kind && a->min_hz == b->min_hz && a->max_hz == b->max_hz &&
	       a->divider == b->divider;
}

static void look_at_fuses(struct identity *identity, const uint8_t fuses[PART_MAX_FUSES])
{
	const struct part *part = identity->part;
	uint32_t boot = part_boot_start(part, fuses);

	for (unsigned byte = 0; byte < part->n_fuses; byte++)
		identity->fuse_changes[byte] =
			(uint8_t)((fuses[byte] ^ part->fuse_factory[byte]) &
				  part->fuse_mask[byte]);
	identity->clock = part_clock(part, fuses);
	identity->factory_clock = part_clock(part, part->fuse_factory);
	identity->has_factory_clock =
		are_equal(&identity->clock, &identity->factory_clock);
	identity->application.n_bytes = boot;
	identity->boot.address = boot;
	identity->boot.n_bytes = part->flash_bytes - boot;
	if (part_fuse_programmed(part, fuses, "BOOTRST"))
		identity->reset_address = boot;
	else
		identity->boots_on_hwb = part_fuse_programmed(part, fuses, "HWBE");
}

static char *section_digest(const struct image *flash,
			    const struct flash_section *section)
{
	image_autofree struct image *window =
		image_window(flash, section->address, section->n_bytes);

	return section->n_bytes ? image_digest(window) : NULL;
}

static void look_at_memories(struct identity *identity, const struct backup *backup)
{
	const struct part *part = identity->part;

	look_at_section(&identity->application, backup->flash, part->flash_bytes);
	look_at_section(&identity->boot, backup->flash, part->flash_bytes);
	find_runs(identity, backup->flash);
	if (backup->eeprom)
		identity->eeprom_used_bytes =
			count_used(backup->eeprom, 0, part->eeprom_bytes);
	identity->flash_digest = image_digest(backup->flash);
	identity->boot_digest = section_digest(backup->flash, &identity->boot);
}

void identity_make(struct identity *identity, const struct part *part,
		   const struct backup *backup)
{
	*identity = (struct identity){
		.part = part,
		.readable = backup->flash != NULL,
		.runs = g_array_new(FALSE, FALSE, sizeof(struct flash_run)),
	};
	identity->n_candidates =
		MIN(parts_by_signature(part->signature, identity->candidates,
				       PART_MAX_CANDIDATES),
		    PART_MAX_CANDIDATES);
	look_at_fuses(identity, backup->fuses);
	if (identity->readable)
		look_at_memories(identity, backup);
}

void identity_clear(struct identity *identity)
{
	g_clear_pointer(&identity->runs, g_array_unref);
	g_clear_pointer(&identity->flash_digest, g_free);
	g_clear_pointer(&identity->boot_digest, g_free);
}

/* BLBx2 and BLBx1 as a number; of the application section x is 0, of the boot section 1.
 */
static const char *const boot_lock_words[2][4] = {
	{ "programs on the chip (SPM) cannot write the application section, and the boot "
	  "section cannot read it",
	  "the boot section cannot read the application section",
	  "programs on the chip (SPM) cannot write the application section", NULL },
	{ "programs on the chip (SPM) cannot write the boot section, and the application "
	  "section cannot read it",
	  "the application section cannot read the boot section",
	  "programs on the chip (SPM) cannot write the boot section", NULL },
};

static const char *isp_words(const struct part *part, uint8_t lock)
{
	if (part_locks_reading(part, lock))
		return "neither flash nor EEPROM can be read or written over ISP until a "
		       "chip erase, which takes all that they hold";
	if (part_locks_writing(part, lock))
		return "flash, EEPROM and fuses can be read, but not written over ISP "
		       "until a chip erase";
	return "open over ISP";
}

char **lock_explain(const struct part *part, uint8_t lock)
{
	GPtrArray *sentences = g_ptr_array_new();

	g_ptr_array_add(sentences, g_strdup(isp_words(part, lock)));
	for (unsigned section = 0; section < 2; section++) {
		unsigned bit = 2 + 2 * section;
		const char *name = part->lock_bits[bit];
		const char *words = boot_lock_words[section][lock >> bit & 3];

		if (name && g_str_has_prefix(name, "BLB") && words)
			g_ptr_array_add(sentences, g_strdup(words));
	}
	g_ptr_array_add(sentences, NULL);
	return (char **)g_ptr_array_free(sentences, FALSE);
}
