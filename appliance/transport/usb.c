/* SPDX-License-Identifier: MIT */
/* What all implementations of the USB seam share: paths and the words of failures. */
#include "appliance/transport/usb.h"

#include <string.h>

#include "appliance/base/error.h"

#define UDEV_RULES "/usr/lib/udev/rules.d/60-sixpin.rules"

struct usb_info *usb_info_copy(const struct usb_info *info)
{
	struct usb_info *copy = g_new(struct usb_info, 1);

	*copy = *info;
	copy->path = g_strdup(info->path);
	copy->serial = g_strdup(info->serial);
	copy->manufacturer = g_strdup(info->manufacturer);
	copy->name = g_strdup(info->name);
	return copy;
}

void usb_info_free(struct usb_info *info)
{
	if (!info)
		return;
	g_free(info->path);
	g_free(info->serial);
	g_free(info->manufacturer);
	g_free(info->name);
	g_free(info);
}

int usb_path_compare(const char *a, const char *b)
{
	while (*a && *b) {
		char *a_end, *b_end;
		guint64 a_port = g_ascii_strtoull(a, &a_end, 10);
		guint64 b_port = g_ascii_strtoull(b, &b_end, 10);

		if (a_end == a || b_end == b)
			return strcmp(a, b);
		if (a_port != b_port)
			return a_port < b_port ? -1 : 1;
		a = *a_end ? a_end + 1 : a_end;
		b = *b_end ? b_end + 1 : b_end;
	}
	return (*a != 0) - (*b != 0);
}

gboolean usb_fail(const char *path, enum usb_failure failure, GError **error)
{
	static const struct {
		enum sixpin_error code;
		const char *text;
	} failures[USB_N_FAILURES] = {
		[USB_GONE] = { SIXPIN_ERROR_IO, "it was unplugged, or has reset itself" },
		[USB_STALLED] = { SIXPIN_ERROR_IO, "it refused the request (STALL)" },
		[USB_TIMED_OUT] = { SIXPIN_ERROR_IO, "it did not answer in time" },
		[USB_OVERFLOWED] = { SIXPIN_ERROR_IO,
				     "it sent more than it was asked for" },
		[USB_FAILED] = { SIXPIN_ERROR_IO,
				 "the transfer failed; try another cable, port or hub" },
		[USB_DENIED] = { SIXPIN_ERROR_IO,
				 "permission denied: install " UDEV_RULES
				 ", join the group plugdev, log in again and replug it" },
		[USB_TAKEN] = { SIXPIN_ERROR_BUSY, "another program has it open" },
		[USB_ABSENT] = { SIXPIN_ERROR_NO_PROGRAMMER,
				 "nothing is attached there" },
	};

	g_set_error(error, SIXPIN_ERROR, failures[failure].code, "USB device %s: %s",
		    path, failures[failure].text);
	return FALSE;
}
