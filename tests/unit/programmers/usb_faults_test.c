/* SPDX-License-Identifier: MIT */
/*
 * Whole jobs through USB programmers whose USB goes wrong, each from a seed. What must
 * hold: a run that says "verified" is right to the last bit, any other ends with an error
 * of our own within bounded time, and RESET is let go.
 *
 * SIXPIN_FAULT_RUNS=n   how many seeds
 * SIXPIN_FAULT_SEED=n   this one alone
 */
#include <string.h>

#include "appliance/avr/write.h"
#include "appliance/base/error.h"
#include "tests/models/usb_scene.h"

#ifdef __SANITIZE_ADDRESS__
#define N_RUNS 1000
#else
#define N_RUNS 10000
#endif

#define MAX_SECONDS   120
#define MAX_TRANSFERS 20000
#define LAST_TRANSFER 700
#define MAX_FLASH     8192

struct subject {
	const char *part;
	unsigned weight;
	uint8_t fuses[3][PART_MAX_FUSES]; /* that any board runs with */
	uint8_t locks[2];
};

static const struct subject subjects[] = {
	{ "ATtiny13",
	  6,
	  { { 0x6A, 0xFF }, { 0x7A, 0xFB }, { 0x2A, 0xFD } },
	  { 0xFE, 0xFC } },
	{ "ATmega88",
	  2,
	  { { 0x62, 0xDF, 0xF9 }, { 0xE2, 0xDE, 0xF8 }, { 0xE2, 0xD7, 0xFA } },
	  { 0xEF, 0xFC } },
	{ "ATmega8",
	  2,
	  { { 0xE1, 0xD9 }, { 0xE4, 0xD1 }, { 0xA2, 0xD8 } },
	  { 0xEF, 0xFC } },
};

struct run {
	GRand *rand;
	struct usb_scene scene;
	struct avr_plan plan;
	struct avr_outcome outcome;
	const struct part *part;
	struct image *flash;
	struct image *eeprom;
	struct avr_cells before;
	GString *wrong; /* what does not hold */
};

static unsigned draw(struct run *run, unsigned n)
{
	return (unsigned)g_rand_int_range(run->rand, 0, (gint32)n);
}

static const struct subject *draw_subject(struct run *run)
{
	unsigned drawn = draw(run, 10);
	unsigned i = 0;

	while (drawn >= subjects[i].weight)
		drawn -= subjects[i++].weight;
	return &subjects[i];
}

static void draw_bytes(struct run *run, uint8_t *data, uint32_t n_bytes)
{
	for (uint32_t i = 0; i < n_bytes; i++)
		data[i] = draw(run, 4) ? (uint8_t)draw(run, 256) : 0xFF;
}

static struct image *draw_image(struct run *run, uint32_t limit, uint32_t most_bytes)
{
	struct image *image = image_new();
	uint32_t at = draw(run, limit / 2);
	uint8_t data[600];

	for (unsigned i = 0; i < 2 && at < limit; i++) {
		uint32_t n = 1 + draw(run, most_bytes);

		n = MIN(n, limit - at);
		draw_bytes(run, data, n);
		g_assert_true(image_add(image, at, data, n, NULL));
		at += n + 1 + draw(run, 200);
	}
	return image;
}

static void draw_plan(struct run *run, const struct subject *subject)
{
	const uint8_t *fuses = subject->fuses[draw(run, 3)];

	run->flash = draw_image(run, run->part->flash_bytes, 400);
	run->eeprom = draw_image(run, run->part->eeprom_bytes, 8);
	run->plan.erase = true;
	run->plan.verify = true;
	run->plan.flash = run->flash;
	run->plan.eeprom = draw(run, 2) ? run->eeprom : NULL;
	for (unsigned byte = 0; byte < run->part->n_fuses; byte++) {
		run->plan.has_fuse[byte] = draw(run, 3) == 0;
		run->plan.fuses[byte] = fuses[byte];
	}
	run->plan.has_lock = draw(run, 3) == 0;
	run->plan.lock = subject->locks[draw(run, 2)];
}

static void draw_faults(struct run *run)
{
	static const unsigned lengths[] = { 1, 1, 1, 1, 2, 3, 10, 1000000 };

	run->scene.wire.random = g_rand_int(run->rand);
	for (unsigned i = 0; i <= draw(run, USB_WIRE_MAX_FAULTS); i++)
		run->scene.wire.faults[i] = (struct usb_fault){
			draw(run, USB_N_FAULTS),
			1 + draw(run, LAST_TRANSFER),
			lengths[draw(run, G_N_ELEMENTS(lengths))],
		};
}

static void draw_traits(struct run *run)
{
	struct usbasp_traits *traits = &run->scene.usbasp.traits;

	traits->no_setispsck = draw(run, 16) == 0;
	traits->no_capabilities = draw(run, 4) == 0;
	traits->fast = draw(run, 3) == 0;
	traits->slow_jumper = draw(run, 12) == 0;
}

static void run_init(struct run *run, const struct programmer *programmer, unsigned seed)
{
	const struct subject *subject;

	memset(run, 0, sizeof(*run));
	run->rand = g_rand_new_with_seed(seed);
	run->wrong = g_string_new(NULL);
	subject = draw_subject(run);
	usb_scene_init(&run->scene, programmer, subject->part);
	run->part = part_find(subject->part, NULL);
	run->scene.settings.part = draw(run, 2) ? run->part : NULL;
	run->scene.settings.sck_hz = draw(run, 2) ? 100000 : 0;
	draw_bytes(run, run->scene.target->cells->flash, run->part->flash_bytes / 2);
	draw_traits(run);
	draw_plan(run, subject);
	draw_faults(run);
	run->before = *run->scene.target->cells;
}

static void run_clear(struct run *run)
{
	usb_scene_clear(&run->scene);
	image_free(run->flash);
	image_free(run->eeprom);
	g_rand_free(run->rand);
	g_string_free(run->wrong, TRUE);
}

static gboolean run_job(struct run *run, GError **error)
{
	struct usb_scene *scene = &run->scene;

	return usb_scene_begin(scene, error) &&
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

static void expect_success(struct run *run)
{
	const struct avr_cells *cells = run->scene.target->cells;
	uint8_t expected[MAX_FLASH];

	if (!run->outcome.verified)
		g_string_append(run->wrong, " success that is not verified;");
	image_read(run->flash, 0, expected, run->part->flash_bytes, 0xFF);
	expect_bytes(run, "flash", expected, cells->flash, run->part->flash_bytes);
	memset(expected, 0xFF, run->part->eeprom_bytes);
	if (run->plan.eeprom)
		image_read(run->eeprom, 0, expected, run->part->eeprom_bytes, 0xFF);
	expect_bytes(run, "EEPROM", expected, cells->eeprom, run->part->eeprom_bytes);
	for (unsigned byte = 0; byte < run->part->n_fuses; byte++)
		expect_byte(run, fuse_byte_names[byte], run->part->fuse_mask[byte],
			    run->plan.has_fuse[byte] ? run->plan.fuses[byte]
						     : run->before.fuses[byte],
			    cells->fuses[byte]);
	expect_byte(run, "lock", run->part->lock_mask,
		    run->plan.has_lock ? run->plan.lock : 0xFF, cells->lock);
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
	uint64_t ns = run->scene.target->clock.now_ns;

	if (ns / 1000000000u >= MAX_SECONDS)
		g_string_append_printf(run->wrong, " took %u s;",
				       (unsigned)(ns / 1000000000u));
	if (run->scene.wire.n_transfers >= MAX_TRANSFERS)
		g_string_append_printf(run->wrong, " took %u transfers;",
				       run->scene.wire.n_transfers);
}

/* RESET is low for as long as a programmer with power was not told to let it go: where
 * that request went wrong, the run has failed. Only that it says so and does not cannot
 * be seen. */
static void expect_released(struct run *run, gboolean ok)
{
	if (ok && !run->scene.target->pins.reset && !run->scene.wire.has_lied)
		g_string_append(run->wrong, " success, and RESET is low;");
	usb_scene_cut(&run->scene);
}

struct tally {
	unsigned passed;
	unsigned passed_in_spite;
	unsigned failed[SIXPIN_N_ERRORS];
	unsigned wrong;
};

static void run_seed(const struct programmer *programmer, unsigned seed,
		     struct tally *tally)
{
	g_autoptr(GError) error = NULL;
	struct run run;
	gboolean ok;

	run_init(&run, programmer, seed);
	ok = run_job(&run, &error);
	g_clear_pointer(&run.scene.station, station_close);
	if (ok)
		expect_success(&run);
	else
		expect_error(&run, error);
	expect_released(&run, ok);
	expect_bounds(&run);
	tally->passed += ok;
	tally->passed_in_spite += ok && run.scene.wire.n_faults;
	if (!ok && error && error->domain == SIXPIN_ERROR)
		tally->failed[error->code]++;
	if (run.wrong->len) {
		g_test_message("seed %u, %s:%s", seed, run.part->name, run.wrong->str);
		tally->wrong++;
	}
	if (g_getenv("SIXPIN_FAULT_SEED"))
		g_test_message("%s", ok ? "passed" : error->message);
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

static void test_a_verified_run_is_right_whatever_usb_does(gconstpointer user)
{
	unsigned first = number_from("SIXPIN_FAULT_SEED", 1);
	unsigned n_runs = g_getenv("SIXPIN_FAULT_SEED")
				  ? 1
				  : number_from("SIXPIN_FAULT_RUNS", N_RUNS);
	struct tally tally = { 0 };

	for (unsigned i = 0; i < n_runs; i++)
		run_seed(user, first + i, &tally);
	report(&tally);
	g_assert_cmpuint(tally.wrong, ==, 0);
}

/* FALSE once the job ends before its turn comes. */
static gboolean unplug_at(const struct programmer *programmer, unsigned transfer)
{
	g_autoptr(GError) error = NULL;
	struct run run;
	gboolean ok;

	run_init(&run, programmer, 1);
	memset(run.scene.wire.faults, 0, sizeof(run.scene.wire.faults));
	run.scene.wire.faults[0] = (struct usb_fault){ USB_FAULT_UNPLUG, transfer, 1 };
	ok = run_job(&run, &error);
	if (!ok) {
		g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_IO);
		g_assert_nonnull(
			strstr(error->message, "USB device 1-1.4: it was unplugged"));
	}
	g_assert_true(ok == !run.scene.device.is_gone);
	run_clear(&run);
	return !ok;
}

static void test_unplugged_at_every_transfer(gconstpointer user)
{
	unsigned transfer = 1;

	while (unplug_at(user, transfer))
		transfer++;
	g_assert_cmpuint(transfer, >, 50);
}

static void add_tests(const struct programmer *programmer)
{
	g_autofree char *unplugged = g_strdup_printf(
		"/usb/faults/%s/unplugged-at-every-transfer", programmer->id);
	g_autofree char *verified = g_strdup_printf(
		"/usb/faults/%s/a-verified-run-is-right-whatever-usb-does",
		programmer->id);

	g_test_add_data_func(unplugged, programmer, test_unplugged_at_every_transfer);
	g_test_add_data_func(verified, programmer,
			     test_a_verified_run_is_right_whatever_usb_does);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	add_tests(&programmer_usbasp);
	add_tests(&programmer_usbtiny);
	return g_test_run();
}
