/* SPDX-License-Identifier: MIT */
/*
 * The journal: the record of every run, and what runs consume (serial numbers, a job's
 * good units). SQLite, WAL, synchronous FULL: what a function has returned TRUE for
 * survives a power cut. `journal.db` in the station's folder.
 *
 * Order of a run: journal_begin before the first edge, journal_add for what becomes known
 * on the way (not synced by itself), journal_finish before any LED. Whatever was begun
 * and not finished is "interrupted" after the next journal_open.
 *
 * Any thread may call at any time; each call is whole. Errors are SIXPIN_ERROR_STORE,
 * with the path, what failed and the remedy, unless said otherwise.
 *
 * A run as told to people is a GVariant a{sv}; the names are in docs/journal.md:
 *   run (t), state (s), kind (s), job (s), who (s), words (s), part (s), signature (s),
 *   started (x, Unix time in s; 0: the clock was not set), started_monotonic_us (t),
 *   boot (s, the kernel's boot id), seconds (d), code (s), message (s), serial (s),
 *   images (a(ss): name, digest), fuses_before, fuses_after, lock_after (s),
 *   unit (a{ss}: calibration, uid...), phases (a(sd): step, seconds), retried (b), ...
 * and whatever else journal_add was given.
 */
#pragma once

#include <gio/gio.h>
#include <stdbool.h>
#include <stdint.h>

struct journal;

enum run_state {
	RUN_STARTED,
	RUN_PASSED,	 /* verified, and it did what the job says */
	RUN_FAILED,	 /* with its error */
	RUN_INTERRUPTED, /* the process ended in its middle */
	RUN_DONE, /* a command that is no job's and has nothing to verify, or was told
		     not to (-V) */
	RUN_N_STATES
};

/* "started", "passed"... static. */
const char *run_state_name(enum run_state state);

/* What a run consumes. A number is taken in the same transaction as the row. */
struct run_claim {
	bool has_serial;
	uint64_t serial_first; /* a counter: the first that was ever given out */
	uint64_t serial_step;  /* at least 1 */
	uint64_t serial_last;  /* the last that may be given out; USAGE behind it */
	const char *const *serial_list; /* not NULL: taken from this list in its order,
					   none twice, whatever the list's order becomes
					   later; ends with NULL */
	bool serial_reuse;   /* a failed or interrupted run gives its number back; else it
				is burnt */
	uint64_t good_units; /* 0: no limit. So many runs of this job may pass;
				counted over the job's `limit_epoch` */
	unsigned stop_after_failures; /* 0: never. So many failures in a row stop the job
					 until journal_reset_job */
	uint64_t limit_epoch;	      /* another value begins to count anew */
};

struct run_start {
	const char *kind;	/* "run": of a job; else the command's name; UTF-8 */
	const char *job;	/* its id, or NULL */
	const char *job_digest; /* of the job's text, or NULL */
	const char *who;	/* "button", "user 1000 (pi)", "autostart" */
	const char *words;	/* the command line it came from, or NULL */
	const char *programmer;
	const char *part;	       /* the one that must be there, or NULL */
	GVariant *images;	       /* a(ss), or NULL; a floating one is sunk */
	const struct run_claim *claim; /* NULL: consumes nothing */
};

struct run_end {
	enum run_state state; /* not RUN_STARTED */
	const char *code;     /* "VERIFY"; NULL unless failed */
	const char *message;
	double seconds;
	GVariant *facts; /* a{sv}, merged into the row; or NULL; a floating one is sunk */
};

struct journal_options {
	guint64 keep_runs;	/* 0: all; older finished rows go, never numbers */
	guint64 keep_days;	/* 0: all */
	guint64 min_free_bytes; /* begin refuses below it */

	/* What the clock on the wall says; NULL: the machine's. */
	gint64 (*unix_s)(gpointer data);
	gpointer unix_s_data;
};

/*
 * Opens or makes it, and marks open rows interrupted (their number is given back or
 * burnt, as their claim said). A database that is damaged is moved aside to
 * journal-damaged-N.db (with its WAL) and a new one begun whose run numbers go on above
 * every number that the old one can still tell: *notice (free with g_free; may be NULL)
 * then says so, and journal_notices too. A folder that cannot be written is an error, and
 * so is a database made by a newer Sixpin. One process at a time: BUSY names the one that
 * has it open.
 */
struct journal *journal_open(const char *folder, const struct journal_options *options,
			     char **notice, GError **error);

/* A view of it, also while another process has it open: what would write is an error, and
 * nothing is marked, mended or set aside. STORE where there is no journal. */
struct journal *journal_open_reading(const char *folder, GError **error);
void journal_close(struct journal *journal); /* NULL is allowed */

/*
 * Commits the row "started" and stores its number, which grows from run to run whatever
 * the clock says. *serial (free with g_free, may be NULL without a serial claim) is the
 * number taken, as decimal digits or the list's line. USAGE where a limit of the claim is
 * reached ("the job's 500 good units are done", "3 failures in a row: ...", "the list has
 * no number left"); STORE where the disk is full or read-only: no run may start then.
 */
gboolean journal_begin(struct journal *journal, const struct run_start *start,
		       uint64_t *run, char **serial, GError **error);

/* Facts that became known: a{sv}, merged into the row. A floating one is sunk. */
gboolean journal_add(struct journal *journal, uint64_t run, GVariant *facts,
		     GError **error);

/* Commits how it ended, with what it consumed. A run that has ended already is an error.
 */
gboolean journal_finish(struct journal *journal, uint64_t run, const struct run_end *end,
			GError **error);

/* What is left of a job's limits: a{sv} with "good" (t: units passed in the epoch),
 * "left" (t, absent without a limit), "failures_in_a_row" (u), "next_serial" (s, absent
 * when there is none). The claim says what the job asks for. */
GVariant *journal_job_status(struct journal *journal, const char *job,
			     const struct run_claim *claim, GError **error);

/* The operator has looked: failures in a row are 0 again. */
gboolean journal_reset_job(struct journal *journal, const char *job, GError **error);

struct journal_filter {
	uint64_t before;    /* 0: from the newest; else runs with a lower number */
	unsigned limit;	    /* 0: 50 */
	const char *job;    /* or NULL */
	const char *state;  /* or NULL */
	const char *kind;   /* or NULL */
	const char *serial; /* or NULL */
};

/* aa{sv}, newest first. Free with g_variant_unref. */
GVariant *journal_runs(struct journal *journal, const struct journal_filter *filter,
		       GError **error);

/* a{sv}; USAGE where there is no such run. */
GVariant *journal_run(struct journal *journal, uint64_t run, GError **error);

/* Runs of a kind (NULL: of all) since ever: a{st} of state names. */
GVariant *journal_counts(struct journal *journal, const char *kind, GError **error);

/* aa{sv}: kind (s), job (s, "" for none), state (s), runs (t), seconds (d, the sum):
 * those that have ended, since ever. No number gets smaller. */
GVariant *journal_totals(struct journal *journal, GError **error);

#define JOURNAL_DAYS	 30 /* unless said otherwise */
#define JOURNAL_MAX_DAYS 366

/* aa{sv}, the newest first: day (s, "2026-11-24", local time), passed, failed,
 * interrupted (u): runs of jobs (NULL: of all) that began in the last n_days, of which
 * today is the first. Days without any are left out, and so are runs of a clock that was
 * not set. USAGE: no such number of days. */
GVariant *journal_days(struct journal *journal, unsigned n_days, const char *job,
		       GError **error);

enum journal_format { JOURNAL_CSV, JOURNAL_JSON };

/* All that the filter selects (limit 0: all), oldest first, written to fd in blocks: CSV
 * with a head line (RFC 4180; a cell that a spreadsheet would take for a formula gets a
 * leading apostrophe), or JSON, one object a line. */
gboolean journal_export(struct journal *journal, const struct journal_filter *filter,
			enum journal_format format, int fd, GError **error);

/* Small settings that outlive the process: "selected-job", "autostart". get: NULL where
 * it was never set; free with g_free. set with NULL forgets it. */
char *journal_get_setting(struct journal *journal, const char *name, GError **error);
gboolean journal_set_setting(struct journal *journal, const char *name, const char *value,
			     GError **error);

/* What the operator must know of the journal itself, oldest first: "as": a database that
 * was set aside, runs found interrupted at the last open. Free with g_variant_unref. */
GVariant *journal_notices(struct journal *journal, GError **error);
