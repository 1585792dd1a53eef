/* SPDX-License-Identifier: MIT */
/*
 * The guard: a small process that outlives ours. When we are killed (SIGKILL, out of
 * memory) with a target in reset, it lets RESET go, makes the lines inputs and switches
 * target power off. Raspberry Pi's own kernels keep outputs after the descriptor closes,
 * so nobody else would.
 *
 * It is this same executable, started with GUARD_OPTION; main() hands over to guard_main
 * when it sees that as its first argument.
 */
#pragma once

#include <glib.h>

#include "gpio/pins.h"

#define GUARD_OPTION "--release-lines-at-end-of-input"

struct guard;

/*
 * Starts a guard over these lines. NULL without an error where nothing outlives this
 * process (a virtual board without a state file); SIXPIN_ERROR_IO where it cannot be
 * started.
 */
struct guard *guard_start(const char *chip, const struct gpio_pins *pins, GError **error);

/* The lines are safe: the guard goes without touching them. NULL is allowed. */
void guard_dismiss(struct guard *guard);

/* The guard's whole life. argv: program, GUARD_OPTION, chip ("" for the default), pins.
 */
int guard_main(int argc, char **argv);
