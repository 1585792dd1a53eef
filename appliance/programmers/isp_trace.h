/* SPDX-License-Identifier: MIT */
/*
 * A decorator around any ISP link that writes each instruction to a file, one a line and
 * readable:
 *
 *        20.134 ms  AC 53 00 00  programming enable
 *        20.320 ms  30 00 00 .. -> .. .. .. 1E  read signature byte 0
 */
#pragma once

#include "appliance/programmers/isp_link.h"

/* Takes `link` over: closing the trace closes it, and so does a failure here (IO names
 * the file). */
struct isp_link *isp_trace_open(struct isp_link *link, const char *path, GError **error);
