/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "appliance/avr/write.h"
#include "appliance/base/error.h"

static struct image *image_at(uint32_t address, uint32_t n_bytes)
{
	struct image *image = image_new();
	g_autofree uint8_t *data = g_malloc0(n_bytes);

	g_assert_true(image_add(image, address, data, n_bytes, NULL));
	return image;
}

static void assert_fits(const char *part, const struct avr_plan *plan)
{
	g_autoptr(GError) error = NULL;

	g_assert_true(avr_plan_check(part_find(part, NULL), plan, &error));
	g_assert_no_error(error);
}

static void assert_refused(const char *part, const struct avr_plan *plan, int code,
			   const char *message)
{
	g_autoptr(GError) error = NULL;

	g_assert_false(avr_plan_check(part_find(part, NULL), plan, &error));
	g_assert_error(error, SIXPIN_ERROR, code);
	g_assert_cmpstr(error->message, ==, message);
}

static void test_an_empty_plan_fits(void)
{
	assert_fits("ATmega328P", &(struct avr_plan){ 0 });
}

static void test_memories_fit_to_the_last_byte(void)
{
	image_autofree struct image *flash = image_at(0, 32768);
	image_autofree struct image *eeprom = image_at(1023, 1);

	assert_fits("ATmega328P", &(struct avr_plan){ .flash = flash, .eeprom = eeprom });
}

static void test_a_byte_beyond_flash_is_refused(void)
{
	image_autofree struct image *flash = image_at(0x7FF0, 17);

	assert_refused(
		"ATmega328P", &(struct avr_plan){ .flash = flash }, SIXPIN_ERROR_IMAGE,
		"bytes at 0x08000-0x08000 are beyond the flash of ATmega328P, which ends at "
		"0x07FFF");
}

static void test_an_image_for_a_larger_part_is_refused(void)
{
	image_autofree struct image *flash = image_at(0x1E000, 0x2000);

	assert_refused(
		"ATmega32U4", &(struct avr_plan){ .flash = flash }, SIXPIN_ERROR_IMAGE,
		"bytes at 0x1E000-0x1FFFF are beyond the flash of ATmega32U4, which ends at "
		"0x07FFF");
}

static void test_the_last_address_there_is_is_refused(void)
{
	image_autofree struct image *flash = image_at(0xFFFFFFFF, 1);

	assert_refused(
		"ATmega2560", &(struct avr_plan){ .flash = flash }, SIXPIN_ERROR_IMAGE,
		"bytes at 0xFFFFFFFF-0xFFFFFFFF are beyond the flash of ATmega2560, which "
		"ends at 0x3FFFF");
}

static void test_a_byte_beyond_eeprom_is_refused(void)
{
	image_autofree struct image *eeprom = image_at(64, 2);

	assert_refused(
		"ATtiny13", &(struct avr_plan){ .eeprom = eeprom }, SIXPIN_ERROR_IMAGE,
		"bytes at 0x00040-0x00041 are beyond the EEPROM of ATtiny13, which ends at "
		"0x0003F");
}

static void test_a_fuse_that_the_part_lacks_is_refused(void)
{
	assert_refused("ATmega32A",
		       &(struct avr_plan){ .has_fuse = { [FUSE_EXTENDED] = true } },
		       SIXPIN_ERROR_USAGE, "ATmega32A has no extended fuse");
	assert_refused("ATtiny12",
		       &(struct avr_plan){ .has_fuse = { [FUSE_HIGH] = true } },
		       SIXPIN_ERROR_USAGE, "ATtiny12 has no high fuse");
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
#define ADD(path, function) g_test_add_func("/avr/plan/" path, function)
	ADD("an-empty-plan-fits", test_an_empty_plan_fits);
	ADD("memories-fit-to-the-last-byte", test_memories_fit_to_the_last_byte);
	ADD("a-byte-beyond-flash-is-refused", test_a_byte_beyond_flash_is_refused);
	ADD("an-image-for-a-larger-part-is-refused",
	    test_an_image_for_a_larger_part_is_refused);
	ADD("the-last-address-there-is-is-refused",
	    test_the_last_address_there_is_is_refused);
	ADD("a-byte-beyond-eeprom-is-refused", test_a_byte_beyond_eeprom_is_refused);
	ADD("a-fuse-that-the-part-lacks-is-refused",
	    test_a_fuse_that_the_part_lacks_is_refused);
	return g_test_run();
}
