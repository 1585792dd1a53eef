/* SPDX-License-Identifier: MIT */
/*
 * A job as a write: its images come from the store, their digests are held against those
 * that the job pins whenever they are read, its patches are made for the unit that is on
 * the wires.
 */
#pragma once

#include "appliance/commands/call.h"

/* All that can be said of a job without a target: its files are there and as they were
 * pinned, they merge, fit the part and its boot loader, the patches fit. The call's
 * settings are as before afterwards. */
gboolean job_run_check(struct call *call, struct job *job, GError **error);

/* What the catalogue's file of an entry holds, as image_digest. Free with g_free. */
char *job_catalogue_digest(struct call *call, const char *id, GError **error);

/* One run on the target that is there: recorded, with its serial number, limits, the
 * retry that the job allows, and the wait for its USB device. */
gboolean job_run(struct call *call, struct job *job, GError **error);
