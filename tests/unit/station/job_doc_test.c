/* SPDX-License-Identifier: MIT */
/* docs/jobs.md against the keys there are, both ways, and its examples against the
 * reader. */
#include <string.h>

#include "appliance/base/error.h"
#include "appliance/station/job.h"

#define DOCUMENT "docs/jobs.md"

static char **lines_of_document(void)
{
	g_autofree char *text = NULL;
	g_autoptr(GError) error = NULL;

	g_assert_true(g_file_get_contents(DOCUMENT, &text, NULL, &error));
	return g_strsplit(text, "\n", -1);
}

/* "## [image NAME]" -> "image *"; NULL for other headings. Free with g_free. */
static char *group_of_heading(const char *line)
{
	const char *end = strchr(line, ']');
	g_autoptr(GString) group = NULL;

	if (!g_str_has_prefix(line, "## [") || !end)
		return NULL;
	group = g_string_new_len(line + 4, end - line - 4);
	g_string_replace(group, "NAME", "*", 1);
	return g_strdup(group->str);
}

/* "| `file` | ..." -> "file"; the word FIELD is any key. Free with g_free. */
static char *key_of_row(const char *line)
{
	const char *end = g_str_has_prefix(line, "| `") ? strchr(line + 3, '`') : NULL;
	g_autofree char *key = end ? g_strndup(line + 3, (gsize)(end - line - 3)) : NULL;

	return g_strcmp0(key, "FIELD") == 0 ? g_strdup("*") : g_steal_pointer(&key);
}

static const struct key_file_group *find_group(const char *name)
{
	for (const struct key_file_group *group = job_groups; group->name; group++)
		if (strcmp(group->name, name) == 0)
			return group;
	return NULL;
}

/* "GROUP KEY" of each row below a head line of keys. */
static GHashTable *documented_keys(void)
{
	GHashTable *keys = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	g_auto(GStrv) lines = lines_of_document();
	g_autofree char *group = NULL;
	bool in_table = false;

	for (unsigned i = 0; lines[i]; i++) {
		g_autofree char *key = key_of_row(lines[i]);

		if (g_str_has_prefix(lines[i], "## ")) {
			g_free(group);
			group = group_of_heading(lines[i]);
		}
		if (g_str_has_prefix(lines[i], "| key |"))
			in_table = true;
		else if (lines[i][0] != '|')
			in_table = false;
		if (!in_table || !key)
			continue;
		g_assert_nonnull(group);
		g_assert_true(
			g_hash_table_add(keys, g_strdup_printf("%s %s", group, key)));
	}
	return keys;
}

static void test_each_key_is_documented(void)
{
	g_autoptr(GHashTable) keys = documented_keys();

	for (const struct key_file_group *group = job_groups; group->name; group++)
		for (const char *const *key = group->keys; *key; key++) {
			g_autofree char *name =
				g_strdup_printf("%s %s", group->name, *key);

			if (!g_hash_table_contains(keys, name))
				g_test_message("%s: not there: %s", DOCUMENT, name);
			g_assert_true(g_hash_table_contains(keys, name));
		}
}

static bool has_key(const struct key_file_group *group, const char *key)
{
	for (const char *const *known = group->keys; *known; known++)
		if (strcmp(*known, key) == 0)
			return true;
	return false;
}

static void test_each_documented_key_is_known(void)
{
	g_autoptr(GHashTable) keys = documented_keys();
	GHashTableIter all;
	void *name;

	g_assert_cmpuint(g_hash_table_size(keys), >=, 30);
	g_hash_table_iter_init(&all, keys);
	while (g_hash_table_iter_next(&all, &name, NULL)) {
		const char *key = strrchr(name, ' ') + 1;
		g_autofree char *group = g_strndup(name, (gsize)(key - 1 - (char *)name));
		const struct key_file_group *known = find_group(group);

		if (!known || !has_key(known, key))
			g_test_message("%s: no such key: %s", DOCUMENT, (char *)name);
		g_assert_true(known && has_key(known, key));
	}
}

static void parse(const char *text)
{
	g_autoptr(GError) error = NULL;
	struct job *job = job_parse("example", DOCUMENT, text, strlen(text), &error);

	g_assert_no_error(error);
	job_free(job);
}

static void test_each_example_is_a_job(void)
{
	g_auto(GStrv) lines = lines_of_document();
	g_autoptr(GString) example = NULL;
	unsigned n_examples = 0;

	for (unsigned i = 0; lines[i]; i++) {
		if (strcmp(lines[i], "```ini") == 0) {
			example = g_string_new(NULL);
		} else if (example && strcmp(lines[i], "```") == 0) {
			parse(example->str);
			g_string_free(g_steal_pointer(&example), TRUE);
			n_examples++;
		} else if (example) {
			g_string_append_printf(example, "%s\n", lines[i]);
		}
	}
	g_assert_null(example);
	g_assert_cmpuint(n_examples, ==, 3);
}

/* The line of a guide is the document's last block. */
static void test_the_guides_line_becomes_a_job(void)
{
	g_autoptr(GPtrArray) files = g_ptr_array_new_with_free_func(g_free);
	g_auto(GStrv) lines = lines_of_document();
	unsigned n_lines = 0;

	for (unsigned i = 0; lines[i]; i++) {
		g_autofree char *text = NULL;

		if (!g_str_has_prefix(lines[i], "    avrdude "))
			continue;
		text = job_from_avrdude(lines[i], files, NULL);
		g_assert_nonnull(text);
		n_lines++;
	}
	g_assert_cmpuint(n_lines, ==, 1);
	g_assert_cmpstr(g_ptr_array_index(files, 0), ==, "boot.hex");
}

static void test_the_error_is_what_is_said(void)
{
	static const char text[] = "[job]\npart=ATmega328P\nsck=500\n";
	g_autofree char *document = NULL;
	g_autoptr(GError) error = NULL;

	g_assert_true(g_file_get_contents(DOCUMENT, &document, NULL, NULL));
	g_assert_null(job_parse("blink", "blink.job", text, strlen(text), &error));
	g_assert_nonnull(strstr(document, error->message));
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/job_doc/each-key-is-documented", test_each_key_is_documented);
	g_test_add_func("/job_doc/each-documented-key-is-known",
			test_each_documented_key_is_known);
	g_test_add_func("/job_doc/each-example-is-a-job", test_each_example_is_a_job);
	g_test_add_func("/job_doc/the-guides-line-becomes-a-job",
			test_the_guides_line_becomes_a_job);
	g_test_add_func("/job_doc/the-error-is-what-is-said",
			test_the_error_is_what_is_said);
	return g_test_run();
}
