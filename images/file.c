/* SPDX-License-Identifier: MIT */
/*
 * Image files on disk: read whole, written whole or not at all. A file is renamed into
 * place only when its bytes are on the disk, and the rename is too before success is
 * reported (fsync(2)).
 */
#include "images/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "appliance/base/error.h"
#include "images/format.h"

#define READ_BYTES    (64u << 10)
#define NEW_FILE_MODE 0644

/* Messages travel as UTF-8; file names need not. */
static gboolean fail(const char *path, enum sixpin_error code, GError **error,
		     const char *format, ...) G_GNUC_PRINTF(4, 5);

static gboolean fail(const char *path, enum sixpin_error code, GError **error,
		     const char *format, ...)
{
	g_autofree char *name = g_filename_display_name(path);
	g_autofree char *text = NULL;
	va_list args;

	va_start(args, format);
	text = g_strdup_vprintf(format, args);
	va_end(args);
	g_set_error(error, SIXPIN_ERROR, code, "%s: %s", name, text);
	return FALSE;
}

static gboolean fail_errno(const char *path, const char *what, int error_number,
			   GError **error)
{
	return fail(path, SIXPIN_ERROR_IO, error, "cannot be %s: %s", what,
		    g_strerror(error_number));
}

static gboolean check_regular(const char *path, int fd, GError **error)
{
	struct stat status;

	if (fstat(fd, &status) != 0)
		return fail_errno(path, "read", errno, error);
	if (S_ISDIR(status.st_mode))
		return fail(path, SIXPIN_ERROR_IO, error,
			    "is a directory, expected a file");
	if (!S_ISREG(status.st_mode))
		return fail(path, SIXPIN_ERROR_IO, error,
			    "is a device or pipe, expected a file");
	return TRUE;
}

/* Appends what is left of the file to `bytes`. */
static gboolean read_all(const char *path, int fd, GByteArray *bytes, GError **error)
{
	guint n_done = bytes->len;
	ssize_t n_read;

	do {
		g_byte_array_set_size(bytes, n_done + READ_BYTES);
		n_read = TEMP_FAILURE_RETRY(read(fd, bytes->data + n_done, READ_BYTES));
		if (n_read < 0)
			return fail_errno(path, "read", errno, error);
		n_done += (guint)n_read;
		g_byte_array_set_size(bytes, n_done);
		if (n_done > IMAGE_MAX_BYTES)
			return fail(path, SIXPIN_ERROR_IMAGE, error,
				    "is longer than %u bytes, the most that is read",
				    IMAGE_MAX_BYTES);
	} while (n_read > 0);
	return TRUE;
}

GByteArray *file_read(const char *path, GError **error)
{
	g_autoptr(GByteArray) bytes = g_byte_array_new();
	gboolean ok;
	/* O_NONBLOCK: opening a FIFO would wait for its writer. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0) {
		fail_errno(path, "opened", errno, error);
		return NULL;
	}
	ok = check_regular(path, fd, error) && read_all(path, fd, bytes, error);
	close(fd);
	return ok ? g_steal_pointer(&bytes) : NULL;
}

struct image *image_parse(const char *name, const GByteArray *bytes,
			  const struct image_format *format, uint32_t base,
			  const struct image_format **found, GError **error)
{
	struct image *image;

	if (!format)
		format = image_format_sniff(name, bytes->data, bytes->len, error);
	if (!format)
		return NULL;
	image = format->read(name, bytes->data, bytes->len, base, error);
	if (image && found)
		*found = format;
	return image;
}

struct image *image_load(const char *path, const struct image_format *format,
			 uint32_t base, const struct image_format **found, GError **error)
{
	g_autoptr(GByteArray) bytes = file_read(path, error);
	g_autofree char *name = g_filename_display_name(path);

	return bytes ? image_parse(name, bytes, format, base, found, error) : NULL;
}

static gboolean write_all(int fd, const uint8_t *data, gsize n_bytes)
{
	while (n_bytes > 0) {
		ssize_t n_written = TEMP_FAILURE_RETRY(write(fd, data, n_bytes));

		if (n_written < 0)
			return FALSE;
		data += n_written;
		n_bytes -= (gsize)n_written;
	}
	return TRUE;
}

/* Closes fd in any case. mode 0: as it was made. Sets errno on failure. */
static gboolean write_and_close(int fd, GBytes *bytes, mode_t mode)
{
	gsize n_bytes;
	const uint8_t *data = g_bytes_get_data(bytes, &n_bytes);
	gboolean ok = write_all(fd, data, n_bytes) &&
		      (mode == 0 || fchmod(fd, mode) == 0) && fsync(fd) == 0;
	int error_number = errno;

	if (close(fd) != 0 && ok)
		return FALSE;
	errno = error_number;
	return ok;
}

/* Makes a rename last. Some file systems cannot sync a folder (EINVAL): nothing is lost
 * there. */
static gboolean sync_folder(const char *folder)
{
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	gboolean ok;
	int error_number;

	if (fd < 0)
		return FALSE;
	ok = fsync(fd) == 0 || errno == EINVAL;
	error_number = errno;
	close(fd);
	errno = error_number;
	return ok;
}

static gboolean replace_file(const char *path, GBytes *bytes, mode_t mode, GError **error)
{
	g_autofree char *folder = g_path_get_dirname(path);
	g_autofree char *name = g_path_get_basename(path);
	g_autofree char *temporary = g_strdup_printf("%s/.%s.XXXXXX", folder, name);
	int fd = g_mkstemp_full(temporary, O_WRONLY | O_CLOEXEC, NEW_FILE_MODE);

	if (fd < 0)
		return fail_errno(path, "written", errno, error);
	if (!write_and_close(fd, bytes, mode) || rename(temporary, path) != 0) {
		fail_errno(path, "written", errno, error);
		unlink(temporary);
		return FALSE;
	}
	if (!sync_folder(folder))
		return fail_errno(path, "written", errno, error);
	return TRUE;
}

gboolean file_save(const char *path, GBytes *bytes, GError **error)
{
	/* NULL for a new file; a link keeps pointing to what it pointed to. */
	g_autofree char *target = realpath(path, NULL);
	struct stat status = { 0 };

	if (target && stat(target, &status) == 0 && !S_ISREG(status.st_mode))
		return fail(path, SIXPIN_ERROR_IO, error, "exists and is not a file");
	return replace_file(target ? target : path, bytes, status.st_mode & 07777, error);
}

gboolean file_remove(const char *path, GError **error)
{
	g_autofree char *folder = g_path_get_dirname(path);

	if (unlink(path) != 0 || !sync_folder(folder))
		return fail_errno(path, "removed", errno, error);
	return TRUE;
}

gboolean folder_sync(const char *folder, GError **error)
{
	return sync_folder(folder) || fail_errno(folder, "synced", errno, error);
}

gboolean image_save(const struct image *image, const char *path,
		    const struct image_format *format, GError **error)
{
	g_autoptr(GBytes) bytes = NULL;

	if (!format->write)
		return fail(path, SIXPIN_ERROR_USAGE, error,
			    "%s is only read: write ihex, srec or bin instead",
			    format->description);
	bytes = format->write(image, error);
	if (!bytes) {
		g_autofree char *name = g_filename_display_name(path);

		g_prefix_error(error, "%s: ", name);
		return FALSE;
	}
	return file_save(path, bytes, error);
}
