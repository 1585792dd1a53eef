/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "appliance/base/error.h"
#include "images/format.h"

#define ARDUINO_BOOTLOADERS "/usr/share/arduino/hardware/arduino/avr/bootloaders"

#define END	       ":00000001FF\n"
#define DATA_AT_10     ":03001000010203E7\n"
#define LINEAR_FFFF    ":02000004FFFFFC\n"
#define MAX_DATA_BYTES 255

static struct image *read_text(const char *text, GError **error)
{
	return image_format_ihex.read("boot.hex", (const uint8_t *)text, strlen(text), 0,
				      error);
}

static struct image *read_ok(const char *text)
{
	g_autoptr(GError) error = NULL;
	struct image *image = read_text(text, &error);

	g_assert_no_error(error);
	g_assert_nonnull(image);
	return image;
}

static void assert_fails(const char *text, const char *message)
{
	g_autoptr(GError) error = NULL;

	g_assert_null(read_text(text, &error));
	g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_IMAGE);
	g_assert_cmpstr(error->message, ==, message);
}

static void assert_segment(const struct image *image, unsigned index, uint32_t address,
			   const char *bytes, size_t n_bytes)
{
	struct image_segment segment = image_segment(image, index);

	g_assert_cmphex(segment.address, ==, address);
	g_assert_cmpmem(segment.data, segment.n_bytes, bytes, n_bytes);
}

static void assert_reads_as_123_at_10(const char *text)
{
	image_autofree struct image *image = read_ok(text);

	g_assert_cmpuint(image_n_segments(image), ==, 1);
	assert_segment(image, 0, 0x10, "\1\2\3", 3);
}

static char *write_text(const struct image *image)
{
	g_autoptr(GBytes) bytes = image_format_ihex.write(image, NULL);

	return g_strndup(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
}

static void assert_writes(const struct image *image, const char *text)
{
	g_autofree char *written = write_text(image);

	g_assert_cmpstr(written, ==, text);
}

static void assert_round_trip(const struct image *image)
{
	g_autofree char *text = write_text(image);
	image_autofree struct image *again = read_ok(text);

	g_assert_true(image_equal(image, again));
}

static void test_data_record(void)
{
	assert_reads_as_123_at_10(DATA_AT_10 END);
}

static void test_line_ends_and_case_do_not_matter(void)
{
	static const char *const texts[] = {
		":03001000010203E7\r\n:00000001FF\r\n",
		":03001000010203E7\r:00000001FF\r",
		":03001000010203e7\n:00000001ff",
		"\xEF\xBB\xBF:03001000010203E7\n:00000001FF\n",
		":03001000010203E7 \t\n\n \r\n:00000001FF  \n\n",
		":03001000010203E7\r\n:00000001FF\r\n\x1A",
		":03001000010203E7\r\n:00000001FF\x1A\x1A\r\n",
	};

	for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
		assert_reads_as_123_at_10(texts[i]);
}

static void test_line_ends_keep_the_digest(void)
{
	image_autofree struct image *lf = read_ok(":0400100001020304E2\n" END);
	image_autofree struct image *crlf =
		read_ok(":020010000102EB\r\n:020012000304E5\r\n:00000001FF\r\n");
	g_autofree char *lf_digest = image_digest(lf);
	g_autofree char *crlf_digest = image_digest(crlf);

	g_assert_cmpstr(lf_digest, ==, crlf_digest);
	g_assert_true(image_equal(lf, crlf));
}

static void test_records_in_falling_order(void)
{
	image_autofree struct image *image =
		read_ok(":100020001112131415161718191A1B1C1D1E1F2048\n"
			":100010000102030405060708090A0B0C0D0E0F1058\n" END);
	uint8_t expected[32];

	for (unsigned i = 0; i < sizeof(expected); i++)
		expected[i] = (uint8_t)(i + 1);
	g_assert_cmpuint(image_n_segments(image), ==, 1);
	assert_segment(image, 0, 0x10, (const char *)expected, sizeof(expected));
}

/* As in Atmel's DFU bootloaders: a lone byte, and a hole that ends inside a word. */
static void test_odd_lengths_leave_holes(void)
{
	image_autofree struct image *image =
		read_ok(":01700000117E\n:03700300223344F1\n" END);

	g_assert_cmpuint(image_n_segments(image), ==, 2);
	assert_segment(image, 0, 0x7000, "\x11", 1);
	assert_segment(image, 1, 0x7003, "\x22\x33\x44", 3);
}

static void test_linear_address(void)
{
	image_autofree struct image *image = read_ok(":020000040800F2\n" DATA_AT_10
						     ":020000040001F9\n" DATA_AT_10 END);

	g_assert_cmpuint(image_n_segments(image), ==, 2);
	assert_segment(image, 0, 0x10010, "\1\2\3", 3);
	assert_segment(image, 1, 0x8000010, "\1\2\3", 3);
}

static void test_linear_data_runs_past_64_kib(void)
{
	image_autofree struct image *image =
		read_ok(":020000040001F9\n:04FFFE00AABBCCDDF1\n" END);

	g_assert_cmpuint(image_n_segments(image), ==, 1);
	assert_segment(image, 0, 0x1FFFE, "\xAA\xBB\xCC\xDD", 4);
}

static void test_segment_address(void)
{
	image_autofree struct image *image = read_ok(":020000021000EC\n" DATA_AT_10 END);

	assert_segment(image, 0, 0x10010, "\1\2\3", 3);
}

static void test_segment_data_wraps_at_64_kib(void)
{
	image_autofree struct image *image =
		read_ok(":020000021000EC\n:04FFFE00AABBCCDDF1\n" END);

	g_assert_cmpuint(image_n_segments(image), ==, 2);
	assert_segment(image, 0, 0x10000, "\xCC\xDD", 2);
	assert_segment(image, 1, 0x1FFFE, "\xAA\xBB", 2);
}

static void test_linear_address_ends_a_segment(void)
{
	image_autofree struct image *image =
		read_ok(":020000021000EC\n:020000040001F9\n:04FFFE00AABBCCDDF1\n" END);

	assert_segment(image, 0, 0x1FFFE, "\xAA\xBB\xCC\xDD", 4);
}

static void test_start_addresses_are_accepted(void)
{
	assert_reads_as_123_at_10(":0400000312000000E7\n" DATA_AT_10
				  ":04000005080000C12E\n" END);
}

static void test_last_address(void)
{
	image_autofree struct image *image = read_ok(LINEAR_FFFF ":02FFFE000102FE\n" END);

	assert_segment(image, 0, 0xFFFFFFFE, "\1\2", 2);
}

static void test_longest_record(void)
{
	GString *text = g_string_new(":FF000000");
	uint8_t sum = 0xFF;
	image_autofree struct image *image = NULL;

	for (unsigned i = 0; i < MAX_DATA_BYTES; i++) {
		g_string_append_printf(text, "%02x", i);
		sum += (uint8_t)i;
	}
	g_string_append_printf(text, "%02x\n" END, (uint8_t)-sum);
	image = read_ok(text->str);

	g_assert_cmpuint(image_n_bytes(image), ==, MAX_DATA_BYTES);
	g_string_free(text, TRUE);
}

static void test_no_data_is_an_empty_image(void)
{
	image_autofree struct image *image = read_ok(":0000000000\n" END);

	g_assert_cmpuint(image_n_segments(image), ==, 0);
}

static void test_damaged_lines(void)
{
	static const struct {
		const char *text, *message;
	} cases[] = {
		{ DATA_AT_10 ":030010000102033A\n" END,
		  "boot.hex:2: checksum is 3A, the record's bytes give E7" },
		{ DATA_AT_10 "\r\n:0300200001020",
		  "boot.hex:3: 13 hex digits, expected an even number" },
		{ ":0300200001\n" END,
		  "boot.hex:1: the record is cut off: 5 bytes, its length byte 03 "
		  "asks for 8" },
		{ ":03001000010203E7E7\n" END,
		  "boot.hex:1: the record is too long: 9 bytes, its "
		  "length byte 03 asks for 8" },
		{ ":0000\n" END,
		  "boot.hex:1: the record is cut off: 2 bytes, expected at least 5" },
		{ ":\n" END,
		  "boot.hex:1: the record is cut off: 0 bytes, expected at least 5" },
		{ ":0300100001O203E7\n" END,
		  "boot.hex:1: 'O' in column 12 is not a hex digit" },
		{ ":0300\t00001O203E7\n" END,
		  "boot.hex:1: byte 0x09 in column 6 is not a hex digit" },
		{ "03001000010203E7\n" END,
		  "boot.hex:1: the line begins with '0', expected ':'" },
		{ DATA_AT_10 " " END,
		  "boot.hex:2: the line begins with ' ', expected ':'" },
		{ DATA_AT_10 "\x01\n" END,
		  "boot.hex:2: the line begins with byte 0x01, expected ':'" },
	};

	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
		assert_fails(cases[i].text, cases[i].message);
}

static void test_wrong_records(void)
{
	static const struct {
		const char *text, *message;
	} cases[] = {
		{ ":00000006FA\n" END,
		  "boot.hex:1: record type is 06, expected 00 to 05" },
		{ ":0100000101FD\n",
		  "boot.hex:1: end record has 1 data bytes, expected 0" },
		{ ":0100000201FC\n" END,
		  "boot.hex:1: extended segment address record has 1 data "
		  "bytes, expected 2" },
		{ ":0100000301FB\n" END,
		  "boot.hex:1: start segment address record has 1 data "
		  "bytes, expected 4" },
		{ ":0100000401FA\n" END,
		  "boot.hex:1: extended linear address record has 1 data "
		  "bytes, expected 2" },
		{ ":0100000501F9\n" END,
		  "boot.hex:1: start linear address record has 1 data "
		  "bytes, expected 4" },
		{ LINEAR_FFFF ":03FFFE00010203FA\n" END,
		  "boot.hex:2: 3 bytes at 0xFFFFFFFE pass the last address, 0xFFFFFFFF" },
	};

	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
		assert_fails(cases[i].text, cases[i].message);
}

static void test_missing_end_record(void)
{
	assert_fails(DATA_AT_10 "\n:01000000AA55\n\n",
		     "boot.hex:3: the file ends without an end record (:00000001FF)");
}

static void test_two_files_in_one(void)
{
	assert_fails(DATA_AT_10 END "\n" DATA_AT_10 END,
		     "boot.hex:4: text after the end record of line 2, expected none "
		     "(two files in one? merge them instead)");
}

static void test_empty_file(void)
{
	assert_fails("", "boot.hex: is empty, expected Intel HEX records");
	assert_fails("\r\n\x1A", "boot.hex: is empty, expected Intel HEX records");
}

static void test_overlap_names_range_and_lines(void)
{
	assert_fails(":06000E0005060708090ABF\n:01000000AA55\n" DATA_AT_10 END,
		     "boot.hex:3: 0x0010-0x0012 overlaps data of line 1");
	assert_fails(":020011000506E2\n" DATA_AT_10 END,
		     "boot.hex:2: 0x0011-0x0012 overlaps data of line 1");
}

static void test_repeated_record_overlaps(void)
{
	assert_fails(DATA_AT_10 DATA_AT_10 END,
		     "boot.hex:2: 0x0010-0x0012 overlaps data of line 1");
}

static void test_wrapped_segment_overlaps(void)
{
	assert_fails(":020000021000EC\n:04FFFE00AABBCCDDF1\n:0100010005F9\n" END,
		     "boot.hex:3: 0x10001-0x10001 overlaps data of line 2");
}

static void test_writer_aligns_records(void)
{
	image_autofree struct image *image = image_new();
	uint8_t data[20];

	for (unsigned i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(0xF0 + i);
	g_assert_true(image_add(image, 0x0E, data, sizeof(data), NULL));

	assert_writes(image, ":02000E00F0F10F\n"
			     ":10001000F2F3F4F5F6F7F8F9FAFBFCFDFEFF000148\n"
			     ":020020000203D9\n" END);
}

static void test_writer_crosses_64_kib(void)
{
	image_autofree struct image *image = image_new();

	g_assert_true(image_add(image, 0x1FFFE, (const uint8_t *)"\1\2\3\4", 4, NULL));
	g_assert_true(image_add(image, 0x20010, (const uint8_t *)"\1\2\3", 3, NULL));

	assert_writes(image, ":020000040001F9\n"
			     ":02FFFE000102FE\n"
			     ":020000040002F8\n"
			     ":020000000304F7\n" DATA_AT_10 END);
}

static void test_writer_of_nothing(void)
{
	image_autofree struct image *image = image_new();

	assert_writes(image, END);
}

static void test_round_trip(void)
{
	image_autofree struct image *image = image_new();
	uint8_t data[300];

	for (unsigned i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i * 7);
	g_assert_true(image_add(image, 0x00000003, data, 1, NULL));
	g_assert_true(image_add(image, 0x0000FF81, data, sizeof(data), NULL));
	g_assert_true(image_add(image, 0x00810000, data, 17, NULL));
	g_assert_true(image_add(image, 0xFFFFFFF1, data, 15, NULL));

	assert_round_trip(image);
}

/* 1 MiB in falling order: adding byte runs in file order would take minutes. */
static void test_long_file_in_falling_order(void)
{
	GString *text = g_string_new(NULL);
	image_autofree struct image *image = NULL;

	for (uint32_t address = 1u << 20; address-- > 0;) {
		uint8_t sum = (uint8_t)(1 + (address >> 8) + address);

		if ((address & 0xFFFF) == 0xFFFF)
			g_string_append_printf(text, ":020000040%03X%02X\n",
					       address >> 16,
					       (uint8_t) - (6 + (address >> 16)));
		g_string_append_printf(text, ":01%04X0000%02X\n", address & 0xFFFF,
				       (uint8_t)-sum);
	}
	g_string_append(text, END);
	image = read_ok(text->str);

	g_assert_cmpuint(image_n_segments(image), ==, 1);
	g_assert_cmpuint(image_n_bytes(image), ==, 1u << 20);
	g_string_free(text, TRUE);
}

/* Debian builds two of the optiboots with a version word on top of code: those are
 * refused. */
static unsigned round_trip_file(const char *path)
{
	g_autofree char *text = NULL;
	g_autoptr(GError) error = NULL;
	image_autofree struct image *image = NULL;

	g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
	image = read_text(text, &error);
	if (!image) {
		g_assert_nonnull(strstr(path, "/optiboot_"));
		g_assert_nonnull(strstr(error->message, " overlaps data of line "));
		return 0;
	}
	g_assert_cmpuint(image_n_bytes(image), >, 0);
	assert_round_trip(image);
	return 1;
}

static unsigned round_trip_folder(const char *path)
{
	g_autoptr(GDir) folder = g_dir_open(path, 0, NULL);
	const char *name;
	unsigned n_files = 0;

	while (folder && (name = g_dir_read_name(folder))) {
		g_autofree char *entry = g_build_filename(path, name, NULL);

		if (g_file_test(entry, G_FILE_TEST_IS_DIR))
			n_files += round_trip_folder(entry);
		else if (g_str_has_suffix(name, ".hex"))
			n_files += round_trip_file(entry);
	}
	return n_files;
}

static void test_arduino_bootloaders(void)
{
	if (!g_file_test(ARDUINO_BOOTLOADERS, G_FILE_TEST_IS_DIR)) {
		g_test_skip("arduino-core-avr is not installed");
		return;
	}
	g_assert_cmpuint(round_trip_folder(ARDUINO_BOOTLOADERS), >=, 10);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/ihex/data-record", test_data_record);
	g_test_add_func("/ihex/line-ends-and-case-do-not-matter",
			test_line_ends_and_case_do_not_matter);
	g_test_add_func("/ihex/line-ends-keep-the-digest",
			test_line_ends_keep_the_digest);
	g_test_add_func("/ihex/records-in-falling-order", test_records_in_falling_order);
	g_test_add_func("/ihex/odd-lengths-leave-holes", test_odd_lengths_leave_holes);
	g_test_add_func("/ihex/linear-address", test_linear_address);
	g_test_add_func("/ihex/linear-data-runs-past-64-kib",
			test_linear_data_runs_past_64_kib);
	g_test_add_func("/ihex/segment-address", test_segment_address);
	g_test_add_func("/ihex/segment-data-wraps-at-64-kib",
			test_segment_data_wraps_at_64_kib);
	g_test_add_func("/ihex/linear-address-ends-a-segment",
			test_linear_address_ends_a_segment);
	g_test_add_func("/ihex/start-addresses-are-accepted",
			test_start_addresses_are_accepted);
	g_test_add_func("/ihex/last-address", test_last_address);
	g_test_add_func("/ihex/longest-record", test_longest_record);
	g_test_add_func("/ihex/no-data-is-an-empty-image",
			test_no_data_is_an_empty_image);
	g_test_add_func("/ihex/damaged-lines", test_damaged_lines);
	g_test_add_func("/ihex/wrong-records", test_wrong_records);
	g_test_add_func("/ihex/missing-end-record", test_missing_end_record);
	g_test_add_func("/ihex/two-files-in-one", test_two_files_in_one);
	g_test_add_func("/ihex/empty-file", test_empty_file);
	g_test_add_func("/ihex/overlap-names-range-and-lines",
			test_overlap_names_range_and_lines);
	g_test_add_func("/ihex/repeated-record-overlaps", test_repeated_record_overlaps);
	g_test_add_func("/ihex/wrapped-segment-overlaps", test_wrapped_segment_overlaps);
	g_test_add_func("/ihex/writer-aligns-records", test_writer_aligns_records);
	g_test_add_func("/ihex/writer-crosses-64-kib", test_writer_crosses_64_kib);
	g_test_add_func("/ihex/writer-of-nothing", test_writer_of_nothing);
	g_test_add_func("/ihex/round-trip", test_round_trip);
	g_test_add_func("/ihex/long-file-in-falling-order",
			test_long_file_in_falling_order);
	g_test_add_func("/ihex/arduino-bootloaders", test_arduino_bootloaders);
	return g_test_run();
}
