/* SPDX-License-Identifier: MIT */
/* Watched lines of the genuine libgpiod: edges, chips and kernels that know of none or of
 * no bias, and other threads on the same chip. */
#include <poll.h>

#include "appliance/base/error.h"
#include "tests/models/gpiochip_scene.h"

#define PATIENCE_MS 10000
#define BUTTON	    17

static const struct line button = { BUTTON, true };
static const struct line active_high = { BUTTON, false };
static const struct lines_request leds = {
	.n_outputs = 3,
	.outputs = { { 27, false }, { 22, false }, { 23, true } },
};

static struct line_watch *watch_line(struct gpiochip *chip, struct line line)
{
	g_autoptr(GError) error = NULL;
	struct line_watch *watch = gpiochip_watch(chip, line, &error);

	g_assert_no_error(error);
	g_assert_nonnull(watch);
	return watch;
}

/* Waits for it. */
static void assert_edge(struct line_watch *watch, bool active, uint64_t since_ns)
{
	struct pollfd fd = { watch->fd, POLLIN, 0 };
	struct line_edge edge;
	bool got;

	g_assert_cmpint(poll(&fd, 1, PATIENCE_MS), ==, 1);
	g_assert_true(line_watch_read(watch, &edge, &got, NULL));
	g_assert_true(got);
	g_assert_cmpint(edge.active, ==, active);
	g_assert_cmpuint(edge.time_ns, >=, since_ns);
	g_assert_cmpuint(edge.time_ns, <=, clock_now_ns(clock_monotonic()));
}

static void assert_no_edge(struct line_watch *watch)
{
	struct line_edge edge;
	bool got = true;

	g_assert_true(line_watch_read(watch, &edge, &got, NULL));
	g_assert_false(got);
}

static void assert_active(struct line_watch *watch, bool expected)
{
	bool active;

	g_assert_true(line_watch_get(watch, &active, NULL));
	g_assert_cmpint(active, ==, expected);
}

/* libgpiod 1 and 2 speak different uAPIs, of which one has no old kernels. */
static bool is_first_uapi(const struct gpiochip *chip)
{
	return chip->libgpiod[0] == '1';
}

static void test_edges_wake_who_polls(struct gpiochip_scene *scene, gconstpointer data)
{
	struct gpiochip *chip = gpiochip_scene_open(NULL);
	uint64_t since_ns = clock_now_ns(clock_monotonic());
	struct line_watch *watch = watch_line(chip, button);

	assert_no_edge(watch);
	gpiochip_scene_say(scene, "17=0");
	assert_edge(watch, true, since_ns);
	gpiochip_scene_say(scene, "17=open 17=0");
	assert_edge(watch, false, since_ns);
	assert_edge(watch, true, since_ns);
	assert_no_edge(watch);
	line_watch_close(watch);
	gpiochip_close(chip);
}

static void test_an_active_low_line_is_pulled_up(struct gpiochip_scene *scene,
						 gconstpointer data)
{
	struct gpiochip *chip = gpiochip_scene_open(NULL);
	struct line_watch *watch = watch_line(chip, button);

	assert_active(watch, false);
	gpiochip_scene_say(scene, "17=0");
	assert_active(watch, true);
	gpiochip_scene_say(scene, "17=open");
	assert_active(watch, false);
	line_watch_close(watch);
	gpiochip_close(chip);
}

static void test_an_active_high_line_is_pulled_down(struct gpiochip_scene *scene,
						    gconstpointer data)
{
	struct gpiochip *chip = gpiochip_scene_open(NULL);
	struct line_watch *watch = watch_line(chip, active_high);

	assert_active(watch, false);
	gpiochip_scene_say(scene, "17=1");
	assert_active(watch, true);
	assert_edge(watch, true, 0);
	gpiochip_scene_say(scene, "17=open");
	assert_edge(watch, false, 0);
	line_watch_close(watch);
	gpiochip_close(chip);
}

/* It refuses a bias, so the line reads low; and edges are told by the time of day. */
static void test_a_kernel_without_bias(struct gpiochip_scene *scene, gconstpointer data)
{
	struct gpiochip *chip = gpiochip_scene_open(NULL);
	uint64_t since_ns = clock_now_ns(clock_monotonic());
	struct line_watch *watch;

	g_setenv("SIXPIN_GPIOCHIP_OLD", "1", TRUE);
	watch = watch_line(chip, button);
	assert_active(watch, is_first_uapi(chip));
	gpiochip_scene_say(scene, "17=0 17=1");
	if (!is_first_uapi(chip))
		assert_edge(watch, true, since_ns);
	assert_edge(watch, false, since_ns);
	gpiochip_scene_say(scene, "17=0");
	assert_edge(watch, true, since_ns);
	assert_no_edge(watch);
	line_watch_close(watch);
	gpiochip_close(chip);
}

static void test_a_chip_without_interrupts_has_levels(struct gpiochip_scene *scene,
						      gconstpointer data)
{
	struct gpiochip *chip = gpiochip_scene_open(NULL);
	struct line_watch *watch;

	g_setenv("SIXPIN_GPIOCHIP_NO_EDGES", "1", TRUE);
	watch = watch_line(chip, button);
	g_assert_cmpint(watch->fd, ==, -1);
	assert_active(watch, false);
	gpiochip_scene_say(scene, "17=0");
	assert_active(watch, true);
	assert_no_edge(watch);
	g_assert_cmpuint(gpiochip_scene_count(scene, "request lines=17 errno=0"), ==, 1);
	g_assert_cmpuint(gpiochip_scene_count(
				 scene, is_first_uapi(chip) ? "request lines=17 errno=19"
							    : "request lines=17 errno=6"),
			 >, 0);
	line_watch_close(watch);
	gpiochip_close(chip);
}

static void test_an_old_kernel_without_interrupts(struct gpiochip_scene *scene,
						  gconstpointer data)
{
	struct gpiochip *chip = gpiochip_scene_open(NULL);
	struct line_watch *watch;

	g_setenv("SIXPIN_GPIOCHIP_NO_EDGES", "1", TRUE);
	g_setenv("SIXPIN_GPIOCHIP_OLD", "1", TRUE);
	watch = watch_line(chip, button);
	g_assert_cmpint(watch->fd, ==, -1);
	assert_active(watch, is_first_uapi(chip));
	gpiochip_scene_say(scene, "17=1");
	assert_active(watch, false);
	line_watch_close(watch);
	gpiochip_close(chip);
}

/* The kernel keeps 16: the first uAPI the first ones, the second the last. The level is
 * the truth. */
static void test_more_edges_than_the_kernel_keeps(struct gpiochip_scene *scene,
						  gconstpointer data)
{
	struct gpiochip *chip = gpiochip_scene_open(NULL);
	struct line_watch *watch = watch_line(chip, button);
	g_autoptr(GString) words = g_string_new(NULL);
	struct line_edge edge = { 0 };
	unsigned n_edges = 0;
	bool got = true;

	for (unsigned i = 0; i < 21; i++)
		g_string_append_printf(words, "17=%u ", i & 1);
	gpiochip_scene_say(scene, words->str);
	assert_active(watch, true);
	while (got) {
		g_assert_true(line_watch_read(watch, &edge, &got, NULL));
		n_edges += got;
	}

	g_assert_cmpuint(n_edges, ==, 16);
	g_assert_cmpint(edge.active, ==, !is_first_uapi(chip));
	line_watch_close(watch);
	gpiochip_close(chip);
}

static void test_a_line_in_use_is_busy(struct gpiochip_scene *scene, gconstpointer data)
{
	const struct lines_request request = { .n_inputs = 1, .inputs = { button } };
	struct gpiochip *chip = gpiochip_scene_open(NULL);
	struct line_watch *watch = watch_line(chip, button);
	g_autoptr(GError) again = NULL, error = NULL;

	g_assert_null(gpiochip_watch(chip, button, &again));
	g_assert_error(again, SIXPIN_ERROR, SIXPIN_ERROR_BUSY);
	g_assert_cmpstr(again->message, ==,
			"line 17 of " GPIOCHIP_NAME
			" is in use by sixpin; stop that program or driver, or wire to "
			"another line");
	g_assert_null(gpiochip_request(chip, &request, &error));
	g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_BUSY);
	g_assert_cmpstr(error->message, ==, again->message);
	line_watch_close(watch);
	lines_close(gpiochip_scene_request(chip, &request));
	line_watch_close(watch_line(chip, button));
	gpiochip_close(chip);
}

static void test_a_line_beyond_the_chip(struct gpiochip_scene *scene, gconstpointer data)
{
	struct gpiochip *chip = gpiochip_scene_open(NULL);
	g_autoptr(GError) error = NULL;

	g_assert_null(gpiochip_watch(chip, (struct line){ 54, true }, &error));
	g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE);
	g_assert_cmpstr(error->message, ==,
			GPIOCHIP_NAME " has no line 54; its lines are 0 to 53");
	gpiochip_close(chip);
}

/* A programmer beside the panel. */
struct other_thread {
	struct gpiochip *chip;
	gint stop;
	unsigned n_rounds;
};

static void *take_lines_again_and_again(void *data)
{
	struct other_thread *other = data;

	while (!g_atomic_int_get(&other->stop) || !other->n_rounds) {
		struct lines *lines = gpiochip_scene_request(other->chip, &leds);
		g_autoptr(GError) error = NULL;

		g_assert_null(gpiochip_request(other->chip, &leds, &error));
		g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_BUSY);
		g_assert_true(lines_drive(lines, 1, NULL));
		g_assert_true(lines_set(lines, 7, other->n_rounds, NULL));
		g_assert_true(lines_release(lines, NULL));
		lines_close(lines);
		other->n_rounds++;
	}
	gpiochip_close(other->chip);
	return NULL;
}

static void test_two_threads_share_a_chip(struct gpiochip_scene *scene,
					  gconstpointer data)
{
	struct gpiochip *chip = gpiochip_scene_open(NULL);
	struct other_thread other = { .chip = gpiochip_ref(chip) };
	GThread *thread = g_thread_new("lines", take_lines_again_and_again, &other);

	for (unsigned i = 0; i < 100; i++) {
		struct line_watch *watch = watch_line(chip, button);

		gpiochip_scene_say(scene, "17=open 17=0");
		assert_edge(watch, true, 0);
		assert_active(watch, true);
		gpiochip_scene_say(scene, "17=open");
		assert_edge(watch, false, 0);
		line_watch_close(watch);
	}
	gpiochip_close(chip);
	g_atomic_int_set(&other.stop, 1);
	g_thread_join(thread);

	g_assert_cmpuint(gpiochip_scene_count(scene, "set lines=27,22,23 errno=0"), ==,
			 other.n_rounds);
}

#define ADD(path, function)                                           \
	g_test_add("/watch-gpiod/" path, struct gpiochip_scene, NULL, \
		   gpiochip_scene_set_up, function, gpiochip_scene_tear_down)

static void add_tests(void)
{
	ADD("edges-wake-who-polls", test_edges_wake_who_polls);
	ADD("an-active-low-line-is-pulled-up", test_an_active_low_line_is_pulled_up);
	ADD("an-active-high-line-is-pulled-down",
	    test_an_active_high_line_is_pulled_down);
	ADD("a-kernel-without-bias", test_a_kernel_without_bias);
	ADD("a-chip-without-interrupts-has-levels",
	    test_a_chip_without_interrupts_has_levels);
	ADD("an-old-kernel-without-interrupts", test_an_old_kernel_without_interrupts);
	ADD("more-edges-than-the-kernel-keeps", test_more_edges_than_the_kernel_keeps);
	ADD("a-line-in-use-is-busy", test_a_line_in_use_is_busy);
	ADD("a-line-beyond-the-chip", test_a_line_beyond_the_chip);
	ADD("two-threads-share-a-chip", test_two_threads_share_a_chip);
}

int main(int argc, char **argv)
{
	gpiochip_scene_init(argv);
	return gpiochip_scene_run(argc, argv, add_tests);
}
