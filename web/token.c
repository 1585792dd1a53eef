/* SPDX-License-Identifier: MIT */
/* RFC 6265bis, section 4.1.3.2: a cookie with the prefix __Host- is Secure, of this host
 * alone, and of all its paths. */
#include "web/token.h"

#include <string.h>

#define MAX_TOKEN_BYTES 128

static const char *cookie_name(const struct http_request *request)
{
	return request->is_tls ? "__Host-sixpin" : "sixpin";
}

static bool could_be_token(const char *text)
{
	gsize n = strspn(text, G_CSET_a_2_z G_CSET_A_2_Z G_CSET_DIGITS "-_.");

	return n > 0 && n <= MAX_TOKEN_BYTES && text[n] == 0;
}

static char *find_bearer(const char *authorization)
{
	static const char scheme[] = "Bearer ";

	if (!authorization ||
	    g_ascii_strncasecmp(authorization, scheme, strlen(scheme)) != 0)
		return NULL;
	return g_strdup(authorization + strlen(scheme));
}

char *token_find(const struct http_request *request)
{
	g_autofree char *token = find_bearer(request->authorization);

	if (!token)
		token = http_cookie(request->cookie, cookie_name(request));
	return token && could_be_token(token) ? g_steal_pointer(&token) : NULL;
}

static char *set_cookie(const struct http_request *request, const char *value,
			const char *more)
{
	return g_strdup_printf("%s=%s; Path=/; HttpOnly; SameSite=Strict%s%s",
			       cookie_name(request), value,
			       request->is_tls ? "; Secure" : "", more);
}

char *token_cookie(const struct http_request *request, const char *token)
{
	return set_cookie(request, token, "");
}

char *token_no_cookie(const struct http_request *request)
{
	return set_cookie(request, "", "; Max-Age=0");
}
