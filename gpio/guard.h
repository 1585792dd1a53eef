/* SPDX-License-Identifier: MIT */
/*
 * The guard: a small process that outlives ours. When we are killed (SIGKILL, out of
 * memory) with a target in reset, it lets RESET go, makes the lines inputs and switches
 * target power off; one over plain outputs puts out the LEDs that were lit. Raspberry
 * Pi's own kernels keep outputs after the descriptor closes, so nobody else would.
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

/* The same over plain outputs: they become inactive, then inputs. At most LINES_MAX;
 * none need no guard. */
struct guard *guard_lines_start(const char *chip, const struct line *outputs,
				unsigned n_outputs, GError **error);

/* The lines are safe: the guard goes without touching them. NULL is allowed. */
void guard_dismiss(struct guard *guard);

/*
 * At once what guards do at the end, whether this process ever had the lines or not:
 * RESET let go, its lines inputs, power off; then the outputs inactive and inputs. Waits
 * up to 5 s for each if somebody has them, goes on after a failure and reports the first
 * one. No pins (NULL) or no outputs (0) are allowed.
 */
gboolean guard_release(const char *chip, const struct gpio_pins *pins,
		       const struct line *outputs, unsigned n_outputs, GError **error);

/* The guard's whole life. argv: program, GUARD_OPTION, chip ("" for the default), pins
 * ("" for none) and, if any, outputs ("27,~22"). */
int guard_main(int argc, char **argv);
