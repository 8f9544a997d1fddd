#include "storage/room.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "kernel/base/log.h"
#include "storage/file.h"

struct wk_room {
    int fd; /* the reserve file */
    uint64_t reserve_bytes, low_water_bytes;
    pthread_mutex_t lock; /* of the reserve file */
    atomic_bool full;
    atomic_uint_least64_t free_bytes;
};

static uint64_t
look(struct wk_room *room)
{
    struct statvfs st;
    uint64_t bytes = 0;

    /* It can not be asked on a file system that is gone: as good as full. */
    if (fstatvfs(room->fd, &st) == 0)
        bytes = (uint64_t)st.f_bavail * st.f_frsize;
    atomic_store(&room->free_bytes, bytes);
    return bytes;
}

static uint64_t
reserved(struct wk_room *room)
{
    struct stat st;

    return fstat(room->fd, &st) == 0 ? (uint64_t)st.st_blocks * 512 : 0;
}

static void
make_reserve(struct wk_room *room)
{
    if (room->reserve_bytes > 1 && reserved(room) < room->reserve_bytes &&
        posix_fallocate(room->fd, 0, (off_t)room->reserve_bytes) != 0)
        (void)!ftruncate(room->fd, 0); /* no half of it: it would fill the disk for nothing */
}

static void
become_full(struct wk_room *room)
{
    pthread_mutex_lock(&room->lock);
    if (!atomic_exchange(&room->full, true))
        wk_log(WK_WARN, "disk.full", "free_bytes=%llu low_water_bytes=%llu",
               (unsigned long long)atomic_load(&room->free_bytes),
               (unsigned long long)room->low_water_bytes);
    (void)!ftruncate(room->fd, 0);
    pthread_mutex_unlock(&room->lock);
}

wk_err
wk_room_open(const char *dir, uint64_t reserve_bytes, uint64_t low_water_bytes,
             struct wk_room **out)
{
    struct wk_room *room = wk_xcalloc(1, sizeof(*room));
    char *path = wk_file_path(dir, WK_ROOM_RESERVE_NAME);

    *out = NULL;
    room->reserve_bytes = reserve_bytes;
    room->low_water_bytes = low_water_bytes;
    room->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    free(path);
    if (room->fd < 0) {
        free(room);
        return WK_EIO;
    }
    pthread_mutex_init(&room->lock, NULL);
    if (look(room) + reserved(room) >= 2 * low_water_bytes + reserve_bytes)
        make_reserve(room);
    if (look(room) < low_water_bytes)
        (void)!ftruncate(room->fd, 0);
    if (look(room) < low_water_bytes)
        become_full(room);
    *out = room;
    return WK_OK;
}

void
wk_room_close(struct wk_room *room)
{
    if (room == NULL)
        return;
    close(room->fd);
    pthread_mutex_destroy(&room->lock);
    free(room);
}

wk_err
wk_room_check(struct wk_room *room, size_t bytes)
{
    if (atomic_load(&room->full))
        return WK_EOVERLOADED;
    if (look(room) >= room->low_water_bytes + bytes)
        return WK_OK;
    become_full(room);
    return WK_EOVERLOADED;
}

void
wk_room_upkeep(struct wk_room *room)
{
    uint64_t bytes = look(room);

    if (bytes < 2 * room->low_water_bytes + room->reserve_bytes)
        return;
    pthread_mutex_lock(&room->lock);
    make_reserve(room);
    if (atomic_exchange(&room->full, false))
        wk_log(WK_INFO, "disk.free_again", "free_bytes=%llu", (unsigned long long)bytes);
    pthread_mutex_unlock(&room->lock);
}

bool
wk_room_full(const struct wk_room *room)
{
    return atomic_load(&room->full);
}

uint64_t
wk_room_free_bytes(const struct wk_room *room)
{
    return atomic_load(&room->free_bytes);
}
