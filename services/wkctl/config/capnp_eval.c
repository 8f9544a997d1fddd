/* services/wkctl/config/capnp_eval.c - values: every expression is read as the type that its
 * place in the schema asks for. A wrong value is reported and left out, and reading goes on. */
#include "services/wkctl/config/capnp_eval.h"

#include <stdio.h>
#include <string.h>

static void
eval_error(struct capnp_eval *e, const struct capnp_file *file, const struct capnp_expr *x,
           const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    wk_diag_addv(e->diags, WK_DIAG_ERROR, file->path, x->line, x->column, e->field, fmt, args);
    va_end(args);
}

static struct wk_doc *
eval_new(struct capnp_eval *e, enum wk_doc_kind kind, const struct capnp_file *file,
         const struct capnp_expr *x)
{
    e->nodes++;
    return wk_doc_new(e->arena, kind, file->path, x->line, x->column);
}

static struct wk_doc *
eval_mismatch(struct capnp_eval *e, const struct capnp_file *file, const struct capnp_expr *x,
              const struct capnp_type *want)
{
    struct wk_buf name = {0};

    capnp_type_name(want, &name);
    eval_error(e, file, x, "Type mismatch; expected %s.", name.data);
    wk_buf_fini(&name);
    return NULL;
}

static bool
same_type(const struct capnp_type *a, const struct capnp_type *b)
{
    bool numbers = (a->base == CAPNP_INT || a->base == CAPNP_UINT || a->base == CAPNP_FLOAT) &&
                   (b->base == CAPNP_INT || b->base == CAPNP_UINT || b->base == CAPNP_FLOAT);

    return a->list == b->list && a->type == b->type && (a->base == b->base || numbers) &&
           (a->base != CAPNP_ENUM || a->words == b->words);
}

/* A file that is embedded in many places counts in each: so much will be sent on. */
static bool
eval_room(struct capnp_eval *e, const struct capnp_file *file, const struct capnp_expr *x,
          size_t bytes)
{
    if (bytes <= WK_DOC_BYTES_MAX - e->text_bytes) {
        e->text_bytes += bytes;
        return true;
    }
    eval_error(e, file, x, "all texts of a configuration together may have 64 MiB");
    return false;
}

static struct wk_doc *
eval_text(struct capnp_eval *e, const struct capnp_file *file, const struct capnp_expr *x,
          const struct capnp_type *want)
{
    struct wk_doc *doc;

    if (want->base == CAPNP_TEXT &&
        (x->kind == CAPNP_X_BYTES || wk_utf8_bad_at(x->text, x->len) < x->len))
        return eval_mismatch(e, file, x, want);
    if (!eval_room(e, file, x, x->len))
        return NULL;
    doc = eval_new(e, want->base == CAPNP_TEXT ? WK_DOC_STRING : WK_DOC_BYTES, file, x);
    doc->text = x->text;
    doc->text_len = x->len;
    return doc;
}

static struct wk_doc *
eval_embed(struct capnp_eval *e, const struct capnp_file *file, const struct capnp_expr *x,
           const struct capnp_type *want)
{
    const struct capnp_embed *embed;
    struct wk_doc *doc;

    if (want->list || (want->base != CAPNP_TEXT && want->base != CAPNP_DATA))
        return eval_mismatch(e, file, x, want);
    if ((embed = capnp_embed_load(e, file, x)) == NULL)
        return NULL;
    if (want->base == CAPNP_TEXT && wk_utf8_bad_at(embed->text, embed->len) < embed->len) {
        eval_error(e, file, x,
                   "Couldn't embed \"%s\" as text: it is not UTF-8. Save it as UTF-8, "
                   "or use a field of type Data.",
                   x->text);
        return NULL;
    }
    if (!eval_room(e, file, x, embed->len))
        return NULL;
    doc = eval_new(e, want->base == CAPNP_TEXT ? WK_DOC_STRING : WK_DOC_BYTES, file, x);
    doc->text = embed->text;
    doc->text_len = embed->len;
    doc->origin = embed->path;
    return doc;
}

static struct wk_doc *
eval_number(struct capnp_eval *e, const struct capnp_file *file, const struct capnp_expr *x,
            const struct capnp_type *want)
{
    uint64_t max = want->bits >= 64 ? UINT64_MAX : (UINT64_C(1) << want->bits) - 1;
    const struct capnp_token *n = &x->number;
    struct wk_doc *doc;

    if (want->base != CAPNP_UINT && want->base != CAPNP_INT && want->base != CAPNP_FLOAT)
        return eval_mismatch(e, file, x, want);
    if (want->base != CAPNP_FLOAT) {
        if (!n->is_integer)
            return eval_mismatch(e, file, x, want);
        if (want->base == CAPNP_INT)
            max = max / 2 + x->negative;
        if (n->magnitude > max ||
            (want->base == CAPNP_UINT && x->negative && n->magnitude > 0)) {
            eval_error(e, file, x, "Integer value out of range.");
            return NULL;
        }
    }
    doc = eval_new(e, WK_DOC_NUMBER, file, x);
    doc->is_integer = n->is_integer && n->magnitude <= INT64_MAX;
    doc->integer = doc->is_integer ? (int64_t)n->magnitude * (x->negative ? -1 : 1) : 0;
    doc->number = x->negative ? -n->number : n->number;
    doc->text = n->text;
    doc->text_len = n->len;
    if (x->negative) {
        char *text = wk_arena_alloc(e->arena, n->len + 2);

        snprintf(text, n->len + 2, "-%s", n->text);
        doc->text = text;
        doc->text_len++;
    }
    return doc;
}

/* A word that the type itself knows: true, void, the names of an enum. NULL without an error if
 * the type does not know it. */
static struct wk_doc *
eval_word(struct capnp_eval *e, const struct capnp_file *file, const struct capnp_expr *x,
          const struct capnp_type *want)
{
    struct wk_doc *doc;

    if (want->list || x->kind != CAPNP_X_NAME)
        return NULL;
    if (want->base == CAPNP_VOID && strcmp(x->text, "void") == 0)
        return eval_new(e, WK_DOC_NULL, file, x);
    if (want->base == CAPNP_BOOL &&
        (strcmp(x->text, "true") == 0 || strcmp(x->text, "false") == 0)) {
        doc = eval_new(e, WK_DOC_BOOL, file, x);
        doc->boolean = x->text[0] == 't';
        return doc;
    }
    if (want->base == CAPNP_ENUM && capnp_word_in(want->words, x->text)) {
        doc = eval_new(e, WK_DOC_STRING, file, x);
        doc->text = x->text;
        doc->text_len = x->len;
        return doc;
    }
    return NULL;
}

/* The value of a constant, read anew at each use since a node has one parent. */
static struct wk_doc *
eval_const(struct capnp_eval *e, const struct capnp_file *file, const struct capnp_expr *x,
           const struct capnp_type *want, struct capnp_entity *entity)
{
    struct capnp_decl *decl = entity->decl;
    struct capnp_type type;
    struct wk_doc *doc = NULL;

    if (decl->busy || e->depth >= CAPNP_NAMES_DEPTH_MAX) {
        eval_error(e, file, x,
                   decl->busy ? "Declaration recursively depends on itself."
                              : "constants refer to one another too deeply");
        return NULL;
    }
    decl->busy = true;
    e->depth++;
    if (capnp_resolve_type(e, entity->file, decl->type, &type)) {
        if (!same_type(&type, want))
            eval_mismatch(e, file, x, want);
        else
            doc = capnp_eval_value(e, entity->file, decl->value,
                                   type.base == CAPNP_FLOAT || type.base == CAPNP_INT ? want
                                                                                      : &type);
    }
    e->depth--;
    decl->busy = false;
    return doc;
}

static struct wk_doc *
eval_list(struct capnp_eval *e, struct capnp_file *file, struct capnp_expr *x,
          const struct capnp_type *want)
{
    struct capnp_type item = *want;
    struct wk_doc *list, *value;

    if (x->kind != CAPNP_X_LIST)
        return eval_mismatch(e, file, x, want);
    list = eval_new(e, WK_DOC_ARRAY, file, x);
    item.list = false;
    for (struct capnp_expr *c = x->first; c != NULL; c = c->next)
        if ((value = capnp_eval_value(e, file, c, &item)) != NULL)
            wk_doc_append(list, value);
    return list;
}

static bool
doc_is_empty(const struct wk_doc *doc)
{
    switch (doc->kind) {
    case WK_DOC_NULL:
        return true;
    case WK_DOC_BOOL:
        return !doc->boolean;
    case WK_DOC_NUMBER:
        return doc->number == 0;
    case WK_DOC_STRING:
    case WK_DOC_BYTES:
        return doc->text_len == 0;
    default:
        return doc->count == 0;
    }
}

static void
list_fields(const struct capnp_struct *st, bool unions_only, struct wk_buf *out)
{
    for (size_t i = 0; i < st->count; i++)
        if (st->fields[i].support == CAPNP_YES && (!unions_only || st->fields[i].in_union) &&
            strcmp(st->fields[i].name, "unspecified") != 0)
            wk_buf_addf(out, "%s%s", out->len > 0 ? ", " : "", st->fields[i].name);
}

static void
say_unknown(struct capnp_eval *e, const struct capnp_file *file,
            const struct capnp_expr *member, const struct capnp_struct *st)
{
    const char *names[64], *near;
    struct wk_buf text = {0}, fields = {0};

    WK_CHECK(st->count <= WK_COUNT(names));
    for (size_t i = 0; i < st->count; i++)
        names[i] = st->fields[i].name;
    near = wk_did_you_mean(member->name, names, st->count);
    list_fields(st, false, &fields);
    wk_buf_addf(&text, "no field \"%s\" in %s", member->name, st->name);
    if (near != NULL)
        wk_buf_addf(&text, "; did you mean \"%s\"", near);
    wk_buf_addf(&text, "%s fields: %s", near != NULL ? "?" : ";", fields.data);
    wk_diag_add(e->diags, WK_DIAG_ERROR, file->path, member->name_line, member->name_column,
                member->name, "%s", text.data);
    wk_buf_fini(&text);
    wk_buf_fini(&fields);
}

/* Of a field that is not, or not fully, offered here. */
static void
say_support(struct capnp_eval *e, const struct capnp_file *file, const struct capnp_expr *at,
            const struct capnp_struct *st, const struct capnp_field *field)
{
    bool named = at->name != NULL;
    struct wk_buf fields = {0};

    list_fields(st, field->in_union, &fields);
    wk_diag_add(e->diags, field->support == CAPNP_NO ? WK_DIAG_ERROR : WK_DIAG_WARNING,
                file->path, named ? at->name_line : at->line,
                named ? at->name_column : at->column, field->name,
                field->support == CAPNP_NO
                    ? "%s.%s is known but not supported here: %s. Supported in %s: %s"
                    : "%s.%s has no effect: %s",
                st->name, field->name, field->note, st->name, fields.data);
    wk_buf_fini(&fields);
}

/* One member of a tuple, or the bare value that goes into the first field. */
static void
eval_member(struct capnp_eval *e, struct capnp_file *file, struct capnp_expr *x,
            const struct capnp_struct *st, const struct capnp_field *field,
            struct wk_doc *object)
{
    const char *outer = e->field;
    struct wk_doc *value;

    e->field = field->name;
    value = capnp_eval_value(e, file, x, &field->type);
    e->field = outer;
    if (value == NULL)
        return;
    if (field->support != CAPNP_YES) {
        if (!doc_is_empty(value) || field->in_union)
            say_support(e, file, x, st, field);
        if (field->support == CAPNP_NO && !field->in_union)
            return;
    }
    value->key = field->name;
    value->key_line = x->name != NULL ? x->name_line : x->line;
    value->key_column = x->name != NULL ? x->name_column : x->column;
    for (struct wk_doc *c = object->first; field->in_union && c != NULL; c = c->next)
        if (capnp_field_find(st, c->key)->in_union)
            eval_error(e, file, x,
                       "%s can be only one of \"%s\" and \"%s\"; remove one of them", st->name,
                       c->key, field->name);
    wk_doc_append(object, value);
}

static struct wk_doc *
eval_struct(struct capnp_eval *e, struct capnp_file *file, struct capnp_expr *x,
            const struct capnp_type *want)
{
    const struct capnp_struct *st = want->type;
    struct wk_doc *object;

    if (x->kind != CAPNP_X_TUPLE) {
        if (st->group || st->fields[0].type.base == CAPNP_STRUCT || st->fields[0].in_union)
            return eval_mismatch(e, file, x, want);
        object = eval_new(e, WK_DOC_OBJECT, file, x);
        eval_member(e, file, x, st, &st->fields[0], object);
        return object;
    }
    object = eval_new(e, WK_DOC_OBJECT, file, x);
    for (struct capnp_expr *m = x->first; m != NULL; m = m->next) {
        const struct capnp_field *field =
            m->name != NULL ? capnp_field_find(st, m->name) : NULL;

        if (m->name == NULL)
            eval_error(e, file, m, "Missing field name.");
        else if (field == NULL)
            say_unknown(e, file, m, st);
        else if (wk_doc_find(object, field->name) != NULL)
            eval_error(e, file, m, "the field \"%s\" is here twice; remove one", m->name);
        else
            eval_member(e, file, m, st, field, object);
    }
    return object;
}

struct wk_doc *
capnp_eval_value(struct capnp_eval *e, struct capnp_file *file, struct capnp_expr *x,
                 const struct capnp_type *want)
{
    struct capnp_entity entity;
    struct capnp_type type;
    struct wk_doc *word;

    if (e->nodes > CAPNP_NODES_MAX || e->diags->errors > WK_DIAG_MAX) {
        if (e->nodes++ == CAPNP_NODES_MAX + 1)
            eval_error(e, file, x, "too many values; at most %d", CAPNP_NODES_MAX);
        return NULL;
    }
    if (x->kind == CAPNP_X_NAME || x->kind == CAPNP_X_MEMBER || x->kind == CAPNP_X_IMPORT) {
        if ((word = eval_word(e, file, x, want)) != NULL)
            return word;
        if (x->kind == CAPNP_X_NAME && capnp_word_in("true false void", x->text))
            return eval_mismatch(e, file, x, want);
        if (!capnp_resolve(e, file, x, &entity))
            return NULL;
        if (entity.kind != CAPNP_ENTITY_CONST)
            return eval_mismatch(e, file, x, want);
        /* A constant of another type may stand for the first field of a struct. */
        if (want->base == CAPNP_STRUCT && !want->list &&
            capnp_resolve_type(e, entity.file, entity.decl->type, &type) &&
            !same_type(&type, want))
            return eval_struct(e, file, x, want);
        return eval_const(e, file, x, want, &entity);
    }
    if (want->list)
        return eval_list(e, file, x, want);
    if (want->base == CAPNP_STRUCT)
        return eval_struct(e, file, x, want);
    if (x->kind == CAPNP_X_EMBED)
        return eval_embed(e, file, x, want);
    if ((x->kind == CAPNP_X_STRING || x->kind == CAPNP_X_BYTES) &&
        (want->base == CAPNP_TEXT || want->base == CAPNP_DATA))
        return eval_text(e, file, x, want);
    if (x->kind == CAPNP_X_NUMBER)
        return eval_number(e, file, x, want);
    return eval_mismatch(e, file, x, want);
}
