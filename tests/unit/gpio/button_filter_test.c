/* SPDX-License-Identifier: MIT */
/* Thousands of presses whose contacts bounce, each with what it must be told as, to the
 * microsecond. */
#include "gpio/button.h"

#include <string.h>

#define SEED	  20240607u
#define N_PRESSES 10000u
#define MS	  1000u
#define SECOND	  1000000u
#define MAX_EDGES 128

struct edge {
	uint64_t at_us;
	bool down;
};

struct told {
	uint64_t at_us;
	enum button_event event;
};

/* One press, or a disturbance that is none. */
struct scene {
	struct edge edges[MAX_EDGES];
	unsigned n_edges;
	struct told told[4]; /* that is expected */
	unsigned n_told;
	uint64_t closed_us; /* for good */
	uint64_t opened_us;
	uint64_t end_us;
};

static void add_edge(struct scene *scene, uint64_t at_us, bool down)
{
	g_assert_cmpuint(scene->n_edges, <, MAX_EDGES);
	scene->edges[scene->n_edges++] = (struct edge){ at_us, down };
}

static void expect(struct scene *scene, uint64_t at_us, enum button_event event)
{
	scene->told[scene->n_told++] = (struct told){ at_us, event };
}

static uint64_t between(GRand *rand, uint64_t least_us, uint64_t most_us)
{
	return (uint64_t)g_rand_int_range(rand, (gint32)least_us, (gint32)most_us + 1);
}

/* Up to 15 ms of closings and openings, each as long as it likes. */
static uint64_t bounce_closed(struct scene *scene, GRand *rand, uint64_t at_us)
{
	uint64_t until_us = at_us + between(rand, 0, 15 * MS);

	add_edge(scene, at_us, true);
	for (;;) {
		uint64_t open_us = at_us + between(rand, 20, 6 * MS);
		uint64_t close_us = open_us + between(rand, 20, 6 * MS);

		if (close_us > until_us)
			return at_us;
		add_edge(scene, open_us, false);
		add_edge(scene, close_us, true);
		at_us = close_us;
	}
}

/* Openings shorter than 5 ms in the middle of a hold, and none where a hold is told. */
static void glitch(struct scene *scene, GRand *rand, uint64_t from_us, uint64_t to_us)
{
	uint64_t at_us = from_us + 25 * MS;

	for (unsigned n = between(rand, 0, 4); n > 0; n--) {
		uint64_t open_us = at_us + between(rand, 1, SECOND / 2);
		uint64_t close_us = open_us + between(rand, 1, 4999);
		uint64_t since_us = close_us - from_us;

		at_us = close_us + 100;
		if (at_us + 100 > to_us)
			return;
		if (since_us % SECOND < 10 * MS)
			continue;
		add_edge(scene, open_us, false);
		add_edge(scene, close_us, true);
	}
}

/* Gaps under 5 ms; the contact is open for good from the time that is returned. */
static uint64_t bounce_open(struct scene *scene, GRand *rand, uint64_t at_us)
{
	add_edge(scene, at_us, false);
	for (unsigned n = between(rand, 0, 8); n > 0; n--) {
		uint64_t close_us = at_us + between(rand, 1, 4999);

		add_edge(scene, close_us, true);
		at_us = close_us + between(rand, 1, 3 * MS);
		add_edge(scene, at_us, false);
	}
	return at_us;
}

/* What the spring still does in the 20 ms after a release has counted. */
static void rattle(struct scene *scene, GRand *rand, uint64_t released_us)
{
	uint64_t close_us = released_us + between(rand, 1, 10 * MS);

	if (between(rand, 0, 1))
		return;
	add_edge(scene, close_us, true);
	add_edge(scene, close_us + between(rand, 20, 9 * MS), false);
}

static uint64_t choose_held_us(GRand *rand)
{
	switch (between(rand, 0, 9)) {
	case 0:
		return between(rand, 3010 * MS, 9990 * MS);
	case 1:
		return between(rand, 10010 * MS, 15 * SECOND);
	default:
		return between(rand, 26 * MS, 2960 * MS);
	}
}

static void expect_press(struct scene *scene)
{
	uint64_t held_us = scene->opened_us - scene->closed_us;
	enum button_event released = held_us >= BUTTON_LONG_US	 ? BUTTON_LONG
				     : held_us >= BUTTON_HOLD_US ? BUTTON_HOLD
								 : BUTTON_SHORT;

	expect(scene, scene->closed_us + 20 * MS, BUTTON_DOWN);
	if (released != BUTTON_SHORT)
		expect(scene, scene->closed_us + 3 * SECOND, BUTTON_HELD);
	if (released == BUTTON_LONG)
		expect(scene, scene->closed_us + 10 * SECOND, BUTTON_HELD_LONG);
	expect(scene, scene->opened_us + 5 * MS, released);
}

static void make_press(struct scene *scene, GRand *rand, uint64_t at_us)
{
	uint64_t lets_go_us;

	*scene = (struct scene){ 0 };
	scene->closed_us = bounce_closed(scene, rand, at_us);
	lets_go_us = scene->closed_us + choose_held_us(rand);
	glitch(scene, rand, scene->closed_us, lets_go_us);
	scene->opened_us = bounce_open(scene, rand, lets_go_us);
	rattle(scene, rand, scene->opened_us + 5 * MS);
	expect_press(scene);
	scene->end_us = scene->opened_us + 30 * MS + between(rand, 0, SECOND);
}

/* Closings shorter than 20 ms, as a relay nearby makes them. */
static void make_disturbance(struct scene *scene, GRand *rand, uint64_t at_us)
{
	*scene = (struct scene){ 0 };
	for (unsigned n = between(rand, 1, 10); n > 0; n--) {
		add_edge(scene, at_us, true);
		at_us += between(rand, 1, 19999);
		add_edge(scene, at_us, false);
		at_us += between(rand, 1, 40 * MS);
	}
	scene->end_us = at_us + 30 * MS;
}

static void assert_told(const struct scene *scene, const struct told *told,
			unsigned n_told)
{
	g_assert_cmpuint(n_told, ==, scene->n_told);
	for (unsigned i = 0; i < n_told; i++) {
		g_assert_cmpint(told[i].event, ==, scene->told[i].event);
		g_assert_cmpuint(told[i].at_us, ==, scene->told[i].at_us);
	}
}

static void collect(struct button_filter *filter, uint64_t now_us, struct told *told,
		    unsigned *n_told)
{
	enum button_event event;

	while ((event = button_filter_next(filter, now_us)) != BUTTON_NOTHING) {
		g_assert_cmpuint(*n_told, <, 4);
		told[(*n_told)++] = (struct told){ now_us, event };
	}
}

/* Looks exactly when the filter asks for it, up to and without until_us. */
static void wait_until(struct button_filter *filter, uint64_t until_us, struct told *told,
		       unsigned *n_told)
{
	uint64_t deadline_us = button_filter_deadline_us(filter);

	while (deadline_us < until_us) {
		uint64_t before_us = deadline_us;

		collect(filter, deadline_us, told, n_told);
		deadline_us = button_filter_deadline_us(filter);
		g_assert_cmpuint(deadline_us, >, before_us);
	}
}

static void play_by_edges(struct button_filter *filter, const struct scene *scene)
{
	struct told told[4];
	unsigned n_told = 0;

	for (unsigned i = 0; i < scene->n_edges; i++) {
		const struct edge *edge = &scene->edges[i];

		wait_until(filter, edge->at_us, told, &n_told);
		button_filter_feed(filter, edge->at_us, edge->down);
		collect(filter, edge->at_us, told, &n_told);
	}
	wait_until(filter, scene->end_us, told, &n_told);
	assert_told(scene, told, n_told);
	g_assert_cmpuint(button_filter_deadline_us(filter), ==, UINT64_MAX);
}

typedef void (*player)(struct button_filter *filter, const struct scene *scene);

static void play_all(player play)
{
	g_autoptr(GRand) rand = g_rand_new_with_seed(SEED);
	struct button_filter filter;
	struct scene scene;
	uint64_t at_us = SECOND;

	button_filter_init(&filter);
	for (unsigned i = 0; i < N_PRESSES; i++) {
		make_press(&scene, rand, at_us);
		play(&filter, &scene);
		make_disturbance(&scene, rand, scene.end_us);
		play(&filter, &scene);
		at_us = scene.end_us;
	}
}

static void test_presses_are_told_once_and_in_time(void)
{
	play_all(play_by_edges);
}

/* A main loop that was busy finds all edges at once, and looks late. */
static void play_late(struct button_filter *filter, const struct scene *scene)
{
	struct told told[4];
	unsigned n_told = 0;

	for (unsigned i = 0; i < scene->n_edges; i++) {
		button_filter_feed(filter, scene->edges[i].at_us, scene->edges[i].down);
		collect(filter, scene->edges[i].at_us, told, &n_told);
	}
	collect(filter, scene->end_us, told, &n_told);
	g_assert_cmpuint(n_told, ==, scene->n_told);
	for (unsigned i = 0; i < n_told; i++)
		g_assert_cmpint(told[i].event, ==, scene->told[i].event);
}

static void test_edges_that_are_read_late_tell_the_same(void)
{
	play_all(play_late);
}

static void play_by_polls(struct button_filter *filter, const struct scene *scene)
{
	struct told told[4];
	unsigned n_told = 0, next = 0;
	bool down = false;

	for (uint64_t now_us = scene->edges[0].at_us & ~3ull; now_us < scene->end_us;
	     now_us += BUTTON_POLL_MS * MS) {
		while (next < scene->n_edges && scene->edges[next].at_us <= now_us)
			down = scene->edges[next++].down;
		button_filter_feed(filter, now_us, down);
		collect(filter, now_us, told, &n_told);
	}
	g_assert_cmpuint(n_told, ==, scene->n_told);
	for (unsigned i = 0; i < n_told; i++) {
		g_assert_cmpint(told[i].event, ==, scene->told[i].event);
		g_assert_cmpuint(told[i].at_us, <=,
				 scene->told[i].at_us + 2 * BUTTON_POLL_MS * MS);
	}
}

static void test_clean_contacts_that_are_polled_tell_the_same(void)
{
	g_autoptr(GRand) rand = g_rand_new_with_seed(SEED);
	struct button_filter filter;
	uint64_t at_us = SECOND;

	button_filter_init(&filter);
	for (unsigned i = 0; i < N_PRESSES / 10; i++) {
		struct scene scene = { .closed_us = at_us + between(rand, 0, 4 * MS) };

		scene.opened_us = scene.closed_us + choose_held_us(rand);
		add_edge(&scene, scene.closed_us, true);
		add_edge(&scene, scene.opened_us, false);
		expect_press(&scene);
		scene.end_us = scene.opened_us + 40 * MS;
		play_by_polls(&filter, &scene);
		at_us = scene.end_us + between(rand, 0, SECOND);
	}
}

static void poll_until(struct button_filter *filter, uint64_t *now_us, uint64_t until_us,
		       bool down, struct told *told, unsigned *n_told)
{
	for (; *now_us < until_us; *now_us += BUTTON_POLL_MS * MS) {
		button_filter_feed(filter, *now_us, down);
		collect(filter, *now_us, told, n_told);
	}
}

/* 16 ms apart were the first and the last look at a closed contact: that is no 20 ms. */
static void test_what_polls_have_not_seen_is_not_counted(void)
{
	struct button_filter filter;
	struct told told[4];
	unsigned n_told = 0;
	uint64_t now_us = 0;

	button_filter_init(&filter);
	poll_until(&filter, &now_us, 100 * MS, false, told, &n_told);
	poll_until(&filter, &now_us, 120 * MS, true, told, &n_told);
	poll_until(&filter, &now_us, 200 * MS, false, told, &n_told);

	g_assert_cmpuint(n_told, ==, 0);
}

/* Closes at 1 s, opens so long after. */
static enum button_event told_after(uint64_t held_us)
{
	struct button_filter filter;
	struct told told[4];
	unsigned n_told = 0;

	button_filter_init(&filter);
	button_filter_feed(&filter, SECOND, true);
	collect(&filter, SECOND, told, &n_told);
	button_filter_feed(&filter, SECOND + held_us, false);
	collect(&filter, SECOND + held_us, told, &n_told);
	collect(&filter, SECOND + held_us + 5 * MS, told, &n_told);
	return n_told ? told[n_told - 1].event : BUTTON_NOTHING;
}

static void test_boundaries(void)
{
	g_assert_cmpint(told_after(19999), ==, BUTTON_NOTHING);
	g_assert_cmpint(told_after(20000), ==, BUTTON_SHORT);
	g_assert_cmpint(told_after(2999999), ==, BUTTON_SHORT);
	g_assert_cmpint(told_after(3000000), ==, BUTTON_HOLD);
	g_assert_cmpint(told_after(9999999), ==, BUTTON_HOLD);
	g_assert_cmpint(told_after(10000000), ==, BUTTON_LONG);
}

/* What is told while it is down and what a release is never disagree. */
static void test_an_opening_over_3_s_decides_both(void)
{
	static const struct scene lets_go = {
		.edges = { { SECOND, true }, { 3999 * MS, false } },
		.n_edges = 2,
		.told = { { 1020 * MS, BUTTON_DOWN }, { 4004 * MS, BUTTON_SHORT } },
		.n_told = 2,
		.end_us = 5 * SECOND,
	};
	static const struct scene slips = {
		.edges = { { SECOND, true },
			   { 3999 * MS, false },
			   { 4002 * MS, true },
			   { 4500 * MS, false } },
		.n_edges = 4,
		.told = { { 1020 * MS, BUTTON_DOWN },
			  { 4002 * MS, BUTTON_HELD },
			  { 4505 * MS, BUTTON_HOLD } },
		.n_told = 3,
		.end_us = 5 * SECOND,
	};
	struct button_filter filter;

	button_filter_init(&filter);
	play_by_edges(&filter, &lets_go);
	button_filter_init(&filter);
	play_by_edges(&filter, &slips);
}

/* Lets go at 200 ms; closed again within the lock of 205 ms to 225 ms, for good. */
static void test_a_press_in_the_lock_counts_from_its_end(void)
{
	static const struct scene scene = {
		.edges = { { 100 * MS, true },
			   { 200 * MS, false },
			   { 210 * MS, true },
			   { 300 * MS, false } },
		.n_edges = 4,
		.told = { { 120 * MS, BUTTON_DOWN },
			  { 205 * MS, BUTTON_SHORT },
			  { 245 * MS, BUTTON_DOWN },
			  { 305 * MS, BUTTON_SHORT } },
		.n_told = 4,
		.end_us = SECOND,
	};
	struct button_filter filter;

	button_filter_init(&filter);

	play_by_edges(&filter, &scene);
}

/* An edge whose time is before a look that has been: nothing is 2^64 us old. */
static void test_a_time_that_goes_back_is_taken_for_the_last(void)
{
	struct button_filter filter;

	button_filter_init(&filter);
	g_assert_cmpint(button_filter_next(&filter, SECOND), ==, BUTTON_NOTHING);
	button_filter_feed(&filter, SECOND - 50, true);

	g_assert_cmpint(button_filter_next(&filter, SECOND + 19999), ==, BUTTON_NOTHING);
	g_assert_cmpint(button_filter_next(&filter, SECOND), ==, BUTTON_NOTHING);
	g_assert_cmpint(button_filter_next(&filter, SECOND + 20000), ==, BUTTON_DOWN);
}

static void test_nothing_is_looked_at_while_nothing_happens(void)
{
	struct button_filter filter;

	button_filter_init(&filter);
	g_assert_cmpuint(button_filter_deadline_us(&filter), ==, UINT64_MAX);

	button_filter_feed(&filter, SECOND, true);
	g_assert_cmpuint(button_filter_deadline_us(&filter), ==, SECOND + 20 * MS);
	g_assert_cmpint(button_filter_next(&filter, 12 * SECOND), ==, BUTTON_DOWN);
	g_assert_cmpint(button_filter_next(&filter, 12 * SECOND), ==, BUTTON_HELD);
	g_assert_cmpint(button_filter_next(&filter, 12 * SECOND), ==, BUTTON_HELD_LONG);
	g_assert_cmpuint(button_filter_deadline_us(&filter), ==, UINT64_MAX);

	button_filter_feed(&filter, 13 * SECOND, false);
	g_assert_cmpuint(button_filter_deadline_us(&filter), ==, 13 * SECOND + 5 * MS);
	g_assert_cmpint(button_filter_next(&filter, 13 * SECOND + 5 * MS), ==,
			BUTTON_LONG);
	g_assert_cmpuint(button_filter_deadline_us(&filter), ==, UINT64_MAX);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/button-filter/presses", test_presses_are_told_once_and_in_time);
	g_test_add_func("/button-filter/late",
			test_edges_that_are_read_late_tell_the_same);
	g_test_add_func("/button-filter/polled",
			test_clean_contacts_that_are_polled_tell_the_same);
	g_test_add_func("/button-filter/not-seen",
			test_what_polls_have_not_seen_is_not_counted);
	g_test_add_func("/button-filter/boundaries", test_boundaries);
	g_test_add_func("/button-filter/opening-over-3-s",
			test_an_opening_over_3_s_decides_both);
	g_test_add_func("/button-filter/press-in-the-lock",
			test_a_press_in_the_lock_counts_from_its_end);
	g_test_add_func("/button-filter/time-goes-back",
			test_a_time_that_goes_back_is_taken_for_the_last);
	g_test_add_func("/button-filter/no-looks",
			test_nothing_is_looked_at_while_nothing_happens);
	return g_test_run();
}
