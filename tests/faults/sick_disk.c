/* A sick disk: put before the C library (LD_PRELOAD), flushes and writes of files under $SICK_UNDER go as the file $SICK_FILE
 * says while it exists: `hangs`: they do not return; `slow`: each takes 1.5 s more; `readonly` and `gone`: they fail as on such a
 * disk. Reading goes on, as from the kernel's memory. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

/* What the file says, its first letter; 0 where there is none. */
static char sickness(void)
{
	const char *sick = getenv("SICK_FILE");
	char first = 0;
	int file = sick ? open(sick, O_RDONLY | O_CLOEXEC) : -1;

	if (file < 0)
		return 0;
	if (read(file, &first, 1) != 1)
		first = 0;
	close(file);
	return first;
}

static int is_under(int file)
{
	const char *under = getenv("SICK_UNDER");
	char link[64], path[PATH_MAX];
	ssize_t length;

	snprintf(link, sizeof link, "/proc/self/fd/%d", file);
	length = readlink(link, path, sizeof path - 1);
	if (!under || length < 0)
		return 0;
	path[length] = 0;
	return strncmp(path, under, strlen(under)) == 0;
}

/* 0 = go on; else it has failed, and errno says how. */
static int suffer(int file)
{
	char how = sickness();

	if (!how || !is_under(file))
		return 0;
	if (how == 's')
		usleep(1500000);
	while (how == 'h') {
		usleep(5000);
		how = sickness();
	}
	if (how == 'r' || how == 'g') {
		errno = how == 'r' ? EROFS : EIO;
		return -1;
	}
	return 0;
}

int fdatasync(int file)
{
	int (*next)(int) = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");

	return suffer(file) ? -1 : next(file);
}

int fsync(int file)
{
	int (*next)(int) = (int (*)(int))dlsym(RTLD_NEXT, "fsync");

	return suffer(file) ? -1 : next(file);
}

ssize_t pwrite64(int file, const void *octets, size_t count, off64_t offset)
{
	ssize_t (*next)(int, const void *, size_t, off64_t) =
		(ssize_t (*)(int, const void *, size_t, off64_t))dlsym(RTLD_NEXT, "pwrite64");

	return suffer(file) ? -1 : next(file, octets, count, offset);
}
