/* SPDX-License-Identifier: MIT */
/* Runs of jobs on a virtual board, with the real store and journal. */
#include "tests/models/call_scene.h"

#include <string.h>

#include "appliance/commands/job_run.h"
#include "images/format.h"

/* 00: 01 02 03 04 */
#define HEX	  ":0400000001020304F2\n:00000001FF\n"
#define OTHER_HEX ":0400000001020305F1\n:00000001FF\n"
#define DIGEST	  "b88e17583362578780fb4a546b45c14d458a72d719c1f09c2cb649bf92c7ded1"
#define OTHER	  "f5be909ee11331d152f2541fa2706c585f83003b90c1062eb5f92073a3680c19"

#define DIFFERS \
	"flash at 0x00000: expected 01, found 54 (1 of 128 bytes differ in this block)"

/* After the second write of the page. */
#define MENDED \
	"flash at 0x00000: expected 01, found 00 (1 of 128 bytes differ in this block)"

#define JOB "[job]\npart=ATmega328P\n[image app]\nfile=app.hex\n"
#define SERIAL                                                                                 \
	"[patch number]\nmemory=eeprom\naddress=0x10\nformat=ascii\nbytes=4\nvalue={serial}\n" \
	"[serial]\n"

static void init(struct call_scene *scene, const char *job)
{
	call_scene_init(scene, "ATmega328P");
	call_scene_image(scene, "app.hex", HEX);
	call_scene_job(scene, "blink", job);
}

/* Somebody else clears a bit of what was written, which no second write mends. */
static void spoil(struct call_scene *scene, const char *step, uint32_t done)
{
	(void)done;
	if (strcmp(step, AVR_STEP_WRITE_FLASH) == 0)
		scene->cells->flash[0] = 0x54;
}

static void spoil_once(struct call_scene *scene, const char *step, uint32_t done)
{
	spoil(scene, step, done);
	if (strcmp(step, AVR_STEP_WRITE_FLASH) == 0)
		scene->at_step = NULL;
}

static void test_passes_and_is_recorded(void)
{
	call_scene_auto struct call_scene scene;
	g_autofree char *state = NULL, *fuses = NULL, *unit = NULL, *programmer = NULL;
	g_autofree char *job = NULL, *kind = NULL, *images = NULL, *lock = NULL;

	init(&scene, JOB "[fuses]\nlow=E2\n[lock]\nbits=3C\n");
	call_scene_good(&scene, "run", "blink", NULL);
	g_assert_cmpstr(scene.told->str, ==, "started 1 blink; ended 1 passed; ");
	g_assert_cmphex(scene.cells->flash[3], ==, 0x04);
	g_assert_cmphex(scene.cells->fuses[FUSE_LOW], ==, 0xE2);
	state = call_scene_fact(&scene, 1, "state");
	job = call_scene_fact(&scene, 1, "job");
	kind = call_scene_fact(&scene, 1, "kind");
	fuses = call_scene_fact(&scene, 1, "fuses_before");
	unit = call_scene_fact(&scene, 1, "unit");
	programmer = call_scene_fact(&scene, 1, "programmer");
	lock = call_scene_fact(&scene, 1, "lock_after");
	images = call_scene_fact(&scene, 1, "images");
	g_assert_cmpstr(state, ==, "passed");
	g_assert_cmpstr(job, ==, "blink");
	g_assert_cmpstr(kind, ==, "run");
	g_assert_cmpstr(fuses, ==, "low 62, high D9, extended FF");
	g_assert_cmpstr(unit, ==, "{'calibration': <'9A'>}");
	g_assert_cmpstr(programmer, ==, "gpio on virtual:ATmega328P");
	g_assert_cmpstr(lock, ==, "FC");
	g_assert_cmpstr(images, ==, "[('app.hex', '" DIGEST "')]");
}

static double phases_of(GVariant *row, GString *names)
{
	g_autoptr(GVariant) phases =
		g_variant_lookup_value(row, "phases", G_VARIANT_TYPE("a(sd)"));
	GVariantIter iter;
	double seconds, sum = 0;
	const char *name;

	g_assert_nonnull(phases);
	g_variant_iter_init(&iter, phases);
	while (g_variant_iter_next(&iter, "(&sd)", &name, &seconds)) {
		g_string_append_printf(names, "%s; ", name);
		sum += seconds;
	}
	return sum;
}

/* All of it passes in virtual time, so the phases are the run. */
static void test_phases_add_up(void)
{
	call_scene_auto struct call_scene scene;
	g_autoptr(GString) names = g_string_new(NULL);
	g_autoptr(GVariant) row = NULL;
	double seconds = 0, sum;

	init(&scene, JOB);
	call_scene_good(&scene, "run", "blink", NULL);
	row = call_scene_row(&scene, 1);
	sum = phases_of(row, names);
	g_variant_lookup(row, "seconds", "d", &seconds);
	g_assert_cmpstr(names->str, ==,
			"enter; erase; write flash; verify flash; fuses; ");
	g_assert_cmpfloat(seconds, >, 0.03);
	g_assert_cmpfloat(ABS(seconds - sum), <, 1e-9);
}

static void test_power_settle_of_the_job(void)
{
	call_scene_auto struct call_scene scene;
	double seconds[2] = { 0 };

	call_scene_init(&scene, "ATmega328P,switched");
	scene.pins.has_power = scene.pins.has_enable = true;
	scene.pins.power = (struct line){ BOARD_POWER, false };
	scene.pins.enable = (struct line){ BOARD_ENABLE, false };
	call_scene_image(&scene, "app.hex", HEX);
	call_scene_job(&scene, "a", JOB);
	call_scene_job(&scene, "b", JOB "[power]\nsettle=5s\n");
	for (unsigned i = 0; i < 2; i++) {
		g_autoptr(GVariant) row = NULL;

		call_scene_good(&scene, "run", i ? "b" : "a", NULL);
		row = call_scene_row(&scene, i + 1);
		g_variant_lookup(row, "seconds", "d", &seconds[i]);
	}
	g_assert_cmpfloat(seconds[0], <, 2);
	g_assert_cmpfloat(seconds[1], >, 5);
}

static void test_failed_run_has_what_was_known(void)
{
	call_scene_auto struct call_scene scene;
	g_autofree char *state = NULL, *code = NULL, *signature = NULL, *fuses = NULL;

	init(&scene, JOB);
	scene.at_step = spoil;
	call_scene_bad(&scene, "run blink", SIXPIN_ERROR_VERIFY, "job blink: " DIFFERS);
	state = call_scene_fact(&scene, 1, "state");
	code = call_scene_fact(&scene, 1, "code");
	signature = call_scene_fact(&scene, 1, "signature");
	fuses = call_scene_fact(&scene, 1, "fuses_before");
	g_assert_cmpstr(state, ==, "failed");
	g_assert_cmpstr(code, ==, "VERIFY");
	g_assert_cmpstr(signature, ==, "1E950F");
	g_assert_cmpstr(fuses, ==, "low 62, high D9, extended FF");
}

static void test_other_part(void)
{
	call_scene_auto struct call_scene scene;
	g_autofree char *state = NULL;

	init(&scene, "[job]\npart=ATmega32U4\n[image app]\nfile=app.hex\n");
	call_scene_bad(
		&scene, "run blink", SIXPIN_ERROR_WRONG_PART,
		"job blink: expected ATmega32U4 (signature 1E9587), found ATmega328P "
		"(1E950F); nothing was changed");
	state = call_scene_fact(&scene, 1, "state");
	g_assert_cmpstr(state, ==, "failed");
	g_assert_cmphex(scene.cells->flash[0], ==, 0xFF);
}

static void test_retry_is_recorded_once(void)
{
	call_scene_auto struct call_scene scene;
	g_autofree char *retried = NULL, *first = NULL;

	init(&scene,
	     "[job]\npart=ATmega328P\nretry-sck=25k\n[image app]\nfile=app.hex\n");
	scene.at_step = spoil_once;
	call_scene_good(&scene, "run", "blink", NULL);
	g_assert_cmpstr(scene.told->str, ==, "started 1 blink; ended 1 passed; ");
	g_assert_cmpuint(call_scene_n_runs(&scene), ==, 1);
	g_assert_cmpstr(scene.err->str, ==,
			"sixpin: note: trying once more at SCK 25000 Hz: " MENDED "\n");
	retried = call_scene_fact(&scene, 1, "retried");
	first = call_scene_fact(&scene, 1, "first_error");
	g_assert_cmpstr(retried, ==, "true");
	g_assert_cmpstr(first, ==, MENDED);
	g_assert_cmpint(json_object_get_int_member(call_scene_root(&scene), "sck_hz"), <=,
			25000);
}

static void test_retry_begins_no_third_try(void)
{
	call_scene_auto struct call_scene scene;

	init(&scene,
	     "[job]\npart=ATmega328P\nretry-sck=25k\n[image app]\nfile=app.hex\n");
	scene.at_step = spoil;
	call_scene_bad(&scene, "run blink", SIXPIN_ERROR_VERIFY, "job blink: " DIFFERS);
	g_assert_cmpstr(scene.told->str, ==, "started 1 blink; ended 1 failed VERIFY; ");
}

/* A second try would keep the EEPROM that the first one has erased. */
static void test_no_retry_while_an_eeprom_is_kept(void)
{
	call_scene_auto struct call_scene scene;
	g_autoptr(GError) error = NULL;

	init(&scene, "[job]\npart=ATmega328P\nretry-sck=25k\n[image app]\nfile=app.hex\n"
		     "[eeprom]\nkeep=yes\n");
	scene.cells->eeprom[5] = 0x77;
	scene.at_step = spoil;
	g_assert_false(call_scene_run(&scene, &error, "run", "blink", NULL));
	g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_VERIFY);
	g_assert_true(g_str_has_prefix(error->message,
				       "job blink: the target's EEPROM is kept in "));
	g_assert_cmpstr(scene.err->str, ==, "");
}

static void assert_eeprom(const struct call_scene *scene, const char *text)
{
	g_assert_cmpmem(scene->cells->eeprom + 0x10, 4, text, 4);
}

static void test_serial_is_patched_and_taken_once(void)
{
	call_scene_auto struct call_scene scene;
	g_autofree char *first = NULL, *second = NULL;

	init(&scene, JOB SERIAL "first=1000\nlast=1001\n");
	call_scene_good(&scene, "run", "blink", NULL);
	assert_eeprom(&scene, "1000");
	g_assert_cmpstr(call_scene_text(&scene, "serial"), ==, "1000");
	call_scene_good(&scene, "run", "blink", NULL);
	assert_eeprom(&scene, "1001");
	first = call_scene_fact(&scene, 1, "serial");
	second = call_scene_fact(&scene, 2, "serial");
	g_assert_cmpstr(first, ==, "1000");
	g_assert_cmpstr(second, ==, "1001");
	call_scene_bad(
		&scene, "run blink", SIXPIN_ERROR_USAGE,
		"no run can start: job blink: no serial number is left up to 1001; raise [serial] "
		"last");
	g_assert_cmpuint(call_scene_n_runs(&scene), ==, 2);
	g_assert_cmpstr(scene.told->str, ==, "");
}

static void fail_once(struct call_scene *scene)
{
	g_autoptr(GError) error = NULL;

	scene->at_step = spoil;
	g_assert_false(call_scene_run(scene, &error, "run", "blink", NULL));
	g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_VERIFY);
	scene->at_step = NULL;
}

static void test_serial_of_a_failure_is_burnt(void)
{
	call_scene_auto struct call_scene scene;

	init(&scene, JOB SERIAL "first=1000\n");
	fail_once(&scene);
	call_scene_good(&scene, "run", "blink", NULL);
	assert_eeprom(&scene, "1001");
}

static void test_serial_of_a_failure_is_reused(void)
{
	call_scene_auto struct call_scene scene;

	init(&scene, JOB SERIAL "first=1000\nafter-failure=reuse\n");
	fail_once(&scene);
	call_scene_good(&scene, "run", "blink", NULL);
	assert_eeprom(&scene, "1000");
}

static void test_serials_of_a_list(void)
{
	call_scene_auto struct call_scene scene;

	call_scene_init(&scene, "ATmega328P");
	call_scene_image(&scene, "app.hex", HEX);
	call_scene_image(&scene, "n.txt", "# two\nAB01\nAB02\n");
	call_scene_job(&scene, "blink", JOB SERIAL "list=n.txt\n");
	call_scene_good(&scene, "run", "blink", NULL);
	assert_eeprom(&scene, "AB01");
	call_scene_good(&scene, "run", "blink", NULL);
	assert_eeprom(&scene, "AB02");
	call_scene_bad(
		&scene, "run blink", SIXPIN_ERROR_USAGE,
		"no run can start: job blink: its list has no serial number left; add lines to it");
}

/* Before a number is taken. */
static void test_line_of_a_list_that_does_not_fit(void)
{
	call_scene_auto struct call_scene scene;

	call_scene_init(&scene, "ATmega328P");
	call_scene_image(&scene, "app.hex", HEX);
	call_scene_image(&scene, "n.txt", "AB01\nAB002\n");
	call_scene_file(&scene, "blink.job", JOB SERIAL "list=n.txt\n");
	call_scene_bad(&scene, "job add blink.job", SIXPIN_ERROR_USAGE,
		       "job blink: serial number \"AB002\": [patch number]: \"AB002\" "
		       "takes 5 bytes, there is room for 4");
}

static void test_good_units(void)
{
	call_scene_auto struct call_scene scene;

	init(&scene, JOB "[limits]\ngood-units=1\n");
	fail_once(&scene);
	call_scene_good(&scene, "run", "blink", NULL);
	call_scene_bad(&scene, "run blink", SIXPIN_ERROR_USAGE,
		       "no run can start: job blink: its 1 good units are done; raise "
		       "good-units, or give [limits] another epoch");
}

static void test_stops_after_failures(void)
{
	call_scene_auto struct call_scene scene;

	init(&scene, JOB "[limits]\nstop-after-failures=1\n");
	fail_once(&scene);
	call_scene_bad(&scene, "run blink", SIXPIN_ERROR_USAGE,
		       "no run can start: job blink: 1 failures in a row: find out why, "
		       "then sixpin job reset blink");
	call_scene_good(&scene, "job", "reset", "blink", NULL);
	call_scene_good(&scene, "run", "blink", NULL);
}

/* Nothing is called good that was not recorded. */
static void test_end_that_cannot_be_recorded(void)
{
	call_scene_auto struct call_scene scene;

	init(&scene, JOB);
	scene.journal_breaks = true;
	call_scene_bad(
		&scene, "run blink", SIXPIN_ERROR_STORE,
		"run 1 could not be recorded, so it is not called good: the disk is "
		"full");
	g_assert_cmpstr(scene.told->str, ==, "started 1 blink; ended 1 failed STORE; ");
}

static void test_failure_that_cannot_be_recorded_keeps_its_cause(void)
{
	call_scene_auto struct call_scene scene;

	init(&scene, JOB);
	scene.journal_breaks = true;
	scene.at_step = spoil;
	call_scene_bad(&scene, "run blink", SIXPIN_ERROR_VERIFY, "job blink: " DIFFERS);
	g_assert_cmpstr(scene.err->str, ==,
			"sixpin: note: run 1 could not be recorded, so it is not called "
			"good: the disk is full\n");
	g_assert_cmpstr(scene.told->str, ==, "started 1 blink; ended 1 failed VERIFY; ");
}

static void test_file_that_was_changed_by_hand(void)
{
	call_scene_auto struct call_scene scene;
	g_autofree char *path = NULL;

	init(&scene, JOB);
	path = g_build_filename(scene.folder, "images", "app.hex", NULL);
	g_assert_true(g_file_set_contents(path, OTHER_HEX, -1, NULL));
	call_scene_bad(&scene, "run blink", SIXPIN_ERROR_IMAGE,
		       "job blink: app.hex: the job pins digest " DIGEST
		       ", the file has " OTHER
		       ": put the right file back, or pin the new "
		       "one with \"sixpin job add --replace\"");
	g_assert_cmpuint(call_scene_n_runs(&scene), ==, 0);
}

static void test_list_that_was_changed_by_hand(void)
{
	call_scene_auto struct call_scene scene;
	g_autofree char *path = NULL;
	g_autoptr(GError) error = NULL;

	call_scene_init(&scene, "ATmega328P");
	call_scene_image(&scene, "app.hex", HEX);
	call_scene_image(&scene, "n.txt", "AB01\n");
	call_scene_job(&scene, "blink", JOB SERIAL "list=n.txt\n");
	path = g_build_filename(scene.folder, "images", "n.txt", NULL);
	g_assert_true(g_file_set_contents(path, "AB02\n", -1, NULL));
	g_assert_false(call_scene_run(&scene, &error, "run", "blink", NULL));
	g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_IMAGE);
	g_assert_true(g_str_has_prefix(error->message,
				       "job blink: n.txt: the job pins digest "));
	g_assert_cmpuint(call_scene_n_runs(&scene), ==, 0);
}

/* A catalogue of one entry for ATmega328P, whose file is in the folder. */
static void make_catalogue(const struct call_scene *scene, const char *hex)
{
	g_autofree char *conf = g_build_filename(scene->folder, "catalogue.conf", NULL);
	g_autofree char *sha256 =
		g_compute_checksum_for_string(G_CHECKSUM_SHA256, hex, -1);
	g_autofree char *text = g_strdup_printf(
		"[loader]\ntitle=A loader\nkind=bootloader\npart=ATmega328P\n"
		"fuses=low=E2,high=DE,extended=FD\nreset=BOOTRST\nrange=7E00-7FFF\n"
		"file=loader.hex\nsha256=%s\norigin=here\n",
		sha256);

	g_assert_true(g_file_set_contents(conf, text, -1, NULL));
	g_setenv("SIXPIN_CATALOGUE", conf, TRUE);
}

#define LOADER_HEX  ":047E00000102030474\n:00000001FF\n"
#define LOADER2_HEX ":047E00000102030573\n:00000001FF\n"
#define LOADER_JOB                                                 \
	"[job]\npart=ATmega328P\n[image boot]\ncatalogue=loader\n" \
	"[fuses]\nfrom-catalogue=yes\n"

static void import_loader(struct call_scene *scene, const char *hex)
{
	make_catalogue(scene, hex);
	call_scene_file(scene, "loader.hex", hex);
	call_scene_good(scene, "catalogue", "import", "loader.hex", NULL);
}

static void test_catalogue_image_is_pinned(void)
{
	call_scene_auto struct call_scene scene;
	g_autoptr(GError) error = NULL;

	call_scene_init(&scene, "ATmega328P");
	import_loader(&scene, LOADER_HEX);
	call_scene_job(&scene, "boot", LOADER_JOB);
	call_scene_good(&scene, "run", "boot", NULL);
	g_assert_cmphex(scene.cells->flash[0x7E03], ==, 0x04);
	import_loader(&scene, LOADER2_HEX);
	g_assert_false(call_scene_run(&scene, &error, "run", "boot", NULL));
	g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_IMAGE);
	g_assert_true(g_str_has_prefix(error->message,
				       "job boot: loader: the job pins digest "));
	g_assert_true(g_str_has_suffix(error->message,
				       ": import the right file, or pin the new one with "
				       "\"sixpin job add --replace\""));
}

/* A check leaves nothing behind that the next one would take up. */
static void test_check_gives_the_settings_back(void)
{
	call_scene_auto struct call_scene scene;
	char *words[] = { (char *)"sixpin", NULL };
	g_autoptr(GError) error = NULL;
	struct station_settings before;
	struct call call;
	struct job *job;

	init(&scene, "[job]\npart=ATmega328P\nsck=10k\nallow=clock\n[image app]\n"
		     "file=app.hex\n[power]\nsettle=5s\n");
	call_init(&call, &scene.host, words, NULL);
	g_assert_true(call_make_settings(&call, &error));
	before = call.settings;
	job = store_get_job(scene.store, "blink", &error);
	g_assert_true(job_run_check(&call, job, &error));
	g_assert_cmpmem(&call.settings, sizeof(before), &before, sizeof(before));
	g_assert_cmpuint(call.allowed_dangers, ==, 0);
	g_assert_null(call.job);
	job_free(job);
	call_clear(&call);
}

static void cancel_at_verify(struct call_scene *scene, const char *step, uint32_t done)
{
	(void)done;
	if (strcmp(step, AVR_STEP_WRITE_FLASH) == 0)
		g_cancellable_cancel(scene->cancellable);
}

static void test_cancel_is_recorded_and_not_retried(void)
{
	call_scene_auto struct call_scene scene;
	g_autoptr(GError) error = NULL;

	init(&scene,
	     "[job]\npart=ATmega328P\nretry-sck=25k\n[image app]\nfile=app.hex\n");
	scene.at_step = cancel_at_verify;
	g_assert_false(call_scene_run(&scene, &error, "run", "blink", NULL));
	g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_CANCELLED);
	g_assert_cmpstr(scene.told->str, ==,
			"started 1 blink; ended 1 failed CANCELLED; ");
}

static const struct {
	const char *path;
	GTestFunc func;
} tests[] = {
	{ "passes-and-is-recorded", test_passes_and_is_recorded },
	{ "phases-add-up", test_phases_add_up },
	{ "power-settle-of-the-job", test_power_settle_of_the_job },
	{ "failed-run-has-what-was-known", test_failed_run_has_what_was_known },
	{ "other-part", test_other_part },
	{ "retry-is-recorded-once", test_retry_is_recorded_once },
	{ "retry-begins-no-third-try", test_retry_begins_no_third_try },
	{ "no-retry-while-an-eeprom-is-kept", test_no_retry_while_an_eeprom_is_kept },
	{ "serial-is-patched-and-taken-once", test_serial_is_patched_and_taken_once },
	{ "serial-of-a-failure-is-burnt", test_serial_of_a_failure_is_burnt },
	{ "serial-of-a-failure-is-reused", test_serial_of_a_failure_is_reused },
	{ "serials-of-a-list", test_serials_of_a_list },
	{ "line-of-a-list-that-does-not-fit", test_line_of_a_list_that_does_not_fit },
	{ "good-units", test_good_units },
	{ "stops-after-failures", test_stops_after_failures },
	{ "end-that-cannot-be-recorded", test_end_that_cannot_be_recorded },
	{ "failure-that-cannot-be-recorded-keeps-its-cause",
	  test_failure_that_cannot_be_recorded_keeps_its_cause },
	{ "file-that-was-changed-by-hand", test_file_that_was_changed_by_hand },
	{ "list-that-was-changed-by-hand", test_list_that_was_changed_by_hand },
	{ "catalogue-image-is-pinned", test_catalogue_image_is_pinned },
	{ "check-gives-the-settings-back", test_check_gives_the_settings_back },
	{ "cancel-is-recorded-and-not-retried", test_cancel_is_recorded_and_not_retried },
};

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (unsigned i = 0; i < G_N_ELEMENTS(tests); i++) {
		g_autofree char *path = g_strconcat("/job-run/", tests[i].path, NULL);

		g_test_add_func(path, tests[i].func);
	}
	return g_test_run();
}
