/* SPDX-License-Identifier: MIT */
/* What a user may be called, what a password must be, what a session may say of where it
 * comes from. SIXPIN_ERROR_USAGE tells the rule, and never a password. */
#pragma once

#include <glib.h>

#define ACCESS_NAME_LETTERS   32
#define ACCESS_PASSWORD_LEAST 10
#define ACCESS_PASSWORD_MOST  200
#define ACCESS_PEER_BYTES     100

gboolean access_check_name(const char *name, GError **error);
gboolean access_check_password(const char *name, const char *password, GError **error);
gboolean access_check_peer(const char *peer, GError **error);
