/* SPDX-License-Identifier: MIT */
/* Where a session's token is looked for, and the cookie that carries it. */
#include "web/token.h"

#include <string.h>

#define LONGEST                                                            \
	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef" \
	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static void assert_found(const struct http_request *request, const char *expected)
{
	g_autofree char *token = token_find(request);

	g_assert_cmpstr(token, ==, expected);
}

static void test_bearer(void)
{
	assert_found(&(struct http_request){ .authorization = "Bearer aZ0-_.x" },
		     "aZ0-_.x");
	assert_found(&(struct http_request){ .authorization = "bearer x" }, "x");
	assert_found(&(struct http_request){ .authorization = "Bearer " LONGEST },
		     LONGEST);
}

static void test_cookie(void)
{
	assert_found(&(struct http_request){ .cookie = "a=b; sixpin=x" }, "x");
	assert_found(
		&(struct http_request){ .cookie = "__Host-sixpin=x", .is_tls = true },
		"x");
}

/* The one is not taken for the other: only __Host- cannot have been set over HTTP. */
static void test_cookie_of_the_other_scheme(void)
{
	assert_found(&(struct http_request){ .cookie = "__Host-sixpin=x" }, NULL);
	assert_found(&(struct http_request){ .cookie = "sixpin=x", .is_tls = true },
		     NULL);
}

static void test_bearer_before_cookie(void)
{
	assert_found(&(struct http_request){ .authorization = "Bearer x",
					     .cookie = "sixpin=y" },
		     "x");
	assert_found(&(struct http_request){ .authorization = "Basic x",
					     .cookie = "sixpin=y" },
		     "y");
}

static void test_no_token(void)
{
	static const char *const bearers[] = {
		"",
		"Bearer",
		"Bearer ",
		"Bearer  x",
		"Bearer x y",
		"Bearer x\n",
		"Bearer x;",
		"Bearer \xC3\xB6",
		"Bearer x'",
		"Bearerx",
		"Bearer " LONGEST "0",
	};

	assert_found(&(struct http_request){ 0 }, NULL);
	for (unsigned i = 0; i < G_N_ELEMENTS(bearers); i++) {
		g_test_message("%s", bearers[i]);
		assert_found(&(struct http_request){ .authorization = bearers[i] }, NULL);
	}
	assert_found(&(struct http_request){ .cookie = "sixpin=" }, NULL);
	assert_found(&(struct http_request){ .cookie = "sixpin=\"x\"" }, NULL);
	assert_found(&(struct http_request){ .cookie = "sixpin=x; sixpin=y" }, NULL);
}

/* What is no token does not let another one in. */
static void test_bad_bearer_beside_a_cookie(void)
{
	assert_found(&(struct http_request){ .authorization = "Bearer ?",
					     .cookie = "sixpin=y" },
		     NULL);
}

static void test_set_cookie(void)
{
	const struct http_request plain = { 0 }, tls = { .is_tls = true };
	g_autofree char *over_http = token_cookie(&plain, "x");
	g_autofree char *over_tls = token_cookie(&tls, "x");
	g_autofree char *no_more = token_no_cookie(&plain);
	g_autofree char *no_more_over_tls = token_no_cookie(&tls);

	g_assert_cmpstr(over_http, ==, "sixpin=x; Path=/; HttpOnly; SameSite=Strict");
	g_assert_cmpstr(over_tls, ==,
			"__Host-sixpin=x; Path=/; HttpOnly; SameSite=Strict; Secure");
	g_assert_cmpstr(no_more, ==,
			"sixpin=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0");
	g_assert_cmpstr(no_more_over_tls, ==,
			"__Host-sixpin=; Path=/; HttpOnly; SameSite=Strict; Secure; "
			"Max-Age=0");
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/token/bearer", test_bearer);
	g_test_add_func("/token/cookie", test_cookie);
	g_test_add_func("/token/cookie-of-the-other-scheme",
			test_cookie_of_the_other_scheme);
	g_test_add_func("/token/bearer-before-cookie", test_bearer_before_cookie);
	g_test_add_func("/token/no-token", test_no_token);
	g_test_add_func("/token/bad-bearer-beside-a-cookie",
			test_bad_bearer_beside_a_cookie);
	g_test_add_func("/token/set-cookie", test_set_cookie);
	return g_test_run();
}
