/* For LD_PRELOAD: what a machine does to a storage process and a test cannot wait for. The test
 * shares a file with it, $LD_PRELOAD.state, see struct wk_test_faults. Other programs are left
 * alone. */
#include "tests/support/preload_faults.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define VICTIM "wk-actor-storage"

static struct wk_test_faults none, *faults = &none;

__attribute__((constructor)) static void
begin(void)
{
    const char *self = getenv("LD_PRELOAD");
    void *shared = MAP_FAILED;
    char path[4096];
    int fd;

    if (self == NULL || strcmp(program_invocation_short_name, VICTIM) != 0)
        return;
    snprintf(path, sizeof(path), "%s.state", self);
    if ((fd = open(path, O_RDWR | O_CLOEXEC)) < 0)
        return;
    shared = mmap(NULL, sizeof(*faults), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    if (shared != MAP_FAILED)
        faults = shared;
}

/* One allocation fails: the one with which the count comes to 0. */
static int
is_refused(void)
{
    return __atomic_load_n(&faults->allocations, __ATOMIC_RELAXED) > 0 &&
           __atomic_sub_fetch(&faults->allocations, 1, __ATOMIC_RELAXED) == 0;
}

extern void *__libc_malloc(size_t bytes);
extern void *__libc_calloc(size_t n, size_t bytes);
extern void *__libc_realloc(void *p, size_t bytes);

void *
malloc(size_t bytes)
{
    return is_refused() ? (errno = ENOMEM, NULL) : __libc_malloc(bytes);
}

void *
calloc(size_t n, size_t bytes)
{
    return is_refused() ? (errno = ENOMEM, NULL) : __libc_calloc(n, bytes);
}

void *
realloc(void *p, size_t bytes)
{
    return is_refused() ? (errno = ENOMEM, NULL) : __libc_realloc(p, bytes);
}

int
clock_gettime(clockid_t clock, struct timespec *out)
{
    static int (*real)(clockid_t, struct timespec *);
    int rc;

    if (real == NULL)
        real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
    rc = real(clock, out);
    if (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)
        out->tv_sec += __atomic_load_n(&faults->clock_s, __ATOMIC_RELAXED);
    return rc;
}
