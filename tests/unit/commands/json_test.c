/* SPDX-License-Identifier: MIT */
#include "appliance/commands/json.h"

static GVariant *convert(const char *text)
{
	g_autoptr(JsonNode) node = json_from_string(text, NULL);

	return variant_of_json(node);
}

static void test_object(void)
{
	g_autoptr(GVariant) facts =
		convert("{\"ok\": true, \"run\": 7, \"seconds\": 0.5, \"part\": \"m\","
			" \"fuses\": {\"low\": \"62\"}, \"names\": [\"a\", \"b\"]}");
	g_autofree char *text = g_variant_print(facts, FALSE);

	g_assert_true(g_variant_is_of_type(facts, G_VARIANT_TYPE_VARDICT));
	g_assert_false(g_variant_is_floating(facts));
	g_assert_cmpstr(
		text, ==,
		"{'ok': <true>, 'run': <int64 7>, 'seconds': <0.5>, 'part': <'m'>, "
		"'fuses': <{'low': <'62'>}>, 'names': <[<'a'>, <'b'>]>}");
}

/* D-Bus has no maybe types. */
static void test_null_is_left_out(void)
{
	g_autoptr(GVariant) facts =
		convert("{\"a\": null, \"b\": 1, \"c\": [{\"d\": null}]}");
	g_autofree char *text = g_variant_print(facts, FALSE);

	g_assert_cmpstr(text, ==, "{'b': <int64 1>, 'c': <[<@a{sv} {}>]>}");
}

static void test_empty_object(void)
{
	g_autoptr(GVariant) facts = convert("{}");

	g_assert_true(g_variant_is_of_type(facts, G_VARIANT_TYPE_VARDICT));
	g_assert_cmpuint(g_variant_n_children(facts), ==, 0);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/json/object", test_object);
	g_test_add_func("/json/null-is-left-out", test_null_is_left_out);
	g_test_add_func("/json/empty-object", test_empty_object);
	return g_test_run();
}
