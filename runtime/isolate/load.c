/* A worker is loaded: its modules and bindings are given to script. */
#include "runtime/isolate/isolate_priv.h"

#include <string.h>
#include "runtime/binding/utf8.h"

static void
push_imports(duk_context *ctx, const struct wk_module *m)
{
    duk_push_bare_object(ctx);
    for (size_t i = 0; i < m->import_count; i++) {
        const struct wk_module_import *in = &m->imports[i];

        if (in->error[0] != '\0') {
            duk_push_object(ctx);
            wk_push_utf8(ctx, in->error, strlen(in->error));
            duk_put_prop_string(ctx, -2, "error");
        } else {
            duk_push_string(ctx, in->module);
        }
        duk_put_prop_string(ctx, -2, in->specifier);
    }
}

/* The specifiers of what must be evaluated before the module. */
static void
push_evaluated_first(duk_context *ctx, const struct wk_module *m)
{
    duk_uarridx_t count = 0;

    duk_push_array(ctx);
    for (size_t i = 0; i < m->import_count; i++)
        if (!m->imports[i].on_demand) {
            duk_push_string(ctx, m->imports[i].specifier);
            duk_put_prop_index(ctx, -2, count++);
        }
}

static void
push_modules(duk_context *ctx, const struct wk_worker *w)
{
    duk_push_array(ctx);
    for (size_t i = 0; i < w->module_count; i++) {
        duk_push_array(ctx);
        duk_push_string(ctx, w->modules[i].name);
        duk_put_prop_index(ctx, -2, 0);
        duk_push_int(ctx, w->modules[i].type);
        duk_put_prop_index(ctx, -2, 1);
        push_imports(ctx, &w->modules[i]);
        duk_put_prop_index(ctx, -2, 2);
        push_evaluated_first(ctx, &w->modules[i]);
        duk_put_prop_index(ctx, -2, 3);
        duk_put_prop_index(ctx, -2, (duk_uarridx_t)i);
    }
}

static void
push_namespace(duk_context *ctx, const struct wk_worker_binding *b)
{
    duk_push_object(ctx);
    duk_push_uint(ctx, b->handle);
    duk_put_prop_string(ctx, -2, "handle");
    duk_push_uint(ctx, b->shards);
    duk_put_prop_string(ctx, -2, "shards");
    wk_push_utf8(ctx, b->value.data, b->value.len);
    duk_put_prop_string(ctx, -2, "uniqueKey");
    duk_push_boolean(ctx, b->ephemeral);
    duk_put_prop_string(ctx, -2, "ephemeral");
}

/* By index: what their actors are. */
static void
push_actors(duk_context *ctx, const struct wk_worker *w)
{
    duk_push_array(ctx);
    for (size_t i = 0; i < w->actors_count; i++) {
        duk_push_object(ctx);
        wk_push_utf8(ctx, w->actors[i].class_name, strlen(w->actors[i].class_name));
        duk_put_prop_string(ctx, -2, "className");
        duk_push_boolean(ctx, w->actors[i].prevent_eviction);
        duk_put_prop_string(ctx, -2, "preventEviction");
        duk_push_boolean(ctx, w->actors[i].ephemeral);
        duk_put_prop_string(ctx, -2, "ephemeral");
        duk_push_uint(ctx, w->actors[i].handle);
        duk_put_prop_string(ctx, -2, "handle");
        duk_push_uint(ctx, w->actors[i].shards);
        duk_put_prop_string(ctx, -2, "shards");
        duk_put_prop_index(ctx, -2, w->actors[i].index);
    }
}

static void
push_binding(duk_context *ctx, const struct wk_worker_binding *b)
{
    duk_push_array(ctx);
    duk_push_string(ctx, b->name);
    duk_put_prop_index(ctx, -2, 0);
    duk_push_int(ctx, b->kind);
    duk_put_prop_index(ctx, -2, 1);
    if (b->kind == WK_BINDING_SERVICE) {
        duk_push_uint(ctx, b->handle);
    } else if (b->kind == WK_BINDING_ACTORS) {
        push_namespace(ctx, b);
    } else if (b->kind == WK_BINDING_ACTOR_CLASS) {
        duk_push_object(ctx);
        wk_push_utf8(ctx, b->value.data, b->value.len);
        duk_put_prop_string(ctx, -2, "className");
        wk_push_utf8(ctx, b->props_json, strlen(b->props_json));
        duk_put_prop_string(ctx, -2, "props");
    } else if (b->kind == WK_BINDING_DATA) {
        void *p = duk_push_fixed_buffer(ctx, b->value.len);

        if (b->value.len > 0)
            memcpy(p, b->value.data, b->value.len);
        duk_push_buffer_object(ctx, -1, 0, b->value.len, DUK_BUFOBJ_ARRAYBUFFER);
        duk_remove(ctx, -2);
    } else {
        wk_push_utf8(ctx, b->value.data, b->value.len);
    }
    duk_put_prop_index(ctx, -2, 2);
}

static duk_ret_t
push_worker(duk_context *ctx, void *udata)
{
    const struct wk_worker *w = udata;

    duk_push_object(ctx);
    duk_push_string(ctx, w->name);
    duk_put_prop_string(ctx, -2, "name");
    push_modules(ctx, w);
    duk_put_prop_string(ctx, -2, "modules");
    duk_push_array(ctx);
    for (size_t i = 0; i < w->binding_count; i++) {
        push_binding(ctx, &w->bindings[i]);
        duk_put_prop_index(ctx, -2, (duk_uarridx_t)i);
    }
    duk_put_prop_string(ctx, -2, "bindings");
    duk_push_array(ctx);
    for (size_t i = 0; i < w->target_count; i++) {
        duk_push_array(ctx);
        duk_push_string(ctx, w->targets[i].entrypoint);
        duk_put_prop_index(ctx, -2, 0);
        wk_push_utf8(ctx, w->targets[i].props_json, strlen(w->targets[i].props_json));
        duk_put_prop_index(ctx, -2, 1);
        duk_put_prop_index(ctx, -2, (duk_uarridx_t)i);
    }
    duk_put_prop_string(ctx, -2, "targets");
    push_actors(ctx, w);
    duk_put_prop_string(ctx, -2, "actors");
    duk_push_string(ctx, w->compatibility_flags);
    duk_put_prop_string(ctx, -2, "flags");
    duk_push_number(ctx, (double)w->outbound_handle);
    duk_put_prop_string(ctx, -2, "outbound");
    duk_push_boolean(ctx, w->service_worker);
    duk_put_prop_string(ctx, -2, "serviceWorker");
    return 1;
}

void
wk_isolate_load(struct wk_isolate *iso, const struct wk_worker *worker,
                void (*on_loaded)(void *host, const char *error,
                                  const struct wk_worker_entrypoint *list, size_t count))
{
    iso->worker = worker;
    iso->on_loaded = on_loaded;
    iso->cpu_limit_ms = worker->cpu_limit_ms;
    wk_engine_heap_limit(iso->engine, worker->memory_limit_bytes);
    wk_isolate_hook(iso, HOOK_LOAD);
    if (duk_safe_call(iso->ctx, push_worker, (void *)(uintptr_t)worker, 0, 1) != 0) {
        on_loaded(iso->host, "the worker does not fit into its memory", NULL, 0);
        duk_pop_2(iso->ctx);
        return;
    }
    wk_isolate_enter(iso, 1);
}

bool
wk_isolate_modules_done(const struct wk_isolate *iso)
{
    bool done;

    wk_isolate_hook((struct wk_isolate *)(uintptr_t)iso, HOOK_LEFT);
    done = duk_pcall(iso->ctx, 0) == 0 && duk_get_int(iso->ctx, -1) == 0;
    duk_pop(iso->ctx);
    return done;
}
