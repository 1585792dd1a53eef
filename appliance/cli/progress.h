/* SPDX-License-Identifier: MIT */
/* A bar a step on standard error: moving on a terminal, elsewhere only when it is asked
 * for, and then one line a finished step. */
#pragma once

#include <glib.h>
#include <stdint.h>

struct progress_bar;

/* NULL when nothing is to be shown. */
struct progress_bar *progress_bar_new(gboolean forced);
void progress_bar_free(struct progress_bar *bar); /* ends an open line; NULL is allowed */

/* The bar moves; NULL is allowed in both. */
void progress_bar_report(struct progress_bar *bar, const char *step, uint32_t done,
			 uint32_t total);

/* Something else is about to be written: an open line ends. */
void progress_bar_end_line(struct progress_bar *bar);
