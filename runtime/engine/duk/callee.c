/* What was called, read back from the bytecode before the call. Only for errors.
 *
 * Names of local variables follow the line numbers of a function, which are read from their
 * beginning:
 *
 *     line numbers | register, name, NUL | register, name, NUL ... | MAGIC + bytes of the
 * names, 32 bits */
#include "duk_internal.h"

#include "kernel/base/base.h"

#define MAGIC 0x574b0000u
#define NAMES_BYTES_MAX 0xffffu
#define NAME_BYTES_MAX 60u
#define LOOK_BACK 250 /* instructions */
#define DEPTH_MAX 8
#define TEXT_BYTES_MAX 120

/* ---- names ---- */

static duk_size_t
names_write(duk_hthread *thr, duk_hobject *varmap, duk_uint8_t *out)
{
    duk_size_t at = 0;

    for (duk_uint32_t i = 0; i < DUK_HOBJECT_GET_ENEXT(varmap); i++) {
        duk_hstring *key = DUK_HOBJECT_E_GET_KEY(thr->heap, varmap, i);
        duk_tval *tv;
        duk_size_t bytes;

        if (key == NULL || DUK_HOBJECT_E_SLOT_IS_ACCESSOR(thr->heap, varmap, i))
            continue;
        tv = DUK_HOBJECT_E_GET_VALUE_TVAL_PTR(thr->heap, varmap, i);
        bytes = DUK_HSTRING_GET_BYTELEN(key);
        if (!DUK_TVAL_IS_NUMBER(tv) || DUK_TVAL_GET_NUMBER(tv) > 255 ||
            bytes > NAME_BYTES_MAX || at + bytes + 2 > NAMES_BYTES_MAX)
            continue;
        if (out != NULL) {
            out[at] = (duk_uint8_t)DUK_TVAL_GET_NUMBER(tv);
            memcpy(out + at + 1, DUK_HSTRING_GET_DATA(key), bytes + 1);
        }
        at += bytes + 2;
    }
    return at;
}

DUK_INTERNAL void
wk_push_names(duk_hthread *thr, duk_hobject *varmap)
{
    duk_size_t lines_bytes, bytes = names_write(thr, varmap, NULL);
    duk_uint32_t tail = MAGIC | (duk_uint32_t)bytes;
    duk_uint8_t *out =
        duk_push_fixed_buffer_nozero(thr, duk_get_length(thr, -1) + bytes + sizeof(tail));
    const void *lines = duk_get_buffer(thr, -2, &lines_bytes);

    memcpy(out, lines, lines_bytes);
    names_write(thr, varmap, out + lines_bytes);
    memcpy(out + lines_bytes + bytes, &tail, sizeof(tail));
    duk_remove(thr, -2);
}

/* The name of the variable in a register, or NULL. */
static const char *
name_find(duk_hthread *thr, duk_hcompfunc *f, duk_small_uint_t reg)
{
    duk_tval *tv = duk_hobject_find_entry_tval_ptr(thr->heap, &f->obj,
                                                   DUK_HTHREAD_STRING_INT_PC2LINE(thr));
    const duk_uint8_t *p, *end;
    duk_hbuffer *lines;
    duk_uint32_t tail;

    if (tv == NULL || !DUK_TVAL_IS_BUFFER(tv))
        return NULL;
    lines = DUK_TVAL_GET_BUFFER(tv);
    if (DUK_HBUFFER_HAS_DYNAMIC(lines) || DUK_HBUFFER_GET_SIZE(lines) < sizeof(tail))
        return NULL;
    end = (const duk_uint8_t *)DUK_HBUFFER_GET_DATA_PTR(thr->heap, lines) +
          DUK_HBUFFER_GET_SIZE(lines) - sizeof(tail);
    memcpy(&tail, end, sizeof(tail));
    if ((tail & ~NAMES_BYTES_MAX) != MAGIC ||
        (tail &= NAMES_BYTES_MAX) > DUK_HBUFFER_GET_SIZE(lines) - sizeof(tail))
        return NULL;
    for (p = end - tail; p < end;) {
        const duk_uint8_t *nul = memchr(p + 1, '\0', (size_t)(end - p) - 1);

        if (nul == NULL)
            return NULL;
        if (*p == reg)
            return (const char *)p + 1;
        p = nul + 1;
    }
    return NULL;
}

/* ---- text ---- */

struct text {
    duk_hthread *thr;
    duk_hcompfunc *f;
    duk_size_t len;
    int depth;
    char data[TEXT_BYTES_MAX + 1];
};

#define UNKNOWN "(intermediate value)"

static void
add(struct text *t, const char *words)
{
    duk_size_t bytes = strlen(words);

    if (t->len + bytes <= TEXT_BYTES_MAX)
        memcpy(t->data + t->len, words, bytes + 1);
    t->len += bytes; /* over the limit it is not told */
}

static void
add_constant(struct text *t, duk_small_uint_t at, int key)
{
    duk_tval *tv = &DUK_HCOMPFUNC_GET_CONSTS_BASE(t->thr->heap, t->f)[at];
    int text = DUK_TVAL_IS_STRING(tv) && !DUK_HSTRING_HAS_SYMBOL(DUK_TVAL_GET_STRING(tv));

    add(t, key ? text ? "." : "[" : text ? "\"" : "");
    add(t, wk_push_key_text(t->thr, tv));
    duk_pop(t->thr);
    add(t, key ? text ? "" : "]" : text ? "\"" : "");
}

static void
add_name(struct text *t, const char *name)
{
    add(t, strcmp(name, "_this") == 0 ? "this" : name); /* lowered arrow functions */
}

static void add_register(struct text *t, const duk_instr_t *pc, duk_small_uint_t reg);

/* base.key of an instruction that gets a property */
static void
add_property(struct text *t, const duk_instr_t *pc)
{
    duk_instr_t ins = *pc;

    if (ins & 1)
        add_constant(t, DUK_DEC_B(ins), 0);
    else
        add_register(t, pc, DUK_DEC_B(ins));
    if (ins & 2) {
        add_constant(t, DUK_DEC_C(ins), 1);
        return;
    }
    add(t, "[");
    add_register(t, pc, DUK_DEC_C(ins));
    add(t, "]");
}

/* Adds what *pc put into reg; false: nothing, it goes on before. Past a jump it cannot be told
 * which way was taken, but for the instructions that name what is called. */
static int
add_source(struct text *t, const duk_instr_t *pc, duk_small_uint_t reg, int jumped)
{
    duk_instr_t ins = *pc;
    duk_small_uint_t op = DUK_DEC_OP(ins);
    char number[16];

    switch (op) {
    case DUK_OP_JUMP:
    case DUK_OP_IFTRUE_R:
    case DUK_OP_IFTRUE_C:
    case DUK_OP_IFFALSE_R:
    case DUK_OP_IFFALSE_C:
    case DUK_OP_PUTPROP_RR:
    case DUK_OP_PUTPROP_CR:
    case DUK_OP_PUTPROP_RC:
    case DUK_OP_PUTPROP_CC:
    case DUK_OP_PUTVAR:
    case DUK_OP_LABEL:
    case DUK_OP_ENDLABEL:
        return 0;
    case DUK_OP_CSVAR_CR:
    case DUK_OP_CSVAR_CC:
        if (DUK_DEC_A(ins) != reg)
            return 0;
        add_name(t, (const char *)DUK_HSTRING_GET_DATA(DUK_TVAL_GET_STRING(
                        &DUK_HCOMPFUNC_GET_CONSTS_BASE(t->thr->heap, t->f)[DUK_DEC_B(ins)])));
        return 1;
    case DUK_OP_CSREG:
        if (DUK_DEC_BC(ins) != reg)
            return 0;
        add_register(t, pc, DUK_DEC_A(ins));
        return 1;
    case DUK_OP_LDTHIS:
        if (DUK_DEC_BC(ins) != reg)
            return 0;
        add(t, "this");
        return 1;
    case DUK_OP_STREG:
    case DUK_OP_LDUNDEF:
    case DUK_OP_LDNULL:
    case DUK_OP_LDTRUE:
    case DUK_OP_LDFALSE:
    case DUK_OP_NEWOBJ:
    case DUK_OP_NEWARR:
        if (DUK_DEC_BC(ins) != reg)
            return 0;
        break;
    default:
        if (op >= DUK_OP_CALL0 && op <= DUK_OP_CALL15 && DUK_DEC_BC(ins) == reg) {
            if (jumped || (op & DUK_BC_CALL_FLAG_CONSTRUCT)) {
                add(t, UNKNOWN);
            } else {
                add_register(t, pc, reg);
                add(t, "(...)");
            }
            return 1;
        }
        if ((op >= DUK_OP_CALL0 && op <= DUK_OP_CALL15) || DUK_DEC_A(ins) != reg)
            return 0;
    }
    if (jumped) {
        add(t, UNKNOWN);
    } else if (op == DUK_OP_GETVAR) {
        add_name(t, (const char *)DUK_HSTRING_GET_DATA(DUK_TVAL_GET_STRING(
                        &DUK_HCOMPFUNC_GET_CONSTS_BASE(t->thr->heap, t->f)[DUK_DEC_BC(ins)])));
    } else if (op == DUK_OP_LDREG) {
        add_register(t, pc, DUK_DEC_BC(ins));
    } else if (op == DUK_OP_STREG) {
        add_register(t, pc, DUK_DEC_A(ins));
    } else if ((op & ~3u) == DUK_OP_GETPROP || (op & ~3u) == DUK_OP_GETPROPC) {
        add_property(t, pc);
    } else if (op == DUK_OP_LDINT) {
        snprintf(number, sizeof(number), "%ld", (long)DUK_DEC_BC(ins) - DUK_BC_LDINT_BIAS);
        add(t, number);
    } else if (op == DUK_OP_LDCONST) {
        add_constant(t, DUK_DEC_BC(ins), 0);
    } else if (op == DUK_OP_LDNULL || op == DUK_OP_LDUNDEF) {
        add(t, op == DUK_OP_LDNULL ? "null" : "undefined");
    } else {
        add(t, UNKNOWN);
    }
    return 1;
}

/* Adds what is in reg before the instruction at pc. */
static void
add_register(struct text *t, const duk_instr_t *pc, duk_small_uint_t reg)
{
    const duk_instr_t *start = DUK_HCOMPFUNC_GET_CODE_BASE(t->thr->heap, t->f);
    const char *name = name_find(t->thr, t->f, reg);
    int jumped = 0;

    if (name != NULL) {
        add_name(t, name);
        return;
    }
    if (t->depth++ < DEPTH_MAX) {
        for (int i = 0; i < LOOK_BACK && --pc >= start; i++) {
            if (add_source(t, pc, reg, jumped))
                return;
            if (DUK_DEC_OP(*pc) == DUK_OP_JUMP)
                jumped = 1;
        }
    }
    add(t, UNKNOWN);
}

/* Pushes it. NULL and nothing pushed: not to be told, or the caller is native. With a property
 * (`key` is given) the last instruction gets it, otherwise it calls. */
static const char *
push_callee(duk_hthread *thr, duk_tval *key)
{
    duk_activation *act = thr->callstack_curr;
    struct text t = {.thr = thr};
    const duk_instr_t *pc;
    duk_small_uint_t op;

    if (act == NULL || DUK_ACT_GET_FUNC(act) == NULL ||
        !DUK_HOBJECT_IS_COMPFUNC(DUK_ACT_GET_FUNC(act)))
        return NULL;
    duk_hthread_sync_currpc(thr);
    t.f = (duk_hcompfunc *)DUK_ACT_GET_FUNC(act);
    pc = act->curr_pc - 1;
    if (pc < DUK_HCOMPFUNC_GET_CODE_BASE(thr->heap, t.f))
        return NULL;
    op = DUK_DEC_OP(*pc);
    if (key != NULL && (op & ~3u) == DUK_OP_GETPROPC)
        add_property(&t, pc);
    else if (key == NULL && op >= DUK_OP_CALL0 && op <= DUK_OP_CALL15)
        add_register(&t, pc, DUK_DEC_BC(*pc));
    else
        return NULL;
    if (t.len > TEXT_BYTES_MAX || strcmp(t.data, UNKNOWN) == 0)
        return NULL;
    return duk_push_string(thr, t.data);
}

DUK_INTERNAL const char *
wk_push_called_property(duk_hthread *thr, duk_tval *key)
{
    duk_tval copy = *key;
    const char *text = push_callee(thr, &copy);

    if (text == NULL) {
        text = duk_push_sprintf(thr, UNKNOWN ".%s", wk_push_key_text(thr, &copy));
        duk_remove(thr, -2);
    }
    return text;
}

DUK_INTERNAL void
wk_throw_not_callable(duk_hthread *thr, duk_tval *tv, int construct)
{
    duk_tval value = *tv;
    const char *text = push_callee(thr, NULL);

    if (text == NULL)
        text = wk_push_wanted_function(thr, &value);
    (void)duk_type_error(thr, "%s is not a %s", text, construct ? "constructor" : "function");
    DUK_WO_NORETURN(return;);
}
