/* wk-compiler: the kernel's compiler service. Wiring only: Compile in, CompileDone out.
 *
 * It blocks while it compiles, which is its only work; requests wait in the link. Started when something
 * is to be compiled, drained by the kernel when it has been idle. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "kernel/base/confine.h"
#include "kernel/base/log.h"
#include "kernel/ipc/codec.h"
#include "kernel/ipc/port.h"
#include "services/compiler/compile.h"
#include "services/compiler/sources.h"

static struct wk_port *port;
static struct wk_compiler *compiler;

/* A request whose worker is on its way. */
struct request {
    struct wk_arena arena;
    Wk__Compile compile;
    struct wk_buf worker;
};

static void
compile(struct wk_session *s, const Wk__Compile *request)
{
    struct wk_compiled compiled = {0};

    if (wk_compile(compiler, request->worker.data, request->worker.len, request->cache_dir, &compiled) != WK_OK) {
        wk_session_close(s, WK_EINVAL, "malformed worker");
    } else {
        if (compiled.done->ok && request->sources)
            wk_sources_add(compiled.done, &compiled.arena, request);
        WK_ENVELOPE(reply, COMPILE_DONE, compile_done, compiled.done);

        wk_session_send(s, &reply, WK_FLAG_END | WK_FLAG_LAST);
    }
    wk_compiled_fini(&compiled);
}

static void
request_free(struct request *r)
{
    wk_arena_fini(&r->arena);
    wk_buf_fini(&r->worker);
    free(r);
}

static void
on_data(struct wk_session *s, void *arg, const uint8_t *data, size_t bytes, uint8_t flags)
{
    struct request *r = arg;

    wk_buf_add(&r->worker, data, bytes);
    wk_session_consumed(s, bytes);
    if (r->worker.len < r->compile.worker_bytes)
        return;
    r->compile.worker = WK_BYTES_OF(r->worker.data, r->worker.len);
    compile(s, &r->compile);
    request_free(r);
}

static void
on_closed(struct wk_session *s, void *arg, wk_err code, const Wk__Error *error)
{
    request_free(arg);
}

static void
on_open(void *arg, struct wk_session *s, uint32_t target, const Wk__Envelope *msg, uint8_t flags)
{
    static const struct wk_session_events none = {0}, following = {.on_data = on_data, .on_closed = on_closed};
    struct request *r;

    if (msg->body_case != WK__ENVELOPE__BODY_COMPILE)
        return;
    if (msg->compile->worker_bytes == 0) {
        wk_session_accept(s, &none, NULL);
        compile(s, msg->compile);
        return;
    }
    r = wk_xcalloc(1, sizeof(*r));
    wk__compile__init(&r->compile);
    r->compile.cache_dir = wk_arena_strndup(&r->arena, msg->compile->cache_dir, strlen(msg->compile->cache_dir));
    r->compile.sources = msg->compile->sources;
    r->compile.worker_bytes = msg->compile->worker_bytes;
    wk_session_accept(s, &following, r);
}

static void
on_kernel(void *arg, const Wk__Envelope *msg)
{
    Wk__Drained drained = WK__DRAINED__INIT;
    WK_ENVELOPE(reply, DRAINED, drained, &drained);

    if (msg->body_case != WK__ENVELOPE__BODY_DRAIN)
        return;
    wk_port_tell(port, &reply);
    wk_link_drain(wk_port_link(port), 500);
    wk_compiler_free(compiler);
    exit(0);
}

static void
on_down(void *arg, wk_err why)
{
    _exit(0);
}

int
main(void)
{
    static const struct wk_port_events events = {on_open, on_kernel, on_down, NULL};
    const char *url = getenv("WK_LINK_URL"), *token = getenv("WK_LINK_TOKEN");
    Wk__Ready ready = WK__READY__INIT;
    WK_ENVELOPE(msg, READY, ready, &ready);
    wk_err err;

    if (url == NULL || token == NULL) {
        wk_log(WK_ERROR, "compiler.start", "reason=\"started by hand; the kernel starts it\"");
        return 100;
    }
    wk_confine_common();
    wk_link_global_init();
    if ((err = wk_compiler_new(NULL, 0, &compiler)) != WK_OK) {
        wk_log(WK_ERROR, "compiler.start", "reason=\"lib/wk/typescript.bin is missing\" err=%s", wk_err_name(err));
        return 100;
    }
    if ((err = wk_port_connect(uv_default_loop(), url, token, "compiler", 10000, &events, NULL, &port)) != WK_OK) {
        wk_log(WK_ERROR, "compiler.connect", "err=%s", wk_err_name(err));
        return 111;
    }
    wk_port_tell(port, &msg);
    return uv_run(uv_default_loop(), UV_RUN_DEFAULT);
}
