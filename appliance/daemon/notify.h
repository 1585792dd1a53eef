/* SPDX-License-Identifier: MIT */
/* What systemd is told: ready, stopping, still alive (sd_notify(3), its datagrams). */
#pragma once

struct notify;

/* By $NOTIFY_SOCKET and $WATCHDOG_USEC; does nothing where they are not set. */
struct notify *notify_new(void);
void notify_free(struct notify *notify);
void notify_ready(struct notify *notify); /* and the watchdog's beat begins */
void notify_stopping(struct notify *notify);
