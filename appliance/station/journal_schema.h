/* SPDX-License-Identifier: MIT */
/* The journal's tables, for the journal's own files. docs/journal.md explains them. */
#pragma once

#include "appliance/station/journal_db.h"

/* A new database: WAL, the tables, empty. */
gboolean journal_schema_make(struct journal_db *db, GError **error);

/* Is it ours, of this version, and is what a run needs of it whole? Reads little: not the
 * rows of the runs. Damage sets db->damaged; one made by a newer Sixpin does not. */
gboolean journal_schema_check(struct journal_db *db, GError **error);
