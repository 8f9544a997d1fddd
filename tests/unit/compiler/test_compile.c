#include <criterion/criterion.h>
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "runtime/linemap/line_map.h"
#include "services/compiler/lowerer.h"
#include "services/compiler/pool.h"
#include "tests/unit/compiler/fixture.h"

static void
write_two(struct fixture *f)
{
    fixture_init(f);
    fixture_write(f, "src/worker.ts", "import { greet } from './greet';\nexport default { fetch(): Response { return new Response(greet()); } };\n");
    fixture_write(f, "src/greet.ts", "export const greet = (): string => 'hi';\n");
}

Test(compile, lowers_once_and_then_knows_that_nothing_changed)
{
    struct fixture f;

    write_two(&f);
    fixture_compile(&f, "src/worker.ts");
    cr_assert(f.last.done->ok, "%s", fixture_diagnostics(&f));
    cr_expect_eq(f.last.done->modules_lowered, 2);
    cr_expect_eq(f.bundle->n_modules, 2);
    cr_expect_str_eq(f.bundle->modules[0]->name, "src/worker.ts");
    cr_expect_str_eq(fixture_import(&f, "src/worker.ts", "./greet"), "src/greet.ts");
    fixture_compile(&f, "src/worker.ts");
    cr_expect(f.last.from_stamp);
    cr_expect_eq(f.last.done->modules_lowered, 0);
    fixture_fini(&f);
}

Test(compile, lowers_only_the_edited_module)
{
    struct fixture f;

    write_two(&f);
    fixture_compile(&f, "src/worker.ts");
    fixture_write(&f, "src/greet.ts", "export const greet = (): string => 'ho';\n"); /* same size, same time */
    struct stat st;
    char *path = wk_xasprintf("%s/src/greet.ts", f.dir);
    stat(path, &st);
    struct timespec now[2] = {{0, UTIME_NOW}, {0, UTIME_NOW}};
    utimensat(AT_FDCWD, path, now, 0);
    fixture_compile(&f, "src/worker.ts");
    cr_expect(!f.last.from_stamp);
    cr_expect_eq(f.last.done->modules_lowered, 1);
    cr_expect(strstr((char *)fixture_module(&f, "src/greet.ts")->code.data, "ho") != NULL);
    free(path);
    fixture_fini(&f);
}

Test(compile, sees_a_new_file_that_now_comes_first)
{
    struct fixture f;

    write_two(&f);
    fixture_compile(&f, "src/worker.ts");
    fixture_write(&f, "tsconfig.json", "{ \"compilerOptions\": { \"jsx\": \"react\" } }");
    fixture_compile(&f, "src/worker.ts");
    cr_expect(!f.last.from_stamp);
    fixture_fini(&f);
}

/* Flips a byte in the middle of every file of dir. */
static size_t
damage(const char *dir)
{
    DIR *d = opendir(dir);
    struct dirent *e;
    size_t n = 0;

    cr_assert(d != NULL);
    while ((e = readdir(d)) != NULL) {
        char *path = wk_xasprintf("%s/%s", dir, e->d_name);
        FILE *file;

        if (e->d_name[0] != '.' && (file = fopen(path, "r+")) != NULL) {
            fseek(file, 0, SEEK_END);
            long at = ftell(file) / 2;
            fseek(file, at, SEEK_SET);
            int c = fgetc(file);
            fseek(file, at, SEEK_SET);
            fputc(c ^ 0x55, file);
            fclose(file);
            n++;
        }
        free(path);
    }
    closedir(d);
    return n;
}

Test(cache, rebuilds_what_is_damaged)
{
    static const char *const kinds[] = {"modules", "bundles", "stamps"};
    struct fixture f;
    char *good;

    write_two(&f);
    fixture_compile(&f, "src/worker.ts");
    good = wk_xstrdup(f.last.done->bundle_path);
    for (size_t i = 0; i < WK_COUNT(kinds); i++) {
        char *dir = wk_xasprintf("%s/%s", f.cache, kinds[i]);

        cr_assert_gt(damage(dir), 0);
        fixture_compile(&f, "src/worker.ts");
        cr_assert(f.last.done->ok, "%s damaged", kinds[i]);
        cr_expect_str_eq(f.last.done->bundle_path, good, "the same bundle again");
        free(dir);
    }
    free(good);
    fixture_fini(&f);
}

Test(compile, keeps_the_old_bundle_when_an_edit_is_wrong)
{
    struct fixture f;
    char *good, *text;

    write_two(&f);
    fixture_compile(&f, "src/worker.ts");
    good = wk_xstrdup(f.last.done->bundle_path);
    fixture_write(&f, "src/greet.ts", "export const greet = (): string => 'hi'\n\nconst = 5;\n");
    fixture_compile(&f, "src/worker.ts");
    cr_expect(!f.last.done->ok);
    text = fixture_diagnostics(&f);
    cr_expect(strncmp(text, "src/greet.ts:3:7: error: ", 25) == 0, "%s", text);
    cr_expect(strstr(text, "\n  const = 5;\n        ^\n") != NULL, "%s", text);
    cr_expect_eq(access(good, R_OK), 0);
    cr_expect_gt(f.last.done->n_watched, 1, "the broken file is watched");
    free(good);
    free(text);
    fixture_fini(&f);
}

Test(compile, maps_lines_to_the_authors)
{
    struct fixture f;
    const Wk__LoweredModule *m;
    const char *p;
    uint32_t line = 1;

    fixture_init(&f);
    fixture_write(&f, "main.ts", "interface A {\n  x: number;\n}\n\nexport async function f(a: A) {\n  for (const k of [a]) {\n    await k;\n    boom(k.x);\n  }\n}\n");
    fixture_compile(&f, "main.ts");
    m = fixture_module(&f, "main.ts");
    p = (char *)m->code.data;
    const char *at = strstr(p, "boom(");
    cr_assert(at != NULL);
    for (; p < at; p++)
        line += *p == '\n';
    cr_expect_eq(wk_line_map_find(m->line_map.data, m->line_map.len, line), 8, "generated line %u", line);
    fixture_fini(&f);
}

Test(compile, takes_modules_of_a_configuration_by_name)
{
    struct fixture f;
    Wk__Worker worker = WK__WORKER__INIT;
    Wk__Module a = WK__MODULE__INIT, b = WK__MODULE__INIT, c = WK__MODULE__INIT, t = WK__MODULE__INIT, *all[] = {&a, &b, &c, &t};
    const char *main = "import x from './b'; import y from 'c'; import t from '../t.txt'; import fs from 'node:fs'; export default x;";

    fixture_init(&f);
    a.name = (char *)"dir/main.js";
    a.type = WK__MODULE__TYPE__ES_MODULE;
    a.source = (ProtobufCBinaryData){strlen(main), (uint8_t *)main};
    b.name = (char *)"dir/b";
    b.type = WK__MODULE__TYPE__COMMON_JS;
    b.source = (ProtobufCBinaryData){18, (uint8_t *)"module.exports = 1"};
    c.name = (char *)"c";
    c.type = WK__MODULE__TYPE__JSON;
    c.source = (ProtobufCBinaryData){2, (uint8_t *)"{}"};
    t.name = (char *)"t.txt";
    t.type = WK__MODULE__TYPE__TEXT;
    t.source = (ProtobufCBinaryData){4, (uint8_t *)"text"};
    worker.modules = all;
    worker.n_modules = 4;
    fixture_compile_worker(&f, &worker);
    cr_expect_str_eq(fixture_import(&f, "dir/main.js", "./b"), "dir/b");
    cr_expect_str_eq(fixture_import(&f, "dir/main.js", "c"), "c");
    cr_expect_str_eq(fixture_import(&f, "dir/main.js", "../t.txt"), "t.txt");
    cr_expect_str_eq(fixture_import(&f, "dir/main.js", "node:fs"), "node:fs");
    cr_expect_eq(fixture_module(&f, "dir/b")->type, WK__LOWERED_MODULE__TYPE__COMMON_JS);
    cr_expect_eq(fixture_module(&f, "t.txt")->type, WK__LOWERED_MODULE__TYPE__TEXT);
    fixture_fini(&f);
}

Test(compile, knows_a_service_worker)
{
    struct fixture f;
    Wk__Worker worker = WK__WORKER__INIT;

    fixture_init(&f);
    fixture_write(&f, "sw.js", "addEventListener('fetch', (e) => e.respondWith(new Response('x')));\n");
    fixture_compile(&f, "sw.js");
    cr_expect(f.bundle->service_worker);
    cr_expect_eq(f.bundle->modules[0]->type, WK__LOWERED_MODULE__TYPE__SCRIPT);
    worker.service_worker_script = (char *)"class A { x = 1 }\naddEventListener('fetch', e => 1);";
    fixture_compile_worker(&f, &worker);
    cr_expect(f.bundle->service_worker);
    cr_expect_eq(f.bundle->modules[0]->type, WK__LOWERED_MODULE__TYPE__SCRIPT);
    fixture_fini(&f);
}

Test(compile, replaces_defined_names)
{
    struct fixture f;
    Wk__Worker worker = WK__WORKER__INIT;
    Wk__Project project = WK__PROJECT__INIT;
    Wk__Define a = WK__DEFINE__INIT, b = WK__DEFINE__INIT, *defines[] = {&a, &b};
    const char *code;

    fixture_init(&f);
    fixture_write(&f, "main.js", "export const v = [VERSION, process.env.MODE, typeof DEBUG]; export function f(VERSION) { return VERSION; }");
    a.name = (char *)"VERSION";
    a.value = (char *)"\"1.2\"";
    b.name = (char *)"process.env.MODE";
    b.value = (char *)"{\"a\":[1,true]}";
    project.root = f.dir;
    project.main = (char *)"main.js";
    project.define = defines;
    project.n_define = 2;
    worker.project = &project;
    fixture_compile_worker(&f, &worker);
    code = (char *)fixture_module(&f, "main.js")->code.data;
    cr_expect(strstr(code, "[\"1.2\", (") != NULL || strstr(code, "[\"1.2\", {") != NULL, "%s", code);
    cr_expect(strstr(code, "process") == NULL, "%s", code);
    cr_expect(strstr(code, "return VERSION;") != NULL, "%s", code);
    fixture_fini(&f);
}

Test(pool, replaces_a_child_that_died)
{
    struct wk_pool *pool;
    struct wk_arena arena = {0};
    struct wk_lower_input input = {.display = "a.ts", .source = "export const a: number = 1;", .source_bytes = 27, .ours = true};
    struct wk_lowered lowered;
    struct fixture f;
    void *tag;

    fixture_init(&f);
    const char *lib = getenv("WK_LIB_DIR");
    char *bin = wk_xasprintf("%s/typescript.bin", lib == NULL ? LIB_DIR : lib);
    pool = wk_pool_new(bin, 1);
    wk_pool_submit(pool, &input, &f);
    cr_assert_eq(wk_pool_wait(pool, &arena, &tag, &lowered), WK_OK);
    cr_expect(!wk_lowered_has_error(&lowered) && tag == &f);
    cr_assert_eq(kill(wk_pool_child(pool), SIGKILL), 0);
    wk_pool_submit(pool, &input, NULL);
    cr_assert_eq(wk_pool_wait(pool, &arena, &tag, &lowered), WK_OK);
    wk_pool_submit(pool, &input, NULL);
    cr_assert_eq(wk_pool_wait(pool, &arena, &tag, &lowered), WK_OK);
    cr_expect(!wk_lowered_has_error(&lowered), "the next module is lowered whatever came of the one before");
    cr_expect_eq(wk_pool_wait(pool, &arena, &tag, &lowered), WK_ENOTFOUND);
    wk_pool_free(pool);
    wk_arena_fini(&arena);
    free(bin);
    fixture_fini(&f);
}
