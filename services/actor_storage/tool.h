/* services/actor_storage/tool.h - one conversation with wkctl: what is stored, piece by piece,
 * or a change of it.
 *
 *     wk_tool_open --> a piece is made in the pool --> sent --> over, or kept until `next` is
 * asked for
 *                  --> writes are collected --end--> the actor is evicted, they are one turn of
 * it --> sent
 *
 * Thread: the loop's, but for functions named *_work. */
#ifndef WK_ACTOR_STORAGE_TOOL_H
#define WK_ACTOR_STORAGE_TOOL_H
#include "services/actor_storage/actor_storage.h"

struct wk_tool {
    struct wk_daemon *daemon;
    struct wk_session *session; /* NULL: it ended, and the pool or a turn is not through */
    struct wk_engine *engine;
    uv_work_t pool;
    bool pooled;
    void (*work)(struct wk_tool *tool);

    /* what is asked for */
    char *unique_key, *backup_dir, *id_name;
    struct wk_buf id,
        key; /* key: of the only entry; also: of all spaces, where the next piece begins */
    struct wk_buf
        at; /* the engine's key where the next piece begins; empty: at the beginning */
    bool only_key, begun;

    /* a piece; of arena */
    struct wk_arena arena;
    Wk__StorageToolItem **items;
    size_t count, cap, bytes;
    bool more;
    wk_err err;
    const char *error; /* for a person; of arena or static */

    /* a change */
    struct wk_resident *resident;
    Wk__ActorWrites writes; /* of arena */
    bool replaces, writing;
};

/* ---- tool_read.c: in the pool; each makes the next piece ---- */
void wk_tool_namespaces_work(struct wk_tool *tool);
void wk_tool_list_work(struct wk_tool *tool);
void wk_tool_dump_work(struct wk_tool *tool);
void wk_tool_alarms_work(struct wk_tool *tool);
void wk_tool_backup_work(struct wk_tool *tool);

/* ---- tool_write.c ---- */
/* Takes in writes; at their end they are made. False: they are refused, tool->error says why.
 */
bool wk_tool_write(struct wk_tool *tool, const Wk__StorageToolWrite *write);
/* The session ended before the writes did. */
void wk_tool_write_drop(struct wk_tool *tool);

/* ---- tool.c ---- */
/* Sends the piece (an empty one says that it is done) or the error. tool may be dead
 * afterwards. */
void wk_tool_reply(struct wk_tool *tool);
#endif
