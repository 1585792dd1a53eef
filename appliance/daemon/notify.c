/* SPDX-License-Identifier: MIT */
/* The main loop beats: where it is stuck, the watchdog bites. */
#include "appliance/daemon/notify.h"

#include <gio/gio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

struct notify {
	int fd; /* -1: nobody to tell */
	struct sockaddr_un address;
	socklen_t n_address;
	guint64 watchdog_us;
	guint beat;
};

static void tell(const struct notify *notify, const char *text)
{
	if (notify->fd >= 0)
		(void)!sendto(notify->fd, text, strlen(text), MSG_NOSIGNAL,
			      (const struct sockaddr *)&notify->address,
			      notify->n_address);
}

/* "@" begins a name in the abstract namespace. */
static gboolean take_address(struct notify *notify, const char *path)
{
	size_t n = path ? strlen(path) : 0;

	if (n < 2 || n >= sizeof(notify->address.sun_path))
		return FALSE;
	notify->address.sun_family = AF_UNIX;
	memcpy(notify->address.sun_path, path, n);
	if (path[0] == '@')
		notify->address.sun_path[0] = 0;
	notify->n_address = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n);
	return TRUE;
}

static gboolean is_for_us(void)
{
	const char *pid = g_getenv("WATCHDOG_PID");

	return !pid || g_ascii_strtoull(pid, NULL, 10) == (guint64)getpid();
}

struct notify *notify_new(void)
{
	struct notify *notify = g_new0(struct notify, 1);
	const char *watchdog = g_getenv("WATCHDOG_USEC");

	notify->fd = -1;
	if (take_address(notify, g_getenv("NOTIFY_SOCKET")))
		notify->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (watchdog && is_for_us())
		notify->watchdog_us = g_ascii_strtoull(watchdog, NULL, 10);
	return notify;
}

void notify_free(struct notify *notify)
{
	if (notify->beat)
		g_source_remove(notify->beat);
	if (notify->fd >= 0)
		close(notify->fd);
	g_free(notify);
}

static gboolean on_beat(gpointer notify)
{
	tell(notify, "WATCHDOG=1");
	return G_SOURCE_CONTINUE;
}

void notify_ready(struct notify *notify)
{
	tell(notify, "READY=1");
	if (notify->watchdog_us && notify->fd >= 0 && !notify->beat)
		notify->beat = g_timeout_add((guint)(notify->watchdog_us / 2000), on_beat,
					     notify);
}

void notify_stopping(struct notify *notify)
{
	tell(notify, "STOPPING=1");
}
