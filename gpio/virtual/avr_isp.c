/* SPDX-License-Identifier: MIT */
/*
 * The serial programming instruction set of the AVRs, on the part's side
 * (ATmega48A/PA..328P, DS40002061, tables 31-17 and 31-18; ATmega16U4/32U4, 7766, table
 * 28-16).
 */
#include "gpio/virtual/avr_isp.h"

#include <string.h>

/* One row of the instruction set: bits that are 0 in a mask do not matter. */
struct instruction {
	uint8_t mask[2];
	uint8_t match[2];
	bool (*supported)(const struct part *part); /* NULL: by all */
	uint8_t (*reply)(const struct avr_isp *isp, const uint8_t *in);
	void (*execute)(struct avr_isp *isp, const uint8_t *in, uint64_t now_ns);
	bool while_busy; /* answers during a write */
};

void avr_isp_init(struct avr_isp *isp, const struct part *part, struct avr_cells *cells,
		  struct avr_chip_stats *stats)
{
	memset(isp, 0, sizeof(*isp));
	isp->part = part;
	isp->cells = cells;
	isp->stats = stats;
	avr_isp_enter(isp);
}

void avr_isp_enter(struct avr_isp *isp)
{
	memset(isp->flash_page, 0xFF, sizeof(isp->flash_page));
	memset(isp->eeprom_page, 0xFF, sizeof(isp->eeprom_page));
	isp->eeprom_loaded = 0;
	isp->low_byte = 0xFF;
	isp->extended_address = 0;
}

static bool is_busy(const struct avr_isp *isp, uint64_t now_ns)
{
	return now_ns < isp->busy_until_ns;
}

static void begin_write(struct avr_isp *isp, uint64_t now_ns, uint32_t us)
{
	isp->busy_until_ns = now_ns + (uint64_t)us * 1000;
}

static bool is_lock_programmed(const struct avr_isp *isp, const char *name)
{
	for (unsigned bit = 0; bit < 8; bit++)
		if (isp->part->lock_bits[bit] &&
		    strcmp(isp->part->lock_bits[bit], name) == 0)
			return !(isp->cells->lock >> bit & 1);
	return false;
}

/* LB1 and LB2: 11 open, 10 no writing, 00 no reading either (data sheet, table of lock
 * bit protection modes). */
static bool forbids_writing(const struct avr_isp *isp)
{
	return is_lock_programmed(isp, "LB1") || is_lock_programmed(isp, "LB2");
}

static bool forbids_reading(const struct avr_isp *isp)
{
	return is_lock_programmed(isp, "LB1") && is_lock_programmed(isp, "LB2");
}

static uint32_t word_address(const struct avr_isp *isp, const uint8_t *in)
{
	uint32_t address = (uint32_t)in[1] << 8 | in[2];

	if (isp->part->has_extended_address)
		address |= (uint32_t)isp->extended_address << 16;
	return address % (isp->part->flash_bytes / 2);
}

static uint32_t eeprom_address(const struct avr_isp *isp, const uint8_t *in)
{
	return ((uint32_t)in[1] << 8 | in[2]) % isp->part->eeprom_bytes;
}

static bool has_flash_pages(const struct part *part)
{
	return part->flash_page_bytes > 0;
}

static bool has_flash_bytes(const struct part *part)
{
	return part->flash_page_bytes == 0;
}

static bool has_eeprom(const struct part *part)
{
	return part->eeprom_bytes > 0;
}

static bool has_eeprom_pages(const struct part *part)
{
	return part->eeprom_page_bytes > 0;
}

static bool has_busy_poll(const struct part *part)
{
	return part->has_busy_poll;
}

static bool has_extended_address(const struct part *part)
{
	return part->has_extended_address;
}

static bool has_high_fuse(const struct part *part)
{
	return part->n_fuses > FUSE_HIGH;
}

static bool has_extended_fuse(const struct part *part)
{
	return part->n_fuses > FUSE_EXTENDED;
}

static bool has_calibration(const struct part *part)
{
	return part->n_calibration > 0;
}

static uint8_t reply_signature(const struct avr_isp *isp, const uint8_t *in)
{
	return (in[2] & 3) < 3 ? isp->part->signature[in[2] & 3] : 0xFF;
}

static uint8_t reply_calibration(const struct avr_isp *isp, const uint8_t *in)
{
	return (in[2] & 3) < isp->part->n_calibration ? isp->cells->calibration[in[2] & 3]
						      : 0xFF;
}

/* What a part locked against reading gives instead: its address. */
static uint8_t reply_flash(const struct avr_isp *isp, const uint8_t *in)
{
	uint32_t word = word_address(isp, in);

	if (forbids_reading(isp))
		return (uint8_t)word;
	return isp->cells->flash[word * 2 + (in[0] >> 3 & 1)];
}

static uint8_t reply_eeprom(const struct avr_isp *isp, const uint8_t *in)
{
	if (forbids_reading(isp))
		return 0xFF;
	return isp->cells->eeprom[eeprom_address(isp, in)];
}

static uint8_t reply_low_fuse(const struct avr_isp *isp, const uint8_t *in)
{
	return isp->cells->fuses[FUSE_LOW];
}

static uint8_t reply_high_fuse(const struct avr_isp *isp, const uint8_t *in)
{
	return isp->cells->fuses[FUSE_HIGH];
}

static uint8_t reply_extended_fuse(const struct avr_isp *isp, const uint8_t *in)
{
	return isp->cells->fuses[FUSE_EXTENDED];
}

static uint8_t reply_lock(const struct avr_isp *isp, const uint8_t *in)
{
	return isp->cells->lock;
}

static void erase_chip(struct avr_isp *isp, const uint8_t *in, uint64_t now_ns)
{
	struct avr_cells *cells = isp->cells;

	memset(cells->flash, 0xFF, isp->part->flash_bytes);
	if (!part_fuse_programmed(isp->part, cells->fuses, "EESAVE"))
		memset(cells->eeprom, 0xFF, isp->part->eeprom_bytes);
	cells->lock = 0xFF;
	avr_isp_enter(isp);
	isp->stats->erases++;
	begin_write(isp, now_ns, isp->part->erase_us);
}

static void load_low(struct avr_isp *isp, const uint8_t *in, uint64_t now_ns)
{
	isp->low_byte = in[3];
}

/* The high byte takes the low byte with it: the low one must have been loaded before. A
 * place loaded twice without an erase of the buffer ends as both. */
static void load_high(struct avr_isp *isp, const uint8_t *in, uint64_t now_ns)
{
	unsigned at = in[2] * 2u & (isp->part->flash_page_bytes - 1u);

	isp->flash_page[at] &= isp->low_byte;
	isp->flash_page[at + 1] &= in[3];
	isp->low_byte = 0xFF;
}

static void write_flash_page(struct avr_isp *isp, const uint8_t *in, uint64_t now_ns)
{
	uint32_t page = word_address(isp, in) * 2 & ~(isp->part->flash_page_bytes - 1u);

	if (forbids_writing(isp))
		return;
	for (unsigned i = 0; i < isp->part->flash_page_bytes; i++)
		isp->cells->flash[page + i] &= isp->flash_page[i];
	memset(isp->flash_page, 0xFF, sizeof(isp->flash_page));
	isp->stats->page_writes++;
	begin_write(isp, now_ns, isp->part->flash_write_us);
}

static void write_flash_byte(struct avr_isp *isp, const uint8_t *in, uint64_t now_ns)
{
	if (forbids_writing(isp))
		return;
	isp->cells->flash[word_address(isp, in) * 2 + (in[0] >> 3 & 1)] &= in[3];
	begin_write(isp, now_ns, isp->part->flash_write_us);
}

static void load_extended_address(struct avr_isp *isp, const uint8_t *in, uint64_t now_ns)
{
	isp->extended_address = in[2];
}

static void write_eeprom_byte(struct avr_isp *isp, const uint8_t *in, uint64_t now_ns)
{
	if (forbids_writing(isp))
		return;
	isp->cells->eeprom[eeprom_address(isp, in)] = in[3];
	isp->stats->eeprom_writes++;
	begin_write(isp, now_ns, isp->part->eeprom_write_us);
}

static void load_eeprom(struct avr_isp *isp, const uint8_t *in, uint64_t now_ns)
{
	unsigned at = in[2] & (isp->part->eeprom_page_bytes - 1u);

	isp->eeprom_page[at] = in[3];
	isp->eeprom_loaded |= 1u << at;
}

static void write_eeprom_page(struct avr_isp *isp, const uint8_t *in, uint64_t now_ns)
{
	uint32_t page = eeprom_address(isp, in) & ~(isp->part->eeprom_page_bytes - 1u);

	if (forbids_writing(isp))
		return;
	for (unsigned i = 0; i < isp->part->eeprom_page_bytes; i++)
		if (isp->eeprom_loaded & 1u << i)
			isp->cells->eeprom[page + i] = isp->eeprom_page[i];
	isp->eeprom_loaded = 0;
	isp->stats->eeprom_writes++;
	begin_write(isp, now_ns, isp->part->eeprom_write_us);
}

/* SPIEN is not accessible in serial programming (DS40002061, table 31-7, note 2): it
 * stays. */
static uint8_t fixed_fuse_bits(const struct avr_isp *isp, enum fuse_byte byte)
{
	enum fuse_byte spien_byte;
	unsigned bit;

	if (part_find_fuse_bit(isp->part, "SPIEN", &spien_byte, &bit) &&
	    spien_byte == byte)
		return (uint8_t)(1u << bit);
	return 0;
}

static void write_fuse(struct avr_isp *isp, enum fuse_byte byte, uint8_t value,
		       uint64_t now_ns)
{
	uint8_t *fuse = &isp->cells->fuses[byte];
	uint8_t changing =
		isp->part->fuse_mask[byte] & (uint8_t)~fixed_fuse_bits(isp, byte);

	if (forbids_writing(isp))
		return;
	*fuse = (uint8_t)((*fuse & ~changing) | (value & changing));
	isp->stats->fuse_writes++;
	begin_write(isp, now_ns, isp->part->fuse_write_us);
}

static void write_low_fuse(struct avr_isp *isp, const uint8_t *in, uint64_t now_ns)
{
	write_fuse(isp, FUSE_LOW, in[3], now_ns);
}

static void write_high_fuse(struct avr_isp *isp, const uint8_t *in, uint64_t now_ns)
{
	write_fuse(isp, FUSE_HIGH, in[3], now_ns);
}

static void write_extended_fuse(struct avr_isp *isp, const uint8_t *in, uint64_t now_ns)
{
	write_fuse(isp, FUSE_EXTENDED, in[3], now_ns);
}

/* Lock bits can only be programmed; nothing but a chip erase takes them back. Some parts
 * have them in the second byte (ATtiny26, 1477, table 44). */
static void write_lock(struct avr_isp *isp, const uint8_t *in, uint64_t now_ns)
{
	uint8_t value = isp->part->lock_in_command ? in[1] : in[3];

	isp->cells->lock &= (uint8_t)(value | ~isp->part->lock_mask);
	isp->stats->lock_writes++;
	begin_write(isp, now_ns, isp->part->fuse_write_us);
}

static const struct instruction instructions[] = {
	{ { 0xFF, 0xFF }, { 0xAC, 0x53 }, NULL, NULL, NULL, false },
	{ { 0xFF, 0xE0 }, { 0xAC, 0x80 }, NULL, NULL, erase_chip, false },
	{ { 0xFF, 0x00 }, { 0xF0, 0x00 }, has_busy_poll, NULL, NULL, true },
	{ { 0xFF, 0x00 }, { 0x40, 0x00 }, has_flash_pages, NULL, load_low, false },
	{ { 0xFF, 0x00 }, { 0x48, 0x00 }, has_flash_pages, NULL, load_high, false },
	{ { 0xFF, 0x00 },
	  { 0x4C, 0x00 },
	  has_flash_pages,
	  NULL,
	  write_flash_page,
	  false },
	{ { 0xF7, 0x00 },
	  { 0x40, 0x00 },
	  has_flash_bytes,
	  NULL,
	  write_flash_byte,
	  false },
	{ { 0xF7, 0x00 }, { 0x20, 0x00 }, NULL, reply_flash, NULL, false },
	{ { 0xFF, 0x00 },
	  { 0x4D, 0x00 },
	  has_extended_address,
	  NULL,
	  load_extended_address,
	  false },
	{ { 0xFF, 0x00 }, { 0xA0, 0x00 }, has_eeprom, reply_eeprom, NULL, false },
	{ { 0xFF, 0x00 }, { 0xC0, 0x00 }, has_eeprom, NULL, write_eeprom_byte, false },
	{ { 0xFF, 0x00 }, { 0xC1, 0x00 }, has_eeprom_pages, NULL, load_eeprom, false },
	{ { 0xFF, 0x00 },
	  { 0xC2, 0x00 },
	  has_eeprom_pages,
	  NULL,
	  write_eeprom_page,
	  false },
	{ { 0xFF, 0x00 }, { 0x30, 0x00 }, NULL, reply_signature, NULL, false },
	{ { 0xFF, 0x00 },
	  { 0x38, 0x00 },
	  has_calibration,
	  reply_calibration,
	  NULL,
	  false },
	{ { 0xFF, 0xFF }, { 0x50, 0x00 }, NULL, reply_low_fuse, NULL, false },
	{ { 0xFF, 0xFF }, { 0x58, 0x08 }, has_high_fuse, reply_high_fuse, NULL, false },
	{ { 0xFF, 0xFF },
	  { 0x50, 0x08 },
	  has_extended_fuse,
	  reply_extended_fuse,
	  NULL,
	  false },
	{ { 0xFF, 0xFF }, { 0x58, 0x00 }, NULL, reply_lock, NULL, false },
	{ { 0xFF, 0xFF }, { 0xAC, 0xA0 }, NULL, NULL, write_low_fuse, false },
	{ { 0xFF, 0xFF }, { 0xAC, 0xA8 }, has_high_fuse, NULL, write_high_fuse, false },
	{ { 0xFF, 0xFF },
	  { 0xAC, 0xA4 },
	  has_extended_fuse,
	  NULL,
	  write_extended_fuse,
	  false },
	{ { 0xFF, 0xE0 }, { 0xAC, 0xE0 }, NULL, NULL, write_lock, false },
};

static const struct instruction *find_instruction(const struct avr_isp *isp,
						  const uint8_t *in)
{
	for (unsigned i = 0; i < sizeof(instructions) / sizeof(instructions[0]); i++) {
		const struct instruction *row = &instructions[i];

		if ((in[0] & row->mask[0]) == row->match[0] &&
		    (in[1] & row->mask[1]) == row->match[1] &&
		    (!row->supported || row->supported(isp->part)))
			return row;
	}
	return NULL;
}

uint8_t avr_isp_reply(struct avr_isp *isp, const uint8_t in[3], uint64_t now_ns)
{
	const struct instruction *row = find_instruction(isp, in);

	if (row && row->while_busy)
		return is_busy(isp, now_ns);
	if (!row || !row->reply)
		return in[2];
	if (!is_busy(isp, now_ns))
		return row->reply(isp, in);
	isp->stats->busy_reads++;
	return 0xFF;
}

void avr_isp_execute(struct avr_isp *isp, const uint8_t in[4], uint64_t now_ns)
{
	const struct instruction *row = find_instruction(isp, in);

	isp->stats->instructions++;
	if (!row) {
		isp->stats->unknown++;
		return;
	}
	if (!row->execute)
		return;
	if (is_busy(isp, now_ns)) {
		isp->stats->busy_lost++;
		return;
	}
	row->execute(isp, in, now_ns);
}
