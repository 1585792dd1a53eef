/* SPDX-License-Identifier: MIT */
/*
 * A decorator around a set of lines that writes its calls down, with the time at which
 * each came and wire levels as it got them: "isp drive 4 at 1100 us". Any call can be
 * made to fail.
 */
#pragma once

#include "gpio/lines.h"

struct lines_log {
	GString *text;	     /* a line for each call */
	const char *failing; /* "isp release": fails with IO, NULL: none; still done */
};

/* Takes `inner` over; `name` and `log` stay the caller's. */
struct lines *lines_recorder_new(struct lines *inner, const char *name,
				 struct lines_log *log);
