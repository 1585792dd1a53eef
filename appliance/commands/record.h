/* SPDX-License-Identifier: MIT */
/*
 * A call as a run of the journal: its row is committed before the programmer is opened,
 * and again when the target was let go; between them it keeps the time of each step.
 */
#pragma once

#include "appliance/commands/call.h"

/* Commits the row "started". *serial as journal_begin; a call begins one run at a time.
 */
gboolean record_begin(struct call *call, const struct run_start *start, char **serial,
		      GError **error);

/* The same for a command that is no job, where the host records it and nothing was begun
 * yet. */
gboolean record_ensure(struct call *call, GError **error);

/* What the run's row shall know. A floating value is sunk. */
void record_fact(struct call *call, const char *name, GVariant *value);

/* Ends the run, if one was begun: by *error, and by what the result says of verifying.
 * Where that cannot be committed, *error becomes STORE: nothing is called good. */
void record_end(struct call *call, GError **error);

/* Steps are timed by the progress that the engine reports. */
struct avr_progress record_progress(struct call *call);

/* The link's clock is known: the run's time begins. */
void record_clock(struct call *call, struct clock *clock);

void record_clear(struct call *call);
