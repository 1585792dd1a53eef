/* SPDX-License-Identifier: MIT */
/*
 * May this caller do this? Who is at the machine (root, the group sixpin) may do all, and
 * no more than a session's role where one comes along. The web page's user may do what
 * the session's user may, and nothing without one but to log in and to claim.
 */
#pragma once

#include "appliance/daemon/request.h"

/* Looks the session up, and takes it into the request: `who` is then the session's user.
 * DENIED; STORE where users cannot be looked up. */
gboolean request_admit(struct request *request, GError **error);

/* DENIED, as a role that does not suffice. Always FALSE. */
gboolean request_deny(const struct request *request, const char *why, GError **error);
