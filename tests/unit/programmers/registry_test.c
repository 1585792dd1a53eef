/* SPDX-License-Identifier: MIT */
#include "appliance/programmers/registry.h"

#include "appliance/base/error.h"

static void test_by_id_in_any_case(void)
{
	g_assert_true(programmer_find("gpio", NULL) == &programmer_gpio);
	g_assert_true(programmer_find("GPIO", NULL) == &programmer_gpio);
}

static void test_by_the_names_of_other_tools(void)
{
	g_assert_true(programmer_find("linuxgpio", NULL) == &programmer_gpio);
	g_assert_true(programmer_find("raspberry_pi_gpio", NULL) == &programmer_gpio);
	g_assert_true(programmer_find("pi_1", NULL) == &programmer_gpio);
}

static void assert_unknown(const char *name, const char *message)
{
	g_autoptr(GError) error = NULL;

	g_assert_null(programmer_find(name, &error));
	g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_NO_PROGRAMMER);
	g_assert_cmpstr(error->message, ==, message);
}

static void test_an_unknown_name_is_told_what_there_is(void)
{
	assert_unknown(
		"gpi",
		"no programmer is called \"gpi\"; this Sixpin drives: gpio, usbasp, usbtiny");
	assert_unknown(
		"",
		"no programmer is called \"\"; this Sixpin drives: gpio, usbasp, usbtiny");
}

static void test_every_row_is_complete_and_no_name_is_taken_twice(void)
{
	g_autoptr(GHashTable) names = g_hash_table_new(g_str_hash, g_str_equal);

	for (unsigned i = 0; programmers[i]; i++) {
		g_assert_nonnull(programmers[i]->open);
		g_assert_cmpuint(programmers[i]->summary[0], !=, 0);
		g_assert_true(g_hash_table_add(names, (char *)programmers[i]->id));
		for (unsigned j = 0; programmers[i]->aliases[j]; j++)
			g_assert_true(g_hash_table_add(
				names, (char *)programmers[i]->aliases[j]));
	}
	g_assert_cmpuint(g_hash_table_size(names), >=, 4);
}

static const struct {
	const char *path;
	GTestFunc func;
} tests[] = {
	{ "by-id-in-any-case", test_by_id_in_any_case },
	{ "by-the-names-of-other-tools", test_by_the_names_of_other_tools },
	{ "an-unknown-name-is-told-what-there-is",
	  test_an_unknown_name_is_told_what_there_is },
	{ "every-row-is-complete-and-no-name-is-taken-twice",
	  test_every_row_is_complete_and_no_name_is_taken_twice },
};

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (unsigned i = 0; i < G_N_ELEMENTS(tests); i++) {
		g_autofree char *path = g_strdup_printf("/registry/%s", tests[i].path);

		g_test_add_func(path, tests[i].func);
	}
	return g_test_run();
}
