/* tests/support/actor_test.c FILE - runs one lowered test file against actors in an isolate,
 * with a storage daemon in memory behind wk_actor_ops and no process around it.
 *
 * actor_driver.js gives the file its functions and is the daemon. What it asks for (an answer,
 * a turn) is done from the loop here, one after the other, as messages would. The clock is
 * virtual: when nothing else is left it jumps to the next timer. Prints a line per test and "N
 * passed, N failed"; exit status 1 if any failed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "kernel/base/buf.h"
#include "runtime/actor/actor.h"
#include "runtime/isolate/isolate_priv.h"

#define DRIVER "tests/support/actor_driver.js"
#define ACTORS_MAX 4096
#define ROUNDS_MAX 2000000

static struct wk_isolate *iso;
static int failed, passed;
static uint64_t clock_ms = 1000000, timer_ms;
static struct wk_actor *actors[ACTORS_MAX];
static uint32_t actor_count;
static void *driver; /* heap pointer */

uint64_t __wrap_wk_now_ms(void);
uint64_t __wrap_wk_now_ns(void);
uint64_t __real_wk_now_ns(void);
uint64_t __wrap_wk_unix_ms(void);
uint64_t
__wrap_wk_now_ns(void)
{
    return clock_ms * 1000000u;
}

uint64_t
__wrap_wk_now_ms(void)
{
    return clock_ms;
}

uint64_t
__wrap_wk_unix_ms(void)
{
    return 1700000000000u + clock_ms;
}

/* ---- to the driver ---- */

/* Calls driver[name] with the nargs values at the top; leaves its result. */
static void
tell(const char *name, duk_idx_t nargs)
{
    duk_context *ctx = iso->ctx;

    duk_push_heapptr(ctx, driver);
    duk_push_string(ctx, name);
    duk_insert(ctx, -(nargs + 2));
    duk_insert(ctx, -(nargs + 2));
    if (duk_pcall_prop(ctx, -(nargs + 2), nargs) != 0) {
        printf("FAIL the driver: %s\n", duk_safe_to_stacktrace(ctx, -1));
        exit(1);
    }
    duk_remove(ctx, -2);
}

static uint32_t
index_of(void *peer)
{
    return (uint32_t)(uintptr_t)peer - 1;
}

static void
push_bytes(struct wk_span span)
{
    static struct wk_buf utf8;

    utf8.len = 0;
    wk_buf_reserve(&utf8, span.len * 2 + 1);
    for (size_t i = 0; i < span.len; i++) {
        if (span.data[i] >= 0x80)
            wk_buf_add_char(&utf8, (char)(0xc0 | span.data[i] >> 6));
        wk_buf_add_char(&utf8, (char)(span.data[i] >= 0x80 ? (0x80 | (span.data[i] & 0x3f))
                                                           : span.data[i]));
    }
    duk_push_lstring(iso->ctx, utf8.data, utf8.len);
}

static void
daemon_writes(void *host, void *peer, const struct wk_write *writes, size_t count,
              bool confirmed, bool turn_end)
{
    duk_context *ctx = iso->ctx;

    duk_require_stack(ctx, 16);
    duk_push_uint(ctx, index_of(peer));
    duk_push_array(ctx);
    for (size_t i = 0; i < count; i++) {
        duk_push_array(ctx);
        duk_push_int(ctx, (int)writes[i].kind);
        duk_put_prop_index(ctx, -2, 0);
        push_bytes(writes[i].key);
        duk_put_prop_index(ctx, -2, 1);
        push_bytes(writes[i].value);
        duk_put_prop_index(ctx, -2, 2);
        duk_push_number(ctx, (double)writes[i].number);
        duk_put_prop_index(ctx, -2, 3);
        duk_put_prop_index(ctx, -2, (duk_uarridx_t)i);
    }
    duk_push_boolean(ctx, confirmed);
    duk_push_boolean(ctx, turn_end);
    tell("writes", 4);
    duk_pop(ctx);
}

static void
push_read(void *peer, const struct wk_actor_read *read)
{
    duk_context *ctx = iso->ctx;

    duk_require_stack(ctx, 16);
    duk_push_uint(ctx, index_of(peer));
    duk_push_object(ctx);
    duk_push_uint(ctx, read->request);
    duk_put_prop_string(ctx, -2, "request");
    duk_push_array(ctx);
    for (size_t i = 0; i < read->key_count; i++) {
        push_bytes(read->keys[i]);
        duk_put_prop_index(ctx, -2, (duk_uarridx_t)i);
    }
    duk_put_prop_string(ctx, -2, "keys");
    push_bytes(read->start);
    duk_put_prop_string(ctx, -2, "start");
    push_bytes(read->end);
    duk_put_prop_string(ctx, -2, "end");
    duk_push_array(ctx);
    for (size_t i = 0; i < read->page_count; i++) {
        duk_push_uint(ctx, read->pages[i]);
        duk_put_prop_index(ctx, -2, (duk_uarridx_t)i);
    }
    duk_put_prop_string(ctx, -2, "pages");
    duk_push_number(ctx, (double)read->limit);
    duk_put_prop_string(ctx, -2, "limit");
    duk_push_boolean(ctx, read->list);
    duk_put_prop_string(ctx, -2, "list");
    duk_push_boolean(ctx, read->reverse);
    duk_put_prop_string(ctx, -2, "reverse");
    duk_push_boolean(ctx, read->next);
    duk_put_prop_string(ctx, -2, "next");
    duk_push_boolean(ctx, read->alarm);
    duk_put_prop_string(ctx, -2, "alarm");
}

static void
daemon_read(void *host, void *peer, const struct wk_actor_read *read)
{
    push_read(peer, read);
    tell("read", 2);
    duk_pop(iso->ctx);
}

/* The answer object at the top of the stack. The bytes live with their strings on the stack, in
 * buf. */
static void
with_answer(void (*fn)(void *arg, const struct wk_actor_answer *answer), void *arg)
{
    duk_context *ctx = iso->ctx;
    duk_idx_t at = duk_get_top_index(ctx);
    struct wk_actor_answer answer = {0};
    struct wk_actor_entry *entries;
    struct wk_buf buf = {0};
    size_t *sizes, n, used = 0;

    duk_get_prop_string(ctx, at, "request");
    answer.request = duk_get_uint(ctx, -1);
    duk_get_prop_string(ctx, at, "more");
    answer.more = duk_to_boolean(ctx, -1);
    duk_get_prop_string(ctx, at, "count");
    answer.count = (uint64_t)duk_get_number_default(ctx, -1, 0);
    duk_get_prop_string(ctx, at, "alarm");
    answer.alarm_ms_plus1 = (uint64_t)duk_get_number_default(ctx, -1, 0);
    duk_get_prop_string(ctx, at, "error");
    answer.error = duk_get_string(ctx, -1);
    duk_get_prop_string(ctx, at, "entries");
    n = duk_is_array(ctx, -1) ? duk_get_length(ctx, -1) : 0;
    entries = wk_xcalloc(n + 1, sizeof(*entries));
    sizes = wk_xcalloc(2 * n + 1, sizeof(*sizes));
    for (size_t i = 0; i < n; i++) {
        duk_get_prop_index(ctx, -1, (duk_uarridx_t)i);
        for (duk_uarridx_t k = 0; k < 2; k++) {
            duk_get_prop_index(ctx, -1, k);
            for (size_t c = 0; c < duk_get_length(ctx, -1); c++)
                wk_buf_add_char(&buf, (char)duk_char_code_at(ctx, -1, c));
            sizes[2 * i + k] = duk_get_length(ctx, -1);
            duk_pop(ctx);
        }
        duk_get_prop_index(ctx, -1, 2);
        entries[i].absent = duk_to_boolean(ctx, -1);
        duk_pop_2(ctx);
    }
    for (size_t i = 0; i < n; i++) {
        entries[i].key = (struct wk_span){(uint8_t *)buf.data + used, sizes[2 * i]};
        used += sizes[2 * i];
        entries[i].value = (struct wk_span){(uint8_t *)buf.data + used, sizes[2 * i + 1]};
        used += sizes[2 * i + 1];
    }
    answer.entries = entries;
    answer.entry_count = n;
    duk_get_prop_string(ctx, at, "pages");
    if (duk_is_array(ctx, -1) && duk_get_length(ctx, -1) == 1) {
        static uint8_t data[WK_PAGE_BYTES];
        static struct wk_actor_page page = {.data = data};

        duk_get_prop_index(ctx, -1, 0);
        duk_get_prop_index(ctx, -1, 0);
        page.number = duk_get_uint(ctx, -1);
        duk_get_prop_index(ctx, -2, 1);
        for (size_t i = 0; i < WK_PAGE_BYTES; i++)
            data[i] = (uint8_t)duk_char_code_at(ctx, -1, i);
        answer.pages = &page;
        answer.page_count = 1;
    }
    fn(arg, &answer);
    free(entries);
    free(sizes);
    wk_buf_fini(&buf);
    duk_set_top(ctx, at + 1);
}

static wk_err
daemon_read_now(void *host, void *peer, const struct wk_actor_read *read,
                void (*answer)(void *arg, const struct wk_actor_answer *answer), void *arg)
{
    push_read(peer, read);
    tell("readNow", 2);
    with_answer(answer, arg);
    duk_pop(iso->ctx);
    return WK_OK;
}

static void
daemon_offer(void *host, void *peer, uint64_t events)
{
}

static void
daemon_end(void *host, void *peer, wk_err code, const struct wk_js_error *error)
{
    actors[index_of(peer)] = NULL;
    duk_push_uint(iso->ctx, index_of(peer));
    duk_push_string(iso->ctx, wk_err_name(code));
    duk_push_string(iso->ctx, error != NULL ? error->message : "");
    tell("end", 3);
    duk_pop(iso->ctx);
}

static void *
daemon_behalf(void *host, void *peer)
{
    return peer;
}

/* Nothing but writes and reads leaves here. */
static void
daemon_hold(void *host)
{
}

static const struct wk_actor_ops actor_ops = {
    .writes = daemon_writes,
    .hold = daemon_hold,
    .release = daemon_hold,
    .read = daemon_read,
    .read_now = daemon_read_now,
    .behalf = daemon_behalf,
    .offer = daemon_offer,
    .end = daemon_end,
};

/* ---- the isolate's host: there are no requests ---- */

/* Kept for the driver, which is script, and script may have been stopped just now. */
static struct wk_buf log_lines;

static void
host_log(void *host, int level, const char *text, size_t bytes)
{
    wk_buf_add(&log_lines, text, bytes);
    wk_buf_add_char(&log_lines, '\n');
}

static void
tell_log(void)
{
    if (log_lines.len == 0)
        return;
    duk_push_lstring(iso->ctx, log_lines.data, log_lines.len - 1);
    log_lines.len = 0;
    tell("log", 1);
    duk_pop(iso->ctx);
}

static void
host_timer(void *host, uint64_t due_ms)
{
    timer_ms = due_ms;
}

static void
host_broken(void *host, wk_err code)
{
    printf("FAIL the isolate is broken: %s\n", wk_err_name(code));
    exit(1);
}

static size_t
host_window(void *host, void *peer)
{
    return 1 << 20;
}

static void
host_finish(void *host, void *peer, wk_err code, const struct wk_js_error *error)
{
}

static const struct wk_isolate_ops isolate_ops = {
    .log = host_log,
    .timer = host_timer,
    .broken = host_broken,
    .window = host_window,
    .finish = host_finish,
};

/* ---- what the driver may do ---- */

static struct wk_span
prop_text(duk_context *ctx, duk_idx_t idx, const char *name)
{
    struct wk_span span;

    duk_get_prop_string(ctx, idx, name);
    span.data = (const uint8_t *)duk_get_lstring_default(ctx, -1, &span.len, "", 0);
    return span;
}

static void
set_entries(void *arg, const struct wk_actor_answer *answer)
{
    struct wk_actor_start *start = arg;

    start->entries = answer->entries;
    start->entry_count = answer->entry_count;
    actors[actor_count] =
        wk_actor_open(iso, start, &actor_ops, NULL, (void *)(uintptr_t)(actor_count + 1));
}

static void
give_entries(void *arg, const struct wk_actor_answer *answer)
{
    wk_actor_entries(arg, answer);
}

/* Does the driver's next action; false: it has none. */
static bool
act(void)
{
    duk_context *ctx = iso->ctx;
    const char *what;
    duk_idx_t at;

    tell_log();
    tell("next", 0);
    if (!duk_is_object(ctx, -1)) {
        duk_pop(ctx);
        return false;
    }
    at = duk_get_top_index(ctx);
    duk_get_prop_string(ctx, at, "what");
    what = duk_get_string(ctx, -1);
    duk_get_prop_string(ctx, at, "actor");
    if (strcmp(what, "turn") == 0) {
        duk_get_prop_string(ctx, at, "fn");
        wk_isolate_enter(iso, 0);
    } else if (strcmp(what, "open") == 0) {
        struct wk_actor_start start = {.id = prop_text(ctx, at, "id"),
                                       .name = prop_text(ctx, at, "name")};

        duk_get_prop_string(ctx, at, "storage");
        start.storage = (enum wk_actor_storage)duk_get_int(ctx, -1);
        duk_get_prop_string(ctx, at, "incarnation");
        start.incarnation = duk_get_uint(ctx, -1);
        duk_get_prop_string(ctx, at, "alarm");
        start.alarm_ms_plus1 = (uint64_t)duk_get_number_default(ctx, -1, 0);
        duk_get_prop_string(ctx, at, "whole");
        start.whole = duk_to_boolean(ctx, -1);
        duk_get_prop_string(ctx, at, "pageCount");
        start.page_count = duk_get_uint_default(ctx, -1, 0);
        duk_get_prop_string(ctx, at, "sql");
        start.enable_sql = duk_to_boolean(ctx, -1);
        duk_get_prop_string(ctx, at, "start");
        WK_CHECK(actor_count < ACTORS_MAX);
        with_answer(set_entries, &start);
        duk_get_prop_string(ctx, at, "opened");
        duk_push_uint(ctx, actor_count);
        duk_push_uint(ctx, wk_actor_exchange(actors[actor_count]));
        actor_count++;
        wk_isolate_enter(iso, 2);
    } else if (actors[duk_get_uint(ctx, -1)] == NULL) {
        /* it has ended */
    } else if (strcmp(what, "durable") == 0) {
        struct wk_actor *actor = actors[duk_get_uint(ctx, -1)];

        duk_get_prop_string(ctx, at, "n");
        wk_actor_durable(actor, duk_get_uint(ctx, -1));
    } else if (strcmp(what, "closed") == 0) {
        struct wk_actor *actor = actors[duk_get_uint(ctx, -1)];

        actors[duk_get_uint(ctx, -1)] = NULL;
        wk_actor_closed(actor, WK_EUNAVAILABLE, NULL);
    } else {
        struct wk_actor *actor = actors[duk_get_uint(ctx, -1)];

        duk_get_prop_string(ctx, at, "answer");
        with_answer(give_entries, actor);
    }
    duk_set_top(ctx, at);
    return true;
}

static duk_ret_t
test_print(duk_context *ctx)
{
    printf("%s\n", duk_to_string(ctx, 0));
    fflush(stdout);
    return 0;
}

static duk_ret_t
test_count(duk_context *ctx)
{
    if (duk_to_boolean(ctx, 0))
        passed++;
    else
        failed++;
    return 0;
}

static duk_ret_t
test_require(duk_context *ctx)
{
    wk_engine_require(ctx, duk_require_string(ctx, 0));
    return 1;
}

static duk_ret_t
test_advance(duk_context *ctx)
{
    clock_ms += duk_get_uint(ctx, 0);
    return 0;
}

static duk_ret_t
test_cpu_limit(duk_context *ctx)
{
    iso->cpu_limit_ms = duk_get_uint(ctx, 0);
    return 0;
}

/* Nanoseconds of the real clock. */
static duk_ret_t
test_nanos(duk_context *ctx)
{
    duk_push_number(ctx, (double)__real_wk_now_ns());
    return 1;
}

static duk_ret_t
test_gc(duk_context *ctx)
{
    duk_gc(ctx, 0);
    return 0;
}

/* Compiles a file as a function and leaves it. */
static void
load(duk_context *ctx, const char *path, const char *params)
{
    struct wk_buf source = {0};

    WK_CHECK(wk_buf_read_file(&source, path, 16u << 20) == WK_OK);
    duk_push_sprintf(ctx, "(function (%s) {", params);
    duk_push_lstring(ctx, source.data, source.len);
    duk_push_string(ctx, "\n})");
    wk_buf_fini(&source);
    duk_concat(ctx, 3);
    duk_push_string(ctx, path);
    duk_compile(ctx, DUK_COMPILE_EVAL);
    duk_call(ctx, 0);
}

static duk_ret_t
start(duk_context *ctx, void *udata)
{
    static const duk_function_list_entry verbs[] = {
        {"print", test_print, 1},
        {"count", test_count, 1},
        {"require", test_require, 1},
        {"advance", test_advance, 1},
        {"nanos", test_nanos, 0},
        {"gc", test_gc, 0},
        {"cpuLimit", test_cpu_limit, 1}, {NULL, NULL, 0},
    };

    load(ctx, DRIVER, "verbs");
    duk_push_object(ctx);
    duk_put_function_list(ctx, -1, verbs);
    duk_call(ctx, 1);
    driver = duk_get_heapptr(ctx, -1);
    duk_put_global_string(ctx, "__driver");
    load(ctx, udata, "exports, require");
    duk_push_object(ctx);
    duk_push_c_function(ctx, test_require, 1);
    duk_call(ctx, 2);
    duk_pop(ctx);
    return 0;
}

int
main(int argc, char **argv)
{
    bool more = true;

    if (argc != 2) {
        fprintf(stderr, "usage: actor-test FILE\n");
        return 100;
    }
    iso = wk_isolate_new();
    wk_isolate_attach(iso, &isolate_ops, NULL);
    if (duk_safe_call(iso->ctx, start, argv[1], 0, 1) != 0) {
        printf("FAIL %s: %s\n", argv[1], duk_safe_to_stacktrace(iso->ctx, -1));
        return 1;
    }
    duk_pop(iso->ctx);
    for (int i = 0; more && i < ROUNDS_MAX; i++) {
        if (act())
            continue;
        more = timer_ms > 0;
        if (more) {
            if (timer_ms > clock_ms)
                clock_ms = timer_ms;
            timer_ms = 0;
            wk_isolate_timers(iso);
        }
    }
    tell("stuck", 0);
    if (duk_is_string(iso->ctx, -1)) {
        printf("FAIL %s: it never ended\n", duk_get_string(iso->ctx, -1));
        failed++;
    }
    printf("%d passed, %d failed\n", passed, failed);
    return failed > 0;
}
