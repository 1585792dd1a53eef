/* SPDX-License-Identifier: MIT */
/*
 * One call for somebody: the host of it (commands/call.h) inside the daemon. Files come
 * as descriptors and are copied before anything looks at them; what is written goes into
 * private files whose descriptors the caller gets.
 *
 * The main thread makes a work and gives it to the hub (hub_submit), which owns it from
 * then on. Until its `done` was called, only the thread of its place touches it, but for
 * what stands under "In the main thread".
 */
#pragma once

#include <gio/gunixfdlist.h>

#include "appliance/commands/call.h"
#include "appliance/daemon/hub.h"
#include "appliance/daemon/teller.h"

/* Does a call's work in its thread in place of words. */
typedef gboolean (*work_function)(struct work *work, struct call *call, GError **error);

struct work {
	struct call_host host;
	struct hub *hub;
	char *who;
	char **words; /* "sixpin" first */
	GCancellable *cancellable;
	work_function function; /* NULL: the words are a command's */
	enum command_place place;

	GUnixFDList *fds;   /* that came along, or NULL */
	GHashTable *files;  /* name -> struct work_file * */
	size_t n_copied;    /* bytes of them all */
	GPtrArray *outputs; /* struct work_output * */

	/* Who listens to what is said; sender NULL: nobody. */
	char *sender;
	guint32 number;

	struct teller teller;

	/* In the main thread. `started`: the row was committed; `done`: error and root
	 * are final. Either may be NULL. */
	void (*started)(struct work *work, uint64_t run);
	void (*done)(struct work *work);
	void *user;

	bool is_job;	 /* the run that it began is one of a job */
	bool passed;	 /* the run that it ended is verified and recorded */
	bool is_pressed; /* the panel shows its end, whatever that is */

	JsonNode *root; /* the result; NULL for a function */
	GError *error;
};

/* Copied in the work's own thread, when the command asks for it. */
struct work_file {
	int fd;
	GBytes *copy; /* NULL: not yet */
};

struct work_output {
	char *name;
	int fd;
};

/* `words` without the program's name, NULL-ended; copied. */
struct work *work_new(struct hub *hub, const char *who, const char *const *words);
struct work *work_new_function(struct hub *hub, const char *who, work_function function);
void work_free(struct work *work);

/* Which command it is, before it is given to a thread. USAGE. */
gboolean work_choose(struct work *work, GError **error);

/* A regular file, for when the words call it so; the descriptor is one of work->fds. Such
 * a copy is made once it is read: IMAGE where those of one work come to more than
 * IMAGE_MAX_BYTES together. */
gboolean work_add_file(struct work *work, const char *name, int fd, GError **error);

/* In the thread of its place; ends with hub_work_done in the main thread. */
void work_execute(struct work *work);
