/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "appliance/base/error.h"
#include "images/format.h"

#define END	   "S9030000FC\n"
#define DATA_AT_10 "S1060010010203E3\n"
#define HEADER	   "S009000073697870696E5B\n"

static struct image *read_text(const char *text, GError **error)
{
	return image_format_srec.read("boot.s19", (const uint8_t *)text, strlen(text), 0,
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
	g_autoptr(GBytes) bytes = image_format_srec.write(image, NULL);

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

static void test_three_lengths_of_address(void)
{
	static const char *const texts[] = {
		DATA_AT_10 END,
		"S207000010010203E2\nS804000000FB\n",
		"S30800000010010203E1\nS70500000000FA\n",
		"S30800000010010203E1\n" END,
	};

	for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
		assert_reads_as_123_at_10(texts[i]);
}

static void test_line_ends_and_case_do_not_matter(void)
{
	static const char *const texts[] = {
		"S1060010010203E3\r\nS9030000FC\r\n",
		"S1060010010203E3\rS9030000FC\r",
		"s1060010010203e3\ns9030000fc",
		"\xEF\xBB\xBF" DATA_AT_10 END,
		"S1060010010203E3 \t\n\n \r\nS9030000FC  \n\n",
		"S1060010010203E3\r\nS9030000FC\r\n\x1A",
	};

	for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
		assert_reads_as_123_at_10(texts[i]);
}

static void test_headers_counts_and_starts_are_no_data(void)
{
	assert_reads_as_123_at_10(HEADER DATA_AT_10 HEADER "S5030001FB\nS9033800C4\n");
	assert_reads_as_123_at_10("S5030000FC\n" DATA_AT_10 "S604000001FA\n" END);
	assert_reads_as_123_at_10("S0061234484452D5\n" DATA_AT_10 END);
}

static void test_mixed_addresses_in_any_order(void)
{
	image_autofree struct image *image =
		read_ok("S30708000000334479\nS2050180002257\n" DATA_AT_10
			"S5030003F9\nS70500000000FA\n");

	g_assert_cmpuint(image_n_segments(image), ==, 3);
	assert_segment(image, 0, 0x10, "\1\2\3", 3);
	assert_segment(image, 1, 0x18000, "\x22", 1);
	assert_segment(image, 2, 0x8000000, "\x33\x44", 2);
}

/* Unlike in Intel HEX, nothing wraps at 64 KiB. */
static void test_data_runs_past_64_kib(void)
{
	image_autofree struct image *image = read_ok("S107FFFEAABBCCDDED\n" END);

	g_assert_cmpuint(image_n_segments(image), ==, 1);
	assert_segment(image, 0, 0xFFFE, "\xAA\xBB\xCC\xDD", 4);
}

static void test_last_address(void)
{
	image_autofree struct image *image =
		read_ok("S307FFFFFFFE0102FA\nS70500000000FA\n");

	assert_segment(image, 0, 0xFFFFFFFE, "\1\2", 2);
}

static void test_longest_record(void)
{
	GString *text = g_string_new("S1FF0000");
	uint8_t sum = 0xFF;
	image_autofree struct image *image = NULL;

	for (unsigned i = 0; i < 252; i++) {
		g_string_append_printf(text, "%02x", i);
		sum += (uint8_t)i;
	}
	g_string_append_printf(text, "%02x\n" END, (uint8_t)~sum);
	image = read_ok(text->str);

	g_assert_cmpuint(image_n_bytes(image), ==, 252);
	g_string_free(text, TRUE);
}

static void test_no_data_is_an_empty_image(void)
{
	image_autofree struct image *image =
		read_ok(HEADER "S1030000FC\nS5030001FB\n" END);

	g_assert_cmpuint(image_n_segments(image), ==, 0);
}

static void test_damaged_lines(void)
{
	static const struct {
		const char *text, *message;
	} cases[] = {
		{ DATA_AT_10 "S106001001020300\n" END,
		  "boot.s19:2: checksum is 00, the record's bytes give E3" },
		{ DATA_AT_10 "\r\nS1060020010203D",
		  "boot.s19:3: 13 hex digits, expected an even number" },
		{ "S106002001\n" END,
		  "boot.s19:1: the record is cut off: 4 bytes, its length byte 06 "
		  "asks for 7" },
		{ "S1060010010203E3E3\n" END,
		  "boot.s19:1: the record is too long: 8 bytes, its length byte 06 "
		  "asks for 7" },
		{ "S102FD\n" END,
		  "boot.s19:1: the record is cut off: 2 bytes, expected at least 4" },
		{ "S1\n" END,
		  "boot.s19:1: the record is cut off: 0 bytes, expected at least 4" },
		{ "S\n" END,
		  "boot.s19:1: the record is cut off: 0 bytes, expected at least 4" },
		{ "S1060O20010203\n" END,
		  "boot.s19:1: 'O' in column 6 is not a hex digit" },
		{ "SX060020010203\n" END,
		  "boot.s19:1: 'X' in column 2 is not a hex digit" },
		{ ":00000001FF\n" END,
		  "boot.s19:1: the line begins with ':', expected 'S'" },
		{ DATA_AT_10 " " END,
		  "boot.s19:2: the line begins with ' ', expected 'S'" },
	};

	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
		assert_fails(cases[i].text, cases[i].message);
}

static void test_wrong_records(void)
{
	static const struct {
		const char *text, *message;
	} cases[] = {
		{ "S4030000FC\n" END,
		  "boot.s19:1: record type is S4, expected S0 to S3 or S5 to S9" },
		{ "SA030000FC\n" END,
		  "boot.s19:1: record type is SA, expected S0 to S3 or S5 to S9" },
		{ "S3030000FC\n" END,
		  "boot.s19:1: data record S3 has length byte 03, expected at least 05" },
		{ "S904000001FA\n",
		  "boot.s19:1: end record S9 has 1 data bytes, expected 0" },
		{ "S50500000102F7\n" END,
		  "boot.s19:1: count record S5 has 2 data bytes, expected 0" },
		{ "S308FFFFFFFE010203F6\n" END,
		  "boot.s19:1: 3 bytes at 0xFFFFFFFE pass the last address, 0xFFFFFFFF" },
	};

	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
		assert_fails(cases[i].text, cases[i].message);
}

static void test_wrong_count(void)
{
	assert_fails(HEADER DATA_AT_10 "S5030003F9\n" END,
		     "boot.s19:3: the count is 3 data records, 1 are in front of it");
	assert_fails("S604000001FA\n" DATA_AT_10 END,
		     "boot.s19:1: the count is 1 data records, 0 are in front of it");
}

static void test_missing_end_record(void)
{
	assert_fails(DATA_AT_10 "\nS5030001FB\n\n",
		     "boot.s19:3: the file ends without an end record (S9030000FC)");
}

static void test_two_files_in_one(void)
{
	assert_fails(DATA_AT_10 END "\n" DATA_AT_10 END,
		     "boot.s19:4: text after the end record of line 2, expected none "
		     "(two files in one? merge them instead)");
}

static void test_empty_file(void)
{
	assert_fails("", "boot.s19: is empty, expected Motorola S-records");
	assert_fails("\r\n\x1A", "boot.s19: is empty, expected Motorola S-records");
}

static void test_overlap_names_range_and_lines(void)
{
	assert_fails("S20A00000E05060708090ABA\n" HEADER DATA_AT_10 END,
		     "boot.s19:3: 0x0010-0x0012 overlaps data of line 1");
}

static void test_writer_aligns_records(void)
{
	image_autofree struct image *image = image_new();
	uint8_t data[20];

	for (unsigned i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(0xF0 + i);
	g_assert_true(image_add(image, 0x0E, data, sizeof(data), NULL));

	assert_writes(image, HEADER "S105000EF0F10B\n"
				    "S1130010F2F3F4F5F6F7F8F9FAFBFCFDFEFF000144\n"
				    "S10500200203D5\n"
				    "S5030003F9\n" END);
}

static void assert_last_byte_writes(uint32_t address, const char *text)
{
	image_autofree struct image *image = image_new();

	g_assert_true(image_add(image, address, (const uint8_t *)"\1", 1, NULL));
	assert_writes(image, text);
	assert_round_trip(image);
}

static void test_writer_takes_the_shortest_addresses(void)
{
	assert_last_byte_writes(0xFFFF, HEADER "S104FFFF01FC\nS5030001FB\n" END);
	assert_last_byte_writes(0x10000,
				HEADER "S20501000001F8\nS5030001FB\nS804000000FB\n");
	assert_last_byte_writes(0xFFFFFF,
				HEADER "S205FFFFFF01FC\nS5030001FB\nS804000000FB\n");
	assert_last_byte_writes(0x1000000,
				HEADER "S3060100000001F7\nS5030001FB\nS70500000000FA\n");
}

static void test_writer_of_nothing(void)
{
	image_autofree struct image *image = image_new();

	assert_writes(image, HEADER "S5030000FC\n" END);
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

/* More records than S5 can count. */
static void test_long_file_is_counted_by_s6(void)
{
	image_autofree struct image *image = image_new();
	g_autofree uint8_t *data = g_malloc0(1u << 20);
	g_autofree char *text = NULL;

	g_assert_true(image_add(image, 0, data, 1u << 20, NULL));
	text = write_text(image);

	g_assert_nonnull(strstr(text, "\nS604010000FA\nS804000000FB\n"));
	assert_round_trip(image);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/srec/three-lengths-of-address", test_three_lengths_of_address);
	g_test_add_func("/srec/line-ends-and-case-do-not-matter",
			test_line_ends_and_case_do_not_matter);
	g_test_add_func("/srec/headers-counts-and-starts-are-no-data",
			test_headers_counts_and_starts_are_no_data);
	g_test_add_func("/srec/mixed-addresses-in-any-order",
			test_mixed_addresses_in_any_order);
	g_test_add_func("/srec/data-runs-past-64-kib", test_data_runs_past_64_kib);
	g_test_add_func("/srec/last-address", test_last_address);
	g_test_add_func("/srec/longest-record", test_longest_record);
	g_test_add_func("/srec/no-data-is-an-empty-image",
			test_no_data_is_an_empty_image);
	g_test_add_func("/srec/damaged-lines", test_damaged_lines);
	g_test_add_func("/srec/wrong-records", test_wrong_records);
	g_test_add_func("/srec/wrong-count", test_wrong_count);
	g_test_add_func("/srec/missing-end-record", test_missing_end_record);
	g_test_add_func("/srec/two-files-in-one", test_two_files_in_one);
	g_test_add_func("/srec/empty-file", test_empty_file);
	g_test_add_func("/srec/overlap-names-range-and-lines",
			test_overlap_names_range_and_lines);
	g_test_add_func("/srec/writer-aligns-records", test_writer_aligns_records);
	g_test_add_func("/srec/writer-takes-the-shortest-addresses",
			test_writer_takes_the_shortest_addresses);
	g_test_add_func("/srec/writer-of-nothing", test_writer_of_nothing);
	g_test_add_func("/srec/round-trip", test_round_trip);
	g_test_add_func("/srec/long-file-is-counted-by-s6",
			test_long_file_is_counted_by_s6);
	return g_test_run();
}
