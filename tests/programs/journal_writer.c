/* SPDX-License-Identifier: MIT */
/*
 * journal_writer FOLDER: makes runs through journal.h and says on standard error, each
 * time after the journal has returned, what it may rely on from then on:
 *
 *   STARTED run job serial
 *   PASSED run
 *   FAILED run
 *
 * JOURNAL_WRITER_SYNCHRONOUS=OFF or NORMAL takes away the syncs that the journal asks
 * SQLite for, so that tests/e2e/power_cut.sh can show that it sees what gets lost then.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sqlite3.h>

#include "appliance/station/journal.h"

#define N_SESSIONS	3
#define RUNS_OF_SESSION 14

static const char *const list[] = { "A7", "B7", "C7", "D7", "E7", "F7", "G7",
				    "H7", "I7", "J7", "K7", "L7", "M7", "N7",
				    "O7", "P7", "Q7", "R7", "S7", "T7", NULL };

static const struct {
	const char *job;
	struct run_claim claim;
} jobs[] = {
	{ "burn",
	  { .has_serial = true,
	    .serial_first = 1000,
	    .serial_step = 1,
	    .serial_last = 9999 } },
	{ "reuse",
	  { .has_serial = true,
	    .serial_first = 1,
	    .serial_step = 3,
	    .serial_last = 9999,
	    .serial_reuse = true } },
	{ "list", { .has_serial = true, .serial_list = list, .serial_reuse = true } },
};

/* The journal's own setting comes later, and is passed over. */
static int keep_setting(void *data, int action, const char *name, const char *value,
			const char *database, const char *trigger)
{
	return action == SQLITE_PRAGMA && strcmp(name, "synchronous") == 0 && value
		       ? SQLITE_IGNORE
		       : SQLITE_OK;
}

static int set_synchronous(sqlite3 *db, char **error, const void *routines)
{
	g_autofree char *sql = g_strdup_printf("PRAGMA synchronous = %s",
					       g_getenv("JOURNAL_WRITER_SYNCHRONOUS"));

	sqlite3_exec(db, sql, NULL, NULL, NULL);
	return sqlite3_set_authorizer(db, keep_setting, NULL);
}

static void say(const char *format, ...) G_GNUC_PRINTF(1, 2);

/* In one write, as what comes after it must not be seen before it. */
static void say(const char *format, ...)
{
	g_autofree char *text = NULL;
	va_list values;

	va_start(values, format);
	text = g_strdup_vprintf(format, values);
	va_end(values);
	if (write(STDERR_FILENO, text, strlen(text)) < 0)
		exit(1);
}

static void expect(gboolean ok, const GError *error)
{
	if (ok)
		return;
	say("FAIL %s\n", error->message);
	exit(1);
}

static uint64_t begin(struct journal *journal, unsigned n)
{
	const struct run_start start = {
		.kind = "run",
		.job = jobs[n % G_N_ELEMENTS(jobs)].job,
		.who = "button",
		.part = "ATmega328P",
		.claim = &jobs[n % G_N_ELEMENTS(jobs)].claim,
	};
	g_autoptr(GError) error = NULL;
	g_autofree char *serial = NULL;
	uint64_t run = 0;

	expect(journal_begin(journal, &start, &run, &serial, &error), error);
	say("STARTED %" G_GUINT64_FORMAT " %s %s\n", run, start.job, serial);
	expect(journal_add(journal, run,
			   g_variant_new_parsed("{'fuses_before': <'62 D9 FF'>}"),
			   &error),
	       error);
	return run;
}

static void finish(struct journal *journal, uint64_t run, bool passed)
{
	const struct run_end end = {
		.state = passed ? RUN_PASSED : RUN_FAILED,
		.code = passed ? NULL : "VERIFY",
		.seconds = 1.25,
		.facts = g_variant_new_parsed("{'lock_after': <'CF'>}"),
	};
	g_autoptr(GError) error = NULL;

	expect(journal_finish(journal, run, &end, &error), error);
	say("%s %" G_GUINT64_FORMAT "\n", passed ? "PASSED" : "FAILED", run);
}

/* Two runs at once now and then; the last is never finished. */
static void make_runs(struct journal *journal)
{
	for (unsigned i = 0; i < RUNS_OF_SESSION; i++) {
		uint64_t run = begin(journal, i);

		if (i % 5 == 2) {
			finish(journal, begin(journal, i + 1), true);
			finish(journal, run, false);
		} else if (i + 1 < RUNS_OF_SESSION) {
			finish(journal, run, i % 4 != 3);
		}
	}
}

int main(int argc, char **argv)
{
	static const struct journal_options options;

	if (argc != 2)
		return 2;
	if (g_getenv("JOURNAL_WRITER_SYNCHRONOUS"))
		sqlite3_auto_extension((void (*)(void))set_synchronous);
	for (unsigned i = 0; i < N_SESSIONS; i++) {
		g_autoptr(GError) error = NULL;
		struct journal *journal = journal_open(argv[1], &options, NULL, &error);

		expect(journal != NULL, error);
		make_runs(journal);
		journal_close(journal);
	}
	return 0;
}
