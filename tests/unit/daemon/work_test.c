/* SPDX-License-Identifier: MIT */
/* A call inside the daemon: its files, its results, what the main thread hears of it. */
#include "tests/unit/daemon/hub_scene.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "images/format.h"

static struct work *words_of(struct hub_scene *scene, const char *words)
{
	return hub_scene_work(scene, words);
}

static int file_with(const char *content)
{
	int fd = memfd_create("original", MFD_CLOEXEC);

	g_assert_cmpint(write(fd, content, strlen(content)), ==, strlen(content));
	return fd;
}

/* Closes the caller's own descriptor: the work has the message's. */
static gboolean give(struct work *work, const char *name, int fd, GError **error)
{
	int index;

	if (!work->fds)
		work->fds = g_unix_fd_list_new();
	index = g_unix_fd_list_append(work->fds, fd, NULL);
	close(fd);
	return work_add_file(work, name, g_unix_fd_list_peek_fds(work->fds, NULL)[index],
			     error);
}

static void assert_read(struct work *work, const char *name, const char *expected)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GByteArray) bytes = work->host.ops->read(&work->host, name, &error);

	g_assert_no_error(error);
	g_assert_cmpmem(bytes->data, bytes->len, expected, strlen(expected));
}

static void assert_unread(struct work *work, const char *name, enum sixpin_error code,
			  const char *message)
{
	g_autoptr(GError) error = NULL;

	g_assert_null(work->host.ops->read(&work->host, name, &error));
	g_assert_error(error, SIXPIN_ERROR, (int)code);
	g_assert_cmpstr(error->message, ==, message);
}

/* Before the call is given to a thread. */
static void assert_refused(struct hub_scene *scene, int fd, enum sixpin_error code,
			   const char *message)
{
	struct work *work = words_of(scene, "status");
	g_autoptr(GError) error = NULL;

	g_assert_false(give(work, "a.hex", fd, &error));
	g_assert_error(error, SIXPIN_ERROR, (int)code);
	g_assert_cmpstr(error->message, ==, message);
	g_assert_false(work->host.ops->has(&work->host, "a.hex"));
	work_free(work);
}

#define NO_FILE "a.hex: expected a regular file of at most 67108864 bytes"

/* What was read once stays so, whatever becomes of the file. */
static void test_copy_is_private(struct hub_scene *scene, gconstpointer unused)
{
	struct work *work = words_of(scene, "status");
	g_autoptr(GError) error = NULL;
	int fd = file_with("before");
	int again = dup(fd);

	(void)unused;
	g_assert_true(give(work, "a.hex", fd, &error));
	g_assert_true(work->host.ops->has(&work->host, "a.hex"));
	assert_read(work, "a.hex", "before");
	g_assert_cmpint(pwrite(again, "later!", 6, 0), ==, 6);
	close(again);
	assert_read(work, "a.hex", "before");
	work_free(work);
}

/* Wherever its owner has read to; it stays there. */
static void test_all_of_a_file(struct hub_scene *scene, gconstpointer unused)
{
	struct work *work = words_of(scene, "status");
	g_autoptr(GError) error = NULL;
	int fd = file_with("content");
	int again = dup(fd);

	(void)unused;
	g_assert_true(give(work, "a.hex", fd, &error));
	assert_read(work, "a.hex", "content");
	g_assert_cmpint(lseek(again, 0, SEEK_CUR), ==, 7);
	close(again);
	work_free(work);
}

static void test_empty_file(struct hub_scene *scene, gconstpointer unused)
{
	struct work *work = words_of(scene, "status");

	(void)unused;
	g_assert_true(give(work, "a.hex", file_with(""), NULL));
	assert_read(work, "a.hex", "");
	work_free(work);
}

static void test_later_file_of_a_name(struct hub_scene *scene, gconstpointer unused)
{
	struct work *work = words_of(scene, "status");

	(void)unused;
	g_assert_true(give(work, "a.hex", file_with("first"), NULL));
	g_assert_true(give(work, "a.hex", file_with("second"), NULL));
	assert_read(work, "a.hex", "second");
	work_free(work);
}

/* Each may be as large as a file can be, all of them together no larger. */
static void test_files_that_are_too_large_together(struct hub_scene *scene,
						   gconstpointer unused)
{
	struct work *work = words_of(scene, "status");
	int first = file_with(""), second = file_with("x");
	g_autoptr(GByteArray) bytes = NULL;

	(void)unused;
	g_assert_cmpint(ftruncate(first, (off_t)IMAGE_MAX_BYTES), ==, 0);
	g_assert_true(give(work, "a.hex", first, NULL));
	g_assert_true(give(work, "b.hex", second, NULL));
	bytes = work->host.ops->read(&work->host, "a.hex", NULL);
	g_assert_cmpuint(bytes->len, ==, IMAGE_MAX_BYTES);
	assert_unread(
		work, "b.hex", SIXPIN_ERROR_IMAGE,
		"b.hex: the files of one call have more than 67108864 bytes together");
	work_free(work);
}

static void test_pipe(struct hub_scene *scene, gconstpointer unused)
{
	int fds[2];

	(void)unused;
	g_assert_cmpint(pipe(fds), ==, 0);
	assert_refused(scene, fds[0], SIXPIN_ERROR_IMAGE, NO_FILE);
	close(fds[1]);
}

static void test_folder(struct hub_scene *scene, gconstpointer unused)
{
	int fd = open(scene->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	(void)unused;
	assert_refused(scene, fd, SIXPIN_ERROR_IMAGE, NO_FILE);
}

static void test_file_that_is_too_large(struct hub_scene *scene, gconstpointer unused)
{
	int fd = file_with("");

	(void)unused;
	g_assert_cmpint(ftruncate(fd, (off_t)IMAGE_MAX_BYTES + 1), ==, 0);
	assert_refused(scene, fd, SIXPIN_ERROR_IMAGE, NO_FILE);
}

static void test_file_that_cannot_be_read(struct hub_scene *scene, gconstpointer unused)
{
	g_autofree char *path = g_build_filename(scene->folder, "a.hex", NULL);
	struct work *work = words_of(scene, "status");
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	(void)unused;
	g_assert_true(give(work, "a.hex", fd, NULL));
	assert_unread(work, "a.hex", SIXPIN_ERROR_IO, "a.hex: Bad file descriptor");
	work_free(work);
}

static void test_file_that_did_not_come(struct hub_scene *scene, gconstpointer unused)
{
	(void)unused;
	hub_scene_run(scene, "write app.hex");
	g_assert_error(scene->error, SIXPIN_ERROR, SIXPIN_ERROR_IO);
	g_assert_cmpstr(scene->error->message, ==,
			"app.hex: no file that can be read has this name");
}

/* The daemon reads nothing else for those who may not. */
static void test_left_eeprom(struct hub_scene *scene, gconstpointer unused)
{
	g_autofree char *left = g_build_filename(scene->folder, "eeprom-x.hex", NULL);
	g_autofree char *other = g_build_filename(scene->folder, "journal.db", NULL);
	g_autofree char *around = g_strdup_printf("%s/./eeprom-x.hex", scene->folder);
	struct work *work = words_of(scene, "status");

	(void)unused;
	g_assert_true(g_file_set_contents(left, HUB_HEX, -1, NULL));
	assert_read(work, left, HUB_HEX);
	g_assert_null(work->host.ops->read(&work->host, other, NULL));
	g_assert_null(work->host.ops->read(&work->host, around, NULL));
	g_assert_null(work->host.ops->read(&work->host, "eeprom-x.hex", NULL));
	work_free(work);
}

static void test_lines_are_the_stations(struct hub_scene *scene, gconstpointer unused)
{
	static const char *const words[] = { "probe --chip virtual:none",
					     "probe -P virtual:none",
					     "probe --pins reset=3",
					     "probe --trace /tmp/x" };

	(void)unused;
	for (unsigned i = 0; i < G_N_ELEMENTS(words); i++) {
		hub_scene_run(scene, words[i]);
		g_assert_error(scene->error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE);
		g_assert_cmpstr(
			scene->error->message, ==,
			"--chip, -P, --pins and --trace are not for the station, whose "
			"lines are in station.conf; --local runs without it");
	}
}

static void test_help_is_not_for_the_daemons_terminal(struct hub_scene *scene,
						      gconstpointer unused)
{
	(void)unused;
	hub_scene_run(scene, "probe --help");
	g_assert_error(scene->error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE);
}

struct report {
	struct hub_scene *scene;
	GString *told;
};

static void on_started(struct work *work, uint64_t run)
{
	struct report *report = work->user;

	g_string_append_printf(report->told, "started %" G_GUINT64_FORMAT "%s; ", run,
			       work->is_job ? " job" : "");
}

static void on_done(struct work *work)
{
	struct report *report = work->user;

	g_string_append_printf(report->told, "done%s%s; ", work->passed ? " passed" : "",
			       work->error ? " error" : "");
	report->scene->n_done++;
}

static void assert_told(struct hub_scene *scene, const char *words, const char *expected)
{
	struct report report = { scene, g_string_new(NULL) };
	struct work *work = words_of(scene, words);

	work->started = on_started;
	work->done = on_done;
	work->user = &report;
	hub_scene_finish(scene, work);
	g_assert_cmpstr(report.told->str, ==, expected);
	g_string_free(report.told, TRUE);
}

static void test_what_the_main_thread_hears(struct hub_scene *scene, gconstpointer unused)
{

	(void)unused;
	hub_scene_add_job(scene, "blink");
	assert_told(scene, "run blink", "started 1 job; done passed; ");
	assert_told(scene, "probe", "started 2; done; ");
	assert_told(scene, "run nothing", "done error; ");
	virtual_board_insert(scene->board, false);
	assert_told(scene, "run blink", "started 3 job; done error; ");
}

/* The look at the signature is no run of the job. */
static void test_job_that_is_picked(struct hub_scene *scene, gconstpointer unused)
{
	static const char text[] = "[job]\npart=ATmega328P\nauto=yes\n[fuses]\nlow=62\n";

	(void)unused;
	g_assert_true(store_put_job(scene->hub->store, "a", text, true, NULL));
	assert_told(scene, "run auto", "started 1; started 2 job; done passed; ");
}

static void test_result_and_row(struct hub_scene *scene, gconstpointer unused)
{
	g_autoptr(GVariant) row = NULL;
	const char *who = NULL;

	(void)unused;
	hub_scene_run(scene, "probe");
	g_assert_cmpint(
		json_object_get_int_member(json_node_get_object(scene->root), "run"), ==,
		1);
	row = journal_run(scene->hub->journal, 1, NULL);
	g_assert_true(g_variant_lookup(row, "who", "&s", &who));
	g_assert_cmpstr(who, ==, "user 1 (tester)");
}

struct outputs {
	struct hub_scene *scene;
	char *name;
	GBytes *content;
};

static void keep_output(struct work *work)
{
	struct outputs *outputs = work->user;
	const struct work_output *output = work->outputs->pdata[0];
	g_autoptr(GMappedFile) mapped =
		g_mapped_file_new_from_fd(output->fd, FALSE, NULL);

	g_assert_cmpuint(work->outputs->len, ==, 1);
	g_assert_cmpint(lseek(output->fd, 0, SEEK_CUR), ==, 0);
	outputs->name = g_strdup(output->name);
	outputs->content = g_mapped_file_get_bytes(mapped);
	outputs->scene->n_done++;
}

static void test_output(struct hub_scene *scene, gconstpointer unused)
{
	struct outputs outputs = { .scene = scene };
	struct work *work = words_of(scene, "read --memory=flash --format=bin out.bin");

	(void)unused;
	work->done = keep_output;
	work->user = &outputs;
	hub_scene_finish(scene, work);
	g_assert_cmpstr(outputs.name, ==, "out.bin");
	g_assert_cmpuint(g_bytes_get_size(outputs.content), ==, 32768);
	g_free(outputs.name);
	g_bytes_unref(outputs.content);
}

static void test_choose(struct hub_scene *scene, gconstpointer unused)
{
	static const char *const frob[] = { "frob", NULL };
	struct work *work = words_of(scene, "history");
	g_autoptr(GError) error = NULL;

	(void)unused;
	g_assert_cmpint(work->place, ==, COMMAND_DESK);
	work_free(work);
	work = words_of(scene, "parts");
	g_assert_cmpint(work->place, ==, COMMAND_DESK);
	work_free(work);
	work = words_of(scene, "run");
	g_assert_cmpint(work->place, ==, COMMAND_AT_BUS);
	work_free(work);
	work = work_new(scene->hub, "x", frob);
	g_assert_false(work_choose(work, &error));
	g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE);
	g_assert_cmpstr(error->message, ==,
			"\"frob\" is no command; sixpin --help lists them");
	work_free(work);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *path;
		void (*func)(struct hub_scene *scene, gconstpointer unused);
	} tests[] = {
		{ "copy-is-private", test_copy_is_private },
		{ "all-of-a-file", test_all_of_a_file },
		{ "empty-file", test_empty_file },
		{ "later-file-of-a-name", test_later_file_of_a_name },
		{ "files-that-are-too-large-together",
		  test_files_that_are_too_large_together },
		{ "pipe", test_pipe },
		{ "folder", test_folder },
		{ "file-that-is-too-large", test_file_that_is_too_large },
		{ "file-that-cannot-be-read", test_file_that_cannot_be_read },
		{ "file-that-did-not-come", test_file_that_did_not_come },
		{ "left-eeprom", test_left_eeprom },
		{ "lines-are-the-stations", test_lines_are_the_stations },
		{ "help-is-not-for-the-daemons-terminal",
		  test_help_is_not_for_the_daemons_terminal },
		{ "what-the-main-thread-hears", test_what_the_main_thread_hears },
		{ "job-that-is-picked", test_job_that_is_picked },
		{ "result-and-row", test_result_and_row },
		{ "output", test_output },
		{ "choose", test_choose },
	};

	g_test_init(&argc, &argv, NULL);
	for (unsigned i = 0; i < G_N_ELEMENTS(tests); i++) {
		g_autofree char *path = g_strconcat("/work/", tests[i].path, NULL);

		g_test_add(path, struct hub_scene, NULL, hub_scene_set_up, tests[i].func,
			   hub_scene_tear_down);
	}
	return g_test_run();
}
