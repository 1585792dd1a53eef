/* SPDX-License-Identifier: MIT */
/*
 * The virtual board: which header line goes to which pin of the socket, what an open line
 * reads, what a line call costs and when its edge happens.
 */
#include "gpio/virtual/board.h"

#include "gpio/virtual/avr_chip.h"
#include "gpio/virtual/board_spec.h"
#include "gpio/virtual/board_state.h"

#define LINE(n) ((uint64_t)1 << (n))

/* What the target's side is pulled to: RESET up, as every AVR does. */
#define PULLED_UP LINE(BOARD_RESET)

#define STALL_MAX_NS	    3000
#define SELDOM_STALL_NS	    50000
#define SELDOM_STALL_ONE_IN 4096

struct virtual_board {
	struct board_spec spec;
	struct board_state *state;
	int state_fd;
	struct avr_chip *chip;
	struct virtual_clock virtual_clock;
	struct clock *clock;
	uint32_t stall_random;
};

static uint32_t next_random(struct virtual_board *board)
{
	/* xorshift32, Marsaglia 2003 */
	board->stall_random ^= board->stall_random << 13;
	board->stall_random ^= board->stall_random >> 17;
	board->stall_random ^= board->stall_random << 5;
	return board->stall_random;
}

static void pass_ns(struct virtual_board *board, uint64_t ns)
{
	if (ns)
		clock_spin_until_ns(board->clock, clock_now_ns(board->clock) + ns);
}

static uint64_t draw_stall_ns(struct virtual_board *board)
{
	if (next_random(board) % SELDOM_STALL_ONE_IN == 0)
		return SELDOM_STALL_NS;
	return next_random(board) % (STALL_MAX_NS + 1);
}

/* Real calls cost what they cost; virtual ones cost ioctl_ns, with the edge at their end.
 */
static uint64_t begin_call(struct virtual_board *board)
{
	uint64_t stall_ns = board->spec.stall_seed ? draw_stall_ns(board) : 0;
	gboolean before = stall_ns && next_random(board) & 1;

	pass_ns(board, (board->spec.realtime ? 0 : board->spec.ioctl_ns) +
			       (before ? stall_ns : 0));
	return before ? 0 : stall_ns;
}

static bool is_high(const struct virtual_board *board, unsigned line)
{
	return board->state->driven & board->state->levels & LINE(line);
}

static bool is_powered(const struct virtual_board *board)
{
	return !board->spec.switched || is_high(board, BOARD_POWER);
}

static bool is_connected(const struct virtual_board *board)
{
	return !board->spec.switched || is_high(board, BOARD_ENABLE);
}

static void update_chip(struct virtual_board *board)
{
	bool connected = is_connected(board);
	struct avr_pins pins = {
		.powered = is_powered(board),
		.reset = !connected || !(board->state->driven & LINE(BOARD_RESET)) ||
			 is_high(board, BOARD_RESET),
		.sck = connected && is_high(board, BOARD_SCK),
		.mosi = connected && is_high(board, BOARD_MOSI),
	};

	if (board->chip)
		avr_chip_set_pins(board->chip, clock_now_ns(board->clock), pins);
}

struct virtual_board *virtual_board_open(const char *text, GError **error)
{
	struct virtual_board *board = g_new0(struct virtual_board, 1);

	if (!board_spec_parse(text, &board->spec, error)) {
		g_free(board);
		return NULL;
	}
	board->state = board_state_open(&board->spec, &board->state_fd, error);
	if (!board->state) {
		board_spec_clear(&board->spec);
		g_free(board);
		return NULL;
	}
	virtual_clock_init(&board->virtual_clock);
	board->clock =
		board->spec.realtime ? clock_monotonic() : &board->virtual_clock.clock;
	board->stall_random = board->spec.stall_seed;
	if (board->spec.part)
		board->chip = avr_chip_new(board->spec.part, &board->state->cells,
					   board->spec.clock);
	update_chip(board);
	return board;
}

void virtual_board_close(struct virtual_board *board)
{
	if (!board)
		return;
	avr_chip_free(board->chip);
	board_state_close(board->state, board->state_fd);
	board_spec_clear(&board->spec);
	g_free(board);
}

struct clock *virtual_board_clock(struct virtual_board *board)
{
	return board->clock;
}

struct avr_chip *virtual_board_chip(struct virtual_board *board)
{
	return board->chip;
}

static void change(struct virtual_board *board, uint64_t driven, uint64_t levels)
{
	uint64_t stall_ns = begin_call(board);

	board->state->driven = driven;
	board->state->levels = levels;
	update_chip(board);
	pass_ns(board, stall_ns);
}

void virtual_board_drive(struct virtual_board *board, uint64_t lines, uint64_t levels)
{
	change(board, board->state->driven | lines,
	       (board->state->levels & ~lines) | (levels & lines));
}

void virtual_board_float(struct virtual_board *board, uint64_t lines)
{
	change(board, board->state->driven & ~lines, board->state->levels);
}

void virtual_board_set(struct virtual_board *board, uint64_t lines, uint64_t levels)
{
	change(board, board->state->driven,
	       (board->state->levels & ~lines) | (levels & lines));
}

uint64_t virtual_board_driven(const struct virtual_board *board)
{
	return board->state->driven;
}

/* Open, it is pulled up. */
static uint64_t miso_level(struct virtual_board *board)
{
	bool driven = false;
	bool level = true;

	if (board->chip)
		level = avr_chip_miso(board->chip, clock_now_ns(board->clock), &driven);
	if (board->spec.jumper) {
		driven = board->state->driven & LINE(BOARD_MOSI);
		level = is_high(board, BOARD_MOSI);
	}
	return !driven || !is_connected(board) || level ? LINE(BOARD_MISO) : 0;
}

uint64_t virtual_board_levels(struct virtual_board *board)
{
	uint64_t levels = PULLED_UP | miso_level(board);

	if (is_powered(board))
		levels |= LINE(BOARD_SENSE);
	return (board->state->levels & board->state->driven) |
	       (levels & ~board->state->driven);
}

uint64_t virtual_board_get(struct virtual_board *board)
{
	uint64_t stall_ns = begin_call(board);
	uint64_t levels = virtual_board_levels(board);

	pass_ns(board, stall_ns);
	return levels;
}
