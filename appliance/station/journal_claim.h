/* SPDX-License-Identifier: MIT */
/* What runs consume, for the journal's own files: limits, and numbers with their states.
 * All but claim_next are called in a transaction. */
#pragma once

#include "appliance/station/journal.h"
#include "appliance/station/journal_db.h"

/* May the job start another run? USAGE where a limit is reached; STORE where it takes
 * serial numbers and which are used is not known. *refused says that this has to be
 * remembered: the transaction is to be committed although it is an error. */
gboolean claim_check(struct journal_db *db, const char *job,
		     const struct run_claim *claim, bool *refused, GError **error);

/* The number that the next run would take; USAGE where there is none. Free with g_free.
 */
char *claim_next(struct journal_db *db, const char *job, const struct run_claim *claim,
		 GError **error);

/* The run has it now. */
gboolean claim_take(struct journal_db *db, const char *job, const char *serial,
		    const struct run_claim *claim, uint64_t run, GError **error);

/* And now the number is "used", "burnt" or given "back". */
gboolean claim_settle(struct journal_db *db, const char *job, const char *serial,
		      uint64_t run, const char *state, GError **error);

/* Units that passed in the epoch, and with those that are on their way. */
gboolean claim_count_good(struct journal_db *db, const char *job, uint64_t epoch,
			  gint64 *passed, gint64 *with_running, GError **error);
