/* SPDX-License-Identifier: MIT */
/* Which words go to a daemon, which files with them, and its errors here. */
#include "appliance/cli/client.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "appliance/base/error.h"
#include "appliance/base/station_bus.h"

static gboolean is_for(const char *line)
{
	g_auto(GStrv) words = g_strsplit(line, " ", -1);
	struct call_host host = { 0 };
	g_autoptr(GError) error = NULL;
	struct call call;
	gboolean answer;

	call_init(&call, &host, words, NULL);
	call_choose(&call, &error);
	g_assert_no_error(error);
	answer = client_is_for(&call);
	call_clear(&call);
	return answer;
}

static void test_words_for_a_daemon(void)
{
	static const char *const daemons[] = {
		"sixpin run",
		"sixpin probe --json",
		"sixpin write app.hex --part m328p",
		"sixpin job list",
		"sixpin history",
		"sixpin -p m328p -U flash:w:a.hex:i",
		"sixpin probe --portable",
	};
	static const char *const ours[] = {
		"sixpin run --local",
		"sixpin probe --chip virtual:none",
		"sixpin probe --chip=virtual:none",
		"sixpin probe --pins reset=3",
		"sixpin probe --trace=x",
		"sixpin probe --help",
		"sixpin -P gpiochip0 -p m328p -U flash:w:a.hex:i",
		"sixpin parts",
		"sixpin programmers",
	};

	for (unsigned i = 0; i < G_N_ELEMENTS(daemons); i++)
		if (!is_for(daemons[i]))
			g_error("would run here: %s", daemons[i]);
	for (unsigned i = 0; i < G_N_ELEMENTS(ours); i++)
		if (is_for(ours[i]))
			g_error("would go to a daemon: %s", ours[i]);
}

struct desk {
	char *folder;
	char *before;
};

static void set_up(struct desk *desk, gconstpointer unused)
{
	static const char *const files[] = { "app.hex", "boot.hex", "my file.hex",
					     "a:b.hex", "app.hex:i" };

	(void)unused;
	desk->before = g_get_current_dir();
	desk->folder = g_dir_make_tmp("sixpin-client-XXXXXX", NULL);
	g_assert_cmpint(g_chdir(desk->folder), ==, 0);
	for (unsigned i = 0; i < G_N_ELEMENTS(files); i++)
		g_assert_true(g_file_set_contents(files[i], files[i], -1, NULL));
	g_assert_cmpint(g_mkdir("folder", 0755), ==, 0);
	g_assert_true(g_file_set_contents("folder/in.hex", "in", -1, NULL));
}

static void tear_down(struct desk *desk, gconstpointer unused)
{
	static const char *const files[] = { "app.hex", "boot.hex",  "my file.hex",
					     "a:b.hex", "app.hex:i", "folder/in.hex",
					     "folder" };

	(void)unused;
	for (unsigned i = 0; i < G_N_ELEMENTS(files); i++)
		g_remove(files[i]);
	g_assert_cmpint(g_chdir(desk->before), ==, 0);
	g_rmdir(desk->folder);
	g_free(desk->folder);
	g_free(desk->before);
}

/* The content that a descriptor leads to is the file's name here. */
static void assert_content(GUnixFDList *fds, gint32 index, const char *name)
{
	int fd = g_unix_fd_list_get(fds, index, NULL);
	char content[100];
	ssize_t n = read(fd, content, sizeof(content) - 1);

	close(fd);
	content[MAX(n, 0)] = 0;
	g_assert_cmpstr(content, ==, name);
}

/* `words` end with NULL; `expected`: the names, apart by "|". */
static void assert_offered(const char *const *words, const char *expected)
{
	g_autoptr(GUnixFDList) fds = g_unix_fd_list_new();
	g_autoptr(GString) names = g_string_new(NULL);
	g_autoptr(GVariant) offered = NULL;
	g_autoptr(GError) error = NULL;
	GVariant *files = NULL;
	GVariantIter iter;
	const char *name;
	gint32 index;

	g_assert_true(client_offer_files((char **)words, &files, fds, &error));
	g_assert_no_error(error);
	offered = g_variant_ref_sink(files);
	g_variant_iter_init(&iter, offered);
	while (g_variant_iter_next(&iter, "(&sh)", &name, &index)) {
		g_string_append_printf(names, "%s%s", names->len ? "|" : "", name);
		if (!strchr(name, '/'))
			assert_content(fds, index, name);
	}
	g_assert_cmpstr(names->str, ==, expected);
	g_assert_cmpint(g_unix_fd_list_get_length(fds), ==,
			(gint)g_variant_n_children(offered));
}

#define OFFERED(expected, ...) \
	assert_offered((const char *const[]){ "sixpin", __VA_ARGS__, NULL }, expected)

static void test_plain_words(struct desk *desk, gconstpointer unused)
{
	OFFERED("app.hex", "write", "app.hex");
	OFFERED("app.hex|boot.hex", "write", "app.hex", "boot.hex");
	OFFERED("app.hex", "write", "app.hex", "app.hex");
	OFFERED("my file.hex", "write", "my file.hex");
	OFFERED("folder/in.hex", "write", "folder/in.hex");
	OFFERED("", "write", "no.hex");
}

static void test_values_of_options(struct desk *desk, gconstpointer unused)
{
	OFFERED("boot.hex", "write", "--eeprom=boot.hex");
	OFFERED("boot.hex", "write", "--eeprom", "boot.hex");
	OFFERED("a:b.hex", "write", "--eeprom=a:b.hex");
}

static void test_avrdudes_operations(struct desk *desk, gconstpointer unused)
{
	OFFERED("boot.hex", "-U", "flash:w:boot.hex:i");
	OFFERED("boot.hex", "-U", "flash:w:boot.hex");
	OFFERED("a:b.hex", "-U", "flash:w:a:b.hex:i");
	OFFERED("my file.hex", "-U", "flash:w:my file.hex:a");
	/* Which of both is meant is for who reads the words to say. */
	OFFERED("app.hex:i|app.hex", "-U", "flash:w:app.hex:i");
	OFFERED("boot.hex", "-U", "boot.hex");
	OFFERED("", "-U", "lfuse:w:0x62:m");
}

static void test_a_guides_line(struct desk *desk, gconstpointer unused)
{
	OFFERED("boot.hex|my file.hex", "job", "import-avrdude",
		"avrdude -c usbasp -p m328p -U flash:w:boot.hex:i -U 'eeprom:w:my "
		"file.hex:i'");
}

static void test_what_is_no_file(struct desk *desk, gconstpointer unused)
{
	OFFERED("", "write", "folder");
	OFFERED("", "write", "/dev/null");
	OFFERED("", "write", "-");
	OFFERED("", "write", "");
}

/* The first word is the program's own name. */
static void test_program_is_not_offered(struct desk *desk, gconstpointer unused)
{
	const char *const words[] = { "app.hex", "probe", NULL };

	assert_offered(words, "");
}

static void assert_error(GError *failure, enum sixpin_error code, const char *message)
{
	g_autoptr(GError) error = NULL;

	client_take_error(failure, &error);
	g_assert_error(error, SIXPIN_ERROR, (int)code);
	g_assert_cmpstr(error->message, ==, message);
}

#define LOST                                                                                  \
	"the station's daemon ended in the middle of the call; once it runs again, \"sixpin " \
	"history\" tells what became of its run"

static void test_errors_of_the_daemon(void)
{
	for (int code = 0; code < SIXPIN_N_ERRORS; code++) {
		g_autofree char *name =
			g_strconcat(STATION_ERROR_PREFIX, error_kind(code)->code, NULL);

		assert_error(g_dbus_error_new_for_dbus_error(name, "what went wrong"),
			     code, "what went wrong");
	}
	assert_error(g_dbus_error_new_for_dbus_error(STATION_ERROR_PREFIX "NEWER", "x"),
		     SIXPIN_ERROR_IO, "x");
}

static void test_daemon_that_is_gone(void)
{
	assert_error(g_error_new_literal(G_DBUS_ERROR, G_DBUS_ERROR_NO_REPLY, "x"),
		     SIXPIN_ERROR_IO, LOST);
	assert_error(g_error_new_literal(G_IO_ERROR, G_IO_ERROR_CLOSED, "x"),
		     SIXPIN_ERROR_IO, LOST);
}

static void test_errors_of_the_bus(void)
{
	assert_error(
		g_error_new_literal(G_DBUS_ERROR, G_DBUS_ERROR_ACCESS_DENIED, "x"),
		SIXPIN_ERROR_IO,
		"the station's daemon does not let you in: join its group (sudo usermod "
		"-aG sixpin $USER, then log in again), or run here with --local");
	assert_error(
		g_error_new_literal(G_DBUS_ERROR, G_DBUS_ERROR_LIMITS_EXCEEDED,
				    "too many descriptors"),
		SIXPIN_ERROR_IO,
		"the station's daemon does not answer: too many descriptors (--local "
		"runs here)");
}

int main(int argc, char **argv)
{
	static const struct {
		const char *path;
		void (*func)(struct desk *desk, gconstpointer unused);
	} tests[] = {
		{ "/client/plain-words", test_plain_words },
		{ "/client/values-of-options", test_values_of_options },
		{ "/client/avrdudes-operations", test_avrdudes_operations },
		{ "/client/a-guides-line", test_a_guides_line },
		{ "/client/what-is-no-file", test_what_is_no_file },
		{ "/client/program-is-not-offered", test_program_is_not_offered },
	};

	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/client/words-for-a-daemon", test_words_for_a_daemon);
	g_test_add_func("/client/errors-of-the-daemon", test_errors_of_the_daemon);
	g_test_add_func("/client/daemon-that-is-gone", test_daemon_that_is_gone);
	g_test_add_func("/client/errors-of-the-bus", test_errors_of_the_bus);
	for (unsigned i = 0; i < G_N_ELEMENTS(tests); i++)
		g_test_add(tests[i].path, struct desk, NULL, set_up, tests[i].func,
			   tear_down);
	return g_test_run();
}
