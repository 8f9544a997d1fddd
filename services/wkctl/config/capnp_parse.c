/* services/wkctl/config/capnp_parse.c - the declarations and expressions of Cap'n Proto text.
 *
 * Configuration files declare constants and aliases; a type declared in one is an error that
 * says so. Reading stops at the first syntax error. */
#include <string.h>
#include "services/wkctl/config/capnp_priv.h"

#define DECLS_MAX 2000

struct parser {
    struct capnp_lexer lexer;
    struct capnp_token token; /* the next one */
};

static struct capnp_expr *parse_expr(struct parser *p, int depth);

static void
parse_next(struct parser *p)
{
    if (p->token.kind != CAPNP_BAD)
        capnp_next(&p->lexer, &p->token);
}

static bool
parse_fail(struct parser *p, const char *text)
{
    if (p->token.kind != CAPNP_BAD)
        wk_diag_add(p->lexer.cur.diags, WK_DIAG_ERROR, p->lexer.cur.file, p->token.line,
                    p->token.column, NULL, "%s", text);
    p->token.kind = CAPNP_BAD;
    return false;
}

static bool
parse_is(const struct parser *p, char mark)
{
    return p->token.kind == CAPNP_MARK && p->token.mark == mark;
}

static bool
parse_is_word(const struct parser *p, const char *word)
{
    return p->token.kind == CAPNP_WORD && strcmp(p->token.text, word) == 0;
}

static bool
parse_take(struct parser *p, char mark, const char *otherwise)
{
    if (!parse_is(p, mark))
        return parse_fail(p, otherwise);
    parse_next(p);
    return true;
}

static struct capnp_expr *
expr_new(struct parser *p, enum capnp_expr_kind kind)
{
    struct capnp_expr *x = wk_arena_alloc(p->lexer.arena, sizeof(*x));

    WK_CHECK(x != NULL);
    x->kind = kind;
    x->line = p->token.line;
    x->column = p->token.column;
    x->text = p->token.text;
    x->len = p->token.len;
    x->number = p->token;
    return x;
}

static void
expr_append(struct capnp_expr *parent, struct capnp_expr *child)
{
    if (parent->last != NULL)
        parent->last->next = child;
    else
        parent->first = child;
    parent->last = child;
}

/* [a, b] or (a = b, c): at the opening mark; fills x. A comma may stand before the closing one.
 */
static bool
parse_items(struct parser *p, struct capnp_expr *x, char close, int depth)
{
    bool tuple = close == ')';

    parse_next(p);
    while (!parse_is(p, close)) {
        struct capnp_token start = p->token;
        struct capnp_expr *item = parse_expr(p, depth + 1);

        if (item == NULL)
            return false;
        if (tuple && item->kind == CAPNP_X_NAME && item->name == NULL && parse_is(p, '=')) {
            const char *name = item->text;

            parse_next(p);
            if ((item = parse_expr(p, depth + 1)) == NULL)
                return false;
            item->name = name;
            item->name_line = start.line;
            item->name_column = start.column;
        }
        expr_append(x, item);
        if (parse_is(p, ','))
            parse_next(p);
        else if (!parse_is(p, close))
            return parse_fail(p, p->token.kind == CAPNP_END
                                     ? "the file ends too early; a closing ) or ] is missing"
                                 : tuple ? "expected , or ) here"
                                         : "expected , or ] here");
    }
    parse_next(p);
    return true;
}

/* What stands before any .member. */
static struct capnp_expr *
parse_primary(struct parser *p, int depth)
{
    struct capnp_expr *x = NULL;

    switch (p->token.kind) {
    case CAPNP_STRING:
    case CAPNP_BYTES:
    case CAPNP_NUMBER:
        x = expr_new(p, p->token.kind == CAPNP_STRING  ? CAPNP_X_STRING
                        : p->token.kind == CAPNP_BYTES ? CAPNP_X_BYTES
                                                       : CAPNP_X_NUMBER);
        parse_next(p);
        return x;
    case CAPNP_WORD:
        x = expr_new(p, CAPNP_X_NAME);
        parse_next(p);
        if (p->token.kind == CAPNP_STRING &&
            (strcmp(x->text, "embed") == 0 || strcmp(x->text, "import") == 0)) {
            x->kind = x->text[0] == 'e' ? CAPNP_X_EMBED : CAPNP_X_IMPORT;
            x->text = p->token.text;
            x->len = p->token.len;
            parse_next(p);
        }
        return x;
    case CAPNP_MARK:
        if (parse_is(p, '[') || parse_is(p, '(')) {
            x = expr_new(p, parse_is(p, '[') ? CAPNP_X_LIST : CAPNP_X_TUPLE);
            return parse_items(p, x, parse_is(p, '[') ? ']' : ')', depth) ? x : NULL;
        }
        if (parse_is(p, '-')) {
            parse_next(p);
            if (p->token.kind == CAPNP_NUMBER) {
                x = expr_new(p, CAPNP_X_NUMBER);
                x->negative = true;
                parse_next(p);
                return x;
            }
        }
        if (parse_is(p, '.')) { /* .name: from the file's own scope */
            parse_next(p);
            if (p->token.kind == CAPNP_WORD) {
                x = expr_new(p, CAPNP_X_NAME);
                parse_next(p);
                return x;
            }
        }
        break;
    default:
        break;
    }
    parse_fail(p,
               p->token.kind == CAPNP_END
                   ? "the file ends where a value was expected"
                   : "expected a value: \"text\", a number, a name, embed \"file\", [list] or "
                     "(field = value)");
    return NULL;
}

static struct capnp_expr *
parse_expr(struct parser *p, int depth)
{
    struct capnp_expr *x;

    if (depth > WK_DOC_DEPTH_MAX) {
        parse_fail(p, "nested too deeply");
        return NULL;
    }
    x = parse_primary(p, depth);
    for (int links = 0;
         x != NULL && (parse_is(p, '.') || (parse_is(p, '(') && x->kind == CAPNP_X_NAME));
         links++) {
        struct capnp_expr *outer =
            expr_new(p, parse_is(p, '.') ? CAPNP_X_MEMBER : CAPNP_X_APPLY);

        if (links >= 20) {
            parse_fail(p, "this name has too many parts");
            return NULL;
        }
        outer->line = x->line;
        outer->column = x->column;
        expr_append(outer, x);
        if (outer->kind == CAPNP_X_APPLY) {
            if (!parse_items(p, outer, ')', depth))
                return NULL;
        } else {
            parse_next(p);
            if (p->token.kind != CAPNP_WORD) {
                parse_fail(p, "expected a name after the point");
                return NULL;
            }
            outer->text = p->token.text;
            parse_next(p);
        }
        x = outer;
    }
    return x;
}

/* $Annotation or $Annotation(value), any number of them: read and left alone. */
static bool
parse_annotations(struct parser *p)
{
    while (parse_is(p, '$')) {
        parse_next(p);
        if (parse_expr(p, 1) == NULL)
            return false;
        if (parse_is(p, '(')) {
            struct capnp_expr *value = expr_new(p, CAPNP_X_TUPLE);

            if (!parse_items(p, value, ')', 1))
                return false;
        }
    }
    return true;
}

static struct capnp_decl *
decl_new(struct parser *p, enum capnp_decl_kind kind)
{
    struct capnp_decl *d = wk_arena_alloc(p->lexer.arena, sizeof(*d));

    WK_CHECK(d != NULL);
    d->kind = kind;
    d->name = p->token.text;
    d->line = p->token.line;
    d->column = p->token.column;
    return d;
}

/* name @0x.. :Type = value */
static struct capnp_decl *
parse_const(struct parser *p)
{
    struct capnp_decl *d;

    parse_next(p);
    if (p->token.kind != CAPNP_WORD) {
        parse_fail(p, "expected a name after const");
        return NULL;
    }
    d = decl_new(p, CAPNP_CONST);
    parse_next(p);
    if (parse_is(p, '@')) {
        parse_next(p);
        parse_next(p);
    }
    if (!parse_take(p, ':', "expected : and the type of the constant") ||
        (d->type = parse_expr(p, 1)) == NULL ||
        !parse_take(p, '=', "expected = and the value of the constant") ||
        (d->value = parse_expr(p, 1)) == NULL)
        return NULL;
    return d;
}

/* using Name = something; or using something.Name; */
static struct capnp_decl *
parse_using(struct parser *p)
{
    struct capnp_decl *d;

    parse_next(p);
    d = decl_new(p, CAPNP_USING);
    if ((d->value = parse_expr(p, 1)) == NULL)
        return NULL;
    if (parse_is(p, '=')) {
        if (d->value->kind != CAPNP_X_NAME) {
            parse_fail(p, "the left side of using must be a plain name");
            return NULL;
        }
        d->name = d->value->text;
        parse_next(p);
        d->value = parse_expr(p, 1);
        return d->value != NULL ? d : NULL;
    }
    if (d->value->kind != CAPNP_X_MEMBER) {
        parse_fail(p, "expected using Name = ... here");
        return NULL;
    }
    d->name = d->value->text;
    return d;
}

static bool
parse_declare(struct parser *p, struct capnp_file *file, struct capnp_decl *d)
{
    struct capnp_decl **at = &file->decls;
    int count = 0;

    if (d == NULL)
        return false;
    for (; *at != NULL; at = &(*at)->next)
        if (++count >= DECLS_MAX)
            return parse_fail(p, "more than 2000 declarations in one file");
    for (at = &file->decls; *at != NULL; at = &(*at)->next)
        if (strcmp((*at)->name, d->name) == 0)
            wk_diag_add(p->lexer.cur.diags, WK_DIAG_ERROR, file->path, d->line, d->column,
                        d->name, "'%s' is already defined in this scope, on line %d.", d->name,
                        (*at)->line);
    *at = d;
    return true;
}

static bool
parse_statement(struct parser *p, struct capnp_file *file)
{
    if (parse_is(p, '@')) {
        parse_next(p);
        if (p->token.kind != CAPNP_NUMBER)
            return parse_fail(p, "expected the file's id, like 0xbd7a3f0e4b9c2d11, after @");
        parse_next(p);
    } else if (parse_is_word(p, "const")) {
        if (!parse_declare(p, file, parse_const(p)))
            return false;
    } else if (parse_is_word(p, "using")) {
        if (!parse_declare(p, file, parse_using(p)))
            return false;
    } else if (parse_is_word(p, "struct") || parse_is_word(p, "enum") ||
               parse_is_word(p, "interface") || parse_is_word(p, "annotation")) {
        return parse_fail(p, "types cannot be declared in a configuration file; only const and "
                             "using are read here");
    } else if (!parse_is(p, '$')) {
        return parse_fail(p, "expected const, using or @id here");
    }
    return parse_annotations(p) && parse_take(p, ';', "expected ; here");
}

bool
capnp_parse(struct wk_arena *arena, struct capnp_file *file, const char *text, size_t bytes,
            struct wk_diag_list *diags)
{
    struct parser p = {.lexer = {.arena = arena}};
    size_t errors = diags->errors;

    if (!wk_cursor_init(&p.lexer.cur, file->path, text, bytes, diags))
        return false;
    parse_next(&p);
    while (p.token.kind != CAPNP_END && parse_statement(&p, file))
        ;
    wk_buf_fini(&p.lexer.scratch);
    return diags->errors == errors;
}
