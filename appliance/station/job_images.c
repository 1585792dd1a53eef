/* SPDX-License-Identifier: MIT */
/* A job's images: files of the store, and entries of the catalogue. */
#include <string.h>

#include "appliance/base/error.h"
#include "appliance/station/job_keys.h"
#include "appliance/station/store.h"

#define DIGEST_DIGITS	64
#define MAX_GROUP_BYTES 64

const char *job_group_name(const char *group, const char *kind)
{
	size_t length = strlen(kind);

	return strncmp(group, kind, length) == 0 && group[length] == ' '
		       ? group + length + 1
		       : NULL;
}

gboolean job_check_group_name(const struct key_file *file, const char *group,
			      const char *name, const GPtrArray *names, GError **error)
{
	g_autofree char *folded = g_utf8_casefold(name, -1);

	if (strlen(name) > MAX_GROUP_BYTES)
		return key_file_fail(file, group, NULL, error,
				     "expected a name of at most %d bytes, found %u",
				     MAX_GROUP_BYTES, (unsigned)strlen(name));
	for (guint i = 0; i < names->len; i++) {
		/* Both job_image and job_patch begin with their name. */
		const char *other = *(char **)g_ptr_array_index(names, i);
		g_autofree char *other_folded = g_utf8_casefold(other, -1);

		if (strcmp(folded, other_folded) == 0)
			return key_file_fail(file, group, NULL, error,
					     "expected a name of its own, found that of "
					     "\"%s\" in other letters",
					     other);
	}
	return TRUE;
}

gboolean job_read_digest(const struct key_file *file, const char *group, char **digest,
			 GError **error)
{
	const char *text = key_file_get(file, group, "digest");

	if (!text)
		return TRUE;
	if (strlen(text) != DIGEST_DIGITS ||
	    strspn(text, "0123456789abcdefABCDEF") != DIGEST_DIGITS)
		return key_file_fail(file, group, "digest", error,
				     "expected 64 hexadecimal digits, found \"%s\"; "
				     "without the line the job can be pinned anew",
				     text);
	*digest = g_ascii_strdown(text, -1);
	return TRUE;
}

static gboolean read_file(const struct key_file *file, const char *group, char **name,
			  GError **error)
{
	const char *text = key_file_get(file, group, "file");

	if (!text)
		return TRUE;
	if (store_is_list(text))
		return key_file_fail(file, group, "file", error,
				     "expected an image, found \"%s\": names that end in "
				     ".txt are those of lists of serial numbers",
				     text);
	if (!store_check_image_name(text, error))
		return job_blame(file, group, "file", error);
	*name = g_strdup(text);
	return TRUE;
}

static gboolean read_boot_section(struct job *job, const struct key_file *file,
				  const char *group, struct job_image *image,
				  GError **error)
{
	const char *text = key_file_get(file, group, "boot-section");

	if (!text)
		return TRUE;
	if (strcmp(text, "only") != 0) {
		job_expected("only", text, error);
		return job_blame(file, group, "boot-section", error);
	}
	if (job->part->boot_bytes_min == 0)
		return key_file_fail(file, group, "boot-section", error,
				     "%s has no boot section", job->part->name);
	for (guint i = 0; i < job->images->len; i++) {
		const struct job_image *other = g_ptr_array_index(job->images, i);

		if (other->boot_section_only)
			return key_file_fail(file, group, "boot-section", error,
					     "[image %s] gives the boot section already",
					     other->name);
	}
	image->boot_section_only = true;
	return TRUE;
}

static gboolean check_source(const struct key_file *file, const char *group,
			     const struct job_image *image, GError **error)
{
	if (image->file && image->catalogue)
		return key_file_fail(file, group, "catalogue", error,
				     "an image is a file or of the catalogue; take one "
				     "of the two");
	if (!image->file && !image->catalogue)
		return key_file_fail(file, group, NULL, error,
				     "expected file=NAME or catalogue=ID, found neither");
	if (image->alternative && !image->catalogue)
		return key_file_fail(file, group, "alternative", error,
				     "chooses among the catalogue's fuses, and this "
				     "image is a file");
	return TRUE;
}

static gboolean read_catalogue(const struct key_file *file, const char *group,
			       struct job_image *image, GError **error)
{
	static const char *const keys[] = { "catalogue", "alternative" };
	char **const values[] = { &image->catalogue, &image->alternative };

	for (unsigned i = 0; i < G_N_ELEMENTS(keys); i++) {
		const char *text = key_file_get(file, group, keys[i]);

		if (text && !*text)
			return key_file_fail(file, group, keys[i], error,
					     "expected a name that \"sixpin catalogue\" "
					     "shows, found nothing");
		*values[i] = g_strdup(text);
	}
	return TRUE;
}

static gboolean read_image(struct job *job, const struct key_file *file,
			   const char *group, const char *name, GError **error)
{
	struct job_image *image;

	if (!job_check_group_name(file, group, name, job->images, error))
		return FALSE;
	image = g_new0(struct job_image, 1);
	image->name = g_strdup(name);
	if (read_file(file, group, &image->file, error) &&
	    read_catalogue(file, group, image, error) &&
	    check_source(file, group, image, error) &&
	    job_read_digest(file, group, &image->digest, error) &&
	    read_boot_section(job, file, group, image, error)) {
		g_ptr_array_add(job->images, image);
		return TRUE;
	}
	job_image_free(image);
	return FALSE;
}

static gboolean check_has_eeprom(const struct job *job, const struct key_file *file,
				 const char *group, GError **error)
{
	return job->part->eeprom_bytes > 0 ||
	       key_file_fail(file, group, NULL, error, "%s has no EEPROM",
			     job->part->name);
}

static gboolean read_eeprom(struct job *job, const struct key_file *file,
			    const char *group, const char *name, GError **error)
{
	struct job_image *image;

	if (!check_has_eeprom(job, file, group, error) ||
	    !job_check_group_name(file, group, name, job->eeproms, error))
		return FALSE;
	if (!key_file_get(file, group, "file"))
		return key_file_fail(file, group, "file", error,
				     "expected the file, as in file=settings.hex, found "
				     "nothing");
	image = g_new0(struct job_image, 1);
	image->name = g_strdup(name);
	g_ptr_array_add(job->eeproms, image);
	return read_file(file, group, &image->file, error) &&
	       job_read_digest(file, group, &image->digest, error);
}

static gboolean read_keep(struct job *job, const struct key_file *file, GError **error)
{
	if (!key_file_line(file, "eeprom", NULL))
		return TRUE;
	return check_has_eeprom(job, file, "eeprom", error) &&
	       key_file_get_bool(file, "eeprom", "keep", &job->keep_eeprom, error);
}

gboolean job_read_images(struct job *job, const struct key_file *file, GError **error)
{
	for (const char *const *group = key_file_groups(file); *group; group++) {
		const char *image = job_group_name(*group, "image");
		const char *eeprom = job_group_name(*group, "eeprom");

		if ((image && !read_image(job, file, *group, image, error)) ||
		    (eeprom && !read_eeprom(job, file, *group, eeprom, error)))
			return FALSE;
	}
	return read_keep(job, file, error);
}
