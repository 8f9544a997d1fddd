#include "services/actor_storage/facets.h"

#include <stdlib.h>
#include <string.h>

#define NOT_YOURS "a facet is its own actor's"
#define NO_NAME "such a facet cannot be"
#define TOO_MANY "Too many facets."

/* ---- names ---- */

bool
wk_facet_path_ok(char **path, size_t count)
{
    if (count < 1 || count > WK_FACET_DEPTH_MAX)
        return false;
    for (size_t i = 0; i < count; i++)
        if (strlen(path[i]) > WK_FACET_NAME_BYTES_MAX)
            return false;
    return true;
}

static struct wk_facets *
facets_get(struct wk_resident *r)
{
    if (r->facets == NULL)
        r->facets = wk_xcalloc(1, sizeof(*r->facets));
    return r->facets;
}

static void
name_add(struct wk_facets *facets, uint16_t parent, uint16_t number, const char *name,
         size_t bytes)
{
    if (facets->count == facets->cap) {
        facets->cap = facets->cap > 0 ? facets->cap * 2 : 8;
        facets->names = wk_xrealloc(facets->names, facets->cap * sizeof(*facets->names));
    }
    facets->names[facets->count++] =
        (struct wk_facet_name){parent, number, wk_xstrndup(name, bytes)};
}

uint16_t
wk_facet_find(const struct wk_resident *root, uint16_t parent, const char *name)
{
    const struct wk_facets *facets = root->facets;

    for (size_t i = 0; i < facets->count; i++)
        if (facets->names[i].parent == parent && strcmp(facets->names[i].name, name) == 0)
            return facets->names[i].number;
    return 0;
}

/* The record of a name: user key parent (u16 BE) | name, value number (u16 BE). */
static void
name_note(struct wk_resident *root, struct wk_batch *batch, uint16_t parent, uint16_t number,
          const char *name)
{
    struct wk_buf user = {0}, key = {0};
    struct wk_entry_key entry = {.actor = wk_resident_key(root), .kind = WK_KEY_FACETS};
    uint8_t be[2];

    wk_be16_put(be, parent);
    wk_buf_add(&user, be, sizeof(be));
    wk_buf_add_str(&user, name);
    entry.user = (struct wk_span){(const uint8_t *)user.data, user.len};
    wk_key_add_entry(&key, &entry);
    wk_be16_put(be, number);
    wk_batch_put(batch, WK_SPACE_ENTRIES, (struct wk_span){(const uint8_t *)key.data, key.len},
                 (struct wk_span){be, sizeof(be)});
    wk_buf_fini(&user);
    wk_buf_fini(&key);
}

uint16_t
wk_facet_number(struct wk_resident *root, uint16_t parent, const char *name,
                struct wk_batch *batch)
{
    struct wk_facets *facets = root->facets;
    uint16_t number = wk_facet_find(root, parent, name);

    if (number != 0 || facets->count >= WK_FACETS_MAX)
        return number;
    number = (uint16_t)(facets->count + 1); /* none is ever taken away */
    name_add(facets, parent, number, name, strlen(name));
    if (wk_namespace_on_disk(root->ns))
        name_note(root, batch, parent, number, name);
    return number;
}

/* Once for an actor that has or wants facets, and few records: it may wait for the disk. */
wk_err
wk_facets_load(struct wk_resident *root)
{
    struct wk_facets *facets = facets_get(root);
    struct wk_entry_key entry = {.actor = wk_resident_key(root), .kind = WK_KEY_FACETS};
    struct wk_buf start = {0}, end = {0};
    struct wk_scan *scan;
    wk_err err;

    if (facets->loaded || !wk_namespace_on_disk(root->ns)) {
        facets->loaded = true;
        return WK_OK;
    }
    wk_key_add_entry(&start, &entry);
    wk_key_add_entry(&end, &entry);
    wk_key_after(&end, 0);
    scan = wk_scan_open(root->daemon->engine, WK_READ_ANY, WK_SPACE_ENTRIES,
                        (struct wk_span){(const uint8_t *)start.data, start.len},
                        (struct wk_span){(const uint8_t *)end.data, end.len}, false);
    for (; wk_scan_valid(scan); wk_scan_next(scan)) {
        struct wk_span key = wk_scan_key(scan), value = wk_scan_value(scan);

        if (key.len >= start.len + 2 && value.len == 2)
            name_add(facets, wk_be16(key.data + start.len), wk_be16(value.data),
                     (const char *)key.data + start.len + 2, key.len - start.len - 2);
    }
    err = wk_scan_err(scan);
    wk_scan_close(scan);
    wk_buf_fini(&start);
    wk_buf_fini(&end);
    facets->loaded = err == WK_OK;
    return err;
}

/* ---- residents ---- */

struct wk_resident *
wk_facet_resident(const struct wk_resident *root, uint16_t number)
{
    struct wk_resident *f = root->facets != NULL ? root->facets->list : NULL;

    while (f != NULL && f->facet != number)
        f = f->facets->next;
    return f;
}

static struct wk_resident *
facet_resident_get(struct wk_resident *root, uint16_t number)
{
    struct wk_resident *f = wk_facet_resident(root, number);

    if (f != NULL)
        return f;
    f = wk_resident_new(root->daemon, root->ns,
                        (struct wk_span){root->id, root->node.id_bytes});
    f->root = root;
    f->facet = number;
    facets_get(f)->next = root->facets->list;
    root->facets->list = f;
    return f;
}

/* A number is durable before anything is stored under it. */
static void
number_done(struct wk_resident *root, void *arg, wk_err err)
{
    struct wk_resident *f = arg;

    f->pooled--;
    wk_resident_settle(f);
}

static void
number_seal(struct wk_resident *root, struct wk_resident *f, struct wk_batch *batch)
{
    struct wk_turn *turn = wk_xcalloc(1, sizeof(*turn));

    turn->view = root->view;
    turn->view.alarm_changed = false;
    turn->batch = *batch;
    turn->done = number_done;
    turn->arg = f;
    f->pooled++;
    wk_round_seal(root, turn);
}

/* The root, or the facet, whose gate session it was opened for; NULL: nobody's of the root. */
static const struct wk_resident *
asker_of(const struct wk_resident *root, struct wk_session *session)
{
    const struct wk_session *via = wk_session_via(session);
    const struct wk_resident *r = root;

    if (via == NULL || root->state != WK_RESIDENT_LIVE)
        return NULL;
    if (via != root->gate)
        for (r = root->facets != NULL ? root->facets->list : NULL; r != NULL && r->gate != via;)
            r = r->facets->next;
    return r;
}

/* A facet may ask for those below it. */
static bool
may_ask(const struct wk_resident *root, const struct wk_resident *asker,
        const Wk__FacetRef *ref)
{
    uint16_t number = 0;

    for (size_t i = 0; asker->facet != number; i++)
        if (i + 1 >= ref->n_path || (number = wk_facet_find(root, number, ref->path[i])) == 0)
            return false;
    return true;
}

static struct wk_resident *
facet_get(struct wk_resident *root, const Wk__FacetRef *ref)
{
    struct wk_batch batch = {0};
    struct wk_resident *f;
    uint16_t number = 0;

    for (size_t i = 0; i < ref->n_path; i++)
        if ((number = wk_facet_number(root, number, ref->path[i], &batch)) == 0) {
            wk_batch_fini(&batch);
            return NULL;
        }
    f = facet_resident_get(root, number);
    if (batch.count > 0)
        number_seal(root, f, &batch);
    return f;
}

struct wk_resident *
wk_facet_of(struct wk_resident *root, struct wk_session *session, const Wk__ActorRef *ref)
{
    const struct wk_resident *asker = asker_of(root, session);
    struct wk_resident *f;
    wk_err err;

    if (asker == NULL) {
        wk_session_close(session, WK_EDENIED, NOT_YOURS);
        wk_resident_settle(root);
        return NULL;
    }
    if (!wk_facet_path_ok(ref->facet->path, ref->facet->n_path)) {
        wk_session_close(session, WK_EINVAL, NO_NAME);
        return NULL;
    }
    if ((err = wk_facets_load(root)) == WK_OK && !may_ask(root, asker, ref->facet)) {
        wk_session_close(session, WK_EDENIED, NOT_YOURS);
        return NULL;
    }
    if (err != WK_OK || (f = facet_get(root, ref->facet)) == NULL) {
        wk_session_close(session, err != WK_OK ? err : WK_ELIMIT,
                         err != WK_OK ? NULL : TOO_MANY);
        return NULL;
    }
    if (f->state != WK_RESIDENT_LIVE) {
        f->facets->ref.len = 0;
        wk_pack(&ref->facet->base, &f->facets->ref);
    }
    return f;
}

Wk__FacetRef *
wk_facet_ref(struct wk_resident *r)
{
    if (r->root == NULL)
        return NULL;
    wk_arena_reset(&r->facets->arena);
    return (Wk__FacetRef *)(void *)wk_unpack(&wk__facet_ref__descriptor, r->facets->ref.data,
                                             r->facets->ref.len, &r->facets->arena);
}

struct wk_session *
wk_facet_parent(struct wk_resident *r)
{
    return r->root != NULL ? r->root->gate : NULL;
}

bool
wk_facet_must_wait(const struct wk_resident *r)
{
    return r->root != NULL && r->root->facets->writes_pending > 0;
}

bool
wk_facets_busy(const struct wk_resident *r)
{
    return r->facets != NULL && (r->facets->list != NULL || r->facets->writes_pending > 0);
}

bool
wk_facets_quiet(const struct wk_resident *r)
{
    for (struct wk_resident *f = r->facets != NULL ? r->facets->list : NULL; f != NULL;
         f = f->facets->next)
        if (!wk_resident_quiet(f))
            return false;
    return true;
}

static void
names_forget(struct wk_facets *facets)
{
    for (size_t i = 0; i < facets->count; i++)
        free(facets->names[i].name);
    facets->count = 0;
    facets->loaded = false;
}

void
wk_facets_forget(struct wk_resident *root)
{
    if (root->facets != NULL)
        names_forget(root->facets);
}

void
wk_facets_end(struct wk_resident *root, wk_err code, const Wk__Error *error)
{
    struct wk_resident *f = root->facets != NULL ? root->facets->list : NULL, *next;

    for (; f != NULL; f = next) {
        struct wk_session *gate = f->gate;

        next = f->facets->next;
        if (f->state != WK_RESIDENT_LIVE)
            continue;
        f->gate = NULL;
        wk_session_fail(gate, code, error);
        wk_resident_ended(f, code, error);
    }
    if (root->facets != NULL)
        names_forget(root->facets); /* not all of them may have become durable */
}

void
wk_facet_gone(struct wk_resident *r)
{
    struct wk_resident **at = &r->root->facets->list;

    while (*at != r)
        at = &(*at)->facets->next;
    *at = r->facets->next;
}

void
wk_facets_free(struct wk_resident *r)
{
    struct wk_facets *facets = r->facets;

    if (facets == NULL)
        return;
    names_forget(facets);
    free(facets->names);
    wk_buf_fini(&facets->ref);
    wk_arena_fini(&facets->arena);
    free(facets);
    r->facets = NULL;
}
