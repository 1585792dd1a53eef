/* SPDX-License-Identifier: MIT */
/*
 * A scene for tests on the genuine libgpiod: the program runs itself again with
 * tests/preload/gpiochip.so in front of the C library, and each test gets a chip of its
 * own, pinctrl-bcm2711 at GPIOCHIP_PATH, on a virtual board. The same scenes hold for
 * libgpiod 1.6 and 2, which speak different ioctls: the model's log has one word for
 * both.
 */
#pragma once

#include <glib.h>
#include <stdint.h>

#include "gpio/lines.h"

#define GPIOCHIP_PATH "/dev/gpiochip4"
#define GPIOCHIP_NAME "pinctrl-bcm2711 (" GPIOCHIP_PATH ")"

struct gpiochip_scene {
	char *dir;
	char *state;
	char *log;
	char *outside;
};

/* A fixture of g_test_add; data is ignored. */
void gpiochip_scene_set_up(struct gpiochip_scene *scene, gconstpointer data);
void gpiochip_scene_tear_down(struct gpiochip_scene *scene, gconstpointer data);

/* How many calls so far are logged with these first words. */
unsigned gpiochip_scene_count(const struct gpiochip_scene *scene, const char *call);

/* What the last call left on the header: driven lines, and those of them that are high.
 */
void gpiochip_scene_assert_header(const struct gpiochip_scene *scene, uint64_t driven,
				  uint64_t high);

/* Words at the board's socket (gpio/virtual/board.h); some line must be held. */
void gpiochip_scene_say(const struct gpiochip_scene *scene, const char *words);

/* These must work. */
struct gpiochip *gpiochip_scene_open(const char *spec);
struct lines *gpiochip_scene_request(struct gpiochip *chip,
				     const struct lines_request *request);

/* First in main: comes back in the program with the model, or without it if it is
 * missing. */
void gpiochip_scene_init(char **argv);

/* g_test_init, add, g_test_run; or a skipped test that names the missing model. */
int gpiochip_scene_run(int argc, char **argv, void (*add)(void));
