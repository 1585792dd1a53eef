/* SPDX-License-Identifier: MIT */
/* station.conf of the station's folder, in the place of what /etc says. */
#include "appliance/station/config.h"

#include <glib/gstdio.h>

#include "appliance/base/error.h"

#define LINE_HELP "a GPIO line from 0 to 53, with a ~ before it if it is active low"

/* What /etc has, and what is kept. */
static struct station_config *load_with(const char *base, const char *kept,
					GError **error)
{
	g_autofree char *folder = g_dir_make_tmp("sixpin-config-XXXXXX", NULL);
	g_autofree char *path = g_build_filename(folder, "base.conf", NULL);
	struct station_config *config;

	g_assert_true(g_file_set_contents(path, base, -1, NULL));
	config = station_config_load_with(path, "kept.conf", kept, error);
	g_unlink(path);
	g_rmdir(folder);
	return config;
}

static void test_kept_keys_take_the_place(void)
{
	g_autoptr(GError) error = NULL;
	const char *kept = "[station]\nname=two\n[pins]\nreset=24\n[panel]\nbusy=5\n"
			   "[autostart]\nenabled=yes\n";
	struct station_config *config = load_with(
		"[station]\nname=one\nchip=virtual:none\n[pins]\nreset=23\nmiso=8\n"
		"[panel]\nfail=none\n[storage]\nkeep-runs=7\n",
		kept, &error);

	g_assert_no_error(error);
	g_assert_cmpstr(config->name, ==, "two");
	g_assert_cmpstr(config->chip, ==, "virtual:none");
	g_assert_cmpuint(config->pins.reset[0].offset, ==, 24);
	g_assert_cmpuint(config->pins.miso[0].offset, ==, 8);
	g_assert_cmpuint(config->panel.busy.line.offset, ==, 5);
	g_assert_false(config->panel.fail.present);
	g_assert_true(config->autostart);
	g_assert_cmpuint(config->keep_runs, ==, 7);
	g_assert_cmpstr(config->kept, ==, kept);
	g_assert_null(config->kept_problem);
	station_config_free(config);
}

#define KEPT_GROUPS                                                                                  \
	"expected [station], [pins], [panel] or [autostart]; this group is for " STATION_CONFIG_PATH \
	" alone"
#define KEPT_CHIP                                                                     \
	"expected auto, a label, /dev/gpiochipN, a virtual board without state= and " \
	"outside=, or what " STATION_CONFIG_PATH " has; found "

static void test_what_is_wrong_with_what_is_kept(void)
{
	static const struct {
		const char *base, *kept, *message;
	} wrong[] = {
		{ "", "[storage]\nfolder=/x\n", "kept.conf:1: [storage]: " KEPT_GROUPS },
		{ "", "[pins]\nsck=5\n[access]\n",
		  "kept.conf:3: [access]: " KEPT_GROUPS },
		{ "", "[frob]\n", "kept.conf:1: [frob]: " KEPT_GROUPS },
		{ "", "[pins]\nfrob=1\n",
		  "kept.conf:2: frob: no key of [pins]; there is sck, mosi, miso, reset, "
		  "power, enable, sense, power-settle, enable-settle" },
		{ "", "[pins]\nsck=99\n",
		  "kept.conf:2: sck: expected " LINE_HELP ", found \"99\"" },
		{ "", "[station]\nchip=virtual:none,state=/x\n",
		  "kept.conf:2: chip: " KEPT_CHIP "\"virtual:none,state=/x\"" },
		{ "", "[station]\nchip=virtual:none,realtime,outside=x\n",
		  "kept.conf:2: chip: " KEPT_CHIP "\"virtual:none,realtime,outside=x\"" },
		{ "", "[station]\nchip=/dev/watchdog\n",
		  "kept.conf:2: chip: " KEPT_CHIP "\"/dev/watchdog\"" },
	};

	for (unsigned i = 0; i < G_N_ELEMENTS(wrong); i++) {
		g_autoptr(GError) error = NULL;

		g_assert_null(load_with(wrong[i].base, wrong[i].kept, &error));
		g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE);
		g_assert_cmpstr(error->message, ==, wrong[i].message);
	}
}

/* Each is right alone. */
static void test_what_is_wrong_in_this_place(void)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *blamed = NULL;

	g_assert_null(load_with("[pins]\nsck=5\n", "[pins]\n\nmosi=5\n", &error));
	g_assert_true(g_str_has_prefix(
		error->message, "kept.conf:3: mosi: expected a line that nothing else "
				"has, found 5, which is sck of [pins] in line 2 of /"));
	g_assert_true(g_str_has_suffix(error->message, "/base.conf"));
	g_clear_error(&error);
	g_assert_null(load_with("[pins]\nmosi=5\n", "[pins]\n\nsck=5\n", &error));
	g_assert_true(g_str_has_prefix(error->message, "kept.conf:3: sck: "));
	g_clear_error(&error);
	g_assert_null(load_with("", "[panel]\nbutton=25\n", &error));
	g_assert_cmpstr(error->message, ==,
			"kept.conf:2: button: expected a line that nothing else has, "
			"found 25, which is reset of [pins] by default");
	g_clear_error(&error);
	g_assert_null(load_with("[panel]\nbutton=none\nbusy=none\npass=none\n",
				"[panel]\nfail=none\n", &error));
	g_assert_cmpstr(error->message, ==,
			"kept.conf:1: [panel]: expected a line, or enabled=no, found "
			"none");
}

static void test_kept_chips(void)
{
	static const struct {
		const char *base, *kept;
	} right[] = {
		{ "", "[station]\nchip=virtual:ATmega328P,realtime\n" },
		{ "", "[station]\nchip=/dev/gpiochip4\n" },
		{ "", "[station]\nchip=pinctrl-bcm2711\n" },
		{ "", "[station]\nchip=auto\n" },
		{ "[station]\nchip=virtual:none,state=/x\n",
		  "[station]\nchip=virtual:none,state=/x\n" },
	};

	for (unsigned i = 0; i < G_N_ELEMENTS(right); i++) {
		g_autoptr(GError) error = NULL;

		station_config_free(load_with(right[i].base, right[i].kept, &error));
		g_assert_no_error(error);
	}
}

/* In the folder that the base names; what is wrong there does not hinder the base. */
static void test_what_the_folder_keeps(void)
{
	g_autofree char *folder = g_dir_make_tmp("sixpin-config-XXXXXX", NULL);
	g_autofree char *path = g_build_filename(folder, "base.conf", NULL);
	g_autofree char *kept = g_build_filename(folder, "station.conf", NULL);
	g_autofree char *base =
		g_strdup_printf("[station]\nname=one\n[storage]\nfolder=%s\n", folder);
	g_autofree char *problem = g_strdup_printf("%s:1: [x]: " KEPT_GROUPS, kept);
	struct station_config *config;

	g_assert_true(g_file_set_contents(path, base, -1, NULL));
	config = station_config_load(path, NULL);
	g_assert_null(config->kept);
	station_config_free(config);
	g_assert_true(g_file_set_contents(kept, "[station]\nname=two\n", -1, NULL));
	config = station_config_load(path, NULL);
	g_assert_cmpstr(config->name, ==, "two");
	g_assert_cmpstr(config->kept, ==, "[station]\nname=two\n");
	g_assert_cmpstr(config->path, ==, path);
	station_config_free(config);
	g_assert_true(g_file_set_contents(kept, "[x]\n", -1, NULL));
	config = station_config_load(path, NULL);
	g_assert_cmpstr(config->name, ==, "one");
	g_assert_cmpstr(config->kept, ==, "[x]\n");
	g_assert_cmpstr(config->kept_problem, ==, problem);
	station_config_free(config);
	g_unlink(path);
	g_unlink(kept);
	g_rmdir(folder);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
#define ADD(path, function) g_test_add_func("/config/kept/" path, function)
	ADD("kept-keys-take-the-place", test_kept_keys_take_the_place);
	ADD("what-is-wrong-with-what-is-kept", test_what_is_wrong_with_what_is_kept);
	ADD("what-is-wrong-in-this-place", test_what_is_wrong_in_this_place);
	ADD("kept-chips", test_kept_chips);
	ADD("what-the-folder-keeps", test_what_the_folder_keeps);
	return g_test_run();
}
