/* SPDX-License-Identifier: MIT */
/* A request's query and body. All refuse with USAGE and a text that names what is wrong.
 */
#pragma once

#include "web/exchange.h"

gboolean arguments_parse_query(struct exchange *exchange, GError **error);

/* Its size and type: before anything of it is read. */
gboolean arguments_check_body(struct exchange *exchange, GError **error);

/* All of it, into the exchange. */
gboolean arguments_read_body(struct exchange *exchange, GError **error);
