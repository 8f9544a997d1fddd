#include "services/actor_storage/tool.h"

#include <stdlib.h>
#include <string.h>

#define NO_DISK "this service stores nothing on disk"

static void
tool_free(struct wk_tool *tool)
{
    free(tool->unique_key);
    free(tool->backup_dir);
    free(tool->id_name);
    wk_buf_fini(&tool->id);
    wk_buf_fini(&tool->key);
    wk_buf_fini(&tool->at);
    wk_arena_fini(&tool->arena);
    wk_dump_free(tool->dump);
    WK_CHECK(tool->stage == NULL);
    tool->daemon->tools--;
    free(tool->items);
    free(tool);
}

/* Frees it when nothing refers to it any more. */
static void
tool_settle(struct wk_tool *tool)
{
    if (tool->session == NULL && !tool->pooled && !tool->writing)
        tool_free(tool);
}

/* Nobody asks any more. */
static void
tool_left(struct wk_tool *tool)
{
    tool->session = NULL;
    if (!tool->pooled)
        wk_tool_write_drop(tool);
    tool_settle(tool);
}

void
wk_tool_end(struct wk_tool *tool, wk_err code, const char *text)
{
    if (tool->session != NULL)
        wk_session_close(tool->session, code, text);
    tool_left(tool);
}

/* Who is live only the loop knows. */
static void
mark_live(struct wk_tool *tool, Wk__StorageToolItem *item)
{
    struct wk_namespace *ns = wk_namespace_keyed(tool->daemon, item->unique_key);
    struct wk_resident *r;

    if (ns == NULL || item->id.len == 0)
        return;
    r = wk_resident_find(tool->daemon, ns, (struct wk_span){item->id.data, item->id.len});
    item->live = r != NULL && r->state == WK_RESIDENT_LIVE;
}

void
wk_tool_reply(struct wk_tool *tool)
{
    Wk__StorageToolReply reply = WK__STORAGE_TOOL_REPLY__INIT;
    WK_ENVELOPE(msg, STORAGE_TOOL_REPLY, storage_tool_reply, &reply);

    if (tool->session == NULL) {
        tool_left(tool);
        return;
    }
    if (tool->err != WK_OK || tool->error != NULL) {
        wk_tool_end(tool, tool->err != WK_OK ? tool->err : WK_EINVAL, tool->error);
        return;
    }
    for (size_t i = 0; i < tool->count; i++)
        mark_live(tool, tool->items[i]);
    reply.items = tool->items;
    reply.n_items = tool->count;
    reply.more = tool->more;
    wk_session_send(tool->session, &msg, 0);
    if (!tool->more)
        wk_tool_end(tool, WK_OK, NULL);
}

/* ---- pieces ---- */

static void
piece_work(uv_work_t *pool)
{
    struct wk_tool *tool = WK_CONTAINER(pool, struct wk_tool, pool);

    tool->work(tool);
}

static void
piece_done(uv_work_t *pool, int status)
{
    struct wk_tool *tool = WK_CONTAINER(pool, struct wk_tool, pool);

    tool->pooled = false;
    if (tool->stage != NULL)
        wk_tool_write_done(tool);
    else
        wk_tool_reply(tool);
}

void
wk_tool_pool(struct wk_tool *tool)
{
    tool->pooled = true;
    WK_CHECK(uv_queue_work(tool->daemon->loop, &tool->pool, piece_work, piece_done) == 0);
}

static void
piece_begin(struct wk_tool *tool)
{
    wk_arena_reset(&tool->arena);
    tool->count = tool->bytes = 0;
    tool->more = false;
    wk_tool_pool(tool);
}

/* ---- what is asked ---- */

static void
ask_read(struct wk_tool *tool, void (*work)(struct wk_tool *), const char *unique_key,
         ProtobufCBinaryData id)
{
    tool->work = work;
    tool->unique_key = wk_xstrdup(unique_key);
    wk_buf_add(&tool->id, id.data, id.len);
    piece_begin(tool);
}

static void
ask_dump(struct wk_tool *tool, const Wk__StorageToolDump *dump)
{
    if (wk_tool_dump_begin(tool, dump))
        ask_read(tool, wk_tool_dump_work, dump->unique_key, dump->id);
    else
        wk_tool_end(tool, WK_EINVAL, tool->error);
}

static void
ask_backup(struct wk_tool *tool, const char *dir)
{
    if (dir[0] != '/') {
        wk_tool_end(tool, WK_EINVAL, "the directory of a backup must be absolute");
        return;
    }
    tool->work = wk_tool_backup_work;
    tool->backup_dir = wk_xstrdup(dir);
    piece_begin(tool);
}

static void
ask(struct wk_tool *tool, const Wk__StorageTool *ask)
{
    ProtobufCBinaryData none = {0, NULL};

    switch (ask->ask_case) {
    case WK__STORAGE_TOOL__ASK_LIST:
        ask_read(tool,
                 ask->list->unique_key[0] != '\0' ? wk_tool_list_work : wk_tool_namespaces_work,
                 ask->list->unique_key, ask->list->after);
        break;
    case WK__STORAGE_TOOL__ASK_DUMP:
        ask_dump(tool, ask->dump);
        break;
    case WK__STORAGE_TOOL__ASK_ALARMS:
        ask_read(tool, wk_tool_alarms_work, ask->alarms->unique_key, none);
        break;
    case WK__STORAGE_TOOL__ASK_BACKUP_DIR:
        ask_backup(tool, ask->backup_dir);
        break;
    case WK__STORAGE_TOOL__ASK_WRITE:
        if (!wk_tool_write(tool, ask->write))
            wk_tool_end(tool, WK_EINVAL, tool->error);
        break;
    default:
        wk_tool_end(tool, WK_EUNSUPPORTED, "this daemon does not know that request");
        break;
    }
}

static void
tool_on_message(struct wk_session *session, void *arg, const Wk__Envelope *msg, uint8_t flags)
{
    struct wk_tool *tool = arg;

    if (msg->body_case != WK__ENVELOPE__BODY_STORAGE_TOOL || tool->pooled || tool->writing)
        wk_tool_end(tool, WK_EPROTO, NULL);
    else if (msg->storage_tool->ask_case == WK__STORAGE_TOOL__ASK_NEXT && tool->more &&
             tool->work != NULL)
        piece_begin(tool);
    else if (msg->storage_tool->ask_case == WK__STORAGE_TOOL__ASK_WRITE && tool->begun)
        ask(tool, msg->storage_tool);
    else
        wk_tool_end(tool, WK_EPROTO, NULL);
}

static void
tool_on_closed(struct wk_session *session, void *arg, wk_err code, const Wk__Error *error)
{
    struct wk_tool *tool = arg;

    tool_left(tool);
}

void
wk_tool_open(struct wk_daemon *daemon, struct wk_session *session, const Wk__StorageTool *msg)
{
    static const struct wk_session_events events = {.on_message = tool_on_message,
                                                    .on_closed = tool_on_closed};
    struct wk_tool *tool;

    if (daemon->engine == NULL) {
        wk_session_close(session, WK_ENOTFOUND, NO_DISK);
        return;
    }
    tool = wk_xcalloc(1, sizeof(*tool));
    tool->daemon = daemon;
    tool->engine = daemon->engine;
    tool->session = session;
    daemon->tools++;
    wk_session_accept(session, &events, tool);
    ask(tool, msg);
}
