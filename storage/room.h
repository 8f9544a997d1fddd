/* storage/room.h - never meets a full disk: stops writes while there is still a little space.
 *
 * RocksDB may abort the process when a write of its own finds no space, so no write is begun
 * below a low-water mark. A reserve file is given back to the disk then, for the flushes and
 * compactions that are under way. Writes go on by themselves when there is space for the
 * reserve and twice the mark.
 *
 * Thread: check by the writer, upkeep by any other. */
#ifndef WK_STORAGE_ROOM_H
#define WK_STORAGE_ROOM_H
#include "kernel/base/buf.h"

#define WK_ROOM_RESERVE_NAME "reserve"

struct wk_room;

/* Starts without reserve if there is too little space for it, and full if there is too little
 * even so. WK_EIO. */
wk_err wk_room_open(const char *dir, uint64_t reserve_bytes, uint64_t low_water_bytes,
                    struct wk_room **out);
void wk_room_close(struct wk_room *room);
/* A write of so many bytes may begin: WK_OK, WK_EOVERLOADED. */
wk_err wk_room_check(struct wk_room *room, size_t bytes);
/* Once in a while: ends a full time, makes the reserve again. May take long. */
void wk_room_upkeep(struct wk_room *room);
bool wk_room_full(const struct wk_room *room);
uint64_t wk_room_free_bytes(const struct wk_room *room);
#endif
