/* SPDX-License-Identifier: MIT */
/*
 * Bad wires: a decorator around a set of lines requested as isp_bitbang_request has them,
 * with faults from a plan, the same ones in every run. Between the kernel's call and the
 * pin: what is read may be flipped or stuck, what is set may arrive wrongly or not.
 */
#pragma once

#include "gpio/lines.h"

/* Belongs to the test, which may change the plan at any time. All 0: perfect wires. */
struct line_faults {
	uint32_t random; /* the seed; moves on with each draw */

	/* One in so many, on average; 0: never. */
	unsigned miso_flips_one_in;
	unsigned mosi_flips_one_in; /* a whole bit, from one falling edge of SCK to the
				       next */
	unsigned lost_edges_one_in; /* SCK does not change though it should */
	unsigned glitches_one_in;   /* a short pulse on SCK before the edge */
	uint64_t random_from_set;   /* the four above: from this set call on, */
	uint64_t random_n_sets;	    /* for so many; 0: to the end */

	/* At the call of this number, from 1; 0: never. */
	uint64_t drive_error_at;
	uint64_t set_error_at;
	uint64_t get_error_at;
	uint64_t miso_flip_at;
	uint64_t mosi_flip_at; /* the set that lowers SCK */
	uint64_t lost_edge_at;
	uint64_t glitch_at;
	uint64_t miso_stuck_at; /* from this get on, */
	uint64_t miso_n_stuck;	/* for so many; 0: to the end */
	bool miso_stuck_high;
	bool release_fails; /* and the lines stay as they are */

	/* What happened. */
	uint64_t n_drives;
	uint64_t n_sets;
	uint64_t n_gets;
	uint64_t n_faults;
};

/* Closing it closes `inner`. */
struct lines *lines_fault_new(struct lines *inner, struct line_faults *faults);
