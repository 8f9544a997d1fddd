#include "services/compiler/sources.h"

#include <stdlib.h>
#include <string.h>
#include "kernel/base/buf.h"
#include "proto/config.pb-c.h"
#include "services/compiler/compile.h"

#define SOURCE_BYTES_MAX (1u << 20)

/* The text of a module: from the configuration, or from its file under the project's root. */
static void
source_of(const Wk__Worker *worker, const char *display, struct wk_buf *out)
{
    char *path;

    for (size_t i = 0; i < worker->n_modules; i++)
        if (strcmp(worker->modules[i]->name, display) == 0) {
            wk_buf_add(out, worker->modules[i]->source.data, worker->modules[i]->source.len);
            return;
        }
    if (worker->project == NULL || strstr(display, "node_modules/") != NULL || strstr(display, "..") != NULL)
        return;
    path = wk_xasprintf("%s/%s", worker->project->root, display);
    if (wk_buf_read_file(out, path, SOURCE_BYTES_MAX) != WK_OK)
        out->len = 0;
    free(path);
}

static void
add_sources(Wk__Bundle *bundle, const Wk__Worker *worker, struct wk_arena *arena)
{
    struct wk_buf text = {0};

    for (size_t i = 0; i < bundle->n_modules; i++) {
        Wk__LoweredModule *m = bundle->modules[i];

        text.len = 0;
        source_of(worker, m->display[0] != '\0' ? m->display : m->name, &text);
        if (text.len > 0)
            m->source = (ProtobufCBinaryData){text.len, (uint8_t *)wk_arena_strndup(arena, text.data, text.len)};
    }
    wk_buf_fini(&text);
}

void
wk_sources_add(Wk__CompileDone *done, struct wk_arena *arena, const Wk__Compile *compile)
{
    ProtobufCAllocator allocator = wk_compile_allocator(arena);
    struct wk_buf in = {0}, out = {0};
    Wk__Worker *worker = wk__worker__unpack(&allocator, compile->worker.len, compile->worker.data);
    Wk__Bundle *bundle = NULL;
    char *path = wk_xasprintf("%s.watch", done->bundle_path);

    if (worker != NULL && wk_buf_read_file(&in, done->bundle_path, WK_BUNDLE_BYTES_MAX * 2) == WK_OK)
        bundle = wk__bundle__unpack(&allocator, in.len, (uint8_t *)in.data);
    if (bundle != NULL) {
        add_sources(bundle, worker, arena);
        wk_buf_reserve(&out, wk__bundle__get_packed_size(bundle));
        out.len = wk__bundle__pack(bundle, (uint8_t *)out.data);
        if (wk_file_replace(path, out.data, out.len) == WK_OK)
            done->bundle_path = wk_arena_strndup(arena, path, strlen(path));
    }
    wk_buf_fini(&in);
    wk_buf_fini(&out);
    free(path);
}
