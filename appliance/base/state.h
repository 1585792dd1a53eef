/* SPDX-License-Identifier: MIT */
/* Where Sixpin keeps what outlives a run. */
#pragma once

/* $SIXPIN_STATE_DIR, else the user's state folder; it need not exist. Free with g_free.
 */
char *state_folder(void);
