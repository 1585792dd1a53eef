/* SPDX-License-Identifier: MIT */
#include "appliance/cli/password.h"

#include "appliance/base/error.h"
#include "appliance/station/access_secret.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

/* More than any password may have: the station says what is too long. */
#define LINE_BYTES 1024

static gboolean fail_read(const char *name, const char *what, GError **error)
{
	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_IO,
		    "%s: the password cannot be read: %s", name, what);
	return FALSE;
}

/* signals: a descriptor of those that would leave the terminal without echo, or -1. */
static gboolean wait_for(int fd, int signals, GError **error)
{
	struct pollfd fds[] = { { .fd = fd, .events = POLLIN },
				{ .fd = signals, .events = POLLIN } };

	while (poll(fds, G_N_ELEMENTS(fds), -1) < 0)
		if (errno != EINTR)
			return fail_read("poll", g_strerror(errno), error);
	if (!fds[1].revents)
		return TRUE;
	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_CANCELLED, "nothing was changed");
	return FALSE;
}

/* Byte by byte: what follows the line stays for whoever else reads there. */
static gboolean read_bytes(int fd, const char *name, char line[LINE_BYTES], int signals,
			   GError **error)
{
	size_t n_bytes = 0;
	ssize_t n = 0;

	while (wait_for(fd, signals, error)) {
		do
			n = read(fd, line + n_bytes, 1);
		while (n < 0 && errno == EINTR);
		if (n < 0)
			return fail_read(name, g_strerror(errno), error);
		if (n == 0 && n_bytes == 0)
			return fail_read(name, "it is empty", error);
		if (n == 0 || line[n_bytes] == '\n') {
			line[n_bytes] = 0;
			return TRUE;
		}
		if (line[n_bytes] == 0)
			return fail_read(name, "it has a NUL byte", error);
		if (++n_bytes == LINE_BYTES)
			return fail_read(name, "its line is too long", error);
	}
	return FALSE;
}

static char *read_line(int fd, const char *name, int signals, GError **error)
{
	char *line = g_malloc0(LINE_BYTES + 1);

	if (read_bytes(fd, name, line, signals, error))
		return line;
	secret_free(line);
	return NULL;
}

static char *ask(const char *prompt, int signals, GError **error)
{
	struct termios shown, hidden;
	char *line;

	if (tcgetattr(STDIN_FILENO, &shown) != 0) {
		fail_read("terminal", g_strerror(errno), error);
		return NULL;
	}
	hidden = shown;
	hidden.c_lflag &= ~(tcflag_t)(ECHO | ECHOE | ECHOK | ECHONL);
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden);
	fprintf(stderr, "%s", prompt);
	line = read_line(STDIN_FILENO, "terminal", signals, error);
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown);
	fputc('\n', stderr);
	return line;
}

static char *ask_two(const char *user, int signals, GError **error)
{
	g_autofree char *prompt = g_strdup_printf("Password for %s: ", user);
	char *first = ask(prompt, signals, error);
	char *again = first ? ask("Once more: ", signals, error) : NULL;
	bool same = again && strcmp(first, again) == 0;

	if (again && !same)
		g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE,
			    "the two passwords differ; nothing was changed");
	secret_free(again);
	if (same)
		return first;
	secret_free(first);
	return NULL;
}

static char *ask_twice(const char *user, GError **error)
{
	sigset_t caught, before;
	char *password;
	int signals;

	sigemptyset(&caught);
	sigaddset(&caught, SIGINT);
	sigaddset(&caught, SIGTERM);
	sigaddset(&caught, SIGHUP);
	sigaddset(&caught, SIGQUIT);
	sigprocmask(SIG_BLOCK, &caught, &before);
	signals = signalfd(-1, &caught, SFD_CLOEXEC);
	password = ask_two(user, signals, error);
	if (signals >= 0)
		close(signals);
	/* One that came ends the program now, with the terminal as it was. */
	sigprocmask(SIG_SETMASK, &before, NULL);
	return password;
}

char *password_read(const char *path, const char *user, GError **error)
{
	bool is_stdin = path && strcmp(path, "-") == 0;
	char *line;
	int fd;

	if (!path && isatty(STDIN_FILENO))
		return ask_twice(user, error);
	if (!path) {
		g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE,
			    "standard input is no terminal: give the password with "
			    "--password-file FILE (\"-\" is standard input)");
		return NULL;
	}
	fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		fail_read(path, g_strerror(errno), error);
		return NULL;
	}
	line = read_line(fd, is_stdin ? "standard input" : path, -1, error);
	if (!is_stdin)
		close(fd);
	return line;
}
