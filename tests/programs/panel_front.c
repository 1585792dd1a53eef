/* SPDX-License-Identifier: MIT */
/*
 * The panel of a virtual board, for hands and eyes that have no box in front of them: its
 * lights are the header's pins, as the board's state file has them, its button is a
 * contact on the board's outside socket (docs/virtual-board.md). The words are
 *
 *   STATE OUTSIDE press [MS]      closes the contact for so long (60)
 *   STATE OUTSIDE lights          says what is lit, and whether RESET is driven
 *   STATE OUTSIDE follow SECONDS  until PASS (0) or FAIL (1) is lit after a run that made
 *                                 BUSY blink; 2: neither came, or BUSY did not blink
 *   STATE OUTSIDE show LOG NOTE   draws it until q, above the last lines of LOG (what
 *                                 "sixpin watch" says), the journal's row of the last
 *                                 run, for which it asks "sixpin history", and a note
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

#define BUTTON	     17
#define PRESS_MS     60
#define HOLD_MS	     3200
#define LONG_MS	     10200
#define LOOK_MS	     20
#define LEAST_BLINKS 2 /* one may be the press itself */
#define N_LOG_LINES  7
#define N_ROW_LINES  3
#define WIDTH	     79
#define INDENT	     3

struct front {
	const volatile struct board_state *state;
	const char *outside;
	uint64_t pressed_until_ns; /* 0: the contact is open */
};

struct screen {
	struct front *front;
	const char *path; /* of what is said */
	const char *note;
	char *log, *row;
	unsigned n_told; /* news that were in the log when the row was asked for */
	FILE *asking;	 /* for the row */
	GString *answer;
	char *shown;
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

static void draw_lights(const struct front *front, GString *picture)
{
	gboolean colours = isatty(STDOUT_FILENO);

	for (unsigned i = 0; i < G_N_ELEMENTS(lights); i++)
		g_string_append_printf(picture, "   %s(%s) %s%s",
				       colours && is_lit(front, i) ? lights[i].colour
								   : "",
				       is_lit(front, i) ? "*" : " ", lights[i].name,
				       colours ? "\033[0m" : "");
}

static void put_lights(const struct front *front, char end)
{
	g_autoptr(GString) picture = g_string_new(NULL);

	draw_lights(front, picture);
	printf("%s%c", picture->str, end);
	fflush(stdout);
}

/* On a terminal the lights move. Until BUSY has blinked, PASS and FAIL are about
 * something else: a job's number, the last run. */
static int follow(const struct front *front, unsigned seconds)
{
	uint64_t end_ns = clock_now_ns(clock_monotonic()) + seconds * 1000000000ull;
	gboolean moves = isatty(STDOUT_FILENO);
	unsigned n_blinks = 0;
	bool was_busy = is_lit(front, BUSY);

	while ((n_blinks < LEAST_BLINKS ||
		(!is_lit(front, PASS) && !is_lit(front, FAIL))) &&
	       !leaving && clock_now_ns(clock_monotonic()) < end_ns) {
		if (moves)
			put_lights(front, '\r');
		n_blinks += is_lit(front, BUSY) && !was_busy;
		was_busy = is_lit(front, BUSY);
		clock_sleep_us(clock_monotonic(), LOOK_MS * 1000);
	}
	put_lights(front, '\n');
	printf("   BUSY has blinked %u times\n", n_blinks);
	if (n_blinks < LEAST_BLINKS)
		return 2;
	return is_lit(front, PASS) ? 0 : is_lit(front, FAIL) ? 1 : 2;
}

static void on_signal(int number)
{
	leaving = 1;
}

static void catch_signals(void)
{
	const int numbers[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
	struct sigaction action = { .sa_handler = on_signal };

	for (unsigned i = 0; i < G_N_ELEMENTS(numbers); i++)
		sigaction(numbers[i], &action, NULL);
}

/* As much of a line as the terminal has room for; escapes of others stay out. */
static void draw_line(GString *picture, const char *line)
{
	g_autofree char *valid = g_utf8_make_valid(line, -1);
	g_autofree char *shown =
		g_utf8_substring(valid, 0, MIN(g_utf8_strlen(valid, -1), WIDTH - INDENT));

	g_strdelimit(shown, "\033\r\t", ' ');
	g_string_append_printf(picture, "%*s%s\033[K\r\n", INDENT, "", shown);
}

static void draw_lines(GString *picture, const char *text, unsigned n_room)
{
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
	unsigned n_lines = g_strv_length(lines);

	for (unsigned i = n_lines > n_room ? n_lines - n_room : 0; i < n_lines; i++)
		draw_line(picture, lines[i]);
	for (unsigned i = n_lines; i < n_room; i++)
		g_string_append(picture, "\033[K\r\n");
}

static void draw(const struct screen *screen, GString *picture)
{
	const struct front *front = screen->front;

	g_string_append_printf(
		picture,
		"\033[H Sixpin: a virtual station with %.*s on its plug\033[K\r\n",
		(int)sizeof(front->state->part), (const char *)front->state->part);
	draw_line(picture, screen->note);
	g_string_append(picture, "\033[K\r\n");
	draw_lights(front, picture);
	g_string_append_printf(picture, "        button %s\033[K\r\n\033[K\r\n",
			       front->pressed_until_ns ? "down" : "up");
	g_string_append(picture,
			"   space  press: run the job, or ask to cancel it\033[K\r\n"
			"   h      hold for 3 s: the next job\033[K\r\n"
			"   l      hold for 10 s: open the pairing window\033[K\r\n"
			"   q      leave\033[K\r\n\033[K\r\n"
			" What the station does (sixpin watch):\033[K\r\n");
	draw_lines(picture, screen->log, N_LOG_LINES);
	g_string_append(picture, "\033[K\r\n The last run (sixpin history):\033[K\r\n");
	draw_lines(picture, screen->row, N_ROW_LINES);
	g_string_append(picture, "\033[J");
}

/* What has not changed is not sent again: the line to the terminal may be slow. */
static void refresh(struct screen *screen)
{
	g_autoptr(GString) picture = g_string_new(NULL);

	draw(screen, picture);
	if (g_strcmp0(picture->str, screen->shown) == 0)
		return;
	fputs(picture->str, stdout);
	fflush(stdout);
	g_free(screen->shown);
	screen->shown = g_strdup(picture->str);
}

/* "7 passed" begins or ends a run, "7 write flash 128 of 924" does not. */
static unsigned count_news(const char *log)
{
	const char *const words[] = { "started",     "passed", "failed",
				      "interrupted", "done",   NULL };
	g_auto(GStrv) lines = g_strsplit(log, "\n", -1);
	unsigned n = 0;

	for (unsigned i = 0; lines[i]; i++) {
		g_auto(GStrv) of_line = g_strsplit(lines[i], " ", 3);

		n += of_line[0] && of_line[1] && g_strv_contains(words, of_line[1]);
	}
	return n;
}

/* Columns become words, and a message goes on in the next line: 80 columns do for all. */
static char *fold(const char *text)
{
	g_auto(GStrv) words = g_strsplit_set(text, " \n", -1);
	GString *folded = g_string_new(NULL);
	unsigned column = 0;

	for (unsigned i = 0; words[i]; i++) {
		unsigned n = (unsigned)g_utf8_strlen(words[i], -1);

		if (!n)
			continue;
		if (column)
			g_string_append_c(folded,
					  column + n < WIDTH - INDENT ? ' ' : '\n');
		column = column + n < WIDTH - INDENT ? column + n + 1 : n + 1;
		g_string_append(folded, words[i]);
	}
	return g_string_free(folded, FALSE);
}

/* Asks the journal; the answer comes beside what else there is to do. */
static void ask_row(struct screen *screen)
{
	if (screen->asking)
		return;
	screen->asking = popen("exec sixpin history --kind run --limit 1 2>&1", "re");
	screen->n_told = count_news(screen->log);
}

static void take_row(struct screen *screen)
{
	char part[512];
	ssize_t n = read(fileno(screen->asking), part, sizeof(part));

	if (n > 0) {
		g_string_append_len(screen->answer, part, n);
		return;
	}
	pclose(screen->asking);
	screen->asking = NULL;
	g_free(screen->row);
	screen->row = fold(screen->answer->str);
	g_string_truncate(screen->answer, 0);
}

static void look_at_log(struct screen *screen)
{
	g_autofree char *text = NULL;

	if (!g_file_get_contents(screen->path, &text, NULL, NULL))
		return;
	g_free(screen->log);
	screen->log = g_strdup(g_strchomp(text));
	if (count_news(screen->log) != screen->n_told)
		ask_row(screen);
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

static void run_screen(struct screen *screen)
{
	char key;

	ask_row(screen);
	while (!leaving) {
		struct pollfd in[] = {
			{ .fd = STDIN_FILENO, .events = POLLIN },
			{ .fd = screen->asking ? fileno(screen->asking) : -1,
			  .events = POLLIN },
		};

		look_at_log(screen);
		refresh(screen);
		if (poll(in, G_N_ELEMENTS(in), LOOK_MS) > 0 && in[0].revents) {
			if (read(STDIN_FILENO, &key, 1) != 1)
				return;
			take_key(screen->front, key);
		}
		if (in[1].revents)
			take_row(screen);
		end_press(screen->front);
	}
}

static void screen_clear(struct screen *screen)
{
	if (screen->asking)
		pclose(screen->asking);
	g_string_free(screen->answer, TRUE);
	g_free(screen->log);
	g_free(screen->row);
	g_free(screen->shown);
}

static int show(struct front *front, const char *path, const char *note)
{
	struct screen screen = { .front = front,
				 .path = path,
				 .note = note,
				 .log = g_strdup(""),
				 .row = g_strdup(""),
				 .answer = g_string_new(NULL) };
	struct termios before, raw;

	if (tcgetattr(STDIN_FILENO, &before) != 0) {
		fprintf(stderr, "panel_front: show takes a terminal\n");
		screen_clear(&screen);
		return 2;
	}
	raw = before;
	cfmakeraw(&raw);
	tcsetattr(STDIN_FILENO, TCSANOW, &raw);
	printf("\033[?1049h\033[?25l");
	run_screen(&screen);
	printf("\033[?25h\033[?1049l");
	fflush(stdout);
	tcsetattr(STDIN_FILENO, TCSANOW, &before);
	screen_clear(&screen);
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
	if (strcmp(what, "show") == 0 && argc == 6)
		return show(&front, argv[4], argv[5]);
	fprintf(stderr,
		"usage: panel_front STATE OUTSIDE press [MS] | lights | follow SECONDS "
		"| show LOG NOTE\n");
	return 2;
}
