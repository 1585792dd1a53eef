/* SPDX-License-Identifier: MIT */
/*
 * A station at work on one target: the programmer is open, the target in programming
 * mode. What can be done then is the engine's (appliance/avr), through station->avr.
 *
 * Order of calls: station_open, station_enter, then station_identify unless only the
 * signature is wanted, work, station_leave (its failure is the run's failure),
 * station_close on every path.
 */
#pragma once

#include "appliance/station/settings.h"

struct station {
	struct isp_link *link;
	struct avr avr;
	const struct part *named; /* from the settings */
};

/* Opens the programmer; touches no target. */
struct station *station_open(const struct station_settings *settings, GError **error);

gboolean station_enter(struct station *station, GError **error);
gboolean station_identify(struct station *station, GError **error);
gboolean station_leave(struct station *station, GError **error);

/* Lets RESET go if that was not done, and gives the lines back. NULL is allowed. */
void station_close(struct station *station);

/* Open, enter and identify in one; NULL with nothing left open. */
struct station *station_begin(const struct station_settings *settings, GError **error);
