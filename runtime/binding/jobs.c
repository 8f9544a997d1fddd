/* native('jobs'): enqueue(fn) puts a function at the end of the engine's job queue. */
#include "runtime/binding/binding.h"

static duk_ret_t
jobs_enqueue(duk_context *ctx)
{
    duk_require_function(ctx, 0);
    wk_engine_enqueue_job(ctx, 0);
    return 0;
}

void
wk_binding_jobs_init(duk_context *ctx)
{
    static const duk_function_list_entry verbs[] = {{"enqueue", jobs_enqueue, 1},
                                                    {NULL, NULL, 0}};

    wk_engine_native(ctx, "jobs", verbs);
}
