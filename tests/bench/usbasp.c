/* SPDX-License-Identifier: MIT */
/*
 * What it takes to program an ATmega328P through a USBasp: control transfers, counted on
 * the wire, and time on the model's clock. Erase, write and verify of 32 KiB of random
 * data, the way the command line does it; checked against the part's memory.
 */
#include <string.h>

#include "appliance/avr/write.h"
#include "tests/bench/figure.h"
#include "tests/models/usbasp_scene.h"

#define PART	    "ATmega328P"
#define FLASH_BYTES 32768
#define DATA_SEED   328

static void stop_on(GError *error)
{
	if (error)
		g_error("%s", error->message);
}

static struct image *make_image(uint8_t *data)
{
	struct image *image = image_new();
	GRand *random = g_rand_new_with_seed(DATA_SEED);

	for (unsigned i = 0; i < FLASH_BYTES; i++)
		data[i] = (uint8_t)g_rand_int_range(random, 0, 256);
	g_rand_free(random);
	image_add(image, 0, data, FLASH_BYTES, NULL);
	return image;
}

static void run(struct usbasp_scene *scene)
{
	g_autofree uint8_t *data = g_malloc(FLASH_BYTES);
	image_autofree struct image *image = make_image(data);
	struct avr_plan plan = { .flash = image, .erase = true, .verify = true };
	struct avr_outcome outcome;
	g_autoptr(GError) error = NULL;

	board_clock_parse("crystal:16M", &scene->settings.board, &error);
	stop_on(error);
	usbasp_scene_begin(scene, &error);
	stop_on(error);
	avr_write(&scene->station->avr, &plan, &outcome, &error);
	stop_on(error);
	station_leave(scene->station, &error);
	stop_on(error);
	if (memcmp(scene->model.target.cells->flash, data, FLASH_BYTES) != 0)
		g_error("the part holds something else than was written");
}

int main(void)
{
	usbasp_scene_auto struct usbasp_scene scene;

	usbasp_scene_init(&scene, PART);
	usbasp_scene_set_low_fuse(&scene, 0xFF);
	run(&scene);
	figure_print("usbasp.transfers_per_kib",
		     (double)scene.wire.n_transfers / (FLASH_BYTES / 1024), 16.5,
		     "transfers");
	figure_print("usbasp.time", (double)scene.model.target.clock.now_ns / 1e9, 7.5,
		     "s");
	return 0;
}
