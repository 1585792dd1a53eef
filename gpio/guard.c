/* SPDX-License-Identifier: MIT */
/* A child that waits for the end of a socket; the kernel closes ours however we end. */
#include "gpio/guard.h"

#include "appliance/base/error.h"
#include "gpio/isp_port.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
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

/* What could not be done. */
#define LET_RESET_GO "let RESET go"
#define PUT_OUT	     "put the LEDs out"

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

static struct guard *start_guard(const char *chip, const char *pins, const char *outputs,
				 const char *purpose, GError **error)
{
	char *argv[] = {
		(char *)"sixpin-guard", (char *)GUARD_OPTION, (char *)(chip ? chip : ""),
		(char *)pins,		(char *)outputs,      NULL
	};
	struct guard *guard;
	int socket_fd, failure;
	pid_t pid;

	if (!outlives_process(chip))
		return NULL;
	socket_fd = start(argv, &pid, &failure);
	if (socket_fd < 0) {
		g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_IO,
			    "cannot start the guard that %s if this program is killed: "
			    "%s (" SELF " must be there: is /proc mounted?)",
			    purpose, g_strerror(failure));
		return NULL;
	}
	guard = g_new(struct guard, 1);
	*guard = (struct guard){ .pid = pid, .socket_fd = socket_fd };
	return guard;
}

struct guard *guard_start(const char *chip, const struct gpio_pins *pins, GError **error)
{
	g_autofree char *text = gpio_pins_format(pins);

	return start_guard(chip, text, NULL, "lets RESET go", error);
}

static char *format_outputs(const struct line *outputs, unsigned n_outputs)
{
	GString *text = g_string_new(NULL);

	for (unsigned i = 0; i < n_outputs; i++)
		g_string_append_printf(text, "%s%s%u", i ? "," : "",
				       outputs[i].active_low ? "~" : "",
				       outputs[i].offset);
	return g_string_free(text, FALSE);
}

struct guard *guard_lines_start(const char *chip, const struct line *outputs,
				unsigned n_outputs, GError **error)
{
	g_autofree char *text = format_outputs(outputs, n_outputs);

	g_assert(n_outputs <= LINES_MAX);
	if (!n_outputs)
		return NULL;
	return start_guard(chip, "", text, "puts the LEDs out", error);
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

struct charge {
	const char *chip;
	const struct gpio_pins *pins;
	const struct line *outputs;
	unsigned n_outputs;
};

static gboolean release_pins(const struct charge *charge, GError **error)
{
	struct isp_port *port = isp_port_open(charge->chip, charge->pins, error);
	gboolean released;

	if (!port)
		return FALSE;
	released = isp_port_disconnect(port, error);
	isp_port_close(port);
	return released;
}

static gboolean put_out(struct gpiochip *chip, const struct charge *charge,
			GError **error)
{
	struct lines_request request = { .n_outputs = charge->n_outputs };
	gboolean out, released;
	struct lines *lines;

	memcpy(request.outputs, charge->outputs,
	       charge->n_outputs * sizeof(*charge->outputs));
	lines = gpiochip_request(chip, &request, error);
	if (!lines)
		return FALSE;
	out = lines_drive(lines, 0, error);
	released = lines_release(lines, out ? error : NULL);
	lines_close(lines);
	return out && released;
}

static gboolean release_outputs(const struct charge *charge, GError **error)
{
	struct gpiochip *chip = gpiochip_open(charge->chip, error);
	gboolean released;

	if (!chip)
		return FALSE;
	released = put_out(chip, charge, error);
	gpiochip_close(chip);
	return released;
}

/* The kernel gives a dead process's lines back soon, not at once. */
static gboolean be_patient(gboolean (*release)(const struct charge *charge,
					       GError **error),
			   const struct charge *charge, const char *what, GError **error)
{
	g_autoptr(GError) failure = NULL;

	for (unsigned i = 0; i < RETRIES; i++) {
		g_clear_error(&failure);
		if (release(charge, &failure))
			return TRUE;
		if (!g_error_matches(failure, SIXPIN_ERROR, SIXPIN_ERROR_BUSY))
			break;
		clock_sleep_us(clock_monotonic(), RETRY_US);
	}
	g_propagate_prefixed_error(error, g_steal_pointer(&failure),
				   "could not %s: ", what);
	return FALSE;
}

gboolean guard_release(const char *chip, const struct gpio_pins *pins,
		       const struct line *outputs, unsigned n_outputs, GError **error)
{
	const struct charge charge = { chip, pins, outputs, n_outputs };
	gboolean released = TRUE, out = TRUE;

	g_assert(n_outputs <= LINES_MAX);
	if (pins)
		released = be_patient(release_pins, &charge, LET_RESET_GO, error);
	if (n_outputs)
		out = be_patient(release_outputs, &charge, PUT_OUT,
				 released ? error : NULL);
	return released && out;
}

static gboolean parse_outputs(const char *text, struct line *outputs, unsigned *n_outputs,
			      GError **error)
{
	g_auto(GStrv) words = g_strsplit(text, ",", -1);
	guint64 offset;

	*n_outputs = 0;
	for (unsigned i = 0; words[i]; i++) {
		bool active_low = words[i][0] == '~';

		if (i == LINES_MAX ||
		    !g_ascii_string_to_unsigned(words[i] + active_low, 10, 0, UINT_MAX,
						&offset, NULL)) {
			g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE,
				    "\"%s\" are no outputs; expected up to %d lines such "
				    "as 27,~22",
				    text, LINES_MAX);
			return FALSE;
		}
		outputs[(*n_outputs)++] = (struct line){ (unsigned)offset, active_low };
	}
	return TRUE;
}

static gboolean make_safe(const char *chip, const char *pins_text,
			  const char *outputs_text, GError **error)
{
	struct gpio_pins pins = GPIO_PINS_DEFAULT;
	struct line outputs[LINES_MAX];
	unsigned n_outputs = 0;

	if (*pins_text && !gpio_pins_parse(pins_text, &pins, error)) {
		g_prefix_error(error, "could not " LET_RESET_GO ": ");
		return FALSE;
	}
	if (outputs_text && !parse_outputs(outputs_text, outputs, &n_outputs, error)) {
		g_prefix_error(error, "could not " PUT_OUT ": ");
		return FALSE;
	}
	return guard_release(*chip ? chip : NULL, *pins_text ? &pins : NULL, outputs,
			     n_outputs, error);
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

int guard_main(int argc, char **argv)
{
	static const int ignored[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE };
	g_autoptr(GError) error = NULL;

	for (unsigned i = 0; i < G_N_ELEMENTS(ignored); i++)
		signal(ignored[i], SIG_IGN);
	if (argc != 4 && argc != 5)
		return error_kind(SIXPIN_ERROR_USAGE)->exit_status;
	if (was_dismissed() ||
	    make_safe(argv[2], argv[3], argc == 5 ? argv[4] : NULL, &error))
		return 0;
	g_printerr("sixpin-guard: %s\n", error->message);
	return error_kind_of(error)->exit_status;
}
