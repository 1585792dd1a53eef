/* SPDX-License-Identifier: MIT */
/* How groups of parts read their clock fuses. For part_table.c; others ask part_clock().
 */
#pragma once

#include "appliance/parts/part.h"

extern const struct clock_family clocks_tiny12;
extern const struct clock_family clocks_tiny13;
extern const struct clock_family clocks_tiny15;
extern const struct clock_family clocks_tiny24;
extern const struct clock_family clocks_tiny25;
extern const struct clock_family clocks_tiny26;
extern const struct clock_family clocks_tiny43u;
extern const struct clock_family clocks_tiny48;
extern const struct clock_family clocks_tiny87;
extern const struct clock_family clocks_tiny261;
extern const struct clock_family clocks_tiny441;
extern const struct clock_family clocks_tiny828;
extern const struct clock_family clocks_tiny1634;
extern const struct clock_family clocks_tiny2313;
extern const struct clock_family clocks_mega8;
extern const struct clock_family clocks_mega161;
extern const struct clock_family clocks_mega163;
extern const struct clock_family clocks_mega162;
extern const struct clock_family clocks_mega165;
extern const struct clock_family clocks_mega48;
extern const struct clock_family clocks_mega48pb;
extern const struct clock_family clocks_mega164;
extern const struct clock_family clocks_mega8u2;
extern const struct clock_family clocks_mega32u4;
extern const struct clock_family clocks_rf;
extern const struct clock_family clocks_pwm2;
extern const struct clock_family clocks_pwm2b;
