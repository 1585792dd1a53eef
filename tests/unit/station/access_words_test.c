/* SPDX-License-Identifier: MIT */
#include "appliance/station/access_words.h"

#include <string.h>

#include "appliance/base/error.h"

static void assert_refused(gboolean ok, const GError *error, const char *message)
{
	g_assert_false(ok);
	g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE);
	g_assert_cmpstr(error->message, ==, message);
}

static void test_names(void)
{
	static const char *const names[] = {
		"a", "anna", "a.b-c_9", "-", "0", "abcdefghijklmnopqrstuvwxyz012345"
	};

	for (unsigned i = 0; i < G_N_ELEMENTS(names); i++)
		g_assert_true(access_check_name(names[i], NULL));
}

static void test_names_that_are_none(void)
{
	static const char *const names[][2] = {
		{ "", "" },
		{ "Anna", "Anna" },
		{ "a b", "a b" },
		{ "a/b", "a/b" },
		{ "a\nb", "a\\nb" },
		{ "\xC3\xA4", "\\303\\244" },
		{ "abcdefghijklmnopqrstuvwxyz0123456",
		  "abcdefghijklmnopqrstuvwxyz0123456" },
	};

	for (unsigned i = 0; i < G_N_ELEMENTS(names); i++) {
		g_autofree char *message = g_strdup_printf(
			"\"%s\" is no name for a user; expected 1 to 32 of a-z, 0-9 and "
			". _ -",
			names[i][1]);
		g_autoptr(GError) error = NULL;
		gboolean ok = access_check_name(names[i][0], &error);

		assert_refused(ok, error, message);
	}
}

static void test_passwords(void)
{
	g_autofree char *longest = g_strnfill(199, 'x');
	g_autofree char *password = g_strconcat("y", longest, NULL);

	g_assert_true(access_check_password("anna", "0123456788", NULL));
	g_assert_true(access_check_password("anna", "korrekt pferd", NULL));
	g_assert_true(access_check_password("anna", "\xC3\xA4\xC3\xB6\xC3\xBC\xC3\x9F!!",
					    NULL));
	g_assert_true(access_check_password("anna", password, NULL));
}

/* The text has no part of the password. */
static void test_passwords_that_are_refused(void)
{
	g_autofree char *longest = g_strnfill(200, 'x');
	g_autofree char *too_long = g_strconcat("y", longest, NULL);
	const char *const rows[][2] = {
		{ "", "the password is too short; expected at least 10 letters" },
		{ "123456789",
		  "the password is too short; expected at least 10 letters" },
		{ too_long, "the password is too long; expected at most 200 bytes" },
		{ "abcdefghijk\xff", "the password is not UTF-8" },
		{ "the.engineer", "the password is the user's name; choose another" },
		{ "The.Engineer", "the password is the user's name; choose another" },
		{ "password123",
		  "the password is one that is tried first; choose another" },
		{ "RaspberryPi",
		  "the password is one that is tried first; choose another" },
		{ "1234567890",
		  "the password is one that is tried first; choose another" },
		{ "zzzzzzzzzzzz",
		  "the password is one that is tried first; choose another" },
	};

	for (unsigned i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autoptr(GError) error = NULL;
		gboolean ok = access_check_password("the.engineer", rows[i][0], &error);

		assert_refused(ok, error, rows[i][1]);
	}
}

static void test_peers(void)
{
	g_autofree char *longest = g_strnfill(100, 'x');
	g_autofree char *too_long = g_strconcat("y", longest, NULL);
	const char *const wrongs[] = { too_long, "a\nb", "a\x7f", "a\xff",
				       "\xC2\x9B"
				       "1m" };

	g_assert_true(access_check_peer("", NULL));
	g_assert_true(access_check_peer("2001:db8::1 (Firefox)", NULL));
	g_assert_true(access_check_peer(longest, NULL));
	for (unsigned i = 0; i < G_N_ELEMENTS(wrongs); i++) {
		g_autoptr(GError) error = NULL;
		gboolean ok = access_check_peer(wrongs[i], &error);

		assert_refused(ok, error,
			       "peer: expected at most 100 bytes of UTF-8 on one line");
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/access-words/names", test_names);
	g_test_add_func("/access-words/names-that-are-none", test_names_that_are_none);
	g_test_add_func("/access-words/passwords", test_passwords);
	g_test_add_func("/access-words/passwords-that-are-refused",
			test_passwords_that_are_refused);
	g_test_add_func("/access-words/peers", test_peers);
	return g_test_run();
}
