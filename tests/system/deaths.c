/* What dies with what, and what an ordered stop still answers. Every process is watched by pidfd. */
#include <ctype.h>
#include <dirent.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "tests/system/system.h"

#define GONE_MS_MAX 1000

static const char config[] =
    "using Workerd = import \"/workerd/workerd.capnp\";\n"
    "const config :Workerd.Config = (\n"
    "  services = [(name = \"main\", worker = (modules = [(name = \"worker.js\", esModule = embed \"worker.js\")],\n"
    "    compatibilityDate = \"2024-01-01\"))],\n"
    "  sockets = [(name = \"http\", address = \"127.0.0.1:0\", http = (), service = \"main\")]);\n";

static const char worker[] =
    "export default { async fetch(request) {\n"
    "  if (new URL(request.url).pathname === '/slow') {\n"
    "    console.log('began');\n"
    "    await new Promise((resolve) => setTimeout(resolve, 700));\n"
    "    return new Response('slow but sure');\n"
    "  }\n"
    "  return new Response('hello');\n"
    "} };\n";

static struct place place;

static void
setup(void)
{
    place_init(&place);
    place_write(&place, "config.capnp", config);
    place_write(&place, "worker.js", worker);
}

static void
teardown(void)
{
    place_fini(&place);
}

TestSuite(deaths, .init = setup, .fini = teardown, .timeout = 60);

/* ---- every process below one, by /proc ---- */

#define BELOW_MAX 4096
struct below {
    struct {
        pid_t pid, parent;
        char name[32];
    } all[BELOW_MAX];
    size_t count;
};

static bool
is_below(const struct below *b, size_t i, pid_t top)
{
    for (int depth = 0; depth < 16; depth++) {
        pid_t parent = b->all[i].parent;

        if (parent == top)
            return true;
        for (i = 0; i < b->count && b->all[i].pid != parent; i++)
            continue;
        if (i == b->count)
            return false;
    }
    return false;
}

/* Every process of the machine, then those below top, kept in place. */
static void
below(struct below *b, pid_t top)
{
    DIR *dir = opendir("/proc");
    static struct below all;
    struct dirent *e;

    all.count = 0;
    while ((e = readdir(dir)) != NULL && all.count < BELOW_MAX) {
        char *path, text[512], *p;
        FILE *f;

        if (!isdigit((unsigned char)e->d_name[0]))
            continue;
        path = wk_xasprintf("/proc/%s/stat", e->d_name);
        f = fopen(path, "re");
        free(path);
        if (f == NULL)
            continue;
        if (fgets(text, sizeof(text), f) != NULL && (p = strrchr(text, ')')) != NULL && p[2] != 'Z') {
            all.all[all.count].pid = atoi(e->d_name);
            all.all[all.count].parent = atoi(p + 4);
            snprintf(all.all[all.count].name, sizeof(all.all[0].name), "%.*s",
                     (int)(p - strchr(text, '(') - 1), strchr(text, '(') + 1);
            all.count++;
        }
        fclose(f);
    }
    closedir(dir);
    b->count = 0;
    for (size_t i = 0; i < all.count; i++)
        if (is_below(&all, i, top))
            b->all[b->count++] = all.all[i];
}

static bool
has(const struct below *b, const char *name)
{
    for (size_t i = 0; i < b->count; i++)
        if (strncmp(b->all[i].name, name, strlen(name)) == 0)
            return true;
    return false;
}

/* Kills top and expects every process that was below it to be gone within the time. */
static void
kill_and_expect_none(pid_t top)
{
    static struct below b;
    int watches[BELOW_MAX];
    uint64_t until;

    below(&b, top);
    for (size_t i = 0; i < b.count; i++)
        watches[i] = (int)syscall(SYS_pidfd_open, b.all[i].pid, 0u);
    kill(top, SIGKILL);
    until = wk_now_ms() + GONE_MS_MAX;
    for (size_t i = 0; i < b.count; i++) {
        struct pollfd gone = {watches[i], POLLIN, 0};
        uint64_t now = wk_now_ms();

        if (watches[i] < 0)
            continue; /* it was gone already */
        cr_expect_gt(poll(&gone, 1, now < until ? (int)(until - now) : 0), 0, "%s (process %d) outlives its kernel",
                     b.all[i].name, (int)b.all[i].pid);
        close(watches[i]);
    }
}

Test(deaths, every_process_dies_with_the_kernel)
{
    struct run start;
    struct pids pids;
    static struct below b;
    char *answer;

    RUN_START(&start, &place, "start", "config.capnp");
    run_await(&start, "Ready");
    answer = http_get(run_port(&start), "/");
    cr_assert_not_null(answer);
    free(answer);
    pids_watch(&pids, &place);
    below(&b, pids.kernel);
    cr_expect(has(&b, "wk-front"));
    cr_expect(has(&b, "wk-isolate-host"), "the zygote");
    cr_expect(has(&b, "wk:main"), "the host");
    kill_and_expect_none(pids.kernel);
    run_end(&start);
    pids_await_gone(&pids);
    run_fini(&start);
}

static pid_t
kernel_of(const struct place *p)
{
    char *path = wk_xasprintf("%s/lock", p->state);
    struct wk_buf text = {0};
    pid_t pid = 0;

    if (wk_buf_read_file(&text, path, 100) == WK_OK)
        pid = atoi(text.data);
    free(path);
    wk_buf_fini(&text);
    return pid;
}

/* True while a process that the compiler forked runs. */
static bool
lowering(pid_t kernel)
{
    static struct below b;

    below(&b, kernel);
    for (size_t i = 0; i < b.count; i++)
        for (size_t j = 0; j < b.count; j++)
            if (b.all[i].parent == b.all[j].pid && strncmp(b.all[j].name, "wk-compiler", 11) == 0)
                return true;
    return false;
}

Test(deaths, what_the_compiler_forked_dies_too)
{
    struct wk_buf modules = {0}, code = {0};
    uint64_t until = wk_now_ms() + WAIT_MS_MAX;
    struct run start;

    for (int i = 0; i < 300; i++)
        wk_buf_addf(&code, "export class C%d { #x = %d; async get(a?: number) { for await (const y of [a]) { this.#x += y ?? 1; } } }\n", i, i);
    wk_buf_add_str(&code, "export default { fetch() { return new Response('x'); } };\n");
    place_write(&place, "big.ts", code.data);
    wk_buf_addf(&modules, "name = \"w\"\nmain = \"big.ts\"\ncompatibility_date = \"2024-01-01\"\n");
    place_write(&place, "wrangler.toml", modules.data);
    RUN_START(&start, &place, "start", "wrangler.toml");
    while (kernel_of(&place) == 0 || !lowering(kernel_of(&place)))
        cr_assert_lt(wk_now_ms(), until, "nothing was ever lowered");
    kill_and_expect_none(kernel_of(&place));
    run_end(&start);
    run_fini(&start);
    wk_buf_fini(&modules);
    wk_buf_fini(&code);
}

/* ---- hosts ---- */

static json_t *
service_main(void)
{
    json_t *ps = RUN_JSON(&place, "ps", "--json"), *each, *found = NULL;
    size_t i;

    json_array_foreach(json_object_get(ps, "services"), i, each)
        if (strcmp(json_string_value(json_object_get(each, "name")), "main") == 0)
            found = json_incref(each);
    json_decref(ps);
    cr_assert_not_null(found);
    return found;
}

static pid_t
pid_of_main(void)
{
    json_t *m = service_main();
    pid_t pid = (pid_t)json_integer_value(json_object_get(m, "pid"));

    json_decref(m);
    return pid;
}

static int
status_field(pid_t pid, const char *name)
{
    char *path = wk_xasprintf("/proc/%d/status", (int)pid), *at;
    struct wk_buf text = {0};
    int value = -1;

    cr_assert_eq(wk_buf_read_file(&text, path, 100000), WK_OK);
    if ((at = strstr(text.data, name)) != NULL)
        value = atoi(at + strlen(name));
    free(path);
    wk_buf_fini(&text);
    return value;
}

Test(deaths, a_host_is_sealed_and_one_that_breaks_the_seal_is_named_and_replaced)
{
    struct run start, inspect;
    pid_t pid;
    char *answer;

    RUN_START(&start, &place, "start", "config.capnp");
    run_await(&start, "Ready");
    pid = pid_of_main();
    cr_expect_eq(status_field(pid, "\nNoNewPrivs:"), 1);
    cr_expect_eq(status_field(pid, "\nThreads:"), 1);
#ifndef __SANITIZE_ADDRESS__
    cr_expect_eq(status_field(pid, "\nSeccomp:"), 2);
#endif
    kill(pid, SIGSYS); /* as the system does for a call that is not on the list */
    run_await_err(&start, "killed by signal 31");
    answer = http_get(run_port(&start), "/");
    cr_assert_not_null(answer);
    cr_expect_not_null(strstr(answer, "hello"), "%s", answer);
    free(answer);
    cr_expect_neq(pid_of_main(), pid);
    cr_expect_eq(RUN(&inspect, &place, "inspect", "main", "--json"), 0);
    cr_expect_not_null(strstr(inspect.out.data, "killed by signal 31 (Bad system call)"), "%s", inspect.out.data);
    run_fini(&inspect);
    kill(start.pid, SIGTERM);
    run_end(&start);
    run_fini(&start);
}

/* ---- an ordered stop ---- */

struct slow {
    int port;
    char *answer;
};

static void *
slow_get(void *arg)
{
    struct slow *slow = arg;

    slow->answer = http_get(slow->port, "/slow");
    return NULL;
}

Test(deaths, a_request_under_way_is_answered_by_an_ordered_stop)
{
    struct run start, stop;
    struct slow slow = {0};
    struct pids pids;
    pthread_t thread;

    RUN_START(&start, &place, "start", "config.capnp");
    run_await(&start, "Ready");
    pids_watch(&pids, &place);
    slow.port = run_port(&start);
    cr_assert_eq(pthread_create(&thread, NULL, slow_get, &slow), 0);
    run_await(&start, "began");
    cr_expect_eq(RUN(&stop, &place, "stop"), 0, "%s", stop.err.data);
    pthread_join(thread, NULL);
    cr_assert_not_null(slow.answer, "the connection was cut");
    cr_expect_not_null(strstr(slow.answer, "200 OK"), "%s", slow.answer);
    cr_expect_not_null(strstr(slow.answer, "slow but sure"), "%s", slow.answer);
    free(slow.answer);
    run_end(&start);
    cr_expect_eq(start.status, 0, "%s", start.err.data);
    pids_await_gone(&pids);
    run_fini(&start);
    run_fini(&stop);
}
