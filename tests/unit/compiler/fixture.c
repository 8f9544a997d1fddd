#include "tests/unit/compiler/fixture.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "services/diag/diag.h"

void
fixture_init(struct fixture *f)
{
    memset(f, 0, sizeof(*f));
    strcpy(f->dir, "/tmp/wk-compiler-XXXXXX");
    cr_assert(mkdtemp(f->dir) != NULL);
    snprintf(f->cache, sizeof(f->cache), "%s.cache", f->dir);
    cr_assert_eq(wk_compiler_new(NULL, 2, &f->compiler), WK_OK, "typescript.bin: WK_LIB_DIR, or ../lib/wk beside the program");
}

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    return remove(path);
}

void
fixture_fini(struct fixture *f)
{
    wk_compiled_fini(&f->last);
    wk_compiler_free(f->compiler);
    nftw(f->dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    nftw(f->cache, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

void
fixture_write(struct fixture *f, const char *path, const char *text)
{
    char *full = wk_xasprintf("%s/%s", f->dir, path), *slash = strrchr(full, '/');
    struct timespec then[2] = {{1000000000, 0}, {1000000000, 0}};

    *slash = '\0';
    cr_assert_eq(wk_mkdirs(full), WK_OK);
    *slash = '/';
    cr_assert_eq(wk_file_replace(full, text, strlen(text)), WK_OK);
    utimensat(AT_FDCWD, full, then, 0);
    free(full);
}

void
fixture_compile_worker(struct fixture *f, Wk__Worker *worker)
{
    ProtobufCAllocator allocator;
    struct wk_buf packed = {0}, file = {0};

    wk_compiled_fini(&f->last);
    f->bundle = NULL;
    wk_buf_reserve(&packed, wk__worker__get_packed_size(worker));
    packed.len = wk__worker__pack(worker, (uint8_t *)packed.data);
    cr_assert_eq(wk_compile(f->compiler, packed.data, packed.len, f->cache, &f->last), WK_OK);
    if (f->last.done->ok) {
        allocator = wk_compile_allocator(&f->last.arena);
        cr_assert_eq(wk_buf_read_file(&file, f->last.done->bundle_path, WK_BUNDLE_BYTES_MAX), WK_OK);
        f->bundle = wk__bundle__unpack(&allocator, file.len, (uint8_t *)file.data);
        cr_assert(f->bundle != NULL);
    }
    wk_buf_fini(&packed);
    wk_buf_fini(&file);
}

void
fixture_compile(struct fixture *f, const char *main)
{
    Wk__Worker worker = WK__WORKER__INIT;
    Wk__Project project = WK__PROJECT__INIT;

    project.root = f->dir;
    project.main = (char *)main;
    worker.project = &project;
    fixture_compile_worker(f, &worker);
}

const Wk__LoweredModule *
fixture_module(struct fixture *f, const char *name)
{
    cr_assert(f->bundle != NULL, "no bundle: %s", fixture_diagnostics(f));
    for (size_t i = 0; i < f->bundle->n_modules; i++)
        if (strcmp(f->bundle->modules[i]->name, name) == 0)
            return f->bundle->modules[i];
    cr_assert_fail("no module %s", name);
    return NULL;
}

const char *
fixture_import(struct fixture *f, const char *module, const char *specifier)
{
    const Wk__LoweredModule *m = fixture_module(f, module);

    for (size_t i = 0; i < m->n_imports; i++)
        if (strcmp(m->imports[i]->specifier, specifier) == 0)
            return m->imports[i]->module;
    cr_assert_fail("%s does not import %s", module, specifier);
    return NULL;
}

char *
fixture_diagnostics(struct fixture *f)
{
    struct wk_buf text = {0};

    wk_diagnostics_format(f->last.done->diagnostics, f->last.done->n_diagnostics, &text);
    return wk_buf_take(&text);
}
