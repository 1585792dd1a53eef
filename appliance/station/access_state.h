/* SPDX-License-Identifier: MIT */
/* What access.h is inside, for its own files. */
#pragma once

#include "appliance/station/access.h"
#include "appliance/station/access_secret.h"
#include "appliance/station/access_throttle.h"
#include "appliance/station/access_time.h"
#include "appliance/station/journal_db.h"

/* When a session was used last, where the database does not know yet. */
struct access_seen {
	int64_t station_ms;
	int64_t wall_s;
};

struct access {
	char *folder;
	char *path;
	char *boot;
	struct access_options options;
	gint is_open; /* atomic */

	/* In this order, where more than one is taken. */
	GMutex hashing; /* one hash at a time, and what becomes of it */
	struct access_throttle *throttle;
	GMutex writing;
	struct journal_db write;
	struct access_moment began; /* the transaction that is on */
	GHashTable *writing_seen;   /* what of `seen` it writes; or NULL */
	bool writing_ends;	    /* it ends sessions, or changes a user */
	GMutex reading;		    /* short: nobody waits for a disk with it */
	struct journal_db read;
	struct access_moment anchor; /* what time is counted from */
	GHashTable *seen;	     /* id of a session -> struct access_seen */
	int64_t kept_ms;	     /* when those were written last */
	bool has_over;		     /* somebody came with a session that is over */
	gint changes;		     /* atomic */
};

/* access_file.c: the database, made where there is none, checked. */
gboolean access_open_file(struct access *access, GError **error);

/* DENIED's text for a session that is none any more. */
#define SESSION_OVER "the session is over: log in again"

/* access.c. Opens where that was not done or had failed. */
gboolean access_ensure(struct access *access, GError **error);

/* The present; with `reading`. */
struct access_moment access_now(struct access *access);

/* A transaction: begin takes `writing`, end gives it back. What is known of sessions' use
 * goes along, and those that are over go. */
gboolean access_begin(struct access *access, enum db_sync sync, GError **error);
gboolean access_end(struct access *access, gboolean ok, GError **error);

/* After it: what was removed is in no file any more. */
void access_forget(struct access *access);

/* A row for a new session; in a transaction. Sets what login answers. */
gboolean access_begin_session(struct access *access, const char *name,
			      enum access_role role, const char *peer,
			      struct access_session *session, char **token,
			      GError **error);
