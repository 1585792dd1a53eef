/* SPDX-License-Identifier: MIT */
/* What hub.h is inside, for its own files. */
#pragma once

#include "appliance/daemon/hub.h"

#define HUB_SETTING_AUTOSTART "autostart"

/* hub_panel.c: what presses do, and what a target does that is put on; `user` is the hub.
 */
extern const struct panel_actions hub_panel_actions;
void hub_target_came(void *user);

/* hub.c: BUSY, with what is at the bus, or why no more is taken in. Always FALSE. */
gboolean hub_fail_busy(const struct hub *hub, GError **error);
gboolean hub_fail_leaving(const struct hub *hub, GError **error);
