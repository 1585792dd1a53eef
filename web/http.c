/* SPDX-License-Identifier: MIT */
/* RFC 9110 (statuses), RFC 3986 (percent-encoding), RFC 6265 (cookies). */
#include "web/http.h"

#include <string.h>
#include <unistd.h>

void http_answer_clear(struct http_answer *answer)
{
	if (answer->fd >= 0)
		close(answer->fd);
	g_clear_pointer(&answer->body, g_bytes_unref);
	g_free(answer->file_name);
	g_free(answer->etag);
	g_free(answer->cookie);
	g_free(answer->allow);
	*answer = (struct http_answer)HTTP_ANSWER_INIT;
}

const char *http_reason(unsigned status)
{
	static const struct {
		unsigned status;
		const char *reason;
	} reasons[] = {
		{ 200, "OK" },
		{ 201, "Created" },
		{ 202, "Accepted" },
		{ 304, "Not Modified" },
		{ 400, "Bad Request" },
		{ 401, "Unauthorized" },
		{ 403, "Forbidden" },
		{ 404, "Not Found" },
		{ 405, "Method Not Allowed" },
		{ 409, "Conflict" },
		{ 413, "Content Too Large" },
		{ 415, "Unsupported Media Type" },
		{ 422, "Unprocessable Content" },
		{ 502, "Bad Gateway" },
		{ 503, "Service Unavailable" },
		{ 507, "Insufficient Storage" },
	};

	for (unsigned i = 0; i < G_N_ELEMENTS(reasons); i++)
		if (reasons[i].status == status)
			return reasons[i].reason;
	return "Unknown";
}

static bool is_control(char c)
{
	return (guchar)c < 0x20 || c == 0x7F;
}

char *http_decode(const char *text, gsize n, bool may_have_slash)
{
	g_autofree char *decoded = g_malloc(n + 1);
	gsize n_decoded = 0;

	for (gsize i = 0; i < n; i++) {
		int high, low;

		if (text[i] != '%') {
			decoded[n_decoded++] = text[i];
			continue;
		}
		high = n - i > 2 ? g_ascii_xdigit_value(text[i + 1]) : -1;
		low = high >= 0 ? g_ascii_xdigit_value(text[i + 2]) : -1;
		if (low < 0)
			return NULL;
		decoded[n_decoded++] = (char)(high << 4 | low);
		i += 2;
	}
	for (gsize i = 0; i < n_decoded; i++)
		if (is_control(decoded[i]) || (decoded[i] == '/' && !may_have_slash))
			return NULL;
	decoded[n_decoded] = 0;
	return g_utf8_validate(decoded, (gssize)n_decoded, NULL)
		       ? g_steal_pointer(&decoded)
		       : NULL;
}

char *http_cookie(const char *header, const char *name)
{
	g_auto(GStrv) pairs = g_strsplit(header ? header : "", ";", 0);
	gsize n_name = strlen(name);
	char *value = NULL;

	for (unsigned i = 0; pairs[i]; i++) {
		const char *pair = g_strstrip(pairs[i]);

		if (strncmp(pair, name, n_name) != 0 || pair[n_name] != '=')
			continue;
		if (value) {
			g_free(value);
			return NULL;
		}
		value = g_strdup(pair + n_name + 1);
	}
	return value;
}
