/* SPDX-License-Identifier: MIT */
#include "tests/unit/station/store_scene.h"

static void test_lists(struct fixture *fixture, gconstpointer data)
{
	static const char text[] = "\xEF\xBB\xBF# from the label printer\r\n\r\n"
				   " A-001 \r\nA-002\r\nA 003";
	g_autofree char *added = add(fixture, "n.txt", text);
	g_autofree char *expected =
		g_compute_checksum_for_string(G_CHECKSUM_SHA256, text, -1);
	g_autofree char *digest = NULL;
	g_auto(GStrv) lines =
		store_load_serial_list(fixture->store, "n.txt", &digest, NULL);
	g_autofree char *joined = g_strjoinv("|", lines);

	(void)data;
	g_assert_cmpstr(joined, ==, "A-001|A-002|A 003");
	g_assert_cmpstr(added, ==, expected);
	g_assert_cmpstr(digest, ==, expected);
}

static void test_bad_lists(struct fixture *fixture, gconstpointer data)
{
	static const struct {
		const char *text;
		const char *message;
	} lists[] = {
		{ "1\n# two\n2\n 1\n",
		  "n.txt:4: \"1\" stands in line 1 already; no number may stand twice" },
		{ "# nothing\n\n", "n.txt: expected serial numbers, one a line, found "
				   "none" },
		{ "", "n.txt: expected serial numbers, one a line, found none" },
		{ "1\n\xFF\n", "n.txt:2: expected text in UTF-8, found the byte 0xFF; "
			       "save the list as UTF-8" },
		{ "1\n2\x1B[0m\n", "n.txt:2: expected text, found the control character "
				   "U+001B" },
	};

	(void)data;
	for (unsigned i = 0; i < G_N_ELEMENTS(lists); i++) {
		g_autoptr(GError) on_add = NULL;
		g_autoptr(GError) on_load = NULL;

		g_assert_false(
			add_to(fixture, "n.txt", lists[i].text, false, NULL, &on_add));
		assert_error(on_add, SIXPIN_ERROR_USAGE, lists[i].message);
		write_file(fixture, "images/n.txt", lists[i].text);
		g_assert_null(
			store_load_serial_list(fixture->store, "n.txt", NULL, &on_load));
		assert_error(on_load, SIXPIN_ERROR_USAGE, lists[i].message);
		g_assert_true(store_remove_image(fixture->store, "n.txt", NULL));
	}
}

static void test_a_list_with_a_nul_byte(struct fixture *fixture, gconstpointer data)
{
	g_autoptr(GBytes) bytes = g_bytes_new_static("1\n2\0003\n", 6);
	g_autoptr(GError) error = NULL;

	(void)data;
	g_assert_false(
		store_add_image(fixture->store, "n.txt", bytes, false, NULL, &error));
	assert_error(
		error, SIXPIN_ERROR_USAGE,
		"n.txt:2: expected text in UTF-8, found the byte 0x00; save the list as "
		"UTF-8");
}

static void test_a_pinned_list_is_not_replaced(struct fixture *fixture,
					       gconstpointer data)
{
	g_autofree char *digest = add(fixture, "n.txt", "1\n");
	g_autofree char *job = g_strdup_printf(
		"[serial]\ndigest=%s\nlist=n.txt\n[job]\npart=m328p\n[patch "
		"p]\nmemory=eeprom\n"
		"address=0\nformat=ascii\nbytes=8\nvalue={serial}\n",
		digest);
	g_autoptr(GError) error = NULL;

	(void)data;
	put(fixture, "labels", job);
	g_assert_false(add_to(fixture, "n.txt", "1\n2\n", true, NULL, &error));
	assert_error(error, SIXPIN_ERROR_USAGE,
		     "job \"labels\" is pinned to what \"n.txt\" holds now; take another "
		     "name, or take the digest out of the job first");
}

static const struct {
	const char *path;
	void (*func)(struct fixture *fixture, gconstpointer data);
} tests[] = {
	{ "lists", test_lists },
	{ "bad-lists", test_bad_lists },
	{ "a-list-with-a-nul-byte", test_a_list_with_a_nul_byte },
	{ "a-pinned-list-is-not-replaced", test_a_pinned_list_is_not_replaced },
};

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (unsigned i = 0; i < G_N_ELEMENTS(tests); i++) {
		g_autofree char *path = g_strdup_printf("/store_list/%s", tests[i].path);

		g_test_add(path, struct fixture, NULL, set_up, tests[i].func, tear_down);
	}
	return g_test_run();
}
