/* SPDX-License-Identifier: MIT */
#include <poll.h>

#include "appliance/base/error.h"
#include "gpio/lines_backends.h"
#include "gpio/virtual/board.h"

static struct gpiochip *open_chip(void)
{
	g_autoptr(GError) error = NULL;
	struct gpiochip *chip = gpiochip_open("virtual:none,ioctl=0", &error);

	g_assert_no_error(error);
	return chip;
}

static uint64_t driven(struct gpiochip *chip)
{
	return virtual_board_driven(gpiochip_virtual_board(chip));
}

static uint64_t levels(struct gpiochip *chip)
{
	return virtual_board_levels(gpiochip_virtual_board(chip));
}

static void test_a_fresh_set_does_not_drive(void)
{
	static const struct lines_request request = { 1, 1, { { 4 } }, { { 9 } } };
	struct gpiochip *chip = open_chip();
	struct lines *lines = gpiochip_request(chip, &request, NULL);

	g_assert_cmphex(driven(chip), ==, 0);
	lines_close(lines);
	gpiochip_close(chip);
}

static void test_bits_of_a_mask_are_lines_of_the_request(void)
{
	static const struct lines_request request = { 3, 0, { { 4 }, { 2 }, { 53 } } };
	struct gpiochip *chip = open_chip();
	struct lines *lines = gpiochip_request(chip, &request, NULL);

	g_assert_true(lines_drive(lines, 5, NULL));
	g_assert_cmphex(levels(chip) & driven(chip), ==,
			(uint64_t)1 << 53 | (uint64_t)1 << 4);
	g_assert_true(lines_set(lines, 2, 2, NULL));
	g_assert_true(lines_set(lines, 1, 0, NULL));

	g_assert_cmphex(levels(chip) & driven(chip), ==, (uint64_t)1 << 53 | 1 << 2);
	lines_close(lines);
	gpiochip_close(chip);
}

static void test_active_low_lines_are_inverted_both_ways(void)
{
	static const struct lines_request request = {
		2, 2, { { 4, true }, { 5, false } }, { { 9, true }, { 10, false } }
	};
	struct gpiochip *chip = open_chip();
	struct lines *lines = gpiochip_request(chip, &request, NULL);
	uint32_t read;

	g_assert_true(lines_drive(lines, 0, NULL));
	g_assert_cmphex(levels(chip) & driven(chip), ==, 1 << 4);
	g_assert_true(lines_get(lines, &read, NULL));

	g_assert_cmphex(read, ==, 0);
	lines_close(lines);
	gpiochip_close(chip);
}

static void test_closed_lines_are_inputs_and_free(void)
{
	static const struct lines_request request = { 1, 0, { { 4 } } };
	struct gpiochip *chip = open_chip();
	struct lines *lines = gpiochip_request(chip, &request, NULL);

	g_assert_true(lines_drive(lines, 1, NULL));
	lines_close(lines);

	g_assert_cmphex(driven(chip), ==, 0);
	lines = gpiochip_request(chip, &request, NULL);
	g_assert_nonnull(lines);
	lines_close(lines);
	gpiochip_close(chip);
}

static void assert_refused(struct gpiochip *chip, const struct lines_request *request,
			   enum sixpin_error code, const char *message)
{
	g_autoptr(GError) error = NULL;

	g_assert_null(gpiochip_request(chip, request, &error));
	g_assert_error(error, SIXPIN_ERROR, (int)code);
	g_assert_cmpstr(error->message, ==, message);
}

static void test_a_line_in_use_is_busy(void)
{
	static const struct lines_request first = { 1, 1, { { 4 } }, { { 9 } } };
	static const struct lines_request second = { 1, 0, { { 9 } } };
	struct gpiochip *chip = open_chip();
	struct lines *lines = gpiochip_request(chip, &first, NULL);

	assert_refused(chip, &second, SIXPIN_ERROR_BUSY,
		       "line 9 of virtual:none,ioctl=0 is in use by sixpin");
	lines_close(lines);
	gpiochip_close(chip);
}

static void test_a_line_that_the_chip_lacks(void)
{
	static const struct lines_request next = { 1, 0, { { 54 } } };
	static const struct lines_request far = { 0, 1, { { 0 } }, { { 4000 } } };
	struct gpiochip *chip = open_chip();

	assert_refused(chip, &next, SIXPIN_ERROR_USAGE,
		       "virtual:none,ioctl=0 has no line 54; its lines are 0 to 53");
	assert_refused(chip, &far, SIXPIN_ERROR_USAGE,
		       "virtual:none,ioctl=0 has no line 4000; its lines are 0 to 53");
	gpiochip_close(chip);
}

/* Without waiting. */
static bool is_readable(const struct line_watch *watch)
{
	struct pollfd fd = { watch->fd, POLLIN, 0 };

	return poll(&fd, 1, 0) == 1 && fd.revents & POLLIN;
}

static void assert_edge(struct line_watch *watch, bool active, uint64_t since_ns)
{
	struct line_edge edge;
	bool got;

	g_assert_true(is_readable(watch));
	g_assert_true(line_watch_read(watch, &edge, &got, NULL));
	g_assert_true(got);
	g_assert_cmpint(edge.active, ==, active);
	g_assert_cmpuint(edge.time_ns, >=, since_ns);
	g_assert_cmpuint(edge.time_ns, <=, clock_now_ns(clock_monotonic()));
}

static void assert_no_edge(struct line_watch *watch)
{
	struct line_edge edge;
	bool got = true;

	g_assert_false(is_readable(watch));
	g_assert_true(line_watch_read(watch, &edge, &got, NULL));
	g_assert_false(got);
}

static void assert_active(struct line_watch *watch, bool expected)
{
	bool active;

	g_assert_true(line_watch_get(watch, &active, NULL));
	g_assert_cmpint(active, ==, expected);
}

static void test_an_active_low_line_is_pulled_up_while_it_is_watched(void)
{
	struct gpiochip *chip = open_chip();
	struct virtual_board *board = gpiochip_virtual_board(chip);
	struct line_watch *watch = gpiochip_watch(chip, (struct line){ 17, true }, NULL);
	uint64_t since_ns = clock_now_ns(clock_monotonic());

	assert_active(watch, false);
	assert_no_edge(watch);
	virtual_board_outside(board, 17, false);
	assert_active(watch, true);
	assert_edge(watch, true, since_ns);
	virtual_board_release_outside(board, 17);
	assert_edge(watch, false, since_ns);
	assert_no_edge(watch);
	line_watch_close(watch);

	g_assert_false(levels(chip) >> 17 & 1);
	gpiochip_close(chip);
}

static void test_an_active_high_line_is_not_pulled(void)
{
	struct gpiochip *chip = open_chip();
	struct virtual_board *board = gpiochip_virtual_board(chip);
	struct line_watch *watch = gpiochip_watch(chip, (struct line){ 17, false }, NULL);

	assert_active(watch, false);
	virtual_board_outside(board, 17, true);
	virtual_board_outside(board, 17, false);
	assert_edge(watch, true, 0);
	assert_edge(watch, false, 0);
	assert_no_edge(watch);
	line_watch_close(watch);
	gpiochip_close(chip);
}

static void test_watching_costs_a_line_call_for_a_level_alone(void)
{
	struct gpiochip *chip = gpiochip_open("virtual:none", NULL);
	struct clock *clock = virtual_board_clock(gpiochip_virtual_board(chip));
	struct line_watch *watch = gpiochip_watch(chip, (struct line){ 17, true }, NULL);

	assert_no_edge(watch);
	g_assert_cmpuint(clock_now_ns(clock), ==, 0);
	assert_active(watch, false);
	g_assert_cmpuint(clock_now_ns(clock), ==, 770);
	line_watch_close(watch);
	gpiochip_close(chip);
}

static void test_a_watched_line_is_in_use(void)
{
	static const struct lines_request request = { 0, 1, { { 0 } }, { { 17 } } };
	struct gpiochip *chip = open_chip();
	struct line_watch *watch = gpiochip_watch(chip, (struct line){ 17, true }, NULL);
	g_autoptr(GError) error = NULL;

	assert_refused(chip, &request, SIXPIN_ERROR_BUSY,
		       "line 17 of virtual:none,ioctl=0 is in use by sixpin");
	g_assert_null(gpiochip_watch(chip, (struct line){ 17, true }, &error));
	g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_BUSY);
	g_assert_cmpstr(error->message, ==,
			"line 17 of virtual:none,ioctl=0 is in use by sixpin");
	line_watch_close(watch);
	lines_close(gpiochip_request(chip, &request, NULL));
	watch = gpiochip_watch(chip, (struct line){ 17, true }, NULL);
	g_assert_nonnull(watch);
	line_watch_close(watch);
	gpiochip_close(chip);
}

static void test_a_watched_line_that_the_chip_lacks(void)
{
	struct gpiochip *chip = open_chip();
	g_autoptr(GError) error = NULL;

	g_assert_null(gpiochip_watch(chip, (struct line){ 54, true }, &error));
	g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE);
	g_assert_cmpstr(error->message, ==,
			"virtual:none,ioctl=0 has no line 54; its lines are 0 to 53");
	gpiochip_close(chip);
}

static const struct {
	const char *path;
	GTestFunc func;
} tests[] = {
	{ "a-fresh-set-does-not-drive", test_a_fresh_set_does_not_drive },
	{ "bits-of-a-mask-are-lines-of-the-request",
	  test_bits_of_a_mask_are_lines_of_the_request },
	{ "active-low-lines-are-inverted-both-ways",
	  test_active_low_lines_are_inverted_both_ways },
	{ "closed-lines-are-inputs-and-free", test_closed_lines_are_inputs_and_free },
	{ "a-line-in-use-is-busy", test_a_line_in_use_is_busy },
	{ "a-line-that-the-chip-lacks", test_a_line_that_the_chip_lacks },
	{ "an-active-low-line-is-pulled-up-while-it-is-watched",
	  test_an_active_low_line_is_pulled_up_while_it_is_watched },
	{ "an-active-high-line-is-not-pulled", test_an_active_high_line_is_not_pulled },
	{ "watching-costs-a-line-call-for-a-level-alone",
	  test_watching_costs_a_line_call_for_a_level_alone },
	{ "a-watched-line-is-in-use", test_a_watched_line_is_in_use },
	{ "a-watched-line-that-the-chip-lacks", test_a_watched_line_that_the_chip_lacks },
};

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (unsigned i = 0; i < G_N_ELEMENTS(tests); i++) {
		g_autofree char *path =
			g_strdup_printf("/lines-virtual/%s", tests[i].path);

		g_test_add_func(path, tests[i].func);
	}
	return g_test_run();
}
