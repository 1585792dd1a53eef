/* SPDX-License-Identifier: MIT */
/* Commands that are no jobs as runs of the journal, where the host wants that. */
#include "tests/models/call_scene.h"

#include <string.h>

#include "appliance/commands/record.h"

#define HEX ":0400000001020304F2\n:00000001FF\n"

static void init(struct call_scene *scene, const char *spec, bool records_all)
{
	call_scene_init(scene, spec);
	scene->host.records_all = records_all;
	call_scene_file(scene, "app.hex", HEX);
}

static void assert_fact(const struct call_scene *scene, const char *name,
			const char *expected)
{
	g_autofree char *found = call_scene_fact(scene, 1, name);

	g_assert_cmpstr(found, ==, expected);
}

static void test_not_asked_for(void)
{
	call_scene_auto struct call_scene scene;

	init(&scene, "ATmega328P", false);
	call_scene_good(&scene, "write", "app.hex", NULL);
	g_assert_cmpuint(call_scene_n_runs(&scene), ==, 0);
	g_assert_false(json_object_has_member(call_scene_root(&scene), "run"));
	g_assert_cmpstr(scene.told->str, ==, "");
}

static void test_write(void)
{
	call_scene_auto struct call_scene scene;

	init(&scene, "ATmega328P", true);
	call_scene_good(&scene, "write", "app.hex", "--fuses", "low=E2", NULL);
	g_assert_cmpstr(scene.told->str, ==, "started 1 write; ended 1 passed; ");
	g_assert_cmpint(json_object_get_int_member(call_scene_root(&scene), "run"), ==,
			1);
	assert_fact(&scene, "state", "passed");
	assert_fact(&scene, "kind", "write");
	assert_fact(&scene, "who", "tester");
	assert_fact(&scene, "words", "sixpin write app.hex --fuses low=E2");
	assert_fact(&scene, "part", "ATmega328P");
	assert_fact(&scene, "signature", "1E950F");
	assert_fact(&scene, "fuses_before", "low 62, high D9, extended FF");
	assert_fact(&scene, "fuses_after", "low E2, high D9, extended FF");
	assert_fact(&scene, "lock_after", "FF");
	assert_fact(&scene, "flash_bytes", "4");
	assert_fact(&scene, "result", "verified");
	assert_fact(&scene, "sixpin", SIXPIN_VERSION);
}

/* Green is for what was read back. */
static void test_write_that_is_not_verified(void)
{
	call_scene_auto struct call_scene scene;

	init(&scene, "ATmega328P", true);
	call_scene_good(&scene, "write", "app.hex", "-V", NULL);
	g_assert_cmpstr(scene.told->str, ==, "started 1 write; ended 1 done; ");
	assert_fact(&scene, "result", "written, not verified");
}

static void test_probe_is_done(void)
{
	call_scene_auto struct call_scene scene;

	init(&scene, "ATmega328P", true);
	call_scene_good(&scene, "probe", NULL);
	g_assert_cmpstr(scene.told->str, ==, "started 1 probe; ended 1 done; ");
}

static void test_nobody_answers(void)
{
	call_scene_auto struct call_scene scene;

	init(&scene, "none", true);
	call_scene_bad(
		&scene, "probe", SIXPIN_ERROR_NO_TARGET,
		"no AVR answers to Programming Enable (gpio on virtual:none, SCK down "
		"to 3500 Hz): check target power, RESET, SCK, MOSI, MISO and ground");
	g_assert_cmpstr(scene.told->str, ==,
			"started 1 probe; ended 1 failed NO_TARGET; ");
	assert_fact(
		&scene, "message",
		"no AVR answers to Programming Enable (gpio on virtual:none, SCK down to "
		"3500 Hz): check target power, RESET, SCK, MOSI, MISO and ground");
}

/* Nothing was touched, so there was no run. */
static void test_failure_before_the_bus(void)
{
	call_scene_auto struct call_scene scene;

	init(&scene, "ATmega328P", true);
	call_scene_bad(&scene, "write no.hex", SIXPIN_ERROR_IO, "no.hex: no such file");
	g_assert_cmpuint(call_scene_n_runs(&scene), ==, 0);
}

static void test_selftest_has_its_time(void)
{
	call_scene_auto struct call_scene scene;
	g_autoptr(GVariant) row = NULL;
	double seconds = 0;

	init(&scene, "jumper", true);
	call_scene_good(&scene, "selftest", NULL);
	row = call_scene_row(&scene, 1);
	g_variant_lookup(row, "seconds", "d", &seconds);
	g_assert_cmpfloat(seconds, >, 0.001);
}

static void test_words_are_quoted(void)
{
	call_scene_auto struct call_scene scene;

	init(&scene, "ATmega328P", true);
	call_scene_file(&scene, "my app.hex", HEX);
	call_scene_good(&scene, "write", "my app.hex", NULL);
	assert_fact(&scene, "words", "sixpin write 'my app.hex'");
}

/* The caller's progress goes on whether or not anything is recorded. */
static void test_progress_reaches_the_host(void)
{
	call_scene_auto struct call_scene scene;

	init(&scene, "ATmega328P", false);
	call_scene_good(&scene, "write", "app.hex", NULL);
	g_assert_cmpstr(scene.steps->str, ==,
			"erase; write flash; verify flash; fuses; ");
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/record/not-asked-for", test_not_asked_for);
	g_test_add_func("/record/write", test_write);
	g_test_add_func("/record/write-that-is-not-verified",
			test_write_that_is_not_verified);
	g_test_add_func("/record/probe-is-done", test_probe_is_done);
	g_test_add_func("/record/nobody-answers", test_nobody_answers);
	g_test_add_func("/record/failure-before-the-bus", test_failure_before_the_bus);
	g_test_add_func("/record/selftest-has-its-time", test_selftest_has_its_time);
	g_test_add_func("/record/words-are-quoted", test_words_are_quoted);
	g_test_add_func("/record/progress-reaches-the-host",
			test_progress_reaches_the_host);
	return g_test_run();
}
