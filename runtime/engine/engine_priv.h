/* runtime/engine/engine_priv.h - the engine's inside, for the files of runtime/engine alone. */
#ifndef WK_RUNTIME_ENGINE_PRIV_H
#define WK_RUNTIME_ENGINE_PRIV_H
#include "duk_internal.h" /* before anything that includes duktape.h */
#include "runtime/engine/engine.h"
#include "runtime/engine/heap.h"
#include "runtime/engine/promise.h"

/* Objects the engine must reach fast, each anchored by a slot of engine->cells. */
enum wk_intrinsic {
    WK_PROMISE,
    WK_PROMISE_PROTO,
    WK_PROMISE_THEN,
    WK_PROMISE_RESOLVE,
    WK_GENERATOR_PROTO,
    WK_STATE_PROTO,
    WK_ITERATOR_PROTO,
    WK_ARRAY_ITERATOR_PROTO,
    WK_ARRAY_VALUES,
    WK_MAP_PROTO,
    WK_SET_PROTO,
    WK_MAP_ITERATOR_PROTO,
    WK_SET_ITERATOR_PROTO,
    WK_STRING_ITERATOR_PROTO,
    WK_VALUES_PROTO, /* what for-of lowers to, over arrays: its own result object */
    WK_WEAK_MAP_PROTO,
    WK_WEAK_SET_PROTO,
    WK_WEAK_REF_PROTO,
    WK_REGISTRY_PROTO,
    WK_AGGREGATE_ERROR_PROTO,
    WK_ASYNC_CONTEXT, /* any value, not an object of ours */
    WK_RESOLVERS,     /* promises the host holds by number */
    WK_QUEUE,         /* the job ring */
    WK_KEPT,          /* WeakRef targets of this turn */
    WK_INTRINSICS
};

/* Property keys, interned for good. */
enum wk_key {
    WK_KEY_CELL, /* hidden: what a native closure closes over */
    WK_KEY_THEN,
    WK_KEY_CONSTRUCTOR,
    WK_KEY_PROTOTYPE,
    WK_KEY_NEXT,
    WK_KEY_DONE,
    WK_KEY_VALUE,
    WK_KEY_RETURN,
    WK_KEY_THROW,
    WK_KEY_RESOLVE,
    WK_KEY_LABEL,
    WK_KEY_ITERATOR,
    WK_KEY_SPECIES,
    WK_KEY_ERRORS,
    WK_KEY_ADD,
    WK_KEY_SET,
    WK_KEYS
};

struct wk_engine {
    duk_context *ctx;
    struct wk_heap heap;
    size_t heap_bytes_max; /* 0: none */
    size_t charged_bytes;  /* held outside the heap, on its account */
    uint64_t cpu_limit_ns; /* 0: none */
    /* Of the thread's CPU clock; 0 until the limit's first check, since most turns end before it and reading that
     * clock is a system call. */
    uint64_t cpu_deadline_ns;
    uint64_t cpu_start_ns; /* the time of that check */
    bool cpu_exceeded;
    bool stopped; /* by wk_engine_stop */
    bool memory_exceeded;
    uint32_t pressure; /* allocations refused since a tenth of the heap was free */
    bool jobs_running;
    uint32_t jobs_head; /* index of the next job in the ring */
    uint32_t jobs_len;
    uint32_t resolver_free; /* first free number + 1, 0: none */
    struct wk_slots *cells; /* WK_INTRINSICS values, then WK_KEYS strings; in the stash */
    wk_rejection_fn *on_rejection;
    void *on_rejection_arg;
    wk_uncaught_fn *on_uncaught;
    void *on_uncaught_arg;
};

static inline struct wk_engine *
engine_of(duk_hthread *thr)
{
    return thr->heap->heap_udata;
}

static inline duk_tval *
intrinsic(duk_hthread *thr, enum wk_intrinsic which)
{
    return &engine_of(thr)->cells->slots[which];
}

static inline duk_hobject *
intrinsic_object(duk_hthread *thr, enum wk_intrinsic which)
{
    return DUK_TVAL_GET_OBJECT(intrinsic(thr, which));
}

static inline duk_tval *
key_tval(duk_hthread *thr, enum wk_key key)
{
    return &engine_of(thr)->cells->slots[WK_INTRINSICS + key];
}

static inline duk_hstring *
key_string(duk_hthread *thr, enum wk_key key)
{
    return DUK_TVAL_GET_STRING(key_tval(thr, key));
}

/* Pushes object[key]; object is at idx. */
static inline void
get_key(duk_hthread *thr, duk_idx_t idx, enum wk_key key)
{
    duk_get_prop_heapptr(thr, idx, key_string(thr, key));
}

/* Remembers the value at the top of the stack as an intrinsic; leaves it there. */
void wk_intrinsic_set(duk_hthread *thr, enum wk_intrinsic which);

/* Pushes a native function that closes over the object at the top of the stack, which it
 * replaces. */
void wk_push_closure(duk_hthread *thr, duk_c_function fn, duk_idx_t nargs, int magic);
/* What the running native function closes over. */
struct wk_slots *wk_closure_cell(duk_hthread *thr);

/* The prototype for an object that the running builtin constructor makes: of new.target, or of
 * `this` when lowered code calls the constructor as `_super.call(this, ...)`. Throws TypeError
 * otherwise. */
duk_hobject *wk_constructor_proto(duk_hthread *thr, const char *name, enum wk_intrinsic proto);

/* Defines a global constructor and its prototype: pushes both, [ctor proto]. */
void wk_push_class(duk_hthread *thr, const char *name, duk_c_function ctor, duk_idx_t length,
                   const duk_function_list_entry *statics,
                   const duk_function_list_entry *methods);
/* An entry's nargs is the function's length, plus WK_VARARGS when it sees any number of
 * arguments, or WK_ARGS(n) when it sees n more than its length. */
#define WK_VARARGS 0x80
#define WK_ARGS(more) ((more) << 8)
/* Non-enumerable data property / getter on the object at idx; value at the top, popped. */
void wk_define_value(duk_hthread *thr, duk_idx_t idx, const char *key);
void wk_define_getter(duk_hthread *thr, duk_idx_t idx, const char *key, duk_c_function get);
void wk_define_methods(duk_hthread *thr, duk_idx_t idx, const duk_function_list_entry *methods);
void wk_define_tag(duk_hthread *thr, duk_idx_t idx, const char *tag);

duk_ret_t wk_return_this(duk_context *ctx);
/* An array whose iteration script has not changed. */
bool wk_is_plain_array(duk_hthread *thr, duk_idx_t idx);
/* Pushes the iterator of the iterable at idx. Throws TypeError. */
void wk_push_iterator(duk_hthread *thr, duk_idx_t idx);
/* Calls fn for each value of the iterable at idx, the value at the top of the stack; fn pops
 * nothing. fn returns false to stop early, which closes the iterator, as a throw does. */
typedef bool wk_each_fn(duk_hthread *thr, void *arg);
void wk_each(duk_hthread *thr, duk_idx_t idx, wk_each_fn *fn, void *arg);

enum wk_job {
    WK_JOB_CALL,     /* a: function */
    WK_JOB_FULFILL,  /* a: target, b: handler, c: value */
    WK_JOB_REJECT,   /* the same, for a rejection */
    WK_JOB_THENABLE, /* a: promise, b: thenable, c: its then; undefined: it is a promise of ours
                      */
};
/* NULL values are undefined; a NULL context is the current one. */
void wk_job_add(duk_hthread *thr, enum wk_job job, const duk_tval *a, const duk_tval *b,
                const duk_tval *c, const duk_tval *context);

/* The error at the top of the stack goes to the host's uncaught hook; it is popped. */
void wk_engine_report(duk_hthread *thr);

/* promise.c */
struct wk_slots *wk_promise_push(duk_hthread *thr);
void wk_promise_do_resolve(duk_hthread *thr, struct wk_slots *p, const duk_tval *value);
void wk_promise_do_reject(duk_hthread *thr, struct wk_slots *p, const duk_tval *value);
void wk_promise_do_then(duk_hthread *thr, struct wk_slots *p, const duk_tval *target,
                        const duk_tval *on_fulfilled, const duk_tval *on_rejected);
/* Sends the value at the top to a reaction's target, and pops it. */
void wk_promise_deliver(duk_hthread *thr, const duk_tval *target, bool ok);
/* Pushes [cell resolve reject]; the cell's flags say that one of the two was called. */
void wk_promise_push_functions(duk_hthread *thr, struct wk_slots *p);
/* Pushes what settles a new promise of the constructor at idx: a promise of ours or a
 * capability. */
void wk_capability_push(duk_hthread *thr, duk_idx_t ctor);
/* Pushes the promise of the target at idx. */
void wk_capability_promise(duk_hthread *thr, duk_idx_t idx);
/* Pushes PromiseResolve(constructor at ctor, value at idx). */
void wk_promise_push_resolved(duk_hthread *thr, duk_idx_t ctor, duk_idx_t idx);
extern const duk_function_list_entry wk_promise_combinators[];
/* Runs one reaction or thenable job whose values are a, b, c at [at, at + 3). */
void wk_promise_job(duk_hthread *thr, enum wk_job job, duk_idx_t at);
/* await: resumes target (a state) with the value at idx once it has settled. */
void wk_promise_await(duk_hthread *thr, duk_idx_t idx, const duk_tval *target);

/* generator.c: goes on with a lowered async function. The value is at the top, popped. */
void wk_state_resume(duk_hthread *thr, struct wk_slots *state, bool threw);

/* weak_api.c: queues the cleanup of registries whose targets are gone; true if there was any.
 */
bool wk_registry_jobs_add(duk_hthread *thr);

/* Each installs its part of the language. Called once, by wk_engine_new. */
void wk_engine_modules_init(duk_context *ctx);
void wk_engine_cells_init(duk_context *ctx);
void wk_engine_jobs_init(duk_context *ctx);
void wk_engine_symbols_init(duk_context *ctx);
void wk_engine_errors_init(duk_context *ctx);
void wk_engine_iterators_init(duk_context *ctx);
void wk_engine_reflect_init(duk_context *ctx);
void wk_engine_objects_init(duk_context *ctx);
void wk_engine_tslib_init(duk_context *ctx);
void wk_engine_lowered_init(duk_context *ctx);
void wk_engine_maps_init(duk_context *ctx);
void wk_engine_weak_init(duk_context *ctx);
void wk_engine_promise_init(duk_context *ctx);
void wk_engine_generators_init(duk_context *ctx);
void wk_engine_internals_init(duk_context *ctx);
void wk_engine_records_init(duk_context *ctx);
#endif
