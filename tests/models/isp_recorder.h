/* SPDX-License-Identifier: MIT */
/*
 * A decorator around an ISP link that remembers what the engine did, in words:
 *
 *   enter
 *   read signature
 *   SCK 2640000
 *   erase
 *   write low fuse FF
 *
 * Repetitions are one line, polls are none.
 */
#pragma once

#include "appliance/programmers/isp_link.h"

struct isp_recorder {
	struct isp_link link;
	struct isp_link_ops ops; /* those that the inner link has */
	struct isp_link *inner;
	GString *words; /* a line each; belongs to the recorder */
	char *last;
	unsigned n_commands;

	/* Before each instruction; may be NULL. What it changes on the target is there
	 * when the instruction arrives. */
	void (*before)(void *user, const uint8_t tx[4]);
	void *user;
};

/* Takes `link` over. */
struct isp_recorder *isp_recorder_open(struct isp_link *link);
