/* SPDX-License-Identifier: MIT */
/* How a browser carries the token of its session. */
#pragma once

#include "web/http.h"

/* Of "Authorization: Bearer TOKEN", or of the cookie; NULL where there is none that could
 * be one. Free with g_free. */
char *token_find(const struct http_request *request);

/* Set-Cookie's value: no script sees it, no other site makes the browser send it, and
 * over TLS no other way than TLS carries it. Free with g_free. */
char *token_cookie(const struct http_request *request, const char *token);

/* The one that takes it away. */
char *token_no_cookie(const struct http_request *request);
