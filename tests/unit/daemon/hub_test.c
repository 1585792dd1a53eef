/* SPDX-License-Identifier: MIT */
/* Who is at the bus, who is refused, and what the panel shows of it. */
#include "tests/unit/daemon/hub_scene.h"

static const char *panel_shows(const struct hub_scene *scene)
{
	return panel_state_name(panel_get_state(scene->hub->panel));
}

static void assert_refused(struct hub_scene *scene, const char *message)
{
	struct work *work = hub_scene_work(scene, "probe");
	g_autoptr(GError) error = NULL;

	g_assert_false(hub_submit(scene->hub, work, &error));
	g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_BUSY);
	g_assert_cmpstr(error->message, ==, message);
}

/* As its row would tell. */
static void begin_run(struct hub_scene *scene, uint64_t run)
{
	hub_run_started(scene->hub, scene->hub->at_bus, run,
			g_variant_new_array(G_VARIANT_TYPE("{sv}"), NULL, 0));
}

static void test_busy(struct hub_scene *scene, gconstpointer unused)
{
	(void)unused;
	g_assert_cmpstr(hub_state_name(scene->hub), ==, "idle");
	hub_scene_occupy(scene, COMMAND_AT_BUS);
	g_assert_cmpstr(hub_state_name(scene->hub), ==, "running");
	assert_refused(
		scene,
		"the station is at work for user 1 (tester) (call); wait, or stop it "
		"with \"sixpin cancel\"");
	begin_run(scene, 7);
	assert_refused(scene, "the station is at work: run 7 (call by user 1 (tester)); "
			      "wait, or stop it with \"sixpin cancel\"");
	hub_scene_open_gate(scene);
}

static void test_desk_goes_on_beside_the_bus(struct hub_scene *scene,
					     gconstpointer unused)
{
	(void)unused;
	hub_scene_occupy(scene, COMMAND_AT_BUS);
	hub_scene_run(scene, "status");
	g_assert_no_error(scene->error);
	g_assert_nonnull(scene->hub->at_bus);
	hub_scene_open_gate(scene);
}

static void test_cancel(struct hub_scene *scene, gconstpointer unused)
{
	g_autoptr(GError) error = NULL;
	struct work *work;

	(void)unused;
	g_assert_false(hub_cancel(scene->hub, &error));
	g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE);
	g_assert_cmpstr(error->message, ==, "nothing to cancel: the station is idle");
	work = hub_scene_occupy(scene, COMMAND_AT_BUS);
	g_assert_true(hub_cancel(scene->hub, NULL));
	g_assert_true(g_cancellable_is_cancelled(work->cancellable));
	g_assert_cmpstr(hub_state_name(scene->hub), ==, "cancelling");
	hub_scene_open_gate(scene);
}

static void test_callers_cancel_their_own(struct hub_scene *scene, gconstpointer unused)
{
	struct work *work;

	(void)unused;
	hub_cancel_call(scene->hub, ":1.7", 1);
	work = hub_scene_occupy(scene, COMMAND_AT_BUS);
	work->sender = g_strdup(":1.7");
	work->number = 1;
	hub_cancel_call(scene->hub, ":1.8", 1);
	hub_cancel_call(scene->hub, ":1.7", 2);
	hub_cancel_call(scene->hub, NULL, 1);
	g_assert_false(g_cancellable_is_cancelled(work->cancellable));
	hub_cancel_call(scene->hub, ":1.7", 1);
	g_assert_true(g_cancellable_is_cancelled(work->cancellable));
	hub_scene_open_gate(scene);
}

static void test_leaves_when_all_is_done(struct hub_scene *scene, gconstpointer unused)
{
	(void)unused;
	hub_scene_occupy(scene, COMMAND_DESK);
	hub_leave(scene->hub, hub_scene_on_left, scene);
	hub_scene_catch_up();
	g_assert_false(scene->left);
	assert_refused(scene, "the station's daemon is about to end");
	hub_scene_open_gate(scene);
	hub_scene_wait(&scene->left);
	g_assert_cmpuint(scene->n_done, ==, 1);
}

static void test_leaving_cancels(struct hub_scene *scene, gconstpointer unused)
{
	struct work *work = hub_scene_occupy(scene, COMMAND_AT_BUS);

	(void)unused;
	hub_leave(scene->hub, hub_scene_on_left, scene);
	g_assert_true(g_cancellable_is_cancelled(work->cancellable));
	g_assert_false(scene->left);
	hub_scene_open_gate(scene);
	hub_scene_wait(&scene->left);
}

static void test_job_of_a_client(struct hub_scene *scene, gconstpointer unused)
{
	(void)unused;
	hub_scene_add_job(scene, "blink");
	hub_scene_run(scene, "run blink");
	g_assert_no_error(scene->error);
	g_assert_cmpstr(panel_shows(scene), ==, "pass");
	g_assert_cmpstr(hub_state_name(scene->hub), ==, "idle");
	g_assert_cmpstr(scene->hub->part, ==, "ATmega328P");
}

static void test_failed_job_of_a_client(struct hub_scene *scene, gconstpointer unused)
{
	(void)unused;
	hub_scene_add_job(scene, "blink");
	virtual_board_insert(scene->board, false);
	hub_scene_run(scene, "run blink");
	g_assert_error(scene->error, SIXPIN_ERROR, SIXPIN_ERROR_NO_TARGET);
	g_assert_cmpstr(panel_shows(scene), ==, "fail");
}

/* PASS and FAIL are for jobs. */
static void test_command_of_a_client(struct hub_scene *scene, gconstpointer unused)
{
	(void)unused;
	hub_scene_run(scene, "job select auto");
	hub_scene_run(scene, "erase");
	g_assert_no_error(scene->error);
	g_assert_cmpstr(panel_shows(scene), ==, "idle");
	virtual_board_insert(scene->board, false);
	hub_scene_run(scene, "erase");
	g_assert_error(scene->error, SIXPIN_ERROR, SIXPIN_ERROR_NO_TARGET);
	g_assert_cmpstr(panel_shows(scene), ==, "idle");
}

/* What was shown to the person at the bench stays. */
static void test_client_that_began_nothing(struct hub_scene *scene, gconstpointer unused)
{
	(void)unused;
	hub_scene_add_job(scene, "blink");
	hub_scene_run(scene, "run blink");
	hub_scene_run(scene, "run nothing");
	g_assert_error(scene->error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE);
	g_assert_cmpstr(panel_shows(scene), ==, "pass");
	hub_scene_run(scene, "write nothing.hex");
	g_assert_error(scene->error, SIXPIN_ERROR, SIXPIN_ERROR_IO);
	g_assert_cmpstr(panel_shows(scene), ==, "pass");
}

static void press(struct hub_scene *scene)
{
	panel_press(scene->hub->panel, BUTTON_SHORT);
	while (scene->hub->at_bus)
		g_main_context_iteration(NULL, TRUE);
}

static void test_press(struct hub_scene *scene, gconstpointer unused)
{
	(void)unused;
	hub_scene_add_job(scene, "blink");
	hub_scene_run(scene, "job select blink");
	g_assert_cmpstr(scene->hub->selected_job, ==, "blink");
	press(scene);
	g_assert_cmpstr(panel_shows(scene), ==, "pass");
}

/* Who pressed is told why nothing ran. */
static void test_press_without_a_job(struct hub_scene *scene, gconstpointer unused)
{
	(void)unused;
	press(scene);
	g_assert_cmpstr(panel_shows(scene), ==, "fail");
}

static void test_press_during_a_clients_run(struct hub_scene *scene, gconstpointer unused)
{
	struct work *work = hub_scene_occupy(scene, COMMAND_AT_BUS);

	(void)unused;
	begin_run(scene, 1);
	g_assert_cmpstr(panel_shows(scene), ==, "running");
	panel_press(scene->hub->panel, BUTTON_SHORT);
	g_assert_cmpstr(panel_shows(scene), ==, "confirm");
	g_assert_false(g_cancellable_is_cancelled(work->cancellable));
	panel_press(scene->hub->panel, BUTTON_SHORT);
	g_assert_true(g_cancellable_is_cancelled(work->cancellable));
	hub_scene_open_gate(scene);
}

static void hold(struct hub_scene *scene)
{
	panel_press(scene->hub->panel, BUTTON_HOLD);
	while (scene->hub->n_at_desk)
		g_main_context_iteration(NULL, TRUE);
}

static void test_hold_selects_the_next_job(struct hub_scene *scene, gconstpointer unused)
{
	(void)unused;
	hub_scene_add_job(scene, "a");
	hub_scene_add_job(scene, "b");
	hold(scene);
	g_assert_cmpstr(scene->hub->selected_job, ==, "a");
	g_assert_cmpstr(panel_shows(scene), ==, "choosing");
	hold(scene);
	g_assert_cmpstr(scene->hub->selected_job, ==, "b");
}

static void test_hold_where_no_job_can_be_run(struct hub_scene *scene,
					      gconstpointer unused)
{
	g_autofree char *path = g_build_filename(scene->folder, "jobs", "a.job", NULL);

	(void)unused;
	g_assert_true(g_file_set_contents(path, "nonsense", -1, NULL));
	hold(scene);
	g_assert_null(scene->hub->selected_job);
	g_assert_cmpstr(panel_shows(scene), ==, "fail");
}

static void test_settings_outlive_the_daemon(struct hub_scene *scene,
					     gconstpointer unused)
{
	g_autoptr(GError) error = NULL;

	(void)unused;
	hub_scene_add_job(scene, "blink");
	hub_scene_run(scene, "job select blink");
	g_assert_true(hub_set_autostart(scene->hub, true, &error));
	hub_scene_close(scene);
	scene->left = false;
	scene->hub = hub_scene_open(scene);
	scene->board = gpiochip_virtual_board(scene->hub->chip);
	g_assert_cmpstr(scene->hub->selected_job, ==, "blink");
	g_assert_true(scene->hub->autostart);
	g_assert_cmpstr(panel_shows(scene), ==, "idle");
}

static void test_run_that_was_cut_off(struct hub_scene *scene, gconstpointer unused)
{
	const struct run_start start = { .kind = "run", .job = "x", .who = "button" };
	g_autoptr(GError) error = NULL;
	uint64_t run;

	(void)unused;
	journal_begin(scene->hub->journal, &start, &run, NULL, &error);
	g_assert_no_error(error);
	hub_scene_close(scene);
	scene->left = false;
	scene->hub = hub_scene_open(scene);
	scene->board = gpiochip_virtual_board(scene->hub->chip);
	g_assert_cmpstr(panel_shows(scene), ==, "interrupted");
}

static void test_second_daemon_is_refused(struct hub_scene *scene, gconstpointer unused)
{
	g_autofree char *text = g_strdup_printf(
		"[station]\nchip=virtual:ATmega328P\n[storage]\nfolder=%s\n",
		scene->folder);
	struct station_config *config =
		station_config_parse("x.conf", text, strlen(text), NULL);
	g_autoptr(GError) error = NULL;

	(void)unused;
	g_assert_null(hub_new(config, &error));
	g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_BUSY);
}

static void test_pairing_window(struct hub_scene *scene, gconstpointer unused)
{
	(void)unused;
	panel_press(scene->hub->panel, BUTTON_LONG);
	g_assert_cmpuint(scene->hub->pairing, !=, 0);
	g_assert_cmpstr(panel_shows(scene), ==, "pairing");
	hub_close_pairing(scene->hub);
	g_assert_cmpuint(scene->hub->pairing, ==, 0);
}

static void test_percent(struct hub_scene *scene, gconstpointer unused)
{
	static const struct {
		const char *step;
		uint32_t done;
		unsigned percent;
	} steps[] = {
		{ AVR_STEP_ERASE, 1, 6 },
		{ AVR_STEP_WRITE_FLASH, 50, 30 },
		{ AVR_STEP_VERIFY_FLASH, 100, 90 },
		{ AVR_STEP_ERASE, 1, 90 }, /* a second try never goes back */
		{ "wait for USB", 0, 90 },
	};

	(void)unused;
	hub_scene_occupy(scene, COMMAND_AT_BUS);
	begin_run(scene, 1);
	for (unsigned i = 0; i < G_N_ELEMENTS(steps); i++) {
		hub_progress(scene->hub, steps[i].step, steps[i].done,
			     strcmp(steps[i].step, AVR_STEP_ERASE) == 0 ? 1 : 100);
		g_assert_cmpuint(scene->hub->percent, ==, steps[i].percent);
		g_assert_cmpstr(scene->hub->step, ==, steps[i].step);
	}
	hub_scene_open_gate(scene);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *path;
		void (*func)(struct hub_scene *scene, gconstpointer unused);
	} tests[] = {
		{ "busy", test_busy },
		{ "desk-goes-on-beside-the-bus", test_desk_goes_on_beside_the_bus },
		{ "cancel", test_cancel },
		{ "callers-cancel-their-own", test_callers_cancel_their_own },
		{ "leaves-when-all-is-done", test_leaves_when_all_is_done },
		{ "leaving-cancels", test_leaving_cancels },
		{ "job-of-a-client", test_job_of_a_client },
		{ "failed-job-of-a-client", test_failed_job_of_a_client },
		{ "command-of-a-client", test_command_of_a_client },
		{ "client-that-began-nothing", test_client_that_began_nothing },
		{ "press", test_press },
		{ "press-without-a-job", test_press_without_a_job },
		{ "press-during-a-clients-run", test_press_during_a_clients_run },
		{ "hold-selects-the-next-job", test_hold_selects_the_next_job },
		{ "hold-where-no-job-can-be-run", test_hold_where_no_job_can_be_run },
		{ "settings-outlive-the-daemon", test_settings_outlive_the_daemon },
		{ "run-that-was-cut-off", test_run_that_was_cut_off },
		{ "second-daemon-is-refused", test_second_daemon_is_refused },
		{ "pairing-window", test_pairing_window },
		{ "percent", test_percent },
	};

	g_test_init(&argc, &argv, NULL);
	for (unsigned i = 0; i < G_N_ELEMENTS(tests); i++) {
		g_autofree char *path = g_strconcat("/hub/", tests[i].path, NULL);

		g_test_add(path, struct hub_scene, NULL, hub_scene_set_up, tests[i].func,
			   hub_scene_tear_down);
	}
	return g_test_run();
}
