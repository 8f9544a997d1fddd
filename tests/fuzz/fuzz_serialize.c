/* Any bytes as a serialized value: reading ends, in a value or an error; what was read can be
 * written if it is of a kind that can, and what was written reads and writes the same again. */
#include <stdlib.h>
#include <string.h>
#include "runtime/binding/binding.h"
#include "runtime/regexp/regexp.h"
#include "runtime/serialize/serialize.h"

#define HEAP_BYTES (64u << 20)
#define RUNS_PER_HEAP 20000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

/* What only the heap's own pages point to looks lost to the leak detector; wk_engine_free counts instead. */
const char *__asan_default_options(void);
const char *
__asan_default_options(void)
{
    return "detect_leaks=0";
}

struct input {
    const uint8_t *data;
    size_t bytes;
};

static duk_ret_t
boot(duk_context *ctx, void *arg)
{
    wk_regexp_init(ctx);
    wk_binding_init(ctx);
    wk_serialize_init(ctx);
    wk_engine_require(ctx, "language");
    wk_engine_require(ctx, "web");
    return 0;
}

static duk_ret_t
read_value(duk_context *ctx, void *arg)
{
    struct input *input = arg;

    wk_deserialize(ctx, input->data, input->bytes);
    return 1;
}

static duk_ret_t
write_value(duk_context *ctx, void *arg)
{
    wk_serialize(ctx, -1, arg);
    return 0;
}

/* The value at the top is written, read, and written again. */
static void
round_trip(duk_context *ctx)
{
    struct wk_buf first = {0}, second = {0};
    struct input input;

    duk_dup_top(ctx);
    if (duk_safe_call(ctx, write_value, &first, 1, 1) == DUK_EXEC_SUCCESS) {
        duk_pop(ctx);
        input = (struct input){(const uint8_t *)first.data, first.len};
        if (duk_safe_call(ctx, read_value, &input, 0, 1) == DUK_EXEC_SUCCESS &&
            duk_safe_call(ctx, write_value, &second, 1, 1) == DUK_EXEC_SUCCESS)
            WK_CHECK(second.len == first.len &&
                     memcmp(first.data, second.data, first.len) == 0);
    }
    wk_buf_fini(&first);
    wk_buf_fini(&second);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    static struct wk_engine *engine;
    static int runs;
    struct wk_engine_opts opts = {.heap_bytes_max = HEAP_BYTES};
    struct input input = {data, bytes};
    duk_context *ctx;

    if (engine == NULL || ++runs % RUNS_PER_HEAP == 0) {
        wk_engine_free(engine);
        WK_CHECK(wk_engine_new(&opts, &engine) == WK_OK);
        WK_CHECK(duk_safe_call(wk_engine_ctx(engine), boot, NULL, 0, 1) == DUK_EXEC_SUCCESS);
    }
    ctx = wk_engine_ctx(engine);
    duk_set_top(ctx, 0);
    if (duk_safe_call(ctx, read_value, &input, 0, 1) == DUK_EXEC_SUCCESS)
        round_trip(ctx);
    duk_set_top(ctx, 0);
    return 0;
}
