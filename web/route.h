/* SPDX-License-Identifier: MIT */
/* From a path to a row of routes.c. */
#pragma once

#include "web/exchange.h"

/* The exchange's route, with the names of its path. USAGE with the status 404, or with
 * 405 and the methods that there are. */
gboolean route_find(struct exchange *exchange, GError **error);

void route_clear_names(char *names[ROUTE_MAX_NAMES]);
