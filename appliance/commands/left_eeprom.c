/* SPDX-License-Identifier: MIT */
/*
 * The files that hold a target's EEPROM over an erase: where they are, and which were
 * left. Beside such a file lies its lock, held by the process that may still need the
 * file; the kernel lets go of it however that process ends.
 */
#include "appliance/base/error.h"
#include "appliance/base/state.h"
#include "appliance/commands/target.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#define PREFIX	    "eeprom-"
#define SUFFIX	    ".hex"
#define LOCK_SUFFIX ".lock"
#define TRIES	    100

static gboolean set_no_place(const char *folder, GError **error)
{
	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_IO,
		    "no place to keep the EEPROM: %s: %s", folder, g_strerror(errno));
	return FALSE;
}

static char *hex_path(const char *lock_path)
{
	size_t n_stem = strlen(lock_path) - strlen(LOCK_SUFFIX);

	return g_strdup_printf("%.*s" SUFFIX, (int)n_stem, lock_path);
}

/* A name that nobody has, its lock held: NULL where another try is due, or on an error.
 */
static char *claim(struct call *call, const char *folder, const struct part *part)
{
	g_autofree char *lock_path =
		g_strdup_printf("%s/" PREFIX "%s-XXXXXX" LOCK_SUFFIX, folder, part->name);
	g_autofree char *path = NULL;
	int fd = mkostemps(lock_path, (int)strlen(LOCK_SUFFIX), O_CLOEXEC);

	if (fd < 0)
		return NULL;
	path = hex_path(lock_path);
	if (flock(fd, LOCK_EX | LOCK_NB) != 0 || access(path, F_OK) == 0) {
		unlink(lock_path);
		close(fd);
		errno = EEXIST;
		return NULL;
	}
	call->eeprom_lock_fd = fd;
	call->eeprom_lock_path = g_steal_pointer(&lock_path);
	return g_steal_pointer(&path);
}

bool call_eeprom_is_kept(const struct call *call)
{
	g_autofree char *path =
		call->eeprom_lock_path ? hex_path(call->eeprom_lock_path) : NULL;

	return path && access(path, F_OK) == 0;
}

char *call_eeprom_path(struct call *call, const struct part *part, GError **error)
{
	g_autofree char *folder = state_folder();
	char *path = NULL;

	call_eeprom_release(call);
	if (g_mkdir_with_parents(folder, 0755) != 0) {
		set_no_place(folder, error);
		return NULL;
	}
	for (unsigned i = 0; i < TRIES && !path; i++) {
		path = claim(call, folder, part);
		if (!path && errno != EEXIST)
			break;
	}
	if (!path)
		set_no_place(folder, error);
	return path;
}

void call_eeprom_release(struct call *call)
{
	if (!call->eeprom_lock_path)
		return;
	unlink(call->eeprom_lock_path);
	close(call->eeprom_lock_fd);
	g_clear_pointer(&call->eeprom_lock_path, g_free);
}

/* Nobody holds its lock any more, or it has none: the process that made it is gone. */
static gboolean was_left(const char *folder, const char *name)
{
	g_autofree char *lock_path =
		g_strdup_printf("%s/%.*s" LOCK_SUFFIX, folder,
				(int)(strlen(name) - strlen(SUFFIX)), name);
	int fd = open(lock_path, O_RDONLY | O_CLOEXEC);
	gboolean left;

	if (fd < 0)
		return TRUE;
	left = flock(fd, LOCK_SH | LOCK_NB) == 0;
	close(fd);
	return left;
}

/* "eeprom-ATmega328P-a1B2c3.hex" -> "ATmega328P" */
static char *part_of(const char *name)
{
	const char *from = name + strlen(PREFIX);
	const char *to = strrchr(name, '-');

	return to > from ? g_strndup(from, (gsize)(to - from)) : g_strdup("PART");
}

static void tell_left(struct call *call, const char *folder, const char *name)
{
	g_autofree char *path = g_build_filename(folder, name, NULL);
	g_autofree char *quoted = g_shell_quote(path);
	g_autofree char *part = part_of(name);

	json_builder_add_string_value(call->result, path);
	call_note(
		call,
		"%s holds the EEPROM of a target whose run was cut off;\n"
		"  sixpin write --part %s --no-erase --eeprom %s brings it back; then delete the "
		"file",
		path, part, quoted);
}

void call_tell_left_eeproms(struct call *call)
{
	g_autofree char *folder = state_folder();
	g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
	const char *name;

	json_builder_set_member_name(call->result, "left_eeproms");
	json_builder_begin_array(call->result);
	while (dir && (name = g_dir_read_name(dir)))
		if (g_str_has_prefix(name, PREFIX) && g_str_has_suffix(name, SUFFIX) &&
		    was_left(folder, name))
			tell_left(call, folder, name);
	json_builder_end_array(call->result);
}
