/* SPDX-License-Identifier: MIT */
/* Words of progress that come faster than they are told. */
#include "appliance/daemon/teller.h"

#include "tests/unit/daemon/hub_scene.h"

/* The main loop turns until there is something to hear. */
static void hear(const struct hub_scene *scene, const char *step)
{
	while (g_strcmp0(scene->hub->step, step) != 0)
		g_main_context_iteration(NULL, TRUE);
}

static void turn(void)
{
	while (g_main_context_iteration(NULL, FALSE))
		;
}

static void test_the_first_is_told_at_once(struct hub_scene *scene, gconstpointer data)
{
	struct teller teller = { 0 };

	teller_init(&teller, scene->hub);
	g_assert_true(teller_say(&teller, "erase", 0, 1));
	turn();
	g_assert_cmpstr(scene->hub->step, ==, "erase");
	teller_clear(&teller);
}

static void test_the_last_is_never_left_out(struct hub_scene *scene, gconstpointer data)
{
	struct teller teller = { 0 };

	teller_init(&teller, scene->hub);
	teller_say(&teller, "erase", 0, 1);
	g_assert_false(teller_say(&teller, "write flash", 0, 9));
	g_assert_false(teller_say(&teller, "wait for USB", 0, 1));
	turn();
	g_assert_cmpstr(scene->hub->step, ==, "erase");
	hear(scene, "wait for USB");
	teller_clear(&teller);
}

static void test_what_was_overtaken_is_not_told(struct hub_scene *scene,
						gconstpointer data)
{
	struct teller teller = { 0 };

	teller_init(&teller, scene->hub);
	teller_say(&teller, "erase", 0, 1);
	teller_say(&teller, "write flash", 0, 9);
	teller.told_at_us = 0;
	g_assert_true(teller_say(&teller, "verify flash", 0, 9));
	hear(scene, "verify flash");
	while (teller.source)
		g_main_context_iteration(NULL, TRUE);
	g_assert_cmpstr(scene->hub->step, ==, "verify flash");
	teller_clear(&teller);
}

static void test_nothing_follows_the_end(struct hub_scene *scene, gconstpointer data)
{
	struct teller teller = { 0 };

	teller_init(&teller, scene->hub);
	teller_say(&teller, "erase", 0, 1);
	teller_say(&teller, "write flash", 0, 9);
	turn();
	teller_forget(&teller);
	while (teller.source)
		g_main_context_iteration(NULL, TRUE);
	g_assert_cmpstr(scene->hub->step, ==, "erase");
	teller_clear(&teller);
}

/* ASan sees a source that outlives its teller. */
static void test_cleared_while_it_waits(struct hub_scene *scene, gconstpointer data)
{
	struct teller *teller = g_new0(struct teller, 1);

	teller_init(teller, scene->hub);
	teller_say(teller, "erase", 0, 1);
	teller_say(teller, "write flash", 0, 9);
	teller_clear(teller);
	g_free(teller);
	turn();
	g_assert_cmpstr(scene->hub->step, ==, "erase");
}

static void add(const char *name, void (*test)(struct hub_scene *, gconstpointer))
{
	g_autofree char *path = g_strconcat("/daemon/teller/", name, NULL);

	g_test_add(path, struct hub_scene, NULL, hub_scene_set_up, test,
		   hub_scene_tear_down);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	add("at-once", test_the_first_is_told_at_once);
	add("last", test_the_last_is_never_left_out);
	add("overtaken", test_what_was_overtaken_is_not_told);
	add("end", test_nothing_follows_the_end);
	add("cleared", test_cleared_while_it_waits);
	return g_test_run();
}
