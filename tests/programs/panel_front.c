/* SPDX-License-Identifier: MIT */
/*
 * The panel of a virtual board, for hands and eyes that have no box in front of them: its
 * lights are the header's pins, as the board's state file has them, its button is a
 * contact on the board's outside socket (docs/virtual-board.md).
 *
 *   panel_front STATE OUTSIDE press [MS]       closes the contact for so long (60)
 *   panel_front STATE OUTSIDE lights           says what is lit, and whether RESET is
 * driven panel_front STATE OUTSIDE follow SECONDS   until PASS (0) or FAIL (1) is lit; 2:
 * neither panel_front STATE OUTSIDE show LOG         draws it until q, with the last
 * lines of LOG
 */
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <termios.h>
#include <unistd.h>

#include "appliance/base/clock.h"
#include "gpio/virtual/board.h"
#include "gpio/virtual/board_state.h"

#define BUTTON	    17
#define PRESS_MS    60
#define HOLD_MS	    3200
#define LONG_MS	    10200
#define LOOK_MS	    20
#define N_LOG_LINES 9
#define WIDTH	    78

struct front {
	const volatile struct board_state *state;
	const char *outside;
	uint64_t pressed_until_ns; /* 0: the contact is open */
};

static const struct {
	const char *name;
	unsigned line;
	const char *colour; /* of a terminal that has some */
} lights[] = {
	{ "BUSY", 27, "\033[33m" },
	{ "PASS", 22, "\033[32m" },
	{ "FAIL", 23, "\033[31m" },
};

enum { BUSY, PASS, FAIL };

static volatile sig_atomic_t leaving;

static bool is_lit(const struct front *front, unsigned light)
{
	uint64_t lit = front->state->driven & front->state->levels;

	return lit >> lights[light].line & 1;
}

static gboolean open_state(struct front *front, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	void *map = MAP_FAILED;

	if (fd >= 0)
		map = mmap(NULL, sizeof(struct board_state), PROT_READ, MAP_SHARED, fd,
			   0);
	if (fd >= 0)
		close(fd);
	front->state = map;
	if (map != MAP_FAILED)
		return TRUE;
	fprintf(stderr, "panel_front: %s: %s\n", path, g_strerror(errno));
	return FALSE;
}

static gboolean send_word(const struct front *front, const char *word)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	ssize_t n = -1;

	g_strlcpy(address.sun_path, front->outside, sizeof(address.sun_path));
	if (fd >= 0)
		n = sendto(fd, word, strlen(word), 0, (struct sockaddr *)&address,
			   sizeof(address));
	if (n < 0)
		fprintf(stderr, "panel_front: %s: %s\n", front->outside,
			g_strerror(errno));
	if (fd >= 0)
		close(fd);
	return n >= 0;
}

static gboolean move_button(const struct front *front, gboolean down)
{
	g_autofree char *word = g_strdup_printf("%d=%d", BUTTON, !down);

	return send_word(front, word);
}

static int press(struct front *front, unsigned ms)
{
	if (!move_button(front, TRUE))
		return 2;
	clock_sleep_us(clock_monotonic(), ms * 1000u);
	return move_button(front, FALSE) ? 0 : 2;
}

static int say_lights(const struct front *front)
{
	for (unsigned i = 0; i < G_N_ELEMENTS(lights); i++)
		printf("%s=%d ", lights[i].name, is_lit(front, i));
	printf("RESET=%s\n", front->state->driven >> BOARD_RESET & 1 ? "driven" : "free");
	return 0;
}

static void draw_lights(const struct front *front)
{
	gboolean colours = isatty(STDOUT_FILENO);

	for (unsigned i = 0; i < G_N_ELEMENTS(lights); i++)
		printf("   %s(%s) %s%s",
		       colours && is_lit(front, i) ? lights[i].colour : "",
		       is_lit(front, i) ? "*" : " ", lights[i].name,
		       colours ? "\033[0m" : "");
}

/* On a terminal the lights move; elsewhere a line says each new picture that is not just
 * another blink. */
static int follow(const struct front *front, unsigned seconds)
{
	uint64_t end_ns = clock_now_ns(clock_monotonic()) + seconds * 1000000000ull;
	gboolean moves = isatty(STDOUT_FILENO);
	unsigned n_blinks = 0;
	bool was_busy = is_lit(front, BUSY);

	while (!is_lit(front, PASS) && !is_lit(front, FAIL) && !leaving &&
	       clock_now_ns(clock_monotonic()) < end_ns) {
		if (moves) {
			draw_lights(front);
			putchar('\r');
		}
		n_blinks += is_lit(front, BUSY) && !was_busy;
		was_busy = is_lit(front, BUSY);
		fflush(stdout);
		clock_sleep_us(clock_monotonic(), LOOK_MS * 1000);
	}
	if (!moves && n_blinks)
		printf("   BUSY has blinked %u times\n", n_blinks);
	draw_lights(front);
	putchar('\n');
	return is_lit(front, PASS) ? 0 : is_lit(front, FAIL) ? 1 : 2;
}

static void on_signal(int number)
{
	leaving = 1;
}

static void catch_signals(void)
{
	const int numbers[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction action = { .sa_handler = on_signal };

	for (unsigned i = 0; i < G_N_ELEMENTS(numbers); i++)
		sigaction(numbers[i], &action, NULL);
}

static void draw_log(const char *path)
{
	g_autofree char *text = NULL;
	g_auto(GStrv) lines = NULL;
	unsigned n_lines, from;

	if (!g_file_get_contents(path, &text, NULL, NULL))
		return;
	lines = g_strsplit(g_strchomp(text), "\n", -1);
	n_lines = g_strv_length(lines);
	from = n_lines > N_LOG_LINES ? n_lines - N_LOG_LINES : 0;
	for (unsigned i = from; i < n_lines; i++)
		printf("   %.*s\033[K\r\n", WIDTH - 4, lines[i]);
}

static void draw(const struct front *front, const char *log)
{
	printf("\033[H Sixpin: a virtual station with %.*s on its plug\033[K\r\n\033[K\r\n",
	       (int)sizeof(front->state->part), (const char *)front->state->part);
	draw_lights(front);
	printf("        button %s\033[K\r\n\033[K\r\n",
	       front->pressed_until_ns ? "down" : "up");
	printf("   space  press: run the job, or ask to cancel it\033[K\r\n"
	       "   h      hold for 3 s: the next job\033[K\r\n"
	       "   l      hold for 10 s: open the pairing window\033[K\r\n"
	       "   q      leave\033[K\r\n\033[K\r\n"
	       " What the station does:\033[K\r\n");
	draw_log(log);
	printf("\033[J");
	fflush(stdout);
}

static void begin_press(struct front *front, unsigned ms)
{
	if (front->pressed_until_ns || !move_button(front, TRUE))
		return;
	front->pressed_until_ns = clock_now_ns(clock_monotonic()) + ms * 1000000ull;
}

static void end_press(struct front *front)
{
	if (!front->pressed_until_ns ||
	    clock_now_ns(clock_monotonic()) < front->pressed_until_ns)
		return;
	move_button(front, FALSE);
	front->pressed_until_ns = 0;
}

static void take_key(struct front *front, char key)
{
	if (key == 'q' || key == 3 || key == 4)
		leaving = 1;
	else if (key == ' ')
		begin_press(front, PRESS_MS);
	else if (key == 'h')
		begin_press(front, HOLD_MS);
	else if (key == 'l')
		begin_press(front, LONG_MS);
}

static void run_screen(struct front *front, const char *log)
{
	struct pollfd in = { .fd = STDIN_FILENO, .events = POLLIN };
	char key;

	while (!leaving) {
		draw(front, log);
		if (poll(&in, 1, LOOK_MS) > 0) {
			if (read(STDIN_FILENO, &key, 1) != 1)
				return;
			take_key(front, key);
		}
		end_press(front);
	}
}

static int show(struct front *front, const char *log)
{
	struct termios before, raw;

	if (tcgetattr(STDIN_FILENO, &before) != 0) {
		fprintf(stderr, "panel_front: show takes a terminal\n");
		return 2;
	}
	raw = before;
	cfmakeraw(&raw);
	tcsetattr(STDIN_FILENO, TCSANOW, &raw);
	printf("\033[?1049h\033[?25l");
	run_screen(front, log);
	printf("\033[?25h\033[?1049l");
	fflush(stdout);
	tcsetattr(STDIN_FILENO, TCSANOW, &before);
	return front->pressed_until_ns && !move_button(front, FALSE) ? 2 : 0;
}

static unsigned number(const char *text, unsigned none)
{
	return text ? (unsigned)strtoul(text, NULL, 10) : none;
}

int main(int argc, char **argv)
{
	struct front front = { .outside = argc > 2 ? argv[2] : NULL };
	const char *what = argc > 3 ? argv[3] : "";

	catch_signals();
	if (argc > 3 && !open_state(&front, argv[1]))
		return 2;
	if (strcmp(what, "press") == 0)
		return press(&front, number(argv[4], PRESS_MS));
	if (strcmp(what, "lights") == 0)
		return say_lights(&front);
	if (strcmp(what, "follow") == 0 && argc == 5)
		return follow(&front, number(argv[4], 0));
	if (strcmp(what, "show") == 0 && argc == 5)
		return show(&front, argv[4]);
	fprintf(stderr,
		"usage: panel_front STATE OUTSIDE press [MS] | lights | follow SECONDS "
		"| show LOG\n");
	return 2;
}
