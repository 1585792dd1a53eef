/* SPDX-License-Identifier: MIT */
/*
 * Kills sixpind at an exact point of its life: preloaded into it, counts its calls of the
 * C library by kinds, and at the n-th of a kind ends it with SIGKILL before the call is
 * made. The file SIXPIN_KILLER, as long as struct control, is mapped and says when; a
 * test changes it while sixpind runs, and reads the counts. Other programs that inherit
 * the library (the guards) are left alone.
 */
#undef _FORTIFY_SOURCE

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum kind {
	KIND_STORE, /* changes a file of the store or the journal, or syncs one */
	KIND_LINES, /* the virtual board asks what happened outside: at each reading of
		       lines */
	KIND_BUS,   /* a message leaves the process */
	KIND_TURN,  /* the main loop goes around */
	N_KINDS
};

#define MAX_GUARDS 8

/* As tests/e2e/kill.py has it. */
struct control {
	uint64_t at[N_KINDS]; /* 0: never */
	uint64_t count[N_KINDS];
	uint64_t kills_guards; /* first, as the end of a whole control group does */
	int64_t guards[MAX_GUARDS];
	char folder[256]; /* of the store */
};

#define EXPORT __attribute__((visibility("default")))

/* The function that ours of the same name hides. */
#define NEXT(name)                                                 \
	__extension__({                                            \
		static __typeof__(&name) next;                     \
		if (!next)                                         \
			*(void **)&next = dlsym(RTLD_NEXT, #name); \
		next;                                              \
	})

static struct control *control;

__attribute__((constructor)) static void map_control(void)
{
	const char *path = getenv("SIXPIN_KILLER");
	void *mapped;
	int fd;

	if (!path || strcmp(program_invocation_short_name, "sixpind") != 0)
		return;
	fd = NEXT(open)(path, O_RDWR | O_CLOEXEC);
	mapped = mmap(NULL, sizeof(*control), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (fd < 0 || mapped == MAP_FAILED) {
		perror(path);
		abort();
	}
	close(fd);
	control = mapped;
}

static void end_all(void)
{
	for (unsigned i = 0; control->kills_guards && i < MAX_GUARDS; i++)
		if (control->guards[i] > 0)
			kill((pid_t)control->guards[i], SIGKILL);
	kill(getpid(), SIGKILL);
	for (;;)
		pause();
}

static void point(enum kind kind)
{
	if (control && __atomic_add_fetch(&control->count[kind], 1, __ATOMIC_SEQ_CST) ==
			       control->at[kind])
		end_all();
}

static bool is_kept(const char *path)
{
	return control && strncmp(path, control->folder, strlen(control->folder)) == 0;
}

static void point_of_path(const char *path)
{
	if (is_kept(path))
		point(KIND_STORE);
}

static void point_of_fd(int fd)
{
	char link[32], path[PATH_MAX];
	int number = errno;
	ssize_t n;

	if (!control)
		return;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof(path) - 1);
	path[n > 0 ? n : 0] = '\0';
	errno = number;
	point_of_path(path);
}

EXPORT ssize_t write(int fd, const void *data, size_t n_bytes)
{
	point_of_fd(fd);
	return NEXT(write)(fd, data, n_bytes);
}

EXPORT ssize_t pwrite(int fd, const void *data, size_t n_bytes, off_t at)
{
	point_of_fd(fd);
	return NEXT(pwrite)(fd, data, n_bytes, at);
}

EXPORT ssize_t pwrite64(int fd, const void *data, size_t n_bytes, off64_t at)
{
	point_of_fd(fd);
	return NEXT(pwrite64)(fd, data, n_bytes, at);
}

EXPORT int ftruncate(int fd, off_t length)
{
	point_of_fd(fd);
	return NEXT(ftruncate)(fd, length);
}

EXPORT int ftruncate64(int fd, off64_t length)
{
	point_of_fd(fd);
	return NEXT(ftruncate64)(fd, length);
}

EXPORT int fsync(int fd)
{
	point_of_fd(fd);
	return NEXT(fsync)(fd);
}

EXPORT int fdatasync(int fd)
{
	point_of_fd(fd);
	return NEXT(fdatasync)(fd);
}

EXPORT int rename(const char *from, const char *to)
{
	point_of_path(to);
	return NEXT(rename)(from, to);
}

EXPORT int unlink(const char *path)
{
	point_of_path(path);
	return NEXT(unlink)(path);
}

EXPORT int mkdir(const char *path, mode_t mode)
{
	point_of_path(path);
	return NEXT(mkdir)(path, mode);
}

/* The board's outside takes datagrams; the bus is a stream. */
static bool takes_datagrams(int fd)
{
	socklen_t n_bytes = sizeof(int);
	int number = errno, type = 0;

	getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &n_bytes);
	errno = number;
	return type == SOCK_DGRAM;
}

EXPORT ssize_t recvmsg(int fd, struct msghdr *message, int flags)
{
	if (control && takes_datagrams(fd))
		point(KIND_LINES);
	return NEXT(recvmsg)(fd, message, flags);
}

EXPORT ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
	point(KIND_BUS);
	return NEXT(sendmsg)(fd, message, flags);
}

EXPORT int poll(struct pollfd *fds, nfds_t n_fds, int timeout)
{
	if (getpid() == gettid())
		point(KIND_TURN);
	return NEXT(poll)(fds, n_fds, timeout);
}

static void exchange_guard(pid_t from, pid_t to)
{
	for (unsigned i = 0; control && i < MAX_GUARDS; i++)
		if (control->guards[i] == from) {
			control->guards[i] = to;
			return;
		}
}

EXPORT int posix_spawn(pid_t *pid, const char *path,
		       const posix_spawn_file_actions_t *actions,
		       const posix_spawnattr_t *attributes, char *const argv[],
		       char *const envp[])
{
	int failure = NEXT(posix_spawn)(pid, path, actions, attributes, argv, envp);

	if (!failure)
		exchange_guard(0, *pid);
	return failure;
}

EXPORT pid_t waitpid(pid_t pid, int *status, int options)
{
	pid_t ended = NEXT(waitpid)(pid, status, options);

	if (ended > 0)
		exchange_guard(ended, 0);
	return ended;
}
