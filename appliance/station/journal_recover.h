/* SPDX-License-Identifier: MIT */
/* Getting a journal that can be relied on, for the journal's own files: making one,
 * setting a damaged one aside, and what the second record of numbers knows better. */
#pragma once

#include "appliance/station/journal_db.h"
#include "appliance/station/journal_numbers.h"

/* Opens journal.db, made or made anew where that is needed. *notice: that it was set
 * aside; NULL else, or where it could not be opened. */
gboolean journal_recover(struct journal_db *db, const char *folder, char **notice,
			 GError **error);

/* Numbers that the database does not know, as it was put back from a copy or the power
 * went while one was taken, count as burnt. */
gboolean journal_reconcile(struct journal_db *db, const char *folder,
			   const struct journal_numbers *numbers, GError **error);
