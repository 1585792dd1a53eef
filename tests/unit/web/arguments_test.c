/* SPDX-License-Identifier: MIT */
/* A request's query and body against what a route takes: every refusal's text. */
#include "web/arguments.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static const struct route no_body = {
	.query = { { "text", 's' }, { "number", 'i' } },
};
static const struct route json = {
	.body = BODY_JSON,
	.members = { { "text", 's' },
		     { "flag", 'b', true },
		     { "number", 'i', true },
		     { "pairs", 'o', true },
		     { "list", 'a', true } },
};
static const struct route file = { .body = BODY_FILE };

struct scene {
	struct http_request request;
	struct http_answer answer;
	struct exchange exchange;
	const char *bytes;
	gsize n_bytes, n_read;
	gssize end; /* what is read behind them: 0 or -1 */
	GError *error;
};

/* In pieces, as a socket gives them. */
static gssize read_piece(void *user, char *bytes, gsize n)
{
	struct scene *scene = user;
	gsize n_now = MIN(MIN(n, 1000), scene->n_bytes - scene->n_read);

	if (n_now == 0)
		return scene->end;
	memcpy(bytes, scene->bytes + scene->n_read, n_now);
	scene->n_read += n_now;
	return (gssize)n_now;
}

static void set_up(struct scene *scene, gconstpointer route)
{
	scene->request =
		(struct http_request){ .query = "", .read = read_piece, .user = scene };
	scene->answer = (struct http_answer)HTTP_ANSWER_INIT;
	scene->exchange = (struct exchange){
		.request = &scene->request,
		.answer = &scene->answer,
		.route = route,
		.body_fd = -1,
		.query = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free),
	};
}

static void tear_down(struct scene *scene, gconstpointer unused)
{
	g_hash_table_unref(scene->exchange.query);
	g_clear_pointer(&scene->exchange.body, json_object_unref);
	if (scene->exchange.body_fd >= 0)
		close(scene->exchange.body_fd);
	http_answer_clear(&scene->answer);
	g_clear_error(&scene->error);
}

static void carry(struct scene *scene, const char *type, const char *bytes, gsize n_bytes)
{
	scene->request.content_type = type;
	scene->request.body_bytes = n_bytes;
	scene->bytes = bytes;
	scene->n_bytes = n_bytes;
	scene->n_read = 0;
}

static void assert_refused(struct scene *scene, gboolean ok, unsigned status,
			   const char *message)
{
	g_assert_false(ok);
	g_assert_error(scene->error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE);
	g_assert_cmpstr(scene->error->message, ==, message);
	g_assert_cmpuint(scene->exchange.failure_status, ==, status);
	g_clear_error(&scene->error);
}

/* ---- Queries ---- */

static gboolean parse_query(struct scene *scene, const char *query)
{
	g_hash_table_remove_all(scene->exchange.query);
	scene->request.query = query;
	g_test_message("%s", query);
	return arguments_parse_query(&scene->exchange, &scene->error);
}

static void test_query(struct scene *scene, gconstpointer unused)
{
	gboolean ok = parse_query(scene, "&text=a%2Fb+%26&&number=9223372036854775807&");

	g_assert_no_error(scene->error);
	g_assert_true(ok);
	g_assert_cmpstr(exchange_query(&scene->exchange, "text"), ==, "a/b+&");
	g_assert_cmpstr(exchange_query(&scene->exchange, "number"), ==,
			"9223372036854775807");
	g_assert_cmpuint(g_hash_table_size(scene->exchange.query), ==, 2);
}

static void test_query_without_values(struct scene *scene, gconstpointer unused)
{
	g_assert_true(parse_query(scene, ""));
	g_assert_cmpuint(g_hash_table_size(scene->exchange.query), ==, 0);
	g_assert_true(parse_query(scene, "text"));
	g_assert_cmpstr(exchange_query(&scene->exchange, "text"), ==, "");
	g_assert_true(parse_query(scene, "text=a=b"));
	g_assert_cmpstr(exchange_query(&scene->exchange, "text"), ==, "a=b");
}

static void test_query_that_is_refused(struct scene *scene, gconstpointer unused)
{
	static const struct {
		const char *query, *message;
	} refused[] = {
		{ "other=1", "the query's \"other\" is not known here" },
		{ "=1", "the query's \"\" is not known here" },
		{ "=", "the query's \"\" is not known here" },
		{ "%3Cb%3E", "the query's \"<b>\" is not known here" },
		{ "te%00xt=1", "the query's \"(not readable)\" is not known here" },
		{ "text=%zz", "the query's \"(not readable)\" is not known here" },
		{ "text=%ff", "the query's \"(not readable)\" is not known here" },
		{ "text=a%0ab", "the query's \"(not readable)\" is not known here" },
		{ "number=", "the query's number: expected a number" },
		{ "number", "the query's number: expected a number" },
		{ "number=-1", "the query's number: expected a number" },
		{ "number=%201", "the query's number: expected a number" },
		{ "number=1.5", "the query's number: expected a number" },
		{ "number=0x10", "the query's number: expected a number" },
		{ "number=9223372036854775808", "the query's number: expected a number" },
		{ "text=a&text=a", "the query has text twice" },
		{ "text=a&te%78t=b", "the query has text twice" },
	};

	for (unsigned i = 0; i < G_N_ELEMENTS(refused); i++)
		assert_refused(scene, parse_query(scene, refused[i].query), 400,
			       refused[i].message);
}

static void test_query_with_a_long_name(struct scene *scene, gconstpointer unused)
{
	g_autofree char *name = g_strnfill(5000, 'x');
	g_autofree char *shown = g_strnfill(100, 'x');
	g_autofree char *message =
		g_strdup_printf("the query's \"%s\" is not known here", shown);

	assert_refused(scene, parse_query(scene, name), 400, message);
}

/* ---- Sizes and types ---- */

static void assert_checked(struct scene *scene, const char *type, guint64 n_bytes,
			   unsigned status, const char *message)
{
	gboolean ok;

	carry(scene, type, "", 0);
	scene->request.body_bytes = n_bytes;
	ok = arguments_check_body(&scene->exchange, &scene->error);
	if (!status) {
		g_assert_no_error(scene->error);
		g_assert_true(ok);
		return;
	}
	assert_refused(scene, ok, status, message);
}

static void test_no_body(struct scene *scene, gconstpointer unused)
{
	assert_checked(scene, NULL, 0, 0, NULL);
	assert_checked(scene, "text/plain", 0, 0, NULL);
	assert_checked(scene, NULL, 1, 413,
		       "a body of 1 bytes; at most 0 are taken here");
	g_assert_true(arguments_read_body(&scene->exchange, &scene->error));
	g_assert_null(scene->exchange.body);
}

static void test_type_and_size_of_json(struct scene *scene, gconstpointer unused)
{
	static const char *const bad[] = { NULL,
					   "",
					   "text/plain",
					   "application/jsonx",
					   "application/json-patch",
					   "application/x-www-form-urlencoded",
					   "text/application/json" };

	assert_checked(scene, "application/json", 65536, 0, NULL);
	assert_checked(scene, "Application/JSON; charset=utf-8", 2, 0, NULL);
	assert_checked(scene, "application/json ;x", 2, 0, NULL);
	assert_checked(scene, "application/json", 65537, 413,
		       "a body of 65537 bytes; at most 65536 are taken here");
	assert_checked(scene, "application/json", G_MAXUINT64, 413,
		       "a body of 18446744073709551615 bytes; at most 65536 are taken "
		       "here");
	for (unsigned i = 0; i < G_N_ELEMENTS(bad); i++)
		assert_checked(scene, bad[i], 2, 415,
			       "expected a body of the type application/json");
}

static void test_type_and_size_of_a_file(struct scene *scene, gconstpointer unused)
{
	assert_checked(scene, "application/octet-stream", 64 << 20, 0, NULL);
	assert_checked(scene, "application/octet-stream", (64 << 20) + 1, 413,
		       "a body of 67108865 bytes; at most 67108864 are taken here");
	assert_checked(scene, "application/json", 2, 415,
		       "expected a body of the type application/octet-stream");
}

/* ---- JSON ---- */

static gboolean read_text(struct scene *scene, const char *text)
{
	g_clear_pointer(&scene->exchange.body, json_object_unref);
	carry(scene, HTTP_JSON, text, strlen(text));
	g_test_message("%.200s", text);
	return arguments_read_body(&scene->exchange, &scene->error);
}

static void test_members(struct scene *scene, gconstpointer unused)
{
	gboolean ok = read_text(scene, "{\"text\":\"\\u00e4\\n\",\"flag\":true,"
				       "\"number\":0,\"pairs\":{\"a\":\"b\"},"
				       "\"list\":[\"c\",\"d\"]}");

	g_assert_no_error(scene->error);
	g_assert_true(ok);
	g_assert_cmpstr(exchange_string(&scene->exchange, "text"), ==, "ä\n");
	g_assert_true(exchange_flag(&scene->exchange, "flag"));
	g_assert_cmpuint(json_object_get_size(scene->exchange.body), ==, 5);
}

static void test_members_that_are_missing(struct scene *scene, gconstpointer unused)
{
	g_assert_true(read_text(scene, "{\"text\":\"\"}"));
	g_assert_cmpstr(exchange_string(&scene->exchange, "text"), ==, "");
	g_assert_false(exchange_flag(&scene->exchange, "flag"));
	assert_refused(scene, read_text(scene, "{}"), 400, "expected the member text");
	assert_refused(scene, read_text(scene, "{\"flag\":false}"), 400,
		       "expected the member text");
}

static void test_members_of_another_type(struct scene *scene, gconstpointer unused)
{
	static const struct {
		const char *member, *message, *values[10];
	} wrong[] = {
		{ "text",
		  "text: expected a text",
		  { "1", "true", "null", "[]", "[\"a\"]", "{}", "1.5" } },
		{ "flag",
		  "flag: expected true or false",
		  { "1", "0", "null", "\"true\"", "[]", "{}" } },
		{ "number",
		  "number: expected a number",
		  { "\"1\"", "-1", "1.5", "1e3", "1e999", "true", "null", "[1]",
		    "99999999999999999999" } },
		{ "pairs",
		  "pairs: expected an object of texts",
		  { "\"a\"", "[]", "{\"a\":1}", "{\"a\":\"b\",\"c\":{}}", "null" } },
		{ "list",
		  "list: expected a list of texts",
		  { "\"a\"", "{}", "[1]", "[\"a\",null]", "[[\"a\"]]", "null" } },
	};

	for (unsigned i = 0; i < G_N_ELEMENTS(wrong); i++)
		for (unsigned j = 0; wrong[i].values[j]; j++) {
			g_autofree char *text = g_strdup_printf(
				"{\"%s\":%s}", wrong[i].member, wrong[i].values[j]);

			assert_refused(scene, read_text(scene, text), 400,
				       wrong[i].message);
		}
}

static void test_members_that_are_not_known(struct scene *scene, gconstpointer unused)
{
	assert_refused(scene, read_text(scene, "{\"text\":\"a\",\"other\":1}"), 400,
		       "member \"other\" is not known here");
	assert_refused(scene, read_text(scene, "{\"\":1}"), 400,
		       "member \"\" is not known here");
	assert_refused(scene, read_text(scene, "{\"TEXT\":\"a\"}"), 400,
		       "member \"TEXT\" is not known here");
	assert_refused(scene, read_text(scene, "{\"<b>\":\"a\"}"), 400,
		       "member \"<b>\" is not known here");
}

static void test_no_json(struct scene *scene, gconstpointer unused)
{
	static const char *const texts[] = { "",
					     "1",
					     "[]",
					     "{",
					     "null",
					     "{\"text\":\"\\ud800x\"}",
					     "{} {}",
					     "/**/{}",
					     "{\"text\":\"\\u0000\"}",
					     "{\"text\":\"\xff\"}" };

	for (unsigned i = 0; i < G_N_ELEMENTS(texts); i++)
		assert_refused(scene, read_text(scene, texts[i]), 400,
			       "the body is no JSON object");
}

static void test_broken_json(struct scene *scene, gconstpointer unused)
{
	static const char *const texts[] = { "{a:1}",
					     "{\"text\"}",
					     "{\"text\":}",
					     "{\"text\":\"a\",}",
					     "{,}",
					     "{\"a\":[1}}",
					     "{\"text\":\"a\" \"b\"}",
					     "{\"a\":tru}" };

	for (unsigned i = 0; i < G_N_ELEMENTS(texts); i++) {
		g_assert_false(read_text(scene, texts[i]));
		g_assert_error(scene->error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE);
		g_assert_true(g_str_has_prefix(scene->error->message,
					       "the body is no JSON object: "));
		g_assert_cmpuint(scene->exchange.failure_status, ==, 400);
		g_clear_error(&scene->error);
	}
}

static void test_deep_json(struct scene *scene, gconstpointer unused)
{
	g_autofree char *open = g_strnfill(30000, '[');
	g_autofree char *close = g_strnfill(30000, ']');
	g_autofree char *text = g_strdup_printf("{\"list\":%s%s}", open, close);

	assert_refused(scene, read_text(scene, text), 400, "the body is no JSON object");
}

/* A job's text has a bracket a section. */
static void test_many_brackets(struct scene *scene, gconstpointer unused)
{
	g_autofree char *brackets = g_strnfill(60000, '[');
	g_autofree char *text = g_strdup_printf("{\"text\":\"%s\"}", brackets);

	g_assert_true(read_text(scene, text));
	g_assert_cmpstr(exchange_string(&scene->exchange, "text"), ==, brackets);
}

static void test_another_length(struct scene *scene, gconstpointer unused)
{
	static const char text[] = "{\"text\":\"a\"}";
	static const char message[] = "the body is not as long as it was said to be";

	carry(scene, HTTP_JSON, text, strlen(text));
	scene->request.body_bytes++;
	assert_refused(scene, arguments_read_body(&scene->exchange, &scene->error), 400,
		       message);
	carry(scene, HTTP_JSON, text, strlen(text));
	scene->request.body_bytes--;
	assert_refused(scene, arguments_read_body(&scene->exchange, &scene->error), 400,
		       message);
	carry(scene, HTTP_JSON, text, strlen(text));
	scene->end = -1;
	assert_refused(scene, arguments_read_body(&scene->exchange, &scene->error), 400,
		       message);
	g_assert_null(scene->exchange.body);
}

/* Whatever length it was said to have, no more than the most is read. */
static void test_more_than_the_most(struct scene *scene, gconstpointer unused)
{
	g_autofree char *text = g_strnfill(1 << 20, ' ');

	carry(scene, HTTP_JSON, text, 1 << 20);
	assert_refused(scene, arguments_read_body(&scene->exchange, &scene->error), 400,
		       "the body is not as long as it was said to be");
	g_assert_cmpuint(scene->n_read, <=, API_MAX_JSON_BYTES + 1000);
}

/* ---- Files ---- */

static void test_file(struct scene *scene, gconstpointer unused)
{
	g_autofree char *bytes = g_malloc(100000);
	g_autofree char *found = g_malloc(100001);
	gboolean ok;

	for (unsigned i = 0; i < 100000; i++)
		bytes[i] = (char)(i * 7 % 251);
	carry(scene, HTTP_BYTES, bytes, 100000);
	ok = arguments_read_body(&scene->exchange, &scene->error);
	g_assert_no_error(scene->error);
	g_assert_true(ok);
	g_assert_cmpint(lseek(scene->exchange.body_fd, 0, SEEK_CUR), ==, 0);
	g_assert_cmpint(read(scene->exchange.body_fd, found, 100001), ==, 100000);
	g_assert_cmpmem(found, 100000, bytes, 100000);
}

static void test_empty_file(struct scene *scene, gconstpointer unused)
{
	char byte;

	carry(scene, HTTP_BYTES, "", 0);
	g_assert_true(arguments_read_body(&scene->exchange, &scene->error));
	g_assert_cmpint(read(scene->exchange.body_fd, &byte, 1), ==, 0);
}

static void test_short_file(struct scene *scene, gconstpointer unused)
{
	carry(scene, HTTP_BYTES, "abc", 3);
	scene->request.body_bytes = 4;
	assert_refused(scene, arguments_read_body(&scene->exchange, &scene->error), 400,
		       "the body is not as long as it was said to be");
}

static void test_file_of_a_client_that_went(struct scene *scene, gconstpointer unused)
{
	carry(scene, HTTP_BYTES, "abc", 3);
	scene->end = -1;
	assert_refused(scene, arguments_read_body(&scene->exchange, &scene->error), 400,
		       "the body is not as long as it was said to be");
}

int main(int argc, char **argv)
{
	static const struct {
		const char *path;
		const struct route *route;
		void (*func)(struct scene *scene, gconstpointer unused);
	} tests[] = {
		{ "query", &no_body, test_query },
		{ "query-without-values", &no_body, test_query_without_values },
		{ "query-that-is-refused", &no_body, test_query_that_is_refused },
		{ "query-with-a-long-name", &no_body, test_query_with_a_long_name },
		{ "no-body", &no_body, test_no_body },
		{ "type-and-size-of-json", &json, test_type_and_size_of_json },
		{ "type-and-size-of-a-file", &file, test_type_and_size_of_a_file },
		{ "members", &json, test_members },
		{ "members-that-are-missing", &json, test_members_that_are_missing },
		{ "members-of-another-type", &json, test_members_of_another_type },
		{ "members-that-are-not-known", &json, test_members_that_are_not_known },
		{ "no-json", &json, test_no_json },
		{ "broken-json", &json, test_broken_json },
		{ "deep-json", &json, test_deep_json },
		{ "many-brackets", &json, test_many_brackets },
		{ "another-length", &json, test_another_length },
		{ "more-than-the-most", &json, test_more_than_the_most },
		{ "file", &file, test_file },
		{ "empty-file", &file, test_empty_file },
		{ "short-file", &file, test_short_file },
		{ "file-of-a-client-that-went", &file, test_file_of_a_client_that_went },
	};

	g_test_init(&argc, &argv, NULL);
	for (unsigned i = 0; i < G_N_ELEMENTS(tests); i++) {
		g_autofree char *path = g_strconcat("/arguments/", tests[i].path, NULL);

		g_test_add(path, struct scene, tests[i].route, set_up, tests[i].func,
			   tear_down);
	}
	return g_test_run();
}
