#include "runtime/engine/engine_priv.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define STACK_SPARE_BYTES (256u << 10)
#define OVERDRAFT_BYTES (64u << 10) /* for making the error that says memory is out */
#define EBB_COLLECT_BYTES_MAX (8u << 20) /* collecting takes some milliseconds then */
/* Nothing is charged for what is outside the heap in the last part of the room: whoever asked can fail alone,
 * where script that finds none ends the process. */
#define UNCHARGED_PART 32
#define PRESSURE_MAX                                                                           \
    24u /* allocations that failed at the cap before nothing is given any more */

/* May the heap grow by so much? Near the cap every allocation collects garbage and finds a
 * little; once that has happened PRESSURE_MAX times the heap counts as full until a tenth of it
 * is free. */
static bool
may_grow(struct wk_engine *engine, size_t bytes)
{
    size_t max = engine->heap_bytes_max, used = engine->heap.bytes + engine->charged_bytes;

    if (max == 0)
        return true;
    if (engine->ctx != NULL && engine->ctx->heap->creating_error)
        max += OVERDRAFT_BYTES;
    else if (engine->pressure >= PRESSURE_MAX && used <= max / 10 * 9)
        engine->pressure = 0;
    if (used + bytes <= max &&
        (engine->pressure < PRESSURE_MAX || max > engine->heap_bytes_max))
        return true;
    engine->pressure++;
    engine->memory_exceeded = true;
    return false;
}

static void *
heap_alloc(void *udata, duk_size_t bytes)
{
    struct wk_engine *engine = udata;

    return bytes > 0 && may_grow(engine, bytes) ? wk_heap_alloc(&engine->heap, bytes) : NULL;
}

static void *
heap_realloc(void *udata, void *ptr, duk_size_t bytes)
{
    struct wk_engine *engine = udata;
    size_t had = ptr != NULL ? wk_heap_size(&engine->heap, ptr) : 0;

    if (bytes > had && !may_grow(engine, bytes - had))
        return NULL;
    return wk_heap_realloc(&engine->heap, ptr, bytes);
}

static void
heap_free(void *udata, void *ptr)
{
    wk_heap_free(&((struct wk_engine *)udata)->heap, ptr);
}

static void
heap_fatal(void *udata, const char *msg)
{
    fprintf(stderr, "error engine.fatal reason=\"%s\"\n", msg ? msg : "");
    _exit(WK_ENGINE_EXIT_FATAL);
}

static uint64_t
thread_cpu_ns(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
    return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

unsigned int
wk_engine_exec_timeout(void *udata)
{
    struct wk_engine *engine = udata;
    uint64_t now_ns;

    if (engine->stopped)
        return 1;
    if (engine->cpu_limit_ns == 0)
        return 0;
    now_ns = thread_cpu_ns();
    if (engine->cpu_deadline_ns == 0) {
        engine->cpu_start_ns = now_ns;
        engine->cpu_deadline_ns = now_ns + engine->cpu_limit_ns;
    }
    if (now_ns < engine->cpu_deadline_ns)
        return 0;
    engine->cpu_exceeded = true;
    return 1;
}

/* True in the last stretch of the main thread's stack. */
int
wk_engine_native_stack_check(void)
{
    static __thread char *stack_low;
    char here;

    if (stack_low == NULL) {
        struct rlimit limit;
        size_t bytes = 8u << 20;

        if (getrlimit(RLIMIT_STACK, &limit) == 0 && limit.rlim_cur < bytes)
            bytes = limit.rlim_cur;
        stack_low = &here - (bytes - STACK_SPARE_BYTES);
    }
    return &here < stack_low;
}

void
wk_engine_reseed(struct wk_engine *engine)
{
    duk_heap *heap = engine->ctx->heap;

    do
        wk_random(heap->rnd_state, sizeof(heap->rnd_state));
    while (heap->rnd_state[0] == 0 && heap->rnd_state[1] == 0); /* from there it goes nowhere */
}

void
wk_engine_cpu_limit(struct wk_engine *engine, uint32_t cpu_ms)
{
    engine->cpu_exceeded = false;
    engine->stopped = false;
    engine->cpu_limit_ns = (uint64_t)cpu_ms * 1000000u;
    engine->cpu_deadline_ns = engine->cpu_start_ns = 0;
}

uint64_t
wk_engine_cpu_used_ns(const struct wk_engine *engine)
{
    return engine->cpu_start_ns != 0 ? thread_cpu_ns() - engine->cpu_start_ns : 0;
}

void
wk_engine_cpu_charge(struct wk_engine *engine, uint64_t used_ns)
{
    uint64_t cut = used_ns < engine->cpu_limit_ns ? used_ns : engine->cpu_limit_ns;

    if (engine->cpu_limit_ns == 0)
        return;
    engine->cpu_limit_ns -= cut > 0 ? cut - (cut == engine->cpu_limit_ns) : 0; /* 0 would be none */
    if (engine->cpu_deadline_ns != 0)
        engine->cpu_deadline_ns = engine->cpu_start_ns + engine->cpu_limit_ns;
}

bool
wk_engine_cpu_over(struct wk_engine *engine)
{
    return wk_engine_exec_timeout(engine) != 0;
}

bool
wk_engine_cpu_exceeded(const struct wk_engine *engine)
{
    return engine->cpu_exceeded;
}

void
wk_engine_stop(struct wk_engine *engine)
{
    duk_hthread *thr = engine->ctx->heap->curr_thread;

    engine->stopped = true;
    if (thr != NULL) { /* the check is due at the next instruction, whatever catches */
        thr->interrupt_init = 0;
        thr->interrupt_counter = 0;
    }
}

bool
wk_engine_stopped(const struct wk_engine *engine)
{
    return engine->stopped;
}

double
wk_engine_fullness(const struct wk_engine *engine)
{
    return engine->heap_bytes_max == 0 ? 0
                                       : (double)(engine->heap.bytes + engine->charged_bytes) /
                                             (double)engine->heap_bytes_max;
}

size_t
wk_engine_heap_bytes(const struct wk_engine *engine)
{
    return engine->heap.bytes + engine->charged_bytes;
}

bool
wk_engine_charge(struct wk_engine *engine, size_t bytes)
{
    size_t max = engine->heap_bytes_max;

    if (max != 0 && engine->heap.bytes + engine->charged_bytes + bytes > max - max / UNCHARGED_PART)
        return false;
    engine->charged_bytes += bytes;
    return true;
}

void
wk_engine_charge_more(struct wk_engine *engine, size_t bytes)
{
    engine->charged_bytes += bytes;
}

void
wk_engine_discharge(struct wk_engine *engine, size_t bytes)
{
    WK_CHECK(bytes <= engine->charged_bytes);
    engine->charged_bytes -= bytes;
}

void
wk_engine_heap_limit(struct wk_engine *engine, size_t bytes_max)
{
    engine->heap_bytes_max = bytes_max;
}

bool
wk_engine_memory_exceeded(const struct wk_engine *engine)
{
    return engine->memory_exceeded;
}

void
wk_engine_seal(struct wk_engine *engine)
{
    duk_gc(engine->ctx, 0);
    duk_gc(engine->ctx, DUK_GC_COMPACT);
    malloc_trim(0);
    wk_heap_seal(&engine->heap);
}

void
wk_engine_ebb(struct wk_engine *engine)
{
    duk_heap *heap = engine->ctx->heap;
    duk_uint32_t had;

    if (engine->heap.bytes <= EBB_COLLECT_BYTES_MAX)
        duk_gc(engine->ctx, 0);
    do {
        had = heap->st_size;
        duk_heap_strtable_force_resize(heap); /* one step */
    } while (heap->st_size < had);
    wk_heap_tidy(&engine->heap);
    malloc_trim(0);
}

struct wk_engine *
wk_engine_of(duk_context *ctx)
{
    duk_memory_functions funcs;

    duk_get_memory_functions(ctx, &funcs);
    return funcs.udata;
}

duk_context *
wk_engine_ctx(struct wk_engine *engine)
{
    return engine->ctx;
}

static duk_ret_t
install(duk_context *ctx, void *udata)
{
    wk_engine_cells_init(ctx);
    wk_engine_jobs_init(ctx);
    wk_engine_modules_init(ctx);
    wk_engine_symbols_init(ctx);
    wk_engine_iterators_init(ctx);
    wk_engine_errors_init(ctx);
    wk_engine_maps_init(ctx);
    wk_engine_weak_init(ctx);
    wk_engine_promise_init(ctx);
    wk_engine_generators_init(ctx);
    wk_engine_objects_init(ctx);
    wk_engine_reflect_init(ctx);
    wk_engine_internals_init(ctx);
    wk_engine_records_init(ctx);
    wk_engine_lowered_init(ctx);
    wk_engine_tslib_init(ctx);
    return 0;
}

wk_err
wk_engine_new(const struct wk_engine_opts *opts, struct wk_engine **out)
{
    struct wk_engine *engine = wk_xcalloc(1, sizeof(*engine));

    *out = NULL;
    wk_heap_init(&engine->heap);
    engine->ctx = duk_create_heap(heap_alloc, heap_realloc, heap_free, engine, heap_fatal);
    if (engine->ctx == NULL) {
        wk_heap_fini(&engine->heap);
        free(engine);
        return WK_EMEMORY;
    }
    if (duk_safe_call(engine->ctx, install, NULL, 0, 1) != 0)
        heap_fatal(engine, duk_safe_to_string(engine->ctx, -1));
    duk_pop(engine->ctx);
    engine->heap_bytes_max = opts->heap_bytes_max;
    *out = engine;
    return WK_OK;
}

void
wk_engine_free(struct wk_engine *engine)
{
    if (engine == NULL)
        return;
    engine->heap_bytes_max = 0;
    duk_destroy_heap(engine->ctx);
    WK_CHECK(engine->heap.bytes == 0);
    wk_heap_fini(&engine->heap);
    free(engine);
}
