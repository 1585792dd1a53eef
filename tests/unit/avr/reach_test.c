/* SPDX-License-Identifier: MIT */
#include "appliance/avr/reach.h"

#include "appliance/base/error.h"

#define ALLOW "--allow unreachable writes it all the same)"

static const struct reach_loader caterina = { "caterina", 0x7000, REACH_BY_BOOTRST };
static const struct reach_loader dfu = { "dfu", 0x7000, REACH_BY_HWBE };
static const struct reach_loader optiboot = { "optiboot", 0x7E00, REACH_BY_BOOTRST };

static const struct part *find(const char *name)
{
	const struct part *part = part_find(name, NULL);

	g_assert_nonnull(part);
	return part;
}

static void assert_reached(const char *part, uint8_t low, uint8_t high, uint8_t extended,
			   const struct reach_loader *loader)
{
	const uint8_t fuses[PART_MAX_FUSES] = { low, high, extended };
	g_autoptr(GError) error = NULL;

	g_assert_true(reach_check_loader(find(part), fuses, loader, &error));
	g_assert_no_error(error);
}

static void assert_unreached(const char *part, uint8_t low, uint8_t high,
			     uint8_t extended, const struct reach_loader *loader,
			     const char *text)
{
	const uint8_t fuses[PART_MAX_FUSES] = { low, high, extended };
	g_autoptr(GError) error = NULL;

	g_assert_false(reach_check_loader(find(part), fuses, loader, &error));
	g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_FUSE_UNSAFE);
	g_assert_cmpstr(error->message, ==, text);
}

static void test_reached(void)
{
	assert_reached("ATmega32U4", 0xFF, 0xD8, 0xFB, &caterina);
	assert_reached("ATmega32U4", 0x5E, 0x99, 0xF3, &dfu);
	assert_reached("ATmega32U4", 0x5E, 0xD9, 0xF3, &dfu);
	assert_reached("ATmega328P", 0xFF, 0xDE, 0xFD, &optiboot);
}

/* With BOOTRST programmed reset always leads to the section. */
static void test_hwbe_loader_through_bootrst(void)
{
	assert_reached("ATmega32U4", 0x5E, 0x98, 0xFB, &dfu);
}

static void test_bootrst_unprogrammed(void)
{
	assert_unreached(
		"ATmega328P", 0xFF, 0xDF, 0xFD, &optiboot,
		"optiboot starts at 0x07E00 and is reached through BOOTRST, but "
		"high fuse DF leaves BOOTRST unprogrammed: reset leads to 0x00000 "
		"instead; nothing was changed (high=DE mends it; " ALLOW);
}

/* BOOTRST and BOOTSZ are in the extended fuse of this one. */
static void test_bootrst_in_the_extended_fuse(void)
{
	const struct reach_loader loader = { "boot", 0x3800, REACH_BY_BOOTRST };

	assert_reached("ATmega168", 0xFF, 0xDD, 0xF8, &loader);
	assert_unreached(
		"ATmega168", 0xFF, 0xDD, 0xFF, &loader,
		"boot starts at 0x03800 and is reached through BOOTRST, but "
		"extended fuse FF leaves BOOTRST unprogrammed: reset leads to "
		"0x00000 instead; nothing was changed (extended=F8 mends it; " ALLOW);
}

static void test_bootsz_wrong(void)
{
	assert_unreached("ATmega328P", 0xFF, 0xDA, 0xFD, &optiboot,
			 "optiboot starts at 0x07E00, but high fuse DA makes the boot "
			 "section start at 0x07800, and there reset leads; nothing was "
			 "changed (high=DE mends it; " ALLOW);
}

static void test_hwbe_unprogrammed(void)
{
	assert_unreached(
		"ATmega32U4", 0x5E, 0x99, 0xFB, &dfu,
		"dfu starts at 0x07000 and is reached through HWBE, but extended "
		"fuse FB leaves HWBE unprogrammed: reset leads to 0x00000 whatever "
		"the pin HWB says; nothing was changed (extended=F3 mends it; " ALLOW);
}

static void test_hwbe_and_bootsz_wrong(void)
{
	assert_unreached(
		"ATmega32U4", 0x5E, 0x9F, 0xFB, &dfu,
		"dfu starts at 0x07000 and is reached through HWBE, but extended "
		"fuse FB leaves HWBE unprogrammed: reset leads to 0x00000 whatever "
		"the pin HWB says; nothing was changed (high=99,extended=F3 mend it; " ALLOW);
}

/* Caterina counts on BOOTRST: the pin HWB alone would not start it after power-on. */
static void test_bootrst_loader_with_hwbe(void)
{
	assert_unreached(
		"ATmega32U4", 0xFF, 0xD9, 0xF3, &caterina,
		"caterina starts at 0x07000 and is reached through BOOTRST, but "
		"high fuse D9 leaves BOOTRST unprogrammed: reset leads to 0x00000 "
		"instead; nothing was changed (high=D8 mends it; " ALLOW);
}

static void test_no_section_there(void)
{
	const struct reach_loader loader = { "odd", 0x7100, REACH_BY_BOOTRST };

	assert_unreached(
		"ATmega328P", 0xFF, 0xDE, 0xFD, &loader,
		"odd starts at 0x07100, and no fuse of ATmega328P makes a boot "
		"section start there: reset leads to 0x00000; nothing was changed "
		"(" ALLOW);
	assert_unreached(
		"ATtiny85", 0xFF, 0xDF, 0xFF, &loader,
		"odd starts at 0x07100, and no fuse of ATtiny85 makes a boot section "
		"start there: reset leads to 0x00000; nothing was changed (" ALLOW);
}

static struct image *image_at(uint32_t address, uint32_t n_bytes)
{
	struct image *image = image_new();
	g_autofree uint8_t *data = g_malloc0(n_bytes);

	g_assert_true(image_add(image, address, data, n_bytes, NULL));
	return image;
}

static void test_application(void)
{
	image_autofree struct image *fits = image_at(0, 0x7E00);
	image_autofree struct image *reaches = image_at(0, 0x7E01);
	image_autofree struct image *inside = image_at(0x7F00, 0x100);
	g_autoptr(GError) error = NULL;

	g_assert_true(reach_check_application(&optiboot, fits, "app.hex", &error));
	g_assert_no_error(error);
	g_assert_false(reach_check_application(&optiboot, reaches, "app.hex", &error));
	g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_IMAGE);
	g_assert_cmpstr(
		error->message, ==,
		"app.hex has bytes at 0x07E00-0x07E00, but from 0x07E00 on the boot "
		"section belongs to optiboot; nothing was changed (" ALLOW);
	g_clear_error(&error);
	g_assert_false(reach_check_application(&optiboot, inside, "app.hex", &error));
	g_assert_cmpstr(
		error->message, ==,
		"app.hex has bytes at 0x07F00-0x07FFF, but from 0x07E00 on the boot "
		"section belongs to optiboot; nothing was changed (" ALLOW);
}

static void assert_note(const char *part, uint32_t address, uint8_t high,
			const char *text)
{
	const uint8_t fuses[PART_MAX_FUSES] = { 0xFF, high, 0xFF };
	image_autofree struct image *image = image_at(address, 16);
	g_autofree char *note = reach_note(find(part), fuses, image);

	g_assert_cmpstr(note, ==, text);
}

static void test_note(void)
{
	assert_note("ATmega328P", 0x7E00, 0xDE, NULL);
	assert_note("ATmega328P", 0x6F00, 0xDF, NULL);
	assert_note("ATmega328P", 0, 0xDF, NULL);
	assert_note("ATtiny85", 0x1E00, 0xDF, NULL);
	assert_note("ATmega328P", 0x7E00, 0xDF,
		    "the image lies only in the boot section, from 0x07E00 on, but under "
		    "these fuses reset leads to 0x00000");
	assert_note("ATmega328P", 0x7E00, 0xDA,
		    "the image lies only in the boot section, from 0x07E00 on, but under "
		    "these fuses reset leads to 0x07800");
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/reach/reached", test_reached);
	g_test_add_func("/reach/hwbe-loader-through-bootrst",
			test_hwbe_loader_through_bootrst);
	g_test_add_func("/reach/bootrst-unprogrammed", test_bootrst_unprogrammed);
	g_test_add_func("/reach/bootrst-in-the-extended-fuse",
			test_bootrst_in_the_extended_fuse);
	g_test_add_func("/reach/bootsz-wrong", test_bootsz_wrong);
	g_test_add_func("/reach/hwbe-unprogrammed", test_hwbe_unprogrammed);
	g_test_add_func("/reach/hwbe-and-bootsz-wrong", test_hwbe_and_bootsz_wrong);
	g_test_add_func("/reach/bootrst-loader-with-hwbe", test_bootrst_loader_with_hwbe);
	g_test_add_func("/reach/no-section-there", test_no_section_there);
	g_test_add_func("/reach/application", test_application);
	g_test_add_func("/reach/note", test_note);
	return g_test_run();
}
