/* SPDX-License-Identifier: MIT */
/* A guide's line written as a job, with what the job does without as comments. */
#include <string.h>

#include "appliance/base/error.h"
#include "appliance/base/units.h"
#include "appliance/programmers/registry.h"
#include "appliance/station/job.h"
#include "appliance/station/job_guide.h"
#include "appliance/station/memory_op.h"
#include "appliance/station/store.h"

#define MAX_TITLE_LETTERS 100

/* Sections grow side by side, and are put into one text in the end. */
struct draft {
	const struct guide *guide;
	GPtrArray *files; /* paths */
	GPtrArray *names; /* of groups with a file, as "image boot" */
	GString *title;	  /* base names */
	GString *images;  /* [image NAME], [eeprom NAME] */
	GString *fuses;	  /* lines of [fuses] */
	GString *lock;	  /* lines of [lock] */
	struct fuse_edit edit;
};

static gboolean fail(GError **error, const char *format, ...) G_GNUC_PRINTF(2, 3);

static gboolean fail(GError **error, const char *format, ...)
{
	g_autofree char *text = NULL;
	va_list arguments;

	va_start(arguments, format);
	text = g_strdup_vprintf(format, arguments);
	va_end(arguments);
	g_set_error_literal(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE, text);
	return FALSE;
}

/* Guides are written on every system. */
static const char *base_name(const char *path)
{
	const char *name = path;

	for (const char *at = path; *at; at++)
		if (*at == '/' || *at == '\\')
			name = at + 1;
	return name;
}

static const char *string_at(const GPtrArray *strings, guint index)
{
	return g_ptr_array_index(strings, index);
}

static bool has_string(const GPtrArray *strings, const char *string)
{
	for (guint i = 0; i < strings->len; i++)
		if (strcmp(string_at(strings, i), string) == 0)
			return true;
	return false;
}

static gboolean add_file(struct draft *draft, const struct memory_op *op, GError **error)
{
	const char *name = base_name(op->file);

	if (strcmp(op->file, "-") == 0)
		return fail(error,
			    "-U %s: a job takes files of the store, and no "
			    "standard input",
			    op->text);
	if (!store_check_image_name(name, error)) {
		g_prefix_error(error, "-U %s: ", op->text);
		return FALSE;
	}
	if (store_is_list(name))
		return fail(error,
			    "-U %s: names that end in .txt are those of lists of serial "
			    "numbers; name the file otherwise",
			    op->text);
	if (has_string(draft->files, op->file))
		return TRUE;
	for (guint i = 0; i < draft->files->len; i++)
		if (strcmp(base_name(string_at(draft->files, i)), name) == 0)
			return fail(error,
				    "%s and %s would have one name in the store; rename "
				    "one of them",
				    string_at(draft->files, i), op->file);
	g_ptr_array_add(draft->files, g_strdup(op->file));
	g_string_append_printf(draft->title, "%s%s", draft->title->len ? ", " : "", name);
	return TRUE;
}

/* "image boot", "image boot-2": of the file's name without its ending, once. */
static char *group_name(const struct draft *draft, const char *kind, const char *file)
{
	const char *dot = strrchr(file, '.');
	g_autofree char *stem = g_strndup(
		file, dot && dot != file ? MIN((size_t)(dot - file), 48u) : 48u);
	char *group;

	g_strcanon(stem,
		   "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-",
		   '-');
	for (char *at = stem; *at; at++)
		*at = g_ascii_tolower(*at);
	group = g_strdup_printf("%s %s", kind, stem);
	for (unsigned i = 2; has_string(draft->names, group); i++) {
		g_free(group);
		group = g_strdup_printf("%s %s-%u", kind, stem, i);
	}
	return group;
}

static gboolean draft_file(struct draft *draft, const struct memory_op *op,
			   GError **error)
{
	const char *kind = op->memory == MEMORY_FLASH ? "image" : "eeprom";
	const char *name = base_name(op->file);
	char *group;

	if (op->format == 'm')
		return fail(error,
			    "-U %s: a job takes files for flash and EEPROM; put the "
			    "bytes into one",
			    op->text);
	if (!add_file(draft, op, error))
		return FALSE;
	group = group_name(draft, kind, name);
	g_ptr_array_add(draft->names, group);
	g_string_append_printf(draft->images, "\n[%s]\nfile=%s\n", group, name);
	return TRUE;
}

static gboolean read_byte(const struct memory_op *op, uint8_t *byte, GError **error)
{
	uint64_t value = 0;

	*byte = 0;
	if ((op->format != 'm' && op->format != 'a') ||
	    !parse_number(op->file, "byte", 0xFF, &value, NULL))
		return fail(error,
			    "-U %s: expected one byte, as in %s:w:0x5E:m; a job says "
			    "fuses and lock bits by value",
			    op->text, memory_name(op->memory));
	*byte = (uint8_t)value;
	return TRUE;
}

static gboolean draft_byte(struct draft *draft, const struct memory_op *op,
			   GError **error)
{
	bool is_lock = op->memory == MEMORY_LOCK;
	g_autofree char *word = NULL;
	uint8_t byte;

	if (!read_byte(op, &byte, error))
		return FALSE;
	if (is_lock && draft->lock->len)
		return fail(error, "-U %s: the lock bits are given twice", op->text);
	if (is_lock) {
		g_string_printf(draft->lock, "\n[lock]\nbits=%02X\n", byte);
		return TRUE;
	}
	word = g_strdup_printf("%s=%02X", fuse_byte_names[op->memory - MEMORY_LFUSE],
			       byte);
	if (!fuse_edit_parse(draft->guide->part, word, &draft->edit, error)) {
		g_prefix_error(error, "-U %s: ", op->text);
		return FALSE;
	}
	g_string_append_printf(draft->fuses, "%s\n", word);
	return TRUE;
}

static gboolean draft_ops(struct draft *draft, GError **error)
{
	for (guint i = 0; i < draft->guide->ops->len; i++) {
		const struct memory_op *op =
			&g_array_index(draft->guide->ops, struct memory_op, i);
		bool is_file = op->memory == MEMORY_FLASH || op->memory == MEMORY_EEPROM;

		if (!(is_file ? draft_file : draft_byte)(draft, op, error))
			return FALSE;
	}
	return TRUE;
}

/* Line ends and what else a terminal would obey become blanks. */
static void append_plain(GString *text, const char *line)
{
	for (const char *at = line; *at; at = g_utf8_next_char(at)) {
		gunichar letter = g_utf8_get_char(at);

		g_string_append_unichar(text, g_unichar_iscntrl(letter) ? ' ' : letter);
	}
}

static void append_comment(GString *text, const char *line)
{
	g_string_append(text, "# ");
	append_plain(text, line);
	g_string_append_c(text, '\n');
}

static void append_notes(GString *text, const char *notes)
{
	g_auto(GStrv) lines = g_strsplit(notes, "\n", -1);

	for (unsigned i = 0; lines[i]; i++)
		if (*lines[i])
			append_comment(text, lines[i]);
}

static void append_programmer(GString *text, const struct guide *guide)
{
	const struct programmer *programmer =
		guide->programmer ? programmer_find(guide->programmer, NULL) : NULL;
	g_autoptr(GString) note = g_string_new(NULL);

	if (programmer && !programmer->usb)
		g_string_append_printf(text, "programmer=%s\n", programmer->id);
	else if (guide->programmer)
		g_string_printf(note,
				"-c %s is left out: the station's programmer does it.\n",
				guide->programmer);
	if (guide->port)
		g_string_append_printf(note,
				       "-P %s is left out: the station knows where its "
				       "programmer is.\n",
				       guide->port);
	append_notes(text, note->str);
}

/* The clock that the fuses select is one that the board has to give. */
static void append_clock(GString *text, const struct draft *draft)
{
	const struct part *part = draft->guide->part;
	uint8_t fuses[PART_MAX_FUSES];
	struct part_clock clock;
	g_autofree char *described = NULL;

	memcpy(fuses, part->fuse_factory, sizeof(fuses));
	fuse_edit_apply(&draft->edit, fuses);
	clock = part_clock(part, fuses);
	if (!draft->edit.mask[FUSE_LOW] || clock.kind == CLOCK_INTERNAL ||
	    clock.kind == CLOCK_UNKNOWN)
		return;
	described = part_clock_describe(&clock);
	g_string_append_printf(
		text,
		"# With these fuses the part's clock is: %s.\n"
		"# Say what the board has, and take the # away:\n"
		"# board-clock=%s\n",
		described, clock.kind == CLOCK_EXTERNAL ? "external:16M" : "crystal:16M");
}

static void append_title(GString *text, const struct draft *draft)
{
	g_autofree char *title = draft->title->len
					 ? g_strdup_printf("%s on %s", draft->title->str,
							   draft->guide->part->name)
					 : g_strdup_printf("Fuses and lock bits of %s",
							   draft->guide->part->name);

	if (strlen(title) <= MAX_TITLE_LETTERS)
		g_string_append_printf(text, "title=%s\n", title);
}

static char *write_out(const struct draft *draft, const char *line)
{
	GString *text = g_string_new("# Made of this line:\n#   ");
	const struct guide *guide = draft->guide;

	append_plain(text, line);
	g_string_append_c(text, '\n');
	append_notes(text, guide->notes->str);
	g_string_append(text, "\n[job]\n");
	append_title(text, draft);
	g_string_append_printf(text, "part=%s\n", guide->part->name);
	append_programmer(text, guide);
	if (guide->sck_hz)
		g_string_append_printf(text, "sck=%u\n", guide->sck_hz);
	append_clock(text, draft);
	g_string_append(text, draft->images->str);
	if (draft->fuses->len)
		g_string_append_printf(text, "\n[fuses]\n%s", draft->fuses->str);
	g_string_append(text, draft->lock->str);
	return g_string_free(text, FALSE);
}

/* Whatever else a job must not be is said of the line, too. */
static gboolean check_job(const char *text, GError **error)
{
	struct job *job = job_parse("guide", "the job made of this line", text,
				    strlen(text), error);

	job_free(job);
	return job != NULL;
}

static char *make_text(struct draft *draft, const char *line, GError **error)
{
	g_autofree char *text = NULL;

	if (!draft_ops(draft, error))
		return NULL;
	text = write_out(draft, line);
	return check_job(text, error) ? g_steal_pointer(&text) : NULL;
}

/* Errors quote the line, and have one line themselves. */
static void clean_message(GError **error)
{
	g_autoptr(GString) text = g_string_new(NULL);

	if (!error || !*error)
		return;
	append_plain(text, (*error)->message);
	g_free((*error)->message);
	(*error)->message = g_strdup(text->str);
}

static void hand_over(GPtrArray *files, const GPtrArray *found)
{
	for (guint i = 0; i < found->len; i++)
		g_ptr_array_add(files, g_strdup(string_at(found, i)));
}

char *job_from_avrdude(const char *line, GPtrArray *files, GError **error)
{
	struct guide *guide = guide_parse(line, error);
	g_autoptr(GPtrArray) found = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GString) title = g_string_new(NULL);
	g_autoptr(GString) images = g_string_new(NULL);
	g_autoptr(GString) fuses = g_string_new(NULL);
	g_autoptr(GString) lock = g_string_new(NULL);
	struct draft draft = {
		.guide = guide,
		.files = found,
		.names = names,
		.title = title,
		.images = images,
		.fuses = fuses,
		.lock = lock,
	};
	char *text = guide ? make_text(&draft, line, error) : NULL;

	if (text)
		hand_over(files, found);
	else
		clean_message(error);
	guide_free(guide);
	return text;
}
