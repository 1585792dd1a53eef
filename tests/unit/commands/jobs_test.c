/* SPDX-License-Identifier: MIT */
/* The station's jobs between store and journal, and the command "job". */
#include "appliance/commands/jobs.h"

#include <string.h>

#include "tests/models/call_scene.h"

#define HEX    ":0400000001020304F2\n:00000001FF\n"
#define DIGEST "b88e17583362578780fb4a546b45c14d458a72d719c1f09c2cb649bf92c7ded1"
#define JOB    "[job]\npart=ATmega328P\n[image app]\nfile=app.hex\n"
#define PINNED JOB "digest=" DIGEST "\n"

struct shop {
	struct call_scene scene;
	struct call call; /* with settings */
};

static void set_up(struct shop *shop, gconstpointer unused)
{
	char *words[] = { (char *)"sixpin", NULL };
	g_autoptr(GError) error = NULL;

	(void)unused;
	call_scene_init(&shop->scene, "ATmega328P");
	call_scene_image(&shop->scene, "app.hex", HEX);
	call_init(&shop->call, &shop->scene.host, words, NULL);
	g_assert_true(call_make_settings(&shop->call, &error));
}

static void tear_down(struct shop *shop, gconstpointer unused)
{
	(void)unused;
	call_clear(&shop->call);
	call_scene_clear(&shop->scene);
}

static void put(struct shop *shop, const char *id, const char *text)
{
	g_autoptr(GError) error = NULL;

	jobs_put(&shop->call, id, id, text, strlen(text), true, &error);
	g_assert_no_error(error);
}

/* By hand, as nobody else would let it in. */
static void put_unchecked(struct shop *shop, const char *id, const char *text)
{
	g_autofree char *name = g_strconcat(id, ".job", NULL);
	g_autofree char *path = g_build_filename(shop->scene.folder, "jobs", name, NULL);

	g_assert_true(g_file_set_contents(path, text, -1, NULL));
}

static void test_put_pins(struct shop *shop, gconstpointer unused)
{
	g_autoptr(GError) error = NULL;
	struct job *job;

	(void)unused;
	put(shop, "blink", JOB);
	job = store_get_job(shop->scene.store, "blink", &error);
	g_assert_no_error(error);
	g_assert_cmpstr(job->text, ==, PINNED);
	job_free(job);
}

static void test_check_keeps_nothing(struct shop *shop, gconstpointer unused)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *text = NULL;
	g_auto(GStrv) ids = NULL;

	(void)unused;
	text = jobs_check_text(&shop->call, "blink", "blink.job", JOB, strlen(JOB),
			       &error);
	g_assert_no_error(error);
	g_assert_cmpstr(text, ==, PINNED);
	ids = store_list_jobs(shop->scene.store, &error);
	g_assert_cmpuint(g_strv_length(ids), ==, 0);
}

static void test_image_that_is_missing(struct shop *shop, gconstpointer unused)
{
	static const char text[] = "[job]\npart=ATmega328P\n[image app]\nfile=ap.hex\n";
	g_autoptr(GError) error = NULL;

	(void)unused;
	g_assert_false(jobs_put(&shop->call, "blink", "blink.job", text, strlen(text),
				true, &error));
	g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE);
	g_assert_cmpstr(error->message, ==,
			"there is no image \"ap.hex\"; nearest: app.hex");
}

static void test_part_that_is_too_small(struct shop *shop, gconstpointer unused)
{
	static const char text[] = "[job]\npart=ATtiny13\n[image app]\nfile=far.hex\n";
	g_autoptr(GError) error = NULL;

	(void)unused;
	call_scene_image(&shop->scene, "far.hex", ":0404000001020304EE\n:00000001FF\n");
	g_assert_false(jobs_put(&shop->call, "blink", "blink.job", text, strlen(text),
				true, &error));
	g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_IMAGE);
	g_assert_cmpstr(
		error->message, ==,
		"job blink: far.hex: bytes at 0x00400-0x00403 are beyond the flash "
		"of ATtiny13, which ends at 0x003FF");
}

static void test_select(struct shop *shop, gconstpointer unused)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *selected = NULL;

	(void)unused;
	put(shop, "blink", JOB);
	g_assert_true(jobs_select(&shop->call, "blink", &error));
	selected = jobs_selected(&shop->call, &error);
	g_assert_cmpstr(selected, ==, "blink");
	g_assert_cmpstr(shop->scene.told->str, ==, "selected blink; ");
	g_assert_true(jobs_select(&shop->call, JOB_AUTO, &error));
	g_assert_cmpstr(shop->scene.told->str, ==, "selected blink; selected auto; ");
}

static void test_select_what_is_not_there(struct shop *shop, gconstpointer unused)
{
	g_autoptr(GError) error = NULL;

	(void)unused;
	put(shop, "blink", JOB);
	g_assert_false(jobs_select(&shop->call, "blnk", &error));
	g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE);
	g_assert_cmpstr(error->message, ==, "there is no job \"blnk\"");
	g_assert_cmpstr(shop->scene.told->str, ==, "");
}

static void test_next_goes_round(struct shop *shop, gconstpointer unused)
{
	static const unsigned expected[] = { 1, 2, 1 };
	g_autoptr(GError) error = NULL;
	unsigned number;

	(void)unused;
	put(shop, "a", JOB);
	put(shop, "b", JOB);
	for (unsigned i = 0; i < G_N_ELEMENTS(expected); i++) {
		g_assert_true(jobs_select_next(&shop->call, &number, &error));
		g_assert_cmpuint(number, ==, expected[i]);
	}
}

static void test_next_leaves_out_what_cannot_be_run(struct shop *shop,
						    gconstpointer unused)
{
	g_autoptr(GError) error = NULL;
	unsigned number;

	(void)unused;
	put(shop, "a", JOB);
	put_unchecked(shop, "b", "nonsense");
	put(shop, "c", JOB);
	g_assert_true(jobs_select(&shop->call, "a", &error));
	g_assert_true(jobs_select_next(&shop->call, &number, &error));
	g_assert_cmpuint(number, ==, 3);
}

static void test_next_of_none(struct shop *shop, gconstpointer unused)
{
	g_autoptr(GError) error = NULL;
	unsigned number = 7;

	(void)unused;
	g_assert_true(jobs_select_next(&shop->call, &number, &error));
	g_assert_no_error(error);
	g_assert_cmpuint(number, ==, 0);
}

static void test_next_of_none_that_can_be_run(struct shop *shop, gconstpointer unused)
{
	g_autoptr(GError) error = NULL;
	unsigned number;

	(void)unused;
	put_unchecked(shop, "a", "[job]\npart=ATmega328P\n");
	g_assert_false(jobs_select_next(&shop->call, &number, &error));
	g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE);
	g_assert_cmpstr(error->message, ==,
			"a.job: expected something to do, found none of [image NAME], "
			"[eeprom NAME], [patch NAME], [fuses] and [lock]");
}

#define AUTO(part) "[job]\npart=" part "\nauto=yes\n[fuses]\nlow=62\n"

static void test_pick(struct shop *shop, gconstpointer unused)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *id = NULL;

	(void)unused;
	put(shop, "a", AUTO("ATmega328P"));
	put(shop, "b", AUTO("ATmega88"));
	put(shop, "c", JOB);
	put_unchecked(shop, "d", "nonsense");
	id = jobs_pick(&shop->call, "1E950F", &error);
	g_assert_no_error(error);
	g_assert_cmpstr(id, ==, "a");
}

static void test_pick_of_none(struct shop *shop, gconstpointer unused)
{
	g_autoptr(GError) error = NULL;

	(void)unused;
	put(shop, "b", AUTO("ATmega88"));
	g_assert_null(jobs_pick(&shop->call, "1E950F", &error));
	g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_WRONG_PART);
	g_assert_cmpstr(
		error->message, ==,
		"signature 1E950F: no job with auto=yes is for this part; nothing "
		"was changed");
}

static void test_pick_of_several(struct shop *shop, gconstpointer unused)
{
	g_autoptr(GError) error = NULL;

	(void)unused;
	put(shop, "a", AUTO("ATmega328P"));
	put(shop, "b", AUTO("ATmega328P"));
	g_assert_null(jobs_pick(&shop->call, "1E950F", &error));
	g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE);
	g_assert_cmpstr(
		error->message, ==,
		"signature 1E950F: several jobs with auto=yes are for this part: a, "
		"b; leave auto to one of them");
}

static void test_removed_job_is_selected_no_longer(struct shop *shop,
						   gconstpointer unused)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *selected = NULL;

	(void)unused;
	put(shop, "blink", JOB);
	g_assert_true(jobs_select(&shop->call, "blink", &error));
	g_assert_true(jobs_remove(&shop->call, "blink", &error));
	selected = jobs_selected(&shop->call, &error);
	g_assert_no_error(error);
	g_assert_null(selected);
	g_assert_cmpstr(shop->scene.told->str, ==, "selected blink; selected none; ");
}

static void test_describe(struct shop *shop, gconstpointer unused)
{
	g_autoptr(GVariant) facts = NULL;
	const char *next = NULL, *problem = NULL;
	guint64 left = 0;

	(void)unused;
	put(shop, "blink",
	    JOB "[limits]\ngood-units=5\n[serial]\nfirst=7\n[patch n]\nmemory=eeprom\n"
		"address=0\nformat=ascii\nbytes=20\nvalue={serial}\n");
	facts = jobs_describe(&shop->call, "blink", 1, NULL);
	g_assert_true(g_variant_lookup(facts, "next_serial", "&s", &next));
	g_assert_cmpstr(next, ==, "7");
	g_assert_true(g_variant_lookup(facts, "left", "t", &left));
	g_assert_cmpuint(left, ==, 5);
	g_assert_false(g_variant_lookup(facts, "problem", "&s", &problem));
}

static void test_next_of_a_list(struct shop *shop, gconstpointer unused)
{
	g_autoptr(GVariant) facts = NULL;
	const char *next = NULL;

	(void)unused;
	call_scene_image(&shop->scene, "n.txt", "AB01\nAB02\n");
	put(shop, "blink",
	    JOB
	    "[serial]\nlist=n.txt\n[patch n]\nmemory=eeprom\naddress=0\nformat=ascii\n"
	    "bytes=4\nvalue={serial}\n");
	facts = jobs_describe(&shop->call, "blink", 1, NULL);
	g_assert_true(g_variant_lookup(facts, "next_serial", "&s", &next));
	g_assert_cmpstr(next, ==, "AB01");
}

static void test_describe_what_cannot_be_run(struct shop *shop, gconstpointer unused)
{
	g_autoptr(GVariant) facts = NULL;
	const char *id = NULL, *problem = NULL;

	(void)unused;
	put_unchecked(shop, "a", "[job]\npart=ATmega328P\n");
	facts = jobs_describe(&shop->call, "a", 1, NULL);
	g_assert_true(g_variant_lookup(facts, "id", "&s", &id));
	g_assert_cmpstr(id, ==, "a");
	g_assert_true(g_variant_lookup(facts, "problem", "&s", &problem));
	g_assert_cmpstr(problem, ==,
			"a.job: expected something to do, found none of [image NAME], "
			"[eeprom NAME], [patch NAME], [fuses] and [lock]");
}

static void test_job_that_nobody_pinned(struct shop *shop, gconstpointer unused)
{
	(void)unused;
	put_unchecked(shop, "a", JOB);
	call_scene_bad(
		&shop->scene, "run a", SIXPIN_ERROR_USAGE,
		"job a: [image app] does not say which content of app.hex it means; "
		"pin the job (\"sixpin job add --replace\"), which adds a line "
		"digest=... below file=app.hex");
}

/* The code says what to do next, so it is that of the cause. */
static void test_check_has_the_code_of_the_cause(struct shop *shop, gconstpointer unused)
{
	g_autofree char *path =
		g_build_filename(shop->scene.folder, "images", "app.hex", NULL);
	g_autoptr(GError) error = NULL;

	(void)unused;
	put(shop, "blink", JOB);
	call_scene_good(&shop->scene, "job", "check", "blink", NULL);
	g_assert_cmpstr(shop->scene.out->str, ==, "blink: can be run\n");
	g_assert_true(g_file_set_contents(path, ":0400000001020305F1\n:00000001FF\n", -1,
					  NULL));
	g_assert_false(
		call_scene_run(&shop->scene, &error, "job", "check", "blink", NULL));
	g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_IMAGE);
}

static void test_actions(struct shop *shop, gconstpointer unused)
{
	(void)unused;
	call_scene_good(&shop->scene, "job", NULL);
	g_assert_cmpstr(shop->scene.out->str, ==,
			"No jobs. \"sixpin job add FILE\" takes one in.\n");
	call_scene_bad(&shop->scene, "job show", SIXPIN_ERROR_USAGE,
		       "job: expected list, show JOB, add FILE, check JOB, select JOB, "
		       "remove JOB, reset JOB or import-avrdude 'LINE'");
	call_scene_file(&shop->scene, "auto.job", JOB);
	call_scene_bad(&shop->scene, "job add auto.job", SIXPIN_ERROR_USAGE,
		       "\"auto\" is no name for a job: it stands for the one that the "
		       "target's signature picks; take another");
}

static void test_import_of_a_guides_line(struct shop *shop, gconstpointer unused)
{
	struct call_scene *scene = &shop->scene;
	g_auto(GStrv) ids = NULL;

	(void)unused;
	call_scene_file(scene, "firmware/boot.hex", HEX);
	call_scene_good(scene, "job", "import-avrdude", "--name", "boot",
			"avrdude -c usbasp -p m328p -U flash:w:firmware/boot.hex:i",
			NULL);
	g_assert_cmpstr(scene->out->str, ==, "boot.hex: kept\nboot: checked and kept\n");
	ids = store_list_jobs(scene->store, NULL);
	g_assert_cmpstr(ids[0], ==, "boot");
}

static const struct {
	const char *path;
	void (*func)(struct shop *shop, gconstpointer unused);
} tests[] = {
	{ "put-pins", test_put_pins },
	{ "check-keeps-nothing", test_check_keeps_nothing },
	{ "image-that-is-missing", test_image_that_is_missing },
	{ "part-that-is-too-small", test_part_that_is_too_small },
	{ "select", test_select },
	{ "select-what-is-not-there", test_select_what_is_not_there },
	{ "next-goes-round", test_next_goes_round },
	{ "next-leaves-out-what-cannot-be-run", test_next_leaves_out_what_cannot_be_run },
	{ "next-of-none", test_next_of_none },
	{ "next-of-none-that-can-be-run", test_next_of_none_that_can_be_run },
	{ "pick", test_pick },
	{ "pick-of-none", test_pick_of_none },
	{ "pick-of-several", test_pick_of_several },
	{ "removed-job-is-selected-no-longer", test_removed_job_is_selected_no_longer },
	{ "describe", test_describe },
	{ "next-of-a-list", test_next_of_a_list },
	{ "describe-what-cannot-be-run", test_describe_what_cannot_be_run },
	{ "job-that-nobody-pinned", test_job_that_nobody_pinned },
	{ "check-has-the-code-of-the-cause", test_check_has_the_code_of_the_cause },
	{ "actions", test_actions },
	{ "import-of-a-guides-line", test_import_of_a_guides_line },
};

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (unsigned i = 0; i < G_N_ELEMENTS(tests); i++) {
		g_autofree char *path = g_strconcat("/jobs/", tests[i].path, NULL);

		g_test_add(path, struct shop, NULL, set_up, tests[i].func, tear_down);
	}
	return g_test_run();
}
