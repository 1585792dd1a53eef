/* SPDX-License-Identifier: MIT */
/* The station's jobs: what is done with them, whoever asks. */
#pragma once

#include "appliance/commands/call.h"

/* Name of the journal's setting. */
#define SETTING_SELECTED_JOB "selected-job"

/* A text with its digests pinned, after all of it was checked; NULL where it fails. Free
 * with g_free. */
char *jobs_check_text(struct call *call, const char *id, const char *name,
		      const char *text, gsize n_bytes, GError **error);

/* Keeps a text as a job, its digests pinned, after all of it was checked. */
gboolean jobs_put(struct call *call, const char *id, const char *name, const char *text,
		  gsize n_bytes, bool replace, GError **error);

/* Could it be run now, as far as that can be told without a target? */
gboolean jobs_check(struct call *call, const char *id, GError **error);

/* Checked as a whole, it becomes the one that the button runs. id may be JOB_AUTO. */
gboolean jobs_select(struct call *call, const char *id, GError **error);

/* NULL without an error where none is. Free with g_free. */
char *jobs_selected(struct call *call, GError **error);

/* The one after the selected one, by the panel's numbers (from 1), that passes its check;
 * *number is 0 where there are no jobs. Where none passes, the error is that of the first
 * after the selected one. */
gboolean jobs_select_next(struct call *call, unsigned *number, GError **error);

/* The job marked auto whose part has this signature: WRONG_PART for none, USAGE for
 * several. Free with g_free. */
char *jobs_pick(struct call *call, const char *signature, GError **error);

/* a{sv}: id, number, title, part, selected, automatic, good, left, failures_in_a_row,
 * next_serial, problem. */
GVariant *jobs_describe(struct call *call, const char *id, unsigned number,
			GError **error);

/* aa{sv}, in the panel's order. */
GVariant *jobs_list(struct call *call, GError **error);
gboolean jobs_remove(struct call *call, const char *id, GError **error);

/* The operator has looked at a job that failures have stopped. */
gboolean jobs_reset(struct call *call, const char *id, GError **error);
