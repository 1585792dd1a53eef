/* SPDX-License-Identifier: MIT */
#include "gpio/pins.h"

#include "appliance/base/error.h"

struct bad_text {
	const char *text;
	const char *message;
};

#define LINE_HELP \
	": expected a GPIO line from 0 to 53, with a ~ before it if it is active low"
#define TIME_HELP ": expected a time up to 10 s, such as 100ms or 20000us"
#define KEYS \
	"sck, mosi, miso, reset, enable, power, sense, enable_settle and power_settle"

static const struct bad_text bad_texts[] = {
	{ "reset=54", "reset=54" LINE_HELP },
	{ "reset=", "reset=" LINE_HELP },
	{ "reset=-1", "reset=-1" LINE_HELP },
	{ "reset=~", "reset=~" LINE_HELP },
	{ "sck=11x", "sck=11x" LINE_HELP },
	{ "power_settle=100", "power_settle=100" TIME_HELP },
	{ "power_settle=ms", "power_settle=ms" TIME_HELP },
	{ "enable_settle=11s", "enable_settle=11s" TIME_HELP },
	{ "enable_settle=1.5ms", "enable_settle=1.5ms" TIME_HELP },
	{ "rst=25", "\"rst\" is no pin; there are " KEYS },
	{ "reset", "\"reset\" is no pin: expected KEY=VALUE such as reset=25, with the "
		   "keys " KEYS },
	{ "reset=25,", "\"\" is no pin: expected KEY=VALUE such as reset=25, with the "
		       "keys " KEYS },
	{ "reset=8,reset=7", "reset is given twice; give it once" },
	{ "reset=11", "sck and reset are both line 11; give each a line of its own" },
	{ "power=6,enable=~6",
	  "enable and power are both line 6; give each a line of its own" },
};

static struct gpio_pins parse(const char *text)
{
	struct gpio_pins pins = GPIO_PINS_DEFAULT;
	g_autoptr(GError) error = NULL;

	gpio_pins_parse(text, &pins, &error);
	g_assert_no_error(error);
	return pins;
}

static void test_named_ones_change_and_others_stay(void)
{
	struct gpio_pins pins = parse("reset=~24, power=6,power_settle=20000us");

	g_assert_cmpuint(pins.reset[0].offset, ==, 24);
	g_assert_true(pins.reset[0].active_low);
	g_assert_true(pins.has_power);
	g_assert_cmpuint(pins.power.offset, ==, 6);
	g_assert_cmpuint(pins.power_settle_us, ==, 20000);
	g_assert_cmpuint(pins.sck.offset, ==, 11);
	g_assert_cmpuint(pins.mosi.offset, ==, 10);
	g_assert_cmpuint(pins.miso[0].offset, ==, 9);
	g_assert_cmpuint(pins.n_sites, ==, 1);
	g_assert_false(pins.has_enable);
	g_assert_false(pins.has_sense);
	g_assert_cmpuint(pins.enable_settle_us, ==, 1000);
}

static void test_lines_may_be_swapped(void)
{
	struct gpio_pins pins = parse("sck=10,mosi=11");

	g_assert_cmpuint(pins.sck.offset, ==, 10);
	g_assert_cmpuint(pins.mosi.offset, ==, 11);
}

static void test_bad_text_names_key_found_and_allowed(void)
{
	for (unsigned i = 0; i < G_N_ELEMENTS(bad_texts); i++) {
		struct gpio_pins pins = GPIO_PINS_DEFAULT;
		g_autoptr(GError) error = NULL;
		g_autofree char *after = NULL;

		g_assert_false(gpio_pins_parse(bad_texts[i].text, &pins, &error));
		g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE);
		g_assert_cmpstr(error->message, ==, bad_texts[i].message);
		after = gpio_pins_format(&pins);
		g_assert_cmpstr(after, ==, "sck=11,mosi=10,miso=9,reset=25");
	}
}

static void test_written_text_reads_back(void)
{
	static const char *const texts[] = {
		"sck=11,mosi=10,miso=9,reset=25",
		"sck=11,mosi=10,miso=~9,reset=25,sense=13,enable_settle=0s",
		"sck=2,mosi=3,miso=4,reset=~17,enable=~5,power=6,sense=13,"
		"enable_settle=1500us,power_settle=2s",
	};

	for (unsigned i = 0; i < G_N_ELEMENTS(texts); i++) {
		struct gpio_pins pins = parse(texts[i]);
		g_autofree char *written = gpio_pins_format(&pins);

		g_assert_cmpstr(written, ==, texts[i]);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/pins/named-ones-change-and-others-stay",
			test_named_ones_change_and_others_stay);
	g_test_add_func("/pins/lines-may-be-swapped", test_lines_may_be_swapped);
	g_test_add_func("/pins/bad-text-names-key-found-and-allowed",
			test_bad_text_names_key_found_and_allowed);
	g_test_add_func("/pins/written-text-reads-back", test_written_text_reads_back);
	return g_test_run();
}
