/* SPDX-License-Identifier: MIT */
/* Other settings while the station is up: taken into use, or the old ones again. */
#include "tests/unit/daemon/hub_scene.h"

#define NAME_TWO     "[station]\nname=two\n"
#define NO_CHIP	     "[station]\nname=two\nchip=virtual:frob\n"
#define NO_CHIP_SAID "virtual:frob: unknown part \"frob\"; \"sixpin parts\" lists all"

struct settings_scene {
	struct hub_scene hub; /* first */
	char *path;	      /* what /etc has */
	char *kept;	      /* the path of what is kept */
	char *aside;
	unsigned n_asked; /* to be renewed */
};

static void on_renew(void *user)
{
	((struct settings_scene *)user)->n_asked++;
}

static void begin(struct settings_scene *scene)
{
	g_autoptr(GError) error = NULL;
	struct station_config *config = station_config_load(scene->path, &error);

	g_assert_no_error(error);
	scene->hub.hub = hub_begin(config, &error);
	g_assert_no_error(error);
	scene->hub.board = gpiochip_virtual_board(scene->hub.hub->chip);
	scene->hub.hub->renew = on_renew;
	scene->hub.hub->renew_user = scene;
}

static void end(struct settings_scene *scene)
{
	hub_scene_close(&scene->hub);
	scene->hub.left = false;
}

static void set_up(struct settings_scene *scene, gconstpointer unused)
{
	g_autofree char *text = NULL;

	memset(scene, 0, sizeof(*scene));
	hub_scene_set_up(&scene->hub, unused);
	end(scene);
	scene->path = g_build_filename(scene->hub.folder, "etc.conf", NULL);
	scene->kept = g_build_filename(scene->hub.folder, "station.conf", NULL);
	scene->aside = g_strconcat(scene->kept, ".new", NULL);
	text = g_strdup_printf("[station]\nname=one\nchip=virtual:ATmega328P\n[storage]\n"
			       "folder=%s\nmin-free=0\n",
			       scene->hub.folder);
	g_assert_true(g_file_set_contents(scene->path, text, -1, NULL));
	begin(scene);
}

static void tear_down(struct settings_scene *scene, gconstpointer unused)
{
	g_free(scene->path);
	g_free(scene->kept);
	g_free(scene->aside);
	hub_scene_tear_down(&scene->hub, unused);
}

static void give(struct settings_scene *scene, const char *text)
{
	struct hub *hub = scene->hub.hub;
	g_autoptr(GError) error = NULL;
	struct station_config *config = hub_check_text(hub, text, &error);
	unsigned n_asked = scene->n_asked;

	g_assert_no_error(error);
	hub_set_config(hub, config, &error);
	g_assert_no_error(error);
	g_assert_cmpuint(scene->n_asked, ==, n_asked + 1);
}

/* As main.c does it. */
static void renew(struct settings_scene *scene)
{
	g_autoptr(GError) error = NULL;

	hub_leave(scene->hub.hub, hub_scene_on_left, &scene->hub);
	hub_scene_wait(&scene->hub.left);
	scene->hub.left = false;
	scene->hub.hub = hub_renew(scene->hub.hub, &error);
	g_assert_no_error(error);
	scene->hub.board = gpiochip_virtual_board(scene->hub.hub->chip);
}

static void assert_kept(const struct settings_scene *scene, const char *expected)
{
	g_autofree char *text = NULL;

	g_file_get_contents(scene->kept, &text, NULL, NULL);
	g_assert_cmpstr(text, ==, expected);
	g_assert_cmpstr(scene->hub.hub->config->kept, ==, expected);
	g_assert_false(g_file_test(scene->aside, G_FILE_TEST_EXISTS));
}

static void test_taken_into_use(struct settings_scene *scene, gconstpointer unused)
{
	(void)unused;
	give(scene, NAME_TWO);
	g_assert_cmpstr(scene->hub.hub->config->name, ==, "one");
	g_assert_false(g_file_test(scene->kept, G_FILE_TEST_EXISTS));
	renew(scene);
	g_assert_cmpstr(scene->hub.hub->config->name, ==, "two");
	g_assert_null(scene->hub.hub->notice);
	assert_kept(scene, NAME_TWO);
	end(scene);
	begin(scene);
	g_assert_cmpstr(scene->hub.hub->config->name, ==, "two");
	assert_kept(scene, NAME_TWO);
}

/* What it knows of jobs it knows afterwards, and can be asked again. */
static void test_the_station_works_on(struct settings_scene *scene, gconstpointer unused)
{
	(void)unused;
	hub_scene_add_job(&scene->hub, "blink");
	hub_scene_run(&scene->hub, "job select blink");
	give(scene, NAME_TWO);
	renew(scene);
	g_assert_cmpstr(scene->hub.hub->selected_job, ==, "blink");
	hub_scene_run(&scene->hub, "run");
	g_assert_no_error(scene->hub.error);
	give(scene, "");
	renew(scene);
	g_assert_cmpstr(scene->hub.hub->config->name, ==, "one");
	assert_kept(scene, NULL);
}

static void test_an_empty_text_takes_it_away(struct settings_scene *scene,
					     gconstpointer unused)
{
	(void)unused;
	give(scene, "");
	renew(scene);
	assert_kept(scene, NULL);
	g_assert_null(scene->hub.hub->notice);
}

static void test_a_chip_that_is_not_there(struct settings_scene *scene,
					  gconstpointer unused)
{
	(void)unused;
	give(scene, NAME_TWO);
	renew(scene);
	give(scene, NO_CHIP);
	renew(scene);
	g_assert_cmpstr(scene->hub.hub->config->name, ==, "two");
	g_assert_cmpstr(scene->hub.hub->config->chip, ==, "virtual:ATmega328P");
	g_assert_cmpstr(scene->hub.hub->notice, ==,
			"the new settings are not in use: " NO_CHIP_SAID
			"; those of before are");
	assert_kept(scene, NAME_TWO);
	give(scene, "[station]\nname=three\n");
	renew(scene);
	g_assert_null(scene->hub.hub->notice);
	assert_kept(scene, "[station]\nname=three\n");
}

/* It was there when the settings were given. The file stays: it may be there again. */
static void test_a_chip_that_is_gone(struct settings_scene *scene, gconstpointer unused)
{
	g_autofree char *expected = g_strdup_printf(
		"the station's own settings (%s) are not in use: " NO_CHIP_SAID,
		scene->kept);

	(void)unused;
	end(scene);
	g_assert_true(g_file_set_contents(scene->kept, NO_CHIP, -1, NULL));
	begin(scene);
	g_assert_cmpstr(scene->hub.hub->config->name, ==, "one");
	g_assert_cmpstr(scene->hub.hub->notice, ==, expected);
	assert_kept(scene, NO_CHIP);
	give(scene, NAME_TWO);
	renew(scene);
	g_assert_null(scene->hub.hub->notice);
	assert_kept(scene, NAME_TWO);
}

static void test_a_file_that_is_wrong(struct settings_scene *scene, gconstpointer unused)
{
	g_autofree char *expected = g_strdup_printf(
		"the station's own settings are not in use: %s:2: sck: expected a GPIO line from 0 to 53, with a "
		"~ before it if it is active low, found \"x\"",
		scene->kept);

	(void)unused;
	end(scene);
	g_assert_true(g_file_set_contents(scene->kept, "[pins]\nsck=x\n", -1, NULL));
	begin(scene);
	g_assert_cmpstr(scene->hub.hub->notice, ==, expected);
	assert_kept(scene, "[pins]\nsck=x\n");
}

/* Whatever they have done to it, they are not tried again. */
static void test_a_daemon_that_ends_before_it_tries(struct settings_scene *scene,
						    gconstpointer unused)
{
	(void)unused;
	give(scene, NAME_TWO);
	end(scene);
	begin(scene);
	g_assert_cmpstr(scene->hub.hub->config->name, ==, "one");
	g_assert_cmpstr(scene->hub.hub->notice, ==,
			"the settings that were given last are not in use: the daemon "
			"ended before it could try them; give them again");
	assert_kept(scene, NULL);
}

static void test_while_it_is_at_work(struct settings_scene *scene, gconstpointer unused)
{
	g_autoptr(GError) error = NULL;

	(void)unused;
	hub_scene_occupy(&scene->hub, COMMAND_AT_BUS);
	g_assert_null(hub_check_text(scene->hub.hub, NAME_TWO, &error));
	g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_BUSY);
	hub_scene_open_gate(&scene->hub);
	while (scene->hub.n_done == 0)
		g_main_context_iteration(NULL, TRUE);
	assert_kept(scene, NULL);
}

/* One at a time; what comes in between is told so. */
static void test_twice_at_once(struct settings_scene *scene, gconstpointer unused)
{
	struct hub *hub = scene->hub.hub;
	g_autoptr(GError) error = NULL;

	(void)unused;
	hub_scene_occupy(&scene->hub, COMMAND_DESK);
	give(scene, NAME_TWO);
	hub_leave(hub, hub_scene_on_left, &scene->hub);
	g_assert_false(hub_set_config(hub, hub_check_text(hub, "", NULL), &error));
	g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_BUSY);
	g_assert_cmpstr(error->message, ==,
			"the station is just taking other settings into use: try again "
			"in a moment");
	hub_scene_open_gate(&scene->hub);
	renew(scene);
	assert_kept(scene, NAME_TWO);
}

/* What was said later counts. */
static void test_autostart(struct settings_scene *scene, gconstpointer unused)
{
	(void)unused;
	g_assert_true(hub_set_autostart(scene->hub.hub, false, NULL));
	give(scene, "[autostart]\nenabled=yes\n");
	renew(scene);
	g_assert_true(scene->hub.hub->autostart);
	g_assert_true(hub_set_autostart(scene->hub.hub, false, NULL));
	give(scene, "[autostart]\nenabled=yes\n[pins]\nreset=24\n");
	renew(scene);
	g_assert_false(scene->hub.hub->autostart);
}

static void test_another_folder(struct settings_scene *scene, gconstpointer unused)
{
	g_autofree char *expected =
		g_strdup_printf("%s names another folder by now: expected %s, found "
				"/elsewhere; restart sixpind first",
				scene->path, scene->hub.folder);
	g_autoptr(GError) error = NULL;

	(void)unused;
	g_assert_true(g_file_set_contents(scene->path,
					  "[station]\nchip=virtual:none\n[storage]\n"
					  "folder=/elsewhere\n",
					  -1, NULL));
	g_assert_null(hub_check_text(scene->hub.hub, "", &error));
	g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE);
	g_assert_cmpstr(error->message, ==, expected);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *path;
		void (*func)(struct settings_scene *scene, gconstpointer unused);
	} tests[] = {
		{ "taken-into-use", test_taken_into_use },
		{ "the-station-works-on", test_the_station_works_on },
		{ "an-empty-text-takes-it-away", test_an_empty_text_takes_it_away },
		{ "a-chip-that-is-not-there", test_a_chip_that_is_not_there },
		{ "a-chip-that-is-gone", test_a_chip_that_is_gone },
		{ "a-file-that-is-wrong", test_a_file_that_is_wrong },
		{ "a-daemon-that-ends-before-it-tries",
		  test_a_daemon_that_ends_before_it_tries },
		{ "while-it-is-at-work", test_while_it_is_at_work },
		{ "twice-at-once", test_twice_at_once },
		{ "autostart", test_autostart },
		{ "another-folder", test_another_folder },
	};

	g_test_init(&argc, &argv, NULL);
	for (unsigned i = 0; i < G_N_ELEMENTS(tests); i++) {
		g_autofree char *path =
			g_strconcat("/hub-settings/", tests[i].path, NULL);

		g_test_add(path, struct settings_scene, NULL, set_up, tests[i].func,
			   tear_down);
	}
	return g_test_run();
}
