/* The storage daemon on a disk in memory that does what the test says: one letter at a time
 * over the descriptor of WK_TEST_CONTROL, each answered by the same letter when it is done. h
 * hold syncs   r release them   f the next sync fails   u the disk is full   e it is not   w
 * wait until a sync waits */
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>
#include "services/actor_storage/actor_storage.h"
#include "storage/backend_mem.h"

static struct wk_mem_disk *disk;
static struct wk_engine *engine;
static uint64_t held_at; /* syncs there had been when they were held */

static uint64_t
syncs(void)
{
    struct wk_engine_stats stats;

    wk_engine_stats(engine, &stats);
    return stats.syncs;
}

static void
control_do(char letter)
{
    switch (letter) {
    case 'h':
    case 'r':
        held_at = syncs();
        wk_mem_disk_hold(disk, letter == 'h');
        break;
    case 'f':
        wk_mem_disk_fail_sync(disk, 1);
        break;
    case 'u':
    case 'e':
        wk_mem_disk_set_full(disk, letter == 'u');
        break;
    case 'w':
        wk_mem_disk_await_syncs(disk, held_at + 1);
        break;
    default:
        break;
    }
}

static void *
control(void *arg)
{
    int fd = *(int *)arg;
    char letter;

    while (read(fd, &letter, 1) == 1) {
        control_do(letter);
        if (write(fd, &letter, 1) != 1)
            break;
    }
    return NULL;
}

static wk_err
open_mem(const char *dir, struct wk_buf *text, struct wk_engine **out)
{
    wk_err err = wk_mem_disk_open(disk, out);

    engine = *out;
    return err;
}

int
main(void)
{
    static struct wk_daemon daemon;
    static int fd;
    pthread_t thread;

    fd = atoi(getenv("WK_TEST_CONTROL"));
    signal(SIGPIPE, SIG_IGN);
    wk_link_global_init();
    disk = wk_mem_disk_new();
    wk_daemon_init(&daemon, uv_default_loop());
    daemon.engine_open = open_mem;
    wk_alarms_limit(&daemon, 16);
    pthread_create(&thread, NULL, control, &fd);
    if (wk_daemon_connect(&daemon, getenv("WK_LINK_URL"), getenv("WK_LINK_TOKEN")) != WK_OK)
        return 111;
    _exit(wk_daemon_run(&daemon));
}
