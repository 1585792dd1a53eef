/* SPDX-License-Identifier: MIT */
/* Which boot of the machine this is. */
#pragma once

/* The kernel's boot id, or what $SIXPIN_BOOT_ID says where /proc does not show it
 * (sixpind.service); "" where neither does. Free with g_free. */
char *boot_id(void);
