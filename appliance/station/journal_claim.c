/* SPDX-License-Identifier: MIT */
/*
 * Limits and serial numbers. A number's row in the table serial says "held" (by a run),
 * "used", "burnt" or "back"; one without a row was never given out. A job's `next` is
 * behind all that its counter ever gave out, so a row that is lost gives no number twice.
 */
#include "appliance/station/journal_claim.h"

#include "appliance/base/error.h"

#include <string.h>

/* Numbers of a job's counter that can be given out. */
struct range {
	uint64_t first;
	uint64_t step;
	uint64_t last;
};

static gboolean refuse(GError **error, const char *job, const char *why)
{
	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE, "job %s: %s", job, why);
	return FALSE;
}

gboolean claim_count_good(struct journal_db *db, const char *job, uint64_t epoch,
			  gint64 *passed, gint64 *with_running, GError **error)
{
	gint64 running;

	if (!db_number(db, passed, NULL, error,
		       "SELECT units FROM good WHERE job = ? AND epoch = ?", "si", job,
		       (gint64)epoch) ||
	    !db_number(db, &running, NULL, error,
		       "SELECT count(*) FROM run INDEXED BY run_state"
		       " WHERE state = 'started' AND job = ? AND epoch = ?",
		       "si", job, (gint64)epoch))
		return FALSE;
	*with_running = *passed + running;
	return TRUE;
}

static gboolean check_good_units(struct journal_db *db, const char *job,
				 const struct run_claim *claim, GError **error)
{
	g_autofree char *why = NULL;
	gint64 passed, with_running;

	if (!claim->good_units)
		return TRUE;
	if (!claim_count_good(db, job, claim->limit_epoch, &passed, &with_running, error))
		return FALSE;
	if ((uint64_t)with_running < claim->good_units)
		return TRUE;
	if ((uint64_t)passed >= claim->good_units)
		why = g_strdup_printf("its %" G_GUINT64_FORMAT
				      " good units are done; raise good-units, or give "
				      "[limits] another epoch",
				      claim->good_units);
	else
		why = g_strdup_printf("%" G_GINT64_FORMAT " of its %" G_GUINT64_FORMAT
				      " good units are done and the rest is running; "
				      "wait for that to end",
				      passed, claim->good_units);
	return refuse(error, job, why);
}

static gboolean check_failures(struct journal_db *db, const char *job,
			       const struct run_claim *claim, GError **error)
{
	g_autofree char *why = NULL;
	gint64 failures;

	if (!claim->stop_after_failures)
		return TRUE;
	if (!db_number(db, &failures, NULL, error,
		       "SELECT failures FROM job WHERE job = ?", "s", job))
		return FALSE;
	if (failures < (gint64)claim->stop_after_failures)
		return TRUE;
	why = g_strdup_printf(
		"%" G_GINT64_FORMAT
		" failures in a row: find out why, then sixpin job reset %s",
		failures, job);
	return refuse(error, job, why);
}

/* Remembers what `first` was, so that the answer must be another. */
static gboolean refuse_lost(struct journal_db *db, const char *job,
			    const struct run_claim *claim, bool *refused, GError **error)
{
	g_autofree char *first =
		claim->serial_list
			? g_strdup("")
			: g_strdup_printf("%" G_GUINT64_FORMAT, claim->serial_first);

	if (!db_run(db, error,
		    "UPDATE job SET refused_first = coalesce(refused_first, ?)"
		    " WHERE job = ?",
		    "ss", first, job))
		return FALSE;
	*refused = true;
	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_STORE,
		    "%s: job %s: which of its serial numbers are used is not known since "
		    "the journal was damaged; %s, then sixpin job reset %s",
		    db->path, job,
		    claim->serial_list
			    ? "take the numbers that are on units out of the list"
			    : "set [serial] first above the last number that is "
			      "on a unit",
		    job);
	return FALSE;
}

static bool is_above(const struct run_claim *claim, const char *refused_first)
{
	guint64 first;

	return claim->serial_list ||
	       !g_ascii_string_to_unsigned(refused_first, 10, 0, G_MAXUINT64, &first,
					   NULL) ||
	       claim->serial_first > first;
}

static gboolean check_lost(struct journal_db *db, const char *job,
			   const struct run_claim *claim, bool *refused, GError **error)
{
	g_autofree char *refused_first = NULL;
	gint64 lost, cleared;

	if (!claim->has_serial)
		return TRUE;
	if (!db_number(db, &lost, NULL, error, "SELECT lost FROM journal", ""))
		return FALSE;
	if (!lost)
		return TRUE;
	if (!db_number(db, &cleared, NULL, error, "SELECT cleared FROM job WHERE job = ?",
		       "s", job) ||
	    !db_text(db, &refused_first, error,
		     "SELECT refused_first FROM job WHERE job = ?", "s", job))
		return FALSE;
	if (cleared >= lost && refused_first && is_above(claim, refused_first))
		return TRUE;
	return refuse_lost(db, job, claim, refused, error);
}

gboolean claim_check(struct journal_db *db, const char *job,
		     const struct run_claim *claim, bool *refused, GError **error)
{
	*refused = false;
	return check_good_units(db, job, claim, error) &&
	       check_failures(db, job, claim, error) &&
	       check_lost(db, job, claim, refused, error);
}

/* The least of the range that is not below `least`. */
static bool range_from(const struct range *range, uint64_t least, uint64_t *number)
{
	uint64_t steps;

	*number = range->first;
	if (least > range->first) {
		steps = (least - range->first - 1) / range->step + 1;
		if (__builtin_mul_overflow(steps, range->step, &steps) ||
		    __builtin_add_overflow(range->first, steps, number))
			return false;
	}
	return *number <= range->last;
}

/* The lowest that was given back; *serial stays NULL where there is none. */
static gboolean find_back(struct journal_db *db, const char *job,
			  const struct range *range, char **serial, GError **error)
{
	sqlite3_stmt *rows =
		db_query(db, error,
			 "SELECT serial FROM serial INDEXED BY serial_back"
			 " WHERE state = 'back' AND job = ? ORDER BY length(serial), "
			 "serial",
			 "s", job);
	enum db_step step = DB_FAILED;

	while (rows && !*serial && (step = db_step(db, rows, error)) == DB_ROW) {
		g_autofree char *text = db_column_text(rows, 0);
		guint64 number;

		if (text[0] != '0' || !text[1])
			if (g_ascii_string_to_unsigned(text, 10, range->first,
						       range->last, &number, NULL))
				*serial = g_steal_pointer(&text);
	}
	if (*serial)
		db_let_go(rows);
	return step != DB_FAILED;
}

static gboolean is_known(struct journal_db *db, const char *job, const char *serial,
			 char **state, GError **error)
{
	return db_text(db, state, error,
		       "SELECT state FROM serial WHERE job = ? AND serial = ?", "ss", job,
		       serial);
}

/* Where the counter goes on; *serial stays NULL behind its last. */
static gboolean find_next(struct journal_db *db, const char *job,
			  const struct range *range, char **serial, GError **error)
{
	g_autofree char *next = NULL;
	guint64 least = 0;
	uint64_t number;

	if (!db_text(db, &next, error, "SELECT next FROM job WHERE job = ?", "s", job))
		return FALSE;
	if (g_strcmp0(next, "end") == 0)
		return TRUE;
	if (next)
		g_ascii_string_to_unsigned(next, 10, 0, G_MAXUINT64, &least, NULL);
	/* Rows beyond `next` come from lists that the job had before. */
	for (; range_from(range, least, &number); least = number + 1) {
		g_autofree char *text = g_strdup_printf("%" G_GUINT64_FORMAT, number);
		g_autofree char *state = NULL;

		if (!is_known(db, job, text, &state, error))
			return FALSE;
		if (!state) {
			*serial = g_steal_pointer(&text);
			return TRUE;
		}
		if (number == G_MAXUINT64)
			return TRUE;
	}
	return TRUE;
}

static char *next_of_counter(struct journal_db *db, const char *job,
			     const struct run_claim *claim, GError **error)
{
	const struct range range = { claim->serial_first, MAX(claim->serial_step, 1),
				     claim->serial_last };
	g_autofree char *serial = NULL;
	g_autofree char *why = NULL;

	if (!find_back(db, job, &range, &serial, error) ||
	    (!serial && !find_next(db, job, &range, &serial, error)))
		return NULL;
	if (serial)
		return g_steal_pointer(&serial);
	why = g_strdup_printf("no serial number is left up to %" G_GUINT64_FORMAT
			      "; raise [serial] last",
			      range.last);
	refuse(error, job, why);
	return NULL;
}

static char *next_of_list(struct journal_db *db, const char *job, const char *const *list,
			  GError **error)
{
	for (unsigned i = 0; list[i]; i++) {
		g_autofree char *line = g_utf8_make_valid(list[i], -1);
		g_autofree char *state = NULL;

		if (!is_known(db, job, line, &state, error))
			return NULL;
		if (!state || strcmp(state, "back") == 0)
			return g_steal_pointer(&line);
	}
	refuse(error, job, "its list has no serial number left; add lines to it");
	return NULL;
}

char *claim_next(struct journal_db *db, const char *job, const struct run_claim *claim,
		 GError **error)
{
	g_autofree char *serial =
		claim->serial_list ? next_of_list(db, job, claim->serial_list, error)
				   : next_of_counter(db, job, claim, error);
	g_autofree char *why = NULL;
	gint64 run;
	bool has_passed;

	if (!serial)
		return NULL;
	/* The rows of the runs are the other witness. */
	if (!db_number(db, &run, &has_passed, error,
		       "SELECT run FROM run INDEXED BY run_passed"
		       " WHERE state = 'passed' AND job = ? AND serial = ?",
		       "ss", job, serial))
		return NULL;
	if (!has_passed)
		return g_steal_pointer(&serial);
	why = g_strdup_printf(
		"serial number %s of job %s is free, but run %" G_GINT64_FORMAT
		" passed with it",
		serial, job, run);
	db_fail_damaged(db, why, error);
	return NULL;
}

/* Behind it, unless the counter is already; "end" behind the last there is. */
static gboolean move_counter(struct journal_db *db, const char *job, const char *serial,
			     GError **error)
{
	g_autofree char *next = NULL;
	guint64 number, known;

	if (!db_text(db, &next, error, "SELECT next FROM job WHERE job = ?", "s", job))
		return FALSE;
	g_ascii_string_to_unsigned(serial, 10, 0, G_MAXUINT64, &number, NULL);
	if (g_strcmp0(next, "end") == 0 ||
	    (next && g_ascii_string_to_unsigned(next, 10, 0, G_MAXUINT64, &known, NULL) &&
	     known > number))
		return TRUE;
	g_free(next);
	next = number == G_MAXUINT64 ? g_strdup("end")
				     : g_strdup_printf("%" G_GUINT64_FORMAT, number + 1);
	return db_run(db, error, "UPDATE job SET next = ? WHERE job = ?", "ss", next,
		      job);
}

gboolean claim_take(struct journal_db *db, const char *job, const char *serial,
		    const struct run_claim *claim, uint64_t run, GError **error)
{
	return db_run(db, error, "INSERT OR REPLACE INTO serial VALUES (?, ?, 'held', ?)",
		      "ssi", job, serial, (gint64)run) &&
	       (claim->serial_list || move_counter(db, job, serial, error));
}

gboolean claim_settle(struct journal_db *db, const char *job, const char *serial,
		      uint64_t run, const char *state, GError **error)
{
	g_autofree char *why = NULL;

	if (!db_run(db, error,
		    "UPDATE serial SET state = ?"
		    " WHERE job = ? AND serial = ? AND run = ? AND state = 'held'",
		    "sssi", state, job, serial, (gint64)run))
		return FALSE;
	if (sqlite3_changes(db->sql) == 1)
		return TRUE;
	why = g_strdup_printf("run %" G_GUINT64_FORMAT
			      " does not have its serial number %s of job %s",
			      run, serial, job);
	return db_fail_damaged(db, why, error);
}
