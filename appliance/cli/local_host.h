/* SPDX-License-Identifier: MIT */
/* The host of calls that run in this process: its terminal, its files, its own folder of
 * jobs and runs (base/state.h), the station.conf of this machine. */
#pragma once

#include "appliance/commands/call.h"

struct local_host;

struct local_host *local_host_new(void);
struct call_host *local_host_call_host(struct local_host *host);
/* Steps are shown from here on, where standard error is a terminal, or forced. Calls that
 * run here do it by themselves when their options are read. */
void local_host_show_progress(struct local_host *host, gboolean forced);

/* An open line of the progress bar ends. */
void local_host_finish(struct local_host *host);
void local_host_free(struct local_host *host);
