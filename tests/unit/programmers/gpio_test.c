/* SPDX-License-Identifier: MIT */
#include "appliance/base/error.h"
#include "appliance/programmers/registry.h"

static const uint8_t read_signature_1[4] = { 0x30, 0x00, 0x01, 0x00 };

static struct isp_link *open_link(const char *chip)
{
	struct programmer_config config = { .chip = chip, .pins = GPIO_PINS_DEFAULT };
	g_autoptr(GError) error = NULL;
	struct isp_link *link = programmer_gpio.open(&config, &error);

	g_assert_no_error(error);
	return link;
}

static uint64_t now_us(struct isp_link *link)
{
	return clock_now_ns(link->clock) / 1000;
}

static uint32_t enter(struct isp_link *link, enum isp_entry entry)
{
	g_autoptr(GError) error = NULL;
	uint32_t in_step = 0xFF;

	g_assert_true(isp_enter(link, entry, &in_step, &error));
	g_assert_no_error(error);
	return in_step;
}

static uint8_t ask(struct isp_link *link, const uint8_t tx[4])
{
	uint8_t rx[ISP_MAX_SITES][4] = { 0 };

	g_assert_true(isp_command(link, tx, ISP_WANT_DATA, rx, NULL));
	return rx[0][3];
}

static void test_it_is_named_after_its_chip(void)
{
	struct isp_link *link = open_link("virtual:ATmega328P");

	g_assert_cmpstr(link->name, ==, "gpio on virtual:ATmega328P");
	g_assert_cmpuint(link->n_sites, ==, 1);
	isp_close(link);
}

static void test_a_part_that_answers_is_in_step(void)
{
	struct isp_link *link = open_link("virtual:ATmega328P");

	g_assert_cmphex(enter(link, ISP_ENTRY_NORMAL), ==, 1);
	g_assert_cmphex(ask(link, read_signature_1), ==, 0x95);
	isp_close(link);
}

static void test_an_empty_socket_is_not_and_that_is_no_error(void)
{
	struct isp_link *link = open_link("virtual:none");

	g_assert_cmphex(enter(link, ISP_ENTRY_NORMAL), ==, 0);
	isp_close(link);
}

/* RESET high for 150 us, 20.1 ms, then 32 bits at 100 kHz. */
static void test_entry_takes_its_time(void)
{
	struct isp_link *link = open_link("virtual:ATmega328P,ioctl=0");

	enter(link, ISP_ENTRY_NORMAL);

	g_assert_cmpuint(now_us(link), ==, 150 + 20100 + 320);
	isp_close(link);
}

static void test_patient_entry_holds_reset_high_for_100_ms(void)
{
	struct isp_link *link = open_link("virtual:ATmega328P,ioctl=0");

	enter(link, ISP_ENTRY_PATIENT);

	g_assert_cmpuint(now_us(link), ==, 100000 + 20100 + 320);
	isp_close(link);
}

static void test_a_pulse_is_long_enough_for_the_slowest_part(void)
{
	struct isp_link *link = open_link("virtual:ATtiny13,ioctl=0");
	const uint8_t write_low_fuse[4] = { 0xAC, 0xA0, 0x00, 0x6B };
	uint8_t rx[ISP_MAX_SITES][4];
	unsigned actual_hz;

	g_assert_true(link->ops->set_sck(link, 3500, &actual_hz, NULL));
	g_assert_cmphex(enter(link, ISP_ENTRY_NORMAL), ==, 1);
	g_assert_true(isp_command(link, write_low_fuse, 0, rx, NULL));
	clock_sleep_us(link->clock, 10000);
	g_assert_true(isp_leave(link, NULL));

	g_assert_cmphex(enter(link, ISP_ENTRY_NORMAL), ==, 1);
	g_assert_cmphex(enter(link, ISP_ENTRY_NORMAL), ==, 1);
	isp_close(link);
}

static void test_only_wanted_bytes_are_read(void)
{
	struct isp_link *link = open_link("virtual:ATmega328P");
	uint8_t rx[ISP_MAX_SITES][4] = { { 0x11, 0x22, 0x33, 0x44 } };

	enter(link, ISP_ENTRY_NORMAL);
	g_assert_true(
		isp_command(link, read_signature_1, ISP_WANT_ECHO | ISP_MORE, rx, NULL));

	g_assert_cmphex(rx[0][0], ==, 0x11);
	g_assert_cmphex(rx[0][1], ==, 0x30);
	g_assert_cmphex(rx[0][2], ==, 0x33);
	g_assert_cmphex(rx[0][3], ==, 0x44);
	isp_close(link);
}

static void test_more_leaves_the_last_edge_to_the_next(void)
{
	struct isp_link *link = open_link("virtual:ATmega328P,ioctl=0");
	uint8_t rx[ISP_MAX_SITES][4];
	uint64_t began_us;

	enter(link, ISP_ENTRY_NORMAL);
	began_us = now_us(link);
	g_assert_true(isp_command(link, read_signature_1, ISP_MORE, rx, NULL));
	g_assert_true(isp_command(link, read_signature_1, 0, rx, NULL));

	g_assert_cmpuint(now_us(link) - began_us, ==, 5 + 640);
	isp_close(link);
}

/* A phase is longer than half a period of 2.666666 MHz: 188 ns. */
static void test_sck_is_paced_for_the_rate_that_was_set(void)
{
	struct isp_link *link = open_link("virtual:ATmega328P,ioctl=0");
	uint8_t rx[ISP_MAX_SITES][4];
	unsigned actual_hz;
	uint64_t began_ns;

	g_assert_true(link->ops->set_sck(link, 2666666, &actual_hz, NULL));
	enter(link, ISP_ENTRY_NORMAL);
	began_ns = clock_now_ns(link->clock);
	g_assert_true(isp_command(link, read_signature_1, 0, rx, NULL));

	g_assert_cmpuint(actual_hz, ==, 2666666);
	g_assert_cmpuint(clock_now_ns(link->clock) - began_ns, ==, 65 * 188);
	isp_close(link);
}

static void test_after_leave_the_part_runs_and_can_be_entered_again(void)
{
	struct isp_link *link = open_link("virtual:ATmega328P");

	enter(link, ISP_ENTRY_NORMAL);
	g_assert_true(isp_leave(link, NULL));
	g_assert_cmphex(ask(link, read_signature_1), ==, 0xFF);

	g_assert_cmphex(enter(link, ISP_ENTRY_NORMAL), ==, 1);
	isp_close(link);
}

static void test_a_chip_that_cannot_be_opened(void)
{
	struct programmer_config config = { .chip = "virtual:z80",
					    .pins = GPIO_PINS_DEFAULT };
	g_autoptr(GError) error = NULL;

	g_assert_null(programmer_gpio.open(&config, &error));
	g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE);
	g_assert_cmpstr(error->message, ==,
			"virtual:z80: unknown part \"z80\"; \"sixpin parts\" lists all");
}

static void test_a_target_without_power_is_not_entered(void)
{
	struct programmer_config config = { .chip = "virtual:ATmega328P,switched",
					    .pins = GPIO_PINS_DEFAULT };
	g_autoptr(GError) error = NULL;
	struct isp_link *link;
	uint32_t in_step;

	g_assert_true(gpio_pins_parse("sense=13", &config.pins, NULL));
	link = programmer_gpio.open(&config, NULL);

	g_assert_false(isp_enter(link, ISP_ENTRY_NORMAL, &in_step, &error));
	g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_NO_TARGET);
	g_assert_cmphex(in_step, ==, 0);
	isp_close(link);
}

static void test_guarded_where_no_guard_is_needed(void)
{
	struct programmer_config config = { .chip = "virtual:ATmega328P",
					    .pins = GPIO_PINS_DEFAULT,
					    .guarded = TRUE };
	g_autoptr(GError) error = NULL;
	struct isp_link *link = programmer_gpio.open(&config, &error);

	g_assert_no_error(error);
	isp_close(link);
}

static void test_no_link_is_closed_as_well(void)
{
	isp_close(NULL);
}

static const struct {
	const char *path;
	GTestFunc func;
} tests[] = {
	{ "it-is-named-after-its-chip", test_it_is_named_after_its_chip },
	{ "a-part-that-answers-is-in-step", test_a_part_that_answers_is_in_step },
	{ "an-empty-socket-is-not-and-that-is-no-error",
	  test_an_empty_socket_is_not_and_that_is_no_error },
	{ "entry-takes-its-time", test_entry_takes_its_time },
	{ "patient-entry-holds-reset-high-for-100-ms",
	  test_patient_entry_holds_reset_high_for_100_ms },
	{ "a-pulse-is-long-enough-for-the-slowest-part",
	  test_a_pulse_is_long_enough_for_the_slowest_part },
	{ "only-wanted-bytes-are-read", test_only_wanted_bytes_are_read },
	{ "more-leaves-the-last-edge-to-the-next",
	  test_more_leaves_the_last_edge_to_the_next },
	{ "sck-is-paced-for-the-rate-that-was-set",
	  test_sck_is_paced_for_the_rate_that_was_set },
	{ "after-leave-the-part-runs-and-can-be-entered-again",
	  test_after_leave_the_part_runs_and_can_be_entered_again },
	{ "a-chip-that-cannot-be-opened", test_a_chip_that_cannot_be_opened },
	{ "a-target-without-power-is-not-entered",
	  test_a_target_without_power_is_not_entered },
	{ "guarded-where-no-guard-is-needed", test_guarded_where_no_guard_is_needed },
	{ "no-link-is-closed-as-well", test_no_link_is_closed_as_well },
};

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (unsigned i = 0; i < G_N_ELEMENTS(tests); i++) {
		g_autofree char *path = g_strdup_printf("/gpio/%s", tests[i].path);

		g_test_add_func(path, tests[i].func);
	}
	return g_test_run();
}
