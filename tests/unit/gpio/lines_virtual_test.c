/* SPDX-License-Identifier: MIT */
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
