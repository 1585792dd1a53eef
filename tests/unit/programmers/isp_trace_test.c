/* SPDX-License-Identifier: MIT */
#include "appliance/programmers/isp_trace.h"

#include <glib/gstdio.h>

#include "appliance/base/error.h"

/* A link that answers with fixed bytes on a clock of its own, or fails. */
struct fake_link {
	struct isp_link link;
	struct virtual_clock clock;
	gboolean fails;
	uint32_t in_step;
	unsigned closed;
};

static gboolean succeed(struct fake_link *self, GError **error)
{
	clock_sleep_us(self->link.clock, 1500);
	if (self->fails)
		g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_IO, "the wire is cut");
	return !self->fails;
}

static gboolean fake_enter(struct isp_link *link, enum isp_entry entry, uint32_t *in_step,
			   GError **error)
{
	*in_step = ((struct fake_link *)link)->in_step;
	return succeed((struct fake_link *)link, error);
}

static gboolean fake_command(struct isp_link *link, const uint8_t tx[4], unsigned flags,
			     uint8_t rx[][4], GError **error)
{
	for (unsigned i = 0; i < 4; i++)
		if (flags & ISP_WANT(i))
			rx[0][i] = (uint8_t)(0xA0 + i);
	return succeed((struct fake_link *)link, error);
}

static gboolean fake_leave(struct isp_link *link, GError **error)
{
	return succeed((struct fake_link *)link, error);
}

static gboolean fake_set_sck(struct isp_link *link, unsigned hz, unsigned *actual_hz,
			     GError **error)
{
	*actual_hz = hz / 2;
	return succeed((struct fake_link *)link, error);
}

static void fake_close(struct isp_link *link)
{
	((struct fake_link *)link)->closed++;
}

static const struct isp_link_ops fake_ops = {
	.enter = fake_enter,
	.command = fake_command,
	.leave = fake_leave,
	.set_sck = fake_set_sck,
	.close = fake_close,
};

static const struct isp_link_ops fixed_rate_ops = {
	.enter = fake_enter,
	.command = fake_command,
	.leave = fake_leave,
	.close = fake_close,
};

struct scene {
	char *dir;
	char *path;
	struct fake_link fake;
	struct isp_link *trace;
};

static void set_up(struct scene *scene, gconstpointer data)
{
	scene->dir = g_dir_make_tmp("sixpin-XXXXXX", NULL);
	scene->path = g_build_filename(scene->dir, "trace", NULL);
	virtual_clock_init(&scene->fake.clock);
	scene->fake.link = (struct isp_link){ &fake_ops, &scene->fake.clock.clock, 1,
					      (char *)"fake" };
	scene->fake.in_step = 1;
	scene->trace = isp_trace_open(&scene->fake.link, scene->path, NULL);
}

static void tear_down(struct scene *scene, gconstpointer data)
{
	isp_close(scene->trace);
	g_unlink(scene->path);
	g_rmdir(scene->dir);
	g_free(scene->path);
	g_free(scene->dir);
}

/* Closing is what completes the file. */
static void assert_trace(struct scene *scene, const char *expected)
{
	g_autofree char *text = NULL;

	isp_close(g_steal_pointer(&scene->trace));
	g_assert_true(g_file_get_contents(scene->path, &text, NULL, NULL));
	g_assert_cmpstr(text, ==, expected);
}

static void send(struct scene *scene, uint8_t a, uint8_t b, uint8_t c, uint8_t d,
		 unsigned flags)
{
	const uint8_t tx[4] = { a, b, c, d };
	uint8_t rx[ISP_MAX_SITES][4];

	g_assert_true(isp_command(scene->trace, tx, flags, rx, NULL));
}

static void test_it_looks_like_the_link_within(struct scene *scene, gconstpointer data)
{
	g_assert_cmpstr(scene->trace->name, ==, "fake");
	g_assert_true(scene->trace->clock == &scene->fake.clock.clock);
	g_assert_cmpuint(scene->trace->n_sites, ==, 1);
}

static void test_a_whole_session(struct scene *scene, gconstpointer data)
{
	unsigned actual_hz;
	uint32_t in_step = 0;

	g_assert_true(scene->trace->ops->set_sck(scene->trace, 200000, &actual_hz, NULL));
	g_assert_true(isp_enter(scene->trace, ISP_ENTRY_NORMAL, &in_step, NULL));
	send(scene, 0x30, 0x00, 0x01, 0x00, ISP_WANT_DATA);
	send(scene, 0x40, 0x00, 0x1F, 0x5A, ISP_WANT_ECHO | ISP_MORE);
	send(scene, 0x4C, 0x01, 0x40, 0x00, 0);
	g_assert_true(isp_leave(scene->trace, NULL));

	g_assert_cmpuint(actual_hz, ==, 100000);
	g_assert_cmphex(in_step, ==, 1);
	assert_trace(scene,
		     "         1.500 ms  SCK 100000 Hz\n"
		     "         3.000 ms  enter: in step\n"
		     "         4.500 ms  30 00 01 00 -> .. .. .. A3  read signature\n"
		     "         6.000 ms  40 00 1F 5A -> .. A1 .. ..  load flash low\n"
		     "         7.500 ms  4C 01 40 00  write flash page\n"
		     "         9.000 ms  leave\n");
}

static void test_entries_without_an_answer(struct scene *scene, gconstpointer data)
{
	uint32_t in_step;

	scene->fake.in_step = 0;
	g_assert_true(isp_enter(scene->trace, ISP_ENTRY_NORMAL, &in_step, NULL));
	g_assert_true(isp_enter(scene->trace, ISP_ENTRY_PATIENT, &in_step, NULL));

	assert_trace(scene, "         1.500 ms  enter: no answer\n"
			    "         3.000 ms  enter (patient): no answer\n");
}

static void test_failures_are_written_and_handed_on(struct scene *scene,
						    gconstpointer data)
{
	const uint8_t tx[4] = { 0xF0, 0x00, 0x00, 0x00 };
	g_autoptr(GError) error = NULL;
	uint8_t rx[ISP_MAX_SITES][4];
	unsigned actual_hz;
	uint32_t in_step;

	scene->fake.fails = TRUE;
	g_assert_false(isp_enter(scene->trace, ISP_ENTRY_NORMAL, &in_step, NULL));
	g_assert_false(isp_command(scene->trace, tx, 0, rx, &error));
	g_assert_false(isp_leave(scene->trace, NULL));
	g_assert_false(scene->trace->ops->set_sck(scene->trace, 1, &actual_hz, NULL));

	g_assert_cmpstr(error->message, ==, "the wire is cut");
	assert_trace(scene, "         1.500 ms  enter: failed\n"
			    "         3.000 ms  F0 00 00 00  poll busy: failed\n"
			    "         4.500 ms  leave: failed\n");
}

struct named {
	uint8_t tx[4];
	const char *name;
};

static const struct named instructions[] = {
	{ { 0xAC, 0x53, 0, 0 }, "programming enable" },
	{ { 0xAC, 0x80, 0, 0 }, "chip erase" },
	{ { 0xF0, 0x00, 0, 0 }, "poll busy" },
	{ { 0x40, 0x00, 0, 0 }, "load flash low" },
	{ { 0x48, 0x00, 0, 0 }, "load flash high" },
	{ { 0x4C, 0x7F, 0, 0 }, "write flash page" },
	{ { 0x4D, 0x00, 1, 0 }, "load extended address" },
	{ { 0x20, 0x12, 0, 0 }, "read flash low" },
	{ { 0x28, 0x12, 0, 0 }, "read flash high" },
	{ { 0xA0, 0x03, 0, 0 }, "read EEPROM" },
	{ { 0xC0, 0x03, 0, 0 }, "write EEPROM" },
	{ { 0xC1, 0x00, 0, 0 }, "load EEPROM" },
	{ { 0xC2, 0x03, 0, 0 }, "write EEPROM page" },
	{ { 0x30, 0x00, 0, 0 }, "read signature" },
	{ { 0x38, 0x00, 0, 0 }, "read calibration" },
	{ { 0x50, 0x00, 0, 0 }, "read low fuse" },
	{ { 0x58, 0x08, 0, 0 }, "read high fuse" },
	{ { 0x50, 0x08, 0, 0 }, "read extended fuse" },
	{ { 0x58, 0x00, 0, 0 }, "read lock bits" },
	{ { 0xAC, 0xA0, 0, 0 }, "write low fuse" },
	{ { 0xAC, 0xA8, 0, 0 }, "write high fuse" },
	{ { 0xAC, 0xA4, 0, 0 }, "write extended fuse" },
	{ { 0xAC, 0xE0, 0, 0 }, "write lock bits" },
	{ { 0xAC, 0xFD, 0, 0 }, "write lock bits" },
	{ { 0x99, 0x00, 0, 0 }, "unknown" },
};

static void test_every_instruction_has_a_name(struct scene *scene, gconstpointer data)
{
	g_autoptr(GString) expected = g_string_new(NULL);

	for (unsigned i = 0; i < G_N_ELEMENTS(instructions); i++) {
		const uint8_t *tx = instructions[i].tx;
		unsigned us = 1500 * (i + 1);

		send(scene, tx[0], tx[1], tx[2], tx[3], 0);
		g_string_append_printf(
			expected, "%10u.%03u ms  %02X %02X %02X %02X  %s\n", us / 1000,
			us % 1000, tx[0], tx[1], tx[2], tx[3], instructions[i].name);
	}

	assert_trace(scene, expected->str);
}

static void test_a_fixed_rate_stays_fixed(struct scene *scene, gconstpointer data)
{
	isp_close(scene->trace);
	scene->fake.link.ops = &fixed_rate_ops;
	scene->trace = isp_trace_open(&scene->fake.link, scene->path, NULL);

	g_assert_null(scene->trace->ops->set_sck);
}

static void test_closing_closes_the_link_within(struct scene *scene, gconstpointer data)
{
	isp_close(g_steal_pointer(&scene->trace));

	g_assert_cmpuint(scene->fake.closed, ==, 1);
}

static void test_a_file_that_cannot_be_written_closes_the_link(struct scene *scene,
							       gconstpointer data)
{
	g_autofree char *path = g_build_filename(scene->dir, "no", "trace", NULL);
	g_autofree char *message = g_strdup_printf(
		"cannot write the trace to %s: No such file or directory", path);
	g_autoptr(GError) error = NULL;

	g_assert_null(isp_trace_open(&scene->fake.link, path, &error));
	g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_IO);
	g_assert_cmpstr(error->message, ==, message);
	g_assert_cmpuint(scene->fake.closed, ==, 1);
}

static const struct {
	const char *path;
	void (*func)(struct scene *scene, gconstpointer data);
} tests[] = {
	{ "it-looks-like-the-link-within", test_it_looks_like_the_link_within },
	{ "a-whole-session", test_a_whole_session },
	{ "entries-without-an-answer", test_entries_without_an_answer },
	{ "failures-are-written-and-handed-on", test_failures_are_written_and_handed_on },
	{ "every-instruction-has-a-name", test_every_instruction_has_a_name },
	{ "a-fixed-rate-stays-fixed", test_a_fixed_rate_stays_fixed },
	{ "closing-closes-the-link-within", test_closing_closes_the_link_within },
	{ "a-file-that-cannot-be-written-closes-the-link",
	  test_a_file_that_cannot_be_written_closes_the_link },
};

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (unsigned i = 0; i < G_N_ELEMENTS(tests); i++) {
		g_autofree char *path = g_strdup_printf("/isp-trace/%s", tests[i].path);

		g_test_add(path, struct scene, NULL, set_up, tests[i].func, tear_down);
	}
	return g_test_run();
}
