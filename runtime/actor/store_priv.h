/* runtime/actor/store_priv.h - what the files of native('store') share. */
#ifndef WK_RUNTIME_STORE_PRIV_H
#define WK_RUNTIME_STORE_PRIV_H
#include "runtime/actor/actor_priv.h"

/* flags of script, beside WK_CACHE_NO_CACHE and WK_CACHE_UNCONFIRMED */
#define FLAG_CONCURRENT 4u
#define FLAG_NOW 8u
#define CACHE_FLAGS (WK_CACHE_NO_CACHE | WK_CACHE_UNCONFIRMED)

/* store_args.c */
/* The transaction in memory that argument 1 names; NULL: none. Throws if it is over. */
struct wk_cache_txn *wk_store_txn(duk_context *ctx, struct wk_actor *actor);
/* The string at idx; the bytes live with the stack slot. */
struct wk_span wk_store_span(duk_context *ctx, duk_idx_t idx);
/* Every step-th string of an array at idx, in a buffer that is left on the stack with them. */
struct wk_span *wk_store_spans(duk_context *ctx, duk_idx_t idx, duk_uarridx_t step,
                               size_t *count);
/* Throw if they are too large. */
void wk_store_check_key(duk_context *ctx, const struct wk_actor *actor, struct wk_span key);
/* Throws unless they can be asked for at once. */
void wk_store_check_asked(duk_context *ctx, const struct wk_span *keys, size_t count);
void wk_store_check_range(duk_context *ctx, const struct wk_cache_range *range);
void wk_store_check_value(duk_context *ctx, const struct wk_actor *actor, struct wk_span key,
                          size_t bytes);

/* The verbs: each file's share. */
extern const duk_function_list_entry wk_store_read_verbs[], wk_store_write_verbs[],
    wk_store_txn_verbs[];
#endif
