/* SPDX-License-Identifier: MIT */
/* Datagrams, so that a word is whole or not there, and senders need no connection. */
#include "gpio/virtual/board_outside.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "appliance/base/error.h"
#include "gpio/virtual/board.h"

#define BLANKS	   " \t\r\n"
#define MAX_AGO_US 60000000u

struct board_outside {
	char *path;
	int socket_fd;
	int stop_fd;
	GThread *thread;
	void (*heard)(void *user);
	void *user;
	char text[1024];  /* the last datagram */
	uint64_t came_ns; /* when it did */
	char *rest;	  /* of it, that was not taken yet */
};

static bool parse_level(const char *text, bool *level)
{
	*level = text[0] == '1';
	return strcmp(text, "0") == 0 || strcmp(text, "1") == 0;
}

static bool parse_line_word(const char *name, const char *value, struct board_word *word)
{
	guint64 line;

	if (!g_ascii_string_to_unsigned(name, 10, 0, BOARD_N_LINES - 1, &line, NULL))
		return false;
	word->line = (unsigned)line;
	word->kind = BOARD_WORD_RELEASE;
	if (strcmp(value, "open") == 0)
		return true;
	word->kind = BOARD_WORD_DRIVE;
	return parse_level(value, &word->level);
}

/* "VALUE@US" */
static bool split_ago(char *value, guint64 *ago_us)
{
	char *ago = strchr(value, '@');

	*ago_us = 0;
	if (!ago)
		return true;
	*ago++ = 0;
	return g_ascii_string_to_unsigned(ago, 10, 0, MAX_AGO_US, ago_us, NULL);
}

static bool parse_word(char *text, struct board_word *word, uint64_t came_ns)
{
	guint64 ago_us;
	char *value = strchr(text, '=');

	if (!value)
		return false;
	*value++ = 0;
	if (!split_ago(value, &ago_us))
		return false;
	word->time_ns = came_ns - MIN(came_ns, ago_us * 1000);
	if (strcmp(text, "target") != 0)
		return parse_line_word(text, value, word);
	word->kind = BOARD_WORD_TARGET;
	return parse_level(value, &word->level);
}

static uint64_t now_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* The kernel's own time stamp, as a real chip's edges have one: a process that is woken
 * late must not see a long press as a short one. It is in the time of day. */
static uint64_t time_of(struct msghdr *message)
{
	uint64_t now = now_ns(CLOCK_MONOTONIC);
	uint64_t today = now_ns(CLOCK_REALTIME);
	struct cmsghdr *control = CMSG_FIRSTHDR(message);
	struct timespec stamp;
	uint64_t ago;

	if (!control || control->cmsg_type != SCM_TIMESTAMPNS)
		return now;
	memcpy(&stamp, CMSG_DATA(control), sizeof(stamp));
	ago = today - ((uint64_t)stamp.tv_sec * 1000000000u + (uint64_t)stamp.tv_nsec);
	return ago < now ? now - ago : now;
}

static bool receive(struct board_outside *outside)
{
	char control[CMSG_SPACE(sizeof(struct timespec))];
	struct iovec text = { outside->text, sizeof(outside->text) - 1 };
	struct msghdr message = { .msg_iov = &text,
				  .msg_iovlen = 1,
				  .msg_control = control,
				  .msg_controllen = sizeof(control) };
	ssize_t n = recvmsg(outside->socket_fd, &message, 0);

	if (n < 0)
		return false;
	outside->came_ns = time_of(&message);
	outside->text[n] = 0;
	outside->rest = outside->text;
	return true;
}

/* NULL: the datagram is over. */
static char *next_word(struct board_outside *outside)
{
	char *word = outside->rest + strspn(outside->rest, BLANKS);
	size_t n = strcspn(word, BLANKS);

	if (!n)
		return NULL;
	outside->rest = word + n + (word[n] != 0);
	word[n] = 0;
	return word;
}

bool board_outside_take(struct board_outside *outside, struct board_word *word)
{
	char *text;

	do {
		while ((text = next_word(outside)))
			if (parse_word(text, word, outside->came_ns))
				return true;
	} while (receive(outside));
	return false;
}

static void *listen_outside(void *data)
{
	struct board_outside *outside = data;
	struct pollfd fds[] = { { outside->socket_fd, POLLIN, 0 },
				{ outside->stop_fd, POLLIN, 0 } };

	for (;;) {
		if (poll(fds, G_N_ELEMENTS(fds), -1) < 0)
			continue;
		if (fds[1].revents)
			return NULL;
		outside->heard(outside->user);
	}
}

/* Signals are for the program's own threads. */
static GThread *start_thread(struct board_outside *outside)
{
	sigset_t all, before;
	GThread *thread;

	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &before);
	thread = g_thread_new("board-outside", listen_outside, outside);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return thread;
}

static gboolean fail(const char *path, GError **error)
{
	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_IO,
		    "%s: cannot make the board's socket: %s", path, g_strerror(errno));
	return FALSE;
}

/* What a killed process left answers nobody; anything but a socket is not ours. */
static gboolean clear_way(const char *path, const struct sockaddr_un *address,
			  GError **error)
{
	struct stat status;
	int probe, refused;

	if (lstat(path, &status) != 0)
		return errno == ENOENT || fail(path, error);
	if (!S_ISSOCK(status.st_mode)) {
		g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE,
			    "%s: this is no socket of a virtual board; name another path",
			    path);
		return FALSE;
	}
	probe = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	refused = connect(probe, (const struct sockaddr *)address, sizeof(*address));
	close(probe);
	if (refused)
		return unlink(path) == 0 || fail(path, error);
	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_BUSY,
		    "%s: another virtual board takes its words there", path);
	return FALSE;
}

static gboolean bind_socket(int fd, const char *path, GError **error)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	if (g_strlcpy(address.sun_path, path, sizeof(address.sun_path)) >=
	    sizeof(address.sun_path)) {
		g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE,
			    "%s: a socket's path has at most %zu bytes, this one has %zu",
			    path, sizeof(address.sun_path) - 1, strlen(path));
		return FALSE;
	}
	if (!clear_way(path, &address, error))
		return FALSE;
	return bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0 ||
	       fail(path, error);
}

static gboolean make_fds(struct board_outside *outside, GError **error)
{
	outside->socket_fd =
		socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	setsockopt(outside->socket_fd, SOL_SOCKET, SO_TIMESTAMPNS, &(int){ 1 },
		   sizeof(int));
	outside->stop_fd = eventfd(0, EFD_CLOEXEC);
	if (outside->socket_fd < 0 || outside->stop_fd < 0)
		return fail(outside->path, error);
	return bind_socket(outside->socket_fd, outside->path, error);
}

static void free_outside(struct board_outside *outside)
{
	if (outside->socket_fd >= 0)
		close(outside->socket_fd);
	if (outside->stop_fd >= 0)
		close(outside->stop_fd);
	g_free(outside->path);
	g_free(outside);
}

struct board_outside *board_outside_open(const char *path, void (*heard)(void *user),
					 void *user, GError **error)
{
	struct board_outside *outside = g_new0(struct board_outside, 1);

	outside->path = g_strdup(path);
	outside->rest = outside->text;
	outside->heard = heard;
	outside->user = user;
	if (!make_fds(outside, error)) {
		free_outside(outside);
		return NULL;
	}
	outside->thread = start_thread(outside);
	return outside;
}

void board_outside_close(struct board_outside *outside)
{
	const uint64_t stop = 1;

	if (!outside)
		return;
	(void)!write(outside->stop_fd, &stop, sizeof(stop));
	g_thread_join(outside->thread);
	unlink(outside->path);
	free_outside(outside);
}
