/* SPDX-License-Identifier: MIT */
/* A job as a whole: what must hold between its groups, and its life. */
#include "appliance/station/job.h"

#include <string.h>

#include "appliance/base/error.h"
#include "appliance/base/nearest.h"
#include "appliance/station/job_keys.h"

#define MAX_ID_BYTES 64

/* Two letters replaced (nearest_distance): "verfiy" is meant as "verify". */
#define SLIP 4

gboolean job_expected(const char *expected, const char *found, GError **error)
{
	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE, "expected %s, found \"%s\"",
		    expected, found);
	return FALSE;
}

gboolean job_check_id(const char *id, GError **error)
{
	size_t length = strlen(id);
	size_t n_good = strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789-._");
	g_autofree char *shown = NULL;

	if (strcmp(id, JOB_AUTO) == 0) {
		g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE,
			    "\"" JOB_AUTO
			    "\" is no name for a job: it stands for the one "
			    "that the target's signature picks; take another");
		return FALSE;
	}
	if (length > 0 && length <= MAX_ID_BYTES && n_good == length && id[0] != '.' &&
	    id[0] != '-')
		return TRUE;
	shown = g_utf8_make_valid(id, (gssize)MIN(length, 2 * MAX_ID_BYTES));
	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE,
		    "\"%s\" is no name for a job; expected 1 to %d of a-z, 0-9, \"-\", "
		    "\".\" and \"_\", a letter, a digit or \"_\" first",
		    shown, MAX_ID_BYTES);
	return FALSE;
}

static bool is_verify_key(const char *key)
{
	g_autofree char *lower = g_ascii_strdown(key, -1);

	return strstr(lower, "verif") || strstr(lower, "readback") ||
	       strstr(lower, "read-back") || nearest_distance(lower, "verify") <= SLIP;
}

static gboolean refuse_verify(const struct key_file *file, GError **error)
{
	for (const char *const *group = key_file_groups(file); *group; group++) {
		const char *const *keys = key_file_keys(file, *group);

		for (; *keys; keys++)
			if (is_verify_key(*keys))
				return key_file_fail(
					file, *group, *keys, error,
					"a job reads back all that it writes, and nothing "
					"switches that on or off; leave the line out");
	}
	return TRUE;
}

static bool writes_flash(const struct job *job)
{
	return job->images->len > 0;
}

static bool writes_fuses(const struct job *job)
{
	for (unsigned byte = 0; byte < PART_MAX_FUSES; byte++)
		if (job->fuses.mask[byte])
			return true;
	return job->fuses_from_catalogue;
}

static gboolean check_something_to_do(const struct job *job, const char *name,
				      GError **error)
{
	if (writes_flash(job) || job->eeproms->len || job->patches->len ||
	    writes_fuses(job) || job->has_lock)
		return TRUE;
	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE,
		    "%s: expected something to do, found none of [image NAME], [eeprom "
		    "NAME], [patch NAME], [fuses] and [lock]",
		    name);
	return FALSE;
}

/* A key of [GROUP] that says something only beside images. */
static gboolean check_images(const struct job *job, const struct key_file *file,
			     GError **error)
{
	if (job->keep_eeprom && !writes_flash(job))
		return key_file_fail(file, "eeprom", "keep", error,
				     "only a job that writes flash erases the EEPROM; "
				     "without [image NAME] it stays anyway");
	return TRUE;
}

static const struct job_image *the_catalogue_image(const struct job *job,
						   unsigned *n_images)
{
	const struct job_image *found = NULL;

	*n_images = 0;
	for (guint i = 0; i < job->images->len; i++) {
		const struct job_image *image = g_ptr_array_index(job->images, i);

		if (!image->catalogue)
			continue;
		found = image;
		*n_images += 1;
	}
	return found;
}

static gboolean check_alternatives(const struct job *job, const struct key_file *file,
				   GError **error)
{
	for (guint i = 0; i < job->images->len; i++) {
		const struct job_image *image = g_ptr_array_index(job->images, i);
		g_autofree char *group = g_strconcat("image ", image->name, NULL);

		if (image->alternative && !job->fuses_from_catalogue)
			return key_file_fail(file, group, "alternative", error,
					     "chooses among the catalogue's fuses; it "
					     "needs from-catalogue=yes in [fuses]");
	}
	return TRUE;
}

static gboolean check_catalogue_fuses(const struct job *job, const struct key_file *file,
				      GError **error)
{
	unsigned n_images;
	const struct job_image *image = the_catalogue_image(job, &n_images);

	if (!job->fuses_from_catalogue)
		return check_alternatives(job, file, error);
	if (!image)
		return key_file_fail(file, "fuses", "from-catalogue", error,
				     "expected an [image NAME] with catalogue=ID, found "
				     "none");
	if (n_images > 1)
		return key_file_fail(file, "fuses", "from-catalogue", error,
				     "%u images are of the catalogue, and it does not "
				     "say whose fuses these are; write the fuses out",
				     n_images);
	return TRUE;
}

static gboolean read_all(struct job *job, const struct key_file *file, const char *name,
			 GError **error)
{
	return refuse_verify(file, error) && key_file_check(file, job_groups, error) &&
	       job_read_head(job, file, error) && job_read_images(job, file, error) &&
	       job_read_fuses(job, file, error) && job_read_limits(job, file, error) &&
	       job_read_units(job, file, error) && check_images(job, file, error) &&
	       check_catalogue_fuses(job, file, error) &&
	       check_something_to_do(job, name, error);
}

static struct job *job_new(const char *id, const char *text, gsize n_bytes)
{
	struct job *job = g_new0(struct job, 1);

	job->id = g_strdup(id);
	job->text = g_strndup(text, n_bytes);
	job->digest = g_compute_checksum_for_data(G_CHECKSUM_SHA256, (const guchar *)text,
						  n_bytes);
	job->images = g_ptr_array_new_with_free_func(job_image_free);
	job->eeproms = g_ptr_array_new_with_free_func(job_image_free);
	job->patches = g_ptr_array_new_with_free_func(job_patch_free);
	return job;
}

struct job *job_parse(const char *id, const char *name, const char *text, gsize n_bytes,
		      GError **error)
{
	key_file_autofree struct key_file *file = NULL;
	struct job *job;

	if (!job_check_id(id, error))
		return NULL;
	file = key_file_parse(name, text, n_bytes, error);
	if (!file)
		return NULL;
	job = job_new(id, text, n_bytes);
	if (read_all(job, file, name, error))
		return job;
	job_free(job);
	return NULL;
}

void job_image_free(void *image)
{
	struct job_image *mine = image;

	g_free(mine->name);
	g_free(mine->file);
	g_free(mine->catalogue);
	g_free(mine->alternative);
	g_free(mine->digest);
	g_free(mine);
}

void job_patch_free(void *patch)
{
	struct job_patch *mine = patch;

	g_free(mine->name);
	g_free(mine->value);
	g_free(mine);
}

void job_free(struct job *job)
{
	if (!job)
		return;
	g_ptr_array_unref(job->images);
	g_ptr_array_unref(job->eeproms);
	g_ptr_array_unref(job->patches);
	g_free(job->id);
	g_free(job->text);
	g_free(job->digest);
	g_free(job->title);
	g_free(job->serial_list_file);
	g_free(job->serial_list_digest);
	g_free(job->largest_serial);
	g_free(job);
}
