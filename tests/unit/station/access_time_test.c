/* SPDX-License-Identifier: MIT */
#include "appliance/station/access_time.h"

#include <glib.h>

#define MINUTE 60000
#define WALL_S 1800000000ll /* 2027 */

static void test_what_has_passed(void)
{
	static const struct {
		const char *what;
		struct access_moment then, now;
		int64_t expected_ms;
	} rows[] = {
		{ "same boot, no clock", { 0, 0, 1000, "a" }, { 0, 0, 4500, "a" }, 3500 },
		{ "same boot",
		  { 0, WALL_S, 1000, "a" },
		  { 0, WALL_S + 4, 4500, "a" },
		  3500 },
		{ "set back",
		  { 0, WALL_S, 1000, "a" },
		  { 0, WALL_S - 999999, 4500, "a" },
		  3500 },
		{ "set forward",
		  { 0, WALL_S, 1000, "a" },
		  { 0, WALL_S + 7200, 4500, "a" },
		  7200 * 1000 },
		{ "a little forward",
		  { 0, WALL_S, 1000, "a" },
		  { 0, WALL_S + 60, 4500, "a" },
		  3500 },
		{ "set for the first time",
		  { 0, 0, 1000, "a" },
		  { 0, WALL_S, 4500, "a" },
		  3500 },
		{ "not set any more",
		  { 0, WALL_S, 1000, "a" },
		  { 0, 0, 4500, "a" },
		  3500 },
		{ "next boot, no clock", { 0, 0, 9000, "a" }, { 0, 0, 4500, "b" }, 4500 },
		{ "next boot, up for longer",
		  { 0, 0, 1000, "a" },
		  { 0, 0, 4500, "b" },
		  4500 },
		{ "next boot, off for an hour",
		  { 0, WALL_S, 9000, "a" },
		  { 0, WALL_S + 3600, 4500, "b" },
		  3600 * 1000 },
		{ "next boot, set back",
		  { 0, WALL_S, 9000, "a" },
		  { 0, WALL_S - 3600, 4500, "b" },
		  4500 },
		{ "no boot known, later", { 0, 0, 1000, "" }, { 0, 0, 4500, "" }, 3500 },
		{ "no boot known, earlier",
		  { 0, 0, 9000, "" },
		  { 0, 0, 4500, "" },
		  4500 },
		{ "then no boot was known",
		  { 0, 0, 1000, "" },
		  { 0, 0, 4500, "b" },
		  3500 },
	};

	for (unsigned i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_test_message("%s", rows[i].what);
		g_assert_cmpint(access_time_since(&rows[i].then, &rows[i].now), ==,
				rows[i].expected_ms);
	}
}

static void test_clocks_that_are_not_set(void)
{
	g_assert_cmpint(access_time_wall(0), ==, 0);
	g_assert_cmpint(access_time_wall(-1), ==, 0);
	g_assert_cmpint(access_time_wall(1704067199), ==, 0);
	g_assert_cmpint(access_time_wall(1704067200), ==, 1704067200);
	g_assert_cmpint(access_time_wall(G_MAXINT64), ==, 0);
}

/* Whatever the clocks do, it goes on, and is never behind what it was up for. */
static void test_never_back(void)
{
	g_autoptr(GRand) random = g_rand_new_with_seed(1);
	struct access_moment moment = { .boot = "a" };

	for (unsigned i = 0; i < 100000; i++) {
		struct access_moment now = moment;
		int64_t up_ms = g_rand_int_range(random, 0, 5 * MINUTE);
		int64_t passed_ms;

		now.wall_s = access_time_wall(
			WALL_S + g_rand_int_range(random, -1000000000, 1000000000));
		if (g_rand_int_range(random, 0, 4) == 0) {
			now.up_ms = up_ms;
			now.boot[0] = now.boot[0] == 'z' ? 'a' : now.boot[0] + 1;
		} else {
			now.up_ms += up_ms;
		}
		passed_ms = access_time_since(&moment, &now);
		g_assert_cmpint(passed_ms, >=, up_ms);
		now.station_ms += passed_ms;
		moment = now;
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/access-time/what-has-passed", test_what_has_passed);
	g_test_add_func("/access-time/clocks-that-are-not-set",
			test_clocks_that_are_not_set);
	g_test_add_func("/access-time/never-back", test_never_back);
	return g_test_run();
}
