/* SPDX-License-Identifier: MIT */
/* The datagrams that systemd gets, at a socket of the test. */
#include "appliance/daemon/notify.h"

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

struct manager {
	char *folder;
	char *path;
	int fd;
};

static int listen_at(const char *name, bool is_abstract)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	size_t n = strlen(name);
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	g_assert_cmpuint(n, <, sizeof(address.sun_path));
	memcpy(address.sun_path, name, n);
	if (is_abstract)
		address.sun_path[0] = 0;
	g_assert_cmpint(bind(fd, (const struct sockaddr *)&address,
			     (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n)),
			==, 0);
	return fd;
}

static void set_up(struct manager *manager, gconstpointer unused)
{
	(void)unused;
	manager->folder = g_dir_make_tmp("sixpin-notify-XXXXXX", NULL);
	manager->path = g_build_filename(manager->folder, "notify", NULL);
	manager->fd = listen_at(manager->path, false);
	g_setenv("NOTIFY_SOCKET", manager->path, TRUE);
	g_unsetenv("WATCHDOG_USEC");
	g_unsetenv("WATCHDOG_PID");
}

static void tear_down(struct manager *manager, gconstpointer unused)
{
	(void)unused;
	close(manager->fd);
	g_unlink(manager->path);
	g_rmdir(manager->folder);
	g_free(manager->path);
	g_free(manager->folder);
}

/* "" where none waits. */
static const char *next_message(int fd)
{
	static char buffer[100];
	ssize_t n = recv(fd, buffer, sizeof(buffer) - 1, MSG_DONTWAIT);

	buffer[MAX(n, 0)] = 0;
	return buffer;
}

static bool beats(struct notify *notify)
{
	return g_main_context_find_source_by_user_data(NULL, notify) != NULL;
}

static void test_ready_and_stopping(struct manager *manager, gconstpointer unused)
{
	struct notify *notify = notify_new();

	(void)unused;
	g_assert_cmpstr(next_message(manager->fd), ==, "");
	notify_ready(notify);
	g_assert_cmpstr(next_message(manager->fd), ==, "READY=1");
	g_assert_false(beats(notify));
	notify_stopping(notify);
	g_assert_cmpstr(next_message(manager->fd), ==, "STOPPING=1");
	notify_free(notify);
}

static void test_watchdog(struct manager *manager, gconstpointer unused)
{
	const char *message = "";
	struct notify *notify;

	(void)unused;
	g_setenv("WATCHDOG_USEC", "4000", TRUE);
	notify = notify_new();
	notify_ready(notify);
	notify_ready(notify);
	g_assert_cmpstr(next_message(manager->fd), ==, "READY=1");
	g_assert_cmpstr(next_message(manager->fd), ==, "READY=1");
	while (!*message) {
		g_main_context_iteration(NULL, TRUE);
		message = next_message(manager->fd);
	}
	g_assert_cmpstr(message, ==, "WATCHDOG=1");
	notify_free(notify);
	g_assert_false(beats(notify));
}

static void test_watchdog_of_another_process(struct manager *manager,
					     gconstpointer unused)
{
	struct notify *notify;

	(void)unused;
	g_setenv("WATCHDOG_USEC", "4000", TRUE);
	g_setenv("WATCHDOG_PID", "1", TRUE);
	notify = notify_new();
	notify_ready(notify);
	g_assert_cmpstr(next_message(manager->fd), ==, "READY=1");
	g_assert_false(beats(notify));
	notify_free(notify);
}

static void test_abstract_name(struct manager *manager, gconstpointer unused)
{
	g_autofree char *name = g_strdup_printf("@sixpin-test-%d", getpid());
	int fd = listen_at(name, true);
	struct notify *notify;

	(void)unused;
	g_setenv("NOTIFY_SOCKET", name, TRUE);
	notify = notify_new();
	notify_ready(notify);
	g_assert_cmpstr(next_message(fd), ==, "READY=1");
	g_assert_cmpstr(next_message(manager->fd), ==, "");
	notify_free(notify);
	close(fd);
}

/* Nobody to tell, or a name that cannot be one. */
static void test_nobody(struct manager *manager, gconstpointer unused)
{
	g_autofree char *long_name = g_strnfill(200, 'x');
	const char *const names[] = { NULL, "", "/", long_name };

	(void)unused;
	g_setenv("WATCHDOG_USEC", "4000", TRUE);
	for (unsigned i = 0; i < G_N_ELEMENTS(names); i++) {
		struct notify *notify;

		if (names[i])
			g_setenv("NOTIFY_SOCKET", names[i], TRUE);
		else
			g_unsetenv("NOTIFY_SOCKET");
		notify = notify_new();
		notify_ready(notify);
		g_assert_false(beats(notify));
		notify_stopping(notify);
		notify_free(notify);
	}
	g_assert_cmpstr(next_message(manager->fd), ==, "");
}

/* A manager that is gone is no reason to fail. */
static void test_nobody_listens_any_more(struct manager *manager, gconstpointer unused)
{
	struct notify *notify = notify_new();

	(void)unused;
	g_unlink(manager->path);
	notify_ready(notify);
	notify_free(notify);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *path;
		void (*func)(struct manager *manager, gconstpointer unused);
	} tests[] = {
		{ "/notify/ready-and-stopping", test_ready_and_stopping },
		{ "/notify/watchdog", test_watchdog },
		{ "/notify/watchdog-of-another-process",
		  test_watchdog_of_another_process },
		{ "/notify/abstract-name", test_abstract_name },
		{ "/notify/nobody", test_nobody },
		{ "/notify/nobody-listens-any-more", test_nobody_listens_any_more },
	};

	g_test_init(&argc, &argv, NULL);
	for (unsigned i = 0; i < G_N_ELEMENTS(tests); i++)
		g_test_add(tests[i].path, struct manager, NULL, set_up, tests[i].func,
			   tear_down);
	return g_test_run();
}
