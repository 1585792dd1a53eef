/* SPDX-License-Identifier: MIT */
#include "appliance/base/state.h"

#include <glib.h>

char *state_folder(void)
{
	const char *folder = g_getenv("SIXPIN_STATE_DIR");

	return folder ? g_strdup(folder)
		      : g_build_filename(g_get_user_state_dir(), "sixpin", NULL);
}
