/* SPDX-License-Identifier: MIT */
/* Selecting runs: which index serves a filter best is known here, not guessed by SQLite,
 * which has no figures of the rows. */
#include "appliance/station/journal_select.h"

#include "appliance/station/journal_facts.h"
#include "appliance/station/journal_state.h"

#include <string.h>

#define COLUMNS                                                         \
	"run, state, kind, job, serial, started, started_monotonic_us," \
	" boot, seconds, code, message, facts"

enum column {
	COLUMN_RUN,
	COLUMN_STATE,
	COLUMN_KIND,
	COLUMN_JOB,
	COLUMN_SERIAL,
	COLUMN_STARTED,
	COLUMN_STARTED_MONOTONIC,
	COLUMN_BOOT,
	COLUMN_SECONDS,
	COLUMN_CODE,
	COLUMN_MESSAGE,
	COLUMN_FACTS,
};

/* The one that leaves the fewest rows first. */
static const struct {
	const char *column;
	const char *index;
	gsize offset;
} filters[] = {
	{ "serial", "run_serial", G_STRUCT_OFFSET(struct journal_filter, serial) },
	{ "job", "run_job", G_STRUCT_OFFSET(struct journal_filter, job) },
	{ "state", "run_state", G_STRUCT_OFFSET(struct journal_filter, state) },
	{ "kind", "run_kind", G_STRUCT_OFFSET(struct journal_filter, kind) },
};

static const char *filter_text(const struct journal_filter *filter, unsigned i)
{
	return G_STRUCT_MEMBER(const char *, filter, filters[i].offset);
}

/* Nearly all runs pass: any other state leaves fewer rows than a job does. */
static const char *choose_index(const struct journal_filter *filter)
{
	if (!filter->serial && filter->state && strcmp(filter->state, "passed") != 0)
		return "run_state";
	for (unsigned i = 0; i < G_N_ELEMENTS(filters); i++)
		if (filter_text(filter, i))
			return filters[i].index;
	return NULL;
}

static char *make_sql(const struct journal_filter *filter, const char *order)
{
	g_autoptr(GString) sql = g_string_new("SELECT " COLUMNS " FROM run");
	const char *index = choose_index(filter);

	if (index)
		g_string_append_printf(sql, " INDEXED BY %s", index);
	g_string_append(sql, " WHERE run < ?1 AND run > ?2");
	for (unsigned i = 0; i < G_N_ELEMENTS(filters); i++)
		if (filter_text(filter, i))
			g_string_append_printf(sql, " AND %s = ?%u", filters[i].column,
					       i + 4);
	g_string_append_printf(sql, " ORDER BY run %s LIMIT ?3", order);
	return g_string_free(g_steal_pointer(&sql), FALSE);
}

char *journal_select_sql(const struct journal_filter *filter)
{
	return make_sql(filter, "DESC");
}

char *journal_select_upwards_sql(const struct journal_filter *filter)
{
	return make_sql(filter, "ASC");
}

sqlite3_stmt *journal_select(struct journal_db *db, const char *sql,
			     const struct journal_filter *filter, gint64 below,
			     gint64 above, gint64 limit, GError **error)
{
	sqlite3_stmt *statement = db_query(db, error, sql, "iii", below, above, limit);
	int code = SQLITE_OK;

	for (unsigned i = 0; statement && i < G_N_ELEMENTS(filters); i++) {
		if (filter_text(filter, i))
			code = sqlite3_bind_text(statement, (int)i + 4,
						 filter_text(filter, i), -1,
						 SQLITE_TRANSIENT);
		if (code != SQLITE_OK) {
			db_fail(db, code, error);
			db_let_go(statement);
			return NULL;
		}
	}
	return statement;
}

static void add_text(GVariantBuilder *builder, const char *name, sqlite3_stmt *row,
		     enum column column)
{
	char *text = db_column_text(row, column);

	if (text)
		g_variant_builder_add(builder, "{sv}", name,
				      g_variant_new_take_string(text));
}

/* A clock that was not set is told as 0. */
static void add_times(GVariantBuilder *builder, sqlite3_stmt *row)
{
	gint64 started = sqlite3_column_int64(row, COLUMN_STARTED);
	guint64 monotonic_us =
		(guint64)sqlite3_column_int64(row, COLUMN_STARTED_MONOTONIC);

	if (started < CLOCK_SET_FROM_S)
		started = 0;
	g_variant_builder_add(builder, "{sv}", "started", g_variant_new_int64(started));
	g_variant_builder_add(builder, "{sv}", "started_monotonic_us",
			      g_variant_new_uint64(monotonic_us));
	add_text(builder, "boot", row, COLUMN_BOOT);
	if (sqlite3_column_type(row, COLUMN_SECONDS) != SQLITE_NULL)
		g_variant_builder_add(
			builder, "{sv}", "seconds",
			g_variant_new_double(sqlite3_column_double(row, COLUMN_SECONDS)));
}

/* Facts do not overrule what the journal itself says. */
static bool is_own_name(const char *name)
{
	static const char *const names[] = { "run",  "state",	"kind",
					     "job",  "serial",	"started",
					     "boot", "seconds", "started_monotonic_us",
					     "code", "message", NULL };

	return g_strv_contains(names, name);
}

static void add_facts(GVariantBuilder *builder, sqlite3_stmt *row)
{
	g_autoptr(GVariant) facts =
		facts_from_bytes(sqlite3_column_blob(row, COLUMN_FACTS),
				 (gsize)sqlite3_column_bytes(row, COLUMN_FACTS));
	GVariantIter iter;
	const char *name;
	GVariant *value;

	g_variant_iter_init(&iter, facts);
	while (g_variant_iter_next(&iter, "{&s@v}", &name, &value)) {
		if (!is_own_name(name))
			g_variant_builder_add(builder, "{s@v}", name, value);
		g_variant_unref(value);
	}
}

GVariant *journal_row_to_variant(sqlite3_stmt *row)
{
	GVariantBuilder builder;

	g_variant_builder_init(&builder, G_VARIANT_TYPE_VARDICT);
	g_variant_builder_add(
		&builder, "{sv}", "run",
		g_variant_new_uint64((guint64)sqlite3_column_int64(row, COLUMN_RUN)));
	add_text(&builder, "state", row, COLUMN_STATE);
	add_text(&builder, "kind", row, COLUMN_KIND);
	add_text(&builder, "job", row, COLUMN_JOB);
	add_text(&builder, "serial", row, COLUMN_SERIAL);
	add_times(&builder, row);
	add_text(&builder, "code", row, COLUMN_CODE);
	add_text(&builder, "message", row, COLUMN_MESSAGE);
	add_facts(&builder, row);
	return g_variant_builder_end(&builder);
}
