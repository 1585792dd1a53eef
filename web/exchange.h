/* SPDX-License-Identifier: MIT */
/*
 * A route, and one request on its way through it.
 */
#pragma once

#include "web/api.h"
#include "web/bus.h"

#include "appliance/base/error.h"

#include <json-glib/json-glib.h>

#define ROUTE_MAX_NAMES	  2
#define ROUTE_MAX_MEMBERS 10
#define ROUTE_MAX_QUERY	  6

#define API_MAX_JSON_BYTES (64 << 10)
#define API_MAX_FILE_BYTES (64 << 20)

enum route_body { BODY_NONE, BODY_JSON, BODY_FILE };

/* s: string, b: boolean, i: number without sign, o: object of strings, a: array of
 * strings. In a query: s or i. */
struct member {
	const char *name;
	char type;
	bool is_optional;
};

/* What a path's first name is the name of: where it is not there, USAGE is 404. */
enum thing {
	THING_NONE,
	THING_JOB,
	THING_IMAGE,
	THING_USER,
	THING_SESSION,
	THING_ANY, /* whatever the call does not know is not there */
};

struct exchange;

struct route {
	const char *method;
	const char *path; /* "/api/jobs/{job}/select" */
	gboolean (*handle)(struct exchange *exchange, GError **error);
	bool is_open; /* without a session */
	enum thing thing;
	enum route_body body;
	struct member members[ROUTE_MAX_MEMBERS + 1];
	struct member query[ROUTE_MAX_QUERY + 1];
};

/* Ends with a row without a path; of two that fit a path and its method the
 * first is it. */
extern const struct route routes[];

struct exchange {
	struct web *web;
	const struct http_request *request;
	const struct route *route;
	struct http_answer *answer;
	unsigned failure_status; /* of an error, where its code does not tell; else 0 */
	char *names[ROUTE_MAX_NAMES]; /* of the path */
	GHashTable *query;	      /* name -> decoded value */
	JsonObject *body;	      /* of BODY_JSON */
	int body_fd;		      /* of BODY_FILE: at its beginning; else -1 */
	char *token;		      /* of the session, or NULL */
};

/* Members and query of the exchange; NULL, FALSE and 0 where they are missing. */
const char *exchange_string(const struct exchange *exchange, const char *member);
gboolean exchange_flag(const struct exchange *exchange, const char *member);
const char *exchange_query(const struct exchange *exchange, const char *name);

/* Answers with JSON; takes the node. */
void exchange_json(struct exchange *exchange, unsigned status, JsonNode *node);

/* Answers with what has been put into it; ends it. */
void exchange_dict(struct exchange *exchange, unsigned status, GVariantDict *facts);

/* Answers with one object {name: value}, or {} where name is NULL. Takes the value. */
void exchange_value(struct exchange *exchange, unsigned status, const char *name,
		    GVariant *value);

/* bus_call with the exchange's session. */
GVariant *exchange_call(struct exchange *exchange, const char *method,
			GVariant *arguments, GVariant *options, GError **error);

/* The first descriptor that comes back with a call; -1 on failure. */
int exchange_call_file(struct exchange *exchange, const char *method, GVariant *arguments,
		       GVariant *options, GError **error);

gboolean exchange_query_flag(const struct exchange *exchange, const char *name);

/* An object member as "name=value,name=value"; NULL where it is missing or empty. USAGE
 * for what could be more than a name or a value. Free with g_free. */
gboolean exchange_pairs(const struct exchange *exchange, const char *member, char **pairs,
			GError **error);

/* Three kinds of call, and {}, an object of facts, or {member: list} as the answer. */
gboolean exchange_do(struct exchange *exchange, const char *method, GVariant *arguments,
		     GVariant *options, GError **error);
gboolean exchange_facts(struct exchange *exchange, const char *method,
			GVariant *arguments, GError **error);
gboolean exchange_list(struct exchange *exchange, const char *method, GVariant *options,
		       const char *member, GError **error);

/* Fails with this status instead of the code's. */
gboolean exchange_refuse(struct exchange *exchange, unsigned status,
			 enum sixpin_error code, GError **error, const char *format, ...)
	G_GNUC_PRINTF(5, 6);
