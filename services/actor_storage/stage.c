#include "services/actor_storage/stage.h"

#include <stdlib.h>
#include <string.h>
#include "services/actor_storage/facets.h"
#include "services/actor_storage/tool.h"

struct wk_actor_key
wk_stage_key(const struct wk_stage *stage)
{
    return (struct wk_actor_key){
        stage->ns->number, stage->ns->text, {stage->id, sizeof(stage->id)}};
}

struct wk_stage *
wk_stage_begin(struct wk_tool *tool, struct wk_namespace *ns, struct wk_span id)
{
    struct wk_stage *stage = tool->daemon->stages;

    while (stage != NULL && (stage->ns != ns || memcmp(stage->id, id.data, id.len) != 0))
        stage = stage->next;
    if (stage != NULL)
        return NULL; /* invariant 1 */
    stage = wk_xcalloc(1, sizeof(*stage));
    stage->tool = tool;
    stage->daemon = tool->daemon;
    stage->ns = ns;
    memcpy(stage->id, id.data, id.len);
    stage->next = stage->daemon->stages;
    stage->daemon->stages = stage;
    return stage;
}

static void
stage_unlist(struct wk_stage *stage)
{
    struct wk_stage **at = &stage->daemon->stages;

    while (*at != stage)
        at = &(*at)->next;
    *at = stage->next;
}

static void
stage_free(struct wk_stage *stage)
{
    wk_batch_fini(&stage->notes);
    wk_batch_fini(&stage->batch);
    free(stage->parts);
    free(stage);
}

void
wk_stage_drop(struct wk_stage *stage)
{
    struct wk_actor_key key;

    if (stage == NULL)
        return;
    key = wk_stage_key(stage);
    stage_unlist(stage);
    for (size_t i = 0; i < stage->part_count; i++)
        wk_tidy_begin(stage->daemon, &key, stage->parts[i].facet, stage->parts[i].generation);
    stage_free(stage);
}

/* ---- parts ---- */

static wk_err
generation_read(struct wk_daemon *daemon, const struct wk_actor_key *actor, uint16_t facet,
                uint32_t *out)
{
    struct wk_entry_key entry = {*actor, facet, 0, WK_KEY_GENERATION, {NULL, 0}};
    struct wk_buf key = {0}, value = {0};
    wk_err err;

    *out = 0;
    wk_key_add_entry(&key, &entry);
    err =
        wk_engine_get(daemon->engine, WK_READ_ANY, WK_SPACE_ENTRIES, wk_span_of(&key), &value);
    if (err == WK_OK && value.len == 4)
        *out = wk_be32((const uint8_t *)value.data);
    wk_buf_fini(&key);
    wk_buf_fini(&value);
    return err == WK_ENOTFOUND ? WK_OK : err;
}

static struct wk_stage_part *
part_find(const struct wk_stage *stage, uint16_t facet)
{
    for (size_t i = stage->part_count; i-- > 0;) /* mostly the last */
        if (stage->parts[i].facet == facet)
            return &stage->parts[i];
    return NULL;
}

wk_err
wk_stage_part(struct wk_stage *stage, uint16_t facet, struct wk_stage_part **out)
{
    struct wk_actor_key key = wk_stage_key(stage);
    uint32_t generation;
    wk_err err;

    if ((*out = part_find(stage, facet)) != NULL)
        return WK_OK;
    if ((err = generation_read(stage->daemon, &key, facet, &generation)) != WK_OK ||
        (err = wk_tidy_highest(stage->daemon, &key, facet, &generation)) != WK_OK)
        return err;
    if (generation > UINT32_MAX - 2 * WK_STAGE_GAP)
        return WK_ELIMIT; /* after 4,000 replacements */
    if ((stage->part_count & (stage->part_count - 1)) == 0)
        stage->parts =
            wk_xrealloc(stage->parts, (stage->part_count > 0 ? 2 * stage->part_count : 1) *
                                          sizeof(*stage->parts));
    wk_tidy_note(stage->daemon, &stage->notes, &key, facet, generation + WK_STAGE_GAP);
    *out = &stage->parts[stage->part_count++];
    **out = (struct wk_stage_part){.generation = generation + WK_STAGE_GAP, .facet = facet};
    return WK_OK;
}

void
wk_stages_note(struct wk_daemon *daemon, const struct wk_actor_key *key, uint16_t facet,
               uint32_t generation)
{
    for (struct wk_stage *stage = daemon->stages; stage != NULL; stage = stage->next) {
        struct wk_actor_key own = wk_stage_key(stage);
        const struct wk_stage_part *part = part_find(stage, facet);

        if (part == NULL || own.space != key->space || wk_span_compare(own.id, key->id) != 0 ||
            generation + WK_STAGE_GAP / 2 < part->generation)
            continue;
        wk_tool_spoil(stage->tool); /* invariant 2; the stage may be gone */
        return;
    }
}

/* ---- what comes in ---- */

static void
put(struct wk_stage *stage, const struct wk_stage_part *part, uint8_t kind, struct wk_span user,
    struct wk_span value)
{
    struct wk_buf *key = &stage->daemon->key;
    struct wk_entry_key entry = {wk_stage_key(stage), part->facet, part->generation, kind,
                                 user};

    key->len = 0;
    wk_key_add_entry(key, &entry);
    wk_batch_put(&stage->batch, WK_SPACE_ENTRIES, wk_span_of(key), value);
}

static const char *
write_page(struct wk_stage *stage, struct wk_stage_part *part, const Wk__StoragePage *page)
{
    uint8_t be[4];

    if (page->data.len != WK_PAGE_BYTES || page->number == UINT32_MAX)
        return "a page is no page";
    wk_be32_put(be, page->number);
    if (page->number >= part->pages_seen)
        part->pages_seen = page->number + 1;
    put(stage, part, WK_KEY_PAGE, (struct wk_span){be, 4}, wk_span_data(page->data));
    return NULL;
}

const char *
wk_stage_write(struct wk_stage *stage, struct wk_stage_part *part,
               const Wk__StorageWrite *write)
{
    uint8_t be[4];

    switch (write->kind_case) {
    case WK__STORAGE_WRITE__KIND_PUT:
        if (write->put->key.len > WK_RECORD_BYTES_MAX ||
            wk_record_bytes(write->put->key.len, write->put->value.len) > WK_RECORD_BYTES_MAX)
            return "a key or a value is too long";
        put(stage, part, WK_KEY_ENTRY, wk_span_data(write->put->key),
            wk_span_data(write->put->value));
        return NULL;
    case WK__STORAGE_WRITE__KIND_PAGE:
        return write_page(stage, part, write->page);
    case WK__STORAGE_WRITE__KIND_PAGE_COUNT:
        wk_be32_put(be, write->page_count);
        part->pages = write->page_count;
        part->has_pages = true;
        put(stage, part, WK_KEY_PAGE_COUNT, (struct wk_span){NULL, 0}, (struct wk_span){be, 4});
        return NULL;
    case WK__STORAGE_WRITE__KIND_ALARM_MS_PLUS1:
        if (part->facet != 0)
            return "a facet has no alarm";
        stage->alarm_plus1 = write->alarm_ms_plus1;
        return NULL;
    default:
        return "that cannot be written this way";
    }
}

const char *
wk_stage_lacks(const struct wk_stage *stage)
{
    for (size_t i = 0; i < stage->part_count; i++)
        if (stage->parts[i].pages_seen > stage->parts[i].pages)
            return "there are pages beyond the end of the database";
    return NULL;
}

/* ---- the switch ---- */

struct replaced {
    uint16_t facet;
    uint32_t generation;
};

/* Until the turn is durable, or never will be. */
struct commit {
    struct wk_stage *stage;
    struct replaced *old;
    size_t count;
    void (*done)(struct wk_resident *r, void *arg, wk_err err);
    void *arg;
};

static void
commit_free(struct commit *commit)
{
    free(commit->old);
    free(commit);
}

static void
commit_done(struct wk_resident *r, void *arg, wk_err err)
{
    struct commit *commit = arg;
    struct wk_actor_key key = wk_stage_key(commit->stage);

    for (size_t i = 0; err == WK_OK && i < commit->count; i++)
        wk_tidy_begin(r->daemon, &key, commit->old[i].facet, commit->old[i].generation);
    if (err == WK_OK)
        stage_unlist(commit->stage);
    if (err == WK_OK)
        stage_free(commit->stage);
    else
        wk_stage_drop(commit->stage);
    commit->done(r, commit->arg, err);
    commit_free(commit);
}

/* The generation of a facet becomes the staged one, or an empty one. */
static wk_err
commit_facet(struct commit *commit, struct wk_batch *batch, uint16_t facet)
{
    struct wk_stage *stage = commit->stage;
    struct wk_actor_key key = wk_stage_key(stage);
    struct wk_entry_key entry = {key, facet, 0, WK_KEY_GENERATION, {NULL, 0}};
    const struct wk_stage_part *part = part_find(stage, facet);
    struct wk_buf record = {0};
    uint32_t old;
    uint8_t be[4];
    wk_err err = generation_read(stage->daemon, &key, facet, &old);

    if (err == WK_OK && part != NULL && old >= part->generation)
        err = WK_EAGAIN;
    if (err != WK_OK)
        return err;
    wk_tidy_note(stage->daemon, batch, &key, facet, old);
    if (part != NULL)
        wk_tidy_unnote(stage->daemon, batch, &key, facet, part->generation);
    wk_be32_put(be, part != NULL ? part->generation : old + 1);
    wk_key_add_entry(&record, &entry);
    wk_batch_put(batch, WK_SPACE_ENTRIES, wk_span_of(&record), (struct wk_span){be, 4});
    wk_buf_fini(&record);
    commit->old[commit->count++] = (struct replaced){facet, old};
    return WK_OK;
}

static wk_err
commit_all(struct commit *commit, struct wk_resident *r, struct wk_turn *turn)
{
    const struct wk_stage *stage = commit->stage;
    const struct wk_stage_part *own = part_find(stage, 0);
    wk_err err = wk_facets_load(r);

    if (err != WK_OK)
        return err;
    commit->old = wk_xcalloc(r->facets->count + 1, sizeof(*commit->old));
    err = commit_facet(commit, &turn->batch, 0);
    for (size_t i = 0; i < r->facets->count && err == WK_OK; i++)
        err = commit_facet(commit, &turn->batch, r->facets->names[i].number);
    if (err != WK_OK)
        return err;
    turn->view = r->view;
    turn->view.generation = own->generation;
    turn->view.pages = own->pages;
    wk_writes_alarm(r, &turn->view, &turn->batch, stage->alarm_plus1);
    return WK_OK;
}

wk_err
wk_stage_commit(struct wk_stage *stage, struct wk_resident *r,
                void (*done)(struct wk_resident *r, void *arg, wk_err err), void *arg)
{
    struct wk_turn *turn = wk_xcalloc(1, sizeof(*turn));
    struct commit *commit = wk_xcalloc(1, sizeof(*commit));
    wk_err err;

    commit->stage = stage;
    commit->done = done;
    commit->arg = arg;
    if ((err = commit_all(commit, r, turn)) != WK_OK) {
        wk_turn_free(turn);
        commit_free(commit);
        return err;
    }
    turn->done = commit_done;
    turn->arg = commit;
    r->view = turn->view; /* so the generations between are nobody's to tidy */
    wk_round_seal(r, turn);
    return WK_OK;
}
