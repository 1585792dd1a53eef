/* SPDX-License-Identifier: MIT */
#include "appliance/parts/part.h"

#include <string.h>

#include "appliance/base/error.h"

#define FLASH_MAX (256 * 1024)

/* Of the parts that the boot loaders are for, and two more; from their data sheets. */
static const struct known_part {
	const char *id;
	uint8_t signature[3];
	uint32_t flash_bytes;
	unsigned flash_page_bytes;
	unsigned eeprom_bytes;
	unsigned eeprom_page_bytes;
	uint32_t delays_us[4]; /* erase, flash, EEPROM, fuse */
	uint8_t factory[3];
	unsigned n_fuses;
	uint8_t extended_mask;
	bool has_busy_poll;
} known_parts[] = {
	{ .id = "m16u4",
	  .signature = { 0x1E, 0x94, 0x88 },
	  .flash_bytes = 16384,
	  .flash_page_bytes = 128,
	  .eeprom_bytes = 512,
	  .eeprom_page_bytes = 4,
	  .delays_us = { 9000, 4500, 9000, 9000 },
	  .factory = { 0x5E, 0x99, 0xF3 },
	  .n_fuses = 3,
	  .extended_mask = 0x0F,
	  .has_busy_poll = true },
	{ .id = "m32u4",
	  .signature = { 0x1E, 0x95, 0x87 },
	  .flash_bytes = 32768,
	  .flash_page_bytes = 128,
	  .eeprom_bytes = 1024,
	  .eeprom_page_bytes = 4,
	  .delays_us = { 9000, 4500, 9000, 9000 },
	  .factory = { 0x5E, 0x99, 0xF3 },
	  .n_fuses = 3,
	  .extended_mask = 0x0F,
	  .has_busy_poll = true },
	{ .id = "usb646",
	  .signature = { 0x1E, 0x96, 0x82 },
	  .flash_bytes = 65536,
	  .flash_page_bytes = 256,
	  .eeprom_bytes = 2048,
	  .eeprom_page_bytes = 8,
	  .delays_us = { 9000, 4500, 9000, 9000 },
	  .factory = { 0x5E, 0x9B, 0xF3 },
	  .n_fuses = 3,
	  .extended_mask = 0x0F,
	  .has_busy_poll = true },
	{ .id = "usb1286",
	  .signature = { 0x1E, 0x97, 0x82 },
	  .flash_bytes = 131072,
	  .flash_page_bytes = 256,
	  .eeprom_bytes = 4096,
	  .eeprom_page_bytes = 8,
	  .delays_us = { 9000, 4500, 9000, 9000 },
	  .factory = { 0x5E, 0x99, 0xF3 },
	  .n_fuses = 3,
	  .extended_mask = 0x0F,
	  .has_busy_poll = true },
	{ .id = "m32a",
	  .signature = { 0x1E, 0x95, 0x02 },
	  .flash_bytes = 32768,
	  .flash_page_bytes = 128,
	  .eeprom_bytes = 1024,
	  .delays_us = { 9000, 4500, 9000, 4500 },
	  .factory = { 0xE1, 0x99 },
	  .n_fuses = 2 },
	{ .id = "m328p",
	  .signature = { 0x1E, 0x95, 0x0F },
	  .flash_bytes = 32768,
	  .flash_page_bytes = 128,
	  .eeprom_bytes = 1024,
	  .eeprom_page_bytes = 4,
	  .delays_us = { 9000, 4500, 3600, 4500 },
	  .factory = { 0x62, 0xD9, 0xFF },
	  .n_fuses = 3,
	  .extended_mask = 0x07,
	  .has_busy_poll = true },
	{ .id = "m328pb",
	  .signature = { 0x1E, 0x95, 0x16 },
	  .flash_bytes = 32768,
	  .flash_page_bytes = 128,
	  .eeprom_bytes = 1024,
	  .eeprom_page_bytes = 4,
	  .delays_us = { 10500, 4500, 3600, 4500 },
	  .factory = { 0x62, 0xD9, 0xF7 },
	  .n_fuses = 3,
	  .extended_mask = 0x0F,
	  .has_busy_poll = true },
};

static const struct part *find(const char *name)
{
	GError *error = NULL;
	const struct part *part = part_find(name, &error);

	g_assert_no_error(error);
	return part;
}

static void test_known_parts(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(known_parts); i++) {
		const struct known_part *known = &known_parts[i];
		const struct part *part = find(known->id);

		g_assert_cmpmem(part->signature, 3, known->signature, 3);
		g_assert_cmpuint(part->flash_bytes, ==, known->flash_bytes);
		g_assert_cmpuint(part->flash_page_bytes, ==, known->flash_page_bytes);
		g_assert_cmpuint(part->eeprom_bytes, ==, known->eeprom_bytes);
		g_assert_cmpuint(part->eeprom_page_bytes, ==, known->eeprom_page_bytes);
		g_assert_cmpuint(part->erase_us, ==, known->delays_us[0]);
		g_assert_cmpuint(part->flash_write_us, ==, known->delays_us[1]);
		g_assert_cmpuint(part->eeprom_write_us, ==, known->delays_us[2]);
		g_assert_cmpuint(part->fuse_write_us, ==, known->delays_us[3]);
		g_assert_cmpuint(part->n_fuses, ==, known->n_fuses);
		g_assert_cmpmem(part->fuse_factory, 3, known->factory, 3);
		g_assert_cmphex(part->fuse_mask[FUSE_EXTENDED], ==, known->extended_mask);
		g_assert_cmphex(part->lock_mask, ==, 0x3F);
		g_assert_cmpint(part->has_busy_poll, ==, known->has_busy_poll);
		g_assert_false(part->has_extended_address);
	}
}

/* The oldest parts still in use, each the exception to some rule. */
static void test_odd_parts(void)
{
	g_assert_cmpuint(find("ATtiny12")->flash_page_bytes, ==, 0);
	g_assert_cmphex(find("ATtiny12")->lock_mask, ==, 0x06);
	g_assert_cmpstr(find("ATtiny15")->lock_bits[1], ==, "LB1");
	g_assert_true(find("ATtiny26")->lock_in_command);
	g_assert_false(find("ATtiny13")->lock_in_command);
	g_assert_cmphex(find("ATtiny88")->fuse_mask[FUSE_LOW], ==, 0xF3);
	g_assert_cmpstr(find("AT90USB82")->fuse_bits[FUSE_HIGH][6], ==, "RSTDISBL");
	g_assert_cmphex(find("ATmega162")->fuse_mask[FUSE_EXTENDED], ==, 0x1E);
	g_assert_cmpuint(find("ATmega161")->n_fuses, ==, 1);
	g_assert_cmpuint(find("ATmega8")->n_calibration, ==, 4);
	g_assert_true(find("ATmega2561")->has_extended_address);
	g_assert_false(find("ATmega128RFA1")->has_extended_address);
}

static unsigned mask_of_names(const char *const names[8])
{
	unsigned mask = 0;

	for (unsigned bit = 0; bit < 8; bit++)
		if (names[bit] != NULL)
			mask |= 1U << bit;
	return mask;
}

static void check_names(const struct part *part)
{
	g_assert_nonnull(part->name);
	g_assert_nonnull(part->id);
	g_assert_nonnull(part->clocks);
	g_assert_cmpint(g_ascii_strcasecmp(part->name, part->mcu), ==, 0);
	g_assert_true(find(part->name) == part);
	g_assert_true(find(part->id) == part);
	g_assert_true(find(part->mcu) == part);
}

static bool is_power_of_two(uint32_t value)
{
	return value != 0 && (value & (value - 1)) == 0;
}

static void check_geometry(const struct part *part)
{
	g_assert_cmphex(part->signature[0], ==, 0x1E);
	g_assert_true(is_power_of_two(part->flash_bytes));
	g_assert_cmpuint(part->flash_bytes, <=, FLASH_MAX);
	g_assert_true(is_power_of_two(part->eeprom_bytes));
	if (part->flash_page_bytes != 0) {
		g_assert_true(is_power_of_two(part->flash_page_bytes));
		g_assert_cmpuint(part->flash_bytes % part->flash_page_bytes, ==, 0);
	}
	if (part->eeprom_page_bytes != 0) {
		g_assert_true(is_power_of_two(part->eeprom_page_bytes));
		g_assert_cmpuint(part->eeprom_bytes % part->eeprom_page_bytes, ==, 0);
	}
	g_assert_cmpint(part->has_extended_address, ==, part->flash_bytes > 128 * 1024);
}

static void check_delays(const struct part *part)
{
	g_assert_cmpuint(part->erase_us, >=, 9000);
	g_assert_cmpuint(part->erase_us, <=, 60000);
	g_assert_cmpuint(part->flash_write_us, >=, 4100);
	g_assert_cmpuint(part->flash_write_us, <=, 50000);
	g_assert_cmpuint(part->eeprom_write_us, >=, 3400);
	g_assert_cmpuint(part->eeprom_write_us, <=, 20000);
	g_assert_cmpuint(part->fuse_write_us, >=, 4500);
	g_assert_cmpuint(part->fuse_write_us, <=, 20000);
}

static void check_fuses(const struct part *part)
{
	enum fuse_byte byte;
	unsigned bit;

	g_assert_cmpuint(part->n_fuses, >=, 1);
	g_assert_cmpuint(part->n_fuses, <=, PART_MAX_FUSES);
	for (unsigned i = 0; i < PART_MAX_FUSES; i++) {
		g_assert_cmphex(part->fuse_mask[i], ==,
				mask_of_names(part->fuse_bits[i]));
		if (i >= part->n_fuses)
			g_assert_cmphex(part->fuse_mask[i], ==, 0);
		else
			g_assert_cmphex(part->fuse_factory[i] | part->fuse_mask[i], ==,
					0xFF);
	}
	if (part_find_fuse_bit(part, "SPIEN", &byte, &bit))
		g_assert_true(part_fuse_programmed(part, part->fuse_factory, "SPIEN"));
	g_assert_false(part_fuse_programmed(part, part->fuse_factory, "RSTDISBL"));
	g_assert_false(part_fuse_programmed(part, part->fuse_factory, "DWEN"));
	g_assert_cmphex(part->lock_mask, ==, mask_of_names(part->lock_bits));
}

static void check_boot(const struct part *part)
{
	static const uint8_t largest[PART_MAX_FUSES] = { 0x00, 0x00, 0x00 };
	static const uint8_t smallest[PART_MAX_FUSES] = { 0xFF, 0xFF, 0xFF };
	enum fuse_byte byte;
	unsigned bit;

	g_assert_cmpuint(part_boot_start(part, smallest), ==,
			 part->flash_bytes - part->boot_bytes_min);
	g_assert_cmpuint(part_boot_start(part, largest), <=, part->flash_bytes);
	if (part_find_fuse_bit(part, "BOOTSZ1", &byte, &bit)) {
		g_assert_cmpuint(part->boot_bytes_min, !=, 0);
		g_assert_cmpuint(part_boot_start(part, largest), ==,
				 part->flash_bytes - 8U * part->boot_bytes_min);
	}
	if (part->boot_bytes_min != 0)
		g_assert_cmphex(part->lock_mask, ==, 0x3F);
}

static void test_every_part(void)
{
	unsigned n_parts;
	const struct part *parts = parts_all(&n_parts);

	g_assert_cmpuint(n_parts, ==, 148);
	for (unsigned i = 0; i < n_parts; i++) {
		g_test_message("%s", parts[i].name);
		check_names(&parts[i]);
		check_geometry(&parts[i]);
		check_delays(&parts[i]);
		check_fuses(&parts[i]);
		check_boot(&parts[i]);
	}
}

static void test_sorted_by_name(void)
{
	unsigned n_parts;
	const struct part *parts = parts_all(&n_parts);

	for (unsigned i = 1; i < n_parts; i++)
		g_assert_cmpint(g_ascii_strcasecmp(parts[i - 1].name, parts[i].name), <,
				0);
}

static void test_find_in_any_case(void)
{
	g_assert_cmpstr(find("aTMEGA32u4")->name, ==, "ATmega32U4");
	g_assert_cmpstr(find("M32U4")->name, ==, "ATmega32U4");
}

static void assert_unknown(const char *name, const char *message)
{
	g_autoptr(GError) error = NULL;

	g_assert_null(part_find(name, &error));
	g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE);
	g_assert_cmpstr(error->message, ==, message);
}

static void test_unknown_names_the_nearest(void)
{
	assert_unknown("atmega32u5",
		       "unknown part \"atmega32u5\"; nearest: ATmega32U2, ATmega32U4, "
		       "ATmega325; \"sixpin parts\" lists all");
	assert_unknown("m328pd", "unknown part \"m328pd\"; nearest: ATmega328PB, "
				 "ATmega328P, ATmega325PA; \"sixpin parts\" lists all");
}

static void test_unknown_without_likeness(void)
{
	g_autofree char *long_name = g_strnfill(4000, 'x');
	g_autofree char *message = g_strdup_printf(
		"unknown part \"%s\"; \"sixpin parts\" lists all", long_name);

	assert_unknown("stm32f103",
		       "unknown part \"stm32f103\"; \"sixpin parts\" lists all");
	assert_unknown("", "unknown part \"\"; \"sixpin parts\" lists all");
	assert_unknown(long_name, message);
}

static void test_shared_signatures(void)
{
	static const uint8_t m32[3] = { 0x1E, 0x95, 0x02 };
	static const uint8_t m328p[3] = { 0x1E, 0x95, 0x0F };
	static const uint8_t nothing[3] = { 0xFF, 0xFF, 0xFF };
	const struct part *found[4] = { NULL };

	g_assert_cmpuint(parts_by_signature(m32, found, G_N_ELEMENTS(found)), ==, 2);
	g_assert_cmpstr(found[0]->name, ==, "ATmega32");
	g_assert_cmpstr(found[1]->name, ==, "ATmega32A");
	g_assert_cmpuint(parts_by_signature(m328p, found, G_N_ELEMENTS(found)), ==, 1);
	g_assert_cmpstr(found[0]->name, ==, "ATmega328P");
	g_assert_cmpuint(parts_by_signature(nothing, found, G_N_ELEMENTS(found)), ==, 0);
}

static void test_signature_counts_beyond_the_room(void)
{
	static const uint8_t m32[3] = { 0x1E, 0x95, 0x02 };
	const struct part *found[2] = { NULL };

	g_assert_cmpuint(parts_by_signature(m32, found, 1), ==, 2);
	g_assert_cmpstr(found[0]->name, ==, "ATmega32");
	g_assert_null(found[1]);
}

static void test_fuse_byte_names(void)
{
	g_assert_cmpint(fuse_byte_find("lfuse"), ==, FUSE_LOW);
	g_assert_cmpint(fuse_byte_find("HIGH"), ==, FUSE_HIGH);
	g_assert_cmpint(fuse_byte_find("ext"), ==, FUSE_EXTENDED);
	g_assert_cmpint(fuse_byte_find("lock"), ==, -1);
	for (int byte = 0; byte < PART_MAX_FUSES; byte++)
		g_assert_cmpint(fuse_byte_find(fuse_byte_names[byte]), ==, byte);
}

static void test_fuse_bits(void)
{
	static const uint8_t fuses[PART_MAX_FUSES] = { 0xFF, 0xD8, 0xFB };
	const struct part *part = find("ATmega32U4");
	enum fuse_byte byte;
	unsigned bit;

	g_assert_true(part_find_fuse_bit(part, "hwbe", &byte, &bit));
	g_assert_cmpint(byte, ==, FUSE_EXTENDED);
	g_assert_cmpuint(bit, ==, 3);
	g_assert_true(part_fuse_programmed(part, fuses, "BOOTRST"));
	g_assert_false(part_fuse_programmed(part, fuses, "HWBE"));
	g_assert_false(part_find_fuse_bit(part, "RSTDISBL", &byte, &bit));
	g_assert_false(part_fuse_programmed(part, fuses, "RSTDISBL"));
}

static void test_boot_start(void)
{
	static const struct {
		const char *name;
		uint8_t fuses[PART_MAX_FUSES];
		uint32_t start;
	} known[] = {
		{ "ATmega16U4", { 0x5E, 0x99, 0xF3 }, 0x3000 },
		{ "ATmega32U4", { 0x5E, 0x99, 0xF3 }, 0x7000 },
		{ "ATmega32U4", { 0xFF, 0xDE, 0xCB }, 0x7E00 },
		{ "AT90USB646", { 0x5E, 0x9B, 0xF3 }, 0xF000 },
		{ "AT90USB1286", { 0x5E, 0x99, 0xF3 }, 0x1E000 },
		{ "ATmega32A", { 0x0F, 0xD0 }, 0x7000 },
		{ "ATmega88", { 0x62, 0xDF, 0xFA }, 0x1C00 },
		{ "ATmega161", { 0xDA }, 0x3C00 },
		{ "ATmega48", { 0x62, 0xDF, 0xFF }, 0x1000 },
		{ "ATtiny85", { 0x62, 0xDF, 0xFF }, 0x2000 },
	};

	for (size_t i = 0; i < G_N_ELEMENTS(known); i++) {
		const struct part *part = find(known[i].name);

		g_test_message("%s", part->name);
		g_assert_cmphex(part_boot_start(part, known[i].fuses), ==,
				known[i].start);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/part/known-parts", test_known_parts);
	g_test_add_func("/part/odd-parts", test_odd_parts);
	g_test_add_func("/part/every-part", test_every_part);
	g_test_add_func("/part/sorted-by-name", test_sorted_by_name);
	g_test_add_func("/part/find-in-any-case", test_find_in_any_case);
	g_test_add_func("/part/unknown-names-the-nearest",
			test_unknown_names_the_nearest);
	g_test_add_func("/part/unknown-without-likeness", test_unknown_without_likeness);
	g_test_add_func("/part/shared-signatures", test_shared_signatures);
	g_test_add_func("/part/signature-counts-beyond-the-room",
			test_signature_counts_beyond_the_room);
	g_test_add_func("/part/fuse-byte-names", test_fuse_byte_names);
	g_test_add_func("/part/fuse-bits", test_fuse_bits);
	g_test_add_func("/part/boot-start", test_boot_start);
	return g_test_run();
}
