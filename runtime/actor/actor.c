#include "runtime/actor/actor_priv.h"

#include <stdlib.h>
#include <string.h>
#include "runtime/binding/utf8.h"

struct wk_actor *
wk_actor_arg(duk_context *ctx, duk_idx_t idx)
{
    struct wk_exchange *x = wk_exchange_find(wk_isolate_of(ctx), duk_get_uint(ctx, idx));

    return x != NULL && x->actor != NULL && x->actor->exchange == x ? x->actor : NULL;
}

static void
push_id(duk_context *ctx, const struct wk_actor_start *start)
{
    static const char digits[] = "0123456789abcdef";
    char hex[64];

    if (start->id.len != 32) {
        wk_push_utf8(ctx, start->id.data, start->id.len);
        return;
    }
    for (size_t i = 0; i < 32; i++) {
        hex[2 * i] = digits[start->id.data[i] >> 4];
        hex[2 * i + 1] = digits[start->id.data[i] & 15];
    }
    duk_push_lstring(ctx, hex, sizeof(hex));
}

static void
push_facet(duk_context *ctx, const struct wk_actor_start *start)
{
    if (start->facet_depth == 0) {
        duk_push_null(ctx);
        return;
    }
    duk_push_array(ctx);
    for (size_t i = 0; i < start->facet_depth; i++) {
        wk_push_utf8(ctx, start->facet[i], strlen(start->facet[i]));
        duk_put_prop_index(ctx, -2, (duk_uarridx_t)i);
    }
}

struct wk_actor *
wk_actor_open(struct wk_isolate *iso, const struct wk_actor_start *start,
              const struct wk_actor_ops *ops, void *host, void *peer)
{
    struct wk_actor *actor = wk_xcalloc(1, sizeof(*actor));
    duk_context *ctx = iso->ctx;

    actor->isolate = iso;
    actor->ops = ops;
    actor->host = host;
    actor->peer = peer;
    actor->incarnation = start->incarnation;
    actor->storage = start->storage;
    actor->pressed_tail = &actor->pressed;
    actor->gate = wk_gate_new(NULL, NULL);
    actor->exchange = wk_exchange_new(iso, peer, false);
    actor->exchange->actor = actor;
    wk_store_open(actor, start);
    wk_database_open(actor, start);
    duk_require_stack(ctx, 10);
    wk_isolate_hook(iso, HOOK_ACTOR_OPENED);
    duk_push_uint(ctx, actor->exchange->id);
    duk_push_uint(ctx, start->namespace_index);
    push_id(ctx, start);
    wk_push_utf8(ctx, start->name.data, start->name.len);
    duk_push_int(ctx, (int)start->storage);
    duk_push_boolean(ctx, start->enable_sql);
    push_facet(ctx, start);
    wk_isolate_turn(iso, 7);
    return actor;
}

/* Ends what belongs to the actor; what was written and did not leave is lost. */
static void
end_exchanges(struct wk_actor *actor, wk_err code, const struct wk_js_error *error)
{
    struct wk_isolate *iso = actor->isolate;

    for (uint32_t i = 0; i < iso->cap; i++) {
        struct wk_exchange *x = iso->exchanges[i];

        if (x == NULL || x->actor != actor || x == actor->exchange)
            continue;
        if (x->peer != NULL && x->event)
            iso->ops->finish(iso->host, x->peer, code, error);
        else if (x->peer != NULL)
            iso->ops->finish(iso->host, x->peer, WK_ECANCELED, NULL);
        x->peer = NULL;
        wk_exchange_free(x);
    }
}

static void
forget_in_script(struct wk_actor *actor)
{
    duk_context *ctx = actor->isolate->ctx;

    wk_isolate_hook(actor->isolate, HOOK_ACTOR_CLOSED);
    duk_push_uint(ctx, actor->exchange->id);
    duk_pcall(ctx, 1);
    duk_pop(ctx);
}

void
wk_actor_break(struct wk_actor *actor, wk_err code, const struct wk_js_error *error)
{
    if (actor->ended)
        return;
    wk_actor_strand(actor); /* they depend on what never becomes durable */
    actor->ended = true;
    forget_in_script(actor);
    end_exchanges(actor, code, error);
    actor->ops->end(actor->host, actor->peer, code, error);
    actor->peer = actor->exchange->peer = NULL;
    wk_actor_put_down(actor);
}

void
wk_actor_doom(struct wk_actor *actor, const char *message)
{
    if (actor->doom == NULL)
        actor->doom = wk_xstrdup(message);
}

void
wk_actor_closed(struct wk_actor *actor, wk_err code, const struct wk_js_error *error)
{
    WK_CHECK(!actor->ended);
    actor->ended = true;
    actor->peer = actor->exchange->peer = NULL;
    forget_in_script(actor);
    end_exchanges(actor, code == WK_OK ? WK_EUNAVAILABLE : code, error);
    wk_actor_put_down(actor);
}

void
wk_actor_put_down(struct wk_actor *actor)
{
    if (actor->in_turn)
        return;
    WK_EVENT("H.gone", actor->incarnation);
    wk_gate_break(actor->gate, "ended");
    wk_database_fini(actor);
    wk_store_fini(actor);
    wk_turns_fini(actor);
    wk_exchange_free(actor->exchange);
    wk_gate_unref(actor->gate);
    wk_buf_fini(&actor->facet_writes);
    free(actor->doom);
    free(actor);
}

struct wk_actor *
wk_actor_of(const struct wk_exchange *exchange)
{
    return exchange->actor;
}

bool
wk_actor_stands(const struct wk_exchange *exchange)
{
    return exchange->actor != NULL && exchange->actor->exchange == exchange;
}

bool
wk_actor_behalf(const struct wk_exchange *parent, void **out)
{
    const struct wk_actor *actor = parent != NULL ? parent->actor : NULL;

    *out = parent != NULL ? parent->peer : NULL;
    if (parent == NULL || !wk_actor_stands(parent))
        return true;
    *out = actor->ended ? NULL : actor->ops->behalf(actor->host, actor->peer);
    return *out != NULL;
}

void *
wk_actor_peer(const struct wk_actor *actor)
{
    return actor->peer;
}

uint64_t
wk_actor_incarnation(const struct wk_actor *actor)
{
    return actor->incarnation;
}

uint32_t
wk_actor_exchange(const struct wk_actor *actor)
{
    return actor->exchange->id;
}
