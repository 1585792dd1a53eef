/* SPDX-License-Identifier: MIT */
/* The world around the virtual board: who drives a line, the target in and out, edges,
 * the socket, and two threads on one board. */
#include "gpio/virtual/board_outside.h"

#include <glib/gstdio.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "appliance/base/error.h"
#include "gpio/virtual/avr_chip.h"
#include "gpio/virtual/board.h"

#define LINE(n)	   ((uint64_t)1 << (n))
#define BUTTON	   17
#define LED	   27
#define PATIENCE_S 10

static struct virtual_board *open_board(const char *spec)
{
	g_autoptr(GError) error = NULL;
	struct virtual_board *board = virtual_board_open(spec, &error);

	g_assert_no_error(error);
	return board;
}

/* A board in the default spec, or in another one. */
struct scene {
	struct virtual_board *board;
	char *dir;
	char *path;
	GString *edges; /* "17+ 17- " */
	uint64_t last_ns;
	gint n_edges;
};

static void set_up(struct scene *scene, gconstpointer data)
{
	const char *spec = data;
	g_autofree char *full = NULL;

	scene->dir = g_dir_make_tmp("sixpin-XXXXXX", NULL);
	scene->path = g_build_filename(scene->dir, "outside", NULL);
	full = strstr(spec, "outside=") ? g_strconcat(spec, scene->path, NULL)
					: g_strdup(spec);
	scene->board = open_board(full);
	scene->edges = g_string_new(NULL);
}

static void tear_down(struct scene *scene, gconstpointer data)
{
	virtual_board_close(scene->board);
	g_assert_false(g_file_test(scene->path, G_FILE_TEST_EXISTS));
	g_rmdir(scene->dir);
	g_free(scene->dir);
	g_free(scene->path);
	g_string_free(scene->edges, TRUE);
}

static bool is_high(struct scene *scene, unsigned line)
{
	return virtual_board_levels(scene->board) & LINE(line);
}

static void test_an_open_line_follows_the_outside(struct scene *scene, gconstpointer data)
{
	g_assert_false(is_high(scene, BUTTON));
	virtual_board_outside(scene->board, BUTTON, true);
	g_assert_true(is_high(scene, BUTTON));
	g_assert_true(virtual_board_get(scene->board) & LINE(BUTTON));
	virtual_board_outside(scene->board, BUTTON, false);
	g_assert_false(is_high(scene, BUTTON));
	virtual_board_outside(scene->board, BUTTON, true);
	virtual_board_release_outside(scene->board, BUTTON);
	g_assert_false(is_high(scene, BUTTON));
	g_assert_cmphex(virtual_board_driven(scene->board), ==, 0);
}

static void test_a_pull_is_weaker_than_the_outside(struct scene *scene,
						   gconstpointer data)
{
	virtual_board_pull(scene->board, LINE(BUTTON) | LINE(LED), true);
	g_assert_true(is_high(scene, BUTTON));
	virtual_board_outside(scene->board, BUTTON, false);
	g_assert_false(is_high(scene, BUTTON));
	g_assert_true(is_high(scene, LED));
	virtual_board_release_outside(scene->board, BUTTON);
	virtual_board_pull(scene->board, LINE(LED), false);
	g_assert_true(is_high(scene, BUTTON));
	g_assert_false(is_high(scene, LED));
}

static void test_the_header_is_stronger_than_the_outside(struct scene *scene,
							 gconstpointer data)
{
	virtual_board_outside(scene->board, LED, true);
	virtual_board_drive(scene->board, LINE(LED), 0);
	g_assert_false(is_high(scene, LED));
	virtual_board_float(scene->board, LINE(LED));
	g_assert_true(is_high(scene, LED));
}

static void test_the_target_drives_sense_and_miso_itself(struct scene *scene,
							 gconstpointer data)
{
	virtual_board_outside(scene->board, BOARD_SENSE, false);
	virtual_board_outside(scene->board, BOARD_MISO, false);

	g_assert_true(is_high(scene, BOARD_SENSE));
	g_assert_false(is_high(scene, BOARD_MISO)); /* out of reset, it is an input */
}

static uint8_t send_byte(struct virtual_board *board, uint8_t out)
{
	const uint64_t sck = LINE(BOARD_SCK), mosi = LINE(BOARD_MOSI);
	struct clock *clock = virtual_board_clock(board);
	uint8_t in = 0;

	for (int bit = 7; bit >= 0; bit--) {
		virtual_board_set(board, sck | mosi, out >> bit & 1 ? mosi : 0);
		clock_sleep_us(clock, 10);
		virtual_board_set(board, sck, sck);
		clock_sleep_us(clock, 10);
		in = (uint8_t)(in << 1 | !!(virtual_board_get(board) & LINE(BOARD_MISO)));
	}
	return in;
}

/* Programming Enable; whether the part echoed. */
static bool enters(struct virtual_board *board)
{
	const uint64_t reset = LINE(BOARD_RESET);
	struct clock *clock = virtual_board_clock(board);
	bool echoed;

	virtual_board_drive(board, reset | LINE(BOARD_SCK) | LINE(BOARD_MOSI), reset);
	clock_sleep_us(clock, 1000);
	virtual_board_set(board, reset, 0);
	clock_sleep_us(clock, 20000);
	send_byte(board, 0xAC);
	send_byte(board, 0x53);
	echoed = send_byte(board, 0x00) == 0x53;
	send_byte(board, 0x00);
	virtual_board_set(board, LINE(BOARD_SCK), 0);
	return echoed;
}

static void test_a_target_that_is_off_leaves_all_open(struct scene *scene,
						      gconstpointer data)
{
	virtual_board_insert(scene->board, false);

	g_assert_cmphex(virtual_board_levels(scene->board), ==, LINE(BOARD_MISO));
	virtual_board_outside(scene->board, BOARD_RESET, true);
	virtual_board_outside(scene->board, BOARD_MISO, false);
	g_assert_cmphex(virtual_board_levels(scene->board), ==, LINE(BOARD_RESET));
	virtual_board_release_outside(scene->board, BOARD_RESET);
	virtual_board_release_outside(scene->board, BOARD_MISO);
	g_assert_false(enters(scene->board));
}

static void test_a_target_is_back_as_after_power_on(struct scene *scene,
						    gconstpointer data)
{
	struct avr_chip *chip = virtual_board_chip(scene->board);

	g_assert_true(enters(scene->board));
	avr_chip_cells(chip)->flash[5] = 0x55;
	virtual_board_insert(scene->board, false);
	clock_sleep_us(virtual_board_clock(scene->board), 1000);
	virtual_board_insert(scene->board, true);
	send_byte(scene->board, 0x30);
	send_byte(scene->board, 0x00);

	g_assert_cmphex(send_byte(scene->board, 0x00), ==, 0xFF);
	g_assert_cmpuint(avr_chip_stats(chip)->entries, ==, 1);
	g_assert_true(enters(scene->board));
	g_assert_cmphex(avr_chip_cells(chip)->flash[5], ==, 0x55);
}

static void test_a_jumper_that_is_off_joins_nothing(struct scene *scene,
						    gconstpointer data)
{
	virtual_board_drive(scene->board, LINE(BOARD_MOSI), 0);
	g_assert_false(is_high(scene, BOARD_MISO));
	virtual_board_insert(scene->board, false);
	g_assert_true(is_high(scene, BOARD_MISO));
}

static void test_the_outside_reaches_the_part(struct scene *scene, gconstpointer data)
{
	g_assert_true(enters(scene->board));
	virtual_board_float(scene->board, LINE(BOARD_RESET));
	virtual_board_outside(scene->board, BOARD_RESET, false);
	clock_sleep_us(virtual_board_clock(scene->board), 20000);
	send_byte(scene->board, 0xAC);
	send_byte(scene->board, 0x53);

	g_assert_cmphex(send_byte(scene->board, 0x00), ==, 0x53);
}

static void note_edge(void *user, unsigned line, uint64_t time_ns, bool level)
{
	struct scene *scene = user;

	g_assert_cmpuint(time_ns, >=, scene->last_ns);
	g_assert_cmpuint(time_ns, <=, clock_now_ns(clock_monotonic()));
	scene->last_ns = time_ns;
	g_string_append_printf(scene->edges, "%u%c ", line, level ? '+' : '-');
	g_atomic_int_inc(&scene->n_edges);
}

static void watch(struct scene *scene, unsigned line)
{
	scene->last_ns = clock_now_ns(clock_monotonic());
	virtual_board_watch(scene->board, line, note_edge, scene);
}

static void test_each_change_of_a_watched_line_is_told(struct scene *scene,
						       gconstpointer data)
{
	virtual_board_outside(scene->board, BUTTON, true);
	watch(scene, BUTTON);
	virtual_board_outside(scene->board, BUTTON, true);
	virtual_board_outside(scene->board, LED, true);
	virtual_board_outside(scene->board, BUTTON, false);
	virtual_board_release_outside(scene->board, BUTTON);
	virtual_board_pull(scene->board, LINE(BUTTON), true);
	virtual_board_drive(scene->board, LINE(BUTTON), 0);
	virtual_board_watch(scene->board, BUTTON, NULL, NULL);
	virtual_board_float(scene->board, LINE(BUTTON));

	g_assert_cmpstr(scene->edges->str, ==, "17- 17+ 17- ");
}

static void test_what_the_target_does_is_told(struct scene *scene, gconstpointer data)
{
	watch(scene, BOARD_SENSE);
	watch(scene, BOARD_RESET);
	watch(scene, BOARD_MISO);
	virtual_board_insert(scene->board, false);
	virtual_board_insert(scene->board, true);
	virtual_board_drive(scene->board, LINE(BOARD_MOSI), 0);

	g_assert_cmpstr(scene->edges->str, ==, "13- 25- 13+ 25+ 9- ");
}

static void test_watching_takes_no_virtual_time(struct scene *scene, gconstpointer data)
{
	struct clock *clock = virtual_board_clock(scene->board);

	watch(scene, BUTTON);
	virtual_board_pull(scene->board, LINE(BUTTON), true);
	virtual_board_outside(scene->board, BUTTON, false);
	virtual_board_insert(scene->board, false);

	g_assert_cmpuint(clock_now_ns(clock), ==, 0);
}

static void say(const char *path, const char *words)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	g_strlcpy(address.sun_path, path, sizeof(address.sun_path));
	g_assert_cmpint(sendto(fd, words, strlen(words), 0, (struct sockaddr *)&address,
			       sizeof(address)),
			==, (gssize)strlen(words));
	close(fd);
}

static void test_words_are_there_in_the_next_call(struct scene *scene, gconstpointer data)
{
	for (unsigned i = 0; i < 100; i++) {
		say(scene->path, "17=1");
		g_assert_true(virtual_board_get(scene->board) & LINE(BUTTON));
		say(scene->path, "17=0\n");
		g_assert_false(virtual_board_levels(scene->board) & LINE(BUTTON));
	}
	virtual_board_pull(scene->board, LINE(BUTTON), true);
	say(scene->path, "17=open");
	g_assert_true(is_high(scene, BUTTON));
	say(scene->path, "target=0");
	g_assert_false(is_high(scene, BOARD_SENSE));
	say(scene->path, "target=1");
	g_assert_true(is_high(scene, BOARD_SENSE));
}

static void test_words_of_one_datagram_count_in_their_order(struct scene *scene,
							    gconstpointer data)
{
	watch(scene, BUTTON);
	say(scene->path, " 17=1 17=0\t17=1\n\n27=1 ");

	g_assert_true(is_high(scene, LED));
	g_assert_cmpstr(scene->edges->str, ==, "17+ 17- 17+ ");
}

static void test_other_words_are_ignored(struct scene *scene, gconstpointer data)
{
	static const char *const words[] = {
		"",
		" ",
		"17",
		"=",
		"17=",
		"17=2",
		"17=10",
		"54=1",
		"-1=1",
		"=1",
		"17=Open",
		"target",
		"target=2",
		"target=",
		"target=open",
		"17=1=0",
		"17=1@",
		"17=1@-5",
		"17=1@5ms",
		"17=1@60000001",
		"17@5=1",
		"99999999999999999999=1",
	};
	uint64_t before = virtual_board_levels(scene->board);

	for (unsigned i = 0; i < G_N_ELEMENTS(words); i++)
		say(scene->path, words[i]);
	g_assert_cmphex(virtual_board_levels(scene->board), ==, before);
	say(scene->path, "hello 17=1 world");
	g_assert_true(is_high(scene, BUTTON));
}

static void note_time(void *user, unsigned line, uint64_t time_ns, bool level)
{
	g_array_append_val((GArray *)user, time_ns);
}

static void test_a_word_may_tell_when_it_happened(struct scene *scene, gconstpointer data)
{
	g_autoptr(GArray) times = g_array_new(FALSE, FALSE, sizeof(uint64_t));
	const uint64_t *at_ns;
	uint64_t before_ns;

	virtual_board_watch(scene->board, BUTTON, note_time, times);
	before_ns = clock_now_ns(clock_monotonic());
	say(scene->path, "17=1@50000 17=0@49000 17=1@49500 17=0");
	virtual_board_levels(scene->board);

	g_assert_cmpuint(times->len, ==, 4);
	at_ns = (const uint64_t *)(void *)times->data;
	g_assert_cmpuint(at_ns[0], >=, before_ns - 50000000);
	g_assert_cmpuint(at_ns[1] - at_ns[0], ==, 1000000);
	g_assert_cmpuint(at_ns[2], ==, at_ns[1]);
	g_assert_cmpuint(at_ns[3] - at_ns[0], ==, 50000000);
}

/* Nobody calls the board: its thread hears the word. */
static void test_words_make_edges_by_themselves(struct scene *scene, gconstpointer data)
{
	gint64 until_us = g_get_monotonic_time() + PATIENCE_S * G_USEC_PER_SEC;

	watch(scene, BUTTON);
	say(scene->path, "17=1");
	while (g_atomic_int_get(&scene->n_edges) == 0) {
		g_assert_cmpint(g_get_monotonic_time(), <, until_us);
		g_thread_yield();
	}

	g_assert_cmpstr(scene->edges->str, ==, "17+ ");
}

static void test_a_socket_in_use_is_busy(struct scene *scene, gconstpointer data)
{
	g_autofree char *spec = g_strdup_printf("virtual:none,outside=%s", scene->path);
	g_autofree char *expected = g_strdup_printf(
		"%s: another virtual board takes its words there", scene->path);
	g_autoptr(GError) error = NULL;

	g_assert_null(virtual_board_open(spec, &error));
	g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_BUSY);
	g_assert_cmpstr(error->message, ==, expected);
	say(scene->path, "17=1");
	g_assert_true(is_high(scene, BUTTON));
}

/* What is left where the socket of a killed process was. */
static void leave_stale_socket(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	g_strlcpy(address.sun_path, path, sizeof(address.sun_path));
	g_assert_cmpint(bind(fd, (struct sockaddr *)&address, sizeof(address)), ==, 0);
	close(fd);
}

static void test_a_stale_socket_is_replaced(struct scene *scene, gconstpointer data)
{
	g_autofree char *spec = g_strdup_printf("virtual:none,outside=%s", scene->path);

	leave_stale_socket(scene->path);
	virtual_board_close(scene->board);
	scene->board = open_board(spec);
	say(scene->path, "17=1");

	g_assert_true(is_high(scene, BUTTON));
}

static void test_a_file_is_not_replaced(struct scene *scene, gconstpointer data)
{
	g_autofree char *spec = g_strdup_printf("virtual:none,outside=%s", scene->path);
	g_autofree char *expected = g_strdup_printf(
		"%s: this is no socket of a virtual board; name another path",
		scene->path);
	g_autofree char *text = NULL;
	g_autoptr(GError) error = NULL;

	g_file_set_contents(scene->path, "mine", -1, NULL);
	g_assert_null(virtual_board_open(spec, &error));
	g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE);
	g_assert_cmpstr(error->message, ==, expected);
	g_assert_true(g_file_get_contents(scene->path, &text, NULL, NULL));
	g_assert_cmpstr(text, ==, "mine");
	g_unlink(scene->path);
}

static void test_a_path_that_cannot_be(struct scene *scene, gconstpointer data)
{
	g_autofree char *name = g_strnfill(108, 'x');
	g_autofree char *spec = g_strdup_printf("virtual:none,outside=%s", name);
	g_autofree char *expected = g_strdup_printf(
		"%s: a socket's path has at most 107 bytes, this one has 108", name);
	g_autoptr(GError) too_long = NULL, missing = NULL;

	g_assert_null(virtual_board_open(spec, &too_long));
	g_assert_error(too_long, SIXPIN_ERROR, SIXPIN_ERROR_USAGE);
	g_assert_cmpstr(too_long->message, ==, expected);
	g_assert_null(virtual_board_open("virtual:none,outside=/no-such/o", &missing));
	g_assert_error(missing, SIXPIN_ERROR, SIXPIN_ERROR_IO);
	g_assert_cmpstr(missing->message, ==,
			"/no-such/o: cannot make the board's socket: No such file or "
			"directory");
}

/* A part is entered again and again while another thread blinks, presses and looks. */
struct panel_thread {
	struct virtual_board *board;
	gint stop;
	unsigned n_rounds;
};

static void *panel_thread(void *data)
{
	struct panel_thread *panel = data;

	while (!g_atomic_int_get(&panel->stop) || !panel->n_rounds) {
		virtual_board_drive(panel->board, LINE(LED), LINE(LED));
		virtual_board_outside(panel->board, BUTTON, panel->n_rounds & 1);
		g_assert_cmpint(!!(virtual_board_get(panel->board) & LINE(BUTTON)), ==,
				panel->n_rounds & 1);
		g_assert_true(virtual_board_driven(panel->board) & LINE(LED));
		clock_sleep_us(virtual_board_clock(panel->board), 0);
		virtual_board_float(panel->board, LINE(LED));
		g_assert_false(virtual_board_driven(panel->board) & LINE(LED));
		panel->n_rounds++;
	}
	return NULL;
}

static void test_two_threads_share_a_board(struct scene *scene, gconstpointer data)
{
	struct panel_thread panel = { .board = scene->board };
	GThread *thread = g_thread_new("panel", panel_thread, &panel);
	unsigned n_entered = 0;

	for (unsigned i = 0; i < 200; i++)
		n_entered += enters(scene->board);
	g_atomic_int_set(&panel.stop, 1);
	g_thread_join(thread);

	g_assert_cmpuint(n_entered, ==, 200);
	g_assert_cmpuint(avr_chip_stats(virtual_board_chip(scene->board))->sck_violations,
			 ==, 0);
}

#define PLAIN "virtual:ATmega328P"

static const struct {
	const char *path;
	const char *spec; /* one that ends with outside= gets the scene's socket */
	void (*func)(struct scene *scene, gconstpointer data);
} tests[] = {
	{ "an-open-line-follows-the-outside", PLAIN,
	  test_an_open_line_follows_the_outside },
	{ "a-pull-is-weaker-than-the-outside", PLAIN,
	  test_a_pull_is_weaker_than_the_outside },
	{ "the-header-is-stronger-than-the-outside", PLAIN,
	  test_the_header_is_stronger_than_the_outside },
	{ "the-target-drives-sense-and-miso-itself", PLAIN,
	  test_the_target_drives_sense_and_miso_itself },
	{ "a-target-that-is-off-leaves-all-open", PLAIN,
	  test_a_target_that_is_off_leaves_all_open },
	{ "a-target-is-back-as-after-power-on", PLAIN,
	  test_a_target_is_back_as_after_power_on },
	{ "a-jumper-that-is-off-joins-nothing", "virtual:jumper",
	  test_a_jumper_that_is_off_joins_nothing },
	{ "the-outside-reaches-the-part", PLAIN, test_the_outside_reaches_the_part },
	{ "each-change-of-a-watched-line-is-told", PLAIN,
	  test_each_change_of_a_watched_line_is_told },
	{ "what-the-target-does-is-told", "virtual:jumper",
	  test_what_the_target_does_is_told },
	{ "watching-takes-no-virtual-time", PLAIN, test_watching_takes_no_virtual_time },
	{ "words-are-there-in-the-next-call",
	  PLAIN ",outside=", test_words_are_there_in_the_next_call },
	{ "words-of-one-datagram-count-in-their-order",
	  PLAIN ",outside=", test_words_of_one_datagram_count_in_their_order },
	{ "a-word-may-tell-when-it-happened",
	  PLAIN ",outside=", test_a_word_may_tell_when_it_happened },
	{ "other-words-are-ignored", PLAIN ",outside=", test_other_words_are_ignored },
	{ "words-make-edges-by-themselves",
	  PLAIN ",outside=", test_words_make_edges_by_themselves },
	{ "a-socket-in-use-is-busy", PLAIN ",outside=", test_a_socket_in_use_is_busy },
	{ "a-stale-socket-is-replaced", PLAIN, test_a_stale_socket_is_replaced },
	{ "a-file-is-not-replaced", PLAIN, test_a_file_is_not_replaced },
	{ "a-path-that-cannot-be", PLAIN, test_a_path_that_cannot_be },
	{ "two-threads-share-a-board", PLAIN, test_two_threads_share_a_board },
	{ "two-threads-share-a-board-that-listens",
	  PLAIN ",outside=", test_two_threads_share_a_board },
};

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (unsigned i = 0; i < G_N_ELEMENTS(tests); i++) {
		g_autofree char *path =
			g_strdup_printf("/board-outside/%s", tests[i].path);

		g_test_add(path, struct scene, tests[i].spec, set_up, tests[i].func,
			   tear_down);
	}
	return g_test_run();
}
