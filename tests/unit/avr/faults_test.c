/* SPDX-License-Identifier: MIT */
/*
 * Whole jobs over bad wires, each from a seed. What must hold whatever the wires do: a
 * run that says "verified" is right to the last bit, any other ends with an error of our
 * own, and RESET is let go.
 *
 * SIXPIN_FAULT_RUNS=n   how many seeds
 * SIXPIN_FAULT_SEED=n   this one alone
 * SIXPIN_FAULT_TRACE=f  its instructions into file f
 */
#include <string.h>

#include "appliance/avr/write.h"
#include "appliance/base/error.h"
#include "tests/models/target_scene.h"

#ifdef __SANITIZE_ADDRESS__
#define N_RUNS 2000
#else
#define N_RUNS 10000
#endif

#define MAX_SECONDS 300
#define MAX_CALLS   60000000u

struct subject {
	const char *spec;
	unsigned weight;
	uint8_t fuses[3][PART_MAX_FUSES]; /* that any board runs with */
	uint8_t locks[2];
};

static const struct subject subjects[] = {
	{ "ATtiny13",
	  48,
	  { { 0x6A, 0xFF }, { 0x7A, 0xFB }, { 0x2A, 0xFD } },
	  { 0xFE, 0xFC } },
	{ "ATtiny26",
	  32,
	  { { 0xE1, 0xF7 }, { 0xE4, 0xF7 }, { 0xE2, 0xF3 } },
	  { 0xFE, 0xFC } },
	{ "ATtiny12", 8, { { 0x52 }, { 0x92 }, { 0xD2 } }, { 0xFD, 0xF9 } },
	{ "ATmega88",
	  3,
	  { { 0x62, 0xDF, 0xF9 }, { 0xE2, 0xDE, 0xF8 }, { 0xE2, 0xD7, 0xFA } },
	  { 0xEF, 0xFC } },
	{ "ATmega8",
	  3,
	  { { 0xE1, 0xD9 }, { 0xE4, 0xD1 }, { 0xA2, 0xD8 } },
	  { 0xEF, 0xFC } },
};

struct run {
	unsigned seed;
	GRand *rand;
	struct target_scene scene;
	struct avr_plan plan;
	struct avr_outcome outcome;
	const struct part *part;
	struct image *flash;
	struct image *eeprom;
	struct avr_cells before;
	GString *wrong; /* what does not hold */
};

static bool one_in(struct run *run, unsigned n)
{
	return g_rand_int_range(run->rand, 0, (gint32)n) == 0;
}

/* From 2^least to 2^(most + 1), evenly spread over the orders of magnitude. */
static unsigned draw_magnitude(struct run *run, unsigned least, unsigned most)
{
	gint32 power = 1 << g_rand_int_range(run->rand, (gint32)least, (gint32)most + 1);

	return (unsigned)g_rand_int_range(run->rand, power, 2 * power);
}

static const struct subject *draw_subject(struct run *run)
{
	unsigned total = 0;
	unsigned i = 0;
	gint32 drawn;

	for (i = 0; i < G_N_ELEMENTS(subjects); i++)
		total += subjects[i].weight;
	drawn = g_rand_int_range(run->rand, 0, (gint32)total);
	for (i = 0; drawn >= (gint32)subjects[i].weight; i++)
		drawn -= (gint32)subjects[i].weight;
	return &subjects[i];
}

static void draw_bytes(struct run *run, uint8_t *data, uint32_t n_bytes)
{
	for (uint32_t i = 0; i < n_bytes; i++)
		data[i] = one_in(run, 4) ? 0xFF
					 : (uint8_t)g_rand_int_range(run->rand, 0, 256);
}

/* A few pieces with holes between them. */
static struct image *draw_image(struct run *run, uint32_t limit, uint32_t most_bytes)
{
	struct image *image = image_new();
	uint32_t at = (uint32_t)g_rand_int_range(run->rand, 0, (gint32)limit / 2);
	uint8_t data[256];

	for (unsigned i = 0; i < 3 && at < limit; i++) {
		uint32_t n = (uint32_t)g_rand_int_range(run->rand, 1, (gint32)most_bytes);

		n = MIN(n, limit - at);
		draw_bytes(run, data, n);
		g_assert_true(image_add(image, at, data, n, NULL));
		at += n + (uint32_t)g_rand_int_range(run->rand, 1, 20);
	}
	return image;
}

/* What the last job left there. */
static void draw_cells(struct run *run)
{
	struct avr_cells *cells = run->scene.cells;

	if (!one_in(run, 3))
		draw_bytes(run, cells->flash, run->part->flash_bytes / 2);
	if (one_in(run, 2))
		draw_bytes(run, cells->eeprom, run->part->eeprom_bytes);
}

static void draw_plan(struct run *run, const struct subject *subject)
{
	const uint8_t *fuses = subject->fuses[g_rand_int_range(run->rand, 0, 3)];

	run->flash = draw_image(run, run->part->flash_bytes, 100);
	run->eeprom = draw_image(run, run->part->eeprom_bytes, 10);
	run->plan.erase = true;
	run->plan.verify = true;
	run->plan.flash = run->flash;
	run->plan.eeprom = one_in(run, 3) ? NULL : run->eeprom;
	for (unsigned byte = 0; byte < run->part->n_fuses; byte++) {
		run->plan.has_fuse[byte] = !one_in(run, 3);
		run->plan.fuses[byte] = fuses[byte];
	}
	run->plan.has_lock = one_in(run, 2);
	run->plan.lock = subject->locks[g_rand_int_range(run->rand, 0, 2)];
}

static void draw_random_fault(struct run *run)
{
	struct line_faults *faults = &run->scene.faults;
	unsigned rate = draw_magnitude(run, 6, 19);

	switch (g_rand_int_range(run->rand, 0, 4)) {
	case 0:
		faults->miso_flips_one_in = rate;
		break;
	case 1:
		faults->mosi_flips_one_in = rate;
		break;
	case 2:
		faults->lost_edges_one_in = rate;
		break;
	default:
		faults->glitches_one_in = rate;
		break;
	}
}

static void draw_single_fault(struct run *run)
{
	struct line_faults *faults = &run->scene.faults;
	uint64_t at = draw_magnitude(run, 6, 19);

	switch (g_rand_int_range(run->rand, 0, 8)) {
	case 0:
		faults->set_error_at = at;
		break;
	case 1:
		faults->get_error_at = 1 + at / 20;
		break;
	case 2:
		faults->drive_error_at = 1 + at % 4;
		break;
	case 3:
		faults->release_fails = true;
		break;
	default:
		faults->miso_stuck_at = 1 + at / 20;
		faults->miso_n_stuck = one_in(run, 3) ? 0 : draw_magnitude(run, 0, 13);
		faults->miso_stuck_high = one_in(run, 2);
		break;
	}
}

static void draw_faults(struct run *run)
{
	struct line_faults *faults = &run->scene.faults;

	faults->random = g_rand_int(run->rand);
	if (one_in(run, 4))
		draw_single_fault(run);
	else
		draw_random_fault(run);
	while (one_in(run, 3))
		draw_random_fault(run);
	if (one_in(run, 2)) {
		faults->random_from_set = draw_magnitude(run, 10, 17);
		faults->random_n_sets = draw_magnitude(run, 6, 16);
	}
}

static void run_init(struct run *run, unsigned seed)
{
	const struct subject *subject;

	memset(run, 0, sizeof(*run));
	run->seed = seed;
	run->rand = g_rand_new_with_seed(seed);
	run->wrong = g_string_new(NULL);
	subject = draw_subject(run);
	target_scene_init(&run->scene, subject->spec);
	run->part = part_find(subject->spec, NULL);
	run->scene.settings.part = one_in(run, 2) ? run->part : NULL;
	run->scene.settings.sck_hz = one_in(run, 2) ? 200000 : 0;
	draw_cells(run);
	draw_plan(run, subject);
	draw_faults(run);
	run->scene.settings.trace_path = g_getenv("SIXPIN_FAULT_TRACE");
	run->before = *run->scene.cells;
}

static void run_clear(struct run *run)
{
	target_scene_clear(&run->scene);
	image_free(run->flash);
	image_free(run->eeprom);
	g_rand_free(run->rand);
	g_string_free(run->wrong, TRUE);
}

static gboolean run_job(struct run *run, GError **error)
{
	struct target_scene *scene = &run->scene;

	return target_scene_begin(scene, error) &&
	       avr_write(&scene->station->avr, &run->plan, &run->outcome, error) &&
	       station_leave(scene->station, error);
}

static void expect_bytes(struct run *run, const char *what, const uint8_t *expected,
			 const uint8_t *found, uint32_t n_bytes)
{
	for (uint32_t i = 0; i < n_bytes; i++) {
		if (expected[i] == found[i])
			continue;
		g_string_append_printf(run->wrong, " %s 0x%04X is %02X, not %02X;", what,
				       i, found[i], expected[i]);
		return;
	}
}

static void expect_byte(struct run *run, const char *what, uint8_t mask, uint8_t expected,
			uint8_t found)
{
	expected |= (uint8_t)~mask;
	found |= (uint8_t)~mask;
	expect_bytes(run, what, &expected, &found, 1);
}

static void expect_memories(struct run *run)
{
	const struct avr_cells *cells = run->scene.cells;
	uint8_t expected[8192];

	image_read(run->flash, 0, expected, run->part->flash_bytes, 0xFF);
	expect_bytes(run, "flash", expected, cells->flash, run->part->flash_bytes);
	memset(expected, 0xFF, run->part->eeprom_bytes);
	if (run->plan.eeprom)
		image_read(run->eeprom, 0, expected, run->part->eeprom_bytes, 0xFF);
	expect_bytes(run, "EEPROM", expected, cells->eeprom, run->part->eeprom_bytes);
}

static void expect_fuses_and_lock(struct run *run)
{
	const struct avr_cells *cells = run->scene.cells;

	for (unsigned byte = 0; byte < run->part->n_fuses; byte++)
		expect_byte(run, fuse_byte_names[byte], run->part->fuse_mask[byte],
			    run->plan.has_fuse[byte] ? run->plan.fuses[byte]
						     : run->before.fuses[byte],
			    cells->fuses[byte]);
	expect_byte(run, "lock", run->part->lock_mask,
		    run->plan.has_lock ? run->plan.lock : 0xFF, cells->lock);
}

static void expect_success(struct run *run)
{
	if (!run->outcome.verified)
		g_string_append(run->wrong, " success that is not verified;");
	if (run->scene.faults.release_fails)
		g_string_append(run->wrong, " success though RESET was not let go;");
	expect_memories(run);
	expect_fuses_and_lock(run);
}

static void expect_error(struct run *run, const GError *error)
{
	static const enum sixpin_error sensible[] = {
		SIXPIN_ERROR_NO_TARGET,	  SIXPIN_ERROR_WRONG_PART, SIXPIN_ERROR_VERIFY,
		SIXPIN_ERROR_IO,	  SIXPIN_ERROR_LOCKED,	   SIXPIN_ERROR_USAGE,
		SIXPIN_ERROR_FUSE_UNSAFE,
	};

	for (unsigned i = 0; i < G_N_ELEMENTS(sensible); i++)
		if (g_error_matches(error, SIXPIN_ERROR, sensible[i]))
			return;
	g_string_append_printf(run->wrong, " error \"%s\";",
			       error ? error->message : "that was not told");
}

static void expect_bounds(struct run *run)
{
	uint64_t now_ns = clock_now_ns(virtual_board_clock(run->scene.board));
	const struct line_faults *faults = &run->scene.faults;

	if (now_ns / 1000000000u >= MAX_SECONDS)
		g_string_append_printf(run->wrong, " took %u s;",
				       (unsigned)(now_ns / 1000000000u));
	if (faults->n_sets + faults->n_gets >= MAX_CALLS)
		g_string_append(run->wrong, " took too many calls;");
}

struct tally {
	unsigned passed;
	unsigned passed_in_spite;
	unsigned failed[SIXPIN_N_ERRORS];
	unsigned wrong;
};

static void run_seed(unsigned seed, struct tally *tally)
{
	g_autoptr(GError) error = NULL;
	struct run run;
	gboolean ok;

	run_init(&run, seed);
	ok = run_job(&run, &error);
	target_scene_close(&run.scene);
	if (ok)
		expect_success(&run);
	else
		expect_error(&run, error);
	if (virtual_board_driven(run.scene.board) != 0)
		g_string_append(run.wrong, " lines are driven;");
	expect_bounds(&run);
	tally->passed += ok;
	tally->passed_in_spite += ok && run.scene.faults.n_faults;
	if (!ok && error && error->domain == SIXPIN_ERROR)
		tally->failed[error->code]++;
	if (run.wrong->len) {
		g_test_message("seed %u, %s:%s", seed, run.part->name, run.wrong->str);
		tally->wrong++;
	}
	if (g_getenv("SIXPIN_FAULT_SEED"))
		g_test_message("%s\n%s", ok ? "passed" : error->message, run.wrong->str);
	run_clear(&run);
}

static unsigned number_from(const char *variable, unsigned otherwise)
{
	const char *text = g_getenv(variable);

	return text ? (unsigned)g_ascii_strtoull(text, NULL, 10) : otherwise;
}

static void report(const struct tally *tally)
{
	g_autoptr(GString) text = g_string_new(NULL);

	g_string_printf(text, "%u passed, %u of them with faults", tally->passed,
			tally->passed_in_spite);
	for (unsigned code = 0; code < SIXPIN_N_ERRORS; code++)
		if (tally->failed[code])
			g_string_append_printf(text, ", %u %s", tally->failed[code],
					       error_kind(code)->code);
	g_test_message("%s", text->str);
}

static void test_a_verified_run_is_right_whatever_the_wires_do(void)
{
	unsigned first = number_from("SIXPIN_FAULT_SEED", 1);
	unsigned n_runs = g_getenv("SIXPIN_FAULT_SEED")
				  ? 1
				  : number_from("SIXPIN_FAULT_RUNS", N_RUNS);
	struct tally tally = { 0 };

	for (unsigned i = 0; i < n_runs; i++)
		run_seed(first + i, &tally);
	report(&tally);
	g_assert_cmpuint(tally.wrong, ==, 0);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/avr/faults/a-verified-run-is-right-whatever-the-wires-do",
			test_a_verified_run_is_right_whatever_the_wires_do);
	return g_test_run();
}
