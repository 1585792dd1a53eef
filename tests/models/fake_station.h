/* SPDX-License-Identifier: MIT */
/*
 * The other end of a bus, on a socket pair: the bus itself, and a station on it whose
 * answers a test sets. What it is asked it writes down.
 *
 * It answers in a thread of GDBus, so that whoever asks may wait. Signals reach the main
 * context of the thread that made it: fake_station_settle lets them in.
 */
#pragma once

#include <gio/gio.h>

struct fake_station;

struct fake_station *fake_station_new(void);
void fake_station_free(struct fake_station *station);

/* The caller's end, as of a message bus. */
GDBusConnection *fake_station_connection(struct fake_station *station);

/* From now on a method is answered with this tuple, in GVariant's text form with all
 * types said; without one, with "()". */
void fake_station_answers(struct fake_station *station, const char *method,
			  const char *reply);

/* The same with a file that goes along. */
void fake_station_hands_over(struct fake_station *station, const char *method,
			     const char *reply, const char *content);

/* From now on a method fails: `error` is the station's code, or a whole name. */
void fake_station_refuses(struct fake_station *station, const char *method,
			  const char *error, const char *message);

/* Called, in the answering thread, when a method was asked and is not yet answered. */
void fake_station_watches(struct fake_station *station, const char *method,
			  void (*func)(void *user), void *user);

/* What was asked since this was: a line a call, with its arguments, its options by name
 * and, in square brackets, the content of each file. Free with g_free. */
char *fake_station_calls(struct fake_station *station);

void fake_station_signals(struct fake_station *station, const char *interface,
			  const char *signal, const char *parameters);

/* Its name on the bus. It is there at first. */
void fake_station_leaves(struct fake_station *station);
void fake_station_comes(struct fake_station *station);

/* Until all that was sent so far, and what it has led to, was taken. */
void fake_station_settle(struct fake_station *station);
