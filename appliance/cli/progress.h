/* SPDX-License-Identifier: MIT */
/* A bar a step on the terminal; nothing where standard error is none. */
#pragma once

#include "appliance/avr/avr.h"

struct progress_bar;

/* NULL when it is not to be shown. */
struct progress_bar *progress_bar_new(gboolean wanted);
void progress_bar_free(struct progress_bar *bar); /* ends an open line; NULL is allowed */

/* Reports into the bar; with NULL, to nobody. */
struct avr_progress progress_bar_reporter(struct progress_bar *bar);
