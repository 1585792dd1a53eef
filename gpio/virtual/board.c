/* SPDX-License-Identifier: MIT */
/*
 * The virtual board: which header line goes to which pin of the socket, who drives a line
 * and what an open one reads, what a line call costs and when its edge happens.
 */
#include "gpio/virtual/board.h"

#include "gpio/virtual/avr_chip.h"
#include "gpio/virtual/board_outside.h"
#include "gpio/virtual/board_spec.h"
#include "gpio/virtual/board_state.h"

#define LINE(n) ((uint64_t)1 << (n))

#define STALL_MAX_NS	    3000
#define SELDOM_STALL_NS	    50000
#define SELDOM_STALL_ONE_IN 4096

struct watcher {
	virtual_board_edge edge;
	void *user;
};

/* Functions here that are not public are called with the lock held. */
struct virtual_board {
	struct clock shared_clock; /* the virtual one behind the lock; comes first */
	GMutex lock;
	struct board_spec spec;
	struct board_state *state;
	int state_fd;
	struct avr_chip *chip;
	struct virtual_clock virtual_clock;
	struct clock *clock;
	uint32_t stall_random;
	struct board_outside *outside; /* NULL: no socket */
	uint64_t outside_drives;
	uint64_t outside_levels;
	bool target_off;
	uint64_t pulled_up;
	uint64_t watched;
	uint64_t seen; /* levels that the watchers know */
	struct watcher watchers[BOARD_N_LINES];
	uint64_t heard_at_ns; /* of the word that is acted on; 0: none is */
	uint64_t told_ns;     /* the last edge that was told */
};

/* A public function may look at a board that it does not change. */
static void lock(const struct virtual_board *board)
{
	g_mutex_lock((GMutex *)&board->lock);
}

static void unlock(const struct virtual_board *board)
{
	g_mutex_unlock((GMutex *)&board->lock);
}

static uint64_t shared_now_ns(struct clock *clock)
{
	struct virtual_board *board = (struct virtual_board *)clock;
	uint64_t now_ns;

	lock(board);
	now_ns = clock_now_ns(board->clock);
	unlock(board);
	return now_ns;
}

static void shared_advance_to_ns(struct clock *clock, uint64_t deadline_ns)
{
	struct virtual_board *board = (struct virtual_board *)clock;

	lock(board);
	clock_sleep_until_ns(board->clock, deadline_ns);
	unlock(board);
}

static const struct clock_ops shared_clock_ops = {
	.now_ns = shared_now_ns,
	.sleep_until_ns = shared_advance_to_ns,
	.spin_until_ns = shared_advance_to_ns,
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

/* A line as the target's side sees it. */
static bool is_driven(const struct virtual_board *board, unsigned line)
{
	return (board->state->driven | board->outside_drives) & LINE(line);
}

/* `drives` have these levels, whatever the others say. */
static uint64_t overrule(uint64_t levels, uint64_t drives, uint64_t driven_levels)
{
	return (levels & ~drives) | (driven_levels & drives);
}

static bool is_high(const struct virtual_board *board, unsigned line)
{
	uint64_t levels = board->outside_levels & board->outside_drives;

	return overrule(levels, board->state->driven, board->state->levels) & LINE(line);
}

static bool is_powered(const struct virtual_board *board)
{
	if (board->target_off)
		return false;
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
		.reset = !connected || !is_driven(board, BOARD_RESET) ||
			 is_high(board, BOARD_RESET),
		.sck = connected && is_high(board, BOARD_SCK),
		.mosi = connected && is_high(board, BOARD_MOSI),
	};

	if (board->chip)
		avr_chip_set_pins(board->chip, clock_now_ns(board->clock), pins);
}

static bool socket_drives_miso(struct virtual_board *board, bool *level)
{
	bool driven = false;

	if (!is_connected(board) || board->target_off)
		return false;
	if (board->spec.jumper) {
		*level = is_high(board, BOARD_MOSI);
		return is_driven(board, BOARD_MOSI);
	}
	if (board->chip)
		*level = avr_chip_miso(board->chip, clock_now_ns(board->clock), &driven);
	return driven;
}

/* The lines that the target's side drives. */
static uint64_t target_drives(struct virtual_board *board, uint64_t *levels)
{
	uint64_t drives = 0;
	bool miso = true;

	*levels = 0;
	if (is_powered(board))
		drives = *levels = LINE(BOARD_SENSE);
	if (socket_drives_miso(board, &miso)) {
		drives |= LINE(BOARD_MISO);
		*levels |= miso ? LINE(BOARD_MISO) : 0;
	}
	return drives;
}

/* Every AVR pulls its RESET up. */
static uint64_t pulled_up(const struct virtual_board *board)
{
	return board->pulled_up | LINE(BOARD_MISO) |
	       (board->target_off ? 0 : LINE(BOARD_RESET));
}

static uint64_t current_levels(struct virtual_board *board)
{
	uint64_t target_levels;
	uint64_t target = target_drives(board, &target_levels);
	uint64_t levels = pulled_up(board);

	levels = overrule(levels, board->outside_drives, board->outside_levels);
	levels = overrule(levels, target, target_levels);
	return overrule(levels, board->state->driven, board->state->levels);
}

/* Edges are the outside world's, and so is their time; none is before the last. */
static uint64_t edge_time_ns(const struct virtual_board *board)
{
	uint64_t time_ns =
		board->heard_at_ns ? board->heard_at_ns : clock_now_ns(clock_monotonic());

	return MAX(time_ns, board->told_ns);
}

static void tell_watchers(struct virtual_board *board)
{
	uint64_t levels, changed, time_ns;

	if (!board->watched)
		return;
	levels = current_levels(board);
	changed = (levels ^ board->seen) & board->watched;
	board->seen = levels;
	if (!changed)
		return;
	time_ns = board->told_ns = edge_time_ns(board);
	for (unsigned line = 0; changed; line++, changed >>= 1)
		if (changed & 1)
			board->watchers[line].edge(board->watchers[line].user, line,
						   time_ns, levels & LINE(line));
}

static void update(struct virtual_board *board)
{
	update_chip(board);
	tell_watchers(board);
}

static void set_outside(struct virtual_board *board, unsigned line, bool driven,
			bool level)
{
	board->outside_drives =
		overrule(board->outside_drives, LINE(line), driven ? LINE(line) : 0);
	board->outside_levels =
		overrule(board->outside_levels, LINE(line), level ? LINE(line) : 0);
	update(board);
}

static void set_target(struct virtual_board *board, bool inserted)
{
	board->target_off = !inserted;
	update(board);
}

static void hear(struct virtual_board *board)
{
	struct board_word word;

	while (board->outside && board_outside_take(board->outside, &word)) {
		board->heard_at_ns = word.time_ns;
		if (word.kind == BOARD_WORD_TARGET)
			set_target(board, word.level);
		else
			set_outside(board, word.line, word.kind == BOARD_WORD_DRIVE,
				    word.level);
	}
	board->heard_at_ns = 0;
}

static void heard(void *user)
{
	struct virtual_board *board = user;

	lock(board);
	hear(board);
	unlock(board);
}

static gboolean open_state(struct virtual_board *board, GError **error)
{
	board->state = board_state_open(&board->spec, &board->state_fd, error);
	if (!board->state)
		return FALSE;
	if (board->spec.part)
		board->chip = avr_chip_new(board->spec.part, &board->state->cells,
					   board->spec.clock);
	update_chip(board);
	return TRUE;
}

/* The thread's first word may come before board->outside is there. */
static gboolean open_outside(struct virtual_board *board, GError **error)
{
	if (!board->spec.outside_path)
		return TRUE;
	lock(board);
	board->outside =
		board_outside_open(board->spec.outside_path, heard, board, error);
	unlock(board);
	return board->outside != NULL;
}

static struct virtual_board *board_new(void)
{
	struct virtual_board *board = g_new0(struct virtual_board, 1);

	g_mutex_init(&board->lock);
	board->shared_clock.ops = &shared_clock_ops;
	virtual_clock_init(&board->virtual_clock);
	return board;
}

struct virtual_board *virtual_board_open(const char *text, GError **error)
{
	struct virtual_board *board = board_new();

	if (!board_spec_parse(text, &board->spec, error)) {
		virtual_board_close(board);
		return NULL;
	}
	board->clock =
		board->spec.realtime ? clock_monotonic() : &board->virtual_clock.clock;
	board->stall_random = board->spec.stall_seed;
	if (open_state(board, error) && open_outside(board, error))
		return board;
	virtual_board_close(board);
	return NULL;
}

/* The socket goes before the state's lock: who gets that may have the path at once. */
void virtual_board_close(struct virtual_board *board)
{
	if (!board)
		return;
	board_outside_close(board->outside);
	avr_chip_free(board->chip);
	if (board->state)
		board_state_close(board->state, board->state_fd);
	board_spec_clear(&board->spec);
	g_mutex_clear(&board->lock);
	g_free(board);
}

struct clock *virtual_board_clock(struct virtual_board *board)
{
	return board->spec.realtime ? board->clock : &board->shared_clock;
}

struct avr_chip *virtual_board_chip(struct virtual_board *board)
{
	return board->chip;
}

/* Nobody listens to the world here: what a call costs before its edge would differ from
 * call to call, and phases of SCK are paced to a few percent. */
static void change(struct virtual_board *board, uint64_t driven, uint64_t levels)
{
	uint64_t stall_ns = begin_call(board);

	board->state->driven = driven;
	board->state->levels = levels;
	update(board);
	pass_ns(board, stall_ns);
}

void virtual_board_drive(struct virtual_board *board, uint64_t lines, uint64_t levels)
{
	lock(board);
	change(board, board->state->driven | lines,
	       overrule(board->state->levels, lines, levels));
	unlock(board);
}

void virtual_board_float(struct virtual_board *board, uint64_t lines)
{
	lock(board);
	change(board, board->state->driven & ~lines, board->state->levels);
	unlock(board);
}

void virtual_board_set(struct virtual_board *board, uint64_t lines, uint64_t levels)
{
	lock(board);
	change(board, board->state->driven,
	       overrule(board->state->levels, lines, levels));
	unlock(board);
}

uint64_t virtual_board_get(struct virtual_board *board)
{
	uint64_t stall_ns, levels;

	lock(board);
	stall_ns = begin_call(board);
	hear(board);
	levels = current_levels(board);
	pass_ns(board, stall_ns);
	unlock(board);
	return levels;
}

void virtual_board_outside(struct virtual_board *board, unsigned line, bool level)
{
	g_assert(line < BOARD_N_LINES);
	lock(board);
	set_outside(board, line, true, level);
	unlock(board);
}

void virtual_board_release_outside(struct virtual_board *board, unsigned line)
{
	g_assert(line < BOARD_N_LINES);
	lock(board);
	set_outside(board, line, false, false);
	unlock(board);
}

void virtual_board_insert(struct virtual_board *board, bool inserted)
{
	lock(board);
	set_target(board, inserted);
	unlock(board);
}

void virtual_board_pull(struct virtual_board *board, uint64_t lines, bool up)
{
	lock(board);
	board->pulled_up = overrule(board->pulled_up, lines, up ? lines : 0);
	tell_watchers(board);
	unlock(board);
}

void virtual_board_watch(struct virtual_board *board, unsigned line,
			 virtual_board_edge edge, void *user)
{
	g_assert(line < BOARD_N_LINES);
	lock(board);
	hear(board);
	board->watched = overrule(board->watched, LINE(line), edge ? LINE(line) : 0);
	board->watchers[line] = (struct watcher){ edge, user };
	board->seen = overrule(board->seen, LINE(line), current_levels(board));
	unlock(board);
}

uint64_t virtual_board_driven(const struct virtual_board *board)
{
	uint64_t driven;

	lock(board);
	driven = board->state->driven;
	unlock(board);
	return driven;
}

uint64_t virtual_board_levels(struct virtual_board *board)
{
	uint64_t levels;

	lock(board);
	hear(board);
	levels = current_levels(board);
	unlock(board);
	return levels;
}
