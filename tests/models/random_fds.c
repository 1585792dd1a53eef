/* SPDX-License-Identifier: MIT */
/* Files as they should be, and what else has a descriptor. */
#include "tests/models/random_fds.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "images/format.h"

static int sparse_file(off_t n_bytes)
{
	int fd = memfd_create("hammer", MFD_CLOEXEC);

	g_assert(fd >= 0 && ftruncate(fd, n_bytes) == 0);
	return fd;
}

static int small_file(void)
{
	static const char content[] = ":0400000001020304F2\n:00000001FF\n";
	int fd = sparse_file(0);

	g_assert(write(fd, content, strlen(content)) == (ssize_t)strlen(content));
	return fd;
}

static int empty_file(void)
{
	return sparse_file(0);
}

/* As long as a file may be, and no image: it is copied, and not kept. */
static int largest_file(void)
{
	int fd = sparse_file(IMAGE_MAX_BYTES);

	g_assert(pwrite(fd, "\177ELF", 4, 0) == 4);
	return fd;
}

static int large_file(void)
{
	return sparse_file(1 << 20);
}

static int too_large_file(void)
{
	return sparse_file((off_t)1 << 42);
}

static int one_end(int (*make)(int fds[2]))
{
	int fds[2];

	g_assert(make(fds) == 0);
	close(fds[1]);
	return fds[0];
}

static int make_sockets(int fds[2])
{
	return socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds);
}

static int a_socket(void)
{
	return one_end(make_sockets);
}

static int a_pipe(void)
{
	return one_end(pipe);
}

static int a_folder(void)
{
	return open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static int only_a_path(void)
{
	return open("/etc/hostname", O_PATH | O_CLOEXEC);
}

static int zeros(void)
{
	return open("/dev/zero", O_RDONLY | O_CLOEXEC);
}

static int only_written(void)
{
	g_autofree char *path = NULL;
	int fd = g_file_open_tmp(NULL, &path, NULL), again;

	g_assert(fd >= 0);
	again = open(path, O_WRONLY | O_CLOEXEC);
	close(fd);
	unlink(path);
	return again;
}

static int (*const make_fd[])(void) = {
	small_file,   small_file,     small_file,   empty_file, large_file,
	largest_file, too_large_file, a_socket,	    a_pipe,	a_folder,
	only_a_path,  zeros,	      only_written,
};

GUnixFDList *random_fds(GRand *rand)
{
	GUnixFDList *list;
	unsigned n_fds = (unsigned)g_rand_int_range(rand, 0, RANDOM_MAX_FDS + 1);

	if (n_fds == 0)
		return NULL;
	list = g_unix_fd_list_new();
	for (unsigned i = 0; i < n_fds; i++) {
		int fd = make_fd[g_rand_int_range(rand, 0, G_N_ELEMENTS(make_fd))]();

		g_assert(fd >= 0);
		g_assert(g_unix_fd_list_append(list, fd, NULL) >= 0);
		close(fd);
	}
	return list;
}
