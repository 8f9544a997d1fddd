/* services/wkctl/config/capnp_name.c - what a name stands for: a constant, a type, a file. */
#include <string.h>
#include "services/wkctl/config/capnp_eval.h"

static const struct {
    const char *name;
    struct capnp_type type;
} builtins[] = {
    {"Void", {.base = CAPNP_VOID}},
    {"Bool", {.base = CAPNP_BOOL}},
    {"Text", {.base = CAPNP_TEXT}},
    {"Data", {.base = CAPNP_DATA}},
    {"UInt8", {.base = CAPNP_UINT, .bits = 8}},
    {"UInt16", {.base = CAPNP_UINT, .bits = 16}},
    {"UInt32", {.base = CAPNP_UINT, .bits = 32}},
    {"UInt64", {.base = CAPNP_UINT, .bits = 64}},
    {"Int8", {.base = CAPNP_INT, .bits = 8}},
    {"Int16", {.base = CAPNP_INT, .bits = 16}},
    {"Int32", {.base = CAPNP_INT, .bits = 32}},
    {"Int64", {.base = CAPNP_INT, .bits = 64}},
    {"Float32", {.base = CAPNP_FLOAT}},
    {"Float64", {.base = CAPNP_FLOAT}},
};

static bool
name_error(struct capnp_eval *e, const struct capnp_file *file, const struct capnp_expr *x,
           const char *fmt, const char *what)
{
    wk_diag_add(e->diags, WK_DIAG_ERROR, file->path, x->line, x->column, e->field, fmt, what);
    return false;
}

static struct capnp_decl *
decl_find(const struct capnp_file *file, const char *name)
{
    for (struct capnp_decl *d = file->decls; d != NULL; d = d->next)
        if (strcmp(d->name, name) == 0)
            return d;
    return NULL;
}

/* What a declaration stands for: itself, or what it is an alias of. */
static bool
resolve_decl(struct capnp_eval *e, struct capnp_file *file, const struct capnp_file *from,
             struct capnp_expr *x, struct capnp_decl *decl, struct capnp_entity *out)
{
    bool ok;

    if (decl->kind == CAPNP_CONST) {
        *out = (struct capnp_entity){.kind = CAPNP_ENTITY_CONST, .file = file, .decl = decl};
        return true;
    }
    if (decl->busy || e->depth >= CAPNP_NAMES_DEPTH_MAX)
        return name_error(e, from, x, "Declaration recursively depends on itself: %s",
                          decl->name);
    decl->busy = true;
    e->depth++;
    ok = capnp_resolve(e, file, decl->value, out);
    e->depth--;
    decl->busy = false;
    return ok;
}

static bool
resolve_word(struct capnp_eval *e, struct capnp_file *file, struct capnp_expr *x,
             struct capnp_entity *out)
{
    struct capnp_decl *decl = decl_find(file, x->text);
    const char *names[64], *near;
    size_t count = 0;

    if (decl != NULL)
        return resolve_decl(e, file, file, x, decl, out);
    for (size_t i = 0; i < WK_COUNT(builtins); i++)
        if (strcmp(builtins[i].name, x->text) == 0) {
            *out = (struct capnp_entity){.kind = CAPNP_ENTITY_TYPE, .type = builtins[i].type};
            return true;
        }
    for (decl = file->decls; decl != NULL && count < WK_COUNT(names); decl = decl->next)
        names[count++] = decl->name;
    if ((near = wk_did_you_mean(x->text, names, count)) != NULL) {
        wk_diag_add(e->diags, WK_DIAG_ERROR, file->path, x->line, x->column, e->field,
                    "Not defined: %s; did you mean \"%s\"?", x->text, near);
        return false;
    }
    return name_error(e, file, x, "Not defined: %s", x->text);
}

static bool
resolve_struct(struct capnp_eval *e, struct capnp_file *file, struct capnp_expr *x,
               const char *outer, struct capnp_entity *out)
{
    struct wk_buf name = {0};
    const struct capnp_struct *st;

    wk_buf_addf(&name, "%s%s%s", outer, outer[0] != '\0' ? "." : "", x->text);
    st = capnp_struct_find(name.data);
    if (st == NULL)
        name_error(e, file, x, "Not defined: %s, in the peer's schema", name.data);
    wk_buf_fini(&name);
    *out = (struct capnp_entity){.kind = CAPNP_ENTITY_TYPE,
                                 .type = {.base = CAPNP_STRUCT, .type = st}};
    return st != NULL;
}

bool
capnp_resolve(struct capnp_eval *e, struct capnp_file *file, struct capnp_expr *x,
              struct capnp_entity *out)
{
    struct capnp_entity base;
    struct capnp_decl *decl;

    switch (x->kind) {
    case CAPNP_X_NAME:
        return resolve_word(e, file, x, out);
    case CAPNP_X_IMPORT:
        *out = (struct capnp_entity){.kind = CAPNP_ENTITY_SCHEMA};
        if (strcmp(x->text, "/workerd/workerd.capnp") == 0 ||
            strcmp(x->text, "/capnp/c++.capnp") == 0)
            return true;
        out->kind = CAPNP_ENTITY_FILE;
        out->file = capnp_import(e, file, x);
        return out->file != NULL;
    case CAPNP_X_MEMBER:
        if (!capnp_resolve(e, file, x->first, &base))
            return false;
        if (base.kind == CAPNP_ENTITY_SCHEMA)
            return resolve_struct(e, file, x, "", out);
        if (base.kind == CAPNP_ENTITY_TYPE && base.type.base == CAPNP_STRUCT)
            return resolve_struct(e, file, x, base.type.type->name, out);
        if (base.kind != CAPNP_ENTITY_FILE)
            return name_error(e, file, x, "\"%s\": what stands before the point has no members",
                              x->text);
        if ((decl = decl_find(base.file, x->text)) == NULL)
            return name_error(e, file, x, "Not defined in the imported file: %s", x->text);
        return resolve_decl(e, base.file, file, x, decl, out);
    default:
        return name_error(e, file, x, "%s", "expected a name here");
    }
}

bool
capnp_resolve_type(struct capnp_eval *e, struct capnp_file *file, struct capnp_expr *x,
                   struct capnp_type *out)
{
    struct capnp_entity entity;

    if (x->kind == CAPNP_X_APPLY && x->first->kind == CAPNP_X_NAME &&
        strcmp(x->first->text, "List") == 0 && x->first->next != NULL) {
        if (!capnp_resolve_type(e, file, x->first->next, out))
            return false;
        if (out->list)
            return name_error(e, file, x, "%s",
                              "lists of lists are not used in configurations");
        out->list = true;
        return true;
    }
    if (!capnp_resolve(e, file, x, &entity))
        return false;
    if (entity.kind != CAPNP_ENTITY_TYPE)
        return name_error(e, file, x, "%s", "expected a type, like Workerd.Config or Text");
    *out = entity.type;
    return true;
}
