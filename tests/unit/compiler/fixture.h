/* tests/unit/compiler/fixture.h - a project in a directory of its own, and one compiler. */
#ifndef WK_TEST_COMPILER_FIXTURE_H
#define WK_TEST_COMPILER_FIXTURE_H
#include "services/compiler/compile.h"

struct fixture {
    char dir[64];   /* the project */
    char cache[80]; /* beside it */
    struct wk_compiler *compiler;
    struct wk_compiled last; /* of fixture_compile; ended by the next one */
    Wk__Bundle *bundle;      /* of last, NULL after an error */
};

void fixture_init(struct fixture *f);
void fixture_fini(struct fixture *f);
/* Writes dir/path, making directories; the time is moved far back, as of a file long settled. */
void fixture_write(struct fixture *f, const char *path, const char *text);
/* Compiles with main as the main module. */
void fixture_compile(struct fixture *f, const char *main);
void fixture_compile_worker(struct fixture *f, Wk__Worker *worker);
const Wk__LoweredModule *fixture_module(struct fixture *f, const char *name);
/* What specifier in module resolves to; "" where it has an error. */
const char *fixture_import(struct fixture *f, const char *module, const char *specifier);
/* All diagnostics as they are printed. Owns: the caller's. */
char *fixture_diagnostics(struct fixture *f);
#endif
