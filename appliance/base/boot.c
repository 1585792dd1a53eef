/* SPDX-License-Identifier: MIT */
#include "appliance/base/boot.h"

#include <glib.h>

#define BOOT_ID_PATH "/proc/sys/kernel/random/boot_id"

char *boot_id(void)
{
	const char *told = g_getenv("SIXPIN_BOOT_ID");
	char *id = NULL;

	if (g_file_get_contents(BOOT_ID_PATH, &id, NULL, NULL))
		return g_strstrip(id);
	return g_strdup(told ? told : "");
}
