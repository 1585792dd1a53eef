/* SPDX-License-Identifier: MIT */
/*
 * Which tokens the daemon said yes to a moment ago. Reading what this process knows by
 * itself (the station's state) asks here; every call of a method carries its token to the
 * daemon all the same. What is known is forgotten after SESSIONS_KNOWN_S, and at once
 * when the daemon says that sessions have changed.
 */
#pragma once

#include "web/bus.h"

#include <stdbool.h>

#define SESSIONS_KNOWN_S 5

struct sessions;

/* now_us: a clock that never goes back (g_get_monotonic_time), for tests another. */
struct sessions *sessions_new(struct bus *bus, gint64 (*now_us)(void));
void sessions_free(struct sessions *sessions);

/* DENIED where the daemon does not know the token. */
gboolean sessions_check(struct sessions *sessions, const char *token, GError **error);

void sessions_forget(struct sessions *sessions);
