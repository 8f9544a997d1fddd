#include "runtime/regexp/state.h"

#include <stdlib.h>
#include <string.h>

#define STATE_KEY DUK_HIDDEN_SYMBOL("regexp")
#define OWNED_KEY DUK_HIDDEN_SYMBOL("code")

/* The state found last, so that a call costs no look-up in the stash. */
static __thread struct {
    const struct wk_engine *engine;
    struct wk_regexp_state *state;
} last_state;

static const char *const key_names[WK_RE_KEY_COUNT] = {
    [WK_RE_KEY_CODE] = DUK_HIDDEN_SYMBOL("reCode"),
    [WK_RE_KEY_OWNER] = DUK_HIDDEN_SYMBOL("reOwner"),
    [WK_RE_KEY_LAST_INDEX] = "lastIndex",
    [WK_RE_KEY_EXEC] = "exec",
    [WK_RE_KEY_INDEX] = "index",
    [WK_RE_KEY_INPUT] = "input",
    [WK_RE_KEY_GROUPS] = "groups",
    [WK_RE_KEY_INDICES] = "indices",
    [WK_RE_KEY_FLAGS] = "flags",
    [WK_RE_KEY_CONSTRUCTOR] = "constructor",
    [WK_RE_KEY_SYMBOLS + WK_RE_MATCH] = DUK_WELLKNOWN_SYMBOL("Symbol.match"),
    [WK_RE_KEY_SYMBOLS + WK_RE_MATCH_ALL] = DUK_WELLKNOWN_SYMBOL("Symbol.matchAll"),
    [WK_RE_KEY_SYMBOLS + WK_RE_REPLACE] = DUK_WELLKNOWN_SYMBOL("Symbol.replace"),
    [WK_RE_KEY_SYMBOLS + WK_RE_SEARCH] = DUK_WELLKNOWN_SYMBOL("Symbol.search"),
    [WK_RE_KEY_SYMBOLS + WK_RE_SPLIT] = DUK_WELLKNOWN_SYMBOL("Symbol.split"),
    [WK_RE_KEY_SPECIES] = DUK_WELLKNOWN_SYMBOL("Symbol.species"),
};

void
wk_regexp_keep(duk_context *ctx, uint32_t slot, duk_idx_t idx)
{
    idx = duk_require_normalize_index(ctx, idx);
    duk_push_heapptr(ctx, wk_regexp_state(ctx)->keep);
    duk_dup(ctx, idx);
    duk_put_prop_index(ctx, -2, slot);
    duk_pop(ctx);
}

void
wk_regexp_push_kept(duk_context *ctx, const struct wk_regexp_state *state, uint32_t slot)
{
    duk_push_heapptr(ctx, state->keep);
    duk_get_prop_index(ctx, -1, slot);
    duk_remove(ctx, -2);
}

struct wk_regexp_state *
wk_regexp_state(duk_context *ctx)
{
    const struct wk_engine *engine = wk_engine_of(ctx);

    if (last_state.engine == engine)
        return last_state.state;
    duk_push_global_stash(ctx);
    duk_get_prop_string(ctx, -1, STATE_KEY);
    duk_get_prop_string(ctx, -1, OWNED_KEY);
    last_state.state = duk_require_pointer(ctx, -1);
    last_state.engine = engine;
    duk_pop_3(ctx);
    return last_state.state;
}

void
wk_regexp_state_release(struct wk_regexp_state *state)
{
    if (!state->closing || state->codes > 0)
        return;
    wk_regexp_contexts_free(state);
    free(state);
}

static duk_ret_t
state_finalize(duk_context *ctx)
{
    struct wk_regexp_state *state;

    duk_get_prop_string(ctx, 0, OWNED_KEY);
    if ((state = duk_get_pointer(ctx, -1)) == NULL)
        return 0;
    duk_push_pointer(ctx, NULL);
    duk_put_prop_string(ctx, 0, OWNED_KEY);
    if (last_state.state == state)
        memset(&last_state, 0, sizeof(last_state));
    state->closing = true;
    wk_regexp_state_release(state);
    return 0;
}

static duk_ret_t
owner_finalize(duk_context *ctx)
{
    struct wk_regexp_code *code;

    duk_get_prop_string(ctx, 0, OWNED_KEY);
    code = duk_get_pointer(ctx, -1);
    duk_push_pointer(ctx, NULL);
    duk_put_prop_string(ctx, 0, OWNED_KEY);
    wk_regexp_code_free(code);
    return 0;
}

void
wk_regexp_owner_push(duk_context *ctx, struct wk_regexp_state *state, duk_idx_t source_idx, duk_idx_t flags_idx)
{
    duk_push_bare_object(ctx);
    duk_dup(ctx, source_idx);
    duk_put_prop_literal(ctx, -2, "source");
    duk_dup(ctx, flags_idx);
    duk_put_prop_literal(ctx, -2, "flags");
    duk_push_pointer(ctx, NULL);
    duk_put_prop_string(ctx, -2, OWNED_KEY);
    duk_push_heapptr(ctx, state->finalizer);
    duk_set_finalizer(ctx, -2);
}

void
wk_regexp_owner_set(duk_context *ctx, duk_idx_t idx, struct wk_regexp_code *code)
{
    idx = duk_require_normalize_index(ctx, idx);
    duk_push_pointer(ctx, code);
    duk_put_prop_string(ctx, idx, OWNED_KEY);
}

void
wk_regexp_hold(duk_context *ctx, struct wk_regexp_state *state, duk_idx_t idx, uint32_t slot)
{
    idx = duk_require_normalize_index(ctx, idx);
    duk_push_heapptr(ctx, state->held);
    duk_dup(ctx, idx);
    duk_put_prop_index(ctx, -2, slot);
    duk_pop(ctx);
}

static void
keep_keys(duk_context *ctx, struct wk_regexp_state *state)
{
    for (uint32_t i = 0; i < WK_RE_KEY_COUNT; i++) {
        duk_push_string(ctx, key_names[i]);
        state->keys[i] = duk_get_heapptr(ctx, -1);
        wk_regexp_keep(ctx, WK_RE_KEEP_KEYS + i, -1);
        duk_pop(ctx);
    }
}

struct wk_regexp_state *
wk_regexp_state_new(duk_context *ctx)
{
    struct wk_regexp_state *state = wk_xcalloc(1, sizeof(*state));

    state->engine = wk_engine_of(ctx);
    duk_get_memory_functions(ctx, &state->memory);
    WK_CHECK(wk_regexp_contexts_new(state));
    duk_push_global_stash(ctx);
    duk_push_bare_object(ctx);
    duk_push_pointer(ctx, state);
    duk_put_prop_string(ctx, -2, OWNED_KEY);
    duk_push_c_function(ctx, state_finalize, 1);
    duk_set_finalizer(ctx, -2);
    duk_push_array(ctx);
    state->keep = duk_get_heapptr(ctx, -1);
    duk_put_prop_literal(ctx, -2, "keep");
    duk_put_prop_string(ctx, -2, STATE_KEY);
    duk_pop(ctx);
    last_state.engine = state->engine;
    last_state.state = state;
    keep_keys(ctx, state);
    duk_push_c_function(ctx, owner_finalize, 1);
    state->finalizer = duk_get_heapptr(ctx, -1);
    wk_regexp_keep(ctx, WK_RE_KEEP_FINALIZER, -1);
    duk_push_array(ctx);
    state->held = duk_get_heapptr(ctx, -1);
    wk_regexp_keep(ctx, WK_RE_KEEP_CODES, -1);
    duk_pop_2(ctx);
    return state;
}
