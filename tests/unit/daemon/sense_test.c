/* SPDX-License-Identifier: MIT */
/* Targets that come and go, on a chip without a kernel and on the virtual board. */
#include "appliance/daemon/sense.h"

#include <string.h>

#include "gpio/lines_backends.h"
#include "gpio/virtual/board.h"
#include "tests/models/panel_chip.h"

#define RESET	  25
#define SENSE	  13
#define SETTLE_US 1000

struct plug {
	struct station_config *config;
	struct panel_chip *chip;
	struct sense *sense;
	unsigned n_came;
};

static void on_came(void *user)
{
	((struct plug *)user)->n_came++;
}

static struct station_config *make_config(void)
{
	struct station_config *config = station_config_parse("x.conf", "", 0, NULL);

	config->autostart_settle_us = SETTLE_US;
	return config;
}

static void open_plug(struct plug *plug, bool has_edges)
{
	*plug = (struct plug){ .config = make_config(),
			       .chip = panel_chip_new(has_edges) };
	plug->sense = sense_new(plug->config, panel_chip_get(plug->chip), on_came, plug);
}

static void close_plug(struct plug *plug)
{
	sense_free(plug->sense);
	g_assert_cmphex(panel_chip_watched(plug->chip), ==, 0);
	g_assert_cmphex(panel_chip_driven(plug->chip), ==, 0);
	gpiochip_close(panel_chip_get(plug->chip));
	station_config_free(plug->config);
}

#define plug_auto __attribute__((cleanup(close_plug)))

/* What waits is done; timers that are not due stay. */
static void catch_up(void)
{
	while (g_main_context_iteration(NULL, FALSE))
		;
}

static void put_on(struct plug *plug, bool there)
{
	panel_chip_move(plug->chip, RESET, there, 0);
	catch_up();
}

static void wait_for(const struct plug *plug, unsigned n_came)
{
	while (plug->n_came < n_came)
		g_main_context_iteration(NULL, TRUE);
}

static void assert_asleep(const struct plug *plug, unsigned n_came)
{
	catch_up();
	g_assert_cmpint(panel_chip_sleep_ms(), ==, -1);
	g_assert_cmpuint(plug->n_came, ==, n_came);
}

static void test_nothing_while_it_is_off(void)
{
	plug_auto struct plug plug;

	open_plug(&plug, true);
	g_assert_cmphex(panel_chip_watched(plug.chip), ==, 0);
	put_on(&plug, false);
	put_on(&plug, true);
	assert_asleep(&plug, 0);
}

static void test_target_that_was_there_begins_nothing(void)
{
	plug_auto struct plug plug;

	open_plug(&plug, true);
	sense_set_autostart(plug.sense, true);
	g_assert_cmphex(panel_chip_watched(plug.chip), ==, 1u << RESET);
	assert_asleep(&plug, 0);
}

static void test_target_that_comes(void)
{
	plug_auto struct plug plug;

	open_plug(&plug, true);
	sense_set_autostart(plug.sense, true);
	for (unsigned i = 1; i <= 2; i++) {
		put_on(&plug, false);
		assert_asleep(&plug, i - 1);
		put_on(&plug, true);
		wait_for(&plug, i);
		assert_asleep(&plug, i);
	}
}

static void test_target_that_goes_before_it_has_settled(void)
{
	plug_auto struct plug plug;

	open_plug(&plug, true);
	plug.config->autostart_settle_us = 60000000;
	sense_set_autostart(plug.sense, true);
	put_on(&plug, false);
	put_on(&plug, true);
	g_assert_cmpint(panel_chip_sleep_ms(), >, 1000);
	put_on(&plug, false);
	assert_asleep(&plug, 0);
}

/* A contact that bounces: of both edges, only the level counts that is left. */
static void test_bounces_settle_anew(void)
{
	plug_auto struct plug plug;

	open_plug(&plug, true);
	sense_set_autostart(plug.sense, true);
	put_on(&plug, false);
	panel_chip_move(plug.chip, RESET, true, 0);
	panel_chip_move(plug.chip, RESET, false, 0);
	panel_chip_move(plug.chip, RESET, true, 0);
	wait_for(&plug, 1);
	assert_asleep(&plug, 1);
}

/* A contact that opened for a moment between two looks was a removal. */
static void test_short_removal_arms(void)
{
	plug_auto struct plug plug;

	open_plug(&plug, true);
	sense_set_autostart(plug.sense, true);
	panel_chip_move(plug.chip, RESET, false, 0);
	panel_chip_move(plug.chip, RESET, true, 0);
	wait_for(&plug, 1);
}

static void test_run_disarms(void)
{
	plug_auto struct plug plug;

	open_plug(&plug, true);
	sense_set_autostart(plug.sense, true);
	put_on(&plug, false);
	sense_pause(plug.sense);
	g_assert_cmphex(panel_chip_watched(plug.chip), ==, 0);
	put_on(&plug, true);
	sense_resume(plug.sense);
	g_assert_cmphex(panel_chip_watched(plug.chip), ==, 1u << RESET);
	assert_asleep(&plug, 0);
}

static void test_switching_on_disarms(void)
{
	plug_auto struct plug plug;

	open_plug(&plug, true);
	sense_set_autostart(plug.sense, true);
	put_on(&plug, false);
	sense_set_autostart(plug.sense, false);
	put_on(&plug, true);
	sense_set_autostart(plug.sense, true);
	assert_asleep(&plug, 0);
}

static void test_switched_on_during_a_run(void)
{
	plug_auto struct plug plug;

	open_plug(&plug, true);
	sense_pause(plug.sense);
	sense_set_autostart(plug.sense, true);
	g_assert_cmphex(panel_chip_watched(plug.chip), ==, 0);
	sense_resume(plug.sense);
	g_assert_cmphex(panel_chip_watched(plug.chip), ==, 1u << RESET);
}

static void wait_for_look(const struct plug *plug)
{
	unsigned n_gets = panel_chip_n_gets(plug->chip);

	while (panel_chip_n_gets(plug->chip) == n_gets)
		g_main_context_iteration(NULL, TRUE);
}

static void test_by_polling(void)
{
	plug_auto struct plug plug;

	open_plug(&plug, false);
	sense_set_autostart(plug.sense, true);
	wait_for_look(&plug);
	g_assert_cmpuint(plug.n_came, ==, 0);
	panel_chip_move(plug.chip, RESET, false, 0);
	wait_for_look(&plug);
	panel_chip_move(plug.chip, RESET, true, 0);
	wait_for(&plug, 1);
}

/* The descriptor stays readable then: to be asked again at once would eat a processor. */
static void test_edges_that_cannot_be_read(void)
{
	plug_auto struct plug plug;

	open_plug(&plug, true);
	sense_set_autostart(plug.sense, true);
	panel_chip_break_watches(plug.chip);
	panel_chip_move(plug.chip, RESET, false, 0);
	g_main_context_iteration(NULL, FALSE);
	g_assert_cmpint(panel_chip_sleep_ms(), >, 0);
}

static void test_line_that_cannot_be_watched(void)
{
	struct station_config *config = make_config();
	struct gpiochip *chip = gpiochip_open("virtual:none", NULL);
	struct line_watch *other = gpiochip_watch(
		chip, (struct line){ config->pins.reset[0].offset, false }, NULL);
	struct plug plug = { 0 };
	struct sense *sense = sense_new(config, chip, on_came, &plug);

	g_test_expect_message(NULL, G_LOG_LEVEL_WARNING, "no target can be sensed: *");
	sense_set_autostart(sense, true);
	sense_pause(sense);
	sense_resume(sense);
	g_test_assert_expected_messages();
	sense_free(sense);
	line_watch_close(other);
	gpiochip_close(chip);
	station_config_free(config);
}

static void test_gone_by_a_sense_line(void)
{
	plug_auto struct plug plug;

	open_plug(&plug, true);
	plug.config->pins.has_sense = true;
	plug.config->pins.sense = (struct line){ SENSE, false };
	g_assert_false(sense_target_gone(plug.sense));
	panel_chip_move(plug.chip, SENSE, false, 0);
	g_assert_true(sense_target_gone(plug.sense));
	g_assert_cmphex(panel_chip_watched(plug.chip), ==, 0);
	sense_pause(plug.sense);
	g_assert_false(sense_target_gone(plug.sense));
}

/* A pull-down on RESET is nothing for a board whose user did not ask for it. */
static void test_gone_by_reset_only_with_autostart(void)
{
	plug_auto struct plug plug;

	open_plug(&plug, true);
	put_on(&plug, false);
	g_assert_false(sense_target_gone(plug.sense));
	g_assert_cmphex(panel_chip_watched(plug.chip), ==, 0);
	sense_set_autostart(plug.sense, true);
	g_assert_true(sense_target_gone(plug.sense));
}

static void test_no_sense(void)
{
	sense_set_autostart(NULL, true);
	sense_pause(NULL);
	sense_resume(NULL);
	g_assert_false(sense_target_gone(NULL));
	sense_free(NULL);
}

static void test_virtual_board(void)
{
	struct station_config *config = make_config();
	struct gpiochip *chip = gpiochip_open("virtual:ATmega328P", NULL);
	struct virtual_board *board = gpiochip_virtual_board(chip);
	struct plug plug = { 0 };
	struct sense *sense = sense_new(config, chip, on_came, &plug);

	sense_set_autostart(sense, true);
	catch_up();
	g_assert_false(sense_target_gone(sense));
	virtual_board_insert(board, false);
	g_assert_true(sense_target_gone(sense));
	virtual_board_insert(board, true);
	wait_for(&plug, 1);
	g_assert_cmphex(virtual_board_driven(board), ==, 0);
	sense_free(sense);
	gpiochip_close(chip);
	station_config_free(config);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *path;
		GTestFunc func;
	} tests[] = {
		{ "/sense/nothing-while-it-is-off", test_nothing_while_it_is_off },
		{ "/sense/target-that-was-there-begins-nothing",
		  test_target_that_was_there_begins_nothing },
		{ "/sense/target-that-comes", test_target_that_comes },
		{ "/sense/target-that-goes-before-it-has-settled",
		  test_target_that_goes_before_it_has_settled },
		{ "/sense/bounces-settle-anew", test_bounces_settle_anew },
		{ "/sense/short-removal-arms", test_short_removal_arms },
		{ "/sense/run-disarms", test_run_disarms },
		{ "/sense/switching-on-disarms", test_switching_on_disarms },
		{ "/sense/switched-on-during-a-run", test_switched_on_during_a_run },
		{ "/sense/by-polling", test_by_polling },
		{ "/sense/edges-that-cannot-be-read", test_edges_that_cannot_be_read },
		{ "/sense/line-that-cannot-be-watched",
		  test_line_that_cannot_be_watched },
		{ "/sense/gone-by-a-sense-line", test_gone_by_a_sense_line },
		{ "/sense/gone-by-reset-only-with-autostart",
		  test_gone_by_reset_only_with_autostart },
		{ "/sense/no-sense", test_no_sense },
		{ "/sense/virtual-board", test_virtual_board },
	};

	g_test_init(&argc, &argv, NULL);
	for (unsigned i = 0; i < G_N_ELEMENTS(tests); i++)
		g_test_add_func(tests[i].path, tests[i].func);
	return g_test_run();
}
