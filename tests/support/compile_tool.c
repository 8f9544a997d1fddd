/* tests/support/compile_tool.c - compile [-p] [-r REPEATS] ROOT MAIN CACHE_DIR: a project from the shell.
 *
 * Prints the diagnostics, or a line about each module; -p also the lowered code. Exit status 1 after an
 * error. With -r it compiles again and says how long each time took. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "services/compiler/compile.h"
#include "services/diag/diag.h"

static void
print_bundle(const char *path, bool code)
{
    struct wk_arena arena = {0};
    ProtobufCAllocator allocator = wk_compile_allocator(&arena);
    struct wk_buf buf = {0};
    Wk__Bundle *bundle;

    WK_CHECK(wk_buf_read_file(&buf, path, WK_BUNDLE_BYTES_MAX * 2) == WK_OK);
    WK_CHECK((bundle = wk__bundle__unpack(&allocator, buf.len, (uint8_t *)buf.data)) != NULL);
    printf("%s: %zu modules, %zu bytes%s\n", path, bundle->n_modules, buf.len, bundle->service_worker ? ", a service worker" : "");
    for (size_t i = 0; i < bundle->n_modules; i++) {
        const Wk__LoweredModule *m = bundle->modules[i];

        printf("- %s type=%d bytes=%zu map=%zu\n", m->name, m->type, m->code.len, m->line_map.len);
        for (size_t j = 0; j < m->n_imports; j++)
            printf("    %s -> %s%s\n", m->imports[j]->specifier, m->imports[j]->module, m->imports[j]->error);
        if (code)
            printf("%.*s\n", (int)m->code.len, (char *)m->code.data);
    }
    wk_buf_fini(&buf);
    wk_arena_fini(&arena);
}

static bool
compile_once(struct wk_compiler *compiler, const struct wk_buf *worker, const char *cache_dir, bool quiet, bool code)
{
    struct wk_compiled compiled;
    struct wk_buf text = {0};
    uint64_t start = wk_now_ns();
    bool ok;

    WK_CHECK(wk_compile(compiler, worker->data, worker->len, cache_dir, &compiled) == WK_OK);
    ok = compiled.done->ok;
    fprintf(stderr, "took %.1f ms, %u lowered%s\n", (double)(wk_now_ns() - start) / 1e6, compiled.done->modules_lowered,
            compiled.from_stamp ? ", nothing changed" : "");
    wk_diagnostics_format(compiled.done->diagnostics, compiled.done->n_diagnostics, &text);
    if (text.len > 0)
        fputs(text.data, stdout);
    if (ok && !quiet)
        print_bundle(compiled.done->bundle_path, code);
    wk_buf_fini(&text);
    wk_compiled_fini(&compiled);
    return ok;
}

int
main(int argc, char **argv)
{
    Wk__Worker worker = WK__WORKER__INIT;
    Wk__Project project = WK__PROJECT__INIT;
    struct wk_compiler *compiler;
    struct wk_buf packed = {0};
    bool code = false, ok = true;
    int repeats = 1, option;

    while ((option = getopt(argc, argv, "pr:")) != -1) {
        code |= option == 'p';
        if (option == 'r')
            repeats = atoi(optarg);
    }
    if (argc - optind != 3 || repeats < 1) {
        fprintf(stderr, "usage: compile [-p] [-r REPEATS] ROOT MAIN CACHE_DIR\n");
        return 100;
    }
    project.root = argv[optind];
    project.main = argv[optind + 1];
    worker.project = &project;
    wk_buf_reserve(&packed, wk__worker__get_packed_size(&worker));
    packed.len = wk__worker__pack(&worker, (uint8_t *)packed.data);
    if (wk_compiler_new("build/lib/wk", 0, &compiler) != WK_OK && wk_compiler_new(NULL, 0, &compiler) != WK_OK) {
        fprintf(stderr, "compile: no typescript.bin\n");
        return 100;
    }
    for (int i = 0; i < repeats; i++)
        ok = compile_once(compiler, &packed, argv[optind + 2], i + 1 < repeats, code);
    wk_compiler_free(compiler);
    wk_buf_fini(&packed);
    return ok ? 0 : 1;
}
