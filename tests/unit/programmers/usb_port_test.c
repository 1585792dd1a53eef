/* SPDX-License-Identifier: MIT */
#include "appliance/programmers/usb_port.h"

#include <string.h>

#include "appliance/base/error.h"
#include "tests/models/usb_wire.h"

static const struct usb_id ids[] = {
	{ 0x16C0, 0x05DC, "www.fischl.de", "USBasp" },
	{ 0x03EB, 0xC7B4, NULL, NULL },
	{ 0 },
};
static const struct usb_kind kind = { "USBasp", ids };

struct bus {
	struct virtual_clock clock;
	struct usb_wire_device devices[4];
	struct usb_wire wire;
};

static void add(struct bus *bus, const char *path, const char *serial,
		const char *manufacturer, const char *name)
{
	unsigned n = bus->wire.n_devices++;

	bus->devices[n] = (struct usb_wire_device){
		.info = { 0x16C0, 0x05DC, 0x0104, (char *)path, (char *)serial,
			  (char *)manufacturer, (char *)name },
	};
}

static void add_usbasp(struct bus *bus, const char *path, const char *serial)
{
	add(bus, path, serial, "www.fischl.de", "USBasp");
}

static void set_up(struct bus *bus, gconstpointer unused)
{
	virtual_clock_init(&bus->clock);
	usb_wire_init(&bus->wire, &bus->clock.clock, bus->devices, 0);
}

static void tear_down(struct bus *bus, gconstpointer unused)
{
}

static void assert_chosen(struct bus *bus, const char *port, const char *path)
{
	g_autoptr(GError) error = NULL;
	struct usb_info *info = usb_kind_choose(&kind, &bus->wire.bus, port, &error);

	g_assert_no_error(error);
	g_assert_cmpstr(info->path, ==, path);
	usb_info_free(info);
}

static void assert_refused(struct bus *bus, const char *port, enum sixpin_error code,
			   const char *message)
{
	g_autoptr(GError) error = NULL;

	g_assert_null(usb_kind_choose(&kind, &bus->wire.bus, port, &error));
	g_assert_error(error, SIXPIN_ERROR, (int)code);
	g_assert_cmpstr(error->message, ==, message);
}

static void test_the_only_one(struct bus *bus, gconstpointer unused)
{
	add_usbasp(bus, "1-1.4", NULL);

	assert_chosen(bus, NULL, "1-1.4");
	assert_chosen(bus, "usb", "1-1.4");
	assert_chosen(bus, "usb:1-1.4", "1-1.4");
}

static void test_two_are_listed_and_none_is_guessed(struct bus *bus, gconstpointer unused)
{
	add_usbasp(bus, "1-1.2", "7");
	add_usbasp(bus, "1-1.10", NULL);

	assert_refused(bus, NULL, SIXPIN_ERROR_NO_PROGRAMMER,
		       "2 of USBasp are attached: usb:1-1.2 (serial 7), usb:1-1.10; name "
		       "one, as in -P usb:1-1.2, or port= in station.conf");
	assert_chosen(bus, "usb:1-1.10", "1-1.10");
	assert_chosen(bus, "usb:serial=7", "1-1.2");
}

static void test_two_with_one_serial_number(struct bus *bus, gconstpointer unused)
{
	add_usbasp(bus, "1-1.2", "7");
	add_usbasp(bus, "2-1", "7");

	assert_refused(bus, "usb:serial=7", SIXPIN_ERROR_NO_PROGRAMMER,
		       "2 of USBasp are attached: usb:1-1.2 (serial 7), usb:2-1 (serial "
		       "7); name one, as in -P usb:1-1.2, or port= in station.conf");
}

static void test_none(struct bus *bus, gconstpointer unused)
{
	assert_refused(bus, NULL, SIXPIN_ERROR_NO_PROGRAMMER,
		       "no USBasp is attached; check its cable and that its LED is on");
	assert_refused(bus, "usb:1-1", SIXPIN_ERROR_NO_PROGRAMMER,
		       "no USBasp is at usb:1-1; attached: none");
	add_usbasp(bus, "1-1.2", "7");
	assert_refused(bus, "usb:serial=8", SIXPIN_ERROR_NO_PROGRAMMER,
		       "no USBasp is at usb:serial=8; attached: usb:1-1.2 (serial 7)");
}

static void test_a_clone_without_names_is_one(struct bus *bus, gconstpointer unused)
{
	add(bus, "1-1", NULL, NULL, NULL);

	assert_chosen(bus, NULL, "1-1");
}

static void test_another_device_with_that_id_must_be_named(struct bus *bus,
							   gconstpointer unused)
{
	add(bus, "1-1", NULL, "someone", "Joystick");

	assert_refused(
		bus, NULL, SIXPIN_ERROR_NO_PROGRAMMER,
		"no USBasp is attached for certain; with its USB id there is "
		"usb:1-1 (calls itself \"Joystick\"): if that is one, name it with "
		"-P");
	assert_chosen(bus, "usb:1-1", "1-1");
}

static void test_the_real_one_beside_another(struct bus *bus, gconstpointer unused)
{
	add(bus, "1-1", NULL, "someone", "Joystick");
	add_usbasp(bus, "1-2", NULL);

	assert_chosen(bus, NULL, "1-2");
}

static void test_no_port(struct bus *bus, gconstpointer unused)
{
	static const char *const wrong[] = { "",      "usb:",	     "usb:x",
					     "usb:1", "usb:1-1/2",   "usb:serial=",
					     "1-1.4", "/dev/ttyUSB0" };

	for (unsigned i = 0; i < G_N_ELEMENTS(wrong); i++) {
		g_autofree char *message = g_strdup_printf(
			"\"%s\" is no port; write usb:1-1.4 or usb:serial=NUMBER, as "
			"\"sixpin programmers\" lists them",
			wrong[i]);

		assert_refused(bus, wrong[i], SIXPIN_ERROR_USAGE, message);
	}
}

static void test_list(struct bus *bus, gconstpointer unused)
{
	g_autoptr(GPtrArray) found = NULL;

	add(bus, "1-1", NULL, "someone", "Joystick");
	add_usbasp(bus, "1-2", NULL);
	add(bus, "1-3", NULL, NULL, NULL);
	found = usb_kind_list(&kind, &bus->wire.bus, NULL);

	g_assert_cmpuint(found->len, ==, 2);
	g_assert_cmpstr(((struct usb_info *)found->pdata[0])->path, ==, "1-2");
	g_assert_cmpstr(((struct usb_info *)found->pdata[1])->path, ==, "1-3");
}

static void add_test(const char *name, void (*test)(struct bus *, gconstpointer))
{
	g_autofree char *path = g_strconcat("/usb-port/", name, NULL);

	g_test_add(path, struct bus, NULL, set_up, test, tear_down);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	add_test("the-only-one", test_the_only_one);
	add_test("two-are-listed-and-none-is-guessed",
		 test_two_are_listed_and_none_is_guessed);
	add_test("two-with-one-serial-number", test_two_with_one_serial_number);
	add_test("none", test_none);
	add_test("a-clone-without-names-is-one", test_a_clone_without_names_is_one);
	add_test("another-device-with-that-id-must-be-named",
		 test_another_device_with_that_id_must_be_named);
	add_test("the-real-one-beside-another", test_the_real_one_beside_another);
	add_test("no-port", test_no_port);
	add_test("list", test_list);
	return g_test_run();
}
