/* SPDX-License-Identifier: MIT */
#include "appliance/station/settings.h"

#include "appliance/base/error.h"

#define FUSE_HINT " is no fuse; write them as low=5E,high=D9,extended=F3"

static void test_at_first_nothing_is_known_but_the_default_wiring(void)
{
	struct station_settings settings;

	station_settings_init(&settings);

	g_assert_true(settings.programmer == &programmer_gpio);
	g_assert_null(settings.config.chip);
	g_assert_false(settings.config.guarded);
	g_assert_cmpuint(settings.config.pins.sck.offset, ==, 11);
	g_assert_cmpuint(settings.config.pins.reset[0].offset, ==, 25);
	g_assert_null(settings.part);
	g_assert_cmpuint(settings.sck_hz, ==, 0);
	g_assert_false(settings.board.known);
	g_assert_null(settings.trace_path);
	g_assert_null(settings.cancellable);
}

static unsigned sck(const char *text)
{
	g_autoptr(GError) error = NULL;
	unsigned hz = 1;

	g_assert_true(sck_parse(text, &hz, &error));
	g_assert_no_error(error);
	return hz;
}

static void test_sck(void)
{
	g_assert_cmpuint(sck("auto"), ==, 0);
	g_assert_cmpuint(sck("AUTO"), ==, 0);
	g_assert_cmpuint(sck("250k"), ==, 250000);
	g_assert_cmpuint(sck("1000"), ==, 1000);
	g_assert_cmpuint(sck("2.5MHz"), ==, 2500000);
}

static void assert_no_sck(const char *text, const char *message)
{
	g_autoptr(GError) error = NULL;
	unsigned hz = 7;

	g_assert_false(sck_parse(text, &hz, &error));
	g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE);
	g_assert_cmpstr(error->message, ==, message);
	g_assert_cmpuint(hz, ==, 7);
}

static void test_what_is_no_sck(void)
{
	assert_no_sck("fast", "SCK: \"fast\" is no rate; write it as 16M, 250k or 32768");
	assert_no_sck("", "SCK: \"\" is no rate; write it as 16M, 250k or 32768");
	assert_no_sck("999", "SCK of 999 Hz is too slow; the least is 1000 Hz");
	assert_no_sck("0", "SCK of 0 Hz is too slow; the least is 1000 Hz");
}

static struct avr_board_says board_clock(const char *text)
{
	g_autoptr(GError) error = NULL;
	struct avr_board_says board = { 0 };

	g_assert_true(board_clock_parse(text, &board, &error));
	g_assert_no_error(error);
	g_assert_true(board.known);
	return board;
}

static void test_board_clocks(void)
{
	g_assert_cmpint(board_clock("crystal:16M").kind, ==, CLOCK_CRYSTAL);
	g_assert_cmpuint(board_clock("crystal:16M").hz, ==, 16000000);
	g_assert_cmpint(board_clock("external:8M").kind, ==, CLOCK_EXTERNAL);
	g_assert_cmpuint(board_clock("external:8M").hz, ==, 8000000);
	g_assert_cmpint(board_clock("internal").kind, ==, CLOCK_INTERNAL);
	g_assert_cmpuint(board_clock("internal").hz, ==, 0);
}

static void assert_no_board_clock(const char *text, const char *message)
{
	struct avr_board_says board = { 0 };
	g_autoptr(GError) error = NULL;

	g_assert_false(board_clock_parse(text, &board, &error));
	g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE);
	g_assert_cmpstr(error->message, ==, message);
}

static void test_what_is_no_board_clock(void)
{
	assert_no_board_clock("16M", "\"16M\" is no board clock; write crystal:16M, "
				     "external:8M or internal");
	assert_no_board_clock("", "\"\" is no board clock; write crystal:16M, "
				  "external:8M or internal");
	assert_no_board_clock("internal:8M",
			      "\"internal:8M\" is no board clock; write crystal:16M, "
			      "external:8M or internal");
	assert_no_board_clock("crystal:", "\"\" is no rate; write it as 16M, 250k or "
					  "32768");
	assert_no_board_clock("external:x", "\"x\" is no rate; write it as 16M, 250k or "
					    "32768");
}

static uint8_t byte(const char *text)
{
	g_autoptr(GError) error = NULL;
	uint8_t value = 0;

	g_assert_true(byte_parse(text, "lock bits", &value, &error));
	g_assert_no_error(error);
	return value;
}

static void test_bytes_are_hexadecimal(void)
{
	g_assert_cmphex(byte("3F"), ==, 0x3F);
	g_assert_cmphex(byte("0x3f"), ==, 0x3F);
	g_assert_cmphex(byte("0X0F"), ==, 0x0F);
	g_assert_cmphex(byte("10"), ==, 0x10);
	g_assert_cmphex(byte("0"), ==, 0);
}

static void test_what_is_no_byte(void)
{
	static const char *const texts[] = { "",   "100", "0x",	 "-1",	  "+1",
					     "G0", " 3F", "3F ", "0x0x1", "0b1010" };

	for (unsigned i = 0; i < G_N_ELEMENTS(texts); i++) {
		g_autofree char *message = g_strdup_printf(
			"\"%s\" is no value for lock bits; expected two hexadecimal "
			"digits, as in D9",
			texts[i]);
		g_autoptr(GError) error = NULL;
		uint8_t value = 7;

		g_assert_false(byte_parse(texts[i], "lock bits", &value, &error));
		g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE);
		g_assert_cmpstr(error->message, ==, message);
		g_assert_cmphex(value, ==, 7);
	}
}

/* "62:--:--": low, high and extended fuse as parsed. Free with g_free. */
static char *fuses(const char *text)
{
	bool has_fuse[PART_MAX_FUSES] = { false };
	uint8_t values[PART_MAX_FUSES] = { 0 };
	g_autoptr(GString) parsed = g_string_new(NULL);
	g_autoptr(GError) error = NULL;

	g_assert_true(fuses_parse(text, has_fuse, values, &error));
	g_assert_no_error(error);
	for (unsigned i = 0; i < PART_MAX_FUSES; i++) {
		g_string_append(parsed, i ? ":" : "");
		if (has_fuse[i])
			g_string_append_printf(parsed, "%02X", values[i]);
		else
			g_string_append(parsed, "--");
	}
	return g_strdup(parsed->str);
}

static void assert_fuses(const char *text, const char *expected)
{
	g_autofree char *parsed = fuses(text);

	g_assert_cmpstr(parsed, ==, expected);
}

static void test_fuses_by_every_name_in_any_order(void)
{
	assert_fuses("low=5E,high=D9,extended=F3", "5E:D9:F3");
	assert_fuses("efuse=0xF3,lfuse=0x5e", "5E:--:F3");
	assert_fuses("hfuse=d9", "--:D9:--");
	assert_fuses("ext=F3", "--:--:F3");
	assert_fuses("LOW=62", "62:--:--");
	assert_fuses(" low = 62 , high = D9 ", "62:D9:--");
}

static void assert_no_fuses(const char *text, const char *message)
{
	bool has_fuse[PART_MAX_FUSES] = { false };
	uint8_t values[PART_MAX_FUSES] = { 0 };
	g_autoptr(GError) error = NULL;

	g_assert_false(fuses_parse(text, has_fuse, values, &error));
	g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE);
	g_assert_cmpstr(error->message, ==, message);
}

static void test_what_are_no_fuses(void)
{
	assert_no_fuses("", "\"\"" FUSE_HINT);
	assert_no_fuses("low=5E,", "\"\"" FUSE_HINT);
	assert_no_fuses("low", "\"low\"" FUSE_HINT);
	assert_no_fuses("lock=3F", "\"lock=3F\"" FUSE_HINT);
	assert_no_fuses("low=5E;high=D9",
			"\"5E;high=D9\" is no value for a fuse; expected "
			"two hexadecimal digits, as in D9");
	assert_no_fuses("low=", "\"\" is no value for a fuse; expected two hexadecimal "
				"digits, as in D9");
	assert_no_fuses("low=5E,lfuse=5E", "the low fuse is given twice");
	assert_no_fuses("ext=F3,efuse=F4", "the extended fuse is given twice");
}

static void test_a_port_belongs_to_its_programmer(void)
{
	struct station_settings settings;

	station_settings_init(&settings);
	station_settings_choose(&settings, &programmer_usbasp);
	settings.config.port = "usb:1-1.4";
	station_settings_choose(&settings, &programmer_usbasp);
	g_assert_cmpstr(settings.config.port, ==, "usb:1-1.4");
	station_settings_choose(&settings, &programmer_gpio);
	g_assert_null(settings.config.port);
	g_assert_true(settings.programmer == &programmer_gpio);
}

static const struct {
	const char *path;
	GTestFunc func;
} tests[] = {
	{ "a-port-belongs-to-its-programmer", test_a_port_belongs_to_its_programmer },
	{ "at-first-nothing-is-known-but-the-default-wiring",
	  test_at_first_nothing_is_known_but_the_default_wiring },
	{ "sck", test_sck },
	{ "what-is-no-sck", test_what_is_no_sck },
	{ "board-clocks", test_board_clocks },
	{ "what-is-no-board-clock", test_what_is_no_board_clock },
	{ "bytes-are-hexadecimal", test_bytes_are_hexadecimal },
	{ "what-is-no-byte", test_what_is_no_byte },
	{ "fuses-by-every-name-in-any-order", test_fuses_by_every_name_in_any_order },
	{ "what-are-no-fuses", test_what_are_no_fuses },
};

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (unsigned i = 0; i < G_N_ELEMENTS(tests); i++) {
		g_autofree char *path = g_strdup_printf("/settings/%s", tests[i].path);

		g_test_add_func(path, tests[i].func);
	}
	return g_test_run();
}
