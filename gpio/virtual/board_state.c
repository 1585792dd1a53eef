/* SPDX-License-Identifier: MIT */
/* The state of a virtual board, in memory or in a locked, mapped file. */
#include "gpio/virtual/board_state.h"

#include "appliance/base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static const char magic[16] = "sixpin board 1\n";

static const char *part_name(const struct board_spec *spec)
{
	if (spec->jumper)
		return "jumper";
	return spec->part ? spec->part->name : "none";
}

static void state_init(struct board_state *state, const struct board_spec *spec)
{
	if (spec->part)
		avr_cells_init(&state->cells, spec->part);
	g_strlcpy(state->part, part_name(spec), sizeof(state->part));
	state->driven = 0;
	state->levels = 0;
	memcpy(state->magic, magic, sizeof(magic));
}

static gboolean fail(const struct board_spec *spec, const char *what, GError **error)
{
	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_IO,
		    "%s: cannot %s the board's state: %s", spec->state_path, what,
		    g_strerror(errno));
	return FALSE;
}

static gboolean lock_file(const struct board_spec *spec, int fd, GError **error)
{
	if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		return TRUE;
	if (errno != EWOULDBLOCK)
		return fail(spec, "lock", error);
	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_BUSY,
		    "%s: another process is using this virtual board", spec->state_path);
	return FALSE;
}

/* A new file is empty; any other length but ours belongs to something else. */
static gboolean size_file(const struct board_spec *spec, int fd, GError **error)
{
	struct stat status;

	if (fstat(fd, &status) != 0)
		return fail(spec, "examine", error);
	if (status.st_size != 0 && status.st_size != sizeof(struct board_state)) {
		g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE,
			    "%s: this is no state of a virtual board; name another file",
			    spec->state_path);
		return FALSE;
	}
	if (status.st_size == 0 && ftruncate(fd, sizeof(struct board_state)) != 0)
		return fail(spec, "make", error);
	return TRUE;
}

static gboolean check_content(const struct board_spec *spec, struct board_state *state,
			      GError **error)
{
	static const char unwritten[sizeof(magic)];

	if (memcmp(state->magic, unwritten, sizeof(unwritten)) == 0)
		state_init(state, spec);
	if (memcmp(state->magic, magic, sizeof(magic)) != 0) {
		g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE,
			    "%s: this is no state of a virtual board; name another file",
			    spec->state_path);
		return FALSE;
	}
	state->part[sizeof(state->part) - 1] = 0;
	if (strcmp(state->part, part_name(spec)) != 0) {
		g_set_error(
			error, SIXPIN_ERROR, SIXPIN_ERROR_USAGE,
			"%s: this board carries %s, not %s; name that part or another file",
			spec->state_path, state->part, part_name(spec));
		return FALSE;
	}
	return TRUE;
}

static struct board_state *map_file(const struct board_spec *spec, int fd, GError **error)
{
	struct board_state *state;

	if (!lock_file(spec, fd, error) || !size_file(spec, fd, error))
		return NULL;
	state = mmap(NULL, sizeof(*state), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (state == MAP_FAILED) {
		fail(spec, "map", error);
		return NULL;
	}
	if (check_content(spec, state, error))
		return state;
	munmap(state, sizeof(*state));
	return NULL;
}

struct board_state *board_state_open(const struct board_spec *spec, int *fd,
				     GError **error)
{
	struct board_state *state;

	*fd = -1;
	if (!spec->state_path) {
		state = g_new0(struct board_state, 1);
		state_init(state, spec);
		return state;
	}
	*fd = open(spec->state_path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	if (*fd < 0) {
		fail(spec, "open", error);
		return NULL;
	}
	state = map_file(spec, *fd, error);
	if (!state)
		close(*fd);
	return state;
}

void board_state_close(struct board_state *state, int fd)
{
	if (fd < 0) {
		g_free(state);
		return;
	}
	munmap(state, sizeof(*state));
	close(fd);
}
