/* SPDX-License-Identifier: MIT */
/* Which texts the parser gets to see. */
#include "web/json_text.h"

#include <string.h>

static bool is_object(const char *text)
{
	g_test_message("%s", text);
	return json_text_is_object(text, strlen(text));
}

static void test_objects(void)
{
	static const char *const texts[] = {
		"{}",
		" \t\r\n{ } \n",
		"{\"a\":\"b\"}",
		"{\"a\":[1,-2.5e+3,true,false,null],\"b\":{\"c\":\"d\"}}",
		"{\"a\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\uFFFD\"}",
		"{\"a\":\"\\ud83d\\ude00 \xF0\x9F\x98\x80\"}",
		"{\"a\":\"\\\\u0000\"}",
		"{\"a\":\"[[[[[[[[[[[[[[{{{{{{{{{{{{{{{{{{{{{ }]] /* ' x */\"}",
		"{\"a\":[[[[[[[]]]]]]]}",
	};

	for (unsigned i = 0; i < G_N_ELEMENTS(texts); i++)
		g_assert_true(is_object(texts[i]));
}

/* As a job's text with many sections. */
static void test_many_beside_each_other(void)
{
	g_autoptr(GString) text = g_string_new("{\"a\":[");

	for (unsigned i = 0; i < 1000; i++)
		g_string_append(text, i ? ",{},[]" : "{}");
	g_string_append(text, "]}");
	g_assert_true(is_object(text->str));
}

static void test_no_objects(void)
{
	static const char *const texts[] = {
		"",
		" ",
		"[]",
		"1",
		"\"a\"",
		"{",
		"}",
		"{\"a",
		"{}{}",
		"{} x",
		"{},",
		"x{}",
		"var x = {};",
		"// c\n{}",
		"{/* c */}",
		"{'a':1}",
		"{\"a\":0x10}",
		"{b:1}",
		"\xEF\xBB\xBF{}",
	};

	for (unsigned i = 0; i < G_N_ELEMENTS(texts); i++)
		g_assert_false(is_object(texts[i]));
}

static void test_strings_that_are_none(void)
{
	static const char *const strings[] = {
		"\\ud800",
		"\\ud800x",
		"\\ud800\\n",
		"\\ud800\\u0041",
		"\\ud800\\ud800",
		"\\udc00",
		"\\udc00\\ud800",
		"\\ud83d\\ude0",
		"\\ud83d\\uE000",
		"\\ud83d\\",
		"\\u0000",
		"a\\u0000b",
		"\\u12",
		"\\u12g4",
		"\\x41",
		"\\'",
		"\\",
		"a\nb",
		"a\tb",
		"\x01",
		"\xff",
		"\xC0\xAF",
		"\xED\xA0\x80",
	};

	for (unsigned i = 0; i < G_N_ELEMENTS(strings); i++) {
		g_autofree char *value = g_strdup_printf("{\"a\":\"%s\"}", strings[i]);
		g_autofree char *name = g_strdup_printf("{\"%s\":1}", strings[i]);

		g_assert_false(is_object(value));
		g_assert_false(is_object(name));
	}
}

static void test_nul(void)
{
	g_assert_false(json_text_is_object("{}\0", 3));
	g_assert_false(json_text_is_object("{\"a\":\"\0\"}", 9));
	g_assert_false(json_text_is_object("\0{}", 3));
}

/* Where it ends, nothing more is looked at: no terminator is needed. */
static void test_ends(void)
{
	static const char text[] = "{\"a\":\"\\ud83d\\ude00\\n\"}";
	gsize n = strlen(text);

	for (gsize i = 0; i < n; i++) {
		g_autofree char *cut = g_memdup2(text, MAX(i, 1));

		g_assert_false(json_text_is_object(cut, i));
	}
	g_assert_true(json_text_is_object(text, n));
}

static void test_deep(void)
{
	g_assert_false(is_object("{\"a\":[[[[[[[[]]]]]]]]}"));
	g_assert_false(
		is_object("{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":"
			  "{}}}}}}}}}"));
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/json-text/objects", test_objects);
	g_test_add_func("/json-text/many-beside-each-other", test_many_beside_each_other);
	g_test_add_func("/json-text/no-objects", test_no_objects);
	g_test_add_func("/json-text/strings-that-are-none", test_strings_that_are_none);
	g_test_add_func("/json-text/nul", test_nul);
	g_test_add_func("/json-text/ends", test_ends);
	g_test_add_func("/json-text/deep", test_deep);
	return g_test_run();
}
