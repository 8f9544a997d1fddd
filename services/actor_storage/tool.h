/* services/actor_storage/tool.h - one conversation with wkctl: what is stored, piece by piece,
 * or a change of it.
 *
 *     wk_tool_open --> a piece is made in the pool --> sent --> over, or kept until `next` is
 * asked for
 *                  --> writes are staged (stage.h) --end--> the actor is evicted, they take the
 * place of what there was --> sent
 *
 * Thread: the loop's, but for functions named *_work. */
#ifndef WK_ACTOR_STORAGE_TOOL_H
#define WK_ACTOR_STORAGE_TOOL_H
#include "services/actor_storage/actor_storage.h"
#include "services/actor_storage/stage.h"

struct wk_dump;

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

    struct wk_dump *dump; /* tool_dump.c's; its scan is open from the first piece to the last */

    /* a replacement */
    struct wk_stage *stage;
    struct wk_resident *resident; /* held while names of its facets are written, or evicted */
    bool names_new;               /* the message has facets that had no numbers */
    bool ends, writing;           /* the last message was taken; the turn is made */
};

/* ---- tool_read.c: in the pool; each makes the next piece ---- */
void wk_tool_namespaces_work(struct wk_tool *tool);
void wk_tool_list_work(struct wk_tool *tool);
void wk_tool_alarms_work(struct wk_tool *tool);
void wk_tool_backup_work(struct wk_tool *tool);
Wk__StorageToolItem *wk_tool_item(struct wk_tool *tool);
/* A copy that lives as long as the piece. */
ProtobufCBinaryData wk_tool_bytes(struct wk_tool *tool, struct wk_span bytes);
/* The piece is an error. text: of arena or static. */
void wk_tool_failed(struct wk_tool *tool, wk_err err, const char *text);
/* The number of the namespace; 0: there is none, and the error is set. */
uint32_t wk_tool_number(struct wk_tool *tool);
#define WK_TOOL_UNREADABLE "what is stored cannot be read"

/* ---- tool_dump.c ---- */
/* False: it is refused, tool->error says why. */
bool wk_tool_dump_begin(struct wk_tool *tool, const Wk__StorageToolDump *ask);
void wk_tool_dump_work(struct wk_tool *tool);
void wk_dump_free(struct wk_dump *dump);

/* ---- tool_write.c ---- */
/* Takes in writes; at their end they take the place of what there was. False: they are refused,
 * tool->error says why. */
bool wk_tool_write(struct wk_tool *tool, const Wk__StorageToolWrite *write);
/* They are on the disk, or tool->err is set. */
void wk_tool_write_done(struct wk_tool *tool);
/* The session ended before the writes did, and the pool is through. */
void wk_tool_write_drop(struct wk_tool *tool);
/* The generations that it stages in are about to be somebody's: it is given up. tool may be
 * dead afterwards. */
void wk_tool_spoil(struct wk_tool *tool);

/* ---- tool.c ---- */
/* Sends the piece (an empty one says that it is done) or the error. tool may be dead
 * afterwards. */
void wk_tool_reply(struct wk_tool *tool);
void wk_tool_end(struct wk_tool *tool, wk_err code, const char *text);
/* Does tool->work in the pool. */
void wk_tool_pool(struct wk_tool *tool);
#endif
