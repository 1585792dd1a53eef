/* SPDX-License-Identifier: MIT */
#include "appliance/station/access_secret.h"

#include <string.h>

static void test_parameters(void)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *hash = secret_hash_password("korrekt pferd", &error);
	g_autofree char *again = secret_hash_password("korrekt pferd", &error);

	g_assert_no_error(error);
	g_assert_true(g_str_has_prefix(hash, "$argon2id$v=19$m=19456,t=2,p=1$"));
	g_assert_cmpstr(hash, !=, again);
}

static void test_right_and_wrong(void)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *hash = secret_hash_password("korrekt pferd", &error);
	bool right = false;

	g_assert_true(secret_check_password(hash, "korrekt pferd", &right, &error));
	g_assert_true(right);
	g_assert_true(secret_check_password(hash, "korrekt Pferd", &right, &error));
	g_assert_false(right);
	g_assert_true(secret_check_password(hash, "", &right, &error));
	g_assert_false(right);
}

static gint64 time_us(const char *hash)
{
	gint64 best = G_MAXINT64;
	bool right;

	for (unsigned i = 0; i < 5; i++) {
		gint64 began = g_get_monotonic_time();

		g_assert_true(
			secret_check_password(hash, "not the password", &right, NULL));
		g_assert_false(right);
		best = MIN(best, g_get_monotonic_time() - began);
	}
	return best;
}

/* A hash that is nobody's is one, and not refused at sight. */
static void test_nobody_takes_as_long(void)
{
	g_autofree char *hash = secret_hash_password("korrekt pferd", NULL);
	gint64 somebody = time_us(hash);

	g_assert_cmpint(time_us(NULL), >, somebody / 3);
}

static void test_tokens(void)
{
	struct secret_token made, read, other;
	char *text = secret_make_token(&made);
	char *second = secret_make_token(&other);

	g_assert_cmpuint(strlen(text), ==, SECRET_TOKEN_LETTERS);
	g_assert_true(secret_read_token(text, &read));
	g_assert_cmpstr(read.id, ==, made.id);
	g_assert_true(g_str_has_prefix(text, made.id));
	g_assert_true(secret_is_same(read.hash, made.hash));
	g_assert_cmpstr(other.id, !=, made.id);
	g_assert_false(secret_is_same(other.hash, made.hash));
	secret_free(text);
	secret_free(second);
}

static void test_what_is_no_token(void)
{
	static const char *const texts[] = {
		"",
		"0123456789abcdef",
		"0123456789abcdef.",
		"0123456789ABCDEF.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		"0123456789abcdef:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		"0123456789abcdef.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		"0123456789abcdef.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		"0123456789abcdef.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'",
		"0123456789abcdef.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\xC3",
	};
	struct secret_token token;

	for (unsigned i = 0; i < G_N_ELEMENTS(texts); i++)
		g_assert_false(secret_read_token(texts[i], &token));
	g_assert_true(secret_read_token(
		"0123456789abcdef.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", &token));
}

static void test_wiped(void)
{
	char text[] = "korrekt pferd";
	static const char nothing[sizeof(text)];

	secret_wipe(text);
	secret_wipe(NULL);
	g_assert_cmpmem(text, sizeof(text), nothing, sizeof(nothing));
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_assert_true(secret_init(NULL));
	g_test_add_func("/access-secret/parameters", test_parameters);
	g_test_add_func("/access-secret/right-and-wrong", test_right_and_wrong);
	g_test_add_func("/access-secret/nobody-takes-as-long", test_nobody_takes_as_long);
	g_test_add_func("/access-secret/tokens", test_tokens);
	g_test_add_func("/access-secret/what-is-no-token", test_what_is_no_token);
	g_test_add_func("/access-secret/wiped", test_wiped);
	return g_test_run();
}
