/* SPDX-License-Identifier: MIT */
/*
 * A time of day that is wrong: preloaded into a program, adds as many seconds to what the
 * kernel tells as the file SIXPIN_TIME_OFFSET says (may be negative, may change). The
 * monotonic clock stays as it is.
 */
#undef _FORTIFY_SOURCE

#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))

static long offset_s(void)
{
	const char *path = getenv("SIXPIN_TIME_OFFSET");
	int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	char text[32] = "0";
	ssize_t n;

	if (fd < 0)
		return 0;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[n > 0 ? n : 0] = 0;
	return strtol(text, NULL, 10);
}

EXPORT int clock_gettime(clockid_t clock, struct timespec *now)
{
	static int (*next)(clockid_t clock, struct timespec * now);
	int failed;

	if (!next)
		*(void **)&next = dlsym(RTLD_NEXT, "clock_gettime");
	failed = next(clock, now);
	if (!failed && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
		now->tv_sec += offset_s();
	return failed;
}

EXPORT int gettimeofday(struct timeval *restrict now, void *restrict zone)
{
	static int (*next)(struct timeval * now, void *zone);
	int failed;

	if (!next)
		*(void **)&next = dlsym(RTLD_NEXT, "gettimeofday");
	failed = next(now, zone);
	if (!failed)
		now->tv_sec += offset_s();
	return failed;
}

EXPORT time_t time(time_t *also)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	if (also)
		*also = now.tv_sec;
	return now.tv_sec;
}
