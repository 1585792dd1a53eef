/* SPDX-License-Identifier: MIT */
/*
 * The journal as a file for others. Rows are read in blocks, each whole under the mutex,
 * and written outside of it: however slow the reader of fd is, nobody waits for it. Runs
 * that start meanwhile are left out.
 */
#include "appliance/base/error.h"
#include "appliance/station/journal_json.h"
#include "appliance/station/journal_select.h"
#include "appliance/station/journal_state.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define ROWS_IN_A_BLOCK 256

/* CSV has a column for each; what else a run has is in the last, as JSON. */
static const char *const csv_columns[] = {
	"run",	       "started",    "state",	   "kind",   "job",
	"serial",      "who",	     "programmer", "part",   "signature",
	"seconds",     "code",	     "message",	   "images", "fuses_before",
	"fuses_after", "lock_after", "unit",	   "words",  "job_digest",
};

/* Text that begins so is a formula to one spreadsheet or another, also in the wide
 * letters of East Asian ones. */
static bool is_formula(const char *text)
{
	static const char *const wide[] = { "\uFF1D", "\uFF0B", "\uFF0D", "\uFF20" };

	if (*text && strchr("=+-@\t\r\n", *text))
		return true;
	for (unsigned i = 0; i < G_N_ELEMENTS(wide); i++)
		if (g_str_has_prefix(text, wide[i]))
			return true;
	return false;
}

static void append_cell(GString *line, const char *text, bool is_text)
{
	bool is_guarded = is_text && is_formula(text);

	if (!is_guarded && !strpbrk(text, ",\"\r\n")) {
		g_string_append(line, text);
		return;
	}
	g_string_append(line, is_guarded ? "\"'" : "\"");
	for (; *text; text++) {
		if (*text == '"')
			g_string_append_c(line, '"');
		g_string_append_c(line, *text);
	}
	g_string_append_c(line, '"');
}

/* Seconds since 1970 mean nothing to a spreadsheet. */
static void append_started(GString *line, GVariant *value)
{
	gint64 started = g_variant_get_int64(value);
	g_autoptr(GDateTime) time =
		started ? g_date_time_new_from_unix_utc(started) : NULL;
	g_autofree char *text =
		time ? g_date_time_format(time, "%Y-%m-%dT%H:%M:%SZ") : NULL;

	if (text)
		append_cell(line, text, false);
}

static void append_value(GString *line, const char *name, GVariant *value)
{
	g_autoptr(GString) json = NULL;

	if (strcmp(name, "started") == 0) {
		append_started(line, value);
	} else if (g_variant_is_of_type(value, G_VARIANT_TYPE_STRING)) {
		append_cell(line, g_variant_get_string(value, NULL), true);
	} else {
		json = g_string_new(NULL);
		json_append_variant(json, value);
		append_cell(line, json->str, false);
	}
}

static bool is_csv_column(const char *name)
{
	for (unsigned i = 0; i < G_N_ELEMENTS(csv_columns); i++)
		if (strcmp(csv_columns[i], name) == 0)
			return true;
	return false;
}

static void append_others(GString *line, GVariant *run)
{
	g_autoptr(GString) json = g_string_new(NULL);
	g_autoptr(GVariant) others = NULL;
	GVariantBuilder builder;
	GVariantIter iter;
	const char *name;
	GVariant *value;

	g_variant_builder_init(&builder, G_VARIANT_TYPE_VARDICT);
	g_variant_iter_init(&iter, run);
	while (g_variant_iter_next(&iter, "{&s@v}", &name, &value)) {
		if (!is_csv_column(name))
			g_variant_builder_add(&builder, "{s@v}", name, value);
		g_variant_unref(value);
	}
	others = g_variant_ref_sink(g_variant_builder_end(&builder));
	json_append_variant(json, others);
	append_cell(line, json->str, false);
}

static void append_csv_head(GString *text)
{
	for (unsigned i = 0; i < G_N_ELEMENTS(csv_columns); i++)
		g_string_append_printf(text, "%s,", csv_columns[i]);
	g_string_append(text, "others\r\n");
}

static void append_csv(GString *text, GVariant *run)
{
	for (unsigned i = 0; i < G_N_ELEMENTS(csv_columns); i++) {
		g_autoptr(GVariant) value =
			g_variant_lookup_value(run, csv_columns[i], NULL);

		if (value)
			append_value(text, csv_columns[i], value);
		g_string_append_c(text, ',');
	}
	append_others(text, run);
	g_string_append(text, "\r\n");
}

static void append_json(GString *text, GVariant *run)
{
	json_append_variant(text, run);
	g_string_append_c(text, '\n');
}

static gboolean write_text(int fd, const GString *text, GError **error)
{
	const char *at = text->str;
	gsize n_left = text->len;

	while (n_left > 0) {
		ssize_t n = write(fd, at, n_left);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_IO,
				    "the export cannot be written: %s",
				    g_strerror(errno));
			return FALSE;
		}
		at += n;
		n_left -= (gsize)n;
	}
	return TRUE;
}

/* Of what is exported: runs above `above` and below `below`. */
struct span {
	gint64 above;
	gint64 below;
};

/* With a limit, the newest of them. */
static gboolean find_span(struct journal_db *db, const struct journal_filter *filter,
			  struct span *span, GError **error)
{
	g_autofree char *sql = journal_select_sql(filter);
	gint64 n_left = filter->limit ? (gint64)filter->limit : 1;
	sqlite3_stmt *rows;
	enum db_step step = DB_FAILED;
	gint64 run = 0;

	*span = (struct span){ .below = filter->before
						? (gint64)MIN(filter->before, G_MAXINT64)
						: G_MAXINT64 };
	rows = journal_select(db, sql, filter, span->below, -1, n_left, error);
	while (rows && (step = db_step(db, rows, error)) == DB_ROW) {
		if (run == 0)
			span->below = sqlite3_column_int64(rows, 0) + 1;
		run = sqlite3_column_int64(rows, 0);
	}
	if (filter->limit && run > 0)
		span->above = run - 1;
	return step == DB_DONE;
}

/* *n_rows below ROWS_IN_A_BLOCK: it was the last. */
static gboolean read_block(struct journal_db *db, const struct journal_filter *filter,
			   enum journal_format format, struct span *span, GString *text,
			   unsigned *n_rows, GError **error)
{
	g_autofree char *sql = journal_select_upwards_sql(filter);
	sqlite3_stmt *rows = journal_select(db, sql, filter, span->below, span->above,
					    ROWS_IN_A_BLOCK, error);
	enum db_step step = DB_FAILED;

	*n_rows = 0;
	while (rows && (step = db_step(db, rows, error)) == DB_ROW) {
		g_autoptr(GVariant) run =
			g_variant_ref_sink(journal_row_to_variant(rows));

		if (format == JOURNAL_CSV)
			append_csv(text, run);
		else
			append_json(text, run);
		span->above = sqlite3_column_int64(rows, 0);
		(*n_rows)++;
	}
	return step == DB_DONE;
}

gboolean journal_export(struct journal *journal, const struct journal_filter *filter,
			enum journal_format format, int fd, GError **error)
{
	g_autoptr(GString) text = g_string_new(NULL);
	unsigned n_rows = ROWS_IN_A_BLOCK;
	struct span span;
	gboolean ok;

	g_mutex_lock(&journal->reading);
	ok = find_span(&journal->read, filter, &span, error);
	g_mutex_unlock(&journal->reading);
	if (format == JOURNAL_CSV)
		append_csv_head(text);
	while (ok && n_rows == ROWS_IN_A_BLOCK) {
		g_mutex_lock(&journal->reading);
		ok = read_block(&journal->read, filter, format, &span, text, &n_rows,
				error);
		g_mutex_unlock(&journal->reading);
		ok = ok && write_text(fd, text, error);
		g_string_truncate(text, 0);
	}
	return ok;
}
