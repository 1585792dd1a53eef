/* SPDX-License-Identifier: MIT */
/* Lines of guides: any text. What is made of one is a job whose files are named. */
#include <string.h>

#include "appliance/base/error.h"
#include "appliance/station/job.h"
#include "appliance/station/store.h"
#include "tests/fuzz/target.h"

static void check_error(const GError *error)
{
	g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE);
	g_assert_true(g_utf8_validate(error->message, -1, NULL));
	g_assert_null(strpbrk(error->message, "\r\n"));
}

static bool ends_with_name(const char *path, const char *name)
{
	size_t length = strlen(path), n_name = strlen(name);

	return g_str_has_suffix(path, name) &&
	       (length == n_name || strchr("/\\", path[length - n_name - 1]));
}

static void check_files(const struct job *job, const GPtrArray *files)
{
	const GPtrArray *const lists[] = { job->images, job->eeproms };

	for (unsigned i = 0; i < G_N_ELEMENTS(lists); i++)
		for (guint j = 0; j < lists[i]->len; j++) {
			const struct job_image *image = g_ptr_array_index(lists[i], j);
			unsigned n_found = 0;

			for (guint k = 0; k < files->len; k++)
				n_found += ends_with_name(g_ptr_array_index(files, k),
							  image->file);
			g_assert_cmpuint(n_found, ==, 1);
		}
	g_assert_cmpuint(files->len, <=, job->images->len + job->eeproms->len);
}

static void check_text(const char *text, const GPtrArray *files)
{
	g_autoptr(GError) error = NULL;
	struct job *job = job_parse("some", "some.job", text, strlen(text), &error);

	g_assert_no_error(error);
	g_assert_true(g_str_has_prefix(text, "# Made of this line:\n#   "));
	g_assert_false(job->claim.has_serial);
	check_files(job, files);
	job_free(job);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes)
{
	g_autoptr(GPtrArray) files = g_ptr_array_new_with_free_func(g_free);
	g_autofree char *line = g_strndup(n_bytes ? (const char *)data : "", n_bytes);
	g_autoptr(GError) error = NULL;
	g_autofree char *text = job_from_avrdude(line, files, &error);

	g_assert_true((text == NULL) == (error != NULL));
	if (text) {
		check_text(text, files);
		return 0;
	}
	check_error(error);
	g_assert_cmpuint(files->len, ==, 0);
	return 0;
}
