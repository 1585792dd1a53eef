/* SPDX-License-Identifier: MIT */
/*
 * A request and its answer as routes see them; FastCGI stays in fcgi.c.
 *
 * A request belongs to whoever took it from the wire and lives until its answer was
 * sent. An answer starts as HTTP_ANSWER_INIT; http_answer_clear lets go of what it has.
 */
#pragma once

#include <gio/gio.h>
#include <stdbool.h>

#define HTTP_JSON  "application/json"
#define HTTP_BYTES "application/octet-stream"
#define HTTP_CSV   "text/csv; charset=utf-8"
#define HTTP_TEXT  "text/plain; charset=utf-8"

struct http_request {
	const char *method; /* "GET"; HEAD is answered as GET is */
	const char *path;   /* as the client wrote it: encoded, without the query */
	const char *query;  /* encoded; "" without one */
	const char *host;   /* these are NULL where the client does not send them */
	const char *origin;
	const char *content_type;
	const char *cookie;
	const char *authorization;
	const char *if_none_match;
	const char *mark; /* X-Sixpin */
	const char *peer; /* its address; "" if not known */
	bool is_tls;
	guint64 body_bytes;
	/* Up to n bytes of the body; 0 at its end, -1 where the client has gone. */
	gssize (*read)(void *user, char *bytes, gsize n);
	void *user;
};

struct http_answer {
	unsigned status;
	const char *type; /* of the body */
	GBytes *body;	  /* or NULL */
	int fd;		  /* a file to send instead, or -1; closed with the answer */
	char *file_name;  /* as which a browser keeps it, or NULL */
	char *etag;	  /* with its quotes, or NULL */
	char *cookie;	  /* of Set-Cookie, or NULL */
	char *allow;	  /* of Allow, or NULL */
};

#define HTTP_ANSWER_INIT                                   \
	{                                                  \
		.status = 200, .type = HTTP_JSON, .fd = -1 \
	}

void http_answer_clear(struct http_answer *answer);

/* The reason phrase of a status that this program uses. */
const char *http_reason(unsigned status);

/*
 * One segment of a path, or one name or value of a query, decoded. NULL where it is no
 * valid encoding, no UTF-8, or has a character below 0x20, 0x7F, or a slash (of which a
 * query may have some). Free with g_free.
 */
char *http_decode(const char *text, gsize n, bool may_have_slash);

/* The value of a cookie; NULL where it is missing or there twice. Free with g_free. */
char *http_cookie(const char *header, const char *name);
