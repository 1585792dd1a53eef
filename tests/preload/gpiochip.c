/* SPDX-License-Identifier: MIT */
/*
 * A GPIO character device in user space: preloaded into a program, it answers the genuine
 * libgpiod (1.6 and 2) in the kernel's place, at the ioctls of both uAPIs (linux/gpio.h),
 * and the lines are those of a virtual board. It is as strict as the kernel's
 * gpiolib-cdev.c. Edges of a line that is requested with them can be polled for and read
 * at its descriptor; they come from the board's socket (outside=) and from what it does
 * itself, as its sense line. The first 16 a line are kept.
 *
 * - SIXPIN_GPIOCHIP_BOARD: the board (gpio/virtual/board.h), best with state= and
 *   realtime; without it nothing is served
 * - SIXPIN_GPIOCHIP_PATH: of the device, /dev/gpiochip0 by default; others are hidden
 * - SIXPIN_GPIOCHIP_LABEL: of the chip, pinctrl-bcm2835 by default
 * - SIXPIN_GPIOCHIP_LOG: a file that gets a line for every call that touches lines:
 *   "set lines=11,10,25 errno=0 driven=0x2000c00 levels=0x2000a00"
 * - SIXPIN_GPIOCHIP_KEEP=1: outputs stay driven when their descriptor closes, as with
 *   Raspberry Pi's kernels; else they return to inputs, as upstream
 * - SIXPIN_GPIOCHIP_DENY=1: opening the device is forbidden
 * - SIXPIN_GPIOCHIP_OLD=1: a kernel before 5.5, which cannot turn a handle around, knows
 *   of no bias and tells edges by the time of day
 * - SIXPIN_GPIOCHIP_NO_EDGES=1: a chip without interrupts
 *
 * This file knows which calls of the C library libgpiod uses to find and open a chip, as
 * the libraries of 64-bit Debian 12 and 13 import them. A forked child must not touch
 * lines before it executes another program.
 */
#undef _FORTIFY_SOURCE

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <pthread.h>
#include <stdarg.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "tests/preload/gpiochip/chip.h"

#define DEVICE	    makedev(254, 0)
#define DEVICE_TEXT "254:0"

#define EXPORT __attribute__((visibility("default")))

/* The function that ours of the same name hides. */
#define NEXT(name)                                                 \
	__extension__({                                            \
		static __typeof__(&name) next;                     \
		if (!next)                                         \
			*(void **)&next = dlsym(RTLD_NEXT, #name); \
		next;                                              \
	})

/* Recursive: the board opens and closes files while it is held. */
static pthread_mutex_t mutex = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;

static bool is_serving(void)
{
	return getenv("SIXPIN_GPIOCHIP_BOARD") != NULL;
}

static const char *device_path(void)
{
	return setting("SIXPIN_GPIOCHIP_PATH", "/dev/gpiochip0");
}

static const char *device_name(void)
{
	return device_path() + strlen("/dev/");
}

static bool is_device(const char *path)
{
	return is_serving() && strcmp(path, device_path()) == 0;
}

/* Real chips of this machine are hidden: tests must not depend on them, let alone touch
 * them. */
static bool is_hidden(const char *path)
{
	return is_serving() && g_str_has_prefix(path, "/dev/gpiochip") &&
	       !is_device(path);
}

/* What libgpiod 1.6 compares with the device's number. */
static bool is_sysfs_number(const char *path)
{
	g_autofree char *ours = NULL;

	if (!is_serving() || !g_str_has_prefix(path, "/sys/bus/gpio/devices/"))
		return false;
	ours = g_strdup_printf("/sys/bus/gpio/devices/%s/dev", device_name());
	return strcmp(path, ours) == 0;
}

static int result(int errnum)
{
	if (!errnum)
		return 0;
	errno = errnum;
	return -1;
}

static int open_sysfs_number(void)
{
	int fd = memfd_create("gpiochip", MFD_CLOEXEC);

	write(fd, DEVICE_TEXT "\n", strlen(DEVICE_TEXT "\n"));
	lseek(fd, 0, SEEK_SET);
	return fd;
}

static int open_device(void)
{
	struct file *file;

	if (is_set("SIXPIN_GPIOCHIP_DENY"))
		return result(EACCES);
	pthread_mutex_lock(&mutex);
	file = file_new(NULL);
	pthread_mutex_unlock(&mutex);
	return file ? file->fd : result(ENFILE);
}

EXPORT int open(const char *path, int flags, ...)
{
	va_list arguments;
	mode_t mode;

	if (is_device(path))
		return open_device();
	if (is_hidden(path))
		return result(ENOENT);
	if (is_sysfs_number(path))
		return open_sysfs_number();
	va_start(arguments, flags);
	mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(arguments, mode_t) : 0;
	va_end(arguments);
	return NEXT(open)(path, flags, mode);
}

EXPORT int close(int fd)
{
	struct file *file;

	pthread_mutex_lock(&mutex);
	file = find_file(fd);
	if (file)
		file_close(file);
	pthread_mutex_unlock(&mutex);
	return NEXT(close)(fd);
}

static int get_chipinfo(struct file *file, void *arg)
{
	struct gpiochip_info *info = arg;

	(void)file;
	*info = (struct gpiochip_info){ .lines = BOARD_N_LINES };
	g_strlcpy(info->name, device_name(), sizeof(info->name));
	g_strlcpy(info->label, setting("SIXPIN_GPIOCHIP_LABEL", "pinctrl-bcm2835"),
		  sizeof(info->label));
	return 0;
}

static const struct file_call common_calls[] = {
	{ GPIO_GET_CHIPINFO_IOCTL, get_chipinfo },
	{ 0 },
};

static const struct file_call *const chip_tables[] = { common_calls, v1_chip_calls,
						       v2_chip_calls, NULL };

/* An unknown call is EINVAL, as the kernel answers it. The kernel looks at 32 bits of the
 * request; libgpiod 2 has it in an int at times, so the upper ones can be its sign. */
static int serve(struct file *file, uint32_t request, void *arg)
{
	const struct file_call *const lines_tables[] = { file->kind ? file->kind->calls
								    : NULL,
							 NULL };
	const struct file_call *const *table = file->kind ? lines_tables : chip_tables;

	for (; *table; table++)
		for (const struct file_call *call = *table; call->request; call++)
			if (call->request == request)
				return call->serve(file, arg);
	return EINVAL;
}

EXPORT int ioctl(int fd, unsigned long request, ...)
{
	struct file *file;
	va_list arguments;
	int errnum = 0;
	void *arg;

	va_start(arguments, request);
	arg = va_arg(arguments, void *);
	va_end(arguments);
	pthread_mutex_lock(&mutex);
	file = find_file(fd);
	if (file)
		errnum = serve(file, (uint32_t)request, arg);
	pthread_mutex_unlock(&mutex);
	return file ? result(errnum) : NEXT(ioctl)(fd, request, arg);
}

static int stat_device(struct stat *status)
{
	*status = (struct stat){ .st_mode = S_IFCHR | 0660, .st_rdev = DEVICE };
	return 0;
}

EXPORT int stat(const char *path, struct stat *status)
{
	if (is_device(path))
		return stat_device(status);
	return is_hidden(path) ? result(ENOENT) : NEXT(stat)(path, status);
}

EXPORT int lstat(const char *path, struct stat *status)
{
	if (is_device(path))
		return stat_device(status);
	return is_hidden(path) ? result(ENOENT) : NEXT(lstat)(path, status);
}

EXPORT int access(const char *path, int mode)
{
	return is_sysfs_number(path) ? 0 : NEXT(access)(path, mode);
}

/* libgpiod 2 asks which bus the device's number belongs to. */
EXPORT char *realpath(const char *path, char *resolved)
{
	static const char bus[] = "/sys/bus/gpio";

	if (!is_serving() || strcmp(path, "/sys/dev/char/" DEVICE_TEXT "/subsystem") != 0)
		return NEXT(realpath)(path, resolved);
	return resolved ? strcpy(resolved, bus) : strdup(bus);
}

/* A search that takes our device sees no other; any other search sees what there is. */
EXPORT int scandir(const char *path, struct dirent ***list,
		   int (*filter)(const struct dirent *),
		   int (*compare)(const struct dirent **, const struct dirent **))
{
	struct dirent ours = { .d_type = DT_CHR };

	g_strlcpy(ours.d_name, device_name(), sizeof(ours.d_name));
	if (!is_serving() || strcmp(path, "/dev") != 0 || !filter || !filter(&ours))
		return NEXT(scandir)(path, list, filter, compare);
	*list = malloc(sizeof(**list));
	(*list)[0] = malloc(sizeof(ours));
	*(*list)[0] = ours;
	return 1;
}

/* As the kernel does for a process that ends with lines in its hands. */
__attribute__((destructor)) static void at_exit(void)
{
	files_close();
}
