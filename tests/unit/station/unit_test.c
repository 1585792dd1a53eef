/* SPDX-License-Identifier: MIT */
#include "appliance/station/unit.h"

#include <string.h>

#include "appliance/base/error.h"

static const struct unit some_unit = {
	.serial = "42",
	.run = 7,
	.calibration = "9A",
	.uid = "00112233445566778899",
	.date = "2026-11-24",
};

static struct job_patch patch_of(enum patch_format format, unsigned n_bytes,
				 const char *value)
{
	return (struct job_patch){
		.name = (char *)"id",
		.memory = PATCH_EEPROM,
		.format = format,
		.n_bytes = n_bytes,
		.filler = 0x2E,
		.value = (char *)value,
	};
}

/* "2A 00". Free with g_free. */
static char *hex(const GByteArray *bytes)
{
	GString *text = g_string_new(NULL);

	for (guint i = 0; i < bytes->len; i++)
		g_string_append_printf(text, "%s%02X", i ? " " : "", bytes->data[i]);
	return g_string_free(text, FALSE);
}

static void assert_unit_bytes(const struct unit *unit, enum patch_format format,
			      unsigned n_bytes, const char *value, const char *expected)
{
	struct job_patch patch = patch_of(format, n_bytes, value);
	g_autoptr(GError) error = NULL;
	g_autoptr(GByteArray) bytes = patch_bytes(&patch, unit, &error);
	g_autofree char *text = NULL;

	g_assert_no_error(error);
	text = hex(bytes);
	g_assert_cmpstr(text, ==, expected);
}

static void assert_bytes(enum patch_format format, unsigned n_bytes, const char *value,
			 const char *expected)
{
	assert_unit_bytes(&some_unit, format, n_bytes, value, expected);
}

static void assert_unit_fails(const struct unit *unit, enum patch_format format,
			      unsigned n_bytes, const char *value, const char *message)
{
	struct job_patch patch = patch_of(format, n_bytes, value);
	g_autoptr(GError) error = NULL;
	g_autoptr(GByteArray) bytes = patch_bytes(&patch, unit, &error);

	g_assert_null(bytes);
	g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE);
	g_assert_cmpstr(error->message, ==, message);
}

static void assert_fails(enum patch_format format, unsigned n_bytes, const char *value,
			 const char *message)
{
	assert_unit_fails(&some_unit, format, n_bytes, value, message);
}

static void test_numbers(void)
{
	assert_bytes(PATCH_LITTLE_ENDIAN, 1, "{serial}", "2A");
	assert_bytes(PATCH_LITTLE_ENDIAN, 4, "{serial}", "2A 00 00 00");
	assert_bytes(PATCH_BIG_ENDIAN, 4, "{serial}", "00 00 00 2A");
	assert_bytes(PATCH_LITTLE_ENDIAN, 3, "0x123456", "56 34 12");
	assert_bytes(PATCH_BIG_ENDIAN, 3, "0x123456", "12 34 56");
	assert_bytes(PATCH_BIG_ENDIAN, 8, "18446744073709551615",
		     "FF FF FF FF FF FF FF FF");
	assert_bytes(PATCH_LITTLE_ENDIAN, 2, "1{run}", "11 00");
	assert_bytes(PATCH_LITTLE_ENDIAN, 1, "255", "FF");
	assert_bytes(PATCH_LITTLE_ENDIAN, 1, "010", "0A");
}

static void test_numbers_that_do_not_fit(void)
{
	assert_fails(PATCH_LITTLE_ENDIAN, 1, "256",
		     "[patch id]: 256 does not go into 1 byte, the most is 255");
	assert_fails(PATCH_BIG_ENDIAN, 7, "0x100000000000000",
		     "[patch id]: 0x100000000000000 does not go into 7 bytes, the most "
		     "is 72057594037927935");
	assert_fails(PATCH_LITTLE_ENDIAN, 8, "18446744073709551616",
		     "[patch id]: expected a number, decimal or 0x hexadecimal, found "
		     "\"18446744073709551616\"");
	assert_fails(PATCH_LITTLE_ENDIAN, 4, "-1",
		     "[patch id]: expected a number, decimal or 0x hexadecimal, found "
		     "\"-1\"");
	assert_fails(PATCH_LITTLE_ENDIAN, 4, "0x",
		     "[patch id]: expected a number, decimal or 0x hexadecimal, found "
		     "\"0x\"");
	assert_fails(PATCH_LITTLE_ENDIAN, 4, "SN{serial}",
		     "[patch id]: expected a number, decimal or 0x hexadecimal, found "
		     "\"SN42\"");
}

/* "10" of a calibration byte would be read as ten. */
static void test_digits_that_could_be_hexadecimal_do_not_go_into_a_number(void)
{
	assert_fails(PATCH_LITTLE_ENDIAN, 4, "{serial:08X}",
		     "[patch id]: {serial:08X} does not go into a number; there {serial} "
		     "and {run} stand without a width, and bytes take format=hex");
	assert_fails(PATCH_BIG_ENDIAN, 4, "{calibration}",
		     "[patch id]: {calibration} does not go into a number; there "
		     "{serial} and {run} stand without a width, and bytes take "
		     "format=hex");
}

static void test_ascii(void)
{
	assert_bytes(PATCH_ASCII, 4, "{serial}", "34 32 2E 2E");
	assert_bytes(PATCH_ASCII, 2, "{serial}", "34 32");
	assert_bytes(PATCH_ASCII, 6, "{serial:06}", "30 30 30 30 34 32");
	assert_bytes(PATCH_ASCII, 4, "{serial:04X}", "30 30 32 41");
	assert_bytes(PATCH_ASCII, 10, "{date}", "32 30 32 36 2D 31 31 2D 32 34");
	assert_bytes(PATCH_ASCII, 5, "a}b{run:02}", "61 7D 62 30 37");
	assert_bytes(PATCH_ASCII, 3, "A\tB", "41 09 42");
}

static void test_what_ascii_cannot_hold(void)
{
	assert_fails(PATCH_ASCII, 3, "SN{serial}",
		     "[patch id]: \"SN42\" takes 4 bytes, there is room for 3");
	assert_fails(PATCH_ASCII, 8, "\xC3\xA9",
		     "[patch id]: \"\xC3\xA9\" has a character that is not ASCII; "
		     "expected letters without accents, digits and signs");
}

/* USB 2.0, 9.6.7; the Euro sign is U+20AC, U+1F600 takes two units: D83D DE00. */
static void test_usb_strings(void)
{
	assert_bytes(PATCH_USB_STRING, 0, "{serial:04}", "0A 03 30 00 30 00 34 00 32 00");
	assert_bytes(PATCH_USB_STRING, 0, "\xE2\x82\xAC", "04 03 AC 20");
	assert_bytes(PATCH_USB_STRING, 0, "\xF0\x9F\x98\x80", "06 03 3D D8 00 DE");
	assert_bytes(PATCH_USB_STRING, 8, "AB", "06 03 41 00 42 00 2E 2E");
	assert_fails(PATCH_USB_STRING, 4, "AB",
		     "[patch id]: \"AB\" takes 6 bytes, there is room for 4");
}

/* Its length has one byte: 2 + 2 * 126 = 254 is the most. */
static void test_longest_usb_string(void)
{
	g_autofree char *longest = g_strnfill(126, 'x');
	g_autofree char *longer = g_strnfill(127, 'x');
	struct job_patch patch = patch_of(PATCH_USB_STRING, 0, longest);
	g_autoptr(GError) error = NULL;
	g_autoptr(GByteArray) bytes = patch_bytes(&patch, &some_unit, &error);
	g_autofree char *message = g_strdup_printf(
		"[patch id]: \"%s\" has 127 UTF-16 units, a USB string descriptor has "
		"room for 126",
		longer);

	g_assert_no_error(error);
	g_assert_cmpuint(bytes->len, ==, 254);
	g_assert_cmphex(bytes->data[0], ==, 254);
	assert_fails(PATCH_USB_STRING, 0, longer, message);
}

/* A character beyond U+FFFF takes two of the 126. */
static void test_surrogates_count_as_two(void)
{
	g_autoptr(GString) text = g_string_new(NULL);
	struct job_patch patch;
	g_autoptr(GError) error = NULL;
	g_autoptr(GByteArray) bytes = NULL;

	for (unsigned i = 0; i < 64; i++)
		g_string_append(text, "\xF0\x9F\x98\x80");
	patch = patch_of(PATCH_USB_STRING, 0, text->str);
	bytes = patch_bytes(&patch, &some_unit, &error);

	g_assert_null(bytes);
	g_assert_nonnull(strstr(error->message, "has 128 UTF-16 units"));
}

static void test_hex(void)
{
	assert_bytes(PATCH_HEX, 0, "9a 0F01", "9A 0F 01");
	assert_bytes(PATCH_HEX, 1, "{calibration}", "9A");
	assert_bytes(PATCH_HEX, 0, "{uid}", "00 11 22 33 44 55 66 77 88 99");
	assert_bytes(PATCH_HEX, 4, "{serial:08X}", "00 00 00 2A");
	assert_fails(PATCH_HEX, 0, "9A0",
		     "[patch id]: expected bytes of two hexadecimal digits, as in \"9A "
		     "0F\", found \"9A0\"");
	assert_fails(PATCH_HEX, 0, "xy",
		     "[patch id]: expected bytes of two hexadecimal digits, as in \"9A "
		     "0F\", found \"xy\"");
	assert_fails(PATCH_HEX, 2, "{calibration}",
		     "[patch id]: \"9A\" has 1 bytes, bytes=2 was said");
	assert_fails(PATCH_HEX, 0, " ", "[patch id]: it has no bytes");
}

#define KNOWN \
	"there are {serial}, {serial:08}, {serial:08X}, {run}, {calibration}, {uid} and {date}"

static void test_words_that_there_are_not(void)
{
	assert_fails(PATCH_ASCII, 8, "{seriel}",
		     "[patch id]: {seriel} is no word of a value; " KNOWN);
	assert_fails(PATCH_ASCII, 8, "{}",
		     "[patch id]: {} is no word of a value; " KNOWN);
	assert_fails(PATCH_ASCII, 8, "{serial:8}",
		     "[patch id]: {serial:8} is no word of a value; " KNOWN);
	assert_fails(PATCH_ASCII, 8, "{serial:00}",
		     "[patch id]: {serial:00} is no word of a value; " KNOWN);
	assert_fails(PATCH_ASCII, 8, "{serial:021}",
		     "[patch id]: {serial:021} is no word of a value; " KNOWN);
	assert_fails(PATCH_ASCII, 8, "{serial:08x}",
		     "[patch id]: {serial:08x} is no word of a value; " KNOWN);
	assert_fails(PATCH_ASCII, 8, "{date:08}",
		     "[patch id]: {date:08} is no word of a value; " KNOWN);
	assert_fails(PATCH_ASCII, 8, "SN{serial",
		     "[patch id]: \"{serial\": expected a \"}\" behind the \"{\"");
}

static void test_numbers_wider_than_their_width(void)
{
	const struct unit unit = { .serial = "12345" };

	assert_unit_fails(&unit, PATCH_ASCII, 8, "{serial:04}",
			  "[patch id]: {serial:04} has room for 4 digits, \"12345\" has "
			  "5");
	assert_unit_bytes(&unit, PATCH_ASCII, 4, "{serial:04X}", "33 30 33 39");
}

/* Lines of a list may be any text; a width asks for a number. */
static void test_lines_of_a_list(void)
{
	const struct unit unit = { .serial = "A17" };

	assert_unit_bytes(&unit, PATCH_ASCII, 4, "{serial}", "41 31 37 2E");
	assert_unit_fails(
		&unit, PATCH_ASCII, 8, "{serial:04}",
		"[patch id]: {serial:04} takes a decimal number, found \"A17\"; "
		"{serial} takes any text");
}

static void test_what_is_not_known_of_a_unit(void)
{
	const struct unit unit = { 0 };

	assert_unit_fails(
		&unit, PATCH_ASCII, 8, "{date}",
		"[patch id]: {date} is not known of this unit: the clock is not "
		"set");
	assert_unit_fails(&unit, PATCH_ASCII, 8, "{run}",
			  "[patch id]: {run} is not known of this unit: it has no run "
			  "number");
	assert_unit_fails(&unit, PATCH_HEX, 0, "{calibration}",
			  "[patch id]: {calibration} is not known of this unit: the part "
			  "has no calibration byte");
	assert_unit_fails(&unit, PATCH_ASCII, 8, "{serial}",
			  "[patch id]: {serial} is not known of this unit: it was given "
			  "no serial number");
	assert_unit_fails(&unit, PATCH_HEX, 0, "{uid}",
			  "[patch id]: {uid} is not known of this unit: the part has no "
			  "id of its own that could be read");
}

#define JOB                                                                          \
	"[job]\npart=ATmega328P\n"                                                   \
	"[image app]\nfile=app.hex\n"                                                \
	"[serial]\nfirst=1\nlast=9999\n"                                             \
	"[patch number]\nmemory=flash\naddress=0x0004\nformat=big-endian\nbytes=2\n" \
	"value={serial}\n"                                                           \
	"[patch name]\nmemory=eeprom\naddress=0x10\nformat=usb-string\n"             \
	"value=SN{serial:04}\n"

static struct job *job_new(const char *text)
{
	g_autoptr(GError) error = NULL;
	struct job *job = job_parse("job", "job", text, strlen(text), &error);

	g_assert_no_error(error);
	return job;
}

static struct image *image_of(uint32_t address, const char *bytes)
{
	struct image *image = image_new();

	image_add(image, address, (const uint8_t *)bytes, (uint32_t)strlen(bytes), NULL);
	return image;
}

static void assert_image(const struct image *image, uint32_t address,
			 const void *expected, uint32_t n_bytes)
{
	g_autofree uint8_t *bytes = g_malloc0(n_bytes);

	g_assert_cmpuint(image_read(image, address, bytes, n_bytes, 0xEE), ==, n_bytes);
	g_assert_cmpmem(bytes, n_bytes, expected, n_bytes);
}

static void test_patches_go_over_and_beside_what_is_there(void)
{
	struct job *job = job_new(JOB);
	image_autofree struct image *flash = image_of(0, "abcdefgh");
	image_autofree struct image *eeprom = NULL;
	g_autoptr(GError) error = NULL;

	g_assert_true(unit_patch(job, &some_unit, &flash, &eeprom, &error));

	g_assert_no_error(error);
	g_assert_cmpuint(image_n_bytes(flash), ==, 8);
	assert_image(flash, 0, "abcd\x00\x2Agh", 8);
	g_assert_cmpuint(image_n_bytes(eeprom), ==, 14);
	assert_image(eeprom, 0x10,
		     "\x0E\x03S\x00N\x00"
		     "0\x00"
		     "0\x00"
		     "4\x00"
		     "2",
		     13);
	job_free(job);
}

static void test_a_patch_may_reach_out_of_a_segment(void)
{
	struct job *job = job_new(JOB);
	image_autofree struct image *flash = image_of(0, "abcde");
	image_autofree struct image *eeprom = image_of(0x100, "settings");
	g_autoptr(GError) error = NULL;

	g_assert_true(unit_patch(job, &some_unit, &flash, &eeprom, &error));

	g_assert_cmpuint(image_n_bytes(flash), ==, 6);
	assert_image(flash, 0, "abcd\x00\x2A", 6);
	assert_image(eeprom, 0x100, "settings", 8);
	job_free(job);
}

static void test_nothing_is_replaced_on_failure(void)
{
	struct job *job = job_new(JOB);
	image_autofree struct image *flash = image_of(0, "abcdefgh");
	image_autofree struct image *eeprom = NULL;
	struct image *before = flash;
	const struct unit unit = { .serial = "10000" };
	g_autoptr(GError) error = NULL;

	g_assert_false(unit_patch(job, &unit, &flash, &eeprom, &error));

	g_assert_cmpstr(error->message, ==,
			"[patch name]: {serial:04} has room for 4 digits, \"10000\" has "
			"5");
	g_assert_true(flash == before);
	assert_image(flash, 0, "abcdefgh", 8);
	g_assert_null(eeprom);
	job_free(job);
}

/* job_parse refuses both; a list's lines are as long as they like. */
static void test_places_are_checked_for_each_unit(void)
{
	struct job *job = job_new("[job]\npart=ATmega328P\n[serial]\nlist=l.txt\n"
				  "[patch a]\nmemory=eeprom\naddress=0x3F0\n"
				  "format=usb-string\nvalue={serial}\n"
				  "[patch b]\nmemory=eeprom\naddress=0x3E8\n"
				  "format=usb-string\nvalue={serial}\n");
	image_autofree struct image *eeprom = NULL;
	g_autoptr(GError) beyond = NULL;
	g_autoptr(GError) overlap = NULL;

	g_assert_true(
		unit_patch(job, &(struct unit){ .serial = "123" }, NULL, &eeprom, NULL));
	g_assert_false(unit_patch(job, &(struct unit){ .serial = "12345678" }, NULL,
				  &eeprom, &beyond));
	g_assert_cmpstr(beyond->message, ==,
			"[patch a]: bytes at 0x003F0-0x00401 are beyond the EEPROM of "
			"ATmega328P, which ends at 0x003FF");
	g_assert_false(unit_patch(job, &(struct unit){ .serial = "1234" }, NULL, &eeprom,
				  &overlap));
	g_assert_cmpstr(overlap->message, ==,
			"[patch a] at 0x003F0-0x003F9 and [patch b] at 0x003E8-0x003F1 "
			"overlap");
	job_free(job);
}

static void test_lists_are_checked_before_a_number_is_taken(void)
{
	const char *const good[] = { "0001", "0002", NULL };
	const char *const bad[] = { "0001", "2B", NULL };
	struct job *job = job_new("[job]\npart=ATmega328P\n[serial]\nlist=l.txt\n"
				  "[patch a]\nmemory=eeprom\naddress=0\nformat=ascii\n"
				  "bytes=8\nvalue={serial:08}\n");
	g_autoptr(GError) error = NULL;

	g_assert_true(unit_check_serials(job, good, NULL));
	g_assert_false(unit_check_serials(job, bad, &error));
	g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE);
	g_assert_cmpstr(error->message, ==,
			"serial number \"2B\": [patch a]: {serial:08} takes a decimal "
			"number, found \"2B\"; {serial} takes any text");
	job_free(job);
}

static void test_the_example_is_as_long_as_can_be(void)
{
	const char *const list[] = { "1", "333", "22", NULL };
	struct job *job = job_new(JOB);

	g_assert_cmpstr(unit_example(job).serial, ==, "9999");
	g_assert_cmpstr(unit_example(job).calibration, ==, "FF");
	g_assert_cmpstr(unit_example(job).date, ==, "2026-12-31");
	job->claim.serial_list = list;
	g_assert_cmpstr(unit_example(job).serial, ==, "333");
	job_free(job);
}

static const struct {
	const char *path;
	GTestFunc func;
} tests[] = {
	{ "numbers", test_numbers },
	{ "numbers-that-do-not-fit", test_numbers_that_do_not_fit },
	{ "digits-that-could-be-hexadecimal-do-not-go-into-a-number",
	  test_digits_that_could_be_hexadecimal_do_not_go_into_a_number },
	{ "ascii", test_ascii },
	{ "what-ascii-cannot-hold", test_what_ascii_cannot_hold },
	{ "usb-strings", test_usb_strings },
	{ "longest-usb-string", test_longest_usb_string },
	{ "surrogates-count-as-two", test_surrogates_count_as_two },
	{ "hex", test_hex },
	{ "words-that-there-are-not", test_words_that_there_are_not },
	{ "numbers-wider-than-their-width", test_numbers_wider_than_their_width },
	{ "lines-of-a-list", test_lines_of_a_list },
	{ "what-is-not-known-of-a-unit", test_what_is_not_known_of_a_unit },
	{ "patches-go-over-and-beside-what-is-there",
	  test_patches_go_over_and_beside_what_is_there },
	{ "a-patch-may-reach-out-of-a-segment", test_a_patch_may_reach_out_of_a_segment },
	{ "nothing-is-replaced-on-failure", test_nothing_is_replaced_on_failure },
	{ "places-are-checked-for-each-unit", test_places_are_checked_for_each_unit },
	{ "lists-are-checked-before-a-number-is-taken",
	  test_lists_are_checked_before_a_number_is_taken },
	{ "the-example-is-as-long-as-can-be", test_the_example_is_as_long_as_can_be },
};

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (unsigned i = 0; i < G_N_ELEMENTS(tests); i++) {
		g_autofree char *path = g_strdup_printf("/unit/%s", tests[i].path);

		g_test_add_func(path, tests[i].func);
	}
	return g_test_run();
}
