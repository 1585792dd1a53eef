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

bool record_has_fact(const struct call *call, const char *name);

/* Ends the run, if one was begun: by *error, and by what the result says of verifying.
 * Where that cannot be committed, nothing is called good: *error becomes STORE, or, where
 * the run had failed by itself, a note tells of it. */
void record_end(struct call *call, GError **error);

/* Steps are timed by the progress that the engine reports. */
struct avr_progress record_progress(struct call *call);

/* A link is open, and this is its clock: the run's time begins, or the step "enter" of
 * another try. */
void record_clock(struct call *call, struct clock *clock);

void record_clear(struct call *call);
