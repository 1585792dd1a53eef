/* SPDX-License-Identifier: MIT */
/*
 * Where the model of the chip is and what it is told, and how its log reads.
 */
#include "tests/models/gpiochip_scene.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static const char *const scene_settings[] = {
	"SIXPIN_GPIOCHIP_KEEP",
	"SIXPIN_GPIOCHIP_DENY",
	"SIXPIN_GPIOCHIP_OLD",
	"SIXPIN_GPIOCHIP_NO_EDGES",
};

/* An empty socket behind a load switch: GPIO6 high makes the sense line, GPIO13, high. */
void gpiochip_scene_set_up(struct gpiochip_scene *scene, gconstpointer data)
{
	g_autofree char *board = NULL;

	(void)data;
	scene->dir = g_dir_make_tmp("sixpin-XXXXXX", NULL);
	scene->state = g_build_filename(scene->dir, "board", NULL);
	scene->log = g_build_filename(scene->dir, "log", NULL);
	scene->outside = g_build_filename(scene->dir, "outside", NULL);
	board = g_strdup_printf("virtual:none,switched,realtime,state=%s,outside=%s",
				scene->state, scene->outside);
	g_setenv("SIXPIN_GPIOCHIP_BOARD", board, TRUE);
	g_setenv("SIXPIN_GPIOCHIP_PATH", GPIOCHIP_PATH, TRUE);
	g_setenv("SIXPIN_GPIOCHIP_LABEL", "pinctrl-bcm2711", TRUE);
	g_setenv("SIXPIN_GPIOCHIP_LOG", scene->log, TRUE);
	for (unsigned i = 0; i < G_N_ELEMENTS(scene_settings); i++)
		g_unsetenv(scene_settings[i]);
}

void gpiochip_scene_tear_down(struct gpiochip_scene *scene, gconstpointer data)
{
	g_autofree char *holders = g_strconcat(scene->state, ".lines", NULL);

	(void)data;
	g_unlink(holders);
	g_unlink(scene->state);
	g_unlink(scene->log);
	g_rmdir(scene->dir);
	g_free(scene->dir);
	g_free(scene->state);
	g_free(scene->log);
	g_free(scene->outside);
}

static char **log_lines(const struct gpiochip_scene *scene)
{
	g_autofree char *text = NULL;

	g_assert_true(g_file_get_contents(scene->log, &text, NULL, NULL));
	return g_strsplit(g_strchomp(text), "\n", -1);
}

unsigned gpiochip_scene_count(const struct gpiochip_scene *scene, const char *call)
{
	g_auto(GStrv) lines = log_lines(scene);
	unsigned n = 0;

	for (unsigned i = 0; lines[i]; i++)
		n += g_str_has_prefix(lines[i], call);
	return n;
}

/* What the last call left on the header. */
void gpiochip_scene_assert_header(const struct gpiochip_scene *scene, uint64_t driven,
				  uint64_t high)
{
	g_auto(GStrv) lines = log_lines(scene);
	const char *last = strstr(lines[g_strv_length(lines) - 1], "driven=");
	unsigned long long found_driven, levels;

	g_assert_cmpint(sscanf(last, "driven=%llx levels=%llx", &found_driven, &levels),
			==, 2);
	g_assert_cmphex(found_driven, ==, driven);
	g_assert_cmphex(levels & found_driven, ==, high);
}

void gpiochip_scene_say(const struct gpiochip_scene *scene, const char *words)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	g_strlcpy(address.sun_path, scene->outside, sizeof(address.sun_path));
	g_assert_cmpint(sendto(fd, words, strlen(words), 0, (struct sockaddr *)&address,
			       sizeof(address)),
			==, (gssize)strlen(words));
	close(fd);
}

struct gpiochip *gpiochip_scene_open(const char *spec)
{
	g_autoptr(GError) error = NULL;
	struct gpiochip *chip = gpiochip_open(spec, &error);

	g_assert_no_error(error);
	return chip;
}

struct lines *gpiochip_scene_request(struct gpiochip *chip,
				     const struct lines_request *request)
{
	g_autoptr(GError) error = NULL;
	struct lines *lines = gpiochip_request(chip, request, &error);

	g_assert_no_error(error);
	return lines;
}

/* A sanitized program takes a library in front of the sanitizer's only when told to. */
static void run_again_with(const char *preload, char **argv)
{
	const char *options = g_getenv("ASAN_OPTIONS");
	g_autofree char *both = g_strconcat(options ? options : "", options ? ":" : "",
					    "verify_asan_link_order=0", NULL);

	g_setenv("ASAN_OPTIONS", both, TRUE);
	g_setenv("LD_PRELOAD", preload, TRUE);
	execv("/proc/self/exe", argv);
	g_error("cannot run again with %s: %s", preload, g_strerror(errno));
}

static char *preload_path(void)
{
	g_autofree char *self = g_file_read_link("/proc/self/exe", NULL);
	g_autofree char *dir = g_path_get_dirname(self);
	g_autofree char *path = g_build_filename(dir, "../../preload/gpiochip.so", NULL);

	return g_canonicalize_filename(path, NULL);
}

static void test_skipped(gconstpointer preload)
{
	g_autofree char *why = g_strdup_printf("%s is missing", (const char *)preload);

	g_test_skip(why);
}

void gpiochip_scene_init(char **argv)
{
	g_autofree char *preload = preload_path();

	if (g_file_test(preload, G_FILE_TEST_EXISTS) &&
	    g_strcmp0(g_getenv("LD_PRELOAD"), preload) != 0)
		run_again_with(preload, argv);
}

int gpiochip_scene_run(int argc, char **argv, void (*add)(void))
{
	g_autofree char *preload = preload_path();

	g_test_init(&argc, &argv, NULL);
	if (g_file_test(preload, G_FILE_TEST_EXISTS))
		add();
	else
		g_test_add_data_func("/gpiochip", preload, test_skipped);
	return g_test_run();
}
