/* SPDX-License-Identifier: MIT */
/* Jobs between the store, which keeps them, and the journal, which counts them. */
#include "appliance/commands/jobs.h"

#include "appliance/base/error.h"
#include "appliance/commands/job_run.h"
#include "images/file.h"

#include <string.h>

static struct store *open_store(struct call *call, GError **error)
{
	return call->host->ops->store(call->host, error);
}

static struct journal *open_journal(struct call *call, GError **error)
{
	return call->host->ops->journal(call->host, error);
}

static char *file_digest(struct store *store, const char *name, GError **error)
{
	g_autofree char *path = store_image_path(store, name, error);
	g_autoptr(GByteArray) bytes = path ? file_read(path, error) : NULL;
	image_autofree struct image *image =
		bytes ? image_parse(name, bytes, NULL, 0, NULL, error) : NULL;

	return image ? image_digest(image) : NULL;
}

static gboolean add_digest(struct call *call, struct store *store,
			   const struct job_image *image, const char *kind,
			   GHashTable *digests, GError **error)
{
	char *digest;

	if (image->digest)
		return TRUE;
	digest = image->file ? file_digest(store, image->file, error)
			     : job_catalogue_digest(call, image->catalogue, error);
	if (digest)
		g_hash_table_insert(digests, g_strdup_printf("%s %s", kind, image->name),
				    digest);
	return digest != NULL;
}

static gboolean add_list_digest(struct store *store, const struct job *job,
				GHashTable *digests, GError **error)
{
	char *digest = NULL;
	g_auto(GStrv) lines = NULL;

	if (!job->serial_list_file || job->serial_list_digest)
		return TRUE;
	lines = store_load_serial_list(store, job->serial_list_file, &digest, error);
	if (lines)
		g_hash_table_insert(digests, g_strdup("serial"), digest);
	return lines != NULL;
}

/* What the files hold now is what the job means. */
static char *pin(struct call *call, struct store *store, const struct job *job,
		 GError **error)
{
	g_autoptr(GHashTable) digests =
		g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);

	for (unsigned i = 0; i < job->images->len; i++)
		if (!add_digest(call, store, job->images->pdata[i], "image", digests,
				error))
			return NULL;
	for (unsigned i = 0; i < job->eeproms->len; i++)
		if (!add_digest(call, store, job->eeproms->pdata[i], "eeprom", digests,
				error))
			return NULL;
	if (!add_list_digest(store, job, digests, error))
		return NULL;
	return job_pin(job, digests);
}

static gboolean check_text(struct call *call, const char *id, const char *name,
			   const char *text, GError **error)
{
	struct job *job = job_parse(id, name, text, strlen(text), error);
	gboolean ok = job && job_run_check(call, job, error);

	job_free(job);
	return ok;
}

char *jobs_check_text(struct call *call, const char *id, const char *name,
		      const char *text, gsize n_bytes, GError **error)
{
	struct store *store = open_store(call, error);
	struct job *job = store ? job_parse(id, name, text, n_bytes, error) : NULL;
	g_autofree char *pinned = job ? pin(call, store, job, error) : NULL;

	job_free(job);
	return pinned && check_text(call, id, name, pinned, error)
		       ? g_steal_pointer(&pinned)
		       : NULL;
}

gboolean jobs_put(struct call *call, const char *id, const char *name, const char *text,
		  gsize n_bytes, bool replace, GError **error)
{
	g_autofree char *pinned = jobs_check_text(call, id, name, text, n_bytes, error);

	return pinned &&
	       store_put_job(open_store(call, error), id, pinned, replace, error);
}

gboolean jobs_check(struct call *call, const char *id, GError **error)
{
	struct store *store = open_store(call, error);
	struct job *job = store ? store_get_job(store, id, error) : NULL;
	gboolean ok = job && job_run_check(call, job, error);

	job_free(job);
	return ok;
}

static void tell_selected(struct call *call, const char *id)
{
	if (call->host->ops->selected)
		call->host->ops->selected(call->host, id);
}

gboolean jobs_select(struct call *call, const char *id, GError **error)
{
	struct journal *journal = open_journal(call, error);

	if (!journal || (strcmp(id, JOB_AUTO) != 0 && !jobs_check(call, id, error)) ||
	    !journal_set_setting(journal, SETTING_SELECTED_JOB, id, error))
		return FALSE;
	tell_selected(call, id);
	return TRUE;
}

char *jobs_selected(struct call *call, GError **error)
{
	struct journal *journal = open_journal(call, error);

	return journal ? journal_get_setting(journal, SETTING_SELECTED_JOB, error) : NULL;
}

static unsigned index_of(char **ids, const char *id)
{
	for (unsigned i = 0; ids[i]; i++)
		if (g_strcmp0(ids[i], id) == 0)
			return i;
	return g_strv_length(ids) - 1;
}

gboolean jobs_select_next(struct call *call, unsigned *number, GError **error)
{
	struct store *store = open_store(call, error);
	g_auto(GStrv) ids = store ? store_list_jobs(store, error) : NULL;
	g_autofree char *selected = ids ? jobs_selected(call, error) : NULL;
	unsigned n_ids = ids ? g_strv_length(ids) : 0;
	unsigned from = n_ids ? index_of(ids, selected) : 0;
	g_autoptr(GError) failure = NULL;

	*number = 0;
	for (unsigned i = 1; i <= n_ids && !*number; i++) {
		unsigned next = (from + i) % n_ids;

		if (jobs_select(call, ids[next], failure ? NULL : &failure))
			*number = next + 1;
	}
	if (!*number && failure)
		g_propagate_error(error, g_steal_pointer(&failure));
	return ids && (*number || !n_ids);
}

static bool has_signature(const struct job *job, const char *signature)
{
	g_autofree char *text =
		g_strdup_printf("%02X%02X%02X", job->part->signature[0],
				job->part->signature[1], job->part->signature[2]);

	return job->automatic && strcmp(text, signature) == 0;
}

/* Jobs that do not parse are told of by "job list"; they pick nothing. */
static GPtrArray *find_automatic(struct store *store, char **ids, const char *signature)
{
	GPtrArray *found = g_ptr_array_new();

	for (unsigned i = 0; ids[i]; i++) {
		struct job *job = store_get_job(store, ids[i], NULL);

		if (job && has_signature(job, signature))
			g_ptr_array_add(found, ids[i]);
		job_free(job);
	}
	return found;
}

char *jobs_pick(struct call *call, const char *signature, GError **error)
{
	struct store *store = open_store(call, error);
	g_auto(GStrv) ids = store ? store_list_jobs(store, error) : NULL;
	g_autoptr(GPtrArray) found = NULL;
	g_autofree char *names = NULL;

	if (!ids)
		return NULL;
	found = find_automatic(store, ids, signature);
	if (found->len == 1)
		return g_strdup(found->pdata[0]);
	g_ptr_array_add(found, NULL);
	names = g_strjoinv(", ", (char **)found->pdata);
	if (found->len == 1)
		g_set_error(
			error, SIXPIN_ERROR, SIXPIN_ERROR_WRONG_PART,
			"signature %s: no job with auto=yes is for this part; nothing "
			"was changed",
			signature);
	else
		g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE,
			    "signature %s: several jobs with auto=yes are for this part: "
			    "%s; leave auto to one of them",
			    signature, names);
	return NULL;
}

/* Without the lines of its list, where they cannot be read, no number is the next. */
static GVariant *ask_status(struct call *call, const struct job *job, GError **error)
{
	struct journal *journal = open_journal(call, error);
	g_auto(GStrv) serials =
		job->serial_list_file
			? store_load_serial_list(open_store(call, NULL),
						 job->serial_list_file, NULL, NULL)
			: NULL;
	struct run_claim claim = job->claim;

	claim.serial_list = (const char *const *)serials;
	return journal ? journal_job_status(journal, job->id, &claim, error) : NULL;
}

static void add_counts(struct call *call, const struct job *job, GVariantDict *facts)
{
	g_autoptr(GError) failure = NULL;
	g_autoptr(GVariant) status = ask_status(call, job, &failure);
	GVariantIter iter;
	const char *name;
	GVariant *value;

	if (!status) {
		g_variant_dict_insert(facts, "problem", "s", failure->message);
		return;
	}
	g_variant_iter_init(&iter, status);
	while (g_variant_iter_loop(&iter, "{&sv}", &name, &value))
		g_variant_dict_insert_value(facts, name, value);
}

static void add_job(struct call *call, struct job *job, GVariantDict *facts)
{
	g_autoptr(GError) problem = NULL;

	g_variant_dict_insert(facts, "title", "s", job->title ? job->title : "");
	g_variant_dict_insert(facts, "part", "s", job->part->name);
	g_variant_dict_insert(facts, "automatic", "b", (gboolean)job->automatic);
	g_variant_dict_insert(facts, "digest", "s", job->digest);
	add_counts(call, job, facts);
	if (!job_run_check(call, job, &problem))
		g_variant_dict_insert(facts, "problem", "s", problem->message);
}

GVariant *jobs_describe(struct call *call, const char *id, unsigned number,
			GError **error)
{
	g_autofree char *selected = jobs_selected(call, NULL);
	struct store *store = open_store(call, error);
	g_autoptr(GError) problem = NULL;
	struct job *job = store ? store_get_job(store, id, &problem) : NULL;
	GVariantDict facts;

	if (!store)
		return NULL;
	g_variant_dict_init(&facts, NULL);
	g_variant_dict_insert(&facts, "id", "s", id);
	g_variant_dict_insert(&facts, "number", "u", number);
	g_variant_dict_insert(&facts, "selected", "b",
			      (gboolean)(g_strcmp0(selected, id) == 0));
	if (job)
		add_job(call, job, &facts);
	else
		g_variant_dict_insert(&facts, "problem", "s", problem->message);
	job_free(job);
	return g_variant_ref_sink(g_variant_dict_end(&facts));
}

GVariant *jobs_list(struct call *call, GError **error)
{
	struct store *store = open_store(call, error);
	g_auto(GStrv) ids = store ? store_list_jobs(store, error) : NULL;
	GVariantBuilder list;

	if (!ids)
		return NULL;
	g_variant_builder_init(&list, G_VARIANT_TYPE("aa{sv}"));
	for (unsigned i = 0; ids[i]; i++) {
		g_autoptr(GVariant) job = jobs_describe(call, ids[i], i + 1, NULL);

		if (job)
			g_variant_builder_add_value(&list, job);
	}
	return g_variant_ref_sink(g_variant_builder_end(&list));
}

gboolean jobs_remove(struct call *call, const char *id, GError **error)
{
	struct store *store = open_store(call, error);
	struct journal *journal = store ? open_journal(call, error) : NULL;
	g_autofree char *selected = NULL;

	if (!journal || !store_remove_job(store, id, error))
		return FALSE;
	selected = journal_get_setting(journal, SETTING_SELECTED_JOB, NULL);
	if (g_strcmp0(selected, id) != 0)
		return TRUE;
	if (!journal_set_setting(journal, SETTING_SELECTED_JOB, NULL, error))
		return FALSE;
	tell_selected(call, NULL);
	return TRUE;
}

gboolean jobs_reset(struct call *call, const char *id, GError **error)
{
	struct store *store = open_store(call, error);
	struct journal *journal = store ? open_journal(call, error) : NULL;
	struct job *job = journal ? store_get_job(store, id, error) : NULL;
	gboolean ok = job && journal_reset_job(journal, id, error);

	job_free(job);
	return ok;
}
