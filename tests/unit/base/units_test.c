/* SPDX-License-Identifier: MIT */
#include "appliance/base/units.h"

#include "appliance/base/error.h"

static void assert_hz(const char *text, uint32_t expected_hz)
{
	g_autoptr(GError) error = NULL;
	uint32_t hz = 1;

	g_assert_true(parse_hz(text, &hz, &error));
	g_assert_no_error(error);
	g_assert_cmpuint(hz, ==, expected_hz);
}

static void assert_no_hz(const char *text)
{
	g_autofree char *message = g_strdup_printf(
		"\"%s\" is no rate; write it as 16M, 250k or 32768", text);
	g_autoptr(GError) error = NULL;
	uint32_t hz = 1;

	g_assert_false(parse_hz(text, &hz, &error));
	g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE);
	g_assert_cmpstr(error->message, ==, message);
	g_assert_cmpuint(hz, ==, 1);
}

static void test_rates_with_every_suffix_in_any_case(void)
{
	assert_hz("0", 0);
	assert_hz("32768", 32768);
	assert_hz("32768Hz", 32768);
	assert_hz("250k", 250000);
	assert_hz("250KHZ", 250000);
	assert_hz("16M", 16000000);
	assert_hz("16mhz", 16000000);
	assert_hz("4G", 4000000000);
	assert_hz("4GHz", 4000000000);
}

static void test_rates_with_a_fraction_are_rounded(void)
{
	assert_hz("1.5M", 1500000);
	assert_hz("14.7456M", 14745600);
	assert_hz("2.6666667M", 2666667);
	assert_hz("1.", 1);
}

static void test_anything_else_is_no_rate(void)
{
	static const char *const texts[] = {
		"",	"M",	      "fast",  "-1",  "+1",   " 1",   "1 ",
		"1 M",	".5M",	      "1.2.3", "1e6", "0x10", "0abc", "16MB",
		"16m!", "4294967295", "5G",    "nan", "inf",  "1,5M",
	};

	for (unsigned i = 0; i < G_N_ELEMENTS(texts); i++)
		assert_no_hz(texts[i]);
}

static void test_no_rate_is_too_long(void)
{
	g_autofree char *digits = g_strnfill(5000, '9');

	assert_no_hz(digits);
}

static void assert_format(uint32_t hz, const char *expected)
{
	g_autofree char *text = format_hz(hz);

	g_assert_cmpstr(text, ==, expected);
}

static void test_rates_as_text(void)
{
	assert_format(16000000, "16 MHz");
	assert_format(1500000, "1.5 MHz");
	assert_format(14745000, "14.745 MHz");
	assert_format(14745600, "14.7456 MHz");
	assert_format(250000, "250 kHz");
	assert_format(32768, "32.768 kHz");
	assert_format(4000000000, "4000 MHz");
	assert_format(0, "0 Hz");
}

static void assert_number(const char *text, uint64_t max, uint64_t expected)
{
	g_autoptr(GError) error = NULL;
	uint64_t value = 0;

	g_assert_true(parse_number(text, "line offset", max, &value, &error));
	g_assert_no_error(error);
	g_assert_cmpuint(value, ==, expected);
}

static void test_numbers_in_three_bases(void)
{
	assert_number("0", 53, 0);
	assert_number("53", 53, 53);
	assert_number("0x1F", 53, 31);
	assert_number("0X1f", 53, 31);
	assert_number("0b101", 53, 5);
	assert_number("18446744073709551615", UINT64_MAX, UINT64_MAX);
}

static void test_anything_else_is_no_number(void)
{
	static const char *const texts[] = { "",    "54",  "-1",    "+1", " 1",
					     "1 ",  "1.0", "0x",    "0b", "0b2",
					     "0xG", "x1",  "0x0x1", "1k" };

	for (unsigned i = 0; i < G_N_ELEMENTS(texts); i++) {
		g_autofree char *message = g_strdup_printf(
			"\"%s\" is no line offset; expected a number from 0 to 53",
			texts[i]);
		g_autoptr(GError) error = NULL;
		uint64_t value = 7;

		g_assert_false(parse_number(texts[i], "line offset", 53, &value, &error));
		g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE);
		g_assert_cmpstr(error->message, ==, message);
		g_assert_cmpuint(value, ==, 7);
	}
}

static void test_spans(void)
{
	static const char *const texts[] = { "90s", "30min", "12h", "25h", "30d", "0s" };
	static const uint64_t seconds[] = { 90, 1800, 43200, 90000, 2592000, 0 };
	static const char *const wrongs[] = { "",    "h",    "12",  "1m",
					      "-1h", "1h30", "1 h", "213503982334602d" };
	uint64_t s = 7;

	for (unsigned i = 0; i < G_N_ELEMENTS(texts); i++) {
		g_autofree char *text = format_span(seconds[i]);

		g_assert_true(parse_span(texts[i], &s));
		g_assert_cmpuint(s, ==, seconds[i]);
		g_assert_cmpstr(text, ==, texts[i]);
	}
	s = 7;
	for (unsigned i = 0; i < G_N_ELEMENTS(wrongs); i++)
		g_assert_false(parse_span(wrongs[i], &s));
	g_assert_cmpuint(s, ==, 7);
}

static void assert_duration(const char *text, uint64_t expected)
{
	uint64_t us = 7;

	g_assert_true(parse_duration(text, &us));
	g_assert_cmpuint(us, ==, expected);
}

static void test_durations(void)
{
	assert_duration("250us", 250);
	assert_duration("20ms", 20000);
	assert_duration("5s", 5000000);
	assert_duration("5S", 5000000);
	assert_duration("5MS", 5000);
	assert_duration("0us", 0);
	assert_duration("0", 0);
	assert_duration("010ms", 10000);
	assert_duration("18446744073709s", UINT64_C(18446744073709000000));
	assert_duration("18446744073709551615us", UINT64_MAX);
}

static void test_anything_else_is_no_duration(void)
{
	static const char *const texts[] = { "",
					     "s",
					     "5",
					     "00",
					     "5 s",
					     " 5s",
					     "5s ",
					     "5m",
					     "5h",

					     "-5s",
					     "+5s",
					     "5.0s",
					     "0x5s",
					     "5us5",
					     "1s1",
					     "ms",
					     "18446744073710s",
					     "18446744073709551616us" };

	for (unsigned i = 0; i < G_N_ELEMENTS(texts); i++) {
		uint64_t us = 7;

		g_assert_false(parse_duration(texts[i], &us));
		g_assert_cmpuint(us, ==, 7);
	}
}

static void test_durations_as_text(void)
{
	static const struct {
		uint64_t us;
		const char *text;
	} shown[] = {
		{ 0, "0s" },	     { 1, "1us" },
		{ 999, "999us" },    { 1000, "1ms" },
		{ 1001, "1001us" },  { 1500000, "1500ms" },
		{ 60000000, "60s" }, { UINT64_MAX, "18446744073709551615us" },
	};

	for (unsigned i = 0; i < G_N_ELEMENTS(shown); i++) {
		g_autofree char *text = format_duration(shown[i].us);

		g_assert_cmpstr(text, ==, shown[i].text);
		assert_duration(text, shown[i].us);
	}
}

static void test_amounts_of_bytes(void)
{
	static const struct {
		const char *text;
		uint64_t n_bytes;
		const char *again;
	} amounts[] = {
		{ "0", 0, "0" },
		{ "0M", 0, "0" },
		{ "1023", 1023, "1023" },
		{ "1024", 1024, "1K" },
		{ "1536k", 1536 * 1024, "1536K" },
		{ "16M", 16 << 20, "16M" },
		{ "16m", 16 << 20, "16M" },
		{ "4G", UINT64_C(4) << 30, "4G" },
		{ "17179869183G", UINT64_C(17179869183) << 30, "17179869183G" },
		{ "18446744073709551615", UINT64_MAX, "18446744073709551615" },
	};

	for (unsigned i = 0; i < G_N_ELEMENTS(amounts); i++) {
		g_autofree char *again = format_bytes(amounts[i].n_bytes);
		uint64_t n_bytes = 7;

		g_assert_true(parse_bytes(amounts[i].text, &n_bytes));
		g_assert_cmpuint(n_bytes, ==, amounts[i].n_bytes);
		g_assert_cmpstr(again, ==, amounts[i].again);
	}
}

static void test_anything_else_is_no_amount(void)
{
	static const char *const texts[] = { "",    "M",    "1T",	   "1MB",
					     "1 M", " 1",   "-1M",	   "1.5M",
					     "1M1", "0x1M", "17179869184G" };

	for (unsigned i = 0; i < G_N_ELEMENTS(texts); i++) {
		uint64_t n_bytes = 7;

		g_assert_false(parse_bytes(texts[i], &n_bytes));
		g_assert_cmpuint(n_bytes, ==, 7);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/units/rates-with-every-suffix-in-any-case",
			test_rates_with_every_suffix_in_any_case);
	g_test_add_func("/units/rates-with-a-fraction-are-rounded",
			test_rates_with_a_fraction_are_rounded);
	g_test_add_func("/units/anything-else-is-no-rate", test_anything_else_is_no_rate);
	g_test_add_func("/units/no-rate-is-too-long", test_no_rate_is_too_long);
	g_test_add_func("/units/rates-as-text", test_rates_as_text);
	g_test_add_func("/units/numbers-in-three-bases", test_numbers_in_three_bases);
	g_test_add_func("/units/anything-else-is-no-number",
			test_anything_else_is_no_number);
	g_test_add_func("/units/spans", test_spans);
	g_test_add_func("/units/durations", test_durations);
	g_test_add_func("/units/anything-else-is-no-duration",
			test_anything_else_is_no_duration);
	g_test_add_func("/units/durations-as-text", test_durations_as_text);
	g_test_add_func("/units/amounts-of-bytes", test_amounts_of_bytes);
	g_test_add_func("/units/anything-else-is-no-amount",
			test_anything_else_is_no_amount);
	return g_test_run();
}
