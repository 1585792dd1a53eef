/* SPDX-License-Identifier: MIT */
/*
 * What it takes to program an ATmega328P over GPIO lines, on the virtual board: kernel
 * calls counted at the GPIO seam, time on the board's clock. Erase, write and verify of
 * 32 KiB of random data, the way the command line does it; every run is checked against
 * the part's memory.
 */
#include <glib/gstdio.h>
#include <string.h>

#include "appliance/avr/write.h"
#include "appliance/station/station.h"
#include "gpio/lines_backends.h"
#include "gpio/virtual/avr_chip.h"
#include "gpio/virtual/board.h"
#include "tests/bench/figure.h"
#include "tests/models/lines_counter.h"

#define PART	      "ATmega328P"
#define FLASH_BYTES   32768
#define PAGE_BYTES    128
#define DATA_SEED     328
#define N_STALL_SEEDS 20

/* How the part is clocked, and the rate that its data sheet ends at. */
struct clocking {
	const char *name;
	uint8_t low_fuse;
	uint32_t hz;
	const char *board; /* what the user would say of it */
	unsigned sck_hz;
};

static const struct clocking at_1_mhz = { "1mhz", 0x62, 1000000, "internal", 250000 };
static const struct clocking at_8_mhz = { "8mhz", 0xE2, 8000000, "internal", 2000000 };
static const struct clocking at_16_mhz = { "16mhz", 0xFF, 16000000, "crystal:16M",
					   2666666 };

struct session {
	const struct clocking *clocking;
	bool sck_given; /* else auto */
	unsigned ioctl_ns;
	unsigned stall_seed;
};

struct result {
	struct lines_counts counts;
	struct avr_chip_stats stats;
	uint64_t ns;
};

/* The board file of all sessions, and the chip below the counter of the present one. */
static struct {
	char *dir;
	char *path;
	struct lines_counts counts;
	struct gpiochip *chip;
} bench;

static struct avr_chip *session_chip(void)
{
	return virtual_board_chip(gpiochip_virtual_board(bench.chip));
}

static void stop_on(GError *error)
{
	if (error)
		g_error("%s", error->message);
}

/* A part with these fuses since before it was powered. */
static void prepare_part(const struct clocking *clocking)
{
	g_autofree char *spec = g_strdup_printf("virtual:" PART ",state=%s", bench.path);
	struct virtual_board *board;
	g_autoptr(GError) error = NULL;

	g_unlink(bench.path);
	board = virtual_board_open(spec, &error);
	stop_on(error);
	avr_chip_cells(virtual_board_chip(board))->fuses[FUSE_LOW] = clocking->low_fuse;
	virtual_board_close(board);
}

static struct station *begin(const struct session *session, const char *spec)
{
	struct station_settings settings;
	struct station *station;
	g_autoptr(GError) error = NULL;

	station_settings_init(&settings);
	bench.chip = gpiochip_open(spec, &error);
	stop_on(error);
	settings.config.opened_chip = gpiochip_counter_new(bench.chip, &bench.counts);
	if (session->sck_given)
		settings.sck_hz = session->clocking->sck_hz;
	board_clock_parse(session->clocking->board, &settings.board, &error);
	stop_on(error);
	station = station_begin(&settings, &error);
	stop_on(error);
	return station;
}

static void check_flash(const struct image *image)
{
	uint8_t *expected = g_malloc(FLASH_BYTES);

	image_read(image, 0, expected, FLASH_BYTES, 0xFF);
	if (memcmp(avr_chip_cells(session_chip())->flash, expected, FLASH_BYTES) != 0)
		g_error("the part holds something else than was written");
	g_free(expected);
}

static struct result run(const struct session *session, const struct avr_plan *plan)
{
	g_autofree char *spec =
		g_strdup_printf("virtual:" PART ",clock=16M,ioctl=%u,stall=%u,state=%s",
				session->ioctl_ns, session->stall_seed, bench.path);
	struct avr_outcome outcome;
	struct station *station;
	struct result result;
	g_autoptr(GError) error = NULL;

	prepare_part(session->clocking);
	memset(&bench.counts, 0, sizeof(bench.counts));
	station = begin(session, spec);
	avr_write(&station->avr, plan, &outcome, &error);
	stop_on(error);
	station_leave(station, &error);
	stop_on(error);
	result.counts = bench.counts;
	result.stats = *avr_chip_stats(session_chip());
	result.ns = clock_now_ns(station->link->clock);
	if (plan->flash)
		check_flash(plan->flash);
	station_close(station);
	return result;
}

/* Every page that `is_blank` does not take is random, and the same in every run. */
static struct image *make_image(bool every_other_blank)
{
	g_autofree uint8_t *data = g_malloc(FLASH_BYTES);
	struct image *image = image_new();
	GRand *random = g_rand_new_with_seed(DATA_SEED);

	for (unsigned i = 0; i < FLASH_BYTES; i++)
		data[i] = (uint8_t)g_rand_int_range(random, 0, 256);
	for (unsigned page = 0; every_other_blank && page < FLASH_BYTES;
	     page += 2 * PAGE_BYTES)
		memset(data + page, 0xFF, PAGE_BYTES);
	g_rand_free(random);
	image_add(image, 0, data, FLASH_BYTES, NULL);
	return image;
}

static struct result write_random(const struct session *session)
{
	image_autofree struct image *image = make_image(false);
	struct avr_plan plan = { .flash = image, .erase = true, .verify = true };

	return run(session, &plan);
}

/* 49 ms + 2 I + 65,536 I + 256 (I + 4.5 ms), I = 32 periods of the fastest SCK. */
static double limit_ns(const struct clocking *clocking)
{
	double period_ns = (clocking->hz >= 12000000 ? 6e9 : 4e9) / clocking->hz;
	double instruction_ns = 32 * period_ns;

	return 49e6 + (2 + 65536) * instruction_ns + 256 * (instruction_ns + 4.5e6);
}

static void measure_calls(void)
{
	struct result result =
		write_random(&(struct session){ &at_16_mhz, false, 188, 0 });

	figure_print("gpio.ioctls_per_bit.16mhz",
		     (double)(result.counts.sets + result.counts.gets) /
			     (double)result.stats.sck_edges,
		     2.15, "ioctl/bit");
}

static void measure_time(const struct session *session, double goal)
{
	g_autofree char *name = g_strdup_printf(
		"gpio.time_over_limit.%s.%uns.%s", session->clocking->name,
		session->ioctl_ns, session->sck_given ? "given" : "auto");
	struct result result = write_random(session);

	figure_print(name, (double)result.ns / limit_ns(session->clocking), goal,
		     "ratio");
}

static void measure_violations(const struct clocking *clocking)
{
	g_autofree char *name = g_strdup_printf("gpio.sck_violations.%s", clocking->name);
	uint64_t n_violations = 0;

	for (unsigned seed = 1; seed <= N_STALL_SEEDS; seed++) {
		const struct session session = { clocking, seed & 1, seed & 2 ? 188 : 770,
						 seed };

		n_violations += write_random(&session).stats.sck_violations;
	}
	figure_print(name, (double)n_violations, 0, "phases");
}

static void measure_erase(void)
{
	struct avr_plan plan = { .erase = true };
	struct result result = run(&(struct session){ &at_16_mhz, false, 770, 0 }, &plan);

	figure_print("gpio.erase_only", (double)result.ns / 1e6, 60, "ms");
}

static void measure_page_writes(void)
{
	image_autofree struct image *image = make_image(true);
	struct avr_plan plan = { .flash = image, .erase = true, .verify = true };
	struct result result = run(&(struct session){ &at_16_mhz, false, 188, 0 }, &plan);

	figure_print("gpio.page_writes.half_blank", (double)result.stats.page_writes,
		     FLASH_BYTES / PAGE_BYTES / 2, "pages");
}

int main(void)
{
	bench.dir = g_dir_make_tmp("sixpin-bench-XXXXXX", NULL);
	bench.path = g_build_filename(bench.dir, "board", NULL);

	measure_calls();
	for (int given = 0; given <= 1; given++) {
		measure_time(&(struct session){ &at_16_mhz, given, 188, 0 }, 1.05);
		measure_time(&(struct session){ &at_16_mhz, given, 770, 0 }, 2.4);
		measure_time(&(struct session){ &at_1_mhz, given, 770, 0 }, 1.10);
	}
	measure_violations(&at_1_mhz);
	measure_violations(&at_8_mhz);
	measure_violations(&at_16_mhz);
	measure_erase();
	measure_page_writes();

	g_unlink(bench.path);
	g_rmdir(bench.dir);
	g_free(bench.path);
	g_free(bench.dir);
	return 0;
}
