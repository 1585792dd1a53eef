/* SPDX-License-Identifier: MIT */
#include "appliance/base/nearest.h"

static char *near(const char *asked, const char *const *names)
{
	struct nearest nearest = { 0 };

	for (; *names; names++)
		nearest_add(&nearest, asked, *names, nearest_distance(asked, *names));
	return nearest_text(&nearest);
}

static void test_distance(void)
{
	g_assert_cmpuint(nearest_distance("same", "SAME"), ==, 0);
	g_assert_cmpuint(nearest_distance("cat", "cut"), ==, 2);
	g_assert_cmpuint(nearest_distance("cat", "cart"), ==, 3);
	g_assert_cmpuint(nearest_distance("", "ab"), ==, 5);
}

static void test_nearest_come_first(void)
{
	const char *const names[] = { "abcdxx", "abcdef", "abcdex", "abcdey", NULL };
	g_autofree char *text = near("abcdeg", names);

	g_assert_cmpstr(text, ==, "; nearest: abcdef, abcdex, abcdey");
}

static void test_nothing_near(void)
{
	const char *const names[] = { "something else", NULL };
	g_autofree char *text = near("abc", names);

	g_assert_cmpstr(text, ==, "");
}

/* A name longer than what is compared is cut, not overrun. */
static void test_long_names(void)
{
	g_autofree char *name = g_strnfill(200, 'a');

	g_assert_cmpuint(nearest_distance("a", name), ==, 2 * 62 + 1);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/nearest/distance", test_distance);
	g_test_add_func("/nearest/nearest-come-first", test_nearest_come_first);
	g_test_add_func("/nearest/nothing-near", test_nothing_near);
	g_test_add_func("/nearest/long-names", test_long_names);
	return g_test_run();
}
