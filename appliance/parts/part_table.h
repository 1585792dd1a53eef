/* SPDX-License-Identifier: MIT */
/* The table behind part.h, sorted by name in any case. Only part.c reads it. */
#pragma once

#include "appliance/parts/part.h"

extern const struct part part_table[];
extern const unsigned part_table_length;
