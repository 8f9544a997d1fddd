/* Placing an actor: what is stored of it is read, then its gate session is opened at the host.
 */
#include <stdlib.h>
#include <string.h>
#include "kernel/base/log.h"
#include "services/actor_storage/actor_storage.h"
#include "services/actor_storage/facets.h"

#define UNREADABLE                                                                             \
    "Internal error while starting up Durable Object storage caused object to be reset."
#define NOT_THERE "The Durable Object's code is no longer there."

struct load_job {
    uv_work_t pool;
    struct wk_resident *resident;
    struct wk_engine *engine;
    struct wk_actor_key key; /* its id is the resident's, which stays */
    uint16_t facet;
    struct wk_loaded loaded;
};

static ProtobufCBinaryData
bytes_at(const struct wk_buf *buf, size_t *at, size_t bytes)
{
    ProtobufCBinaryData data = WK_BYTES_OF(buf->data + *at, bytes);

    *at += bytes;
    return data;
}

static void
start_fill(Wk__ActorStart *start, const struct wk_loaded *loaded, struct wk_arena *arena)
{
    Wk__StoragePage *pages = wk_arena_alloc(arena, (loaded->pages_count + 1) * sizeof(*pages));
    Wk__StorageEntry *entries =
        wk_arena_alloc(arena, (loaded->entry_count + 1) * sizeof(*entries));
    size_t at = 0;

    start->whole = loaded->whole;
    start->page_count = loaded->page_count;
    start->alarm_ms_plus1 = loaded->view.alarm_plus1;
    start->pages = wk_arena_alloc(arena, (loaded->pages_count + 1) * sizeof(*start->pages));
    start->entries = wk_arena_alloc(arena, (loaded->entry_count + 1) * sizeof(*start->entries));
    for (uint32_t i = 0; i < loaded->pages_count; i++) {
        wk__storage_page__init(&pages[i]);
        pages[i].number = loaded->pages[i];
        pages[i].data = bytes_at(&loaded->bytes, &at, WK_PAGE_BYTES);
        start->pages[start->n_pages++] = &pages[i];
    }
    for (uint32_t i = 0; i < loaded->entry_count; i++) {
        wk__storage_entry__init(&entries[i]);
        entries[i].key = bytes_at(&loaded->bytes, &at, loaded->entries[i].key_bytes);
        entries[i].value = bytes_at(&loaded->bytes, &at, loaded->entries[i].value_bytes);
        start->entries[start->n_entries++] = &entries[i];
    }
}

static void
gate_open(struct wk_resident *r, const struct wk_loaded *loaded)
{
    struct wk_daemon *daemon = r->daemon;
    Wk__ActorRef ref = WK__ACTOR_REF__INIT;
    Wk__ActorStart start = WK__ACTOR_START__INIT;
    WK_ENVELOPE(msg, ACTOR_START, actor_start, &start);
    struct wk_arena arena = {0};

    r->incarnation = daemon->boot_id << 32 | daemon->counter++;
    ref.id = WK_BYTES_OF(r->id, r->node.id_bytes);
    if (r->name != NULL)
        ref.name = r->name;
    ref.facet = wk_facet_ref(r);
    start.namespace_ = r->ns->index;
    start.actor = &ref;
    start.incarnation = r->incarnation;
    start_fill(&start, loaded, &arena);
    r->view = loaded->view;
    r->has_facets = loaded->has_facets;
    r->alarm_durable_plus1 = loaded->view.alarm_plus1;
    r->events = r->messages = 0;
    r->state = WK_RESIDENT_LIVE;
    WK_EVENT("D.place", r->incarnation, wk_resident_told(r), wk_namespace_on_disk(r->ns),
             loaded->view.alarm_plus1);
    r->gate = wk_port_open(daemon->port, r->ns->handle, wk_facet_parent(r), &msg, WK_FLAG_GATE,
                           &wk_gate_events, r);
    wk_arena_fini(&arena);
    daemon->counters.placed++;
    daemon->counters.live++;
    (void)WK_FAULT_POINT("D.place.sent");
}

static void
place_fail(struct wk_resident *r, wk_err code, const char *text)
{
    r->state = WK_RESIDENT_IDLE;
    wk_events_fail(r, code, text, WK_TRAIT_REMOTE | WK_TRAIT_RESET);
    if (r->alarm_wanted)
        wk_alarms_lost(r);
    wk_resident_settle(r);
}

/* What is stored is known. */
static void
place_loaded(struct wk_resident *r, const struct wk_loaded *loaded)
{
    if (loaded->err != WK_OK) {
        wk_log(WK_ERROR, "actor.load", "err=%s", wk_err_name(loaded->err));
        place_fail(r, WK_EIO, UNREADABLE);
        return;
    }
    if (!r->ns->configured || (r->root != NULL && r->root->state != WK_RESIDENT_LIVE)) {
        place_fail(r, WK_EUNAVAILABLE, NOT_THERE);
        return;
    }
    if (loaded->name.len > 0)
        wk_resident_name(r, loaded->name.data);
    if (r->waiting == NULL && !r->alarm_wanted) { /* who asked for it went away */
        r->state = WK_RESIDENT_IDLE;
        wk_resident_settle(r);
        return;
    }
    gate_open(r, loaded);
    wk_resident_settle(r);
    wk_gate_quiesce(r); /* if the daemon is to end: after those that waited */
}

static void
load_work(uv_work_t *pool)
{
    struct load_job *job = WK_CONTAINER(pool, struct load_job, pool);

    wk_load(job->engine, WK_READ_ANY, &job->key, job->facet, &job->loaded);
}

static void
load_done(uv_work_t *pool, int status)
{
    struct load_job *job = WK_CONTAINER(pool, struct load_job, pool);
    struct wk_resident *r = job->resident;

    r->pooled--;
    place_loaded(r, &job->loaded);
    wk_loaded_fini(&job->loaded);
    free(job);
}

void
wk_place_begin(struct wk_resident *r)
{
    struct wk_daemon *daemon = r->daemon;
    struct wk_actor_key key = wk_resident_key(r);
    struct wk_loaded loaded = {.whole = true};
    struct load_job *job;

    r->state = WK_RESIDENT_LOADING;
    if (wk_namespace_on_disk(r->ns))
        wk_load(daemon->engine, WK_READ_CACHED, &key, r->facet, &loaded);
    else if (r->facet == 0)
        loaded.view.alarm_plus1 = wk_alarms_in_memory(daemon, r->ns, key.id);
    if (loaded.err != WK_EAGAIN) {
        place_loaded(r, &loaded);
        wk_loaded_fini(&loaded);
        return;
    }
    job = wk_xcalloc(1, sizeof(*job));
    job->resident = r;
    job->engine = daemon->engine;
    job->key = key;
    job->facet = r->facet;
    r->pooled++;
    daemon->counters.loads_pooled++;
    WK_CHECK(uv_queue_work(daemon->loop, &job->pool, load_work, load_done) == 0);
}
