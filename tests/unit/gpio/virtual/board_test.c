/* SPDX-License-Identifier: MIT */
#include "gpio/virtual/board.h"

#include <glib/gstdio.h>

#include "appliance/base/error.h"
#include "gpio/virtual/avr_chip.h"

#define LINE(n)	  ((uint64_t)1 << (n))
#define RESET	  LINE(BOARD_RESET)
#define SCK	  LINE(BOARD_SCK)
#define MOSI	  LINE(BOARD_MOSI)
#define MISO	  LINE(BOARD_MISO)
#define POWER	  LINE(BOARD_POWER)
#define ENABLE	  LINE(BOARD_ENABLE)
#define SENSE	  LINE(BOARD_SENSE)
#define ISP_LINES (RESET | SCK | MOSI)

static struct virtual_board *open_board(const char *spec)
{
	g_autoptr(GError) error = NULL;
	struct virtual_board *board = virtual_board_open(spec, &error);

	g_assert_no_error(error);
	return board;
}

static uint64_t now_ns(struct virtual_board *board)
{
	return clock_now_ns(virtual_board_clock(board));
}

static void wait_us(struct virtual_board *board, uint64_t us)
{
	clock_sleep_us(virtual_board_clock(board), us);
}

/* Bits at 50 kHz and more slowly; MISO just before SCK falls. */
static uint8_t send_byte(struct virtual_board *board, uint8_t out)
{
	uint8_t in = 0;

	for (int bit = 7; bit >= 0; bit--) {
		virtual_board_set(board, SCK | MOSI, out >> bit & 1 ? MOSI : 0);
		wait_us(board, 10);
		virtual_board_set(board, SCK, SCK);
		wait_us(board, 10);
		in = (uint8_t)(in << 1 | !!(virtual_board_get(board) & MISO));
	}
	return in;
}

static gboolean enters(struct virtual_board *board)
{
	uint8_t echo;

	virtual_board_drive(board, ISP_LINES, RESET);
	wait_us(board, 1000);
	virtual_board_set(board, RESET, 0);
	wait_us(board, 20000);
	send_byte(board, 0xAC);
	send_byte(board, 0x53);
	echo = send_byte(board, 0x00);
	send_byte(board, 0x00);
	virtual_board_set(board, SCK, 0);
	return echo == 0x53;
}

static void test_a_bad_spec_is_no_board(void)
{
	g_autoptr(GError) error = NULL;

	g_assert_null(virtual_board_open("virtual:", &error));
	g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE);
}

static void test_open_lines_read_their_pull(void)
{
	struct virtual_board *board = open_board("virtual:ATmega328P");

	g_assert_cmphex(virtual_board_levels(board), ==, RESET | MISO | SENSE);
	g_assert_cmphex(virtual_board_driven(board), ==, 0);
	virtual_board_close(board);
}

static void test_driven_lines_read_what_they_are_driven_to(void)
{
	struct virtual_board *board = open_board("virtual:none");

	virtual_board_drive(board, ISP_LINES, SCK);

	g_assert_cmphex(virtual_board_driven(board), ==, ISP_LINES);
	g_assert_cmphex(virtual_board_get(board), ==, SCK | MISO | SENSE);
	virtual_board_close(board);
}

static void test_floating_lines_read_their_pull_again(void)
{
	struct virtual_board *board = open_board("virtual:none");

	virtual_board_drive(board, ISP_LINES, SCK);
	virtual_board_float(board, RESET | SCK);

	g_assert_cmphex(virtual_board_driven(board), ==, MOSI);
	g_assert_cmphex(virtual_board_levels(board), ==, RESET | MISO | SENSE);
	virtual_board_close(board);
}

static void test_the_part_in_the_socket_answers(void)
{
	struct virtual_board *board = open_board("virtual:ATmega328P");

	g_assert_true(enters(board));
	g_assert_cmpuint(avr_chip_stats(virtual_board_chip(board))->entries, ==, 1);
	virtual_board_close(board);
}

static void test_an_empty_socket_answers_nothing(void)
{
	struct virtual_board *board = open_board("virtual:none");

	g_assert_null(virtual_board_chip(board));
	g_assert_false(enters(board));
	virtual_board_close(board);
}

static void test_a_jumper_makes_miso_follow_mosi(void)
{
	struct virtual_board *board = open_board("virtual:jumper");

	g_assert_null(virtual_board_chip(board));
	virtual_board_drive(board, ISP_LINES, RESET);
	g_assert_false(virtual_board_get(board) & MISO);
	virtual_board_set(board, MOSI, MOSI);
	g_assert_true(virtual_board_get(board) & MISO);
	virtual_board_set(board, SCK | MOSI, SCK);
	g_assert_false(virtual_board_get(board) & MISO);
	g_assert_cmpuint(now_ns(board), ==, 6 * 770);
	virtual_board_close(board);
}

static void test_a_jumper_between_open_lines_reads_high(void)
{
	struct virtual_board *board = open_board("virtual:jumper");

	virtual_board_drive(board, SCK | RESET, 0);

	g_assert_true(virtual_board_levels(board) & MISO);
	virtual_board_close(board);
}

static void test_a_jumper_behind_a_cut_buffer_reads_high(void)
{
	struct virtual_board *board = open_board("virtual:jumper,switched");

	virtual_board_drive(board, ISP_LINES | ENABLE, 0);
	g_assert_true(virtual_board_levels(board) & MISO);
	virtual_board_set(board, ENABLE, ENABLE);

	g_assert_false(virtual_board_levels(board) & MISO);
	virtual_board_close(board);
}

static void test_lines_that_are_let_go_end_reset(void)
{
	struct virtual_board *board = open_board("virtual:ATmega328P");

	g_assert_true(enters(board));
	g_assert_false(virtual_board_levels(board) & MISO);
	virtual_board_float(board, ISP_LINES);
	wait_us(board, 10);

	g_assert_cmphex(virtual_board_levels(board), ==, RESET | MISO | SENSE);
	virtual_board_close(board);
}

static void test_a_switched_target_has_no_power_at_first(void)
{
	struct virtual_board *board = open_board("virtual:ATmega328P,switched");

	virtual_board_drive(board, ENABLE, ENABLE);

	g_assert_false(virtual_board_levels(board) & SENSE);
	g_assert_false(enters(board));
	g_assert_cmpuint(avr_chip_clock_hz(virtual_board_chip(board)), ==, 0);
	virtual_board_close(board);
}

static void test_a_switched_target_hears_nothing_through_a_cut_buffer(void)
{
	struct virtual_board *board = open_board("virtual:ATmega328P,switched");

	virtual_board_drive(board, POWER, POWER);

	g_assert_true(virtual_board_levels(board) & SENSE);
	g_assert_false(enters(board));
	g_assert_cmpuint(avr_chip_stats(virtual_board_chip(board))->sck_edges, ==, 0);
	virtual_board_close(board);
}

static void test_a_switched_target_with_power_and_signals_answers(void)
{
	struct virtual_board *board = open_board("virtual:ATmega328P,switched");

	virtual_board_drive(board, POWER | ENABLE, POWER | ENABLE);
	wait_us(board, 100000);

	g_assert_true(enters(board));
	virtual_board_close(board);
}

static void test_cutting_the_buffer_lets_reset_go(void)
{
	struct virtual_board *board = open_board("virtual:ATmega328P,switched");

	virtual_board_drive(board, POWER | ENABLE, POWER | ENABLE);
	wait_us(board, 100000);
	g_assert_true(enters(board));
	virtual_board_set(board, ENABLE, 0);
	wait_us(board, 1000);
	virtual_board_set(board, ENABLE, ENABLE);
	send_byte(board, 0x30);
	send_byte(board, 0x00);

	g_assert_cmphex(send_byte(board, 0x00), ==, 0xFF);
	virtual_board_close(board);
}

static void test_every_call_costs_its_time(void)
{
	struct virtual_board *board = open_board("virtual:ATmega328P,ioctl=188");

	virtual_board_drive(board, ISP_LINES, RESET);
	g_assert_cmpuint(now_ns(board), ==, 188);
	virtual_board_set(board, SCK, SCK);
	g_assert_cmpuint(now_ns(board), ==, 376);
	virtual_board_get(board);
	g_assert_cmpuint(now_ns(board), ==, 564);
	virtual_board_float(board, ISP_LINES);
	g_assert_cmpuint(now_ns(board), ==, 752);
	virtual_board_driven(board);
	virtual_board_levels(board);

	g_assert_cmpuint(now_ns(board), ==, 752);
	virtual_board_close(board);
}

static void test_a_call_costs_770_ns_unless_said(void)
{
	struct virtual_board *board = open_board("virtual:ATmega328P");

	virtual_board_get(board);

	g_assert_cmpuint(now_ns(board), ==, 770);
	virtual_board_close(board);
}

/* When 10000 calls with these stalls have been made. */
static uint64_t stalled_ns(const char *spec, uint64_t *longest_ns)
{
	struct virtual_board *board = open_board(spec);
	uint64_t total_ns;

	*longest_ns = 0;
	for (unsigned i = 0; i < 10000; i++) {
		uint64_t before_ns = now_ns(board);

		virtual_board_get(board);
		*longest_ns = MAX(*longest_ns, now_ns(board) - before_ns);
	}
	total_ns = now_ns(board);
	virtual_board_close(board);
	return total_ns;
}

static void test_stalls_are_the_same_for_the_same_seed(void)
{
	uint64_t first_longest_ns, second_longest_ns;
	uint64_t first_ns = stalled_ns("virtual:m328p,stall=7", &first_longest_ns);

	g_assert_cmpuint(stalled_ns("virtual:m328p,stall=7", &second_longest_ns), ==,
			 first_ns);
	g_assert_cmpuint(second_longest_ns, ==, first_longest_ns);
}

static void test_stalls_of_another_seed_are_others(void)
{
	uint64_t longest_ns;

	g_assert_cmpuint(stalled_ns("virtual:m328p,stall=7", &longest_ns), !=,
			 stalled_ns("virtual:m328p,stall=8", &longest_ns));
}

static void test_stalls_are_0_to_3_us_and_seldom_50(void)
{
	uint64_t longest_ns;
	uint64_t total_ns = stalled_ns("virtual:m328p,stall=7,ioctl=0", &longest_ns);

	g_assert_cmpuint(longest_ns, ==, 50000);
	g_assert_cmpuint(total_ns, >, 10000 * 1400);
	g_assert_cmpuint(total_ns, <, 10000 * 1700);
}

static void test_real_time_passes_by_itself(void)
{
	struct virtual_board *board =
		open_board("virtual:ATmega328P,realtime,ioctl=1000000");
	uint64_t before_ns = now_ns(board);

	g_assert_true(virtual_board_clock(board) == clock_monotonic());
	for (unsigned i = 0; i < 100; i++)
		virtual_board_get(board);

	g_assert_cmpuint(now_ns(board) - before_ns, <, 100 * 1000000u);
	virtual_board_close(board);
}

static void test_a_board_of_a_file_is_as_it_was_left(void)
{
	g_autofree char *dir = g_dir_make_tmp("sixpin-XXXXXX", NULL);
	g_autofree char *path = g_build_filename(dir, "board", NULL);
	g_autofree char *spec = g_strdup_printf("virtual:ATmega328P,state=%s", path);
	struct virtual_board *board = open_board(spec);

	virtual_board_drive(board, ISP_LINES, SCK);
	avr_chip_cells(virtual_board_chip(board))->flash[3] = 0x33;
	virtual_board_close(board);
	board = open_board(spec);

	g_assert_cmphex(virtual_board_driven(board), ==, ISP_LINES);
	g_assert_cmphex(virtual_board_levels(board) & ISP_LINES, ==, SCK);
	g_assert_cmphex(avr_chip_cells(virtual_board_chip(board))->flash[3], ==, 0x33);
	virtual_board_close(board);
	g_unlink(path);
	g_rmdir(dir);
}

static void test_an_open_board_is_busy(void)
{
	g_autofree char *dir = g_dir_make_tmp("sixpin-XXXXXX", NULL);
	g_autofree char *path = g_build_filename(dir, "board", NULL);
	g_autofree char *spec = g_strdup_printf("virtual:ATmega328P,state=%s", path);
	struct virtual_board *board = open_board(spec);
	g_autoptr(GError) error = NULL;

	g_assert_null(virtual_board_open(spec, &error));
	g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_BUSY);
	virtual_board_close(board);
	g_unlink(path);
	g_rmdir(dir);
}

static const struct {
	const char *path;
	GTestFunc func;
} tests[] = {
	{ "a-bad-spec-is-no-board", test_a_bad_spec_is_no_board },
	{ "open-lines-read-their-pull", test_open_lines_read_their_pull },
	{ "driven-lines-read-what-they-are-driven-to",
	  test_driven_lines_read_what_they_are_driven_to },
	{ "floating-lines-read-their-pull-again",
	  test_floating_lines_read_their_pull_again },
	{ "the-part-in-the-socket-answers", test_the_part_in_the_socket_answers },
	{ "an-empty-socket-answers-nothing", test_an_empty_socket_answers_nothing },
	{ "a-jumper-makes-miso-follow-mosi", test_a_jumper_makes_miso_follow_mosi },
	{ "a-jumper-between-open-lines-reads-high",
	  test_a_jumper_between_open_lines_reads_high },
	{ "a-jumper-behind-a-cut-buffer-reads-high",
	  test_a_jumper_behind_a_cut_buffer_reads_high },
	{ "lines-that-are-let-go-end-reset", test_lines_that_are_let_go_end_reset },
	{ "a-switched-target-has-no-power-at-first",
	  test_a_switched_target_has_no_power_at_first },
	{ "a-switched-target-hears-nothing-through-a-cut-buffer",
	  test_a_switched_target_hears_nothing_through_a_cut_buffer },
	{ "a-switched-target-with-power-and-signals-answers",
	  test_a_switched_target_with_power_and_signals_answers },
	{ "cutting-the-buffer-lets-reset-go", test_cutting_the_buffer_lets_reset_go },
	{ "every-call-costs-its-time", test_every_call_costs_its_time },
	{ "a-call-costs-770-ns-unless-said", test_a_call_costs_770_ns_unless_said },
	{ "stalls-are-the-same-for-the-same-seed",
	  test_stalls_are_the_same_for_the_same_seed },
	{ "stalls-of-another-seed-are-others", test_stalls_of_another_seed_are_others },
	{ "stalls-are-0-to-3-us-and-seldom-50", test_stalls_are_0_to_3_us_and_seldom_50 },
	{ "real-time-passes-by-itself", test_real_time_passes_by_itself },
	{ "a-board-of-a-file-is-as-it-was-left",
	  test_a_board_of_a_file_is_as_it_was_left },
	{ "an-open-board-is-busy", test_an_open_board_is_busy },
};

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (unsigned i = 0; i < G_N_ELEMENTS(tests); i++) {
		g_autofree char *path = g_strdup_printf("/board/%s", tests[i].path);

		g_test_add_func(path, tests[i].func);
	}
	return g_test_run();
}
