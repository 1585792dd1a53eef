/* SPDX-License-Identifier: MIT */
/* Decoding, cookies, and answers that let go of what they have. */
#include "web/http.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static void assert_decoded(const char *text, bool may_have_slash, const char *expected)
{
	g_autofree char *decoded = http_decode(text, strlen(text), may_have_slash);

	g_test_message("%s", text);
	g_assert_cmpstr(decoded, ==, expected);
}

static void test_decodes(void)
{
	assert_decoded("", false, "");
	assert_decoded("blink", false, "blink");
	assert_decoded("a%20b+c", false, "a b+c");
	assert_decoded("%41%5a%7E", false, "AZ~");
	assert_decoded("gr%C3%B6%c3%9fe", false, "größe");
	assert_decoded("größe", false, "größe");
	assert_decoded("%25%32%66", false, "%2f");
	assert_decoded("..", false, "..");
	assert_decoded("<b>", false, "<b>");
}

static void test_no_encoding(void)
{
	static const char *const texts[] = { "%",   "%4",   "a%",  "a%4", "%zz",
					     "%4g", "%%41", "%-1", "% 1", "%u0041" };

	for (unsigned i = 0; i < G_N_ELEMENTS(texts); i++)
		assert_decoded(texts[i], true, NULL);
}

/* Of a request's text only n bytes count. */
static void test_cut_encoding(void)
{
	g_autofree char *whole = http_decode("%41%42", 3, false);
	g_autofree char *cut = http_decode("%41%42", 5, false);

	g_assert_cmpstr(whole, ==, "A");
	g_assert_null(cut);
}

static void test_slashes(void)
{
	assert_decoded("a%2Fb", false, NULL);
	assert_decoded("a/b", false, NULL);
	assert_decoded("a%2fb", true, "a/b");
}

static void test_control_characters(void)
{
	static const char *const texts[] = { "%00", "a%00b", "%01",  "%0a", "%0D",
					     "%1f", "%7f",   "a\tb", "\x7f" };

	for (unsigned i = 0; i < G_N_ELEMENTS(texts); i++)
		assert_decoded(texts[i], true, NULL);
	assert_decoded("%80", true, NULL);
	assert_decoded("%C2%80", true, "\xC2\x80");
}

static void test_no_utf8(void)
{
	static const char *const texts[] = { "%c0%af",	  "%c3",	  "%ff",   "\xff",
					     "%ed%a0%80", "%f4%90%80%80", "%e2%82" };

	for (unsigned i = 0; i < G_N_ELEMENTS(texts); i++)
		assert_decoded(texts[i], false, NULL);
}

static void assert_cookie(const char *header, const char *expected)
{
	g_autofree char *value = http_cookie(header, "sixpin");

	g_test_message("%s", header ? header : "(none)");
	g_assert_cmpstr(value, ==, expected);
}

static void test_cookies(void)
{
	assert_cookie(NULL, NULL);
	assert_cookie("", NULL);
	assert_cookie(";;; ;", NULL);
	assert_cookie("sixpin", NULL);
	assert_cookie("sixpin=a", "a");
	assert_cookie("sixpin=", "");
	assert_cookie("sixpin=a=b", "a=b");
	assert_cookie("other=b; sixpin=a ;last=c", "a");
	assert_cookie("xsixpin=b", NULL);
	assert_cookie("sixpinx=b", NULL);
	assert_cookie("SIXPIN=b", NULL);
	assert_cookie("__Host-sixpin=b", NULL);
}

/* Who set the other one is not known. */
static void test_cookie_that_is_there_twice(void)
{
	assert_cookie("sixpin=a; sixpin=b", NULL);
	assert_cookie("sixpin=a; sixpin=a", NULL);
	assert_cookie("sixpin=a; sixpin=a; sixpin=a", NULL);
}

static void test_reasons(void)
{
	g_assert_cmpstr(http_reason(200), ==, "OK");
	g_assert_cmpstr(http_reason(507), ==, "Insufficient Storage");
	g_assert_cmpstr(http_reason(299), ==, "Unknown");
}

static void test_clear(void)
{
	struct http_answer answer = HTTP_ANSWER_INIT;
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	answer = (struct http_answer){
		.status = 404,
		.body = g_bytes_new_static("x", 1),
		.fd = fd,
		.file_name = g_strdup("f"),
		.etag = g_strdup("\"e\""),
		.cookie = g_strdup("c"),
		.allow = g_strdup("GET"),
	};
	http_answer_clear(&answer);
	g_assert_cmpuint(answer.status, ==, 200);
	g_assert_cmpstr(answer.type, ==, "application/json");
	g_assert_null(answer.body);
	g_assert_null(answer.file_name);
	g_assert_null(answer.etag);
	g_assert_null(answer.cookie);
	g_assert_null(answer.allow);
	g_assert_cmpint(answer.fd, ==, -1);
	g_assert_cmpint(fcntl(fd, F_GETFD), ==, -1);
	g_assert_cmpint(errno, ==, EBADF);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/http/decodes", test_decodes);
	g_test_add_func("/http/no-encoding", test_no_encoding);
	g_test_add_func("/http/cut-encoding", test_cut_encoding);
	g_test_add_func("/http/slashes", test_slashes);
	g_test_add_func("/http/control-characters", test_control_characters);
	g_test_add_func("/http/no-utf8", test_no_utf8);
	g_test_add_func("/http/cookies", test_cookies);
	g_test_add_func("/http/cookie-that-is-there-twice",
			test_cookie_that_is_there_twice);
	g_test_add_func("/http/reasons", test_reasons);
	g_test_add_func("/http/clear", test_clear);
	return g_test_run();
}
