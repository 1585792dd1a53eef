/* SPDX-License-Identifier: MIT */
/* Jobs in the store, and which of them use an image. */
#include <string.h>

#include "appliance/base/error.h"
#include "appliance/station/store_private.h"
#include "images/file.h"

#define SUFFIX ".job"

static char *job_path(const struct store *store, const char *id)
{
	return g_strdup_printf("%s/%s" SUFFIX, store->jobs, id);
}

char **store_read_job_ids(const struct store *store, GError **error)
{
	char **names = store_read_folder(store->jobs, error);
	unsigned n_ids = 0;

	for (unsigned i = 0; names && names[i]; i++) {
		char *name = names[i];

		if (!g_str_has_suffix(name, SUFFIX) || !g_utf8_validate(name, -1, NULL)) {
			g_free(name);
			continue;
		}
		name[strlen(name) - strlen(SUFFIX)] = '\0';
		names[n_ids++] = name;
	}
	if (names)
		names[n_ids] = NULL;
	return names;
}

static gboolean fail_no_job(const struct store *store, const char *id, GError **error)
{
	g_auto(GStrv) ids = store_read_job_ids(store, error);

	return ids && store_fail_missing("job", id, ids, error);
}

struct job *store_read_job(const struct store *store, const char *id, GError **error)
{
	g_autofree char *path = NULL;
	g_autofree char *name = NULL;
	g_autoptr(GByteArray) bytes = NULL;

	if (!job_check_id(id, error))
		return NULL;
	path = job_path(store, id);
	if (!g_file_test(path, G_FILE_TEST_EXISTS)) {
		fail_no_job(store, id, error);
		return NULL;
	}
	bytes = file_read(path, error);
	if (!bytes) {
		store_blame(STORE_REMEDY_READ, error);
		return NULL;
	}
	name = g_strconcat(id, SUFFIX, NULL);
	return job_parse(id, name, (const char *)bytes->data, bytes->len, error);
}

static const struct job_image *find_image(const GPtrArray *images, const char *name)
{
	for (guint i = 0; i < images->len; i++) {
		const struct job_image *image = g_ptr_array_index(images, i);

		if (image->file && strcmp(image->file, name) == 0)
			return image;
	}
	return NULL;
}

bool store_is_used_by(const struct job *job, const char *name)
{
	return find_image(job->images, name) || find_image(job->eeproms, name) ||
	       g_strcmp0(job->serial_list_file, name) == 0;
}

const char *store_pinned_digest(const struct job *job, const char *name)
{
	const GPtrArray *const lists[] = { job->images, job->eeproms };

	for (unsigned i = 0; i < G_N_ELEMENTS(lists); i++) {
		const struct job_image *image = find_image(lists[i], name);

		if (image && image->digest)
			return image->digest;
	}
	return g_strcmp0(job->serial_list_file, name) == 0 ? job->serial_list_digest
							   : NULL;
}

static void free_job(void *job)
{
	job_free(job);
}

GPtrArray *store_read_jobs(const struct store *store, GError **error)
{
	g_auto(GStrv) ids = store_read_job_ids(store, error);
	GPtrArray *jobs;

	if (!ids)
		return NULL;
	jobs = g_ptr_array_new_with_free_func(free_job);
	for (unsigned i = 0; ids[i]; i++) {
		struct job *job = store_read_job(store, ids[i], NULL);

		if (job)
			g_ptr_array_add(jobs, job);
	}
	return jobs;
}

/* Is it there with other words? -1 with an error. */
static int differs(const char *path, const char *text, GError **error)
{
	g_autoptr(GByteArray) there = NULL;

	if (!g_file_test(path, G_FILE_TEST_EXISTS))
		return 0;
	there = file_read(path, error);
	if (!there)
		return -1;
	return there->len != strlen(text) || memcmp(there->data, text, there->len) != 0;
}

static gboolean put_job(const struct store *store, const char *id, const char *text,
			bool replace, GError **error)
{
	g_autofree char *path = job_path(store, id);
	g_autoptr(GBytes) bytes = g_bytes_new(text, strlen(text));
	int is_other = replace ? 0 : differs(path, text, error);

	if (is_other < 0)
		return store_blame(STORE_REMEDY_READ, error);
	if (is_other > 0) {
		g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE,
			    "there is another job \"%s\" already; replace it, or take "
			    "another name",
			    id);
		return FALSE;
	}
	return file_save(path, bytes, error) || store_blame(STORE_REMEDY_WRITE, error);
}

gboolean store_put_job(struct store *store, const char *id, const char *text,
		       bool replace, GError **error)
{
	struct job *job = NULL;
	gboolean ok;

	if (job_check_id(id, error)) {
		g_autofree char *name = g_strconcat(id, SUFFIX, NULL);

		job = job_parse(id, name, text, strlen(text), error);
	}
	if (!job)
		return FALSE;
	g_mutex_lock(&store->lock);
	ok = put_job(store, id, text, replace, error);
	g_mutex_unlock(&store->lock);
	job_free(job);
	return ok;
}

struct job *store_get_job(struct store *store, const char *id, GError **error)
{
	struct job *job;

	g_mutex_lock(&store->lock);
	job = store_read_job(store, id, error);
	g_mutex_unlock(&store->lock);
	return job;
}

static gboolean remove_job(const struct store *store, const char *id, GError **error)
{
	g_autofree char *path = job_path(store, id);

	if (!g_file_test(path, G_FILE_TEST_EXISTS))
		return fail_no_job(store, id, error);
	return file_remove(path, error) || store_blame(STORE_REMEDY_WRITE, error);
}

gboolean store_remove_job(struct store *store, const char *id, GError **error)
{
	gboolean ok;

	if (!job_check_id(id, error))
		return FALSE;
	g_mutex_lock(&store->lock);
	ok = remove_job(store, id, error);
	g_mutex_unlock(&store->lock);
	return ok;
}

char **store_list_jobs(struct store *store, GError **error)
{
	char **ids;

	g_mutex_lock(&store->lock);
	ids = store_read_job_ids(store, error);
	g_mutex_unlock(&store->lock);
	return ids;
}
