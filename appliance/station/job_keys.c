/* SPDX-License-Identifier: MIT */
/* The keys of a job: which there are, and what those say that stand alone. */
#include "appliance/station/job_keys.h"

#include <string.h>

#include "appliance/base/error.h"
#include "appliance/programmers/registry.h"

#define MAX_TITLE_LETTERS 100
#define MS		  G_GUINT64_CONSTANT(1000)
#define S		  (1000 * MS)

#define DEFAULT_USB_WITHIN (10 * S)

#define KEYS(...) ((const char *const[]){ __VA_ARGS__, NULL })

const struct key_file_group job_groups[] = {
	{ "job", KEYS("title", "part", "programmer", "sck", "retry-sck", "board-clock",
		      "allow", "auto") },
	{ "image *", KEYS("file", "catalogue", "digest", "boot-section", "alternative") },
	{ "eeprom *", KEYS("file", "digest") },
	{ "eeprom", KEYS("keep") },
	{ "fuses", KEYS("low", "high", "extended", "from-catalogue", "*") },
	{ "lock", KEYS("bits") },
	{ "serial", KEYS("first", "step", "last", "list", "digest", "after-failure") },
	{ "patch *", KEYS("memory", "address", "format", "bytes", "filler", "value") },
	{ "limits", KEYS("good-units", "stop-after-failures", "epoch") },
	{ "power", KEYS("settle") },
	{ "after", KEYS("reset", "usb", "usb-within") },
	{ NULL, NULL },
};

gboolean job_blame(const struct key_file *file, const char *group, const char *key,
		   GError **error)
{
	if (error && *error)
		(*error)->code = SIXPIN_ERROR_USAGE;
	return key_file_blame(file, group, key, error);
}

gboolean job_read_keys(struct job *job, const struct key_file *file, const char *group,
		       const struct job_key *keys, GError **error)
{
	for (; keys->name; keys++) {
		const char *text = key_file_get(file, group, keys->name);

		if (text && !keys->read(job, text, error))
			return job_blame(file, group, keys->name, error);
	}
	return TRUE;
}

static gboolean read_title(struct job *job, const char *text, GError **error)
{
	if (!*text || strpbrk(text, "\r\n\t") ||
	    g_utf8_strlen(text, -1) > MAX_TITLE_LETTERS)
		return job_expected(
			"a line of 1 to " G_STRINGIFY(MAX_TITLE_LETTERS) " characters",
			text, error);
	job->title = g_strdup(text);
	return TRUE;
}

static gboolean read_part(struct job *job, const char *text, GError **error)
{
	job->part = part_find(text, error);
	return job->part != NULL;
}

static gboolean read_programmer(struct job *job, const char *text, GError **error)
{
	job->programmer = programmer_find(text, error);
	return job->programmer != NULL;
}

static gboolean read_sck(struct job *job, const char *text, GError **error)
{
	return sck_parse(text, &job->sck_hz, error);
}

static gboolean read_retry_sck(struct job *job, const char *text, GError **error)
{
	if (!sck_parse(text, &job->retry_sck_hz, error))
		return FALSE;
	if (job->retry_sck_hz == 0)
		return job_expected("a rate, as in 25k", text, error);
	if (job->sck_hz == 0 || job->retry_sck_hz < job->sck_hz)
		return TRUE;
	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE,
		    "expected a rate below sck, which is %u Hz, found \"%s\"",
		    job->sck_hz, text);
	return FALSE;
}

static gboolean read_board_clock(struct job *job, const char *text, GError **error)
{
	return board_clock_parse(text, &job->board, error);
}

static gboolean read_allow(struct job *job, const char *text, GError **error)
{
	g_auto(GStrv) names = g_strsplit(text, ",", -1);

	if (!names[0])
		return fuse_danger_parse("", &job->allowed_dangers, error);
	for (unsigned i = 0; names[i]; i++)
		if (!fuse_danger_parse(g_strstrip(names[i]), &job->allowed_dangers,
				       error))
			return FALSE;
	return TRUE;
}

/* retry-sck looks at sck, so it comes behind it. */
static const struct job_key head_keys[] = {
	{ "title", read_title },	   { "part", read_part },
	{ "programmer", read_programmer }, { "sck", read_sck },
	{ "retry-sck", read_retry_sck },   { "board-clock", read_board_clock },
	{ "allow", read_allow },	   { NULL, NULL },
};

gboolean job_read_head(struct job *job, const struct key_file *file, GError **error)
{
	if (!key_file_get(file, "job", "part"))
		return key_file_fail(file, "job", "part", error,
				     "expected the part that the job is for, as in "
				     "part=ATmega328P, found nothing");
	if (!job_read_keys(job, file, "job", head_keys, error) ||
	    !key_file_get_bool(file, "job", "auto", &job->automatic, error))
		return FALSE;
	if (!job->title)
		job->title = g_strdup(job->id);
	return TRUE;
}

static gboolean read_fuse(struct job *job, const struct key_file *file, const char *key,
			  GError **error)
{
	const char *text = key_file_get(file, "fuses", key);
	g_autofree char *word = g_strdup_printf("%s=%s", key, text);

	if (strchr(text, ','))
		job_expected("one value; each fuse has a line", text, error);
	else if (fuse_edit_parse(job->part, word, &job->fuses, error))
		return TRUE;
	return job_blame(file, "fuses", key, error);
}

static gboolean read_lock(struct job *job, const char *text, GError **error)
{
	job->has_lock = true;
	return byte_parse(text, "lock bits", &job->lock, error);
}

static const struct job_key lock_keys[] = {
	{ "bits", read_lock },
	{ NULL, NULL },
};

/* A group without the one key that makes it one. */
static gboolean require_key(const struct key_file *file, const char *group,
			    const char *key, const char *example, GError **error)
{
	if (!key_file_line(file, group, NULL) || key_file_get(file, group, key))
		return TRUE;
	return key_file_fail(file, group, key, error,
			     "expected it, as in %s=%s, found nothing", key, example);
}

gboolean job_read_fuses(struct job *job, const struct key_file *file, GError **error)
{
	const char *const *keys = key_file_keys(file, "fuses");

	if (!key_file_get_bool(file, "fuses", "from-catalogue",
			       &job->fuses_from_catalogue, error))
		return FALSE;
	for (; keys && *keys; keys++) {
		if (strcmp(*keys, "from-catalogue") == 0)
			continue;
		if (job->fuses_from_catalogue)
			return key_file_fail(
				file, "fuses", *keys, error,
				"from-catalogue=yes takes all fuses from the "
				"catalogue; take one of the two");
		if (!read_fuse(job, file, *keys, error))
			return FALSE;
	}
	return require_key(file, "lock", "bits", "3F", error) &&
	       job_read_keys(job, file, "lock", lock_keys, error);
}

static gboolean read_settle(struct job *job, const struct key_file *file, GError **error)
{
	guint64 settle_us = 0;

	if (!key_file_get_duration(file, "power", "settle", 1 * MS, 60 * S, &settle_us,
				   error))
		return FALSE;
	job->power_settle_us = settle_us;
	return TRUE;
}

static gboolean read_reset(struct job *job, const char *text, GError **error)
{
	if (strcmp(text, "run") == 0)
		return TRUE;
	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE,
		    "RESET is always let go at the end of a run; expected run, found "
		    "\"%s\"",
		    text);
	return FALSE;
}

static bool parse_usb_id(const char *text, uint16_t *id)
{
	guint64 value;

	if (strlen(text) != 4 ||
	    !g_ascii_string_to_unsigned(text, 16, 0, G_MAXUINT16, &value, NULL))
		return false;
	*id = (uint16_t)value;
	return true;
}

static gboolean read_usb(struct job *job, const char *text, GError **error)
{
	g_auto(GStrv) ids = g_strsplit(text, ":", -1);

	if (g_strv_length(ids) != 2 || !parse_usb_id(ids[0], &job->usb_vendor) ||
	    !parse_usb_id(ids[1], &job->usb_product))
		return job_expected("vendor and product id, four hexadecimal digits "
				    "each, as in 2341:8037",
				    text, error);
	job->waits_for_usb = true;
	return TRUE;
}

static const struct job_key after_keys[] = {
	{ "reset", read_reset },
	{ "usb", read_usb },
	{ NULL, NULL },
};

static gboolean read_after(struct job *job, const struct key_file *file, GError **error)
{
	guint64 within_us = DEFAULT_USB_WITHIN;

	if (!job_read_keys(job, file, "after", after_keys, error) ||
	    !key_file_get_duration(file, "after", "usb-within", 100 * MS, 120 * S,
				   &within_us, error))
		return FALSE;
	if (key_file_get(file, "after", "usb-within") && !job->waits_for_usb)
		return key_file_fail(file, "after", "usb-within", error,
				     "says how long to wait for usb=VID:PID, which is "
				     "not given");
	if (job->waits_for_usb)
		job->usb_within_ms = (unsigned)(within_us / MS);
	return TRUE;
}

gboolean job_read_limits(struct job *job, const struct key_file *file, GError **error)
{
	guint64 good_units = 0, failures = 0, epoch = 0;

	if (!key_file_get_number(file, "limits", "good-units", 1, 1000000000, &good_units,
				 error) ||
	    !key_file_get_number(file, "limits", "stop-after-failures", 1, 1000000,
				 &failures, error) ||
	    !key_file_get_number(file, "limits", "epoch", 0, G_MAXINT64, &epoch, error))
		return FALSE;
	if (key_file_get(file, "limits", "epoch") && good_units == 0)
		return key_file_fail(file, "limits", "epoch", error,
				     "begins to count good-units anew, which is not "
				     "given");
	job->claim.good_units = good_units;
	job->claim.stop_after_failures = (unsigned)failures;
	job->claim.limit_epoch = epoch;
	return read_settle(job, file, error) && read_after(job, file, error);
}
