/* SPDX-License-Identifier: MIT */
#include "gpio/virtual/board_state.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "appliance/base/error.h"

/* A folder for one test, and a board there. */
struct scene {
	char *dir;
	char *path;
	struct board_spec spec;
};

static void set_up(struct scene *scene, gconstpointer data)
{
	scene->dir = g_dir_make_tmp("sixpin-XXXXXX", NULL);
	scene->path = g_build_filename(scene->dir, "board", NULL);
	scene->spec.part = part_find("ATmega328P", NULL);
	scene->spec.state_path = scene->path;
}

static void tear_down(struct scene *scene, gconstpointer data)
{
	g_unlink(scene->path);
	g_rmdir(scene->dir);
	g_free(scene->path);
	g_free(scene->dir);
}

static struct board_state *open_state(const struct scene *scene, int *fd)
{
	g_autoptr(GError) error = NULL;
	struct board_state *state = board_state_open(&scene->spec, fd, &error);

	g_assert_no_error(error);
	return state;
}

static void assert_refused(const struct scene *scene, enum sixpin_error code,
			   const char *what)
{
	g_autofree char *message = g_strconcat(scene->spec.state_path, ": ", what, NULL);
	g_autoptr(GError) error = NULL;
	int fd;

	g_assert_null(board_state_open(&scene->spec, &fd, &error));
	g_assert_error(error, SIXPIN_ERROR, (int)code);
	g_assert_cmpstr(error->message, ==, message);
}

static void test_without_a_file_each_is_factory_new(struct scene *scene,
						    gconstpointer data)
{
	struct board_state *state;
	int fd;

	scene->spec.state_path = NULL;
	state = open_state(scene, &fd);
	g_assert_cmphex(state->cells.fuses[FUSE_LOW], ==, 0x62);
	state->cells.fuses[FUSE_LOW] = 0xFF;
	board_state_close(state, fd);

	state = open_state(scene, &fd);
	g_assert_cmphex(state->cells.fuses[FUSE_LOW], ==, 0x62);
	board_state_close(state, fd);
}

static void test_a_new_file_is_a_factory_new_part(struct scene *scene, gconstpointer data)
{
	struct board_state *state;
	int fd;

	state = open_state(scene, &fd);

	g_assert_cmpstr(state->part, ==, "ATmega328P");
	g_assert_cmpuint(state->driven, ==, 0);
	g_assert_cmphex(state->cells.flash[0], ==, 0xFF);
	g_assert_cmphex(state->cells.lock, ==, 0xFF);
	board_state_close(state, fd);
}

static void test_all_of_it_persists(struct scene *scene, gconstpointer data)
{
	struct board_state *state;
	int fd;

	state = open_state(scene, &fd);
	state->driven = 0x2000800;
	state->levels = 0x800;
	state->cells.flash[AVR_CHIP_MAX_FLASH - 1] = 0x12;
	state->cells.eeprom[AVR_CHIP_MAX_EEPROM - 1] = 0x34;
	state->cells.lock = 0xFC;
	board_state_close(state, fd);

	state = open_state(scene, &fd);
	g_assert_cmphex(state->driven, ==, 0x2000800);
	g_assert_cmphex(state->levels, ==, 0x800);
	g_assert_cmphex(state->cells.flash[AVR_CHIP_MAX_FLASH - 1], ==, 0x12);
	g_assert_cmphex(state->cells.eeprom[AVR_CHIP_MAX_EEPROM - 1], ==, 0x34);
	g_assert_cmphex(state->cells.lock, ==, 0xFC);
	board_state_close(state, fd);
}

static void test_a_second_open_is_busy(struct scene *scene, gconstpointer data)
{
	struct board_state *state;
	int fd;

	state = open_state(scene, &fd);

	assert_refused(scene, SIXPIN_ERROR_BUSY,
		       "another process is using this virtual board");
	board_state_close(state, fd);
	state = open_state(scene, &fd);
	board_state_close(state, fd);
}

/* The child's whole life: it dies with the board open. */
static void die_with_the_board(const struct scene *scene)
{
	struct board_state *state;
	int fd;

	state = board_state_open(&scene->spec, &fd, NULL);
	if (!state)
		_exit(1);
	state->cells.flash[7] = 0x77;
	raise(SIGKILL);
}

static void test_of_a_killed_process_all_is_there_and_the_lock_is_gone(
	struct scene *scene, gconstpointer data)
{
	pid_t child = fork();
	struct board_state *state;
	int status, fd;

	if (child == 0)
		die_with_the_board(scene);
	g_assert_cmpint(waitpid(child, &status, 0), ==, child);
	g_assert_true(WIFSIGNALED(status));

	state = open_state(scene, &fd);
	g_assert_cmphex(state->cells.flash[7], ==, 0x77);
	board_state_close(state, fd);
}

static void test_another_part_is_refused(struct scene *scene, gconstpointer data)
{
	struct board_state *state;
	int fd;

	state = open_state(scene, &fd);
	board_state_close(state, fd);
	scene->spec.part = part_find("ATmega8", NULL);
	assert_refused(scene, SIXPIN_ERROR_USAGE,
		       "this board carries ATmega328P, not ATmega8; name that part or "
		       "another file");
	scene->spec.part = NULL;
	assert_refused(scene, SIXPIN_ERROR_USAGE,
		       "this board carries ATmega328P, not none; name that part or "
		       "another file");
}

static void test_a_file_of_another_length_is_refused_and_kept(struct scene *scene,
							      gconstpointer data)
{
	g_autofree char *content = NULL;

	g_assert_true(g_file_set_contents(scene->path, "precious", -1, NULL));

	assert_refused(scene, SIXPIN_ERROR_USAGE,
		       "this is no state of a virtual board; name another file");
	g_assert_true(g_file_get_contents(scene->path, &content, NULL, NULL));
	g_assert_cmpstr(content, ==, "precious");
}

static void test_a_file_of_our_length_is_refused_and_kept(struct scene *scene,
							  gconstpointer data)
{
	g_autofree char *foreign = g_strnfill(sizeof(struct board_state), 'x');
	g_autofree char *content = NULL;
	gsize n_bytes;

	g_assert_true(g_file_set_contents(scene->path, foreign,
					  sizeof(struct board_state), NULL));

	assert_refused(scene, SIXPIN_ERROR_USAGE,
		       "this is no state of a virtual board; name another file");
	g_assert_true(g_file_get_contents(scene->path, &content, &n_bytes, NULL));
	g_assert_cmpmem(content, n_bytes, foreign, sizeof(struct board_state));
}

/* Killed between ftruncate and the magic. */
static void test_a_file_that_was_never_finished_begins_anew(struct scene *scene,
							    gconstpointer data)
{
	g_autofree char *zeros = g_malloc0(sizeof(struct board_state));
	struct board_state *state;
	int fd;

	g_assert_true(g_file_set_contents(scene->path, zeros, sizeof(struct board_state),
					  NULL));
	state = open_state(scene, &fd);

	g_assert_cmphex(state->cells.fuses[FUSE_HIGH], ==, 0xD9);
	board_state_close(state, fd);
}

static void test_a_path_that_cannot_be_opened(struct scene *scene, gconstpointer data)
{
	g_autofree char *path = g_build_filename(scene->dir, "no", "board", NULL);

	scene->spec.state_path = path;

	assert_refused(scene, SIXPIN_ERROR_IO,
		       "cannot open the board's state: No such file or directory");
}

static const struct {
	const char *path;
	void (*func)(struct scene *scene, gconstpointer data);
} tests[] = {
	{ "without-a-file-each-is-factory-new", test_without_a_file_each_is_factory_new },
	{ "a-new-file-is-a-factory-new-part", test_a_new_file_is_a_factory_new_part },
	{ "all-of-it-persists", test_all_of_it_persists },
	{ "a-second-open-is-busy", test_a_second_open_is_busy },
	{ "of-a-killed-process-all-is-there-and-the-lock-is-gone",
	  test_of_a_killed_process_all_is_there_and_the_lock_is_gone },
	{ "another-part-is-refused", test_another_part_is_refused },
	{ "a-file-of-another-length-is-refused-and-kept",
	  test_a_file_of_another_length_is_refused_and_kept },
	{ "a-file-of-our-length-is-refused-and-kept",
	  test_a_file_of_our_length_is_refused_and_kept },
	{ "a-file-that-was-never-finished-begins-anew",
	  test_a_file_that_was_never_finished_begins_anew },
	{ "a-path-that-cannot-be-opened", test_a_path_that_cannot_be_opened },
};

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (unsigned i = 0; i < G_N_ELEMENTS(tests); i++) {
		g_autofree char *path = g_strdup_printf("/board-state/%s", tests[i].path);

		g_test_add(path, struct scene, NULL, set_up, tests[i].func, tear_down);
	}
	return g_test_run();
}
