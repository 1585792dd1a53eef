/* SPDX-License-Identifier: MIT */
/* How a run ends, and what that does to the counters of its job. */
#include "appliance/base/error.h"
#include "appliance/station/journal_claim.h"
#include "appliance/station/journal_state.h"

#include <math.h>
#include <string.h>

/* What its end needs to know of a run. */
struct running {
	char *state;
	char *kind;
	char *job;
	char *serial;
	bool reuse;
	gint64 epoch;
};

static void running_clear(struct running *running)
{
	g_free(running->state);
	g_free(running->kind);
	g_free(running->job);
	g_free(running->serial);
}

static gboolean load(struct journal_db *db, uint64_t run, struct running *running,
		     GError **error)
{
	sqlite3_stmt *row = db_query(
		db, error,
		"SELECT state, kind, job, serial, reuse, epoch FROM run WHERE run = ?",
		"i", (gint64)run);
	enum db_step step = row ? db_step(db, row, error) : DB_FAILED;

	if (step == DB_DONE)
		g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_STORE,
			    "%s: there is no run %" G_GUINT64_FORMAT, db->path, run);
	if (step != DB_ROW)
		return FALSE;
	running->state = db_column_text(row, 0);
	running->kind = db_column_text(row, 1);
	running->job = db_column_text(row, 2);
	running->serial = db_column_text(row, 3);
	running->reuse = sqlite3_column_int(row, 4);
	running->epoch = sqlite3_column_int64(row, 5);
	db_let_go(row);
	if (g_strcmp0(running->state, "started") == 0)
		return TRUE;
	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_STORE,
		    "%s: run %" G_GUINT64_FORMAT " has ended already: %s", db->path, run,
		    running->state);
	return FALSE;
}

static gboolean update_row(struct journal_db *db, uint64_t run, const struct run_end *end,
			   GError **error)
{
	g_autofree char *code = end->code ? g_utf8_make_valid(end->code, -1) : NULL;
	g_autofree char *message =
		end->message ? g_utf8_make_valid(end->message, -1) : NULL;

	/* SQLite keeps what is no number as NULL. */
	return db_run(db, error,
		      "UPDATE run SET state = ?, seconds = ?, code = ?, message = ?"
		      " WHERE run = ?",
		      "sdssi", run_state_name(end->state),
		      end->seconds >= 0 ? end->seconds : (double)NAN, code, message,
		      (gint64)run);
}

static const char *fate_of_serial(enum run_state state, bool reuse)
{
	if (state == RUN_PASSED || state == RUN_DONE)
		return "used";
	return reuse ? "back" : "burnt";
}

/* What was cancelled says nothing about the boards. */
static gboolean count_for_job(struct journal_db *db, const struct running *running,
			      const struct run_end *end, GError **error)
{
	if (end->state == RUN_PASSED)
		return db_run(db, error,
			      "INSERT INTO good VALUES (?, ?, 1)"
			      " ON CONFLICT DO UPDATE SET units = units + 1",
			      "si", running->job, running->epoch) &&
		       db_run(db, error, "UPDATE job SET failures = 0 WHERE job = ?", "s",
			      running->job);
	if (end->state == RUN_FAILED && g_strcmp0(end->code, "CANCELLED") != 0)
		return db_run(db, error,
			      "UPDATE job SET failures = failures + 1 WHERE job = ?", "s",
			      running->job);
	return TRUE;
}

/* What took a time that is not known counts for none. */
static gboolean count_ended(struct journal_db *db, const struct running *running,
			    const struct run_end *end, GError **error)
{
	double seconds = end->seconds > 0 && isfinite(end->seconds) ? end->seconds : 0;

	return journal_count(db, running->kind, running->job, run_state_name(RUN_STARTED),
			     -1, 0, error) &&
	       journal_count(db, running->kind, running->job, run_state_name(end->state),
			     1, seconds, error);
}

static gboolean end_running(struct journal_db *db, uint64_t run,
			    const struct running *running, const struct run_end *end,
			    GError **error)
{
	return (!running->serial ||
		claim_settle(db, running->job, running->serial, run,
			     fate_of_serial(end->state, running->reuse), error)) &&
	       update_row(db, run, end, error) &&
	       (!running->job || count_for_job(db, running, end, error)) &&
	       count_ended(db, running, end, error);
}

gboolean journal_end_run(struct journal_db *db, uint64_t run, const struct run_end *end,
			 GError **error)
{
	struct running running = { 0 };
	gboolean ok = load(db, run, &running, error) &&
		      end_running(db, run, &running, end, error);

	running_clear(&running);
	return ok;
}

const char *run_state_name(enum run_state state)
{
	static const char *const names[RUN_N_STATES] = {
		[RUN_STARTED] = "started", [RUN_PASSED] = "passed",
		[RUN_FAILED] = "failed",   [RUN_INTERRUPTED] = "interrupted",
		[RUN_DONE] = "done",
	};

	g_assert(state < RUN_N_STATES);
	return names[state];
}
