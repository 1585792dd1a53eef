/* SPDX-License-Identifier: MIT */
/* A bar a step on standard error: moving on a terminal, elsewhere only when it is asked
 * for, and then one line a finished step. */
#pragma once

#include "appliance/avr/avr.h"

struct progress_bar;

/* NULL when nothing is to be shown. */
struct progress_bar *progress_bar_new(gboolean forced);
void progress_bar_free(struct progress_bar *bar); /* ends an open line; NULL is allowed */

/* Reports into the bar; with NULL, to nobody. */
struct avr_progress progress_bar_reporter(struct progress_bar *bar);
