#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "services/compiler/path.h"
#include "services/compiler/resolve.h"
#include "tests/unit/compiler/fixture.h"

struct row {
    const char *from, *specifier;
    bool is_require;
    const char *want; /* relative to the project, "node:fs", or NULL: not found */
};

static const char *const tree[][2] = {
    {"a.ts", ""}, {"lib/b.ts", ""}, {"lib/index.js", ""}, {"lib/c.js", ""}, {"lib/c.ts", ""}, {"data.json", "{}"}, {"d.mts", ""},
    {"sub/package.json", "{\"name\":\"self\",\"exports\":{\".\":\"./main.js\",\"./x\":\"./inner/x.js\"},"
                         "\"imports\":{\"#priv\":\"./inner/p.js\",\"#dep\":\"plain\",\"#pat/*\":\"./inner/*.js\"}}"},
    {"sub/main.js", ""}, {"sub/inner/x.js", ""}, {"sub/inner/p.js", ""},
    {"node_modules/plain/package.json", "{\"main\":\"lib/m\"}"}, {"node_modules/plain/lib/m.js", ""}, {"node_modules/plain/extra.js", ""},
    {"node_modules/bare/index.js", ""},
    {"node_modules/mod/package.json", "{\"main\":\"./cjs.js\",\"module\":\"./esm.js\"}"}, {"node_modules/mod/cjs.js", ""}, {"node_modules/mod/esm.js", ""},
    {"node_modules/@s/p/package.json", "{\"exports\":{\".\":{\"types\":\"./t.d.ts\",\"workerd\":\"./workerd.js\",\"default\":\"./d.js\"},"
        "\"./sub\":{\"require\":\"./r.cjs\",\"import\":\"./i.mjs\"},\"./f/*\":\"./files/*.js\",\"./f/hidden/*\":null,"
        "\"./arr\":[\"bad\",\"./d.js\"],\"./nested\":{\"node\":\"./no.js\",\"browser\":{\"import\":\"./i.mjs\",\"default\":\"./r.cjs\"}}}}"},
    {"node_modules/@s/p/workerd.js", ""}, {"node_modules/@s/p/d.js", ""}, {"node_modules/@s/p/r.cjs", ""}, {"node_modules/@s/p/i.mjs", ""},
    {"node_modules/@s/p/files/a.js", ""}, {"node_modules/@s/p/files/hidden/h.js", ""},
    {"node_modules/sugar/package.json", "{\"exports\":\"./s.js\"}"}, {"node_modules/sugar/s.js", ""},
    {"node_modules/br/package.json", "{\"main\":\"./n.js\",\"browser\":{\"./n.js\":\"./b.js\",\"fs\":false,\"./gone.js\":false}}"},
    {"node_modules/br/n.js", ""}, {"node_modules/br/b.js", ""}, {"node_modules/br/gone.js", ""},
    {"node_modules/buffer/index.js", ""},
    {"tsconfig.json", "{ // comment\n \"compilerOptions\": { \"baseUrl\": \".\", \"paths\": { \"@lib/*\": [\"missing/*\", \"lib/*\"], \"exact\": [\"a.ts\"], }, }, }"},
};

static const struct row rows[] = {
    {"a.ts", "./lib/b", false, "lib/b.ts"},
    {"a.ts", "./lib/b.js", false, "lib/b.ts"},
    {"a.ts", "./lib/c.js", false, "lib/c.js"},
    {"a.ts", "./lib/c", false, "lib/c.ts"},
    {"a.ts", "./lib", false, "lib/index.js"},
    {"a.ts", "./lib/", false, "lib/index.js"},
    {"lib/b.ts", "..//a", false, "a.ts"},
    {"lib/b.ts", ".", false, "lib/index.js"},
    {"a.ts", "./data.json", false, "data.json"},
    {"a.ts", "./d.mjs", false, "d.mts"},
    {"a.ts", "./nothing", false, NULL},
    {"a.ts", "plain", false, "node_modules/plain/lib/m.js"},
    {"lib/b.ts", "plain/extra.js", false, "node_modules/plain/extra.js"},
    {"a.ts", "plain/extra", false, "node_modules/plain/extra.js"},
    {"a.ts", "bare", false, "node_modules/bare/index.js"},
    {"a.ts", "mod", false, "node_modules/mod/esm.js"},
    {"a.ts", "@s/p", false, "node_modules/@s/p/workerd.js"},
    {"a.ts", "@s/p/sub", false, "node_modules/@s/p/i.mjs"},
    {"a.ts", "@s/p/sub", true, "node_modules/@s/p/r.cjs"},
    {"a.ts", "@s/p/f/a", false, "node_modules/@s/p/files/a.js"},
    {"a.ts", "@s/p/f/hidden/h", false, NULL},
    {"a.ts", "@s/p/arr", false, "node_modules/@s/p/d.js"},
    {"a.ts", "@s/p/nested", false, "node_modules/@s/p/i.mjs"},
    {"a.ts", "@s/p/nested", true, "node_modules/@s/p/r.cjs"},
    {"a.ts", "@s/p/d.js", false, NULL},
    {"a.ts", "sugar", false, "node_modules/sugar/s.js"},
    {"a.ts", "sugar/s.js", false, NULL},
    {"a.ts", "br", false, "node_modules/br/b.js"},
    {"node_modules/br/b.js", "fs", false, ""},
    {"node_modules/br/b.js", "./gone.js", false, ""},
    {"sub/main.js", "self/x", false, "sub/inner/x.js"},
    {"sub/main.js", "#priv", false, "sub/inner/p.js"},
    {"sub/inner/x.js", "#dep", false, "node_modules/plain/lib/m.js"},
    {"sub/main.js", "#pat/x", false, "sub/inner/x.js"},
    {"sub/main.js", "#none", false, NULL},
    {"a.ts", "@lib/b", false, "lib/b.ts"},
    {"a.ts", "exact", false, "a.ts"},
    {"a.ts", "lib/b", false, "lib/b.ts"},
    {"a.ts", "node:fs", false, "node:fs"},
    {"a.ts", "fs", false, "node:fs"},
    {"a.ts", "path/posix", false, "node:path/posix"},
    {"a.ts", "buffer", false, "node_modules/buffer/index.js"},
    {"a.ts", "cloudflare:workers", false, "cloudflare:workers"},
    {"a.ts", "aliased/extra", false, "node_modules/plain/extra.js"},
    {"lib/b.ts", "here", false, "a.ts"},
    {"a.ts", "not-installed", false, NULL},
    {"a.ts", "", false, NULL},
};

static struct wk_resolver
resolver_of(struct fixture *f, struct wk_arena *arena, struct wk_files *files, struct wk_tsconfig *tsconfig)
{
    static const struct wk_define aliases[] = {{"aliased", "plain"}, {"here", "./a"}};
    const char *error;

    cr_assert_eq(wk_tsconfig_read(files, arena, wk_path_join(arena, f->dir, "tsconfig.json"), tsconfig, &error), WK_OK);
    return (struct wk_resolver){.arena = arena, .files = files, .packages = {.files = files, .arena = arena},
                                .tsconfig = tsconfig, .aliases = aliases, .aliases_len = 2, .root = f->dir};
}

Test(resolve, finds_what_node_and_bundlers_find)
{
    struct fixture f;
    struct wk_arena arena = {0};
    struct wk_files files = {0};
    struct wk_tsconfig tsconfig;
    struct wk_resolver resolver;

    fixture_init(&f);
    for (size_t i = 0; i < WK_COUNT(tree); i++)
        fixture_write(&f, tree[i][0], tree[i][1]);
    resolver = resolver_of(&f, &arena, &files, &tsconfig);
    for (size_t i = 0; i < WK_COUNT(rows); i++) {
        struct wk_resolved found = {0};
        wk_err err = wk_resolve(&resolver, wk_path_join(&arena, f.dir, rows[i].from), rows[i].specifier, rows[i].is_require, &found);
        const char *got = err != WK_OK             ? NULL
                          : found.builtin != NULL  ? found.builtin
                          : *found.path == '\0'    ? ""
                                                   : wk_path_relative(&arena, f.dir, found.path);

        cr_expect(rows[i].want == NULL ? got == NULL : got != NULL && strcmp(got, rows[i].want) == 0,
                  "\"%s\" from %s: %s, not %s", rows[i].specifier, rows[i].from, got == NULL ? "not found" : got,
                  rows[i].want == NULL ? "not found" : rows[i].want);
    }
    resolver.node_first = true;
    struct wk_resolved found;
    cr_expect_eq(wk_resolve(&resolver, wk_path_join(&arena, f.dir, "a.ts"), "buffer", false, &found), WK_OK);
    cr_expect(found.builtin != NULL && strcmp(found.builtin, "node:buffer") == 0);
    wk_packages_fini(&resolver.packages);
    wk_files_fini(&files);
    wk_arena_fini(&arena);
    fixture_fini(&f);
}

Test(resolve, follows_links_of_package_managers)
{
    struct fixture f;
    char *link;

    fixture_init(&f);
    fixture_write(&f, "main.ts", "import { v } from 'pkg'; export default v;");
    fixture_write(&f, "node_modules/.pnpm/pkg@1/node_modules/pkg/index.js", "export { v } from 'dep';");
    fixture_write(&f, "node_modules/.pnpm/pkg@1/node_modules/dep/index.js", "export const v = 1;");
    link = wk_xasprintf("%s/node_modules/pkg", f.dir);
    cr_assert_eq(symlink(".pnpm/pkg@1/node_modules/pkg", link), 0);
    fixture_compile(&f, "main.ts");
    cr_expect_str_eq(fixture_import(&f, "main.ts", "pkg"), "node_modules/.pnpm/pkg@1/node_modules/pkg/index.js");
    cr_expect_str_eq(fixture_import(&f, "node_modules/.pnpm/pkg@1/node_modules/pkg/index.js", "dep"),
                     "node_modules/.pnpm/pkg@1/node_modules/dep/index.js");
    free(link);
    fixture_fini(&f);
}

Test(path, joins_and_relates)
{
    struct wk_arena arena = {0};

    cr_expect_str_eq(wk_path_join(&arena, "/a/b", "../c/./d"), "/a/c/d");
    cr_expect_str_eq(wk_path_join(&arena, "/a", "../../.."), "/");
    cr_expect_str_eq(wk_path_join(&arena, "a", "../../b"), "../b");
    cr_expect_str_eq(wk_path_join(&arena, "", "./b"), "b");
    cr_expect_str_eq(wk_path_join(&arena, "a/b", "/abs"), "/abs");
    cr_expect_str_eq(wk_path_relative(&arena, "/a/b", "/a/b/c/d"), "c/d");
    cr_expect_str_eq(wk_path_relative(&arena, "/a/b", "/a/bc"), "../bc");
    cr_expect_str_eq(wk_path_relative(&arena, "/a/b/c", "/a/x"), "../../x");
    cr_expect_str_eq(wk_path_relative(&arena, "/", "/x/y"), "x/y");
    cr_expect(wk_path_match("**/*.txt", "a.txt") && wk_path_match("**/*.txt", "x/y/a.txt") && !wk_path_match("*.txt", "x/a.txt"));
    cr_expect(wk_path_match("src/**", "src/a/b") && wk_path_match("*.{md,sql}", "q.sql") && !wk_path_match("*.{md,sql}", "q.sq"));
    wk_arena_fini(&arena);
}
