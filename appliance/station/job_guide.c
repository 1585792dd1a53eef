/* SPDX-License-Identifier: MIT */
/*
 * avrdude's options (avrdude manual, section 2.1), as guides write them: letters may be
 * joined ("-qq"), values may stand right behind theirs ("-pm328p").
 */
#include "appliance/station/job_guide.h"

#include <string.h>

#include "appliance/base/error.h"
#include "appliance/station/memory_op.h"
#include "appliance/station/settings.h"

#define MAX_LINE_BYTES 16384

enum use {
	USE_PROGRAMMER,
	USE_PART,
	USE_PORT,
	USE_BIT_CLOCK,
	USE_MEMORY,
	USE_ERASE,
	USE_NOTE,   /* a job does without; the text says why */
	USE_REFUSE, /* a job cannot; the text says why */
};

struct option {
	char letter;
	bool has_value;
	enum use use;
	const char *text;
};

static const struct option options[] = {
	{ 'c', true, USE_PROGRAMMER, NULL },
	{ 'p', true, USE_PART, NULL },
	{ 'P', true, USE_PORT, NULL },
	{ 'B', true, USE_BIT_CLOCK, NULL },
	{ 'U', true, USE_MEMORY, NULL },
	{ 'e', false, USE_ERASE, NULL },
	{ 'F', false, USE_NOTE, "another part than the job's is never written" },
	{ 'b', true, USE_NOTE, "the station knows its programmer's rate" },
	{ 'C', true, USE_NOTE, "the parts are Sixpin's own" },
	{ 'x', true, USE_NOTE, "words for another programmer" },
	{ 'E', true, USE_NOTE, "RESET is always let go at the end of a run" },
	{ 'i', true, USE_NOTE, "SCK says how fast" },
	{ 'l', true, USE_NOTE, "the journal records the run" },
	{ 'q', false, USE_NOTE, NULL },
	{ 'v', false, USE_NOTE, NULL },
	{ 'u', false, USE_NOTE, "fuses are never changed unasked" },
	{ 's', false, USE_NOTE, "fuses are never changed unasked" },
	{ 'A', false, USE_NOTE, "all that the file has is written or compared" },
	{ 'D', false, USE_REFUSE,
	  "a job erases the chip before it writes flash; leave it out" },
	{ 'V', false, USE_REFUSE, "a job reads back all that it writes; leave it out" },
	{ 'n', false, USE_REFUSE,
	  "a job is there to write; leave it out, or run the line with sixpin" },
	{ 't', false, USE_REFUSE, "a job asks nobody; there is no terminal in it" },
	{ 'T', true, USE_REFUSE, "a job asks nobody; there is no terminal in it" },
	{ 'O', false, USE_REFUSE, "a job does not calibrate the part's oscillator" },
	{ 'r', false, USE_NOTE, "words for another programmer" },
	{ 'y', false, USE_REFUSE, "a job counts no erase cycles" },
	{ 'Y', true, USE_REFUSE, "a job counts no erase cycles" },
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

static void note(struct guide *guide, const struct option *option, const char *value)
{
	if (option->text)
		g_string_append_printf(guide->notes, "-%c%s%s is left out: %s.\n",
				       option->letter, value ? " " : "",
				       value ? value : "", option->text);
}

static gboolean set_once(char **place, char letter, const char *value, GError **error)
{
	if (*place && strcmp(*place, value) != 0)
		return fail(error, "-%c is given twice, %s and %s; a job has one", letter,
			    *place, value);
	g_free(*place);
	*place = g_strdup(value);
	return TRUE;
}

static gboolean set_part(struct guide *guide, const char *name, GError **error)
{
	const struct part *part = part_find(name, error);

	if (!part) {
		g_prefix_error(error, "-p: ");
		return FALSE;
	}
	if (guide->part && guide->part != part)
		return fail(error, "-p is given twice, %s and %s; a job is for one part",
			    guide->part->name, part->name);
	guide->part = part;
	return TRUE;
}

static gboolean add_op(struct guide *guide, const char *text, GError **error)
{
	struct memory_op op;

	if (!memory_op_parse(text, &op, error))
		return FALSE;
	g_array_append_val(guide->ops, op);
	return TRUE;
}

static gboolean use_option(struct guide *guide, const struct option *option,
			   const char *value, GError **error)
{
	switch (option->use) {
	case USE_PROGRAMMER:
		return set_once(&guide->programmer, option->letter, value, error);
	case USE_PART:
		return set_part(guide, value, error);
	case USE_PORT:
		return set_once(&guide->port, option->letter, value, error);
	case USE_BIT_CLOCK:
		return bit_clock_parse(value, &guide->sck_hz, error);
	case USE_MEMORY:
		return add_op(guide, value, error);
	case USE_ERASE:
		guide->erase = true;
		return TRUE;
	case USE_NOTE:
		note(guide, option, value);
		return TRUE;
	default:
		return fail(error, "-%c: %s", option->letter, option->text);
	}
}

static const struct option *find_option(char letter)
{
	for (unsigned i = 0; i < G_N_ELEMENTS(options); i++)
		if (options[i].letter == letter)
			return &options[i];
	return NULL;
}

/* A word that begins with a dash; *index moves on where its value is a word of its own.
 */
static gboolean parse_word(struct guide *guide, char **words, unsigned *index,
			   GError **error)
{
	const char *word = words[*index];

	for (const char *at = word + 1; *at; at++) {
		const struct option *option = find_option(*at);
		const char *value = NULL;

		if (!option)
			return fail(error,
				    "\"%s\": avrdude's option -%.*s is not known here",
				    word, (int)(g_utf8_next_char(at) - at), at);
		if (option->has_value)
			value = at[1] ? at + 1 : words[ *index += 1];
		if (option->has_value && !value)
			return fail(error, "-%c: expected a value behind it, found none",
				    option->letter);
		if (!use_option(guide, option, value, error))
			return FALSE;
		if (option->has_value)
			return TRUE;
	}
	return TRUE;
}

static gboolean parse_words(struct guide *guide, char **words, GError **error)
{
	for (unsigned i = 0; words[i]; i++) {
		if (words[i][0] != '-' || words[i][1] == '\0' || words[i][1] == '-')
			return fail(error,
				    "\"%s\" is no option of avrdude; give one command, "
				    "without what joins it to others",
				    words[i]);
		if (!parse_word(guide, words, &i, error))
			return FALSE;
	}
	return TRUE;
}

static const struct memory_op *op_at(const struct guide *guide, guint index)
{
	return &g_array_index(guide->ops, struct memory_op, index);
}

static bool is_same(const struct memory_op *a, const struct memory_op *b)
{
	return a->memory == b->memory && strcmp(a->file, b->file) == 0;
}

/* Guides compare what they have just written; so does a job, by itself. */
static bool is_compared_anyway(const struct guide *guide, const struct memory_op *op)
{
	for (guint i = 0; i < guide->ops->len; i++)
		if (op_at(guide, i)->op == 'w' && is_same(op_at(guide, i), op))
			return true;
	return false;
}

static gboolean check_op(const struct guide *guide, const struct memory_op *op,
			 GError **error)
{
	if (op->op == 'r')
		return fail(error,
			    "-U %s: a job writes and reads nothing into files; run it "
			    "with sixpin, or read with \"sixpin read\"",
			    op->text);
	if (op->op == 'v' && !is_compared_anyway(guide, op))
		return fail(error,
			    "-U %s: a job compares what it writes, and nothing else; "
			    "compare with \"sixpin verify\"",
			    op->text);
	return TRUE;
}

static gboolean check_ops(struct guide *guide, GError **error)
{
	for (guint i = 0; i < guide->ops->len; i++)
		if (!check_op(guide, op_at(guide, i), error))
			return FALSE;
	for (guint i = guide->ops->len; i-- > 0;)
		if (op_at(guide, i)->op == 'v')
			g_array_remove_index(guide->ops, i);
	for (guint i = 0; i < guide->ops->len; i++)
		for (guint j = 0; j < i; j++)
			if (is_same(op_at(guide, i), op_at(guide, j)))
				return fail(error, "-U %s: is given twice",
					    op_at(guide, i)->text);
	return TRUE;
}

static gboolean check_whole(struct guide *guide, GError **error)
{
	bool writes_flash = false;

	if (!guide->part)
		return fail(error,
			    "expected the part, as in -p m328p; a job is for one part");
	if (!check_ops(guide, error))
		return FALSE;
	for (guint i = 0; i < guide->ops->len; i++)
		writes_flash |= op_at(guide, i)->memory == MEMORY_FLASH;
	if (guide->erase && !writes_flash)
		return fail(error,
			    "-e: a job erases the chip before it writes flash, and never "
			    "else; add -U flash:w:FILE, or leave it out");
	if (guide->ops->len == 0)
		return fail(error,
			    "it writes nothing; expected -U, as in -U flash:w:blink.hex");
	return TRUE;
}

/* Words in front of the options: a prompt, sudo, and the program by name or path. */
static gboolean skip_program(char ***words, GError **error)
{
	const char *name;

	if (**words && strcmp(**words, "$") == 0)
		*words += 1;
	if (**words && strcmp(**words, "sudo") == 0)
		*words += 1;
	name = **words ? **words : "";
	name = strrchr(name, '/') ? strrchr(name, '/') + 1 : name;
	name = strrchr(name, '\\') ? strrchr(name, '\\') + 1 : name;
	if (g_ascii_strcasecmp(name, "avrdude") != 0 &&
	    g_ascii_strcasecmp(name, "avrdude.exe") != 0 && strcmp(name, "sixpin") != 0)
		return fail(error,
			    "expected a line that begins with avrdude, found \"%s\"",
			    **words ? **words : "");
	*words += 1;
	return TRUE;
}

static char **split(const char *line, GError **error)
{
	g_autoptr(GError) failure = NULL;
	char **words = NULL;

	if (strlen(line) > MAX_LINE_BYTES || !g_utf8_validate(line, -1, NULL))
		fail(error, "expected a line of UTF-8 text, at most %d bytes",
		     MAX_LINE_BYTES);
	else if (g_shell_parse_argv(line, NULL, &words, &failure))
		return words;
	else if (g_error_matches(failure, G_SHELL_ERROR, G_SHELL_ERROR_EMPTY_STRING))
		fail(error, "expected a line that begins with avrdude, found nothing");
	else
		fail(error, "expected an end for each quote and backslash, found one "
			    "without");
	return NULL;
}

static void clear_op(void *op)
{
	memory_op_clear(op);
}

struct guide *guide_parse(const char *line, GError **error)
{
	g_auto(GStrv) words = split(line, error);
	char **at = words;
	struct guide *guide;

	if (!words || !skip_program(&at, error))
		return NULL;
	guide = g_new0(struct guide, 1);
	guide->ops = g_array_new(FALSE, FALSE, sizeof(struct memory_op));
	g_array_set_clear_func(guide->ops, clear_op);
	guide->notes = g_string_new(NULL);
	if (parse_words(guide, at, error) && check_whole(guide, error))
		return guide;
	guide_free(guide);
	return NULL;
}

void guide_free(struct guide *guide)
{
	if (!guide)
		return;
	g_array_unref(guide->ops);
	g_string_free(guide->notes, TRUE);
	g_free(guide->programmer);
	g_free(guide->port);
	g_free(guide);
}
