/* SPDX-License-Identifier: MIT */
/*
 * The board behind the chip, and what the kernel's gpiolib-cdev.c keeps: who holds which
 * line, which descriptor stands for which lines, what happens when it closes.
 *
 * The board is open, and its state file locked, while the process holds lines; so a
 * second process finds them busy. Who holds them is written to FILE.lines beside the
 * state file.
 */
#include "tests/preload/gpiochip/chip.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "appliance/base/error.h"

#define MAX_FILES	32
#define EVENTS_PER_LINE 16 /* gpiolib's, in both uAPIs */
#define ALL_LINES	all_of(BOARD_N_LINES)

/* The kernel has one such state too; a preloaded library has no context to pass. */
static struct {
	pid_t owner;
	struct virtual_board *board;
	int holders_fd;
	char consumers[BOARD_N_LINES][GPIO_MAX_NAME_SIZE];
	uint64_t held;
	uint64_t active_low;
	struct file files[MAX_FILES];
} chip = { .holders_fd = -1 };

static const char *board_spec(void)
{
	return setting("SIXPIN_GPIOCHIP_BOARD", "virtual:none");
}

/* The same lines, by their place on the chip. */
static uint64_t on_chip(const struct file *file, uint64_t bits)
{
	uint64_t lines = 0;

	for (unsigned i = 0; i < file->n_lines; i++)
		if (bits & BIT(i))
			lines |= BIT(file->offsets[i]);
	return lines;
}

/* Closed for every call, so that a test reads whole lines at any time. */
static int log_call(const char *call, const struct file *file, int errnum)
{
	const char *path = getenv("SIXPIN_GPIOCHIP_LOG");
	g_autoptr(GString) lines = NULL;
	int fd;

	if (!path)
		return errnum;
	lines = g_string_new(NULL);
	for (unsigned i = 0; i < file->n_lines; i++)
		g_string_append_printf(lines, "%s%u", i ? "," : "", file->offsets[i]);
	fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
	dprintf(fd, "%s lines=%s errno=%d driven=%#llx levels=%#llx\n", call, lines->str,
		errnum,
		chip.board ? (unsigned long long)virtual_board_driven(chip.board) : 0,
		chip.board ? (unsigned long long)virtual_board_levels(chip.board) : 0);
	close(fd);
	return errnum;
}

/* The board and who holds its lines. */

static char *holders_path(void)
{
	g_auto(GStrv) words = g_strsplit(board_spec(), ",", -1);

	for (unsigned i = 0; words[i]; i++)
		if (g_str_has_prefix(words[i], "state="))
			return g_strconcat(words[i] + strlen("state="), ".lines", NULL);
	return NULL;
}

static int open_holders(int flags)
{
	g_autofree char *path = holders_path();

	return path ? open(path, flags | O_CLOEXEC, 0666) : -1;
}

/* What a killed process left driven, its kernel has long taken back. */
static int board_open(void)
{
	g_autoptr(GError) error = NULL;

	if (chip.board)
		return 0;
	chip.board = virtual_board_open(board_spec(), &error);
	if (!chip.board && g_error_matches(error, SIXPIN_ERROR, SIXPIN_ERROR_BUSY))
		return EBUSY;
	if (!chip.board) {
		fprintf(stderr, "gpiochip: %s\n", error->message);
		return ENODEV;
	}
	chip.holders_fd = open_holders(O_RDWR | O_CREAT | O_TRUNC);
	if (!is_set("SIXPIN_GPIOCHIP_KEEP") && virtual_board_driven(chip.board))
		virtual_board_float(chip.board, ALL_LINES);
	return 0;
}

/* A board without a state file would be factory-new the next time: it stays. */
static void board_close_if_idle(void)
{
	if (chip.held || chip.holders_fd < 0)
		return;
	close(chip.holders_fd);
	chip.holders_fd = -1;
	virtual_board_close(chip.board);
	chip.board = NULL;
}

static void set_holder(unsigned offset, bool held, const char *consumer)
{
	char *name = chip.consumers[offset];

	chip.held = held ? chip.held | BIT(offset) : chip.held & ~BIT(offset);
	memset(name, 0, GPIO_MAX_NAME_SIZE);
	if (held)
		g_strlcpy(name, consumer[0] ? consumer : "?", GPIO_MAX_NAME_SIZE);
	if (chip.holders_fd >= 0)
		pwrite(chip.holders_fd, name, GPIO_MAX_NAME_SIZE,
		       (off_t)offset * GPIO_MAX_NAME_SIZE);
}

/* What another process wrote counts while it has the board. */
static void read_foreign_holder(unsigned offset, struct line_state *state)
{
	int fd;

	if (board_open() == EBUSY) {
		fd = open_holders(O_RDONLY);
		pread(fd, state->consumer, GPIO_MAX_NAME_SIZE,
		      (off_t)offset * GPIO_MAX_NAME_SIZE);
		close(fd);
		state->held = state->consumer[0];
	} else if (chip.board) {
		board_close_if_idle();
	}
}

int get_line_state(unsigned offset, struct line_state *state)
{
	if (offset >= BOARD_N_LINES)
		return EINVAL;
	*state = (struct line_state){
		.held = chip.held & BIT(offset),
		.driven = chip.board && virtual_board_driven(chip.board) & BIT(offset),
		.active_low = chip.active_low & BIT(offset),
	};
	snprintf(state->name, sizeof(state->name), "GPIO%u", offset);
	memcpy(state->consumer, chip.consumers[offset], GPIO_MAX_NAME_SIZE);
	if (!chip.board)
		read_foreign_holder(offset, state);
	return 0;
}

/* Descriptors. */

/* A forked child has the parent's table but not its lines. */
struct file *find_file(int fd)
{
	if (getpid() != chip.owner)
		return NULL;
	for (unsigned i = 0; i < MAX_FILES; i++)
		if (chip.files[i].used && chip.files[i].fd == fd)
			return &chip.files[i];
	return NULL;
}

/* The number is a real one, so that nothing else gets it; where edges can be read at it,
 * it is one end of a stream. */
static struct file file_with_fds(const struct file_kind *kind)
{
	struct file file = { .used = true, .kind = kind, .events_fd = -1 };
	int fds[2];

	if (kind && kind->write_event &&
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == 0) {
		file.fd = fds[0];
		file.events_fd = fds[1];
	} else {
		file.fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	}
	return file;
}

struct file *file_new(const struct file_kind *kind)
{
	chip.owner = getpid();
	for (unsigned i = 0; i < MAX_FILES; i++) {
		if (chip.files[i].used)
			continue;
		chip.files[i] = file_with_fds(kind);
		return &chip.files[i];
	}
	return NULL;
}

/* In whatever thread, maybe with no lock but the board's: our own ioctl would take one.
 */
static unsigned count_events(int fd, size_t n_bytes)
{
	int n_waiting = 0;

	syscall(SYS_ioctl, fd, FIONREAD, &n_waiting);
	return (unsigned)((size_t)n_waiting / n_bytes);
}

static void put_event(struct file *file, unsigned i, uint64_t time_ns, bool rising)
{
	char event[sizeof(struct gpio_v2_line_event)], oldest[sizeof(event)];
	size_t n_bytes = file->kind->write_event(file, i, time_ns, rising, event);

	if (count_events(file->fd, n_bytes) >= file->n_events_max) {
		if (!file->kind->oldest_is_lost)
			return;
		recv(file->fd, oldest, n_bytes, MSG_DONTWAIT);
	}
	send(file->events_fd, event, n_bytes, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static void take_edge(void *user, unsigned line, uint64_t time_ns, bool level)
{
	struct file *file = user;
	unsigned i = 0;
	bool rising;

	while (file->offsets[i] != line)
		i++;
	rising = level != !!(file->active_low & BIT(i));
	if ((rising ? file->rising : file->falling) & BIT(i))
		put_event(file, i, time_ns, rising);
}

static void watch(struct file *file, bool on)
{
	uint64_t edges = file->rising | file->falling;

	for (unsigned i = 0; i < file->n_lines; i++)
		if (edges & BIT(i))
			virtual_board_watch(chip.board, file->offsets[i],
					    on ? take_edge : NULL, file);
}

static void close_events(struct file *file)
{
	watch(file, false);
	close(file->events_fd);
}

void file_close(struct file *file)
{
	file->used = false;
	if (file->events_fd >= 0)
		close_events(file);
	if (!file->n_lines)
		return;
	if (file->outputs && !is_set("SIXPIN_GPIOCHIP_KEEP"))
		virtual_board_float(chip.board, on_chip(file, file->outputs));
	virtual_board_pull(chip.board, on_chip(file, ~(uint64_t)0), false);
	for (unsigned i = 0; i < file->n_lines; i++)
		set_holder(file->offsets[i], false, NULL);
	chip.active_low &= ~on_chip(file, ~(uint64_t)0);
	log_call("close", file, 0);
	board_close_if_idle();
}

/* As the kernel would at the end of the process. */
void files_close(void)
{
	for (unsigned i = 0; i < MAX_FILES && getpid() == chip.owner; i++)
		if (chip.files[i].used)
			file_close(&chip.files[i]);
	if (getpid() == chip.owner)
		virtual_board_close(chip.board);
}

/* What both uAPIs do. */

static void configure(struct file *file, const struct config *config)
{
	uint64_t levels = on_chip(file, config->values ^ config->active_low);

	watch(file, false);
	file->active_low = config->active_low;
	file->rising = config->rising;
	file->falling = config->falling;
	file->outputs = (file->outputs & ~config->inputs) | config->outputs;
	chip.active_low &= ~on_chip(file, ~(uint64_t)0);
	chip.active_low |= on_chip(file, config->active_low);
	if (config->outputs)
		virtual_board_drive(chip.board, on_chip(file, config->outputs), levels);
	if (config->inputs)
		virtual_board_float(chip.board, on_chip(file, config->inputs));
	virtual_board_pull(chip.board, on_chip(file, ~config->pulled_up), false);
	virtual_board_pull(chip.board, on_chip(file, config->pulled_up), true);
	watch(file, true);
}

static int check_edges(const struct file_kind *kind, const struct config *config)
{
	bool wanted = config->rising || config->falling;

	return wanted && is_set("SIXPIN_GPIOCHIP_NO_EDGES") ? kind->without_interrupts
							    : 0;
}

int file_configure(struct file *file, const struct config *config, int errnum)
{
	if (!errnum)
		errnum = check_edges(file->kind, config);
	if (!errnum)
		configure(file, config);
	return log_call("configure", file, errnum);
}

static int check_free(const uint32_t *offsets, unsigned n_lines)
{
	uint64_t wanted = 0;

	for (unsigned i = 0; i < n_lines; i++) {
		if (offsets[i] >= BOARD_N_LINES)
			return EINVAL;
		if ((chip.held | wanted) & BIT(offsets[i]))
			return EBUSY;
		wanted |= BIT(offsets[i]);
	}
	return 0;
}

int file_request(const struct file_kind *kind, const uint32_t *offsets, unsigned n_lines,
		 const char *consumer, const struct config *config, int *fd)
{
	struct file refused = { .n_lines = n_lines };
	struct file *file;
	int errnum = board_open();

	memcpy(refused.offsets, offsets, n_lines * sizeof(*offsets));
	if (!errnum)
		errnum = check_free(offsets, n_lines);
	if (!errnum)
		errnum = check_edges(kind, config);
	file = errnum ? NULL : file_new(kind);
	if (!file) {
		log_call("request", &refused, errnum ? errnum : ENFILE);
		board_close_if_idle();
		return errnum ? errnum : ENFILE;
	}
	file->n_lines = n_lines;
	file->n_events_max = n_lines * EVENTS_PER_LINE;
	memcpy(file->offsets, offsets, n_lines * sizeof(*offsets));
	for (unsigned i = 0; i < n_lines; i++)
		set_holder(offsets[i], true, consumer);
	*fd = file->fd;
	configure(file, config);
	return log_call("request", file, 0);
}

int file_set(struct file *file, uint64_t mask, uint64_t values)
{
	if (mask & ~file->outputs)
		return log_call("set", file, EPERM);
	virtual_board_set(chip.board, on_chip(file, mask),
			  on_chip(file, values ^ file->active_low));
	return log_call("set", file, 0);
}

int file_get(struct file *file, uint64_t mask, uint64_t *values)
{
	uint64_t levels = virtual_board_get(chip.board);

	*values = 0;
	for (unsigned i = 0; i < file->n_lines; i++)
		if (levels & BIT(file->offsets[i]))
			*values |= BIT(i);
	*values = (*values ^ file->active_low) & mask;
	return log_call("get", file, 0);
}
