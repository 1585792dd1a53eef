/* SPDX-License-Identifier: MIT */
/* From words to a command, and from a failure to a result. */
#include "tests/models/call_scene.h"

#include <string.h>

static const struct command *chosen(struct call_scene *scene, char **words)
{
	const struct command *command;
	g_autoptr(GError) error = NULL;
	struct call call;

	call_init(&call, &scene->host, words, NULL);
	call_choose(&call, &error);
	g_assert_no_error(error);
	command = call.command;
	call_clear(&call);
	return command;
}

static void test_every_command_is_found_by_its_name(void)
{
	call_scene_auto struct call_scene scene;

	call_scene_init(&scene, "none");
	for (unsigned i = 0; command_table[i]; i++) {
		char *words[] = { (char *)"sixpin", (char *)command_table[i]->name,
				  NULL };

		g_assert_true(chosen(&scene, words) == command_table[i]);
	}
}

static void test_command_behind_options(void)
{
	call_scene_auto struct call_scene scene;
	char *words[] = { (char *)"sixpin",  (char *)"--part", (char *)"write",
			  (char *)"--quiet", (char *)"probe",  NULL };

	call_scene_init(&scene, "none");
	g_assert_true(chosen(&scene, words) == &command_probe);
}

static void test_avrdudes_words_need_no_name(void)
{
	call_scene_auto struct call_scene scene;
	char *words[] = { (char *)"sixpin",	     (char *)"-p",
			  (char *)"m328p",	     (char *)"-U",
			  (char *)"flash:v:a.hex:i", NULL };

	call_scene_init(&scene, "none");
	g_assert_true(chosen(&scene, words) == &command_avrdude);
}

static void test_no_command(void)
{
	call_scene_auto struct call_scene scene;

	call_scene_init(&scene, "none");
	call_scene_bad(&scene, "frob", SIXPIN_ERROR_USAGE,
		       "\"frob\" is no command; sixpin --help lists them");
}

static void test_argument_counts(void)
{
	call_scene_auto struct call_scene scene;

	call_scene_init(&scene, "none");
	call_scene_bad(&scene, "status now", SIXPIN_ERROR_USAGE,
		       "status: an argument too many; the form is: sixpin status "
		       "[OPTION...]; see --help");
	call_scene_bad(&scene, "export", SIXPIN_ERROR_USAGE,
		       "export: an argument is missing; the form is: sixpin export "
		       "[OPTION...] FILE|-; see --help");
}

static void test_unknown_option(void)
{
	call_scene_auto struct call_scene scene;

	call_scene_init(&scene, "none");
	call_scene_bad(&scene, "status --frob", SIXPIN_ERROR_USAGE,
		       "Unknown option --frob; see sixpin status --help");
}

static void test_error_has_its_advice(void)
{
	call_scene_auto struct call_scene scene;
	JsonObject *error;

	call_scene_init(&scene, "none");
	call_scene_bad(
		&scene, "probe", SIXPIN_ERROR_NO_TARGET,
		"no AVR answers to Programming Enable (gpio on virtual:none, SCK down "
		"to 3500 Hz): check target power, RESET, SCK, MOSI, MISO and ground");
	error = json_object_get_object_member(call_scene_root(&scene), "error");
	g_assert_cmpstr(json_object_get_string_member(error, "advice"), ==,
			error_kind(SIXPIN_ERROR_NO_TARGET)->advice);
}

/* An error in the options is told as asked, though GLib takes all of them back. */
static void test_json_is_known_before_the_options(void)
{
	call_scene_auto struct call_scene scene;
	char *words[] = { (char *)"sixpin", (char *)"status", (char *)"--json",
			  (char *)"--frob", NULL };
	struct call call;

	call_scene_init(&scene, "none");
	call_init(&call, &scene.host, words, NULL);
	g_assert_true(call_choose(&call, NULL));
	g_assert_false(call_execute(&call, NULL));
	g_assert_true(call.json);
	call_clear(&call);
}

static void test_message_that_is_no_utf8(void)
{
	g_autoptr(JsonNode) root = json_from_string("{}", NULL);
	GError error = { SIXPIN_ERROR, SIXPIN_ERROR_IO, (char *)"b\xE4r: no" };
	JsonObject *told;

	call_finish_root(root, &error);
	told = json_object_get_object_member(json_node_get_object(root), "error");
	g_assert_cmpstr(json_object_get_string_member(told, "message"), ==,
			"b\xEF\xBF\xBDr: no");
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/commands/every-command-is-found-by-its-name",
			test_every_command_is_found_by_its_name);
	g_test_add_func("/commands/command-behind-options", test_command_behind_options);
	g_test_add_func("/commands/avrdudes-words-need-no-name",
			test_avrdudes_words_need_no_name);
	g_test_add_func("/commands/no-command", test_no_command);
	g_test_add_func("/commands/argument-counts", test_argument_counts);
	g_test_add_func("/commands/unknown-option", test_unknown_option);
	g_test_add_func("/commands/error-has-its-advice", test_error_has_its_advice);
	g_test_add_func("/commands/json-is-known-before-the-options",
			test_json_is_known_before_the_options);
	g_test_add_func("/commands/message-that-is-no-utf8",
			test_message_that_is_no_utf8);
	return g_test_run();
}
