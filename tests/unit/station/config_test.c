/* SPDX-License-Identifier: MIT */
/* station.conf: defaults, every key, every error; its page and its example. */
#include "appliance/station/config.h"

#include <glib/gstdio.h>
#include <string.h>

#include "appliance/base/error.h"

#define PAGE	"docs/station-conf.md"
#define EXAMPLE "rootfs/etc/sixpin/station.conf"

#define LINE_HELP "a GPIO line from 0 to 53, with a ~ before it if it is active low"

static struct station_config *parse(const char *text)
{
	g_autoptr(GError) error = NULL;
	struct station_config *config =
		station_config_parse("x.conf", text, strlen(text), &error);

	g_assert_no_error(error);
	g_assert_nonnull(config);
	return config;
}

static void assert_wrong(const char *text, const char *message)
{
	g_autoptr(GError) error = NULL;

	g_assert_null(station_config_parse("x.conf", text, strlen(text), &error));
	g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE);
	g_assert_cmpstr(error->message, ==, message);
}

static void assert_line(struct panel_line line, unsigned offset, bool active_low)
{
	g_assert_true(line.present);
	g_assert_cmpuint(line.line.offset, ==, offset);
	g_assert_true(line.line.active_low == active_low);
}

static void test_defaults(void)
{
	struct station_config *config = parse("");
	g_autofree char *pins = gpio_pins_format(&config->pins);

	g_assert_cmpstr(config->path, ==, "x.conf");
	g_assert_cmpstr(config->name, ==, g_get_host_name());
	g_assert_true(config->programmer == &programmer_gpio);
	g_assert_null(config->chip);
	g_assert_cmpstr(pins, ==, "sck=11,mosi=10,miso=9,reset=25");
	g_assert_cmpuint(config->pins.n_sites, ==, 1);
	g_assert_true(config->has_panel);
	assert_line(config->panel.button, 17, true);
	assert_line(config->panel.busy, 27, false);
	assert_line(config->panel.pass, 22, false);
	assert_line(config->panel.fail, 23, false);
	g_assert_false(config->panel.second_button.present);
	g_assert_false(config->panel.buzzer.present);
	g_assert_cmpint(config->panel.input, ==, PANEL_INPUT_AUTO);
	g_assert_cmpuint(config->panel.pass_pulse_ms, ==, 0);
	g_assert_cmpuint(config->panel.fail_pulse_ms, ==, 0);
	g_assert_cmpuint(config->panel.pass_shown_s, ==, 60);
	g_assert_cmpuint(config->panel.buzzer_pass_ms, ==, 100);
	g_assert_cmpuint(config->panel.buzzer_fail_ms, ==, 400);
	g_assert_cmpstr(config->folder, ==, "/var/lib/sixpin");
	g_assert_cmpuint(config->keep_runs, ==, 100000);
	g_assert_cmpuint(config->keep_days, ==, 0);
	g_assert_cmpuint(config->min_free_bytes, ==, 16 * 1024 * 1024);
	g_assert_false(config->autostart);
	g_assert_cmpuint(config->autostart_settle_us, ==, 500000);
	g_assert_cmpuint(config->session_idle_s, ==, 12 * 3600);
	g_assert_cmpuint(config->session_length_s, ==, 30 * 24 * 3600);
	g_assert_cmpstr(config->web_user, ==, "sixpin-web");
	station_config_free(config);
}

#define ALL                                                                                            \
	"[station]\nname=\\sbench \\\\1\nprogrammer=gpio\nchip=virtual:ATmega328P\nport=usb:1-1.4\n\n" \
	"[pins]\nsck=~1\nmosi=2\nmiso=~3\nreset=~4\npower=~5\nenable=6\nsense=~7\n"                    \
	"power-settle=1500ms\nenable-settle=30us\n\n"                                                  \
	"[panel]\nenabled=yes\nbutton=8\nsecond-button=~9\nbusy=~10\npass=~11\n"                       \
	"fail=~12\nbuzzer=13\ninput=polling\npass-pulse=200ms\nfail-pulse=1s\n"                        \
	"pass-shown=3600s\nbuzzer-pass=0s\nbuzzer-fail=10s\n\n"                                        \
	"[storage]\nfolder=/data/six pin\nkeep-runs=5\nkeep-days=30\nmin-free=1025\n\n"                \
	"[autostart]\nenabled=yes\nsettle=10ms\n\n"                                                    \
	"[access]\nsession-idle=90min\nsession-length=365d\nweb-user=www-data\n"

static void test_every_key(void)
{
	struct station_config *config = parse(ALL);
	g_autofree char *pins = gpio_pins_format(&config->pins);

	g_assert_cmpstr(config->name, ==, " bench \\1");
	g_assert_cmpstr(config->chip, ==, "virtual:ATmega328P");
	g_assert_cmpstr(config->port, ==, "usb:1-1.4");
	g_assert_cmpstr(pins, ==,
			"sck=~1,mosi=2,miso=~3,reset=~4,enable=6,power=~5,sense=~7,"
			"enable_settle=30us,power_settle=1500ms");
	assert_line(config->panel.button, 8, false);
	assert_line(config->panel.second_button, 9, true);
	assert_line(config->panel.busy, 10, true);
	assert_line(config->panel.pass, 11, true);
	assert_line(config->panel.fail, 12, true);
	assert_line(config->panel.buzzer, 13, false);
	g_assert_cmpint(config->panel.input, ==, PANEL_INPUT_POLLING);
	g_assert_cmpuint(config->panel.pass_pulse_ms, ==, 200);
	g_assert_cmpuint(config->panel.fail_pulse_ms, ==, 1000);
	g_assert_cmpuint(config->panel.pass_shown_s, ==, 3600);
	g_assert_cmpuint(config->panel.buzzer_pass_ms, ==, 0);
	g_assert_cmpuint(config->panel.buzzer_fail_ms, ==, 10000);
	g_assert_cmpstr(config->folder, ==, "/data/six pin");
	g_assert_cmpuint(config->keep_runs, ==, 5);
	g_assert_cmpuint(config->keep_days, ==, 30);
	g_assert_cmpuint(config->min_free_bytes, ==, 1025);
	g_assert_true(config->autostart);
	g_assert_cmpuint(config->autostart_settle_us, ==, 10000);
	g_assert_cmpuint(config->session_idle_s, ==, 5400);
	g_assert_cmpuint(config->session_length_s, ==, 365 * 24 * 3600);
	g_assert_cmpstr(config->web_user, ==, "www-data");
	station_config_free(config);
}

static char *describe(const char *text)
{
	struct station_config *config = parse(text);
	char *description = station_config_describe(config);

	station_config_free(config);
	return description;
}

/* ALL names every key, in the order and the words of a description. */
static void test_described_as_it_is_written(void)
{
	g_autofree char *description = describe(ALL);

	g_assert_cmpstr(description, ==, ALL);
}

static void assert_comes_back(const char *text)
{
	g_autofree char *description = describe(text);
	g_autofree char *again = describe(description);

	g_assert_cmpstr(description, ==, again);
}

static void test_descriptions_come_back(void)
{
	assert_comes_back("");
	assert_comes_back(ALL);
	assert_comes_back("[station]\nname=a\\\\s \\s\n[panel]\nenabled=no\nbutton=11\n"
			  "input=edges\n[pins]\npower=none\n");
	assert_comes_back("[storage]\nmin-free=0\nfolder=/a\\\\b\\s\n");
}

static void test_what_is_left_out(void)
{
	struct station_config *config =
		parse("[panel]\nbutton=none\nbusy=none\npass=none\n[pins]\npower=none\n"
		      "reset=17\n[station]\nchip=auto\n");

	g_assert_false(config->panel.button.present);
	g_assert_false(config->panel.busy.present);
	g_assert_false(config->panel.pass.present);
	g_assert_true(config->panel.fail.present);
	g_assert_false(config->pins.has_power);
	g_assert_null(config->chip);
	station_config_free(config);
}

/* Its lines are free for others then. */
static void test_panel_that_is_not_enabled(void)
{
	struct station_config *config =
		parse("[panel]\nenabled=no\nbuzzer=11\n[pins]\nreset=17\n");

	g_assert_false(config->has_panel);
	g_assert_cmpuint(config->pins.reset[0].offset, ==, 17);
	station_config_free(config);
}

static const struct {
	const char *text;
	const char *message;
} wrongs[] = {
	{ "[pinz]\n", "x.conf:1: [pinz]: no such group; nearest: pins" },
	{ "[x]\n", "x.conf:1: [x]: no such group; there is [station], [pins], [panel], "
		   "[storage], [autostart], [access]" },
	{ "[panel]\nbuton=1\n", "x.conf:2: buton: no key of [panel]; nearest: button" },
	{ "[station]\nsck=1\n", "x.conf:2: sck: no key of [station]; it belongs to "
				"[pins]" },
	{ "[pins]\nsck=1\nsck=2\n",
	  "x.conf:3: sck is given twice, first in line 2; give it once" },
	{ "[station]\nname=\n",
	  "x.conf:2: name: expected a name of up to 64 letters, found \"\"" },
	{ "[station]\nname=a\\nb\n",
	  "x.conf:2: name: expected a name of up to 64 letters, found \"a\\nb\"" },
	{ "[station]\nprogrammer=frob\n",
	  "x.conf:2: programmer: no programmer is called \"frob\"; this Sixpin drives: "
	  "gpio, usbasp, usbtiny" },
	{ "[station]\nchip=\n",
	  "x.conf:2: chip: expected auto, a label as in pinctrl-bcm2711, a path as in "
	  "/dev/gpiochip0 or virtual:PART, found \"\"" },
	{ "[station]\nport=1-1.4\n",
	  "x.conf:2: port: expected auto, usb:BUS-PORT as in usb:1-1.4 or "
	  "usb:serial=NUMBER, found \"1-1.4\"" },
	{ "[pins]\nsck=54\n", "x.conf:2: sck: expected " LINE_HELP ", found \"54\"" },
	{ "[pins]\nsck=none\n", "x.conf:2: sck: expected " LINE_HELP ", found \"none\"" },
	{ "[pins]\npower=GPIO5\n",
	  "x.conf:2: power: expected none or " LINE_HELP ", found \"GPIO5\"" },
	{ "[panel]\nbutton=\n",
	  "x.conf:2: button: expected none or " LINE_HELP ", found \"\"" },
	{ "[pins]\npower-settle=100\n",
	  "x.conf:2: power-settle: expected a time from 0s to 10s, as in 250us, 20ms or "
	  "5s, found \"100\"" },
	{ "[pins]\nenable-settle=11s\n",
	  "x.conf:2: enable-settle: expected a time from 0s to 10s, as in 250us, 20ms or "
	  "5s, found \"11s\"" },
	{ "[panel]\nenabled=maybe\n",
	  "x.conf:2: enabled: expected yes or no, found \"maybe\"" },
	{ "[panel]\ninput=irq\n",
	  "x.conf:2: input: expected auto, edges or polling, found \"irq\"" },
	{ "[panel]\npass-pulse=1500us\n",
	  "x.conf:2: pass-pulse: expected a multiple of 1ms, found \"1500us\"" },
	{ "[panel]\npass-shown=1500ms\n",
	  "x.conf:2: pass-shown: expected a multiple of 1s, found \"1500ms\"" },
	{ "[panel]\npass-shown=0s\n",
	  "x.conf:2: pass-shown: expected a time from 1s to 3600s, as in 250us, 20ms or "
	  "5s, found \"0s\"" },
	{ "[panel]\nbutton=none\nbusy=none\npass=none\nfail=none\n",
	  "x.conf:1: [panel]: expected a line, or enabled=no, found none" },
	{ "[storage]\nfolder=sixpin\n",
	  "x.conf:2: folder: expected an absolute path as in /var/lib/sixpin, found "
	  "\"sixpin\"" },
	{ "[storage]\nkeep-runs=-1\n",
	  "x.conf:2: keep-runs: expected a number from 0 to 1000000000, found \"-1\"" },
	{ "[storage]\nkeep-days=36501\n",
	  "x.conf:2: keep-days: expected a number from 0 to 36500, found \"36501\"" },
	{ "[storage]\nmin-free=16MB\n",
	  "x.conf:2: min-free: expected a number of bytes from 0 to 1024G, as in 512K or "
	  "16M, found \"16MB\"" },
	{ "[storage]\nmin-free=1025G\n",
	  "x.conf:2: min-free: expected a number of bytes from 0 to 1024G, as in 512K or "
	  "16M, found \"1025G\"" },
	{ "[autostart]\nsettle=9ms\n",
	  "x.conf:2: settle: expected a time from 10ms to 60s, as in 250us, 20ms or 5s, "
	  "found \"9ms\"" },
	{ "[access]\nsession-idle=59s\n",
	  "x.conf:2: session-idle: expected a time from 1min to 30d, as in 90s, 30min, "
	  "12h or 30d, found \"59s\"" },
	{ "[access]\nsession-length=1m\n",
	  "x.conf:2: session-length: expected a time from 1min to 365d, as in 90s, "
	  "30min, 12h or 30d, found \"1m\"" },
	{ "[access]\nweb-user=0\n",
	  "x.conf:2: web-user: expected the name of a user of this system, found "
	  "\"0\"" },
	{ "[autostart]\n\nenabled=\n",
	  "x.conf:3: enabled: expected yes or no, found \"\"" },
};

static void test_what_is_wrong(void)
{
	for (unsigned i = 0; i < G_N_ELEMENTS(wrongs); i++)
		assert_wrong(wrongs[i].text, wrongs[i].message);
}

static void test_name_too_long(void)
{
	g_autofree char *name = g_strnfill(65, 'x');
	g_autofree char *text = g_strdup_printf("[station]\nname=%s\n", name);
	g_autofree char *message = g_strdup_printf(
		"x.conf:2: name: expected a name of up to 64 letters, found \"%s\"",
		name);

	assert_wrong(text, message);
}

#define OWN_LINE "expected a line that nothing else has, found "

static void test_line_used_twice(void)
{
	assert_wrong("[pins]\nsck=5\nmosi=~5\n",
		     "x.conf:3: mosi: " OWN_LINE "5, which is sck of [pins] in line 2");
	assert_wrong("[panel]\nbuzzer=5\n[pins]\nsck=5\n",
		     "x.conf:4: sck: " OWN_LINE
		     "5, which is buzzer of [panel] in line 2");
	assert_wrong("[pins]\n# the motor\npower=17\n",
		     "x.conf:3: power: " OWN_LINE
		     "17, which is button of [panel] by default");
	assert_wrong("[panel]\nsecond-button=25\n",
		     "x.conf:2: second-button: " OWN_LINE
		     "25, which is reset of [pins] by default");
	assert_wrong("[panel]\nfail=22\npass=23\nbusy=23\n",
		     "x.conf:4: busy: " OWN_LINE "23, which is pass of [panel] in line "
		     "3");
}

static void assert_not_loaded(const char *path, int code, const char *text)
{
	g_autofree char *message = g_strconcat(path, text, NULL);
	g_autoptr(GError) error = NULL;

	g_assert_null(station_config_load(path, &error));
	g_assert_error(error, SIXPIN_ERROR, code);
	g_assert_cmpstr(error->message, ==, message);
}

static void test_load(void)
{
	g_autofree char *folder = g_dir_make_tmp("sixpin-config-XXXXXX", NULL);
	g_autofree char *path = g_build_filename(folder, "station.conf", NULL);
	g_autoptr(GError) error = NULL;
	struct station_config *config;

	assert_not_loaded(path, SIXPIN_ERROR_IO,
			  ": cannot be opened: No such file or directory");
	g_assert_true(g_file_set_contents(path, "\n[pins]\nx=1\n", -1, NULL));
	assert_not_loaded(path, SIXPIN_ERROR_USAGE,
			  ":3: x: no key of [pins]; there is sck, mosi, miso, reset, "
			  "power, enable, sense, power-settle, enable-settle");
	g_assert_true(g_file_set_contents(path, "[pins]\nsck=1\n", -1, NULL));
	config = station_config_load(path, &error);
	g_assert_no_error(error);
	g_assert_cmpuint(config->pins.sck.offset, ==, 1);
	g_assert_cmpstr(config->path, ==, path);
	station_config_free(config);
	g_unlink(path);
	g_rmdir(folder);
}

static void test_no_file_at_all(void)
{
	g_autoptr(GError) error = NULL;
	struct station_config *config;

	if (g_file_test(STATION_CONFIG_PATH, G_FILE_TEST_EXISTS)) {
		g_test_skip("this machine has a " STATION_CONFIG_PATH);
		return;
	}
	config = station_config_load(NULL, &error);
	g_assert_no_error(error);
	g_assert_null(config->path);
	g_assert_cmpuint(config->pins.sck.offset, ==, 11);
	station_config_free(config);
}

static char *read_file(const char *path)
{
	char *text = NULL;

	if (!g_file_get_contents(path, &text, NULL, NULL))
		g_error("%s: run this from the top folder", path);
	return text;
}

/* "| `key` | `default` |..." of the page is "key=default" of a description. */
static void append_row(GString *conf, const char *row)
{
	g_auto(GStrv) cells = g_strsplit(row, "|", 4);
	g_autofree char *quoted = g_strdup(g_strstrip(cells[2]));
	const char *value = g_strdelimit(cells[2], "`", ' ');

	if (quoted[0] != '`')
		value = g_get_host_name();
	g_string_append_printf(conf, "%s=%s\n",
			       g_strstrip(g_strdelimit(cells[1], "`", ' ')),
			       g_strstrip((char *)value));
}

/* The page's groups, keys and defaults as a description has them. */
static char *defaults_of_page(void)
{
	g_autofree char *page = read_file(PAGE);
	g_auto(GStrv) lines = g_strsplit(page, "\n", -1);
	GString *conf = g_string_new(NULL);

	for (unsigned i = 0; lines[i]; i++)
		if (g_str_has_prefix(lines[i], "## ["))
			g_string_append_printf(conf, "%s%s\n", conf->len ? "\n" : "",
					       lines[i] + 3);
		else if (g_str_has_prefix(lines[i], "| `"))
			append_row(conf, lines[i]);
	return g_string_free(conf, FALSE);
}

static void test_the_page_has_every_key_and_its_default(void)
{
	g_autofree char *page = defaults_of_page();
	g_autofree char *defaults = describe("");

	g_assert_cmpstr(page, ==, defaults);
}

/* The example without the # before what is a setting or a group. */
static char *example_taken_in(void)
{
	g_autofree char *example = read_file(EXAMPLE);
	g_auto(GStrv) lines = g_strsplit(example, "\n", -1);
	GString *conf = g_string_new(NULL);

	for (unsigned i = 0; lines[i]; i++) {
		bool is_setting = lines[i][0] == '#' && lines[i][1] > ' ';

		g_string_append_printf(conf, "%s\n", lines[i] + is_setting);
	}
	return g_string_free(conf, FALSE);
}

static void test_the_example_has_every_key_and_its_default(void)
{
	g_autofree char *example = example_taken_in();
	g_autofree char *taken = describe(example);
	g_autofree char *as_shipped = read_file(EXAMPLE);
	g_autofree char *shipped = describe(as_shipped);
	g_autofree char *defaults = describe("");
	g_autofree char *named = describe("[station]\nname=bench 1\n");
	g_auto(GStrv) settings = g_strsplit(defaults, "\n", -1);

	g_assert_cmpstr(shipped, ==, defaults);
	g_assert_cmpstr(taken, ==, named);
	for (unsigned i = 0; settings[i]; i++)
		if (!g_str_has_prefix(settings[i], "name="))
			g_assert_nonnull(strstr(example, settings[i]));
}

static const struct {
	const char *path;
	GTestFunc func;
} tests[] = {
	{ "defaults", test_defaults },
	{ "every-key", test_every_key },
	{ "described-as-it-is-written", test_described_as_it_is_written },
	{ "descriptions-come-back", test_descriptions_come_back },
	{ "what-is-left-out", test_what_is_left_out },
	{ "panel-that-is-not-enabled", test_panel_that_is_not_enabled },
	{ "what-is-wrong", test_what_is_wrong },
	{ "name-too-long", test_name_too_long },
	{ "line-used-twice", test_line_used_twice },
	{ "load", test_load },
	{ "no-file-at-all", test_no_file_at_all },
	{ "the-page-has-every-key-and-its-default",
	  test_the_page_has_every_key_and_its_default },
	{ "the-example-has-every-key-and-its-default",
	  test_the_example_has_every_key_and_its_default },
};

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (unsigned i = 0; i < G_N_ELEMENTS(tests); i++) {
		g_autofree char *path = g_strdup_printf("/config/%s", tests[i].path);

		g_test_add_func(path, tests[i].func);
	}
	return g_test_run();
}
