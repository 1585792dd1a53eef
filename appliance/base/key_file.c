/* SPDX-License-Identifier: MIT */
/*
 * Key files, line by line: GKeyFile knows no lines, merges groups of one name and lets
 * the last of two keys win. It resolves the escapes of values.
 */
#include "appliance/base/key_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "appliance/base/error.h"

#define BYTE_ORDER_MARK "\xEF\xBB\xBF"
#define SHOWN_LETTERS	60 /* of a line that is not understood */

struct entry {
	char *value;
	unsigned line;
};

struct group {
	unsigned line;
	GPtrArray *keys;     /* names in the order of the file; last NULL */
	GHashTable *entries; /* by name */
};

struct key_file {
	char *name;
	GPtrArray *names;	  /* of groups, in the order of the file; last NULL */
	GHashTable *groups;	  /* by name */
	struct group *open_group; /* while reading: the one that keys go to */
};

static void entry_free(void *data)
{
	struct entry *entry = data;

	g_free(entry->value);
	g_free(entry);
}

static void group_free(void *data)
{
	struct group *group = data;

	g_ptr_array_unref(group->keys);
	g_hash_table_unref(group->entries);
	g_free(group);
}

static struct group *group_new(unsigned line)
{
	struct group *group = g_new0(struct group, 1);

	group->line = line;
	group->keys = g_ptr_array_new();
	group->entries =
		g_hash_table_new_full(g_str_hash, g_str_equal, g_free, entry_free);
	return group;
}

static struct key_file *key_file_new(const char *name)
{
	struct key_file *file = g_new0(struct key_file, 1);

	file->name = g_strdup(name);
	file->names = g_ptr_array_new();
	file->groups = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, group_free);
	return file;
}

void key_file_free(struct key_file *file)
{
	if (!file)
		return;
	g_ptr_array_unref(file->names);
	g_hash_table_unref(file->groups);
	g_free(file->name);
	g_free(file);
}

static gboolean fail_line(const struct key_file *file, unsigned line, GError **error,
			  const char *format, ...) G_GNUC_PRINTF(4, 5);

static gboolean fail_line(const struct key_file *file, unsigned line, GError **error,
			  const char *format, ...)
{
	g_autofree char *text = NULL;
	va_list args;

	va_start(args, format);
	text = g_strdup_vprintf(format, args);
	va_end(args);
	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE, "%s:%u: %s", file->name,
		    line, text);
	return FALSE;
}

/* In quotes, cut where it is long. Free with g_free. */
static char *show(const char *line)
{
	g_autofree char *cut = g_utf8_strlen(line, -1) > SHOWN_LETTERS
				       ? g_utf8_substring(line, 0, SHOWN_LETTERS)
				       : NULL;

	return g_strdup_printf("\"%s%s\"", cut ? cut : line, cut ? "..." : "");
}

static gboolean fail_shown(const struct key_file *file, unsigned number,
			   const char *expected, const char *line, GError **error)
{
	g_autofree char *shown = show(line);

	return fail_line(file, number, error, "expected %s, found %s", expected, shown);
}

/* No blank at the start or the end, nothing that GLib would not write as it is. */
static bool is_group_name(const char *name)
{
	size_t length = strlen(name);

	return length > 0 && !strpbrk(name, "[]\t") && name[0] != ' ' &&
	       name[length - 1] != ' ';
}

static bool is_key_name(const char *name)
{
	if (!*name)
		return false;
	for (; *name; name++)
		if (!g_ascii_isalnum(*name) && !strchr("-_.", *name))
			return false;
	return true;
}

static gboolean read_group(struct key_file *file, const char *line, unsigned number,
			   GError **error)
{
	size_t length = strlen(line);
	g_autofree char *name =
		line[length - 1] == ']' ? g_strndup(line + 1, length - 2) : NULL;
	struct group *group;

	if (!name || !is_group_name(name))
		return fail_shown(file, number, "a group as in [name], alone in its line",
				  line, error);
	group = g_hash_table_lookup(file->groups, name);
	if (group)
		return fail_line(file, number, error,
				 "[%s] is there twice, first in line %u; make one group "
				 "of both",
				 name, group->line);
	file->open_group = group_new(number);
	g_ptr_array_add(file->names, name);
	g_hash_table_insert(file->groups, g_steal_pointer(&name), file->open_group);
	return TRUE;
}

/* NULL where an escape is none. Free with g_free. */
static char *resolve_escapes(const char *raw)
{
	g_autoptr(GKeyFile) scratch = g_key_file_new();
	g_autoptr(GError) error = NULL;
	g_autofree char *value = NULL;

	g_key_file_set_value(scratch, "group", "key", raw);
	/* It returns something also where it fails. */
	value = g_key_file_get_string(scratch, "group", "key", &error);
	return error ? NULL : g_steal_pointer(&value);
}

static gboolean add_entry(struct key_file *file, const char *key, const char *raw,
			  unsigned number, GError **error)
{
	struct group *group = file->open_group;
	const struct entry *before = g_hash_table_lookup(group->entries, key);
	g_autofree char *value = resolve_escapes(raw);
	struct entry *entry;
	char *name;

	if (before)
		return fail_line(file, number, error,
				 "%s is given twice, first in line %u; give it once", key,
				 before->line);
	if (!value) {
		g_autofree char *shown = show(raw);

		return fail_line(file, number, error,
				 "%s: expected s, t, n, r or \\ after each \\, found %s",
				 key, shown);
	}
	entry = g_new0(struct entry, 1);
	entry->line = number;
	entry->value = g_steal_pointer(&value);
	name = g_strdup(key);
	g_ptr_array_add(group->keys, name);
	g_hash_table_insert(group->entries, name, entry);
	return TRUE;
}

static gboolean read_entry(struct key_file *file, const char *line, unsigned number,
			   GError **error)
{
	const char *equals = strchr(line, '=');
	g_autofree char *key = NULL;

	if (!equals)
		return fail_shown(file, number, "[group], key=value or # comment", line,
				  error);
	key = g_strchomp(g_strndup(line, (gsize)(equals - line)));
	if (!is_key_name(key))
		return fail_shown(file, number,
				  "a key of letters, digits, \"-\", \"_\" and \".\" "
				  "before the =",
				  line, error);
	if (!file->open_group)
		return fail_shown(file, number,
				  "a group as in [name] before the first "
				  "key",
				  line, error);
	while (*++equals && g_ascii_isspace(*equals))
		;
	return add_entry(file, key, equals, number, error);
}

/* Nothing that would do something to a terminal which shows it. */
static gboolean check_letters(const struct key_file *file, const char *line,
			      unsigned number, GError **error)
{
	for (const char *at = line; *at; at = g_utf8_next_char(at)) {
		gunichar letter = g_utf8_get_char(at);

		if (letter != '\t' && g_unichar_iscntrl(letter))
			return fail_line(file, number, error,
					 "expected text, found the control character "
					 "U+%04X",
					 letter);
	}
	return TRUE;
}

static gboolean read_line(struct key_file *file, const char *line, unsigned number,
			  GError **error)
{
	if (*line == '\0' || *line == '#')
		return TRUE;
	if (!check_letters(file, line, number, error))
		return FALSE;
	return *line == '[' ? read_group(file, line, number, error)
			    : read_entry(file, line, number, error);
}

static gboolean read_lines(struct key_file *file, const char *text, GError **error)
{
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

	for (unsigned i = 0; lines[i]; i++)
		if (!read_line(file, g_strstrip(lines[i]), i + 1, error))
			return FALSE;
	return TRUE;
}

static unsigned line_of(const char *text, const char *at)
{
	unsigned line = 1;

	for (; text < at; text++)
		line += *text == '\n';
	return line;
}

static gboolean check_text(const struct key_file *file, const char *text, gsize n_bytes,
			   GError **error)
{
	const char *bad;

	if (n_bytes > KEY_FILE_MAX_BYTES) {
		g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE,
			    "%s: expected at most %u bytes, found more; is it the right "
			    "file?",
			    file->name, KEY_FILE_MAX_BYTES);
		return FALSE;
	}
	if (g_utf8_validate_len(text, n_bytes, &bad))
		return TRUE;
	return fail_line(file, line_of(text, bad), error,
			 "expected text in UTF-8, found the byte 0x%02X; save the file "
			 "as UTF-8",
			 (unsigned char)*bad);
}

/* Readers of the lists stop at NULL. */
static void end_lists(struct key_file *file)
{
	GHashTableIter groups;
	void *group;

	g_ptr_array_add(file->names, NULL);
	g_hash_table_iter_init(&groups, file->groups);
	while (g_hash_table_iter_next(&groups, NULL, &group))
		g_ptr_array_add(((struct group *)group)->keys, NULL);
}

struct key_file *key_file_parse(const char *name, const char *text, gsize n_bytes,
				GError **error)
{
	key_file_autofree struct key_file *file = key_file_new(name);
	g_autofree char *copy = NULL;

	if (!check_text(file, text, n_bytes, error))
		return NULL;
	copy = g_strndup(text, n_bytes);
	if (!read_lines(file,
			g_str_has_prefix(copy, BYTE_ORDER_MARK)
				? copy + strlen(BYTE_ORDER_MARK)
				: copy,
			error))
		return NULL;
	end_lists(file);
	return g_steal_pointer(&file);
}

static gboolean fail_read(const char *name, const char *what, GError **error)
{
	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_IO, "%s: cannot be %s: %s", name,
		    what, g_strerror(errno));
	return FALSE;
}

/* Of a regular file: a byte more than a key file may have, if there is that much. */
static gboolean read_all(const char *name, int fd, GByteArray *bytes, GError **error)
{
	struct stat status;
	guint n_done = 0;
	ssize_t n_read = 1;

	if (fstat(fd, &status) != 0)
		return fail_read(name, "read", error);
	if (!S_ISREG(status.st_mode)) {
		g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_IO,
			    "%s: is a folder, device or pipe, expected a file", name);
		return FALSE;
	}
	g_byte_array_set_size(bytes, KEY_FILE_MAX_BYTES + 1);
	while (n_read > 0 && n_done < bytes->len) {
		n_read = TEMP_FAILURE_RETRY(
			read(fd, bytes->data + n_done, bytes->len - n_done));
		if (n_read < 0)
			return fail_read(name, "read", error);
		n_done += (guint)n_read;
	}
	g_byte_array_set_size(bytes, n_done);
	return TRUE;
}

struct key_file *key_file_load(const char *path, GError **error)
{
	g_autofree char *name = g_filename_display_name(path);
	g_autoptr(GByteArray) bytes = g_byte_array_new();
	/* O_NONBLOCK: opening a FIFO would wait for its writer. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	gboolean ok;

	if (fd < 0) {
		fail_read(name, "opened", error);
		return NULL;
	}
	ok = read_all(name, fd, bytes, error);
	close(fd);
	return ok ? key_file_parse(name, (const char *)bytes->data, bytes->len, error)
		  : NULL;
}

const char *const *key_file_groups(const struct key_file *file)
{
	return (const char *const *)file->names->pdata;
}

static const struct group *find_group(const struct key_file *file, const char *group)
{
	return g_hash_table_lookup(file->groups, group);
}

static const struct entry *find_entry(const struct key_file *file, const char *group,
				      const char *key)
{
	const struct group *found = find_group(file, group);

	return found ? g_hash_table_lookup(found->entries, key) : NULL;
}

const char *const *key_file_keys(const struct key_file *file, const char *group)
{
	const struct group *found = find_group(file, group);

	return found ? (const char *const *)found->keys->pdata : NULL;
}

const char *key_file_get(const struct key_file *file, const char *group, const char *key)
{
	const struct entry *entry = find_entry(file, group, key);

	return entry ? entry->value : NULL;
}

unsigned key_file_line(const struct key_file *file, const char *group, const char *key)
{
	const struct group *found = find_group(file, group);
	const struct entry *entry = key ? find_entry(file, group, key) : NULL;

	if (key)
		return entry ? entry->line : 0;
	return found ? found->line : 0;
}

/* "station.conf:7: sck: "; where it is not given, the group's place. Free with g_free. */
static char *place(const struct key_file *file, const char *group, const char *key)
{
	unsigned line = key ? key_file_line(file, group, key) : 0;
	g_autofree char *where = NULL;

	if (line)
		return g_strdup_printf("%s:%u: %s: ", file->name, line, key);
	line = key_file_line(file, group, NULL);
	where = line ? g_strdup_printf("%s:%u", file->name, line) : g_strdup(file->name);
	return g_strdup_printf("%s: [%s]%s%s: ", where, group, key ? " " : "",
			       key ? key : "");
}

/* A value may have line ends (\n) and is quoted in errors, which have one line. */
static char *on_one_line(const char *text)
{
	GString *line = g_string_new(text);

	g_string_replace(line, "\n", "\\n", 0);
	g_string_replace(line, "\r", "\\r", 0);
	return g_string_free(line, FALSE);
}

gboolean key_file_blame(const struct key_file *file, const char *group, const char *key,
			GError **error)
{
	g_autofree char *prefix = place(file, group, key);
	char *message;

	if (!error || !*error)
		return FALSE;
	message = on_one_line((*error)->message);
	g_free((*error)->message);
	(*error)->message = g_strconcat(prefix, message, NULL);
	g_free(message);
	return FALSE;
}

gboolean key_file_fail(const struct key_file *file, const char *group, const char *key,
		       GError **error, const char *format, ...)
{
	g_autofree char *text = NULL;
	va_list args;

	va_start(args, format);
	text = g_strdup_vprintf(format, args);
	va_end(args);
	g_set_error_literal(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE, text);
	return key_file_blame(file, group, key, error);
}
