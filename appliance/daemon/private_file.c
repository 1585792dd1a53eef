/* SPDX-License-Identifier: MIT */
/* Files that pass over the bus, and what nobody else can change. */
#include "appliance/daemon/private_file.h"

#include "appliance/base/error.h"
#include "images/format.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define COPY_BYTES 65536

static gboolean fail_file(const char *what, GError **error)
{
	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_IO, "%s: %s", what,
		    g_strerror(errno));
	return FALSE;
}

static gboolean write_fully(int fd, const char *data, gsize n_bytes)
{
	while (n_bytes > 0) {
		ssize_t n = write(fd, data, n_bytes);

		if (n < 0 && errno != EINTR)
			return FALSE;
		if (n > 0) {
			data += n;
			n_bytes -= (gsize)n;
		}
	}
	return TRUE;
}

int private_file(GBytes *bytes, GError **error)
{
	gsize n_bytes;
	const char *data = g_bytes_get_data(bytes, &n_bytes);
	int fd = memfd_create("sixpin", MFD_CLOEXEC);

	if (fd >= 0 && write_fully(fd, data, n_bytes) && lseek(fd, 0, SEEK_SET) == 0)
		return fd;
	fail_file("a private file", error);
	if (fd >= 0)
		close(fd);
	return -1;
}

static gboolean fail_regular(const char *name, GError **error)
{
	g_set_error(error, SIXPIN_ERROR, SIXPIN_ERROR_IMAGE,
		    "%s: expected a regular file of at most %u bytes", name,
		    IMAGE_MAX_BYTES);
	return FALSE;
}

/* Whatever the file says of its size, and whoever makes it grow. */
static gboolean copy(const char *name, int fd, GByteArray *bytes, GError **error)
{
	g_autofree guint8 *buffer = g_malloc(COPY_BYTES);
	ssize_t n;

	while ((n = pread(fd, buffer, COPY_BYTES, bytes->len)) > 0) {
		if (bytes->len + (size_t)n > IMAGE_MAX_BYTES)
			return fail_regular(name, error);
		g_byte_array_append(bytes, buffer, (guint)n);
	}
	return n == 0 || fail_file(name, error);
}

gboolean private_check(const char *name, int fd, GError **error)
{
	struct stat status;

	if (fstat(fd, &status) != 0)
		return fail_file(name, error);
	return (S_ISREG(status.st_mode) && status.st_size <= IMAGE_MAX_BYTES) ||
	       fail_regular(name, error);
}

GBytes *private_copy(const char *name, int fd, GError **error)
{
	g_autoptr(GByteArray) bytes = g_byte_array_new();

	return private_check(name, fd, error) && copy(name, fd, bytes, error)
		       ? g_byte_array_free_to_bytes(g_steal_pointer(&bytes))
		       : NULL;
}
