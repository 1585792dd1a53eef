/* SPDX-License-Identifier: MIT */
#include "appliance/avr/write.h"

#include <glib/gstdio.h>
#include <string.h>

#include "appliance/avr/fuse_safety.h"
#include "appliance/base/error.h"
#include "images/format.h"
#include "tests/models/target_scene.h"

static struct image *pattern(uint32_t address, uint32_t n_bytes)
{
	struct image *image = image_new();
	g_autofree uint8_t *data = g_malloc(n_bytes);

	for (uint32_t i = 0; i < n_bytes; i++)
		data[i] = (uint8_t)((address + i) * 167 + ((address + i) >> 8) + 1);
	g_assert_true(image_add(image, address, data, n_bytes, NULL));
	return image;
}

static void write_well(struct avr *avr, const struct avr_plan *plan,
		       struct avr_outcome *outcome)
{
	g_autoptr(GError) error = NULL;

	avr_write(avr, plan, outcome, &error);
	g_assert_no_error(error);
}

static void assert_write_fails(struct avr *avr, const struct avr_plan *plan, int code,
			       const char *message)
{
	g_autoptr(GError) error = NULL;
	struct avr_outcome outcome;

	g_assert_false(avr_write(avr, plan, &outcome, &error));
	g_assert_error(error, SIXPIN_ERROR, code);
	g_assert_cmpstr(error->message, ==, message);
	g_assert_false(outcome.verified);
}

/* What the engine does from here on. */
static void forget(struct target_scene *scene)
{
	g_string_truncate(scene->recorder->words, 0);
}

static void test_the_whole_order(void)
{
	target_scene_auto struct target_scene scene;
	image_autofree struct image *flash = pattern(0, 128);
	image_autofree struct image *eeprom = pattern(0, 4);
	struct avr_outcome outcome;
	struct avr_plan plan = {
		.flash = flash,
		.eeprom = eeprom,
		.erase = true,
		.verify = true,
		.has_fuse = { true, true, true },
		.fuses = { 0xFF, 0xDE, 0xFD },
		.has_lock = true,
		.lock = 0xCF,
	};
	struct avr *avr;

	target_scene_init(&scene, "ATmega328P,clock=16M");
	scene.settings.sck_hz = 200000;
	scene.settings.board = (struct avr_board_says){ true, CLOCK_CRYSTAL, 16000000 };
	avr = target_scene_work(&scene);
	forget(&scene);
	write_well(avr, &plan, &outcome);

	g_assert_cmpstr(
		scene.recorder->words->str, ==,
		"read fuses\nread signature\nread lock\nread signature\n"
		"erase\nread fuses\nread signature\n"
		"load flash\nwrite flash page\nread flash\nread signature\n"
		"load EEPROM\nwrite EEPROM page\nread EEPROM\n"
		"read fuses\nread signature\n"
		"write high fuse DE\nread signature\nread fuses\nread signature\n"
		"write extended fuse FD\nread signature\nread fuses\nread signature\n"
		"write low fuse FF\nread signature\nread fuses\nread signature\n"
		"leave\nSCK 200000\nenter\nread signature\nread fuses\nread signature\n"
		"read lock\nread signature\nread lock\nread signature\n"
		"read fuses\nread signature\n"
		"write lock CF\nread signature\nread lock\nread signature\n"
		"read lock\nread signature\nread fuses\nread signature\n");
	g_assert_true(outcome.verified);
	g_assert_cmpmem(outcome.fuses_before, 3, "\x62\xD9\xFF", 3);
	g_assert_cmpmem(outcome.fuses_after, 3, "\xFF\xDE\xFD", 3);
	g_assert_cmphex(outcome.lock_after, ==, 0xCF);
	g_assert_cmpuint(outcome.sck_hz, ==, 200000);
	g_assert_cmpuint(outcome.recoveries, ==, 0);
	g_assert_cmpuint(scene.stats->sck_violations, ==, 0);
	g_assert_cmpuint(scene.stats->unknown, ==, 0);
	g_assert_cmpuint(scene.stats->busy_lost, ==, 0);
}

static void test_the_new_clock_is_entered_at_a_rate_for_it(void)
{
	target_scene_auto struct target_scene scene;
	struct avr_outcome outcome;
	struct avr_plan plan = { .verify = true,
				 .has_fuse = { true },
				 .fuses = { 0x62 } };
	struct avr *avr;

	target_scene_init(&scene, "ATmega328P,clock=0,ioctl=40");
	target_scene_set_fuses(&scene, 0xE2, 0xD9, 0xFF); /* 8 MHz, 1 MHz from now on */
	scene.settings.sck_hz = 1500000;
	avr = target_scene_work(&scene);
	forget(&scene);
	write_well(avr, &plan, &outcome);

	g_assert_nonnull(strstr(scene.recorder->words->str,
				"write low fuse 62\nread signature\nread fuses\n"
				"read signature\nleave\nSCK 237500\nenter\n"));
	g_assert_true(outcome.verified);
	g_assert_cmpuint(avr->wanted_sck_hz, ==, 1500000);
	g_assert_cmpuint(scene.stats->sck_violations, ==, 0);
}

static void test_a_clock_that_is_not_there_is_told(void)
{
	target_scene_auto struct target_scene scene;
	struct avr_plan plan = { .verify = true,
				 .has_fuse = { true },
				 .fuses = { 0xFF },
				 .allowed_dangers = FUSE_DANGER_CLOCK };

	target_scene_init(&scene, "ATmega328P,clock=0");
	assert_write_fails(
		target_scene_work(&scene), &plan, SIXPIN_ERROR_NO_TARGET,
		"the new fuses were written and read back, but with them: no AVR "
		"answers to Programming Enable (gpio on virtual:ATmega328P,clock=0, "
		"SCK down to 3500 Hz): check target power, RESET, SCK, MOSI, MISO and "
		"ground");
}

static void test_fuses_that_end_serial_programming_are_not_left_before_the_lock(void)
{
	target_scene_auto struct target_scene scene;
	struct avr_outcome outcome;
	struct avr_plan plan = { .verify = true,
				 .has_fuse = { false, true },
				 .fuses = { 0, 0x59 },
				 .has_lock = true,
				 .lock = 0xFC,
				 .allowed_dangers = FUSE_DANGER_RSTDISBL };

	target_scene_init(&scene, "ATmega328P");
	write_well(target_scene_work(&scene), &plan, &outcome);

	g_assert_true(outcome.verified);
	g_assert_cmpuint(scene.stats->entries, ==, 1);
	g_assert_cmphex(scene.cells->fuses[FUSE_HIGH], ==, 0x59);
	g_assert_cmphex(scene.cells->lock, ==, 0xFC);
}

static void test_unsafe_fuses_are_refused_before_anything(void)
{
	target_scene_auto struct target_scene scene;
	g_autoptr(GError) error = NULL;
	struct avr_outcome outcome;
	struct avr_plan plan = {
		.erase = true, .verify = true, .has_fuse = { true }, .fuses = { 0xFF }
	};

	target_scene_init(&scene, "ATmega328P");
	g_assert_false(avr_write(target_scene_work(&scene), &plan, &outcome, &error));
	g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_FUSE_UNSAFE);
	g_assert_cmpuint(scene.stats->erases, ==, 0);
	g_assert_cmpuint(scene.stats->fuse_writes, ==, 0);
}

static void test_without_verify_nothing_is_called_verified(void)
{
	target_scene_auto struct target_scene scene;
	image_autofree struct image *flash = pattern(0, 64);
	struct avr_outcome outcome;
	struct avr_plan plan = { .flash = flash, .erase = true };

	target_scene_init(&scene, "ATmega328P");
	scene.settings.sck_hz = 200000;
	write_well(target_scene_work(&scene), &plan, &outcome);

	g_assert_false(outcome.verified);
	g_assert_null(strstr(scene.recorder->words->str, "read flash"));
}

static void test_a_dry_run_changes_nothing(void)
{
	target_scene_auto struct target_scene scene;
	image_autofree struct image *flash = pattern(0, 64);
	struct avr_outcome outcome;
	struct avr_plan plan = { .flash = flash,
				 .erase = true,
				 .verify = true,
				 .has_fuse = { true },
				 .fuses = { 0xE2 },
				 .has_lock = true,
				 .lock = 0xFC,
				 .dry_run = true };
	struct avr *avr;

	target_scene_init(&scene, "ATmega328P");
	avr = target_scene_work(&scene);
	forget(&scene);
	write_well(avr, &plan, &outcome);

	g_assert_cmpstr(scene.recorder->words->str, ==,
			"read fuses\nread signature\nread lock\nread signature\n");
	g_assert_false(outcome.verified);
}

static void test_a_locked_part_is_not_written(void)
{
	target_scene_auto struct target_scene scene;
	image_autofree struct image *flash = pattern(0, 64);
	struct avr_plan plan = { .flash = flash, .verify = true };

	target_scene_init(&scene, "ATmega328P");
	scene.cells->lock = 0xFC;
	assert_write_fails(
		target_scene_work(&scene), &plan, SIXPIN_ERROR_LOCKED,
		"lock bits are FC, which forbids writing; a chip erase removes them "
		"and all that the part holds");
	g_assert_cmpuint(scene.stats->page_writes, ==, 0);
}

static void test_an_erase_opens_a_locked_part(void)
{
	target_scene_auto struct target_scene scene;
	image_autofree struct image *flash = pattern(0, 64);
	struct avr_outcome outcome;
	struct avr_plan plan = { .flash = flash, .erase = true, .verify = true };

	target_scene_init(&scene, "ATmega328P");
	scene.cells->lock = 0xFC;
	write_well(target_scene_work(&scene), &plan, &outcome);
	g_assert_true(outcome.verified);
	g_assert_cmphex(outcome.lock_after, ==, 0xFF);
}

/* Unused bits of a fuse read as anything. */
static void test_a_locked_part_whose_fuses_are_right_is_fine(void)
{
	target_scene_auto struct target_scene scene;
	struct avr_outcome outcome;
	struct avr_plan plan = { .verify = true,
				 .has_fuse = { true, true, true },
				 .fuses = { 0x62, 0xD9, 0xFF } };

	target_scene_init(&scene, "ATmega328P");
	scene.cells->lock = 0xFC;
	scene.cells->fuses[FUSE_EXTENDED] = 0x07;
	write_well(target_scene_work(&scene), &plan, &outcome);
	g_assert_true(outcome.verified);
}

static void test_without_an_erase_the_rest_stays(void)
{
	target_scene_auto struct target_scene scene;
	image_autofree struct image *flash = pattern(0x40, 4);
	struct avr_outcome outcome;
	struct avr_plan plan = { .flash = flash, .verify = true };

	target_scene_init(&scene, "ATmega328P");
	scene.cells->flash[0x10] = 0x12;
	scene.cells->flash[0x800] = 0x34;
	write_well(target_scene_work(&scene), &plan, &outcome);
	g_assert_true(outcome.verified);
	g_assert_cmpuint(scene.stats->erases, ==, 0);
	g_assert_cmphex(scene.cells->flash[0x10], ==, 0x12);
	g_assert_cmphex(scene.cells->flash[0x800], ==, 0x34);
}

/* EEPROM over an erase */

struct keeping {
	struct target_scene *scene;
	char *path;
	struct image *at_erase;
	bool corrupt; /* flash, so that the run fails after its erase */
};

static void keeping_clear(struct keeping *keeping)
{
	g_unlink(keeping->path);
	g_free(keeping->path);
	image_free(keeping->at_erase);
}

static void look_at_kept_file(void *user, const uint8_t tx[4])
{
	struct keeping *keeping = user;

	if (tx[0] == 0xAC && tx[1] == 0x80)
		keeping->at_erase = image_load(keeping->path, NULL, 0, NULL, NULL);
	if (keeping->corrupt && tx[0] == 0x20)
		keeping->scene->cells->flash[0] = 0x00;
}

static struct avr *work_with_eeprom(struct target_scene *scene, struct keeping *keeping)
{
	struct avr *avr;

	target_scene_init(scene, "ATmega328P");
	for (unsigned i = 0; i < 1024; i++)
		scene->cells->eeprom[i] = (uint8_t)(i * 3);
	scene->settings.sck_hz = 200000;
	avr = target_scene_work(scene);
	keeping->scene = scene;
	keeping->path = g_build_filename(g_get_tmp_dir(), "sixpin-kept-XXXXXX", NULL);
	g_close(g_mkstemp(keeping->path), NULL);
	g_unlink(keeping->path);
	scene->recorder->before = look_at_kept_file;
	scene->recorder->user = keeping;
	return avr;
}

static void test_eeprom_is_kept_over_an_erase(void)
{
	target_scene_auto struct target_scene scene;
	image_autofree struct image *flash = pattern(0, 64);
	image_autofree struct image *eeprom = image_new();
	struct keeping keeping = { 0 };
	struct avr_outcome outcome;
	struct avr_plan plan = {
		.flash = flash, .eeprom = eeprom, .erase = true, .verify = true
	};
	struct avr *avr = work_with_eeprom(&scene, &keeping);
	uint8_t kept[1024];

	g_assert_true(image_add(eeprom, 2, (const uint8_t *)"\x77", 1, NULL));
	plan.keep_eeprom_path = keeping.path;
	write_well(avr, &plan, &outcome);

	g_assert_nonnull(keeping.at_erase); /* it was there, and whole */
	g_assert_cmpuint(image_read(keeping.at_erase, 0, kept, 1024, 0), ==, 1024);
	g_assert_cmphex(kept[1023], ==, (uint8_t)(1023 * 3));
	g_assert_cmphex(scene.cells->eeprom[1], ==, 0x03);
	g_assert_cmphex(scene.cells->eeprom[2], ==,
			0x77); /* the image has the last word */
	g_assert_cmphex(scene.cells->eeprom[1023], ==, (uint8_t)(1023 * 3));
	g_assert_false(g_file_test(keeping.path, G_FILE_TEST_EXISTS));
	g_assert_true(outcome.verified);
	keeping_clear(&keeping);
}

static void test_the_kept_eeprom_is_named_when_the_run_fails(void)
{
	target_scene_auto struct target_scene scene;
	image_autofree struct image *flash = pattern(0, 1);
	struct keeping keeping = { .corrupt = true };
	struct avr_plan plan = { .flash = flash, .erase = true, .verify = true };
	struct avr *avr = work_with_eeprom(&scene, &keeping);
	g_autofree char *message = NULL;

	plan.keep_eeprom_path = keeping.path;
	message = g_strdup_printf(
		"the target's EEPROM is kept in %s: flash at 0x00000: expected "
		"01, found 00 (1 of 128 bytes differ in this block)",
		keeping.path);
	assert_write_fails(avr, &plan, SIXPIN_ERROR_VERIFY, message);

	g_assert_true(g_file_test(keeping.path, G_FILE_TEST_EXISTS));
	keeping_clear(&keeping);
}

static void test_with_eesave_nothing_has_to_be_kept(void)
{
	target_scene_auto struct target_scene scene;
	struct keeping keeping = { 0 };
	struct avr_outcome outcome;
	struct avr_plan plan = { .erase = true, .verify = true };
	struct avr *avr = work_with_eeprom(&scene, &keeping);

	scene.cells->fuses[FUSE_HIGH] = 0xD1;
	plan.keep_eeprom_path = keeping.path;
	write_well(avr, &plan, &outcome);

	g_assert_null(keeping.at_erase);
	g_assert_cmphex(scene.cells->eeprom[1023], ==, (uint8_t)(1023 * 3));
	g_assert_cmpuint(scene.stats->eeprom_writes, ==, 0);
	keeping_clear(&keeping);
}

static void test_what_cannot_be_read_cannot_be_kept(void)
{
	target_scene_auto struct target_scene scene;
	struct keeping keeping = { 0 };
	struct avr_plan plan = { .erase = true, .verify = true };
	struct avr *avr = work_with_eeprom(&scene, &keeping);

	scene.cells->lock = 0xFC;
	plan.keep_eeprom_path = keeping.path;
	assert_write_fails(avr, &plan, SIXPIN_ERROR_LOCKED,
			   "lock bits FC forbid reading: the EEPROM cannot be kept");
	g_assert_cmpuint(scene.stats->erases, ==, 0);
	keeping_clear(&keeping);
}

/* CKDIV8 */

static void assert_order(const char *words, const char *first, const char *second)
{
	const char *at = strstr(words, first);

	g_assert_nonnull(at);
	g_assert_nonnull(strstr(at, second));
}

static void write_with_low_fuse(struct target_scene *scene, uint8_t low, uint32_t n_bytes,
				unsigned sck_hz, struct avr_outcome *outcome)
{
	image_autofree struct image *flash = pattern(0, n_bytes);
	struct avr_plan plan = { .flash = flash,
				 .erase = true,
				 .verify = true,
				 .has_fuse = { true },
				 .fuses = { low } };

	target_scene_init(scene, "ATmega328P,clock=16M");
	scene->settings.sck_hz = sck_hz;
	scene->settings.board = (struct avr_board_says){ true, CLOCK_CRYSTAL, 16000000 };
	write_well(target_scene_work(scene), &plan, outcome);
	g_assert_true(outcome->verified);
	g_assert_cmphex(scene->cells->fuses[FUSE_LOW], ==, low);
}

static void test_ckdiv8_goes_ahead_of_a_large_image(void)
{
	target_scene_auto struct target_scene scene;
	struct avr_outcome outcome;

	write_with_low_fuse(&scene, 0xFF, 4096, 0, &outcome);
	assert_order(scene.recorder->words->str, "write low fuse E2\n", "erase\n");
	assert_order(scene.recorder->words->str, "write flash page\n",
		     "write low fuse FF\n");
	g_assert_cmpuint(outcome.sck_hz, ==, 1900000);
}

static void test_ckdiv8_waits_with_a_small_image_or_a_given_rate(void)
{
	for (int given = 0; given <= 1; given++) {
		target_scene_auto struct target_scene scene;
		struct avr_outcome outcome;

		write_with_low_fuse(&scene, 0xE2, given ? 4096 : 1000, given ? 200000 : 0,
				    &outcome);
		assert_order(scene.recorder->words->str, "write flash page\n",
			     "write low fuse E2\n");
		g_assert_cmpuint(scene.stats->fuse_writes, ==, 1);
	}
}

static void test_ckdiv8_stays_where_the_wanted_fuses_have_it(void)
{
	target_scene_auto struct target_scene scene;
	struct avr_outcome outcome;

	write_with_low_fuse(&scene, 0x7F, 4096, 0, &outcome);
	g_assert_null(strstr(scene.recorder->words->str, "write low fuse E2\n"));
	g_assert_cmpuint(scene.stats->fuse_writes, ==, 1);
}

/* Trouble */

/* Does things to the target when an instruction passes for the n-th time. */
struct trouble {
	struct target_scene *scene;
	uint8_t opcode[1];
	unsigned at;	   /* the n-th */
	int stray_address; /* of flash; -1: none */
	bool lose_step;
	GCancellable *cancel;
	unsigned n;
};

static void make_trouble(void *user, const uint8_t tx[4])
{
	struct trouble *trouble = user;
	struct target_scene *scene = trouble->scene;

	if (tx[0] != trouble->opcode[0] || ++trouble->n != trouble->at)
		return;
	if (trouble->stray_address >= 0)
		scene->cells->flash[trouble->stray_address] = 0x00;
	if (trouble->lose_step)
		scene->faults.lost_edge_at = scene->faults.n_sets + 3;
	if (trouble->cancel)
		g_cancellable_cancel(trouble->cancel);
}

static struct avr *work_with_trouble(struct target_scene *scene, struct trouble *trouble)
{
	struct avr *avr;

	target_scene_init(scene, "ATmega328P");
	scene->settings.sck_hz = 200000;
	scene->settings.cancellable = trouble->cancel;
	avr = target_scene_work(scene);
	trouble->scene = scene;
	scene->recorder->before = make_trouble;
	scene->recorder->user = trouble;
	return avr;
}

static void test_a_lost_step_is_made_good_and_all_is_looked_at(void)
{
	target_scene_auto struct target_scene scene;
	image_autofree struct image *flash = pattern(0, 512);
	struct trouble trouble = {
		.opcode = { 0x40 }, .at = 100, .stray_address = -1, .lose_step = true
	};
	struct avr_plan plan = { .flash = flash, .erase = true, .verify = true };
	struct avr_outcome outcome;
	struct avr *avr = work_with_trouble(&scene, &trouble);

	write_well(avr, &plan, &outcome);
	g_assert_true(outcome.verified);
	g_assert_cmpuint(outcome.recoveries, >, 0);
	g_assert_cmpuint(scene.stats->entries, >, 1);
	g_assert_cmpuint(scene.recorder->n_commands, >, 32768);
}

static void test_a_stray_byte_after_trouble_is_found(void)
{
	target_scene_auto struct target_scene scene;
	image_autofree struct image *flash = pattern(0, 512);
	struct trouble trouble = {
		.opcode = { 0x40 }, .at = 100, .stray_address = 0x7123, .lose_step = true
	};
	struct avr_plan plan = { .flash = flash, .erase = true, .verify = true };

	assert_write_fails(
		work_with_trouble(&scene, &trouble), &plan, SIXPIN_ERROR_VERIFY,
		"flash at 0x07123: expected FF, found 00 (1 of 256 bytes differ in "
		"this block)");
}

static void test_a_hole_in_a_written_page_is_read_back(void)
{
	target_scene_auto struct target_scene scene;
	image_autofree struct image *flash = pattern(0, 10);
	struct trouble trouble = { .opcode = { 0x4C }, .at = 1, .stray_address = 0x7F };
	struct avr_plan plan = { .flash = flash, .erase = true, .verify = true };

	assert_write_fails(
		work_with_trouble(&scene, &trouble), &plan, SIXPIN_ERROR_VERIFY,
		"flash at 0x0007F: expected FF, found 00 (1 of 128 bytes differ in "
		"this block)");
}

/* The bit that makes AC 80 of AC A0. */
static void erase_instead(void *user, const uint8_t tx[4])
{
	struct trouble *trouble = user;

	if (tx[0] == 0xAC && tx[1] == 0xA0 && trouble->n++ == 0)
		trouble->scene->faults.mosi_flip_at =
			trouble->scene->faults.n_sets + 1 + 2 * 10;
}

static void lock_at_signature(void *user, const uint8_t tx[4])
{
	struct trouble *trouble = user;

	if (tx[0] == 0x30 && trouble->scene->stats->erases)
		trouble->scene->cells->lock = 0xEF;
}

static void test_an_erase_after_verify_is_found(void)
{
	target_scene_auto struct target_scene scene;
	image_autofree struct image *flash = pattern(0, 100);
	struct trouble trouble = { .opcode = { 0xAC }, .at = 2, .stray_address = -1 };
	struct avr_plan plan = { .flash = flash,
				 .erase = true,
				 .verify = true,
				 .has_fuse = { true },
				 .fuses = { 0xE2 } };
	struct avr *avr = work_with_trouble(&scene, &trouble);

	scene.recorder->before = erase_instead;
	assert_write_fails(
		avr, &plan, SIXPIN_ERROR_VERIFY,
		"flash at 0x00000: expected 01, found FF (100 of 256 bytes differ in "
		"this block)");
	g_assert_cmpuint(scene.stats->erases, ==, 2);
}

static void test_lock_bits_that_nobody_wrote_are_told(void)
{
	target_scene_auto struct target_scene scene;
	struct avr_plan plan = { .erase = true, .verify = true };
	struct trouble trouble = { 0 };
	struct avr *avr = work_with_trouble(&scene, &trouble);

	scene.recorder->before = lock_at_signature;
	assert_write_fails(avr, &plan, SIXPIN_ERROR_VERIFY,
			   "lock bits: expected FF, found EF, though nobody wrote them");
}

static void test_cancelling_lets_reset_go(void)
{
	target_scene_auto struct target_scene scene;
	image_autofree struct image *flash = pattern(0, 512);
	g_autoptr(GCancellable) cancel = g_cancellable_new();
	struct trouble trouble = {
		.opcode = { 0x4C }, .at = 2, .stray_address = -1, .cancel = cancel
	};
	struct avr_plan plan = { .flash = flash, .erase = true, .verify = true };

	assert_write_fails(work_with_trouble(&scene, &trouble), &plan,
			   SIXPIN_ERROR_CANCELLED, "stopped by the user");
	g_assert_cmpuint(scene.stats->page_writes, ==, 2);
	target_scene_close(&scene);
	target_scene_assert_released(&scene);
}

static void test_the_32_kib_job_keeps_its_figure(void)
{
	target_scene_auto struct target_scene scene;
	image_autofree struct image *flash = pattern(0, 32768);
	struct avr_outcome outcome;
	struct avr_plan plan = { .flash = flash, .erase = true, .verify = true };
	double calls;

	target_scene_init(&scene, "ATmega328P,clock=16M,ioctl=40");
	target_scene_set_fuses(&scene, 0xFF, 0xD9, 0xFF);
	write_well(target_scene_work(&scene), &plan, &outcome);

	calls = (double)(scene.faults.n_sets + scene.faults.n_gets);
	g_test_message("%.4f line calls a bit, %.3f s",
		       calls / (double)scene.stats->sck_edges,
		       (double)clock_now_ns(virtual_board_clock(scene.board)) / 1e9);
	g_assert_cmpfloat(calls, <, 2.15 * (double)scene.stats->sck_edges);
	g_assert_cmpuint(outcome.sck_hz, ==, 2666666);
	g_assert_cmpuint(outcome.recoveries, ==, 0);
	g_assert_true(outcome.verified);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
#define ADD(path, function) g_test_add_func("/avr/write/" path, function)
	ADD("the-whole-order", test_the_whole_order);
	ADD("the-new-clock-is-entered-at-a-rate-for-it",
	    test_the_new_clock_is_entered_at_a_rate_for_it);
	ADD("a-clock-that-is-not-there-is-told", test_a_clock_that_is_not_there_is_told);
	ADD("fuses-that-end-serial-programming-are-not-left-before-the-lock",
	    test_fuses_that_end_serial_programming_are_not_left_before_the_lock);
	ADD("unsafe-fuses-are-refused-before-anything",
	    test_unsafe_fuses_are_refused_before_anything);
	ADD("without-verify-nothing-is-called-verified",
	    test_without_verify_nothing_is_called_verified);
	ADD("a-dry-run-changes-nothing", test_a_dry_run_changes_nothing);
	ADD("a-locked-part-is-not-written", test_a_locked_part_is_not_written);
	ADD("an-erase-opens-a-locked-part", test_an_erase_opens_a_locked_part);
	ADD("a-locked-part-whose-fuses-are-right-is-fine",
	    test_a_locked_part_whose_fuses_are_right_is_fine);
	ADD("without-an-erase-the-rest-stays", test_without_an_erase_the_rest_stays);
	ADD("eeprom-is-kept-over-an-erase", test_eeprom_is_kept_over_an_erase);
	ADD("the-kept-eeprom-is-named-when-the-run-fails",
	    test_the_kept_eeprom_is_named_when_the_run_fails);
	ADD("with-eesave-nothing-has-to-be-kept",
	    test_with_eesave_nothing_has_to_be_kept);
	ADD("what-cannot-be-read-cannot-be-kept",
	    test_what_cannot_be_read_cannot_be_kept);
	ADD("ckdiv8-goes-ahead-of-a-large-image",
	    test_ckdiv8_goes_ahead_of_a_large_image);
	ADD("ckdiv8-waits-with-a-small-image-or-a-given-rate",
	    test_ckdiv8_waits_with_a_small_image_or_a_given_rate);
	ADD("ckdiv8-stays-where-the-wanted-fuses-have-it",
	    test_ckdiv8_stays_where_the_wanted_fuses_have_it);
	ADD("a-lost-step-is-made-good-and-all-is-looked-at",
	    test_a_lost_step_is_made_good_and_all_is_looked_at);
	ADD("a-stray-byte-after-trouble-is-found",
	    test_a_stray_byte_after_trouble_is_found);
	ADD("a-hole-in-a-written-page-is-read-back",
	    test_a_hole_in_a_written_page_is_read_back);
	ADD("an-erase-after-verify-is-found", test_an_erase_after_verify_is_found);
	ADD("lock-bits-that-nobody-wrote-are-told",
	    test_lock_bits_that_nobody_wrote_are_told);
	ADD("cancelling-lets-reset-go", test_cancelling_lets_reset_go);
	ADD("the-32-kib-job-keeps-its-figure", test_the_32_kib_job_keeps_its_figure);
	return g_test_run();
}
