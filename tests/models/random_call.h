/* SPDX-License-Identifier: MIT */
/*
 * Calls of D-Bus methods that nobody means: texts, numbers, variants, options and
 * descriptors at random, of the types that a method wants or of others. The same numbers
 * make the same calls.
 */
#pragma once

#include <gio/gio.h>
#include <gio/gunixfdlist.h>
#include <stdbool.h>

struct random_call {
	const char *path;
	const char *interface;
	const char *member;
	GVariant *parameters; /* a tuple */
	GUnixFDList *fds;     /* or NULL */
};

/* refused: whatever the state of who is called, this call cannot be good. */
void random_call_make(struct random_call *call, GRand *rand,
		      const GDBusMethodInfo *method, bool refused);
void random_call_clear(struct random_call *call);

/* From 0 to n - 1. */
unsigned random_below(GRand *rand, unsigned n);
