/* runtime/engine/engine_priv.h - the engine's inside, for the files of runtime/engine alone. */
#ifndef WK_RUNTIME_ENGINE_PRIV_H
#define WK_RUNTIME_ENGINE_PRIV_H
#include "runtime/engine/engine.h"

struct wk_engine {
    duk_context *ctx;
    size_t heap_bytes;
    size_t heap_bytes_max;
    uint64_t cpu_deadline_ns; /* of the thread's CPU clock; 0: none */
    bool cpu_exceeded;
};

/* native(), require() and the module cache. Called once, by wk_engine_new. */
void wk_engine_modules_init(duk_context *ctx);
/* The job queue. Called once, by wk_engine_new. */
void wk_engine_jobs_init(duk_context *ctx);
#endif
