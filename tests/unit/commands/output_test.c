/* SPDX-License-Identifier: MIT */
/* What is said, and files by name. */
#include "tests/models/call_scene.h"

#include <string.h>

#define HEX ":0400000001020304F2\n:00000001FF\n"

struct talk {
	struct call_scene scene;
	struct call call;
};

static void set_up(struct talk *talk, gconstpointer unused)
{
	char *words[] = { (char *)"sixpin", NULL };

	(void)unused;
	call_scene_init(&talk->scene, "ATmega328P");
	call_init(&talk->call, &talk->scene.host, words, NULL);
}

static void tear_down(struct talk *talk, gconstpointer unused)
{
	(void)unused;
	call_clear(&talk->call);
	call_scene_clear(&talk->scene);
}

static void test_say(struct talk *talk, gconstpointer unused)
{
	(void)unused;
	call_say(&talk->call, "%d of %d", 1, 2);
	g_assert_cmpstr(talk->scene.out->str, ==, "1 of 2\n");
	talk->call.data_on_stdout = TRUE;
	call_say(&talk->call, "aside");
	g_assert_cmpstr(talk->scene.out->str, ==, "1 of 2\n");
	g_assert_cmpstr(talk->scene.err->str, ==, "aside\n");
}

static void test_silent_for_machines(struct talk *talk, gconstpointer unused)
{
	(void)unused;
	talk->call.json = TRUE;
	call_say(&talk->call, "no");
	talk->call.json = FALSE;
	talk->call.quiet = TRUE;
	call_say(&talk->call, "no");
	g_assert_cmpstr(talk->scene.out->str, ==, "");
	call_note(&talk->call, "but %s", "this");
	g_assert_cmpstr(talk->scene.err->str, ==, "sixpin: note: but this\n");
	talk->call.mutes_notes = true;
	call_note(&talk->call, "no");
	g_assert_cmpstr(talk->scene.err->str, ==, "sixpin: note: but this\n");
}

static JsonObject *members_of(struct talk *talk)
{
	json_builder_end_object(talk->call.result);
	talk->call.root = json_builder_get_root(talk->call.result);
	return json_node_get_object(talk->call.root);
}

static void test_string_that_is_no_utf8(struct talk *talk, gconstpointer unused)
{
	(void)unused;
	call_add_string(&talk->call, "file", "b\xE4r");
	g_assert_cmpstr(json_object_get_string_member(members_of(talk), "file"), ==,
			"b\xEF\xBF\xBDr");
}

/* A second try says once more what it found. */
static void test_later_member_takes_the_place(struct talk *talk, gconstpointer unused)
{
	JsonObject *members;

	(void)unused;
	call_add_int(&talk->call, "sck_hz", 1);
	call_add_int(&talk->call, "sck_hz", 2);
	members = members_of(talk);
	g_assert_cmpuint(json_object_get_size(members), ==, 1);
	g_assert_cmpint(json_object_get_int_member(members, "sck_hz"), ==, 2);
}

static void test_file_of_the_caller(struct talk *talk, gconstpointer unused)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GByteArray) bytes = NULL;

	(void)unused;
	call_scene_file(&talk->scene, "app.hex", HEX);
	bytes = call_read_file(&talk->call, "app.hex", &error);
	g_assert_cmpmem(bytes->data, bytes->len, HEX, strlen(HEX));
	g_assert_null(call_read_file(&talk->call, "no.hex", &error));
	g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_IO);
}

/* In a job a name is the store's, whatever file of that name the caller has. */
static void test_file_of_a_job(struct talk *talk, gconstpointer unused)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GByteArray) bytes = NULL;
	struct job *job;

	(void)unused;
	call_scene_image(&talk->scene, "app.hex", HEX);
	call_scene_job(&talk->scene, "blink",
		       "[job]\npart=ATmega328P\n[image app]\nfile=app.hex\n");
	call_scene_file(&talk->scene, "app.hex", "garbage");
	job = store_get_job(talk->scene.store, "blink", &error);
	talk->call.job = job;
	bytes = call_read_file(&talk->call, "app.hex", &error);
	g_assert_no_error(error);
	g_assert_cmpmem(bytes->data, bytes->len, HEX, strlen(HEX));
	g_assert_null(call_read_file(&talk->call, "no.hex", &error));
	g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE);
	g_assert_cmpstr(error->message, ==, "there is no image \"no.hex\"");
	job_free(job);
}

static void test_image_without_bytes(struct talk *talk, gconstpointer unused)
{
	g_autoptr(GError) error = NULL;

	(void)unused;
	call_scene_file(&talk->scene, "empty.hex", ":00000001FF\n");
	g_assert_null(call_load_some(&talk->call, "empty.hex", &error));
	g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_IMAGE);
	g_assert_cmpstr(error->message, ==,
			"empty.hex: the file is well formed but has no bytes to write");
}

static void test_output_formats(struct talk *talk, gconstpointer unused)
{
	g_autoptr(GError) error = NULL;

	(void)unused;
	g_assert_cmpstr(call_output_format(NULL, &error)->name, ==, "ihex");
	g_assert_null(call_output_format("elf", &error));
	g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE);
	g_assert_cmpstr(error->message, ==,
			"\"elf\" is no format to write; there are ihex, srec, bin");
}

static void test_saved_file_goes_to_the_host(struct talk *talk, gconstpointer unused)
{
	g_autoptr(GError) error = NULL;
	image_autofree struct image *image = NULL;
	GBytes *written;

	(void)unused;
	call_scene_file(&talk->scene, "app.hex", HEX);
	image = call_load(&talk->call, "app.hex", NULL, &error);
	g_assert_true(
		call_save(&talk->call, image, "out.bin", &image_format_bin, &error));
	written = g_hash_table_lookup(talk->scene.written, "out.bin");
	g_assert_cmpmem(g_bytes_get_data(written, NULL), g_bytes_get_size(written),
			"\1\2\3\4", 4);
}

static const struct {
	const char *path;
	void (*func)(struct talk *talk, gconstpointer unused);
} tests[] = {
	{ "say", test_say },
	{ "silent-for-machines", test_silent_for_machines },
	{ "string-that-is-no-utf8", test_string_that_is_no_utf8 },
	{ "later-member-takes-the-place", test_later_member_takes_the_place },
	{ "file-of-the-caller", test_file_of_the_caller },
	{ "file-of-a-job", test_file_of_a_job },
	{ "image-without-bytes", test_image_without_bytes },
	{ "output-formats", test_output_formats },
	{ "saved-file-goes-to-the-host", test_saved_file_goes_to_the_host },
};

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (unsigned i = 0; i < G_N_ELEMENTS(tests); i++) {
		g_autofree char *path = g_strconcat("/output/", tests[i].path, NULL);

		g_test_add(path, struct talk, NULL, set_up, tests[i].func, tear_down);
	}
	return g_test_run();
}
