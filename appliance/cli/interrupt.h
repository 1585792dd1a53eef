/* SPDX-License-Identifier: MIT */
/* SIGINT, SIGTERM and SIGHUP cancel what is under way; it ends as it does after any
 * error, with RESET let go. */
#pragma once

#include <gio/gio.h>

/* Call before any other thread is made. The cancellable lives as long as the process. */
GCancellable *interrupt_init(void);
