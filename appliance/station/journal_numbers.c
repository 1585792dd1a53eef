/* SPDX-License-Identifier: MIT */
/* journal.numbers: reading, mending its end, adding, and making it anew. */
#include "appliance/station/journal_numbers.h"

#include "appliance/base/error.h"
#include "appliance/station/journal_files.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define N_DIGEST     8
#define FIRST_DIGEST "00000000"
#define MAGIC	     "sixpin-numbers-1"
#define RUNS_AT_ONCE 64
#define TAIL_BYTES   (64 * 1024)
#define SMALL_BYTES  (1024 * 1024) /* it is not made smaller below that */

struct journal_numbers {
	char *path;
	int fd;
	off_t length;
	uint64_t last_run;
	uint64_t ceiling;
	char digest[N_DIGEST + 1]; /* of the last line */
};

static void digest_of(const char *before, const char *rest, char digest[N_DIGEST + 1])
{
	g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);

	g_checksum_update(sum, (const guchar *)before, N_DIGEST);
	g_checksum_update(sum, (const guchar *)rest, (gssize)strlen(rest));
	memcpy(digest, g_checksum_get_string(sum), N_DIGEST);
	digest[N_DIGEST] = '\0';
}

/* Adds a line; `digest` is that of the line before, and becomes that of this one. */
static void append_line(GString *text, const struct number_line *line,
			char digest[N_DIGEST + 1])
{
	g_autofree char *job = line->job ? g_strescape(line->job, NULL) : NULL;
	g_autofree char *serial = line->serial ? g_strescape(line->serial, NULL) : NULL;
	g_autofree char *rest = g_strdup_printf(
		"%" G_GUINT64_FORMAT "\t%" G_GUINT64_FORMAT "\t%s\t%s", line->run,
		line->ceiling, job ? job : "", serial ? serial : "");
	char before[N_DIGEST + 1];

	memcpy(before, digest, sizeof(before));
	digest_of(before, rest, digest);
	g_string_append_printf(text, "%s\t%s\n", digest, rest);
}

/* The first line: whose file it is, and how long it was when it was made. */
static void append_head(GString *text, gsize n_bytes, char digest[N_DIGEST + 1])
{
	g_autofree char *bytes = g_strdup_printf("%" G_GSIZE_FORMAT, n_bytes);

	append_line(text, &(struct number_line){ 0, 0, MAGIC, bytes }, digest);
}

/* A line in pieces, which the fields point into. */
struct parsed {
	struct number_line line;
	char *digest;
	char *rest;
	char *job;
	char *serial;
};

static void parsed_clear(struct parsed *parsed)
{
	g_free(parsed->digest);
	g_free(parsed->rest);
	g_free(parsed->job);
	g_free(parsed->serial);
}

static bool parse_line(const char *text, gsize n_bytes, struct parsed *parsed)
{
	g_autofree char *copy = g_strndup(text, n_bytes);
	g_auto(GStrv) fields = g_strsplit(copy, "\t", 6);

	*parsed = (struct parsed){ 0 };
	if (g_strv_length(fields) != 5 || strlen(fields[0]) != N_DIGEST ||
	    strlen(copy) != n_bytes)
		return false;
	if (!g_ascii_string_to_unsigned(fields[1], 10, 0, G_MAXINT64, &parsed->line.run,
					NULL) ||
	    !g_ascii_string_to_unsigned(fields[2], 10, 0, G_MAXINT64,
					&parsed->line.ceiling, NULL))
		return false;
	parsed->digest = g_strdup(fields[0]);
	parsed->rest = g_strdup(copy + N_DIGEST + 1);
	parsed->job = fields[3][0] ? g_strcompress(fields[3]) : NULL;
	parsed->serial = g_strcompress(fields[4]);
	parsed->line.job = parsed->job;
	parsed->line.serial = parsed->serial;
	return true;
}

/* Does the line follow one of the digest `before`? */
static bool follows(const struct parsed *parsed, const char *before)
{
	char digest[N_DIGEST + 1];

	digest_of(before, parsed->rest, digest);
	return strcmp(digest, parsed->digest) == 0;
}

static bool is_head(const struct parsed *parsed)
{
	return g_strcmp0(parsed->job, MAGIC) == 0 && parsed->line.run == 0 &&
	       follows(parsed, FIRST_DIGEST);
}

/* Where reading has come to. */
struct reading {
	const char *at;
	gsize n_left;
	char before[N_DIGEST + 1];
	bool is_first;
	bool whole;
};

enum line_kind { LINE_NONE, LINE_HEAD, LINE_GOOD, LINE_BAD };

/* The next line that ends; `parsed` is to be cleared. After a bad line one more is lost,
 * as its digest has nothing to follow. */
static enum line_kind next_line(struct reading *reading, struct parsed *parsed)
{
	const char *end = memchr(reading->at, '\n', reading->n_left);
	bool is_first = reading->is_first;
	enum line_kind kind = LINE_BAD;

	*parsed = (struct parsed){ 0 };
	if (!end)
		return LINE_NONE;
	if (parse_line(reading->at, (gsize)(end - reading->at), parsed)) {
		if (follows(parsed, reading->before))
			kind = LINE_GOOD;
		memcpy(reading->before, parsed->digest, sizeof(reading->before));
	}
	reading->n_left -= (gsize)(end + 1 - reading->at);
	reading->at = end + 1;
	reading->is_first = false;
	if (is_first)
		kind = kind == LINE_GOOD && is_head(parsed) ? LINE_HEAD : LINE_BAD;
	if (kind == LINE_BAD && (is_first || reading->n_left > 0))
		reading->whole = false;
	return kind;
}

gboolean numbers_read(const char *folder, numbers_each each, gpointer data, bool *whole,
		      GError **error)
{
	g_autofree char *path = journal_path(folder, JOURNAL_NUMBERS);
	g_autofree char *content = NULL;
	struct reading reading = { .before = FIRST_DIGEST, .is_first = true };
	enum line_kind kind = LINE_HEAD;
	gboolean ok = TRUE;

	if (g_file_get_contents(path, &content, &reading.n_left, NULL))
		reading.at = content;
	reading.whole = reading.n_left > 0;
	while (ok && reading.at && kind != LINE_NONE) {
		struct parsed parsed;

		kind = next_line(&reading, &parsed);
		if (kind == LINE_GOOD)
			ok = each(&parsed.line, data, error);
		parsed_clear(&parsed);
	}
	*whole = reading.whole && !reading.is_first;
	return ok;
}

/* The end of the file: its last line must follow the one before it. */
struct tail {
	char *content;
	gsize n_bytes;
	off_t offset; /* of content in the file */
};

static bool read_tail(struct journal_numbers *numbers, off_t size, struct tail *tail)
{
	tail->offset = size > TAIL_BYTES ? size - TAIL_BYTES : 0;
	tail->n_bytes = (gsize)(size - tail->offset);
	tail->content = g_malloc(tail->n_bytes + 1);
	return pread(numbers->fd, tail->content, tail->n_bytes, tail->offset) ==
	       (ssize_t)tail->n_bytes;
}

/* The start of the line that ends before `end`; NULL where it is not in the tail. */
static const char *line_before(const struct tail *tail, const char *end)
{
	const char *newline;

	if (end == tail->content)
		return NULL;
	newline = memrchr(tail->content, '\n', (gsize)(end - 1 - tail->content));
	if (newline)
		return newline + 1;
	return tail->offset == 0 ? tail->content : NULL;
}

/* Takes the line that ends at `end` for the last, if it follows the one before it. */
static bool accept_last(struct journal_numbers *numbers, const struct tail *tail,
			const char *end)
{
	const char *start = line_before(tail, end);
	const char *earlier = start ? line_before(tail, start) : NULL;
	struct parsed last = { 0 }, before = { 0 };
	bool ok = start && parse_line(start, (gsize)(end - 1 - start), &last);

	if (ok && earlier)
		ok = parse_line(earlier, (gsize)(start - 1 - earlier), &before) &&
		     follows(&last, before.digest);
	else if (ok)
		ok = tail->offset == 0 && is_head(&last);
	if (ok) {
		numbers->length = tail->offset + (end - tail->content);
		numbers->last_run = last.line.run;
		numbers->ceiling = last.line.ceiling;
		memcpy(numbers->digest, last.digest, sizeof(numbers->digest));
	}
	parsed_clear(&last);
	parsed_clear(&before);
	return ok;
}

/* What follows the last line is of a write that was cut short, and so may the last line
 * be. FALSE: more than that is wrong. */
static bool find_end(struct journal_numbers *numbers, off_t size)
{
	struct tail tail;
	const char *newline, *earlier;
	bool ok = false;

	if (read_tail(numbers, size, &tail)) {
		newline = memrchr(tail.content, '\n', tail.n_bytes);
		ok = newline && accept_last(numbers, &tail, newline + 1);
		earlier = newline && !ok ? line_before(&tail, newline + 1) : NULL;
		if (earlier)
			ok = accept_last(numbers, &tail, earlier);
	}
	g_free(tail.content);
	return ok;
}

static gboolean cut_end(struct journal_numbers *numbers, GError **error)
{
	if (ftruncate(numbers->fd, numbers->length) == 0 && fdatasync(numbers->fd) == 0)
		return TRUE;
	return store_fail_errno(numbers->path, "its end cannot be mended", error);
}

/* How long was it when it was made? 0: its first line does not say. */
static off_t made_bytes(struct journal_numbers *numbers)
{
	char start[128] = "";
	ssize_t n = pread(numbers->fd, start, sizeof(start) - 1, 0);
	const char *end = n > 0 ? memchr(start, '\n', (gsize)n) : NULL;
	struct parsed head = { 0 };
	guint64 bytes = 0;

	if (end && parse_line(start, (gsize)(end - start), &head) && is_head(&head))
		g_ascii_string_to_unsigned(head.serial, 10, 0, G_MAXINT64, &bytes, NULL);
	parsed_clear(&head);
	return (off_t)bytes;
}

/* What a counter is past needs no line for each number. */
static gboolean append_counters(GString *text, struct number_line *line, char *digest,
				struct journal_db *db, GError **error)
{
	sqlite3_stmt *jobs =
		db_query(db, error, "SELECT job, next FROM job WHERE next <> ''", "");
	enum db_step step = DB_FAILED;

	while (jobs && (step = db_step(db, jobs, error)) == DB_ROW) {
		g_autofree char *job = db_column_text(jobs, 0);
		g_autofree char *next = db_column_text(jobs, 1);
		g_autofree char *last = NULL;
		guint64 number = 0;

		/* "end": there is none behind the last. */
		g_ascii_string_to_unsigned(next, 10, 0, G_MAXUINT64, &number, NULL);
		last = g_strdup_printf("%" G_GUINT64_FORMAT, number - 1);
		line->job = job;
		line->serial = last;
		append_line(text, line, digest);
	}
	return step == DB_DONE;
}

/* Numbers of lists, and those that a counter has not come to. */
static gboolean append_serials(GString *text, struct number_line *line, char *digest,
			       struct journal_db *db, GError **error)
{
	sqlite3_stmt *serials = db_query(
		db, error,
		"SELECT s.job, s.serial FROM serial s LEFT JOIN job j ON j.job = s.job"
		" WHERE NOT (coalesce(j.next, '') <> '' AND s.serial NOT GLOB '*[^0-9]*'"
		"  AND (j.next = 'end' OR length(s.serial) < length(j.next)"
		"   OR (length(s.serial) = length(j.next) AND s.serial < j.next)))",
		"");
	enum db_step step = DB_FAILED;

	while (serials && (step = db_step(db, serials, error)) == DB_ROW) {
		g_autofree char *job = db_column_text(serials, 0);
		g_autofree char *serial = db_column_text(serials, 1);

		line->job = job;
		line->serial = serial;
		append_line(text, line, digest);
	}
	return step == DB_DONE;
}

/* Twice, as the head says how long all of it is. */
static gboolean append_known(GString *text, struct number_line *line,
			     struct journal_db *db, gsize n_bytes, GError **error)
{
	char digest[N_DIGEST + 1] = FIRST_DIGEST;
	struct number_line ceiling = { line->run, line->ceiling, NULL, NULL };

	g_string_truncate(text, 0);
	append_head(text, n_bytes, digest);
	append_line(text, &ceiling, digest);
	return append_counters(text, line, digest, db, error) &&
	       append_serials(text, line, digest, db, error);
}

static gboolean make_anew(const char *folder, struct journal_db *db, uint64_t ceiling,
			  GError **error)
{
	g_autoptr(GString) text = g_string_new(NULL);
	struct number_line line = { 0 };
	gint64 last_run;

	if (!db_number(db, &last_run, NULL, error,
		       "SELECT seq FROM sqlite_sequence WHERE name = 'run'", ""))
		return FALSE;
	line.run = (uint64_t)last_run;
	line.ceiling = MAX(ceiling, line.run);
	return append_known(text, &line, db, 0, error) &&
	       append_known(text, &line, db, text->len, error) &&
	       journal_write_file(folder, JOURNAL_NUMBERS, text->str, text->len, error);
}

static bool open_file(struct journal_numbers *numbers, off_t *size)
{
	numbers->fd = open(numbers->path, O_RDWR | O_CLOEXEC);
	*size = numbers->fd >= 0 ? lseek(numbers->fd, 0, SEEK_END) : -1;
	return *size >= 0 || errno == ENOENT;
}

gboolean numbers_keep_damaged(const char *folder, GError **error)
{
	g_autofree char *path = journal_path(folder, JOURNAL_NUMBERS);
	g_autofree char *kept = journal_path(folder, JOURNAL_KEPT_NUMBERS);

	if (rename(path, kept) != 0 && errno != ENOENT)
		return store_fail_errno(path, "it cannot be set aside", error);
	return TRUE;
}

static gboolean open_whole(struct journal_numbers *numbers, const char *folder,
			   struct journal_db *db, GError **error)
{
	bool is_damaged, is_long;
	off_t size;

	if (!open_file(numbers, &size))
		return store_fail_errno(numbers->path, "it cannot be opened", error);
	is_damaged = size >= 0 && !find_end(numbers, size);
	is_long = size > SMALL_BYTES && size > 4 * made_bytes(numbers);
	if (size >= 0 && !is_damaged && !is_long)
		return size == numbers->length || cut_end(numbers, error);
	if (is_damaged && !numbers_keep_damaged(folder, error))
		return FALSE;
	if (numbers->fd >= 0)
		close(numbers->fd);
	if (!make_anew(folder, db, numbers->ceiling, error))
		return FALSE;
	if (!open_file(numbers, &size) || size < 0 || !find_end(numbers, size))
		return store_fail_errno(numbers->path, "it cannot be read back", error);
	return TRUE;
}

struct journal_numbers *numbers_open(const char *folder, struct journal_db *db,
				     GError **error)
{
	struct journal_numbers *numbers = g_new0(struct journal_numbers, 1);

	numbers->fd = -1;
	numbers->path = journal_path(folder, JOURNAL_NUMBERS);
	if (open_whole(numbers, folder, db, error))
		return numbers;
	numbers_close(numbers);
	return NULL;
}

void numbers_close(struct journal_numbers *numbers)
{
	if (!numbers)
		return;
	if (numbers->fd >= 0)
		close(numbers->fd);
	g_free(numbers->path);
	g_free(numbers);
}

uint64_t numbers_last_run(const struct journal_numbers *numbers)
{
	return numbers->last_run;
}

static gboolean append_synced(struct journal_numbers *numbers, const GString *text,
			      GError **error)
{
	ssize_t n = pwrite(numbers->fd, text->str, text->len, numbers->length);

	if (n == (ssize_t)text->len && fdatasync(numbers->fd) == 0)
		return TRUE;
	if (n >= 0 && n < (ssize_t)text->len)
		errno = ENOSPC;
	store_fail_errno(numbers->path, "a number cannot be written down", error);
	/* The next line is written over it; its rest must not stay behind that. */
	if (ftruncate(numbers->fd, numbers->length) != 0)
		g_debug("%s: %s", numbers->path, g_strerror(errno));
	return FALSE;
}

gboolean numbers_take(struct journal_numbers *numbers, uint64_t run, const char *job,
		      const char *serial, GError **error)
{
	g_autoptr(GString) text = g_string_new(NULL);
	struct number_line line = { run, numbers->ceiling, serial ? job : NULL, serial };
	char digest[N_DIGEST + 1];

	if (!serial && run <= numbers->ceiling)
		return TRUE;
	if (run > numbers->ceiling)
		line.ceiling = run + RUNS_AT_ONCE - 1;
	memcpy(digest, numbers->digest, sizeof(digest));
	append_line(text, &line, digest);
	if (!append_synced(numbers, text, error))
		return FALSE;
	numbers->length += (off_t)text->len;
	numbers->last_run = run;
	numbers->ceiling = line.ceiling;
	memcpy(numbers->digest, digest, sizeof(digest));
	return TRUE;
}
