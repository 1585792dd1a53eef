/* SPDX-License-Identifier: MIT */
/*
 * journal_check: what is left of a journal after a power cut? Reads lines:
 *
 *   the words of journal_writer   from now on these must be true
 *   CHECK FOLDER                  answered with "ok", or with what is wrong
 *
 * Each folder is opened as the station does, its rows are held against what was said, and
 * runs are made that must get new numbers. In some its database is taken away then, and
 * they must still. Folders are used up.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <glib/gstdio.h>

#include "appliance/station/journal.h"

#define MAX_RUNS      1000
#define NUMBERS_EVERY 4 /* states, not a divisor of the number of models */

static const char *const list[] = { "A7", "B7", "C7", "D7", "E7", "F7", "G7", "H7",
				    "I7", "J7", "K7", "L7", "M7", "N7", "O7", "P7",
				    "Q7", "R7", "S7", "T7", "U7", "V7", NULL };

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

/* What was said of a run; job NULL: nothing. */
struct said {
	char *job;
	char *serial;
	char *end; /* "passed", "failed", or NULL */
};

struct check {
	struct said runs[MAX_RUNS];
	uint64_t last_run;
	unsigned n_checked;
	const char *folder;
	struct journal *journal;
	GString *wrong; /* empty: nothing */
};

static void blame(struct check *check, const char *format, ...) G_GNUC_PRINTF(2, 3);

static void blame(struct check *check, const char *format, ...)
{
	va_list values;

	if (check->wrong->len > 0)
		g_string_append(check->wrong, "; ");
	va_start(values, format);
	g_string_append_vprintf(check->wrong, format, values);
	va_end(values);
}

static void hear(struct check *check, char **words)
{
	uint64_t run = words[1] ? g_ascii_strtoull(words[1], NULL, 10) : 0;
	struct said *said = &check->runs[run];

	g_assert(run > 0 && run < MAX_RUNS);
	if (strcmp(words[0], "STARTED") == 0) {
		said->job = g_strdup(words[2]);
		said->serial = g_strdup(words[3]);
		check->last_run = MAX(check->last_run, run);
	} else {
		said->end = g_ascii_strdown(words[0], -1);
	}
}

static const char *text_of(GVariant *row, const char *name)
{
	const char *text = "";

	g_variant_lookup(row, name, "&s", &text);
	return text;
}

static bool fits(const struct said *said, const char *state)
{
	if (said->end)
		return strcmp(state, said->end) == 0;
	return strcmp(state, "interrupted") == 0 || strcmp(state, "passed") == 0 ||
	       strcmp(state, "failed") == 0;
}

static void check_said(struct check *check)
{
	for (uint64_t run = 1; run <= check->last_run; run++) {
		const struct said *said = &check->runs[run];
		g_autoptr(GError) error = NULL;
		g_autoptr(GVariant) row = NULL;

		if (!said->job)
			continue;
		row = journal_run(check->journal, run, &error);
		if (!row)
			blame(check, "lost: %s", error->message);
		else if (!fits(said, text_of(row, "state")))
			blame(check, "lost: run %" G_GUINT64_FORMAT " was %s, is %s", run,
			      said->end ? said->end : "started", text_of(row, "state"));
		else if (strcmp(text_of(row, "serial"), said->serial) != 0)
			blame(check, "lost: the serial number of run %" G_GUINT64_FORMAT,
			      run);
	}
}

/* Returns the highest run there. */
static uint64_t check_rows(struct check *check, GHashTable *passed)
{
	const struct journal_filter all = { .limit = MAX_RUNS };
	g_autoptr(GError) error = NULL;
	g_autoptr(GVariant) rows = journal_runs(check->journal, &all, &error);
	uint64_t highest = 0;

	if (!rows)
		blame(check, "%s", error->message);
	for (gsize i = 0; rows && i < g_variant_n_children(rows); i++) {
		g_autoptr(GVariant) row = g_variant_get_child_value(rows, i);
		const char *state = text_of(row, "state");
		guint64 run = 0;

		g_variant_lookup(row, "run", "t", &run);
		highest = MAX(highest, run);
		if (strcmp(state, "started") == 0)
			blame(check, "run %" G_GUINT64_FORMAT " is still started", run);
		if (strcmp(state, "passed") != 0)
			continue;
		if (!check->runs[run].job)
			blame(check, "run %" G_GUINT64_FORMAT " passed without a start",
			      run);
		if (!g_hash_table_add(passed, g_strconcat(text_of(row, "job"), " ",
							  text_of(row, "serial"), NULL)))
			blame(check, "serial number %s %s passed twice",
			      text_of(row, "job"), text_of(row, "serial"));
	}
	return highest;
}

/* May the number of this run be given out again? */
static bool is_free(struct check *check, uint64_t run)
{
	g_autoptr(GVariant) row = journal_run(check->journal, run, NULL);
	const char *state = row ? text_of(row, "state") : "";

	return strcmp(check->runs[run].job, "burn") != 0 &&
	       (strcmp(state, "failed") == 0 || strcmp(state, "interrupted") == 0);
}

/* Makes a run of each job. all_used: nothing that was ever given out is free. */
static uint64_t make_runs(struct check *check, uint64_t highest, GHashTable *passed,
			  bool all_used)
{
	for (unsigned i = 0; i < G_N_ELEMENTS(jobs); i++) {
		const struct run_start start = { .kind = "run",
						 .job = jobs[i].job,
						 .claim = &jobs[i].claim };
		const struct run_end end = { .state = RUN_PASSED, .seconds = 1 };
		g_autoptr(GError) error = NULL;
		g_autofree char *serial = NULL;
		uint64_t run = 0;

		if (!journal_begin(check->journal, &start, &run, &serial, &error)) {
			blame(check, "%s", error->message);
			return highest;
		}
		if (run <= highest)
			blame(check, "run %" G_GUINT64_FORMAT " comes twice", run);
		highest = MAX(highest, run);
		for (uint64_t other = 1; other <= check->last_run; other++)
			if (g_strcmp0(check->runs[other].job, start.job) == 0 &&
			    strcmp(check->runs[other].serial, serial) == 0 &&
			    (all_used || !is_free(check, other)))
				blame(check, "serial number %s %s comes twice", start.job,
				      serial);
		if (!g_hash_table_add(passed, g_strconcat(start.job, " ", serial, NULL)))
			blame(check, "serial number %s %s passes twice", start.job,
			      serial);
		if (!journal_finish(check->journal, run, &end, &error))
			blame(check, "%s", error->message);
	}
	return highest;
}

static void open_it(struct check *check, bool is_damaged)
{
	static const struct journal_options options;
	g_autoptr(GError) error = NULL;
	g_autofree char *notice = NULL;

	check->journal = journal_open(check->folder, &options, &notice, &error);
	if (!check->journal)
		blame(check, "%s", error->message);
	else if (notice && !is_damaged)
		blame(check, "%s", notice);
}

static void check_notices(struct check *check)
{
	g_autoptr(GVariant) notices = journal_notices(check->journal, NULL);
	g_autofree char *text = notices ? g_variant_print(notices, FALSE) : NULL;

	if (!text || strstr(text, "old copy"))
		blame(check, "%s", text ? text : "no notices");
}

static void check_with_database(struct check *check)
{
	g_autoptr(GHashTable) passed =
		g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	uint64_t highest;

	open_it(check, false);
	if (!check->journal)
		return;
	check_notices(check);
	check_said(check);
	highest = check_rows(check, passed);
	make_runs(check, MAX(highest, check->last_run), passed, false);
	g_clear_pointer(&check->journal, journal_close);
}

static void empty(const char *folder)
{
	g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
	const char *name;

	while (dir && (name = g_dir_read_name(dir))) {
		g_autofree char *path = g_build_filename(folder, name, NULL);

		g_unlink(path);
	}
}

/* The same power cut, and the database is garbage as well. */
static void check_with_numbers(struct check *check, const char *numbers, gsize n_bytes)
{
	g_autoptr(GHashTable) passed =
		g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	g_autofree char *database = g_build_filename(check->folder, "journal.db", NULL);
	g_autofree char *path = g_build_filename(check->folder, "journal.numbers", NULL);

	empty(check->folder);
	g_file_set_contents(database, "garbage", -1, NULL);
	g_file_set_contents(path, numbers, (gssize)n_bytes, NULL);
	open_it(check, true);
	if (check->journal)
		make_runs(check, check->last_run, passed, true);
	g_clear_pointer(&check->journal, journal_close);
}

static void answer(struct check *check, const char *folder)
{
	g_autofree char *path = g_build_filename(folder, "journal.numbers", NULL);
	g_autofree char *numbers = NULL;
	gsize n_bytes = 0;

	check->folder = folder;
	check->wrong = g_string_new(NULL);
	g_file_get_contents(path, &numbers, &n_bytes, NULL);
	check_with_database(check);
	if (check->n_checked++ % NUMBERS_EVERY == 0 && check->last_run > 0 &&
	    check->wrong->len == 0)
		check_with_numbers(check, numbers ? numbers : "", n_bytes);
	empty(folder);
	g_strdelimit(check->wrong->str, "\n", ' ');
	printf("%s\n", check->wrong->len ? check->wrong->str : "ok");
	fflush(stdout);
	g_string_free(check->wrong, TRUE);
}

int main(void)
{
	static struct check check;
	char line[1024];

	while (fgets(line, sizeof(line), stdin)) {
		g_auto(GStrv) words = g_strsplit(g_strchomp(line), " ", -1);

		if (strcmp(words[0], "CHECK") == 0)
			answer(&check, words[1]);
		else
			hear(&check, words);
	}
	return 0;
}
