/* SPDX-License-Identifier: MIT */
/* What all backends share: owners of a chip, logical levels of a watch, and threads. */
#include "gpio/lines.h"

#include "appliance/base/error.h"
#include "gpio/isp_port.h"
#include "gpio/lines_backends.h"
#include "gpio/virtual/avr_chip.h"
#include "gpio/virtual/board.h"

/* A chip that counts its ends; its watches have one edge, with the wire high. */
struct fake_chip {
	struct gpiochip chip;
	unsigned n_closed;
	int fd;
	unsigned n_reads;
	bool fails;
};

struct fake_watch {
	struct line_watch watch;
	struct fake_chip *chip;
};

static gboolean fake_read(struct line_watch *watch, struct line_edge *edge, bool *got,
			  GError **error)
{
	struct fake_chip *chip = ((struct fake_watch *)watch)->chip;

	if (chip->fails) {
		g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_IO, "no edge");
		return FALSE;
	}
	*got = chip->n_reads++ == 0;
	if (*got)
		*edge = (struct line_edge){ 5, true };
	return TRUE;
}

static gboolean fake_get(struct line_watch *watch, bool *active, GError **error)
{
	struct fake_chip *chip = ((struct fake_watch *)watch)->chip;

	if (chip->fails) {
		g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_IO, "no level");
		return FALSE;
	}
	*active = true;
	return TRUE;
}

static void fake_watch_close(struct line_watch *watch)
{
	g_free(watch);
}

static const struct line_watch_ops fake_watch_ops = {
	.read = fake_read,
	.get = fake_get,
	.close = fake_watch_close,
};

static struct line_watch *fake_watch(struct gpiochip *chip, struct line line,
				     GError **error)
{
	struct fake_watch *watch = g_new0(struct fake_watch, 1);

	watch->chip = (struct fake_chip *)chip;
	watch->watch.ops = &fake_watch_ops;
	watch->watch.fd = watch->chip->fd;
	return &watch->watch;
}

static void fake_close(struct gpiochip *chip)
{
	((struct fake_chip *)chip)->n_closed++;
}

static const struct gpiochip_ops fake_ops = { .watch = fake_watch, .close = fake_close };

static struct fake_chip fake(void)
{
	return (struct fake_chip){ { .ops = &fake_ops, .n_references = 1 } };
}

static void test_the_last_owner_closes_the_chip(void)
{
	struct fake_chip self = fake();

	g_assert_true(gpiochip_ref(&self.chip) == &self.chip);
	gpiochip_ref(&self.chip);
	gpiochip_close(&self.chip);
	gpiochip_close(&self.chip);
	g_assert_cmpuint(self.n_closed, ==, 0);
	gpiochip_close(&self.chip);

	g_assert_cmpuint(self.n_closed, ==, 1);
}

static void *own_for_a_while(void *data)
{
	for (unsigned i = 0; i < 100000; i++)
		gpiochip_close(gpiochip_ref(data));
	gpiochip_close(data);
	return NULL;
}

static void test_owners_are_counted_in_all_threads(void)
{
	struct fake_chip self = fake();
	GThread *threads[3];

	for (unsigned i = 0; i < G_N_ELEMENTS(threads); i++)
		threads[i] =
			g_thread_new("owner", own_for_a_while, gpiochip_ref(&self.chip));
	for (unsigned i = 0; i < G_N_ELEMENTS(threads); i++)
		g_thread_join(threads[i]);

	g_assert_cmpuint(self.n_closed, ==, 0);
	gpiochip_close(&self.chip);
	g_assert_cmpuint(self.n_closed, ==, 1);
}

static void test_nothing_is_closed_as_well(void)
{
	gpiochip_close(NULL);
	line_watch_close(NULL);
	lines_close(NULL);
}

/* The wire is high. */
static void assert_logical(bool active_low, bool expected)
{
	struct fake_chip self = fake();
	struct line_watch *watch =
		gpiochip_watch(&self.chip, (struct line){ 17, active_low }, NULL);
	struct line_edge edge;
	bool got, active;

	g_assert_true(line_watch_read(watch, &edge, &got, NULL));
	g_assert_true(got);
	g_assert_cmpint(edge.active, ==, expected);
	g_assert_cmpuint(edge.time_ns, ==, 5);
	g_assert_true(line_watch_get(watch, &active, NULL));
	g_assert_cmpint(active, ==, expected);
	g_assert_true(line_watch_read(watch, &edge, &got, NULL));
	g_assert_false(got);
	line_watch_close(watch);
}

static void test_levels_of_a_watch_are_logical(void)
{
	assert_logical(false, true);
	assert_logical(true, false);
}

static void test_a_watch_without_edges_is_not_read(void)
{
	struct fake_chip self = fake();
	struct line_watch *watch;
	struct line_edge edge;
	bool got = true;

	self.fd = -1;
	watch = gpiochip_watch(&self.chip, (struct line){ 17, true }, NULL);
	g_assert_true(line_watch_read(watch, &edge, &got, NULL));

	g_assert_false(got);
	g_assert_cmpuint(self.n_reads, ==, 0);
	line_watch_close(watch);
}

static void test_failures_of_a_watch_are_passed_on(void)
{
	struct fake_chip self = fake();
	struct line_watch *watch =
		gpiochip_watch(&self.chip, (struct line){ 17, true }, NULL);
	g_autoptr(GError) edge_error = NULL, level_error = NULL;
	struct line_edge edge;
	bool got = true, active;

	self.fails = true;
	g_assert_false(line_watch_read(watch, &edge, &got, &edge_error));
	g_assert_false(got);
	g_assert_cmpstr(edge_error->message, ==, "no edge");
	g_assert_false(line_watch_get(watch, &active, &level_error));
	g_assert_cmpstr(level_error->message, ==, "no level");
	line_watch_close(watch);
}

/* A panel: it has the chip, lights, and sees every press. */
struct panel {
	struct gpiochip *chip;
	gint stop;
	unsigned n_rounds;
};

static void *run_panel(void *data)
{
	static const struct lines_request leds = { 1, 0, { { 27 } } };
	struct panel *panel = data;
	struct virtual_board *board = gpiochip_virtual_board(panel->chip);
	struct line_watch *watch =
		gpiochip_watch(panel->chip, (struct line){ 17, true }, NULL);
	struct line_edge edge;
	bool got;

	while (!g_atomic_int_get(&panel->stop) || !panel->n_rounds) {
		struct lines *lines = gpiochip_request(panel->chip, &leds, NULL);

		g_assert_true(lines_drive(lines, 1, NULL));
		virtual_board_outside(board, 17, panel->n_rounds & 1);
		line_watch_read(watch, &edge, &got, NULL);
		g_assert_true(got);
		g_assert_cmpint(edge.active, ==, !(panel->n_rounds & 1));
		lines_close(lines);
		panel->n_rounds++;
	}
	line_watch_close(watch);
	gpiochip_close(panel->chip);
	return NULL;
}

static void test_a_panel_and_a_programmer_share_a_chip(void)
{
	static const uint8_t enable[4] = { 0xAC, 0x53, 0x00, 0x00 };
	struct gpiochip *chip = gpiochip_open("virtual:ATmega328P", NULL);
	struct panel panel = { .chip = gpiochip_ref(chip) };
	struct gpio_pins pins = GPIO_PINS_DEFAULT;
	uint8_t rx[GPIO_MAX_SITES][4];
	GThread *thread;

	thread = g_thread_new("panel", run_panel, &panel);
	for (unsigned i = 0; i < 50; i++) {
		struct isp_port *port = isp_port_open_on(gpiochip_ref(chip), &pins, NULL);

		g_assert_nonnull(port);
		isp_bitbang_set_sck(&port->bus, 100000);
		g_assert_true(isp_port_connect(port, NULL));
		g_assert_true(isp_bitbang_reset(&port->bus, 150, NULL));
		g_assert_true(
			isp_bitbang_transfer(&port->bus, enable, 0xF, false, rx, NULL));
		g_assert_cmphex(rx[0][2], ==, 0x53);
		isp_port_close(port);
	}
	g_atomic_int_set(&panel.stop, 1);
	g_thread_join(thread);

	g_assert_cmphex(virtual_board_driven(gpiochip_virtual_board(chip)), ==, 0);
	gpiochip_close(chip);
}

static const struct {
	const char *path;
	GTestFunc func;
} tests[] = {
	{ "the-last-owner-closes-the-chip", test_the_last_owner_closes_the_chip },
	{ "owners-are-counted-in-all-threads", test_owners_are_counted_in_all_threads },
	{ "nothing-is-closed-as-well", test_nothing_is_closed_as_well },
	{ "levels-of-a-watch-are-logical", test_levels_of_a_watch_are_logical },
	{ "a-watch-without-edges-is-not-read", test_a_watch_without_edges_is_not_read },
	{ "failures-of-a-watch-are-passed-on", test_failures_of_a_watch_are_passed_on },
	{ "a-panel-and-a-programmer-share-a-chip",
	  test_a_panel_and_a_programmer_share_a_chip },
};

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (unsigned i = 0; i < G_N_ELEMENTS(tests); i++) {
		g_autofree char *path = g_strdup_printf("/lines/%s", tests[i].path);

		g_test_add_func(path, tests[i].func);
	}
	return g_test_run();
}
