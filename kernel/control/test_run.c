/* Runs the test() handlers of the deployed workers, in configuration order: the default entrypoint
 * first, then the named ones by name; one after the other. The filter is SERVICE or SERVICE:ENTRYPOINT,
 * both globs. */
#include "kernel/kernel.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

struct test {
    char *name; /* service:entrypoint, as printed */
    struct wk_service *service;
    char *entrypoint;
};

struct run {
    struct wk_kernel *kernel;
    struct wk_route *route; /* NULL: the asker went away */
    struct test *tests;
    size_t count, at;
    uint32_t passed, failed;
    bool answered;
    uint64_t started_ms;
};

static struct run *current_run;

static void run_next(struct run *run);

static void
run_line(struct run *run, bool started, bool passed, const char *error)
{
    Wk__CtlTestLine line = WK__CTL_TEST_LINE__INIT;
    WK_ENVELOPE(msg, CTL_TEST_LINE, ctl_test_line, &line);

    if (run->route == NULL)
        return;
    line.name = run->tests[run->at].name;
    line.started = started;
    line.passed = passed;
    line.error = (char *)(uintptr_t)error;
    line.took_ms = (uint32_t)(wk_now_ms() - run->started_ms);
    wk_route_send(run->route, &msg, 0);
}

static void
test_done(struct run *run, bool passed, const char *error)
{
    if (run->answered)
        return;
    run->answered = true;
    if (passed)
        run->passed++;
    else
        run->failed++;
    run_line(run, false, passed, error);
}

static void
test_on_message(void *arg, struct wk_route *route, const Wk__Envelope *msg, uint8_t flags)
{
    if (msg->body_case == WK__ENVELOPE__BODY_TEST_DONE)
        test_done(arg, msg->test_done->passed, msg->test_done->error);
}

static void
test_on_closed(void *arg, struct wk_route *route, wk_err code, const Wk__Error *error)
{
    struct run *run = arg;

    test_done(run, false, error != NULL ? error->message : "the isolate host died during the test");
    run->at++;
    run_next(run);
}

static void
run_next(struct run *run)
{
    static const struct wk_local local = {test_on_message, NULL, test_on_closed};
    Wk__TestRun test = WK__TEST_RUN__INIT;
    WK_ENVELOPE(msg, TEST_RUN, test_run, &test);
    Wk__CtlReply reply = WK__CTL_REPLY__INIT;
    WK_ENVELOPE(done, CTL_REPLY, ctl_reply, &reply);
    struct wk_buf json = {0};

    if (run->at < run->count && run->route != NULL) {
        struct test *t = &run->tests[run->at];

        run->answered = false;
        run->started_ms = wk_now_ms();
        run_line(run, true, false, "");
        test.entrypoint = t->entrypoint;
        wk_route_open_local(&t->service->dest, NULL, WK_TARGET_KERNEL, &msg, WK_FLAG_END, &local, run);
        return;
    }
    if (run->route != NULL) {
        wk_json_open(&json, NULL, '{');
        wk_json_int(&json, "passed", run->passed);
        wk_json_int(&json, "failed", run->failed);
        wk_json_close(&json, '}');
        reply.json = json.data;
        wk_route_send(run->route, &done, WK_FLAG_LAST);
        wk_buf_fini(&json);
    }
    for (size_t i = 0; i < run->count; i++) {
        free(run->tests[i].name);
        free(run->tests[i].entrypoint);
    }
    free(run->tests);
    free(run);
    current_run = NULL;
}

static bool
matches(const char *filter, const char *service, const char *entrypoint)
{
    char *pattern = wk_xstrdup(filter[0] != '\0' ? filter : "*");
    char *colon = strchr(pattern, ':');
    bool ok;

    if (colon != NULL)
        *colon++ = '\0';
    ok = fnmatch(pattern, service, 0) == 0 && (colon == NULL || fnmatch(colon, entrypoint, 0) == 0);
    free(pattern);
    return ok;
}

static bool
has_test(const Wk__Entrypoint *e)
{
    for (size_t i = 0; i < e->n_handlers; i++)
        if (strcmp(e->handlers[i], "test") == 0)
            return true;
    return false;
}

/* The host lists "" first and the named entrypoints sorted. */
static void
collect(struct run *run, struct wk_service *s, const char *filter)
{
    const Wk__WorkerLoaded *loaded = s->current != NULL ? s->current->loaded : NULL;

    for (size_t i = 0; loaded != NULL && i < loaded->n_entrypoints; i++) {
        const Wk__Entrypoint *e = loaded->entrypoints[i];
        const char *shown = e->name[0] != '\0' ? e->name : "default";

        if (!has_test(e) || !matches(filter, s->name, shown))
            continue;
        run->tests = wk_xrealloc(run->tests, (run->count + 1) * sizeof(*run->tests));
        run->tests[run->count++] = (struct test){
            .name = e->name[0] != '\0' ? wk_xasprintf("%s:%s", s->name, e->name) : wk_xstrdup(s->name),
            .service = s,
            .entrypoint = wk_xstrdup(e->name)};
    }
}

void
wk_test_run(struct wk_kernel *kernel, const char *filter, struct wk_route *route)
{
    const Wk__Config *config = kernel->config != NULL ? kernel->config->config : NULL;

    if (current_run != NULL || config == NULL) {
        wk_route_close(route, WK_EOVERLOADED, config == NULL ? "nothing is deployed" : "tests are running already");
        return;
    }
    current_run = wk_xcalloc(1, sizeof(*current_run));
    current_run->kernel = kernel;
    current_run->route = route;
    for (size_t i = 0; i < config->n_services; i++) {
        struct wk_service *s = wk_service_configured(kernel, config->services[i]->name);

        if (s != NULL && s->kind == WK_WORKER)
            collect(current_run, s, filter);
    }
    run_next(current_run);
}

void
wk_test_forget_route(struct wk_route *route)
{
    if (current_run != NULL && current_run->route == route)
        current_run->route = NULL;
}
