/* What a turn wrote: checked, and turned into records of the engine. */
#include <stdlib.h>
#include <string.h>
#include "services/actor_storage/actor_storage.h"
#include "services/actor_storage/facets.h"

/* Numbers of pages that are deleted one by one; more go as a range. */
#define PAGES_ONE_BY_ONE 256u

/* ---- checking ---- */

static bool
key_ok(ProtobufCBinaryData key)
{
    return key.len <= WK_RECORD_BYTES_MAX;
}

static bool
write_ok(const struct wk_resident *r, const Wk__StorageWrite *w)
{
    switch (w->kind_case) {
    case WK__STORAGE_WRITE__KIND_PUT:
        return key_ok(w->put->key) &&
               wk_record_bytes(w->put->key.len, w->put->value.len) <= WK_RECORD_BYTES_MAX &&
               !w->put->absent;
    case WK__STORAGE_WRITE__KIND_DELETE:
        return key_ok(w->delete_);
    case WK__STORAGE_WRITE__KIND_COUNTED:
        for (size_t i = 0; i < w->counted->n_keys; i++)
            if (!key_ok(w->counted->keys[i]))
                return false;
        return true;
    case WK__STORAGE_WRITE__KIND_DELETE_ALL:
    case WK__STORAGE_WRITE__KIND_PAGE_COUNT:
        return true;
    case WK__STORAGE_WRITE__KIND_ALARM_MS_PLUS1:
    case WK__STORAGE_WRITE__KIND_ALARM_DONE_MS_PLUS1:
        return r->facet == 0;
    case WK__STORAGE_WRITE__KIND_PAGE:
        return w->page->data.len == WK_PAGE_BYTES && w->page->number < UINT32_MAX;
    case WK__STORAGE_WRITE__KIND_FACET_DELETE:
        return wk_facet_path_ok(w->facet_delete->path, w->facet_delete->n_path);
    case WK__STORAGE_WRITE__KIND_FACET_CLONE:
        return wk_facet_path_ok(w->facet_clone->from, w->facet_clone->n_from) &&
               wk_facet_path_ok(w->facet_clone->to, w->facet_clone->n_to);
    default:
        return false;
    }
}

wk_err
wk_writes_check(const struct wk_resident *r, const Wk__ActorWrites *writes)
{
    for (size_t i = 0; i < writes->n_writes; i++)
        if (!write_ok(r, writes->writes[i]))
            return WK_EPROTO;
    return WK_OK;
}

/* ---- records ---- */

/* The key in the daemon's scratch buffer; good until the next. */
static struct wk_span
entry_key(struct wk_resident *r, uint32_t generation, uint8_t kind, struct wk_span user)
{
    struct wk_buf *key = &r->daemon->key;
    struct wk_entry_key entry = {wk_resident_key(r), r->facet, generation, kind, user};

    key->len = 0;
    wk_key_add_entry(key, &entry);
    return wk_span_of(key);
}

static struct wk_span
page_key(struct wk_resident *r, uint32_t generation, uint32_t number)
{
    uint8_t be[4];

    wk_be32_put(be, number);
    return entry_key(r, generation, WK_KEY_PAGE, (struct wk_span){be, 4});
}

static struct wk_span
alarm_key(struct wk_resident *r, uint64_t ms_plus1)
{
    struct wk_actor_key actor = wk_resident_key(r);

    r->daemon->key.len = 0;
    wk_key_add_alarm(&r->daemon->key, ms_plus1 - 1, &actor);
    return wk_span_of(&r->daemon->key);
}

/* The record keeps the actor's name, for whoever is placed when it is due. */
void
wk_writes_alarm(struct wk_resident *r, struct wk_view *view, struct wk_batch *batch,
                uint64_t ms_plus1)
{
    struct wk_buf *value = &r->daemon->value;
    uint8_t be[8];

    if (view->alarm_plus1 != 0)
        wk_batch_delete(batch, WK_SPACE_ALARMS, alarm_key(r, view->alarm_plus1));
    view->alarm_plus1 = ms_plus1;
    view->alarm_changed = true;
    if (ms_plus1 == 0) {
        wk_batch_delete(batch, WK_SPACE_ENTRIES,
                        entry_key(r, 0, WK_KEY_ALARM, (struct wk_span){NULL, 0}));
        return;
    }
    wk_be64_put(be, ms_plus1);
    value->len = 0;
    wk_buf_add(value, be, sizeof(be));
    if (r->name != NULL)
        wk_buf_add_str(value, r->name);
    wk_batch_put(batch, WK_SPACE_ENTRIES,
                 entry_key(r, 0, WK_KEY_ALARM, (struct wk_span){NULL, 0}), wk_span_of(value));
    wk_batch_put(batch, WK_SPACE_ALARMS, alarm_key(r, ms_plus1), (struct wk_span){NULL, 0});
}

static void
apply_delete_all(struct wk_resident *r, struct wk_view *view, struct wk_batch *batch,
                 bool delete_alarm)
{
    struct wk_actor_key actor = wk_resident_key(r);
    uint8_t be[4];

    wk_tidy_note(r->daemon, batch, &actor, r->facet, view->generation);
    view->generation++;
    view->pages = 0;
    wk_be32_put(be, view->generation);
    wk_batch_put(batch, WK_SPACE_ENTRIES,
                 entry_key(r, 0, WK_KEY_GENERATION, (struct wk_span){NULL, 0}),
                 (struct wk_span){be, 4});
    WK_EVENT("D.deleteall", wk_resident_told(r), view->generation, delete_alarm);
    if (delete_alarm && r->facet == 0) {
        WK_EVENT("D.alarm", wk_resident_told(r), r->incarnation, 0, WK_ALARM_BY_DELETE_ALL);
        wk_writes_alarm(r, view, batch, 0);
    }
}

static void
apply_page(struct wk_resident *r, struct wk_view *view, struct wk_batch *batch,
           const Wk__StoragePage *page)
{
    if (page->number >= view->pages)
        view->pages = page->number + 1;
    wk_batch_put(batch, WK_SPACE_ENTRIES, page_key(r, view->generation, page->number),
                 wk_span_data(page->data));
}

static void
apply_page_count(struct wk_resident *r, struct wk_view *view, struct wk_batch *batch,
                 uint32_t count)
{
    uint8_t be[4];

    if (view->pages > count && view->pages - count <= PAGES_ONE_BY_ONE) {
        for (uint32_t i = count; i < view->pages; i++)
            wk_batch_delete(batch, WK_SPACE_ENTRIES, page_key(r, view->generation, i));
    } else if (view->pages > count) {
        struct wk_buf end = {0};
        struct wk_span last = page_key(r, view->generation, view->pages);

        wk_buf_add(&end, last.data, last.len);
        wk_batch_delete_range(batch, WK_SPACE_ENTRIES, page_key(r, view->generation, count),
                              wk_span_of(&end));
        wk_buf_fini(&end);
    }
    view->pages = count;
    wk_be32_put(be, count);
    wk_batch_put(batch, WK_SPACE_ENTRIES,
                 entry_key(r, view->generation, WK_KEY_PAGE_COUNT, (struct wk_span){NULL, 0}),
                 (struct wk_span){be, 4});
}

static void
apply_delete(struct wk_resident *r, const struct wk_view *view, struct wk_batch *batch,
             ProtobufCBinaryData key)
{
    wk_batch_delete(batch, WK_SPACE_ENTRIES,
                    entry_key(r, view->generation, WK_KEY_ENTRY, wk_span_data(key)));
}

static void
apply_counted(struct wk_resident *r, const struct wk_view *view, struct wk_batch *batch,
              const Wk__CountedDelete *deletion, struct wk_turn *turn)
{
    struct wk_counted *c =
        turn->counted_count > 0 ? &turn->counted[turn->counted_count - 1] : NULL;

    if (c != NULL && c->request == deletion->request && c->first + c->count == batch->count) {
        c->count += (uint32_t)deletion->n_keys; /* more of the same: one answer for all */
    } else {
        turn->counted = wk_xrealloc(turn->counted, (turn->counted_count + 1) * sizeof(*c));
        c = &turn->counted[turn->counted_count++];
        *c =
            (struct wk_counted){deletion->request, batch->count, (uint32_t)deletion->n_keys, 0};
    }
    for (size_t i = 0; i < deletion->n_keys; i++)
        apply_delete(r, view, batch, deletion->keys[i]);
}

/* deleteAll goes for them too. */
static bool
has_facets(const struct wk_resident *r)
{
    return r->has_facets || r->facets != NULL;
}

/* turn: where counts are asked for, and its writes of facets; NULL if there are none. */
static void
apply(struct wk_resident *r, struct wk_view *view, struct wk_batch *batch,
      const Wk__StorageWrite *w, struct wk_turn *turn)
{
    switch (w->kind_case) {
    case WK__STORAGE_WRITE__KIND_PUT:
        wk_batch_put(batch, WK_SPACE_ENTRIES,
                     entry_key(r, view->generation, WK_KEY_ENTRY, wk_span_data(w->put->key)),
                     wk_span_data(w->put->value));
        break;
    case WK__STORAGE_WRITE__KIND_DELETE:
        apply_delete(r, view, batch, w->delete_);
        break;
    case WK__STORAGE_WRITE__KIND_COUNTED:
        apply_counted(r, view, batch, w->counted, turn);
        break;
    case WK__STORAGE_WRITE__KIND_DELETE_ALL:
        apply_delete_all(r, view, batch, w->delete_all->delete_alarm);
        if (has_facets(r))
            wk_facet_write(r, turn, w);
        break;
    case WK__STORAGE_WRITE__KIND_ALARM_MS_PLUS1:
        WK_EVENT("D.alarm", wk_resident_told(r), r->incarnation, w->alarm_ms_plus1,
                 WK_ALARM_BY_ACTOR);
        if (w->alarm_ms_plus1 != view->alarm_plus1)
            wk_writes_alarm(r, view, batch, w->alarm_ms_plus1);
        else
            view->alarm_changed = true;
        break;
    case WK__STORAGE_WRITE__KIND_ALARM_DONE_MS_PLUS1:
        if (view->alarm_plus1 != 0 && view->alarm_plus1 == w->alarm_done_ms_plus1) {
            WK_EVENT("D.alarm", wk_resident_told(r), r->incarnation, 0, WK_ALARM_BY_HANDLER);
            wk_writes_alarm(r, view, batch, 0);
        }
        break;
    case WK__STORAGE_WRITE__KIND_PAGE:
        apply_page(r, view, batch, w->page);
        break;
    case WK__STORAGE_WRITE__KIND_PAGE_COUNT:
        apply_page_count(r, view, batch, w->page_count);
        break;
    default:
        wk_facet_write(r, turn, w);
        break;
    }
}

/* ---- turns ---- */

void
wk_turn_free(struct wk_turn *turn)
{
    if (turn == NULL)
        return;
    wk_batch_fini(&turn->batch);
    free(turn->counted);
    wk_facet_writes_free(turn);
    free(turn);
}

/* Can they go into the round as they are? */
static bool
is_plain(const struct wk_resident *r, const Wk__ActorWrites *writes)
{
    if (!writes->turn_end || r->open != NULL || r->sealed != NULL || r->holds > 0)
        return false;
    for (size_t i = 0; i < writes->n_writes; i++)
        switch (writes->writes[i]->kind_case) {
        case WK__STORAGE_WRITE__KIND_COUNTED:
        case WK__STORAGE_WRITE__KIND_FACET_DELETE:
        case WK__STORAGE_WRITE__KIND_FACET_CLONE:
            return false;
        case WK__STORAGE_WRITE__KIND_DELETE_ALL:
            if (has_facets(r))
                return false;
            break;
        default:
            break;
        }
    return true;
}

static void
take_plain(struct wk_resident *r, const Wk__ActorWrites *writes)
{
    struct wk_round *round = wk_round_filling(r->daemon);
    struct wk_member member = {.resident = r,
                               .incarnation = r->incarnation,
                               .n = r->messages,
                               .view = r->view,
                               .generation_before = r->view.generation};

    member.view.alarm_changed = false;
    for (size_t i = 0; i < writes->n_writes; i++)
        apply(r, &member.view, &round->group.batch, writes->writes[i], NULL);
    r->view = member.view;
    WK_EVENT("D.seal", wk_resident_told(r), member.incarnation, member.n);
    wk_round_join(r, &member);
}

/* Nothing of it is stored; only its alarm is known here. */
static void
take_in_memory(struct wk_resident *r, const Wk__ActorWrites *writes)
{
    for (size_t i = 0; i < writes->n_writes; i++) {
        const Wk__StorageWrite *w = writes->writes[i];
        uint64_t alarm_plus1 = r->view.alarm_plus1;

        if (w->kind_case == WK__STORAGE_WRITE__KIND_ALARM_MS_PLUS1)
            alarm_plus1 = w->alarm_ms_plus1;
        else if (w->kind_case == WK__STORAGE_WRITE__KIND_ALARM_DONE_MS_PLUS1 &&
                 w->alarm_done_ms_plus1 == alarm_plus1)
            alarm_plus1 = 0;
        else if (w->kind_case == WK__STORAGE_WRITE__KIND_DELETE_ALL &&
                 w->delete_all->delete_alarm)
            alarm_plus1 = 0;
        else
            continue;
        r->view.alarm_plus1 = r->alarm_durable_plus1 = alarm_plus1;
        wk_alarms_record(r, alarm_plus1);
    }
    wk_session_advance(r->gate, r->messages);
}

static struct wk_turn *
turn_open(struct wk_resident *r)
{
    struct wk_turn *turn = r->open = wk_xcalloc(1, sizeof(*turn));

    turn->incarnation = r->incarnation;
    turn->view = r->view;
    turn->view.alarm_changed = false;
    return turn;
}

/* A mutant: each write is a batch of its own, and commits as soon as it can. */
static void
take_torn(struct wk_resident *r, const Wk__ActorWrites *writes)
{
    for (size_t i = 0; i < writes->n_writes; i++) {
        struct wk_turn *turn = turn_open(r);

        apply(r, &turn->view, &turn->batch, writes->writes[i], turn);
        turn->n = r->messages;
        r->open = NULL;
        wk_round_seal(r, turn);
        wk_round_submit(r->daemon);
    }
}

void
wk_writes_take(struct wk_resident *r, const Wk__ActorWrites *writes)
{
    struct wk_turn *turn = r->open;

    r->messages++;
    WK_EVENT("D.write", r->incarnation, r->messages, writes->turn_end);
    r->daemon->counters.messages++;
    if (!wk_namespace_on_disk(r->ns)) {
        take_in_memory(r, writes);
        return;
    }
    if (WK_FAULT_MUTANT("batch_torn")) {
        take_torn(r, writes);
        return;
    }
    if (is_plain(r, writes)) {
        (void)WK_FAULT_POINT("D.seal");
        take_plain(r, writes);
        return;
    }
    if (turn == NULL)
        turn = turn_open(r);
    for (size_t i = 0; i < writes->n_writes; i++)
        apply(r, &turn->view, &turn->batch, writes->writes[i], turn);
    (void)WK_FAULT_POINT("D.write.applied");
    turn->n = r->messages;
    if (!writes->turn_end)
        return;
    (void)WK_FAULT_POINT("D.seal");
    r->open = NULL;
    wk_round_seal(r, turn);
}

void
wk_writes_seal(struct wk_resident *r, const Wk__ActorWrites *writes,
               void (*done)(struct wk_resident *r, void *arg, wk_err err), void *arg)
{
    struct wk_turn *turn = wk_xcalloc(1, sizeof(*turn));

    turn->view = r->view;
    turn->view.alarm_changed = false;
    turn->done = done;
    turn->arg = arg;
    for (size_t i = 0; i < writes->n_writes; i++)
        apply(r, &turn->view, &turn->batch, writes->writes[i], turn);
    wk_round_seal(r, turn);
}
