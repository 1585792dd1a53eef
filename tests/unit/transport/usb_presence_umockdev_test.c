/* SPDX-License-Identifier: MIT */
/*
 * USB devices that come and go, through the genuine libusb and libudev. Run it with
 * tests/under-umockdev: libumockdev must be loaded first. Time is virtual; devices are
 * plugged in by what the clock does when somebody sleeps.
 */
#include "appliance/transport/usb_presence.h"

#include <stdio.h>
#include <string.h>
#include <umockdev.h>

#include "appliance/base/error.h"

#define MS UINT64_C(1000000)
#define S  (1000 * MS)

struct bench;

/* At a time, something happens. */
struct event {
	uint64_t at_ns;
	void (*happen)(struct bench *bench);
};

struct bench {
	struct clock clock; /* first: the clock that is handed out */
	uint64_t now_ns;
	unsigned n_sleeps;
	const struct event *events; /* ends with NULL; or NULL */
	UMockdevTestbed *testbed;
	GCancellable *cancellable;
	struct usb_presence *presence;
};

static uint64_t bench_now_ns(struct clock *clock)
{
	return ((struct bench *)clock)->now_ns;
}

static void bench_sleep_until_ns(struct clock *clock, uint64_t deadline_ns)
{
	struct bench *bench = (struct bench *)clock;

	bench->n_sleeps++;
	while (bench->events && bench->events->happen &&
	       bench->events->at_ns <= deadline_ns)
		(bench->events++)->happen(bench);
	bench->now_ns = MAX(bench->now_ns, deadline_ns);
}

static const struct clock_ops bench_clock_ops = {
	.now_ns = bench_now_ns,
	.sleep_until_ns = bench_sleep_until_ns,
	.spin_until_ns = bench_sleep_until_ns,
};

/* USB 2.0, 9.6.1 and 9.6.3: a device of one configuration without interfaces. */
static char *descriptors(unsigned vendor, unsigned product)
{
	return g_strdup_printf(
		"1201000200000008%02X%02X%02X%02X0001000000010902090000010080"
		"32",
		vendor & 0xFF, vendor >> 8, product & 0xFF, product >> 8);
}

static void plug(struct bench *bench, unsigned address, unsigned vendor, unsigned product)
{
	g_autofree char *bytes = descriptors(vendor, product);
	g_autofree char *text = g_strdup_printf(
		"P: /devices/usb1/1-%u\nN: bus/usb/001/%03u\nE: SUBSYSTEM=usb\n"
		"E: DEVTYPE=usb_device\nE: BUSNUM=001\nE: DEVNUM=%03u\n"
		"E: DEVNAME=/dev/bus/usb/001/%03u\nA: busnum=1\\n\nA: devnum=%u\\n\n"
		"A: speed=12\\n\nA: bConfigurationValue=1\\n\nH: descriptors=%s\n",
		address, address, address, address, address, bytes);
	g_autoptr(GError) error = NULL;

	umockdev_testbed_add_from_string(bench->testbed, text, &error);
	g_assert_no_error(error);
}

static void unplug(struct bench *bench, unsigned address)
{
	g_autofree char *path = g_strdup_printf("/sys/devices/usb1/1-%u", address);

	umockdev_testbed_uevent(bench->testbed, path, "remove");
	umockdev_testbed_remove_device(bench->testbed, path);
}

static void plug_wanted(struct bench *bench)
{
	plug(bench, 20, 0x2341, 0x0036);
}

static void plug_wanted_elsewhere(struct bench *bench)
{
	plug(bench, 21, 0x2341, 0x0036);
}

static void plug_others(struct bench *bench)
{
	plug(bench, 22, 0x2341, 0x8036);
	plug(bench, 23, 0x1A86, 0x7523);
}

static void unplug_wanted(struct bench *bench)
{
	unplug(bench, 20);
}

static void cancel(struct bench *bench)
{
	g_cancellable_cancel(bench->cancellable);
}

static void set_up(struct bench *bench, gconstpointer unused)
{
	bench->clock.ops = &bench_clock_ops;
	bench->testbed = umockdev_testbed_new();
	bench->cancellable = g_cancellable_new();
	plug(bench, 1, 0x1D6B, 0x0002);
}

static void tear_down(struct bench *bench, gconstpointer unused)
{
	usb_presence_close(bench->presence);
	g_object_unref(bench->cancellable);
	/* Or its folder stays. */
	g_object_unref(bench->testbed);
}

static void begin(struct bench *bench)
{
	g_autoptr(GError) error = NULL;

	bench->presence = usb_presence_open(&error);
	g_assert_no_error(error);
	g_assert_nonnull(bench->presence);
}

static unsigned count(struct bench *bench, uint16_t vendor, uint16_t product)
{
	g_autoptr(GError) error = NULL;
	unsigned n_devices = 77;

	g_assert_true(
		usb_presence_count(bench->presence, vendor, product, &n_devices, &error));
	g_assert_no_error(error);
	return n_devices;
}

static gboolean wait_ms(struct bench *bench, unsigned n_before, unsigned within_ms,
			GError **error)
{
	return usb_presence_wait(bench->presence, 0x2341, 0x0036, n_before, within_ms,
				 &bench->clock, bench->cancellable, error);
}

static void assert_comes(struct bench *bench, unsigned n_before)
{
	g_autoptr(GError) error = NULL;

	g_assert_true(wait_ms(bench, n_before, 5000, &error));
	g_assert_no_error(error);
}

static void assert_absent(struct bench *bench, unsigned n_before, unsigned within_ms,
			  const char *message)
{
	g_autoptr(GError) error = NULL;

	g_assert_false(wait_ms(bench, n_before, within_ms, &error));
	g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_VERIFY);
	g_assert_cmpstr(error->message, ==, message);
}

static void test_count(struct bench *bench, gconstpointer unused)
{
	plug_wanted(bench);
	plug_wanted_elsewhere(bench);
	plug_others(bench);
	begin(bench);

	g_assert_cmpuint(count(bench, 0x2341, 0x0036), ==, 2);
	g_assert_cmpuint(count(bench, 0x2341, 0x8036), ==, 1);
	g_assert_cmpuint(count(bench, 0x1D6B, 0x0002), ==, 1);
	g_assert_cmpuint(count(bench, 0x0036, 0x2341), ==, 0);
}

static void test_count_follows_what_comes_and_goes(struct bench *bench,
						   gconstpointer unused)
{
	begin(bench);
	g_assert_cmpuint(count(bench, 0x2341, 0x0036), ==, 0);
	plug_wanted(bench);
	g_assert_cmpuint(count(bench, 0x2341, 0x0036), ==, 1);
	unplug_wanted(bench);
	g_assert_cmpuint(count(bench, 0x2341, 0x0036), ==, 0);
}

static void test_already_there(struct bench *bench, gconstpointer unused)
{
	begin(bench);
	plug_wanted(bench);

	assert_comes(bench, 0);
	g_assert_cmpuint(bench->n_sleeps, ==, 0);
}

/* Seen at the next look, not at the end. */
static void test_comes_up(struct bench *bench, gconstpointer unused)
{
	static const struct event events[] = { { 1250 * MS, plug_wanted }, { 0 } };

	begin(bench);
	bench->events = events;

	assert_comes(bench, 0);
	g_assert_cmpuint(bench->now_ns, ==, 1300 * MS);
}

static void test_comes_at_the_last_moment(struct bench *bench, gconstpointer unused)
{
	static const struct event events[] = { { 5 * S, plug_wanted }, { 0 } };

	begin(bench);
	bench->events = events;

	assert_comes(bench, 0);
	g_assert_cmpuint(bench->now_ns, ==, 5 * S);
}

static void test_comes_too_late(struct bench *bench, gconstpointer unused)
{
	static const struct event events[] = { { 5 * S + 1, plug_wanted }, { 0 } };

	begin(bench);
	bench->events = events;

	assert_absent(
		bench, 0, 5000,
		"the boot loader did not come up: no USB device 2341:0036 within 5 s "
		"(attached: nothing new)");
	g_assert_cmpuint(bench->now_ns, ==, 5 * S);
}

static void test_others_come(struct bench *bench, gconstpointer unused)
{
	static const struct event events[] = { { 30 * MS, plug_others }, { 0 } };

	begin(bench);
	bench->events = events;

	assert_absent(
		bench, 0, 150,
		"the boot loader did not come up: no USB device 2341:0036 within 150 "
		"ms (attached: 2341:8036, 1A86:7523)");
	g_assert_cmpuint(bench->now_ns, ==, 150 * MS);
}

/* What was there at the count is not new. */
static void test_others_that_were_there(struct bench *bench, gconstpointer unused)
{
	begin(bench);
	plug_others(bench);
	count(bench, 0x2341, 0x0036);

	assert_absent(
		bench, 0, 1000,
		"the boot loader did not come up: no USB device 2341:0036 within 1 s "
		"(attached: nothing new)");
}

static void test_one_more_than_before(struct bench *bench, gconstpointer unused)
{
	static const struct event events[] = { { 1 * S, plug_wanted_elsewhere }, { 0 } };
	unsigned n_before;

	plug_wanted(bench);
	begin(bench);
	n_before = count(bench, 0x2341, 0x0036);

	assert_absent(bench, n_before, 500,
		      "the boot loader did not come up: no further USB device 2341:0036 "
		      "within 500 ms (attached: nothing new)");
	bench->events = events;
	assert_comes(bench, n_before);
	g_assert_cmpuint(bench->now_ns, ==, 1 * S);
}

/* The board of the run was a boot loader before as well. */
static void test_goes_and_comes_back(struct bench *bench, gconstpointer unused)
{
	static const struct event events[] = { { 200 * MS, unplug_wanted },
					       { 700 * MS, plug_wanted_elsewhere },
					       { 0 } };
	unsigned n_before;

	plug_wanted(bench);
	begin(bench);
	n_before = count(bench, 0x2341, 0x0036);
	bench->events = events;

	assert_comes(bench, n_before);
	g_assert_cmpuint(bench->now_ns, ==, 700 * MS);
}

static void test_no_time(struct bench *bench, gconstpointer unused)
{
	begin(bench);

	assert_absent(
		bench, 0, 0,
		"the boot loader did not come up: no USB device 2341:0036 within 0 s "
		"(attached: nothing new)");
	g_assert_cmpuint(bench->n_sleeps, ==, 0);
}

static void test_cancelled(struct bench *bench, gconstpointer unused)
{
	static const struct event events[] = { { 1010 * MS, cancel }, { 0 } };
	g_autoptr(GError) error = NULL;

	begin(bench);
	bench->events = events;

	g_assert_false(wait_ms(bench, 0, 5000, &error));
	g_assert_error(error, SIXPIN_ERROR, SIXPIN_ERROR_CANCELLED);
	g_assert_cmpuint(bench->now_ns, <=, 1210 * MS);
}

static void add_test(const char *name, void (*test)(struct bench *, gconstpointer))
{
	g_autofree char *path = g_strconcat("/usb-presence/", name, NULL);

	g_test_add(path, struct bench, NULL, set_up, test, tear_down);
}

int main(int argc, char **argv)
{
	const char *preloaded = g_getenv("LD_PRELOAD");

	if (!preloaded || !strstr(preloaded, "libumockdev-preload")) {
		printf("1..0 # SKIP run it with tests/under-umockdev\n");
		return 0;
	}
	g_test_init(&argc, &argv, NULL);
	add_test("count", test_count);
	add_test("count-follows-what-comes-and-goes",
		 test_count_follows_what_comes_and_goes);
	add_test("already-there", test_already_there);
	add_test("comes-up", test_comes_up);
	add_test("comes-at-the-last-moment", test_comes_at_the_last_moment);
	add_test("comes-too-late", test_comes_too_late);
	add_test("others-come", test_others_come);
	add_test("others-that-were-there", test_others_that_were_there);
	add_test("one-more-than-before", test_one_more_than_before);
	add_test("goes-and-comes-back", test_goes_and_comes_back);
	add_test("no-time", test_no_time);
	add_test("cancelled", test_cancelled);
	return g_test_run();
}
