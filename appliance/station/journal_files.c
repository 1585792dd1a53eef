/* SPDX-License-Identifier: MIT */
/* The journal's files. Every step is one that may be the last before the power goes. */
#include "appliance/station/journal_files.h"

#include "appliance/base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#define SET_ASIDE_PREFIX "journal-damaged-"
#define SET_ASIDE_SUFFIX ".db"
#define FILE_MODE	 0644

/* What belongs to a database. */
static const char *const endings[] = { "", "-wal", "-shm" };

char *journal_path(const char *folder, const char *name)
{
	return g_build_filename(folder, name, NULL);
}

static const char *remedy_of(int number)
{
	switch (number) {
	case ENOSPC:
	case EDQUOT:
	case EFBIG:
		return STORE_REMEDY_SPACE;
	case EACCES:
	case EPERM:
	case EROFS:
	case ENOENT:
	case ENOTDIR:
		return STORE_REMEDY_ACCESS;
	default:
		return STORE_REMEDY_DISK;
	}
}

gboolean store_fail_errno(const char *path, const char *what, GError **error)
{
	int number = errno;

	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_STORE, "%s: %s: %s; %s", path, what,
		    g_strerror(number), remedy_of(number));
	return FALSE;
}

gboolean journal_sync_folder(const char *folder, GError **error)
{
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	gboolean ok = fd >= 0 && fsync(fd) == 0;

	if (!ok)
		store_fail_errno(folder, "the folder cannot be synced", error);
	if (fd >= 0)
		close(fd);
	return ok;
}

static gboolean write_all(int fd, const char *content, gsize n_bytes)
{
	while (n_bytes > 0) {
		ssize_t n = write(fd, content, n_bytes);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return FALSE;
		content += n;
		n_bytes -= (gsize)n;
	}
	return TRUE;
}

static gboolean write_synced(const char *path, const char *content, gsize n_bytes)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, FILE_MODE);
	gboolean ok = fd >= 0 && write_all(fd, content, n_bytes) && fsync(fd) == 0;
	int number = errno;

	if (fd >= 0)
		close(fd);
	errno = number;
	return ok;
}

gboolean journal_write_file(const char *folder, const char *name, const char *content,
			    gsize n_bytes, GError **error)
{
	g_autofree char *path = journal_path(folder, name);
	g_autofree char *fresh = g_strconcat(path, ".new", NULL);

	if (!write_synced(fresh, content, n_bytes) || rename(fresh, path) != 0)
		return store_fail_errno(path, "it cannot be written", error);
	return journal_sync_folder(folder, error);
}

static gboolean refuse_busy(int fd, const char *path, GError **error)
{
	char holder[16] = "";
	ssize_t n = pread(fd, holder, sizeof(holder) - 1, 0);

	holder[n > 0 ? strspn(holder, "0123456789") : 0] = '\0';
	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_BUSY,
		    "%s: process %s writes this journal; let it end, or ask it", path,
		    holder[0] ? holder : "(unknown)");
	return FALSE;
}

static gboolean take_lock(int fd, const char *path, GError **error)
{
	g_autofree char *own = g_strdup_printf("%ld\n", (long)getpid());

	if (flock(fd, LOCK_EX | LOCK_NB) != 0)
		return errno == EWOULDBLOCK
			       ? refuse_busy(fd, path, error)
			       : store_fail_errno(path, "it cannot be locked", error);
	if (ftruncate(fd, 0) != 0 || !write_all(fd, own, strlen(own)))
		return store_fail_errno(path, "it cannot be written", error);
	return TRUE;
}

int journal_lock(const char *folder, GError **error)
{
	g_autofree char *path = journal_path(folder, JOURNAL_LOCK);
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, FILE_MODE);

	if (fd < 0) {
		store_fail_errno(path, "it cannot be opened", error);
		return -1;
	}
	if (!take_lock(fd, path, error)) {
		close(fd);
		return -1;
	}
	return fd;
}

void journal_mark_damaged(const char *folder, const char *reason)
{
	g_autofree char *path = journal_path(folder, JOURNAL_MARKER);

	/* An empty one says it, too: a disk that is full has room for a name. */
	if (!write_synced(path, reason, strlen(reason)))
		g_debug("%s: %s", path, g_strerror(errno));
	journal_sync_folder(folder, NULL);
}

char *journal_damage(const char *folder)
{
	g_autofree char *path = journal_path(folder, JOURNAL_MARKER);
	g_autofree char *reason = NULL;
	gsize n_bytes;

	if (!g_file_test(path, G_FILE_TEST_EXISTS))
		return NULL;
	if (!g_file_get_contents(path, &reason, &n_bytes, NULL) || n_bytes == 0)
		return g_strdup("it was found damaged");
	return g_utf8_make_valid(reason, (gssize)n_bytes);
}

/* 0: it is none. */
static unsigned set_aside_number(const char *name)
{
	const char *digits = name + strlen(SET_ASIDE_PREFIX);
	char *end;
	unsigned long number;

	if (!g_str_has_prefix(name, SET_ASIDE_PREFIX) || !g_ascii_isdigit(*digits))
		return 0;
	number = strtoul(digits, &end, 10);
	return g_str_has_prefix(end, SET_ASIDE_SUFFIX) && number < G_MAXINT
		       ? (unsigned)number
		       : 0;
}

unsigned journal_last_set_aside(const char *folder)
{
	g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
	const char *name;
	unsigned last = 0;

	while (dir && (name = g_dir_read_name(dir)))
		last = MAX(last, set_aside_number(name));
	return last;
}

char *journal_set_aside_name(unsigned number)
{
	return g_strdup_printf("%s%u%s", SET_ASIDE_PREFIX, number, SET_ASIDE_SUFFIX);
}

static gboolean is_there(const char *folder, const char *name, const char *ending)
{
	g_autofree char *path = g_strconcat(folder, "/", name, ending, NULL);

	return g_file_test(path, G_FILE_TEST_EXISTS);
}

/* Where the database is gone and its WAL is not, a move was cut short: the WAL follows.
 */
static unsigned choose_number(const char *folder)
{
	unsigned last = journal_last_set_aside(folder);
	g_autofree char *name = journal_set_aside_name(last);
	bool is_rest = last > 0 && !is_there(folder, JOURNAL_DB, "") &&
		       !is_there(folder, name, "-wal");

	return is_rest ? last : last + 1;
}

static gboolean move(const char *folder, const char *name, const char *ending,
		     GError **error)
{
	g_autofree char *from = g_strconcat(folder, "/" JOURNAL_DB, ending, NULL);
	g_autofree char *to = g_strconcat(folder, "/", name, ending, NULL);

	if (rename(from, to) != 0 && errno != ENOENT)
		return store_fail_errno(from, "it cannot be set aside", error);
	return TRUE;
}

gboolean journal_set_aside(const char *folder, GError **error)
{
	g_autofree char *name = journal_set_aside_name(choose_number(folder));
	g_autofree char *marker = journal_path(folder, JOURNAL_MARKER);

	for (unsigned i = 0; i < G_N_ELEMENTS(endings); i++)
		if (!move(folder, name, endings[i], error))
			return FALSE;
	if (!journal_sync_folder(folder, error))
		return FALSE;
	if (unlink(marker) != 0 && errno != ENOENT)
		return store_fail_errno(marker, "it cannot be removed", error);
	return journal_sync_folder(folder, error);
}
