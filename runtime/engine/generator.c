/* Lowered generators and async functions: tslib's __generator and __awaiter.
 *
 * A generator is its body, a function that TypeScript made of the source, and its state, which
 * the body gets as its argument: `label` is where to go on, `trys` the try blocks it is in,
 * `sent()` what was sent in. The body answers with an operation, [code, value]:
 *
 *     0 next  1 throw  2 return  3 break to label  4 yield  5 yield*  6 catch  7 end of finally
 *
 * A try block is [try, catch, finally, end] labels. An async function is a generator whose
 * yields are awaits: its state is the target of a promise reaction, so an await makes no
 * closure and no promise. */
#include "runtime/engine/iterators.h"

enum op {
    OP_NEXT,
    OP_THROW,
    OP_RETURN,
    OP_BREAK,
    OP_YIELD,
    OP_DELEGATE,
    OP_CATCH,
    OP_ENDFINALLY
};
enum outcome { YIELDED, YIELDED_RESULT, RETURNED, THREW };

/* slots of a state */
#define BODY 0
#define THIS 1
#define SENT 2
#define INNER 3 /* what yield* delegates to */
#define OPS 4   /* operations a finally block holds up: array of code, value */
#define PROMISE 5
#define TRYS 6
#define STATE_SLOTS 7

/* flags of a state */
#define RUNNING 1u
#define STARTED 2u
#define DONE 4u
#define SENT_THROWS 8u

static uint32_t
label_get(duk_hthread *thr, struct wk_slots *s)
{
    duk_tval *tv =
        duk_hobject_find_entry_tval_ptr(thr->heap, &s->obj, key_string(thr, WK_KEY_LABEL));

    return tv != NULL && DUK_TVAL_IS_NUMBER(tv) ? (uint32_t)DUK_TVAL_GET_NUMBER(tv) : 0;
}

static void
label_set(duk_hthread *thr, struct wk_slots *s, uint32_t label)
{
    duk_tval *tv =
        duk_hobject_find_entry_tval_ptr(thr->heap, &s->obj, key_string(thr, WK_KEY_LABEL));

    if (tv != NULL)
        DUK_TVAL_SET_U32_UPDREF(thr, tv, label);
}

/* ---- try blocks and held-up operations ---- */

static bool
try_last(duk_hthread *thr, struct wk_slots *s, double t[4])
{
    duk_uarridx_t n;

    if (DUK_TVAL_IS_UNDEFINED(&s->slots[TRYS]))
        return false;
    duk_push_tval(thr, &s->slots[TRYS]);
    n = (duk_uarridx_t)duk_get_length(thr, -1);
    if (n == 0) {
        duk_pop(thr);
        return false;
    }
    duk_get_prop_index(thr, -1, n - 1);
    for (duk_uarridx_t i = 0; i < 4; i++) {
        t[i] = duk_get_prop_index(thr, -1, i) ? duk_get_number_default(thr, -1, -1) : -1;
        duk_pop(thr);
    }
    duk_pop_2(thr);
    return true;
}

static void
try_pop(duk_hthread *thr, struct wk_slots *s)
{
    if (DUK_TVAL_IS_UNDEFINED(&s->slots[TRYS]))
        return;
    duk_push_tval(thr, &s->slots[TRYS]);
    if (duk_get_length(thr, -1) > 0)
        duk_set_length(thr, -1, duk_get_length(thr, -1) - 1);
    duk_pop(thr);
}

/* Holds (op, value at the top) up until its finally block has run; the value stays. */
static void
ops_push(duk_hthread *thr, struct wk_slots *s, enum op op)
{
    duk_uarridx_t n;

    if (DUK_TVAL_IS_UNDEFINED(&s->slots[OPS])) {
        duk_push_array(thr);
        wk_slot_set(thr, s, OPS, duk_get_tval(thr, -1));
    } else {
        duk_push_tval(thr, &s->slots[OPS]);
    }
    n = (duk_uarridx_t)duk_get_length(thr, -1);
    duk_push_int(thr, op);
    duk_put_prop_index(thr, -2, n);
    duk_dup(thr, -2);
    duk_put_prop_index(thr, -2, n + 1);
    duk_pop(thr);
}

/* The value at the top is replaced by that of the held-up operation. */
static enum op
ops_pop(duk_hthread *thr, struct wk_slots *s)
{
    enum op op = OP_NEXT;
    duk_uarridx_t n;

    if (DUK_TVAL_IS_UNDEFINED(&s->slots[OPS]))
        return op;
    duk_push_tval(thr, &s->slots[OPS]);
    n = (duk_uarridx_t)duk_get_length(thr, -1);
    if (n >= 2) {
        duk_get_prop_index(thr, -1, n - 2);
        op = (enum op)duk_get_int(thr, -1);
        duk_pop(thr);
        duk_get_prop_index(thr, -1, n - 1);
        duk_replace(thr, -3);
        duk_set_length(thr, -1, n - 2);
    }
    duk_pop(thr);
    return op;
}

/* ---- steps ---- */

/* Runs the body; its operation's value, or what it threw, replaces the value at the top. */
static enum op
body_run(duk_hthread *thr, struct wk_slots *s)
{
    enum op op = OP_CATCH;

    duk_push_tval(thr, &s->slots[BODY]);
    duk_push_tval(thr, &s->slots[THIS]);
    duk_push_hobject(thr, &s->obj);
    if (duk_pcall_method(thr, 1) == 0) {
        duk_get_prop_index(thr, -1, 0);
        op = (enum op)duk_get_int_default(thr, -1, OP_RETURN);
        duk_pop(thr);
        duk_get_prop_index(thr, -1, 1);
        duk_remove(thr, -2);
    } else {
        wk_slot_clear(thr, s, INNER);
    }
    duk_replace(thr, -2);
    return op;
}

struct delegation {
    enum op op;
    bool done;
};

/* [ inner value ] -> [ inner's result, or its value once it is done ] */
static duk_ret_t
delegate_step(duk_context *ctx, void *udata)
{
    struct delegation *d = udata;
    enum wk_key key = d->op & 2 ? WK_KEY_RETURN : d->op != OP_NEXT ? WK_KEY_THROW : WK_KEY_NEXT;

    get_key(ctx, -2, key);
    if (duk_is_null_or_undefined(ctx, -1)) {
        d->done = true;
        if (key == WK_KEY_RETURN) {
            duk_pop(ctx);
            return 1;
        }
        duk_pop(ctx);
        get_key(ctx, -2, WK_KEY_RETURN);
        if (duk_is_callable(ctx, -1)) {
            duk_dup(ctx, -3);
            duk_call_method(ctx, 0);
        }
        return duk_type_error(ctx, "The iterator does not provide a '%s' method",
                              key == WK_KEY_THROW ? "throw" : "next");
    }
    duk_insert(ctx, -3);
    duk_call_method(ctx, 1);
    if (!duk_is_object(ctx, -1))
        return duk_type_error(ctx, "Iterator result %s is not an object",
                              duk_safe_to_string(ctx, -1));
    get_key(ctx, -1, WK_KEY_DONE);
    d->done = duk_to_boolean(ctx, -1);
    duk_pop(ctx);
    if (d->done)
        get_key(ctx, -1, WK_KEY_VALUE);
    return 1;
}

/* One step of yield*: the inner iterator's answer replaces the value at the top. True: it
 * yielded. */
static bool
delegate(duk_hthread *thr, struct wk_slots *s, enum op *op)
{
    struct delegation d = {*op, false};
    struct wk_slots *it = wk_slots_of_tval(&s->slots[INNER], WK_KIND_ITERATOR);
    bool self = it != NULL && (it->flags & WK_GIVES_SELF);

    duk_push_tval(thr, &s->slots[INNER]);
    duk_insert(thr, -2);
    if (duk_safe_call(thr, delegate_step, &d, 2, 1) != 0) {
        wk_slot_clear(thr, s, INNER);
        *op = OP_CATCH;
        return false;
    }
    if (!d.done) {
        if (self) { /* such an iterator is its own result, which must not get out */
            get_key(thr, -1, WK_KEY_VALUE);
            duk_remove(thr, -2);
            wk_push_result(thr, false);
        }
        return true;
    }
    wk_slot_clear(thr, s, INNER);
    *op = (enum op)(*op & 2);
    return false;
}

static void
state_end(duk_hthread *thr, struct wk_slots *s)
{
    s->flags = DONE;
    for (uint32_t i = 0; i < STATE_SLOTS; i++) {
        if (i != PROMISE)
            wk_slot_clear(thr, s, i);
    }
}

/* Where a break, return or throw goes: true, on with the body; false, on with op as changed. */
static bool
unwind(duk_hthread *thr, struct wk_slots *s, enum op *op, double t[4])
{
    double label = label_get(thr, s);

    if (*op == OP_CATCH && label < t[1]) {
        label_set(thr, s, (uint32_t)t[1]);
        wk_slot_set(thr, s, SENT, duk_get_tval(thr, -1));
        return true;
    }
    if (label < t[2]) {
        label_set(thr, s, (uint32_t)t[2]);
        ops_push(thr, s, *op);
        return true;
    }
    if (t[2] > 0) {
        duk_push_undefined(thr);
        (void)ops_pop(thr, s);
        duk_pop(thr);
    }
    try_pop(thr, s);
    return false;
}

static bool
jump_stays(duk_hthread *thr, bool in_try, double t[4])
{
    double to = duk_get_number_default(thr, -1, 0);

    return !in_try || (to > t[0] && to < t[3]);
}

/* From one suspension to the next. The value at the top is replaced by the outcome's. */
static enum outcome
state_run(duk_hthread *thr, struct wk_slots *s, enum op op)
{
    double t[4];
    bool in_try;

    for (;;) {
        if (!DUK_TVAL_IS_UNDEFINED(&s->slots[INNER]) && delegate(thr, s, &op))
            return YIELDED_RESULT;
        switch (op) {
        case OP_NEXT:
        case OP_THROW:
            wk_slot_set(thr, s, SENT, duk_get_tval(thr, -1));
            s->flags =
                (duk_uint16_t)((s->flags & ~SENT_THROWS) | (op == OP_THROW ? SENT_THROWS : 0));
            break;
        case OP_YIELD:
            label_set(thr, s, label_get(thr, s) + 1);
            return YIELDED;
        case OP_DELEGATE:
            label_set(thr, s, label_get(thr, s) + 1);
            wk_slot_set(thr, s, INNER, duk_get_tval(thr, -1));
            duk_push_undefined(thr);
            duk_replace(thr, -2);
            op = OP_NEXT;
            continue;
        case OP_ENDFINALLY:
            op = ops_pop(thr, s);
            try_pop(thr, s);
            continue;
        default:
            in_try = try_last(thr, s, t);
            if (!in_try && op != OP_BREAK)
                return op == OP_RETURN ? RETURNED : THREW;
            if (op == OP_BREAK && jump_stays(thr, in_try, t)) {
                label_set(thr, s, (uint32_t)duk_get_number_default(thr, -1, 0));
                break;
            }
            s->flags &= (duk_uint16_t)~SENT_THROWS;
            if (!unwind(thr, s, &op, t))
                continue;
        }
        op = body_run(thr, s);
    }
}

/* The same, minding whether it runs, has begun, has ended. */
static enum outcome
state_step(duk_hthread *thr, struct wk_slots *s, enum op op)
{
    enum outcome outcome;

    if (s->flags & RUNNING)
        (void)duk_type_error(thr, "Generator is already running");
    if (!(s->flags & STARTED) && op != OP_NEXT)
        state_end(thr, s);
    if (s->flags & DONE) {
        if (op == OP_NEXT) {
            duk_push_undefined(thr);
            duk_replace(thr, -2);
        }
        return op == OP_THROW ? THREW : RETURNED;
    }
    duk_require_stack(thr, 24);
    s->flags |= RUNNING | STARTED;
    outcome = state_run(thr, s, op);
    s->flags &= (duk_uint16_t)~RUNNING;
    if (outcome >= RETURNED)
        state_end(thr, s);
    return outcome;
}

void
wk_state_resume(duk_hthread *thr, struct wk_slots *s, bool threw)
{
    struct wk_slots *promise = wk_slots_of_tval(&s->slots[PROMISE], WK_KIND_PROMISE);
    duk_tval self;

    switch (state_step(thr, s, threw ? OP_THROW : OP_NEXT)) {
    case YIELDED_RESULT: /* an await inside a loop's body that was made a generator of its own */
        get_key(thr, -1, WK_KEY_VALUE);
        duk_remove(thr, -2);
        /* fall through */
    case YIELDED:
        DUK_TVAL_SET_OBJECT(&self, &s->obj);
        wk_promise_await(thr, -1, &self);
        break;
    case RETURNED:
        wk_promise_do_resolve(thr, promise, duk_get_tval(thr, -1));
        wk_slot_clear(thr, s, PROMISE);
        break;
    case THREW:
        wk_promise_do_reject(thr, promise, duk_get_tval(thr, -1));
        wk_slot_clear(thr, s, PROMISE);
    }
    duk_pop(thr);
}

/* ---- the functions lowered code calls ---- */

/* __generator(thisArg, body) */
static duk_ret_t
tslib_generator(duk_context *ctx)
{
    struct wk_slots *s, *g;
    duk_hthread *thr = ctx;

    g = wk_slots_push(ctx, WK_KIND_GENERATOR, 1, intrinsic_object(ctx, WK_GENERATOR_PROTO));
    s = wk_slots_push(ctx, WK_KIND_STATE, STATE_SLOTS, intrinsic_object(ctx, WK_STATE_PROTO));
    wk_slot_set(thr, g, 0, duk_get_tval(ctx, -1));
    wk_slot_set(thr, s, BODY, duk_get_tval(ctx, 1));
    wk_slot_set(thr, s, THIS, duk_get_tval(ctx, 0));
    duk_push_int(ctx, 0);
    duk_put_prop_heapptr(ctx, -2, key_string(thr, WK_KEY_LABEL));
    duk_pop(ctx);
    return 1;
}

/* A generator that is not of ours (Babel's, or another tslib's): driven through its methods. */
static duk_ret_t
foreign_step(duk_context *ctx)
{
    struct wk_slots *cell = wk_closure_cell(ctx);
    struct wk_slots *promise = wk_slots_of_tval(&cell->slots[1], WK_KIND_PROMISE), *waiter;
    int rejected = duk_get_current_magic(ctx);

    duk_push_tval(ctx, &cell->slots[0]);
    get_key(ctx, 1, rejected ? WK_KEY_THROW : WK_KEY_NEXT);
    duk_dup(ctx, 1);
    duk_dup(ctx, 0);
    if (duk_pcall_method(ctx, 1) != 0) {
        wk_promise_do_reject(ctx, promise, duk_get_tval(ctx, -1));
        return 0;
    }
    get_key(ctx, -1, WK_KEY_DONE);
    get_key(ctx, -2, WK_KEY_VALUE);
    if (duk_to_boolean(ctx, -2)) {
        wk_promise_do_resolve(ctx, promise, duk_get_tval(ctx, -1));
        return 0;
    }
    waiter = wk_promise_push(ctx);
    wk_promise_do_resolve(ctx, waiter, duk_get_tval(ctx, -2));
    duk_push_hobject(ctx, &cell->obj);
    wk_push_closure(ctx, foreign_step, 1, 0);
    duk_push_hobject(ctx, &cell->obj);
    wk_push_closure(ctx, foreign_step, 1, 1);
    wk_promise_do_then(ctx, waiter, NULL, duk_get_tval(ctx, -2), duk_get_tval(ctx, -1));
    return 0;
}

/* [ promise generator ]: begins to drive it. */
static void
foreign_start(duk_hthread *thr, duk_idx_t promise)
{
    struct wk_slots *cell = wk_slots_push(thr, WK_KIND_CELLS, 2, NULL);

    wk_slot_set(thr, cell, 0, duk_get_tval(thr, -2));
    wk_slot_set(thr, cell, 1, duk_get_tval(thr, promise));
    wk_push_closure(thr, foreign_step, 1, 0);
    duk_call(thr, 0);
}

/* __awaiter(thisArg, args, PromiseConstructor, generator) */
static duk_ret_t
tslib_awaiter(duk_context *ctx)
{
    struct wk_slots *p = wk_promise_push(ctx), *g; /* at 4 */
    int nargs = 0;

    duk_dup(ctx, 3);
    duk_dup(ctx, 0);
    if (duk_is_object(ctx, 1)) {
        nargs = (int)duk_get_length(ctx, 1);
        duk_require_stack(ctx, nargs + 8);
        for (int i = 0; i < nargs; i++)
            duk_get_prop_index(ctx, 1, (duk_uarridx_t)i);
    }
    if (duk_pcall_method(ctx, nargs) != 0) {
        wk_promise_do_reject(ctx, p, duk_get_tval(ctx, -1));
    } else if ((g = wk_slots_get(ctx, -1, WK_KIND_GENERATOR)) != NULL) {
        struct wk_slots *s = wk_slots_of_tval(&g->slots[0], WK_KIND_STATE);

        wk_slot_set(ctx, s, PROMISE, duk_get_tval(ctx, 4));
        duk_push_undefined(ctx);
        wk_state_resume(ctx, s, false);
    } else {
        foreign_start(ctx, 4);
    }
    duk_dup(ctx, 4);
    return 1;
}

static duk_ret_t
generator_method(duk_context *ctx, enum op op)
{
    struct wk_slots *g;

    duk_push_this(ctx);
    if ((g = wk_slots_get(ctx, 1, WK_KIND_GENERATOR)) == NULL)
        return duk_type_error(ctx, "generator method called on incompatible receiver %s",
                              duk_safe_to_string(ctx, 1));
    duk_dup(ctx, 0);
    switch (state_step(ctx, wk_slots_of_tval(&g->slots[0], WK_KIND_STATE), op)) {
    case YIELDED:
        wk_push_result(ctx, false);
        return 1;
    case YIELDED_RESULT:
        return 1;
    case RETURNED:
        wk_push_result(ctx, true);
        return 1;
    default:
        return duk_throw(ctx);
    }
}

static duk_ret_t
generator_next(duk_context *ctx)
{
    return generator_method(ctx, OP_NEXT);
}

static duk_ret_t
generator_throw(duk_context *ctx)
{
    return generator_method(ctx, OP_THROW);
}

static duk_ret_t
generator_return(duk_context *ctx)
{
    return generator_method(ctx, OP_RETURN);
}

static struct wk_slots *
state_this(duk_context *ctx)
{
    struct wk_slots *s;

    duk_push_this(ctx);
    if ((s = wk_slots_get(ctx, -1, WK_KIND_STATE)) == NULL)
        (void)duk_type_error(ctx, "not a generator's state");
    return s;
}

static duk_ret_t
state_sent(duk_context *ctx)
{
    struct wk_slots *s = state_this(ctx);

    duk_push_tval(ctx, &s->slots[SENT]);
    return s->flags & SENT_THROWS ? duk_throw(ctx) : 1;
}

static duk_ret_t
state_trys(duk_context *ctx)
{
    struct wk_slots *s = state_this(ctx);

    if (DUK_TVAL_IS_UNDEFINED(&s->slots[TRYS])) {
        duk_push_array(ctx);
        wk_slot_set(ctx, s, TRYS, duk_get_tval(ctx, -1));
    } else {
        duk_push_tval(ctx, &s->slots[TRYS]);
    }
    return 1;
}

void
wk_engine_generators_init(duk_context *ctx)
{
    static const duk_function_list_entry methods[] = {{"next", generator_next, 1},
                                                      {"throw", generator_throw, 1},
                                                      {"return", generator_return, 1},
                                                      {NULL, NULL, 0}};
    static const duk_function_list_entry state[] = {{"sent", state_sent, 0}, {NULL, NULL, 0}};
    static const duk_function_list_entry tslib[] = {{"__generator", tslib_generator, 2},
                                                    {"__awaiter", tslib_awaiter, 4},
                                                    {"__values", wk_tslib_values, 1},
                                                    {NULL, NULL, 0}};

    wk_iterator_proto(ctx, WK_GENERATOR_PROTO, "Generator", generator_next);
    duk_push_hobject(ctx, intrinsic_object(ctx, WK_GENERATOR_PROTO));
    wk_define_methods(ctx, -1, methods);
    duk_push_object(ctx);
    wk_define_methods(ctx, -1, state);
    wk_define_getter(ctx, -1, "trys", state_trys);
    wk_intrinsic_set(ctx, WK_STATE_PROTO);
    duk_pop_2(ctx);
    wk_engine_native(ctx, "tslib", tslib);
}
