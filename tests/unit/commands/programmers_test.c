/* SPDX-License-Identifier: MIT */
/* sixpin programmers, and other commands through a programmer that is one of them. */
#include "tests/models/call_scene.h"
#include "tests/models/usb_scene.h"

/* One USBasp with a part on its wires, and room for another. */
struct bench {
	struct call_scene call;
	struct usb_scene scene;
	struct usb_wire_device devices[2];
};

static void set_up(struct bench *bench, gconstpointer unused)
{
	call_scene_init(&bench->call, "none");
	usb_scene_init(&bench->scene, &programmer_usbasp, "ATmega328P");
	bench->devices[0] = bench->scene.device;
	bench->devices[1] = bench->scene.device;
	bench->devices[1].info.path = (char *)"1-1.10";
	bench->devices[1].info.serial = (char *)"0042";
	bench->scene.wire.devices = bench->devices;
	bench->call.usb = &bench->scene.wire.bus;
}

static void tear_down(struct bench *bench, gconstpointer unused)
{
	usb_scene_clear(&bench->scene);
	call_scene_clear(&bench->call);
}

static char *attached(struct bench *bench)
{
	JsonNode *node =
		json_object_get_member(call_scene_root(&bench->call), "attached");

	return json_to_string(node, FALSE);
}

#define ABILITIES                                                          \
	"SCK 500 Hz to 1.5 MHz (3 MHz where its firmware can); reads and " \
	"writes in blocks"

static void test_what_is_attached(struct bench *bench, gconstpointer unused)
{
	bench->scene.wire.n_devices = 2;
	call_scene_good(&bench->call, "programmers", NULL);
	g_assert_cmpstr(bench->call.out->str, ==,
			"usbasp   usb:1-1.4    firmware 1.04; " ABILITIES "\n"
			"usbasp   usb:1-1.10   firmware 1.04, serial 0042; " ABILITIES
			"\n");
	g_assert_cmpuint(bench->scene.wire.n_transfers, ==, 0);
}

static void test_the_same_for_machines(struct bench *bench, gconstpointer unused)
{
	g_autofree char *text = NULL;

	bench->devices[0].info.serial = (char *)"7";
	call_scene_good(&bench->call, "programmers", "--json", NULL);
	text = attached(bench);
	g_assert_cmpstr(text, ==,
			"[{\"id\":\"usbasp\",\"kind\":\"USBasp\",\"port\":\"usb:1-1.4\","
			"\"serial\":\"7\",\"manufacturer\":\"www.fischl.de\",\"name\":"
			"\"USBasp\",\"firmware\":\"1.04\",\"abilities\":\"" ABILITIES
			"\"}]");
}

static void test_none(struct bench *bench, gconstpointer unused)
{
	bench->scene.wire.n_devices = 0;
	call_scene_good(&bench->call, "programmers", NULL);
	g_assert_cmpstr(
		bench->call.out->str, ==,
		"No programmer is attached over USB; gpio, the header's own pins, "
		"is always there.\n");
}

static void test_a_command_through_one(struct bench *bench, gconstpointer unused)
{
	call_scene_good(&bench->call, "probe", "-c", "usbasp", "--json", NULL);
	g_assert_cmpstr(call_scene_text(&bench->call, "programmer"), ==,
			"USBasp at usb:1-1.4");
}

static void test_two_are_not_guessed_between(struct bench *bench, gconstpointer unused)
{
	bench->scene.wire.n_devices = 2;
	call_scene_bad(&bench->call, "probe -c usbasp", SIXPIN_ERROR_NO_PROGRAMMER,
		       "2 of USBasp are attached: usb:1-1.4, usb:1-1.10 (serial 0042); "
		       "name one, as in -P usb:1-1.4, or port= in station.conf");
	call_scene_good(&bench->call, "probe", "-c", "usbasp", "-P", "usb:1-1.4", NULL);
}

/* The station's port is its programmer's, which is the header here. */
static void test_the_stations_port_is_of_its_programmer(struct bench *bench,
							gconstpointer unused)
{
	bench->call.port = "usb:9-9";
	call_scene_good(&bench->call, "probe", "-c", "usbasp", NULL);
}

static void test_what_is_no_port(struct bench *bench, gconstpointer unused)
{
	call_scene_bad(&bench->call, "probe -c usbasp -P /dev/ttyUSB0",
		       SIXPIN_ERROR_USAGE,
		       "\"/dev/ttyUSB0\" is no port; write usb:1-1.4 or "
		       "usb:serial=NUMBER, as \"sixpin programmers\" lists them");
}

static void test_old_firmware_is_noted(struct bench *bench, gconstpointer unused)
{
	bench->scene.usbasp.traits.no_setispsck = true;
	usb_scene_set_low_fuse(&bench->scene, 0xFF);
	call_scene_good(&bench->call, "probe", "-c", "usbasp", NULL);
	g_assert_cmpstr(
		bench->call.err->str, ==,
		"sixpin: note: this USBasp's firmware cannot set SCK: it is 375 "
		"kHz, or 8 kHz while its slow-SCK jumper is set; a newer firmware "
		"can\n");
}

static void add_test(const char *name, void (*test)(struct bench *, gconstpointer))
{
	g_autofree char *path = g_strconcat("/programmers/", name, NULL);

	g_test_add(path, struct bench, NULL, set_up, test, tear_down);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	add_test("what-is-attached", test_what_is_attached);
	add_test("the-same-for-machines", test_the_same_for_machines);
	add_test("none", test_none);
	add_test("a-command-through-one", test_a_command_through_one);
	add_test("two-are-not-guessed-between", test_two_are_not_guessed_between);
	add_test("the-stations-port-is-of-its-programmer",
		 test_the_stations_port_is_of_its_programmer);
	add_test("what-is-no-port", test_what_is_no_port);
	add_test("old-firmware-is-noted", test_old_firmware_is_noted);
	return g_test_run();
}
