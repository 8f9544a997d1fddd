#include "kernel/base/events.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LINE_BYTES_MAX 256u

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int events_fd = -1;
static char events_sort;

void
wk_events_open(char sort, const char *service)
{
    const char *dir = getenv("WK_EVENTS");
    char *path;

    if (dir == NULL || dir[0] == '\0')
        return;
    path = wk_xasprintf("%s/%s-%d.log", dir, service, (int)getpid());
    events_fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    events_sort = sort;
    free(path);
    WK_CHECK(events_fd >= 0); /* a run that is to be checked and cannot be is no good */
    wk_event_add("P.start", WK_EVENT_VALUES((uint64_t)getpid(), (uint64_t)getppid()), 2);
}

int
wk_events_fd(void)
{
    return events_fd;
}

static char *
add_number(char *at, uint64_t n)
{
    char digits[20];
    int count = 0;

    do
        digits[count++] = (char)('0' + n % 10);
    while ((n /= 10) > 0);
    while (count > 0)
        *at++ = digits[--count];
    return at;
}

void
wk_event_add(const char *kind, const uint64_t *values, size_t count)
{
    char line[LINE_BYTES_MAX], *at;
    size_t kind_bytes = strlen(kind);

    if (events_fd < 0 || (kind[0] != events_sort && kind[0] != 'P'))
        return;
    WK_CHECK(kind_bytes + 21 * (count + 1) + 2 <= sizeof(line));
    pthread_mutex_lock(&lock);
    at = add_number(line, wk_now_ns());
    *at++ = ' ';
    memcpy(at, kind, kind_bytes);
    at += kind_bytes;
    for (size_t i = 0; i < count; i++) {
        *at++ = ' ';
        at = add_number(at, values[i]);
    }
    *at++ = '\n';
    if (write(events_fd, line, (size_t)(at - line)) != at - line)
        abort(); /* a log with a hole would accuse the innocent */
    pthread_mutex_unlock(&lock);
}

uint64_t
wk_event_hash(uint64_t seed, const void *bytes, size_t count)
{
    const uint8_t *p = bytes;
    uint64_t hash = UINT64_C(0xcbf29ce484222325) ^ seed * UINT64_C(0x9e3779b97f4a7c15);

    for (size_t i = 0; i < count; i++)
        hash = (hash ^ p[i]) * UINT64_C(0x100000001b3);
    return (hash ^ hash >> 29) & UINT64_C(0xffffffffffff);
}
