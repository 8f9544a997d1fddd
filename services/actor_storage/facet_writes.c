/* Deletions and copies of facets, which go down their trees. */
#include <stdlib.h>
#include <string.h>
#include "services/actor_storage/facets.h"

#define DELETED "Facet was deleted."
#define CLONED_OVER "Facet was cloned-over."
#define COPY_BYTES_MAX (256u << 20)

enum facet_write_kind { FACET_DELETE, FACET_CLONE, FACET_DELETE_BELOW };

struct wk_facet_write {
    struct wk_facet_write *next;
    enum facet_write_kind kind;
    uint16_t below;
    char *from[WK_FACET_DEPTH_MAX], *to[WK_FACET_DEPTH_MAX];
    size_t from_count, to_count;
};

/* A generation that the turn made the current one of a facet. */
struct raise {
    uint16_t number;
    uint32_t before;
};

/* A turn's facet writes while they are worked out, and until they are durable. */
struct job {
    struct wk_resident *root;
    struct wk_batch *batch;
    struct raise *raises;
    size_t count;
    wk_err err;
    void (*done)(struct wk_resident *r, void *arg,
                 wk_err err); /* the turn's own; may be NULL */
    void *arg;
};

static struct wk_resident *
root_of(struct wk_resident *r)
{
    return r->root != NULL ? r->root : r;
}

/* ---- in the turn ---- */

static size_t
path_copy(char **to, char **path, size_t count)
{
    for (size_t i = 0; i < count; i++)
        to[i] = wk_xstrdup(path[i]);
    return count;
}

static void
pending_end(struct wk_resident *root)
{
    root->in_use++;
    root->facets->writes_pending--;
    for (struct wk_resident *f = root->facets->list, *next; f != NULL; f = next) {
        next = f->facets->next;
        wk_resident_settle(f);
    }
    root->in_use--;
}

void
wk_facet_write(struct wk_resident *r, struct wk_turn *turn, const Wk__StorageWrite *write)
{
    struct wk_facet_write *w = wk_xcalloc(1, sizeof(*w)), **at = &turn->facet_writes;
    struct wk_resident *root = root_of(r);

    if (root->facets == NULL)
        root->facets = wk_xcalloc(1, sizeof(*root->facets));
    if (turn->facet_writes == NULL) {
        root->facets->writes_pending++;
        turn->facet_root = root;
    }
    if (write->kind_case == WK__STORAGE_WRITE__KIND_FACET_DELETE) {
        w->from_count =
            path_copy(w->from, write->facet_delete->path, write->facet_delete->n_path);
    } else if (write->kind_case == WK__STORAGE_WRITE__KIND_FACET_CLONE) {
        w->kind = FACET_CLONE;
        w->from_count =
            path_copy(w->from, write->facet_clone->from, write->facet_clone->n_from);
        w->to_count = path_copy(w->to, write->facet_clone->to, write->facet_clone->n_to);
    } else {
        w->kind = FACET_DELETE_BELOW;
        w->below = r->facet;
    }
    while (*at != NULL)
        at = &(*at)->next;
    *at = w;
}

static void
list_free(struct wk_facet_write *w)
{
    while (w != NULL) {
        struct wk_facet_write *next = w->next;

        for (size_t i = 0; i < WK_FACET_DEPTH_MAX; i++) {
            free(w->from[i]);
            free(w->to[i]);
        }
        free(w);
        w = next;
    }
}

void
wk_facet_writes_free(struct wk_turn *turn)
{
    if (turn->facet_writes == NULL)
        return;
    list_free(turn->facet_writes);
    turn->facet_writes = NULL;
    pending_end(turn->facet_root);
}

bool
wk_facet_writes_ready(const struct wk_resident *r)
{
    const struct wk_resident *root = r->root != NULL ? r->root : r;

    for (const struct wk_resident *f = root->facets->list; f != NULL; f = f->facets->next)
        if (f->in_flight > 0)
            return false;
    return true;
}

/* ---- working out ---- */

static void
facet_key(struct job *job, struct wk_buf *key, uint16_t number, uint32_t generation,
          uint8_t kind)
{
    struct wk_entry_key entry = {
        wk_resident_key(job->root), number, generation, kind, {NULL, 0}};

    key->len = 0;
    wk_key_add_entry(key, &entry);
}

/* As the turn has it so far. */
static uint32_t
generation_of(struct job *job, uint16_t number)
{
    struct wk_buf key = {0}, value = {0};
    uint32_t generation = 0;
    wk_err err;

    for (size_t i = job->count; i-- > 0;)
        if (job->raises[i].number == number)
            return job->raises[i].before + 1;
    facet_key(job, &key, number, 0, WK_KEY_GENERATION);
    err = wk_engine_get(job->root->daemon->engine, WK_READ_ANY, WK_SPACE_ENTRIES,
                        wk_span_of(&key), &value);
    if (err == WK_OK && value.len == 4)
        generation = wk_be32((const uint8_t *)value.data);
    else if (err != WK_ENOTFOUND)
        job->err = WK_EIO;
    wk_buf_fini(&key);
    wk_buf_fini(&value);
    return generation;
}

/* What the facet had is gone; gives the generation that is current from here on. */
static uint32_t
generation_raise(struct job *job, uint16_t number)
{
    struct wk_actor_key actor = wk_resident_key(job->root);
    uint32_t before = generation_of(job, number);
    struct wk_buf key = {0};
    uint8_t be[4];

    job->raises = wk_xrealloc(job->raises, (job->count + 1) * sizeof(*job->raises));
    job->raises[job->count++] = (struct raise){number, before};
    wk_tidy_note(job->root->daemon, job->batch, &actor, number, before);
    wk_be32_put(be, before + 1);
    facet_key(job, &key, number, 0, WK_KEY_GENERATION);
    wk_batch_put(job->batch, WK_SPACE_ENTRIES, wk_span_of(&key), (struct wk_span){be, 4});
    wk_buf_fini(&key);
    return before + 1;
}

static void
facet_break(struct job *job, uint16_t number, const char *why)
{
    struct wk_resident *f = wk_facet_resident(job->root, number);

    if (f != NULL && f->state == WK_RESIDENT_LIVE)
        wk_resident_break(f, WK_EBROKEN, why, WK_TRAIT_REMOTE | WK_TRAIT_RESET);
}

static void
tree_delete(struct job *job, uint16_t number, const char *why)
{
    const struct wk_facets *facets = job->root->facets;

    facet_break(job, number, why);
    generation_raise(job, number);
    for (size_t i = 0; i < facets->count; i++)
        if (facets->names[i].parent == number)
            tree_delete(job, facets->names[i].number, why);
}

static void
below_delete(struct job *job, uint16_t number)
{
    const struct wk_facets *facets = job->root->facets;

    for (size_t i = 0; i < facets->count; i++)
        if (facets->names[i].parent == number)
            tree_delete(job, facets->names[i].number, DELETED);
}

/* One key of the source, under the destination's prefix. */
static void
copy_one(struct job *job, const struct wk_buf *from, struct wk_buf *to, struct wk_span key,
         struct wk_span value)
{
    size_t prefix = to->len;

    if (job->batch->records.len > COPY_BYTES_MAX) {
        job->err = WK_ELIMIT;
        return;
    }
    wk_buf_add(to, key.data + from->len, key.len - from->len);
    wk_batch_put(job->batch, WK_SPACE_ENTRIES, wk_span_of(to), value);
    to->len = prefix;
}

/* What the same turn copied to the source before is in its batch only. */
static void
copy_from_turn(struct job *job, const struct wk_buf *from, struct wk_buf *to)
{
    char *records = wk_xmemdup(job->batch->records.data, job->batch->records.len);
    struct wk_span rest = {(const uint8_t *)records, job->batch->records.len};
    struct wk_record record;

    while (job->err == WK_OK && wk_batch_next(&rest, &record) == WK_OK)
        if (record.kind == WK_RECORD_PUT && record.space == WK_SPACE_ENTRIES &&
            record.key.len > from->len && memcmp(record.key.data, from->data, from->len) == 0)
            copy_one(job, from, to, record.key, record.value);
    free(records);
}

static void
facet_copy(struct job *job, uint16_t source, uint16_t destination)
{
    uint32_t from_generation = generation_of(job, source), to_generation;
    struct wk_buf from = {0}, to = {0}, end = {0};
    struct wk_scan *scan;

    to_generation = generation_raise(job, destination);
    facet_key(job, &from, source, from_generation, WK_KEY_OF_GENERATION);
    facet_key(job, &to, destination, to_generation, WK_KEY_OF_GENERATION);
    from.len--, to.len--; /* every kind */
    wk_buf_add(&end, from.data, from.len);
    wk_key_after(&end, 0);
    scan = wk_scan_open(job->root->daemon->engine, WK_READ_ANY, WK_SPACE_ENTRIES,
                        wk_span_of(&from), wk_span_of(&end), false);
    for (; job->err == WK_OK && wk_scan_valid(scan); wk_scan_next(scan))
        if (from_generation > 0 ||
            (uint8_t)wk_scan_key(scan).data[from.len] >= WK_KEY_OF_GENERATION)
            copy_one(job, &from, &to, wk_scan_key(scan), wk_scan_value(scan));
    if (wk_scan_err(scan) != WK_OK)
        job->err = WK_EIO;
    wk_scan_close(scan);
    if (from_generation > 0)
        copy_from_turn(job, &from, &to);
    wk_buf_fini(&from);
    wk_buf_fini(&to);
    wk_buf_fini(&end);
}

static void
tree_copy(struct job *job, uint16_t source, uint16_t destination)
{
    struct wk_facets *facets = job->root->facets;
    size_t count = facets->count; /* names that are added below are not the source's */

    facet_break(job, destination, CLONED_OVER);
    facet_copy(job, source, destination);
    for (size_t i = 0; i < count; i++) /* what the source has not */
        if (facets->names[i].parent == destination &&
            wk_facet_find(job->root, source, facets->names[i].name) == 0)
            tree_delete(job, facets->names[i].number, CLONED_OVER);
    for (size_t i = 0; i < count && job->err == WK_OK; i++) {
        uint16_t child = facets->names[i].number, to;

        if (facets->names[i].parent != source)
            continue;
        if ((to = wk_facet_number(job->root, destination, facets->names[i].name, job->batch)) ==
            0)
            job->err = WK_ELIMIT;
        else
            tree_copy(job, child, to);
    }
}

static uint16_t
path_find(struct job *job, char *const *path, size_t count)
{
    uint16_t number = 0;

    for (size_t i = 0; i < count; i++)
        if ((number = wk_facet_find(job->root, number, path[i])) == 0)
            return 0;
    return number;
}

static void
facet_clone(struct job *job, const struct wk_facet_write *w)
{
    uint16_t source = path_find(job, w->from, w->from_count), destination = 0;

    if (source == 0) {
        if ((destination = path_find(job, w->to, w->to_count)) != 0)
            tree_delete(job, destination, CLONED_OVER);
        return;
    }
    for (size_t i = 0; i < w->to_count; i++)
        if ((destination = wk_facet_number(job->root, destination, w->to[i], job->batch)) ==
            0) {
            job->err = WK_ELIMIT;
            return;
        }
    if (source == destination)
        facet_break(job, destination, CLONED_OVER);
    else
        tree_copy(job, source, destination);
}

static void
facet_do(struct job *job, const struct wk_facet_write *w)
{
    uint16_t number;

    if (w->kind == FACET_CLONE)
        facet_clone(job, w);
    else if (w->kind == FACET_DELETE_BELOW)
        below_delete(job, w->below);
    else if ((number = path_find(job, w->from, w->from_count)) != 0)
        tree_delete(job, number, DELETED);
}

/* The turn is durable, or never will be. */
static void
facets_done(struct wk_resident *r, void *arg, wk_err err)
{
    struct job *job = arg;
    struct wk_actor_key key = wk_resident_key(r);

    for (size_t i = 0; err == WK_OK && i < job->count; i++)
        wk_tidy_begin(r->daemon, &key, job->raises[i].number, job->raises[i].before);
    if (job->done != NULL)
        job->done(r, job->arg, err);
    pending_end(job->root);
    free(job->raises);
    free(job);
}

wk_err
wk_facet_writes_expand(struct wk_resident *r, struct wk_turn *turn)
{
    struct job *job = wk_xcalloc(1, sizeof(*job));
    wk_err err;

    job->root = root_of(r);
    job->batch = &turn->batch;
    job->err = wk_facets_load(job->root);
    for (struct wk_facet_write *w = turn->facet_writes; w != NULL && job->err == WK_OK;
         w = w->next)
        facet_do(job, w);
    if ((err = job->err) != WK_OK) { /* the turn is dropped, and what it holds with it */
        free(job->raises);
        free(job);
        return err;
    }
    list_free(turn->facet_writes);
    turn->facet_writes = NULL;
    job->done = turn->done;
    job->arg = turn->arg;
    turn->done = facets_done;
    turn->arg = job;
    return WK_OK;
}
