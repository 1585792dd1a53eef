/* SPDX-License-Identifier: MIT */
/*
 * What a job makes different in each unit: its serial numbers and patches, and that each
 * number which may be given out fits wherever it is written. A number that does not fit
 * would be found out when it is taken, and burnt.
 */
#include <string.h>

#include "appliance/base/error.h"
#include "appliance/base/nearest.h"
#include "appliance/station/job_keys.h"
#include "appliance/station/store.h"
#include "appliance/station/unit.h"
#include "appliance/station/unit_text.h"

/* The journal's numbers are SQLite's: 64 bits with a sign. */
#define MAX_SERIAL ((guint64)G_MAXINT64)
#define MAX_STEP   1000000000u

#define MAX_NUMBER_BYTES 8
#define MAX_TEXT_BYTES	 1024

static gboolean read_after_failure(struct job *job, const char *text, GError **error)
{
	if (strcmp(text, "reuse") != 0 && strcmp(text, "burn") != 0)
		return job_expected("reuse or burn", text, error);
	job->claim.serial_reuse = strcmp(text, "reuse") == 0;
	return TRUE;
}

static gboolean read_list_name(struct job *job, const char *text, GError **error)
{
	if (!store_is_list(text))
		return job_expected("the name of a list, which ends in .txt", text,
				    error);
	if (!store_check_image_name(text, error))
		return FALSE;
	job->serial_list_file = g_strdup(text);
	return TRUE;
}

static const struct job_key serial_keys[] = {
	{ "after-failure", read_after_failure },
	{ "list", read_list_name },
	{ NULL, NULL },
};

static gboolean check_list_keys(const struct key_file *file, GError **error)
{
	static const char *const counters[] = { "first", "step", "last" };

	for (unsigned i = 0; i < G_N_ELEMENTS(counters); i++)
		if (key_file_get(file, "serial", counters[i]))
			return key_file_fail(file, "serial", counters[i], error,
					     "is a counter's, and list=%s gives the "
					     "numbers; take one of the two",
					     key_file_get(file, "serial", "list"));
	return TRUE;
}

static gboolean read_counter(struct job *job, const struct key_file *file, GError **error)
{
	guint64 first = 0, step = 1, last = MAX_SERIAL;

	if (!key_file_get(file, "serial", "first"))
		return key_file_fail(file, "serial", NULL, error,
				     "expected first=NUMBER or list=NAME.txt, found "
				     "neither");
	if (key_file_get(file, "serial", "digest"))
		return key_file_fail(file, "serial", "digest", error,
				     "is that of a list, and list=NAME.txt is not given");
	if (!key_file_get_number(file, "serial", "first", 0, MAX_SERIAL, &first, error) ||
	    !key_file_get_number(file, "serial", "step", 1, MAX_STEP, &step, error) ||
	    !key_file_get_number(file, "serial", "last", first, MAX_SERIAL, &last, error))
		return FALSE;
	job->claim.serial_first = first;
	job->claim.serial_step = step;
	job->claim.serial_last = last;
	return TRUE;
}

static gboolean read_serial(struct job *job, const struct key_file *file, GError **error)
{
	if (!key_file_line(file, "serial", NULL))
		return TRUE;
	job->claim.has_serial = true;
	if (!job_read_keys(job, file, "serial", serial_keys, error))
		return FALSE;
	if (!job->serial_list_file)
		return read_counter(job, file, error);
	return check_list_keys(file, error) &&
	       job_read_digest(file, "serial", &job->serial_list_digest, error);
}

/* A word and what it stands for. */
struct choice {
	const char *word;
	int value;
};

static const struct choice memories[] = {
	{ "flash", PATCH_FLASH },
	{ "eeprom", PATCH_EEPROM },
	{ NULL, 0 },
};

static const struct choice formats[] = {
	{ "little-endian", PATCH_LITTLE_ENDIAN },
	{ "big-endian", PATCH_BIG_ENDIAN },
	{ "ascii", PATCH_ASCII },
	{ "usb-string", PATCH_USB_STRING },
	{ "hex", PATCH_HEX },
	{ NULL, 0 },
};

static gboolean choose(const struct key_file *file, const char *group, const char *key,
		       const struct choice *choices, int *value, GError **error)
{
	const char *text = key_file_get(file, group, key);
	g_autoptr(GString) words = g_string_new(NULL);
	struct nearest nearest = { 0 };
	g_autofree char *near = NULL;

	for (const struct choice *at = choices; at->word; at++) {
		if (text && strcmp(at->word, text) == 0) {
			*value = at->value;
			return TRUE;
		}
		if (text)
			nearest_add(&nearest, text, at->word,
				    nearest_distance(text, at->word));
		g_string_append_printf(words, "%s%s", at == choices ? "" : ", ",
				       at->word);
	}
	near = nearest_text(&nearest);
	if (!text)
		return key_file_fail(file, group, key, error,
				     "expected one of %s, found nothing", words->str);
	return key_file_fail(file, group, key, error,
			     "expected one of %s, found \"%s\"%s", words->str, text,
			     near);
}

static gboolean read_size(struct job_patch *patch, const struct key_file *file,
			  const char *group, GError **error)
{
	guint64 most = patch_writes_number(patch) ? MAX_NUMBER_BYTES : MAX_TEXT_BYTES;
	bool needs_size = patch_writes_number(patch) || patch->format == PATCH_ASCII;
	guint64 n_bytes = 0;

	if (!key_file_get_number(file, group, "bytes", 1, most, &n_bytes, error))
		return FALSE;
	patch->n_bytes = (unsigned)n_bytes;
	if (n_bytes || !needs_size)
		return TRUE;
	return key_file_fail(file, group, "bytes", error,
			     "expected a number from 1 to %u, found nothing; this format "
			     "has no length of its own",
			     (unsigned)most);
}

static gboolean read_filler(struct job_patch *patch, const struct key_file *file,
			    const char *group, GError **error)
{
	const char *text = key_file_get(file, group, "filler");
	bool fills =
		(patch->format == PATCH_ASCII || patch->format == PATCH_USB_STRING) &&
		patch->n_bytes;

	if (!text)
		return TRUE;
	if (!fills)
		return key_file_fail(file, group, "filler", error,
				     "fills up ascii and usb-string to the length that "
				     "bytes says; here nothing is left to fill");
	return byte_parse(text, "a filler", &patch->filler, error) ||
	       job_blame(file, group, "filler", error);
}

static gboolean read_value(struct job_patch *patch, const struct key_file *file,
			   const char *group, GError **error)
{
	const char *text = key_file_get(file, group, "value");

	if (!text || !*text)
		return key_file_fail(file, group, "value", error,
				     "expected what is written, as in value={serial}, "
				     "found nothing");
	patch->value = g_strdup(text);
	return TRUE;
}

static gboolean read_address(struct job_patch *patch, const struct key_file *file,
			     const char *group, GError **error)
{
	guint64 address;

	if (!key_file_get(file, group, "address"))
		return key_file_fail(file, group, "address", error,
				     "expected where it begins, as in address=0x0010, "
				     "found nothing");
	if (!key_file_get_number(file, group, "address", 0, G_MAXUINT32, &address, error))
		return FALSE;
	patch->address = (uint32_t)address;
	return TRUE;
}

static gboolean fill_patch(struct job_patch *patch, const struct key_file *file,
			   const char *group, GError **error)
{
	int memory, format;

	if (!choose(file, group, "memory", memories, &memory, error) ||
	    !choose(file, group, "format", formats, &format, error))
		return FALSE;
	patch->memory = (enum patch_memory)memory;
	patch->format = (enum patch_format)format;
	return read_address(patch, file, group, error) &&
	       read_size(patch, file, group, error) &&
	       read_filler(patch, file, group, error) &&
	       read_value(patch, file, group, error);
}

static gboolean read_patch(struct job *job, const struct key_file *file,
			   const char *group, const char *name, GError **error)
{
	struct job_patch *patch;

	if (!job_check_group_name(file, group, name, job->patches, error))
		return FALSE;
	patch = g_new0(struct job_patch, 1);
	patch->name = g_strdup(name);
	g_ptr_array_add(job->patches, patch);
	if (!fill_patch(patch, file, group, error))
		return FALSE;
	if (patch->memory == PATCH_FLASH && job->images->len == 0)
		return key_file_fail(file, group, "memory", error,
				     "flash is erased before it is written; expected an "
				     "[image NAME] for the rest of it, found none");
	return TRUE;
}

static gboolean read_patches(struct job *job, const struct key_file *file, GError **error)
{
	for (const char *const *group = key_file_groups(file); *group; group++) {
		const char *name = job_group_name(*group, "patch");

		if (name && !read_patch(job, file, *group, name, error))
			return FALSE;
	}
	return TRUE;
}

static const struct job_patch *patch_at(const struct job *job, guint index)
{
	return g_ptr_array_index(job->patches, index);
}

static char *group_of(const struct job_patch *patch)
{
	return g_strconcat("patch ", patch->name, NULL);
}

/* "9" is half a byte and "10" a whole one: digits for hex need a width. */
static gboolean check_width(const struct job *job, const struct job_patch *patch,
			    const struct key_file *file, GError **error)
{
	bool has_counter = !job->serial_list_file && strstr(patch->value, "{serial}");
	bool has_run = strstr(patch->value, "{run}");
	g_autofree char *group = group_of(patch);

	if (patch->format != PATCH_HEX || !(has_counter || has_run))
		return TRUE;
	return key_file_fail(file, group, "value", error,
			     "bytes have two digits each; write {%s:08X} or another even "
			     "width",
			     has_counter ? "serial" : "run");
}

static gboolean check_serial_use(const struct job *job, const struct key_file *file,
				 GError **error)
{
	bool is_used = false;

	for (guint i = 0; i < job->patches->len; i++) {
		const struct job_patch *patch = patch_at(job, i);
		bool uses = unit_text_uses(patch->value, "serial");
		g_autofree char *group = group_of(patch);

		is_used |= uses;
		if (uses && !job->claim.has_serial)
			return key_file_fail(file, group, "value", error,
					     "{serial} needs a group [serial] that says "
					     "first=NUMBER or list=NAME.txt");
		if (!check_width(job, patch, file, error))
			return FALSE;
	}
	if (is_used || !job->claim.has_serial)
		return TRUE;
	return key_file_fail(file, "serial", NULL, error,
			     "no unit would get its number; expected a [patch NAME] with "
			     "{serial} in its value, found none");
}

/* A list's lines are not known yet: of them only the words are checked. */
static gboolean try_patch(const struct job *job, const struct job_patch *patch,
			  const struct unit *unit, guint *n_bytes, GError **error)
{
	bool is_open = job->serial_list_file && unit_text_uses(patch->value, "serial");
	g_autoptr(GByteArray) bytes = NULL;
	g_autofree char *text = NULL;

	*n_bytes = MAX(patch->n_bytes, 1);
	if (is_open)
		return (text = unit_text(patch, unit, error)) != NULL;
	bytes = patch_bytes(patch, unit, error);
	if (bytes)
		*n_bytes = bytes->len;
	return bytes != NULL;
}

static bool all_fit(const struct job *job, guint64 serial)
{
	g_autofree char *digits = g_strdup_printf("%" G_GUINT64_FORMAT, serial);
	struct unit unit = unit_example(job);

	unit.serial = digits;
	for (guint i = 0; i < job->patches->len; i++) {
		guint n_bytes;

		if (!try_patch(job, patch_at(job, i), &unit, &n_bytes, NULL))
			return false;
	}
	return true;
}

/* What does not say its last number ends where the next would not fit: a larger number
 * never takes less room. */
static guint64 find_last(const struct job *job)
{
	guint64 fits = job->claim.serial_first, too_large = MAX_SERIAL;

	if (!all_fit(job, fits))
		return fits;
	if (all_fit(job, too_large))
		return too_large;
	while (too_large - fits > 1) {
		guint64 middle = fits + (too_large - fits) / 2;

		if (all_fit(job, middle))
			fits = middle;
		else
			too_large = middle;
	}
	return fits;
}

static void set_last(struct job *job, const struct key_file *file)
{
	if (!job->claim.has_serial || job->serial_list_file)
		return;
	if (!key_file_get(file, "serial", "last"))
		job->claim.serial_last = find_last(job);
	job->largest_serial =
		g_strdup_printf("%" G_GUINT64_FORMAT, (guint64)job->claim.serial_last);
}

static gboolean check_apart(const struct job *job, const struct key_file *file,
			    guint index, const guint *n_bytes, GError **error)
{
	const struct job_patch *patch = patch_at(job, index);
	g_autofree char *group = group_of(patch);

	if (!patch_check_place(patch, n_bytes[index], job->part, error))
		return job_blame(file, group, "address", error);
	for (guint i = 0; i < index; i++)
		if (!patch_check_apart(patch_at(job, i), n_bytes[i], patch,
				       n_bytes[index], error))
			return job_blame(file, group, "address", error);
	return TRUE;
}

static gboolean check_values(const struct job *job, const struct key_file *file,
			     const char *serial, const char *with, guint *n_bytes,
			     GError **error)
{
	struct unit unit = unit_example(job);

	if (serial)
		unit.serial = serial;
	for (guint i = 0; i < job->patches->len; i++) {
		g_autofree char *group = group_of(patch_at(job, i));

		if (try_patch(job, patch_at(job, i), &unit, &n_bytes[i], error))
			continue;
		g_prefix_error(error, "%s", with);
		return job_blame(file, group, "value", error);
	}
	return TRUE;
}

/* First what is wrong with any number, then what only the last one does. */
static gboolean check_fits(const struct job *job, const struct key_file *file,
			   GError **error)
{
	g_autofree guint *n_bytes = g_new0(guint, job->patches->len);
	g_autofree char *first =
		job->largest_serial ? g_strdup_printf("%" G_GUINT64_FORMAT,
						      (guint64)job->claim.serial_first)
				    : NULL;

	if (!check_values(job, file, first, "", n_bytes, error) ||
	    !check_values(job, file, NULL, "with last of [serial]: ", n_bytes, error))
		return FALSE;
	for (guint i = 0; i < job->patches->len; i++)
		if (!check_apart(job, file, i, n_bytes, error))
			return FALSE;
	return TRUE;
}

gboolean job_read_units(struct job *job, const struct key_file *file, GError **error)
{
	if (!read_serial(job, file, error) || !read_patches(job, file, error) ||
	    !check_serial_use(job, file, error))
		return FALSE;
	set_last(job, file);
	return check_fits(job, file, error);
}
