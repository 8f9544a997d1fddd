/* The job queue (ECMA-262 9.5): a ring of functions, run in order until empty. */
#include "runtime/engine/engine_priv.h"

#define JOBS_KEY DUK_HIDDEN_SYMBOL("jobs")

void
wk_engine_enqueue_job(duk_context *ctx, duk_idx_t idx)
{
    idx = duk_require_normalize_index(ctx, idx);
    duk_push_global_stash(ctx);
    duk_get_prop_string(ctx, -1, JOBS_KEY);
    duk_dup(ctx, idx);
    duk_put_prop_index(ctx, -2, (duk_uarridx_t)duk_get_length(ctx, -2));
    duk_pop_2(ctx);
}

void
wk_engine_run_jobs(struct wk_engine *engine)
{
    duk_context *ctx = engine->ctx;

    duk_push_global_stash(ctx);
    duk_get_prop_string(ctx, -1, JOBS_KEY);
    for (duk_uarridx_t i = 0; i < duk_get_length(ctx, -1); i++) {
        duk_get_prop_index(ctx, -1, i);
        duk_pcall(ctx, 0);
        duk_pop(ctx);
    }
    duk_set_length(ctx, -1, 0);
    duk_pop_2(ctx);
}

void
wk_engine_jobs_init(duk_context *ctx)
{
    duk_push_global_stash(ctx);
    duk_push_array(ctx);
    duk_put_prop_string(ctx, -2, JOBS_KEY);
    duk_pop(ctx);
}
