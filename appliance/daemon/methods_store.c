/* SPDX-License-Identifier: MIT */
/* Jobs and images: methods of org.sixpin.Station1. */
#include "appliance/commands/images.h"
#include "appliance/commands/jobs.h"
#include "appliance/daemon/private_file.h"
#include "appliance/daemon/request.h"
#include "images/file.h"

#include <string.h>

static gboolean list_jobs(struct request *request, struct call *call, GError **error)
{
	g_autoptr(GVariant) jobs = jobs_list(call, error);

	if (jobs)
		request_reply(request, g_variant_new("(@aa{sv})", jobs));
	return jobs != NULL;
}

static gboolean get_job(struct request *request, struct call *call, GError **error)
{
	const char *id = request_parameter(request, 0);
	struct job *job = store_get_job(request->hub->store, id, error);
	g_autoptr(GVariant) facts = job ? jobs_describe(call, id, 0, error) : NULL;

	if (facts)
		request_reply(request, g_variant_new("(s@a{sv})", job->text, facts));
	job_free(job);
	return facts != NULL;
}

static gboolean check_job(struct request *request, struct call *call, GError **error)
{
	const char *id = request_parameter(request, 0);
	const char *text = request_parameter(request, 1);
	g_autofree char *pinned =
		jobs_check_text(call, id, id, text, strlen(text), error);
	GVariantDict facts;

	if (!pinned)
		return FALSE;
	g_variant_dict_init(&facts, NULL);
	g_variant_dict_insert(&facts, "text", "s", pinned);
	request_reply(request, g_variant_new("(@a{sv})", g_variant_dict_end(&facts)));
	return TRUE;
}

static gboolean put_job(struct request *request, struct call *call, GError **error)
{
	const char *id = request_parameter(request, 0);
	const char *text = request_parameter(request, 1);

	return jobs_put(call, id, id, text, strlen(text),
			request_flag(request, "replace"), error);
}

static gboolean remove_job(struct request *request, struct call *call, GError **error)
{
	return jobs_remove(call, request_parameter(request, 0), error);
}

static gboolean select_job(struct request *request, struct call *call, GError **error)
{
	return jobs_select(call, request_parameter(request, 0), error);
}

static gboolean reset_job(struct request *request, struct call *call, GError **error)
{
	return jobs_reset(call, request_parameter(request, 0), error);
}

static gboolean list_images(struct request *request, struct call *call, GError **error)
{
	g_autoptr(GVariant) images = store_list_images(request->hub->store, error);

	if (images)
		request_reply(request, g_variant_new("(@aa{sv})", images));
	return images != NULL;
}

static GBytes *copy_file(struct request *request, GError **error)
{
	gint32 index;
	int fd;

	g_variant_get_child(request->parameters, 1, "h", &index);
	fd = request_fd(request, index, error);
	return fd >= 0 ? private_copy(request_parameter(request, 0), fd, error) : NULL;
}

static gboolean add_image(struct request *request, struct call *call, GError **error)
{
	g_autoptr(GBytes) content = copy_file(request, error);
	g_autofree char *digest = NULL;

	if (!content ||
	    !store_add_image(request->hub->store, request_parameter(request, 0), content,
			     request_flag(request, "replace"), &digest, error))
		return FALSE;
	request_reply(request, g_variant_new("(s)", digest));
	return TRUE;
}

static gboolean reply_file(struct request *request, GBytes *bytes, GError **error)
{
	int index = request_add_file(request, bytes, error);

	if (index >= 0)
		request_reply(request, g_variant_new("(h)", index));
	return index >= 0;
}

static gboolean get_image(struct request *request, struct call *call, GError **error)
{
	g_autofree char *path = store_image_path(request->hub->store,
						 request_parameter(request, 0), error);
	g_autoptr(GByteArray) bytes = path ? file_read(path, error) : NULL;
	g_autoptr(GBytes) content = NULL;

	if (!bytes)
		return FALSE;
	content = g_byte_array_free_to_bytes(g_steal_pointer(&bytes));
	return reply_file(request, content, error);
}

static gboolean describe_image(struct request *request, struct call *call, GError **error)
{
	g_autoptr(GVariant) facts =
		images_describe(call, request_parameter(request, 0), error);

	if (facts)
		request_reply(request, g_variant_new("(@a{sv})", facts));
	return facts != NULL;
}

static gboolean remove_image(struct request *request, struct call *call, GError **error)
{
	return store_remove_image(request->hub->store, request_parameter(request, 0),
				  error);
}

const struct method store_methods[] = {
	{ "ListJobs", .consult = list_jobs },
	{ "GetJob", .consult = get_job },
	{ "CheckJob", .consult = check_job },
	{ "PutJob", { { "replace", "b" } }, .consult = put_job },
	{ "RemoveJob", .consult = remove_job },
	{ "SelectJob", .consult = select_job },
	{ "ResetJob", .consult = reset_job },
	{ "ListImages", .consult = list_images },
	{ "DescribeImage", .consult = describe_image },
	{ "AddImage", { { "replace", "b" } }, .consult = add_image },
	{ "GetImage", .consult = get_image },
	{ "RemoveImage", .consult = remove_image },
	{ NULL },
};
