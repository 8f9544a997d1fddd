/* Replacements of an actor's state, from wkctl: staged as they come, then the actor is evicted
 * and they are one turn of it. */
#include <stdlib.h>
#include <string.h>
#include "services/actor_storage/facets.h"
#include "services/actor_storage/tool.h"

#define REPLACED "The Durable Object's storage was replaced by its operator."
#define UNWRITTEN "it could not be written; nothing of the object was changed"
#define DISK_FULL "the disk is nearly full; nothing of the object was changed"
#define SPOILED                                                                                \
    "the object was emptied too often meanwhile; nothing of it was changed, try again"

/* ---- the messages ---- */

static void
write_work(struct wk_tool *tool)
{
    struct wk_stage *stage = tool->stage;
    wk_err err = WK_OK; /* tool->err is the loop's */

    if (stage->notes.count > 0)
        err = wk_engine_write(tool->engine, &stage->notes, true);
    if (err == WK_OK && stage->batch.count > 0)
        err = wk_engine_write(tool->engine, &stage->batch, false);
    stage->err = err;
    wk_batch_reset(&stage->notes, 0);
    wk_batch_reset(&stage->batch, WK_PIECE_BYTES);
}

/* The numbers of its facets' names are written: until then it is in hand. They may not be on
 * the disk if that failed, so who goes by them starts anew. */
static void
names_done(struct wk_tool *tool)
{
    struct wk_resident *r = tool->resident;

    tool->resident = NULL;
    if (r == NULL)
        return;
    r->pooled--;
    if (tool->err != WK_OK && tool->names_new) {
        wk_facets_forget(r);
        if (r->state == WK_RESIDENT_LIVE) {
            wk_resident_break(r, WK_EBROKEN, REPLACED, WK_TRAIT_REMOTE | WK_TRAIT_RESET);
            return;
        }
    }
    wk_resident_settle(r);
}

static void
refuse(struct wk_tool *tool, wk_err err)
{
    tool->err = err;
    tool->error = err == WK_EOVERLOADED ? DISK_FULL : err == WK_EAGAIN ? SPOILED : UNWRITTEN;
}

/* ---- the end ---- */

static void
write_over(struct wk_tool *tool, wk_err err)
{
    tool->writing = tool->more = false;
    if (err != WK_OK)
        refuse(tool, err);
    wk_tool_reply(tool);
}

static void
write_done(struct wk_resident *r, void *arg, wk_err err)
{
    write_over(arg, err);
}

/* What the actor has now, but for its state: who it is. */
static wk_err
identity_load(struct wk_resident *r, const struct wk_tool *tool)
{
    struct wk_actor_key key = wk_resident_key(r);
    struct wk_loaded loaded;

    wk_load(r->daemon->engine, WK_READ_ANY, &key, 0, &loaded); /* seldom; it may wait */
    if (loaded.err != WK_OK)
        return loaded.err;
    r->view = loaded.view;
    if (loaded.name.len > 0)
        wk_resident_name(r, loaded.name.data);
    else if (tool->id_name != NULL)
        wk_resident_name(r, tool->id_name);
    wk_loaded_fini(&loaded);
    return WK_OK;
}

void
wk_tool_ready(struct wk_resident *r)
{
    struct wk_tool *tool = r->tool;
    struct wk_stage *stage = tool->stage;
    wk_err err;

    r->tool = NULL;
    tool->resident = NULL;
    r->in_use++;
    if ((err = identity_load(r, tool)) == WK_OK) {
        tool->stage = NULL;
        if ((err = wk_stage_commit(stage, r, write_done, tool)) != WK_OK)
            tool->stage = stage;
    }
    if (err != WK_OK) {
        tool->writing = false;
        wk_tool_write_drop(tool);
        write_over(tool, err);
    }
    r->in_use--;
    wk_resident_settle(r);
}

/* All is staged: the actor goes, and wk_tool_ready is called. */
static void
evict(struct wk_tool *tool)
{
    const struct wk_stage *stage = tool->stage;
    struct wk_resident *r = wk_resident_get(tool->daemon, stage->ns,
                                            (struct wk_span){stage->id, sizeof(stage->id)});

    tool->writing = true;
    tool->resident = r;
    r->tool = tool;
    wk_resident_settle(r);
}

void
wk_tool_evict(struct wk_resident *r)
{
    wk_resident_break(r, WK_EBROKEN, REPLACED, WK_TRAIT_REMOTE | WK_TRAIT_RESET);
}

void
wk_tool_write_done(struct wk_tool *tool)
{
    if (tool->stage->err != WK_OK)
        tool->err = tool->stage->err;
    names_done(tool);
    if (tool->err != WK_OK)
        refuse(tool, tool->err);
    if (tool->session == NULL || tool->err != WK_OK || !tool->ends) {
        tool->more = true;
        wk_tool_reply(tool);
        return;
    }
    evict(tool);
}

/* ---- taking them in ---- */

/* The number of the facet; new ones on the way to it are in the stage's notes, and the actor is
 * held. */
static wk_err
facet_number(struct wk_tool *tool, char **path, size_t count, uint16_t *number)
{
    struct wk_stage *stage = tool->stage;
    uint32_t notes = stage->notes.count;
    struct wk_resident *r;
    wk_err err;

    *number = 0;
    if (count == 0)
        return WK_OK;
    r = wk_resident_get(tool->daemon, stage->ns,
                        (struct wk_span){stage->id, sizeof(stage->id)});
    if ((err = wk_facets_load(r)) == WK_OK) {
        for (size_t i = 0; i < count && err == WK_OK; i++)
            if ((*number = wk_facet_number(r, *number, path[i], &stage->notes)) == 0)
                err = WK_ELIMIT;
    }
    tool->names_new = stage->notes.count > notes;
    r->pooled++;
    tool->resident = r;
    return err;
}

static bool
begin(struct wk_tool *tool, const Wk__StorageToolWrite *write)
{
    struct wk_namespace *ns = wk_namespace_keyed(tool->daemon, write->unique_key);
    struct wk_span id = {write->id.data, write->id.len};

    tool->error =
        ns == NULL || !wk_namespace_on_disk(ns) ? "there is no namespace of that key here"
        : ns->text || !wk_key_id_ok(id, false)
            ? "an actor is named by the 64 hex digits of its id"
        : (tool->stage = wk_stage_begin(tool, ns, id)) == NULL ? "it is being written already"
                                                               : NULL;
    if (tool->error != NULL)
        return false;
    tool->work = write_work;
    tool->begun = true;
    if (strlen(write->id_name) <= WK_NAME_BYTES_MAX)
        tool->id_name = wk_xstrdup(write->id_name);
    return true;
}

static const char *
take(struct wk_tool *tool, const Wk__StorageToolWrite *write)
{
    struct wk_stage_part *part;
    const char *bad = NULL;
    uint16_t facet;

    if (write->n_facet > 0 && !wk_facet_path_ok(write->facet, write->n_facet))
        return "such a facet cannot be";
    if (wk_stage_part(tool->stage, 0, &part) != WK_OK)
        return UNWRITTEN;
    if (facet_number(tool, write->facet, write->n_facet, &facet) != WK_OK)
        return "there are too many facets";
    if (wk_stage_part(tool->stage, facet, &part) != WK_OK)
        return UNWRITTEN;
    for (size_t i = 0; i < write->n_writes && bad == NULL; i++)
        bad = wk_stage_write(tool->stage, part, write->writes[i]);
    return bad == NULL && write->end ? wk_stage_lacks(tool->stage) : bad;
}

bool
wk_tool_write(struct wk_tool *tool, const Wk__StorageToolWrite *write)
{
    if (write->begin == tool->begun) {
        tool->error = tool->begun ? "it has begun already" : "it has not begun";
        return false;
    }
    if (!tool->begun && !begin(tool, write))
        return false;
    tool->ends = write->end;
    if ((tool->error = take(tool, write)) != NULL) {
        tool->err = WK_EINVAL; /* names that were given are not on the disk */
        names_done(tool);
        tool->err = WK_OK;
        return false;
    }
    wk_tool_pool(tool);
    return true;
}

void
wk_tool_spoil(struct wk_tool *tool)
{
    if (tool->pooled)
        tool->err = WK_EAGAIN;
    else if (!tool->writing) /* else wk_stage_commit looks */
        wk_tool_end(tool, WK_EAGAIN, SPOILED);
}

void
wk_tool_write_drop(struct wk_tool *tool)
{
    struct wk_resident *r = tool->resident;

    if (tool->stage == NULL)
        return; /* none, or a turn already */
    tool->resident = NULL;
    tool->writing = false;
    wk_stage_drop(tool->stage);
    tool->stage = NULL;
    if (r == NULL)
        return;
    r->tool = NULL;
    wk_resident_settle(r);
}
