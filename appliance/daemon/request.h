/* SPDX-License-Identifier: MIT */
/*
 * One method call on the bus, from its arguments to its answer. It is answered once, in
 * the main thread, by request_finish; until then it is its work's `user`, and only the
 * thread that executes the work touches it.
 */
#pragma once

#include "appliance/daemon/work.h"

struct request {
	struct hub *hub;
	GDBusMethodInvocation *invocation; /* until request_finish */
	const struct method *method;
	GVariant *parameters; /* of the invocation */
	GVariant *options;    /* the last of them */
	char *who;
	bool is_web; /* the web page's user: acts for whoever has the session */
	bool has_session;
	struct access_session session;
	GVariant *reply;	/* a tuple; NULL: nothing to say */
	GUnixFDList *reply_fds; /* or NULL */
};

struct option_type {
	const char *name;
	const char *type;
};

#define REQUEST_MAX_OPTIONS 8

struct method {
	const char *name;
	struct option_type options[REQUEST_MAX_OPTIONS];

	/* In the main thread, both may be NULL: before anything is done, and after it was
	 * done well. */
	gboolean (*allow)(struct request *request, GError **error);
	void (*after)(struct request *request);
	bool hashes;	    /* a password: few at once */
	unsigned passwords; /* the parameters that are some: 1 << the index of each */

	/* One of them. At once in the main thread: */
	gboolean (*answer)(struct request *request, GError **error);
	/* at the desk: */
	gboolean (*consult)(struct request *request, struct call *call, GError **error);
	/* a work that answers by itself (request_submit): */
	struct work *(*make)(struct request *request, GError **error);
};

/* Each ends with a NULL name, and there is one file for each. */
extern const struct method wire_methods[];
extern const struct method store_methods[];
extern const struct method run_methods[];
extern const struct method settings_methods[];
extern const struct method access_methods[];

/* All of them; ends with NULL. */
extern const struct method *const method_tables[];

/* NULL where there is none of this name. */
const struct method *method_find(const char *name);

/* Checks the options and whether the caller may, and answers, now or when the work is
 * done. Takes the invocation over. */
void request_start(struct hub *hub, GDBusMethodInvocation *invocation, const char *who,
		   bool is_web);

/* Sends the answer and frees the request. `failure` is taken over; NULL: it is good. */
void request_finish(struct request *request, GError *failure);

/* A tuple of the method's answer, for when it ends well; a floating one is sunk. */
void request_reply(struct request *request, GVariant *reply);

/* A private file with this content goes along; its index in the reply, or -1. */
int request_add_file(struct request *request, GBytes *bytes, GError **error);

/* A parameter that is a text, and the descriptor of one that is a handle: it stays the
 * message's; -1 with USAGE where none came along. request_fds: all, or NULL. */
const char *request_parameter(const struct request *request, unsigned index);
int request_fd(const struct request *request, gint32 index, GError **error);
GUnixFDList *request_fds(const struct request *request);

/* An option of the request, as g_variant_lookup. */
gboolean request_flag(const struct request *request, const char *name);
const char *request_text(const struct request *request, const char *name);
