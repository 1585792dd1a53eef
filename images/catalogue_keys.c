/* SPDX-License-Identifier: MIT */
/* The keys of catalogue.conf, each by its own row of a table. */
#include "images/catalogue_keys.h"

#include <string.h>

#include "appliance/base/units.h"

#define SHA256_DIGITS 64

/* A new element of zeros at the end. */
#define array_add(array, type)                      \
	(g_array_set_size(array, (array)->len + 1), \
	 &g_array_index(array, type, (array)->len - 1))

static void build_clear(void *data)
{
	struct catalogue_build *build = data;

	g_free(build->digest);
	g_array_unref(build->ranges);
}

static void bad_build_clear(void *data)
{
	struct catalogue_bad_build *build = data;

	g_free(build->digest);
	g_free(build->reason);
}

static void alternative_clear(void *data)
{
	g_free(((struct catalogue_alternative *)data)->name);
}

static GArray *array_new(gsize n_bytes, GDestroyNotify clear)
{
	GArray *array = g_array_new(FALSE, TRUE, (guint)n_bytes);

	if (clear)
		g_array_set_clear_func(array, clear);
	return array;
}

struct catalogue_entry *catalogue_entry_new(const char *id)
{
	struct catalogue_entry *entry = g_new0(struct catalogue_entry, 1);

	entry->id = g_strdup(id);
	entry->is_avr = true;
	entry->parts = g_ptr_array_new();
	entry->alternatives =
		array_new(sizeof(struct catalogue_alternative), alternative_clear);
	entry->clocks = array_new(sizeof(struct catalogue_clock), NULL);
	entry->builds = array_new(sizeof(struct catalogue_build), build_clear);
	entry->bad_builds =
		array_new(sizeof(struct catalogue_bad_build), bad_build_clear);
	entry->sha256 = g_new0(char *, 1);
	entry->notes = g_new0(char *, 1);
	return entry;
}

void catalogue_entry_free(struct catalogue_entry *entry)
{
	g_free(entry->id);
	g_free(entry->title);
	g_strfreev(entry->part_names);
	g_ptr_array_unref(entry->parts);
	g_array_unref(entry->alternatives);
	g_array_unref(entry->clocks);
	g_free(entry->usb);
	g_free(entry->file);
	g_free(entry->path);
	g_strfreev(entry->sha256);
	g_array_unref(entry->builds);
	g_array_unref(entry->bad_builds);
	g_free(entry->origin);
	g_strfreev(entry->notes);
	g_free(entry);
}

/* Words between separators, without blanks around; NULL where one of them is empty. */
static char **split(const char *value, const char *separator)
{
	char **words = g_strsplit(value, separator, -1);

	for (unsigned i = 0; words[i]; i++) {
		if (*g_strstrip(words[i]))
			continue;
		g_strfreev(words);
		return NULL;
	}
	return words;
}

static bool parse_text(char **to, const char *value)
{
	g_free(*to);
	*to = g_strdup(value);
	return *value != 0;
}

static bool parse_list(char ***to, const char *value)
{
	g_strfreev(*to);
	*to = split(value, ";");
	return *to && **to;
}

static bool parse_hex(const char *text, uint64_t max, uint64_t *value)
{
	return g_ascii_string_to_unsigned(text, 16, 0, max, value, NULL);
}

static bool is_sha256(const char *text)
{
	for (unsigned i = 0; i < SHA256_DIGITS; i++)
		if (!g_ascii_isdigit(text[i]) && (text[i] < 'a' || text[i] > 'f'))
			return false;
	return text[SHA256_DIGITS] == 0;
}

static bool parse_title(struct catalogue_entry *entry, const char *value)
{
	return parse_text(&entry->title, value);
}

static bool parse_kind(struct catalogue_entry *entry, const char *value)
{
	bool is_firmware = strcmp(value, "isp-firmware") == 0;

	entry->kind = is_firmware ? CATALOGUE_ISP_FIRMWARE : CATALOGUE_BOOTLOADER;
	return is_firmware || strcmp(value, "bootloader") == 0;
}

static bool parse_family(struct catalogue_entry *entry, const char *value)
{
	entry->is_avr = strcmp(value, "AVR") == 0;
	return entry->is_avr || strcmp(value, "STM32F1") == 0;
}

static bool parse_parts(struct catalogue_entry *entry, const char *value)
{
	if (!parse_list(&entry->part_names, value))
		return false;
	for (unsigned i = 0; entry->is_avr && entry->part_names[i]; i++) {
		const struct part *part = part_find(entry->part_names[i], NULL);

		if (!part)
			return false;
		g_ptr_array_add(entry->parts, (void *)part);
	}
	return true;
}

/* "low=5E,high=99"; of a byte that the parts do not have check_fuses knows. */
static bool parse_fuse_list(const char *value, struct catalogue_fuses *fuses)
{
	g_auto(GStrv) words = split(value, ",");

	*fuses = (struct catalogue_fuses){ 0 };
	for (unsigned i = 0; words && words[i]; i++) {
		char *equals = strchr(words[i], '=');
		uint64_t bits;
		int byte;

		if (!equals || !parse_hex(equals + 1, 0xFF, &bits))
			return false;
		*equals = 0;
		byte = fuse_byte_find(words[i]);
		if (byte < 0 || fuses->has[byte])
			return false;
		fuses->has[byte] = true;
		fuses->value[byte] = (uint8_t)bits;
	}
	return words && words[0];
}

static bool parse_fuses(struct catalogue_entry *entry, const char *value)
{
	return parse_fuse_list(value, &entry->fuses);
}

static bool parse_alternatives(struct catalogue_entry *entry, const char *value)
{
	g_auto(GStrv) words = split(value, ";");

	for (unsigned i = 0; words && words[i]; i++) {
		struct catalogue_alternative *added =
			array_add(entry->alternatives, struct catalogue_alternative);
		char *colon = strchr(words[i], ':');

		if (!colon || !parse_fuse_list(colon + 1, &added->fuses))
			return false;
		*colon = 0;
		added->name = g_strdup(g_strstrip(words[i]));
	}
	return words && words[0];
}

static bool parse_lock(struct catalogue_entry *entry, const char *value)
{
	uint64_t bits = 0;

	entry->has_lock = parse_hex(value, 0xFF, &bits);
	entry->lock = (uint8_t)bits;
	return entry->has_lock;
}

static bool parse_clock(const char *word, struct catalogue_clock *clock)
{
	const char *colon = strchr(word, ':');
	g_autofree char *kind =
		colon ? g_strndup(word, (gsize)(colon - word)) : g_strdup(word);

	*clock = (struct catalogue_clock){ CLOCK_CRYSTAL, 0 };
	if (strcmp(kind, "internal") == 0)
		clock->kind = CLOCK_INTERNAL;
	else if (strcmp(kind, "external") == 0)
		clock->kind = CLOCK_EXTERNAL;
	else if (strcmp(kind, "crystal") != 0)
		return false;
	return !colon ||
	       (clock->kind != CLOCK_INTERNAL && parse_hz(colon + 1, &clock->hz, NULL));
}

static bool parse_clocks(struct catalogue_entry *entry, const char *value)
{
	g_auto(GStrv) words = split(value, ";");

	for (unsigned i = 0; words && words[i]; i++) {
		struct catalogue_clock clock;

		if (!parse_clock(words[i], &clock))
			return false;
		g_array_append_val(entry->clocks, clock);
	}
	return words && words[0];
}

static bool parse_usb(struct catalogue_entry *entry, const char *value)
{
	bool ok = strlen(value) == 9 && value[4] == ':';

	for (unsigned i = 0; ok && i < 9; i++)
		ok = i == 4 || g_ascii_isdigit(value[i]) ||
		     (value[i] >= 'A' && value[i] <= 'F');
	return parse_text(&entry->usb, value) && ok;
}

static bool parse_reset(struct catalogue_entry *entry, const char *value)
{
	bool is_hwbe = strcmp(value, "HWBE") == 0;

	entry->reset = is_hwbe ? CATALOGUE_RESET_HWBE : CATALOGUE_RESET_BOOTRST;
	return is_hwbe || strcmp(value, "BOOTRST") == 0;
}

static bool parse_one_range(const char *text, struct catalogue_range *range)
{
	g_auto(GStrv) ends = split(text, "-");
	uint64_t first, last;

	if (!ends || g_strv_length(ends) != 2 ||
	    !parse_hex(ends[0], UINT32_MAX, &first) ||
	    !parse_hex(ends[1], UINT32_MAX, &last) || last < first)
		return false;
	*range = (struct catalogue_range){ (uint32_t)first, (uint32_t)last };
	return true;
}

static bool parse_range(struct catalogue_entry *entry, const char *value)
{
	return parse_one_range(value, &entry->range);
}

static bool parse_sketch(struct catalogue_entry *entry, const char *value)
{
	entry->has_sketch = true;
	return parse_one_range(value, &entry->sketch);
}

static bool parse_file(struct catalogue_entry *entry, const char *value)
{
	return parse_text(&entry->file, value) && !strchr(value, '/');
}

static bool parse_path(struct catalogue_entry *entry, const char *value)
{
	return parse_text(&entry->path, value) && g_path_is_absolute(value);
}

static bool parse_sha256(struct catalogue_entry *entry, const char *value)
{
	bool ok = parse_list(&entry->sha256, value);

	for (unsigned i = 0; ok && entry->sha256[i]; i++)
		ok = is_sha256(entry->sha256[i]);
	return ok;
}

/* "HEX64 REST": the rest, with the blank after the digest made its end. */
static char *split_digest(char *word)
{
	char *blank = strchr(word, ' ');

	if (!blank)
		return NULL;
	*blank = 0;
	return is_sha256(word) ? g_strstrip(blank + 1) : NULL;
}

static bool parse_build(struct catalogue_entry *entry, char *word)
{
	char *rest = split_digest(word);
	g_auto(GStrv) texts = rest ? split(rest, ",") : NULL;
	struct catalogue_build *build;

	if (!texts || !texts[0])
		return false;
	build = array_add(entry->builds, struct catalogue_build);
	build->digest = g_strdup(word);
	build->ranges = array_new(sizeof(struct catalogue_range), NULL);
	for (unsigned i = 0; texts[i]; i++) {
		struct catalogue_range range;

		if (!parse_one_range(texts[i], &range))
			return false;
		g_array_append_val(build->ranges, range);
	}
	return true;
}

static bool parse_digest(struct catalogue_entry *entry, const char *value)
{
	g_auto(GStrv) words = split(value, ";");

	for (unsigned i = 0; words && words[i]; i++)
		if (!parse_build(entry, words[i]))
			return false;
	return words && words[0];
}

static bool parse_bad(struct catalogue_entry *entry, const char *value)
{
	g_auto(GStrv) words = split(value, ";");

	for (unsigned i = 0; words && words[i]; i++) {
		char *reason = split_digest(words[i]);
		struct catalogue_bad_build *bad;

		if (!reason || !*reason)
			return false;
		bad = array_add(entry->bad_builds, struct catalogue_bad_build);
		bad->digest = g_strdup(words[i]);
		bad->reason = g_strdup(reason);
	}
	return words && words[0];
}

static bool parse_self_built(struct catalogue_entry *entry, const char *value)
{
	entry->self_built = strcmp(value, "true") == 0;
	return entry->self_built || strcmp(value, "false") == 0;
}

static bool parse_origin(struct catalogue_entry *entry, const char *value)
{
	return parse_text(&entry->origin, value);
}

static bool parse_notes(struct catalogue_entry *entry, const char *value)
{
	return parse_list(&entry->notes, value);
}

/* In this order: parts are looked up when the family is known. */
const struct catalogue_key catalogue_keys[] = {
	{ "title", true, "a text", parse_title },
	{ "kind", true, "bootloader or isp-firmware", parse_kind },
	{ "family", false, "AVR or STM32F1", parse_family },
	{ "part", true, "parts of the part table", parse_parts },
	{ "fuses", false, "fuses as in low=5E,high=99", parse_fuses },
	{ "alternatives", false, "names and fuses as in jtag-off: high=D9",
	  parse_alternatives },
	{ "lock", false, "two hexadecimal digits", parse_lock },
	{ "clock", false, "crystal:16M, external:8M, internal or crystal", parse_clocks },
	{ "usb", false, "an id as in 03EB:2FF4", parse_usb },
	{ "reset", false, "BOOTRST or HWBE", parse_reset },
	{ "range", true, "two addresses as in 7000-7FFF", parse_range },
	{ "sketch", false, "two addresses as in 0000-6FFF", parse_sketch },
	{ "file", true, "a file's name without folders", parse_file },
	{ "path", false, "an absolute path", parse_path },
	{ "sha256", false, "64 digits of 0-9 and a-f each", parse_sha256 },
	{ "digest", false, "64 digits of 0-9 and a-f, a blank and ranges each",
	  parse_digest },
	{ "bad", false, "64 digits of 0-9 and a-f, a blank and a reason each",
	  parse_bad },
	{ "self-built", false, "true or false", parse_self_built },
	{ "origin", true, "a text", parse_origin },
	{ "notes", false, "texts", parse_notes },
	{ NULL },
};
