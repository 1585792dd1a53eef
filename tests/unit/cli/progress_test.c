/* SPDX-License-Identifier: MIT */
/* What the bar writes, to a file and to a terminal in standard error's place. */
#include "appliance/cli/progress.h"

#include <pty.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <termios.h>
#include <unistd.h>

struct screen {
	int saved; /* the real standard error */
	int read;  /* -1: a file */
	int out;
};

static void take_stderr(struct screen *screen, int out)
{
	fflush(stderr);
	screen->out = out;
	screen->saved = dup(STDERR_FILENO);
	dup2(out, STDERR_FILENO);
}

static void give_back(struct screen *screen)
{
	fflush(stderr);
	dup2(screen->saved, STDERR_FILENO);
	close(screen->saved);
}

static void open_file(struct screen *screen)
{
	screen->read = -1;
	take_stderr(screen, memfd_create("stderr", MFD_CLOEXEC));
}

/* As it was written: no line ends are turned. */
static void open_terminal(struct screen *screen)
{
	struct termios raw;
	int slave;

	g_assert_cmpint(openpty(&screen->read, &slave, NULL, NULL, NULL), ==, 0);
	g_assert_cmpint(tcgetattr(slave, &raw), ==, 0);
	cfmakeraw(&raw);
	g_assert_cmpint(tcsetattr(slave, TCSANOW, &raw), ==, 0);
	take_stderr(screen, slave);
}

/* All that was written; free with g_free. */
static char *close_screen(struct screen *screen)
{
	int from = screen->read < 0 ? screen->out : screen->read;
	GString *text = g_string_new(NULL);
	char buffer[256];
	ssize_t n;

	give_back(screen);
	if (screen->read < 0)
		lseek(from, 0, SEEK_SET);
	else
		close(screen->out);
	while ((n = read(from, buffer, sizeof(buffer))) > 0)
		g_string_append_len(text, buffer, n);
	close(from);
	return g_string_free(text, FALSE);
}

#define FULL  "########################################"
#define HALF  "####################--------------------"
#define EMPTY "----------------------------------------"

static void test_nothing_to_a_file(void)
{
	struct screen screen;
	struct progress_bar *bar;
	g_autofree char *text = NULL;

	open_file(&screen);
	bar = progress_bar_new(FALSE);
	progress_bar_report(bar, "erase", 1, 1);
	progress_bar_end_line(bar);
	progress_bar_free(bar);
	text = close_screen(&screen);
	g_assert_null(bar);
	g_assert_cmpstr(text, ==, "");
}

static void test_a_line_for_each_finished_step(void)
{
	struct screen screen;
	struct progress_bar *bar;
	g_autofree char *text = NULL;

	open_file(&screen);
	bar = progress_bar_new(TRUE);
	progress_bar_report(bar, "erase", 0, 1);
	progress_bar_report(bar, "erase", 1, 1);
	progress_bar_report(bar, "write flash", 128, 256);
	progress_bar_report(bar, "write flash", 256, 256);
	progress_bar_free(bar);
	text = close_screen(&screen);
	g_assert_cmpstr(text, ==,
			"erase          [" FULL "] 100 %\n"
			"write flash    [" FULL "] 100 %  256 bytes\n");
}

static void test_moves_on_a_terminal(void)
{
	struct screen screen;
	struct progress_bar *bar;
	g_autofree char *text = NULL;

	open_terminal(&screen);
	bar = progress_bar_new(FALSE);
	progress_bar_report(bar, "write flash", 0, 256);
	progress_bar_report(bar, "write flash", 1, 256); /* looks the same */
	progress_bar_report(bar, "write flash", 128, 256);
	progress_bar_report(bar, "write flash", 256, 256);
	progress_bar_free(bar);
	text = close_screen(&screen);
	g_assert_cmpstr(text, ==,
			"write flash    [" EMPTY "]   0 %  256 bytes\r"
			"write flash    [" HALF "]  50 %  256 bytes\r"
			"write flash    [" FULL "] 100 %  256 bytes\n");
}

/* A step that never ended, a line of something else, and the end of all. */
static void test_open_lines_are_ended(void)
{
	struct screen screen;
	struct progress_bar *bar;
	g_autofree char *text = NULL;

	open_terminal(&screen);
	bar = progress_bar_new(FALSE);
	progress_bar_report(bar, "erase", 0, 1);
	progress_bar_report(bar, "fuses", 0, 1);
	progress_bar_end_line(bar);
	progress_bar_end_line(bar);
	progress_bar_report(bar, "lock", 0, 1);
	progress_bar_free(bar);
	text = close_screen(&screen);
	g_assert_cmpstr(text, ==,
			"erase          [" EMPTY "]   0 %\n"
			"fuses          [" EMPTY "]   0 %\n"
			"lock           [" EMPTY "]   0 %\n");
}

static void test_step_of_nothing_is_done(void)
{
	struct screen screen;
	struct progress_bar *bar;
	g_autofree char *text = NULL;

	open_file(&screen);
	bar = progress_bar_new(TRUE);
	progress_bar_report(bar, "erase", 0, 0);
	progress_bar_free(bar);
	text = close_screen(&screen);
	g_assert_cmpstr(text, ==, "erase          [" FULL "] 100 %\n");
}

static void test_large_step(void)
{
	struct screen screen;
	struct progress_bar *bar;
	g_autofree char *text = NULL;

	open_terminal(&screen);
	bar = progress_bar_new(FALSE);
	progress_bar_report(bar, "verify flash", 2147483648u, 4294967295u);
	progress_bar_free(bar);
	text = close_screen(&screen);
	g_assert_cmpstr(text, ==, "verify flash   [" HALF "]  50 %  4294967295 bytes\n");
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/progress/nothing-to-a-file", test_nothing_to_a_file);
	g_test_add_func("/progress/a-line-for-each-finished-step",
			test_a_line_for_each_finished_step);
	g_test_add_func("/progress/moves-on-a-terminal", test_moves_on_a_terminal);
	g_test_add_func("/progress/open-lines-are-ended", test_open_lines_are_ended);
	g_test_add_func("/progress/step-of-nothing-is-done",
			test_step_of_nothing_is_done);
	g_test_add_func("/progress/large-step", test_large_step);
	return g_test_run();
}
