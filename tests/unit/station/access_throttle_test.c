/* SPDX-License-Identifier: MIT */
#include "appliance/station/access_throttle.h"

#include <glib.h>

struct scene {
	struct virtual_clock clock;
	struct access_throttle *throttle;
};

static void set_up(struct scene *scene, gconstpointer data)
{
	virtual_clock_init(&scene->clock);
	scene->throttle = throttle_new(&scene->clock.clock);
}

static void tear_down(struct scene *scene, gconstpointer data)
{
	throttle_free(scene->throttle);
}

static void pass_ms(struct scene *scene, unsigned ms)
{
	scene->clock.now_ns += ms * 1000000ull;
}

static void assert_waits(struct scene *scene, const char *name, unsigned s)
{
	g_assert_cmpuint(throttle_wait_s(scene->throttle, name), ==, s);
}

static void test_doubles_to_a_minute(struct scene *scene, gconstpointer data)
{
	static const unsigned delays[] = { 1, 2, 4, 8, 16, 32, 60, 60, 60 };

	for (unsigned i = 0; i < G_N_ELEMENTS(delays); i++) {
		assert_waits(scene, "anna", 0);
		throttle_failed(scene->throttle, "anna");
		assert_waits(scene, "anna", delays[i]);
		pass_ms(scene, delays[i] * 1000 - 1);
		assert_waits(scene, "anna", 1);
		pass_ms(scene, 1);
	}
}

static void test_others_do_not_wait(struct scene *scene, gconstpointer data)
{
	for (unsigned i = 0; i < ACCESS_FREE_FAILURES; i++)
		throttle_failed(scene->throttle, "anna");
	assert_waits(scene, "bert", 0);
}

/* Names are many; who guesses goes through all of them. */
static void test_all_names_together(struct scene *scene, gconstpointer data)
{
	static const unsigned delays[] = { 1, 2, 4, 8, 16, 32, 60, 60 };

	for (unsigned i = 0; i < ACCESS_FREE_FAILURES; i++) {
		g_autofree char *name = g_strdup_printf("user%u", i);

		assert_waits(scene, name, 0);
		throttle_failed(scene->throttle, name);
	}
	for (unsigned i = 0; i < G_N_ELEMENTS(delays); i++) {
		g_autofree char *name = g_strdup_printf("other%u", i);

		throttle_failed(scene->throttle, name);
		assert_waits(scene, "anna", delays[i]);
		pass_ms(scene, delays[i] * 1000);
		assert_waits(scene, "anna", 0);
	}
}

static void test_success_forgets_the_name(struct scene *scene, gconstpointer data)
{
	throttle_failed(scene->throttle, "anna");
	pass_ms(scene, 1000);
	throttle_failed(scene->throttle, "anna");
	pass_ms(scene, 2000);
	throttle_passed(scene->throttle, "anna");
	throttle_failed(scene->throttle, "anna");
	assert_waits(scene, "anna", 1);
}

/* Who has an account of his own wins no tries by it. */
static void test_success_forgets_nothing_of_all(struct scene *scene, gconstpointer data)
{
	for (unsigned i = 0; i < ACCESS_FREE_FAILURES; i++) {
		throttle_failed(scene->throttle, "anna");
		throttle_passed(scene->throttle, "mallory");
	}
	throttle_failed(scene->throttle, "bert");
	assert_waits(scene, "mallory", 1);
}

static void test_each_minute_takes_one_back(struct scene *scene, gconstpointer data)
{
	for (unsigned i = 0; i < 4; i++)
		throttle_failed(scene->throttle, "anna");
	assert_waits(scene, "anna", 8);
	pass_ms(scene, 8000 + 2 * 60000);
	throttle_failed(scene->throttle, "anna");
	assert_waits(scene, "anna", 4);
	pass_ms(scene, 4000 + 60 * 60000);
	throttle_failed(scene->throttle, "anna");
	assert_waits(scene, "anna", 1);
}

static void test_many_names_do_not_fill_memory(struct scene *scene, gconstpointer data)
{
	for (unsigned i = 0; i < 100000; i++) {
		g_autofree char *name = g_strdup_printf("user%u", i);

		throttle_failed(scene->throttle, name);
	}
	assert_waits(scene, "anna", 60);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *path;
		void (*test)(struct scene *scene, gconstpointer data);
	} tests[] = {
		{ "doubles-to-a-minute", test_doubles_to_a_minute },
		{ "others-do-not-wait", test_others_do_not_wait },
		{ "all-names-together", test_all_names_together },
		{ "success-forgets-the-name", test_success_forgets_the_name },
		{ "success-forgets-nothing-of-all", test_success_forgets_nothing_of_all },
		{ "each-minute-takes-one-back", test_each_minute_takes_one_back },
		{ "many-names-do-not-fill-memory", test_many_names_do_not_fill_memory },
	};

	g_test_init(&argc, &argv, NULL);
	for (unsigned i = 0; i < G_N_ELEMENTS(tests); i++) {
		g_autofree char *path =
			g_strdup_printf("/access-throttle/%s", tests[i].path);

		g_test_add(path, struct scene, NULL, set_up, tests[i].test, tear_down);
	}
	return g_test_run();
}
