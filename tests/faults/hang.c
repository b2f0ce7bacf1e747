/* A disk that hangs: put before the C library (LD_PRELOAD), flushes and writes of files under $HANG_UNDER do not return while
 * $HANG_FILE exists, as those of a disk that does not answer. Reading goes on, as from the kernel's memory. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static void wait_for_disk(int file)
{
	const char *under = getenv("HANG_UNDER"), *hang = getenv("HANG_FILE");
	char link[64], path[PATH_MAX];
	ssize_t length;

	if (!under || !hang || access(hang, F_OK) != 0)
		return;
	snprintf(link, sizeof link, "/proc/self/fd/%d", file);
	length = readlink(link, path, sizeof path - 1);
	if (length < 0)
		return;
	path[length] = 0;
	if (strncmp(path, under, strlen(under)) != 0)
		return;
	while (access(hang, F_OK) == 0)
		usleep(5000);
}

int fdatasync(int file)
{
	int (*next)(int) = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");

	wait_for_disk(file);
	return next(file);
}

int fsync(int file)
{
	int (*next)(int) = (int (*)(int))dlsym(RTLD_NEXT, "fsync");

	wait_for_disk(file);
	return next(file);
}

ssize_t pwrite64(int file, const void *octets, size_t count, off64_t offset)
{
	ssize_t (*next)(int, const void *, size_t, off64_t) =
		(ssize_t (*)(int, const void *, size_t, off64_t))dlsym(RTLD_NEXT, "pwrite64");

	wait_for_disk(file);
	return next(file, octets, count, offset);
}
