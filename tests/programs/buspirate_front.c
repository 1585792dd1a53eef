/* SPDX-License-Identifier: MIT */
/*
 * A Bus Pirate on a pseudo-terminal, wired to a virtual board: lets a program that drives
 * a real one judge the board's chip. It moves bytes; what they mean it does not know.
 *
 *   buspirate_front [OPTION...] virtual:PART[,...] LINK
 *
 * LINK becomes a symbolic link to the terminal while it serves. It ends when the client
 * closes the terminal, and with status 1 on a signal or when its time is up. The last
 * thing it prints is what the chip counted.
 *
 * The host's pauses are real, so the board's virtual time takes them as they are measured
 * and adds what a real one adds: 10 bits a byte at 115200 baud, and the 16 ms that an
 * FT232R waits before it sends a reply that does not fill a packet (FTDI AN232B-04).
 * Clients rely on that: avrdude 7.1 sends Programming Enable right after RESET went low,
 * and two replies later the 20 ms of the data sheets have passed. With a shorter latency
 * --settle makes up for it.
 */
#include "appliance/base/clock.h"
#include "gpio/virtual/avr_chip.h"
#include "gpio/virtual/board.h"
#include "tests/models/buspirate.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <termios.h>
#include <unistd.h>

#define BYTE_NS (10 * UINT64_C(1000000000) / 115200)

struct front {
	struct virtual_board *board;
	struct buspirate *pirate;
	int terminal;
	int client_side; /* held open until the client has come; -1 after that */
	uint64_t replied_ns;
	uint64_t latency_ns;
	uint64_t settle_ns;
	bool held; /* RESET was low after the last bytes */
};

static volatile sig_atomic_t is_stopped;

static int timeout_s = 60;
static int latency_us = 16000;
static int settle_us;
static gboolean has_avr_commands;
static gboolean is_old;

static const GOptionEntry options[] = {
	{ "timeout", 0, 0, G_OPTION_ARG_INT, &timeout_s, "End after S seconds (60)",
	  "S" },
	{ "latency", 0, 0, G_OPTION_ARG_INT, &latency_us,
	  "What the USB converter holds a reply back, in virtual time (16000)", "US" },
	{ "settle", 0, 0, G_OPTION_ARG_INT, &settle_us,
	  "What passes besides after RESET went low (0)", "US" },
	{ "avr-commands", 0, 0, G_OPTION_ARG_NONE, &has_avr_commands,
	  "A firmware with command 06", NULL },
	{ "old", 0, 0, G_OPTION_ARG_NONE, &is_old,
	  "A firmware before 5.10, without commands 04 and 05", NULL },
	{ NULL },
};

static void stop(int signal)
{
	is_stopped = 1;
}

/* Without SA_RESTART: blocking calls return. */
static void catch_signals(void)
{
	struct sigaction action = { .sa_handler = stop };

	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGALRM, &action, NULL);
}

static bool open_terminal(struct front *front, const char *link)
{
	char path[64];
	struct termios raw = { 0 };

	cfmakeraw(&raw);
	if (openpty(&front->terminal, &front->client_side, path, &raw, NULL) != 0) {
		perror("buspirate_front: openpty");
		return false;
	}
	if (symlink(path, link) != 0) {
		perror(link);
		return false;
	}
	return true;
}

static void pass_ns(struct front *front, uint64_t ns)
{
	struct clock *clock = virtual_board_clock(front->board);

	clock_spin_until_ns(clock, clock_now_ns(clock) + ns);
}

static bool write_all(int fd, const guint8 *data, size_t n_bytes)
{
	while (n_bytes) {
		ssize_t n = write(fd, data, n_bytes);

		if (n < 0)
			return false;
		data += n;
		n_bytes -= (size_t)n;
	}
	return true;
}

static void pass_reply(struct front *front, unsigned n_bytes)
{
	bool was_held = front->held;

	front->held = !(virtual_board_levels(front->board) >> BOARD_RESET & 1);
	if (front->held && !was_held)
		pass_ns(front, front->settle_ns);
	if (n_bytes)
		pass_ns(front, n_bytes * BYTE_NS + front->latency_ns);
}

static bool serve_bytes(struct front *front, const uint8_t *bytes, size_t n_bytes)
{
	g_autoptr(GByteArray) reply = g_byte_array_new();
	bool sent;

	pass_ns(front, clock_now_ns(clock_monotonic()) - front->replied_ns);
	for (size_t i = 0; i < n_bytes; i++) {
		pass_ns(front, BYTE_NS);
		buspirate_receive(front->pirate, bytes[i], reply);
	}
	pass_reply(front, reply->len);
	sent = write_all(front->terminal, reply->data, reply->len);
	front->replied_ns = clock_now_ns(clock_monotonic());
	return sent;
}

/* A terminal that nobody has open reads as EIO: ours keeps it open up to the first byte.
 */
static bool serve(struct front *front)
{
	uint8_t bytes[4096];

	front->replied_ns = clock_now_ns(clock_monotonic());
	while (!is_stopped) {
		ssize_t n = read(front->terminal, bytes, sizeof(bytes));

		if (n < 0 && errno == EIO)
			return true;
		if (n <= 0)
			return false;
		if (front->client_side >= 0)
			close(front->client_side);
		front->client_side = -1;
		if (!serve_bytes(front, bytes, (size_t)n))
			return false;
	}
	return false;
}

static void print_stats(struct front *front)
{
	struct avr_chip *chip = virtual_board_chip(front->board);
	const struct avr_chip_stats *stats = chip ? avr_chip_stats(chip) : NULL;

	if (!stats)
		return;
	printf("entries=%" PRIu64 " instructions=%" PRIu64 " busy_reads=%" PRIu64
	       " page_writes=%" PRIu64 " eeprom_writes=%" PRIu64 "\n",
	       stats->entries, stats->instructions, stats->busy_reads, stats->page_writes,
	       stats->eeprom_writes);
	printf("unknown=%" PRIu64 " busy_lost=%" PRIu64 " early_edges=%" PRIu64
	       " sck_violations=%" PRIu64 " mosi_violations=%" PRIu64 "\n",
	       stats->unknown, stats->busy_lost, stats->early_edges,
	       stats->sck_violations, stats->mosi_violations);
}

static int run(const char *spec, const char *link)
{
	struct front front = {
		.latency_ns = (uint64_t)latency_us * 1000,
		.settle_ns = (uint64_t)settle_us * 1000,
	};
	struct buspirate_firmware firmware = { !is_old, has_avr_commands };
	g_autofree char *exact = g_strconcat(spec, ",ioctl=0", NULL);
	g_autoptr(GError) error = NULL;
	bool served;

	front.board = virtual_board_open(exact, &error);
	if (!front.board) {
		fprintf(stderr, "buspirate_front: %s\n", error->message);
		return 2;
	}
	front.pirate = buspirate_new(front.board, firmware);
	served = open_terminal(&front, link);
	if (served) {
		served = serve(&front);
		unlink(link);
		print_stats(&front);
	}
	buspirate_free(front.pirate);
	virtual_board_close(front.board);
	return served ? 0 : 1;
}

int main(int argc, char **argv)
{
	g_autoptr(GOptionContext) context = g_option_context_new("BOARD LINK");
	g_autoptr(GError) error = NULL;

	g_option_context_add_main_entries(context, options, NULL);
	if (!g_option_context_parse(context, &argc, &argv, &error) || argc != 3) {
		fprintf(stderr, "buspirate_front: %s\n",
			error ? error->message : "needs a board and a link");
		return 2;
	}
	catch_signals();
	alarm((unsigned)timeout_s);
	return run(argv[1], argv[2]);
}
