/* SPDX-License-Identifier: MIT */
#include "appliance/transport/usb.h"

#include <string.h>

#include "appliance/base/error.h"

static void test_paths_are_compared_port_by_port(void)
{
	static const char *const sorted[] = { "1-1", "1-1.2", "1-1.10", "1-1.10.1",
					      "1-2", "2-1",   "10-1" };

	for (unsigned i = 0; i < G_N_ELEMENTS(sorted); i++)
		for (unsigned j = 0; j < G_N_ELEMENTS(sorted); j++) {
			int order = usb_path_compare(sorted[i], sorted[j]);

			g_assert_cmpint((order > 0) - (order < 0), ==, (i > j) - (i < j));
		}
}

static void test_failures_say_which_device_and_what_to_do(void)
{
	static const struct {
		enum usb_failure failure;
		enum sixpin_error code;
		const char *message;
	} cases[] = {
		{ USB_GONE, SIXPIN_ERROR_IO,
		  "USB device 1-1.4: it was unplugged, or has reset itself" },
		{ USB_STALLED, SIXPIN_ERROR_IO,
		  "USB device 1-1.4: it refused the request (STALL)" },
		{ USB_TIMED_OUT, SIXPIN_ERROR_IO,
		  "USB device 1-1.4: it did not answer in time" },
		{ USB_OVERFLOWED, SIXPIN_ERROR_IO,
		  "USB device 1-1.4: it sent more than it was asked for" },
		{ USB_FAILED, SIXPIN_ERROR_IO,
		  "USB device 1-1.4: the transfer failed; try another cable, port or hub" },
		{ USB_DENIED, SIXPIN_ERROR_IO,
		  "USB device 1-1.4: permission denied: install "
		  "/usr/lib/udev/rules.d/60-sixpin.rules, join the group plugdev, log in "
		  "again and replug it" },
		{ USB_TAKEN, SIXPIN_ERROR_BUSY,
		  "USB device 1-1.4: another program has it open" },
		{ USB_ABSENT, SIXPIN_ERROR_NO_PROGRAMMER,
		  "USB device 1-1.4: nothing is attached there" },
	};

	g_assert_cmpuint(G_N_ELEMENTS(cases), ==, USB_N_FAILURES);
	for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GError) error = NULL;

		g_assert_false(usb_fail("1-1.4", cases[i].failure, &error));
		g_assert_error(error, SIXPIN_ERROR, (int)cases[i].code);
		g_assert_cmpstr(error->message, ==, cases[i].message);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/usb/paths-are-compared-port-by-port",
			test_paths_are_compared_port_by_port);
	g_test_add_func("/usb/failures-say-which-device-and-what-to-do",
			test_failures_say_which_device_and_what_to_do);
	return g_test_run();
}
