/* SPDX-License-Identifier: MIT */
/*
 * A GPIO chip whose ISP lines have faults (lines_fault.h): handed to a programmer in the
 * place of the chip it would open itself (programmer_config.opened_chip).
 */
#pragma once

#include "tests/models/lines_fault.h"

/* `inner` and `faults` stay the caller's and must outlive it: a test looks at the board
 * after the programmer has closed the chip. */
struct gpiochip *gpiochip_fault_new(struct gpiochip *inner, struct line_faults *faults);
