/* storage/backend_mem.h - the engine in memory, for tests: a disk that fails on demand.
 *
 * The disk outlives the engines opened on it, as a real one does: close (or crash) and open
 * again.
 *
 * Thread: any, at once, like the engine. Lifetime: the disk outlives its engine. */
#ifndef WK_STORAGE_BACKEND_MEM_H
#define WK_STORAGE_BACKEND_MEM_H
#include "storage/engine.h"

struct wk_mem_disk;

struct wk_mem_disk *wk_mem_disk_new(void);
void wk_mem_disk_free(struct wk_mem_disk *disk);
/* WK_EEXISTS: it is open. */
wk_err wk_mem_disk_open(struct wk_mem_disk *disk, struct wk_engine **out);

/* The nth sync from now fails, and with it all later ones until it is opened again. 0: none. */
void wk_mem_disk_fail_sync(struct wk_mem_disk *disk, unsigned nth);
/* While held no sync ends: the writer waits until it is released. */
void wk_mem_disk_hold(struct wk_mem_disk *disk, bool hold);
/* Blocks until that many syncs wait or have ended since the disk was made. */
void wk_mem_disk_await_syncs(struct wk_mem_disk *disk, uint64_t syncs);
void wk_mem_disk_set_full(struct wk_mem_disk *disk, bool full);
/* The machine loses power: of the batches that no sync covered only the first keep_unsynced
 * survive. Close the engine before; it must have no thread inside. */
void wk_mem_disk_crash(struct wk_mem_disk *disk, size_t keep_unsynced);
#endif
