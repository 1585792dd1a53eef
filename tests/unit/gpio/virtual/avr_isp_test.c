/* SPDX-License-Identifier: MIT */
/* What the part does with whole instructions: DS40002061, tables 31-17 and 31-18. */
#include <string.h>

#include "tests/unit/gpio/virtual/wires.h"

#define BITS_UNTIL_REPLY 24
#define LONGEST_WRITE_NS (20 * MS)

static uint64_t bit_ns(const struct wires *wires)
{
	return wires->low_ns + wires->high_ns;
}

/* Sends what begins a write, then waits for its end. */
static void write_and_wait(struct wires *wires, uint8_t a, uint8_t b, uint8_t c,
			   uint8_t d)
{
	wires_send(wires, a, b, c, d);
	wires_wait(wires, LONGEST_WRITE_NS);
}

static void load_word(struct wires *wires, uint8_t word, uint8_t low, uint8_t high)
{
	wires_send(wires, 0x40, 0x00, word, low);
	wires_send(wires, 0x48, 0x00, word, high);
}

static uint8_t read_lock(struct wires *wires)
{
	return wires_send(wires, 0x58, 0x00, 0x00, 0x00);
}

static void test_signature(void)
{
	wires_autofree struct wires *wires = wires_entered("ATmega328P");

	g_assert_cmphex(wires_send(wires, 0x30, 0x00, 0x00, 0x00), ==, 0x1E);
	g_assert_cmphex(wires_send(wires, 0x30, 0x00, 0x01, 0x00), ==, 0x95);
	g_assert_cmphex(wires_send(wires, 0x30, 0x00, 0x02, 0x00), ==, 0x0F);
}

static void test_one_calibration_byte(void)
{
	wires_autofree struct wires *wires = wires_entered("ATmega328P");

	g_assert_cmphex(wires_send(wires, 0x38, 0x00, 0x00, 0x00), ==, 0x9A);
	g_assert_cmphex(wires_send(wires, 0x38, 0x00, 0x01, 0x00), ==, 0xFF);
}

static void test_four_calibration_bytes(void)
{
	wires_autofree struct wires *wires = wires_entered("ATmega8");

	g_assert_cmphex(wires_send(wires, 0x38, 0x00, 0x00, 0x00), ==, 0x9A);
	g_assert_cmphex(wires_send(wires, 0x38, 0x00, 0x01, 0x00), ==, 0x9C);
	g_assert_cmphex(wires_send(wires, 0x38, 0x00, 0x02, 0x00), ==, 0x9E);
	g_assert_cmphex(wires_send(wires, 0x38, 0x00, 0x03, 0x00), ==, 0xA1);
}

static void test_an_unknown_instruction_is_counted_and_does_nothing(void)
{
	wires_autofree struct wires *wires = wires_entered("ATmega328P");

	g_assert_cmphex(wires_send(wires, 0x99, 0x12, 0x34, 0x56), ==, 0x34);

	g_assert_cmpuint(wires_stats(wires)->unknown, ==, 1);
	g_assert_cmpuint(wires_stats(wires)->instructions, ==, 1);
}

static void test_fuses_of_a_factory_new_part(void)
{
	wires_autofree struct wires *wires = wires_entered("ATmega328P");

	g_assert_cmphex(wires_send(wires, 0x50, 0x00, 0x00, 0x00), ==, 0x62);
	g_assert_cmphex(wires_send(wires, 0x58, 0x08, 0x00, 0x00), ==, 0xD9);
	g_assert_cmphex(wires_send(wires, 0x50, 0x08, 0x00, 0x00), ==, 0xFF);
	g_assert_cmphex(read_lock(wires), ==, 0xFF);
}

static void test_poll_says_busy_for_as_long_as_an_erase_takes(void)
{
	wires_autofree struct wires *wires = wires_entered("ATmega328P");
	uint64_t ready_ns;

	wires_send(wires, 0xAC, 0x80, 0x00, 0x00);
	ready_ns = wires->now_ns + 9000 * US;
	wires->now_ns = ready_ns - BITS_UNTIL_REPLY * bit_ns(wires) - 1;
	g_assert_cmphex(wires_send(wires, 0xF0, 0x00, 0x00, 0x00), ==, 0x01);
	wires->now_ns = ready_ns;

	g_assert_cmphex(wires_send(wires, 0xF0, 0x00, 0x00, 0x00), ==, 0x00);
}

static void test_poll_ends_in_the_moment_in_which_the_write_does(void)
{
	wires_autofree struct wires *wires = wires_entered("ATmega328P");

	wires_send(wires, 0xAC, 0x80, 0x00, 0x00);
	wires_wait(wires, 9000 * US - BITS_UNTIL_REPLY * bit_ns(wires));

	g_assert_cmphex(wires_send(wires, 0xF0, 0x00, 0x00, 0x00), ==, 0x00);
}

static void test_parts_that_document_no_poll_have_none(void)
{
	wires_autofree struct wires *wires = wires_entered("ATmega8");

	wires_send(wires, 0xAC, 0x80, 0x00, 0x00);

	g_assert_cmphex(wires_send(wires, 0xF0, 0x00, 0x00, 0x00), ==, 0x00);
	g_assert_cmpuint(wires_stats(wires)->unknown, ==, 1);
}

static void test_an_instruction_during_a_write_is_lost(void)
{
	wires_autofree struct wires *wires = wires_entered("ATmega328P");

	wires_send(wires, 0xC0, 0x00, 0x10, 0x5A);
	wires_send(wires, 0xC0, 0x00, 0x11, 0xA5);
	wires_wait(wires, LONGEST_WRITE_NS);

	g_assert_cmphex(wires_send(wires, 0xA0, 0x00, 0x10, 0x00), ==, 0x5A);
	g_assert_cmphex(wires_send(wires, 0xA0, 0x00, 0x11, 0x00), ==, 0xFF);
	g_assert_cmpuint(wires_stats(wires)->busy_lost, ==, 1);
}

static void test_a_read_during_a_write_gives_ff(void)
{
	wires_autofree struct wires *wires = wires_entered("ATmega328P");

	write_and_wait(wires, 0xC0, 0x00, 0x10, 0x5A);
	wires_send(wires, 0xC0, 0x00, 0x11, 0xA5);

	g_assert_cmphex(wires_send(wires, 0xA0, 0x00, 0x10, 0x00), ==, 0xFF);
	g_assert_cmpuint(wires_stats(wires)->busy_reads, ==, 1);
	wires_wait(wires, LONGEST_WRITE_NS);
	g_assert_cmphex(wires_send(wires, 0xA0, 0x00, 0x10, 0x00), ==, 0x5A);
}

static void test_a_page_is_written_where_its_address_says(void)
{
	wires_autofree struct wires *wires = wires_entered("ATmega328P");

	load_word(wires, 0x00, 0x11, 0x22);
	load_word(wires, 0x3F, 0x33, 0x44);
	write_and_wait(wires, 0x4C, 0x12, 0x7F, 0x00);

	g_assert_cmphex(wires_send(wires, 0x20, 0x12, 0x40, 0x00), ==, 0x11);
	g_assert_cmphex(wires_send(wires, 0x28, 0x12, 0x40, 0x00), ==, 0x22);
	g_assert_cmphex(wires_send(wires, 0x20, 0x12, 0x7F, 0x00), ==, 0x33);
	g_assert_cmphex(wires_send(wires, 0x28, 0x12, 0x7F, 0x00), ==, 0x44);
	g_assert_cmphex(wires->cells.flash[0x2480], ==, 0x11);
	g_assert_cmphex(wires->cells.flash[0x24FF], ==, 0x44);
	g_assert_cmphex(wires->cells.flash[0x2482], ==, 0xFF);
	g_assert_cmpuint(wires_stats(wires)->page_writes, ==, 1);
}

static void test_flash_that_was_not_erased_ends_as_both(void)
{
	wires_autofree struct wires *wires = wires_entered("ATmega328P");

	load_word(wires, 0x00, 0xF0, 0xCC);
	write_and_wait(wires, 0x4C, 0x00, 0x00, 0x00);
	load_word(wires, 0x00, 0x3C, 0xAA);
	write_and_wait(wires, 0x4C, 0x00, 0x00, 0x00);

	g_assert_cmphex(wires->cells.flash[0], ==, 0x30);
	g_assert_cmphex(wires->cells.flash[1], ==, 0x88);
}

static void test_a_written_page_leaves_the_buffer_empty(void)
{
	wires_autofree struct wires *wires = wires_entered("ATmega328P");

	load_word(wires, 0x00, 0x11, 0x22);
	write_and_wait(wires, 0x4C, 0x00, 0x00, 0x00);
	write_and_wait(wires, 0x4C, 0x00, 0x40, 0x00);

	g_assert_cmphex(wires->cells.flash[0], ==, 0x11);
	g_assert_cmphex(wires->cells.flash[128], ==, 0xFF);
}

static void test_entry_empties_the_buffer(void)
{
	wires_autofree struct wires *wires = wires_entered("ATmega328P");

	load_word(wires, 0x00, 0x11, 0x22);
	g_assert_true(wires_enter(wires));
	write_and_wait(wires, 0x4C, 0x00, 0x00, 0x00);

	g_assert_cmphex(wires->cells.flash[0], ==, 0xFF);
}

static void test_a_place_of_the_buffer_loaded_twice_ends_as_both(void)
{
	wires_autofree struct wires *wires = wires_entered("ATmega328P");

	load_word(wires, 0x00, 0xF0, 0xCC);
	load_word(wires, 0x00, 0x3C, 0xAA);
	write_and_wait(wires, 0x4C, 0x00, 0x00, 0x00);

	g_assert_cmphex(wires->cells.flash[0], ==, 0x30);
	g_assert_cmphex(wires->cells.flash[1], ==, 0x88);
}

static void test_a_low_byte_after_its_high_byte_is_lost(void)
{
	wires_autofree struct wires *wires = wires_entered("ATmega328P");

	wires_send(wires, 0x48, 0x00, 0x00, 0x22);
	wires_send(wires, 0x40, 0x00, 0x00, 0x11);
	write_and_wait(wires, 0x4C, 0x00, 0x00, 0x00);

	g_assert_cmphex(wires->cells.flash[0], ==, 0xFF);
	g_assert_cmphex(wires->cells.flash[1], ==, 0x22);
}

static void test_loads_wrap_within_the_page(void)
{
	wires_autofree struct wires *wires = wires_entered("ATmega328P");

	load_word(wires, 0x41, 0x11, 0x22);
	write_and_wait(wires, 0x4C, 0x00, 0x00, 0x00);

	g_assert_cmphex(wires->cells.flash[2], ==, 0x11);
	g_assert_cmphex(wires->cells.flash[3], ==, 0x22);
}

static void test_flash_of_the_oldest_is_written_byte_by_byte(void)
{
	wires_autofree struct wires *wires = wires_entered("ATtiny12");

	write_and_wait(wires, 0x40, 0x01, 0xFF, 0x11);
	write_and_wait(wires, 0x48, 0x01, 0xFF, 0x22);
	write_and_wait(wires, 0x4C, 0x01, 0xFF, 0x00);

	g_assert_cmphex(wires->cells.flash[0x3FE], ==, 0x11);
	g_assert_cmphex(wires->cells.flash[0x3FF], ==, 0x22);
	g_assert_cmpuint(wires_stats(wires)->unknown, ==, 1);
	g_assert_cmpuint(wires_stats(wires)->page_writes, ==, 0);
}

static void test_an_eeprom_byte_is_erased_and_written(void)
{
	wires_autofree struct wires *wires = wires_entered("ATmega328P");

	write_and_wait(wires, 0xC0, 0x03, 0xFF, 0x0F);
	write_and_wait(wires, 0xC0, 0x03, 0xFF, 0xF0);

	g_assert_cmphex(wires->cells.eeprom[0x3FF], ==, 0xF0);
	g_assert_cmphex(wires_send(wires, 0xA0, 0x03, 0xFF, 0x00), ==, 0xF0);
	g_assert_cmpuint(wires_stats(wires)->eeprom_writes, ==, 2);
}

static void test_of_an_eeprom_page_only_loaded_bytes_change(void)
{
	wires_autofree struct wires *wires = wires_entered("ATmega328P");
	static const uint8_t expected[] = { 0x01, 0x5A, 0x03, 0xA5 };

	memcpy(wires->cells.eeprom + 0x104, (const uint8_t[]){ 1, 2, 3, 4 }, 4);
	wires_send(wires, 0xC1, 0x00, 0x01, 0x5A);
	wires_send(wires, 0xC1, 0x00, 0x03, 0xA5);
	write_and_wait(wires, 0xC2, 0x01, 0x04, 0x00);

	g_assert_cmpmem(wires->cells.eeprom + 0x104, 4, expected, 4);
	g_assert_cmpuint(wires_stats(wires)->eeprom_writes, ==, 1);
}

static void test_a_written_eeprom_page_leaves_the_buffer_empty(void)
{
	wires_autofree struct wires *wires = wires_entered("ATmega328P");

	wires_send(wires, 0xC1, 0x00, 0x00, 0x5A);
	write_and_wait(wires, 0xC2, 0x00, 0x00, 0x00);
	write_and_wait(wires, 0xC2, 0x00, 0x04, 0x00);

	g_assert_cmphex(wires->cells.eeprom[0], ==, 0x5A);
	g_assert_cmphex(wires->cells.eeprom[4], ==, 0xFF);
}

static void test_parts_without_eeprom_pages_know_none(void)
{
	wires_autofree struct wires *wires = wires_entered("ATmega8");

	wires_send(wires, 0xC1, 0x00, 0x00, 0x5A);
	write_and_wait(wires, 0xC2, 0x00, 0x00, 0x00);

	g_assert_cmphex(wires->cells.eeprom[0], ==, 0xFF);
	g_assert_cmpuint(wires_stats(wires)->unknown, ==, 2);
	g_assert_cmpuint(wires_stats(wires)->eeprom_writes, ==, 0);
}

static void test_erase_clears_flash_eeprom_and_lock(void)
{
	wires_autofree struct wires *wires = wires_entered("ATmega328P");

	wires->cells.flash[0x7FFF] = 0;
	wires->cells.eeprom[0x3FF] = 0;
	wires->cells.lock = 0xC0;
	write_and_wait(wires, 0xAC, 0x80, 0x00, 0x00);

	g_assert_cmphex(wires->cells.flash[0x7FFF], ==, 0xFF);
	g_assert_cmphex(wires->cells.eeprom[0x3FF], ==, 0xFF);
	g_assert_cmphex(wires->cells.lock, ==, 0xFF);
	g_assert_cmphex(wires->cells.fuses[FUSE_LOW], ==, 0x62);
	g_assert_cmpuint(wires_stats(wires)->erases, ==, 1);
}

/* EESAVE is bit 3 of the high fuse. */
static void test_eesave_keeps_the_eeprom(void)
{
	wires_autofree struct wires *wires = wires_entered("ATmega328P");

	wires->cells.eeprom[0] = 0x5A;
	wires->cells.fuses[FUSE_HIGH] = 0xD1;
	write_and_wait(wires, 0xAC, 0x80, 0x00, 0x00);

	g_assert_cmphex(wires->cells.eeprom[0], ==, 0x5A);
}

static void test_eesave_acts_at_once(void)
{
	wires_autofree struct wires *wires = wires_entered("ATmega328P");

	wires->cells.eeprom[0] = 0x5A;
	write_and_wait(wires, 0xAC, 0xA8, 0x00, 0xD1);
	write_and_wait(wires, 0xAC, 0x80, 0x00, 0x00);
	g_assert_cmphex(wires->cells.eeprom[0], ==, 0x5A);
	write_and_wait(wires, 0xAC, 0xA8, 0x00, 0xD9);
	write_and_wait(wires, 0xAC, 0x80, 0x00, 0x00);

	g_assert_cmphex(wires->cells.eeprom[0], ==, 0xFF);
}

static void test_fuses_are_written_and_read_back(void)
{
	wires_autofree struct wires *wires = wires_entered("ATmega328P");

	write_and_wait(wires, 0xAC, 0xA0, 0x00, 0xF7);
	write_and_wait(wires, 0xAC, 0xA8, 0x00, 0xDE);

	g_assert_cmphex(wires_send(wires, 0x50, 0x00, 0x00, 0x00), ==, 0xF7);
	g_assert_cmphex(wires_send(wires, 0x58, 0x08, 0x00, 0x00), ==, 0xDE);
	g_assert_cmpuint(wires_stats(wires)->fuse_writes, ==, 2);
}

static void test_fuse_bits_that_the_part_lacks_stay(void)
{
	wires_autofree struct wires *wires = wires_entered("ATmega328P");

	write_and_wait(wires, 0xAC, 0xA4, 0x00, 0x05);

	g_assert_cmphex(wires_send(wires, 0x50, 0x08, 0x00, 0x00), ==, 0xFD);
}

/* Table 31-7, note 2: SPIEN is not accessible in serial programming mode. */
static void test_spien_cannot_be_changed(void)
{
	wires_autofree struct wires *wires = wires_entered("ATmega328P");

	write_and_wait(wires, 0xAC, 0xA8, 0x00, 0xF9);
	g_assert_cmphex(wires_send(wires, 0x58, 0x08, 0x00, 0x00), ==, 0xD9);
	wires_leave(wires);

	g_assert_true(wires_enter(wires));
}

static void test_fuses_that_the_part_lacks_are_unknown(void)
{
	wires_autofree struct wires *wires = wires_entered("ATmega8");

	write_and_wait(wires, 0xAC, 0xA4, 0x00, 0x00);
	wires_send(wires, 0x50, 0x08, 0x00, 0x00);

	g_assert_cmpuint(wires_stats(wires)->unknown, ==, 2);
	g_assert_cmpuint(wires_stats(wires)->fuse_writes, ==, 0);
}

static void test_lock_bits_can_only_be_programmed(void)
{
	wires_autofree struct wires *wires = wires_entered("ATmega328P");

	write_and_wait(wires, 0xAC, 0xE0, 0x00, 0xEF);
	g_assert_cmphex(read_lock(wires), ==, 0xEF);
	write_and_wait(wires, 0xAC, 0xE0, 0x00, 0xFF);
	g_assert_cmphex(read_lock(wires), ==, 0xEF);
	write_and_wait(wires, 0xAC, 0xFF, 0x00, 0x0F);

	g_assert_cmphex(read_lock(wires), ==, 0xCF);
	g_assert_cmpuint(wires_stats(wires)->lock_writes, ==, 3);
}

/* A part with something in flash, EEPROM and the low fuse, and these lock bits. */
static struct wires *locked(uint8_t lock)
{
	struct wires *wires = wires_entered("ATmega328P");

	wires->cells.flash[0x2468] = 0x5A;
	wires->cells.eeprom[0x10] = 0xA5;
	wires->cells.lock = lock;
	return wires;
}

static void test_lock_mode_2_forbids_writing(void)
{
	wires_autofree struct wires *wires = locked(0xFE);

	load_word(wires, 0x00, 0x00, 0x00);
	write_and_wait(wires, 0x4C, 0x00, 0x00, 0x00);
	write_and_wait(wires, 0xC0, 0x00, 0x00, 0x00);
	wires_send(wires, 0xC1, 0x00, 0x00, 0x00);
	write_and_wait(wires, 0xC2, 0x00, 0x00, 0x00);
	write_and_wait(wires, 0xAC, 0xA0, 0x00, 0xE2);

	g_assert_cmphex(wires->cells.flash[0], ==, 0xFF);
	g_assert_cmphex(wires->cells.eeprom[0], ==, 0xFF);
	g_assert_cmphex(wires->cells.fuses[FUSE_LOW], ==, 0x62);
}

static void test_lock_mode_2_allows_reading_and_more_lock(void)
{
	wires_autofree struct wires *wires = locked(0xFE);

	g_assert_cmphex(wires_send(wires, 0x20, 0x12, 0x34, 0x00), ==, 0x5A);
	g_assert_cmphex(wires_send(wires, 0xA0, 0x00, 0x10, 0x00), ==, 0xA5);
	write_and_wait(wires, 0xAC, 0xE0, 0x00, 0xFC);

	g_assert_cmphex(read_lock(wires), ==, 0xFC);
}

static void test_lock_mode_3_gives_the_address_for_flash(void)
{
	wires_autofree struct wires *wires = locked(0xFC);

	g_assert_cmphex(wires_send(wires, 0x20, 0x12, 0x34, 0x00), ==, 0x34);
	g_assert_cmphex(wires_send(wires, 0x28, 0x00, 0xA7, 0x00), ==, 0xA7);
	g_assert_cmphex(wires_send(wires, 0xA0, 0x00, 0x10, 0x00), ==, 0xFF);
}

static void test_lock_mode_3_lets_signature_fuses_and_lock_be_read(void)
{
	wires_autofree struct wires *wires = locked(0xFC);

	g_assert_cmphex(wires_send(wires, 0x30, 0x00, 0x01, 0x00), ==, 0x95);
	g_assert_cmphex(wires_send(wires, 0x50, 0x00, 0x00, 0x00), ==, 0x62);
	g_assert_cmphex(read_lock(wires), ==, 0xFC);
}

/* Table 31-2, mode 3: "The Boot Lock bits and Fuse bits are locked". */
static void test_lock_mode_3_locks_the_boot_lock_bits(void)
{
	wires_autofree struct wires *wires = locked(0xFC);

	write_and_wait(wires, 0xAC, 0xE0, 0x00, 0xCC);

	g_assert_cmphex(read_lock(wires), ==, 0xFC);
}

static void test_only_an_erase_removes_the_lock(void)
{
	wires_autofree struct wires *wires = locked(0xFC);

	write_and_wait(wires, 0xAC, 0xE0, 0x00, 0xFF);
	g_assert_cmphex(read_lock(wires), ==, 0xFC);
	g_assert_true(wires_enter(wires));
	g_assert_cmphex(read_lock(wires), ==, 0xFC);
	write_and_wait(wires, 0xAC, 0x80, 0x00, 0x00);

	g_assert_cmphex(read_lock(wires), ==, 0xFF);
	write_and_wait(wires, 0xC0, 0x00, 0x00, 0x77);
	g_assert_cmphex(wires_send(wires, 0xA0, 0x00, 0x00, 0x00), ==, 0x77);
}

/* doc1006: LB1 is bit 1, LB2 bit 2, both in the second byte of the instruction. */
static void test_lock_bits_of_the_oldest_are_in_the_command(void)
{
	wires_autofree struct wires *wires = wires_entered("ATtiny12");

	wires->cells.flash[2] = 0x5A;
	write_and_wait(wires, 0xAC, 0xFD, 0x00, 0xFF);
	g_assert_cmphex(read_lock(wires), ==, 0xFD);
	g_assert_cmphex(wires_send(wires, 0x20, 0x00, 0x01, 0x00), ==, 0x5A);
	write_and_wait(wires, 0xAC, 0xF9, 0x00, 0xFF);

	g_assert_cmphex(read_lock(wires), ==, 0xF9);
	g_assert_cmphex(wires_send(wires, 0x20, 0x00, 0x01, 0x00), ==, 0x01);
}

static void test_extended_address_reaches_the_upper_half(void)
{
	wires_autofree struct wires *wires = wires_entered("ATmega2560");

	wires_send(wires, 0x4D, 0x00, 0x01, 0x00);
	load_word(wires, 0x7F, 0x11, 0x22);
	write_and_wait(wires, 0x4C, 0xFF, 0x80, 0x00);

	g_assert_cmphex(wires_send(wires, 0x28, 0xFF, 0xFF, 0x00), ==, 0x22);
	g_assert_cmphex(wires->cells.flash[0x3FFFE], ==, 0x11);
	wires_send(wires, 0x4D, 0x00, 0x00, 0x00);
	g_assert_cmphex(wires_send(wires, 0x28, 0xFF, 0xFF, 0x00), ==, 0xFF);
}

static void test_extended_address_survives_an_erase_but_no_entry(void)
{
	wires_autofree struct wires *wires = wires_entered("ATmega2560");

	wires_send(wires, 0x4D, 0x00, 0x01, 0x00);
	write_and_wait(wires, 0xAC, 0x80, 0x00, 0x00);
	wires->cells.flash[0x20000] = 0x5A;
	g_assert_cmphex(wires_send(wires, 0x20, 0x00, 0x00, 0x00), ==, 0x5A);
	g_assert_true(wires_enter(wires));

	g_assert_cmphex(wires_send(wires, 0x20, 0x00, 0x00, 0x00), ==, 0xFF);
}

static void test_parts_of_64_kilowords_know_no_extended_address(void)
{
	wires_autofree struct wires *wires = wires_entered("ATmega1284P");

	wires_send(wires, 0x4D, 0x00, 0x01, 0x00);

	g_assert_cmpuint(wires_stats(wires)->unknown, ==, 1);
}

/* The parts differ in pages, delays and fuses: each does what its row of the table says.
 */
static void test_every_part_writes_its_last_word(void)
{
	unsigned n_parts;
	const struct part *parts = parts_all(&n_parts);

	for (unsigned i = 0; i < n_parts; i++) {
		wires_autofree struct wires *wires = wires_entered(parts[i].name);
		uint32_t word = parts[i].flash_bytes / 2 - 1;

		if (parts[i].has_extended_address)
			wires_send(wires, 0x4D, 0x00, (uint8_t)(word >> 16), 0x00);
		write_and_wait(wires, 0x40, (uint8_t)(word >> 8), (uint8_t)word, 0x12);
		write_and_wait(wires, 0x48, (uint8_t)(word >> 8), (uint8_t)word, 0x34);
		if (parts[i].flash_page_bytes)
			write_and_wait(wires, 0x4C, (uint8_t)(word >> 8), (uint8_t)word,
				       0);

		g_assert_cmphex(wires->cells.flash[word * 2], ==, 0x12);
		g_assert_cmphex(wires->cells.flash[word * 2 + 1], ==, 0x34);
		g_assert_cmpuint(wires_stats(wires)->unknown, ==, 0);
		g_assert_cmpuint(wires_stats(wires)->busy_lost, ==, 0);
	}
}

struct delay {
	const char *name;
	uint8_t instruction[4];
	uint32_t us;
};

/* Table 31-16, Typical Wait Delay Before Writing the Next Flash or EEPROM Location. */
static const struct delay delays[] = {
	{ "erase", { 0xAC, 0x80, 0x00, 0x00 }, 9000 },
	{ "flash", { 0x4C, 0x00, 0x00, 0x00 }, 4500 },
	{ "eeprom", { 0xC0, 0x00, 0x00, 0x00 }, 3600 },
	{ "eeprom-page", { 0xC2, 0x00, 0x00, 0x00 }, 3600 },
	{ "fuse", { 0xAC, 0xA0, 0x00, 0x62 }, 4500 },
	{ "lock", { 0xAC, 0xE0, 0x00, 0xFF }, 4500 },
};

static void test_busy_for(gconstpointer data)
{
	const struct delay *delay = data;
	const uint8_t *in = delay->instruction;
	wires_autofree struct wires *wires = wires_entered("ATmega328P");
	uint64_t ready_ns;

	wires_send(wires, in[0], in[1], in[2], in[3]);
	ready_ns = wires->now_ns + delay->us * US;
	wires->now_ns = ready_ns - BITS_UNTIL_REPLY * bit_ns(wires) - 1;
	g_assert_cmphex(wires_send(wires, 0xF0, 0x00, 0x00, 0x00), ==, 0x01);

	g_assert_cmphex(wires_send(wires, 0xF0, 0x00, 0x00, 0x00), ==, 0x00);
}

static const struct {
	const char *path;
	GTestFunc func;
} tests[] = {
	{ "signature", test_signature },
	{ "one-calibration-byte", test_one_calibration_byte },
	{ "four-calibration-bytes", test_four_calibration_bytes },
	{ "an-unknown-instruction-is-counted-and-does-nothing",
	  test_an_unknown_instruction_is_counted_and_does_nothing },
	{ "fuses-of-a-factory-new-part", test_fuses_of_a_factory_new_part },
	{ "poll-says-busy-for-as-long-as-an-erase-takes",
	  test_poll_says_busy_for_as_long_as_an_erase_takes },
	{ "poll-ends-in-the-moment-in-which-the-write-does",
	  test_poll_ends_in_the_moment_in_which_the_write_does },
	{ "parts-that-document-no-poll-have-none",
	  test_parts_that_document_no_poll_have_none },
	{ "an-instruction-during-a-write-is-lost",
	  test_an_instruction_during_a_write_is_lost },
	{ "a-read-during-a-write-gives-ff", test_a_read_during_a_write_gives_ff },
	{ "a-page-is-written-where-its-address-says",
	  test_a_page_is_written_where_its_address_says },
	{ "flash-that-was-not-erased-ends-as-both",
	  test_flash_that_was_not_erased_ends_as_both },
	{ "a-written-page-leaves-the-buffer-empty",
	  test_a_written_page_leaves_the_buffer_empty },
	{ "entry-empties-the-buffer", test_entry_empties_the_buffer },
	{ "a-place-of-the-buffer-loaded-twice-ends-as-both",
	  test_a_place_of_the_buffer_loaded_twice_ends_as_both },
	{ "a-low-byte-after-its-high-byte-is-lost",
	  test_a_low_byte_after_its_high_byte_is_lost },
	{ "loads-wrap-within-the-page", test_loads_wrap_within_the_page },
	{ "flash-of-the-oldest-is-written-byte-by-byte",
	  test_flash_of_the_oldest_is_written_byte_by_byte },
	{ "an-eeprom-byte-is-erased-and-written",
	  test_an_eeprom_byte_is_erased_and_written },
	{ "of-an-eeprom-page-only-loaded-bytes-change",
	  test_of_an_eeprom_page_only_loaded_bytes_change },
	{ "a-written-eeprom-page-leaves-the-buffer-empty",
	  test_a_written_eeprom_page_leaves_the_buffer_empty },
	{ "parts-without-eeprom-pages-know-none",
	  test_parts_without_eeprom_pages_know_none },
	{ "erase-clears-flash-eeprom-and-lock", test_erase_clears_flash_eeprom_and_lock },
	{ "eesave-keeps-the-eeprom", test_eesave_keeps_the_eeprom },
	{ "eesave-acts-at-once", test_eesave_acts_at_once },
	{ "fuses-are-written-and-read-back", test_fuses_are_written_and_read_back },
	{ "fuse-bits-that-the-part-lacks-stay", test_fuse_bits_that_the_part_lacks_stay },
	{ "spien-cannot-be-changed", test_spien_cannot_be_changed },
	{ "fuses-that-the-part-lacks-are-unknown",
	  test_fuses_that_the_part_lacks_are_unknown },
	{ "lock-bits-can-only-be-programmed", test_lock_bits_can_only_be_programmed },
	{ "lock-mode-2-forbids-writing", test_lock_mode_2_forbids_writing },
	{ "lock-mode-2-allows-reading-and-more-lock",
	  test_lock_mode_2_allows_reading_and_more_lock },
	{ "lock-mode-3-gives-the-address-for-flash",
	  test_lock_mode_3_gives_the_address_for_flash },
	{ "lock-mode-3-lets-signature-fuses-and-lock-be-read",
	  test_lock_mode_3_lets_signature_fuses_and_lock_be_read },
	{ "lock-mode-3-locks-the-boot-lock-bits",
	  test_lock_mode_3_locks_the_boot_lock_bits },
	{ "only-an-erase-removes-the-lock", test_only_an_erase_removes_the_lock },
	{ "lock-bits-of-the-oldest-are-in-the-command",
	  test_lock_bits_of_the_oldest_are_in_the_command },
	{ "extended-address-reaches-the-upper-half",
	  test_extended_address_reaches_the_upper_half },
	{ "extended-address-survives-an-erase-but-no-entry",
	  test_extended_address_survives_an_erase_but_no_entry },
	{ "parts-of-64-kilowords-know-no-extended-address",
	  test_parts_of_64_kilowords_know_no_extended_address },
	{ "every-part-writes-its-last-word", test_every_part_writes_its_last_word },
};

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (unsigned i = 0; i < G_N_ELEMENTS(tests); i++) {
		g_autofree char *path = g_strdup_printf("/avr-isp/%s", tests[i].path);

		g_test_add_func(path, tests[i].func);
	}
	for (unsigned i = 0; i < G_N_ELEMENTS(delays); i++) {
		g_autofree char *path =
			g_strdup_printf("/avr-isp/busy-for/%s", delays[i].name);

		g_test_add_data_func(path, &delays[i], test_busy_for);
	}
	return g_test_run();
}
