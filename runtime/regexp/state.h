/* runtime/regexp/state.h - the state's life, and who owns a code in the heap. Thread: the heap's. */
#ifndef WK_REGEXP_STATE_H
#define WK_REGEXP_STATE_H
#include "runtime/regexp/regexp_priv.h"

/* code.c */
bool wk_regexp_contexts_new(struct wk_regexp_state *state);
void wk_regexp_contexts_free(struct wk_regexp_state *state);

/* state.c: makes the state of the heap. It ends with the heap and the last code, whichever is later. */
struct wk_regexp_state *wk_regexp_state_new(duk_context *ctx);
void wk_regexp_state_release(struct wk_regexp_state *state);
/* Pushes an object that will own a code and keeps the two strings. */
void wk_regexp_owner_push(duk_context *ctx, struct wk_regexp_state *state, duk_idx_t source_idx,
                          duk_idx_t flags_idx);
void wk_regexp_owner_set(duk_context *ctx, duk_idx_t idx, struct wk_regexp_code *code);
/* Keeps an owner reachable for the cache, in place of what was in that slot. */
void wk_regexp_hold(duk_context *ctx, struct wk_regexp_state *state, duk_idx_t idx, uint32_t slot);

/* init.c: defines on the object on top. The first gives the function's heap pointer. */
void *wk_regexp_define_method(duk_context *ctx, const char *key, const char *name, duk_c_function fn,
                              duk_idx_t nargs);
void wk_regexp_define_getter(duk_context *ctx, const char *key, const char *name, duk_c_function fn,
                             int magic);
void wk_regexp_define_properties(duk_context *ctx); /* regexp.c */
void wk_regexp_define_legacy(duk_context *ctx);     /* legacy.c; the constructor is on top */
#endif
