/* SPDX-License-Identifier: MIT */
/* The files that hold a target's EEPROM over an erase: where they are, and which were
 * left. */
#include "appliance/base/error.h"
#include "appliance/base/state.h"
#include "appliance/cli/target.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define PREFIX "eeprom-"

char *cli_eeprom_path(const struct part *part, GError **error)
{
	g_autofree char *folder = state_folder();
	g_autofree char *name = NULL;

	if (g_mkdir_with_parents(folder, 0755) != 0) {
		g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_IO,
			    "no place to keep the EEPROM: %s: %s", folder,
			    g_strerror(errno));
		return NULL;
	}
	name = g_strdup_printf(PREFIX "%s-%d.hex", part->name, (int)getpid());
	return g_build_filename(folder, name, NULL);
}

/* The process that made it is gone: its number stands at the end of the name. */
static gboolean was_left(const char *name)
{
	const char *dash = strrchr(name, '-');
	int pid;

	return g_str_has_prefix(name, PREFIX) && g_str_has_suffix(name, ".hex") &&
	       sscanf(dash, "-%d.hex", &pid) == 1 && kill(pid, 0) != 0 && errno == ESRCH;
}

void cli_name_left_eeproms(void)
{
	g_autofree char *folder = state_folder();
	g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
	const char *name;

	while (dir && (name = g_dir_read_name(dir)))
		if (was_left(name))
			fprintf(stderr,
				"sixpin: note: %s/%s holds the EEPROM of a target whose run was "
				"cut off;\n"
				"  sixpin write --no-erase --eeprom %s/%s brings it back; then "
				"delete the file\n",
				folder, name, folder, name);
}
