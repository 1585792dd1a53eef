/* SPDX-License-Identifier: MIT */
/* sixpin run: which job, and which words it leaves to the job. */
#include "tests/models/call_scene.h"

#define JOB(part, more) "[job]\npart=" part "\n" more "[fuses]\nlow=62\n"

static void init(struct call_scene *scene)
{
	call_scene_init(scene, "ATmega328P");
	call_scene_job(scene, "blink", JOB("ATmega328P", ""));
}

static void test_named_job(void)
{
	call_scene_auto struct call_scene scene;

	init(&scene);
	call_scene_good(&scene, "run", "blink", NULL);
	g_assert_cmpstr(call_scene_text(&scene, "job"), ==, "blink");
	g_assert_cmpstr(scene.told->str, ==, "started 1 blink; ended 1 passed; ");
}

static void test_selected_job(void)
{
	call_scene_auto struct call_scene scene;

	init(&scene);
	call_scene_bad(&scene, "run", SIXPIN_ERROR_USAGE,
		       "no job is selected: \"sixpin job select ID\", or name one");
	call_scene_good(&scene, "job", "select", "blink", NULL);
	call_scene_good(&scene, "run", NULL);
	g_assert_cmpstr(scene.told->str, ==, "started 1 blink; ended 1 passed; ");
}

static void test_job_that_is_not_there(void)
{
	call_scene_auto struct call_scene scene;

	init(&scene);
	call_scene_bad(&scene, "run blnk", SIXPIN_ERROR_USAGE,
		       "there is no job \"blnk\"");
	g_assert_cmpuint(call_scene_n_runs(&scene), ==, 0);
}

static void test_words_that_are_the_jobs(void)
{
	static const struct {
		const char *words;
		const char *name;
	} refused[] = {
		{ "run blink --part m88", "--part" },
		{ "run blink --sck 10k", "--sck" },
		{ "run blink -B 10", "--sck" },
		{ "run blink --board-clock internal", "--board-clock" },
		{ "run blink --allow clock", "--allow" },
		{ "run blink --programmer gpio", "--programmer" },
	};
	call_scene_auto struct call_scene scene;

	init(&scene);
	for (unsigned i = 0; i < G_N_ELEMENTS(refused); i++) {
		g_autofree char *message = g_strconcat(
			refused[i].name,
			": the job says that itself; change the job, or write the image "
			"without one (sixpin write)",
			NULL);

		call_scene_bad(&scene, refused[i].words, SIXPIN_ERROR_USAGE, message);
	}
	g_assert_cmpuint(call_scene_n_runs(&scene), ==, 0);
}

static void test_auto(void)
{
	call_scene_auto struct call_scene scene;

	init(&scene);
	call_scene_job(&scene, "for88", JOB("ATmega88", "auto=yes\n"));
	call_scene_job(&scene, "for328", JOB("ATmega328P", "auto=yes\n"));
	call_scene_good(&scene, "run", "auto", NULL);
	g_assert_cmpstr(scene.told->str, ==, "started 1 for328; ended 1 passed; ");
	g_assert_true(g_str_has_prefix(
		scene.out->str, "Job          for328, picked by signature 1E950F\n"));
}

/* Where all is recorded, the look at the signature is a run of its own. */
static void test_auto_is_recorded(void)
{
	call_scene_auto struct call_scene scene;

	init(&scene);
	scene.host.records_all = true;
	call_scene_job(&scene, "for328", JOB("ATmega328P", "auto=yes\n"));
	call_scene_good(&scene, "run", "auto", NULL);
	g_assert_cmpstr(
		scene.told->str, ==,
		"started 1 pick; ended 1 done; started 2 for328; ended 2 passed; ");
}

static void test_auto_without_a_job(void)
{
	call_scene_auto struct call_scene scene;

	init(&scene);
	call_scene_bad(
		&scene, "run auto", SIXPIN_ERROR_WRONG_PART,
		"signature 1E950F: no job with auto=yes is for this part; nothing was "
		"changed");
}

static void test_auto_without_a_target(void)
{
	call_scene_auto struct call_scene scene;

	call_scene_init(&scene, "none");
	call_scene_bad(
		&scene, "run auto", SIXPIN_ERROR_NO_TARGET,
		"no AVR answers to Programming Enable (gpio on virtual:none, SCK down "
		"to 3500 Hz): check target power, RESET, SCK, MOSI, MISO and ground");
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/run/named-job", test_named_job);
	g_test_add_func("/run/selected-job", test_selected_job);
	g_test_add_func("/run/job-that-is-not-there", test_job_that_is_not_there);
	g_test_add_func("/run/words-that-are-the-jobs", test_words_that_are_the_jobs);
	g_test_add_func("/run/auto", test_auto);
	g_test_add_func("/run/auto-is-recorded", test_auto_is_recorded);
	g_test_add_func("/run/auto-without-a-job", test_auto_without_a_job);
	g_test_add_func("/run/auto-without-a-target", test_auto_without_a_target);
	return g_test_run();
}
