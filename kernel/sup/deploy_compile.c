/* The workers of a deployment are compiled. */
#include "kernel/sup/deploy_priv.h"

#include <stdlib.h>
#include <string.h>
#include "kernel/base/json.h"

#define BUNDLE_BYTES_MAX (64u << 20)
#define WORKER_INLINE_BYTES_MAX (1u << 20) /* of a message to the compiler; more follows it */

static void
add_diagnostic(struct wk_deploy *d, const Wk__Diagnostic *diag)
{
    wk_json_open(&d->diagnostics, NULL, '{');
    wk_json_str(&d->diagnostics, "severity", diag->error ? "error" : "warning");
    wk_json_str(&d->diagnostics, "file", diag->file);
    wk_json_int(&d->diagnostics, "line", diag->line);
    wk_json_int(&d->diagnostics, "column", diag->column);
    wk_json_str(&d->diagnostics, "text", diag->text);
    wk_json_str(&d->diagnostics, "source", diag->source_line);
    wk_json_close(&d->diagnostics, '}');
}

void
wk_deploy_compiled(struct wk_deploy *d)
{
    if (--d->waiting > 0)
        return;
    if (d->failed)
        wk_deploy_finish(d);
    else
        wk_deploy_load(d);
}

static void
compile_on_message(void *arg, struct wk_route *route, const Wk__Envelope *msg, uint8_t flags)
{
    struct wk_deploy_item *item = arg;
    struct wk_deploy *d = item->deploy;
    const Wk__CompileDone *done = msg->compile_done;

    if (msg->body_case != WK__ENVELOPE__BODY_COMPILE_DONE || item->bundle != NULL)
        return;
    for (size_t i = 0; i < done->n_diagnostics; i++)
        add_diagnostic(d, done->diagnostics[i]);
    for (size_t i = 0; i < done->n_watched; i++)
        wk_json_str(&d->watched, NULL, done->watched[i]);
    item->lowered = done->modules_lowered;
    item->took_ms = done->took_ms;
    if (!done->ok) {
        wk_deploy_fail(d,
                       wk_xasprintf("service %s: its code has errors", item->definition->name));
        return;
    }
    item->bundle = wk_xcalloc(1, sizeof(*item->bundle));
    item->bundle->refs = 1;
    item->bundle->path = wk_xstrdup(done->bundle_path);
    if (wk_buf_read_file(&item->bundle->bytes, done->bundle_path, BUNDLE_BYTES_MAX) != WK_OK)
        wk_deploy_fail(d, wk_xasprintf("cannot read %s, or it is over %u MiB",
                                       done->bundle_path, BUNDLE_BYTES_MAX >> 20));
}

static void
compile_on_closed(void *arg, struct wk_route *route, wk_err code, const Wk__Error *error)
{
    struct wk_deploy_item *item = arg;

    item->compile = NULL;
    wk_buf_fini(&item->worker);
    if (item->bundle == NULL && !item->deploy->failed)
        wk_deploy_fail(item->deploy,
                       wk_xasprintf("service %s: the compiler failed: %s",
                                    item->definition->name,
                                    error != NULL ? error->message : wk_err_name(code)));
    wk_deploy_compiled(item->deploy);
}

/* Sends as much of the worker as the window allows. */
static void
compile_pump(struct wk_deploy_item *item)
{
    while (item->compile != NULL && item->worker_sent < item->worker.len) {
        size_t piece = item->worker.len - item->worker_sent, sent;

        if (piece > 65536)
            piece = 65536;
        sent = wk_route_write(item->compile, item->worker.data + item->worker_sent, piece, 0);
        item->worker_sent += sent;
        if (sent < piece)
            break;
    }
}

static void
compile_on_writable(void *arg, struct wk_route *route)
{
    compile_pump(arg);
}

static const struct wk_local compile_local = {compile_on_message, compile_on_writable,
                                              compile_on_closed};

void
wk_deploy_compile(struct wk_deploy_item *item)
{
    struct wk_kernel *kernel = item->deploy->kernel;
    Wk__Compile compile = WK__COMPILE__INIT;
    WK_ENVELOPE(msg, COMPILE, compile, &compile);
    char *cache = wk_xasprintf("%s/cache", kernel->state_dir);
    struct wk_route *route;

    wk_pack(&item->definition->worker->base, &item->worker);
    item->worker_sent = item->worker.len <= WORKER_INLINE_BYTES_MAX ? item->worker.len : 0;
    compile.worker = WK_BYTES_OF(item->worker.data, item->worker_sent);
    compile.worker_bytes = item->worker.len - item->worker_sent;
    compile.cache_dir = cache;
    compile.sources = item->deploy->watch;
    route =
        wk_route_open_local(&kernel->compiler->dest, NULL, 0, &msg, 0, &compile_local, item);
    if (route != NULL) {
        item->compile = route;
        compile_pump(item);
    }
    free(cache);
}
