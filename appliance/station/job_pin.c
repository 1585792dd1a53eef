/* SPDX-License-Identifier: MIT */
/*
 * Pinning: digests put into the text of a job, and nothing else of it changed. A digest's
 * line follows the one that names its file.
 */
#include <string.h>

#include "appliance/base/error.h"
#include "appliance/station/job_keys.h"

/* What can be pinned: a group, and its key that names the content. */
struct pin {
	char *group;
	const char *key;
	const char *content;
	bool has_digest;
};

static void pin_clear(void *pin)
{
	g_free(((struct pin *)pin)->group);
}

static void add_images(GArray *pins, const GPtrArray *images, const char *kind)
{
	for (guint i = 0; i < images->len; i++) {
		const struct job_image *image = g_ptr_array_index(images, i);
		struct pin pin = {
			.group = g_strdup_printf("%s %s", kind, image->name),
			.key = image->file ? "file" : "catalogue",
			.content = image->file ? image->file : image->catalogue,
			.has_digest = image->digest != NULL,
		};

		g_array_append_val(pins, pin);
	}
}

/* Free with g_array_unref. */
static GArray *find_pins(const struct job *job)
{
	GArray *pins = g_array_new(FALSE, FALSE, sizeof(struct pin));

	g_array_set_clear_func(pins, pin_clear);
	add_images(pins, job->images, "image");
	add_images(pins, job->eeproms, "eeprom");
	if (job->serial_list_file) {
		struct pin pin = {
			.group = g_strdup("serial"),
			.key = "list",
			.content = job->serial_list_file,
			.has_digest = job->serial_list_digest != NULL,
		};

		g_array_append_val(pins, pin);
	}
	return pins;
}

/* Digests by the line that each comes behind. */
static GHashTable *find_lines(const struct job *job, GHashTable *digests)
{
	GHashTable *lines = g_hash_table_new(g_direct_hash, g_direct_equal);
	g_autoptr(GArray) pins = find_pins(job);
	key_file_autofree struct key_file *file =
		key_file_parse(job->id, job->text, strlen(job->text), NULL);

	g_assert(file);
	for (guint i = 0; i < pins->len; i++) {
		const struct pin *pin = &g_array_index(pins, struct pin, i);
		char *digest = g_hash_table_lookup(digests, pin->group);
		unsigned line = key_file_line(file, pin->group, pin->key);

		if (digest && !pin->has_digest)
			g_hash_table_insert(lines, GUINT_TO_POINTER(line), digest);
	}
	return lines;
}

char *job_pin(const struct job *job, GHashTable *digests)
{
	g_autoptr(GHashTable) pinned = find_lines(job, digests);
	GString *text = g_string_new(NULL);
	const char *line_end = "\n", *at = job->text;

	for (unsigned line = 1; *at; line++) {
		const char *digest = g_hash_table_lookup(pinned, GUINT_TO_POINTER(line));
		size_t length = strcspn(at, "\n");
		bool is_open = at[length] == '\0'; /* the last, without an end */

		if (!is_open)
			line_end = length > 0 && at[length - 1] == '\r' ? "\r\n" : "\n";
		g_string_append_len(text, at, (gssize)(is_open ? length : length + 1));
		at += is_open ? length : length + 1;
		if (digest && is_open)
			g_string_append_printf(text, "%sdigest=%s", line_end, digest);
		else if (digest)
			g_string_append_printf(text, "digest=%s%s", digest, line_end);
	}
	return g_string_free(text, FALSE);
}

gboolean job_check_pinned(const struct job *job, GError **error)
{
	g_autoptr(GArray) pins = find_pins(job);

	for (guint i = 0; i < pins->len; i++) {
		const struct pin *pin = &g_array_index(pins, struct pin, i);

		if (pin->has_digest)
			continue;
		g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE,
			    "[%s] does not say which content of %s it means; pin the job "
			    "(\"sixpin job add --replace\"), which adds a line "
			    "digest=... below %s=%s",
			    pin->group, pin->content, pin->key, pin->content);
		return FALSE;
	}
	return TRUE;
}
