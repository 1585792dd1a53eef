/* SPDX-License-Identifier: MIT */
/*
 * What it takes to program an ATmega328P through USB programmers: control transfers,
 * counted on the wire, and time on the model's clock. Erase, write and verify of 32 KiB
 * of random data, the way the command line does it; checked against the part's memory.
 */
#include <string.h>

#include "appliance/avr/write.h"
#include "tests/bench/figure.h"
#include "tests/models/usb_scene.h"

#define PART	    "ATmega328P"
#define FLASH_BYTES 32768
#define DATA_SEED   328
#define KIB	    (FLASH_BYTES / 1024.0)

static void stop_on(GError *error)
{
	if (error)
		g_error("%s", error->message);
}

static struct image *make_image(void)
{
	g_autofree uint8_t *data = g_malloc(FLASH_BYTES);
	struct image *image = image_new();
	GRand *random = g_rand_new_with_seed(DATA_SEED);

	for (unsigned i = 0; i < FLASH_BYTES; i++)
		data[i] = (uint8_t)g_rand_int_range(random, 0, 256);
	g_rand_free(random);
	image_add(image, 0, data, FLASH_BYTES, NULL);
	return image;
}

static void run(struct usb_scene *scene, const struct image *image)
{
	g_autofree uint8_t *data = g_malloc(FLASH_BYTES);
	struct avr_plan plan = { .flash = image, .erase = true, .verify = true };
	struct avr_outcome outcome;
	g_autoptr(GError) error = NULL;

	board_clock_parse("crystal:16M", &scene->settings.board, &error);
	stop_on(error);
	usb_scene_begin(scene, &error);
	stop_on(error);
	avr_write(&scene->station->avr, &plan, &outcome, &error);
	stop_on(error);
	station_leave(scene->station, &error);
	stop_on(error);
	image_read(image, 0, data, FLASH_BYTES, 0xFF);
	if (memcmp(scene->target->cells->flash, data, FLASH_BYTES) != 0)
		g_error("the part holds something else than was written");
}

/* Entering, identifying, erasing, fuses: what no byte of the image costs. */
static unsigned transfers_without_flash(const struct programmer *programmer)
{
	usb_scene_auto struct usb_scene scene;
	image_autofree struct image *image = image_new();

	usb_scene_init(&scene, programmer, PART);
	usb_scene_set_low_fuse(&scene, 0xFF);
	run(&scene, image);
	return scene.wire.n_transfers;
}

static void measure(const struct programmer *programmer, double goal, double data_goal,
		    double time_goal_s)
{
	usb_scene_auto struct usb_scene scene;
	image_autofree struct image *image = make_image();
	unsigned n_fixed = transfers_without_flash(programmer);
	g_autofree char *all = g_strdup_printf("%s.transfers_per_kib", programmer->id);
	g_autofree char *data =
		g_strdup_printf("%s.data_transfers_per_kib", programmer->id);
	g_autofree char *time = g_strdup_printf("%s.time", programmer->id);

	usb_scene_init(&scene, programmer, PART);
	usb_scene_set_low_fuse(&scene, 0xFF);
	run(&scene, image);
	figure_print(all, scene.wire.n_transfers / KIB, goal, "transfers");
	figure_print(data, (scene.wire.n_transfers - n_fixed) / KIB, data_goal,
		     "transfers");
	figure_print(time, (double)scene.target->clock.now_ns / 1e9, time_goal_s, "s");
}

int main(void)
{
	measure(&programmer_usbasp, 16.5, 12.5, 4.5);
	/* Wanted are 25 for the whole: the firmware takes 24, entering the rest. */
	measure(&programmer_usbtiny, 30, 25, 6.5);
	return 0;
}
