/* SPDX-License-Identifier: MIT */
/* Words and files for the daemon's Command, and what comes back. */
#include "web/command.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "tests/models/web_scene.h"

struct scene {
	struct web_scene web;
	struct exchange exchange;
	struct command command;
};

static void set_up(struct scene *scene, gconstpointer unused)
{
	web_scene_open(&scene->web, NULL);
	scene->exchange = (struct exchange){ .web = &scene->web.web,
					     .answer = &scene->web.answer,
					     .token = (char *)"a.token",
					     .body_fd = -1 };
	fake_station_answers(scene->web.station, "Command",
			     "(@a{sv} {'result': <'{\"ok\":true,\"a\":1}'>}, @a(sh) [])");
	command_init(&scene->command, "write", "--plain", NULL);
}

static void tear_down(struct scene *scene, gconstpointer unused)
{
	command_clear(&scene->command);
	web_scene_close(&scene->web, NULL);
}

static void assert_name_is_refused(struct scene *scene, const char *word)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *message =
		g_strdup_printf("images: \"%.100s\" cannot be one", word);

	g_assert_false(command_add_name(&scene->command, "images", word, &error));
	g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE);
	g_assert_cmpstr(error->message, ==, message);
}

static void assert_run(struct scene *scene, const char *calls, const char *result)
{
	g_autoptr(GError) error = NULL;
	JsonObject *object =
		command_execute(&scene->command, &scene->exchange, NULL, &error);
	g_autoptr(JsonNode) root = json_node_init_object(json_node_alloc(), object);
	g_autofree char *text = json_to_string(root, FALSE);

	g_assert_no_error(error);
	g_assert_cmpstr(text, ==, result);
	json_object_unref(object);
	web_scene_assert_calls(&scene->web, calls);
}

static void test_words(struct scene *scene, gconstpointer unused)
{
	g_assert_true(command_add_name(&scene->command, "x", "a -b", NULL));
	command_add_option(&scene->command, "part", "-rf /");
	command_add_option(&scene->command, "part", "");
	command_add_option(&scene->command, "none", NULL);
	command_add_word(&scene->command, "--dry-run");
	assert_run(scene,
		   "Command ['write', '--plain', 'a -b', '--part=-rf /', '--part=', "
		   "'--dry-run'] [] session='a.token'\n",
		   "{\"a\":1}");
}

static void test_options_are_no_names(struct scene *scene, gconstpointer unused)
{
	assert_name_is_refused(scene, "");
	assert_name_is_refused(scene, "-");
	assert_name_is_refused(scene, "--");
	assert_name_is_refused(scene, "-x");
	assert_name_is_refused(scene, "--chip=virtual:none");
	assert_run(scene, "Command ['write', '--plain'] [] session='a.token'\n",
		   "{\"a\":1}");
}

static void test_files(struct scene *scene, gconstpointer unused)
{
	int fds[2];

	g_assert_cmpint(pipe2(fds, O_CLOEXEC), ==, 0);
	g_assert_true(command_add_file(&scene->command, "a.hex", fds[0], NULL));
	g_assert_true(command_add_file(&scene->command, "b.hex", fds[0], NULL));
	g_assert_cmpint(fcntl(fds[0], F_GETFD), !=, -1);
	close(fds[0]);
	close(fds[1]);
	assert_run(scene,
		   "Command ['write', '--plain'] [('a.hex', 0), ('b.hex', 1)] "
		   "session='a.token' [] []\n",
		   "{\"a\":1}");
}

static void test_kept_image(struct scene *scene, gconstpointer unused)
{
	fake_station_hands_over(scene->web.station, "GetImage", "(handle 0,)", "bytes");
	g_assert_true(
		command_add_image(&scene->command, &scene->exchange, "x.hex", NULL));
	assert_run(scene,
		   "GetImage 'x.hex' session='a.token'\n"
		   "Command ['write', '--plain'] [('x.hex', 0)] session='a.token' "
		   "[bytes]\n",
		   "{\"a\":1}");
}

static void test_image_that_is_not_kept(struct scene *scene, gconstpointer unused)
{
	g_autoptr(GError) error = NULL;

	fake_station_refuses(scene->web.station, "GetImage", "USAGE", "no such image");
	g_assert_false(
		command_add_image(&scene->command, &scene->exchange, "x.hex", &error));
	g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE);
	g_assert_cmpstr(error->message, ==, "no such image");
}

static void assert_fails(struct scene *scene, int *output_fd, enum sixpin_error code,
			 const char *message)
{
	g_autoptr(GError) error = NULL;

	g_assert_null(
		command_execute(&scene->command, &scene->exchange, output_fd, &error));
	g_assert_error(error, SIXPIN_ERROR, (int)code);
	g_assert_cmpstr(error->message, ==, message);
}

static void test_failure_of_the_command(struct scene *scene, gconstpointer unused)
{
	fake_station_answers(scene->web.station, "Command",
			     "(@a{sv} {'code': <'NO_TARGET'>, 'message': <'nobody'>, "
			     "'result': <'{}'>}, @a(sh) [])");
	assert_fails(scene, NULL, SIXPIN_ERROR_NO_TARGET, "nobody");
}

static void test_refused_call(struct scene *scene, gconstpointer unused)
{
	fake_station_refuses(scene->web.station, "Command", "DENIED", "not you");
	assert_fails(scene, NULL, SIXPIN_ERROR_DENIED, "not you");
}

static void test_results_that_are_no_object(struct scene *scene, gconstpointer unused)
{
	fake_station_answers(scene->web.station, "Command",
			     "(@a{sv} {'result': <'[1]'>}, @a(sh) [])");
	assert_run(scene, "Command ['write', '--plain'] [] session='a.token'\n", "{}");
}

static void test_output(struct scene *scene, gconstpointer unused)
{
	g_autoptr(GError) error = NULL;
	JsonObject *result;
	char bytes[10] = "";
	int fd = -1;

	fake_station_hands_over(scene->web.station, "Command",
				"(@a{sv} {'result': <'{}'>}, [('out.hex', handle 0)])",
				"content");
	result = command_execute(&scene->command, &scene->exchange, &fd, &error);
	g_assert_no_error(error);
	g_assert_cmpint(read(fd, bytes, sizeof(bytes)), ==, 7);
	g_assert_cmpstr(bytes, ==, "content");
	close(fd);
	json_object_unref(result);
}

static void test_output_that_did_not_come(struct scene *scene, gconstpointer unused)
{
	int fd;

	assert_fails(scene, &fd, SIXPIN_ERROR_IO, "the station handed no file over");
}

static void test_output_without_its_file(struct scene *scene, gconstpointer unused)
{
	int fd;

	fake_station_answers(scene->web.station, "Command",
			     "(@a{sv} {'result': <'{}'>}, [('out.hex', handle 0)])");
	assert_fails(scene, &fd, SIXPIN_ERROR_IO, "the station handed no file over");
}

int main(int argc, char **argv)
{
	static const struct {
		const char *path;
		void (*func)(struct scene *scene, gconstpointer unused);
	} tests[] = {
		{ "words", test_words },
		{ "options-are-no-names", test_options_are_no_names },
		{ "files", test_files },
		{ "kept-image", test_kept_image },
		{ "image-that-is-not-kept", test_image_that_is_not_kept },
		{ "failure-of-the-command", test_failure_of_the_command },
		{ "refused-call", test_refused_call },
		{ "results-that-are-no-object", test_results_that_are_no_object },
		{ "output", test_output },
		{ "output-that-did-not-come", test_output_that_did_not_come },
		{ "output-without-its-file", test_output_without_its_file },
	};

	g_test_init(&argc, &argv, NULL);
	for (unsigned i = 0; i < G_N_ELEMENTS(tests); i++) {
		g_autofree char *path = g_strconcat("/command/", tests[i].path, NULL);

		g_test_add(path, struct scene, NULL, set_up, tests[i].func, tear_down);
	}
	return g_test_run();
}
