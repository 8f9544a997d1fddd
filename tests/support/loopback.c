#include "tests/support/loopback.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ACTORS_MAX 256
#define WINDOW_BYTES (1u << 18)

uint64_t __real_wk_now_ns(void);
uint64_t __wrap_wk_now_ns(void);
uint64_t __wrap_wk_now_ms(void);

enum op_kind {
    OP_OPEN,
    OP_CALL,
    OP_RESPONSE,
    OP_RESULT,
    OP_DATA,
    OP_CREDIT,
    OP_CLOSE,
    OP_DURABLE
};

/* One side of an exchange. */
struct side {
    struct side *other, *next; /* next: all there are, so that none is lost */
    struct wk_exchange *x;
    struct loopback_answer *front; /* the test asked */
    struct wk_alarm_result *alarm;
    size_t window; /* raw bytes that may be sent */
    bool over;
};

struct placed {
    struct wk_actor *actor;
    struct wk_buf id, name, pages; /* pages: of its database */
    uint64_t writes, incarnation;
};

struct op {
    struct op *next;
    enum op_kind kind;
    struct side *to;
    struct placed *place;
    uint32_t handle;
    struct wk_buf text[8]; /* copies of what the op points to */
    struct wk_slice *headers;
    struct wk_request_head request;
    struct wk_response_head response;
    struct wk_call_head call;
    struct wk_call_result result;
    struct wk_actor_ref ref;
    bool is_actor, end;
    wk_err code;
    bool failed;
    struct wk_js_error error;
    uint64_t number;
};

static struct {
    struct wk_isolate *isolate;
    struct op *first, **tail;
    struct op **held; /* where what is held back begins; NULL: nothing is */
    struct side *sides;
    struct placed places[ACTORS_MAX];
    struct loopback_counts counts;
    uint64_t timer_ms, incarnation, skipped_ns;
    struct wk_module module;
    struct wk_module_import import;
    struct wk_buf code;
    bool loaded;
} loop = {.tail = &loop.first};

static struct op *
op_new(enum op_kind kind, struct side *to)
{
    struct op *op = wk_xcalloc(1, sizeof(*op));

    op->kind = kind;
    op->to = to;
    *loop.tail = op;
    loop.tail = &op->next;
    return op;
}

static struct wk_slice
copied(struct op *op, int slot, struct wk_slice in)
{
    wk_buf_add(&op->text[slot], in.data, in.len);
    return (struct wk_slice){op->text[slot].data != NULL ? op->text[slot].data : "", in.len};
}

static const struct wk_slice *
copied_headers(struct op *op, const struct wk_slice *in, size_t count)
{
    op->headers = wk_xcalloc(count + 1, sizeof(*op->headers));
    for (size_t i = 0; i < count; i++)
        op->headers[i] = (struct wk_slice){wk_xstrndup(in[i].data, in[i].len), in[i].len};
    return op->headers;
}

/* ---- the clock: nobody waits for it ---- */

uint64_t
__wrap_wk_now_ns(void)
{
    return __real_wk_now_ns() + loop.skipped_ns;
}

uint64_t
__wrap_wk_now_ms(void)
{
    return __wrap_wk_now_ns() / 1000000;
}

/* ---- what the isolate asks for ---- */

static void
close_other(struct side *from, wk_err code, const struct wk_js_error *error)
{
    struct op *op = op_new(OP_CLOSE, from->other);

    from->over = true;
    from->x = NULL;
    op->code = code;
    op->failed = error != NULL;
    if (error == NULL)
        return;
    op->error = (struct wk_js_error){
        .name = copied(op, 0, (struct wk_slice){error->name, strlen(error->name)}).data,
        .message =
            copied(op, 1, (struct wk_slice){error->message, strlen(error->message)}).data,
        .stack = "",
        .excerpt = "",
        .traits = error->traits | (code == WK_EBROKEN ? 8 : 0),
        .detail = copied(op, 2, error->detail),
        .incarnation = error->incarnation,
    };
}

static void
ops_respond(void *host, void *peer, const struct wk_response_head *head,
            enum wk_exchange_end end)
{
    struct side *from = peer;
    struct op *op = op_new(OP_RESPONSE, from->other);

    op->response = *head;
    op->response.status_text = copied(op, 0, head->status_text);
    op->response.body = copied(op, 1, head->body);
    op->response.headers = copied_headers(op, head->headers, head->header_count);
    if (end == WK_LAST)
        close_other(from, WK_OK, NULL);
}

static size_t
ops_window(void *host, void *peer)
{
    return ((struct side *)peer)->window;
}

static void
ops_write(void *host, void *peer, const void *data, size_t bytes, enum wk_exchange_end end)
{
    struct side *from = peer;
    struct op *op = op_new(OP_DATA, from->other);

    WK_CHECK(bytes <= from->window);
    from->window -= bytes;
    copied(op, 0, (struct wk_slice){data, bytes});
    op->end = end != WK_MORE;
}

static void
ops_consumed(void *host, void *peer, size_t bytes)
{
    op_new(OP_CREDIT, ((struct side *)peer)->other)->number = bytes;
}

static void
ops_finish(void *host, void *peer, wk_err code, const struct wk_js_error *error)
{
    close_other(peer, code, error);
}

static struct side *
pair_new(struct wk_exchange *x)
{
    struct side *caller = wk_xcalloc(1, sizeof(*caller)),
                *callee = wk_xcalloc(1, sizeof(*callee));

    caller->other = callee;
    callee->other = caller;
    caller->window = callee->window = WINDOW_BYTES;
    callee->next = caller;
    caller->next = loop.sides;
    loop.sides = callee;
    caller->x = x;
    return caller;
}

static void
address(struct op *op, const struct wk_actor_ref *ref)
{
    op->is_actor = ref != NULL;
    if (ref == NULL)
        return;
    op->ref = *ref;
    op->ref.id = copied(op, 6, ref->id);
    op->ref.name = copied(op, 7, ref->name);
}

static void *
ops_open(void *host, uint32_t handle, void *parent, const struct wk_actor_ref *ref,
         const struct wk_request_head *head, struct wk_exchange *x)
{
    struct side *caller = pair_new(x);
    struct op *op = op_new(OP_OPEN, caller->other);

    op->handle = handle;
    op->request = *head;
    op->request.method = copied(op, 0, head->method);
    op->request.url = copied(op, 1, head->url);
    op->request.cf_json = copied(op, 2, head->cf_json);
    op->request.body = copied(op, 3, head->body);
    op->request.headers = copied_headers(op, head->headers, head->header_count);
    address(op, ref);
    return caller;
}

static void *
ops_call(void *host, uint32_t handle, void *parent, const struct wk_actor_ref *ref,
         const struct wk_call_head *head, struct wk_exchange *x)
{
    struct side *caller = pair_new(x);
    struct op *op = op_new(OP_CALL, caller->other);

    op->handle = handle;
    op->call.method = copied(op, 0, head->method);
    op->call.arguments = copied(op, 1, head->arguments);
    op->call.follow_bytes = head->follow_bytes;
    op->call.get = head->get;
    address(op, ref);
    return caller;
}

static void
ops_result(void *host, void *peer, const struct wk_call_result *result,
           enum wk_exchange_end end)
{
    struct side *from = peer;
    struct op *op = op_new(OP_RESULT, from->other);

    op->result = *result;
    op->result.value = copied(op, 0, result->value);
    if (end == WK_LAST)
        close_other(from, WK_OK, NULL);
}

static void
ops_alarm_done(void *host, void *peer, const struct wk_alarm_result *result)
{
    struct side *from = peer;

    *from->alarm = *result;
    from->over = true;
}

static void
ops_test_done(void *host, void *peer, bool passed, const char *error)
{
}

static void
ops_log(void *host, int level, const char *text, size_t bytes)
{
    if (getenv("LOOPBACK_LOG") != NULL)
        fprintf(stderr, "%.*s\n", (int)bytes, text);
}

static void
ops_timer(void *host, uint64_t due_ms)
{
    loop.timer_ms = due_ms;
}

static void
ops_broken(void *host, wk_err code)
{
    abort();
}

static const struct wk_isolate_ops isolate_ops = {
    .respond = ops_respond,
    .window = ops_window,
    .write = ops_write,
    .consumed = ops_consumed,
    .finish = ops_finish,
    .open = ops_open,
    .call = ops_call,
    .result = ops_result,
    .alarm_done = ops_alarm_done,
    .test_done = ops_test_done,
    .log = ops_log,
    .timer = ops_timer,
    .broken = ops_broken,
};

/* ---- what actors ask for ---- */

static void
page_keep(struct placed *place, size_t number, struct wk_span bytes)
{
    static const uint8_t none[WK_PAGE_BYTES];

    while (place->pages.len <= number * WK_PAGE_BYTES)
        wk_buf_add(&place->pages, none, sizeof(none));
    memcpy(place->pages.data + number * WK_PAGE_BYTES, bytes.data, WK_PAGE_BYTES);
}

static void
actor_writes(void *host, void *peer, const struct wk_write *writes, size_t count,
             bool confirmed, bool turn_end)
{
    struct placed *place = peer;
    struct op *op = wk_xcalloc(1, sizeof(*op)),
              **at = loop.held != NULL ? loop.held : loop.tail;

    op->kind = OP_DURABLE;
    op->next = *at;
    *at = op;
    if (loop.tail == at)
        loop.tail = &op->next;
    if (loop.held != NULL)
        loop.held = &op->next;
    for (size_t i = 0; i < count; i++)
        if (writes[i].kind == WK_WRITE_PAGE)
            page_keep(place, (size_t)writes[i].number, writes[i].value);
    loop.counts.writes += count;
    op->place = place;
    op->number = ++place->writes;
    op->ref.incarnation = place->incarnation;
    op->end = turn_end;
}

static void
actor_hold(void *host)
{
    WK_CHECK(loop.held == NULL);
    loop.held = loop.tail;
}

static void
actor_release(void *host)
{
    WK_CHECK(loop.held != NULL);
    loop.held = NULL;
}

static void
actor_read(void *host, void *peer, const struct wk_actor_read *read)
{
    abort(); /* everything is known */
}

static wk_err
actor_read_now(void *host, void *peer, const struct wk_actor_read *read,
               void (*answer)(void *arg, const struct wk_actor_answer *answer), void *arg)
{
    const struct placed *place = peer;
    struct wk_actor_page page = {0};
    struct wk_actor_answer said = {.request = read->request, .pages = &page, .page_count = 1};

    WK_CHECK(read->page_count == 1);
    page.number = read->pages[0];
    page.data = (const uint8_t *)place->pages.data + (size_t)page.number * WK_PAGE_BYTES;
    answer(arg, &said);
    return WK_OK;
}

static void *
actor_behalf(void *host, void *peer)
{
    return peer;
}

static void
actor_offer(void *host, void *peer, uint64_t events)
{
    loop.counts.offers++;
}

static void
actor_end(void *host, void *peer, wk_err code, const struct wk_js_error *error)
{
    struct placed *place = peer;

    loop.counts.ended++;
    loop.counts.last_end = code;
    snprintf(loop.counts.last_error, sizeof(loop.counts.last_error), "%s: %s",
             error != NULL ? error->name : "", error != NULL ? error->message : "");
    place->actor = NULL;
}

static const struct wk_actor_ops actor_ops = {.writes = actor_writes,
                                              .hold = actor_hold,
                                              .release = actor_release,
                                              .read = actor_read,
                                              .read_now = actor_read_now,
                                              .behalf = actor_behalf,
                                              .offer = actor_offer,
                                              .end = actor_end};

/* ---- placing and delivering ---- */

static struct placed *
place_of(const struct wk_actor_ref *ref, uint32_t handle)
{
    struct placed *place = loop.places;

    while (place->id.len > 0 && (place->id.len != ref->id.len ||
                                 memcmp(place->id.data, ref->id.data, ref->id.len) != 0))
        place++;
    WK_CHECK(place < loop.places + ACTORS_MAX);
    if (place->id.len == 0) {
        wk_buf_add(&place->id, ref->id.data, ref->id.len);
        wk_buf_add(&place->name, ref->name.data, ref->name.len);
    }
    if (place->actor == NULL) {
        const struct wk_actor_start start = {
            .namespace_index = handle,
            .id = {(const uint8_t *)place->id.data, place->id.len},
            .name = {(const uint8_t *)place->name.data, place->name.len},
            .incarnation = ++loop.incarnation,
            .storage =
                handle == LOOPBACK_EPHEMERAL ? WK_ACTOR_STORAGE_NONE : WK_ACTOR_STORAGE_DISK,
            .enable_sql = handle == LOOPBACK_KEPT,
            .whole = true,
        };

        loop.counts.placed++;
        place->writes = 0;
        place->pages.len = 0;
        place->incarnation = start.incarnation;
        place->actor = wk_actor_open(loop.isolate, &start, &actor_ops, NULL, place);
    }
    return place;
}

static void
deliver_to_front(struct op *op, struct loopback_answer *front)
{
    if (op->kind == OP_RESPONSE) {
        front->status = op->response.status;
        wk_buf_add(&front->body, op->response.body.data, op->response.body.len);
        front->done = !op->response.body_follows;
    } else if (op->kind == OP_DATA) {
        wk_buf_add(&front->body, op->text[0].data, op->text[0].len);
        front->done |= op->end;
        if (op->text[0].len > 0)
            ops_consumed(NULL, op->to, op->text[0].len);
    } else if (op->kind == OP_RESULT) {
        front->done = true;
    } else if (op->kind == OP_CLOSE) {
        front->done = true;
        front->code = op->code;
        if (op->failed)
            wk_buf_addf(&front->error, "%s: %s", op->error.name, op->error.message);
    }
}

static void
deliver_event(struct op *op)
{
    struct placed *place = op->is_actor ? place_of(&op->ref, op->handle) : NULL;
    struct wk_actor *actor = place != NULL ? place->actor : NULL;
    struct wk_exchange *x;

    if (op->kind == OP_OPEN)
        wk_isolate_fetch(loop.isolate, op->to, 0, actor, &op->request, &x);
    else
        wk_isolate_call(loop.isolate, op->to, 0, actor, &op->call, &x);
    if (!op->to->over)
        op->to->x = x;
}

static void
note(const struct op *op)
{
    size_t len = strlen(loop.counts.order);
    char c = op->kind == OP_CALL      ? 'C'
             : op->kind == OP_RESULT  ? 'R'
             : op->kind != OP_DURABLE ? 0
             : op->end                ? 'W'
                                      : 'U';

    if (len + 1 < sizeof(loop.counts.order))
        loop.counts.order[len] = c;
}

static void
credit(struct side *to, size_t bytes)
{
    bool was_empty = to->window == 0;

    to->window += bytes;
    if (was_empty && !to->over && to->x != NULL)
        wk_isolate_writable(to->x);
}

static void
deliver(struct op *op)
{
    note(op);
    if (op->kind == OP_DURABLE) {
        if (op->place->actor != NULL && op->place->incarnation == op->ref.incarnation)
            wk_actor_durable(op->place->actor, op->number);
    } else if (op->kind == OP_CREDIT) {
        credit(op->to, (size_t)op->number);
    } else if (op->to->front != NULL) {
        deliver_to_front(op, op->to->front);
    } else if (op->kind == OP_OPEN || op->kind == OP_CALL) {
        deliver_event(op);
    } else if (op->to->over || op->to->x == NULL) {
        return;
    } else if (op->kind == OP_RESPONSE) {
        wk_isolate_response(op->to->x, &op->response);
    } else if (op->kind == OP_RESULT) {
        wk_isolate_result(op->to->x, &op->result);
    } else if (op->kind == OP_DATA) {
        wk_isolate_data(op->to->x, op->text[0].data, op->text[0].len, op->end);
    } else {
        struct wk_exchange *x = op->to->x;

        op->to->over = true;
        op->to->x = NULL;
        wk_isolate_closed(x, op->code, op->failed ? &op->error : NULL);
    }
}

static void
op_free(struct op *op)
{
    size_t headers = op->kind == OP_OPEN ? op->request.header_count : op->response.header_count;

    for (size_t i = 0; op->headers != NULL && i < headers; i++)
        free((char *)(uintptr_t)op->headers[i].data);
    free(op->headers);
    for (size_t i = 0; i < WK_COUNT(op->text); i++)
        wk_buf_fini(&op->text[i]);
    free(op);
}

static bool
timers_run(uint64_t until_ms)
{
    uint64_t now = wk_now_ms();

    if (loop.timer_ms == 0 || loop.timer_ms > until_ms)
        return false;
    if (loop.timer_ms > now)
        loop.skipped_ns += (loop.timer_ms - now) * 1000000;
    loop.timer_ms = 0;
    wk_isolate_timers(loop.isolate);
    return true;
}

/* Until nothing is left to do, or *done. */
static void
run(uint64_t until_ms, const bool *done)
{
    struct op *op;

    do {
        if (done != NULL && *done && loop.first == NULL)
            return;
        while ((op = loop.first) != NULL) {
            loop.first = op->next;
            if (loop.first == NULL)
                loop.tail = &loop.first;
            deliver(op);
            op_free(op);
            if (loop.first == NULL)
                wk_isolate_idle(loop.isolate);
        }
    } while (!(done != NULL && *done) && timers_run(until_ms));
}

void
loopback_run(uint64_t until_ms)
{
    run(until_ms, NULL);
}

/* ---- for tests ---- */

uint32_t loopback_cpu_limit_ms = 10000;

static void
on_loaded(void *host, const char *error, const struct wk_worker_entrypoint *list, size_t count)
{
    if (error != NULL)
        wk_check_failed(error, "the worker of the test", 0);
    loop.loaded = true;
}

void
loopback_init(const char *path)
{
    static const struct wk_worker_binding bindings[] = {
        {.name = "SELF", .kind = WK_BINDING_SERVICE, .value = {"", 0}, .handle = 0},
        {.name = "C",
         .kind = WK_BINDING_ACTORS,
         .value = {LOOPBACK_KEY, sizeof(LOOPBACK_KEY) - 1},
         .handle = LOOPBACK_ACTORS,
         .shards = 1},
        {.name = "E",
         .kind = WK_BINDING_ACTORS,
         .value = {"", 0},
         .handle = LOOPBACK_EPHEMERAL,
         .shards = 1,
         .ephemeral = true},
        {.name = "K",
         .kind = WK_BINDING_ACTORS,
         .value = {LOOPBACK_KEY, sizeof(LOOPBACK_KEY) - 1},
         .handle = LOOPBACK_KEPT,
         .shards = 1},
    };
    static const struct wk_worker_actors actors[] = {
        {LOOPBACK_ACTORS, "Counter", false, false},
        {LOOPBACK_EPHEMERAL, "Ephemeral", false, true},
        {LOOPBACK_KEPT, "Kept", true, false}};
    static const struct wk_worker_target targets[] = {{"", ""}};
    static struct wk_worker worker = {.name = "test",
                                      .modules = &loop.module,
                                      .module_count = 1,
                                      .bindings = bindings,
                                      .binding_count = WK_COUNT(bindings),
                                      .targets = targets,
                                      .target_count = 1,
                                      .actors = actors,
                                      .actors_count = WK_COUNT(actors),
                                      .compatibility_flags = "rpc enhanced_error_serialization",
                                      .outbound_handle = -1,
                                      .cpu_limit_ms = 10000,
                                      .memory_limit_bytes = 128u << 20};

    WK_CHECK(wk_buf_read_file(&loop.code, path, 16u << 20) == WK_OK);
    loop.import = (struct wk_module_import){"tslib", "wk:tslib", "", false};
    loop.module = (struct wk_module){.name = "worker",
                                     .display = "worker.js",
                                     .type = WK_MODULE_ES,
                                     .code = {loop.code.data, loop.code.len},
                                     .line_map = {"", 0},
                                     .source = {"", 0},
                                     .imports = &loop.import,
                                     .import_count = 1};
    loop.isolate = wk_isolate_new();
    wk_isolate_attach(loop.isolate, &isolate_ops, NULL);
    worker.cpu_limit_ms = loopback_cpu_limit_ms;
    wk_isolate_load(loop.isolate, &worker, on_loaded);
    WK_CHECK(loop.loaded);
}

void
loopback_get(const char *path, struct loopback_answer *out)
{
    static const struct wk_slice no_headers[1];
    char url[512];
    struct side *front;
    struct op *op;

    memset(out, 0, sizeof(*out));
    front = pair_new(NULL);
    front->front = out;
    op = op_new(OP_OPEN, front->other);
    snprintf(url, sizeof(url), "http://test%s", path);
    op->request = (struct wk_request_head){.content_length = -1, .headers = no_headers};
    op->request.method = copied(op, 0, (struct wk_slice){"GET", 3});
    op->request.url = copied(op, 1, (struct wk_slice){url, strlen(url)});
    op->request.cf_json = (struct wk_slice){"", 0};
    run(wk_now_ms() + 5000, &out->done);
    WK_CHECK(out->done);
}

void
loopback_call_in_pieces(uint64_t announced, const size_t *pieces, size_t count,
                        struct loopback_answer *out)
{
    struct side *front;
    struct op *op;

    memset(out, 0, sizeof(*out));
    front = pair_new(NULL);
    front->front = out;
    op = op_new(OP_CALL, front->other);
    op->call.method = copied(op, 0, (struct wk_slice){"none", 4});
    op->call.follow_bytes = announced;
    for (size_t i = 0; i < count; i++) {
        op = op_new(OP_DATA, front->other);
        wk_buf_reserve(&op->text[0], pieces[i]);
        memset(op->text[0].data, 0, pieces[i]);
        op->text[0].len = pieces[i];
        op->end = i + 1 == count;
    }
    run(wk_now_ms() + 5000, &out->done);
}

void
loopback_answer_fini(struct loopback_answer *answer)
{
    wk_buf_fini(&answer->body);
    wk_buf_fini(&answer->error);
}

const struct loopback_counts *
loopback_counts(void)
{
    return &loop.counts;
}

struct wk_isolate *
loopback_isolate(void)
{
    return loop.isolate;
}

bool
loopback_alarm(const char *name, uint64_t scheduled_ms, struct wk_alarm_result *out)
{
    for (struct placed *p = loop.places; p < loop.places + ACTORS_MAX; p++)
        if (p->actor != NULL && p->name.len == strlen(name) &&
            memcmp(p->name.data, name, p->name.len) == 0) {
            struct side *from = pair_new(NULL);
            struct wk_exchange *x;

            from->other->alarm = out;
            wk_isolate_alarm(loop.isolate, from->other, p->actor, scheduled_ms, 0, &x);
            loopback_run(wk_now_ms() + 1000);
            return true;
        }
    return false;
}

void
loopback_forget(void)
{
    for (struct placed *p = loop.places; p < loop.places + ACTORS_MAX; p++)
        p->actor = NULL;
}
