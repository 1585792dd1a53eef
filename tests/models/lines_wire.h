/* SPDX-License-Identifier: MIT */
/*
 * A decorator around a set of lines whose inputs come over something slow or inverting,
 * and that remembers which outputs were ever low. It costs no time.
 */
#pragma once

#include "gpio/lines.h"

struct lines_wire_fault {
	uint32_t inverted;    /* inputs */
	uint32_t slow_output; /* inputs show its change this long after it */
	uint64_t slow_ns;

	uint32_t ever_low; /* outputs, wire levels: for the test to look at */
};

/* Takes `inner` over; `fault` stays the caller's. */
struct lines *lines_wire_new(struct lines *inner, struct lines_wire_fault *fault);
