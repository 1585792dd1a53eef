/* SPDX-License-Identifier: MIT */
/* A child that waits for the end of a socket; the kernel closes ours however we end. */
#include "gpio/guard.h"

#include "appliance/base/error.h"
#include "gpio/isp_port.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define SELF	  "/proc/self/exe"
#define RETRY_US  20000
#define RETRIES	  250
#define DISMISSED '.'

extern char **environ;

struct guard {
	pid_t pid;
	int socket_fd;
};

static gboolean outlives_process(const char *chip)
{
	return !chip || !g_str_has_prefix(chip, "virtual:") || strstr(chip, ",state=");
}

/* In a session of its own: what ends a terminal or a process group does not end the
 * guard. */
static int spawn(pid_t *pid, int input_fd, char *const argv[])
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	int failure;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, input_fd, STDIN_FILENO);
	posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY,
					 0);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID);
	failure = posix_spawn(pid, SELF, &actions, &attributes, argv, environ);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	return failure;
}

/* Our end of the socket; -1 with errno's value in *failure. */
static int start(char *const argv[], pid_t *pid, int *failure)
{
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0) {
		*failure = errno;
		return -1;
	}
	*failure = spawn(pid, fds[0], argv);
	close(fds[0]);
	if (!*failure)
		return fds[1];
	close(fds[1]);
	return -1;
}

struct guard *guard_start(const char *chip, const struct gpio_pins *pins, GError **error)
{
	g_autofree char *pins_text = gpio_pins_format(pins);
	g_autofree char *chip_text = g_strdup(chip ? chip : "");
	char *argv[] = { (char *)"sixpin-guard", (char *)GUARD_OPTION, chip_text,
			 pins_text, NULL };
	struct guard *guard;
	int socket_fd, failure;
	pid_t pid;

	if (!outlives_process(chip))
		return NULL;
	socket_fd = start(argv, &pid, &failure);
	if (socket_fd < 0) {
		g_set_error(
			error, SIXPIN_ERROR, SIXPIN_ERROR_IO,
			"cannot start the guard that lets RESET go if this program is "
			"killed: %s (" SELF " must be there: is /proc mounted?)",
			g_strerror(failure));
		return NULL;
	}
	guard = g_new(struct guard, 1);
	*guard = (struct guard){ .pid = pid, .socket_fd = socket_fd };
	return guard;
}

/* A guard that was killed itself needs no word. */
void guard_dismiss(struct guard *guard)
{
	const char dismissed = DISMISSED;

	if (!guard)
		return;
	(void)!send(guard->socket_fd, &dismissed, 1, MSG_NOSIGNAL);
	close(guard->socket_fd);
	while (waitpid(guard->pid, NULL, 0) < 0 && errno == EINTR)
		;
	g_free(guard);
}

static gboolean was_dismissed(void)
{
	ssize_t n;
	char word;

	do
		n = read(STDIN_FILENO, &word, 1);
	while (n < 0 && errno == EINTR);
	return n == 1;
}

/* The kernel gives a dead process's lines back soon, not at once. */
static struct isp_port *open_port(const char *chip, const struct gpio_pins *pins,
				  GError **error)
{
	struct isp_port *port = NULL;

	for (unsigned i = 0; i < RETRIES && !port; i++) {
		g_clear_error(error);
		port = isp_port_open(chip, pins, error);
		if (!port && !g_error_matches(*error, SIXPIN_ERROR, SIXPIN_ERROR_BUSY))
			return NULL;
		if (!port)
			clock_sleep_us(clock_monotonic(), RETRY_US);
	}
	return port;
}

static gboolean make_safe(const char *chip, const char *pins_text, GError **error)
{
	struct gpio_pins pins = GPIO_PINS_DEFAULT;
	struct isp_port *port;
	gboolean safe;

	if (!gpio_pins_parse(pins_text, &pins, error))
		return FALSE;
	port = open_port(*chip ? chip : NULL, &pins, error);
	if (!port)
		return FALSE;
	safe = isp_port_disconnect(port, error);
	isp_port_close(port);
	return safe;
}

int guard_main(int argc, char **argv)
{
	static const int ignored[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE };
	g_autoptr(GError) error = NULL;

	for (unsigned i = 0; i < G_N_ELEMENTS(ignored); i++)
		signal(ignored[i], SIG_IGN);
	if (argc != 4)
		return error_kind(SIXPIN_ERROR_USAGE)->exit_status;
	if (was_dismissed() || make_safe(argv[2], argv[3], &error))
		return 0;
	g_printerr("sixpin-guard: could not let RESET go: %s\n", error->message);
	return error_kind_of(error)->exit_status;
}
