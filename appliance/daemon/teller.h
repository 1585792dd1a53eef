/* SPDX-License-Identifier: MIT */
/*
 * What everybody is told of a work's progress: at most ten times a second, and the last
 * word of every tenth is never left out. The work's thread says, the main thread tells.
 */
#pragma once

#include "appliance/daemon/hub.h"

struct teller {
	struct hub *hub;
	GMutex mutex; /* all below */
	uint64_t told_at_us;
	guint source; /* waits; 0: none */
	char *step;   /* what it will tell; NULL: it was told meanwhile */
	uint32_t done, total;
};

void teller_init(struct teller *teller, struct hub *hub);

/* In the main thread, when nobody says anything any more. */
void teller_clear(struct teller *teller);

/* Whether it is told at once. */
bool teller_say(struct teller *teller, const char *step, uint32_t done, uint32_t total);

/* In the main thread: a run that has ended makes no progress. */
void teller_forget(struct teller *teller);
